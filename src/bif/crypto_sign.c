/* crypto_sign.c - natives of module crypto: signatures, and RSA's encryption.
**
** A text is hashed in slices; what follows, with the key, is done in one. */
#include "bif/crypto.h"

#if AVM_CRYPTO

#include "bif/bif.h"
#include "crypto/rsa.h"
#include "data/list.h"

#define SIGN_NATIVES(X)                                                                          \
    X("pkey_sign_nif", 5, sign_sign, CRYPTO_HEAVY)                                               \
    X("pkey_sign_heavy_nif", 5, sign_sign_heavy, CRYPTO_HEAVY)                                   \
    X("pkey_verify_nif", 6, sign_verify, CRYPTO_HEAVY)                                           \
    X("pkey_crypt_nif", 6, sign_crypt, CRYPTO_HEAVY)                                             \
    X("privkey_to_pubkey_nif", 2, sign_public_key, NATIVE_NO_ERROR_INFO)                         \
    X("pubkey_algorithms", 0, sign_algorithms, NATIVE_NO_ERROR_INFO)                             \
    X("rsa_opts_algorithms", 0, sign_options, NATIVE_NO_ERROR_INFO)
NATIVE_TABLE(bif_crypto_sign, "crypto", NULL, SIGN_NATIVES)

#define REDUCTIONS_OF_PUBLIC 500
#define REDUCTIONS_OF_PRIVATE 8000

enum algorithm { ALGORITHM_RSA, ALGORITHM_ECDSA };

/* ---- what there is --------------------------------------------------------------------------------- */

static term make_names(struct scheduler *s, const char *const *names)
{
    term terms[16];
    size_t count;

    for (count = 0; names[count] != NULL; count++) {
        terms[count] = crypto_make_atom(s, names[count]);
        if (terms[count] == TERM_NONE)
            return raise_no_memory(s);
    }
    return native_result(s, native_list(s, terms, count));
}

static term sign_algorithms(struct scheduler *s, const term *a)
{
    static const char *const names[] = { "rsa", "dh", "ecdsa", "ecdh", "eddh", "srp", NULL };

    (void) a;
    return make_names(s, names);
}

static term sign_options(struct scheduler *s, const term *a)
{
    static const char *const names[] = { "rsa_pkcs1_pss_padding", "rsa_pss_saltlen", "rsa_mgf1_md",
        "rsa_pkcs1_oaep_padding", "rsa_oaep_label", "rsa_oaep_md", "signature_md",
        "rsa_pkcs1_padding", "rsa_no_padding", NULL };

    (void) a;
    return make_names(s, names);
}

/* ---- arguments --------------------------------------------------------------------------------------- */

/* ok, or TERM_NONE after raising. */
static term read_algorithm(struct scheduler *s, term t, enum algorithm *algorithm)
{
    char name[CRYPTO_NAME_SIZE];

    crypto_get_name(s, t, name);
    if (strcmp(name, "eddsa") == 0 || strcmp(name, "dss") == 0)
        return CRYPTO_NOTSUP(s, 0, "Unsupported algorithm");
    *algorithm = strcmp(name, "rsa") == 0 ? ALGORITHM_RSA : ALGORITHM_ECDSA;
    return *algorithm == ALGORITHM_RSA || strcmp(name, "ecdsa") == 0
        ? ATOM(ok)
        : CRYPTO_BADARG(s, 0, "Bad algorithm");
}

/* NULL with none, where an algorithm can do without. */
static term read_digest(struct scheduler *s, enum algorithm algorithm, term t, int argument,
    const struct digest_type **digest)
{
    char name[CRYPTO_NAME_SIZE];

    *digest = NULL;
    crypto_get_name(s, t, name);
    if (algorithm == ALGORITHM_RSA && strcmp(name, "none") == 0)
        return ATOM(ok);
    *digest = digest_find(name);
    if (*digest == NULL)
        return CRYPTO_BADARG(s, argument, "Bad digest type");
    return digest_is_there(*digest) ? ATOM(ok)
                                    : CRYPTO_BADARG(s, argument, "Digest type not supported");
}

