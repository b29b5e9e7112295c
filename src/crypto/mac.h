/* mac.h - message authentication codes that are being computed: HMAC (RFC 2104), CMAC (NIST SP 800-38B)
** and Poly1305 (RFC 8439).
**
** Always: a struct mac stays where it was started; who drops one wipes it. */
#ifndef AVM_CRYPTO_MAC_H
#define AVM_CRYPTO_MAC_H

#include "crypto/block.h"
#include "crypto/digest.h"

#if AVM_CRYPTO

#include <mbedtls/poly1305.h>

#define MAC_MAX_SIZE DIGEST_MAX_SIZE
#define MAC_POLY1305_KEY_SIZE 32

/* Both halves begun, so that many codes of one key cost no more than their own bytes. */
struct hmac {
    struct digest inner, outer;
};

struct cmac {
    struct block_key key;
    uint8_t chain[BLOCK_MAX_SIZE];
    uint8_t last[BLOCK_MAX_SIZE];   /* kept back: the last block is treated in another way */
    size_t last_size;
};

enum mac_kind { MAC_HMAC, MAC_CMAC, MAC_POLY1305 };

struct mac {
    enum mac_kind kind;
    union {
        struct hmac hmac;
        struct cmac cmac;
        mbedtls_poly1305_context poly1305;
    } state;
};

bool hmac_start(struct hmac *hmac, const struct digest_type *type, const uint8_t *key, size_t size);

bool mac_start_hmac(struct mac *mac, const struct digest_type *type, const uint8_t *key, size_t size);
bool mac_start_cmac(struct mac *mac, enum block_algorithm algorithm, const uint8_t *key, size_t size);
bool mac_start_poly1305(struct mac *mac, const uint8_t *key);   /* MAC_POLY1305_KEY_SIZE bytes */
bool mac_update(struct mac *mac, const void *bytes, size_t size);
size_t mac_size(const struct mac *mac);
/* out has room for mac_size bytes. The mac goes no further, and must be wiped. */
bool mac_finish(struct mac *mac, uint8_t *out);
void mac_wipe(struct mac *mac);

#endif
#endif
