/* erlang_dictionary.c - the process dictionary, and process_flag. */
#include "bif/bif.h"
#include "data/number.h"
#include "proc/dictionary.h"
#include "proc/native_call.h"
#include "proc/options.h"
#include "proc/process_info.h"

#define DICTIONARY_NATIVES(X)                                                                    \
    X("put", 2, dictionary_put_2, 0)                                                             \
    X("get", 1, dictionary_get_1, 0)                                                             \
    X("get", 0, dictionary_get_0, 0)                                                             \
    X("get_keys", 0, dictionary_get_keys_0, 0)                                                   \
    X("get_keys", 1, dictionary_get_keys_1, 0)                                                   \
    X("erase", 1, dictionary_erase_1, 0)                                                         \
    X("erase", 0, dictionary_erase_0, 0)                                                         \
    X("process_flag", 2, flag_set, NATIVE_SAVES_STATE)
NATIVE_TABLE_CONCURRENT(bif_erlang_dictionary, "erlang", "erl_erts_errors", DICTIONARY_NATIVES)

#define INTERNAL_FLAG_NATIVES(X) X("process_flag", 3, flag_set_of, 0)
NATIVE_TABLE(bif_erts_internal_flag, "erts_internal", "erl_erts_errors", INTERNAL_FLAG_NATIVES)

static term or_undefined(term value) { return value != TERM_NONE ? value : ATOM(undefined); }

static term dictionary_put_2(struct scheduler *s, const term *a)
{
    term old;

    if (dictionary_put(&s->process->dictionary, &s->node->compare, a[0], a[1], &old) != DATA_OK)
        return raise_no_memory(s);
    return or_undefined(old);
}

static term dictionary_get_1(struct scheduler *s, const term *a)
{
    return or_undefined(dictionary_get(s->process->dictionary, &s->node->compare, a[0]));
}

static term list_pairs(struct scheduler *s)
{
    const struct dictionary *dictionary = s->process->dictionary;
    term list = TERM_NIL;
    uint32_t i;

    for (i = dictionary != NULL ? dictionary->count : 0; i > 0 && list != TERM_NONE; i--) {
        term pair = native_tuple2(s, dictionary->pairs[2 * (i - 1)],
            dictionary->pairs[2 * (i - 1) + 1]);

        list = pair != TERM_NONE ? native_cons(s, pair, list) : TERM_NONE;
    }
    return native_result(s, list);
}

static term dictionary_get_0(struct scheduler *s, const term *a)
{
    (void) a;
    return list_pairs(s);
}

/* Keys of all pairs, or of those with the value. */
static term list_keys(struct scheduler *s, term value)
{
    const struct dictionary *dictionary = s->process->dictionary;
    term list = TERM_NIL;
    uint32_t i;

    for (i = dictionary != NULL ? dictionary->count : 0; i > 0 && list != TERM_NONE; i--) {
        if (value == TERM_NONE
            || term_equal_exact(&s->node->compare, dictionary->pairs[2 * (i - 1) + 1], value))
            list = native_cons(s, dictionary->pairs[2 * (i - 1)], list);
    }
    return native_result(s, list);
}

static term dictionary_get_keys_0(struct scheduler *s, const term *a)
{
    (void) a;
    return list_keys(s, TERM_NONE);
}

static term dictionary_get_keys_1(struct scheduler *s, const term *a) { return list_keys(s, a[0]); }

static term dictionary_erase_1(struct scheduler *s, const term *a)
{
    return or_undefined(dictionary_erase(&s->process->dictionary, &s->node->compare, a[0]));
}

static term dictionary_erase_0(struct scheduler *s, const term *a)
{
    term list = list_pairs(s);

    (void) a;
    if (list != TERM_NONE)
        dictionary_clear(&s->process->dictionary, s->node->memory);
    return list;
}

/* ---- process_flag --------------------------------------------------------------------------- */

/* Each gives the old value, or raises. */
typedef term flag_fn(struct scheduler *s, term value);

static term set_bit(struct scheduler *s, term value, unsigned bit)
{
    bool old = (s->process->flags & bit) != 0;

    if (value == ATOM(true))
        s->process->flags |= (uint16_t) bit;
    else if (value == ATOM(false))
        s->process->flags &= (uint16_t) ~bit;
    else
        return raise_badarg(s);
    return native_boolean(old);
}

static term flag_trap_exit(struct scheduler *s, term value)
{
    return set_bit(s, value, PROCESS_TRAP_EXIT);
}

static term flag_priority(struct scheduler *s, term value)
{
    term old = process_info_priority(s->process->priority);

    return options_parse_priority(value, &s->process->priority) ? old : raise_badarg(s);
}

static term flag_error_handler(struct scheduler *s, term value)
{
    struct process_rare *rare = s->process->rare;
    term old = rare != NULL && rare->error_handler != TERM_NONE ? rare->error_handler
                                                                : ATOM(error_handler);

    if (!term_is_atom(value))
        return raise_badarg(s);
    if (value == old)
        return old;
    rare = process_get_rare(s->process);
    if (rare == NULL)
        return raise_no_memory(s);
    rare->error_handler = value == ATOM(error_handler) ? TERM_NONE : value;
    process_release_rare(s->process);
    return old;
}

static struct heap_limit limit_of(const struct process *process)
{
    struct heap_limit limit = { process->rare != NULL ? process->rare->max_heap_words : 0,
        (process->flags & PROCESS_HEAP_KILL) != 0, (process->flags & PROCESS_HEAP_LOG) != 0 };

