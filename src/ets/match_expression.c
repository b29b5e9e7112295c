/* match_expression.c - guards and bodies: from an expression to operations of the stack machine.
**
** Expressions are compiled in the order in which OTP tells what is wrong with them: the last element of
** a tuple or argument of a call first. What is made of constants only is made here, once. */
#include "data/map.h"
#include "ets/match_internal.h"

enum work_kind {
    WORK_EXPRESSION,
    WORK_TUPLE, WORK_CONS, WORK_MAP,    /* the parts are there: make it */
    WORK_CALL, WORK_FOLD,               /* the call's tuple; its arguments are there */
    WORK_LAZY, WORK_LAZY_END            /* the call's tuple: argument index is next; all are there */
};

/* ---- values ---------------------------------------------------------------------------------- */

static bool push_value(struct match_compiler *c, size_t start, term constant)
{
    if (!match_reserve(c, (void *) &c->values, &c->value_capacity, c->value_count, sizeof *c->values))
        return false;
    c->values[c->value_count].start = start;
    c->values[c->value_count++].constant = constant;
    if (c->value_count > c->spec->stack)
        c->spec->stack = c->value_count;
    return true;
}

static bool push_constant(struct match_compiler *c, size_t start, term t, bool result)
{
    return match_emit_constant(c, MATCH_PUSH, t)
        && (!result || term_is_immediate(t) || match_emit(c, MATCH_COPY)) && push_value(c, start, t);
}

/* count values become one that only a run knows. */
static bool fold_values(struct match_compiler *c, size_t count)
{
    size_t start = count > 0 ? c->values[c->value_count - count].start : c->spec->code_count;

    c->value_count -= count;
    return push_value(c, start, TERM_NONE);
}

/* count values, all constant, become this one. */
static bool fold_constants(struct match_compiler *c, size_t count, term t, bool result)
{
    size_t start = count > 0 ? c->values[c->value_count - count].start : c->spec->code_count;

    if (t == TERM_NONE)
        return match_fail(c, DATA_NO_MEMORY);
    c->value_count -= count;
    c->spec->term_count -= count;
    c->spec->code_count = start;
    return push_constant(c, start, t, result);
}

static bool are_constant(const struct match_compiler *c, size_t count)
{
    const struct match_value *value = c->values + c->value_count;

    for (; count > 0; count--) {
        if ((--value)->constant == TERM_NONE)
            return false;
    }
    return true;
}

/* The constant of the index-th value from the top. */
static term constant_at(const struct match_compiler *c, size_t index)
{
    return c->values[c->value_count - 1 - index].constant;
}

/* A value in the place of what is wrong, when errors are collected. */
static bool wrong(struct match_compiler *c, const char *text, term t, uint32_t number)
{
    return match_error(c, text, t, number) && match_emit_constant(c, MATCH_PUSH, TERM_NIL)
        && push_value(c, c->spec->code_count - 2, TERM_NONE);
}

/* ---- what is made of its parts ----------------------------------------------------------------- */

static bool make_tuple(struct match_compiler *c, term t, bool result)
{
    size_t arity = term_tuple_arity(t), i;
    term *words;

    if (!are_constant(c, arity))
        return match_emit2(c, MATCH_MAKE_TUPLE, arity) && fold_values(c, arity);
    words = heap_allocate(&c->spec->constants, 1 + arity);
    if (words == NULL)
        return match_fail(c, DATA_NO_MEMORY);
    words[0] = header_make(BOXED_TUPLE, arity);
    for (i = 0; i < arity; i++)
        words[1 + i] = constant_at(c, i);
    return fold_constants(c, arity, term_make_boxed(words), result);
}

static bool make_cons(struct match_compiler *c, bool result)
{
    term *cell;

    if (!are_constant(c, 2))
        return match_emit(c, MATCH_MAKE_CONS) && fold_values(c, 2);
    cell = heap_allocate(&c->spec->constants, 2);
    if (cell == NULL)
        return match_fail(c, DATA_NO_MEMORY);
    cell[0] = constant_at(c, 1);
    cell[1] = constant_at(c, 0);
    return fold_constants(c, 2, term_make_cons(cell), result);
}

