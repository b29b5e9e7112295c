/* match_compile.c - from a match specification to its program.
** Always: what is emitted leaves one value for each expression; depth and stack are the most that any
** clause reaches. Patterns and expressions may be nested NESTING deep. */
#include "ets/match_internal.h"

#include "data/map.h"

#define NESTING 400
#define VARIABLE_MAX 100000000

struct compiler {
    struct match_spec *spec;
    uint32_t *numbers;                  /* of the clause's variables, by slot */
    size_t number_count, number_capacity;
    size_t depth, stack, nesting;
    enum data_status status;
};

static bool fail(struct compiler *c, enum data_status status)
{
    if (c->status == DATA_OK)
        c->status = status;
    return false;
}

static bool reserve(struct compiler *c, void *items, size_t *capacity, size_t count, size_t size)
{
    return vector_reserve(c->spec->source.heaps->memory, MEMORY_ETS, items, capacity, count, 1, size)
        || fail(c, DATA_NO_MEMORY);
}

static bool emit(struct compiler *c, uint32_t word)
{
    struct match_spec *spec = c->spec;

    if (!reserve(c, (void *) &spec->code, &spec->code_capacity, spec->code_count, sizeof *spec->code))
        return false;
    spec->code[spec->code_count++] = word;
    return true;
}

static bool emit2(struct compiler *c, enum match_op op, size_t operand)
{
    return emit(c, op) && emit(c, (uint32_t) operand);
}

static bool emit_constant(struct compiler *c, enum match_op op, term t)
{
    struct match_spec *spec = c->spec;

    if (!reserve(c, (void *) &spec->terms, &spec->term_capacity, spec->term_count, sizeof t))
        return false;
    spec->terms[spec->term_count++] = t;
    return emit2(c, op, spec->term_count - 1);
}

static bool grow_stack(struct compiler *c)
{
    if (++c->stack > c->spec->stack)
        c->spec->stack = c->stack;
    return true;
}

static bool grow_depth(struct compiler *c)
{
    if (++c->depth > c->spec->depth)
        c->spec->depth = c->depth;
    return true;
}

static bool nest(struct compiler *c)
{
    return ++c->nesting <= NESTING || fail(c, DATA_BAD_ARGUMENT);
}

/* ---- variables --------------------------------------------------------------------------- */

/* The number of '$N'; UINT32_MAX: no variable. */
static uint32_t variable_number(const struct compiler *c, term t)
{
    const uint8_t *text;
    size_t size, i;
    uint32_t number = 0;

    if (!term_is_atom(t))
        return UINT32_MAX;
    text = atom_text(c->spec->source.compare->atoms, term_atom_index(t), &size);
    if (size < 2 || size > 10 || text[0] != '$' || (text[1] == '0' && size > 2))
        return UINT32_MAX;
    for (i = 1; i < size; i++) {
        if (text[i] < '0' || text[i] > '9')
            return UINT32_MAX;
        number = 10 * number + (uint32_t) (text[i] - '0');
    }
    return number <= VARIABLE_MAX ? number : UINT32_MAX;
}

static bool find_variable(const struct compiler *c, uint32_t number, size_t *slot)
{
    for (*slot = 0; *slot < c->number_count; ++*slot) {
        if (c->numbers[*slot] == number)
            return true;
    }
    return false;
}

/* ---- patterns ------------------------------------------------------------------------------- */

/* No variables, no '_' and no maps (which match larger ones) in t. */
static bool is_constant(struct compiler *c, term t)
{
    struct word_stack stack;
    bool constant = true;

    word_stack_init(&stack, c->spec->source.heaps->memory);
    for (;;) {
        if (term_is_cons(t)) {
            constant = word_stack_push(&stack, term_tail(t)) || fail(c, DATA_NO_MEMORY);
            t = term_head(t);
            if (constant)
                continue;
        } else if (term_is_tuple(t)) {
            size_t i;

            for (i = 0; i < term_tuple_arity(t) && constant; i++)
                constant = word_stack_push(&stack, term_tuple_element(t, i)) || fail(c, DATA_NO_MEMORY);
        } else if (term_is_map(t) || t == ATOM(wildcard) || variable_number(c, t) != UINT32_MAX) {
            constant = false;
        }
        if (!constant || stack.count == 0)
            break;
        t = (term) word_stack_pop(&stack);
    }
    word_stack_deinit(&stack);
    return constant;
}

static bool pattern(struct compiler *c, term t);

static bool pattern_atom(struct compiler *c, uint32_t number)
{
    size_t slot;

    if (find_variable(c, number, &slot))
        return emit2(c, MATCH_SAME, slot);
    if (!reserve(c, (void *) &c->numbers, &c->number_capacity, c->number_count, sizeof *c->numbers))
        return false;
    c->numbers[c->number_count++] = number;
    if (c->number_count > c->spec->variables)
        c->spec->variables = c->number_count;
    return emit2(c, MATCH_BIND, slot);
}

