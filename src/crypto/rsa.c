/* rsa.c - keys of RSA, and the paddings of RFC 8017. */
#include "crypto/rsa.h"

#if AVM_CRYPTO

static enum number_status rsa_status(int error)
{
    if (error == 0)
        return NUMBER_OK;
    return library_ran_out() ? NUMBER_NO_MEMORY : number_status(error);
}

/* ---- keys -------------------------------------------------------------------------------------- */

static int import(struct rsa *rsa, const struct crypto_bytes *parts, size_t count)
{
    mbedtls_mpi n[5];
    size_t i;
    int error = 0;

    for (i = 0; i < 5; i++)
        mbedtls_mpi_init(&n[i]);
    for (i = 0; i < count && i < 5 && error == 0; i++)
        error = number_read(&n[i], &parts[i]);
    error = error != 0 ? error : mbedtls_rsa_import(&rsa->context, &n[1], count > 3 ? &n[3] : NULL,
        count > 3 ? &n[4] : NULL, count > 2 ? &n[2] : NULL, &n[0]);
    error = error != 0 ? error : mbedtls_rsa_complete(&rsa->context);
    rsa->bits = mbedtls_mpi_bitlen(&n[1]);
    for (i = 0; i < 5; i++)
        mbedtls_mpi_free(&n[i]);
    return error;
}

enum number_status rsa_open(struct rsa *rsa, const struct crypto_bytes *parts, size_t count,
    crypto_random_fn *random, void *random_state)
{
    int error;

    library_begin();
    library_rsa_init(&rsa->context);
    rsa->random = random;
    rsa->random_state = random_state;
    error = import(rsa, parts, count);
    rsa->size = mbedtls_rsa_get_len(&rsa->context);
    if (error == 0 && (rsa->size == 0 || rsa->size > RSA_MAX_SIZE))
        error = MBEDTLS_ERR_RSA_BAD_INPUT_DATA;
    if (error != 0)
        rsa_close(rsa);
    return rsa_status(error);
}

void rsa_close(struct rsa *rsa)
{
    mbedtls_rsa_free(&rsa->context);
}

enum number_status rsa_public(struct rsa *rsa, const uint8_t *in, uint8_t *out)
{
    int error;

    library_begin();
    error = mbedtls_rsa_public(&rsa->context, in, out);
    return error == 0 && library_ran_out() ? NUMBER_NO_MEMORY : rsa_status(error);
}

enum number_status rsa_private(struct rsa *rsa, const uint8_t *in, uint8_t *out)
{
    library_begin();
    return rsa_status(mbedtls_rsa_private(&rsa->context, rsa->random, rsa->random_state, in, out));
}

/* ---- signatures: PKCS #1 v1.5 (9.2), or nothing -------------------------------------------------- */

/* 00 01 ff .. ff 00, what says which hash, text. False: it does not fit. */
static bool pad_pkcs1(const struct rsa *rsa, const struct digest_type *digest,
    const struct crypto_bytes *text, uint8_t *out)
{
    size_t prefix = digest != NULL ? digest->prefix[0] : 0, size;

    if (digest != NULL && text->size != digest->size)
        return false;
    if (text->size + prefix + 11 > rsa->size || text->size > rsa->size)
        return false;
    size = rsa->size - prefix - text->size;
    out[0] = 0;
    out[1] = 1;
    memset(out + 2, 0xff, size - 3);
    out[size - 1] = 0;
    if (prefix > 0)
        memcpy(out + size, digest->prefix + 1, prefix);
    if (text->size > 0)
        memcpy(out + size + prefix, text->bytes, text->size);
    return true;
}

/* Where the text of such a block begins; 0: it is none. */
static size_t unpad_pkcs1(const struct rsa *rsa, const uint8_t *block)
{
    size_t at = 2;

    if (block[0] != 0 || block[1] != 1)
        return 0;
    while (at < rsa->size && block[at] == 0xff)
        at++;
    return at >= 10 && at < rsa->size && block[at] == 0 ? at + 1 : 0;
}

/* ---- the mask of OAEP and PSS (B.2.1) ------------------------------------------------------------- */

