/* md5.h - the MD5 message digest (RFC 1321). For names and checksums, not for secrets. */
#ifndef AVM_BASE_MD5_H
#define AVM_BASE_MD5_H

#include "base/compiler.h"

#define MD5_SIZE 16

struct md5 {
    uint32_t state[4];
    uint64_t size;                  /* bytes so far */
    uint8_t block[64];              /* the last size % 64 of them */
};

void md5_init(struct md5 *md5);
void md5_update(struct md5 *md5, const uint8_t *bytes, size_t size);
void md5_final(struct md5 *md5, uint8_t digest[MD5_SIZE]);

#endif
