/* aead.c - GCM and ChaCha20-Poly1305 of Mbed TLS; CCM is written here, since that of 2.28 takes a message
** only as a whole. */
#include "crypto/aead.h"

#if AVM_CRYPTO

bool aead_iv_fits(const struct cipher_type *type, size_t size)
{
    switch (type->mode) {
    case CIPHER_GCM: return size > 0 && size <= 128;
    case CIPHER_CCM: return size >= 7 && size <= 13;
    default: return size == 12;
    }
}

bool aead_tag_fits(const struct cipher_type *type, size_t size)
{
    if (type->mode == CIPHER_CCM)
        return size >= 4 && size <= 16 && size % 2 == 0;
    return size > 0 && size <= AEAD_TAG_SIZE;
}

size_t aead_text_limit(const struct cipher_type *type, size_t iv_size)
{
    if (type->mode != CIPHER_CCM || 15 - iv_size >= sizeof(size_t))
        return SIZE_MAX;
    return ((size_t) 1 << (15 - iv_size) * 8) - 1;
}

/* ---- CCM ----------------------------------------------------------------------------------- */

static void ccm_mix(struct ccm *ccm, const uint8_t *bytes, size_t size)
{
    for (; size > 0; size--) {
        ccm->chain[ccm->used++] ^= *bytes++;
        if (ccm->used == 16) {
            block_key_crypt(&ccm->key, ccm->chain, ccm->chain);
            ccm->used = 0;
        }
    }
}

/* Zeros to the end of the block. */
static void ccm_end_part(struct ccm *ccm)
{
    if (ccm->used > 0)
        block_key_crypt(&ccm->key, ccm->chain, ccm->chain);
    ccm->used = 0;
}

/* The head of data of size bytes. */
static void ccm_mix_data_size(struct ccm *ccm, size_t size)
{
    uint64_t wide = size;
    uint8_t length[10] = { 0xff, 0xff, (uint8_t) (wide >> 56), (uint8_t) (wide >> 48),
        (uint8_t) (wide >> 40), (uint8_t) (wide >> 32), (uint8_t) (wide >> 24),
        (uint8_t) (wide >> 16), (uint8_t) (wide >> 8), (uint8_t) wide };

    if (size == 0)
        return;
    if (size < 0xff00) {
        ccm_mix(ccm, length + 8, 2);
    } else if (wide <= UINT32_MAX) {
        length[4] = 0xff;
        length[5] = 0xfe;
        ccm_mix(ccm, length + 4, 2);
        length[4] = length[5] = 0;
        ccm_mix(ccm, length + 6, 4);
    } else {
        ccm_mix(ccm, length, 10);
    }
}

static void ccm_update_data(struct ccm *ccm, const uint8_t *data, size_t size)
{
    ccm_mix(ccm, data, size);
    ccm->data_left -= size;
    if (ccm->data_left == 0)
        ccm_end_part(ccm);
}

static void ccm_start(struct ccm *ccm, const uint8_t *iv, size_t iv_size, size_t data_size,
    size_t text_size, size_t tag_size)
{
    uint8_t first[16] = { 0 };
    size_t i;

    ccm->length_size = (uint8_t) (15 - iv_size);
    ccm->used = 0;
    ccm->data_left = data_size;
    memset(ccm->chain, 0, sizeof ccm->chain);
    first[0] = (uint8_t) ((data_size > 0 ? 0x40 : 0) | (tag_size - 2) / 2 << 3
        | (ccm->length_size - 1));
    memcpy(first + 1, iv, iv_size);
    memcpy(ccm->counter, first, sizeof first);
    ccm->counter[0] = (uint8_t) (ccm->length_size - 1);
    for (i = 15; text_size > 0; i--, text_size >>= 8)
        first[i] = (uint8_t) text_size;
    ccm_mix(ccm, first, sizeof first);
    ccm_mix_data_size(ccm, data_size);
}

static void ccm_next_stream(struct ccm *ccm)
{
    size_t at = 16, last = 16 - ccm->length_size;

    while (at-- > last && ++ccm->counter[at] == 0)
        ;
    block_key_crypt(&ccm->key, ccm->counter, ccm->stream);
}

static void ccm_update(struct aead *aead, const uint8_t *in, size_t size, uint8_t *out)
{
    struct ccm *ccm = &aead->key.ccm;

    while (size > 0) {
        size_t i, part = size < 16 ? size : 16;

        ccm_next_stream(ccm);
        for (i = 0; i < part; i++)
            out[i] = in[i] ^ ccm->stream[i];
        ccm_mix(ccm, aead->encrypts ? in : out, part);
        in += part;
        out += part;
        size -= part;
    }
}

