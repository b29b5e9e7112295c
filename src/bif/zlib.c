/* zlib.c - natives of the module zlib: streams of zlib behind references, as zlib.erl drives them.
**
** A stream is a resource that only its controlling process may use. Its input waits in a
** queue; zlib's own state comes from the VM's memory. Always: state says
** which of zlib's two halves must be ended, and the stash is an environment of its own, which holds no
** literal of any module. */
#include "bif/bif.h"
#include "bif/byte_queue.h"
#include "data/number.h"
#include "pack/inflate.h"
#include "proc/native_call.h"

#if AVM_ZLIB
#define ZLIB_CONST
#include <zlib.h>

#define ZLIB_NATIVES(X)                                                                          \
    X("open_nif", 0, zlib_open, NATIVE_NO_ERROR_INFO)                                            \
    X("close_nif", 1, zlib_close, NATIVE_NO_ERROR_INFO)                                          \
    X("set_controller_nif", 2, zlib_set_controller, NATIVE_NO_ERROR_INFO)                        \
    X("deflateInit_nif", 6, zlib_deflate_init, NATIVE_NO_ERROR_INFO)                             \
    X("deflateSetDictionary_nif", 2, zlib_deflate_set_dictionary, NATIVE_NO_ERROR_INFO)          \
    X("deflateReset_nif", 1, zlib_deflate_reset, NATIVE_NO_ERROR_INFO)                           \
    X("deflateEnd_nif", 1, zlib_deflate_end, NATIVE_NO_ERROR_INFO)                               \
    X("deflateParams_nif", 3, zlib_deflate_params, NATIVE_NO_ERROR_INFO)                         \
    X("deflate_nif", 4, zlib_deflate, NATIVE_NO_ERROR_INFO)                                      \
    X("inflateInit_nif", 3, zlib_inflate_init, NATIVE_NO_ERROR_INFO)                             \
    X("inflateSetDictionary_nif", 2, zlib_inflate_set_dictionary, NATIVE_NO_ERROR_INFO)          \
    X("inflateGetDictionary_nif", 1, zlib_inflate_get_dictionary, NATIVE_NO_ERROR_INFO)          \
    X("inflateReset_nif", 1, zlib_inflate_reset, NATIVE_NO_ERROR_INFO)                           \
    X("inflateEnd_nif", 1, zlib_inflate_end, NATIVE_NO_ERROR_INFO)                               \
    X("inflate_nif", 4, zlib_inflate, NATIVE_NO_ERROR_INFO)                                      \
    X("crc32_nif", 1, zlib_crc32, NATIVE_NO_ERROR_INFO)                                          \
    X("getStash_nif", 1, zlib_get_stash, NATIVE_NO_ERROR_INFO)                                   \
    X("clearStash_nif", 1, zlib_clear_stash, NATIVE_NO_ERROR_INFO)                               \
    X("setStash_nif", 2, zlib_set_stash, NATIVE_NO_ERROR_INFO)                                   \
    X("getBufSize_nif", 1, zlib_get_buffer_size, NATIVE_NO_ERROR_INFO)                           \
    X("setBufSize_nif", 2, zlib_set_buffer_size, NATIVE_NO_ERROR_INFO)                           \
    X("enqueue_nif", 2, zlib_enqueue, NATIVE_NO_ERROR_INFO)
NATIVE_TABLE(bif_zlib, "zlib", NULL, ZLIB_NATIVES)

#define WINDOW_SIZE 32768
#define ENQUEUE_AT_ONCE 256
#define BYTES_PER_REDUCTION 64

enum stream_state { STREAM_NONE, STREAM_DEFLATE, STREAM_INFLATE, STREAM_CLOSED };
/* What becomes of input behind the end of what was compressed: zlib.erl's numbers. */
enum end_behavior { END_ERROR, END_RESET, END_CUT };

struct stream {
    struct resource resource;           /* first: destroy and type see it */
    struct memory *memory;
    z_stream z;
    enum stream_state state;
    int end_behavior;
    bool end_seen, is_raw;
    uint32_t crc;                       /* of raw input (deflate), raw output (inflate) */
    int buffer_size;                    /* of inflateChunk */
    term controller;
    struct byte_queue input;
    struct heap stash;
    term stashed;                       /* TERM_NONE: nothing */
};

