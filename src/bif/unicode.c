/* unicode.c - the natives of module unicode: character data (lists of code points, binaries and
** lists) to UTF-8 and to lists, with what could not be converted given back as data.
**
** A character may be split between two binaries: what a binary ends with waits in `pending` for the
** next one. */
#include "base/utf8.h"
#include "bif/bif.h"
#include "data/bits.h"
#include "proc/native_call.h"

#define UNICODE_NATIVES(X)                                                                       \
    X("bin_is_7bit", 1, unicode_bin_is_7bit, 0)                                                  \
    X("characters_to_binary", 2, unicode_to_binary, 0)                                           \
    X("characters_to_list", 2, unicode_to_list, 0)
NATIVE_TABLE(bif_unicode, "unicode", "erl_stdlib_errors", UNICODE_NATIVES)

#define BYTES_A_REDUCTION 64

struct conversion {
    struct scheduler *s;
    bool latin1;                    /* bytes and integers are Latin-1 */
    struct byte_buffer out;         /* UTF-8 */
    uint8_t pending[4];
    size_t pending_size;
    struct word_stack rests;        /* lists still to be walked */
    bool no_memory;
};

enum fate { FATE_OK, FATE_ERROR, FATE_INCOMPLETE };

/* ---- is it character data at all? ------------------------------------------------------------ */

static bool is_flat(term t)
{
    return term_is_binary(t) || term_is_nil(t);
}

/* Whether the lists have the right shape: integers of any value pass, for the conversion to say
** where they stand; a big one ends the look. */
static enum data_status check_shape(struct memory *memory, term t)
{
    struct word_stack rests;
    enum data_status status = DATA_OK;

    word_stack_init(&rests, memory);
    for (;;) {
        if (term_is_cons(t)) {
            term head = term_head(t);

            if (term_is_cons(head)) {
                if (!word_stack_push(&rests, term_tail(t))) {
                    status = DATA_NO_MEMORY;
                    break;
                }
                t = head;
                continue;
            }
            if (term_is_big(head))
                break;
            t = term_tail(t);
            if (term_is_small(head) || is_flat(head))
                continue;
            status = DATA_BAD_ARGUMENT;
            break;
        }
        if (!is_flat(t))
            status = DATA_BAD_ARGUMENT;
        if (status != DATA_OK || rests.count == 0)
            break;
        t = word_stack_pop(&rests);
    }
    word_stack_deinit(&rests);
    return status;
}

/* ---- bytes -------------------------------------------------------------------------------- */

static void put_latin1(struct conversion *c, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        size_t run = 0;
        uint8_t pair[4];

        while (run < size && bytes[run] < 0x80)
            run++;
        byte_buffer_append(&c->out, bytes, run);
        if (run == size)
            return;
        byte_buffer_append(&c->out, pair, utf8_encode(bytes[run], pair));
        bytes += run + 1;
        size -= run + 1;
    }
}

/* Bytes of a character that begins with first; 0: none does. */
static size_t sequence_size(uint8_t first)
{
    return first < 0x80 ? 1
        : (first & 0xe0) == 0xc0 ? 2
        : (first & 0xf0) == 0xe0 ? 3
        : (first & 0xf8) == 0xf0 ? 4 : 0;
}

/* Takes whole characters; what the bytes end with goes to pending. Gives how many bytes were good,
** size when all were. */
static size_t put_utf8(struct conversion *c, const uint8_t *bytes, size_t size)
{
    size_t at = 0;
    uint32_t point;

    while (at < size) {
        size_t need = sequence_size(bytes[at]);

        if (need == 1) {
            at++;
            continue;
        }
        if (need == 0 || (need <= size - at && utf8_decode(bytes + at, need, &point) <= 0))
            break;
        if (need > size - at) {
            c->pending_size = size - at;
            memcpy(c->pending, bytes + at, c->pending_size);
            byte_buffer_append(&c->out, bytes, at);
            return size;
        }
        at += need;
    }
    byte_buffer_append(&c->out, bytes, at);
    return at;
}

