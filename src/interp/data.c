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

static term immediate_key(uint32_t unit)
{
    return (term) (intptr_t) (int32_t) unit;
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

/* Place of an immediate among the keys of a flat map, looked for from the place behind the last one:
** keys of an instruction mostly stand in the map's order. size: it is not there. */
static size_t find_immediate(const term *keys, size_t size, size_t from, term key)
{
    size_t i;

    for (i = from; i < size; i++) {
        if (keys[i] == key)
            return i;
    }
    for (i = 0; i < from; i++) {
        if (keys[i] == key)
            return i;
    }
    return size;
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

term *map_write_present(struct scheduler *s, term *to, const term *map, const uint32_t *I, const term *E)
{
    const term *keys = term_boxed(map[1]), *at = keys + 1, *end = keys + header_words(map[0]);
    bool differs = false;

    map_copy_words(to, map);
    for (const uint32_t *pair = I + 5, *last = pair + 2 * I[4]; pair < last; pair += 2) {
        term value = operand_load(pair + 1, s->x, E);

        at = map_find_key(at, end, immediate_key(pair[0]));
        if (at == NULL)
            return NULL;
        differs |= map[at - keys] != value;
        to[at - keys] = value;
    }
    return differs ? to + 1 + header_words(map[0]) : to;
}

/* As map_get; *at: where to look first in a flat map, then where to look next. */
static term get_from(struct scheduler *s, term map, term key, size_t *at)
{
    const term *boxed = term_boxed(map);
    size_t size, place;

    if (!term_is_flat_map(map) || !term_is_immediate(key))
        return map_get(&s->node->compare, map, key);
    size = header_words(boxed[0]) - 1;
    place = find_immediate(term_tuple_elements(boxed[1]), size, *at, key);
    if (place == size)
        return TERM_NONE;
    *at = place + 1;
    return boxed[2 + place];
}

/* Units from I: map, label, count, then key and destination each. */
bool map_instruction_get(struct scheduler *s, const uint32_t *I, term *E)
{
    term map = operand_load(I + 1, s->x, E);
    uint32_t count = I[3];
    size_t at = 0;

    if (!term_is_map(map))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        term value = get_from(s, map, operand_load(I + 4 + 2 * i, s->x, E), &at);

        if (value == TERM_NONE)
            return false;
        operand_store(I[5 + 2 * i], s->x, E, value);
    }
    return true;
}

bool map_instruction_get_i(struct scheduler *s, term map, const uint32_t *I, term *E)
{
    if (!term_is_map(map))
        return false;
    for (uint32_t i = 0; i < I[2]; i++) {
        term value = map_get(&s->node->compare, map, immediate_key(I[3 + 2 * i]));

        if (value == TERM_NONE)
            return false;
        operand_store(I[4 + 2 * i], s->x, E, value);
    }
    return true;
}

bool map_instruction_get1(struct scheduler *s, term map, const uint32_t *I)
{
    term value = !term_is_map(map) ? TERM_NONE
                                   : map_get(&s->node->compare, map, immediate_key(I[2]));

    if (value == TERM_NONE)
        return false;
    s->x[INSTRUCTION_B(*I)] = value;
    return true;
}

bool map_instruction_get2(struct scheduler *s, term map, const uint32_t *I)
{
    term second = !term_is_map(map) ? TERM_NONE
                                    : map_get(&s->node->compare, map, immediate_key(I[3]));

    if (second == TERM_NONE || !map_instruction_get1(s, map, I))
        return false;
    s->x[I[4]] = second;
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
