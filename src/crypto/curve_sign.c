/* curve_sign.c - ECDSA: signatures of a hash, written as SEQUENCE { INTEGER r, INTEGER s } in DER. Of what
** is read only the one form that DER has for it counts, so that a signature cannot be changed into another
** that is as good. */
#include "crypto/curve.h"

#if AVM_CRYPTO

#include <mbedtls/ecdsa.h>

/* ---- DER ----------------------------------------------------------------------------------------- */

#define DER_INTEGER 0x02
#define DER_SEQUENCE 0x30

/* Writes a positive number behind *at, which moves. */
static int write_integer(const mbedtls_mpi *number, uint8_t **at)
{
    size_t size = mbedtls_mpi_bitlen(number) / 8 + 1;       /* with room for a sign */
    uint8_t *out = *at;

    out[0] = DER_INTEGER;
    out[1] = (uint8_t) size;
    *at = out + 2 + size;
    return mbedtls_mpi_write_binary(number, out + 2, size);
}

static int write_signature(const mbedtls_mpi *r, const mbedtls_mpi *s, uint8_t *signature, size_t *size)
{
    uint8_t body[CURVE_MAX_SIGNATURE], *at = body;
    int error = write_integer(r, &at);
    size_t head, length;

    error = error != 0 ? error : write_integer(s, &at);
    length = (size_t) (at - body);
    head = length < 0x80 ? 2 : 3;
    signature[0] = DER_SEQUENCE;
    signature[1] = head == 2 ? (uint8_t) length : 0x81;
    if (head == 3)
        signature[2] = (uint8_t) length;
    memcpy(signature + head, body, length);
    *size = head + length;
    return error;
}

/* Takes what has this tag off the front: *held is what it holds. */
static bool take_head(struct crypto_bytes *rest, uint8_t tag, struct crypto_bytes *held)
{
    size_t head = 2, length;

    if (rest->size < 2 || rest->bytes[0] != tag)
        return false;
    length = rest->bytes[1];
    if (length == 0x81) {
        if (rest->size < 3 || rest->bytes[2] < 0x80)
            return false;
        length = rest->bytes[2];
        head = 3;
    } else if (length >= 0x80) {
        return false;
    }
    if (length > rest->size - head)
        return false;
    held->bytes = rest->bytes + head;
    held->size = length;
    rest->bytes += head + length;
    rest->size -= head + length;
    return true;
}

static bool take_integer(struct crypto_bytes *rest, struct crypto_bytes *number)
{
    if (!take_head(rest, DER_INTEGER, number) || number->size == 0 || number->bytes[0] >= 0x80)
        return false;
    return number->size == 1 || number->bytes[0] != 0 || number->bytes[1] >= 0x80;
}

static bool read_signature(const struct crypto_bytes *signature, struct crypto_bytes *r,
    struct crypto_bytes *s)
{
    struct crypto_bytes rest = *signature, body;

    return take_head(&rest, DER_SEQUENCE, &body) && rest.size == 0 && take_integer(&body, r)
        && take_integer(&body, s) && body.size == 0 && r->size <= CURVE_MAX_SCALAR + 1
        && s->size <= CURVE_MAX_SCALAR + 1;
}

/* ---- signatures ------------------------------------------------------------------------------------ */

enum number_status curve_sign(struct curve *curve, const struct crypto_bytes *private_key,
    const struct crypto_bytes *hash, uint8_t signature[CURVE_MAX_SIGNATURE], size_t *size)
{
    mbedtls_mpi d, r, s;
    int error;

    mbedtls_mpi_init(&d);
    mbedtls_mpi_init(&r);
    mbedtls_mpi_init(&s);
    error = number_read(&d, private_key);
    error = error != 0 ? error : mbedtls_ecp_check_privkey(&curve->group, &d);
    error = error != 0 ? error : mbedtls_ecdsa_sign(&curve->group, &r, &s, &d, hash->bytes, hash->size,
        curve->random, curve->random_state);
    error = error != 0 ? error : write_signature(&r, &s, signature, size);
    mbedtls_mpi_free(&d);
    mbedtls_mpi_free(&r);
    mbedtls_mpi_free(&s);
    return number_status(error);
}

static int verify(struct curve *curve, const mbedtls_ecp_point *key, const struct crypto_bytes *hash,
    const struct crypto_bytes *r_bytes, const struct crypto_bytes *s_bytes, bool *is_valid)
{
    mbedtls_mpi r, s;
    int error;

    mbedtls_mpi_init(&r);
    mbedtls_mpi_init(&s);
    error = number_read(&r, r_bytes);
    error = error != 0 ? error : number_read(&s, s_bytes);
    error = error != 0 ? error
                       : mbedtls_ecdsa_verify(&curve->group, hash->bytes, hash->size, key, &r, &s);
    *is_valid = error == 0;
    mbedtls_mpi_free(&r);
    mbedtls_mpi_free(&s);
    return number_status(error) == NUMBER_NO_MEMORY ? error : 0;
}

enum number_status curve_verify(struct curve *curve, const struct curve_parameters *parameters,
    const struct crypto_bytes *public_key, const struct crypto_bytes *hash,
    const struct crypto_bytes *signature, bool *is_valid)
{
    struct crypto_bytes r, s;
    mbedtls_ecp_point point;
    int error;

    *is_valid = false;
    mbedtls_ecp_point_init(&point);
    error = curve_read_point(curve, parameters, public_key, &point);
    if (error == 0 && read_signature(signature, &r, &s))
        error = verify(curve, &point, hash, &r, &s, is_valid);
    mbedtls_ecp_point_free(&point);
    return number_status(error);
}
#endif