static const char stream_type;

/* ---- streams ---------------------------------------------------------------------------- */

static void drop_stash(struct stream *stream)
{
    heap_deinit(&stream->stash);
    stream->stashed = TERM_NONE;
}

static void drop_input(struct stream *stream)
{
    byte_queue_clear(&stream->input);
    drop_stash(stream);
}

static void close_stream(struct stream *stream)
{
    if (stream->state == STREAM_DEFLATE)
        (void) deflateEnd(&stream->z);
    else if (stream->state == STREAM_INFLATE)
        (void) inflateEnd(&stream->z);
    stream->state = STREAM_CLOSED;
}

static void destroy_stream(struct resource *resource)
{
    struct stream *stream = (struct stream *) (void *) resource;

    close_stream(stream);
    drop_input(stream);
    memory_free(stream->memory, MEMORY_RESOURCE, stream, sizeof *stream);
}

static term zlib_open(struct scheduler *s, const term *a)
{
    struct stream *stream = memory_allocate_zeroed(s->node->memory, MEMORY_RESOURCE, sizeof *stream);
    term reference;

    (void) a;
    if (stream == NULL)
        return raise_no_memory(s);
    stream->resource.references = 1;
    stream->resource.destroy = destroy_stream;
    stream->resource.type = &stream_type;
    stream->memory = s->node->memory;
    stream->z.zalloc = inflate_zlib_allocate;
    stream->z.zfree = inflate_zlib_free;
    stream->z.opaque = s->node->memory;
    stream->z.data_type = Z_BINARY;
    stream->end_behavior = END_CUT;
    stream->buffer_size = 4000;
    stream->controller = s->process->pid;
    byte_queue_init(&stream->input, s->node->memory);
    heap_init_env(&stream->stash, &s->node->heaps, MEMORY_RESOURCE);
    stream->stashed = TERM_NONE;
    reference = heap_make_resource(native_heap(s), &stream->resource, node_next_reference(s->node));
    resource_release(&stream->resource);
    return native_result(s, reference);
}

/* The stream t, if the caller may use it in this state (STREAM_CLOSED: any state will do); NULL
** after raising. */
static struct stream *stream_of(struct scheduler *s, term t, enum stream_state state)
{
    struct stream *stream;

    if (!term_is_resource(t) || term_resource(t)->type != &stream_type) {
        (void) raise_badarg(s);
        return NULL;
    }
    stream = (struct stream *) (void *) term_resource(t);
    if (stream->controller != s->process->pid) {
        (void) raise_error(s, ATOM(not_on_controlling_process));
        return NULL;
    }
    if (state != STREAM_CLOSED && stream->state != state) {
        (void) raise_error(s, state == STREAM_NONE ? ATOM(already_initialized)
                                                   : ATOM(not_initialized));
        return NULL;
    }
    return stream;
}

static term code_result(struct scheduler *s, int code)
{
    switch (code) {
    case Z_OK: return ATOM(ok);
    case Z_STREAM_END: return ATOM(stream_end);
    case Z_STREAM_ERROR: return raise_error(s, ATOM(stream_error));
    case Z_DATA_ERROR: return raise_error(s, ATOM(data_error));
    case Z_MEM_ERROR: return raise_no_memory(s);
    case Z_BUF_ERROR: return ATOM(buf_error);
    case Z_VERSION_ERROR: return ATOM(version_error);
    default: return ATOM(unknown_error);
    }
}

static bool get_int(term t, int *value)
{
    int64_t number;

    if (!integer_get_int64(t, &number) || number < INT_MIN || number > INT_MAX)
        return false;
    *value = (int) number;
    return true;
}

static bool get_ints(const term *a, size_t count, int *values)
{
    size_t i;

    for (i = 0; i < count; i++) {
        if (!get_int(a[i], &values[i]))
            return false;
    }
    return true;
}

