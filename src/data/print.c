/* print.c - the walk that prints a term. What is left to print is on an explicit stack: the rest of
** an array, of a list, of a map, and what closes them. */
#include "data/print.h"

#include "data/bits.h"
#include "data/fun.h"
#include "data/identity.h"
#include "data/map.h"
#include "data/number.h"

enum rest {
    REST_ARRAY,                             /* address, count: elements after the first */
    REST_LIST,                              /* tail */
    REST_MAP,                               /* a map_iterator: pairs after the first */
    REST_VALUE,                             /* value of a pair whose key is printed */
    REST_CLOSE                              /* a character */
};

#define ITERATOR_WORDS ((sizeof(struct map_iterator) + sizeof(term) - 1) / sizeof(term))

struct printer {
    struct byte_buffer *out;
    const struct compare_context *context;
    struct word_stack stack;
    bool cut;                               /* a leaf stopped at the limit */
};

static void push(struct printer *p, enum rest rest, uintptr_t word)
{
    if (!word_stack_push2(&p->stack, word, (uintptr_t) rest))
        p->out->failed = true;
}

static void push_array(struct printer *p, const term *at, size_t count)
{
    if (word_stack_push(&p->stack, (uintptr_t) at))
        push(p, REST_ARRAY, (uintptr_t) count);
    else
        p->out->failed = true;
}

static void push_iterator(struct printer *p, const struct map_iterator *iterator)
{
    struct word_stack *s = &p->stack;

    if (s->capacity - s->count < ITERATOR_WORDS && !word_stack_grow(s, ITERATOR_WORDS)) {
        p->out->failed = true;
        return;
    }
    memcpy(s->items + s->count, iterator, sizeof *iterator);
    s->count += ITERATOR_WORDS;
    push(p, REST_MAP, 0);
}

/* ---- atoms ---------------------------------------------------------------------- */

static void print_escaped(struct byte_buffer *out, uint8_t byte)
{
    static const char letters[] = "btnvfr";                 /* from 8 on */

    if (byte >= 8 && byte <= 13) {
        byte_buffer_u8(out, '\\');
        byte_buffer_u8(out, (uint8_t) letters[byte - 8]);
    } else {
        byte_buffer_format(out, "\\%03o", (unsigned) byte);
    }
}

static void print_quoted(struct byte_buffer *out, const uint8_t *text, size_t size)
{
    byte_buffer_u8(out, '\'');
    for (size_t i = 0; i < size; i++) {
        if (text[i] < ' ') {
            print_escaped(out, text[i]);
        } else if (text[i] == 0xc2 && i + 1 < size && text[i + 1] < 0xa0) {
            print_escaped(out, text[++i]);                  /* U+0080 to U+009F */
        } else {
            if (text[i] == '\'' || text[i] == '\\')
                byte_buffer_u8(out, '\\');
            byte_buffer_u8(out, text[i]);
        }
    }
    byte_buffer_u8(out, '\'');
}

void atom_print(struct byte_buffer *out, const struct atom_table *atoms, term atom)
{
    size_t size;
    const uint8_t *text = atom_text(atoms, term_atom_index(atom), &size);

    if (atom_is_bare(text, size))
        byte_buffer_append(out, text, size);
    else
        print_quoted(out, text, size);
}

/* ---- pids, ports, references, funs --------------------------------------------------- */

static void print_numbers(struct byte_buffer *out, const char *before, uint32_t channel,
    const uint32_t *numbers, uint32_t count)
{
    byte_buffer_format(out, "%s<%lu", before, (unsigned long) channel);
    while (count > 0)
        byte_buffer_format(out, ".%lu", (unsigned long) numbers[--count]);
    byte_buffer_u8(out, '>');
}

static void print_uint64(struct byte_buffer *out, uint64_t value)
{
    char text[20];
    size_t at = sizeof text;

    do
        text[--at] = (char) ('0' + value % 10);
    while ((value /= 10) != 0);
    byte_buffer_append(out, text + at, sizeof text - at);
}

