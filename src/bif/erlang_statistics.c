/* erlang_statistics.c - what has been counted (statistics/1, memory/0,1), and the end of the machine
** (halt). */
#include "atomvm/platform.h"
#include "bif/bif.h"
#include "data/list.h"
#include "data/number.h"
#include "proc/native_call.h"
#include "proc/ready.h"
#include "proc/table.h"

#define STATISTICS_NATIVES(X)                                                                    \
    X("statistics", 1, statistics, 0)                                                            \
    X("memory", 0, memory_all, 0)                                                                \
    X("memory", 1, memory_some, 0)                                                               \
    X("halt", 0, halt_0, 0)                                                                      \
    X("halt", 1, halt_1, 0)                                                                      \
    X("halt", 2, halt_2, 0)
NATIVE_TABLE(bif_erlang_statistics, "erlang", "erl_erts_errors", STATISTICS_NATIVES)

/* ---- statistics ----------------------------------------------------------------------------- */

typedef term statistic_fn(struct scheduler *s);

static term make_size(struct scheduler *s, uint64_t value)
{
    return integer_make_uint64(native_heap(s), value);
}

static term make_sizes(struct scheduler *s, uint64_t first, uint64_t second)
{
    term a = make_size(s, first), b = make_size(s, second);

    return a != TERM_NONE && b != TERM_NONE ? native_tuple2(s, a, b) : TERM_NONE;
}

static uint64_t milliseconds_run(struct scheduler *s)
{
    return (uint64_t) (node_monotonic_time(s->node) - s->node->start_monotonic) / 1000000;
}

static uint64_t milliseconds_computed(struct scheduler *s)
{
    return (uint64_t) s->node->platform->cpu_time(s->node->platform_state) / 1000000;
}

static term statistic_wall_clock(struct scheduler *s)
{
    int64_t now = (int64_t) milliseconds_run(s), since = now - s->node->wall_clock_reported;

    s->node->wall_clock_reported = now;
    return make_sizes(s, (uint64_t) now, (uint64_t) since);
}

static term statistic_runtime(struct scheduler *s)
{
    int64_t now = (int64_t) milliseconds_computed(s), since = now - s->node->runtime_reported;

    s->node->runtime_reported = now;
    return make_sizes(s, (uint64_t) now, (uint64_t) since);
}

static term statistic_reductions(struct scheduler *s)
{
    struct node_counts counts;
    uint64_t now, since;

    node_get_counts(s->node, &counts);
    now = counts.reductions + (uint64_t) (s->slice - s->reductions);
    since = now - s->node->reductions_reported;
    s->node->reductions_reported = now;
    return make_sizes(s, now, since);
}

static term statistic_garbage_collection(struct scheduler *s)
{
    struct heap_tally tally;
    term count, words;

    heap_get_tally(&s->node->heaps, &tally);
    count = make_size(s, tally.minor_collections + tally.major_collections);
    words = make_size(s, tally.reclaimed_words);

    return count != TERM_NONE && words != TERM_NONE
        ? native_tuple3(s, count, words, term_make_small(0)) : TERM_NONE;
}

static term statistic_context_switches(struct scheduler *s)
{
    struct node_counts counts;

    node_get_counts(s->node, &counts);
    return make_sizes(s, counts.context_switches, 0);
}

static term statistic_io(struct scheduler *s)
{
    term in = native_tuple2(s, ATOM(input), term_make_small(0));
    term out = native_tuple2(s, ATOM(output), term_make_small(0));

    return in != TERM_NONE && out != TERM_NONE ? native_tuple2(s, in, out) : TERM_NONE;
}

static term statistic_run_queue(struct scheduler *s)
{
    return make_size(s, ready_count(s->node));
}

static term statistic_run_queues(struct scheduler *s)
{
    term count = statistic_run_queue(s);

    return count != TERM_NONE ? native_list(s, &count, 1) : TERM_NONE;
}

static term statistic_active(struct scheduler *s) { return make_size(s, ready_count(s->node) + 1); }

static term statistic_actives(struct scheduler *s)
{
    term count = statistic_active(s);

    return count != TERM_NONE ? native_list(s, &count, 1) : TERM_NONE;
}

