/* crypto_cipher.c - natives of module crypto: ciphers at once and in pieces, with padding.
**
** A cipher under way is an object that updates change. Always: size counts what was given to it, as
** padding is reckoned from that; padded_size is -1 until a final encrypted block is made. */
#include "bif/crypto.h"

#if AVM_CRYPTO

#include "bif/bif.h"
#include "crypto/cipher.h"
#include "data/list.h"
#include "data/print.h"

#define CIPHER_NATIVES(X)                                                                        \
    X("cipher_info_nif", 1, cipher_info, NATIVE_NO_ERROR_INFO)                                   \
    X("cipher_algorithms", 0, cipher_algorithms, NATIVE_NO_ERROR_INFO)                           \
    X("ng_crypto_one_time_nif", 5, cipher_one_time, NATIVE_NO_ERROR_INFO)                        \
    X("ng_crypto_init_nif", 4, cipher_init, NATIVE_NO_ERROR_INFO)                                \
    X("ng_crypto_update_nif", 2, cipher_update_state, NATIVE_NO_ERROR_INFO)                      \
    X("ng_crypto_update_nif", 3, cipher_update_iv, NATIVE_NO_ERROR_INFO)                         \
    X("ng_crypto_final_nif", 1, cipher_final, NATIVE_NO_ERROR_INFO)                              \
    X("ng_crypto_get_data_nif", 1, cipher_get_data, NATIVE_NO_ERROR_INFO)
NATIVE_TABLE(bif_crypto_cipher, "crypto", NULL, CIPHER_NATIVES)

enum padding { PADDING_UNDEFINED, PADDING_NONE, PADDING_ZERO, PADDING_RANDOM, PADDING_PKCS,
    PADDING_COUNT };
static const char *const padding_names[] = { "undefined", "none", "zero", "random", "pkcs_padding" };

struct cipher_state {
    struct crypto_object object;
    struct cipher cipher;
    enum padding padding;
    uint64_t size;
    int padded_size;
    bool wants_iv;          /* each update brings its own */
};

static const char cipher_type_tag;

static struct cipher_state *state_of(term t)
{
    return (struct cipher_state *) (void *) crypto_object_of(t, &cipher_type_tag);
}

/* ---- what there is --------------------------------------------------------------------------- */

static term cipher_algorithms(struct scheduler *s, const term *a)
{
    const struct cipher_type *type;
    term list = TERM_NIL;

    (void) a;
    for (type = cipher_types; type->name != NULL && list != TERM_NONE; type++) {
        if (cipher_is_there(type)) {
            term name = crypto_make_atom(s, type->name);

            list = name != TERM_NONE ? native_cons(s, name, list) : TERM_NONE;
        }
    }
    return native_result(s, list);
}

static const char *mode_name(enum cipher_mode mode)
{
    switch (mode) {
    case CIPHER_ECB: return "ecb_mode";
    case CIPHER_CBC: return "cbc_mode";
    case CIPHER_CFB8:
    case CIPHER_CFB: return "cfb_mode";
    case CIPHER_OFB: return "ofb_mode";
    case CIPHER_CTR: return "ctr_mode";
    case CIPHER_GCM: return "gcm_mode";
    case CIPHER_CCM: return "ccm_mode";
    default: return "stream_cipher";
    }
}

static term cipher_info(struct scheduler *s, const term *a)
{
    const struct cipher_type *type;
    char name[CRYPTO_NAME_SIZE];
    term map = TERM_NONE;

    crypto_get_name(s, a[0], name);
    type = cipher_find_name(name);
    if (type == NULL)
        return raise_badarg(s);
    if (!cipher_is_there(type))
        return raise_error(s, ATOM(notsup));
    return crypto_put(s, &map, "type",
               type->number != 0 ? term_make_small(type->number) : ATOM(undefined))
            && crypto_put(s, &map, "key_length", term_make_small(type->key_size))
            && crypto_put(s, &map, "iv_length", term_make_small(type->iv_size))
            && crypto_put(s, &map, "block_size", term_make_small(type->block_size))
            && crypto_put(s, &map, "prop_aead", native_boolean(type->is_aead))
            && crypto_put(s, &map, "mode", crypto_make_atom(s, mode_name(type->mode)))
        ? map
        : raise_no_memory(s);
}

