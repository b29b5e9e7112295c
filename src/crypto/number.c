/* number.c - powers modulo a number, and what is made of them. Always: each function frees what it began,
** by one way out. */
#include "crypto/number.h"

#if AVM_CRYPTO

#include <mbedtls/ecp.h>
#include <mbedtls/md.h>

enum number_status number_status(int error)
{
    if (error == 0)
        return NUMBER_OK;
    switch (error) {
    case MBEDTLS_ERR_MPI_ALLOC_FAILED:
    case MBEDTLS_ERR_ECP_ALLOC_FAILED:
    case MBEDTLS_ERR_MD_ALLOC_FAILED: return NUMBER_NO_MEMORY;
    default: return NUMBER_BAD;
    }
}

int number_exp_mod(mbedtls_mpi *x, const mbedtls_mpi *base, const mbedtls_mpi *exponent,
    const mbedtls_mpi *modulus)
{
    int error;

    library_begin();
    error = mbedtls_mpi_exp_mod(x, base, exponent, modulus, NULL);
    return error == 0 && library_ran_out() ? MBEDTLS_ERR_MPI_ALLOC_FAILED : error;
}

void number_result_wipe(struct number_result *result)
{
    mbedtls_platform_zeroize(result, sizeof *result);
}

enum number_status number_result_set(struct number_result *result, const mbedtls_mpi *number)
{
    result->size = mbedtls_mpi_size(number);
    if (result->size > sizeof result->bytes)
        return NUMBER_BAD;
    return number_status(mbedtls_mpi_write_binary(number, result->bytes, result->size));
}

int number_read(mbedtls_mpi *number, const struct crypto_bytes *bytes)
{
    const uint8_t *at = bytes->bytes;
    size_t size = bytes->size;

    for (; size > 0 && *at == 0; size--)
        at++;
    if (size > NUMBER_MAX_SIZE)
        return MBEDTLS_ERR_MPI_BAD_INPUT_DATA;
    return size > 0 ? mbedtls_mpi_read_binary(number, at, size) : mbedtls_mpi_lset(number, 0);
}

/* ---- powers -------------------------------------------------------------------------------- */

/* Of an even modulus, which no secret has: bit by bit. */
static int power_even(mbedtls_mpi *x, const mbedtls_mpi *base, const mbedtls_mpi *exponent,
    const mbedtls_mpi *modulus)
{
    mbedtls_mpi b, y;
    size_t bit = mbedtls_mpi_bitlen(exponent);
    int error;

    mbedtls_mpi_init(&b);
    mbedtls_mpi_init(&y);
    error = mbedtls_mpi_mod_mpi(&b, base, modulus);
    error = error != 0 ? error : mbedtls_mpi_lset(x, 1);
    while (error == 0 && bit-- > 0) {
        error = mbedtls_mpi_mul_mpi(&y, x, x);
        error = error != 0 ? error : mbedtls_mpi_mod_mpi(x, &y, modulus);
        if (error == 0 && mbedtls_mpi_get_bit(exponent, bit)) {
            error = mbedtls_mpi_mul_mpi(&y, x, &b);
            error = error != 0 ? error : mbedtls_mpi_mod_mpi(x, &y, modulus);
        }
    }
    error = error != 0 ? error : mbedtls_mpi_mod_mpi(x, x, modulus);
    mbedtls_mpi_free(&b);
    mbedtls_mpi_free(&y);
    return error;
}

static int power(mbedtls_mpi *x, const mbedtls_mpi *base, const mbedtls_mpi *exponent,
    const mbedtls_mpi *modulus)
{
    if (mbedtls_mpi_cmp_int(modulus, 1) == 0)
        return mbedtls_mpi_lset(x, 0);
    if (mbedtls_mpi_cmp_int(modulus, 0) == 0)
        return MBEDTLS_ERR_MPI_BAD_INPUT_DATA;
    return mbedtls_mpi_get_bit(modulus, 0) ? number_exp_mod(x, base, exponent, modulus)
                                           : power_even(x, base, exponent, modulus);
}

/* x = a * b mod modulus. */
static int multiply(mbedtls_mpi *x, const mbedtls_mpi *a, const mbedtls_mpi *b,
    const mbedtls_mpi *modulus)
{
    int error = mbedtls_mpi_mul_mpi(x, a, b);

    return error != 0 ? error : mbedtls_mpi_mod_mpi(x, x, modulus);
}

/* Several numbers that begin and end together. */
static void init_all(mbedtls_mpi *numbers, size_t count)
{
    while (count-- > 0)
        mbedtls_mpi_init(&numbers[count]);
}

