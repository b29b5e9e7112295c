/* decode.c - bytes to a term, without recursion.
**
** A container is allocated whole when its head is read, and its place in what holds it is filled at
** once; a frame then says which of its slots are still to come. Only a map waits for its pairs. No
** container is allocated unless the input has a byte for each term that is still to come. */
#include <math.h>

#include "base/cursor.h"
#include "data/bits.h"
#include "data/identity.h"
#include "data/map.h"
#include "data/number.h"
#include "etf/decoder.h"
#include "etf/tags.h"

static term fail(struct decoder *d, enum etf_status status)
{
    if (d->status == ETF_OK)
        d->status = status;
    return TERM_NONE;
}

static term fail_status(struct decoder *d, enum data_status status)
{
    return fail(d, status == DATA_NO_MEMORY ? ETF_NO_MEMORY
            : status == DATA_SYSTEM_LIMIT   ? ETF_SYSTEM_LIMIT
                                            : ETF_BAD_ARGUMENT);
}

static term made(struct decoder *d, term t)
{
    return t != TERM_NONE ? t : fail(d, ETF_NO_MEMORY);
}

static term *allocate(struct decoder *d, size_t words)
{
    term *result = heap_allocate(d->heap, words);

    if (result == NULL)
        fail(d, ETF_NO_MEMORY);
    return result;
}

/* False when the input is too short for count more terms. */
static bool expect(struct decoder *d, size_t count)
{
    size_t left = cursor_left(&d->in);

    if (d->in.failed || d->needed > left || count > left - d->needed) {
        fail(d, ETF_BAD_ARGUMENT);
        return false;
    }
    d->needed += count;
    return true;
}

static bool push_frame(struct decoder *d, term *next, size_t remaining, size_t stride)
{
    if (!vector_reserve(d->context->memory, MEMORY_OTHER, (void **) &d->frames, &d->capacity,
            d->count, 1, sizeof *d->frames)) {
        fail(d, ETF_NO_MEMORY);
        return false;
    }
    d->frames[d->count++] = (struct decode_frame) { next, remaining, stride };
    return true;
}

/* Slots that will not be filled must not look like anything. */
static void clear_slots(term *next, size_t remaining, size_t stride)
{
    for (; remaining > 0; remaining--, next += stride)
        *next = TERM_NIL;
}

/* ---- atoms -------------------------------------------------------------------------------- */

static term atom_result(struct decoder *d, enum atom_status status, uint32_t index)
{
    switch (status) {
    case ATOM_OK:
        return term_make_atom(index);
    case ATOM_TABLE_FULL:
        return fail(d, ETF_SYSTEM_LIMIT);
    case ATOM_NO_MEMORY:
        return fail(d, ETF_NO_MEMORY);
    default:
        return fail(d, ETF_BAD_ARGUMENT);
    }
}

static term make_atom(struct decoder *d, const uint8_t *text, size_t size, bool utf8)
{
    struct atom_table *atoms = d->context->atoms;
    uint8_t converted[2 * ATOM_MAX_CHARACTERS];
    enum atom_status status;
    uint32_t index = 0;

    if (text == NULL || (!utf8 && size > ATOM_MAX_CHARACTERS))
        return fail(d, ETF_BAD_ARGUMENT);
    if ((d->flags & ETF_SAFE) == 0) {
        status = utf8 ? atom_put(atoms, text, size, &index)
                      : atom_put_latin1(atoms, text, size, &index);
        return atom_result(d, status, index);
    }
    if (!utf8) {
        size_t length = 0;

        for (size_t i = 0; i < size; i++) {
            if (text[i] >= 0x80)
                converted[length++] = (uint8_t) (0xc0 | text[i] >> 6);
            converted[length++] = text[i] < 0x80 ? text[i] : (uint8_t) (0x80 | (text[i] & 0x3f));
        }
        text = converted;
        size = length;
    }
    if (!atom_find(atoms, text, size, &index))
        return fail(d, ETF_BAD_ARGUMENT);
    return term_make_atom(index);
}

static term read_cached_atom(struct decoder *d)
{
    size_t index = cursor_u8(&d->in);

    if (d->context->atom_cache == NULL || index >= d->context->atom_cache_count)
        return fail(d, ETF_BAD_ARGUMENT);
    return d->context->atom_cache[index];
}

