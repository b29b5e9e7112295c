/* decode_whole.c - decoding at once and in slices, with what compressed terms need around it. */
#include "etf/decoder.h"
#include "etf/tags.h"
#include "pack/inflate.h"

/* The size that compressed bytes claim is believed as far as DEFLATE can reach. */
#define DEFLATE_MOST 1040
#define INFLATED_A_TERM 16            /* bytes that cost as much as a term that is decoded */

struct etf_decoding {
    struct etf_context context;
    struct heap heap;
    struct decoder decoder;
    uint8_t *plain;             /* what compressed bytes hold; NULL: they were not compressed */
    size_t plain_size;
    size_t used;                /* of the bytes given, but for those that the decoder reads */
    struct inflation *inflation;    /* while the bytes are being decompressed: nothing is decoded yet */
    unsigned flags;
};

/* Reads the version and, of compressed bytes, the head: *plain is then room for what they hold. */
static enum etf_status open_bytes(struct memory *memory, struct cursor *in, unsigned flags,
    uint8_t **plain, size_t *plain_size)
{
    *plain = NULL;
    if ((flags & ETF_NO_VERSION) == 0 && cursor_u8(in) != ETF_VERSION)
        return ETF_BAD_ARGUMENT;
    if (cursor_left(in) == 0 || *in->at != TAG_COMPRESSED)
        return ETF_OK;
    cursor_skip(in, 1);
    *plain_size = cursor_u32(in);
    if (in->failed || *plain_size == 0 || *plain_size / DEFLATE_MOST > cursor_left(in))
        return ETF_BAD_ARGUMENT;
    *plain = memory_allocate(memory, MEMORY_OTHER, *plain_size);
    return *plain == NULL ? ETF_NO_MEMORY : ETF_OK;
}

static enum etf_status inflate_all(struct memory *memory, struct cursor *in, uint8_t *plain,
    size_t plain_size)
{
    size_t used;

    if (inflate_zlib_prefix(memory, in->at, cursor_left(in), plain, plain_size, &used) != NULL)
        return ETF_BAD_ARGUMENT;
    cursor_skip(in, used);
    return ETF_OK;
}

size_t etf_plain_size(const uint8_t *bytes, size_t size)
{
    struct cursor in = cursor_make(bytes, size);

    cursor_skip(&in, 1);
    if (cursor_left(&in) == 0 || *in.at != TAG_COMPRESSED)
        return size;
    cursor_skip(&in, 1);
    return cursor_u32(&in);
}

/* ---- at once ------------------------------------------------------------------------------ */

enum etf_status etf_decode(const struct etf_context *context, const uint8_t *bytes, size_t size,
    unsigned flags, struct heap *heap, term *result, size_t *used)
{
    struct cursor in = cursor_make(bytes, size);
    struct decoder decoder;
    uint8_t *plain;
    size_t plain_size;
    enum etf_status status = open_bytes(context->memory, &in, flags, &plain, &plain_size);

    if (status == ETF_OK && plain != NULL)
        status = inflate_all(context->memory, &in, plain, plain_size);
    if (status != ETF_OK) {
        memory_free(context->memory, MEMORY_OTHER, plain, plain == NULL ? 0 : plain_size);
        return status;
    }
    decoder_init(&decoder, context, plain != NULL ? cursor_make(plain, plain_size) : in, flags,
        heap);
    while (!decoder_run(&decoder, SIZE_MAX))
        continue;
    decoder_deinit(&decoder);
    if (plain == NULL)
        in = decoder.in;
    else
        memory_free(context->memory, MEMORY_OTHER, plain, plain_size);
    if (decoder.status == ETF_OK) {
        *result = decoder.root;
        if (used != NULL)
            *used = cursor_offset(&in);
    }
    return decoder.status;
}

/* ---- in slices ---------------------------------------------------------------------------- */

static void begin_decoding(struct etf_decoding *d, struct cursor in)
{
    decoder_init(&d->decoder, &d->context, in, d->flags, &d->heap);
}

enum etf_status etf_decoding_create(const struct etf_context *context, const uint8_t *bytes,
    size_t size, unsigned flags, struct heap_shared *shared, struct etf_decoding **decoding)
{
    struct cursor in = cursor_make(bytes, size);
    uint8_t *plain;
    size_t plain_size = 0;
    enum etf_status status = open_bytes(context->memory, &in, flags, &plain, &plain_size);
    struct etf_decoding *d;

    if (status != ETF_OK)
        return status;
    d = memory_allocate_zeroed(context->memory, MEMORY_OTHER, sizeof *d);
    if (d == NULL) {
        memory_free(context->memory, MEMORY_OTHER, plain, plain_size);
        return ETF_NO_MEMORY;
    }
    d->context = *context;
    d->flags = flags;
    d->plain = plain;
    d->plain_size = plain_size;
    d->used = cursor_offset(&in);
    heap_init_env(&d->heap, shared, MEMORY_HEAP);
    in.start = in.at;
    begin_decoding(d, in);
    *decoding = d;
    if (plain == NULL)
        return ETF_OK;
    d->inflation = inflation_create(context->memory, in.at, cursor_left(&in), plain, plain_size);
    if (d->inflation != NULL)
        return ETF_OK;
    etf_decoding_destroy(d);
    return AVM_ZLIB ? ETF_NO_MEMORY : ETF_BAD_ARGUMENT;
}

/* True when all bytes are there, or will never be. */
static bool inflate_on(struct etf_decoding *d, size_t budget)
{
    size_t used;

    if (!inflation_run(d->inflation, budget < SIZE_MAX / INFLATED_A_TERM ? INFLATED_A_TERM * budget : budget))
        return false;
    if (inflation_destroy(d->inflation, &used) == NULL) {
        d->used += used;
        begin_decoding(d, cursor_make(d->plain, d->plain_size));
    } else {
        d->decoder.status = ETF_BAD_ARGUMENT;
    }
    d->inflation = NULL;
    return true;
}

bool etf_decoding_run(struct etf_decoding *decoding, size_t budget)
{
    if (decoding->inflation != NULL)
        return inflate_on(decoding, budget) && decoding->decoder.status != ETF_OK;
    return decoder_run(&decoding->decoder, budget);
}

enum etf_status etf_decoding_finish(struct etf_decoding *decoding, struct heap *heap, term *result,
    size_t *used)
{
    enum etf_status status = decoding->decoder.status;

    if (status == ETF_OK) {
        *result = decoding->decoder.root;
        *used = decoding->used
            + (decoding->plain == NULL ? cursor_offset(&decoding->decoder.in) : 0);
        heap_adopt(heap, &decoding->heap);
    }
    return status;
}

void etf_decoding_destroy(struct etf_decoding *decoding)
{
    struct memory *memory = decoding->context.memory;
    size_t used;

    if (decoding->inflation != NULL)
        (void) inflation_destroy(decoding->inflation, &used);
    decoder_deinit(&decoding->decoder);
    heap_deinit(&decoding->heap);
    memory_free(memory, MEMORY_OTHER, decoding->plain, decoding->plain_size);
    memory_free(memory, MEMORY_OTHER, decoding, sizeof *decoding);
}
