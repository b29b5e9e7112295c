/* tuple.c - tuples: a header, then the elements. */
#include "data/tuple.h"

#include "data/list.h"

/* A tuple whose elements are to be filled in; NULL without memory. */
static term *create(struct heap *heap, size_t arity)
{
    term *tuple;

    if (arity > TUPLE_MAX_ARITY)
        return NULL;
    tuple = heap_allocate(heap, 1 + arity);
    if (tuple != NULL)
        tuple[0] = header_make(BOXED_TUPLE, arity);
    return tuple;
}

term tuple_make(struct heap *heap, const term *elements, size_t arity)
{
    term *tuple = create(heap, arity);

    if (tuple == NULL)
        return TERM_NONE;
    if (arity > 0)
        memcpy(tuple + 1, elements, arity * sizeof(term));
    return term_make_boxed(tuple);
}

term tuple_make2(struct heap *heap, term first, term second)
{
    term elements[2] = { first, second };

    return tuple_make(heap, elements, 2);
}

term tuple_make3(struct heap *heap, term first, term second, term third)
{
    term elements[3] = { first, second, third };

    return tuple_make(heap, elements, 3);
}

term tuple_make4(struct heap *heap, term first, term second, term third, term fourth)
{
    term elements[4] = { first, second, third, fourth };

    return tuple_make(heap, elements, 4);
}

term tuple_make_filled(struct heap *heap, size_t arity, term element)
{
    term *tuple = create(heap, arity);

    if (tuple == NULL)
        return TERM_NONE;
    for (size_t i = 1; i <= arity; i++)
        tuple[i] = element;
    return term_make_boxed(tuple);
}

term tuple_from_list(struct heap *heap, term list, size_t arity)
{
    term *tuple = create(heap, arity);

    if (tuple == NULL)
        return TERM_NONE;
    list_to_array(list, tuple + 1, arity);
    return term_make_boxed(tuple);
}

term tuple_to_list(struct heap *heap, term tuple)
{
    return list_from_array(heap, term_tuple_elements(tuple), term_tuple_arity(tuple), TERM_NIL);
}

term tuple_replace(struct heap *heap, term tuple, size_t index, term element)
{
    term *copy = create(heap, term_tuple_arity(tuple));

    if (copy == NULL)
        return TERM_NONE;
    memcpy(copy + 1, term_tuple_elements(tuple), term_tuple_arity(tuple) * sizeof(term));
    copy[1 + index] = element;
    return term_make_boxed(copy);
}

term tuple_insert(struct heap *heap, term tuple, size_t index, term element)
{
    size_t arity = term_tuple_arity(tuple);
    const term *elements = term_tuple_elements(tuple);
    term *copy = create(heap, arity + 1);

    if (copy == NULL)
        return TERM_NONE;
    memcpy(copy + 1, elements, index * sizeof(term));
    copy[1 + index] = element;
    memcpy(copy + 2 + index, elements + index, (arity - index) * sizeof(term));
    return term_make_boxed(copy);
}

term tuple_remove(struct heap *heap, term tuple, size_t index)
{
    size_t arity = term_tuple_arity(tuple);
    const term *elements = term_tuple_elements(tuple);
    term *copy = create(heap, arity - 1);

    if (copy == NULL)
        return TERM_NONE;
    memcpy(copy + 1, elements, index * sizeof(term));
    memcpy(copy + 1 + index, elements + index + 1, (arity - index - 1) * sizeof(term));
    return term_make_boxed(copy);
}