static term read_padding(struct scheduler *s, term value, struct rsa_options *options, int argument,
    bool encrypts)
{
    char name[CRYPTO_NAME_SIZE];

    crypto_get_name(s, value, name);
    if (strcmp(name, "rsa_pkcs1_padding") == 0)
        options->padding = RSA_PAD_PKCS1;
    else if (strcmp(name, "rsa_no_padding") == 0)
        options->padding = RSA_PAD_NONE;
    else if (!encrypts && strcmp(name, "rsa_pkcs1_pss_padding") == 0)
        options->padding = RSA_PAD_PSS;
    else if (encrypts && strcmp(name, "rsa_pkcs1_oaep_padding") == 0)
        options->padding = RSA_PAD_OAEP;
    else if (strcmp(name, "rsa_x931_padding") == 0)
        return CRYPTO_NOTSUP(s, argument, "rsa_x931_padding not supported");
    else
        return CRYPTO_BADARG(s, argument,
            encrypts ? "Bad padding type in option rsa_padding" : "Bad value in option rsa_padding");
    return ATOM(ok);
}

static term read_option_digest(struct scheduler *s, term value, int argument,
    const struct digest_type **digest, const char *no_atom)
{
    if (!term_is_atom(value))
        return CRYPTO_BADARG(s, argument, no_atom);
    return read_digest(s, ALGORITHM_RSA, value, argument, digest);
}

static term read_salt_size(struct scheduler *s, term value, int argument, struct rsa_options *options)
{
    int64_t size;

    if (!integer_get_int64(value, &size) || size < RSA_SALT_ANY || size > INT_MAX)
        return CRYPTO_BADARG(s, argument, "Bad value in option rsa_pss_saltlen");
    options->salt_size = (int) size;
    return ATOM(ok);
}

static term read_sign_option(struct scheduler *s, const term *pair, int argument,
    struct rsa_options *options)
{
    if (crypto_is(s, pair[0], "rsa_mgf1_md"))
        return read_option_digest(s, pair[1], argument, &options->mgf,
            "Atom expected as argument to option rsa_mgf1_md");
    if (crypto_is(s, pair[0], "rsa_padding"))
        return read_padding(s, pair[1], options, argument, false);
    if (crypto_is(s, pair[0], "rsa_pss_saltlen"))
        return read_salt_size(s, pair[1], argument, options);
    return CRYPTO_BADARG(s, argument, "Bad option");
}

static term read_crypt_option(struct scheduler *s, const term *pair, int argument,
    struct rsa_options *options)
{
    if (crypto_is(s, pair[0], "rsa_padding") || crypto_is(s, pair[0], "rsa_pad"))
        return read_padding(s, pair[1], options, argument, true);
    if (crypto_is(s, pair[0], "signature_md"))
        return read_option_digest(s, pair[1], argument, &options->digest,
            "Atom expected as argument to option signature_md");
    if (crypto_is(s, pair[0], "rsa_mgf1_md"))
        return read_option_digest(s, pair[1], argument, &options->mgf,
            "Atom expected as argument to option rsa_mgf1_md");
    if (crypto_is(s, pair[0], "rsa_oaep_md"))
        return read_option_digest(s, pair[1], argument, &options->oaep,
            "Atom expected as argument to option rsa_oaep_md");
    if (!crypto_is(s, pair[0], "rsa_oaep_label"))
        return CRYPTO_BADARG(s, argument, "Unknown option");
    return crypto_get_binary(s, pair[1], &options->label)
        ? ATOM(ok)
        : CRYPTO_BADARG(s, argument, "Binary expected for option rsa_oaep_label");
}

typedef term read_option(struct scheduler *s, const term *pair, int argument,
    struct rsa_options *options);

static term read_options(struct scheduler *s, enum algorithm algorithm, term list, int argument,
    struct rsa_options *options, read_option *read)
{
    memset(options, 0, sizeof *options);
    options->padding = RSA_PAD_PKCS1;
    options->salt_size = RSA_SALT_ANY;
    options->label.bytes = (const uint8_t *) "";
    if (list == TERM_NIL)
        return ATOM(ok);
    if (!term_is_cons(list))
        return CRYPTO_BADARG(s, argument, "Expected a list");
    if (algorithm != ALGORITHM_RSA)
        return CRYPTO_BADARG(s, argument, "Only RSA supports Options");
    for (; term_is_cons(list); list = term_tail(list)) {
        term pair = term_head(list);

        if (!term_is_tuple(pair) || term_tuple_arity(pair) != 2)
            return CRYPTO_BADARG(s, argument, read == read_crypt_option
                    ? "Expect only two-tuples in the list"
                    : "Expects only two-tuples in the list");
        if (read(s, term_tuple_elements(pair), argument, options) == TERM_NONE)
            return TERM_NONE;
    }
    return ATOM(ok);
}

