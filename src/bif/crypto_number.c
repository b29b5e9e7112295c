/* crypto_number.c - natives of module crypto: powers, Diffie-Hellman, SRP. */
#include "bif/crypto.h"

#if AVM_CRYPTO

#include "bif/bif.h"

#define NUMBER_NATIVES(X)                                                                        \
    X("mod_exp_nif", 4, number_mod_exp, CRYPTO_HEAVY)                                            \
    X("dh_generate_key_nif", 4, number_dh_key, CRYPTO_HEAVY)                                     \
    X("dh_compute_key_nif", 3, number_dh_secret, CRYPTO_HEAVY)                                   \
    X("srp_value_B_nif", 5, number_srp_b, NATIVE_NO_ERROR_INFO)                                  \
    X("srp_user_secret_nif", 7, number_srp_user_secret, NATIVE_NO_ERROR_INFO)                    \
    X("srp_host_secret_nif", 5, number_srp_host_secret, NATIVE_NO_ERROR_INFO)
NATIVE_TABLE(bif_crypto_number, "crypto", NULL, NUMBER_NATIVES)

/* One large power is worth a slice or more. */
#define REDUCTIONS_A_POWER 2000

static term make_result(struct scheduler *s, struct number_result *result)
{
    term t = native_result(s, bits_make_copy(native_heap(s), result->bytes, result->size));

    number_result_wipe(result);
    return t;
}

static bool get_all(struct scheduler *s, const term *a, struct crypto_bytes *bytes, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++)
        if (!crypto_get_binary(s, a[i], &bytes[i]))
            return false;
    return true;
}

/* The bytes with their size before them, and a 0 where they would look negative. */
static term make_headed(struct scheduler *s, struct number_result *result)
{
    size_t extra = result->size > 0 && result->bytes[0] >= 0x80 ? 1 : 0, size = result->size + extra;
    uint8_t *out;
    term t = bits_make_binary(native_heap(s), 4 + size, &out);

    if (t == TERM_NONE) {
        number_result_wipe(result);
        return raise_no_memory(s);
    }
    out[0] = (uint8_t) (size >> 24);
    out[1] = (uint8_t) (size >> 16);
    out[2] = (uint8_t) (size >> 8);
    out[3] = (uint8_t) size;
    out[4] = 0;
    memcpy(out + 4 + extra, result->bytes, result->size);
    number_result_wipe(result);
    return t;
}

/* a: base, exponent, modulus, 0 or 4: bytes of a head. */
CRYPTO_ALLOCATES(number_mod_exp)
{
    struct crypto_bytes n[3];
    struct number_result result;
    enum number_status status;

    if (!get_all(s, a, n, 3) || (a[3] != term_make_small(0) && a[3] != term_make_small(4)))
        return raise_badarg(s);
    native_charge(s, REDUCTIONS_A_POWER);
    status = CRYPTO_OUTSIDE(s, number_power(&n[0], &n[1], &n[2], &result));
    if (status != NUMBER_OK)
        return status == NUMBER_NO_MEMORY ? raise_no_memory(s) : raise_badarg(s);
    return a[3] == term_make_small(0) ? make_result(s, &result) : make_headed(s, &result);
}

/* ---- Diffie-Hellman ---------------------------------------------------------------------------- */

/* [P, G]; ok, or TERM_NONE after raising. */
static term read_group(struct scheduler *s, term list, int argument, struct crypto_bytes *prime,
    struct crypto_bytes *generator)
{
    if (!term_is_cons(list) || !crypto_get_binary(s, term_head(list), prime))
        return CRYPTO_BADARG(s, argument, "Bad value of 'p'");
    list = term_tail(list);
    if (!term_is_cons(list) || !crypto_get_binary(s, term_head(list), generator))
        return CRYPTO_BADARG(s, argument, "Bad value of 'g'");
    return term_tail(list) == TERM_NIL ? ATOM(ok)
                                       : CRYPTO_BADARG(s, argument, "Not a two-element list");
}

