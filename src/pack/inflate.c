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

struct inflation {
    struct memory *memory;
    z_stream stream;
    const Bytef *in;
    size_t in_left, out_left;
    size_t out_size;
    Bytef *out, nothing;
    int status;
};

static void open_inflation(struct inflation *inflation, struct memory *memory,
    enum wrapping wrapping, const void *in, size_t in_size, void *out, size_t out_size)
{
    memset(inflation, 0, sizeof *inflation);
    inflation->memory = memory;
    inflation->in = in;
    inflation->in_left = in_size;
    inflation->out = out_size == 0 ? &inflation->nothing : out;
    inflation->out_left = inflation->out_size = out_size;
    inflation->stream.zalloc = inflate_zlib_allocate;
    inflation->stream.zfree = inflate_zlib_free;
    inflation->stream.opaque = memory;
    inflation->stream.next_in = in;
    inflation->stream.next_out = inflation->out;
    inflation->status = inflateInit2(&inflation->stream, wrapping);
}

/* Hands the next part of in and out to zlib, of which in one part it keeps no window. False: there is
** more to do. */
static bool inflate_part(struct inflation *inflation, size_t most)
{
    z_stream *stream = &inflation->stream;
    size_t in_part = inflation->in_left < MOST_AT_ONCE ? inflation->in_left : MOST_AT_ONCE;
    size_t out_part = inflation->out_left < most ? inflation->out_left : most;
    bool is_last = in_part == inflation->in_left && out_part == inflation->out_left;

    if (inflation->status != Z_OK)
        return true;
    stream->avail_in = (uInt) in_part;
    stream->avail_out = (uInt) out_part;
    inflation->status = inflate(stream, is_last ? Z_FINISH : Z_NO_FLUSH);
    inflation->in_left -= in_part - stream->avail_in;
    inflation->out_left -= out_part - stream->avail_out;
    return inflation->status != Z_OK;
}

static const char *close_inflation(struct inflation *inflation, size_t *used)
{
    static const char size_text[] = "compressed data has another size than it says";
    size_t made = inflation->out_size == 0 ? 0 : (size_t) (inflation->stream.next_out - inflation->out);

    *used = (size_t) (inflation->stream.next_in - inflation->in);
    (void) inflateEnd(&inflation->stream);
    switch (inflation->status) {
        case Z_STREAM_END: return made == inflation->out_size ? NULL : size_text;
        case Z_MEM_ERROR: return "out of memory";
        case Z_BUF_ERROR:
            return made == inflation->out_size ? size_text : "compressed data ends too soon";
        default: return "compressed data is corrupt";
    }
}

static const char *inflate_wrapped(struct memory *memory, enum wrapping wrapping, const void *in,
    size_t in_size, void *out, size_t out_size, size_t *used)
{
    struct inflation inflation;

    open_inflation(&inflation, memory, wrapping, in, in_size, out, out_size);
    while (!inflate_part(&inflation, MOST_AT_ONCE))
        continue;
    return close_inflation(&inflation, used);
}

struct inflation *inflation_create(struct memory *memory, const void *in, size_t in_size, void *out,
    size_t out_size)
{
    struct inflation *inflation = memory_allocate(memory, MEMORY_OTHER, sizeof *inflation);

    if (inflation != NULL)
        open_inflation(inflation, memory, WRAPPED_ZLIB, in, in_size, out, out_size);
    return inflation;
}

bool inflation_run(struct inflation *inflation, size_t most)
{
    return inflate_part(inflation, most == 0 ? 1 : most < MOST_AT_ONCE ? most : MOST_AT_ONCE);
}

const char *inflation_destroy(struct inflation *inflation, size_t *used)
{
    const char *why = close_inflation(inflation, used);

    memory_free(inflation->memory, MEMORY_OTHER, inflation, sizeof *inflation);
    return why;
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

struct inflation *inflation_create(struct memory *memory, const void *in, size_t in_size, void *out,
    size_t out_size)
{
    (void) memory;
    (void) in;
    (void) in_size;
    (void) out;
    (void) out_size;
    return NULL;
}

bool inflation_run(struct inflation *inflation, size_t most)
{
    (void) inflation;
    (void) most;
    return true;
}

const char *inflation_destroy(struct inflation *inflation, size_t *used)
{
    (void) inflation;
    *used = 0;
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
