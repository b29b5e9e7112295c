/* curve.c - keys and secrets on the curves of Mbed TLS. */
#include "crypto/curve.h"

#if AVM_CRYPTO

#define SCALAR_450 56       /* bytes of a key of X448 */

const struct curve_type curve_types[] = {
    { "secp192k1", MBEDTLS_ECP_DP_SECP192K1, false, 24 },
    { "secp224k1", MBEDTLS_ECP_DP_SECP224K1, false, 28 },
    { "secp224r1", MBEDTLS_ECP_DP_SECP224R1, false, 28 },
    { "secp256k1", MBEDTLS_ECP_DP_SECP256K1, false, 32 },
    { "secp384r1", MBEDTLS_ECP_DP_SECP384R1, false, 48 },
    { "secp521r1", MBEDTLS_ECP_DP_SECP521R1, false, 66 },
    { "secp192r1", MBEDTLS_ECP_DP_SECP192R1, false, 24 },
    { "prime192v1", MBEDTLS_ECP_DP_SECP192R1, false, 24 },
    { "secp256r1", MBEDTLS_ECP_DP_SECP256R1, false, 32 },
    { "prime256v1", MBEDTLS_ECP_DP_SECP256R1, false, 32 },
    { "brainpoolP256r1", MBEDTLS_ECP_DP_BP256R1, false, 32 },
    { "brainpoolP384r1", MBEDTLS_ECP_DP_BP384R1, false, 48 },
    { "brainpoolP512r1", MBEDTLS_ECP_DP_BP512R1, false, 64 },
    { "x25519", MBEDTLS_ECP_DP_CURVE25519, true, 32 },
    { "x448", MBEDTLS_ECP_DP_CURVE448, true, SCALAR_450 },
    { NULL, MBEDTLS_ECP_DP_NONE, false, 0 }
};

const struct curve_type *curve_find(const char *name)
{
    const struct curve_type *type;

    for (type = curve_types; type->name != NULL; type++)
        if (strcmp(type->name, name) == 0)
            return type;
    return NULL;
}

/* ---- a curve by its parameters ---------------------------------------------------------------- */

/* Whether bytes are the number; scratch is overwritten. */
static int is_number(const mbedtls_mpi *number, const struct crypto_bytes *bytes, mbedtls_mpi *scratch,
    bool *same)
{
    int error = bytes->size <= 2 * CURVE_MAX_SCALAR ? number_read(scratch, bytes)
                                                    : MBEDTLS_ERR_MPI_BAD_INPUT_DATA;

    *same = error == 0 && mbedtls_mpi_cmp_mpi(number, scratch) == 0;
    return error;
}

static int is_generator(const mbedtls_ecp_group *group, const struct crypto_bytes *bytes, bool *same)
{
    uint8_t point[CURVE_MAX_POINT];
    size_t size;
    int error = mbedtls_ecp_point_write_binary(group, &group->G, MBEDTLS_ECP_PF_UNCOMPRESSED, &size,
        point, sizeof point);

    *same = error == 0 && bytes->size == size && memcmp(point + 1, bytes->bytes + 1, size - 1) == 0;
    return error;
}

/* The generator and b, with the prime, leave no choice of a. */
static int has_parameters(const mbedtls_ecp_group *group, const struct curve_parameters *parameters,
    bool *same)
{
    mbedtls_mpi scratch;
    int error;

    mbedtls_mpi_init(&scratch);
    error = is_number(&group->P, &parameters->prime, &scratch, same);
    if (error == 0 && *same)
        error = is_number(&group->N, &parameters->order, &scratch, same);
    if (error == 0 && *same)
        error = is_number(&group->B, &parameters->b, &scratch, same);
    if (error == 0 && *same)
        error = is_generator(group, &parameters->generator, same);
    mbedtls_mpi_free(&scratch);
    return error;
}

static size_t byte_length(const struct crypto_bytes *number)
{
    size_t i = 0;

    while (i < number->size && number->bytes[i] == 0)
        i++;
    return number->size - i;
}

enum number_status curve_find_parameters(const struct curve_parameters *parameters,
    const struct curve_type **curve)
{
    const struct curve_type *type;
    bool same = false;
    int error = 0;

    *curve = NULL;
    for (type = curve_types; type->name != NULL && error == 0; type++) {
        mbedtls_ecp_group group;

        if (type->is_montgomery || type->field_size != byte_length(&parameters->prime))
            continue;
        mbedtls_ecp_group_init(&group);
        error = mbedtls_ecp_group_load(&group, type->id);
        if (error == 0)
            error = has_parameters(&group, parameters, &same);
        mbedtls_ecp_group_free(&group);
        if (error == MBEDTLS_ERR_MPI_BAD_INPUT_DATA)
            error = 0;
        if (error == 0 && same) {
            *curve = type;
            break;
        }
    }
    return number_status(error);
}

