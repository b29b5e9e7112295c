/* aead.h - ciphers that authenticate: AES-GCM (NIST SP 800-38D), AES-CCM (SP 800-38C) and
** ChaCha20-Poly1305 (RFC 8439), in pieces.
**
** Always: a struct aead stays where it was opened; whoever opened one closes it, which wipes it. */
#ifndef AVM_CRYPTO_AEAD_H
#define AVM_CRYPTO_AEAD_H

#include "crypto/cipher.h"

#if AVM_CRYPTO

#include <mbedtls/chachapoly.h>
#include <mbedtls/gcm.h>

#define AEAD_TAG_SIZE 16        /* the most */

struct ccm {
    struct block_key key;
    uint8_t chain[16];          /* of the authentication */
    uint8_t counter[16], stream[16];
    size_t used;                /* bytes of the block under way, of both */
    uint8_t length_size;        /* L */
    size_t data_left;           /* that aead_update_data still brings */
};

struct aead {
    const struct cipher_type *type;
    bool encrypts;
    union {
        mbedtls_gcm_context gcm;
        struct ccm ccm;
        mbedtls_chachapoly_context chachapoly;
    } key;
};

/* What the type allows. */
bool aead_iv_fits(const struct cipher_type *type, size_t size);
bool aead_tag_fits(const struct cipher_type *type, size_t size);
/* More than that: SIZE_MAX when there is no limit that a size_t could pass. */
size_t aead_text_limit(const struct cipher_type *type, size_t iv_size);

/* key has type->key_size bytes. False: no memory, or the library failed; it is closed then. */
bool aead_open(struct aead *aead, const struct cipher_type *type, const uint8_t *key, bool encrypts);
/* One message begins. iv, tag_size fit, text_size is within the limit. */
bool aead_start(struct aead *aead, const uint8_t *iv, size_t iv_size, size_t data_size,
    size_t text_size, size_t tag_size);
/* What is authenticated only, data_size bytes in all, before any text. Size as below. */
bool aead_update_data(struct aead *aead, const uint8_t *data, size_t size);
/* Size is a multiple of 16 but in the last call. As many bytes come out; out may not overlap in. */
bool aead_update(struct aead *aead, const uint8_t *in, size_t size, uint8_t *out);
bool aead_finish(struct aead *aead, uint8_t *tag, size_t tag_size);
void aead_close(struct aead *aead);

/* In a time that depends on the size alone. */
bool aead_tags_equal(const uint8_t *a, const uint8_t *b, size_t size);

#endif
#endif
