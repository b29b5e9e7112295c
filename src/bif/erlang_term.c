/* erlang_term.c - natives of erlang that build and take apart tuples, and test what a term is. */
#include "bif/bif.h"
#include "data/list.h"
#include "data/number.h"
#include "proc/native_call.h"

#define TERM_NATIVES(X)                                                                          \
    X("element", 2, term_native_element, NATIVE_GUARD)                                           \
    X("setelement", 3, term_native_setelement, 0)                                                \
    X("tuple_size", 1, term_native_tuple_size, NATIVE_GUARD)                                     \
    X("make_tuple", 2, term_native_make_tuple2, 0)                                               \
    X("make_tuple", 3, term_native_make_tuple3, 0)                                               \
    X("append_element", 2, term_native_append_element, 0)                                        \
    X("insert_element", 3, term_native_insert_element, 0)                                        \
    X("delete_element", 2, term_native_delete_element, 0)                                        \
    X("list_to_tuple", 1, term_native_list_to_tuple, 0)                                          \
    X("tuple_to_list", 1, term_native_tuple_to_list, 0)                                          \
    X("is_atom", 1, term_native_is_atom, NATIVE_GUARD)                                           \
    X("is_binary", 1, term_native_is_binary, NATIVE_GUARD)                                       \
    X("is_bitstring", 1, term_native_is_bitstring, NATIVE_GUARD)                                 \
    X("is_boolean", 1, term_native_is_boolean, NATIVE_GUARD)                                     \
    X("is_float", 1, term_native_is_float, NATIVE_GUARD)                                         \
    X("is_function", 1, term_native_is_function1, NATIVE_GUARD)                                  \
    X("is_function", 2, term_native_is_function2, NATIVE_GUARD)                                  \
    X("is_integer", 1, term_native_is_integer, NATIVE_GUARD)                                     \
    X("is_integer", 3, term_native_is_integer3, NATIVE_GUARD)                                    \
    X("is_list", 1, term_native_is_list, NATIVE_GUARD)                                           \
    X("is_map", 1, term_native_is_map, NATIVE_GUARD)                                             \
    X("is_number", 1, term_native_is_number, NATIVE_GUARD)                                       \
    X("is_pid", 1, term_native_is_pid, NATIVE_GUARD)                                             \
    X("is_port", 1, term_native_is_port, NATIVE_GUARD)                                           \
    X("is_record", 2, term_native_is_record2, NATIVE_GUARD)                                      \
    X("is_record", 3, term_native_is_record3, NATIVE_GUARD)                                      \
    X("is_reference", 1, term_native_is_reference, NATIVE_GUARD)                                 \
    X("is_tuple", 1, term_native_is_tuple, NATIVE_GUARD)
NATIVE_TABLE_CONCURRENT(bif_erlang_term, "erlang", "erl_erts_errors", TERM_NATIVES)

/* OTP's own limit (a header's arity field there has 24 bits). */
#define TUPLE_MAX_ARITY ((size_t) 0xffffff)
#define CELLS_A_REDUCTION 16

/* ---- tuples ---------------------------------------------------------------- */

static term new_tuple(struct scheduler *s, size_t arity)    /* elements to be filled at once */
{
    term *tuple = heap_allocate(native_heap(s), 1 + arity);

    if (tuple == NULL)
        return TERM_NONE;
    tuple[0] = header_make(BOXED_TUPLE, arity);
    return term_make_boxed(tuple);
}

/* index is a small within 1..limit. */
static bool get_index(term index, size_t limit, size_t *from_zero)
{
    if (!term_is_small(index) || term_small(index) < 1 || (size_t) term_small(index) > limit)
        return false;
    *from_zero = (size_t) term_small(index) - 1;
    return true;
}

static term term_native_element(struct scheduler *s, const term *a)
{
    size_t index;

    if (!term_is_tuple(a[1]) || !get_index(a[0], term_tuple_arity(a[1]), &index))
        return raise_badarg(s);
    return term_tuple_element(a[1], index);
}

