/* erlang_external.c - natives of erlang around the external term format. */
#include "bif/bif.h"
#include "bif/external.h"
#include "bif/job.h"
#include "data/bits.h"
#include "proc/native_call.h"

#define EXTERNAL_NATIVES(X)                                                                      \
    X("term_to_binary", 1, external_to_binary1, 0)                                               \
    X("term_to_binary", 2, external_to_binary2, 0)                                               \
    X("term_to_iovec", 1, external_to_iovec1, 0)                                                 \
    X("term_to_iovec", 2, external_to_iovec2, 0)                                                 \
    X("binary_to_term", 1, external_from_binary1, 0)                                             \
    X("binary_to_term", 2, external_from_binary2, 0)                                             \
    X("external_size", 1, external_size1, 0)                                                     \
    X("external_size", 2, external_size2, 0)
NATIVE_TABLE(bif_erlang_external, "erlang", "erl_erts_errors", EXTERNAL_NATIVES)

#define BYTES_A_REDUCTION 64
#define TERMS_A_REDUCTION 16

/* ---- the context -------------------------------------------------------------------------- */

static struct export *put_export(void *user, term module, term function, uint32_t arity)
{
    return code_put_export(((struct node *) user)->code, module, function, arity);
}

static struct export *find_export(void *user, term module, term function, uint32_t arity)
{
    return code_find_export(((struct node *) user)->code, module, function, arity);
}

static struct fun_entry *put_fun(void *user, const struct fun_identity *identity)
{
    return code_put_fun_entry(((struct node *) user)->code, identity);
}

void external_context_init(struct etf_context *context, struct node *node, struct process *self,
    bool safe)
{
    *context = (struct etf_context) {
        .memory = node->memory,
        .atoms = node->atoms,
        .node = node->name,
        .creation = node->creation,
        .self = self != NULL ? self->pid : TERM_NONE,
        .user = node,
        .find_export = safe ? find_export : put_export,
        .find_fun = put_fun,
    };
}

static term raise_etf(struct scheduler *s, enum etf_status status)
{
    return status == ETF_BAD_ARGUMENT ? raise_badarg(s) : raise_error(s, ATOM(system_limit));
}

/* ---- options ------------------------------------------------------------------------------ */

static bool read_pair(term pair, struct etf_options *options)
{
    term name, value;

    if (!term_is_tuple(pair) || term_tuple_arity(pair) != 2)
        return false;
    name = term_tuple_element(pair, 0);
    value = term_tuple_element(pair, 1);
    if (!term_is_small(value) || term_small(value) < 0)
        return false;
    if (name == ATOM(minor_version) && term_small(value) <= 2) {
        options->minor_version = (unsigned) term_small(value);
        return true;
    }
    if (name == ATOM(compressed) && term_small(value) <= 9) {
        options->compression = (int) term_small(value);
        return true;
    }
    return false;
}

static bool read_options(term list, struct etf_options *options)
{
    *options = ETF_OPTIONS_DEFAULT;
    for (; term_is_cons(list); list = term_tail(list)) {
        term option = term_head(list);

        if (option == ATOM(compressed))
            options->compression = -1;
        else if (option == ATOM(deterministic))
            options->deterministic = true;
        else if (!read_pair(option, options))
            return false;
    }
    return term_is_nil(list);
}

/* ---- terms to bytes ----------------------------------------------------------------------- */

enum encode_result { AS_BINARY, AS_LIST, AS_SIZE };

struct encode_work {
    struct native_job job;
    struct etf_encoding encoding;
    enum encode_result wanted;
};

static void encode_release(struct native_job *job)
{
    etf_encoding_deinit(&((struct encode_work *) job)->encoding);
}

static term encoded(struct scheduler *s, const struct encode_work *work)
{
    const struct etf_encoding *encoding = &work->encoding;
    term result;

    if (encoding->status != ETF_OK)
        return raise_etf(s, encoding->status);
    if (work->wanted == AS_SIZE)
        return native_result(s, native_integer(s, (int64_t) encoding->size + 1));
    result = bits_make_copy(native_heap(s), encoding->out.bytes, encoding->out.size);
    if (work->wanted == AS_LIST && result != TERM_NONE)
        result = native_cons(s, result, TERM_NIL);
    return native_result(s, result);
}

static native_fn encode_on;

static term encode_run(struct scheduler *s, const term *a, struct encode_work *work)
{
    size_t budget = native_job_budget(s, TERMS_A_REDUCTION), left = budget;
    struct native_job *kept = &work->job;
    term result;

    if (etf_encoding_run(&work->encoding, &left)) {
        native_charge(s, (budget - left) / TERMS_A_REDUCTION);
        result = encoded(s, work);
        native_job_end(kept);
        return result;
    }
    native_charge(s, budget / TERMS_A_REDUCTION);
    if (work->job.size == 0 && (kept = native_job_keep(s, kept, sizeof *work)) == NULL)
        return TERM_NONE;
    return native_job_yield(s, encode_on, a, kept);
}