static bool is_atom_tag(unsigned tag)
{
    return tag == TAG_ATOM || tag == TAG_SMALL_ATOM || tag == TAG_ATOM_UTF8
        || tag == TAG_SMALL_ATOM_UTF8 || tag == TAG_ATOM_CACHE_REF;
}

static term read_atom(struct decoder *d, unsigned tag)
{
    bool is_short = tag == TAG_SMALL_ATOM || tag == TAG_SMALL_ATOM_UTF8;
    size_t size;

    if (!is_atom_tag(tag))
        return fail(d, ETF_BAD_ARGUMENT);
    if (tag == TAG_ATOM_CACHE_REF)
        return read_cached_atom(d);
    size = is_short ? cursor_u8(&d->in) : cursor_u16(&d->in);
    return make_atom(d, cursor_take(&d->in, size), size,
        tag == TAG_ATOM_UTF8 || tag == TAG_SMALL_ATOM_UTF8);
}

static term read_tagged_atom(struct decoder *d)
{
    return read_atom(d, cursor_u8(&d->in));
}

/* ---- numbers ------------------------------------------------------------------------------ */

static term read_big(struct decoder *d, size_t size)
{
    bool negative = cursor_u8(&d->in) != 0;
    const uint8_t *bytes = cursor_take(&d->in, size);
    enum data_status status;
    term result;

    if (bytes == NULL)
        return fail(d, ETF_BAD_ARGUMENT);
    status = integer_from_bytes(d->heap, bytes, size, false, false, &result);
    if (status == DATA_OK && negative)
        status = number_negate(d->heap, result, &result);
    return status == DATA_OK ? result : fail_status(d, status);
}

static term make_float(struct decoder *d, double value)
{
    term *boxed;

    if (d->in.failed || !isfinite(value))
        return fail(d, ETF_BAD_ARGUMENT);
    boxed = allocate(d, 1 + FLOAT_WORDS);
    return boxed == NULL ? TERM_NONE : term_put_float(boxed, value);
}

static term read_float(struct decoder *d)
{
    uint64_t bits = cursor_u64(&d->in);
    double value;

    memcpy(&value, &bits, sizeof value);
    return make_float(d, value);
}

static term read_float_text(struct decoder *d)
{
    const uint8_t *text = cursor_take(&d->in, FLOAT_TEXT_SIZE);
    size_t size = 0;
    double value;

    if (text == NULL)
        return fail(d, ETF_BAD_ARGUMENT);
    while (size < FLOAT_TEXT_SIZE && text[size] != 0)
        size++;
    if (!float_parse(text, size, &value))
        return fail(d, ETF_BAD_ARGUMENT);
    return make_float(d, value);
}

/* ---- pids, ports, references -------------------------------------------------------------- */

static bool is_local(const struct decoder *d, term node, uint32_t creation)
{
    return node == d->context->node && (creation == 0 || creation == d->context->creation);
}

static term make_external(struct decoder *d, enum boxed_kind kind, term node, uint32_t creation,
    uint32_t count, const uint32_t *ids)
{
    term *boxed = allocate(d, EXTERNAL_ID_WORDS);
    struct external_id *external;

    if (boxed == NULL)
        return TERM_NONE;
    memset(boxed, 0, EXTERNAL_ID_WORDS * sizeof *boxed);
    boxed[0] = header_make(kind, EXTERNAL_ID_WORDS - 1);
    external = (struct external_id *) (void *) (boxed + 1);
    external->node = node;
    external->creation = creation;
    external->count = count;
    memcpy(external->ids, ids, count * sizeof *ids);
    return term_make_boxed(boxed);
}

/* One byte of two bits in the old formats. */
static uint32_t read_creation(struct decoder *d, bool is_wide)
{
    uint32_t creation = is_wide ? cursor_u32(&d->in) : cursor_u8(&d->in);

    if (!is_wide && creation > 3)
        fail(d, ETF_BAD_ARGUMENT);
    return creation;
}

