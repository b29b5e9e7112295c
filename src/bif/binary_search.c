/* binary_search.c - the natives of module binary that look for patterns.
**
** A compiled pattern is {bm | ac, Reference}, the reference standing for a resource; it is freed
** with the last term that names it. */
#include "base/vector.h"
#include "bif/bif.h"
#include "bif/job.h"
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
NATIVE_TABLE_CONCURRENT(bif_binary_search, "binary", "erl_stdlib_errors", SEARCH_NATIVES)

#define BYTES_A_REDUCTION 100
#define ELEMENTS_A_REDUCTION 16

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

    if (!vector_reserve(needles->memory, MEMORY_OTHER, (void **) &needles->items,
            &needles->capacity, needles->count, 1, sizeof *needles->items)
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
                node_next_reference(s->node));
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

/* Looks at about budget bytes from *from on: *from is then where to go on, to when all is done. A
** match counts where all that could be longer has been seen. */
static enum data_status find_places(struct memory *memory, const struct search *search,
    const uint8_t *bytes, size_t *from, size_t to, size_t budget, bool all, struct places *places)
{
    size_t end = budget < to - *from ? *from + budget : to, window, at, length;

    while (*from < end) {
        window = search->longest < to - end ? end + search->longest : to;
        if (!search_find(search, bytes + *from, window - *from, &at, &length)
            || (at >= end - *from && end < to)) {
            *from = end;
            break;
        }
        if (!vector_reserve(memory, MEMORY_OTHER, (void **) &places->items, &places->capacity,
                places->count, 1, sizeof *places->items))
            return DATA_NO_MEMORY;
        places->items[places->count++] = (struct place) { *from + at, length };
        *from = all ? *from + at + length : to;
    }
    return DATA_OK;
}

static void places_close(struct memory *memory, struct places *places)
{
    memory_free(memory, MEMORY_OTHER, places->items, places->capacity * sizeof *places->items);
}

/* ---- results ------------------------------------------------------------------------------ */

enum result_kind { RESULT_FIRST, RESULT_ALL, RESULT_PARTS };

static term make_place(struct scheduler *s, const struct place *place)
{
    term at = native_integer(s, (int64_t) place->at);
    term length = native_integer(s, (int64_t) place->length);

    if (at == TERM_NONE || length == TERM_NONE)
        return TERM_NONE;
    return native_tuple2(s, at, length);
}

/* A list under way, made from its end. */
struct making {
    size_t left;                    /* elements still to be made: places, or parts */
    size_t end;                     /* where the next part ends */
};

static struct making making_init(enum result_kind kind, term subject, const struct places *places)
{
    return (struct making) { places->count + (kind == RESULT_PARTS), term_bit_size(subject) >> 3 };
}

/* The part before making's end; false when it is left out. trim: none that is empty at the end. */
static bool next_part(const struct places *places, const struct options *options, bool is_last,
    struct making *making, size_t *start, size_t *end)
{
    const struct place *before = making->left > 1 ? &places->items[making->left - 2] : NULL;

    *end = making->end;
    *start = before != NULL ? before->at + before->length : 0;
    making->end = before != NULL ? before->at : 0;
    making->left--;
    return *start != *end || !(options->trims_all || (options->trims && is_last));
}

/* Puts up to most elements before *result; false without memory. */
static bool make_elements(struct scheduler *s, enum result_kind kind, term subject,
    const struct places *places, const struct options *options, struct making *making, size_t most,
    term *result)
{
    size_t start, end;

    for (; most > 0 && making->left > 0 && *result != TERM_NONE; most--) {
        term element;

        if (kind == RESULT_ALL)
            element = make_place(s, &places->items[--making->left]);
        else if (next_part(places, options, term_is_nil(*result), making, &start, &end))
            element = bits_make_sub(native_heap(s), subject, start * 8, (end - start) * 8);
        else
            continue;
        *result = element == TERM_NONE ? TERM_NONE : native_cons(s, element, *result);
    }
    return *result != TERM_NONE;
}

static term make_first(struct scheduler *s, const struct places *places)
{
    return places->count == 0 ? ATOM(nomatch) : native_result(s, make_place(s, &places->items[0]));
}

