/* unicode.c - the natives of module unicode: character data (lists of code points, binaries and
** lists) to UTF-8 and to lists, with what could not be converted given back as data.
**
** A character may be split between two binaries: what a binary ends with waits in `pending` for the
** next one. */
#include "base/utf8.h"
#include "bif/bif.h"
#include "bif/job.h"
#include "data/bits.h"
#include "proc/native_call.h"

#define UNICODE_NATIVES(X)                                                                       \
    X("bin_is_7bit", 1, unicode_bin_is_7bit, 0)                                                  \
    X("characters_to_binary", 2, unicode_to_binary, 0)                                           \
    X("characters_to_list", 2, unicode_to_list, 0)
NATIVE_TABLE_CONCURRENT(bif_unicode, "unicode", "erl_stdlib_errors", UNICODE_NATIVES)

#define ELEMENTS_A_REDUCTION 64
#define STRETCH_BYTES ((size_t) 4096)
#define STRETCH_COST 1024               /* elements that cost as much as a stretch */

enum phase { CHECK_SHAPE, CHECK_BINARY, CONVERT, MAKE_LIST };

struct conversion {
    struct native_job job;
    struct scheduler *s;
    enum phase phase;
    bool latin1;                    /* bytes and integers are Latin-1 */
    bool to_list;
    bool no_memory;
    term data;
    struct byte_buffer out;         /* UTF-8 */
    uint8_t pending[4];
    size_t pending_size;
    struct word_stack rests;        /* lists still to be walked */
    term next;                      /* what is walked now */
    term binary;                    /* under way, or TERM_NONE: */
    const uint8_t *bytes;
    uint8_t *scratch;
    size_t size, at;
    bool in_list;                   /* it was a list's element, and next is the list's tail */
    term result, *cells;            /* MAKE_LIST: the list, and where its next cell goes, ... */
    const term *cells_end;          /* ... and its last ends */
};

enum fate { FATE_OK, FATE_ERROR, FATE_INCOMPLETE, FATE_UNKNOWN };

/* ---- is it character data at all? ------------------------------------------------------------ */

static bool is_flat(term t)
{
    return term_is_binary(t) || term_is_nil(t);
}

enum shape { SHAPE_GOOD, SHAPE_BAD, SHAPE_UNKNOWN, SHAPE_NO_MEMORY };

/* Whether the lists have the right shape: integers of any value pass, for the conversion to say
** where they stand; a big one ends the look. */
static enum shape check_shape(struct conversion *c, size_t *budget)
{
    term t = c->next;

