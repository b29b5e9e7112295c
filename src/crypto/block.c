/* block.c - one block through a block cipher of Mbed TLS. */
#include "crypto/block.h"

#if AVM_CRYPTO

static int set_aes(mbedtls_aes_context *aes, const uint8_t *bytes, size_t size, bool decrypts)
{
    mbedtls_aes_init(aes);
    return decrypts ? mbedtls_aes_setkey_dec(aes, bytes, (unsigned) size * 8)
                    : mbedtls_aes_setkey_enc(aes, bytes, (unsigned) size * 8);
}

static int set_des(mbedtls_des_context *des, const uint8_t *bytes, bool decrypts)
{
    mbedtls_des_init(des);
    return decrypts ? mbedtls_des_setkey_dec(des, bytes) : mbedtls_des_setkey_enc(des, bytes);
}

static int set_des3(mbedtls_des3_context *des3, const uint8_t *bytes, bool decrypts)
{
    mbedtls_des3_init(des3);
    return decrypts ? mbedtls_des3_set3key_dec(des3, bytes) : mbedtls_des3_set3key_enc(des3, bytes);
}

bool block_key_set(struct block_key *key, enum block_algorithm algorithm, const uint8_t *bytes,
    size_t size, bool decrypts)
{
    key->algorithm = algorithm;
    key->decrypts = decrypts;
    switch (algorithm) {
    case BLOCK_AES: return set_aes(&key->schedule.aes, bytes, size, decrypts) == 0;
    case BLOCK_DES: return set_des(&key->schedule.des, bytes, decrypts) == 0;
    default: return set_des3(&key->schedule.des3, bytes, decrypts) == 0;
    }
}

void block_key_crypt(struct block_key *key, const uint8_t *in, uint8_t *out)
{
    switch (key->algorithm) {
    case BLOCK_AES:
        (void) mbedtls_aes_crypt_ecb(&key->schedule.aes,
            key->decrypts ? MBEDTLS_AES_DECRYPT : MBEDTLS_AES_ENCRYPT, in, out);
        break;
    case BLOCK_DES:
        (void) mbedtls_des_crypt_ecb(&key->schedule.des, in, out);
        break;
    default:
        (void) mbedtls_des3_crypt_ecb(&key->schedule.des3, in, out);
        break;
    }
}

void block_key_wipe(struct block_key *key)
{
    mbedtls_platform_zeroize(&key->schedule, sizeof key->schedule);
}
#endif