static term read_pid(struct decoder *d, bool is_wide)
{
    term node = read_tagged_atom(d), pid;
    uint32_t ids[2], creation;

    ids[0] = cursor_u32(&d->in);
    ids[1] = cursor_u32(&d->in);
    creation = read_creation(d, is_wide);
    if (d->status != ETF_OK || d->in.failed)
        return fail(d, ETF_BAD_ARGUMENT);
    if (!is_local(d, node, creation))
        return make_external(d, BOXED_EXTERNAL_PID, node, creation, 2, ids);
    pid = term_pid_from_parts(ids[0], ids[1]);
    return pid != TERM_NONE ? pid : fail(d, ETF_BAD_ARGUMENT);
}

static term read_port(struct decoder *d, unsigned tag)
{
    term node = read_tagged_atom(d);
    uint64_t id = tag == TAG_V4_PORT ? cursor_u64(&d->in) : cursor_u32(&d->in);
    uint32_t creation = read_creation(d, tag != TAG_OLD_PORT);
    uint32_t ids[2] = { (uint32_t) id, (uint32_t) (id >> 32) };

    if (d->status != ETF_OK || d->in.failed)
        return fail(d, ETF_BAD_ARGUMENT);
    if (!is_local(d, node, creation))
        return make_external(d, BOXED_EXTERNAL_PORT, node, creation, 2, ids);
    return id <= UINTPTR_MAX >> 4 ? term_make_port((uintptr_t) id) : fail(d, ETF_BAD_ARGUMENT);
}

static term make_local_reference(struct decoder *d, uint64_t id)
{
    term *boxed;

    if (d->context->make_reference != NULL)
        return made(d, d->context->make_reference(d->context->user, d->heap, id));
    boxed = allocate(d, REFERENCE_WORDS);
    if (boxed == NULL)
        return TERM_NONE;
    boxed[0] = header_make(BOXED_REFERENCE, REFERENCE_WORDS - 1);
    memcpy(boxed + 1, &id, sizeof id);
    return term_make_boxed(boxed);
}

static term read_reference(struct decoder *d, unsigned tag)
{
    size_t count = tag == TAG_REFERENCE ? 1 : cursor_u16(&d->in);
    term node = read_tagged_atom(d);
    uint32_t ids[AVM_COUNT_OF(((struct external_id *) 0)->ids)] = { 0 }, creation = 0;
    uint64_t id;

    if (node == TERM_NONE || count == 0 || count > 5)
        return fail(d, ETF_BAD_ARGUMENT);
    if (tag == TAG_REFERENCE)
        ids[0] = cursor_u32(&d->in);
    creation = read_creation(d, tag == TAG_NEWER_REFERENCE);
    for (size_t i = 0; tag != TAG_REFERENCE && i < count; i++)
        ids[i] = cursor_u32(&d->in);
    if (d->status != ETF_OK || d->in.failed
        || (tag != TAG_NEWER_REFERENCE && ids[0] >> REFERENCE_FIRST_BITS != 0))
        return fail(d, ETF_BAD_ARGUMENT);
    if (is_local(d, node, creation) && count <= REFERENCE_ID_PARTS && reference_id_join(ids, &id))
        return make_local_reference(d, id);
    return make_external(d, BOXED_EXTERNAL_REFERENCE, node, creation, (uint32_t) count, ids);
}

/* ---- bytes -------------------------------------------------------------------------------- */

static term read_binary(struct decoder *d)
{
    size_t size = cursor_u32(&d->in);
    const uint8_t *bytes = cursor_take(&d->in, size);

    if (bytes == NULL)
        return fail(d, ETF_BAD_ARGUMENT);
    return made(d, bits_make_copy(d->heap, bytes, size));
}

static term read_bitstring(struct decoder *d)
{
    size_t size = cursor_u32(&d->in), bit_size;
    unsigned last_bits = cursor_u8(&d->in);
    const uint8_t *bytes = cursor_take(&d->in, size);
    uint8_t *to;
    term result;

    if (bytes == NULL || (size == 0) != (last_bits == 0) || last_bits > 8 || size > SIZE_MAX / 8)
        return fail(d, ETF_BAD_ARGUMENT);
    bit_size = size == 0 ? 0 : (size - 1) * 8 + last_bits;
    result = made(d, bits_make_bitstring(d->heap, bit_size, &to));
    if (result != TERM_NONE && size > 0) {
        memcpy(to, bytes, size);
        to[size - 1] &= (uint8_t) (0xff << (8 - last_bits));
    }
    return result;
}