static term term_native_setelement(struct scheduler *s, const term *a)
{
    size_t index, arity;
    term tuple;

    if (!term_is_tuple(a[1]) || !get_index(a[0], term_tuple_arity(a[1]), &index))
        return raise_badarg(s);
    arity = term_tuple_arity(a[1]);
    tuple = new_tuple(s, arity);
    if (tuple == TERM_NONE)
        return raise_no_memory(s);
    memcpy(term_tuple_elements(tuple), term_tuple_elements(a[1]), arity * sizeof(term));
    term_tuple_elements(tuple)[index] = a[2];
    return tuple;
}

static term term_native_tuple_size(struct scheduler *s, const term *a)
{
    if (!term_is_tuple(a[0]))
        return raise_badarg(s);
    return term_make_small((intptr_t) term_tuple_arity(a[0]));
}

static term filled_tuple(struct scheduler *s, term arity, term fill)
{
    term tuple;
    size_t i, count;

    if (!term_is_small(arity) || term_small(arity) < 0
        || (size_t) term_small(arity) > TUPLE_MAX_ARITY)
        return raise_badarg(s);
    count = (size_t) term_small(arity);
    tuple = new_tuple(s, count);
    if (tuple == TERM_NONE)
        return raise_no_memory(s);
    for (i = 0; i < count; i++)
        term_tuple_elements(tuple)[i] = fill;
    native_charge(s, count / 64);
    return tuple;
}

static term term_native_make_tuple2(struct scheduler *s, const term *a)
{
    return filled_tuple(s, a[0], a[1]);
}

static term term_native_make_tuple3(struct scheduler *s, const term *a)
{
    term tuple = filled_tuple(s, a[0], a[1]), list;
    size_t index;

    if (tuple == TERM_NONE)
        return TERM_NONE;
    for (list = a[2]; term_is_cons(list); list = term_tail(list)) {
        term item = term_head(list);

        if (!term_is_tuple(item) || term_tuple_arity(item) != 2
            || !get_index(term_tuple_element(item, 0), term_tuple_arity(tuple), &index))
            return raise_badarg(s);
        term_tuple_elements(tuple)[index] = term_tuple_element(item, 1);
    }
    return term_is_nil(list) ? tuple : raise_badarg(s);
}

/* tuple with value put before the element at index (index == arity: at the end). */
static term with_element(struct scheduler *s, term tuple, size_t index, term value)
{
    size_t arity = term_tuple_arity(tuple);
    const term *from = term_tuple_elements(tuple);
    term result, *to;

    if (arity + 1 > TUPLE_MAX_ARITY)
        return raise_badarg(s);
    result = new_tuple(s, arity + 1);
    if (result == TERM_NONE)
        return raise_no_memory(s);
    to = term_tuple_elements(result);
    memcpy(to, from, index * sizeof(term));
    to[index] = value;
    memcpy(to + index + 1, from + index, (arity - index) * sizeof(term));
    return result;
}

static term term_native_append_element(struct scheduler *s, const term *a)
{
    if (!term_is_tuple(a[0]))
        return raise_badarg(s);
    return with_element(s, a[0], term_tuple_arity(a[0]), a[1]);
}

static term term_native_insert_element(struct scheduler *s, const term *a)
{
    size_t index;

    if (!term_is_tuple(a[1]) || !get_index(a[0], term_tuple_arity(a[1]) + 1, &index))
        return raise_badarg(s);
    return with_element(s, a[1], index, a[2]);
}

static term term_native_delete_element(struct scheduler *s, const term *a)
{
    size_t index, arity;
    term result, *to;

    if (!term_is_tuple(a[1]) || !get_index(a[0], term_tuple_arity(a[1]), &index))
        return raise_badarg(s);
    arity = term_tuple_arity(a[1]);
    result = new_tuple(s, arity - 1);
    if (result == TERM_NONE)
        return raise_no_memory(s);
    to = term_tuple_elements(result);
    memcpy(to, term_tuple_elements(a[1]), index * sizeof(term));
    memcpy(to + index, term_tuple_elements(a[1]) + index + 1, (arity - index - 1) * sizeof(term));
    return result;
}

