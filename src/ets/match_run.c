/* match_run.c - runs the program of a match specification over one term. */
#include "data/map.h"
#include "ets/match_internal.h"

struct run {
    struct match_spec *spec;
    struct scheduler *scheduler;
    struct heap *heap;
    term object;
    term *variables, *values, *stack;
    bool copy, in_body, failed;
};

/* One operation of a pattern. False: no match. */
static bool match_step(struct run *r, enum match_op op, uint32_t operand, const term **at,
    size_t *depth)
{
    struct match_spec *spec = r->spec;
    const struct compare_context *compare = spec->source.compare;
    term t = **at;

    switch (op) {
    case MATCH_IMMEDIATE:
        return *(*at)++ == spec->terms[operand];
    case MATCH_FLOAT:
        ++*at;
        return term_is_float(t) && memcmp(term_boxed(t) + 1, term_boxed(spec->terms[operand]) + 1,
            FLOAT_WORDS * sizeof(term)) == 0;
    case MATCH_CONST:
        return term_equal_exact(compare, *(*at)++, spec->terms[operand]);
    case MATCH_SAME:
        return term_equal_exact(compare, *(*at)++, r->variables[operand]);
    case MATCH_TUPLE:
        spec->path[(*depth)++] = *at;
        if (!term_is_tuple(t) || term_tuple_arity(t) != operand)
            return false;
        *at = term_tuple_elements(t);
        return true;
    case MATCH_MAP:
        spec->path[(*depth)++] = *at;
        return term_is_map(t) && term_map_size(t) >= operand;
    default:                            /* MATCH_KEY */
        t = map_get(compare, *spec->path[*depth - 1], spec->terms[operand]);
        r->values[*depth] = t;
        *at = &r->values[*depth];
        return t != TERM_NONE;
    }
}

static const uint32_t *run_pattern(struct run *r, const uint32_t *code)
{
    struct match_spec *spec = r->spec;
    const term *at = &r->object;
    size_t depth = 0;

    for (;;) {
        enum match_op op = (enum match_op) *code++;

        switch (op) {
        case MATCH_MATCHED:
            return code;
        case MATCH_LEAVE:
            at = spec->path[--depth] + 1;
            break;
        case MATCH_SKIP:
            at += *code++;
            break;
        case MATCH_BIND:
            r->variables[*code++] = *at++;
            break;
        case MATCH_CONS:
            spec->path[depth++] = at;
            /* fall through */
        case MATCH_TAIL:
            if (!term_is_cons(*at))
                return NULL;
            at = term_cons_cell(*at);
            break;
        default:
            if (!match_step(r, op, *code++, &at, &depth))
                return NULL;
            break;
        }
    }
}

/* ---- expressions --------------------------------------------------------------------------- */

static term make_tuple(struct run *r, const term *elements, size_t arity)
{
    term *words = heap_allocate(r->heap, 1 + arity);

    if (words == NULL)
        return TERM_NONE;
    words[0] = header_make(BOXED_TUPLE, arity);
    memcpy(words + 1, elements, arity * sizeof *elements);
    return term_make_boxed(words);
}

static term make_cons(struct run *r, term head, term tail)
{
    term *cell = heap_allocate(r->heap, 2);

    if (cell == NULL)
        return TERM_NONE;
    cell[0] = head;
    cell[1] = tail;
    return term_make_cons(cell);
}

static term make_map(struct run *r, const term *pairs, size_t count)
{
    term map = map_empty(r->heap), result;

    if (map == TERM_NONE
        || map_put_pairs(r->spec->source.compare, r->heap, map, pairs, count, false, &result) != DATA_OK)
        return TERM_NONE;
    return result;
}

static term make_bindings(struct run *r, const uint32_t *slots, size_t count)
{
    term list = TERM_NIL;

    while (count-- > 0 && list != TERM_NONE)
        list = make_cons(r, r->variables[slots[count]], list);
    return list;
}

/* What could not be had: fails a guard, is 'EXIT' in a body. */
static bool bad_value(struct run *r, term *value)
{
    *value = ATOM(EXIT);
    return r->in_body;
}

static bool fold_booleans(struct run *r, const term *values, size_t count, term unit, term *result)
{
    term folded = unit;

    for (; count > 0; count--, values++) {
        if (*values != ATOM(true) && *values != ATOM(false))
            return bad_value(r, result);
        if (*values != unit)
            folded = *values;
    }
    *result = folded;
    return true;
}

