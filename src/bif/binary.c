/* binary.c - the natives of module binary but for those that search (binary_search.c)
** and for parts (erlang_binary.c). */
#include "bif/bif.h"
#include "bif/iodata.h"
#include "data/bits.h"
#include "data/number.h"
#include "proc/native_call.h"

#define BINARY_NATIVES(X)                                                                        \
    X("at", 2, binary_at, 0)                                                                     \
    X("first", 1, binary_first, 0)                                                               \
    X("last", 1, binary_last, 0)                                                                 \
    X("copy", 1, binary_copy1, 0)                                                                \
    X("copy", 2, binary_copy2, 0)                                                                \
    X("list_to_bin", 1, binary_list_to_bin, 0)                                                   \
    X("decode_unsigned", 1, binary_decode_unsigned1, 0)                                          \
    X("decode_unsigned", 2, binary_decode_unsigned2, 0)                                          \
    X("encode_unsigned", 1, binary_encode_unsigned1, 0)                                          \
    X("encode_unsigned", 2, binary_encode_unsigned2, 0)                                          \
    X("longest_common_prefix", 1, binary_common_prefix, 0)                                       \
    X("longest_common_suffix", 1, binary_common_suffix, 0)                                       \
    X("referenced_byte_size", 1, binary_referenced_byte_size, 0)
NATIVE_TABLE_CONCURRENT(bif_binary, "binary", "erl_stdlib_errors", BINARY_NATIVES)

#define BYTES_A_REDUCTION 256

/* ---- bytes ---------------------------------------------------------------------------------- */

static term byte_at(struct scheduler *s, term binary, bool from_end, term position)
{
    struct bits_view view;
    int64_t index;
    size_t size;

    if (!bits_get_view(binary, &view) || (view.size & 7) != 0
        || !integer_get_int64(position, &index)
        || index < 0)
        return raise_badarg(s);
    size = view.size >> 3;
    if ((uint64_t) index >= size)
        return raise_badarg(s);
    if (from_end)
        index = (int64_t) size - 1 - index;
    return term_make_small(bits_byte_at(view.base, view.offset + (size_t) index * 8));
}

static term binary_at(struct scheduler *s, const term *a)
{
    return byte_at(s, a[0], false, a[1]);
}

static term binary_first(struct scheduler *s, const term *a)
{
    return byte_at(s, a[0], false, term_make_small(0));
}

static term binary_last(struct scheduler *s, const term *a)
{
    return byte_at(s, a[0], true, term_make_small(0));
}

/* ---- copies ------------------------------------------------------------------------------- */

/* The first copy is made from the source, the others from what is there already. */
static void repeat(uint8_t *to, size_t size, size_t total)
{
    size_t done = size;

    while (done < total) {
        size_t part = done < total - done ? done : total - done;

        memcpy(to + done, to, part);
        done += part;
    }
}

static term make_copies(struct scheduler *s, term binary, uint64_t count)
{
    struct bits_view view;
    size_t total;
    uint8_t *to;
    term result;

    if (!bits_get_view(binary, &view) || ((view.size & 7) != 0 && count > 0))
        return raise_badarg(s);
    if (view.size == 0)
        count = 0;
    if (count > SIZE_MAX || !size_multiply(view.size >> 3, (size_t) count, &total))
        return raise_error(s, ATOM(system_limit));
    result = bits_make_binary(native_heap(s), total, &to);
    if (result == TERM_NONE)
        return raise_no_memory(s);
    if (total > 0) {
        bits_copy(to, 0, view.base, view.offset, view.size);
        repeat(to, view.size >> 3, total);
    }
    native_charge(s, total / BYTES_A_REDUCTION);
    return result;
}

static term binary_copy1(struct scheduler *s, const term *a)
{
    return make_copies(s, a[0], 1);
}

static term binary_copy2(struct scheduler *s, const term *a)
{
    uint64_t count;

    return integer_get_uint64(a[1], &count) ? make_copies(s, a[0], count) : raise_badarg(s);
}

static term binary_list_to_bin(struct scheduler *s, const term *a)
{
    return term_is_list(a[0]) ? iodata_flatten(s, a, a[0], true) : raise_badarg(s);
}

/* ---- integers ----------------------------------------------------------------------------- */

static term decode(struct scheduler *s, term binary, term order)
{
    const uint8_t *bytes;
    uint8_t *scratch;
    size_t size;
    enum data_status status;
    term result;

    if (order != ATOM(big) && order != ATOM(little))
        return raise_badarg(s);
    if (!bits_get_bytes(s->node->memory, binary, &bytes, &size, &scratch, &status))
        return raise_status(s, status);
    status = integer_from_bytes(native_heap(s), bytes, size, order == ATOM(big), false, &result);
    memory_free(s->node->memory, MEMORY_OTHER, scratch, size);
    return status == DATA_OK ? result : raise_status(s, status);
}

