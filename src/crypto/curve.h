/* curve.h - elliptic curves: keys, shared secrets, signatures (SEC 1, FIPS 186-4; RFC 7748 for the two
** Montgomery curves).
**
** Memory as number.h says. Always: a public key that comes from outside is checked to lie on its curve
** before a private key meets it. */
#ifndef AVM_CRYPTO_CURVE_H
#define AVM_CRYPTO_CURVE_H

#include "crypto/number.h"

#if AVM_CRYPTO

#include <mbedtls/ecp.h>

#define CURVE_MAX_POINT 133             /* bytes of a point of 521 bits, uncompressed */
#define CURVE_MAX_SCALAR 66
#define CURVE_MAX_SIGNATURE 141         /* DER, two numbers of CURVE_MAX_SCALAR bytes */

struct curve_type {
    const char *name;
    mbedtls_ecp_group_id id;
    bool is_montgomery;
    uint8_t field_size;                 /* bytes */
};
/* All that there are; the last has name NULL. */
extern const struct curve_type curve_types[];
const struct curve_type *curve_find(const char *name);      /* NULL: no such name */

/* As programs describe a curve over a prime field; a and b of y^2 = x^3 + ax + b. */
struct curve_parameters {
    struct crypto_bytes prime, a, b, generator, order;
};
/* The curve that has them, *curve NULL: none here. */
enum number_status curve_find_parameters(const struct curve_parameters *parameters,
    const struct curve_type **curve);

/* A curve in use. */
struct curve {
    const struct curve_type *type;
    mbedtls_ecp_group group;
    crypto_random_fn *random;
    void *random_state;
};
enum number_status curve_open(struct curve *curve, const struct curve_type *type,
    crypto_random_fn *random, void *random_state);
void curve_close(struct curve *curve);

struct curve_key {
    uint8_t point[CURVE_MAX_POINT];
    size_t point_size;
    uint8_t scalar[CURVE_MAX_SCALAR];
    size_t scalar_size;
};

/* Of the others, with given NULL: drawn. NUMBER_BAD: given is 0, or longer than the order. */
enum number_status curve_make_key(struct curve *curve, const struct crypto_bytes *given,
    struct curve_key *key);
/* The first coordinate of what both sides share. NUMBER_BAD: public_key is no point, or nothing is
** shared: *is_point says which. parameters help with points that are compressed; NULL: they are none. */
enum number_status curve_shared(struct curve *curve, const struct curve_parameters *parameters,
    const struct crypto_bytes *public_key, const struct crypto_bytes *private_key,
    uint8_t secret[CURVE_MAX_SCALAR], size_t *size, bool *is_point);

/* A point of SEC 1 in any of its forms but infinity; checked. 0, or an error of Mbed TLS. */
int curve_read_point(const struct curve *curve, const struct curve_parameters *parameters,
    const struct crypto_bytes *bytes, mbedtls_ecp_point *point);

/* A signature of a hash, in DER. */
enum number_status curve_sign(struct curve *curve, const struct crypto_bytes *private_key,
    const struct crypto_bytes *hash, uint8_t signature[CURVE_MAX_SIGNATURE], size_t *size);
/* NUMBER_BAD: the key is no point. */
enum number_status curve_verify(struct curve *curve, const struct curve_parameters *parameters,
    const struct crypto_bytes *public_key, const struct crypto_bytes *hash,
    const struct crypto_bytes *signature, bool *is_valid);

#endif
#endif
