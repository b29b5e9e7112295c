/* erlang_binary.c - natives of erlang that make, measure and split binaries, and turn them into
** lists and back. */
#include "bif/bif.h"
#include "bif/iodata.h"
#include "data/bits.h"
#include "data/number.h"
#include "proc/native_call.h"

#define BINARY_NATIVES(X)                                                                        \
    X("byte_size", 1, binary_byte_size, NATIVE_GUARD)                                            \
    X("bit_size", 1, binary_bit_size, NATIVE_GUARD)                                              \
    X("size", 1, binary_size, NATIVE_GUARD)                                                      \
    X("binary_part", 2, binary_part2, NATIVE_GUARD)                                              \
    X("binary_part", 3, binary_part3, NATIVE_GUARD)                                              \
    X("split_binary", 2, binary_split_at, 0)                                                     \
    X("binary_to_list", 1, binary_to_list1, 0)                                                   \
    X("binary_to_list", 3, binary_to_list3, 0)                                                   \
    X("bitstring_to_list", 1, bitstring_to_list, 0)                                              \
    X("list_to_binary", 1, list_to_binary, 0)                                                    \
    X("list_to_bitstring", 1, list_to_bitstring, 0)                                              \
    X("iolist_to_binary", 1, iolist_to_binary, 0)                                                \
    X("iolist_size", 1, iolist_size, 0)                                                          \
    X("iolist_to_iovec", 1, iolist_to_iovec, 0)
NATIVE_TABLE_CONCURRENT(bif_erlang_binary, "erlang", "erl_erts_errors", BINARY_NATIVES)

#define PART_NATIVES(X)                                                                          \
    X("part", 2, binary_part2, 0)                                                                \
    X("part", 3, binary_part3, 0)
NATIVE_TABLE_CONCURRENT(bif_binary_part, "binary", "erl_stdlib_errors", PART_NATIVES)

#define CELLS_A_REDUCTION 64

/* ---- sizes -------------------------------------------------------------------------------- */

/* A match context, which compilers since OTP 26 ask too, counts from where it stands. */
static bool has_bit_size(term t)
{
    return term_is_boxed(t) && (term_is_bitstring(t) || term_has_kind(t, BOXED_MATCH));
}

static term binary_byte_size(struct scheduler *s, const term *a)
{
    size_t bits;

    if (!has_bit_size(a[0]))
        return raise_badarg(s);
    bits = term_bit_size(a[0]);
    return native_result(s, native_integer(s, (int64_t) ((bits >> 3) + ((bits & 7) != 0))));
}

static term binary_bit_size(struct scheduler *s, const term *a)
{
    if (!has_bit_size(a[0]))
        return raise_badarg(s);
    return native_result(s, native_integer(s, (int64_t) term_bit_size(a[0])));
}

static term binary_size(struct scheduler *s, const term *a)
{
    if (term_is_tuple(a[0]))
        return term_make_small((intptr_t) term_tuple_arity(a[0]));
    if (!term_is_bitstring(a[0]))
        return raise_badarg(s);
    return native_result(s, native_integer(s, (int64_t) (term_bit_size(a[0]) >> 3)));
}

/* ---- parts -------------------------------------------------------------------------------- */

/* A negative length counts back from the position. */
static term make_part(struct scheduler *s, term binary, term position, term length)
{
    int64_t first, count, size;

    if (!term_is_bitstring(binary) || !integer_get_int64(position, &first)
        || !integer_get_int64(length, &count))
        return raise_badarg(s);
    size = (int64_t) (term_bit_size(binary) >> 3);
    if (first < 0 || first > size || count > size - first || count < -first)
        return raise_badarg(s);
    if (count < 0) {
        first += count;
        count = -count;
    }
    return native_result(s,
        bits_make_sub(native_heap(s), binary, (size_t) first * 8, (size_t) count * 8));
}

static term binary_part2(struct scheduler *s, const term *a)
{
    if (!term_is_tuple(a[1]) || term_tuple_arity(a[1]) != 2)
        return raise_badarg(s);
    return make_part(s, a[0], term_tuple_element(a[1], 0), term_tuple_element(a[1], 1));
}

static term binary_part3(struct scheduler *s, const term *a)
{
    return make_part(s, a[0], a[1], a[2]);
}

static term binary_split_at(struct scheduler *s, const term *a)
{
    int64_t position;
    size_t bits, first;
    term left, right;

    if (!term_is_bitstring(a[0]) || !integer_get_int64(a[1], &position) || position < 0
        || (uint64_t) position > term_bit_size(a[0]) >> 3)
        return raise_badarg(s);
    bits = term_bit_size(a[0]);
    first = (size_t) position * 8;
    left = bits_make_sub(native_heap(s), a[0], 0, first);
    right = bits_make_sub(native_heap(s), a[0], first, bits - first);
    if (left == TERM_NONE || right == TERM_NONE)
        return raise_no_memory(s);
    return native_result(s, native_tuple2(s, left, right));
}