static bool mask(const struct digest_type *type, const uint8_t *seed, size_t seed_size, uint8_t *out,
    size_t size)
{
    uint8_t hash[DIGEST_MAX_SIZE];
    uint32_t count = 0;
    bool done = true;

    while (size > 0 && done) {
        uint8_t bytes[4] = { (uint8_t) (count >> 24), (uint8_t) (count >> 16), (uint8_t) (count >> 8),
            (uint8_t) count };
        size_t i, part = size < type->size ? size : type->size;
        struct digest digest;

        done = digest_start(&digest, type) && digest_update(&digest, seed, seed_size)
            && digest_update(&digest, bytes, sizeof bytes) && digest_finish(&digest, hash);
        digest_wipe(&digest);
        for (i = 0; i < part; i++)
            *out++ ^= hash[i];
        size -= part;
        count++;
    }
    mbedtls_platform_zeroize(hash, sizeof hash);
    return done;
}

/* ---- signatures: PSS (9.1) -------------------------------------------------------------------------- */

/* Hash of eight zeros, the hash and the salt. */
static bool pss_hash(const struct digest_type *type, const uint8_t *hash, const uint8_t *salt,
    size_t salt_size, uint8_t *out)
{
    static const uint8_t zeros[8];
    struct digest digest;
    bool done = digest_start(&digest, type) && digest_update(&digest, zeros, sizeof zeros)
        && digest_update(&digest, hash, type->size) && digest_update(&digest, salt, salt_size)
        && digest_finish(&digest, out);

    digest_wipe(&digest);
    return done;
}

/* The block is of one bit less than the modulus: it may be a byte shorter, behind a zero. */
static size_t pss_block(const struct rsa *rsa, const uint8_t *block, const uint8_t **start, uint8_t *top)
{
    size_t bits = rsa->bits - 1, size = (bits + 7) / 8;

    *start = block + (rsa->size - size);
    *top = (uint8_t) (0xff >> (8 * size - bits));
    return size;
}

static bool pad_pss(struct rsa *rsa, const struct rsa_options *options, const struct crypto_bytes *text,
    uint8_t *out)
{
    const struct digest_type *type = options->digest;
    const uint8_t *begin;
    uint8_t *block, *salt, top;
    size_t size = pss_block(rsa, out, &begin, &top), salt_size, db;

    if (type == NULL || text->size != type->size || size < (size_t) type->size + 2)
        return false;
    salt_size = options->salt_size >= 0 ? (size_t) options->salt_size
        : options->salt_size == RSA_SALT_DIGEST ? type->size : size - type->size - 2;
    if (salt_size > size - type->size - 2)
        return false;
    memset(out, 0, rsa->size);
    block = out + (begin - out);
    db = size - type->size - 1;
    salt = block + db - salt_size;
    salt[-1] = 1;
    if (salt_size > 0 && rsa->random(rsa->random_state, salt, salt_size) != 0)
        return false;
    if (!pss_hash(type, text->bytes, salt, salt_size, block + db)
        || !mask(options->mgf, block + db, type->size, block, db))
        return false;
    block[0] &= top;
    block[size - 1] = 0xbc;
    return true;
}

static bool is_pss(const struct rsa *rsa, const struct rsa_options *options,
    const struct crypto_bytes *text, uint8_t *whole)
{
    const struct digest_type *type = options->digest;
    uint8_t hash[DIGEST_MAX_SIZE], top;
    const uint8_t *begin;
    uint8_t *block;
    size_t size = pss_block(rsa, whole, &begin, &top), db, at, salt_size;

    if (type == NULL || text->size != type->size || size < (size_t) type->size + 2)
        return false;
    block = whole + (begin - whole);
    db = size - type->size - 1;
    if ((block != whole && whole[0] != 0) || block[size - 1] != 0xbc || (block[0] & ~top) != 0
        || !mask(options->mgf, block + db, type->size, block, db))
        return false;
    block[0] &= top;
    for (at = 0; at < db && block[at] == 0; at++)
        ;
    if (at == db || block[at++] != 1)
        return false;
    salt_size = db - at;
    if (options->salt_size != RSA_SALT_ANY
        && salt_size != (options->salt_size >= 0 ? (size_t) options->salt_size : type->size))
        return false;
    return pss_hash(type, text->bytes, block + at, salt_size, hash)
        && memcmp(hash, block + db, type->size) == 0;
}

/* ---- signing and verifying ---------------------------------------------------------------------------- */