static term term_native_list_to_tuple(struct scheduler *s, const term *a)
{
    size_t count = list_length(a[0]), i;
    term tuple, list;

    if (count > TUPLE_MAX_ARITY)
        return raise_badarg(s);
    tuple = new_tuple(s, count);
    if (tuple == TERM_NONE)
        return raise_no_memory(s);
    for (i = 0, list = a[0]; i < count; i++, list = term_tail(list))
        term_tuple_elements(tuple)[i] = term_head(list);
    native_charge(s, count / CELLS_A_REDUCTION);
    return tuple;
}

static term term_native_tuple_to_list(struct scheduler *s, const term *a)
{
    size_t count, i;
    term *cells;

    if (!term_is_tuple(a[0]))
        return raise_badarg(s);
    count = term_tuple_arity(a[0]);
    if (count == 0)
        return TERM_NIL;
    cells = heap_allocate(native_heap(s), 2 * count);
    if (cells == NULL)
        return raise_no_memory(s);
    for (i = 0; i < count; i++) {
        cells[2 * i] = term_tuple_element(a[0], i);
        cells[2 * i + 1] = i + 1 < count ? term_make_cons(cells + 2 * i + 2) : TERM_NIL;
    }
    native_charge(s, count / CELLS_A_REDUCTION);
    return term_make_cons(cells);
}

/* ---- type tests --------------------------------------------------------------- */

#define TYPE_TEST(name, test)                                     \
    static term term_native_##name(struct scheduler *s, const term *a) \
    {                                                             \
        (void) s;                                                 \
        return native_boolean(test);                              \
    }
TYPE_TEST(is_atom, term_is_atom(a[0]))
TYPE_TEST(is_binary, term_is_binary(a[0]))
TYPE_TEST(is_bitstring, term_is_bitstring(a[0]))
TYPE_TEST(is_boolean, a[0] == ATOM(true) || a[0] == ATOM(false))
TYPE_TEST(is_float, term_is_float(a[0]))
TYPE_TEST(is_function1, term_is_fun(a[0]))
TYPE_TEST(is_integer, term_is_integer(a[0]))
TYPE_TEST(is_list, term_is_list(a[0]))
TYPE_TEST(is_map, term_is_map(a[0]))
TYPE_TEST(is_number, term_is_number(a[0]))
TYPE_TEST(is_pid, term_is_pid(a[0]))
TYPE_TEST(is_port, term_is_port(a[0]))
TYPE_TEST(is_reference, term_is_reference(a[0]))
TYPE_TEST(is_tuple, term_is_tuple(a[0]))

static term term_native_is_integer3(struct scheduler *s, const term *a)
{
    if (!term_is_integer(a[1]) || !term_is_integer(a[2]))
        return raise_badarg(s);
    return native_boolean(term_is_integer(a[0]) && term_compare(&s->node->compare, a[0], a[1]) >= 0
        && term_compare(&s->node->compare, a[0], a[2]) <= 0);
}

static term term_native_is_function2(struct scheduler *s, const term *a)
{
    uint32_t arity;

    if (!term_is_integer(a[1]) || (term_is_small(a[1]) && term_small(a[1]) < 0)
        || term_has_kind(a[1], BOXED_BIG_NEGATIVE))
        return raise_badarg(s);
    if (!term_is_fun(a[0]) || !term_is_small(a[1]))
        return ATOM(false);
    arity = term_is_local_fun(a[0]) ? term_fun_entry(a[0])->identity.arity
                                    : term_fun_export(a[0])->identity.arity;
    return native_boolean((uintptr_t) term_small(a[1]) == arity);
}

static bool is_tagged(term t, term tag)
{
    return term_is_tuple(t) && term_tuple_arity(t) > 0 && term_tuple_element(t, 0) == tag;
}

static term term_native_is_record2(struct scheduler *s, const term *a)
{
    return term_is_atom(a[1]) ? native_boolean(is_tagged(a[0], a[1])) : raise_badarg(s);
}

static term term_native_is_record3(struct scheduler *s, const term *a)
{
    if (!term_is_atom(a[1]) || !term_is_small(a[2]))
        return raise_badarg(s);
    return native_boolean(is_tagged(a[0], a[1])
        && (intptr_t) term_tuple_arity(a[0]) == term_small(a[2]));
}