static term statistic_undefined(struct scheduler *s) { (void) s; return ATOM(undefined); }

static const struct { enum atom_index key; statistic_fn *make; } statistics_known[] = {
#define K(name, maker) { ATOM_INDEX_##name, statistic_##maker },
    K(wall_clock, wall_clock) K(runtime, runtime) K(reductions, reductions)
    K(exact_reductions, reductions) K(garbage_collection, garbage_collection)
    K(context_switches, context_switches) K(io, io) K(run_queue, run_queue)
    K(run_queue_lengths, run_queues) K(run_queue_lengths_all, run_queues)
    K(total_run_queue_lengths, run_queue) K(total_run_queue_lengths_all, run_queue)
    K(active_tasks, actives) K(active_tasks_all, actives) K(total_active_tasks, active)
    K(total_active_tasks_all, active) K(scheduler_wall_time, undefined)
    K(scheduler_wall_time_all, undefined) K(microstate_accounting, undefined)
#undef K
};

static term statistics(struct scheduler *s, const term *a)
{
    size_t i;

    for (i = 0; term_is_atom(a[0]) && i < AVM_COUNT_OF(statistics_known); i++) {
        if (statistics_known[i].key == term_atom_index(a[0]))
            return native_result(s, statistics_known[i].make(s));
    }
    return raise_badarg(s);
}

/* ---- memory ---------------------------------------------------------------------------------- */

static size_t bytes_of_processes(const struct memory_counts *counts)
{
    static const enum memory_kind kinds[] = { MEMORY_HEAP, MEMORY_STACK, MEMORY_MAILBOX, MEMORY_SIGNAL,
        MEMORY_LINK, MEMORY_MONITOR, MEMORY_ALIAS, MEMORY_TIMER, MEMORY_PROCESS, MEMORY_DICTIONARY };
    size_t bytes = 0, i;

    for (i = 0; i < AVM_COUNT_OF(kinds); i++)
        bytes += counts->bytes_by[kinds[i]];
    return bytes;
}

static const enum atom_index memory_types[] = { ATOM_INDEX_total, ATOM_INDEX_processes,
    ATOM_INDEX_processes_used, ATOM_INDEX_system, ATOM_INDEX_atom, ATOM_INDEX_atom_used,
    ATOM_INDEX_binary, ATOM_INDEX_code, ATOM_INDEX_ets };

/* False: no such type. */
static bool bytes_of_type(const struct memory_counts *counts, term type, size_t *bytes)
{
    size_t processes = bytes_of_processes(counts);

    if (type == ATOM(total))
        *bytes = counts->live_bytes;
    else if (type == ATOM(processes) || type == ATOM(processes_used))
        *bytes = processes;
    else if (type == ATOM(system))
        *bytes = counts->live_bytes - processes;
    else if (type == ATOM(atom) || type == ATOM(atom_used))
        *bytes = counts->bytes_by[MEMORY_ATOM];
    else if (type == ATOM(binary))
        *bytes = counts->bytes_by[MEMORY_BINARY];
    else if (type == ATOM(code))
        *bytes = counts->bytes_by[MEMORY_CODE] + counts->bytes_by[MEMORY_LITERAL];
    else if (type == ATOM(ets))
        *bytes = counts->bytes_by[MEMORY_ETS];
    else
        return false;
    return true;
}

/* {Type, Bytes}; TERM_NONE without memory. */
static term make_row(struct scheduler *s, const struct memory_counts *counts, term type)
{
    size_t bytes = 0;
    term size;

    (void) bytes_of_type(counts, type, &bytes);
    size = make_size(s, bytes);
    return size != TERM_NONE ? native_tuple2(s, type, size) : TERM_NONE;
}

static term memory_all(struct scheduler *s, const term *a)
{
    struct memory_counts counts;
    term rows[AVM_COUNT_OF(memory_types)];
    size_t i;

    (void) a;
    memory_get_counts(s->node->memory, &counts);
    for (i = 0; i < AVM_COUNT_OF(rows); i++) {
        rows[i] = make_row(s, &counts, term_make_atom(memory_types[i]));
        if (rows[i] == TERM_NONE)
            return raise_no_memory(s);
    }
    return native_result(s, native_list(s, rows, AVM_COUNT_OF(rows)));
}