enum number_status rsa_sign(struct rsa *rsa, const struct rsa_options *options,
    const struct crypto_bytes *text, uint8_t *out)
{
    uint8_t block[RSA_MAX_SIZE];
    enum number_status status = NUMBER_BAD;
    bool is_padded = false;

    if (options->padding == RSA_PAD_PKCS1)
        is_padded = pad_pkcs1(rsa, options->digest, text, block);
    else if (options->padding == RSA_PAD_PSS)
        is_padded = pad_pss(rsa, options, text, block);
    else if (options->padding == RSA_PAD_NONE && text->size == rsa->size) {
        memcpy(block, text->bytes, text->size);
        is_padded = true;
    }
    if (is_padded)
        status = rsa_private(rsa, block, out);
    mbedtls_platform_zeroize(block, sizeof block);
    return status;
}

enum number_status rsa_verify(struct rsa *rsa, const struct rsa_options *options,
    const struct crypto_bytes *text, const struct crypto_bytes *signature, bool *is_valid)
{
    uint8_t block[RSA_MAX_SIZE], want[RSA_MAX_SIZE];
    enum number_status status;

    *is_valid = false;
    if (signature->size != rsa->size)
        return NUMBER_OK;
    status = rsa_public(rsa, signature->bytes, block);
    if (status != NUMBER_OK)
        return status == NUMBER_NO_MEMORY ? status : NUMBER_OK;
    if (options->padding == RSA_PAD_PKCS1)
        *is_valid = pad_pkcs1(rsa, options->digest, text, want)
            && memcmp(want, block, rsa->size) == 0;
    else if (options->padding == RSA_PAD_PSS)
        *is_valid = is_pss(rsa, options, text, block);
    else if (options->padding == RSA_PAD_NONE)
        *is_valid = text->size == rsa->size && memcmp(text->bytes, block, rsa->size) == 0;
    return NUMBER_OK;
}

enum number_status rsa_recover(struct rsa *rsa, const struct rsa_options *options,
    const struct crypto_bytes *signature, uint8_t *out, size_t *size)
{
    uint8_t block[RSA_MAX_SIZE];
    const struct digest_type *digest = options->digest;
    enum number_status status;
    size_t at = 0;

    if (signature->size != rsa->size)
        return NUMBER_BAD;
    status = rsa_public(rsa, signature->bytes, block);
    if (status != NUMBER_OK)
        return status;
    if (options->padding == RSA_PAD_PKCS1) {
        at = unpad_pkcs1(rsa, block);
        if (at == 0)
            return NUMBER_BAD;
    } else if (options->padding != RSA_PAD_NONE) {
        return NUMBER_BAD;
    }
    if (digest != NULL) {
        if (rsa->size - at != (size_t) digest->prefix[0] + digest->size
            || memcmp(block + at, digest->prefix + 1, digest->prefix[0]) != 0)
            return NUMBER_BAD;
        at += digest->prefix[0];
    }
    *size = rsa->size - at;
    memcpy(out, block + at, *size);
    return NUMBER_OK;
}

/* ---- encryption (7.1, 7.2) ------------------------------------------------------------------------------ */

/* 00 02, bytes that are not 0, 00, text. */
static bool pad_encrypted(struct rsa *rsa, const struct crypto_bytes *text, uint8_t *out)
{
    size_t i, fill = rsa->size - text->size - 3;

    if (text->size + 11 > rsa->size)
        return false;
    out[0] = 0;
    out[1] = 2;
    for (i = 0; i < fill; i++) {
        do {
            if (rsa->random(rsa->random_state, out + 2 + i, 1) != 0)
                return false;
        } while (out[2 + i] == 0);
    }
    out[2 + fill] = 0;
    memcpy(out + 3 + fill, text->bytes, text->size);
    return true;
}

/* 00, masked seed, masked (hash of label, zeros, 01, text). */
static bool pad_oaep(struct rsa *rsa, const struct rsa_options *options,
    const struct crypto_bytes *text, uint8_t *out)
{
    size_t hash = options->oaep->size, db = rsa->size - hash - 1;
    uint8_t *seed = out + 1, *data = out + 1 + hash;

    if (rsa->size < 2 * hash + 2 || text->size > rsa->size - 2 * hash - 2)
        return false;
    memset(out, 0, rsa->size);
    if (!digest_bytes(options->oaep, options->label.bytes, options->label.size, data)
        || rsa->random(rsa->random_state, seed, hash) != 0)
        return false;
    out[rsa->size - text->size - 1] = 1;
    memcpy(out + rsa->size - text->size, text->bytes, text->size);
    return mask(options->mgf, seed, hash, data, db) && mask(options->mgf, data, db, seed, hash);
}

