/* inflate.c - the calls of zlib behind compressed literals, modules and terms.
**
** Always: zlib's state is gone when a call returns, and its bytes were taken from the VM's memory.
** zlib says no sizes when it frees, so a block begins with its own. */
#include "pack/inflate.h"

#if AVM_ZLIB
#define ZLIB_CONST
#include <zlib.h>

#define MOST_AT_ONCE ((size_t) 1 << 30)     /* zlib counts in unsigned int */
#define BLOCK_HEAD 16                       /* keeps what follows aligned for anything */

enum wrapping { WRAPPED_ZLIB = MAX_WBITS, WRAPPED_GZIP = MAX_WBITS + 16 };

void *inflate_zlib_allocate(void *user, unsigned count, unsigned size)
{
    size_t whole;
    char *block;

    if (!size_multiply(count, size, &whole) || !size_add(whole, BLOCK_HEAD, &whole))
        return NULL;
    block = memory_allocate(user, MEMORY_OTHER, whole);
    if (block == NULL)
        return NULL;
    memcpy(block, &whole, sizeof whole);
    return block + BLOCK_HEAD;
}

void inflate_zlib_free(void *user, void *ptr)
{
    char *block = (char *) ptr - BLOCK_HEAD;
    size_t whole;

    memcpy(&whole, block, sizeof whole);
    memory_free(user, MEMORY_OTHER, block, whole);
}

/* Hands the next part of in and out to zlib, until it ends or is stuck. In one part it keeps no
** window. */
static int inflate_parts(z_stream *stream, size_t in_left, size_t out_left)
{
    int status = Z_OK;

    while (status == Z_OK) {
        size_t in_part = in_left < MOST_AT_ONCE ? in_left : MOST_AT_ONCE;
        size_t out_part = out_left < MOST_AT_ONCE ? out_left : MOST_AT_ONCE;

        stream->avail_in = (uInt) in_part;
        stream->avail_out = (uInt) out_part;
        status = inflate(stream,
            in_part == in_left && out_part == out_left ? Z_FINISH : Z_NO_FLUSH);
        in_left -= in_part - stream->avail_in;
        out_left -= out_part - stream->avail_out;
    }
    return status;
}

static const char *inflate_wrapped(struct memory *memory, enum wrapping wrapping, const void *in,
    size_t in_size, void *out, size_t out_size, size_t *used)
{
    static const char size_text[] = "compressed data has another size than it says";
    z_stream stream;
    Bytef nothing;
    size_t made;
    int status;

    memset(&stream, 0, sizeof stream);
    stream.zalloc = inflate_zlib_allocate;
    stream.zfree = inflate_zlib_free;
    stream.opaque = memory;
    stream.next_in = in;
    stream.next_out = out_size == 0 ? &nothing : out;
    status = inflateInit2(&stream, wrapping);
    if (status == Z_OK)
        status = inflate_parts(&stream, in_size, out_size);
    *used = (size_t) (stream.next_in - (const Bytef *) in);
    made = out_size == 0 ? 0 : (size_t) (stream.next_out - (Bytef *) out);
    (void) inflateEnd(&stream);
    switch (status) {
        case Z_STREAM_END: return made == out_size ? NULL : size_text;
        case Z_MEM_ERROR: return "out of memory";
        case Z_BUF_ERROR: return made == out_size ? size_text : "compressed data ends too soon";
        default: return "compressed data is corrupt";
    }
}
#else

enum wrapping { WRAPPED_ZLIB, WRAPPED_GZIP };

static const char *inflate_wrapped(struct memory *memory, enum wrapping wrapping, const void *in,
    size_t in_size, void *out, size_t out_size, size_t *used)
{
    (void) memory;
    (void) wrapping;
    (void) in;
    (void) in_size;
    (void) out;
    (void) out_size;
    (void) used;
    return "compressed, and this build is without zlib";
}
#endif

const char *inflate_zlib(struct memory *memory, const void *in, size_t in_size, void *out,
    size_t out_size)
{
    size_t used;

    return inflate_wrapped(memory, WRAPPED_ZLIB, in, in_size, out, out_size, &used);
}

const char *inflate_zlib_prefix(struct memory *memory, const void *in, size_t in_size, void *out,
    size_t out_size, size_t *used)
{
    return inflate_wrapped(memory, WRAPPED_ZLIB, in, in_size, out, out_size, used);
}

const char *inflate_gzip(struct memory *memory, const void *in, size_t in_size, void *out,
    size_t out_size)
{
    size_t used;

    return inflate_wrapped(memory, WRAPPED_GZIP, in, in_size, out, out_size, &used);
}

bool inflate_is_gzip(const void *in, size_t in_size, size_t *out_size)
{
    const uint8_t *bytes = in, *size;

    if (in_size < 18 || bytes[0] != 0x1f || bytes[1] != 0x8b || bytes[2] != 8)
        return false;
    size = bytes + in_size - 4;
    *out_size = (size_t) size[0] | (size_t) size[1] << 8 | (size_t) size[2] << 16
        | (size_t) size[3] << 24;
    return true;
}
