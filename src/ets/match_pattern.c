/* match_pattern.c - from the head of a clause to the operations that compare an object with it. The
** work stack holds what is still to come; depth is how many compound terms a run is inside. */
#include "data/map.h"
#include "ets/match_internal.h"

#define CONSTANT_LOOK 64                /* subterms that are looked at to see that there is no variable */

enum work_kind { WORK_PATTERN, WORK_TAIL, WORK_KEY, WORK_LEAVE };

uint32_t match_variable_number(const struct atom_table *atoms, term t)
{
    const uint8_t *text;
    size_t size, i;
    uint32_t number = 0;

    if (!term_is_atom(t))
        return UINT32_MAX;
    text = atom_text(atoms, term_atom_index(t), &size);
    if (size < 2 || size > 10 || text[0] != '$' || (text[1] == '0' && size > 2))
        return UINT32_MAX;
    for (i = 1; i < size; i++) {
        if (text[i] < '0' || text[i] > '9')
            return UINT32_MAX;
        number = 10 * number + (uint32_t) (text[i] - '0');
    }
    return number;
}

bool match_find_variable(const struct match_compiler *c, uint32_t number, size_t *slot)
{
    for (*slot = 0; *slot < c->number_count; ++*slot) {
        if (c->numbers[*slot] == number)
            return true;
    }
    return false;
}

static bool is_open(const struct match_source *source, term t)
{
    return t == ATOM(wildcard) || match_variable_number(source->compare->atoms, t) != UINT32_MAX;
}

/* What is compared bit by bit, or matches more than itself. */
static bool is_special(term t)
{
    return term_is_map(t) || term_is_float(t);
}

/* No variable, '_' or special term in t, as far as limit subterms say; *failed: no memory to look. */
static bool is_plain(const struct match_source *source, term t, bool specials, size_t limit,
    bool *failed)
{
    struct word_stack stack;
    bool plain = true, fits = true;

    *failed = false;
    if (term_is_immediate(t))
        return !is_open(source, t);
    word_stack_init(&stack, source->heaps->memory);
    for (;;) {
        plain = limit-- > 0 && !is_open(source, t) && (specials || !is_special(t));
        if (term_is_cons(t)) {
            fits = word_stack_push2(&stack, term_tail(t), term_head(t));
        } else if (term_is_tuple(t)) {
            size_t i;

            for (i = 0; i < term_tuple_arity(t) && fits; i++)
                fits = word_stack_push(&stack, term_tuple_element(t, i));
        } else if (term_is_map(t)) {
            struct map_iterator iterator;
            term key, value;

            map_iterator_init(&iterator, t);
            while (fits && map_iterator_next(&iterator, &key, &value))
                fits = word_stack_push2(&stack, key, value);
        }
        if (!plain || !fits || stack.count == 0)
            break;
        t = (term) word_stack_pop(&stack);
    }
    word_stack_deinit(&stack);
    *failed = !fits;
    return plain && fits;
}

enum match_bound match_element(const struct match_spec *spec, size_t clause, size_t position, term *t)
{
    term head = spec->clauses[clause].head;
    bool failed;

    if (is_open(&spec->source, head))
        return MATCH_UNBOUND;
    if (!term_is_tuple(head) || term_tuple_arity(head) < position)
        return MATCH_IMPOSSIBLE;
    *t = term_tuple_element(head, position - 1);
    if (is_plain(&spec->source, *t, true, SIZE_MAX, &failed))
        return MATCH_BOUND;
    return failed || is_open(&spec->source, *t) ? MATCH_UNBOUND : MATCH_PARTLY_BOUND;
}

/* ---- terms in turn ------------------------------------------------------------------------ */

static bool go_in(struct match_compiler *c)
{
    if (++c->depth > c->spec->depth)
        c->spec->depth = c->depth;
    return match_work(c, WORK_LEAVE, TERM_NIL, false);
}

static bool pattern_variable(struct match_compiler *c, uint32_t number)
{
    size_t slot;

    if (match_find_variable(c, number, &slot))
        return match_emit2(c, MATCH_SAME, slot);
    if (!match_reserve(c, (void *) &c->numbers, &c->number_capacity, c->number_count,
            sizeof *c->numbers))
        return false;
    c->numbers[c->number_count++] = number;
    if (c->number_count > c->spec->variables)
        c->spec->variables = c->number_count;
    return match_emit2(c, MATCH_BIND, slot);
}

