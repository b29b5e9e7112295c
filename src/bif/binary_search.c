/* binary_search.c - the natives of module binary that look for patterns.
**
** A compiled pattern is {bm | ac, Reference}, the reference standing for a resource; it is freed with
** the last term that names it. */
#include "base/vector.h"
#include "bif/bif.h"
#include "bif/search.h"
#include "data/bits.h"
#include "data/number.h"
#include "proc/native_call.h"

#define SEARCH_NATIVES(X)                                                                        \
    X("compile_pattern", 1, search_compile_pattern, 0)                                           \
    X("match", 2, search_match2, 0)                                                              \
    X("match", 3, search_match3, 0)                                                              \
    X("matches", 2, search_matches2, 0)                                                          \
    X("matches", 3, search_matches3, 0)                                                          \
    X("split", 2, search_split2, 0)                                                              \
    X("split", 3, search_split3, 0)
NATIVE_TABLE(bif_binary_search, "binary", "erl_stdlib_errors", SEARCH_NATIVES)

#define BYTES_A_REDUCTION 100

/* ---- patterns ----------------------------------------------------------------------------- */

struct pattern {
    struct resource resource;       /* first: destroy and type see it */
    struct memory *memory;
    struct search search;
    size_t size;                    /* bytes of this allocation */
    uint8_t bytes[];                /* of a single needle */
};

/* Its address is the type of the resource. */
static const char pattern_type;

static void pattern_destroy(struct resource *resource)
{
    struct pattern *pattern = (struct pattern *) resource;

    search_deinit(&pattern->search, pattern->memory);
    memory_free(pattern->memory, MEMORY_RESOURCE, pattern, pattern->size);
}

/* Needles as bytes that stay while it is open. */
struct needles {
    struct memory *memory;
    struct search_needle *items;
    uint8_t **scratches;            /* of needles that were not byte aligned, else NULL */
    size_t count, capacity, scratch_capacity;
};

static enum data_status needles_add(struct needles *needles, term binary)
{
    enum data_status status;
    struct search_needle *needle;

    if (!vector_reserve(needles->memory, MEMORY_OTHER, (void **) &needles->items, &needles->capacity,
            needles->count, 1, sizeof *needles->items)
        || !vector_reserve(needles->memory, MEMORY_OTHER, (void **) &needles->scratches,
            &needles->scratch_capacity, needles->count, 1, sizeof *needles->scratches))
        return DATA_NO_MEMORY;
    needle = &needles->items[needles->count];
    if (!bits_get_bytes(needles->memory, binary, &needle->bytes, &needle->size,
            &needles->scratches[needles->count], &status))
        return status;
    if (needle->size == 0)
        return DATA_BAD_ARGUMENT;
    needles->count++;
    return DATA_OK;
}

static void needles_close(struct needles *needles)
{
    for (size_t i = 0; i < needles->count; i++)
        memory_free(needles->memory, MEMORY_OTHER, needles->scratches[i], needles->items[i].size);
    memory_free(needles->memory, MEMORY_OTHER, needles->items,
        needles->capacity * sizeof *needles->items);
    memory_free(needles->memory, MEMORY_OTHER, needles->scratches,
        needles->scratch_capacity * sizeof *needles->scratches);
}

/* On anything but DATA_OK needles_close is still called. */
static enum data_status needles_open(struct needles *needles, struct memory *memory, term pattern)
{
    enum data_status status = DATA_OK;

    memset(needles, 0, sizeof *needles);
    needles->memory = memory;
    if (term_is_bitstring(pattern))
        return needles_add(needles, pattern);
    if (!term_is_cons(pattern))
        return DATA_BAD_ARGUMENT;
    for (; term_is_cons(pattern) && status == DATA_OK; pattern = term_tail(pattern))
        status = needles_add(needles, term_head(pattern));
    return status != DATA_OK || term_is_nil(pattern) ? status : DATA_BAD_ARGUMENT;
}

static struct pattern *pattern_create(struct memory *memory, const struct needles *needles)
{
    size_t bytes = needles->count == 1 ? needles->items[0].size : 0, size;
    struct pattern *pattern;

    if (!size_add(sizeof *pattern, bytes, &size))
        return NULL;
    pattern = memory_allocate(memory, MEMORY_RESOURCE, size);
    if (pattern == NULL)
        return NULL;
    memset(pattern, 0, sizeof *pattern);
    pattern->resource.references = 1;
    pattern->resource.destroy = pattern_destroy;
    pattern->resource.type = &pattern_type;
    pattern->memory = memory;
    pattern->size = size;
    if (needles->count == 1) {
        memcpy(pattern->bytes, needles->items[0].bytes, bytes);
        search_init(&pattern->search, pattern->bytes, bytes);
    } else if (!search_init_many(&pattern->search, memory, needles->items, needles->count)) {
        memory_free(memory, MEMORY_RESOURCE, pattern, size);
        return NULL;
    }
    return pattern;
}