static void free_all(mbedtls_mpi *numbers, size_t count)
{
    while (count-- > 0)
        mbedtls_mpi_free(&numbers[count]);
}

static int read_all(mbedtls_mpi *numbers, const struct crypto_bytes *const *bytes, size_t count)
{
    size_t i;
    int error = 0;

    for (i = 0; i < count && error == 0; i++)
        error = number_read(&numbers[i], bytes[i]);
    return error;
}

static enum number_status end(int error, struct number_result *result, const mbedtls_mpi *x)
{
    return error == 0 ? number_result_set(result, x) : number_status(error);
}

enum number_status number_power(const struct crypto_bytes *base, const struct crypto_bytes *exponent,
    const struct crypto_bytes *modulus, struct number_result *result)
{
    const struct crypto_bytes *bytes[] = { base, exponent, modulus };
    mbedtls_mpi n[4];
    enum number_status status;
    int error;

    init_all(n, 4);
    error = read_all(n, bytes, 3);
    error = error != 0 ? error : power(&n[3], &n[0], &n[1], &n[2]);
    status = end(error, result, &n[3]);
    free_all(n, 4);
    return status;
}

/* ---- Diffie-Hellman -------------------------------------------------------------------------- */

/* Whether 1 < x < p - 1. */
static bool is_between(const mbedtls_mpi *x, const mbedtls_mpi *p, mbedtls_mpi *scratch, int *error)
{
    *error = mbedtls_mpi_sub_int(scratch, p, 1);
    return *error == 0 && mbedtls_mpi_cmp_int(x, 1) > 0 && mbedtls_mpi_cmp_mpi(x, scratch) < 0;
}

enum number_status number_dh_shared(const struct crypto_bytes *public_key,
    const struct crypto_bytes *private_key, const struct crypto_bytes *prime,
    struct number_result *result)
{
    const struct crypto_bytes *bytes[] = { public_key, private_key, prime };
    mbedtls_mpi n[5];
    enum number_status status;
    int error;

    init_all(n, 5);
    error = read_all(n, bytes, 3);
    if (error == 0 && !is_between(&n[0], &n[2], &n[4], &error) && error == 0)
        error = MBEDTLS_ERR_MPI_BAD_INPUT_DATA;
    error = error != 0 ? error : power(&n[3], &n[0], &n[1], &n[2]);
    if (error == 0 && !is_between(&n[3], &n[2], &n[4], &error) && error == 0)
        error = MBEDTLS_ERR_MPI_BAD_INPUT_DATA;
    status = end(error, result, &n[3]);
    free_all(n, 5);
    return status;
}

/* From 1 to 2 ^ bits - 1, and below the prime. */
static int draw_private(mbedtls_mpi *x, size_t bits, const mbedtls_mpi *prime,
    crypto_random_fn *random, void *state)
{
    int error, tries = 0;

    do {
        size_t size = (bits + 7) / 8;

        error = mbedtls_mpi_fill_random(x, size, random, state);
        error = error != 0 ? error : mbedtls_mpi_shift_r(x, size * 8 - bits);
        if (error == 0 && ++tries > 256)
            error = MBEDTLS_ERR_MPI_BAD_INPUT_DATA;
    } while (error == 0
        && (mbedtls_mpi_cmp_int(x, 2) < 0 || mbedtls_mpi_cmp_mpi(x, prime) >= 0));
    return error;
}

/* n: prime, generator, private key. */
static int make_private(mbedtls_mpi *n, const struct crypto_bytes *given, size_t bits,
    crypto_random_fn *random, void *state)
{
    size_t prime_bits = mbedtls_mpi_bitlen(&n[0]);
    int error;

    if (given != NULL)
        return number_read(&n[2], given);
    if (bits == 0)
        bits = prime_bits > 1 ? prime_bits - 1 : 0;
    if (bits == 0 || bits > prime_bits)
        return MBEDTLS_ERR_MPI_BAD_INPUT_DATA;
    error = draw_private(&n[2], bits, &n[0], random, state);
    if (error == 0 && bits < prime_bits - 1)
        error = mbedtls_mpi_set_bit(&n[2], bits - 1, 1);
    return error;
}

