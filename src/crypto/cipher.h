/* cipher.h - ciphers without authentication: what there is, and one that is under way.
**
** The modes are written here, once, over any block cipher. Always: what a struct cipher has taken
** but not given yet is in held, less than a block of it but for a decryption whose end is padded;
** it stays where it was started; who drops one wipes it. */
#ifndef AVM_CRYPTO_CIPHER_H
#define AVM_CRYPTO_CIPHER_H

#include "crypto/block.h"

#if AVM_CRYPTO

#include <mbedtls/chacha20.h>

enum cipher_mode {
    CIPHER_NONE,            /* the library has it not */
    CIPHER_ECB, CIPHER_CBC, CIPHER_CFB8, CIPHER_CFB, CIPHER_OFB, CIPHER_CTR, CIPHER_CHACHA20,
    CIPHER_GCM, CIPHER_CCM, CIPHER_CHACHA20_POLY1305
};

/* A row: a cipher that programs may name. */
struct cipher_type {
    const char *name;
    enum cipher_mode mode;
    enum block_algorithm algorithm;
    bool is_aead;
    bool any_key_size;      /* the name stands for every size of keys, most of which are errors later */
    uint8_t key_size, iv_size, block_size;      /* bytes; block_size 1: a stream */
    uint16_t number;        /* as cipher_info gives it, OpenSSL's; 0: undefined */
};

/* All rows; the last has name NULL. */
extern const struct cipher_type cipher_types[];

static inline bool cipher_is_there(const struct cipher_type *type) { return type->mode != CIPHER_NONE; }
/* NULL: no such name; no such name with keys of that size. */
const struct cipher_type *cipher_find_name(const char *name);
const struct cipher_type *cipher_find(const char *name, size_t key_size);

struct cipher {
    const struct cipher_type *type;
    bool encrypts;
    bool keeps_last;        /* a whole block too, for it may be the one that is padded */
    union {
        struct block_key block;
        mbedtls_chacha20_context chacha20;
    } key;
    uint8_t chain[BLOCK_MAX_SIZE];      /* iv, counter, or what they became */
    uint8_t stream[BLOCK_MAX_SIZE];     /* key stream of the block under way */
    size_t stream_used;                 /* bytes of it; 0: none is there */
    uint64_t chacha20_left;             /* bytes until the counter of 32 bits begins anew */
    uint8_t held[BLOCK_MAX_SIZE];
    size_t held_size;
};

/* iv has type->iv_size bytes. type is there and no AEAD; size is its key_size. */
bool cipher_start(struct cipher *cipher, const struct cipher_type *type, const uint8_t *key,
    const uint8_t *iv, bool encrypts);
/* Another iv; what is held is dropped. */
bool cipher_restart(struct cipher *cipher, const uint8_t *iv);
/* How many bytes an update by size bytes gives. */
size_t cipher_output_size(const struct cipher *cipher, size_t size);
/* Gives cipher_output_size bytes; out may not overlap in. */
bool cipher_update(struct cipher *cipher, const uint8_t *in, size_t size, uint8_t *out);
/* Bytes that wait for the rest of their block. */
static inline size_t cipher_held(const struct cipher *cipher) { return cipher->held_size; }
/* The last block of a decryption whose end is padded as PKCS#7 has it: gives what is text, at most
** block_size - 1 bytes; SIZE_MAX: it is not so padded. */
size_t cipher_finish_padded(struct cipher *cipher, uint8_t *out);
void cipher_wipe(struct cipher *cipher);

#endif
#endif
