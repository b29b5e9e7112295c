/* lists.c - the natives of module lists. Long walks give up their slice with the rest of the list as
** their whole state, so a bad tail found later reports that rest, as OTP does. */
#include "bif/bif.h"
#include "proc/native_call.h"

#define LISTS_NATIVES(X)                                                                         \
    X("member", 2, lists_member, 0)                                                              \
    X("reverse", 2, lists_reverse, 0)                                                            \
    X("keymember", 3, lists_keymember, 0)                                                        \
    X("keysearch", 3, lists_keysearch, 0)                                                        \
    X("keyfind", 3, lists_keyfind, 0)
NATIVE_TABLE_CONCURRENT(bif_lists, "lists", "erl_stdlib_errors", LISTS_NATIVES)

#define CELLS_A_REDUCTION 16
#define CELLS_A_TURN (CELLS_A_REDUCTION * 250)

static term lists_member(struct scheduler *s, const term *a)
{
    term list = a[1];
    size_t count = 0;

    while (term_is_cons(list)) {
        if (term_equal_exact(&s->node->compare, a[0], term_head(list))) {
            native_charge(s, count / CELLS_A_REDUCTION);
            return ATOM(true);
        }
        list = term_tail(list);
        if (++count % CELLS_A_TURN == 0) {
            native_charge(s, CELLS_A_TURN / CELLS_A_REDUCTION);
            if (native_budget_spent(s)) {
                term rest[2] = { a[0], list };

                return native_yield(s, lists_member, 2, rest);
            }
        }
    }
    if (!term_is_nil(list))
        return raise_badarg(s);
    native_charge(s, count % CELLS_A_TURN / CELLS_A_REDUCTION);
    return ATOM(false);
}

static term lists_reverse(struct scheduler *s, const term *a)
{
    term list = a[0], result = a[1];
    size_t count = 0;

    while (term_is_cons(list)) {
        result = native_cons(s, term_head(list), result);
        if (result == TERM_NONE)
            return raise_no_memory(s);
        list = term_tail(list);
        if (++count % CELLS_A_TURN == 0) {
            native_charge(s, CELLS_A_TURN / CELLS_A_REDUCTION);
            if (native_budget_spent(s)) {
                term rest[2] = { list, result };

                return native_yield(s, lists_reverse, 2, rest);
            }
        }
    }
    if (!term_is_nil(list))
        return raise_badarg(s);
    native_charge(s, count % CELLS_A_TURN / CELLS_A_REDUCTION);
    return result;
}

/* The first tuple of the list whose element equals (==) the key. TERM_NONE with *failed when the
** arguments are bad, or with s->outcome trapped when the slice is over. */
static term find_by_key(struct scheduler *s, const term *a, native_fn *self, bool *failed)
{
    const struct compare_context *compare = &s->node->compare;
    term list = a[2];
    size_t position, count = 0;

    *failed = true;
    if (!term_is_small(a[1]) || term_small(a[1]) < 1) {
        (void) raise_badarg(s);
        return TERM_NONE;
    }
    position = (size_t) term_small(a[1]);
    for (; term_is_cons(list); list = term_tail(list)) {
        term item = term_head(list);

        if (term_is_tuple(item) && term_tuple_arity(item) >= position
            && term_equal(compare, a[0], term_tuple_element(item, position - 1))) {
            *failed = false;
            native_charge(s, count % CELLS_A_TURN / CELLS_A_REDUCTION);
            return item;
        }
        if (++count % CELLS_A_TURN == 0) {
            native_charge(s, CELLS_A_TURN / CELLS_A_REDUCTION);
            if (native_budget_spent(s)) {
                term rest[3] = { a[0], a[1], term_tail(list) };

                return native_yield(s, self, 3, rest);
            }
        }
    }
    if (!term_is_nil(list)) {
        (void) raise_badarg(s);
        return TERM_NONE;
    }
    *failed = false;
    native_charge(s, count % CELLS_A_TURN / CELLS_A_REDUCTION);
    return TERM_NONE;
}

static term lists_keyfind(struct scheduler *s, const term *a)
{
    bool failed;
    term found = find_by_key(s, a, lists_keyfind, &failed);

    if (failed)
        return TERM_NONE;
    return found != TERM_NONE ? found : ATOM(false);
}

static term lists_keymember(struct scheduler *s, const term *a)
{
    bool failed;
    term found = find_by_key(s, a, lists_keymember, &failed);

    return failed ? TERM_NONE : native_boolean(found != TERM_NONE);
}

static term lists_keysearch(struct scheduler *s, const term *a)
{
    bool failed;
    term found = find_by_key(s, a, lists_keysearch, &failed);

    if (failed)
        return TERM_NONE;
    return found != TERM_NONE ? native_result(s, native_tuple2(s, ATOM(value), found)) : ATOM(false);
}
