/* crypto_key.c - natives of module crypto: keys and shared secrets on elliptic curves, new keys of RSA. */
#include "bif/crypto.h"

#if AVM_CRYPTO

#include "bif/bif.h"
#include "crypto/rsa.h"

#define KEY_NATIVES(X)                                                                           \
    X("ec_generate_key_nif", 2, key_ec, CRYPTO_HEAVY)                                            \
    X("ecdh_compute_key_nif", 3, key_ec_secret, CRYPTO_HEAVY)                                    \
    X("evp_generate_key_nif", 2, key_montgomery, CRYPTO_HEAVY)                                   \
    X("evp_compute_key_nif", 3, key_montgomery_secret, CRYPTO_HEAVY)                             \
    X("rsa_generate_key_nif", 2, key_rsa, CRYPTO_HEAVY)                                          \
    X("curve_algorithms", 0, key_curves, NATIVE_NO_ERROR_INFO)
NATIVE_TABLE(bif_crypto_key, "crypto", NULL, KEY_NATIVES)

#define REDUCTIONS_A_MULTIPLICATION 4000
#define COST_A_REDUCTION 8

static term key_curves(struct scheduler *s, const term *a)
{
    const struct curve_type *type;
    term names[32];
    size_t count = 0;

    (void) a;
    for (type = curve_types; type->name != NULL; type++) {
        names[count] = crypto_make_atom(s, type->name);
        if (names[count++] == TERM_NONE)
            return raise_no_memory(s);
    }
    return native_result(s, native_list(s, names, count));
}

/* ---- curves as programs describe them ------------------------------------------------------------ */

/* {prime_field, P}, {A, B, Seed}, Point, Order, Cofactor. false: it is another field, or not so made. */
static bool read_parameters(struct scheduler *s, const term *e, struct crypto_curve *curve)
{
    struct curve_parameters *p = &curve->parameters;
    const term *field, *equation;

    if (!term_is_tuple(e[0]) || term_tuple_arity(e[0]) != 2 || !term_is_tuple(e[1])
        || term_tuple_arity(e[1]) != 3)
        return false;
    field = term_tuple_elements(e[0]);
    equation = term_tuple_elements(e[1]);
    if (!crypto_is(s, field[0], "prime_field") || !crypto_get_binary(s, field[1], &p->prime)
        || !crypto_get_binary(s, equation[0], &p->a) || !crypto_get_binary(s, equation[1], &p->b)
        || !crypto_get_binary(s, e[2], &p->generator) || !crypto_get_binary(s, e[3], &p->order))
        return false;
    curve->order_size = p->order.size;
    return true;
}

term crypto_get_curve(struct scheduler *s, term t, struct crypto_curve *curve)
{
    char name[CRYPTO_NAME_SIZE];
    const term *pair;
    enum number_status status;

    if (!term_is_tuple(t) || term_tuple_arity(t) != 2)
        return CRYPTO_ERROR(s, "Tuple arity 2 expected.");
    pair = term_tuple_elements(t);
    if (!term_is_tuple(pair[0]) || term_tuple_arity(pair[0]) != 5)
        return CRYPTO_ERROR_N(s, 1, "Bad curve def. Expect 5-tuple.");
    if (!read_parameters(s, term_tuple_elements(pair[0]), curve))
        return ATOM(notsup);
    crypto_get_name(s, pair[1], name);
    curve->type = curve_find(name);
    if (curve->type != NULL)
        return ATOM(ok);
    status = curve_find_parameters(&curve->parameters, &curve->type);
    if (status == NUMBER_NO_MEMORY)
        return raise_no_memory(s);
    return curve->type != NULL ? ATOM(ok) : ATOM(notsup);
}

/* ok, or TERM_NONE after raising. */
static term open_curve(struct scheduler *s, const struct curve_type *type, struct curve *curve)
{
    native_charge(s, REDUCTIONS_A_MULTIPLICATION);
    return curve_open(curve, type, crypto_random, s) == NUMBER_OK ? ATOM(ok) : raise_no_memory(s);
}

