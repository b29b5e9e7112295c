/* rsa.h - RSA (RFC 8017): keys, the two operations, and the paddings around them.
**
** Memory as number.h says. The private operation is Mbed TLS's: blinded, by the Chinese remainder theorem.
** The paddings are written here, since programs may choose hash functions for each part that Mbed TLS 2.28
** takes from one place. Always: what a decryption leaves is looked at as a whole, in a time that does not
** depend on it, before one answer is given. */
#ifndef AVM_CRYPTO_RSA_H
#define AVM_CRYPTO_RSA_H

#include "crypto/digest.h"
#include "crypto/number.h"

#if AVM_CRYPTO

#define RSA_MAX_SIZE NUMBER_MAX_SIZE
#define RSA_PRIVATE_PARTS 8     /* e, n, d, then p, q, d mod p - 1, d mod q - 1, 1 / q mod p */

struct rsa {
    mbedtls_rsa_context context;
    size_t size;                /* bytes of the modulus */
    size_t bits;
    crypto_random_fn *random;
    void *random_state;
};

/* parts: e, n; with d for a private key; with all eight for one that is fast to use. */
enum number_status rsa_open(struct rsa *rsa, const struct crypto_bytes *parts, size_t count,
    crypto_random_fn *random, void *random_state);
void rsa_close(struct rsa *rsa);
/* rsa->size bytes in and out. */
enum number_status rsa_public(struct rsa *rsa, const uint8_t *in, uint8_t *out);
enum number_status rsa_private(struct rsa *rsa, const uint8_t *in, uint8_t *out);

enum rsa_padding { RSA_PAD_PKCS1, RSA_PAD_PSS, RSA_PAD_OAEP, RSA_PAD_NONE, RSA_PAD_X931 };

#define RSA_SALT_DIGEST (-1)
#define RSA_SALT_ANY (-2)       /* as long as fits; any, to verify */

struct rsa_options {
    enum rsa_padding padding;
    const struct digest_type *digest;       /* that made the hash; NULL: there is no hash */
    const struct digest_type *mgf, *oaep;
    struct crypto_bytes label;
    int salt_size;
};

/* A signature of text, a hash when options->digest says so: out has rsa->size bytes. */
enum number_status rsa_sign(struct rsa *rsa, const struct rsa_options *options,
    const struct crypto_bytes *text, uint8_t *out);
enum number_status rsa_verify(struct rsa *rsa, const struct rsa_options *options,
    const struct crypto_bytes *text, const struct crypto_bytes *signature, bool *is_valid);
/* What rsa_sign signed; out has rsa->size bytes. */
enum number_status rsa_recover(struct rsa *rsa, const struct rsa_options *options,
    const struct crypto_bytes *signature, uint8_t *out, size_t *size);
enum number_status rsa_encrypt(struct rsa *rsa, const struct rsa_options *options,
    const struct crypto_bytes *text, uint8_t *out);
enum number_status rsa_decrypt(struct rsa *rsa, const struct rsa_options *options,
    const struct crypto_bytes *text, uint8_t *out, size_t *size);

/* ---- a key that is being made, a step at a time ------------------------------------------------- */

struct rsa_making {
    mbedtls_mpi e, p, q, n;
    size_t p_bits, q_bits;
    bool has_p, has_q;
};
/* NUMBER_BAD: no such key is made here (bits, or an exponent that is even or below 3). */
enum number_status rsa_making_open(struct rsa_making *making, size_t bits,
    const struct crypto_bytes *exponent);
/* Looks at one candidate. *cost grows by what that took, in units of a small division. */
enum number_status rsa_making_step(struct rsa_making *making, crypto_random_fn *random,
    void *random_state, size_t *cost, bool *is_done);
/* The parts of the key, each its bytes in its room. */
enum number_status rsa_making_finish(struct rsa_making *making,
    struct number_result *parts);    /* RSA_PRIVATE_PARTS of them */
void rsa_making_close(struct rsa_making *making);

#endif
#endif
