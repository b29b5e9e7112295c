/* number.h - whole numbers of any size, as bytes with the most significant first: powers, the groups of
** Diffie-Hellman, SRP.
**
** What Mbed TLS allocates for them is gone, wiped, when a function here returns. Numbers have at most NUMBER_MAX_SIZE bytes, as Mbed TLS has it. */
#ifndef AVM_CRYPTO_NUMBER_H
#define AVM_CRYPTO_NUMBER_H

#include "base/compiler.h"

#if AVM_CRYPTO

#include "crypto/library.h"

#include <mbedtls/bignum.h>

#define NUMBER_MAX_SIZE MBEDTLS_MPI_MAX_SIZE

struct crypto_bytes {
    const uint8_t *bytes;
    size_t size;
};

/* Gives size bytes that nobody can foretell; 0, or not. */
typedef int crypto_random_fn(void *state, unsigned char *bytes, size_t size);

enum number_status { NUMBER_OK, NUMBER_BAD, NUMBER_NO_MEMORY };

/* The status that an error of Mbed TLS is. */
enum number_status number_status(int error);

/* What comes of each of these: without leading zeros, at most as long as the modulus. */
struct number_result {
    uint8_t bytes[NUMBER_MAX_SIZE];
    size_t size;
};
void number_result_wipe(struct number_result *result);
/* Takes a number that is not negative. */
enum number_status number_result_set(struct number_result *result, const mbedtls_mpi *number);

/* Of an odd modulus. 0, or an error of Mbed TLS. */
int number_exp_mod(mbedtls_mpi *x, const mbedtls_mpi *base, const mbedtls_mpi *exponent,
    const mbedtls_mpi *modulus);

int number_read(mbedtls_mpi *number, const struct crypto_bytes *bytes);

/* base ^ exponent mod modulus. NUMBER_BAD: the modulus is 0. */
enum number_status number_power(const struct crypto_bytes *base, const struct crypto_bytes *exponent,
    const struct crypto_bytes *modulus, struct number_result *result);

/* NUMBER_BAD: what is shared is no element that a secret should hang on. */
enum number_status number_dh_shared(const struct crypto_bytes *public_key,
    const struct crypto_bytes *private_key, const struct crypto_bytes *prime,
    struct number_result *result);
/* A private key (drawn, of bits bits, or of the prime's size when bits is 0; unless given is not NULL)
** and its public one. */
enum number_status number_dh_generate(const struct crypto_bytes *given, size_t bits,
    const struct crypto_bytes *prime, const struct crypto_bytes *generator, crypto_random_fn *random,
    void *random_state, struct number_result *public_key, struct number_result *private_key);

/* SRP (RFC 5054): k * v + g ^ b; (B - k * g ^ x) ^ (a + u * x); (A * v ^ u) ^ b, all mod the prime. */
enum number_status number_srp_value(const struct crypto_bytes *multiplier,
    const struct crypto_bytes *verifier, const struct crypto_bytes *generator,
    const struct crypto_bytes *exponent, const struct crypto_bytes *prime,
    struct number_result *result);
enum number_status number_srp_user(const struct crypto_bytes *a, const struct crypto_bytes *u,
    const struct crypto_bytes *b, const struct crypto_bytes *multiplier,
    const struct crypto_bytes *generator, const struct crypto_bytes *exponent,
    const struct crypto_bytes *prime, struct number_result *result);
enum number_status number_srp_host(const struct crypto_bytes *verifier, const struct crypto_bytes *b,
    const struct crypto_bytes *u, const struct crypto_bytes *a, const struct crypto_bytes *prime,
    struct number_result *result);

#endif
#endif