static term zlib_close(struct scheduler *s, const term *a)
{
    struct stream *stream = stream_of(s, a[0], STREAM_CLOSED);

    if (stream == NULL)
        return TERM_NONE;
    if (stream->state == STREAM_CLOSED)
        return raise_error(s, ATOM(not_initialized));
    close_stream(stream);
    drop_input(stream);
    return ATOM(ok);
}

static term zlib_set_controller(struct scheduler *s, const term *a)
{
    struct stream *stream;

    if (!term_is_local_pid(a[1]))
        return raise_badarg(s);
    stream = stream_of(s, a[0], STREAM_CLOSED);
    if (stream == NULL)
        return TERM_NONE;
    stream->controller = a[1];
    return ATOM(ok);
}

/* A half of zlib is ready for use. */
static void start_stream(struct stream *stream, enum stream_state state, int window_bits)
{
    stream->state = state;
    stream->end_seen = false;
    stream->is_raw = window_bits < 0;
    stream->crc = 0;
}

static term end_stream(struct scheduler *s, struct stream *stream, int code)
{
    if (code == Z_OK && stream->input.size > 0)
        code = Z_DATA_ERROR;
    drop_input(stream);
    stream->state = STREAM_NONE;
    return code_result(s, code);
}

/* Calls fn with iodata as one run of bytes. */
static term with_bytes(struct scheduler *s, struct stream *stream, term iodata,
    term (*fn)(struct scheduler *s, struct stream *stream, const uint8_t *bytes, uInt size))
{
    struct byte_buffer bytes;
    struct bits_walk walk;
    enum bits_walk_item item;
    term part, result;

    byte_buffer_init(&bytes, s->node->memory, MEMORY_OTHER);
    bits_walk_init(&walk, s->node->memory, iodata, true);
    while ((item = bits_walk_next(&walk, &part)) == BITS_WALK_BYTE || item == BITS_WALK_BITS) {
        struct bits_view view;

        if (item == BITS_WALK_BYTE) {
            byte_buffer_u8(&bytes, (uint8_t) term_small(part));
        } else if (bits_get_view(part, &view)) {
            uint8_t *to = byte_buffer_extend(&bytes, view.size / 8);

            if (to != NULL)
                bits_copy(to, 0, view.base, view.offset, view.size);
        }
    }
    bits_walk_deinit(&walk);
    if (bytes.failed || item == BITS_WALK_NO_MEMORY)
        result = raise_no_memory(s);
    else if (item == BITS_WALK_BAD || bytes.size > UINT_MAX)
        result = raise_badarg(s);
    else
        result = fn(s, stream, bytes.size > 0 ? bytes.bytes : (const uint8_t *) "", (uInt) bytes.size);
    byte_buffer_deinit(&bytes);
    return result;
}

/* ---- compressing ------------------------------------------------------------------------- */

static term zlib_deflate_init(struct scheduler *s, const term *a)
{
    int v[5], code;     /* level, method, window bits, memory level, strategy */
    struct stream *stream;

    if (!get_ints(a + 1, 5, v))
        return raise_badarg(s);
    stream = stream_of(s, a[0], STREAM_NONE);
    if (stream == NULL)
        return TERM_NONE;
    code = deflateInit2(&stream->z, v[0], v[1], v[2], v[3], v[4]);
    if (code == Z_OK)
        start_stream(stream, STREAM_DEFLATE, v[2]);
    return code_result(s, code);
}

/* The checksum as a signed number of 32 bits, as OTP gives it; of a raw stream zlib keeps none. */
static term set_dictionary(struct scheduler *s, struct stream *stream, const uint8_t *bytes,
    uInt size)
{
    int code = deflateSetDictionary(&stream->z, bytes, size);
    uLong sum = stream->is_raw ? adler32(0, bytes, size) : stream->z.adler;

    return code == Z_OK ? native_integer(s, (int32_t) (uint32_t) sum) : code_result(s, code);
}

static term zlib_deflate_set_dictionary(struct scheduler *s, const term *a)
{
    struct stream *stream = stream_of(s, a[0], STREAM_DEFLATE);

    return stream != NULL ? with_bytes(s, stream, a[1], set_dictionary) : TERM_NONE;
}