static term make_result(struct scheduler *s, enum result_kind kind, term subject,
    const struct places *places, const struct options *options)
{
    struct making making = making_init(kind, subject, places);
    term result = TERM_NIL;

    if (kind == RESULT_FIRST)
        return make_first(s, places);
    make_elements(s, kind, subject, places, options, &making, SIZE_MAX, &result);
    return native_result(s, result);
}

/* ---- searches that take several slices ------------------------------------------------------ */

#define AT_ONCE_BYTES ((size_t) 262144)

/* Where a search is, behind a reference: it ends with the last term that names it. */
struct search_job {
    struct resource resource;
    struct memory *memory;
    struct pattern *pattern;            /* kept */
    struct offheap_binary *binary;      /* kept: holds the bytes; NULL: scratch does */
    uint8_t *scratch;
    size_t scratch_size;
    const uint8_t *bytes;
    size_t from, to;
    struct places places;
    struct making making;
    enum result_kind kind;
    bool all;
    struct options options;
};

static const char search_job_type;

static void search_job_destroy(struct resource *resource)
{
    struct search_job *job = (struct search_job *) resource;

    if (job->pattern != NULL)
        resource_release(&job->pattern->resource);
    if (job->binary != NULL)
        offheap_binary_release(job->binary);
    places_close(job->memory, &job->places);
    memory_free(job->memory, MEMORY_OTHER, job->scratch, job->scratch_size);
    memory_free(job->memory, MEMORY_RESOURCE, job, sizeof *job);
}

/* The pattern as one that stays: the compiled one, or compiled now. */
static enum data_status keep_pattern(struct memory *memory, term t, struct pattern **pattern)
{
    struct needles needles;
    enum data_status status;

    if (term_is_tuple(t)) {
        if (get_compiled(t) == NULL)
            return DATA_BAD_ARGUMENT;
        *pattern = (struct pattern *) term_resource(term_tuple_element(t, 1));
        resource_keep(&(*pattern)->resource);
        return DATA_OK;
    }
    status = needles_open(&needles, memory, t);
    if (status == DATA_OK) {
        *pattern = pattern_create(memory, &needles);
        status = *pattern != NULL ? DATA_OK : DATA_NO_MEMORY;
    }
    needles_close(&needles);
    return status;
}

/* a: the job, the subject, what there is of the result. */
static term make_slice(struct scheduler *s, const term *a)
{
    struct search_job *job = (struct search_job *) term_resource(a[0]);
    size_t budget = native_job_budget(s, ELEMENTS_A_REDUCTION), left = job->making.left;
    term next[3] = { a[0], a[1], a[2] };

    if (!make_elements(s, job->kind, a[1], &job->places, &job->options, &job->making, budget, &next[2]))
        return raise_no_memory(s);
    native_charge(s, (left - job->making.left) / ELEMENTS_A_REDUCTION);
    return job->making.left > 0 ? native_yield(s, make_slice, 3, next) : next[2];
}

/* a: the job, the subject. */
static term search_slice(struct scheduler *s, const term *a)
{
    struct search_job *job = (struct search_job *) term_resource(a[0]);
    size_t budget = native_job_budget(s, BYTES_A_REDUCTION);
    size_t start = job->from;
    term next[3] = { a[0], a[1], TERM_NIL };

    if (find_places(job->memory, &job->pattern->search, job->bytes, &job->from, job->to, budget,
            job->all, &job->places) != DATA_OK)
        return raise_no_memory(s);
    native_charge(s, 1 + (job->from - start) / BYTES_A_REDUCTION);
    if (job->from < job->to)
        return native_yield(s, search_slice, 2, a);
    if (job->kind == RESULT_FIRST)
        return make_first(s, &job->places);
    job->making = making_init(job->kind, a[1], &job->places);
    return make_slice(s, next);
}