static term search_compile_pattern(struct scheduler *s, const term *a)
{
    struct memory *memory = s->node->memory;
    struct needles needles;
    struct pattern *pattern = NULL;
    enum data_status status = needles_open(&needles, memory, a[0]);
    bool is_single = needles.count == 1;
    term reference = TERM_NONE;

    if (status == DATA_OK) {
        pattern = pattern_create(memory, &needles);
        if (pattern != NULL) {
            reference = heap_make_resource(native_heap(s), &pattern->resource,
                atomic_add(&s->node->next_reference, 1));
            resource_release(&pattern->resource);
        }
    }
    needles_close(&needles);
    if (status != DATA_OK)
        return raise_status(s, status);
    return native_result(s, reference == TERM_NONE
            ? TERM_NONE
            : native_tuple2(s, is_single ? ATOM(bm) : ATOM(ac), reference));
}

/* ---- a search under way ------------------------------------------------------------------- */

/* What a pattern argument stands for: a compiled one, or one made for this call. */
struct use {
    const struct search *search;
    struct search own;
    struct needles needles;
    bool is_own;
};

static const struct search *get_compiled(term t)
{
    term reference;

    if (!term_is_tuple(t) || term_tuple_arity(t) != 2
        || (term_tuple_element(t, 0) != ATOM(bm) && term_tuple_element(t, 0) != ATOM(ac)))
        return NULL;
    reference = term_tuple_element(t, 1);
    if (!term_is_resource(reference) || term_resource(reference)->type != &pattern_type)
        return NULL;
    return &((struct pattern *) term_resource(reference))->search;
}

static void use_close(struct use *use, struct memory *memory)
{
    if (use->is_own) {
        if (use->search != NULL)
            search_deinit(&use->own, memory);
        needles_close(&use->needles);
    }
}

static enum data_status use_open(struct use *use, struct memory *memory, term pattern)
{
    enum data_status status;

    use->search = NULL;
    use->is_own = !term_is_tuple(pattern);
    if (!use->is_own) {
        use->search = get_compiled(pattern);
        return use->search != NULL ? DATA_OK : DATA_BAD_ARGUMENT;
    }
    status = needles_open(&use->needles, memory, pattern);
    if (status != DATA_OK)
        return status;
    if (use->needles.count == 1)
        search_init(&use->own, use->needles.items[0].bytes, use->needles.items[0].size);
    else if (!search_init_many(&use->own, memory, use->needles.items, use->needles.count))
        return DATA_NO_MEMORY;
    use->search = &use->own;
    return DATA_OK;
}

struct options {
    bool is_global, trims, trims_all;
    bool has_scope;
    int64_t start, length;
};

static bool read_scope(term option, struct options *options)
{
    term part;

    if (!term_is_tuple(option) || term_tuple_arity(option) != 2
        || term_tuple_element(option, 0) != ATOM(scope))
        return false;
    part = term_tuple_element(option, 1);
    options->has_scope = true;
    return term_is_tuple(part) && term_tuple_arity(part) == 2
        && integer_get_int64(term_tuple_element(part, 0), &options->start)
        && integer_get_int64(term_tuple_element(part, 1), &options->length);
}

static bool read_options(term list, bool is_split, struct options *options)
{
    memset(options, 0, sizeof *options);
    for (; term_is_cons(list); list = term_tail(list)) {
        term option = term_head(list);

        if (is_split && option == ATOM(global))
            options->is_global = true;
        else if (is_split && option == ATOM(trim))
            options->trims = true;
        else if (is_split && option == ATOM(trim_all))
            options->trims_all = true;
        else if (!read_scope(option, options))
            return false;
    }
    return term_is_nil(list);
}

/* The part of size bytes that is searched. */
static bool get_range(const struct options *options, size_t size, size_t *from, size_t *to)
{
    int64_t start = options->start, length = options->length;

    *from = 0;
    *to = size;
    if (!options->has_scope)
        return true;
    if (start < 0 || (uint64_t) start > size || length > (int64_t) size - start || length < -start)
        return false;
    *from = (size_t) (length < 0 ? start + length : start);
    *to = (size_t) (length < 0 ? start : start + length);
    return true;
}

struct place {
    size_t at, length;
};

struct places {
    struct place *items;
    size_t count, capacity;
};

static enum data_status find_places(struct memory *memory, const struct search *search,
    const uint8_t *bytes, size_t from, size_t to, bool all, struct places *places)
{
    size_t at, length;

    while (from < to && search_find(search, bytes + from, to - from, &at, &length)) {
        if (!vector_reserve(memory, MEMORY_OTHER, (void **) &places->items, &places->capacity,
                places->count, 1, sizeof *places->items))
            return DATA_NO_MEMORY;
        places->items[places->count++] = (struct place) { from + at, length };
        from += at + length;
        if (!all)
            break;
    }
    return DATA_OK;
}