static term read_string(struct decoder *d)
{
    size_t size = cursor_u16(&d->in);
    const uint8_t *bytes = cursor_take(&d->in, size);
    term *cells, tail = TERM_NIL;

    if (bytes == NULL)
        return fail(d, ETF_BAD_ARGUMENT);
    if (size == 0)
        return TERM_NIL;
    cells = allocate(d, 2 * size);
    if (cells == NULL)
        return TERM_NONE;
    for (size_t i = size; i > 0; i--) {
        cells[2 * i - 2] = term_make_small(bytes[i - 1]);
        cells[2 * i - 1] = tail;
        tail = term_make_cons(cells + 2 * i - 2);
    }
    return tail;
}

/* ---- funs --------------------------------------------------------------------------------- */

static bool read_small(struct decoder *d, uint32_t *value)
{
    unsigned tag = cursor_u8(&d->in);

    if (tag == TAG_SMALL_INTEGER) {
        *value = cursor_u8(&d->in);
    } else if (tag == TAG_INTEGER) {
        *value = cursor_u32(&d->in);
    } else if (tag == TAG_SMALL_BIG) {
        size_t size = cursor_u8(&d->in);
        unsigned sign = cursor_u8(&d->in);

        *value = 0;
        for (size_t i = 0; i < size; i++) {
            uint32_t byte = cursor_u8(&d->in);

            if (i < 4)
                *value |= byte << (8 * i);
            else if (byte != 0)
                return false;
        }
        if (sign != 0)
            *value = 0 - *value;
    } else {
        return false;
    }
    return !d->in.failed;
}

static term read_export(struct decoder *d)
{
    term module = read_tagged_atom(d), function = read_tagged_atom(d), *boxed;
    struct export *export;
    uint32_t arity;

    if (module == TERM_NONE || function == TERM_NONE || !read_small(d, &arity) || arity > 255
        || d->context->find_export == NULL)
        return fail(d, ETF_BAD_ARGUMENT);
    export = d->context->find_export(d->context->user, module, function, arity);
    if (export == NULL)
        return fail(d, (d->flags & ETF_SAFE) != 0 ? ETF_BAD_ARGUMENT : ETF_NO_MEMORY);
    boxed = allocate(d, 2);
    if (boxed == NULL)
        return TERM_NONE;
    boxed[0] = header_make(BOXED_EXPORT, 1);
    boxed[1] = (term) export;
    return term_make_boxed(boxed);
}

static bool skip_pid(struct decoder *d)
{
    unsigned tag = cursor_u8(&d->in);

    return (tag == TAG_NEW_PID || tag == TAG_OLD_PID)
        && read_pid(d, tag == TAG_NEW_PID) != TERM_NONE;
}

static bool read_fun(struct decoder *d, term *slot)
{
    struct fun_identity identity;
    struct fun_entry *entry;
    const uint8_t *uniq;
    size_t free_count;
    term *boxed;

    cursor_skip(&d->in, 4);
    identity.arity = cursor_u8(&d->in);
    uniq = cursor_take(&d->in, 16);
    cursor_skip(&d->in, 4);
    free_count = cursor_u32(&d->in);
    identity.free_count = (uint32_t) free_count;
    identity.module = read_tagged_atom(d);
    if (uniq != NULL)
        memcpy(identity.md5, uniq, sizeof identity.md5);
    if (uniq == NULL || identity.module == TERM_NONE || !read_small(d, &identity.index)
        || !read_small(d, &identity.uniq) || !skip_pid(d) || d->context->find_fun == NULL) {
        fail(d, ETF_BAD_ARGUMENT);
        return false;
    }
    if (!expect(d, free_count))
        return false;
    entry = d->context->find_fun(d->context->user, &identity);
    if (entry == NULL)
        fail(d, (d->flags & ETF_SAFE) != 0 ? ETF_BAD_ARGUMENT : ETF_NO_MEMORY);
    boxed = entry == NULL ? NULL : allocate(d, 2 + free_count);
    if (boxed == NULL)
        return false;
    boxed[0] = header_make(BOXED_FUN, 1 + free_count);
    boxed[1] = (term) entry;
    *slot = term_make_boxed(boxed);
    clear_slots(boxed + 2, free_count, 1);
    return free_count == 0 || push_frame(d, boxed + 2, free_count, 1);
}