static bool pattern_skip(struct match_compiler *c)
{
    if (c->last_skip != SIZE_MAX) {
        c->spec->code[c->last_skip + 1]++;
        return true;
    }
    if (!match_emit2(c, MATCH_SKIP, 1))
        return false;
    c->last_skip = c->spec->code_count - 2;
    return true;
}

static bool pattern_term(struct match_compiler *c, term t);

/* Immediates in front at once, the others in their turn. */
static bool pattern_tuple(struct match_compiler *c, term t)
{
    size_t first = 0, i;

    if (!match_emit2(c, MATCH_TUPLE, term_tuple_arity(t)) || !go_in(c))
        return false;
    for (; first < term_tuple_arity(t) && term_is_immediate(term_tuple_element(t, first)); first++) {
        if (!pattern_term(c, term_tuple_element(t, first)))
            return false;
    }
    for (i = term_tuple_arity(t); i-- > first;) {
        if (!match_work(c, WORK_PATTERN, term_tuple_element(t, i), false))
            return false;
    }
    return true;
}

/* Keys are compared as they are: only a key that is itself a variable is wrong. */
static bool pattern_map(struct match_compiler *c, term t)
{
    struct map_iterator iterator;
    term key, value;

    if (!match_emit2(c, MATCH_MAP, term_map_size(t)) || !go_in(c))
        return false;
    map_iterator_init(&iterator, t);
    while (map_iterator_next(&iterator, &key, &value)) {
        if (is_open(&c->spec->source, key)) {
            (void) match_error(c, key == ATOM(wildcard) ? "Underscore found in map key."
                                                        : "Variable found in map key.", TERM_NONE, 0);
            return match_fail(c, DATA_BAD_ARGUMENT);
        }
        if (!match_work(c, WORK_PATTERN, value, false) || !match_work(c, WORK_KEY, key, false))
            return false;
    }
    return true;
}

static bool pattern_term(struct match_compiler *c, term t)
{
    uint32_t number = match_variable_number(c->spec->source.compare->atoms, t);
    bool failed;

    if (number != UINT32_MAX)
        return pattern_variable(c, number);
    if (t == ATOM(wildcard))
        return pattern_skip(c);
    if (term_is_immediate(t) || is_plain(&c->spec->source, t, false, CONSTANT_LOOK, &failed))
        return match_emit_constant(c, term_is_immediate(t) ? MATCH_IMMEDIATE : MATCH_CONST, t);
    if (failed)
        return match_fail(c, DATA_NO_MEMORY);
    if (term_is_tuple(t))
        return pattern_tuple(c, t);
    if (term_is_map(t))
        return pattern_map(c, t);
    if (!term_is_cons(t))
        return match_emit_constant(c, MATCH_FLOAT, t);
    return match_emit(c, MATCH_CONS) && go_in(c) && match_work(c, WORK_TAIL, term_tail(t), false)
        && match_work(c, WORK_PATTERN, term_head(t), false);
}

/* What follows an element of a list. */
static bool pattern_tail(struct match_compiler *c, term t)
{
    if (!term_is_cons(t))
        return match_work(c, WORK_PATTERN, t, false);
    return match_emit(c, MATCH_TAIL) && match_work(c, WORK_TAIL, term_tail(t), false)
        && match_work(c, WORK_PATTERN, term_head(t), false);
}

static bool pattern_next(struct match_compiler *c)
{
    const struct match_work *work = &c->work[--c->work_count];
    term t = work->t;

    switch ((enum work_kind) work->kind) {
    case WORK_PATTERN:
        return pattern_term(c, t);
    case WORK_TAIL:
        return pattern_tail(c, t);
    case WORK_KEY:
        return match_emit_constant(c, MATCH_KEY, t);
    default:                            /* WORK_LEAVE */
        c->depth--;
        return match_emit(c, MATCH_LEAVE);
    }
}

bool match_pattern(struct match_compiler *c, term t)
{
    if (!match_work(c, WORK_PATTERN, t, false))
        return false;
    while (c->work_count > 0) {
        if (!pattern_next(c))
            return false;
    }
    return true;
}