static term zlib_deflate_reset(struct scheduler *s, const term *a)
{
    struct stream *stream = stream_of(s, a[0], STREAM_DEFLATE);
    int code;

    if (stream == NULL)
        return TERM_NONE;
    code = deflateReset(&stream->z);
    stream->crc = 0;
    stream->end_seen = false;
    drop_input(stream);
    return code_result(s, code);
}

static term zlib_deflate_end(struct scheduler *s, const term *a)
{
    struct stream *stream = stream_of(s, a[0], STREAM_DEFLATE);

    return stream != NULL ? end_stream(s, stream, deflateEnd(&stream->z)) : TERM_NONE;
}

/* zlib.erl has flushed the stream, so that nothing is written here: room for one byte shows it. */
static term zlib_deflate_params(struct scheduler *s, const term *a)
{
    int v[2], code;     /* level, strategy */
    struct stream *stream;
    Bytef byte;

    if (!get_ints(a + 1, 2, v))
        return raise_badarg(s);
    stream = stream_of(s, a[0], STREAM_DEFLATE);
    if (stream == NULL)
        return TERM_NONE;
    stream->z.next_in = NULL;
    stream->z.avail_in = 0;
    stream->z.next_out = &byte;
    stream->z.avail_out = 1;
    code = deflateParams(&stream->z, v[0], v[1]);
    return code_result(s, stream->z.avail_out == 0 ? Z_STREAM_ERROR : code);
}

/* ---- a step of either ---------------------------------------------------------------------- */

struct step {
    int (*codec)(z_stream *z, int flush);
    int most_in, most_out, flush;
    uint8_t *out;
    size_t produced, consumed;
};

/* Feeds about most_in bytes, then flushes when that was all and there is room left. */
static int run_step(struct scheduler *s, struct stream *stream, struct step *step)
{
    z_stream *z = &stream->z;
    int code = Z_OK;

    z->next_out = step->out;
    z->avail_out = (uInt) step->most_out;
    while (code == Z_OK && stream->input.first != NULL && step->consumed < (size_t) step->most_in) {
        const struct byte_piece *piece = stream->input.first;
        const uint8_t *bytes = byte_piece_bytes(piece);
        size_t given = piece->size < (size_t) step->most_in ? piece->size : (size_t) step->most_in;
        size_t taken;

        z->next_in = bytes;
        z->avail_in = (uInt) given;
        code = step->codec(z, Z_NO_FLUSH);
        taken = given - z->avail_in;
        if (stream->is_raw && stream->state == STREAM_DEFLATE)
            stream->crc = (uint32_t) crc32(stream->crc, bytes, (uInt) taken);
        step->consumed += taken;
        byte_queue_skip(&stream->input, taken);
        native_charge(s, 1 + taken / BYTES_PER_REDUCTION);
        if (taken < given)
            break;
    }
    if (code == Z_OK && stream->input.size == 0 && z->avail_out > 0) {
        z->next_in = NULL;
        z->avail_in = 0;
        code = step->codec(z, step->flush);
    }
    step->produced = (size_t) step->most_out - z->avail_out;
    native_charge(s, step->produced / BYTES_PER_REDUCTION);
    return code;
}

static term step_result(struct scheduler *s, struct stream *stream, const struct step *step, int code)
{
    term output = TERM_NIL, checksum;

    if (step->produced > 0) {
        term bytes = bits_make_copy(native_heap(s), step->out, step->produced);

        output = bytes != TERM_NONE ? native_cons(s, bytes, TERM_NIL) : TERM_NONE;
        if (output == TERM_NONE)
            return raise_no_memory(s);
    }
    if (stream->input.size == 0 && step->produced < (size_t) step->most_out)
        return native_result(s, native_tuple2(s, ATOM(finished), output));
    if (code != Z_NEED_DICT)
        return native_result(s, native_tuple2(s, ATOM(continue), output));
    checksum = native_integer(s, (int32_t) (uint32_t) stream->z.adler);
    if (checksum == TERM_NONE)
        return TERM_NONE;
    return native_result(s, native_tuple3(s, ATOM(need_dictionary), checksum, output));
}

