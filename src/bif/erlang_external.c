/* erlang_external.c - natives of erlang around the external term format. */
#include "bif/bif.h"
#include "bif/external.h"
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

static term encode(struct scheduler *s, term t, const struct etf_options *options)
{
    struct etf_context context;
    struct byte_buffer out;
    enum etf_status status;
    term result = TERM_NONE;

    external_context_init(&context, s->node, s->process, false);
    byte_buffer_init(&out, s->node->memory, MEMORY_OTHER);
    status = etf_encode(&context, t, options, &out);
    if (status == ETF_OK) {
        native_charge(s, out.size / BYTES_A_REDUCTION);
        result = bits_make_copy(native_heap(s), out.bytes, out.size);
    }
    byte_buffer_deinit(&out);
    return status == ETF_OK ? native_result(s, result) : raise_etf(s, status);
}

static term external_to_binary1(struct scheduler *s, const term *a)
{
    struct etf_options options = ETF_OPTIONS_DEFAULT;

    return encode(s, a[0], &options);
}

static term external_to_binary2(struct scheduler *s, const term *a)
{
    struct etf_options options;

    return read_options(a[1], &options) ? encode(s, a[0], &options) : raise_badarg(s);
}

static term listed(struct scheduler *s, term binary)
{
    return binary == TERM_NONE ? TERM_NONE : native_result(s, native_cons(s, binary, TERM_NIL));
}

static term external_to_iovec1(struct scheduler *s, const term *a)
{
    return listed(s, external_to_binary1(s, a));
}

static term external_to_iovec2(struct scheduler *s, const term *a)
{
    return listed(s, external_to_binary2(s, a));
}

static term measure(struct scheduler *s, term t, const struct etf_options *options)
{
    struct etf_context context;
    size_t size;
    enum etf_status status;

    external_context_init(&context, s->node, s->process, false);
    status = etf_external_size(&context, t, options, &size);
    if (status != ETF_OK)
        return raise_etf(s, status);
    native_charge(s, size / BYTES_A_REDUCTION);
    return native_result(s, native_integer(s, (int64_t) size));
}

static term external_size1(struct scheduler *s, const term *a)
{
    struct etf_options options = ETF_OPTIONS_DEFAULT;

    return measure(s, a[0], &options);
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
    return term_is_nil(list) ? measure(s, a[0], &options) : raise_badarg(s);
}

/* ---- bytes to terms ----------------------------------------------------------------------- */

static term decode(struct scheduler *s, term binary, bool safe, size_t *used)
{
    struct etf_context context;
    const uint8_t *bytes;
    uint8_t *scratch;
    size_t size;
    enum data_status status;
    enum etf_status result_status;
    term result;

    if (!bits_get_bytes(s->node->memory, binary, &bytes, &size, &scratch, &status))
        return raise_status(s, status);
    external_context_init(&context, s->node, s->process, safe);
    result_status
        = etf_decode(&context, bytes, size, safe ? ETF_SAFE : 0, native_heap(s), &result, used);
    memory_free(s->node->memory, MEMORY_OTHER, scratch, size);
    if (result_status != ETF_OK)
        return raise_etf(s, result_status);
    native_charge(s, *used / BYTES_A_REDUCTION);
    return result;
}

static term external_from_binary1(struct scheduler *s, const term *a)
{
    size_t used;

    return decode(s, a[0], false, &used);
}

static term external_from_binary2(struct scheduler *s, const term *a)
{
    bool safe = false, wants_used = false;
    size_t used;
    term list, result, count;

    for (list = a[1]; term_is_cons(list); list = term_tail(list)) {
        if (term_head(list) == ATOM(safe))
            safe = true;
        else if (term_head(list) == ATOM(used))
            wants_used = true;
        else
            return raise_badarg(s);
    }
    if (!term_is_nil(list))
        return raise_badarg(s);
    result = decode(s, a[0], safe, &used);
    if (result == TERM_NONE || !wants_used)
        return result;
    count = native_integer(s, (int64_t) used);
    return native_result(s, count == TERM_NONE ? TERM_NONE : native_tuple2(s, result, count));
}
