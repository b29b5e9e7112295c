/* mac.c - HMAC over the digests, CMAC over the block ciphers, Poly1305. */
#include "crypto/mac.h"

#if AVM_CRYPTO

/* ---- HMAC --------------------------------------------------------------------------------- */

static bool start_padded(struct digest *digest, const struct digest_type *type, const uint8_t *key,
    uint8_t byte)
{
    uint8_t block[DIGEST_MAX_BLOCK];
    size_t i;
    bool done;

    for (i = 0; i < type->block_size; i++)
        block[i] = key[i] ^ byte;
    done = digest_start(digest, type) && digest_update(digest, block, type->block_size);
    mbedtls_platform_zeroize(block, sizeof block);
    return done;
}

bool hmac_start(struct hmac *hmac, const struct digest_type *type, const uint8_t *key, size_t size)
{
    uint8_t block[DIGEST_MAX_BLOCK] = { 0 };
    bool done = true;

    if (size > type->block_size)
        done = digest_bytes(type, key, size, block);
    else if (size > 0)
        memcpy(block, key, size);
    done = done && start_padded(&hmac->inner, type, block, 0x36)
        && start_padded(&hmac->outer, type, block, 0x5c);
    mbedtls_platform_zeroize(block, sizeof block);
    return done;
}

static bool finish_hmac(struct hmac *hmac, uint8_t *out)
{
    uint8_t inner[DIGEST_MAX_SIZE];
    bool done = digest_finish(&hmac->inner, inner)
        && digest_update(&hmac->outer, inner, hmac->outer.type->size)
        && digest_finish(&hmac->outer, out);

    mbedtls_platform_zeroize(inner, sizeof inner);
    return done;
}

/* ---- CMAC --------------------------------------------------------------------------------- */

static size_t cmac_block(const struct cmac *cmac) { return block_size(cmac->key.algorithm); }

static void chain_block(struct cmac *cmac, const uint8_t *block)
{
    size_t i, size = cmac_block(cmac);

    for (i = 0; i < size; i++)
        cmac->chain[i] ^= block[i];
    block_key_crypt(&cmac->key, cmac->chain, cmac->chain);
}

static void update_cmac(struct cmac *cmac, const uint8_t *bytes, size_t size)
{
    size_t block = cmac_block(cmac);

    while (size > 0) {
        size_t part = block - cmac->last_size;

        if (part == 0) {
            chain_block(cmac, cmac->last);
            cmac->last_size = 0;
            continue;
        }
        part = part < size ? part : size;
        memcpy(cmac->last + cmac->last_size, bytes, part);
        cmac->last_size += part;
        bytes += part;
        size -= part;
    }
}

/* Twice the block in the field of 2^(8 * size) elements. */
static void double_block(uint8_t *block, size_t size)
{
    uint8_t carry = block[0] >> 7;
    size_t i;

    for (i = 0; i + 1 < size; i++)
        block[i] = (uint8_t) (block[i] << 1 | block[i + 1] >> 7);
    block[i] = (uint8_t) (block[i] << 1);
    block[i] ^= (uint8_t) ((size == 16 ? 0x87 : 0x1b) & -carry);
}

static void finish_cmac(struct cmac *cmac, uint8_t *out)
{
    uint8_t mask[BLOCK_MAX_SIZE] = { 0 };
    size_t i, size = cmac_block(cmac);

    block_key_crypt(&cmac->key, mask, mask);
    double_block(mask, size);
    if (cmac->last_size < size) {
        double_block(mask, size);
        cmac->last[cmac->last_size] = 0x80;
        memset(cmac->last + cmac->last_size + 1, 0, size - cmac->last_size - 1);
    }
    for (i = 0; i < size; i++)
        mask[i] ^= cmac->last[i];
    chain_block(cmac, mask);
    memcpy(out, cmac->chain, size);
    mbedtls_platform_zeroize(mask, sizeof mask);
}

/* ---- any of them -------------------------------------------------------------------------- */

bool mac_start_hmac(struct mac *mac, const struct digest_type *type, const uint8_t *key, size_t size)
{
    mac->kind = MAC_HMAC;
    return hmac_start(&mac->state.hmac, type, key, size);
}

bool mac_start_cmac(struct mac *mac, enum block_algorithm algorithm, const uint8_t *key, size_t size)
{
    struct cmac *cmac = &mac->state.cmac;

    mac->kind = MAC_CMAC;
    cmac->last_size = 0;
    memset(cmac->chain, 0, sizeof cmac->chain);
    return block_key_set(&cmac->key, algorithm, key, size, false);
}

bool mac_start_poly1305(struct mac *mac, const uint8_t *key)
{
    mac->kind = MAC_POLY1305;
    mbedtls_poly1305_init(&mac->state.poly1305);
    return mbedtls_poly1305_starts(&mac->state.poly1305, key) == 0;
}

bool mac_update(struct mac *mac, const void *bytes, size_t size)
{
    switch (mac->kind) {
    case MAC_HMAC:
        return digest_update(&mac->state.hmac.inner, bytes, size);
    case MAC_CMAC:
        update_cmac(&mac->state.cmac, bytes, size);
        return true;
    default:
        return size == 0 || mbedtls_poly1305_update(&mac->state.poly1305, bytes, size) == 0;
    }
}

size_t mac_size(const struct mac *mac)
{
    switch (mac->kind) {
    case MAC_HMAC: return mac->state.hmac.outer.type->size;
    case MAC_CMAC: return cmac_block(&mac->state.cmac);
    default: return 16;
    }
}

bool mac_finish(struct mac *mac, uint8_t *out)
{
    switch (mac->kind) {
    case MAC_HMAC:
        return finish_hmac(&mac->state.hmac, out);
    case MAC_CMAC:
        finish_cmac(&mac->state.cmac, out);
        return true;
    default:
        return mbedtls_poly1305_finish(&mac->state.poly1305, out) == 0;
    }
}

void mac_wipe(struct mac *mac)
{
    mbedtls_platform_zeroize(&mac->state, sizeof mac->state);
}
#endif
