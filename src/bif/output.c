/* output.c - what natives write to and read from the host directly: erlang:display and the module
** atomvm, on which libs/atomvm_io.erl builds the group leader. */
#include "atomvm/platform.h"
#include "base/utf8.h"
#include "bif/bif.h"
#include "data/bits.h"
#include "data/print.h"
#include "proc/native_call.h"

#define DISPLAY_NATIVES(X)                                                                       \
    X("display", 1, output_display, 0)                                                           \
    X("display_string", 1, output_display_string, 0)                                             \
    X("display_string", 2, output_display_string_to, 0)                                          \
    X("display_nl", 0, output_display_nl, 0)
NATIVE_TABLE(bif_erlang_display, "erlang", "erl_erts_errors", DISPLAY_NATIVES)

#define ATOMVM_NATIVES(X)                                                                        \
    X("write", 2, output_write, 0)                                                               \
    X("display", 2, output_display_on, 0)                                                        \
    X("read", 1, output_read, 0)
NATIVE_TABLE(bif_atomvm, "atomvm", NULL, ATOMVM_NATIVES)

static bool write_out(struct scheduler *s, avm_stream stream, const void *data, size_t size)
{
    const struct avm_platform *platform = s->node->platform;

    return platform->write(s->node->platform_state, stream, data, size) == AVM_OK;
}

static term display(struct scheduler *s, avm_stream stream, term t, const char *end)
{
    struct byte_buffer out;

    byte_buffer_init(&out, s->node->memory, MEMORY_OTHER);
    (void) term_print(&out, &s->node->compare, t, SIZE_MAX);
    byte_buffer_text(&out, end);
    if (out.failed) {
        byte_buffer_deinit(&out);
        return raise_no_memory(s);
    }
    (void) write_out(s, stream, out.bytes, out.size);
    byte_buffer_deinit(&out);
    return ATOM(true);
}

static term output_display(struct scheduler *s, const term *a)
{
    return display(s, AVM_STDOUT, a[0], "\r\n");       /* both, as OTP */
}

/* atomvm:display(1 | 2, term()) -> true */
static term output_display_on(struct scheduler *s, const term *a)
{
    if (a[0] != term_make_small(1) && a[0] != term_make_small(2))
        return raise_badarg(s);
    return display(s, a[0] == term_make_small(1) ? AVM_STDOUT : AVM_STDERR, a[1], "\n");
}

static term output_display_nl(struct scheduler *s, const term *a)
{
    (void) a;
    (void) write_out(s, AVM_STDOUT, "\n", 1);
    return ATOM(true);
}

/* A list of code points, written as UTF-8. */
static term write_points(struct scheduler *s, avm_stream stream, term list)
{
    struct byte_buffer out;

    byte_buffer_init(&out, s->node->memory, MEMORY_OTHER);
    for (; term_is_cons(list); list = term_tail(list)) {
        term point = term_head(list);
        uint8_t bytes[4];

        if (!term_is_small(point) || term_small(point) < 0 || term_small(point) > 0x10ffff
            || !utf8_is_valid_point((uint32_t) term_small(point)))
            break;
        byte_buffer_append(&out, bytes, utf8_encode((uint32_t) term_small(point), bytes));
    }
    if (!term_is_nil(list) || out.failed) {
        byte_buffer_deinit(&out);
        return term_is_nil(list) ? raise_no_memory(s) : raise_badarg(s);
    }
    (void) write_out(s, stream, out.bytes, out.size);
    byte_buffer_deinit(&out);
    return ATOM(true);
}

static term output_display_string(struct scheduler *s, const term *a)
{
    return write_points(s, AVM_STDOUT, a[0]);
}

/* From OTP 26 on: a device by name, and a binary as it is. */
static term output_display_string_to(struct scheduler *s, const term *a)
{
    avm_stream stream = a[0] == ATOM(stderr) ? AVM_STDERR : AVM_STDOUT;
    const uint8_t *bytes;
    uint8_t *scratch;
    size_t size;
    enum data_status status;

    if (a[0] != ATOM(stdout) && a[0] != ATOM(stderr))
        return raise_badarg(s);
    if (!term_is_binary(a[1]))
        return write_points(s, stream, a[1]);
    if (!bits_get_bytes(s->node->memory, a[1], &bytes, &size, &scratch, &status))
        return raise_status(s, status);
    (void) write_out(s, stream, bytes, size);
    memory_free(s->node->memory, MEMORY_OTHER, scratch, scratch != NULL ? size : 0);
    return ATOM(true);
}

/* atomvm:write(1 | 2, iodata()) -> ok | {error, eio} */
static term output_write(struct scheduler *s, const term *a)
{
    const uint8_t *bytes;
    uint8_t *scratch;
    size_t size;
    enum data_status status;
    term binary = a[1];
    bool written;

    if (a[0] != term_make_small(AVM_STDOUT) && a[0] != term_make_small(AVM_STDERR))
        return raise_badarg(s);
    if (!term_is_binary(binary)) {
        status = bits_from_iodata(native_heap(s), a[1], true, &binary);
        if (status != DATA_OK)
            return raise_status(s, status);
    }
    if (!bits_get_bytes(s->node->memory, binary, &bytes, &size, &scratch, &status))
        return raise_status(s, status);
    written = write_out(s, (avm_stream) term_small(a[0]), bytes, size);
    memory_free(s->node->memory, MEMORY_OTHER, scratch, scratch != NULL ? size : 0);
    native_charge(s, size / 1024 + 1);
    return written ? ATOM(ok) : native_result(s, native_tuple2(s, ATOM(error), ATOM(eio)));
}

#define READ_MAX ((intptr_t) 1 << 20)

/* The process that is to be told when standard input has more: kept in the node, one at a time. */
static term wait_for_input(struct scheduler *s)
{
    s->node->input_waiter = s->process->pid;
    (void) s->node->platform->watch(s->node->platform_state, AVM_STDIN, AVM_POLL_READ, s->node);
    return ATOM(wait);
}

/* atomvm:read(Max) -> binary() | eof | wait | {error, eio} */
static term output_read(struct scheduler *s, const term *a)
{
    uint8_t *buffer;
    size_t capacity, count = 0;
    avm_status status;
    term result;

    if (!term_is_small(a[0]) || term_small(a[0]) < 1)
        return raise_badarg(s);
    capacity = (size_t) (term_small(a[0]) > READ_MAX ? READ_MAX : term_small(a[0]));
    buffer = memory_allocate(s->node->memory, MEMORY_OTHER, capacity);
    if (buffer == NULL)
        return raise_no_memory(s);
    status = s->node->platform->read(s->node->platform_state, buffer, capacity, &count);
    if (status == AVM_BUSY)
        result = wait_for_input(s);
    else if (status != AVM_OK)
        result = native_result(s, native_tuple2(s, ATOM(error), ATOM(eio)));
    else
        result = count == 0 ? ATOM(eof)
                            : native_result(s, bits_make_copy(native_heap(s), buffer, count));
    memory_free(s->node->memory, MEMORY_OTHER, buffer, capacity);
    return result;
}