    for (; *budget > 0; --*budget) {
        if (term_is_cons(t)) {
            term head = term_head(t);

            if (term_is_cons(head)) {
                if (!word_stack_push(&c->rests, term_tail(t)))
                    return SHAPE_NO_MEMORY;
                t = head;
                continue;
            }
            if (term_is_big(head))
                return SHAPE_GOOD;
            t = term_tail(t);
            if (!term_is_small(head) && !is_flat(head))
                return SHAPE_BAD;
            continue;
        }
        if (!is_flat(t))
            return SHAPE_BAD;
        if (c->rests.count == 0)
            return SHAPE_GOOD;
        t = word_stack_pop(&c->rests);
    }
    c->next = t;
    return SHAPE_UNKNOWN;
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

static void end_binary(struct conversion *c)
{
    memory_free(c->s->node->memory, MEMORY_OTHER, c->scratch, c->size);
    c->scratch = NULL;
    c->binary = TERM_NONE;
}

static bool begin_binary(struct conversion *c, term binary)
{
    enum data_status status;

    c->at = 0;
    c->binary = binary;
    if (bits_get_bytes(c->s->node->memory, binary, &c->bytes, &c->size, &c->scratch, &status))
        return true;
    c->binary = TERM_NONE;
    c->no_memory = true;
    return false;
}

/* How many bytes to take now: where more follow they end before the beginning of a character, or
** behind more continuation bytes than a character has. */
static size_t stretch_size(const struct conversion *c)
{
    size_t left = c->size - c->at, end = STRETCH_BYTES;

    if (left <= STRETCH_BYTES)
        return left;
    for (unsigned i = 0; i < 3 && (c->bytes[c->at + end] & 0xc0) == 0x80; i++)
        end--;
    return (c->bytes[c->at + end] & 0xc0) == 0x80 ? STRETCH_BYTES : end;
}

/* Takes the next bytes of the binary. False: from at on it was not good. */
static bool put_stretch(struct conversion *c)
{
    size_t size = stretch_size(c), good;

    if (c->latin1) {
        put_latin1(c, c->bytes + c->at, size);
        c->at += size;
        return true;
    }
    good = put_after_pending(c, c->bytes + c->at, size);
    c->at += good;
    if (good < size)
        return false;
    if (c->at == c->size || c->pending_size == 0)
        return true;
    c->at -= c->pending_size;           /* a character that ends before its time, and the binary does not */
    c->pending_size = 0;
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

enum walked { WALK_DONE, WALK_BAD, WALK_STOPPED };

/* The bad part of the binary under way, with the list that follows it. */
static term bad_part(struct conversion *c)
{
    term part = bits_make_sub(native_heap(c->s), c->binary, c->at * 8, (c->size - c->at) * 8);

    c->no_memory = c->no_memory || part == TERM_NONE;
    end_binary(c);
    return c->in_list ? cons_rest(c, part, c->next) : part;
}

/* One element, tail or rest. False: there is none, or no character, then in *rest. */
static bool walk_step(struct conversion *c, term *rest)
{
    term t = c->next, head;

    if (!term_is_cons(t)) {
        c->in_list = false;
        c->next = TERM_NIL;
        if (!term_is_nil(t))
            return begin_binary(c, t);
        if (c->rests.count == 0)
            return false;
        c->next = word_stack_pop(&c->rests);
        return true;
    }
    head = term_head(t);
    if (term_is_cons(head)) {
        c->next = head;
        c->no_memory = !word_stack_push(&c->rests, term_tail(t));
        return !c->no_memory;
    }
    c->next = term_tail(t);
    c->in_list = true;
    if (term_is_bitstring(head))
        return begin_binary(c, head);
    if (term_is_nil(head) || put_point(c, head))
        return true;
    *rest = t;
    return false;
}

/* Converts until the end or the first thing that is no character: *rest is then that thing and all that
** follows it at its level. */
static enum walked walk(struct conversion *c, size_t *budget, term *rest)
{
    for (; *budget > 0; --*budget) {
        if (c->binary != TERM_NONE) {
            *budget -= *budget < STRETCH_COST ? *budget - 1 : STRETCH_COST - 1;
            if (!put_stretch(c)) {
                *rest = bad_part(c);
                return WALK_BAD;
            }
            if (c->at == c->size)
                end_binary(c);
        } else if (!walk_step(c, rest)) {
            return *rest == TERM_NONE ? WALK_DONE : WALK_BAD;
        }
    }
    return WALK_STOPPED;
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

static enum fate convert(struct conversion *c, size_t *budget, term *rest)
{
    term pending = TERM_NONE;
    enum walked walked = walk(c, budget, rest);
    bool complete = walked == WALK_DONE;

    if (walked == WALK_STOPPED && !c->out.failed)
        return FATE_UNKNOWN;
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

static void release(struct native_job *job)
{
    struct conversion *c = (struct conversion *) job;

    end_binary(c);
    byte_buffer_deinit(&c->out);
    word_stack_deinit(&c->rests);
}

/* out becomes a list, or the beginning of one. False when the slice is over: at is where it goes on. */
static bool make_points(struct conversion *c, size_t *budget)
{
    const uint8_t *bytes = c->out.bytes + c->at;
    size_t size = c->out.size - c->at;
    term *cells = c->cells;

    for (; size > 0 && *budget > 0; --*budget, cells += 2) {
        uint32_t point = 0;
        int used = utf8_decode(bytes, size, &point);

        bytes += used;
        size -= (size_t) used;
        cells[0] = term_make_small((intptr_t) point);
        cells[1] = size > 0 ? term_make_cons(cells + 2) : TERM_NIL;
    }
    c->at = c->out.size - size;
    c->cells = cells;
    if (size > 0)
        cells[0] = header_make(BOXED_BIG_POSITIVE, (size_t) (c->cells_end - cells) - 1);
    return size == 0;
}

static bool begin_points(struct conversion *c)
{
    size_t count = utf8_count(c->out.bytes, c->out.size);

    c->at = 0;
    c->result = TERM_NIL;
    if (count == 0)
        return true;
    c->cells = count <= HEADER_MAX_WORDS / 2 ? heap_allocate(native_heap(c->s), 2 * count) : NULL;
    if (c->cells == NULL) {
        c->result = TERM_NONE;
        return false;
    }
    c->result = term_make_cons(c->cells);
    c->cells_end = c->cells + 2 * count;
    return true;
}

/* ---- a binary that is right as it is -------------------------------------------------------- */

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

/* at: how far it has been looked at, in bytes. */
static enum shape check_binary(struct conversion *c, size_t *budget)
{
    struct bits_view view;
    size_t end;

    bits_get_view(c->data, &view);
    end = view.offset + view.size;
    view.offset += 8 * c->at;
    for (; view.offset < end && *budget > 0; --*budget) {
        uint32_t point = bits_byte_at(view.base, view.offset);
        size_t used = point < 0x80 ? 8
            : c->latin1 ? 0 : bits_read_utf8(view.base, view.offset, end - view.offset, &point);

        if (used == 0)
            return SHAPE_BAD;
        view.offset += used;
    }
    c->at = (view.size - (end - view.offset)) / 8;
    return view.offset < end ? SHAPE_UNKNOWN : SHAPE_GOOD;
}

static term unicode_bin_is_7bit(struct scheduler *s, const term *a)
{
    (void) s;
    return native_boolean(term_is_binary(a[0]) && is_ascii(a[0]));
}

/* ---- phases ------------------------------------------------------------------------------- */

enum step { STEP_STOPPED, STEP_ON, STEP_DONE };

static enum step begin_converting(struct conversion *c)
{
    c->phase = CONVERT;
    c->rests.count = 0;
    c->next = c->data;
    c->at = 0;
    return STEP_ON;
}

static enum step shape_step(struct conversion *c, size_t *budget, term *result)
{
    enum shape shape = c->phase == CHECK_SHAPE ? check_shape(c, budget) : check_binary(c, budget);

    if (shape == SHAPE_UNKNOWN)
        return STEP_STOPPED;
    if (c->phase == CHECK_BINARY) {
        *result = c->data;
        return shape == SHAPE_GOOD ? STEP_DONE : begin_converting(c);
    }
    if (shape == SHAPE_GOOD && (c->to_list || !term_is_binary(c->data)))
        return begin_converting(c);
    c->phase = CHECK_BINARY;
    if (shape == SHAPE_GOOD)
        return STEP_ON;
    *result = shape == SHAPE_BAD ? raise_badarg(c->s) : raise_no_memory(c->s);
    return STEP_DONE;
}

static term with_fate(struct conversion *c, enum fate fate, term made, term rest)
{
    if (made != TERM_NONE && fate != FATE_OK)
        made = native_tuple3(c->s, fate == FATE_ERROR ? ATOM(error) : ATOM(incomplete), made, rest);
    return native_result(c->s, made);
}

static enum step convert_step(struct conversion *c, size_t *budget, term *result)
{
    term rest = TERM_NONE, made;
    enum fate fate = convert(c, budget, &rest);

    if (fate == FATE_UNKNOWN)
        return STEP_STOPPED;
    if (c->no_memory || (c->to_list && !begin_points(c))) {
        *result = raise_no_memory(c->s);
        return STEP_DONE;
    }
    if (c->to_list) {
        c->phase = MAKE_LIST;
        c->result = with_fate(c, fate, c->result, rest);
        *result = TERM_NONE;
        return c->result == TERM_NONE ? STEP_DONE : STEP_ON;
    }
    made = bits_make_copy(native_heap(c->s), c->out.bytes, c->out.size);
    *result = with_fate(c, fate, made, rest);
    return STEP_DONE;
}

static enum step step(struct conversion *c, size_t *budget, term *result)
{
    if (c->phase == CONVERT)
        return convert_step(c, budget, result);
    if (c->phase != MAKE_LIST)
        return shape_step(c, budget, result);
    *result = c->result;
    return make_points(c, budget) ? STEP_DONE : STEP_STOPPED;
}

static native_fn go_on;

static term run(struct scheduler *s, const term *a, struct conversion *c)
{
    size_t budget = native_job_budget(s, ELEMENTS_A_REDUCTION), left = budget;
    struct conversion *kept = c;
    enum step outcome;
    term result = TERM_NONE;

    c->s = s;
    do
        outcome = step(c, &left, &result);
    while (outcome == STEP_ON && left > 0);
    native_charge(s, (budget - left) / ELEMENTS_A_REDUCTION);
    if (outcome == STEP_DONE) {
        native_job_end(&c->job);
        return result;
    }
    if (c->job.size == 0) {
        kept = (struct conversion *) native_job_keep(s, &c->job, sizeof *c);
        if (kept == NULL)
            return TERM_NONE;
        word_stack_moved(&kept->rests, &c->rests);
    }
    return native_job_yield(s, go_on, a, &kept->job);
}

static term go_on(struct scheduler *s, const term *a)
{
    return run(s, a, (struct conversion *) native_job_of(s, a));
}

static term start(struct scheduler *s, const term *a, term data, bool to_list)
{
    struct conversion c = { .s = s, .phase = CHECK_SHAPE, .latin1 = a[1] == ATOM(latin1),
        .to_list = to_list, .data = data, .next = data, .binary = TERM_NONE };

    native_job_init(&c.job, release);
    byte_buffer_init(&c.out, s->node->memory, MEMORY_OTHER);
    word_stack_init(&c.rests, s->node->memory);
    return run(s, a, &c);
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

    if (!is_known(a[1]))
        return native_trap(s, ATOM(unicode), ATOM(characters_to_binary_int), 2, a);
    if (term_is_cons(data) && term_is_bitstring(term_head(data)) && term_is_nil(term_tail(data)))
        data = term_head(data);
    return start(s, a, data, false);
}

static term unicode_to_list(struct scheduler *s, const term *a)
{
    if (!is_known(a[1]))
        return native_trap(s, ATOM(unicode), ATOM(characters_to_list_int), 2, a);
    return start(s, a, a[0], true);
}
