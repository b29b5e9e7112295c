/* verify_state.c - what is known of registers, frame and heap at a point, and how two points join. */
#include "load/verify.h"

#include <stdarg.h>
#include <stdio.h>

#define MANY_RUNS 40

bool verify_fail(struct verifier *v, const char *format, ...)
{
    char text[120];
    const struct opcode_row *row = opcode_find(v->op->opcode);
    va_list arguments;

    va_start(arguments, format);
    (void) vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return load_fail_at(v->error, v->function, v->op->offset, "%s: %s", row->name, text);
}

/* ---- Joins ----------------------------------------------------------------------------------- */

/* a becomes what is known when either holds; false when a tag stands against something else. */
static bool join_value(struct value *a, struct value b)
{
    unsigned bits;

    if (a->bits == b.bits && a->arity == b.arity)
        return true;
    if ((a->bits | b.bits) & VALUE_TAG)
        return false;
    if (a->bits == 0 || b.bits == 0) {
        a->bits = 0;
        a->arity = 0;
        return true;
    }
    bits = (a->bits | b.bits) & (VALUE_ANY | VALUE_FRESH);
    if (!(a->bits & b.bits & VALUE_FRESH))
        bits &= ~(unsigned) VALUE_FRESH;
    if (!(a->bits & VALUE_TUPLE)) {
        bits |= b.bits & VALUE_EXACT;
        a->arity = b.arity;
    } else if (!(b.bits & VALUE_TUPLE)) {
        bits |= a->bits & VALUE_EXACT;
    } else {
        if (a->arity == b.arity)
            bits |= a->bits & b.bits & VALUE_EXACT;
        else if (b.arity < a->arity)
            a->arity = b.arity;
    }
    a->bits = (uint16_t) bits;
    return true;
}

/* y registers that every path has. */
static uint32_t frame_size(const struct state *state)
{
    return state->frame == NO_FRAME ? 0
        : state->frame == SOME_FRAME ? state->common
                                     : state->frame;
}

/* Whether every y register is written. */
static bool is_written(const struct verifier *v, const struct state *state)
{
    const struct value *y = state->registers + v->x_count;
    size_t count = frame_size(state), at;

    if (state->frame == SOME_FRAME)
        return state->is_written != 0;
    for (at = 0; at < count; at++)
        if (y[at].bits == 0)
            return false;
    return true;
}

/* The frames differ, or did before: what they have in common is left. */
static void join_frames(const struct verifier *v, struct state *into, const struct state *from)
{
    uint32_t size = frame_size(into), other = frame_size(from);

    into->is_written = is_written(v, into) && is_written(v, from);
    into->common = size < other ? size : other;
    into->frame = SOME_FRAME;
}

static bool join_registers(struct verifier *v, struct state *into, const struct state *from,
    bool *is_changed, bool is_tired)
{
    size_t count = v->x_count + frame_size(into), at;

    for (at = 0; at < count; at++) {
        struct value *value = &into->registers[at], before = *value;

        if (!join_value(value, from->registers[at]))
            return false;
        if (value->bits == before.bits && value->arity == before.arity)
            continue;
        *is_changed = true;
        if (is_tired && value->bits != 0) {
            value->bits = VALUE_ANY;
            value->arity = 0;
        }
    }
    return true;
}

/* False when the two cannot be reconciled. */
static bool join_state(struct verifier *v, struct state *into, const struct state *from,
    bool *is_changed, bool is_tired)
{
    struct state before = *into;

    if (into->open_catch != from->open_catch)
        return false;
    if (into->frame != from->frame && into->open_catch != 0)
        return false;
    if (into->frame != from->frame || into->frame == SOME_FRAME)
        join_frames(v, into, from);
    if (from->heap < into->heap)
        into->heap = is_tired ? 0 : from->heap;
    into->caught |= from->caught;
    into->has_message &= from->has_message;
    into->is_building &= from->is_building;
    into->has_fresh |= from->has_fresh;
    into->floats &= from->floats;
    *is_changed = memcmp(&before, into, offsetof(struct state, registers)) != 0;
    return join_registers(v, into, from, is_changed, is_tired);
}

bool verify_join_into(struct verifier *v, struct label *label, bool *is_conflict)
{
    bool is_changed = false;

    *is_conflict = false;
    if (!verify_note_flow(v, label))
        return false;
    if (label->state == NULL) {
        label->state = memory_allocate(v->memory, MEMORY_CODE, v->state_size);
        if (label->state == NULL)
            return load_fail_memory(v->error);
        memcpy(label->state, v->now, v->state_size);
        label->is_due = true;
        return true;
    }
    memcpy(v->spare, label->state, v->state_size);
    if (!join_state(v, v->spare, v->now, &is_changed, label->runs > MANY_RUNS)) {
        *is_conflict = true;
        return verify_fail(v, "paths meet with different frames or catches");
    }
    if (is_changed) {
        memcpy(label->state, v->spare, v->state_size);
        label->is_due = true;
    }
    return true;
}

bool verify_branch(struct verifier *v, uint64_t label)
{
    bool is_conflict;

    if (label < v->first_label || label - v->first_label >= v->label_count
        || v->labels[label - v->first_label].op == UINT32_MAX)
        return verify_fail(v, "a jump out of the function");
    return verify_join_into(v, &v->labels[label - v->first_label], &is_conflict);
}

bool verify_branch_maybe(struct verifier *v, uint64_t label)
{
    if (label != 0)
        return verify_branch(v, label);
    verify_may_raise(v);
    return true;
}

