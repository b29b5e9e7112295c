/* rsa_making.c - a new key of RSA, found one candidate at a time, so that whoever asks can stop between. */
#include "crypto/rsa.h"

#if AVM_CRYPTO

#define BITS_LEAST 256
#define BITS_MOST (RSA_MAX_SIZE * 8)
#define SMALL_PRIMES_END 2000
#define COST_OF_TEST 4000       /* of the test of a candidate without small factors, at 1,024 bits */

enum number_status rsa_making_open(struct rsa_making *making, size_t bits,
    const struct crypto_bytes *exponent)
{
    int error;

    mbedtls_mpi_init(&making->e);
    mbedtls_mpi_init(&making->p);
    mbedtls_mpi_init(&making->q);
    mbedtls_mpi_init(&making->n);
    making->has_p = making->has_q = false;
    making->p_bits = (bits + 1) / 2;
    making->q_bits = bits / 2;
    error = bits < BITS_LEAST || bits > BITS_MOST ? MBEDTLS_ERR_MPI_BAD_INPUT_DATA
                                                  : number_read(&making->e, exponent);
    if (error == 0
        && (mbedtls_mpi_cmp_int(&making->e, 3) < 0 || mbedtls_mpi_get_bit(&making->e, 0) == 0
            || mbedtls_mpi_bitlen(&making->e) >= making->q_bits))
        error = MBEDTLS_ERR_MPI_BAD_INPUT_DATA;
    if (error != 0)
        rsa_making_close(making);
    return number_status(error);
}

void rsa_making_close(struct rsa_making *making)
{
    mbedtls_mpi_free(&making->e);
    mbedtls_mpi_free(&making->p);
    mbedtls_mpi_free(&making->q);
    mbedtls_mpi_free(&making->n);
}

/* Odd, and so large that the product of two has all its bits. */
static int draw_candidate(mbedtls_mpi *x, size_t bits, crypto_random_fn *random, void *state)
{
    size_t size = (bits + 7) / 8;
    int error = mbedtls_mpi_fill_random(x, size, random, state);

    error = error != 0 ? error : mbedtls_mpi_shift_r(x, size * 8 - bits);
    error = error != 0 ? error : mbedtls_mpi_set_bit(x, bits - 1, 1);
    error = error != 0 ? error : mbedtls_mpi_set_bit(x, bits - 2, 1);
    return error != 0 ? error : mbedtls_mpi_set_bit(x, 0, 1);
}

static int has_small_factor(const mbedtls_mpi *x, size_t *cost, bool *has)
{
    mbedtls_mpi_sint divisor;
    int error = 0;

    *has = false;
    for (divisor = 3; divisor < SMALL_PRIMES_END && error == 0 && !*has; divisor += 2) {
        mbedtls_mpi_uint rest = 1;

        if ((divisor % 3 == 0 && divisor != 3) || (divisor % 5 == 0 && divisor != 5)
            || (divisor % 7 == 0 && divisor != 7))
            continue;
        error = mbedtls_mpi_mod_int(&rest, x, divisor);
        *has = rest == 0;
        ++*cost;
    }
    return error;
}

/* FIPS 186-4, C.3: enough for a chance of error below 2^-100 with candidates that are drawn. */
static int test_rounds(size_t bits)
{
    return bits >= 1024 ? 5 : bits >= 512 ? 8 : 40;
}

/* Whether the modulus of the key can have it as a factor: gcd(e, x - 1) is 1. */
static int is_coprime(const mbedtls_mpi *e, const mbedtls_mpi *x, bool *is)
{
    mbedtls_mpi less, gcd;
    int error;

    mbedtls_mpi_init(&less);
    mbedtls_mpi_init(&gcd);
    error = mbedtls_mpi_sub_int(&less, x, 1);
    error = error != 0 ? error : mbedtls_mpi_gcd(&gcd, e, &less);
    *is = error == 0 && mbedtls_mpi_cmp_int(&gcd, 1) == 0;
    mbedtls_mpi_free(&less);
    mbedtls_mpi_free(&gcd);
    return error;
}

/* p and q may not be close: more than bits / 2 - 100 bits of their difference count. */
static int are_apart(struct rsa_making *making, bool *are)
{
    mbedtls_mpi difference;
    int error;

    mbedtls_mpi_init(&difference);
    error = mbedtls_mpi_sub_mpi(&difference, &making->p, &making->q);
    *are = error == 0
        && mbedtls_mpi_bitlen(&difference) > (making->q_bits > 100 ? making->q_bits - 100 : 0);
    mbedtls_mpi_free(&difference);
    return error;
}