/* The values are there, key and value in turn, keys on top. */
static bool make_map(struct match_compiler *c, term t, bool result)
{
    const struct match_source *source = &c->spec->source;
    size_t count = 2 * term_map_size(t), i;
    term map, *pairs;
    enum data_status status;

    if (!are_constant(c, count))
        return match_emit2(c, MATCH_MAKE_MAP, count / 2) && fold_values(c, count);
    pairs = memory_allocate(source->heaps->memory, MEMORY_ETS, (count + 1) * sizeof *pairs);
    map = map_empty(&c->spec->constants);
    if (pairs == NULL || map == TERM_NONE) {
        memory_free(source->heaps->memory, MEMORY_ETS, pairs, (count + 1) * sizeof *pairs);
        return match_fail(c, DATA_NO_MEMORY);
    }
    for (i = 0; i < count; i++)
        pairs[i] = constant_at(c, i);
    status = map_put_pairs(source->compare, &c->spec->constants, map, pairs, count / 2, false, &map);
    memory_free(source->heaps->memory, MEMORY_ETS, pairs, (count + 1) * sizeof *pairs);
    return status == DATA_OK ? fold_constants(c, count, map, result) : match_fail(c, status);
}

static bool make_fold(struct match_compiler *c, term t)
{
    size_t count = term_tuple_arity(t) - 1;
    bool all = term_tuple_element(t, 0) == ATOM(and);

    return match_emit2(c, all ? MATCH_ALL : MATCH_ANY, count) && fold_values(c, count);
}

static bool make_call(struct match_compiler *c, term t, bool result)
{
    struct match_spec *spec = c->spec;
    size_t count = term_tuple_arity(t) - 1;
    const struct native *native = match_find_native(&spec->source, term_tuple_element(t, 0), count);

    if (!match_reserve(c, (void *) &spec->natives, &spec->native_capacity, spec->native_count,
            sizeof *spec->natives))
        return false;
    spec->natives[spec->native_count++] = native;
    return match_emit2(c, MATCH_CALL, spec->native_count - 1) && match_emit(c, (uint32_t) count)
        && (!result || match_emit(c, MATCH_COPY)) && fold_values(c, count);
}

/* ---- expressions in turn ------------------------------------------------------------------------- */

static bool all_bindings(struct match_compiler *c, bool result)
{
    size_t start = c->spec->code_count, i, j;
    uint32_t last = 0;

    if (!match_emit2(c, MATCH_BINDINGS, c->number_count))
        return false;
    for (i = 0; i < c->number_count; i++) {
        size_t best = SIZE_MAX;

        for (j = 0; j < c->number_count; j++) {
            if ((i == 0 || c->numbers[j] > last)
                && (best == SIZE_MAX || c->numbers[j] < c->numbers[best]))
                best = j;
        }
        last = c->numbers[best];
        if (!match_emit(c, (uint32_t) best))
            return false;
    }
    return (!result || match_emit(c, MATCH_COPY)) && push_value(c, start, TERM_NONE);
}

static bool leaf(struct match_compiler *c, term t, bool result)
{
    uint32_t number = match_variable_number(c->spec->source.compare->atoms, t);
    size_t start = c->spec->code_count, slot;

    if (t == ATOM(dollar_bindings))
        return all_bindings(c, result);
    if (number == UINT32_MAX && t != ATOM(dollar_object))
        return push_constant(c, start, t, result);
    if (number == UINT32_MAX) {
        if (!match_emit(c, MATCH_OBJECT))
            return false;
    } else {
        if (!match_find_variable(c, number, &slot))
            return wrong(c, "Variable $%d is unbound.", TERM_NONE, number);
        if (!match_emit2(c, MATCH_VARIABLE, slot))
            return false;
    }
    return (!result || match_emit(c, MATCH_COPY)) && push_value(c, start, TERM_NONE);
}

/* The elements of t from index on, to be compiled last one first. */
static bool push_parts(struct match_compiler *c, term t, size_t index, bool result)
{
    for (; index < term_tuple_arity(t); index++) {
        if (!match_work(c, WORK_EXPRESSION, term_tuple_element(t, index), result))
            return false;
    }
    return true;
}

/* In pairs, each key compiled after its value. */
static bool map_parts(struct match_compiler *c, term t, bool result)
{
    struct map_iterator iterator;
    term key, value;

    if (!match_work(c, WORK_MAP, t, result))
        return false;
    map_iterator_init(&iterator, t);
    while (map_iterator_next(&iterator, &key, &value)) {
        if (!match_work(c, WORK_EXPRESSION, key, result)
            || !match_work(c, WORK_EXPRESSION, value, result))
            return false;
    }
    return true;
}

/* The next argument of andalso or orelse, which begins with the index-th. */
static bool push_lazy(struct match_compiler *c, term t, size_t index, size_t jump, bool result)
{
    bool last = index == term_tuple_arity(t) - 1;

    if (!match_work(c, last ? WORK_LAZY_END : WORK_LAZY, t, result))
        return false;
    c->work[c->work_count - 1].index = index + 1;
    c->work[c->work_count - 1].jump = jump;
    return match_work(c, WORK_EXPRESSION, term_tuple_element(t, index), result && last);
}