/* ---- binaries to lists -------------------------------------------------------------------- */

/* Bytes that become the elements of a list; what is not there between two slices is one dead object. */
struct listing {
    struct native_job job;
    const uint8_t *base;
    size_t offset;                  /* of the next byte, in bits */
    size_t count, done;
    term *cells, tail;
};

static native_fn list_on;

static term list_bytes(struct scheduler *s, const term *a, struct listing *listing)
{
    size_t budget = native_job_budget(s, CELLS_A_REDUCTION), left = listing->count - listing->done;
    size_t count = left < budget ? left : budget;
    term *cells = listing->cells + 2 * listing->done;
    struct native_job *kept = &listing->job;

    for (size_t i = 0; i < count; i++, cells += 2, listing->offset += 8) {
        cells[0] = term_make_small(bits_byte_at(listing->base, listing->offset));
        cells[1] = term_make_cons(cells + 2);
    }
    listing->done += count;
    native_charge(s, count / CELLS_A_REDUCTION);
    if (count == left) {
        cells[-1] = listing->tail;
        return term_make_cons(listing->cells);
    }
    cells[0] = header_make(BOXED_BIG_POSITIVE, 2 * (left - count) - 1);
    if (listing->job.size == 0 && (kept = native_job_keep(s, kept, sizeof *listing)) == NULL)
        return TERM_NONE;
    return native_job_yield(s, list_on, a, kept);
}

static term list_on(struct scheduler *s, const term *a)
{
    return list_bytes(s, a, (struct listing *) native_job_of(s, a));
}

/* count bytes from bit offset on, followed by tail. */
static term make_list(struct scheduler *s, const term *a, const struct bits_view *view,
    size_t offset, size_t count, term tail)
{
    struct listing listing;

    if (count == 0)
        return tail;
    native_job_init(&listing.job, NULL);
    listing.base = view->base;
    listing.offset = view->offset + offset;
    listing.count = count;
    listing.done = 0;
    listing.tail = tail;
    listing.cells = count <= HEADER_MAX_WORDS / 2 ? heap_allocate(native_heap(s), 2 * count) : NULL;
    return listing.cells == NULL ? raise_no_memory(s) : list_bytes(s, a, &listing);
}

static term binary_to_list1(struct scheduler *s, const term *a)
{
    struct bits_view view;

    if (!bits_get_view(a[0], &view) || (view.size & 7) != 0)
        return raise_badarg(s);
    return make_list(s, a, &view, 0, view.size >> 3, TERM_NIL);
}

static term binary_to_list3(struct scheduler *s, const term *a)
{
    struct bits_view view;
    int64_t first, last;

    if (!bits_get_view(a[0], &view) || !integer_get_int64(a[1], &first)
        || !integer_get_int64(a[2], &last) || first < 1 || last < first
        || (uint64_t) last > view.size >> 3)
        return raise_badarg(s);
    return make_list(s, a, &view, (size_t) (first - 1) * 8, (size_t) (last - first + 1), TERM_NIL);
}

static term bitstring_to_list(struct scheduler *s, const term *a)
{
    struct bits_view view;
    term tail = TERM_NIL;
    size_t rest;

    if (!bits_get_view(a[0], &view))
        return raise_badarg(s);
    rest = view.size & 7;
    if (rest != 0) {
        tail = bits_make_sub(native_heap(s), a[0], view.size - rest, rest);
        if (tail != TERM_NONE)
            tail = native_cons(s, tail, TERM_NIL);
        if (tail == TERM_NONE)
            return raise_no_memory(s);
    }
    return make_list(s, a, &view, 0, view.size >> 3, tail);
}

/* ---- lists to binaries -------------------------------------------------------------------- */

static term list_to_binary(struct scheduler *s, const term *a)
{
    return term_is_list(a[0]) ? iodata_flatten(s, a, a[0], true) : raise_badarg(s);
}

static term list_to_bitstring(struct scheduler *s, const term *a)
{
    return term_is_list(a[0]) ? iodata_flatten(s, a, a[0], false) : raise_badarg(s);
}

static term iolist_to_binary(struct scheduler *s, const term *a)
{
    return iodata_flatten(s, a, a[0], true);
}

static term give_size(struct scheduler *s, struct iodata_work *work)
{
    return native_result(s, native_integer(s, (int64_t) (work->flow.total >> 3)));
}

static term iolist_size(struct scheduler *s, const term *a)
{
    struct iodata_work work;

    iodata_work_init(&work, s, a[0], true);
    work.finish = give_size;
    return iodata_work_run(s, a, &work);
}

/* ---- iovec -------------------------------------------------------------------------------- */

/* Binaries of at least so many bytes become elements of their own; what is smaller, and bytes, are
** gathered until there are as many. */
#define IOVEC_SMALL 256
#define ELEMENTS_A_REDUCTION 32