/* ---- arguments ------------------------------------------------------------------------------- */

struct options {
    int encrypts;           /* -1: not said */
    int padding;
};

static term bad_tag(struct scheduler *s, term tag, int argument)
{
    struct byte_buffer text;
    char start[64];
    size_t size;

    byte_buffer_init(&text, s->node->memory, MEMORY_OTHER);
    byte_buffer_text(&text, "Bad tag in option: ");
    (void) term_print(&text, &s->node->compare, tag, sizeof start);
    size = text.failed ? 0 : text.size < sizeof start ? text.size : sizeof start - 1;
    memcpy(start, text.bytes != NULL ? text.bytes : (const uint8_t *) "", size);
    start[size] = '\0';
    byte_buffer_deinit(&text);
    return CRYPTO_BADARG(s, argument, start);
}

static term read_encrypt(struct scheduler *s, term value, int argument, struct options *options)
{
    if (options->encrypts >= 0)
        return CRYPTO_BADARG(s, argument, "'encrypt' option is present more than once!");
    if (value != ATOM(true) && value != ATOM(false))
        return CRYPTO_BADARG(s, argument, "The 'encrypt' option must be a boolean!");
    options->encrypts = value == ATOM(true);
    return ATOM(ok);
}

static term read_padding(struct scheduler *s, term value, int argument, struct options *options)
{
    char name[CRYPTO_NAME_SIZE];
    int i;

    if (options->padding >= 0)
        return CRYPTO_BADARG(s, argument, "The 'padding' option is present more than once!");
    crypto_get_name(s, value, name);
    for (i = 0; i < PADDING_COUNT; i++) {
        if (strcmp(name, padding_names[i]) == 0) {
            options->padding = i;
            return ATOM(ok);
        }
    }
    return CRYPTO_BADARG(s, argument, "Bad 'padding' option value");
}

/* ok, or TERM_NONE after raising. */
static term read_options(struct scheduler *s, term t, int argument, struct options *options)
{
    term outcome = ATOM(ok);

    options->encrypts = options->padding = -1;
    if (t == ATOM(true) || t == ATOM(false))
        options->encrypts = t == ATOM(true);
    else if (list_length(t) == SIZE_MAX)
        return CRYPTO_BADARG(s, argument, "Options are not a boolean or a proper list");
    for (; term_is_cons(t) && outcome != TERM_NONE; t = term_tail(t)) {
        const term *pair;

        if (!term_is_tuple(term_head(t)) || term_tuple_arity(term_head(t)) != 2)
            return CRYPTO_BADARG(s, argument, "Options must be a property list!");
        pair = term_tuple_elements(term_head(t));
        if (crypto_is(s, pair[0], "encrypt"))
            outcome = read_encrypt(s, pair[1], argument, options);
        else if (crypto_is(s, pair[0], "padding"))
            outcome = read_padding(s, pair[1], argument, options);
        else
            outcome = bad_tag(s, pair[0], argument);
    }
    if (options->encrypts < 0)
        options->encrypts = 1;
    if (options->padding < 0)
        options->padding = PADDING_UNDEFINED;
    return outcome;
}

struct start {
    struct options options;
    struct crypto_bytes key, iv;
    const struct cipher_type *type;
    bool wants_iv;
};

static term read_type(struct scheduler *s, const term *a, struct start *start)
{
    char name[CRYPTO_NAME_SIZE];

    if (!crypto_get_iodata(s, a[1], &start->key))
        return CRYPTO_BADARG(s, 1, "Bad key");
    if (!term_is_atom(a[0]))
        return CRYPTO_BADARG(s, 0, "Cipher id is not an atom");
    crypto_get_name(s, a[0], name);
    start->type = cipher_find(name, start->key.size);
    if (start->type == NULL)
        return cipher_find_name(name) == NULL ? CRYPTO_BADARG(s, 0, "Unknown cipher")
                                              : CRYPTO_BADARG(s, 1, "Bad key size");
    if (start->type->is_aead)
        return CRYPTO_BADARG(s, 0, "Missing arguments for this cipher");
    if (!cipher_is_there(start->type))
        return CRYPTO_NOTSUP(s, 0, "Cipher not supported in this libcrypto version");
    return ATOM(ok);
}

