/* node.c - owns the sub-structs that all processes share. */
#include "atomvm/platform.h"
#include "proc/names.h"
#include "proc/run_queue.h"
#include "proc/spawn.h"
#include "proc/table.h"
#include "proc/timer.h"

#define DEFAULT_MAX_PROCESSES 262144
#define DEFAULT_MAX_PORTS 65536

static unsigned queue_count(unsigned schedulers)
{
    return schedulers > 1 ? schedulers : 1;
}

static bool create_parts(struct node *node, uint32_t max_processes, uint32_t max_ports,
    unsigned schedulers)
{
    node->ports = memory_allocate_zeroed(node->memory, MEMORY_OTHER, sizeof *node->ports);
    node->processes = memory_allocate_zeroed(node->memory, MEMORY_OTHER, sizeof *node->processes);
    node->timers = timers_create(node->memory, queue_count(schedulers));
    node->run_queue = memory_allocate_zeroed(node->memory, MEMORY_OTHER,
        queue_count(schedulers) * sizeof *node->run_queue);
    node->queue_count = queue_count(schedulers);
    return node->processes != NULL && node->ports != NULL && node->timers != NULL && node->run_queue != NULL
        && process_table_init(node->processes, &node->reclaim, max_processes, false)
        && process_table_init(node->ports, &node->reclaim, max_ports, true);
}

static void destroy_parts(struct node *node)
{
    if (node->processes != NULL)
        process_table_deinit(node->processes, node->memory);
    if (node->ports != NULL)
        process_table_deinit(node->ports, node->memory);
    memory_free(node->memory, MEMORY_OTHER, node->processes, sizeof *node->processes);
    memory_free(node->memory, MEMORY_OTHER, node->ports, sizeof *node->ports);
    if (node->timers != NULL)
        timers_destroy(node->memory, node->timers);
    memory_free(node->memory, MEMORY_OTHER, node->run_queue,
        node->queue_count * sizeof *node->run_queue);
    node->processes = NULL;
    node->ports = NULL;
    node->timers = NULL;
    node->run_queue = NULL;
}

bool node_init(struct node *node, const struct node_limits *limits)
{
    uint32_t max_processes = limits != NULL ? limits->max_processes : 0;
    uint32_t max_ports = limits != NULL ? limits->max_ports : 0;

    node->reclaim.memory = node->memory;
    node->heaps.memory = node->memory;
    node->heaps.literals = node->literals;
    node->compare.memory = node->memory;
    node->compare.atoms = node->atoms;
    atomic_put(&node->next_reference, 1);
    atomic_put(&node->next_unique, 1);
    atomic_put(&node->next_unlink, 1);
    node->name = ATOM(nonode_at_nohost);
    node->system_logger = ATOM(logger);
    node->otp_release = "25";
    node->backtrace_depth = 8;
    node->default_heap_limit.kill = node->default_heap_limit.log = true;
    node->default_fullsweep_after = UINT16_MAX;
    node->start_monotonic = node_monotonic_time(node);
    node->time_shift = NODE_START_TIME - node->start_monotonic;
    node->time_offset = node->platform->system_time(node->platform_state) - NODE_START_TIME;
    if (!create_parts(node, max_processes != 0 ? max_processes : DEFAULT_MAX_PROCESSES,
            max_ports != 0 ? max_ports : DEFAULT_MAX_PORTS,
            limits != NULL ? limits->schedulers : 1)) {
        destroy_parts(node);
        return false;
    }
    for (unsigned i = 0; i < node->queue_count; i++)
        run_queue_init(&node->run_queue[i]);
    return true;
}

static void destroy_all(struct node *node, struct process_table *table)
{
    size_t bucket = 0;
    struct process *process;

    while ((process = process_table_next(table, &bucket, NULL)) != NULL) {
        process_table_remove(table, process);
        process_destroy(node, process);
        bucket = 0;
    }
}

void node_deinit(struct node *node)
{
    if (node->processes == NULL)
        return;
    name_remove_all(node);
    timer_drop_all(node);
    destroy_all(node, node->ports);
    destroy_all(node, node->processes);
    memory_free(node->memory, MEMORY_OTHER, node->halt_slogan, node->halt_slogan_size);
    if (node->environment_destroy != NULL)
        node->environment_destroy(node);
    destroy_parts(node);
}

bool node_tell_call(const struct process *process, term class, term value)
{
    struct node *node = process_node(process);
    struct host_call *call;

    if (AVM_LIKELY(atomic_get(&node->call) == NULL))
        return false;
    node_hold(node);
    call = node->call;
    while (call != NULL && call->pid != process->pid)
        call = call->next;
    if (call != NULL)
        call->ended(call, class, value);
    node_let_go(node);
    return call != NULL;
}

struct export *node_put_export(struct node *node, term module, term function, uint32_t arity)
{
    struct export *export;

    if (!node_is_shared(node))
        return code_put_export(node->code, module, function, arity);
    export = code_look_up_export(node->code, module, function, arity);
    if (export != NULL)
        return export;
    node_enter(node);
    export = code_put_export(node->code, module, function, arity);
    node_leave(node);
    return export;
}

struct export *node_find_export(struct node *node, term module, term function, uint32_t arity)
{
    struct export *export;

    if (!node_is_shared(node))
        return code_find_export(node->code, module, function, arity);
    export = code_look_up_export(node->code, module, function, arity);
    if (export != NULL)
        return export;
    node_enter(node);
    export = code_find_export(node->code, module, function, arity);
    node_leave(node);
    return export;
}

#if AVM_SMP
#define REFERENCES_TAKEN 256

uint64_t node_next_reference_shared(struct node *node)
{
    struct crew_member *member = &node->crew.members[thread_slot(node->memory)];

    if (member->next_reference == member->references_end) {
        member->next_reference = atomic_add(&node->next_reference, (uint64_t) REFERENCES_TAKEN);
        member->references_end = member->next_reference + REFERENCES_TAKEN;
    }
    return member->next_reference++;
}

uint64_t node_next_reference_of(struct node *node, unsigned rest, unsigned count)
{
    struct crew_member *member;

    if (!node_is_shared(node)) {
        uint64_t id = node->next_reference;

        id += (count + rest - id % count) % count;
        node->next_reference = id + 1;
        return id;
    }
    member = &node->crew.members[thread_slot(node->memory)];
    for (;;) {
        uint64_t id = node_next_reference_shared(node);

        id += (count + rest - id % count) % count;
        if (id < member->references_end) {
            member->next_reference = id + 1;
            return id;
        }
        member->next_reference = member->references_end;
    }
}
#endif

void node_get_counts(const struct node *node, struct node_counts *counts)
{
    *counts = node->counts;
#if AVM_SMP
    if (!node_is_shared(node))
        return;
    memset(counts, 0, sizeof *counts);
    for (unsigned at = 0; at <= node->crew.slots; at++) {
        const struct node_counts *of = &node->crew.members[at].counts;

        counts->messages += atomic_peek(&of->messages);
        counts->context_switches += atomic_peek(&of->context_switches);
        counts->reductions += atomic_peek(&of->reductions);
    }
#endif
}

int64_t node_monotonic_time(const struct node *node)
{
    return node->platform->monotonic_time(node->platform_state);
}

int64_t node_erlang_time(const struct node *node)
{
    return node_monotonic_time(node) + node->time_shift;
}

int64_t node_system_time(const struct node *node)
{
    return node_erlang_time(node) + node->time_offset;
}
