/* cipher.c - the table of ciphers, and the modes of operation (NIST SP 800-38A; ChaCha20: RFC 8439). */
#include "crypto/cipher.h"

#if AVM_CRYPTO

#define ABSENT(name) { name, CIPHER_NONE, BLOCK_AES, false, true, 0, 0, 0, 0 }
#define AES(bits, suffix, mode, iv, block, number)                                               \
    { "aes_" #bits "_" suffix, mode, BLOCK_AES, false, false, bits / 8, iv, block, number }
#define AES_AEAD(bits, suffix, mode, number)                                                     \
    { "aes_" #bits "_" suffix, mode, BLOCK_AES, true, false, bits / 8, 12, 1, number }

const struct cipher_type cipher_types[] = {
    ABSENT("rc2_cbc"),
    ABSENT("rc4"),
    { "des_cbc", CIPHER_CBC, BLOCK_DES, false, true, 8, 8, 8, 31 },
    { "des_cfb", CIPHER_CFB, BLOCK_DES, false, true, 8, 8, 1, 30 },
    { "des_ecb", CIPHER_ECB, BLOCK_DES, false, true, 8, 0, 8, 29 },
    { "des_ede3_cbc", CIPHER_CBC, BLOCK_DES3, false, true, 24, 8, 8, 44 },
    { "des_ede3_cfb", CIPHER_CFB, BLOCK_DES3, false, true, 24, 8, 1, 30 },
    ABSENT("blowfish_cbc"),
    ABSENT("blowfish_cfb64"),
    ABSENT("blowfish_ofb64"),
    ABSENT("blowfish_ecb"),
    AES(128, "cbc", CIPHER_CBC, 16, 16, 419),
    AES(192, "cbc", CIPHER_CBC, 16, 16, 423),
    AES(256, "cbc", CIPHER_CBC, 16, 16, 427),
    AES(128, "ofb", CIPHER_OFB, 16, 1, 420),
    AES(192, "ofb", CIPHER_OFB, 16, 1, 424),
    AES(256, "ofb", CIPHER_OFB, 16, 1, 428),
    AES(128, "cfb8", CIPHER_CFB8, 16, 1, 421),
    AES(192, "cfb8", CIPHER_CFB8, 16, 1, 425),
    AES(256, "cfb8", CIPHER_CFB8, 16, 1, 429),
    AES(128, "cfb128", CIPHER_CFB, 16, 1, 421),
    AES(192, "cfb128", CIPHER_CFB, 16, 1, 425),
    AES(256, "cfb128", CIPHER_CFB, 16, 1, 429),
    AES(128, "ecb", CIPHER_ECB, 0, 16, 418),
    AES(192, "ecb", CIPHER_ECB, 0, 16, 422),
    AES(256, "ecb", CIPHER_ECB, 0, 16, 426),
    AES(128, "ctr", CIPHER_CTR, 16, 1, 0),
    AES(192, "ctr", CIPHER_CTR, 16, 1, 0),
    AES(256, "ctr", CIPHER_CTR, 16, 1, 0),
    { "chacha20", CIPHER_CHACHA20, BLOCK_AES, false, false, 32, 16, 1, 0 },
    { "chacha20_poly1305", CIPHER_CHACHA20_POLY1305, BLOCK_AES, true, true, 32, 12, 1, 0 },
    AES_AEAD(128, "gcm", CIPHER_GCM, 895),
    AES_AEAD(192, "gcm", CIPHER_GCM, 898),
    AES_AEAD(256, "gcm", CIPHER_GCM, 901),
    AES_AEAD(128, "ccm", CIPHER_CCM, 896),
    AES_AEAD(192, "ccm", CIPHER_CCM, 899),
    AES_AEAD(256, "ccm", CIPHER_CCM, 902),
    { NULL, CIPHER_NONE, BLOCK_AES, false, false, 0, 0, 0, 0 }
};

const struct cipher_type *cipher_find_name(const char *name)
{
    const struct cipher_type *type;

    for (type = cipher_types; type->name != NULL; type++)
        if (strcmp(type->name, name) == 0)
            return type;
    return NULL;
}

const struct cipher_type *cipher_find(const char *name, size_t key_size)
{
    const struct cipher_type *type = cipher_find_name(name);

    return type != NULL && (type->any_key_size || type->key_size == key_size) ? type : NULL;
}

/* ---- ChaCha20 ------------------------------------------------------------------------------ */

static uint32_t get_little32(const uint8_t *bytes)
{
    return bytes[0] | (uint32_t) bytes[1] << 8 | (uint32_t) bytes[2] << 16 | (uint32_t) bytes[3] << 24;
}

/* chain: the counter, 4 bytes with the least first, then the nonce. */
static bool start_chacha20(struct cipher *cipher)
{
    uint32_t counter = get_little32(cipher->chain);

    cipher->chacha20_left = ((uint64_t) 1 << 32) * 64 - (uint64_t) counter * 64;
    return mbedtls_chacha20_starts(&cipher->key.chacha20, cipher->chain + 4, counter) == 0;
}

/* OpenSSL lets a counter that overflows run on into the first word of the nonce, and no further: so all
** of its texts can be read. */
static bool update_chacha20(struct cipher *cipher, const uint8_t *in, size_t size, uint8_t *out)
{
    while (size > 0) {
        size_t i, part = size < cipher->chacha20_left ? size : (size_t) cipher->chacha20_left;

        if (mbedtls_chacha20_update(&cipher->key.chacha20, part, in, out) != 0)
            return false;
        in += part;
        out += part;
        size -= part;
        cipher->chacha20_left -= part;
        if (cipher->chacha20_left > 0)
            continue;
        memset(cipher->chain, 0, 4);
        for (i = 4; i < 8 && ++cipher->chain[i] == 0; i++)
            ;
        if (!start_chacha20(cipher))
            return false;
    }
    return true;
}

/* ---- streams of a block cipher ------------------------------------------------------------- */

static void xor_bytes(uint8_t *out, const uint8_t *a, const uint8_t *b, size_t size)
{
    size_t i;

    for (i = 0; i < size; i++)
        out[i] = a[i] ^ b[i];
}

static void count_up(uint8_t *counter, size_t size)
{
    while (size-- > 0 && ++counter[size] == 0)
        ;
}

static void next_stream(struct cipher *cipher, size_t block)
{
    if (cipher->type->mode == CIPHER_CTR) {
        block_key_crypt(&cipher->key.block, cipher->chain, cipher->stream);
        count_up(cipher->chain, block);
    } else {        /* OFB */
        block_key_crypt(&cipher->key.block, cipher->chain, cipher->chain);
        memcpy(cipher->stream, cipher->chain, block);
    }
}

/* CTR, OFB: a key stream that does not depend on the text. */
static void update_stream(struct cipher *cipher, const uint8_t *in, size_t size, uint8_t *out)
{
    size_t block = block_size(cipher->type->algorithm);

    while (size > 0) {
        size_t part = block - cipher->stream_used;

        if (cipher->stream_used == 0)
            next_stream(cipher, block);
        part = part < size ? part : size;
        xor_bytes(out, in, cipher->stream + cipher->stream_used, part);
        cipher->stream_used = (cipher->stream_used + part) % block;
        in += part;
        out += part;
        size -= part;
    }
}

/* The key stream of the next block is what the encrypted text of this one becomes. */
static void update_cfb(struct cipher *cipher, const uint8_t *in, size_t size, uint8_t *out)
{
    size_t block = block_size(cipher->type->algorithm);

    while (size > 0) {
        size_t part = block - cipher->stream_used;

        if (cipher->stream_used == 0)
            block_key_crypt(&cipher->key.block, cipher->chain, cipher->stream);
        part = part < size ? part : size;
        if (!cipher->encrypts)
            memcpy(cipher->chain + cipher->stream_used, in, part);
        xor_bytes(out, in, cipher->stream + cipher->stream_used, part);
        if (cipher->encrypts)
            memcpy(cipher->chain + cipher->stream_used, out, part);
        cipher->stream_used = (cipher->stream_used + part) % block;
        in += part;
        out += part;
        size -= part;
    }
}

/* As CFB by single bytes: the encrypted ones are shifted into the chain. */
static void update_cfb8(struct cipher *cipher, const uint8_t *in, size_t size, uint8_t *out)
{
    size_t block = block_size(cipher->type->algorithm);

    for (; size > 0; size--, in++, out++) {
        uint8_t byte = *in;

        block_key_crypt(&cipher->key.block, cipher->chain, cipher->stream);
        *out = byte ^ cipher->stream[0];
        memmove(cipher->chain, cipher->chain + 1, block - 1);
        cipher->chain[block - 1] = cipher->encrypts ? *out : byte;
    }
}

/* ---- whole blocks --------------------------------------------------------------------------- */

static void crypt_block(struct cipher *cipher, const uint8_t *in, uint8_t *out)
{
    size_t block = cipher->type->block_size;

    if (cipher->type->mode == CIPHER_ECB) {
        block_key_crypt(&cipher->key.block, in, out);
    } else if (cipher->encrypts) {
        xor_bytes(cipher->chain, cipher->chain, in, block);
        block_key_crypt(&cipher->key.block, cipher->chain, cipher->chain);
        memcpy(out, cipher->chain, block);
    } else {
        block_key_crypt(&cipher->key.block, in, out);
        xor_bytes(out, out, cipher->chain, block);
        memcpy(cipher->chain, in, block);
    }
}

static void update_blocks(struct cipher *cipher, const uint8_t *in, size_t size, uint8_t *out)
{
    size_t block = cipher->type->block_size, room = cipher->keeps_last ? 1 : 0;

    while (cipher->held_size + size >= block + room) {
        size_t part = block - cipher->held_size;

        if (cipher->held_size == 0) {
            crypt_block(cipher, in, out);
        } else {
            memcpy(cipher->held + cipher->held_size, in, part);
            crypt_block(cipher, cipher->held, out);
            cipher->held_size = 0;
        }
        in += part;
        size -= part;
        out += block;
    }
    if (size > 0)
        memcpy(cipher->held + cipher->held_size, in, size);
    cipher->held_size += size;
}

size_t cipher_output_size(const struct cipher *cipher, size_t size)
{
    size_t block = cipher->type->block_size, all = cipher->held_size + size;

    if (block == 1)
        return size;
    if (cipher->keeps_last && all > 0)
        all--;
    return all - all % block;
}

bool cipher_update(struct cipher *cipher, const uint8_t *in, size_t size, uint8_t *out)
{
    switch (cipher->type->mode) {
    case CIPHER_CHACHA20: return update_chacha20(cipher, in, size, out);
    case CIPHER_CTR:
    case CIPHER_OFB: update_stream(cipher, in, size, out); return true;
    case CIPHER_CFB: update_cfb(cipher, in, size, out); return true;
    case CIPHER_CFB8: update_cfb8(cipher, in, size, out); return true;
    default: update_blocks(cipher, in, size, out); return true;
    }
}

/* Looks at every byte that could be padding, whatever the others are. */
size_t cipher_finish_padded(struct cipher *cipher, uint8_t *out)
{
    size_t i, block = cipher->type->block_size;
    uint8_t text[BLOCK_MAX_SIZE], count, wrong;

    if (cipher->held_size != block)
        return SIZE_MAX;
    crypt_block(cipher, cipher->held, text);
    cipher->held_size = 0;
    count = text[block - 1];
    wrong = count == 0 || count > block;
    for (i = 0; i < block; i++)
        wrong |= (uint8_t) ((block - i <= count) & (text[i] != count));
    if (!wrong)
        memcpy(out, text, block - count);
    mbedtls_platform_zeroize(text, sizeof text);
    return wrong ? SIZE_MAX : block - count;
}

/* ---- life ----------------------------------------------------------------------------------- */

bool cipher_restart(struct cipher *cipher, const uint8_t *iv)
{
    if (cipher->type->iv_size > 0)
        memcpy(cipher->chain, iv, cipher->type->iv_size);
    cipher->stream_used = 0;
    cipher->held_size = 0;
    return cipher->type->mode != CIPHER_CHACHA20 || start_chacha20(cipher);
}

bool cipher_start(struct cipher *cipher, const struct cipher_type *type, const uint8_t *key,
    const uint8_t *iv, bool encrypts)
{
    bool backwards = !encrypts && (type->mode == CIPHER_ECB || type->mode == CIPHER_CBC);
    bool done;

    cipher->type = type;
    cipher->encrypts = encrypts;
    cipher->keeps_last = false;
    if (type->mode == CIPHER_CHACHA20) {
        mbedtls_chacha20_init(&cipher->key.chacha20);
        done = mbedtls_chacha20_setkey(&cipher->key.chacha20, key) == 0;
    } else {
        done = block_key_set(&cipher->key.block, type->algorithm, key, type->key_size, backwards);
    }
    return done && cipher_restart(cipher, iv);
}

void cipher_wipe(struct cipher *cipher)
{
    mbedtls_platform_zeroize(cipher, sizeof *cipher);
}
#endif