static void print_port(struct byte_buffer *out, uint32_t channel, uint64_t number)
{
    byte_buffer_format(out, "#Port<%lu.", (unsigned long) channel);
    print_uint64(out, number);
    byte_buffer_u8(out, '>');
}

static void print_pid(struct byte_buffer *out, uint32_t channel, uint32_t number, uint32_t serial)
{
    byte_buffer_format(out, "<%lu.%lu.%lu>", (unsigned long) channel, (unsigned long) number,
        (unsigned long) serial);
}

/* Of another node: the channel is the index of the node's name. */
static void print_external(struct byte_buffer *out, term t)
{
    const struct external_id *id = term_external(t);
    uint32_t channel = term_atom_index(id->node);

    if (term_is_pid(t))
        print_pid(out, channel, id->ids[0], id->ids[1]);
    else if (term_is_port(t))
        print_port(out, channel, (uint64_t) id->ids[1] << 32 | id->ids[0]);
    else
        print_numbers(out, "#Ref", channel, id->ids, id->count);
}

static void print_reference(struct byte_buffer *out, term t)
{
    uint32_t words[REFERENCE_ID_PARTS];

    reference_id_split(term_reference_id(t), words);
    print_numbers(out, "#Ref", 0, words, REFERENCE_ID_PARTS);
}

static void print_fun(struct printer *p, term t)
{
    const struct atom_table *atoms = p->context->atoms;
    size_t size;
    const uint8_t *text;

    if (term_is_export_fun(t)) {
        const struct export_identity *export = term_export_identity(t);

        byte_buffer_text(p->out, "fun ");
        atom_print(p->out, atoms, export->module);
        byte_buffer_u8(p->out, ':');
        atom_print(p->out, atoms, export->function);
        byte_buffer_format(p->out, "/%lu", (unsigned long) export->arity);
        return;
    }
    text = atom_text(atoms, term_atom_index(term_fun_identity(t)->module), &size);
    byte_buffer_text(p->out, "#Fun<");
    byte_buffer_append(p->out, text, size);
    byte_buffer_format(p->out, ".%lu.%lu>", (unsigned long) term_fun_identity(t)->index,
        (unsigned long) term_fun_identity(t)->uniq);
}

/* ---- numbers, bits --------------------------------------------------------------------- */

static void print_integer(struct printer *p, term t)
{
    size_t room = integer_text_size(t, 10), size;
    char small[32], *text = small;

    if (room > sizeof small) {
        text = memory_allocate(p->context->memory, MEMORY_OTHER, room);
        if (text == NULL) {
            p->out->failed = true;
            return;
        }
    }
    size = integer_print(p->context->memory, t, 10, text);
    if (size == SIZE_MAX)
        p->out->failed = true;
    else
        byte_buffer_append(p->out, text, size);
    if (text != small)
        memory_free(p->context->memory, MEMORY_OTHER, text, room);
}

static void print_float(struct printer *p, term t)
{
    char text[40];

    byte_buffer_append(p->out, text, float_print_scientific(term_float(t), 6, text, sizeof text));
}

static bool is_ascii_text(const struct bits_view *view)
{
    if (view->size == 0 || view->size % 8 != 0)
        return false;
    for (size_t at = 0; at < view->size; at += 8) {
        uint8_t byte = bits_byte_at(view->base, view->offset + at);

        if (byte < ' ' || byte >= 127)
            return false;
    }
    return true;
}

/* Bytes of a bitstring, as many as limit allows. */
static void print_bytes(struct byte_buffer *out, const struct bits_view *view, bool text,
    size_t limit)
{
    for (size_t at = 0; at + 8 <= view->size && out->size < limit; at += 8) {
        uint8_t byte = bits_byte_at(view->base, view->offset + at);

        if (!text) {
            byte_buffer_format(out, at == 0 ? "%u" : ",%u", (unsigned) byte);
            continue;
        }
        if (byte == '"')
            byte_buffer_u8(out, '\\');
        byte_buffer_u8(out, byte);
    }
}