static term open_described(struct scheduler *s, term t, int argument, struct crypto_curve *described,
    struct curve *curve)
{
    term outcome = crypto_get_curve(s, t, described);

    if (outcome == ATOM(notsup))
        return CRYPTO_NOTSUP(s, argument, "Unsupported curve");
    return outcome != TERM_NONE ? open_curve(s, described->type, curve) : TERM_NONE;
}

/* ---- keys ------------------------------------------------------------------------------------------ */

/* {Public, Private}, the private one with zeros to size bytes. */
static term make_pair(struct scheduler *s, const struct curve_key *key, size_t size)
{
    uint8_t *out;
    size_t zeros = size > key->scalar_size ? size - key->scalar_size : 0;
    term x = bits_make_copy(native_heap(s), key->point, key->point_size);
    term y = bits_make_binary(native_heap(s), zeros + key->scalar_size, &out);

    if (x == TERM_NONE || y == TERM_NONE)
        return raise_no_memory(s);
    memset(out, 0, zeros);
    memcpy(out + zeros, key->scalar, key->scalar_size);
    return native_result(s, native_tuple2(s, x, y));
}

static term make_key(struct scheduler *s, struct curve *curve, const struct crypto_bytes *given,
    size_t size, const char *why)
{
    struct curve_key key;
    enum number_status status = CRYPTO_OUTSIDE(s, curve_make_key(curve, given, &key));
    term result = status == NUMBER_OK ? make_pair(s, &key, size)
        : status == NUMBER_NO_MEMORY  ? raise_no_memory(s)
                                      : CRYPTO_ERROR_N(s, 1, why);

    mbedtls_platform_zeroize(&key, sizeof key);
    return result;
}

static bool is_all_zero(const struct crypto_bytes *bytes)
{
    size_t i;

    for (i = 0; i < bytes->size; i++)
        if (bytes->bytes[i] != 0)
            return false;
    return true;
}

/* a: curve, private key or undefined. */
CRYPTO_ALLOCATES(key_ec)
{
    struct crypto_curve described;
    struct crypto_bytes given;
    struct curve curve;
    term result;
    bool is_given = a[1] != ATOM(undefined);

    if (is_given && !crypto_get_binary(s, a[1], &given))
        return CRYPTO_BADARG(s, 0, "Bad private key");
    if (open_described(s, a[0], 1, &described, &curve) == TERM_NONE)
        return TERM_NONE;
    result = is_given && is_all_zero(&given)
        ? CRYPTO_BADARG(s, 1, "peer priv key must not be 0")
        : make_key(s, &curve, is_given ? &given : NULL, described.order_size, "Couldn't get EC key");
    curve_close(&curve);
    return result;
}

static const struct curve_type *montgomery_of(struct scheduler *s, term t)
{
    const struct curve_type *type;
    char name[CRYPTO_NAME_SIZE];

    crypto_get_name(s, t, name);
    type = curve_find(name);
    return type != NULL && type->is_montgomery ? type : NULL;
}

static term no_montgomery(struct scheduler *s, term t)
{
    return crypto_is(s, t, "ed25519") || crypto_is(s, t, "ed448")
        ? CRYPTO_NOTSUP(s, 0, "Unsupported curve")
        : CRYPTO_BADARG(s, 0, "Bad curve");
}

/* a: curve, private key or undefined. */
CRYPTO_ALLOCATES(key_montgomery)
{
    const struct curve_type *type = montgomery_of(s, a[0]);
    struct crypto_bytes given;
    struct curve curve;
    term result;

    if (type == NULL)
        return no_montgomery(s, a[0]);
    if (a[1] != ATOM(undefined) && !crypto_get_binary(s, a[1], &given))
        return CRYPTO_ERROR_N(s, 1, "Can't get max size");
    if (open_curve(s, type, &curve) == TERM_NONE)
        return TERM_NONE;
    result = make_key(s, &curve, a[1] != ATOM(undefined) ? &given : NULL, type->field_size,
        "Can't EVP_PKEY_new_raw_private_key");
    curve_close(&curve);
    return result;
}

