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

/* ---- in slices ---------------------------------------------------------------------- */

void bits_flow_init(struct bits_flow *flow, struct memory *memory, term iodata, bool only_bytes)
{
    bits_walk_init(&flow->walk, memory, iodata, only_bytes);
    flow->total = 0;
    flow->left.size = 0;
}

void bits_flow_deinit(struct bits_flow *flow)
{
    bits_walk_deinit(&flow->walk);
}

enum bits_flow_state bits_flow_measure(struct bits_flow *flow, size_t budget)
{
    enum bits_walk_item kind = BITS_WALK_END;
    term item;

    while (budget > 0 && (kind = bits_walk_next(&flow->walk, &item)) <= BITS_WALK_BITS) {
        budget--;
        if (!size_add(flow->total, kind == BITS_WALK_BYTE ? 8 : term_bit_size(item), &flow->total))
            return BITS_FLOW_LIMIT;
    }
    return budget == 0 ? BITS_FLOW_MORE : (enum bits_flow_state) kind;
}

/* Bytes of lists wait in run until there are many. */
struct gathered {
    bits_flow_fn *fn;
    void *user;
    size_t count;
    uint8_t run[128];
};

static void flush(struct gathered *gathered)
{
    if (gathered->count > 0)
        gathered->fn(gathered->user, gathered->run, 0, 8 * gathered->count);
    gathered->count = 0;
}

/* As much of the bitstring that is under way as budget allows, in bytes; gives what that took. */
static size_t feed_left(struct bits_flow *flow, size_t budget, const struct gathered *to)
{
    struct bits_view *left = &flow->left;
    size_t size = left->size / 8 < budget ? left->size : 8 * budget;

    to->fn(to->user, left->base, left->offset, size);
    flow->total += size;
    left->offset += size;
    left->size -= size;
    return size / 8;
}

enum bits_flow_state bits_flow_feed(struct bits_flow *flow, size_t budget, bits_flow_fn *fn,
    void *user)
{
    struct gathered to = { fn, user, 0, { 0 } };
    enum bits_walk_item kind = BITS_WALK_END;
    term item;

    while (budget > 0) {
        if (flow->left.size > 0) {
            budget -= feed_left(flow, budget, &to);
            continue;
        }
        kind = bits_walk_next(&flow->walk, &item);
        if (to.count > 0 && (kind != BITS_WALK_BYTE || to.count == sizeof to.run))
            flush(&to);
        budget--;
        if (kind == BITS_WALK_BYTE) {
            to.run[to.count++] = (uint8_t) term_small(item);
            flow->total += 8;
        } else if (kind == BITS_WALK_BITS) {
            bits_get_view(item, &flow->left);
            if (flow->left.size == 0)
                fn(user, flow->left.base, flow->left.offset, 0);
        } else {
            return (enum bits_flow_state) kind;
        }
    }
    flush(&to);
    return BITS_FLOW_MORE;
}

/* ---- at once ------------------------------------------------------------------------- */

static enum data_status flow_status(enum bits_flow_state last)
{
    return last == BITS_FLOW_END ? DATA_OK
        : last == BITS_FLOW_BAD ? DATA_BAD_ARGUMENT
        : last == BITS_FLOW_LIMIT ? DATA_SYSTEM_LIMIT : DATA_NO_MEMORY;
}

enum data_status bits_iodata_size(struct memory *memory, term iodata, bool only_bytes, size_t *bits)
{
    struct bits_flow flow;
    enum bits_flow_state state;

    bits_flow_init(&flow, memory, iodata, only_bytes);
    state = bits_flow_measure(&flow, SIZE_MAX);
    bits_flow_deinit(&flow);
    if (state == BITS_FLOW_END)
        *bits = flow.total;
    return flow_status(state);
}

void bits_flow_build(void *builder, const uint8_t *base, size_t offset, size_t bits)
{
    struct bits_builder *to = builder;

    bits_copy(to->base, to->offset, base, offset, bits);
    to->offset += bits;
}

enum data_status bits_from_iodata(struct heap *heap, term iodata, bool only_bytes, term *result)
{
    struct bits_builder builder;
    struct bits_flow flow;
    size_t size;
    enum data_status status;

    if (term_is_bitstring(iodata) && (!only_bytes || (term_bit_size(iodata) & 7) == 0)) {
        *result = iodata;
        return DATA_OK;
    }
    status = bits_iodata_size(heap->shared->memory, iodata, only_bytes, &size);
    if (status == DATA_OK)
        status = bits_build_init(heap, size, &builder);
    if (status != DATA_OK)
        return status;
    bits_flow_init(&flow, heap->shared->memory, iodata, only_bytes);
    status = flow_status(bits_flow_feed(&flow, SIZE_MAX, bits_flow_build, &builder));
    bits_flow_deinit(&flow);
    if (status == DATA_OK)
        *result = builder.result;
    return status;
}