/* Values that need memory; TERM_NONE without. */
static term build(struct run *r, enum match_op op, const uint32_t *operands, term *top)
{
    switch (op) {
    case MATCH_BINDINGS:
        return make_bindings(r, operands + 1, operands[0]);
    case MATCH_COPY:
        return r->copy && !term_is_immediate(top[0]) ? heap_copy(r->heap, top[0]) : top[0];
    case MATCH_MAKE_TUPLE:
        return make_tuple(r, top, operands[0]);
    case MATCH_MAKE_CONS:
        return make_cons(r, top[1], top[0]);
    default:                            /* MATCH_MAKE_MAP */
        return make_map(r, top, operands[0]);
    }
}

struct shape {
    uint8_t operands;
    int8_t pops;                        /* -1: as many as the operand says, -2: twice that */
};

static struct shape shape_of(enum match_op op)
{
    switch (op) {
    case MATCH_COPY: return (struct shape) { 0, 1 };
    case MATCH_MAKE_CONS: return (struct shape) { 0, 2 };
    case MATCH_MAKE_MAP: return (struct shape) { 1, -2 };
    case MATCH_BINDINGS: return (struct shape) { 1, 0 };
    default: return (struct shape) { 1, -1 };
    }
}

/* Builds at top; gives the new top, NULL without memory. */
static term *build_at(struct run *r, enum match_op op, const uint32_t **code, term *top)
{
    struct shape shape = shape_of(op);
    term value = build(r, op, *code, top);
    size_t operand = shape.operands != 0 ? **code : 0;

    if (value == TERM_NONE) {
        r->failed = true;
        return NULL;
    }
    top += shape.pops >= 0 ? (size_t) shape.pops : shape.pops == -1 ? operand : 2 * operand;
    *--top = value;
    *code += shape.operands + (op == MATCH_BINDINGS ? operand : 0);
    return top;
}

static bool call(struct run *r, const struct native *native, const term *arguments, term *result)
{
    term value = native->fn(r->scheduler, arguments);

    if (value == TERM_NONE)
        return bad_value(r, result);
    *result = value;
    return true;
}

/* From guards to the result; TERM_NONE: a guard says no, or no memory. */
static term evaluate(struct run *r, const uint32_t *code)
{
    term *top = r->stack;
    const term *arguments;

    for (;;) {
        enum match_op op = (enum match_op) *code++;

        switch (op) {
        case MATCH_PUSH:
            *--top = r->spec->terms[*code++];
            break;
        case MATCH_VARIABLE:
            *--top = r->variables[*code++];
            break;
        case MATCH_OBJECT:
            *--top = r->object;
            break;
        case MATCH_CALL:
            arguments = top;
            top += code[1];
            if (!call(r, r->spec->natives[code[0]], arguments, --top))
                return TERM_NONE;
            code += 2;
            break;
        case MATCH_ALL:
        case MATCH_ANY:
            if (!fold_booleans(r, top, *code, op == MATCH_ALL ? ATOM(true) : ATOM(false),
                    &top[*code - 1]))
                return TERM_NONE;
            top += *code++ - 1;
            break;
        case MATCH_ANDALSO:
        case MATCH_ORELSE:
            if (*top == (op == MATCH_ANDALSO ? ATOM(true) : ATOM(false))) {
                top++;
                code++;
            } else if (*top == ATOM(true) || *top == ATOM(false) || bad_value(r, top)) {
                code = r->spec->code + *code;
            } else {
                return TERM_NONE;
            }
            break;
        case MATCH_GUARD:
            if (*top++ != ATOM(true))
                return TERM_NONE;
            break;
        case MATCH_BODY:
            r->in_body = true;
            break;
        case MATCH_DROP:
            top++;
            break;
        case MATCH_RETURN:
            return *top;
        default:
            top = build_at(r, op, &code, top);
            if (top == NULL)
                return TERM_NONE;
            break;
        }
    }
}

term match_run(struct match_spec *spec, struct scheduler *s, struct heap *heap, term object, bool copy,
    bool *failed)
{
    struct run r = { spec, s, heap, object, spec->work, spec->work + spec->variables,
        spec->work + spec->work_count, copy, false, false };
    size_t i;

    *failed = false;
    for (i = 0; i < spec->clause_count; i++) {
        const uint32_t *code = run_pattern(&r, spec->code + spec->clauses[i].start);
        term result;

        if (code == NULL)
            continue;
        r.in_body = false;
        result = evaluate(&r, code);
        if (result != TERM_NONE || r.failed) {
            *failed = r.failed;
            return result;
        }
    }
    return TERM_NONE;
}