static void print_bits(struct printer *p, term t, size_t limit)
{
    struct bits_view view;
    unsigned left, value = 0;
    bool text;

    if (!bits_get_view(t, &view))
        return;
    text = is_ascii_text(&view);
    byte_buffer_text(p->out, text ? "<<\"" : "<<");
    print_bytes(p->out, &view, text, limit);
    if (p->out->size >= limit) {
        p->cut = true;
        return;
    }
    left = view.size % 8;
    for (size_t at = view.offset + view.size - left; at < view.offset + view.size; at++)
        value = value << 1 | (view.base[at / 8] >> (7 - at % 8) & 1u);
    if (left > 0)
        byte_buffer_format(p->out, view.size > 8 ? ",%u:%u" : "%u:%u", value, left);
    byte_buffer_text(p->out, text ? "\">>" : ">>");
}

/* ---- compound terms: each prints its beginning and pushes the rest ------------------------- */

static bool is_latin1_text(term list)
{
    for (; term_is_cons(list); list = term_tail(list)) {
        term head = term_head(list);
        intptr_t c = term_is_small(head) ? term_small(head) : -1;
        bool space = c == ' ' || c == '\n' || c == '\t' || c == '\r';

        if (c < 0 || c > 255 || (!space && (c < ' ' || (c >= 127 && c < 160))))
            return false;
    }
    return term_is_nil(list);
}

static void print_string(struct printer *p, term list, size_t limit)
{
    struct byte_buffer *out = p->out;

    byte_buffer_u8(out, '"');
    for (; term_is_cons(list) && out->size < limit; list = term_tail(list)) {
        uint8_t c = (uint8_t) term_small(term_head(list));

        if (c == '\n') {
            byte_buffer_text(out, "\\n");
            continue;
        }
        if (c == '"')
            byte_buffer_u8(out, '\\');
        byte_buffer_u8(out, c);
    }
    p->cut = out->size >= limit;
    if (!p->cut)
        byte_buffer_u8(out, '"');
}

static term open_list(struct printer *p, term list)
{
    byte_buffer_u8(p->out, '[');
    push(p, REST_LIST, term_tail(list));
    return term_head(list);
}

/* The first element to print, TERM_NONE when there is none. */
static term open_array(struct printer *p, const char *opening, const term *at, size_t count)
{
    byte_buffer_text(p->out, opening);
    push(p, REST_CLOSE, '}');
    if (count == 0)
        return TERM_NONE;
    if (count > 1)
        push_array(p, at + 1, count - 1);
    return at[0];
}

/* The next key; its value and the other pairs are pushed. */
static term next_pair(struct printer *p, struct map_iterator *iterator, bool first)
{
    term key, value;

    if (!map_iterator_next(iterator, &key, &value))
        return TERM_NONE;
    if (!first)
        byte_buffer_u8(p->out, ',');
    push_iterator(p, iterator);
    push(p, REST_VALUE, value);
    return key;
}

static term open_map(struct printer *p, term map)
{
    struct map_iterator iterator;

    byte_buffer_text(p->out, "#{");
    push(p, REST_CLOSE, '}');
    map_iterator_init(&iterator, map);
    return next_pair(p, &iterator, true);
}

/* Prints t as far as it goes by itself; gives the first term in it, TERM_NONE when that was all. */
static term print_boxed(struct printer *p, term t, size_t limit)
{
    switch (term_boxed_kind(t)) {
    case BOXED_TUPLE:
        return open_array(p, "{", term_boxed(t) + 1, header_words(*term_boxed(t)));
    case BOXED_RECORD:
        return open_array(p, "#{", term_boxed(t) + 1, header_words(*term_boxed(t)));
    case BOXED_MAP:
        return open_map(p, t);
    case BOXED_BIG_POSITIVE:
    case BOXED_BIG_NEGATIVE:
        print_integer(p, t);
        break;
    case BOXED_FLOAT:
        print_float(p, t);
        break;
    case BOXED_FUN:
    case BOXED_EXPORT:
        print_fun(p, t);
        break;
    case BOXED_REFERENCE:
        print_reference(p->out, t);
        break;
    case BOXED_HEAP_BITS:
    case BOXED_SUB_BITS:
        print_bits(p, t, limit);
        break;
    case BOXED_MATCH:
    case BOXED_BIN_REF:
        byte_buffer_text(p->out, "#MatchState");
        break;
    default:
        print_external(p->out, t);
        break;
    }
    return TERM_NONE;
}