/* ---- life -------------------------------------------------------------------------------------- */

enum number_status curve_open(struct curve *curve, const struct curve_type *type,
    crypto_random_fn *random, void *random_state)
{
    int error;

    curve->type = type;
    curve->random = random;
    curve->random_state = random_state;
    mbedtls_ecp_group_init(&curve->group);
    error = mbedtls_ecp_group_load(&curve->group, type->id);
    if (error != 0)
        curve_close(curve);
    return number_status(error);
}

void curve_close(struct curve *curve)
{
    mbedtls_ecp_group_free(&curve->group);
}

/* ---- points and scalars ------------------------------------------------------------------------- */

/* A number that is no square modulo p: the least one. */
static int find_no_square(const mbedtls_mpi *p, const mbedtls_mpi *half, mbedtls_mpi *z, mbedtls_mpi *t)
{
    mbedtls_mpi_sint candidate = 2;
    int error;

    do {
        error = mbedtls_mpi_lset(z, candidate++);
        error = error != 0 ? error : number_exp_mod(t, z, half, p);
    } while (error == 0 && mbedtls_mpi_cmp_int(t, 1) == 0);
    return error;
}

static int multiply(mbedtls_mpi *x, const mbedtls_mpi *a, const mbedtls_mpi *b, const mbedtls_mpi *p)
{
    int error = mbedtls_mpi_mul_mpi(x, a, b);

    return error != 0 ? error : mbedtls_mpi_mod_mpi(x, x, p);
}

/* Tonelli and Shanks: root = sqrt(square) modulo p; what it is when there is none shows later. n: scratch.
** p - 1 is 2^shift * odd, and of the public numbers here nothing is secret. */
static int find_root(const mbedtls_mpi *p, const mbedtls_mpi *square, mbedtls_mpi *root, mbedtls_mpi *n)
{
    mbedtls_mpi *odd = &n[0], *c = &n[1], *t = &n[2], *b = &n[3];
    size_t shift, i, left;
    int error = mbedtls_mpi_sub_int(odd, p, 1);

    shift = mbedtls_mpi_lsb(odd);
    error = error != 0 ? error : mbedtls_mpi_copy(b, odd);
    error = error != 0 ? error : mbedtls_mpi_shift_r(b, 1);
    error = error != 0 ? error : find_no_square(p, b, t, c);
    error = error != 0 ? error : mbedtls_mpi_shift_r(odd, shift);
    error = error != 0 ? error : number_exp_mod(c, t, odd, p);
    error = error != 0 ? error : number_exp_mod(t, square, odd, p);
    error = error != 0 ? error : mbedtls_mpi_add_int(odd, odd, 1);
    error = error != 0 ? error : mbedtls_mpi_shift_r(odd, 1);
    error = error != 0 ? error : number_exp_mod(root, square, odd, p);
    for (left = shift; error == 0 && left > 1 && mbedtls_mpi_cmp_int(t, 1) != 0; left--) {
        /* Whether t, squared left - 2 times, is 1. */
        error = mbedtls_mpi_copy(b, t);
        for (i = 0; error == 0 && i + 2 < left; i++)
            error = multiply(b, b, b, p);
        if (error == 0 && mbedtls_mpi_cmp_int(b, 1) != 0) {
            error = multiply(root, root, c, p);
            error = error != 0 ? error : multiply(b, c, c, p);
            error = error != 0 ? error : multiply(t, t, b, p);
        }
        error = error != 0 ? error : multiply(c, c, c, p);
    }
    return error;
}

/* n[0] = (x^2 + a) x + b */
static int right_side(const mbedtls_ecp_group *group, const struct curve_parameters *parameters,
    const mbedtls_mpi *x, mbedtls_mpi *n)
{
    int error = mbedtls_mpi_mul_mpi(&n[0], x, x);

    error = error != 0 ? error : number_read(&n[1], &parameters->a);
    error = error != 0 ? error : mbedtls_mpi_add_mpi(&n[0], &n[0], &n[1]);
    error = error != 0 ? error : mbedtls_mpi_mod_mpi(&n[0], &n[0], &group->P);
    error = error != 0 ? error : mbedtls_mpi_mul_mpi(&n[0], &n[0], x);
    error = error != 0 ? error : mbedtls_mpi_add_mpi(&n[0], &n[0], &group->B);
    return error != 0 ? error : mbedtls_mpi_mod_mpi(&n[0], &n[0], &group->P);
}