/* ---- tuples, lists, maps, records --------------------------------------------------------- */

static bool read_tuple(struct decoder *d, size_t arity, term *slot)
{
    term *boxed;

    if (!expect(d, arity))
        return false;
    boxed = allocate(d, 1 + arity);
    if (boxed == NULL)
        return false;
    boxed[0] = header_make(BOXED_TUPLE, arity);
    *slot = term_make_boxed(boxed);
    clear_slots(boxed + 1, arity, 1);
    return arity == 0 || push_frame(d, boxed + 1, arity, 1);
}

static bool read_list(struct decoder *d, size_t count, term *slot)
{
    term *cells;

    if (!expect(d, count) || !expect(d, 1))
        return false;
    if (count == 0)
        return push_frame(d, slot, 1, 1);
    cells = allocate(d, 2 * count);
    if (cells == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        cells[2 * i] = TERM_NIL;
        cells[2 * i + 1] = i + 1 < count ? term_make_cons(cells + 2 * i + 2) : TERM_NIL;
    }
    *slot = term_make_cons(cells);
    return push_frame(d, cells + 2 * count - 1, 1, 1) && push_frame(d, cells, count, 2);
}

/* Bytes of the array of count pairs; count was held against the input. */
static size_t pairs_size(size_t count)
{
    return (1 + 2 * count) * sizeof(term);
}

static bool read_map(struct decoder *d, size_t count, term *slot)
{
    term *pairs;

    if (!expect(d, count) || !expect(d, count))
        return false;
    if (count == 0) {
        *slot = made(d, map_empty(d->heap));
        return *slot != TERM_NONE;
    }
    pairs = memory_allocate(d->context->memory, MEMORY_OTHER, pairs_size(count));
    if (pairs == NULL) {
        fail(d, ETF_NO_MEMORY);
        return false;
    }
    pairs[0] = (term) slot;
    if (!push_frame(d, pairs, count, 0)) {
        memory_free(d->context->memory, MEMORY_OTHER, pairs, pairs_size(count));
        return false;
    }
    return push_frame(d, pairs + 1, 2 * count, 1);
}

static bool finish_map(struct decoder *d, term *pairs, size_t count)
{
    struct compare_context compare = { d->context->memory, d->context->atoms };
    term *slot = (term *) pairs[0], map = made(d, map_empty(d->heap));
    enum data_status status;

    if (map != TERM_NONE) {
        status = map_put_pairs(&compare, d->heap, map, pairs + 1, count, false, &map);
        if (status != DATA_OK)
            fail_status(d, status);
        else if (term_map_size(map) != count)
            fail(d, ETF_BAD_ARGUMENT);
    }
    memory_free(d->context->memory, MEMORY_OTHER, pairs, pairs_size(count));
    if (d->status == ETF_OK)
        *slot = map;
    return d->status == ETF_OK;
}

/* A record's definition is the tuple {Module, Name, IsExported, Key...}. */
static bool read_record(struct decoder *d, term *slot)
{
    size_t count = cursor_u32(&d->in);
    bool is_exported = cursor_u8(&d->in) != 0;
    term *definition, *record;

    if (!expect(d, count) || !expect(d, count))
        return false;
    d->needed -= count;
    definition = allocate(d, 4 + count);
    record = definition == NULL ? NULL : allocate(d, 2 + count);
    if (record == NULL)
        return false;
    definition[0] = header_make(BOXED_TUPLE, 3 + count);
    clear_slots(definition + 1, 3 + count, 1);
    record[0] = header_make(BOXED_RECORD, 1 + count);
    record[1] = term_make_boxed(definition);
    clear_slots(record + 2, count, 1);
    definition[3] = is_exported ? ATOM(true) : ATOM(false);
    for (size_t i = 0; i < 2 + count; i++) {
        term atom = read_tagged_atom(d);

        if (atom == TERM_NONE)
            return false;
        definition[i < 2 ? 1 + i : 2 + i] = atom;
    }
    *slot = term_make_boxed(record);
    return count == 0 || push_frame(d, record + 2, count, 1);
}

/* ---- the walk ----------------------------------------------------------------------------- */

