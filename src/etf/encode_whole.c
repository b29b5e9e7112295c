/* encode_whole.c - encoding at once and in slices, with the version before a term and compression behind
** it. Always: an encoding's packing exists exactly while its bytes are being compressed. */
#include "etf/encoder.h"
#include "etf/tags.h"
#include "pack/inflate.h"

#if AVM_ZLIB
#define ZLIB_CONST
#include <zlib.h>

#define PACK_STRETCH ((size_t) 4096)
#define PACKED_HEAD 5                   /* the tag, and the size of what was packed */

struct etf_packing {
    z_stream stream;
    size_t left;                        /* bytes not yet given to zlib */
    size_t start, room;
    uint8_t *bytes;                     /* room for fewer than are packed */
};

static void end_packing(struct etf_encoding *e)
{
    struct etf_packing *packing = e->packing;

    if (packing == NULL)
        return;
    (void) deflateEnd(&packing->stream);
    memory_free(e->context.memory, MEMORY_OTHER, packing->bytes, packing->room);
    memory_free(e->context.memory, MEMORY_OTHER, packing, sizeof *packing);
    e->packing = NULL;
}

/* False: out is to stay as it is, or status says why not. */
static bool begin_packing(struct etf_encoding *e)
{
    size_t start = e->options.no_version ? 0 : 1, size = e->out.size - start;
    struct etf_packing *packing;

    if (size > UINT32_MAX || size <= PACKED_HEAD)
        return false;
    e->status = ETF_NO_MEMORY;
    packing = memory_allocate_zeroed(e->context.memory, MEMORY_OTHER, sizeof *packing);
    if (packing == NULL)
        return false;
    packing->left = size;
    packing->start = start;
    packing->room = size - PACKED_HEAD;
    packing->bytes = memory_allocate(e->context.memory, MEMORY_OTHER, packing->room);
    packing->stream.zalloc = inflate_zlib_allocate;
    packing->stream.zfree = inflate_zlib_free;
    packing->stream.opaque = e->context.memory;
    packing->stream.next_in = e->out.bytes + start;
    packing->stream.next_out = packing->bytes;
    packing->stream.avail_out = (uInt) packing->room;
    e->packing = packing;
    if (packing->bytes != NULL && deflateInit(&packing->stream, e->options.compression) == Z_OK) {
        e->status = ETF_OK;
        return true;
    }
    end_packing(e);
    return false;
}

static void take_packed(struct etf_encoding *e)
{
    struct etf_packing *packing = e->packing;
    size_t size = packing->room - packing->stream.avail_out;
    uint8_t *to = e->out.bytes + packing->start;

    encoder_store_u32(to + 1, e->out.size - packing->start);
    to[0] = TAG_COMPRESSED;
    memcpy(to + PACKED_HEAD, packing->bytes, size);
    e->out.size = packing->start + PACKED_HEAD + size;
}

/* True when done: packed, or as it was because that would be no smaller. */
static bool pack_on(struct etf_encoding *e, size_t *budget)
{
    struct etf_packing *packing = e->packing;
    int status = Z_OK;

    while (*budget > 0 && status == Z_OK && (packing->stream.avail_out > 0)) {
        size_t stretch = packing->left < PACK_STRETCH ? packing->left : PACK_STRETCH;

        packing->stream.avail_in = (uInt) stretch;
        packing->left -= stretch;
        *budget -= *budget < PACK_STRETCH ? *budget : PACK_STRETCH;
        status = deflate(&packing->stream, packing->left == 0 ? Z_FINISH : Z_NO_FLUSH);
    }
    if (status == Z_OK && packing->stream.avail_out > 0)
        return false;
    if (status == Z_STREAM_END)
        take_packed(e);
    end_packing(e);
    return true;
}
#else
static void end_packing(struct etf_encoding *e)
{
    (void) e;
}

static bool begin_packing(struct etf_encoding *e)
{
    (void) e;
    return false;
}

static bool pack_on(struct etf_encoding *e, size_t *budget)
{
    (void) e;
    (void) budget;
    return true;
}
#endif

void etf_encoding_init(struct etf_encoding *e, const struct etf_context *context, term t,
    const struct etf_options *options, bool counts)
{
    e->context = *context;
    e->options = *options;
    e->counts = counts;
    byte_buffer_init(&e->out, context->memory, MEMORY_OTHER);
    e->size = 0;
    e->frames = NULL;
    e->frame_count = e->frame_capacity = 0;
    e->status = ETF_OK;
    e->packing = NULL;
    if (!counts && !options->no_version)
        byte_buffer_u8(&e->out, ETF_VERSION);
    encoder_begin(e, t);
}

bool etf_encoding_run(struct etf_encoding *e, size_t *budget)
{
    if (e->packing == NULL) {
        if (!encoder_run(e, budget))
            return false;
        if (e->status != ETF_OK || e->counts || e->options.compression == 0 || !begin_packing(e))
            return true;
    }
    return pack_on(e, budget);
}

void etf_encoding_deinit(struct etf_encoding *e)
{
    encoder_end(e);
    end_packing(e);
    byte_buffer_deinit(&e->out);
}

/* ---- at once ------------------------------------------------------------------------------ */

static enum etf_status encode_all(struct etf_encoding *e)
{
    size_t budget = SIZE_MAX;

    while (!etf_encoding_run(e, &budget))
        budget = SIZE_MAX;
    return e->status;
}

enum etf_status etf_encode(const struct etf_context *context, term t,
    const struct etf_options *options, struct byte_buffer *out)
{
    struct etf_encoding e;
    enum etf_status status;

    etf_encoding_init(&e, context, t, options, false);
    status = encode_all(&e);
    if (status == ETF_OK)
        byte_buffer_append(out, e.out.bytes, e.out.size);
    etf_encoding_deinit(&e);
    return status == ETF_OK && out->failed ? ETF_NO_MEMORY : status;
}

enum etf_status etf_external_size(const struct etf_context *context, term t,
    const struct etf_options *options, size_t *size)
{
    struct etf_encoding e;
    enum etf_status status;

    etf_encoding_init(&e, context, t, options, true);
    status = encode_all(&e);
    if (status == ETF_OK)
        *size = e.size + !options->no_version;
    etf_encoding_deinit(&e);
    return status;
}
