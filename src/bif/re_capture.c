/* re_capture.c - what a match gives back: groups by number and name, as positions, bytes, lists. */
#include "bif/re_match.h"

#if AVM_RE

#include "atom/atom.h"
#include "base/vector.h"
#include "data/bits.h"
#include "data/list.h"
#include "data/number.h"

#define NAME_MAX_BYTES 128

/* ---- the table of names ------------------------------------------------------------------- */

/* Rows of the table: number in two bytes, name, a 0. Sorted by name. */
struct names {
    const uint8_t *rows;
    uint32_t count, row_size;
};

static struct names get_names(const struct re_code *code)
{
    struct names names = { NULL, 0, 0 };

    (void) pcre2_pattern_info(code->code, PCRE2_INFO_NAMECOUNT, &names.count);
    (void) pcre2_pattern_info(code->code, PCRE2_INFO_NAMEENTRYSIZE, &names.row_size);
    (void) pcre2_pattern_info(code->code, PCRE2_INFO_NAMETABLE, &names.rows);
    return names;
}

/* The last row with the name of row i. */
static uint32_t last_of_name(const struct names *names, uint32_t i)
{
    const char *name = (const char *) names->rows + (size_t) i * names->row_size + 2;

    while (i + 1 < names->count
        && strcmp((const char *) names->rows + (size_t) (i + 1) * names->row_size + 2, name) == 0)
        i++;
    return i;
}

term re_make_names(struct scheduler *s, const struct re_code *code)
{
    struct names names = get_names(code);
    term list = TERM_NIL;

    for (uint32_t i = names.count; i > 0 && list != TERM_NONE; i--) {
        const char *name = (const char *) names.rows + (size_t) (i - 1) * names.row_size + 2;
        term binary;

        if (last_of_name(&names, i - 1) != i - 1)
            continue;
        binary = bits_make_copy(native_heap(s), name, strlen(name));
        list = binary == TERM_NONE ? TERM_NONE : native_cons(s, binary, list);
    }
    return list == TERM_NONE ? TERM_NONE : native_tuple2(s, ATOM(namelist), list);
}

/* ---- what is asked for ---------------------------------------------------------------------- */

static enum data_status add_pick(struct re_capture *capture, struct re_pick pick)
{
    if (!vector_reserve(capture->memory, MEMORY_OTHER, (void **) &capture->picks,
            &capture->capacity, capture->count, 1, sizeof *capture->picks))
        return DATA_NO_MEMORY;
    capture->picks[capture->count++] = pick;
    return DATA_OK;
}

static struct re_pick pick_rows(const uint8_t *first, const uint8_t *last)
{
    struct re_pick pick = { RE_PICK_NAMED, first, last };

    if (first == last)
        pick.group = (uint32_t) first[0] << 8 | first[1];
    return pick;
}

static enum data_status add_all_names(const struct re_code *code, struct re_capture *capture)
{
    struct names names = get_names(code);
    enum data_status status = DATA_OK;

    if (names.count == 0)
        capture->type = ATOM(none);
    for (uint32_t i = 0; i < names.count && status == DATA_OK; i++) {
        uint32_t last = last_of_name(&names, i);

        status = add_pick(capture, pick_rows(names.rows + (size_t) i * names.row_size,
            names.rows + (size_t) last * names.row_size));
        i = last;
    }
    return status;
}

/* name ends with a 0. */
static enum data_status add_name(const struct re_code *code, struct re_capture *capture,
    const char *name)
{
    struct re_pick none = { RE_PICK_NONE, NULL, NULL };
    PCRE2_SPTR first, last;

    if (pcre2_substring_nametable_scan(code->code, (PCRE2_SPTR) name, &first, &last) <= 0)
        return add_pick(capture, none);
    return add_pick(capture, pick_rows(first, last));
}

/* Longer names than any pattern can have are nobody's. */
static enum data_status add_name_bytes(const struct re_code *code, struct re_capture *capture,
    const uint8_t *bytes, size_t size)
{
    char name[NAME_MAX_BYTES + 1];

    if (size > NAME_MAX_BYTES)
        return add_name(code, capture, "");
    if (size > 0)
        memcpy(name, bytes, size);
    name[size] = '\0';
    return add_name(code, capture, name);
}

static enum data_status add_name_term(struct scheduler *s, const struct re_code *code,
    struct re_capture *capture, term name)
{
    enum data_status status;
    const uint8_t *bytes;
    uint8_t *scratch;
    size_t size;

    if (term_is_atom(name)) {
        bytes = atom_text(s->node->atoms, term_atom_index(name), &size);
        return add_name_bytes(code, capture, bytes, size);
    }
    status = bits_from_iodata(native_heap(s), name, true, &name);
    if (status != DATA_OK)
        return status;
    if (!bits_get_bytes(capture->memory, name, &bytes, &size, &scratch, &status))
        return status;
    status = add_name_bytes(code, capture, bytes, size);
    memory_free(capture->memory, MEMORY_OTHER, scratch, size);
    return status;
}

