/* block.h - a block cipher with its key: AES, DES, triple DES.
**
** Always: a struct block_key stays where its key was set (Mbed TLS keeps a pointer into it); who drops one
** wipes it. */
#ifndef AVM_CRYPTO_BLOCK_H
#define AVM_CRYPTO_BLOCK_H

#include "base/compiler.h"

#if AVM_CRYPTO

#include "crypto/library.h"

#include <mbedtls/aes.h>
#include <mbedtls/des.h>

#define BLOCK_MAX_SIZE 16

enum block_algorithm { BLOCK_AES, BLOCK_DES, BLOCK_DES3 };

struct block_key {
    enum block_algorithm algorithm;
    bool decrypts;
    union {
        mbedtls_aes_context aes;
        mbedtls_des_context des;
        mbedtls_des3_context des3;
    } schedule;
};

static inline size_t block_size(enum block_algorithm algorithm)
{
    return algorithm == BLOCK_AES ? 16 : 8;
}

/* For one direction. size is one that the algorithm has; false: the library failed. */
bool block_key_set(struct block_key *key, enum block_algorithm algorithm, const uint8_t *bytes,
    size_t size, bool decrypts);
/* One block; in and out may be the same. */
void block_key_crypt(struct block_key *key, const uint8_t *in, uint8_t *out);
void block_key_wipe(struct block_key *key);

#endif
#endif