    return limit;
}

static term flag_min_heap_size(struct scheduler *s, term value)
{
    uint32_t old = s->process->heap.min_words;
    uint64_t words;

    if (!integer_get_uint64(value, &words) || words > OPTIONS_MAX_HEAP_WORDS)
        return raise_badarg(s);
    if (words > OPTIONS_MIN_HEAP_WORDS)
        s->process->heap.min_words = options_round_heap_words(words);
    return term_make_small((intptr_t) options_told_heap_words(old));
}

static term flag_min_bin_vheap_size(struct scheduler *s, term value)
{
    uint64_t words;

    return integer_get_uint64(value, &words) ? term_make_small(46422) : raise_badarg(s);
}

static term flag_fullsweep_after(struct scheduler *s, term value)
{
    uint16_t old = s->process->heap.fullsweep_after;
    uint64_t count;

    if (!integer_get_uint64(value, &count))
        return raise_badarg(s);
    s->process->heap.fullsweep_after = (uint16_t) (count < UINT16_MAX ? count : UINT16_MAX);
    return term_make_small(old);
}

static bool set_max_words(struct process *process, size_t words)
{
    struct process_rare *rare = process->rare;

    if (words == 0 && rare == NULL)
        return true;
    rare = process_get_rare(process);
    if (rare == NULL)
        return false;
    rare->max_heap_words = words;
    process_release_rare(process);
    return true;
}

static term flag_max_heap_size(struct scheduler *s, term value)
{
    struct process *process = s->process;
    struct heap_limit limit = limit_of(process);
    term old = process_info_heap_limit(s->node, native_heap(s), limit);

    if (!options_parse_heap_limit(s->node, value, &limit)
        || !options_may_limit(s->node, &limit, process->heap.min_words))
        return raise_badarg(s);
    if (old == TERM_NONE || !set_max_words(process, limit.words))
        return raise_no_memory(s);
    set_bit(s, native_boolean(limit.kill), PROCESS_HEAP_KILL);
    set_bit(s, native_boolean(limit.log), PROCESS_HEAP_LOG);
    return old;
}

static term flag_message_queue_data(struct scheduler *s, term value)
{
    if (value != ATOM(on_heap) && value != ATOM(off_heap))
        return raise_badarg(s);
    return set_bit(s, native_boolean(value == ATOM(off_heap)), PROCESS_OFF_HEAP_MESSAGES) == ATOM(true)
        ? ATOM(off_heap) : ATOM(on_heap);
}

/* Kept by nobody: there is no tracing of calls. */
static term flag_save_calls(struct scheduler *s, term value)
{
    return term_is_small(value) && term_small(value) >= 0 && term_small(value) <= 10000
        ? term_make_small(0) : raise_badarg(s);
}

static term flag_boolean_false(struct scheduler *s, term value)
{
    return value == ATOM(true) || value == ATOM(false) ? ATOM(false) : raise_badarg(s);
}

/* Subscriptions before this one: none counts where no node ever comes or goes. */
static term flag_monitor_nodes(struct scheduler *s, term value)
{
    return value == ATOM(true) || value == ATOM(false) ? term_make_small(0) : raise_badarg(s);
}

static const struct { enum atom_index name; flag_fn *set; } flags[] = {
    { ATOM_INDEX_trap_exit, flag_trap_exit },
    { ATOM_INDEX_priority, flag_priority },
    { ATOM_INDEX_error_handler, flag_error_handler },
    { ATOM_INDEX_min_heap_size, flag_min_heap_size },
    { ATOM_INDEX_min_bin_vheap_size, flag_min_bin_vheap_size },
    { ATOM_INDEX_fullsweep_after, flag_fullsweep_after },
    { ATOM_INDEX_max_heap_size, flag_max_heap_size },
    { ATOM_INDEX_message_queue_data, flag_message_queue_data },
    { ATOM_INDEX_save_calls, flag_save_calls },
    { ATOM_INDEX_sensitive, flag_boolean_false },
    { ATOM_INDEX_async_dist, flag_boolean_false },
    { ATOM_INDEX_monitor_nodes, flag_monitor_nodes },
};

static term flag_set(struct scheduler *s, const term *a)
{
    term name = a[0];
    size_t i;

    if (term_is_tuple(name) && term_tuple_arity(name) == 2
        && term_tuple_element(name, 0) == ATOM(monitor_nodes)
        && (term_is_map(term_tuple_element(name, 1)) || term_is_list(term_tuple_element(name, 1))))
        name = ATOM(monitor_nodes);
    for (i = 0; term_is_atom(name) && i < AVM_COUNT_OF(flags); i++) {
        if (flags[i].name == term_atom_index(name))
            break;
    }
    if (!term_is_atom(name) || i == AVM_COUNT_OF(flags))
        return raise_badarg_cause(s, ATOM(badopt));
    return flags[i].set(s, a[1]);
}

/* Of any process: only save_calls. */
static term flag_set_of(struct scheduler *s, const term *a)
{
    if (!term_is_local_pid(a[0]) || process_find(s->node, a[0]) == NULL || a[1] != ATOM(save_calls)
        || !term_is_small(a[2]) || term_small(a[2]) < 0 || term_small(a[2]) > 10000)
        return ATOM(badarg);
    return term_make_small(0);
}