static term memory_some(struct scheduler *s, const term *a)
{
    struct memory_counts counts;
    term list = a[0], rows = TERM_NIL, row;
    size_t bytes;

    memory_get_counts(s->node->memory, &counts);
    if (term_is_atom(list))
        return bytes_of_type(&counts, list, &bytes) ? native_result(s, make_size(s, bytes))
                                                    : raise_badarg(s);
    for (; term_is_cons(list); list = term_tail(list)) {
        if (!bytes_of_type(&counts, term_head(list), &bytes))
            return raise_badarg(s);
        row = make_row(s, &counts, term_head(list));
        rows = row != TERM_NONE ? native_cons(s, row, rows) : TERM_NONE;
        if (rows == TERM_NONE)
            return raise_no_memory(s);
    }
    if (list != TERM_NIL)
        return raise_badarg(s);
    return native_result(s, list_reverse_onto(native_heap(s), rows, TERM_NIL));
}

/* ---- the end --------------------------------------------------------------------------------- */

#define SLOGAN_MAX 1023

/* Nothing of the caller runs any more: the scheduler sees node->halting first. */
static term halted(struct scheduler *s, const term *a)
{
    s->reductions = 0;
    native_yield(s, halted, 0, a);
    s->trap.yields = true;
    return TERM_NONE;
}

static term halt_with(struct scheduler *s, int status)
{
    s->node->halt_status = status;
    atomic_put(&s->node->halting, true);
    return halted(s, s->x);
}

/* False: no string. Without memory the slogan is left out. */
static bool take_slogan(struct scheduler *s, term text)
{
    size_t count = list_length(text), i;
    char *slogan;
    term at = text;

    if (count == SIZE_MAX)
        return false;
    for (; term_is_cons(at); at = term_tail(at)) {
        if (!term_is_small(term_head(at)) || term_small(term_head(at)) < 0
            || term_small(term_head(at)) > 0x10ffff)
            return false;
    }
    count = count < SLOGAN_MAX ? count : SLOGAN_MAX;
    slogan = memory_allocate(s->node->memory, MEMORY_OTHER, count + 1);
    if (slogan == NULL)
        return true;
    for (i = 0; i < count; i++, text = term_tail(text))
        slogan[i] = (char) (term_small(term_head(text)) < 128 ? term_small(term_head(text)) : '?');
    slogan[count] = '\0';
    memory_free(s->node->memory, MEMORY_OTHER, s->node->halt_slogan, s->node->halt_slogan_size);
    s->node->halt_slogan = slogan;
    s->node->halt_slogan_size = count + 1;
    return true;
}

static bool parse_halt_options(term list)
{
    for (; term_is_cons(list); list = term_tail(list)) {
        term option = term_head(list), value;

        if (!term_is_tuple(option) || term_tuple_arity(option) != 2
            || term_tuple_element(option, 0) != ATOM(flush))
            return false;
        value = term_tuple_element(option, 1);
        if (value != ATOM(true) && value != ATOM(false))
            return false;
    }
    return list == TERM_NIL;
}

static term halt_by(struct scheduler *s, term status)
{
    if (status == ATOM(abort))
        return halt_with(s, 134);
    if (term_is_small(status) && term_small(status) >= 0)
        return halt_with(s, (int) (term_small(status) & 0x7fffffff));
    if (term_is_list(status) && take_slogan(s, status))
        return halt_with(s, 1);
    return raise_badarg(s);
}

static term halt_0(struct scheduler *s, const term *a)
{
    (void) a;
    return halt_with(s, 0);
}

static term halt_1(struct scheduler *s, const term *a) { return halt_by(s, a[0]); }

static term halt_2(struct scheduler *s, const term *a)
{
    return parse_halt_options(a[1]) ? halt_by(s, a[0]) : raise_badarg_cause(s, ATOM(badopt));
}