/* a: private key or undefined, [P, G], 0, bits or 0. */
CRYPTO_ALLOCATES(number_dh_key)
{
    struct crypto_bytes given, prime, generator;
    struct number_result public_key, private_key;
    enum number_status status;
    uint64_t bits;
    term x, y;

    if (a[0] != ATOM(undefined) && !crypto_get_binary(s, a[0], &given))
        return CRYPTO_BADARG(s, 0, "PrivKeyIn");
    if (read_group(s, a[1], 1, &prime, &generator) == TERM_NONE)
        return TERM_NONE;
    if (!integer_get_uint64(a[3], &bits) || bits > LONG_MAX)
        return CRYPTO_BADARG(s, 3, "Bad value of length element");
    native_charge(s, REDUCTIONS_A_POWER);
    status = CRYPTO_OUTSIDE(s, number_dh_generate(a[0] != ATOM(undefined) ? &given : NULL, (size_t) bits,
        &prime, &generator, crypto_random, s, &public_key, &private_key));
    if (status != NUMBER_OK)
        return status == NUMBER_NO_MEMORY ? raise_no_memory(s)
                                          : CRYPTO_ERROR(s, "Can't generate DH key pair");
    x = bits_make_copy(native_heap(s), public_key.bytes, public_key.size);
    y = bits_make_copy(native_heap(s), private_key.bytes, private_key.size);
    number_result_wipe(&private_key);
    return native_result(s, x != TERM_NONE && y != TERM_NONE ? native_tuple2(s, x, y) : TERM_NONE);
}

/* a: the other's public key, the own private key, [P, G]. */
CRYPTO_ALLOCATES(number_dh_secret)
{
    struct crypto_bytes public_key, private_key, prime, generator;
    struct number_result result;
    enum number_status status;

    if (!crypto_get_binary(s, a[0], &public_key))
        return CRYPTO_BADARG(s, 0, "Bad peer public key; binary expected");
    if (read_group(s, a[2], 2, &prime, &generator) == TERM_NONE)
        return TERM_NONE;
    if (!crypto_get_binary(s, a[1], &private_key))
        return CRYPTO_BADARG(s, 0, "Bad peer public key; binary expected");
    native_charge(s, REDUCTIONS_A_POWER);
    status = CRYPTO_OUTSIDE(s, number_dh_shared(&public_key, &private_key, &prime, &result));
    if (status != NUMBER_OK)
        return status == NUMBER_NO_MEMORY ? raise_no_memory(s)
                                          : CRYPTO_ERROR(s, "Can't get result size");
    return make_result(s, &result);
}

/* ---- SRP ----------------------------------------------------------------------------------------- */

static term srp_result(struct scheduler *s, enum number_status status, struct number_result *result)
{
    if (status == NUMBER_NO_MEMORY)
        return raise_no_memory(s);
    return status == NUMBER_OK ? make_result(s, result) : ATOM(error);
}

CRYPTO_ALLOCATES(number_srp_b)
{
    struct crypto_bytes n[5];
    struct number_result result;

    if (!get_all(s, a, n, 5))
        return raise_badarg(s);
    native_charge(s, REDUCTIONS_A_POWER);
    return srp_result(s, number_srp_value(&n[0], &n[1], &n[2], &n[3], &n[4], &result), &result);
}

CRYPTO_ALLOCATES(number_srp_user_secret)
{
    struct crypto_bytes n[7];
    struct number_result result;

    if (!get_all(s, a, n, 7))
        return raise_badarg(s);
    native_charge(s, 2 * REDUCTIONS_A_POWER);
    return srp_result(s,
        number_srp_user(&n[0], &n[1], &n[2], &n[3], &n[4], &n[5], &n[6], &result), &result);
}

CRYPTO_ALLOCATES(number_srp_host_secret)
{
    struct crypto_bytes n[5];
    struct number_result result;

    if (!get_all(s, a, n, 5))
        return raise_badarg(s);
    native_charge(s, 2 * REDUCTIONS_A_POWER);
    return srp_result(s, number_srp_host(&n[0], &n[1], &n[2], &n[3], &n[4], &result), &result);
}
#endif