/* Takes the contents of job but for its pattern, which is made from the term. */
static term start_job(struct scheduler *s, const struct search_job *contents, term subject,
    term pattern)
{
    struct memory *memory = s->node->memory;
    const term *boxed = term_boxed(subject);
    struct search_job *job = memory_allocate(memory, MEMORY_RESOURCE, sizeof *job);
    enum data_status status = DATA_NO_MEMORY;
    term slice[2] = { TERM_NONE, subject };

    if (job == NULL) {
        memory_free(memory, MEMORY_OTHER, contents->scratch, contents->scratch_size);
        return raise_no_memory(s);
    }
    *job = *contents;
    job->resource.references = 1;
    job->resource.destroy = search_job_destroy;
    job->resource.type = &search_job_type;
    job->memory = memory;
    if (job->scratch == NULL && header_kind(boxed[0]) == BOXED_SUB_BITS
        && term_boxed_kind(boxed[1]) == BOXED_BIN_REF) {
        job->binary = term_bin_ref_binary(boxed[1]);
        offheap_binary_keep(job->binary);
    }
    status = keep_pattern(memory, pattern, &job->pattern);
    if (status == DATA_OK)
        slice[0] = heap_make_resource(native_heap(s), &job->resource,
            node_next_reference(s->node));
    resource_release(&job->resource);
    if (status != DATA_OK)
        return raise_status(s, status);
    return slice[0] == TERM_NONE ? raise_no_memory(s) : search_slice(s, slice);
}

/* ---- natives ------------------------------------------------------------------------------ */

/* Where nothing is searched nothing is found, whatever the pattern. */
static term find_at_once(struct scheduler *s, const struct search_job *range, const term *a)
{
    struct memory *memory = s->node->memory;
    struct places places = { NULL, 0, 0 };
    enum data_status status = DATA_OK;
    size_t from = range->from;
    struct use use;
    term result = TERM_NONE;

    if (range->from < range->to) {
        status = use_open(&use, memory, a[1]);
        if (status == DATA_OK)
            status = find_places(memory, use.search, range->bytes, &from, range->to, SIZE_MAX,
                range->all, &places);
        use_close(&use, memory);
        native_charge(s, (range->to - range->from) / BYTES_A_REDUCTION);
    }
    memory_free(memory, MEMORY_OTHER, range->scratch, range->scratch_size);
    if (status == DATA_OK)
        result = make_result(s, range->kind, a[0], &places, &range->options);
    else
        (void) raise_status(s, status);
    places_close(memory, &places);
    return result;
}

static term find(struct scheduler *s, const term *a, enum result_kind kind, term option_list)
{
    struct memory *memory = s->node->memory;
    struct search_job range;
    enum data_status status;
    size_t size;

    memset(&range, 0, sizeof range);
    range.kind = kind;
    if (!read_options(option_list, kind == RESULT_PARTS, &range.options))
        return raise_badarg(s);
    range.all = kind == RESULT_ALL || (kind == RESULT_PARTS && range.options.is_global);
    if (!bits_get_bytes(memory, a[0], &range.bytes, &size, &range.scratch, &status))
        return raise_status(s, status);
    range.scratch_size = range.scratch != NULL ? size : 0;
    if (!get_range(&range.options, size, &range.from, &range.to)) {
        memory_free(memory, MEMORY_OTHER, range.scratch, range.scratch_size);
        return raise_badarg(s);
    }
    return range.to - range.from > AT_ONCE_BYTES ? start_job(s, &range, a[0], a[1])
                                                 : find_at_once(s, &range, a);
}

static term search_match2(struct scheduler *s, const term *a)
{
    return find(s, a, RESULT_FIRST, TERM_NIL);
}

static term search_match3(struct scheduler *s, const term *a)
{
    return find(s, a, RESULT_FIRST, a[2]);
}

static term search_matches2(struct scheduler *s, const term *a)
{
    return find(s, a, RESULT_ALL, TERM_NIL);
}

static term search_matches3(struct scheduler *s, const term *a)
{
    return find(s, a, RESULT_ALL, a[2]);
}

static term search_split2(struct scheduler *s, const term *a)
{
    return find(s, a, RESULT_PARTS, TERM_NIL);
}

static term search_split3(struct scheduler *s, const term *a)
{
    return find(s, a, RESULT_PARTS, a[2]);
}