static void ccm_finish(struct ccm *ccm, uint8_t *tag, size_t tag_size)
{
    size_t i;

    ccm_end_part(ccm);
    memset(ccm->counter + 16 - ccm->length_size, 0, ccm->length_size);
    block_key_crypt(&ccm->key, ccm->counter, ccm->stream);
    for (i = 0; i < tag_size; i++)
        tag[i] = ccm->chain[i] ^ ccm->stream[i];
}

/* ---- any of them ---------------------------------------------------------------------------- */

bool aead_open(struct aead *aead, const struct cipher_type *type, const uint8_t *key, bool encrypts)
{
    bool done;

    aead->type = type;
    aead->encrypts = encrypts;
    switch (type->mode) {
    case CIPHER_GCM:
        mbedtls_gcm_init(&aead->key.gcm);
        done = mbedtls_gcm_setkey(&aead->key.gcm, MBEDTLS_CIPHER_ID_AES, key,
            (unsigned) type->key_size * 8) == 0;
        break;
    case CIPHER_CCM:
        done = block_key_set(&aead->key.ccm.key, BLOCK_AES, key, type->key_size, false);
        break;
    default:
        mbedtls_chachapoly_init(&aead->key.chachapoly);
        done = mbedtls_chachapoly_setkey(&aead->key.chachapoly, key) == 0;
    }
    if (!done)
        aead_close(aead);
    return done;
}

bool aead_start(struct aead *aead, const uint8_t *iv, size_t iv_size, size_t data_size,
    size_t text_size, size_t tag_size)
{
    switch (aead->type->mode) {
    case CIPHER_GCM:
        return library_gcm_start(&aead->key.gcm,
            aead->encrypts ? MBEDTLS_GCM_ENCRYPT : MBEDTLS_GCM_DECRYPT, iv, iv_size);
    case CIPHER_CCM:
        ccm_start(&aead->key.ccm, iv, iv_size, data_size, text_size, tag_size);
        return true;
    default:
        return mbedtls_chachapoly_starts(&aead->key.chachapoly, iv,
                   aead->encrypts ? MBEDTLS_CHACHAPOLY_ENCRYPT : MBEDTLS_CHACHAPOLY_DECRYPT) == 0;
    }
}

bool aead_update_data(struct aead *aead, const uint8_t *data, size_t size)
{
    if (size == 0)
        return true;
    switch (aead->type->mode) {
    case CIPHER_GCM:
        return library_gcm_update_data(&aead->key.gcm, data, size);
    case CIPHER_CCM:
        ccm_update_data(&aead->key.ccm, data, size);
        return true;
    default:
        return mbedtls_chachapoly_update_aad(&aead->key.chachapoly, data, size) == 0;
    }
}

bool aead_update(struct aead *aead, const uint8_t *in, size_t size, uint8_t *out)
{
    if (size == 0)
        return true;
    switch (aead->type->mode) {
    case CIPHER_GCM:
        return library_gcm_update(&aead->key.gcm, in, size, out);
    case CIPHER_CCM:
        ccm_update(aead, in, size, out);
        return true;
    default:
        return mbedtls_chachapoly_update(&aead->key.chachapoly, size, in, out) == 0;
    }
}

bool aead_finish(struct aead *aead, uint8_t *tag, size_t tag_size)
{
    uint8_t whole[AEAD_TAG_SIZE] = { 0 };
    bool done = true;

    if (aead->type->mode == CIPHER_GCM)
        done = library_gcm_finish(&aead->key.gcm, whole);
    else if (aead->type->mode == CIPHER_CCM)
        ccm_finish(&aead->key.ccm, whole, tag_size);
    else
        done = mbedtls_chachapoly_finish(&aead->key.chachapoly, whole) == 0;
    memcpy(tag, whole, tag_size);
    mbedtls_platform_zeroize(whole, sizeof whole);
    return done;
}

void aead_close(struct aead *aead)
{
    if (aead->type->mode == CIPHER_GCM)
        mbedtls_gcm_free(&aead->key.gcm);
    mbedtls_platform_zeroize(&aead->key, sizeof aead->key);
}

bool aead_tags_equal(const uint8_t *a, const uint8_t *b, size_t size)
{
    uint8_t difference = 0;
    size_t i;

    for (i = 0; i < size; i++)
        difference |= a[i] ^ b[i];
    return difference == 0;
}
#endif