/* The point of x and the parity that the first byte says, if there is one: whoever reads it checks that. */
static int decompress(const mbedtls_ecp_group *group, const struct curve_parameters *parameters,
    const struct crypto_bytes *bytes, uint8_t *point)
{
    struct crypto_bytes x_bytes = { bytes->bytes + 1, bytes->size - 1 };
    size_t i, field = x_bytes.size;
    mbedtls_mpi n[7], *x = &n[5], *y = &n[6];
    int error;

    for (i = 0; i < 7; i++)
        mbedtls_mpi_init(&n[i]);
    error = number_read(x, &x_bytes);
    if (error == 0 && mbedtls_mpi_cmp_mpi(x, &group->P) >= 0)
        error = MBEDTLS_ERR_MPI_BAD_INPUT_DATA;
    error = error != 0 ? error : right_side(group, parameters, x, n);
    error = error != 0 ? error : find_root(&group->P, &n[0], y, &n[1]);
    if (error == 0 && mbedtls_mpi_get_bit(y, 0) != (bytes->bytes[0] & 1))
        error = mbedtls_mpi_sub_mpi(y, &group->P, y);
    error = error != 0 ? error : mbedtls_mpi_write_binary(y, point + 1 + field, field);
    point[0] = 4;
    memcpy(point + 1, x_bytes.bytes, field);
    for (i = 0; i < 7; i++)
        mbedtls_mpi_free(&n[i]);
    return error;
}

int curve_read_point(const struct curve *curve, const struct curve_parameters *parameters,
    const struct crypto_bytes *bytes, mbedtls_ecp_point *point)
{
    size_t field = curve->type->field_size, size = bytes->size;
    uint8_t plain[CURVE_MAX_POINT];
    int error = 0, form = size > 0 ? bytes->bytes[0] : 0;

    if ((form == 2 || form == 3) && size == 1 + field && parameters != NULL) {
        error = decompress(&curve->group, parameters, bytes, plain);
    } else if ((form == 4 || form == 6 || form == 7) && size == 1 + 2 * field
        && (form == 4 || (bytes->bytes[size - 1] & 1) == (form & 1))) {
        memcpy(plain, bytes->bytes, size);
        plain[0] = 4;
    } else {
        return MBEDTLS_ERR_ECP_BAD_INPUT_DATA;
    }
    error = error != 0 ? error
                       : mbedtls_ecp_point_read_binary(&curve->group, point, plain, 1 + 2 * field);
    return error != 0 ? error : mbedtls_ecp_check_pubkey(&curve->group, point);
}

/* A private key, which OpenSSL takes modulo the order. */
static int read_scalar(const struct curve *curve, const struct crypto_bytes *bytes, mbedtls_mpi *scalar)
{
    int error = number_read(scalar, bytes);

    error = error != 0 ? error : mbedtls_mpi_mod_mpi(scalar, scalar, &curve->group.N);
    return error == 0 && mbedtls_mpi_cmp_int(scalar, 0) == 0 ? MBEDTLS_ERR_ECP_INVALID_KEY : error;
}

/* RFC 7748, 5: which bits a key has, whatever its bytes say. */
static int read_montgomery_scalar(const struct curve *curve, const struct crypto_bytes *bytes,
    mbedtls_mpi *scalar)
{
    uint8_t key[SCALAR_450];
    size_t size = curve->type->field_size;
    int error;

    if (bytes->size != size)
        return MBEDTLS_ERR_ECP_INVALID_KEY;
    memcpy(key, bytes->bytes, size);
    if (curve->type->id == MBEDTLS_ECP_DP_CURVE25519) {
        key[0] &= 0xf8;
        key[size - 1] = (uint8_t) ((key[size - 1] & 0x7f) | 0x40);
    } else {
        key[0] &= 0xfc;
        key[size - 1] |= 0x80;
    }
    error = mbedtls_mpi_read_binary_le(scalar, key, size);
    mbedtls_platform_zeroize(key, sizeof key);
    return error;
}

/* ---- keys --------------------------------------------------------------------------------------- */