static term binary_decode_unsigned1(struct scheduler *s, const term *a)
{
    return decode(s, a[0], ATOM(big));
}

static term binary_decode_unsigned2(struct scheduler *s, const term *a)
{
    return decode(s, a[0], a[1]);
}

static term encode(struct scheduler *s, term integer, term order)
{
    size_t size;
    uint8_t *to;
    term result;

    if ((order != ATOM(big) && order != ATOM(little)) || !term_is_integer(integer)
        || integer_is_negative(integer))
        return raise_badarg(s);
    size = integer_magnitude_bytes(integer);
    if (size == 0)
        size = 1;
    result = bits_make_binary(native_heap(s), size, &to);
    if (result == TERM_NONE)
        return raise_no_memory(s);
    integer_to_bytes(integer, to, size, order == ATOM(big));
    return result;
}

static term binary_encode_unsigned1(struct scheduler *s, const term *a)
{
    return encode(s, a[0], ATOM(big));
}

static term binary_encode_unsigned2(struct scheduler *s, const term *a)
{
    return encode(s, a[0], a[1]);
}

/* ---- comparing ---------------------------------------------------------------------------- */

#define BLOCK_BYTES 64

/* As common_size, of whole blocks of bytes. */
static size_t common_blocks(const struct bits_view *a, const struct bits_view *b, size_t most,
    bool at_end)
{
    const uint8_t *from_a = a->base + (a->offset + (at_end ? a->size : 0)) / 8;
    const uint8_t *from_b = b->base + (b->offset + (at_end ? b->size : 0)) / 8;
    size_t count = 0;

    if ((a->offset & 7) != 0 || (b->offset & 7) != 0)
        return 0;
    for (; most - count >= BLOCK_BYTES; count += BLOCK_BYTES)
        if (at_end ? memcmp(from_a - count - BLOCK_BYTES, from_b - count - BLOCK_BYTES, BLOCK_BYTES)
                   : memcmp(from_a + count, from_b + count, BLOCK_BYTES))
            break;
    return count;
}

/* Bytes that a and b have in common at their start, or their end. */
static size_t common_size(const struct bits_view *a, const struct bits_view *b, size_t most,
    bool at_end)
{
    size_t count = common_blocks(a, b, most, at_end);

    for (; count < most; count++) {
        size_t from_a = at_end ? a->size - 8 * (count + 1) : 8 * count;
        size_t from_b = at_end ? b->size - 8 * (count + 1) : 8 * count;

        if (bits_byte_at(a->base, a->offset + from_a) != bits_byte_at(b->base, b->offset + from_b))
            break;
    }
    return count;
}

static term find_common(struct scheduler *s, term list, bool at_end)
{
    struct bits_view first, next;
    size_t common;

    if (!term_is_cons(list) || !bits_get_view(term_head(list), &first) || (first.size & 7) != 0)
        return raise_badarg(s);
    common = first.size >> 3;
    for (list = term_tail(list); term_is_cons(list); list = term_tail(list)) {
        if (!bits_get_view(term_head(list), &next) || (next.size & 7) != 0)
            return raise_badarg(s);
        if (next.size >> 3 < common)
            common = next.size >> 3;
        common = common_size(&first, &next, common, at_end);
        native_charge(s, 1 + common / BYTES_A_REDUCTION);
    }
    if (!term_is_nil(list))
        return raise_badarg(s);
    return native_result(s, native_integer(s, (int64_t) common));
}

static term binary_common_prefix(struct scheduler *s, const term *a)
{
    return find_common(s, a[0], false);
}

static term binary_common_suffix(struct scheduler *s, const term *a)
{
    return find_common(s, a[0], true);
}

/* What the bytes lie in: for an off-heap binary all of it, with the room that it has to grow. */
static term binary_referenced_byte_size(struct scheduler *s, const term *a)
{
    const term *boxed;
    size_t size;

    if (!term_is_bitstring(a[0]))
        return raise_badarg(s);
    boxed = term_boxed(a[0]);
    if (header_kind(boxed[0]) == BOXED_SUB_BITS)
        boxed = term_boxed(boxed[1]);
    if (header_kind(boxed[0]) == BOXED_HEAP_BITS)
        size = (boxed[1] + 7) >> 3;
    else
        size = ((struct offheap_binary *) boxed[2])->capacity;
    return native_result(s, native_integer(s, (int64_t) size));
}