static term read_leaf(struct decoder *d, unsigned tag)
{
    switch (tag) {
    case TAG_SMALL_INTEGER:
        return term_make_small(cursor_u8(&d->in));
    case TAG_INTEGER:
        return made(d, integer_make_int64(d->heap, (int32_t) cursor_u32(&d->in)));
    case TAG_SMALL_BIG:
        return read_big(d, cursor_u8(&d->in));
    case TAG_LARGE_BIG:
        return read_big(d, cursor_u32(&d->in));
    case TAG_NEW_FLOAT:
        return read_float(d);
    case TAG_FLOAT_TEXT:
        return read_float_text(d);
    case TAG_NIL:
        return TERM_NIL;
    case TAG_STRING:
        return read_string(d);
    case TAG_BINARY:
        return read_binary(d);
    case TAG_BIT_BINARY:
        return read_bitstring(d);
    case TAG_NEW_PID:
    case TAG_OLD_PID:
        return read_pid(d, tag == TAG_NEW_PID);
    case TAG_NEW_PORT:
    case TAG_OLD_PORT:
    case TAG_V4_PORT:
        return read_port(d, tag);
    case TAG_REFERENCE:
    case TAG_NEW_REFERENCE:
    case TAG_NEWER_REFERENCE:
        return read_reference(d, tag);
    case TAG_EXPORT:
        return read_export(d);
    default:
        return read_atom(d, tag);
    }
}

/* Reads one term into *slot, or as much of it as can be without its parts. */
static bool read_term(struct decoder *d, term *slot)
{
    unsigned tag = cursor_u8(&d->in);

    d->needed--;
    switch (tag) {
    case TAG_SMALL_TUPLE:
        return read_tuple(d, cursor_u8(&d->in), slot);
    case TAG_LARGE_TUPLE:
        return read_tuple(d, cursor_u32(&d->in), slot);
    case TAG_LIST:
        return read_list(d, cursor_u32(&d->in), slot);
    case TAG_MAP:
        return read_map(d, cursor_u32(&d->in), slot);
    case TAG_NEW_FUN:
        return read_fun(d, slot);
    case TAG_NATIVE_RECORD:
        return read_record(d, slot);
    default:
        break;
    }
    *slot = read_leaf(d, tag);
    if (*slot != TERM_NONE && d->in.failed)
        fail(d, ETF_BAD_ARGUMENT);
    if (d->status == ETF_OK)
        return true;
    *slot = TERM_NIL;
    return false;
}

/* The next slot to fill, with maps whose pairs are complete finished on the way; NULL: all done, or
** a map was bad (status). */
static term *next_slot(struct decoder *d)
{
    while (d->count > 0) {
        struct decode_frame *frame = &d->frames[d->count - 1];
        term *slot = frame->next;

        if (frame->stride == 0) {
            d->count--;
            if (!finish_map(d, slot, frame->remaining))
                return NULL;
            continue;
        }
        frame->next += frame->stride;
        if (--frame->remaining == 0)
            d->count--;
        return slot;
    }
    return NULL;
}

void decoder_init(struct decoder *d, const struct etf_context *context, struct cursor in,
    unsigned flags, struct heap *heap)
{
    memset(d, 0, sizeof *d);
    d->context = context;
    d->heap = heap;
    d->in = in;
    d->flags = flags;
    d->needed = 1;
    d->status = ETF_OK;
    d->root = TERM_NIL;
    d->slot = &d->root;
}

bool decoder_run(struct decoder *d, size_t budget)
{
    const uint8_t *start = d->in.at;

    for (; d->slot != NULL && budget > 0; budget--) {
        if (!read_term(d, d->slot)) {
            d->slot = NULL;
            break;
        }
        d->slot = next_slot(d);
        if ((size_t) (d->in.at - start) / 64 >= budget)
            break;
    }
    return d->slot == NULL;
}

void decoder_deinit(struct decoder *d)
{
    for (size_t i = 0; i < d->count; i++)
        if (d->frames[i].stride == 0)
            memory_free(d->context->memory, MEMORY_OTHER, d->frames[i].next,
                pairs_size(d->frames[i].remaining));
    memory_free(d->context->memory, MEMORY_OTHER, d->frames, d->capacity * sizeof *d->frames);
    d->frames = NULL;
    d->count = d->capacity = 0;
}