/* ---- keys of RSA ---------------------------------------------------------------------------------------- */

/* A list of binaries; 0: it is none of a length that a key has. */
static size_t get_parts(struct scheduler *s, term list, bool is_private,
    struct crypto_bytes parts[RSA_PRIVATE_PARTS])
{
    size_t count = 0;

    for (; term_is_cons(list) && count < RSA_PRIVATE_PARTS; list = term_tail(list))
        if (!crypto_get_binary(s, term_head(list), &parts[count++]))
            return 0;
    if (list != TERM_NIL)
        return 0;
    return is_private ? count == 3 || count == RSA_PRIVATE_PARTS ? count : 0 : count == 2 ? count : 0;
}

/* ok, or TERM_NONE after raising. */
static term open_rsa(struct scheduler *s, term key, int argument, bool is_private, struct rsa *rsa)
{
    struct crypto_bytes parts[RSA_PRIVATE_PARTS];
    size_t count = get_parts(s, key, is_private, parts);
    enum number_status status = count > 0 ? rsa_open(rsa, parts, count, crypto_random, s) : NUMBER_BAD;

    native_charge(s, is_private ? REDUCTIONS_OF_PRIVATE : REDUCTIONS_OF_PUBLIC);
    if (status == NUMBER_OK)
        return ATOM(ok);
    if (status == NUMBER_NO_MEMORY)
        return raise_no_memory(s);
    return is_private ? CRYPTO_BADARG(s, argument, "Couldn't get RSA private key")
                      : CRYPTO_BADARG(s, argument, "Couldn't get RSA public key");
}

/* As open_rsa, for a signature with these options. */
static term open_signer(struct scheduler *s, term key, int argument, bool is_private,
    const struct rsa_options *options, struct rsa *rsa)
{
    if (open_rsa(s, key, argument, is_private, rsa) == TERM_NONE)
        return TERM_NONE;
    if (options->digest == NULL || options->padding != RSA_PAD_NONE)
        return ATOM(ok);
    rsa_close(rsa);
    return CRYPTO_ERROR(s, "Can't EVP_PKEY_CTX_set_rsa_padding");
}

/* ---- keys of curves --------------------------------------------------------------------------------------- */

static term no_curve_key(struct scheduler *s, int argument, bool is_private)
{
    return is_private ? CRYPTO_BADARG(s, argument, "Couldn't get ECDSA private key")
                      : CRYPTO_BADARG(s, argument, "Couldn't get ECDSA public key");
}

/* {Curve, Key}; ok, or TERM_NONE after raising. */
static term open_curve_key(struct scheduler *s, term t, int argument, bool is_private,
    struct curve *curve, struct crypto_curve *described, struct crypto_bytes *key)
{
    const term *pair;
    term outcome;

    if (!term_is_tuple(t) || term_tuple_arity(t) != 2)
        return no_curve_key(s, argument, is_private);
    pair = term_tuple_elements(t);
    if (!term_is_tuple(pair[0]) || !crypto_get_binary(s, pair[1], key))
        return no_curve_key(s, argument, is_private);
    outcome = crypto_get_curve(s, pair[0], described);
    if (outcome == TERM_NONE)
        return no_curve_key(s, argument, is_private);
    if (outcome == ATOM(notsup) || described->type->is_montgomery)
        return CRYPTO_NOTSUP(s, argument, "Unsupported curve");
    native_charge(s, REDUCTIONS_OF_PRIVATE);
    return curve_open(curve, described->type, crypto_random, s) == NUMBER_OK ? ATOM(ok)
                                                                             : raise_no_memory(s);
}

/* ---- signing ------------------------------------------------------------------------------------------------ */

static term make_signature(struct scheduler *s, enum number_status status, const uint8_t *bytes,
    size_t size)
{
    if (status == NUMBER_NO_MEMORY)
        return raise_no_memory(s);
    return status == NUMBER_OK ? native_result(s, bits_make_copy(native_heap(s), bytes, size))
                               : CRYPTO_ERROR(s, "Can't EVP_PKEY_sign");
}