static bool call(struct match_compiler *c, term t, bool result)
{
    term name = term_tuple_element(t, 0);
    size_t count = term_tuple_arity(t) - 1;
    const char *text;

    if (name == ATOM(const_)) {
        if (count != 1)
            return wrong(c, "Special form 'const' called with more than one argument in %T.", t, 0);
        return push_constant(c, c->spec->code_count, term_tuple_element(t, 1), result);
    }
    if (name == ATOM(and) || name == ATOM(or)) {
        if (count == 0)
            return wrong(c, name == ATOM(and) ? "Special form 'and' called without arguments in %T."
                                              : "Special form 'or' called without arguments in %T.", t, 0);
        return match_work(c, WORK_FOLD, t, result) && push_parts(c, t, 1, false);
    }
    if (name == ATOM(andalso) || name == ATOM(orelse)) {
        if (count == 0)
            return wrong(c, name == ATOM(andalso)
                    ? "Special form 'andalso' called without arguments in %T."
                    : "Special form 'orelse' called without arguments in %T.", t, 0);
        return push_lazy(c, t, 1, 0, result);
    }
    if (name == ATOM(self) && count > 0)
        return wrong(c, "Special form 'self' called with arguments in %T.", t, 0);
    text = match_form_error(c->spec->source.compare->atoms, name);
    if (text != NULL)
        return wrong(c, text, TERM_NONE, 0);
    if (match_is_trace_native(c->spec->source.compare->atoms, name, count))
        return wrong(c, "Function %T/%d cannot be called in this context.", name, (uint32_t) count);
    if (match_find_native(&c->spec->source, name, count) == NULL)
        return wrong(c, "Function %T/%d does_not_exist.", name, (uint32_t) count);
    return match_work(c, WORK_CALL, t, result) && push_parts(c, t, 1, false);
}

static bool tuple(struct match_compiler *c, term t, bool result)
{
    size_t arity = term_tuple_arity(t);
    term first = arity > 0 ? term_tuple_element(t, 0) : TERM_NIL;

    if (arity == 1 && term_is_tuple(first))
        return match_work(c, WORK_TUPLE, first, result) && push_parts(c, first, 0, result);
    if (term_is_atom(first)
        && match_variable_number(c->spec->source.compare->atoms, first) == UINT32_MAX)
        return call(c, t, result);
    return wrong(c, "%T is neither a function call, nor a tuple (tuples are written {{ ... }}).", t, 0);
}

static bool expression(struct match_compiler *c, term t, bool result)
{
    if (term_is_tuple(t))
        return tuple(c, t, result);
    if (term_is_map(t))
        return map_parts(c, t, result);
    if (!term_is_cons(t))
        return leaf(c, t, result);
    return match_work(c, WORK_CONS, TERM_NIL, result)
        && match_work(c, WORK_EXPRESSION, term_tail(t), result)
        && match_work(c, WORK_EXPRESSION, term_head(t), result);
}

/* Behind an argument of andalso or orelse: a jump to the end, when it decides. Until the end is known
** each jump holds the place of the one before. */
static bool lazy(struct match_compiler *c, const struct match_work *work)
{
    enum match_op op = term_tuple_element(work->t, 0) == ATOM(andalso) ? MATCH_ANDALSO : MATCH_ORELSE;

    if (!match_emit2(c, op, work->jump))
        return false;
    c->value_count--;
    return push_lazy(c, work->t, work->index, c->spec->code_count - 1, work->result);
}

static bool lazy_end(struct match_compiler *c, size_t jump)
{
    uint32_t *code = c->spec->code;

    while (jump != 0) {
        size_t before = code[jump];

        code[jump] = (uint32_t) c->spec->code_count;
        jump = before;
    }
    c->values[c->value_count - 1].constant = TERM_NONE;
    return true;
}

static bool expression_next(struct match_compiler *c)
{
    struct match_work work = c->work[--c->work_count];

    switch ((enum work_kind) work.kind) {
    case WORK_EXPRESSION: return expression(c, work.t, work.result);
    case WORK_TUPLE: return make_tuple(c, work.t, work.result);
    case WORK_CONS: return make_cons(c, work.result);
    case WORK_MAP: return make_map(c, work.t, work.result);
    case WORK_CALL: return make_call(c, work.t, work.result);
    case WORK_FOLD: return make_fold(c, work.t);
    case WORK_LAZY: return lazy(c, &work);
    default: return lazy_end(c, work.jump);     /* WORK_LAZY_END */
    }
}

bool match_expression(struct match_compiler *c, term t, bool result)
{
    if (term_is_immediate(t))
        return leaf(c, t, result);
    if (!match_work(c, WORK_EXPRESSION, t, result))
        return false;
    while (c->work_count > 0) {
        if (!expression_next(c))
            return false;
    }
    return true;
}