/* Finds the first place, or all, in subject. Where nothing is searched nothing is found, whatever
** the pattern. */
static enum data_status search(struct scheduler *s, term subject, term pattern,
    const struct options *options, bool all, struct places *places)
{
    struct memory *memory = s->node->memory;
    const uint8_t *bytes;
    uint8_t *scratch;
    size_t size, from, to;
    enum data_status status;
    struct use use;

    memset(places, 0, sizeof *places);
    if (!bits_get_bytes(memory, subject, &bytes, &size, &scratch, &status))
        return status;
    if (!get_range(options, size, &from, &to)) {
        status = DATA_BAD_ARGUMENT;
    } else if (from < to) {
        status = use_open(&use, memory, pattern);
        if (status == DATA_OK)
            status = find_places(memory, use.search, bytes, from, to, all, places);
        use_close(&use, memory);
        native_charge(s, (to - from) / BYTES_A_REDUCTION);
    }
    memory_free(memory, MEMORY_OTHER, scratch, size);
    return status;
}

static void places_close(struct scheduler *s, struct places *places)
{
    memory_free(s->node->memory, MEMORY_OTHER, places->items,
        places->capacity * sizeof *places->items);
}

/* ---- match, matches ----------------------------------------------------------------------- */

static term make_place(struct scheduler *s, const struct place *place)
{
    term at = native_integer(s, (int64_t) place->at);
    term length = native_integer(s, (int64_t) place->length);

    if (at == TERM_NONE || length == TERM_NONE)
        return TERM_NONE;
    return native_tuple2(s, at, length);
}

static term match(struct scheduler *s, const term *a, term option_list)
{
    struct options options;
    struct places places;
    enum data_status status;
    term result = ATOM(nomatch);

    if (!read_options(option_list, false, &options))
        return raise_badarg(s);
    status = search(s, a[0], a[1], &options, false, &places);
    if (places.count > 0)
        result = make_place(s, &places.items[0]);
    places_close(s, &places);
    return status == DATA_OK ? native_result(s, result) : raise_status(s, status);
}

static term search_match2(struct scheduler *s, const term *a)
{
    return match(s, a, TERM_NIL);
}

static term search_match3(struct scheduler *s, const term *a)
{
    return match(s, a, a[2]);
}

static term matches(struct scheduler *s, const term *a, term option_list)
{
    struct options options;
    struct places places;
    enum data_status status;
    term result = TERM_NIL;

    if (!read_options(option_list, false, &options))
        return raise_badarg(s);
    status = search(s, a[0], a[1], &options, true, &places);
    for (size_t i = places.count; i > 0 && result != TERM_NONE; i--) {
        term place = make_place(s, &places.items[i - 1]);

        result = place == TERM_NONE ? TERM_NONE : native_cons(s, place, result);
    }
    places_close(s, &places);
    return status == DATA_OK ? native_result(s, result) : raise_status(s, status);
}

static term search_matches2(struct scheduler *s, const term *a)
{
    return matches(s, a, TERM_NIL);
}

static term search_matches3(struct scheduler *s, const term *a)
{
    return matches(s, a, a[2]);
}

/* ---- split -------------------------------------------------------------------------------- */

/* The parts between the places, the last first. trim: none that is empty at the end. */
static term make_parts(struct scheduler *s, term subject, const struct places *places,
    const struct options *options)
{
    size_t end = term_bit_size(subject) >> 3;
    term result = TERM_NIL;

    for (size_t i = places->count + 1; i > 0; i--) {
        const struct place *before = i > 1 ? &places->items[i - 2] : NULL;
        size_t start = before != NULL ? before->at + before->length : 0;
        bool skips = start == end
            && (options->trims_all || (options->trims && term_is_nil(result)));

        if (!skips) {
            term part = bits_make_sub(native_heap(s), subject, start * 8, (end - start) * 8);

            result = part == TERM_NONE ? TERM_NONE : native_cons(s, part, result);
            if (result == TERM_NONE)
                return TERM_NONE;
        }
        end = before != NULL ? before->at : 0;
    }
    return result;
}

static term split(struct scheduler *s, const term *a, term option_list)
{
    struct options options;
    struct places places;
    enum data_status status;
    term result = TERM_NONE;

    if (!read_options(option_list, true, &options))
        return raise_badarg(s);
    status = search(s, a[0], a[1], &options, options.is_global, &places);
    if (status == DATA_OK)
        result = make_parts(s, a[0], &places, &options);
    places_close(s, &places);
    return status == DATA_OK ? native_result(s, result) : raise_status(s, status);
}

static term search_split2(struct scheduler *s, const term *a)
{
    return split(s, a, TERM_NIL);
}

static term search_split3(struct scheduler *s, const term *a)
{
    return split(s, a, a[2]);
}