/* a: cipher, key, iv. */
static term read_start(struct scheduler *s, const term *a, term options, int options_argument,
    struct start *start)
{
    if (read_options(s, options, options_argument, &start->options) == TERM_NONE
        || read_type(s, a, start) == TERM_NONE)
        return TERM_NONE;
    start->wants_iv = a[2] == ATOM(undefined);
    if (start->type->iv_size > 0 && !start->wants_iv) {
        if (!crypto_get_iodata(s, a[2], &start->iv))
            return CRYPTO_BADARG(s, 2, "Bad iv type");
        if (start->iv.size != start->type->iv_size)
            return CRYPTO_BADARG(s, 2, "Bad iv size");
    }
    if (start->key.size != start->type->key_size)
        return CRYPTO_ERROR_N(s, 1, "Can't initialize context, key_length");
    return ATOM(ok);
}

/* NULL after raising. */
static struct cipher_state *create_state(struct scheduler *s, const struct start *start)
{
    static const uint8_t no_iv[BLOCK_MAX_SIZE];
    struct cipher_state *state = (struct cipher_state *) (void *) crypto_object_create(s,
        sizeof *state, &cipher_type_tag);

    if (state == NULL)
        return NULL;
    state->padding = start->options.padding;
    state->padded_size = -1;
    state->wants_iv = start->wants_iv;
    if (!cipher_start(&state->cipher, start->type, start->key.bytes,
            start->wants_iv || start->type->iv_size == 0 ? no_iv : start->iv.bytes,
            start->options.encrypts > 0)) {
        crypto_object_drop(&state->object);
        (void) CRYPTO_ERROR(s, "Can't initialize key or iv");
        return NULL;
    }
    state->cipher.keeps_last = start->type->block_size > 1 && !state->cipher.encrypts
        && state->padding == PADDING_PKCS;
    return state;
}

/* ---- the end ---------------------------------------------------------------------------------- */

static size_t missing_bytes(const struct cipher_state *state)
{
    size_t block = state->cipher.type->block_size, over = (size_t) (state->size % block);

    return over == 0 ? 0 : block - over;
}

/* Adds count bytes and gives what comes out; SIZE_MAX when the last block is not whole then. */
static size_t pad(struct cipher_state *state, const uint8_t *bytes, size_t count, uint8_t *out)
{
    size_t given = cipher_output_size(&state->cipher, count);

    (void) cipher_update(&state->cipher, bytes, count, out);
    return cipher_held(&state->cipher) == 0 ? given : SIZE_MAX;
}

static size_t finish_encryption(struct scheduler *s, struct cipher_state *state, uint8_t *out,
    const char **why)
{
    size_t missing = missing_bytes(state), block = state->cipher.type->block_size;
    uint8_t bytes[BLOCK_MAX_SIZE] = { 0 };

    state->padded_size = (int) missing;
    switch (state->padding) {
    case PADDING_UNDEFINED:
        return 0;
    case PADDING_NONE:
        *why = "Padding 'none' but unfilled last block";
        return cipher_held(&state->cipher) == 0 ? 0 : SIZE_MAX;
    case PADDING_PKCS:
        if (missing == 0)
            state->padded_size = (int) block;
        if (block == 1)
            return 0;
        missing = block - cipher_held(&state->cipher);
        memset(bytes, (int) missing, missing);
        return pad(state, bytes, missing, out);
    case PADDING_RANDOM:
        if (crypto_random(s, bytes, missing) != 0) {
            *why = "Can't pad";
            return SIZE_MAX;
        }
        /* fall through */
    default:
        *why = "Padding failed";
        return pad(state, bytes, missing, out);
    }
}

