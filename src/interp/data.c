/* data.c - the parts of bodies that walk operands of maps and funs. */
#include "interp/engine.h"

int engine_compare(struct scheduler *s, term a, term b)
{
    if (term_is_float(a) && term_is_float(b)) {
        double x = term_float(a), y = term_float(b);

        return (x > y) - (x < y);
    }
    return term_compare(&s->node->compare, a, b);
}

bool data_is_function2(term fun, term arity)
{
    intptr_t count;

    if (!term_is_small(arity) || !term_is_fun(fun))
        return false;
    count = term_small(arity);
    if (term_is_local_fun(fun))
        return count >= 0 && (uintptr_t) count == term_fun_identity(fun)->arity;
    return count >= 0 && (uintptr_t) count == term_export_identity(fun)->arity;
}

/* How many pairs are put at once. */
#define PAIRS 32

static term put_fails(struct scheduler *s, enum data_status status, term map, term key)
{
    switch (status) {
    case DATA_BAD_MAP:
        engine_error_tagged(s, ATOM(badmap), map);
        break;
    case DATA_BAD_KEY:
        engine_error_tagged(s, ATOM(badkey), key);
        break;
    default:
        engine_no_memory(s);
        break;
    }
    return TERM_NONE;
}

/* The first key that is not in the map. */
static term missing_key(struct scheduler *s, term map, const term *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (map_get(&s->node->compare, map, pairs[2 * i]) == TERM_NONE)
            return pairs[2 * i];
    }
    return TERM_NIL;
}

/* Units from I: label, map, destination, count, then key and value each. */
term map_instruction_put(struct scheduler *s, const uint32_t *I, const term *E, bool exact)
{
    term map = operand_load(I + 2, s->x, E), pairs[2 * PAIRS];
    uint32_t count = I[4];

    if (!term_is_map(map))
        return put_fails(s, DATA_BAD_MAP, map, TERM_NONE);
    for (uint32_t done = 0; done < count; done += PAIRS) {
        uint32_t now = count - done < PAIRS ? count - done : PAIRS;
        enum data_status status;

        for (uint32_t i = 0; i < 2 * now; i++)
            pairs[i] = operand_load(I + 5 + 2 * done + i, s->x, E);
        status = map_put_pairs(&s->node->compare, native_heap(s), map, pairs, now, exact, &map);
        if (status != DATA_OK)
            return put_fails(s, status, map,
                status == DATA_BAD_KEY ? missing_key(s, map, pairs, now) : TERM_NONE);
    }
    return map;
}

/* Units from I: map, label, count, then key and destination each. */
bool map_instruction_get(struct scheduler *s, const uint32_t *I, term *E)
{
    term map = operand_load(I + 1, s->x, E);
    uint32_t count = I[3];

    if (!term_is_map(map))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        term value = map_get(&s->node->compare, map, operand_load(I + 4 + 2 * i, s->x, E));

        if (value == TERM_NONE)
            return false;
        operand_store(I[5 + 2 * i], s->x, E, value);
    }
    return true;
}

bool map_instruction_has(struct scheduler *s, const uint32_t *I, const term *E)
{
    term map = operand_load(I + 1, s->x, E);
    uint32_t count = I[3];

    if (!term_is_map(map))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        if (map_get(&s->node->compare, map, operand_load(I + 4 + i, s->x, E)) == TERM_NONE)
            return false;
    }
    return true;
}