static enum data_status add_value(struct scheduler *s, const struct re_code *code,
    struct re_capture *capture, term value)
{
    struct re_pick pick = { 0, NULL, NULL };
    int64_t group;

    if (term_is_integer(value)) {
        if (!integer_get_int64(value, &group) || group < 0 || group > INT32_MAX)
            return DATA_BAD_ARGUMENT;
        pick.group = (uint32_t) group;
        return add_pick(capture, pick);
    }
    if (term_is_atom(value) || term_is_bitstring(value) || term_is_list(value))
        return add_name_term(s, code, capture, value);
    return DATA_BAD_ARGUMENT;
}

static enum data_status add_values(struct scheduler *s, const struct re_code *code,
    struct re_capture *capture, term values)
{
    enum data_status status = DATA_OK;

    for (; term_is_cons(values) && status == DATA_OK; values = term_tail(values))
        status = add_value(s, code, capture, term_head(values));
    return status != DATA_OK || term_is_nil(values) ? status : DATA_BAD_ARGUMENT;
}

enum data_status re_capture_open(struct scheduler *s, const struct re_options *options,
    const struct re_code *code, struct re_capture *capture)
{
    term values = options->capture_values, type = options->capture_type;

    memset(capture, 0, sizeof *capture);
    capture->memory = s->node->memory;
    capture->kind = RE_CAPTURE_ALL;
    capture->type = ATOM(index);
    capture->row_size = get_names(code).row_size;
    if (values == TERM_NONE)
        return DATA_OK;
    if (type != ATOM(index) && type != ATOM(list) && type != ATOM(binary))
        return DATA_BAD_ARGUMENT;
    capture->type = values == ATOM(none) || term_is_nil(values) ? ATOM(none) : type;
    if (values == ATOM(all) || capture->type == ATOM(none))
        return DATA_OK;
    capture->kind = RE_CAPTURE_ALL_BUT_FIRST;
    if (values == ATOM(all_but_first))
        return DATA_OK;
    capture->kind = RE_CAPTURE_PICKS;
    if (values == ATOM(first))
        return add_pick(capture, (struct re_pick) { 0, NULL, NULL });
    if (values == ATOM(all_names))
        return add_all_names(code, capture);
    return add_values(s, code, capture, values);
}

void re_capture_close(struct re_capture *capture)
{
    memory_free(capture->memory, MEMORY_OTHER, capture->picks,
        capture->capacity * sizeof *capture->picks);
}

/* ---- what is given ------------------------------------------------------------------------ */

static bool is_set(const struct re_found *found, uint32_t group)
{
    return group < found->groups && found->places[2 * (size_t) group] != PCRE2_UNSET;
}

static term make_index(struct scheduler *s, const struct re_found *found, uint32_t group)
{
    int64_t from = -1, length = 0;
    term at, size;

    if (is_set(found, group)) {
        from = (int64_t) found->places[2 * (size_t) group];
        length = (int64_t) found->places[2 * (size_t) group + 1] - from;
    }
    at = native_integer(s, from);
    size = native_integer(s, length);
    return at == TERM_NONE || size == TERM_NONE ? TERM_NONE : native_tuple2(s, at, size);
}

static term make_value(struct scheduler *s, const struct re_found *found, uint32_t group)
{
    size_t from = 0, to = 0;

    if (found->capture->type == ATOM(index))
        return make_index(s, found, group);
    if (is_set(found, group)) {
        from = found->places[2 * (size_t) group];
        to = found->places[2 * (size_t) group + 1];
        to = to < from ? from : to;
    }
    if (found->capture->type == ATOM(list))
        return list_from_bytes(native_heap(s), found->bytes + from, to - from, TERM_NIL);
    if (found->subject != TERM_NONE)
        return bits_make_sub(native_heap(s), found->subject, from * 8, (to - from) * 8);
    return bits_make_copy(native_heap(s), found->bytes + from, to - from);
}

static uint32_t get_group(const struct re_found *found, const struct re_pick *pick)
{
    const uint8_t *row = pick->first;

    if (pick->group != RE_PICK_NAMED)
        return pick->group;
    for (;; row += found->capture->row_size) {
        uint32_t group = (uint32_t) row[0] << 8 | row[1];

        if (is_set(found, group))
            return group;
        if (row == pick->last)
            return RE_PICK_NONE;
    }
}

term re_capture_make(struct scheduler *s, const struct re_found *found)
{
    const struct re_capture *capture = found->capture;
    bool picks = capture->kind == RE_CAPTURE_PICKS;
    size_t first = capture->kind == RE_CAPTURE_ALL_BUT_FIRST;
    term list = TERM_NIL;

    if (capture->type == ATOM(none))
        return ATOM(match);
    for (size_t i = picks ? capture->count : found->groups; i > first; i--) {
        uint32_t group = picks ? get_group(found, &capture->picks[i - 1]) : (uint32_t) (i - 1);
        term value = make_value(s, found, group);

        list = value == TERM_NONE ? TERM_NONE : native_cons(s, value, list);
        if (list == TERM_NONE)
            return TERM_NONE;
    }
    return native_tuple2(s, ATOM(match), list);
}

#endif