enum number_status number_dh_generate(const struct crypto_bytes *given, size_t bits,
    const struct crypto_bytes *prime, const struct crypto_bytes *generator, crypto_random_fn *random,
    void *random_state, struct number_result *public_key, struct number_result *private_key)
{
    const struct crypto_bytes *bytes[] = { prime, generator };
    mbedtls_mpi n[4];
    enum number_status status;
    int error;

    init_all(n, 4);
    error = read_all(n, bytes, 2);
    if (error == 0 && mbedtls_mpi_get_bit(&n[0], 0) == 0)
        error = MBEDTLS_ERR_MPI_BAD_INPUT_DATA;
    error = error != 0 ? error : make_private(n, given, bits, random, random_state);
    error = error != 0 ? error : power(&n[3], &n[1], &n[2], &n[0]);
    status = end(error, public_key, &n[3]);
    if (status == NUMBER_OK)
        status = number_result_set(private_key, &n[2]);
    free_all(n, 4);
    return status;
}

/* ---- SRP ----------------------------------------------------------------------------------- */

enum number_status number_srp_value(const struct crypto_bytes *multiplier,
    const struct crypto_bytes *verifier, const struct crypto_bytes *generator,
    const struct crypto_bytes *exponent, const struct crypto_bytes *prime,
    struct number_result *result)
{
    const struct crypto_bytes *bytes[] = { multiplier, verifier, generator, exponent, prime };
    mbedtls_mpi n[7];
    enum number_status status;
    int error;

    init_all(n, 7);
    error = read_all(n, bytes, 5);
    error = error != 0 ? error : power(&n[5], &n[2], &n[3], &n[4]);
    error = error != 0 ? error : multiply(&n[6], &n[0], &n[1], &n[4]);
    error = error != 0 ? error : mbedtls_mpi_add_mpi(&n[5], &n[5], &n[6]);
    error = error != 0 ? error : mbedtls_mpi_mod_mpi(&n[5], &n[5], &n[4]);
    if (error == 0 && mbedtls_mpi_cmp_int(&n[5], 0) == 0)
        error = MBEDTLS_ERR_MPI_BAD_INPUT_DATA;
    status = end(error, result, &n[5]);
    free_all(n, 7);
    return status;
}

static int check_not_multiple(mbedtls_mpi *scratch, const mbedtls_mpi *x, const mbedtls_mpi *prime)
{
    int error = mbedtls_mpi_mod_mpi(scratch, x, prime);

    return error == 0 && mbedtls_mpi_cmp_int(scratch, 0) == 0 ? MBEDTLS_ERR_MPI_BAD_INPUT_DATA
                                                              : error;
}

enum number_status number_srp_user(const struct crypto_bytes *a, const struct crypto_bytes *u,
    const struct crypto_bytes *b, const struct crypto_bytes *multiplier,
    const struct crypto_bytes *generator, const struct crypto_bytes *exponent,
    const struct crypto_bytes *prime, struct number_result *result)
{
    const struct crypto_bytes *bytes[] = { a, u, b, multiplier, generator, exponent, prime };
    mbedtls_mpi n[9];
    enum number_status status;
    int error;

    init_all(n, 9);
    error = read_all(n, bytes, 7);
    error = error != 0 ? error : check_not_multiple(&n[7], &n[2], &n[6]);
    error = error != 0 ? error : power(&n[7], &n[4], &n[5], &n[6]);
    error = error != 0 ? error : multiply(&n[7], &n[3], &n[7], &n[6]);
    error = error != 0 ? error : mbedtls_mpi_sub_mpi(&n[7], &n[2], &n[7]);
    error = error != 0 ? error : mbedtls_mpi_mod_mpi(&n[7], &n[7], &n[6]);
    error = error != 0 ? error : mbedtls_mpi_mul_mpi(&n[8], &n[1], &n[5]);
    error = error != 0 ? error : mbedtls_mpi_add_mpi(&n[8], &n[8], &n[0]);
    error = error != 0 ? error : power(&n[0], &n[7], &n[8], &n[6]);
    status = end(error, result, &n[0]);
    free_all(n, 9);
    return status;
}

enum number_status number_srp_host(const struct crypto_bytes *verifier, const struct crypto_bytes *b,
    const struct crypto_bytes *u, const struct crypto_bytes *a, const struct crypto_bytes *prime,
    struct number_result *result)
{
    const struct crypto_bytes *bytes[] = { verifier, b, u, a, prime };
    mbedtls_mpi n[6];
    enum number_status status;
    int error;

    init_all(n, 6);
    error = read_all(n, bytes, 5);
    error = error != 0 ? error : check_not_multiple(&n[5], &n[3], &n[4]);
    error = error != 0 ? error : power(&n[5], &n[0], &n[2], &n[4]);
    error = error != 0 ? error : multiply(&n[5], &n[3], &n[5], &n[4]);
    error = error != 0 ? error : power(&n[0], &n[5], &n[1], &n[4]);
    status = end(error, result, &n[0]);
    free_all(n, 6);
    return status;
}
#endif