static term sign_ecdsa(struct scheduler *s, term key, const struct crypto_bytes *text)
{
    uint8_t signature[CURVE_MAX_SIGNATURE];
    struct crypto_curve described;
    struct crypto_bytes scalar;
    struct curve curve;
    enum number_status status;
    size_t size = 0;

    if (open_curve_key(s, key, 3, true, &curve, &described, &scalar) == TERM_NONE)
        return TERM_NONE;
    status = CRYPTO_OUTSIDE(s, curve_sign(&curve, &scalar, text, signature, &size));
    curve_close(&curve);
    return make_signature(s, status, signature, size);
}

static term sign_rsa(struct scheduler *s, term key, const struct rsa_options *options,
    const struct crypto_bytes *text)
{
    uint8_t signature[RSA_MAX_SIZE];
    enum number_status status;
    struct rsa rsa;

    if (open_signer(s, key, 3, true, options, &rsa) == TERM_NONE)
        return TERM_NONE;
    status = CRYPTO_OUTSIDE(s, rsa_sign(&rsa, options, text, signature));
    rsa_close(&rsa);
    return make_signature(s, status, signature, rsa.size);
}

/* What read_options left open. */
static void set_digests(struct rsa_options *options, const struct digest_type *digest)
{
    options->digest = digest;
    if (options->mgf == NULL)
        options->mgf = digest;
}

/* a: algorithm, digest, text, key, options. */
static term sign_text(struct scheduler *s, const term *a, const struct digest_type *digest,
    const struct crypto_bytes *text)
{
    struct rsa_options options;
    enum algorithm algorithm;

    if (read_algorithm(s, a[0], &algorithm) == TERM_NONE
        || read_options(s, algorithm, a[4], 4, &options, read_sign_option) == TERM_NONE)
        return TERM_NONE;
    set_digests(&options, digest);
    return algorithm == ALGORITHM_RSA ? sign_rsa(s, a[3], &options, text)
                                      : sign_ecdsa(s, a[3], text);
}

/* ---- verifying ------------------------------------------------------------------------------------------------ */

static term verified(struct scheduler *s, enum number_status status, bool is_valid)
{
    return status == NUMBER_NO_MEMORY ? raise_no_memory(s)
                                      : native_boolean(status == NUMBER_OK && is_valid);
}

static term verify_ecdsa(struct scheduler *s, term key, const struct crypto_bytes *text,
    const struct crypto_bytes *signature)
{
    struct crypto_curve described;
    struct crypto_bytes point;
    struct curve curve;
    enum number_status status;
    bool is_valid;

    if (open_curve_key(s, key, 4, false, &curve, &described, &point) == TERM_NONE)
        return TERM_NONE;
    status = CRYPTO_OUTSIDE(s, curve_verify(&curve, &described.parameters, &point, text, signature, &is_valid));
    curve_close(&curve);
    return status == NUMBER_BAD ? no_curve_key(s, 4, false) : verified(s, status, is_valid);
}

static term verify_rsa(struct scheduler *s, term key, const struct rsa_options *options,
    const struct crypto_bytes *text, const struct crypto_bytes *signature)
{
    enum number_status status;
    struct rsa rsa;
    bool is_valid;

    if (open_signer(s, key, 4, false, options, &rsa) == TERM_NONE)
        return TERM_NONE;
    status = CRYPTO_OUTSIDE(s, rsa_verify(&rsa, options, text, signature, &is_valid));
    rsa_close(&rsa);
    return verified(s, status, is_valid);
}

/* a: algorithm, digest, text, signature, key, options. */
static term verify_text(struct scheduler *s, const term *a, const struct digest_type *digest,
    const struct crypto_bytes *text)
{
    struct crypto_bytes signature;
    struct rsa_options options;
    enum algorithm algorithm;

    if (read_algorithm(s, a[0], &algorithm) == TERM_NONE
        || read_options(s, algorithm, a[5], 5, &options, read_sign_option) == TERM_NONE)
        return TERM_NONE;
    if (!crypto_get_binary(s, a[3], &signature))
        return CRYPTO_BADARG(s, 3, "Expected a binary");
    set_digests(&options, digest);
    return algorithm == ALGORITHM_RSA ? verify_rsa(s, a[4], &options, text, &signature)
                                      : verify_ecdsa(s, a[4], text, &signature);
}