/* ---- Registers ------------------------------------------------------------------------------- */

struct value verify_constant(term constant)
{
    struct value value = { VALUE_OTHER, 0 };

    if (term_is_atom(constant))
        value.bits = VALUE_ATOM;
    else if (constant == TERM_NIL)
        value.bits = VALUE_NIL;
    else if (term_is_integer(constant))
        value.bits = VALUE_INTEGER;
    else if (term_is_cons(constant))
        value.bits = VALUE_CONS;
    else if (term_is_float(constant))
        value.bits = VALUE_FLOAT;
    else if (term_is_map(constant))
        value.bits = VALUE_MAP;
    else if (term_is_bitstring(constant))
        value.bits = VALUE_BITS;
    else if (term_is_fun(constant))
        value.bits = VALUE_FUN;
    else if (term_is_tuple(constant) && term_tuple_arity(constant) <= UINT16_MAX) {
        value.bits = VALUE_TUPLE | VALUE_EXACT;
        value.arity = (uint16_t) term_tuple_arity(constant);
    }
    return value;
}

struct value *verify_register(struct verifier *v, const struct operand *operand)
{
    uint64_t number = operand->value.number;

    if (operand->kind == OPERAND_X)
        return number < v->x_count ? &v->now->registers[number] : NULL;
    if (operand->kind == OPERAND_Y && number < frame_size(v->now))
        return &v->now->registers[v->x_count + number];
    return NULL;
}

bool verify_source(struct verifier *v, const struct operand *operand, struct value *value)
{
    const struct value *source;

    if (operand->kind == OPERAND_CONSTANT) {
        *value = verify_constant(operand->value.constant);
        return true;
    }
    source = verify_register(v, operand);
    if (source == NULL || source->bits == 0)
        return verify_fail(v, "%c(%u) is read but never written",
            operand->kind == OPERAND_X ? 'x' : 'y', (unsigned) operand->value.number);
    if (source->bits & VALUE_TAG)
        return verify_fail(v, "y(%u) holds a catch and is read",
            (unsigned) operand->value.number);
    *value = *source;
    return true;
}

bool verify_sources(struct verifier *v, const struct operand *operands, size_t count)
{
    struct value value;
    size_t at;

    for (at = 0; at < count; at++)
        if (!verify_source(v, &operands[at], &value))
            return false;
    return true;
}

bool verify_set(struct verifier *v, const struct operand *operand, struct value value)
{
    struct value *target = verify_register(v, operand);

    if (target == NULL)
        return verify_fail(v, "y(%u) is written outside of the frame",
            (unsigned) operand->value.number);
    if (target->bits & VALUE_TAG)
        return verify_fail(v, "y(%u) holds a catch and is written",
            (unsigned) operand->value.number);
    *target = value;
    return true;
}

bool verify_set_bits(struct verifier *v, const struct operand *operand, unsigned bits)
{
    struct value value = { (uint16_t) bits, 0 };

    return verify_set(v, operand, value);
}

bool verify_narrow(struct verifier *v, const struct operand *operand, unsigned bits)
{
    struct value *value = verify_register(v, operand);
    unsigned left;

    if (value == NULL)
        return operand->kind != OPERAND_CONSTANT
            || (verify_constant(operand->value.constant).bits & bits) != 0;
    left = value->bits & bits;
    if ((left & VALUE_ANY) == 0)
        return false;
    if (left & VALUE_TUPLE)
        left |= value->bits & (VALUE_EXACT | VALUE_FRESH);
    else
        value->arity = 0;
    value->bits = (uint16_t) left;
    return true;
}

/* ---- Frame and heap -------------------------------------------------------------------------- */

bool verify_live(struct verifier *v, uint64_t live)
{
    uint64_t at;

    if (live > v->x_count)
        return verify_fail(v, "x(%u) is live but never written", (unsigned) v->x_count);
    for (at = 0; at < live; at++)
        if (v->now->registers[at].bits == 0)
            return verify_fail(v, "x(%u) is live but not written", (unsigned) at);
    return true;
}

void verify_forget_x(struct verifier *v, uint64_t live)
{
    if (live < v->x_count)
        memset(v->now->registers + live, 0, (v->x_count - live) * sizeof(struct value));
}

bool verify_frame_written(struct verifier *v)
{
    return is_written(v, v->now)
        || verify_fail(v, "a y register was never written where a collection may see it");
}

void verify_may_raise(struct verifier *v)
{
    if (!v->needs_zeroed_frames && !is_written(v, v->now))
        v->needs_zeroed_frames = true;
}

static void forget_fresh(struct verifier *v)
{
    size_t count = v->x_count + v->y_count, at;

    if (!v->now->has_fresh)
        return;
    for (at = 0; at < count; at++)
        v->now->registers[at].bits &= (uint16_t) ~VALUE_FRESH;
    v->now->has_fresh = false;
}

bool verify_collect(struct verifier *v, uint64_t live)
{
    if (!verify_live(v, live) || !verify_frame_written(v))
        return false;
    verify_forget_x(v, live);
    forget_fresh(v);
    v->now->heap = 0;
    v->now->is_building = false;
    return true;
}

bool verify_take_heap(struct verifier *v, uint64_t words)
{
    if (words > v->now->heap)
        return verify_fail(v, "%u words are taken of the heap, but %u are left", (unsigned) words,
            (unsigned) v->now->heap);
    v->now->heap -= (uint32_t) words;
    return true;
}