struct iovec_builder {
    struct native_job job;
    struct scheduler *s;
    struct bits_walk walk;
    struct byte_buffer gathered;
    term first, *tail;          /* where the next cell goes: NULL, then &first's list */
};

static bool iovec_add(struct iovec_builder *builder, term binary)
{
    term cell = binary == TERM_NONE ? TERM_NONE : native_cons(builder->s, binary, TERM_NIL);

    if (cell == TERM_NONE)
        return false;
    if (builder->tail == NULL)
        builder->first = cell;
    else
        *builder->tail = cell;
    builder->tail = term_cons_cell(cell) + 1;
    return true;
}

static bool iovec_flush(struct iovec_builder *builder)
{
    struct byte_buffer *gathered = &builder->gathered;
    term binary;

    if (gathered->size == 0)
        return true;
    binary = bits_make_copy(native_heap(builder->s), gathered->bytes, gathered->size);
    gathered->size = 0;
    return iovec_add(builder, binary);
}

static bool iovec_gather(struct iovec_builder *builder, term binary, size_t size)
{
    struct bits_view view;
    uint8_t *to = byte_buffer_extend(&builder->gathered, size);

    if (to == NULL)
        return false;
    bits_get_view(binary, &view);
    bits_copy(to, 0, view.base, view.offset, size * 8);
    return true;
}

static bool iovec_put(struct iovec_builder *builder, term binary)
{
    size_t size = term_bit_size(binary) >> 3, gathered = builder->gathered.size, spill;

    if (size == 0)
        return true;
    if (size >= IOVEC_SMALL && (gathered == 0 || gathered >= IOVEC_SMALL))
        return iovec_flush(builder) && iovec_add(builder, binary);
    if (size < IOVEC_SMALL || size + gathered < 2 * IOVEC_SMALL)
        return iovec_gather(builder, binary, size);
    spill = IOVEC_SMALL - gathered;
    return iovec_gather(builder, binary, spill) && iovec_flush(builder)
        && iovec_add(builder, bits_make_sub(native_heap(builder->s), binary, spill * 8,
                                  (size - spill) * 8));
}

static void iovec_release(struct native_job *job)
{
    struct iovec_builder *builder = (struct iovec_builder *) job;

    bits_walk_deinit(&builder->walk);
    byte_buffer_deinit(&builder->gathered);
}

/* Up to *budget elements. BITS_WALK_BITS: there are more. */
static enum bits_walk_item iovec_walk(struct iovec_builder *builder, size_t *budget)
{
    enum bits_walk_item kind = BITS_WALK_BITS;
    bool fits = true;
    term item;

    for (; fits && *budget > 0; --*budget) {
        kind = bits_walk_next(&builder->walk, &item);
        if (kind > BITS_WALK_BITS)
            return kind;
        if (kind == BITS_WALK_BITS) {
            fits = iovec_put(builder, item);
        } else {
            byte_buffer_u8(&builder->gathered, (uint8_t) term_small(item));
            fits = !builder->gathered.failed;
        }
    }
    return fits ? BITS_WALK_BITS : BITS_WALK_NO_MEMORY;
}

static native_fn iovec_on;

static term iovec_run(struct scheduler *s, const term *a, struct iovec_builder *builder)
{
    size_t units = native_job_budget(s, ELEMENTS_A_REDUCTION), left = units;
    enum bits_walk_item kind = iovec_walk(builder, &left);
    struct iovec_builder *kept = builder;
    term result;

    native_charge(s, (units - left) / ELEMENTS_A_REDUCTION);
    if (kind == BITS_WALK_BITS) {
        if (builder->job.size == 0) {
            kept = (struct iovec_builder *) native_job_keep(s, &builder->job, sizeof *builder);
            if (kept == NULL)
                return TERM_NONE;
            word_stack_moved(&kept->walk.rests, &builder->walk.rests);
        }
        return native_job_yield(s, iovec_on, a, &kept->job);
    }
    if (kind == BITS_WALK_BAD)
        result = raise_badarg(s);
    else
        result = kind == BITS_WALK_NO_MEMORY || !iovec_flush(builder) ? raise_no_memory(s) : builder->first;
    native_job_end(&builder->job);
    return result;
}

static term iovec_on(struct scheduler *s, const term *a)
{
    struct iovec_builder *builder = (struct iovec_builder *) native_job_of(s, a);

    builder->s = s;
    return iovec_run(s, a, builder);
}

static term iolist_to_iovec(struct scheduler *s, const term *a)
{
    struct iovec_builder builder = { .s = s, .first = TERM_NIL, .tail = NULL };

    native_job_init(&builder.job, iovec_release);
    byte_buffer_init(&builder.gathered, s->node->memory, MEMORY_OTHER);
    bits_walk_init(&builder.walk, s->node->memory, a[0], true);
    return iovec_run(s, a, &builder);
}
