/* erlang_atom.c - natives of erlang that turn atoms into text and text into atoms. */
#include "base/utf8.h"
#include "bif/bif.h"
#include "data/bits.h"
#include "proc/native_call.h"

#define ATOM_NATIVES(X)                                                                          \
    X("atom_to_binary", 2, atom_native_to_binary, 0)                                             \
    X("atom_to_list", 1, atom_native_to_list, 0)                                                 \
    X("binary_to_atom", 2, atom_native_from_binary, 0)                                           \
    X("binary_to_existing_atom", 2, atom_native_from_binary_existing, 0)                         \
    X("list_to_atom", 1, atom_native_from_list, 0)                                               \
    X("list_to_existing_atom", 1, atom_native_from_list_existing, 0)
NATIVE_TABLE(bif_erlang_atom, "erlang", "erl_erts_errors", ATOM_NATIVES)

#define ATOM_MAX_BYTES (4 * ATOM_MAX_CHARACTERS)

static bool is_utf8(term encoding)
{
    return encoding == ATOM(utf8) || encoding == ATOM(unicode);
}

/* ---- atoms to text ------------------------------------------------------------------------ */

/* size bytes of UTF-8 to Latin-1; SIZE_MAX when it is not Latin-1. */
static size_t to_latin1(const uint8_t *text, size_t size, uint8_t *out)
{
    size_t count = 0;

    for (size_t at = 0; at < size;) {
        uint32_t point;

        at += (size_t) utf8_decode(text + at, size - at, &point);
        if (point > 255)
            return SIZE_MAX;
        out[count++] = (uint8_t) point;
    }
    return count;
}

static term atom_native_to_binary(struct scheduler *s, const term *a)
{
    uint8_t latin1[ATOM_MAX_CHARACTERS];
    const uint8_t *text;
    size_t size;

    if (!term_is_atom(a[0]))
        return raise_badarg(s);
    text = atom_text(s->node->atoms, term_atom_index(a[0]), &size);
    if (a[1] == ATOM(latin1)) {
        size = to_latin1(text, size, latin1);
        text = latin1;
    }
    if (size == SIZE_MAX || (a[1] != ATOM(latin1) && !is_utf8(a[1])))
        return raise_badarg(s);
    return native_result(s, bits_make_copy(native_heap(s), text, size));
}

static term atom_native_to_list(struct scheduler *s, const term *a)
{
    term points[ATOM_MAX_CHARACTERS];
    const uint8_t *text;
    size_t size, count = 0;

    if (!term_is_atom(a[0]))
        return raise_badarg(s);
    text = atom_text(s->node->atoms, term_atom_index(a[0]), &size);
    for (size_t at = 0; at < size;) {
        uint32_t point;

        at += (size_t) utf8_decode(text + at, size - at, &point);
        points[count++] = term_make_small((intptr_t) point);
    }
    return native_result(s, native_list(s, points, count));
}

/* ---- text to atoms ------------------------------------------------------------------------ */

/* Text that can be no atom, for a reason that is not its length, is a bad argument; an atom that
** must exist and cannot is one too. */
static term find_or_put(struct scheduler *s, const uint8_t *text, size_t size, bool existing)
{
    uint32_t index;

    if (existing)
        return atom_find(s->node->atoms, text, size, &index) ? term_make_atom(index)
                                                             : raise_badarg(s);
    switch (atom_put(s->node->atoms, text, size, &index)) {
    case ATOM_OK:
        return term_make_atom(index);
    case ATOM_BAD:
        return raise_badarg(s);
    default:
        return raise_error(s, ATOM(system_limit));
    }
}

static term raise_too_long(struct scheduler *s, bool existing)
{
    return existing ? raise_badarg(s) : raise_error(s, ATOM(system_limit));
}

static term from_latin1(struct scheduler *s, const uint8_t *bytes, size_t size, bool existing)
{
    uint8_t text[2 * ATOM_MAX_CHARACTERS];
    size_t length = 0;

    if (size > ATOM_MAX_CHARACTERS)
        return raise_too_long(s, existing);
    for (size_t i = 0; i < size; i++)
        length += utf8_encode(bytes[i], text + length);
    return find_or_put(s, text, length, existing);
}

/* Only what could be in an atom is looked at: what follows too many characters does not matter. */
static term from_utf8(struct scheduler *s, const uint8_t *bytes, size_t size, bool existing)
{
    size_t at = 0;

    for (unsigned count = 0; at < size; count++) {
        uint32_t point;
        int used = utf8_decode(bytes + at, size - at, &point);

        if (used <= 0)
            return raise_badarg(s);
        if (count == ATOM_MAX_CHARACTERS)
            return raise_too_long(s, existing);
        at += (size_t) used;
    }
    return find_or_put(s, bytes, size, existing);
}

static term from_binary(struct scheduler *s, const term *a, bool existing)
{
    const uint8_t *bytes;
    uint8_t *scratch;
    size_t size;
    enum data_status status;
    term result;

    if (a[1] != ATOM(latin1) && !is_utf8(a[1]))
        return raise_badarg(s);
    if (!bits_get_bytes(s->node->memory, a[0], &bytes, &size, &scratch, &status))
        return raise_status(s, status);
    result = a[1] == ATOM(latin1) ? from_latin1(s, bytes, size, existing)
                                  : from_utf8(s, bytes, size, existing);
    memory_free(s->node->memory, MEMORY_OTHER, scratch, size);
    return result;
}

static term atom_native_from_binary(struct scheduler *s, const term *a)
{
    return from_binary(s, a, false);
}

static term atom_native_from_binary_existing(struct scheduler *s, const term *a)
{
    return from_binary(s, a, true);
}

static term from_list(struct scheduler *s, term list, bool existing)
{
    uint8_t text[ATOM_MAX_BYTES];
    size_t size = 0;

    for (unsigned count = 0; term_is_cons(list); list = term_tail(list), count++) {
        term point = term_head(list);

        if (!term_is_small(point) || (uintptr_t) term_small(point) > 0x10ffff
            || !utf8_is_valid_point((uint32_t) term_small(point)))
            return raise_badarg(s);
        if (count == ATOM_MAX_CHARACTERS)
            return raise_too_long(s, existing);
        size += utf8_encode((uint32_t) term_small(point), text + size);
    }
    return term_is_nil(list) ? find_or_put(s, text, size, existing) : raise_badarg(s);
}

static term atom_native_from_list(struct scheduler *s, const term *a)
{
    return from_list(s, a[0], false);
}

static term atom_native_from_list_existing(struct scheduler *s, const term *a)
{
    return from_list(s, a[0], true);
}