/* As put_utf8, what is pending first. A pending beginning that the bytes do not complete leaves
** all of them. */
static size_t put_after_pending(struct conversion *c, const uint8_t *bytes, size_t size)
{
    size_t need, missing;
    uint32_t point;

    if (c->pending_size == 0)
        return put_utf8(c, bytes, size);
    need = sequence_size(c->pending[0]);
    missing = need - c->pending_size;
    if (size < missing) {
        memcpy(c->pending + c->pending_size, bytes, size);
        c->pending_size += size;
        return size;
    }
    memcpy(c->pending + c->pending_size, bytes, missing);
    if (utf8_decode(c->pending, need, &point) <= 0)
        return 0;
    byte_buffer_append(&c->out, c->pending, need);
    c->pending_size = 0;
    return missing + put_utf8(c, bytes + missing, size - missing);
}

/* False: *rest is the part of the binary that was not good. */
static bool put_binary(struct conversion *c, term binary, term *rest)
{
    const uint8_t *bytes;
    uint8_t *scratch;
    size_t size, good;
    enum data_status status;

    if (!bits_get_bytes(c->s->node->memory, binary, &bytes, &size, &scratch, &status)) {
        c->no_memory = true;
        return false;
    }
    good = size;
    if (c->latin1)
        put_latin1(c, bytes, size);
    else
        good = put_after_pending(c, bytes, size);
    memory_free(c->s->node->memory, MEMORY_OTHER, scratch, size);
    if (good == size)
        return true;
    *rest = bits_make_sub(native_heap(c->s), binary, good * 8, (size - good) * 8);
    c->no_memory = *rest == TERM_NONE;
    return false;
}

static bool put_point(struct conversion *c, term point)
{
    uint8_t bytes[4];
    uintptr_t value;

    if (!term_is_small(point) || c->pending_size > 0)
        return false;
    value = (uintptr_t) term_small(point);
    if (value > 0x10ffff || !utf8_is_valid_point((uint32_t) value) || (c->latin1 && value > 255))
        return false;
    byte_buffer_append(&c->out, bytes, utf8_encode((uint32_t) value, bytes));
    return true;
}

/* ---- the walk ----------------------------------------------------------------------------- */

static term cons_rest(struct conversion *c, term head, term tail)
{
    term cell = head == TERM_NONE ? TERM_NONE : native_cons(c->s, head, tail);

    c->no_memory = c->no_memory || cell == TERM_NONE;
    return cell;
}

/* Converts t until its end or the first thing that is no character: *rest is then that thing and
** all that follows it at its level. */
static bool walk(struct conversion *c, term t, term *rest)
{
    for (;;) {
        term part;

        if (term_is_cons(t)) {
            term head = term_head(t), tail = term_tail(t);

            if (term_is_cons(head)) {
                if (!word_stack_push(&c->rests, tail)) {
                    c->no_memory = true;
                    return false;
                }
                t = head;
                continue;
            }
            if (term_is_bitstring(head)) {
                if (!put_binary(c, head, &part)) {
                    *rest = c->no_memory ? TERM_NONE : cons_rest(c, part, tail);
                    return false;
                }
            } else if (!term_is_nil(head) && !put_point(c, head)) {
                *rest = t;
                return false;
            }
            t = tail;
            continue;
        }
        if (!term_is_nil(t) && !put_binary(c, t, rest))
            return false;
        if (c->rests.count == 0)
            return true;
        t = word_stack_pop(&c->rests);
    }
}

/* Whether the bytes that wait for more could still become a character. */
static bool is_beginning(const uint8_t *bytes, size_t size)
{
    size_t need = sequence_size(bytes[0]);

    for (size_t i = 1; i < size; i++)
        if ((bytes[i] & 0xc0) != 0x80)
            return false;
    return size < need;
}

static enum fate convert(struct conversion *c, term t, term *rest)
{
    term pending = TERM_NONE;
    bool complete = walk(c, t, rest);

    c->no_memory = c->no_memory || c->out.failed;
    if (c->no_memory || (complete && c->pending_size == 0))
        return FATE_OK;
    if (c->pending_size > 0) {
        pending = bits_make_copy(native_heap(c->s), c->pending, c->pending_size);
        c->no_memory = pending == TERM_NONE;
    }
    if (complete) {
        *rest = pending;
        return is_beginning(c->pending, c->pending_size) ? FATE_INCOMPLETE : FATE_ERROR;
    }
    while (c->rests.count > 0)
        *rest = cons_rest(c, *rest, word_stack_pop(&c->rests));
    if (c->pending_size > 0)
        *rest = cons_rest(c, pending, cons_rest(c, *rest, TERM_NIL));
    return FATE_ERROR;
}

