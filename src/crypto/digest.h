/* digest.h - hash functions: what there is, and one that is being computed.
**
** Always: a struct digest holds no pointer to itself or to other memory, so that it may be copied and
** moved as it is; who drops one wipes it. */
#ifndef AVM_CRYPTO_DIGEST_H
#define AVM_CRYPTO_DIGEST_H

#include "base/compiler.h"

#if AVM_CRYPTO

#include "crypto/library.h"

#include <mbedtls/md5.h>
#include <mbedtls/ripemd160.h>
#include <mbedtls/sha1.h>
#include <mbedtls/sha256.h>
#include <mbedtls/sha512.h>
#if defined(MBEDTLS_MD4_C)
#include <mbedtls/md4.h>
#endif
#if defined(MBEDTLS_SHA3_C)
#include <mbedtls/sha3.h>
#endif

#define DIGEST_MAX_SIZE 64
#define DIGEST_MAX_BLOCK 144

union digest_state {
    mbedtls_md5_context md5;
    mbedtls_ripemd160_context ripemd160;
    mbedtls_sha1_context sha1;
    mbedtls_sha256_context sha256;
    mbedtls_sha512_context sha512;
#if defined(MBEDTLS_MD4_C)
    mbedtls_md4_context md4;
#endif
#if defined(MBEDTLS_SHA3_C)
    mbedtls_sha3_context sha3;
#endif
};

/* A row: a hash function that programs may name. */
struct digest_type {
    const char *name;
    uint8_t size, block_size;       /* bytes */
    bool for_pbkdf2;
    uint16_t number;                /* as hash_info gives it: the number that OpenSSL has for it */
    /* NULL: the library has it not. */
    int (*start)(union digest_state *state);
    int (*update)(union digest_state *state, const uint8_t *bytes, size_t size);
    int (*finish)(union digest_state *state, uint8_t *out);
    const uint8_t *prefix;          /* what PKCS#1 puts before the hash: DER, its first byte the size */
};

struct digest {
    const struct digest_type *type;
    union digest_state state;
};

/* All rows, those without functions too; the last has name NULL. */
extern const struct digest_type digest_types[];

static inline bool digest_is_there(const struct digest_type *type) { return type->start != NULL; }
/* NULL: no such name. */
const struct digest_type *digest_find(const char *name);

/* False: the library failed (which only hardware makes it do). */
bool digest_start(struct digest *digest, const struct digest_type *type);
bool digest_update(struct digest *digest, const void *bytes, size_t size);
/* out has room for type->size bytes. The digest is wiped. */
bool digest_finish(struct digest *digest, uint8_t *out);
void digest_wipe(struct digest *digest);

/* All at once. */
bool digest_bytes(const struct digest_type *type, const void *bytes, size_t size, uint8_t *out);

#endif
#endif