enum number_status rsa_making_step(struct rsa_making *making, crypto_random_fn *random,
    void *random_state, size_t *cost, bool *is_done)
{
    mbedtls_mpi *x = making->has_p ? &making->q : &making->p;
    size_t bits = making->has_p ? making->q_bits : making->p_bits;
    bool fails = true, fits = false;
    int error = draw_candidate(x, bits, random, random_state);

    *is_done = false;
    error = error != 0 ? error : has_small_factor(x, cost, &fails);
    if (error != 0 || fails)
        return number_status(error);
    error = is_coprime(&making->e, x, &fits);
    if (error == 0 && fits) {
        *cost += COST_OF_TEST * (1 + bits / 1024);
        error = mbedtls_mpi_is_prime_ext(x, test_rounds(bits), random, random_state);
        if (error == MBEDTLS_ERR_MPI_NOT_ACCEPTABLE)
            return NUMBER_OK;
    }
    if (error != 0 || !fits)
        return number_status(error);
    if (!making->has_p) {
        making->has_p = true;
        return NUMBER_OK;
    }
    error = are_apart(making, &making->has_q);
    *is_done = making->has_q;
    return number_status(error);
}

/* x = a mod (b - 1). */
static int mod_less(mbedtls_mpi *x, const mbedtls_mpi *a, const mbedtls_mpi *b)
{
    mbedtls_mpi less;
    int error;

    mbedtls_mpi_init(&less);
    error = mbedtls_mpi_sub_int(&less, b, 1);
    error = error != 0 ? error : mbedtls_mpi_mod_mpi(x, a, &less);
    mbedtls_mpi_free(&less);
    return error;
}

/* The inverse of e modulo the least common multiple of p - 1 and q - 1. */
static int find_d(const struct rsa_making *making, mbedtls_mpi *d)
{
    mbedtls_mpi p, q, gcd;
    int error;

    mbedtls_mpi_init(&p);
    mbedtls_mpi_init(&q);
    mbedtls_mpi_init(&gcd);
    error = mbedtls_mpi_sub_int(&p, &making->p, 1);
    error = error != 0 ? error : mbedtls_mpi_sub_int(&q, &making->q, 1);
    error = error != 0 ? error : mbedtls_mpi_gcd(&gcd, &p, &q);
    error = error != 0 ? error : mbedtls_mpi_div_mpi(&p, NULL, &p, &gcd);
    error = error != 0 ? error : mbedtls_mpi_mul_mpi(&gcd, &p, &q);
    error = error != 0 ? error : mbedtls_mpi_inv_mod(d, &making->e, &gcd);
    mbedtls_mpi_free(&p);
    mbedtls_mpi_free(&q);
    mbedtls_mpi_free(&gcd);
    return error;
}

enum number_status rsa_making_finish(struct rsa_making *making, struct number_result *parts)
{
    mbedtls_mpi d, rest[3];
    const mbedtls_mpi *all[RSA_PRIVATE_PARTS] = { &making->e, &making->n, &d, &making->p, &making->q,
        &rest[0], &rest[1], &rest[2] };
    enum number_status status;
    size_t i;
    int error;

    mbedtls_mpi_init(&d);
    for (i = 0; i < 3; i++)
        mbedtls_mpi_init(&rest[i]);
    if (mbedtls_mpi_cmp_mpi(&making->p, &making->q) < 0)
        mbedtls_mpi_swap(&making->p, &making->q);
    error = mbedtls_mpi_mul_mpi(&making->n, &making->p, &making->q);
    error = error != 0 ? error : find_d(making, &d);
    error = error != 0 ? error : mod_less(&rest[0], &d, &making->p);
    error = error != 0 ? error : mod_less(&rest[1], &d, &making->q);
    error = error != 0 ? error : mbedtls_mpi_inv_mod(&rest[2], &making->q, &making->p);
    status = number_status(error);
    for (i = 0; i < RSA_PRIVATE_PARTS && status == NUMBER_OK; i++)
        status = number_result_set(&parts[i], all[i]);
    mbedtls_mpi_free(&d);
    for (i = 0; i < 3; i++)
        mbedtls_mpi_free(&rest[i]);
    return status;
}
#endif
