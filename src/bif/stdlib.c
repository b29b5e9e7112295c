/* stdlib.c - natives of modules that own but one or two. */
#include "bif/bif.h"
#include "data/number.h"
#include "proc/native_call.h"

#define IO_NATIVES(X) X("printable_range", 0, io_printable_range, 0)
NATIVE_TABLE(bif_io, "io", NULL, IO_NATIVES)

#define FILE_NATIVES(X) X("native_name_encoding", 0, file_native_name_encoding, 0)
NATIVE_TABLE(bif_file, "file", NULL, FILE_NATIVES)

#define ERROR_LOGGER_NATIVES(X) X("warning_map", 0, error_logger_warning_map, 0)
NATIVE_TABLE(bif_error_logger, "error_logger", NULL, ERROR_LOGGER_NATIVES)

#define NET_KERNEL_NATIVES(X) X("dflag_unicode_io", 1, net_kernel_dflag_unicode_io, 0)
NATIVE_TABLE(bif_net_kernel, "net_kernel", NULL, NET_KERNEL_NATIVES)

#define ERTS_DEBUG_NATIVES(X)                                                                    \
    X("flat_size", 1, erts_debug_flat_size, 0)                                                   \
    X("same", 2, erts_debug_same, 0)                                                             \
    X("set_internal_state", 2, erts_debug_set_internal_state, 0)
NATIVE_TABLE(bif_erts_debug, "erts_debug", NULL, ERTS_DEBUG_NATIVES)

/* `latin1` is what `erl` answers when it is started without +pc. */
static term io_printable_range(struct scheduler *s, const term *a)
{
    (void) s;
    (void) a;
    return ATOM(latin1);
}

static term file_native_name_encoding(struct scheduler *s, const term *a)
{
    (void) s;
    (void) a;
    return ATOM(utf8);
}

static term error_logger_warning_map(struct scheduler *s, const term *a)
{
    (void) s;
    (void) a;
    return ATOM(warning);
}

/* True for pids of this node: its I/O protocol has unicode. There are no others yet. */
static term net_kernel_dflag_unicode_io(struct scheduler *s, const term *a)
{
    return term_is_pid(a[0]) ? ATOM(true) : raise_badarg(s);
}

static term erts_debug_flat_size(struct scheduler *s, const term *a)
{
    size_t words = heap_flat_words(&s->node->heaps, a[0]);

    if (words == SIZE_MAX)
        return raise_no_memory(s);
    return native_result(s, integer_make_uint64(native_heap(s), words));
}

static term erts_debug_same(struct scheduler *s, const term *a)
{
    (void) s;
    return native_boolean(a[0] == a[1]);
}

/* What a test may do to the machine, once it is made available: only to leave the running process so many
** reductions of its slice. */
static term erts_debug_set_internal_state(struct scheduler *s, const term *a)
{
    struct node *node = s->node;
    int64_t reductions;
    bool before = node->has_internal_state;

    if (a[0] == ATOM(available_internal_state) && (a[1] == ATOM(true) || a[1] == ATOM(false))) {
        node->has_internal_state = a[1] == ATOM(true);
        return native_boolean(before);
    }
    if (!before)
        return raise_error(s, ATOM(undef));
    if (a[0] != ATOM(reds_left) || !integer_get_int64(a[1], &reductions) || reductions < 0)
        return raise_badarg(s);
    s->reductions = reductions < SLICE_REDUCTIONS ? (intptr_t) reductions : SLICE_REDUCTIONS;
    return ATOM(true);
}