/* ---- secrets --------------------------------------------------------------------------------------- */

static term make_secret(struct scheduler *s, struct curve *curve,
    const struct curve_parameters *parameters, const struct crypto_bytes *public_key,
    const struct crypto_bytes *private_key, const char *no_point, const char *no_secret)
{
    uint8_t secret[CURVE_MAX_SCALAR];
    bool is_point;
    size_t size;
    enum number_status status = CRYPTO_OUTSIDE(s, curve_shared(curve, parameters, public_key, private_key,
        secret, &size, &is_point));
    term result = status == NUMBER_OK
        ? native_result(s, bits_make_copy(native_heap(s), secret, size))
        : status == NUMBER_NO_MEMORY ? raise_no_memory(s)
                                     : CRYPTO_ERROR(s, is_point ? no_secret : no_point);

    mbedtls_platform_zeroize(secret, sizeof secret);
    return result;
}

/* a: the other's public key, curve, the own private key. */
CRYPTO_ALLOCATES(key_ec_secret)
{
    struct crypto_bytes public_key, private_key;
    struct crypto_curve described;
    struct curve curve;
    term result;

    if (!crypto_get_binary(s, a[0], &public_key))
        return CRYPTO_BADARG(s, 0, "Bad peer public key; binary expected");
    if (open_described(s, a[1], 1, &described, &curve) == TERM_NONE)
        return TERM_NONE;
    if (!crypto_get_binary(s, a[2], &private_key))
        result = CRYPTO_BADARG(s, 0, "Bad peer public key; binary expected");
    else
        result = make_secret(s, &curve, &described.parameters, &public_key, &private_key,
            public_key.size == 1 && public_key.bytes[0] == 0 ? "Can't get result"
                                                             : "Can't do fromdata",
            "Can't get result");
    curve_close(&curve);
    return result;
}

/* a: curve, the other's public key, the own private key. */
CRYPTO_ALLOCATES(key_montgomery_secret)
{
    const struct curve_type *type = montgomery_of(s, a[0]);
    struct crypto_bytes public_key, private_key;
    struct curve curve;
    term result;

    if (type == NULL)
        return no_montgomery(s, a[0]);
    if (!crypto_get_binary(s, a[2], &private_key))
        return CRYPTO_BADARG(s, 2, "Binary expected");
    if (private_key.size != type->field_size)
        return CRYPTO_BADARG(s, 2, "Not a valid raw private key");
    if (!crypto_get_binary(s, a[1], &public_key))
        return CRYPTO_BADARG(s, 1, "Binary expected");
    if (public_key.size != type->field_size)
        return CRYPTO_BADARG(s, 1, "Not a raw public peer key");
    if (open_curve(s, type, &curve) == TERM_NONE)
        return TERM_NONE;
    result = make_secret(s, &curve, NULL, &public_key, &private_key, "Can't EVP_PKEY_derive",
        "Can't EVP_PKEY_derive");
    curve_close(&curve);
    return result;
}

/* ---- RSA: a key of many candidates, some in each slice ------------------------------------------------ */

struct rsa_work {
    struct crypto_object object;
    struct rsa_making making;
    bool is_open;
};

static const char rsa_type;

static void close_rsa(struct crypto_object *object)
{
    struct rsa_work *work = (struct rsa_work *) (void *) object;

    if (work->is_open)
        rsa_making_close(&work->making);
}

static term make_parts(struct scheduler *s, struct number_result *parts)
{
    term terms[RSA_PRIVATE_PARTS];
    size_t i;

    for (i = 0; i < RSA_PRIVATE_PARTS; i++) {
        terms[i] = bits_make_copy(native_heap(s), parts[i].bytes, parts[i].size);
        if (terms[i] == TERM_NONE)
            return raise_no_memory(s);
    }
    return native_result(s, native_list(s, terms, RSA_PRIVATE_PARTS));
}