static term encode_on(struct scheduler *s, const term *a)
{
    return encode_run(s, a, (struct encode_work *) native_job_of(s, a));
}

static term encode(struct scheduler *s, const term *a, const struct etf_options *options,
    enum encode_result wanted)
{
    struct encode_work work;
    struct etf_context context;

    external_context_init(&context, s->node, s->process, false);
    native_job_init(&work.job, encode_release);
    work.wanted = wanted;
    etf_encoding_init(&work.encoding, &context, a[0], options, wanted == AS_SIZE);
    return encode_run(s, a, &work);
}

static term external_to_binary1(struct scheduler *s, const term *a)
{
    struct etf_options options = ETF_OPTIONS_DEFAULT;

    return encode(s, a, &options, AS_BINARY);
}

static term external_to_binary2(struct scheduler *s, const term *a)
{
    struct etf_options options;

    return read_options(a[1], &options) ? encode(s, a, &options, AS_BINARY) : raise_badarg(s);
}

static term external_to_iovec1(struct scheduler *s, const term *a)
{
    struct etf_options options = ETF_OPTIONS_DEFAULT;

    return encode(s, a, &options, AS_LIST);
}

static term external_to_iovec2(struct scheduler *s, const term *a)
{
    struct etf_options options;

    return read_options(a[1], &options) ? encode(s, a, &options, AS_LIST) : raise_badarg(s);
}

static term external_size1(struct scheduler *s, const term *a)
{
    struct etf_options options = ETF_OPTIONS_DEFAULT;

    return encode(s, a, &options, AS_SIZE);
}

/* Takes minor versions 0 and 1 and no other option. */
static term external_size2(struct scheduler *s, const term *a)
{
    struct etf_options options = ETF_OPTIONS_DEFAULT;
    term list;

    for (list = a[1]; term_is_cons(list); list = term_tail(list))
        if (!read_pair(term_head(list), &options) || options.compression != 0
            || options.minor_version > 1
            || term_tuple_element(term_head(list), 0) != ATOM(minor_version))
            return raise_badarg(s);
    return term_is_nil(list) ? encode(s, a, &options, AS_SIZE) : raise_badarg(s);
}

/* ---- bytes to terms ----------------------------------------------------------------------- */

/* Longer ones are decoded in slices. */
#define DECODE_AT_ONCE_BYTES ((size_t) 32768)
#define DECODED_A_REDUCTION 4

/* A decoding under way, behind a reference: it ends with the last term that names it. */
struct decode_job {
    struct resource resource;
    struct memory *memory;
    struct etf_decoding *decoding;
    struct offheap_binary *binary;      /* holds the bytes; NULL: scratch does */
    uint8_t *scratch;
    size_t scratch_size;
};

static const char decode_job_type;

static void decode_job_destroy(struct resource *resource)
{
    struct decode_job *job = (struct decode_job *) resource;

    if (job->decoding != NULL)
        etf_decoding_destroy(job->decoding);
    if (job->binary != NULL)
        offheap_binary_release(job->binary);
    memory_free(job->memory, MEMORY_OTHER, job->scratch, job->scratch_size);
    memory_free(job->memory, MEMORY_RESOURCE, job, sizeof *job);
}

/* The bytes stay where they are, or go where they do: *bytes says where. */
static bool hold_bytes(struct decode_job *job, term binary, const uint8_t **bytes, size_t size)
{
    const term *boxed = term_boxed(binary);

    if (job->scratch != NULL)
        return true;
    if (header_kind(boxed[0]) == BOXED_SUB_BITS && term_boxed_kind(boxed[1]) == BOXED_BIN_REF) {
        job->binary = term_bin_ref_binary(boxed[1]);
        offheap_binary_keep(job->binary);
        return true;
    }
    job->scratch = memory_allocate(job->memory, MEMORY_OTHER, size);
    if (job->scratch == NULL)
        return false;
    job->scratch_size = size;
    memcpy(job->scratch, *bytes, size);
    *bytes = job->scratch;
    return true;
}

/* Takes scratch. NULL without memory. */
static struct decode_job *decode_job_create(struct memory *memory, term binary, uint8_t *scratch,
    const uint8_t **bytes, size_t size)
{
    struct decode_job *job = memory_allocate_zeroed(memory, MEMORY_RESOURCE, sizeof *job);

    if (job == NULL) {
        memory_free(memory, MEMORY_OTHER, scratch, size);
        return NULL;
    }
    job->resource.references = 1;
    job->resource.destroy = decode_job_destroy;
    job->resource.type = &decode_job_type;
    job->memory = memory;
    job->scratch = scratch;
    job->scratch_size = scratch != NULL ? size : 0;
    if (hold_bytes(job, binary, bytes, size))
        return job;
    resource_release(&job->resource);
    return NULL;
}

