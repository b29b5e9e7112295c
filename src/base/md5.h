/* md5.h - MD5 (RFC 1321), in pieces or at once. */
#ifndef AVM_BASE_MD5_H
#define AVM_BASE_MD5_H

#include "base/compiler.h"

#define MD5_SIZE 16

struct md5 {
    uint32_t state[4];
    uint64_t size;              /* bytes so far */
    uint8_t block[64];          /* its first size % 64 bytes wait for the rest */
};

void md5_init(struct md5 *md5);
void md5_update(struct md5 *md5, const void *bytes, size_t size);
/* digest has room for MD5_SIZE bytes; md5 may not be used further without md5_init. */
void md5_finish(struct md5 *md5, uint8_t *digest);

#endif