static bool pattern_tuple(struct compiler *c, term t)
{
    size_t i;

    if (!emit2(c, MATCH_TUPLE, term_tuple_arity(t)) || !grow_depth(c))
        return false;
    for (i = 0; i < term_tuple_arity(t); i++) {
        if (!pattern(c, term_tuple_element(t, i)))
            return false;
    }
    c->depth--;
    return emit(c, MATCH_LEAVE);
}

static bool pattern_list(struct compiler *c, term t)
{
    enum match_op op = MATCH_CONS;

    grow_depth(c);
    do {
        if (!emit(c, op) || !pattern(c, term_head(t)))
            return false;
        op = MATCH_TAIL;
        t = term_tail(t);
    } while (term_is_cons(t) && !is_constant(c, t));
    c->depth--;
    return pattern(c, t) && emit(c, MATCH_LEAVE);
}

static bool pattern_map(struct compiler *c, term t)
{
    struct map_iterator iterator;
    term key, value;

    if (!emit2(c, MATCH_MAP, term_map_size(t)) || !grow_depth(c))
        return false;
    map_iterator_init(&iterator, t);
    while (map_iterator_next(&iterator, &key, &value)) {
        if (!is_constant(c, key) && !term_is_map(key))
            return fail(c, DATA_BAD_ARGUMENT);
        if (!emit_constant(c, MATCH_KEY, key) || !pattern(c, value))
            return false;
    }
    c->depth--;
    return emit(c, MATCH_LEAVE);
}

static bool pattern(struct compiler *c, term t)
{
    uint32_t number = variable_number(c, t);
    bool done;

    if (number != UINT32_MAX)
        return pattern_atom(c, number);
    if (t == ATOM(wildcard))
        return emit2(c, MATCH_SKIP, 1);
    if (is_constant(c, t))
        return emit_constant(c, MATCH_CONST, t);
    if (!nest(c))
        return false;
    done = term_is_tuple(t) ? pattern_tuple(c, t)
        : term_is_cons(t) ? pattern_list(c, t) : pattern_map(c, t);
    c->nesting--;
    return done;
}

/* ---- expressions --------------------------------------------------------------------------------- */

/* result: the value becomes a part of what the clause gives, and must be a copy then. */
static bool expression(struct compiler *c, term t, bool result);

static bool copied(struct compiler *c, bool result)
{
    return !result || emit(c, MATCH_COPY);
}

static bool expressions(struct compiler *c, const term *at, size_t count, bool result)
{
    while (count-- > 0) {
        if (!expression(c, *at++, result))
            return false;
    }
    return true;
}

/* count values become one. */
static bool folded(struct compiler *c, size_t count)
{
    c->stack -= count;
    return grow_stack(c);
}

static bool make_list(struct compiler *c, term t, bool result)
{
    size_t count = 0;

    for (; term_is_cons(t); t = term_tail(t), count++) {
        if (!expression(c, term_head(t), result))
            return false;
    }
    if (!expression(c, t, result))
        return false;
    for (; count > 0; count--) {
        if (!emit(c, MATCH_MAKE_CONS) || !folded(c, 2))
            return false;
    }
    return true;
}

static bool make_map(struct compiler *c, term t, bool result)
{
    struct map_iterator iterator;
    term key, value;
    size_t pairs = 0;

    map_iterator_init(&iterator, t);
    for (; map_iterator_next(&iterator, &key, &value); pairs++) {
        if (!expression(c, key, result) || !expression(c, value, result))
            return false;
    }
    return emit2(c, MATCH_MAKE_MAP, pairs) && folded(c, 2 * pairs);
}

static bool bindings(struct compiler *c)
{
    uint32_t last = 0;
    size_t i, j;

    if (!emit2(c, MATCH_BINDINGS, c->number_count))
        return false;
    for (i = 0; i < c->number_count; i++) {
        size_t best = SIZE_MAX;

        for (j = 0; j < c->number_count; j++) {
            if ((i == 0 || c->numbers[j] > last)
                && (best == SIZE_MAX || c->numbers[j] < c->numbers[best]))
                best = j;
        }
        last = c->numbers[best];
        if (!emit(c, (uint32_t) best))
            return false;
    }
    return grow_stack(c);
}