struct decode_options {
    bool is_safe, wants_used;
};

static bool read_decode_options(term list, struct decode_options *options)
{
    *options = (struct decode_options) { false, false };
    for (; term_is_cons(list); list = term_tail(list)) {
        if (term_head(list) == ATOM(safe))
            options->is_safe = true;
        else if (term_head(list) == ATOM(used))
            options->wants_used = true;
        else
            return false;
    }
    return term_is_nil(list);
}

static term decoded(struct scheduler *s, term result, size_t used, bool wants_used)
{
    term count;

    if (!wants_used)
        return result;
    count = native_integer(s, (int64_t) used);
    return native_result(s, count == TERM_NONE ? TERM_NONE : native_tuple2(s, result, count));
}

static native_fn decode_slice1, decode_slice2;

/* a: the arguments of the native, which a stack trace shows, the job, and whether {Term, Used} is
** wanted. */
static term decode_slice(struct scheduler *s, const term *a, uint32_t arity)
{
    struct decode_job *job = (struct decode_job *) term_resource(a[arity]);
    enum etf_status status;
    size_t used, budget = (size_t) (s->reductions > 0 ? s->reductions : 1) * DECODED_A_REDUCTION;
    term result;

    if (!etf_decoding_run(job->decoding, budget)) {
        native_charge(s, budget / DECODED_A_REDUCTION);
        return native_yield(s, arity == 1 ? decode_slice1 : decode_slice2, arity + 2, a);
    }
    native_charge(s, budget / DECODED_A_REDUCTION / 2);
    status = etf_decoding_finish(job->decoding, native_heap(s), &result, &used);
    etf_decoding_destroy(job->decoding);
    job->decoding = NULL;
    if (status != ETF_OK)
        return raise_etf(s, status);
    return decoded(s, result, used, a[arity + 1] == ATOM(true));
}

static term decode_slice1(struct scheduler *s, const term *a)
{
    return decode_slice(s, a, 1);
}

static term decode_slice2(struct scheduler *s, const term *a)
{
    return decode_slice(s, a, 2);
}

static term decode_in_slices(struct scheduler *s, const struct etf_context *context, const term *a,
    uint32_t arity, struct decode_job *job, const uint8_t *bytes, size_t size,
    const struct decode_options *options)
{
    enum etf_status status = etf_decoding_create(context, bytes, size,
        options->is_safe ? ETF_SAFE : 0, &s->node->heaps, &job->decoding);
    term slice[4];

    memcpy(slice, a, arity * sizeof *a);
    slice[arity] = TERM_NONE;
    slice[arity + 1] = native_boolean(options->wants_used);
    if (status == ETF_OK) {
        slice[arity] = heap_make_resource(native_heap(s), &job->resource,
            node_next_reference(s->node));
        if (slice[arity] == TERM_NONE)
            status = ETF_NO_MEMORY;
    }
    resource_release(&job->resource);
    return status == ETF_OK ? decode_slice(s, slice, arity) : raise_etf(s, status);
}

static term decode(struct scheduler *s, const term *a, uint32_t arity,
    const struct decode_options *options)
{
    struct memory *memory = s->node->memory;
    struct etf_context context;
    const uint8_t *bytes;
    uint8_t *scratch;
    size_t size, used;
    enum data_status status;
    enum etf_status result_status;
    struct decode_job *job;
    term result;

    if (!bits_get_bytes(memory, a[0], &bytes, &size, &scratch, &status))
        return raise_status(s, status);
    external_context_init(&context, s->node, s->process, options->is_safe);
    if (etf_plain_size(bytes, size) > DECODE_AT_ONCE_BYTES) {
        job = decode_job_create(memory, a[0], scratch, &bytes, size);
        return job == NULL ? raise_no_memory(s)
                           : decode_in_slices(s, &context, a, arity, job, bytes, size, options);
    }
    result_status = etf_decode(&context, bytes, size, options->is_safe ? ETF_SAFE : 0,
        native_heap(s), &result, &used);
    memory_free(memory, MEMORY_OTHER, scratch, size);
    if (result_status != ETF_OK)
        return raise_etf(s, result_status);
    native_charge(s, used / BYTES_A_REDUCTION);
    return decoded(s, result, used, options->wants_used);
}

static term external_from_binary1(struct scheduler *s, const term *a)
{
    const struct decode_options options = { false, false };

    return decode(s, a, 1, &options);
}

static term external_from_binary2(struct scheduler *s, const term *a)
{
    struct decode_options options;

    return read_decode_options(a[1], &options) ? decode(s, a, 2, &options)
                                             : raise_badarg_cause(s, ATOM(badopt));
}
