/* bits_iodata.c - lists of bytes, bitstrings and lists: their size, and laying them flat.
**
** A list nests in two directions; only what remains behind a nested head is kept on the stack, so
** a list nested in tail position alone takes no space. */
#include "data/bits.h"

void bits_walk_init(struct bits_walk *walk, struct memory *memory, term iodata, bool only_bytes)
{
    word_stack_init(&walk->rests, memory);
    walk->next = iodata;
    walk->only_bytes = only_bytes;
}

static bool is_fitting_bits(const struct bits_walk *walk, term t)
{
    return term_is_bitstring(t) && (!walk->only_bytes || (term_bit_size(t) & 7) == 0);
}

enum bits_walk_item bits_walk_next(struct bits_walk *walk, term *item)
{
    for (;;) {
        term t = walk->next;

        if (term_is_cons(t)) {
            term head = term_head(t), tail = term_tail(t);

            if (term_is_cons(head)) {
                if (!term_is_nil(tail) && !word_stack_push(&walk->rests, tail))
                    return BITS_WALK_NO_MEMORY;
                walk->next = head;
                continue;
            }
            walk->next = tail;
            if (term_is_nil(head))
                continue;
            *item = head;
            if (term_is_small(head))
                return (uintptr_t) term_small(head) <= 255 ? BITS_WALK_BYTE : BITS_WALK_BAD;
            return is_fitting_bits(walk, head) ? BITS_WALK_BITS : BITS_WALK_BAD;
        }
        if (t == TERM_NONE || term_is_nil(t)) {
            if (walk->rests.count == 0)
                return BITS_WALK_END;
            walk->next = word_stack_pop(&walk->rests);
            continue;
        }
        if (!is_fitting_bits(walk, t))
            return BITS_WALK_BAD;
        walk->next = TERM_NONE;
        *item = t;
        return BITS_WALK_BITS;
    }
}

void bits_walk_deinit(struct bits_walk *walk)
{
    word_stack_deinit(&walk->rests);
}

static enum data_status walk_status(enum bits_walk_item last)
{
    if (last == BITS_WALK_END)
        return DATA_OK;
    return last == BITS_WALK_BAD ? DATA_BAD_ARGUMENT : DATA_NO_MEMORY;
}

enum data_status bits_iodata_size(struct memory *memory, term iodata, bool only_bytes, size_t *bits)
{
    struct bits_walk walk;
    enum bits_walk_item kind;
    enum data_status status = DATA_OK;
    size_t total = 0;
    term item;

    bits_walk_init(&walk, memory, iodata, only_bytes);
    while ((kind = bits_walk_next(&walk, &item)) <= BITS_WALK_BITS) {
        if (!size_add(total, kind == BITS_WALK_BYTE ? 8 : term_bit_size(item), &total)) {
            status = DATA_SYSTEM_LIMIT;
            break;
        }
    }
    if (status == DATA_OK)
        status = walk_status(kind);
    bits_walk_deinit(&walk);
    if (status == DATA_OK)
        *bits = total;
    return status;
}

enum data_status bits_put_iodata(struct memory *memory, struct bits_builder *builder, term iodata)
{
    struct bits_walk walk;
    enum bits_walk_item kind;
    term item;

    bits_walk_init(&walk, memory, iodata, false);
    while ((kind = bits_walk_next(&walk, &item)) <= BITS_WALK_BITS) {
        if (kind == BITS_WALK_BITS) {
            bits_put_bits(builder, item, term_bit_size(item));
        } else {
            uint8_t byte = (uint8_t) term_small(item);

            bits_copy(builder->base, builder->offset, &byte, 0, 8);
            builder->offset += 8;
        }
    }
    bits_walk_deinit(&walk);
    return walk_status(kind);
}

/* Pieces of a binary that does not begin at a byte go through a small buffer. */
static void each_of_bits(term bits, bits_piece_fn *fn, void *user)
{
    struct bits_view view;
    uint8_t buffer[128];

    bits_get_view(bits, &view);
    if ((view.offset & 7) == 0) {
        fn(user, view.base + (view.offset >> 3), view.size >> 3);
        return;
    }
    while (view.size > 0) {
        size_t size = view.size < sizeof buffer * 8 ? view.size : sizeof buffer * 8;

        bits_copy(buffer, 0, view.base, view.offset, size);
        fn(user, buffer, size >> 3);
        view.offset += size;
        view.size -= size;
    }
}

enum data_status bits_each_piece(struct memory *memory, term iodata, bits_piece_fn *fn, void *user)
{
    struct bits_walk walk;
    enum bits_walk_item kind;
    uint8_t run[64];
    size_t count = 0;
    term item;

    bits_walk_init(&walk, memory, iodata, true);
    while ((kind = bits_walk_next(&walk, &item)) <= BITS_WALK_BITS) {
        if (count > 0 && (kind == BITS_WALK_BITS || count == sizeof run)) {
            fn(user, run, count);
            count = 0;
        }
        if (kind == BITS_WALK_BYTE)
            run[count++] = (uint8_t) term_small(item);
        else
            each_of_bits(item, fn, user);
    }
    if (count > 0)
        fn(user, run, count);
    bits_walk_deinit(&walk);
    return walk_status(kind);
}

enum data_status bits_from_iodata(struct heap *heap, term iodata, bool only_bytes, term *result)
{
    struct bits_builder builder;
    size_t size;
    enum data_status status;

    if (term_is_bitstring(iodata) && (!only_bytes || (term_bit_size(iodata) & 7) == 0)) {
        *result = iodata;
        return DATA_OK;
    }
    status = bits_iodata_size(heap->shared->memory, iodata, only_bytes, &size);
    if (status == DATA_OK)
        status = bits_build_init(heap, size, &builder);
    if (status == DATA_OK)
        status = bits_put_iodata(heap->shared->memory, &builder, iodata);
    if (status == DATA_OK)
        *result = builder.result;
    return status;
}