/* andalso, orelse: each argument but a decisive one is dropped. */
static bool lazy(struct compiler *c, enum match_op op, const term *arguments, size_t count)
{
    size_t first = c->spec->code_count, i, holes[64];

    if (count == 0 || count > AVM_COUNT_OF(holes))
        return fail(c, DATA_BAD_ARGUMENT);
    for (i = 0; i < count; i++) {
        if (!expression(c, arguments[i], false) || !emit2(c, op, first))
            return false;
        holes[i] = c->spec->code_count - 1;
        c->stack--;
    }
    if (!emit_constant(c, MATCH_PUSH, op == MATCH_ANDALSO ? ATOM(true) : ATOM(false)))
        return false;
    for (i = 0; i < count; i++)
        c->spec->code[holes[i]] = (uint32_t) c->spec->code_count;
    return grow_stack(c);
}

static bool call_native(struct compiler *c, term name, const term *arguments, size_t count)
{
    struct match_spec *spec = c->spec;
    const struct native *native = count > 3 ? NULL
        : spec->source.find(spec->source.user, name, (uint32_t) count);

    if (native == NULL)
        return fail(c, DATA_BAD_ARGUMENT);
    if (!reserve(c, (void *) &spec->natives, &spec->native_capacity, spec->native_count,
            sizeof *spec->natives)
        || !expressions(c, arguments, count, false))
        return false;
    if (!reserve(c, (void *) &spec->natives, &spec->native_capacity, spec->native_count,
            sizeof *spec->natives))
        return false;
    spec->natives[spec->native_count++] = native;
    return emit2(c, MATCH_CALL, spec->native_count - 1) && emit(c, (uint32_t) count)
        && folded(c, count);
}

static bool call(struct compiler *c, term t, bool result)
{
    term name = term_tuple_element(t, 0);
    const term *arguments = term_tuple_elements(t) + 1;
    size_t count = term_tuple_arity(t) - 1;
    bool done;

    if (name == ATOM(const_)) {
        if (count != 1)
            return fail(c, DATA_BAD_ARGUMENT);
        done = emit_constant(c, MATCH_PUSH, arguments[0]) && grow_stack(c);
    } else if (name == ATOM(and) || name == ATOM(or)) {
        if (count == 0)
            return fail(c, DATA_BAD_ARGUMENT);
        done = expressions(c, arguments, count, false)
            && emit2(c, name == ATOM(and) ? MATCH_ALL : MATCH_ANY, count) && folded(c, count);
    } else if (name == ATOM(andalso) || name == ATOM(orelse)) {
        done = lazy(c, name == ATOM(andalso) ? MATCH_ANDALSO : MATCH_ORELSE, arguments, count);
    } else {
        done = call_native(c, name, arguments, count);
    }
    return done && copied(c, result);
}

static bool tuple(struct compiler *c, term t, bool result)
{
    term first;

    if (term_tuple_arity(t) == 0)
        return fail(c, DATA_BAD_ARGUMENT);
    first = term_tuple_element(t, 0);
    if (term_tuple_arity(t) == 1 && term_is_tuple(first))
        return expressions(c, term_tuple_elements(first), term_tuple_arity(first), result)
            && emit2(c, MATCH_MAKE_TUPLE, term_tuple_arity(first))
            && folded(c, term_tuple_arity(first));
    return term_is_atom(first) ? call(c, t, result) : fail(c, DATA_BAD_ARGUMENT);
}

static bool leaf(struct compiler *c, term t, bool result)
{
    uint32_t number = variable_number(c, t);
    size_t slot;
    bool done;

    if (number != UINT32_MAX) {
        if (!find_variable(c, number, &slot))
            return fail(c, DATA_BAD_ARGUMENT);
        done = emit2(c, MATCH_VARIABLE, slot) && grow_stack(c);
    } else if (t == ATOM(dollar_object)) {
        done = emit(c, MATCH_OBJECT) && grow_stack(c);
    } else if (t == ATOM(dollar_bindings)) {
        done = bindings(c);
    } else {
        done = emit_constant(c, MATCH_PUSH, t) && grow_stack(c);
        if (term_is_immediate(t))
            return done;
    }
    return done && copied(c, result);
}

static bool expression(struct compiler *c, term t, bool result)
{
    bool done;

    if (!nest(c))
        return false;
    done = term_is_cons(t) ? make_list(c, t, result)
        : term_is_map(t) ? make_map(c, t, result)
        : term_is_tuple(t) ? tuple(c, t, result) : leaf(c, t, result);
    c->nesting--;
    return done;
}

/* ---- clauses ------------------------------------------------------------------------------------------ */

static bool guards(struct compiler *c, term list)
{
    for (; term_is_cons(list); list = term_tail(list)) {
        if (!expression(c, term_head(list), false) || !emit(c, MATCH_GUARD))
            return false;
        c->stack--;
    }
    return list == TERM_NIL || fail(c, DATA_BAD_ARGUMENT);
}