static size_t finish_decryption(struct cipher_state *state, uint8_t *out, const char **why)
{
    *why = "Can't finalize";
    if (state->padding == PADDING_UNDEFINED)
        return 0;
    if (state->padding == PADDING_PKCS && state->cipher.type->block_size > 1)
        return cipher_finish_padded(&state->cipher, out);
    return cipher_held(&state->cipher) == 0 ? 0 : SIZE_MAX;
}

/* Bytes of the final block, at most a block; SIZE_MAX after raising. */
static size_t finish(struct scheduler *s, struct cipher_state *state, uint8_t *out)
{
    const char *why = "Can't finalize";
    size_t size = state->cipher.encrypts ? finish_encryption(s, state, out, &why)
                                         : finish_decryption(state, out, &why);

    if (size == SIZE_MAX)
        (void) CRYPTO_ERROR(s, why);
    return size;
}

/* ---- at once ---------------------------------------------------------------------------------- */

static bool feed_state(struct crypto_work *work, const uint8_t *bytes, size_t size)
{
    struct cipher *cipher = &((struct cipher_state *) (void *) work->object)->cipher;
    size_t given = cipher_output_size(cipher, size);

    if (!cipher_update(cipher, bytes, size, work->out + work->produced))
        return false;
    work->produced += given;
    return true;
}

static term finish_one_time(struct scheduler *s, struct crypto_work *work)
{
    struct cipher_state *state = (struct cipher_state *) (void *) work->object;
    size_t size = finish(s, state, work->out + work->produced);

    if (size == SIZE_MAX)
        return TERM_NONE;
    work->produced += size;
    return work->produced * 8 == term_bit_size(work->result)
        ? work->result
        : native_result(s, bits_make_sub(native_heap(s), work->result, 0, work->produced * 8));
}

/* What update and final will give together; of a decryption that is padded, the most. */
static size_t one_time_size(const struct cipher_state *state, size_t size)
{
    size_t block = state->cipher.type->block_size, over = size % block;

    if (block == 1 || over == 0)
        return state->padding == PADDING_PKCS && state->cipher.encrypts && block > 1 ? size + block
                                                                                     : size;
    return state->padding >= PADDING_ZERO && state->cipher.encrypts ? size - over + block
                                                                    : size - over;
}

/* Goes on with text. room: bytes of the result. */
static term run_state(struct scheduler *s, const term *a, struct cipher_state *state,
    const struct crypto_bytes *text, size_t room,
    term (*end)(struct scheduler *s, struct crypto_work *work))
{
    struct crypto_work work;

    crypto_work_init(&work, &state->object, text);
    work.result = bits_make_binary(native_heap(s), room, &work.out);
    if (work.result == TERM_NONE) {
        crypto_object_drop(&state->object);
        return raise_no_memory(s);
    }
    state->size += text->size;
    work.feed = feed_state;
    work.finish = end;
    return crypto_work_run(s, a, &work);
}

static term cipher_one_time(struct scheduler *s, const term *a)
{
    struct crypto_bytes text;
    struct cipher_state *state;
    struct start start;

    if (!crypto_get_iodata(s, a[3], &text))
        return CRYPTO_BADARG(s, 3, "expected binary as data");
    if (text.size > INT_MAX)
        return CRYPTO_BADARG(s, 3, "too long data");
    if (read_start(s, a, a[4], 4, &start) == TERM_NONE)
        return TERM_NONE;
    if (start.wants_iv)
        return CRYPTO_NOTSUP(s, -1, "Dynamic IV is not supported for libcrypto versions >= 3.0");
    state = create_state(s, &start);
    if (state == NULL)
        return TERM_NONE;
    return run_state(s, a, state, &text, one_time_size(state, text.size), finish_one_time);
}

/* ---- in pieces -------------------------------------------------------------------------------- */