/* ---- the text: a hash, what is hashed first, or what is signed as it is ------------------------------------------ */

typedef term with_text(struct scheduler *s, const term *a, const struct digest_type *digest,
    const struct crypto_bytes *text);

struct text_state {
    struct crypto_object object;
    struct digest digest;
    with_text *then;
};

static const char text_type;

static bool feed_text(struct crypto_work *work, const uint8_t *bytes, size_t size)
{
    return digest_update(&((struct text_state *) (void *) work->object)->digest, bytes, size);
}

static term finish_text(struct scheduler *s, struct crypto_work *work)
{
    struct text_state *state = (struct text_state *) (void *) work->object;
    const struct digest_type *type = state->digest.type;
    uint8_t hash[DIGEST_MAX_SIZE];
    struct crypto_bytes text = { hash, type->size };
    term result = digest_finish(&state->digest, hash)
        ? state->then(s, work->arguments, type, &text)
        : CRYPTO_ERROR(s, "Can't create EVP_DigestFinal_ex");

    mbedtls_platform_zeroize(hash, sizeof hash);
    return result;
}

static term hash_text(struct scheduler *s, const term *a, const struct digest_type *digest,
    const struct crypto_bytes *text, with_text *then)
{
    struct text_state *state = (struct text_state *) (void *) crypto_object_create(s, sizeof *state,
        &text_type);
    struct crypto_work work;

    if (state == NULL)
        return TERM_NONE;
    if (!digest_start(&state->digest, digest)) {
        crypto_object_drop(&state->object);
        return CRYPTO_ERROR(s, "Can't create EVP_DigestInit_ex");
    }
    state->then = then;
    crypto_work_init(&work, &state->object, text);
    work.feed = feed_text;
    work.finish = finish_text;
    return crypto_work_run(s, a, &work);
}

/* {digest, Hash} */
static term take_hash(struct scheduler *s, const term *a, const struct digest_type *digest,
    with_text *then)
{
    const term *pair = term_tuple_elements(a[2]);
    struct crypto_bytes text;

    if (term_tuple_arity(a[2]) != 2)
        return CRYPTO_BADARG(s, 2, "Bad list");
    if (!crypto_is(s, pair[0], "digest"))
        return CRYPTO_BADARG(s, 2, "Expected 'digest' as head");
    if (!crypto_get_iodata(s, pair[1], &text))
        return CRYPTO_BADARG(s, 2, "Bad 2nd element in list");
    if (text.size > INT_MAX)
        return CRYPTO_BADARG(s, 2, "Too large binary");
    if (digest != NULL && text.size != digest->size)
        return CRYPTO_BADARG(s, 2, "Bad binary size for the algorithm");
    return then(s, a, digest, &text);
}

/* a: algorithm, digest, text, ... key: the place of the key among them. */
static term run_text(struct scheduler *s, const term *a, int key, with_text *then)
{
    const struct digest_type *digest;
    struct crypto_bytes text;
    enum algorithm algorithm;

    if (term_is_map(a[key]))
        return CRYPTO_BADARG(s, key, "No engine support");
    if (read_algorithm(s, a[0], &algorithm) == TERM_NONE
        || read_digest(s, algorithm, a[1], 1, &digest) == TERM_NONE)
        return TERM_NONE;
    if (term_is_tuple(a[2]))
        return take_hash(s, a, digest, then);
    if (!crypto_get_iodata(s, a[2], &text))
        return CRYPTO_BADARG(s, 2, "Expected a binary or a list");
    return digest != NULL ? hash_text(s, a, digest, &text, then) : then(s, a, NULL, &text);
}

CRYPTO_ALLOCATES(sign_sign)
{
    return run_text(s, a, 3, sign_text);
}

/* What OTP 29 calls where it would take long: here each call gives up its slice. */
CRYPTO_ALLOCATES(sign_sign_heavy)
{
    return run_text(s, a, 3, sign_text);
}

CRYPTO_ALLOCATES(sign_verify)
{
    return run_text(s, a, 4, verify_text);
}

/* ---- RSA's encryption ------------------------------------------------------------------------------------------------ */