/* ---- natives ------------------------------------------------------------------------------ */

static term make_points(struct scheduler *s, const uint8_t *bytes, size_t size)
{
    size_t count = utf8_count(bytes, size);
    term *cells;

    if (count == 0)
        return TERM_NIL;
    cells = heap_allocate(native_heap(s), 2 * count);
    if (cells == NULL)
        return TERM_NONE;
    for (size_t i = 0; i < count; i++, cells += 2) {
        uint32_t point = 0;
        int used = utf8_decode(bytes, size, &point);

        bytes += used;
        size -= (size_t) used;
        cells[0] = term_make_small((intptr_t) point);
        cells[1] = i + 1 < count ? term_make_cons(cells + 2) : TERM_NIL;
    }
    return term_make_cons(cells - 2 * count);
}

static term run(struct scheduler *s, term data, bool latin1, bool to_list)
{
    struct conversion c = { .s = s, .latin1 = latin1 };
    term rest = TERM_NIL, result = TERM_NONE;
    enum fate fate;

    byte_buffer_init(&c.out, s->node->memory, MEMORY_OTHER);
    word_stack_init(&c.rests, s->node->memory);
    fate = convert(&c, data, &rest);
    if (!c.no_memory)
        result = to_list ? make_points(s, c.out.bytes, c.out.size)
                         : bits_make_copy(native_heap(s), c.out.bytes, c.out.size);
    native_charge(s, c.out.size / BYTES_A_REDUCTION);
    byte_buffer_deinit(&c.out);
    word_stack_deinit(&c.rests);
    if (result != TERM_NONE && fate != FATE_OK)
        result = native_tuple3(s, fate == FATE_ERROR ? ATOM(error) : ATOM(incomplete), result,
            rest);
    return native_result(s, result);
}

static bool is_ascii(term binary)
{
    struct bits_view view;
    size_t offset;

    bits_get_view(binary, &view);
    for (offset = view.offset; offset < view.offset + view.size; offset += 8)
        if (bits_byte_at(view.base, offset) >= 0x80)
            return false;
    return true;
}

static bool is_utf8(term binary)
{
    struct bits_view view;

    bits_get_view(binary, &view);
    while (view.size > 0) {
        uint32_t point;
        size_t used = bits_read_utf8(view.base, view.offset, view.size, &point);

        if (used == 0)
            return false;
        view.offset += used;
        view.size -= used;
    }
    return true;
}

static term unicode_bin_is_7bit(struct scheduler *s, const term *a)
{
    (void) s;
    return native_boolean(term_is_binary(a[0]) && is_ascii(a[0]));
}

static bool is_known(term encoding)
{
    return encoding == ATOM(latin1) || encoding == ATOM(utf8) || encoding == ATOM(unicode);
}

/* The encodings that are not known here are done in Erlang. A binary that is UTF-8 already is its
** own result. */
static term unicode_to_binary(struct scheduler *s, const term *a)
{
    term data = a[0];
    bool latin1 = a[1] == ATOM(latin1);
    enum data_status status;

    if (!is_known(a[1]))
        return native_trap(s, ATOM(unicode), ATOM(characters_to_binary_int), 2, a);
    if (term_is_cons(data) && term_is_bitstring(term_head(data)) && term_is_nil(term_tail(data)))
        data = term_head(data);
    status = check_shape(s->node->memory, data);
    if (status != DATA_OK)
        return raise_status(s, status);
    if (term_is_binary(data) && (latin1 ? is_ascii(data) : is_utf8(data))) {
        native_charge(s, (term_bit_size(data) >> 3) / BYTES_A_REDUCTION);
        return data;
    }
    return run(s, data, latin1, false);
}

static term unicode_to_list(struct scheduler *s, const term *a)
{
    enum data_status status;

    if (!is_known(a[1]))
        return native_trap(s, ATOM(unicode), ATOM(characters_to_list_int), 2, a);
    status = check_shape(s->node->memory, a[0]);
    if (status != DATA_OK)
        return raise_status(s, status);
    return run(s, a[0], a[1] == ATOM(latin1), true);
}
