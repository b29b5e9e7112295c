/* list.c - lists are made in one allocation, their cells in a row. */
#include "data/list.h"

#include "base/utf8.h"

size_t list_cells(term list, term *end)
{
    size_t count = 0;

    for (; term_is_cons(list); list = term_tail(list))
        count++;
    *end = list;
    return count;
}

size_t list_length(term list)
{
    size_t count = list_cells(list, &list);

    return term_is_nil(list) ? count : SIZE_MAX;
}

/* Room for count cells in a row, each but the last linked to the next, the last to tail: *list is the list
** that they begin, TERM_NONE without memory. NULL where there is nothing to fill. */
static term *make_cells(struct heap *heap, size_t count, term tail, term *list)
{
    term *cells = NULL;

    *list = count == 0 ? tail : TERM_NONE;
    if (count > 0 && count <= HEADER_MAX_WORDS / 2)
        cells = heap_allocate(heap, 2 * count);
    if (cells == NULL)
        return NULL;
    for (size_t i = 0; i + 1 < count; i++)
        cells[2 * i + 1] = term_make_cons(cells + 2 * i + 2);
    cells[2 * count - 1] = tail;
    *list = term_make_cons(cells);
    return cells;
}

term list_make_cell(struct heap *heap, term head, term tail)
{
    term *cell = heap_allocate(heap, 2);

    if (cell == NULL)
        return TERM_NONE;
    cell[0] = head;
    cell[1] = tail;
    return term_make_cons(cell);
}

term list_from_array(struct heap *heap, const term *elements, size_t count, term tail)
{
    term list, *cells = make_cells(heap, count, tail, &list);

    for (size_t i = 0; cells != NULL && i < count; i++)
        cells[2 * i] = elements[i];
    return list;
}

void list_to_array(term list, term *elements, size_t count)
{
    for (size_t i = 0; i < count; i++, list = term_tail(list))
        elements[i] = term_head(list);
}

term list_reverse_onto(struct heap *heap, term list, term tail)
{
    term end, reversed, *cells;
    size_t count = list_cells(list, &end);

    cells = make_cells(heap, count, tail, &reversed);
    for (size_t i = count; cells != NULL && i > 0; i--, list = term_tail(list))
        cells[2 * i - 2] = term_head(list);
    return reversed;
}

term list_copy_onto(struct heap *heap, term list, size_t count, term tail)
{
    term copy, *cells = make_cells(heap, count, tail, &copy);

    for (size_t i = 0; cells != NULL && i < count; i++, list = term_tail(list))
        cells[2 * i] = term_head(list);
    return copy;
}

term list_from_bytes(struct heap *heap, const uint8_t *bytes, size_t size, term tail)
{
    term list, *cells = make_cells(heap, size, tail, &list);

    for (size_t i = 0; cells != NULL && i < size; i++)
        cells[2 * i] = term_make_small(bytes[i]);
    return list;
}

term list_from_utf8(struct heap *heap, const uint8_t *bytes, size_t size, term tail)
{
    size_t count = utf8_count(bytes, size);
    term list, *cells;

    if (count == SIZE_MAX)
        return TERM_NONE;
    cells = make_cells(heap, count, tail, &list);
    for (size_t i = 0; cells != NULL && i < count; i++) {
        uint32_t point;
        int used = utf8_decode(bytes, size, &point);

        bytes += used;
        size -= (size_t) used;
        cells[2 * i] = term_make_small((intptr_t) point);
    }
    return list;
}