/* For modules of OTP before 26 a state stands where the name does, and only turns round. */
static term turn_state(struct scheduler *s, struct cipher_state *state, const term *a)
{
    if (a[3] != ATOM(true) && a[3] != ATOM(false))
        return CRYPTO_BADARG(s, 3, "Expected true or false");
    if (state->cipher.type->block_size > 1 && state->cipher.encrypts != (a[3] == ATOM(true)))
        return CRYPTO_ERROR(s, "Can't initialize encflag");
    state->cipher.encrypts = a[3] == ATOM(true);
    return a[0];
}

static term cipher_init(struct scheduler *s, const term *a)
{
    struct cipher_state *state = state_of(a[0]);
    struct start start;

    if (state != NULL)
        return turn_state(s, state, a);
    if (!term_is_atom(a[0]))
        return CRYPTO_BADARG(s, 0, "Expected cipher name atom");
    if (read_start(s, a, a[3], 3, &start) == TERM_NONE)
        return TERM_NONE;
    state = create_state(s, &start);
    return state != NULL ? crypto_object_make_term(s, &state->object) : TERM_NONE;
}

static term give_output(struct scheduler *s, struct crypto_work *work)
{
    (void) s;
    return work->result;
}

/* ok, or TERM_NONE after raising. */
static term read_text(struct scheduler *s, const term *a, struct crypto_bytes *text)
{
    if (!crypto_get_iodata(s, a[1], text))
        return CRYPTO_BADARG(s, 1, "expected binary");
    if (text->size > INT_MAX)
        return CRYPTO_BADARG(s, 1, "too long data");
    return state_of(a[0]) != NULL ? ATOM(ok) : CRYPTO_BADARG(s, 0, "Bad State");
}

static term cipher_update_state(struct scheduler *s, const term *a)
{
    struct cipher_state *state = state_of(a[0]);
    struct crypto_bytes text;

    if (read_text(s, a, &text) == TERM_NONE)
        return TERM_NONE;
    resource_keep(&state->object.resource);
    return run_state(s, a, state, &text, cipher_output_size(&state->cipher, text.size),
        give_output);
}

/* Each text begins anew with its own iv. */
static term cipher_update_iv(struct scheduler *s, const term *a)
{
    struct cipher_state *state = state_of(a[0]);
    struct crypto_bytes text, iv;

    if (read_text(s, a, &text) == TERM_NONE)
        return TERM_NONE;
    if (!crypto_get_iodata(s, a[2], &iv))
        return CRYPTO_BADARG(s, 2, "Bad iv type");
    if (iv.size != state->cipher.type->iv_size)
        return CRYPTO_BADARG(s, 2, "Bad iv size");
    if (!cipher_restart(&state->cipher, iv.bytes))
        return CRYPTO_ERROR(s, "Can't set iv");
    resource_keep(&state->object.resource);
    return run_state(s, a, state, &text, cipher_output_size(&state->cipher, text.size),
        give_output);
}

static term cipher_final(struct scheduler *s, const term *a)
{
    struct cipher_state *state = state_of(a[0]);
    uint8_t out[2 * BLOCK_MAX_SIZE];
    size_t size;
    term result;

    if (state == NULL)
        return CRYPTO_BADARG(s, 0, "Bad State");
    size = finish(s, state, out);
    result = size != SIZE_MAX ? native_result(s, bits_make_copy(native_heap(s), out, size))
                              : TERM_NONE;
    mbedtls_platform_zeroize(out, sizeof out);
    return result;
}

static term cipher_get_data(struct scheduler *s, const term *a)
{
    struct cipher_state *state = state_of(a[0]);
    term map = TERM_NONE;

    if (state == NULL)
        return CRYPTO_BADARG(s, 0, "Bad State");
    return crypto_put(s, &map, "size", native_integer(s, (int64_t) state->size))
            && crypto_put(s, &map, "padding_size", term_make_small(state->padded_size))
            && crypto_put(s, &map, "padding_type",
                crypto_make_atom(s, padding_names[state->padding]))
            && crypto_put(s, &map, "encrypt", native_boolean(state->cipher.encrypts))
        ? map
        : raise_no_memory(s);
}
#endif