enum number_status rsa_encrypt(struct rsa *rsa, const struct rsa_options *options,
    const struct crypto_bytes *text, uint8_t *out)
{
    uint8_t block[RSA_MAX_SIZE];
    enum number_status status = NUMBER_BAD;
    bool is_padded = false;

    if (text->size > rsa->size)
        return NUMBER_BAD;
    if (options->padding == RSA_PAD_PKCS1)
        is_padded = pad_encrypted(rsa, text, block);
    else if (options->padding == RSA_PAD_OAEP)
        is_padded = pad_oaep(rsa, options, text, block);
    else if (options->padding == RSA_PAD_NONE && text->size == rsa->size) {
        memcpy(block, text->bytes, text->size);
        is_padded = true;
    }
    if (is_padded)
        status = rsa_public(rsa, block, out);
    mbedtls_platform_zeroize(block, sizeof block);
    return status;
}

/* All ones when a < b, both below 2^31; else 0. */
static size_t is_below(size_t a, size_t b)
{
    return (size_t) 0 - ((a - b) >> (sizeof a * 8 - 1));
}

static size_t is_zero(size_t a)
{
    return is_below(a, 1);
}

/* Where the text begins, or 0; every byte is looked at, in the same way. */
static size_t find_encrypted(const uint8_t *block, size_t size)
{
    size_t i, at = 0, found = 0, good = is_zero(block[0]) & is_zero((size_t) block[1] ^ 2);

    for (i = 2; i < size; i++) {
        size_t here = is_zero(block[i]) & ~found;

        at |= here & i;
        found |= here;
    }
    good &= found & ~is_below(at, 10);
    return good & (at + 1);
}

/* Of a block whose masks were taken off. hash: of the label. */
static size_t find_oaep(const uint8_t *block, size_t size, const uint8_t *hash, size_t hash_size)
{
    size_t i, at = 0, found = 0, wrong = block[0], first = 1 + 2 * hash_size;

    for (i = 0; i < hash_size; i++)
        wrong |= (size_t) (block[1 + hash_size + i] ^ hash[i]);
    for (i = first; i < size; i++) {
        size_t is_one = is_zero((size_t) block[i] ^ 1) & ~found;

        at |= is_one & i;
        wrong |= ~found & ~is_one & block[i];
        found |= is_one;
    }
    return is_zero(wrong) & found & (at + 1);
}

/* 0: it is not so padded. */
static size_t open_oaep(const struct rsa *rsa, const struct rsa_options *options, uint8_t *block)
{
    size_t hash = options->oaep->size, db = rsa->size - hash - 1;
    uint8_t label[DIGEST_MAX_SIZE];

    if (rsa->size < 2 * hash + 2
        || !mask(options->mgf, block + 1 + hash, db, block + 1, hash)
        || !mask(options->mgf, block + 1, hash, block + 1 + hash, db)
        || !digest_bytes(options->oaep, options->label.bytes, options->label.size, label))
        return 0;
    return find_oaep(block, rsa->size, label, hash);
}

enum number_status rsa_decrypt(struct rsa *rsa, const struct rsa_options *options,
    const struct crypto_bytes *text, uint8_t *out, size_t *size)
{
    uint8_t block[RSA_MAX_SIZE];
    enum number_status status;
    size_t at = 0;

    if (text->size != rsa->size)
        return NUMBER_BAD;
    status = rsa_private(rsa, text->bytes, block);
    if (status == NUMBER_OK && options->padding == RSA_PAD_PKCS1)
        at = find_encrypted(block, rsa->size);
    else if (status == NUMBER_OK && options->padding == RSA_PAD_OAEP)
        at = open_oaep(rsa, options, block);
    if (at == 0 && options->padding != RSA_PAD_NONE && status == NUMBER_OK)
        status = NUMBER_BAD;
    if (status == NUMBER_OK) {
        *size = rsa->size - at;
        memcpy(out, block + at, *size);
    }
    mbedtls_platform_zeroize(block, sizeof block);
    return status;
}
#endif
