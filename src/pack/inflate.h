/* pack/inflate.h - DEFLATE (RFC 1951) in its zlib (RFC 1950) and gzip (RFC 1952) wrappings.
**
** Decompresses from memory to memory, in one call, with no allocation: compressed literals and
** compressed modules are read in every build. Never writes past out_size. */
#ifndef AVM_PACK_INFLATE_H
#define AVM_PACK_INFLATE_H

#include "base/cursor.h"

/* The result must have exactly out_size bytes. NULL when it has and the checksum is right, else
** why not (a constant text); out then holds rubbish. */
const char *inflate_zlib(const void *in, size_t in_size, void *out, size_t out_size);
/* As inflate_zlib; *used is how many bytes of in it took, more may follow. */
const char *inflate_zlib_prefix(const void *in, size_t in_size, void *out, size_t out_size,
    size_t *used);
const char *inflate_gzip(const void *in, size_t in_size, void *out, size_t out_size);

/* Whether the bytes begin as gzip does; *out_size is then the size its end claims. */
bool inflate_is_gzip(const void *in, size_t in_size, size_t *out_size);

#endif