static bool body(struct compiler *c, term list)
{
    if (!term_is_cons(list))
        return fail(c, DATA_BAD_ARGUMENT);
    for (; term_is_cons(list); list = term_tail(list)) {
        bool is_last = term_tail(list) == TERM_NIL;

        if (!expression(c, term_head(list), is_last) || !emit(c, is_last ? MATCH_RETURN : MATCH_DROP))
            return false;
        c->stack--;
    }
    return list == TERM_NIL || fail(c, DATA_BAD_ARGUMENT);
}

static bool clause(struct compiler *c, term t)
{
    struct match_spec *spec = c->spec;
    const term *parts;

    if (!term_is_tuple(t) || term_tuple_arity(t) != 3)
        return fail(c, DATA_BAD_ARGUMENT);
    parts = term_tuple_elements(t);
    if (!term_is_tuple(parts[0]) && parts[0] != ATOM(wildcard)
        && variable_number(c, parts[0]) == UINT32_MAX)
        return fail(c, DATA_BAD_ARGUMENT);
    if (!reserve(c, (void *) &spec->clauses, &spec->clause_capacity, spec->clause_count,
            sizeof *spec->clauses))
        return false;
    spec->clauses[spec->clause_count].start = (uint32_t) spec->code_count;
    spec->clauses[spec->clause_count++].head = parts[0];
    c->number_count = c->depth = c->stack = c->nesting = 0;
    return pattern(c, parts[0]) && emit(c, MATCH_MATCHED) && guards(c, parts[1]) && emit(c, MATCH_BODY)
        && body(c, parts[2]);
}

static void compile_all(struct compiler *c, term list)
{
    struct match_spec *spec = c->spec;
    struct memory *memory = spec->source.heaps->memory;

    if (!term_is_cons(list))
        c->status = DATA_BAD_ARGUMENT;
    for (; c->status == DATA_OK && term_is_cons(list); list = term_tail(list))
        (void) clause(c, term_head(list));
    if (list != TERM_NIL)
        (void) fail(c, DATA_BAD_ARGUMENT);
    memory_free(memory, MEMORY_ETS, c->numbers, c->number_capacity * sizeof *c->numbers);
    if (c->status != DATA_OK)
        return;
    spec->path_count = spec->depth + 1;
    spec->work_count = spec->variables + spec->path_count + spec->stack + 1;
    spec->work = memory_allocate(memory, MEMORY_ETS, spec->work_count * sizeof *spec->work);
    spec->path = memory_allocate(memory, MEMORY_ETS, spec->path_count * sizeof *spec->path);
    if (spec->work == NULL || spec->path == NULL)
        c->status = DATA_NO_MEMORY;
}

enum data_status match_compile(const struct match_source *source, term list, struct match_spec **result)
{
    struct match_spec *spec = memory_allocate_zeroed(source->heaps->memory, MEMORY_ETS, sizeof *spec);
    struct compiler c;

    if (spec == NULL)
        return DATA_NO_MEMORY;
    memset(&c, 0, sizeof c);
    c.spec = spec;
    spec->source = *source;
    heap_init_env(&spec->constants, source->heaps, MEMORY_ETS);
    list = heap_copy_with_literals(&spec->constants, list);
    if (list == TERM_NONE)
        c.status = DATA_NO_MEMORY;
    else
        compile_all(&c, list);
    if (c.status != DATA_OK)
        match_destroy(spec);
    else
        *result = spec;
    return c.status;
}

void match_destroy(struct match_spec *spec)
{
    struct memory *memory = spec->source.heaps->memory;

    memory_free(memory, MEMORY_ETS, spec->code, spec->code_capacity * sizeof *spec->code);
    memory_free(memory, MEMORY_ETS, spec->terms, spec->term_capacity * sizeof *spec->terms);
    memory_free(memory, MEMORY_ETS, spec->natives, spec->native_capacity * sizeof *spec->natives);
    memory_free(memory, MEMORY_ETS, spec->clauses, spec->clause_capacity * sizeof *spec->clauses);
    memory_free(memory, MEMORY_ETS, spec->work, spec->work_count * sizeof *spec->work);
    memory_free(memory, MEMORY_ETS, spec->path, spec->path_count * sizeof *spec->path);
    heap_deinit(&spec->constants);
    memory_free(memory, MEMORY_ETS, spec, sizeof *spec);
}

size_t match_clause_count(const struct match_spec *spec)
{
    return spec->clause_count;
}

term match_bound_element(const struct match_spec *spec, size_t index, size_t position)
{
    struct compiler c;
    term head = spec->clauses[index].head;

    memset(&c, 0, sizeof c);
    c.spec = (struct match_spec *) (uintptr_t) spec;
    if (!term_is_tuple(head) || term_tuple_arity(head) < position)
        return TERM_NONE;
    head = term_tuple_element(head, position - 1);
    return is_constant(&c, head) ? head : TERM_NONE;
}