static term take_step(struct scheduler *s, struct stream *stream, struct step *step)
{
    int code = run_step(s, stream, step);

    if (code < 0 && code != Z_BUF_ERROR)
        return code_result(s, code);
    if (code == Z_STREAM_END)
        stream->end_seen = true;
    if (stream->is_raw && stream->state == STREAM_INFLATE)
        stream->crc = (uint32_t) crc32(stream->crc, step->out, (uInt) step->produced);
    if (step->consumed == 0 && step->produced == 0 && stream->input.size != 0)
        return code_result(s, Z_DATA_ERROR);
    return step_result(s, stream, step, code);
}

/* a: stream, most input, most output, flush. */
static term run_codec(struct scheduler *s, const term *a, struct stream *stream,
    int (*codec)(z_stream *z, int flush))
{
    int v[3];
    struct step step = { codec, 0, 0, 0, NULL, 0, 0 };
    term result;

    if (!get_ints(a + 1, 3, v) || v[0] <= 0 || v[1] <= 0)
        return raise_badarg(s);
    step.most_in = v[0];
    step.most_out = v[1];
    step.flush = v[2];
    step.out = memory_allocate(s->node->memory, MEMORY_OTHER, (size_t) v[1]);
    if (step.out == NULL)
        return raise_no_memory(s);
    result = take_step(s, stream, &step);
    memory_free(s->node->memory, MEMORY_OTHER, step.out, (size_t) v[1]);
    return result;
}

static term zlib_deflate(struct scheduler *s, const term *a)
{
    struct stream *stream = stream_of(s, a[0], STREAM_DEFLATE);

    return stream != NULL ? run_codec(s, a, stream, deflate) : TERM_NONE;
}

/* ---- decompressing --------------------------------------------------------------------------- */

static term zlib_inflate_init(struct scheduler *s, const term *a)
{
    int v[2], code;     /* window bits, behavior at the end */
    struct stream *stream;

    if (!get_ints(a + 1, 2, v))
        return raise_badarg(s);
    stream = stream_of(s, a[0], STREAM_NONE);
    if (stream == NULL)
        return TERM_NONE;
    stream->z.next_in = NULL;
    stream->z.avail_in = 0;
    code = inflateInit2(&stream->z, v[0]);
    if (code == Z_OK) {
        start_stream(stream, STREAM_INFLATE, v[0]);
        stream->end_behavior = v[1];
    }
    return code_result(s, code);
}

static term put_dictionary(struct scheduler *s, struct stream *stream, const uint8_t *bytes,
    uInt size)
{
    return code_result(s, inflateSetDictionary(&stream->z, bytes, size));
}

static term zlib_inflate_set_dictionary(struct scheduler *s, const term *a)
{
    struct stream *stream = stream_of(s, a[0], STREAM_INFLATE);

    return stream != NULL ? with_bytes(s, stream, a[1], put_dictionary) : TERM_NONE;
}

static term zlib_inflate_get_dictionary(struct scheduler *s, const term *a)
{
    struct stream *stream = stream_of(s, a[0], STREAM_INFLATE);
    uint8_t *window;
    uInt size = 0;
    term result;
    int code;

    if (stream == NULL)
        return TERM_NONE;
    window = memory_allocate(s->node->memory, MEMORY_OTHER, WINDOW_SIZE);
    if (window == NULL)
        return raise_no_memory(s);
    code = inflateGetDictionary(&stream->z, window, &size);
    result = code < 0 ? code_result(s, code)
                      : native_result(s, bits_make_copy(native_heap(s), window, size));
    memory_free(s->node->memory, MEMORY_OTHER, window, WINDOW_SIZE);
    return result;
}

static term zlib_inflate_reset(struct scheduler *s, const term *a)
{
    struct stream *stream = stream_of(s, a[0], STREAM_INFLATE);
    int code;

    if (stream == NULL)
        return TERM_NONE;
    code = inflateReset(&stream->z);
    stream->crc = 0;
    stream->end_seen = false;
    drop_input(stream);
    return code_result(s, code);
}

static term zlib_inflate_end(struct scheduler *s, const term *a)
{
    struct stream *stream = stream_of(s, a[0], STREAM_INFLATE);
    int code;

    if (stream == NULL)
        return TERM_NONE;
    code = inflateEnd(&stream->z);
    return end_stream(s, stream, code == Z_OK && !stream->end_seen ? Z_DATA_ERROR : code);
}