static term finish_rsa(struct scheduler *s, struct rsa_making *making)
{
    size_t size = RSA_PRIVATE_PARTS * sizeof(struct number_result);
    struct number_result *parts = memory_allocate(s->node->memory, MEMORY_OTHER, size);
    enum number_status status;
    term result;

    if (parts == NULL)
        return raise_no_memory(s);
    status = rsa_making_finish(making, parts);
    result = status == NUMBER_OK ? make_parts(s, parts)
        : status == NUMBER_NO_MEMORY ? raise_no_memory(s)
                                     : CRYPTO_ERROR(s, "Can't generate RSA key-pair");
    mbedtls_platform_zeroize(parts, size);
    memory_free(s->node->memory, MEMORY_OTHER, parts, size);
    return result;
}

static term run_rsa(struct scheduler *s, const term *a, struct crypto_work *work);

CRYPTO_ALLOCATES(go_on_rsa)
{
    return run_rsa(s, a, (struct crypto_work *) (void *) native_job_of(s, a));
}

static term end_rsa(struct scheduler *s, struct crypto_work *work, enum number_status status)
{
    struct rsa_work *rsa = (struct rsa_work *) (void *) work->object;
    term result = status == NUMBER_OK ? finish_rsa(s, &rsa->making)
        : status == NUMBER_NO_MEMORY  ? raise_no_memory(s)
                                      : CRYPTO_ERROR(s, "Can't generate RSA key-pair");

    native_job_end(&work->job);
    return result;
}

static term run_rsa(struct scheduler *s, const term *a, struct crypto_work *work)
{
    struct rsa_work *rsa = (struct rsa_work *) (void *) work->object;
    size_t budget = native_job_budget(s, COST_A_REDUCTION), cost = 0;
    struct crypto_work *kept = work;
    bool is_done = false;

    while (!is_done && cost < budget) {
        enum number_status status = CRYPTO_OUTSIDE(s,
            rsa_making_step(&rsa->making, crypto_random, s, &cost, &is_done));

        if (status != NUMBER_OK)
            return end_rsa(s, work, status);
    }
    native_charge(s, 1 + cost / COST_A_REDUCTION);
    if (is_done)
        return end_rsa(s, work, NUMBER_OK);
    if (work->job.size == 0) {
        kept = (struct crypto_work *) (void *) native_job_keep(s, &work->job, sizeof *work);
        if (kept == NULL)
            return TERM_NONE;
    }
    return native_job_yield(s, go_on_rsa, a, &kept->job);
}

/* a: bits, public exponent. */
CRYPTO_ALLOCATES(key_rsa)
{
    struct crypto_bytes exponent;
    struct crypto_work work;
    struct rsa_work *rsa;
    enum number_status status;
    uint64_t bits;

    if (!integer_get_uint64(a[0], &bits) || bits > UINT32_MAX)
        return CRYPTO_BADARG(s, 0, "Can't get unsigned int");
    if (bits < 256)
        return CRYPTO_BADARG(s, 0, "Can't be < 256");
    if (!crypto_get_binary(s, a[1], &exponent))
        return CRYPTO_BADARG(s, 1, "Can't get binary public exponent");
    rsa = (struct rsa_work *) (void *) crypto_object_create(s, sizeof *rsa, &rsa_type);
    if (rsa == NULL)
        return TERM_NONE;
    rsa->object.close = close_rsa;
    crypto_work_init(&work, &rsa->object, &exponent);
    status = rsa_making_open(&rsa->making, (size_t) bits, &exponent);
    rsa->is_open = status == NUMBER_OK;
    return rsa->is_open ? run_rsa(s, a, &work) : end_rsa(s, &work, status);
}
#endif
