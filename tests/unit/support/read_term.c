/* read_term.c - a reader of Erlang text by recursive descent; for tests, so it trusts its texts. */
#include "support/read_term.h"

#include <stdlib.h>

#include "base/utf8.h"
#include "data/number.h"

struct reader {
    const struct compare_context *context;
    struct heap *heap;
    const char *at;
};

static term read_any(struct reader *r);

static void skip_space(struct reader *r)
{
    while (*r->at == ' ' || *r->at == '\n')
        r->at++;
}

static bool skip(struct reader *r, const char *text)
{
    skip_space(r);
    if (strncmp(r->at, text, strlen(text)) != 0)
        return false;
    r->at += strlen(text);
    return true;
}

static term read_number(struct reader *r)
{
    const char *start = r->at;
    term result = TERM_NONE;

    if (*r->at == '-')
        r->at++;
    while (*r->at >= '0' && *r->at <= '9')
        r->at++;
    if (*r->at == '.') {
        char *end;
        double value = strtod(start, &end);

        r->at = end;
        return term_put_float(heap_allocate(r->heap, 1 + FLOAT_WORDS), value);
    }
    (void) integer_parse(r->heap, (const uint8_t *) start, (size_t) (r->at - start), 10, &result);
    return result;
}

static bool is_atom_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'
        || c == '@' || (c & 0x80) != 0;
}

static term read_atom(struct reader *r)
{
    const char *start = r->at;
    uint32_t index;
    size_t size;

    if (*start == '\'') {
        start = ++r->at;
        while (*r->at != '\'')
            r->at++;
        size = (size_t) (r->at++ - start);
    } else {
        while (is_atom_byte(*r->at))
            r->at++;
        size = (size_t) (r->at - start);
    }
    if (atom_put((struct atom_table *) (uintptr_t) r->context->atoms, (const uint8_t *) start, size,
            &index) != ATOM_OK)
        return TERM_NONE;
    return term_make_atom(index);
}

#define MAX_ELEMENTS 4096

/* Elements up to closing; gives how many. */
static size_t read_elements(struct reader *r, const char *closing, const char *between, term *to)
{
    size_t count = 0;

    while (!skip(r, closing)) {
        if (count > 0 && !skip(r, ","))
            skip(r, between);
        to[count++] = read_any(r);
    }
    return count;
}

static term cons(struct reader *r, term head, term tail)
{
    term *cell = heap_allocate(r->heap, 2);

    cell[0] = head;
    cell[1] = tail;
    return term_make_cons(cell);
}

static term read_list(struct reader *r)
{
    term *elements = malloc(MAX_ELEMENTS * sizeof(term));
    size_t count = 0;
    term list = TERM_NIL;

    while (!skip(r, "]")) {
        if (skip(r, "|"))
            list = read_any(r);
        else if (count == 0 || skip(r, ","))
            elements[count++] = read_any(r);
    }
    while (count > 0)
        list = cons(r, elements[--count], list);
    free(elements);
    return list;
}

static term read_string(struct reader *r)
{
    const char *end = strchr(r->at, '"');
    term list = TERM_NIL;
    uint32_t points[1024];
    size_t count = 0;

    while (r->at < end)
        r->at += utf8_decode((const uint8_t *) r->at, (size_t) (end - r->at), &points[count++]);
    r->at++;
    while (count > 0)
        list = cons(r, term_make_small((intptr_t) points[--count]), list);
    return list;
}

static term read_tuple(struct reader *r)
{
    term *elements = malloc(MAX_ELEMENTS * sizeof(term));
    size_t count = read_elements(r, "}", ",", elements);
    term *to = heap_allocate(r->heap, 1 + count);

    to[0] = header_make(BOXED_TUPLE, count);
    memcpy(to + 1, elements, count * sizeof(term));
    free(elements);
    return term_make_boxed(to);
}

static term read_map(struct reader *r)
{
    term *pairs = malloc(MAX_ELEMENTS * sizeof(term));
    size_t count = read_elements(r, "}", "=>", pairs);
    term map = map_empty(r->heap), result = TERM_NONE;

    (void) map_put_pairs(r->context, r->heap, map, pairs, count / 2, false, &result);
    free(pairs);
    return result;
}

static term read_bits(struct reader *r)
{
    uint8_t bytes[4096] = { 0 };
    size_t bits = 0, words;
    term *to;

    while (!skip(r, ">>")) {
        (void) skip(r, ",");
        if (skip(r, "\"")) {
            while (*r->at != '"') {
                bytes[bits / 8] = (uint8_t) *r->at++;
                bits += 8;
            }
            r->at++;
        } else {
            unsigned value = (unsigned) strtoul(r->at, (char **) &r->at, 10);
            unsigned size = skip(r, ":") ? (unsigned) strtoul(r->at, (char **) &r->at, 10) : 8;

            for (; size > 0; size--, bits++)
                bytes[bits / 8] |= (uint8_t) ((value >> (size - 1) & 1) << (7 - bits % 8));
        }
    }
    words = HEAP_BITS_WORDS((bits + 7) / 8);
    to = heap_allocate(r->heap, words);
    to[words - 1] = 0;
    to[0] = header_make(BOXED_HEAP_BITS, words - 1);
    to[1] = bits;
    memcpy(to + 2, bytes, (bits + 7) / 8);
    return term_make_boxed(to);
}

static term read_any(struct reader *r)
{
    skip_space(r);
    if (skip(r, "#{"))
        return read_map(r);
    if (skip(r, "{"))
        return read_tuple(r);
    if (skip(r, "["))
        return read_list(r);
    if (skip(r, "\""))
        return read_string(r);
    if (skip(r, "<<"))
        return read_bits(r);
    if (*r->at == '-' || (*r->at >= '0' && *r->at <= '9'))
        return read_number(r);
    return read_atom(r);
}

term read_term(const struct compare_context *context, struct heap *heap, const char *text)
{
    struct reader r = { context, heap, text };

    return read_any(&r);
}