static term zlib_inflate(struct scheduler *s, const term *a)
{
    struct stream *stream = stream_of(s, a[0], STREAM_INFLATE);

    if (stream == NULL)
        return TERM_NONE;
    if (stream->end_seen && stream->input.size > 0) {
        if (stream->end_behavior == END_ERROR)
            return code_result(s, Z_DATA_ERROR);
        if (stream->end_behavior == END_CUT) {
            drop_input(stream);
        } else {
            int code = inflateReset(&stream->z);

            if (code != Z_OK)
                return code_result(s, code);
            stream->end_seen = false;
        }
    }
    return run_codec(s, a, stream, inflate);
}

/* ---- the rest ----------------------------------------------------------------------------------- */

static term zlib_crc32(struct scheduler *s, const term *a)
{
    struct stream *stream = stream_of(s, a[0], STREAM_CLOSED);

    if (stream == NULL)
        return TERM_NONE;
    if (stream->state != STREAM_DEFLATE && stream->state != STREAM_INFLATE)
        return raise_error(s, ATOM(not_initialized));
    return native_integer(s, (int64_t) stream->crc);
}

static term zlib_get_stash(struct scheduler *s, const term *a)
{
    struct stream *stream = stream_of(s, a[0], STREAM_CLOSED);
    term copy;

    if (stream == NULL)
        return TERM_NONE;
    if (stream->stashed == TERM_NONE)
        return ATOM(empty);
    copy = heap_copy(native_heap(s), stream->stashed);
    return native_result(s, copy != TERM_NONE ? native_tuple2(s, ATOM(ok), copy) : TERM_NONE);
}

static term zlib_clear_stash(struct scheduler *s, const term *a)
{
    struct stream *stream = stream_of(s, a[0], STREAM_CLOSED);

    if (stream == NULL)
        return TERM_NONE;
    if (stream->stashed == TERM_NONE)
        return raise_error(s, ATOM(error));
    drop_stash(stream);
    return ATOM(ok);
}

static term zlib_set_stash(struct scheduler *s, const term *a)
{
    struct stream *stream = stream_of(s, a[0], STREAM_CLOSED);

    if (stream == NULL)
        return TERM_NONE;
    if (stream->stashed != TERM_NONE)
        return raise_error(s, ATOM(error));
    stream->stashed = heap_copy_with_literals(&stream->stash, a[1]);
    return stream->stashed != TERM_NONE ? ATOM(ok) : raise_no_memory(s);
}

static term zlib_get_buffer_size(struct scheduler *s, const term *a)
{
    struct stream *stream = stream_of(s, a[0], STREAM_CLOSED);

    return stream != NULL ? native_integer(s, stream->buffer_size) : TERM_NONE;
}

static term zlib_set_buffer_size(struct scheduler *s, const term *a)
{
    struct stream *stream = stream_of(s, a[0], STREAM_CLOSED);

    if (stream == NULL)
        return TERM_NONE;
    return get_int(a[1], &stream->buffer_size) ? ATOM(ok) : raise_badarg(s);
}

/* A list of binaries; {continue, Rest} after some of them. */
static term zlib_enqueue(struct scheduler *s, const term *a)
{
    struct stream *stream = stream_of(s, a[0], STREAM_CLOSED);
    term list = a[1];
    unsigned left;

    if (stream == NULL)
        return TERM_NONE;
    if (stream->state != STREAM_DEFLATE && stream->state != STREAM_INFLATE)
        return raise_error(s, ATOM(not_initialized));
    for (left = ENQUEUE_AT_ONCE; left > 0 && term_is_cons(list); left--) {
        enum data_status status = byte_queue_put(&stream->input, term_head(list));

        if (status != DATA_OK)
            return raise_status(s, status);
        list = term_tail(list);
    }
    native_charge(s, (ENQUEUE_AT_ONCE - left) / 8);
    if (list == TERM_NIL)
        return ATOM(ok);
    return term_is_cons(list) ? native_result(s, native_tuple2(s, ATOM(continue), list))
                              : raise_badarg(s);
}
#endif
