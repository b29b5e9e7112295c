/* pack/inflate.h - compressed literals, modules and terms, through zlib (RFC 1950, RFC 1952).
**
** Decompresses from memory to memory; what zlib needs meanwhile comes from memory and
** goes back. Never writes past out_size. Without AVM_ZLIB everything compressed is refused: packs,
** which hold nothing compressed, still run. */
#ifndef AVM_PACK_INFLATE_H
#define AVM_PACK_INFLATE_H

#include "base/memory.h"

#if AVM_ZLIB
/* What zlib allocates and frees with; user: the struct memory. */
void *inflate_zlib_allocate(void *user, unsigned count, unsigned size);
void inflate_zlib_free(void *user, void *ptr);
#endif

/* The result must have exactly out_size bytes. NULL when it has and the checksum is right, else
** why not (a constant text); out then holds rubbish. */
const char *inflate_zlib(struct memory *memory, const void *in, size_t in_size, void *out,
    size_t out_size);
/* As inflate_zlib; *used is how many bytes of in it took, more may follow. */
const char *inflate_zlib_prefix(struct memory *memory, const void *in, size_t in_size, void *out,
    size_t out_size, size_t *used);
const char *inflate_gzip(struct memory *memory, const void *in, size_t in_size, void *out,
    size_t out_size);

/* inflate_zlib_prefix in slices; NULL without memory (or zlib). */
struct inflation;
struct inflation *inflation_create(struct memory *memory, const void *in, size_t in_size, void *out,
    size_t out_size);
/* Makes most bytes or so. True when there is no more to do. */
bool inflation_run(struct inflation *inflation, size_t most);
/* At any time; NULL once all is made and right. */
const char *inflation_destroy(struct inflation *inflation, size_t *used);

/* Whether the bytes begin as gzip does; *out_size is then the size its end claims. */
bool inflate_is_gzip(const void *in, size_t in_size, size_t *out_size);

#endif