/* key->scalar holds given, padded; or one is drawn into it. */
static int make_scalar(struct curve *curve, const struct crypto_bytes *given, struct curve_key *key,
    mbedtls_mpi *scalar)
{
    size_t size = curve->type->is_montgomery ? curve->type->field_size
                                             : (curve->group.nbits + 7) / 8;
    int error;

    key->scalar_size = size;
    if (curve->type->is_montgomery) {
        struct crypto_bytes drawn = { key->scalar, size };

        if (given != NULL && given->size == size)
            memcpy(key->scalar, given->bytes, size);
        else if (given != NULL || curve->random(curve->random_state, key->scalar, size) != 0)
            return MBEDTLS_ERR_ECP_INVALID_KEY;
        return read_montgomery_scalar(curve, &drawn, scalar);
    }
    if (given == NULL) {
        error = mbedtls_ecp_gen_privkey(&curve->group, scalar, curve->random, curve->random_state);
        return error != 0 ? error : mbedtls_mpi_write_binary(scalar, key->scalar, size);
    }
    error = byte_length(given) <= size ? read_scalar(curve, given, scalar)
                                       : MBEDTLS_ERR_ECP_INVALID_KEY;
    if (error == 0) {
        size_t length = byte_length(given);

        memset(key->scalar, 0, size - length);
        memcpy(key->scalar + size - length, given->bytes + given->size - length, length);
    }
    return error;
}

enum number_status curve_make_key(struct curve *curve, const struct crypto_bytes *given,
    struct curve_key *key)
{
    mbedtls_ecp_point point;
    mbedtls_mpi scalar;
    int error;

    mbedtls_ecp_point_init(&point);
    mbedtls_mpi_init(&scalar);
    error = make_scalar(curve, given, key, &scalar);
    error = error != 0 ? error : mbedtls_ecp_mul(&curve->group, &point, &scalar, &curve->group.G,
        curve->random, curve->random_state);
    error = error != 0 ? error : mbedtls_ecp_point_write_binary(&curve->group, &point,
        MBEDTLS_ECP_PF_UNCOMPRESSED, &key->point_size, key->point, sizeof key->point);
    mbedtls_mpi_free(&scalar);
    mbedtls_ecp_point_free(&point);
    return number_status(error);
}

/* ---- secrets ------------------------------------------------------------------------------------ */

static int read_peer(const struct curve *curve, const struct curve_parameters *parameters,
    const struct crypto_bytes *bytes, mbedtls_ecp_point *point)
{
    if (!curve->type->is_montgomery)
        return curve_read_point(curve, parameters, bytes, point);
    return bytes->size == curve->type->field_size
        ? mbedtls_ecp_point_read_binary(&curve->group, point, bytes->bytes, bytes->size)
        : MBEDTLS_ERR_ECP_BAD_INPUT_DATA;
}

/* The first coordinate, which Montgomery curves write from its other end; all 0: nothing is shared. */
static int write_secret(const struct curve *curve, const mbedtls_ecp_point *point, uint8_t *secret,
    size_t *size)
{
    uint8_t bytes[CURVE_MAX_POINT], any = 0;
    size_t i, whole, field = curve->type->field_size;
    int error = mbedtls_ecp_point_write_binary(&curve->group, point, MBEDTLS_ECP_PF_UNCOMPRESSED,
        &whole, bytes, sizeof bytes);

    if (error == 0 && whole < field)
        error = MBEDTLS_ERR_ECP_INVALID_KEY;
    if (error == 0)
        memcpy(secret, curve->type->is_montgomery ? bytes : bytes + 1, field);
    for (i = 0; error == 0 && i < field; i++)
        any |= secret[i];
    *size = field;
    mbedtls_platform_zeroize(bytes, sizeof bytes);
    return error == 0 && curve->type->is_montgomery && any == 0 ? MBEDTLS_ERR_ECP_INVALID_KEY : error;
}

enum number_status curve_shared(struct curve *curve, const struct curve_parameters *parameters,
    const struct crypto_bytes *public_key, const struct crypto_bytes *private_key,
    uint8_t secret[CURVE_MAX_SCALAR], size_t *size, bool *is_point)
{
    mbedtls_ecp_point peer, shared;
    mbedtls_mpi scalar;
    int error;

    mbedtls_ecp_point_init(&peer);
    mbedtls_ecp_point_init(&shared);
    mbedtls_mpi_init(&scalar);
    error = read_peer(curve, parameters, public_key, &peer);
    *is_point = error == 0;
    if (error == 0)
        error = curve->type->is_montgomery ? read_montgomery_scalar(curve, private_key, &scalar)
                                           : read_scalar(curve, private_key, &scalar);
    error = error != 0 ? error : mbedtls_ecp_mul(&curve->group, &shared, &scalar, &peer,
        curve->random, curve->random_state);
    error = error != 0 ? error : write_secret(curve, &shared, secret, size);
    mbedtls_mpi_free(&scalar);
    mbedtls_ecp_point_free(&shared);
    mbedtls_ecp_point_free(&peer);
    return number_status(error);
}
#endif