static enum number_status crypt(struct rsa *rsa, const struct rsa_options *options,
    const struct crypto_bytes *text, bool is_private, bool encrypts, uint8_t *out, size_t *size)
{
    *size = rsa->size;
    if (encrypts)
        return is_private ? rsa_sign(rsa, options, text, out) : rsa_encrypt(rsa, options, text, out);
    return is_private ? rsa_decrypt(rsa, options, text, out, size)
                      : rsa_recover(rsa, options, text, out, size);
}

static term run_crypt(struct scheduler *s, struct rsa *rsa, const struct rsa_options *options,
    const struct crypto_bytes *text, bool is_private, bool encrypts)
{
    uint8_t out[RSA_MAX_SIZE];
    size_t size;
    enum number_status status = CRYPTO_OUTSIDE(s, crypt(rsa, options, text, is_private, encrypts, out, &size));
    term result = status == NUMBER_OK
        ? native_result(s, bits_make_copy(native_heap(s), out, size))
        : status == NUMBER_NO_MEMORY ? raise_no_memory(s) : CRYPTO_ERROR(s, "Couldn't get the result");

    mbedtls_platform_zeroize(out, sizeof out);
    return result;
}

static void set_crypt_digests(struct rsa_options *options)
{
    if (options->oaep == NULL)
        options->oaep = digest_find("sha");
    if (options->mgf == NULL)
        options->mgf = options->oaep;
}

/* a: algorithm, text, key, options, whether the key is private, whether to encrypt. */
CRYPTO_ALLOCATES(sign_crypt)
{
    bool is_private = a[4] == ATOM(true), encrypts = a[5] == ATOM(true);
    struct rsa_options options;
    struct crypto_bytes text;
    enum algorithm algorithm;
    struct rsa rsa;
    term result;

    if (read_algorithm(s, a[0], &algorithm) == TERM_NONE)
        return TERM_NONE;
    if (!crypto_get_binary(s, a[1], &text))
        return CRYPTO_BADARG(s, 1, "Binary expected");
    if (term_is_map(a[2]))
        return CRYPTO_BADARG(s, 2, "No engine support");
    if (algorithm != ALGORITHM_RSA)
        return CRYPTO_NOTSUP(s, -1, "Can't initiate encrypt/decrypt");
    if (open_rsa(s, a[2], 2, is_private, &rsa) == TERM_NONE)
        return TERM_NONE;
    if (read_options(s, algorithm, a[3], 3, &options, read_crypt_option) == TERM_NONE) {
        rsa_close(&rsa);
        return TERM_NONE;
    }
    set_crypt_digests(&options);
    result = options.padding == RSA_PAD_OAEP && is_private == encrypts
        ? CRYPTO_ERROR(s, "Couldn't set rsa padding")
        : run_crypt(s, &rsa, &options, &text, is_private, encrypts);
    rsa_close(&rsa);
    return result;
}

/* ---- the public half of a private key ------------------------------------------------------------------------------------ */

static term strip(struct scheduler *s, const struct crypto_bytes *number)
{
    size_t zeros = 0;

    while (zeros < number->size && number->bytes[zeros] == 0)
        zeros++;
    return bits_make_copy(native_heap(s), number->bytes + zeros, number->size - zeros);
}

/* a: algorithm, private key. */
static term sign_public_key(struct scheduler *s, const term *a)
{
    struct crypto_bytes parts[RSA_PRIVATE_PARTS];
    enum algorithm algorithm;
    term terms[2];

    if (read_algorithm(s, a[0], &algorithm) == TERM_NONE)
        return TERM_NONE;
    if (term_is_map(a[1]))
        return CRYPTO_BADARG(s, 1, "No engine support");
    if (algorithm != ALGORITHM_RSA)
        return CRYPTO_NOTSUP(s, 0, "ECDSA not implemented");
    if (get_parts(s, a[1], true, parts) == 0)
        return CRYPTO_BADARG(s, 1, "Couldn't get RSA private key");
    terms[0] = strip(s, &parts[0]);
    terms[1] = strip(s, &parts[1]);
    return native_result(s,
        terms[0] != TERM_NONE && terms[1] != TERM_NONE ? native_list(s, terms, 2) : TERM_NONE);
}
#endif