static term print_one(struct printer *p, term t, size_t limit)
{
    if (term_is_boxed(t))
        return print_boxed(p, t, limit);
    if (term_is_cons(t)) {
        if (!is_latin1_text(t))
            return open_list(p, t);
        print_string(p, t, limit);
    } else if (term_is_small(t)) {
        print_integer(p, t);
    } else if (term_is_atom(t)) {
        atom_print(p->out, p->context->atoms, t);
    } else if (t == TERM_NIL) {
        byte_buffer_text(p->out, "[]");
    } else if (term_is_local_pid(t)) {
        print_pid(p->out, 0, term_pid_number(t), term_pid_serial(t));
    } else if (term_is_local_port(t)) {
        print_port(p->out, 0, term_port_data(t));
    } else {
        byte_buffer_text(p->out, "#Catch");
    }
    return TERM_NONE;
}

/* ---- the rest -------------------------------------------------------------------------------- */

static term resume_list(struct printer *p, term tail)
{
    if (term_is_cons(tail)) {
        byte_buffer_u8(p->out, ',');
        push(p, REST_LIST, term_tail(tail));
        return term_head(tail);
    }
    if (term_is_nil(tail)) {
        byte_buffer_u8(p->out, ']');
        return TERM_NONE;
    }
    byte_buffer_u8(p->out, '|');
    push(p, REST_CLOSE, ']');
    return tail;
}

static term resume_array(struct printer *p, size_t count)
{
    const term *at = (const term *) word_stack_pop(&p->stack);

    byte_buffer_u8(p->out, ',');
    if (count > 1)
        push_array(p, at + 1, count - 1);
    return at[0];
}

static term resume_map(struct printer *p)
{
    struct map_iterator iterator;

    p->stack.count -= ITERATOR_WORDS;
    memcpy(&iterator, p->stack.items + p->stack.count, sizeof iterator);
    return next_pair(p, &iterator, false);
}

/* Takes the newest rest; the term to print next, TERM_NONE when it was only text. */
static term resume(struct printer *p)
{
    enum rest rest = (enum rest) word_stack_pop(&p->stack);
    uintptr_t word = word_stack_pop(&p->stack);

    switch (rest) {
    case REST_ARRAY:
        return resume_array(p, word);
    case REST_LIST:
        return resume_list(p, word);
    case REST_MAP:
        return resume_map(p);
    case REST_VALUE:
        byte_buffer_text(p->out, "=>");
        return word;
    default:
        byte_buffer_u8(p->out, (uint8_t) word);
        return TERM_NONE;
    }
}

bool term_print(struct byte_buffer *out, const struct compare_context *context, term t, size_t limit)
{
    struct printer p;
    size_t end = limit > SIZE_MAX - out->size ? SIZE_MAX : out->size + limit;

    p.out = out;
    p.context = context;
    p.cut = false;
    word_stack_init(&p.stack, context->memory);
    for (;;) {
        if (t != TERM_NONE)
            t = print_one(&p, t, end);
        else if (p.stack.count > 0)
            t = resume(&p);
        else
            break;
        if (out->failed || out->size >= end) {
            if (p.cut || t != TERM_NONE || p.stack.count > 0)
                byte_buffer_text(out, "...");
            break;
        }
    }
    word_stack_deinit(&p.stack);
    return !out->failed;
}
