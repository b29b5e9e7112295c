/* bits_iodata.c - lists of bytes, bitstrings and lists: their size, and laying them flat.
**
** A list nests in two directions; only what remains behind a nested head is kept on the stack, so
** a list nested in tail position alone takes no space. */
#include "data/bits.h"

/* What a walk over iodata meets, one after the other. */
struct iodata_walk {
    struct word_stack rests;    /* lists still to be walked */
    term next;                  /* list, tail or bitstring to look at; TERM_NONE: take a rest */
    bool only_bytes;
};

enum walk_item { WALK_BYTE, WALK_BITS, WALK_END, WALK_BAD, WALK_NO_MEMORY };

static void walk_init(struct iodata_walk *walk, struct memory *memory, term iodata, bool only_bytes)
{
    word_stack_init(&walk->rests, memory);
    walk->next = iodata;
    walk->only_bytes = only_bytes;
}

static bool is_fitting_bits(const struct iodata_walk *walk, term t)
{
    return term_is_bitstring(t) && (!walk->only_bytes || (term_bit_size(t) & 7) == 0);
}

/* The next byte or bitstring, in *item. */
static enum walk_item walk_next(struct iodata_walk *walk, term *item)
{
    for (;;) {
        term t = walk->next;

        if (term_is_cons(t)) {
            term head = term_head(t), tail = term_tail(t);

            if (term_is_cons(head)) {
                if (!term_is_nil(tail) && !word_stack_push(&walk->rests, tail))
                    return WALK_NO_MEMORY;
                walk->next = head;
                continue;
            }
            walk->next = tail;
            if (term_is_nil(head))
                continue;
            *item = head;
            if (term_is_small(head))
                return (uintptr_t) term_small(head) <= 255 ? WALK_BYTE : WALK_BAD;
            return is_fitting_bits(walk, head) ? WALK_BITS : WALK_BAD;
        }
        if (t == TERM_NONE || term_is_nil(t)) {
            if (walk->rests.count == 0)
                return WALK_END;
            walk->next = word_stack_pop(&walk->rests);
            continue;
        }
        if (!is_fitting_bits(walk, t))
            return WALK_BAD;
        walk->next = TERM_NONE;
        *item = t;
        return WALK_BITS;
    }
}

static enum data_status walk_status(enum walk_item last)
{
    return last == WALK_END ? DATA_OK : last == WALK_BAD ? DATA_BAD_ARGUMENT : DATA_NO_MEMORY;
}

enum data_status bits_iodata_size(struct memory *memory, term iodata, bool only_bytes, size_t *bits)
{
    struct iodata_walk walk;
    enum walk_item kind;
    enum data_status status = DATA_OK;
    size_t total = 0;
    term item;

    walk_init(&walk, memory, iodata, only_bytes);
    while ((kind = walk_next(&walk, &item)) <= WALK_BITS) {
        if (!size_add(total, kind == WALK_BYTE ? 8 : term_bit_size(item), &total)) {
            status = DATA_SYSTEM_LIMIT;
            break;
        }
    }
    if (status == DATA_OK)
        status = walk_status(kind);
    word_stack_deinit(&walk.rests);
    if (status == DATA_OK)
        *bits = total;
    return status;
}

enum data_status bits_put_iodata(struct memory *memory, struct bits_builder *builder, term iodata)
{
    struct iodata_walk walk;
    enum walk_item kind;
    term item;

    walk_init(&walk, memory, iodata, false);
    while ((kind = walk_next(&walk, &item)) <= WALK_BITS) {
        if (kind == WALK_BITS) {
            bits_put_bits(builder, item, term_bit_size(item));
        } else {
            uint8_t byte = (uint8_t) term_small(item);

            bits_copy(builder->base, builder->offset, &byte, 0, 8);
            builder->offset += 8;
        }
    }
    word_stack_deinit(&walk.rests);
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
