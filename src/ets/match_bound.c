/* match_bound.c - what a specification says of one element of the tuples it is for: where terms that fit
** a pattern lie in the order of terms, and whether a clause's result keeps the element. */
#include "ets/match_internal.h"

static bool is_open(const struct match_source *source, term t)
{
    return t == ATOM(wildcard) || match_variable_number(source->compare->atoms, t) != UINT32_MAX;
}

/* Elements of a tuple that are still to be looked at, the last one deepest. */
static bool push_elements(struct word_stack *stack, term a, term b)
{
    size_t i;

    for (i = term_tuple_arity(a); i-- > 0;) {
        if (!word_stack_push2(stack, term_tuple_element(a, i), term_tuple_element(b, i)))
            return false;
    }
    return true;
}

/* One pair; *more: what follows it decides. */
static int compare_pair(const struct match_source *source, struct word_stack *stack, term a, term b,
    bool *more)
{
    int order = 0;

    if (is_open(source, a) || term_is_map(a)) {
        *more = false;
    } else if (term_is_cons(a) && term_is_cons(b)) {
        *more = word_stack_push2(stack, term_tail(a), term_tail(b))
            && word_stack_push2(stack, term_head(a), term_head(b));
    } else if (term_is_tuple(a) && term_is_tuple(b) && term_tuple_arity(a) == term_tuple_arity(b)) {
        *more = push_elements(stack, a, b);
    } else {
        order = term_is_tuple(a) && term_is_tuple(b)
            ? (term_tuple_arity(a) < term_tuple_arity(b) ? -1 : 1)
            : term_compare(source->compare, a, b);
        *more = order == 0;
    }
    return order;
}

/* What cannot be looked at for want of memory may be among the terms: that is never wrong. */
int match_compare(const struct match_spec *spec, term pattern, term t)
{
    struct word_stack stack;
    bool more = true;
    int order;

    word_stack_init(&stack, spec->source.heaps->memory);
    for (;;) {
        order = compare_pair(&spec->source, &stack, pattern, t, &more);
        if (!more || stack.count == 0)
            break;
        t = (term) word_stack_pop(&stack);
        pattern = (term) word_stack_pop(&stack);
    }
    word_stack_deinit(&stack);
    return order;
}

/* ---- what a clause keeps ----------------------------------------------------------------------- */

struct keep {
    const struct match_source *source;
    struct word_stack stack;            /* constant?, pattern, body */
    bool failed;
};

static bool keep_later(struct keep *k, bool constant, term a, term b)
{
    if (!word_stack_push(&k->stack, constant) || !word_stack_push2(&k->stack, a, b))
        k->failed = true;
    return !k->failed;
}

static bool keep_tuple(struct keep *k, bool constant, term a, term b)
{
    size_t i;

    if (!constant) {
        if (term_tuple_arity(b) == 2 && term_tuple_element(b, 0) == ATOM(const_))
            return keep_later(k, true, a, term_tuple_element(b, 1));
        if (term_tuple_arity(b) != 1 || !term_is_tuple(term_tuple_element(b, 0)))
            return false;
        b = term_tuple_element(b, 0);
    }
    if (!term_is_tuple(a) || term_tuple_arity(a) != term_tuple_arity(b))
        return false;
    for (i = 0; i < term_tuple_arity(a); i++) {
        if (!keep_later(k, constant, term_tuple_element(a, i), term_tuple_element(b, i)))
            return false;
    }
    return true;
}

static bool keep_pair(struct keep *k, bool constant, term a, term b)
{
    if (term_is_cons(b))
        return term_is_cons(a) && keep_later(k, constant, term_tail(a), term_tail(b))
            && keep_later(k, constant, term_head(a), term_head(b));
    if (term_is_tuple(b))
        return keep_tuple(k, constant, a, b);
    if (term_is_map(b))                 /* the matched one may have more keys */
        return false;
    if (!term_is_immediate(b))
        return term_equal_exact(k->source->compare, a, b);
    return a == b && a != ATOM(wildcard) && a != ATOM(dollar_object) && a != ATOM(dollar_bindings)
        && !(constant && is_open(k->source, a));
}

/* What pattern matched is what body makes. */
static bool is_kept(const struct match_source *source, bool constant, term pattern, term body,
    bool *failed)
{
    struct keep k;
    bool kept;

    k.source = source;
    k.failed = false;
    word_stack_init(&k.stack, source->heaps->memory);
    kept = keep_later(&k, constant, pattern, body);
    while (kept && k.stack.count > 0) {
        body = (term) word_stack_pop(&k.stack);
        pattern = (term) word_stack_pop(&k.stack);
        kept = keep_pair(&k, word_stack_pop(&k.stack) != 0, pattern, body);
    }
    word_stack_deinit(&k.stack);
    *failed = k.failed;
    return kept;
}

/* {element, Position, '$_'} */
static bool is_element_call(term t, size_t position)
{
    return term_is_tuple(t) && term_tuple_arity(t) == 3 && term_tuple_element(t, 0) == ATOM(element)
        && term_tuple_element(t, 1) == term_make_small((intptr_t) position)
        && term_tuple_element(t, 2) == ATOM(dollar_object);
}

static bool clause_keeps(const struct match_source *source, term clause, size_t position, bool *failed)
{
    const term *parts = term_tuple_elements(clause);
    term made;
    bool constant;

    if (!term_is_cons(parts[2]) || term_tail(parts[2]) != TERM_NIL)
        return false;
    made = term_head(parts[2]);
    if (made == ATOM(dollar_object))
        return true;
    if (!term_is_tuple(made) || term_tuple_arity(made) == 0 || term_tuple_arity(made) > 2
        || !term_is_tuple(parts[0]) || term_tuple_arity(parts[0]) < position)
        return false;
    constant = term_tuple_arity(made) == 2;
    if (constant && term_tuple_element(made, 0) != ATOM(const_))
        return false;
    made = term_tuple_element(made, constant);
    if (!term_is_tuple(made) || term_tuple_arity(made) < position)
        return false;
    made = term_tuple_element(made, position - 1);
    return is_kept(source, constant, term_tuple_element(parts[0], position - 1), made, failed)
        || (!constant && !*failed && is_element_call(made, position));
}

bool match_keeps_element(const struct match_source *source, term list, size_t position, bool *failed)
{
    *failed = false;
    for (; term_is_cons(list); list = term_tail(list)) {
        term clause = term_head(list);

        if (!term_is_tuple(clause) || term_tuple_arity(clause) != 3
            || !clause_keeps(source, clause, position, failed))
            return false;
    }
    return true;
}
