/* spawn.c - how a process comes to be, is woken and ends. Always: a process that others can see is
** whole; one that could not be made whole leaves nothing behind; and what a process held is gone when
** process_end says true. */
#include "proc/spawn.h"

#include "proc/dictionary.h"
#include "proc/inbox.h"
#include "proc/names.h"
#include "proc/reference.h"
#include "proc/relations.h"
#include "proc/ready.h"
#include "proc/table.h"
#include "proc/timer.h"

#define DEFAULT_HEAP_WORDS 15             /* a block that malloc rounds up by its own word alone */
#define ARGUMENTS_MAX 255
#define RELATIONS_A_SLICE 500

void spawn_options_init(const struct node *node, struct spawn_options *options)
{
    memset(options, 0, sizeof *options);
    options->monitor_alias = TERM_NONE;
    options->monitor_tag = TERM_NONE;
    options->group_leader = ATOM(undefined);
    options->heap_limit = node->default_heap_limit;
    options->priority = PRIORITY_NORMAL;
    options->fullsweep_after = node->default_fullsweep_after;
}

/* ---- making -------------------------------------------------------------------------- */

struct spawn_parts {
    struct process *process;
    struct relation *link_here, *link_there, *monitor, *watcher, *alias;
    term reference;
};

/* False: no proper list, or too long. */
static bool list_elements(term list, term elements[ARGUMENTS_MAX], size_t *count)
{
    for (*count = 0; term_is_cons(list) && *count < ARGUMENTS_MAX; list = term_tail(list))
        elements[(*count)++] = term_head(list);
    return list == TERM_NIL;
}

/* Words for the copies of the arguments; SIZE_MAX without memory. */
static size_t arguments_words(struct node *node, const term *arguments, size_t count)
{
    size_t words = 0, i;

    for (i = 0; i < count; i++) {
        size_t more = term_is_immediate(arguments[i]) ? 0
                                                      : heap_term_size(&node->heaps, arguments[i]);

        if (more == SIZE_MAX || !size_add(words, more, &words))
            return SIZE_MAX;
    }
    return words;
}

static bool copy_arguments(struct process *process, const term *arguments, size_t count)
{
    term *stack = process->heap.stack - count;
    size_t i;

    process->heap.stack = stack;
    for (i = 0; i < count; i++)
        stack[i] = term_is_immediate(arguments[i]) ? arguments[i] : TERM_NIL;
    for (i = 0; i < count; i++) {
        if (term_is_immediate(arguments[i]))
            continue;
        stack[i] = heap_copy(&process->heap, arguments[i]);
        if (stack[i] == TERM_NONE) {
            stack[i] = TERM_NIL;
            return false;
        }
    }
    return true;
}

static void set_options(struct process *process, const struct spawn_options *options)
{
    process->priority = options->priority;
    process->heap.fullsweep_after = options->fullsweep_after;
    if (options->off_heap_messages)
        process->flags |= PROCESS_OFF_HEAP_MESSAGES;
    if (options->trap_exit)
        process->flags |= PROCESS_TRAP_EXIT;
    if (options->system)
        process->flags |= PROCESS_SYSTEM;
    if (options->asleep)
        process->flags |= PROCESS_IN_RECEIVE;
    if (options->heap_limit.kill)
        process->flags |= PROCESS_HEAP_KILL;
    if (options->heap_limit.log)
        process->flags |= PROCESS_HEAP_LOG;
}

void process_init(struct node *node, struct process *process)
{
    heap_init_env(&process->heap, &node->heaps, MEMORY_HEAP);
    process->mailbox.last = process->mailbox.save = &process->mailbox.first;
    process->name = PROCESS_NAME_NONE;
    process->parent = process->exit_reason = TERM_NONE;
    atomic_put(&process->state, PROCESS_STATE_FREE);
}

/* The struct, with nothing in it that needs more than its own block. */
static struct process *create_empty(struct node *node)
{
    struct process *process = memory_allocate_zeroed(node->memory, MEMORY_PROCESS, sizeof *process);

    if (process != NULL)
        process_init(node, process);
    return process;
}

static bool fill(struct node *node, struct process *process, const struct process *parent,
    const term *arguments, size_t count, const struct spawn_options *options)
{
    size_t words = arguments_words(node, arguments, count), least = node->default_heap_words;
    struct process_rare *rare;

    if (least == 0)
        least = DEFAULT_HEAP_WORDS;
    if (options->min_heap_words > least)
        least = options->min_heap_words;
    if (words == SIZE_MAX || !size_add(words, count + 2, &words))
        return false;
    if (!heap_init(&process->heap, &node->heaps, words > least ? words : least))
        return false;
    process->heap.min_words = (uint32_t) least;
    if (!copy_arguments(process, arguments, count))
        return false;
    process->live = (uint16_t) count;
    set_options(process, options);
    if (options->heap_limit.words != 0) {
        rare = process_get_rare(process);
        if (rare == NULL)
            return false;
        rare->max_heap_words = options->heap_limit.words;
    }
    process->group_leader = parent != NULL ? heap_copy(&process->heap, parent->group_leader)
                                           : options->group_leader;
    return process->group_leader != TERM_NONE;
}

static struct process *create_process(struct node *node, const struct process *parent,
    const term *arguments, size_t count, const struct spawn_options *options)
{
    struct process *process = create_empty(node);

    if (process != NULL && !fill(node, process, parent, arguments, count, options)) {
        process_destroy(node, process);
        return NULL;
    }
    return process;
}

static bool make_relations(struct node *node, const struct spawn_options *options,
    const struct process *parent, struct heap *result_heap, struct spawn_parts *parts)
{
    uint64_t id;

    if (parent != NULL && options->link) {
        parts->link_here = relation_create(node, RELATION_LINK, 0, TERM_NONE);
        parts->link_there = relation_create(node, RELATION_LINK, 0, TERM_NONE);
        if (parts->link_here == NULL || parts->link_there == NULL)
            return false;
    }
    if (parent == NULL || !options->monitor)
        return true;
    id = node_next_reference(node);
    parts->monitor = relation_create(node, RELATION_MONITOR, id, TERM_NONE);
    parts->watcher = relation_create(node, RELATION_WATCHER, id, parent->pid);
    if (options->monitor_alias != TERM_NONE)
        parts->alias = relation_create(node, RELATION_ALIAS, id, parent->pid);
    parts->reference = options->monitor_alias != TERM_NONE
        ? reference_make_alias(result_heap, id, parent->pid) : reference_make(result_heap, id);
    return parts->monitor != NULL && parts->watcher != NULL
        && (options->monitor_alias == TERM_NONE || parts->alias != NULL)
        && parts->reference != TERM_NONE
        && relation_set_tag(node, parts->monitor, options->monitor_tag);
}

static void drop_parts(struct node *node, struct spawn_parts *parts)
{
    struct relation *relations[] = { parts->link_here, parts->link_there, parts->monitor,
        parts->watcher, parts->alias };
    unsigned i;

    for (i = 0; i < AVM_COUNT_OF(relations); i++) {
        if (relations[i] != NULL)
            relation_destroy(node, relations[i]);
    }
    if (parts->process != NULL)
        process_destroy(node, parts->process);
}

/* All parts exist, the process has its pid: nothing can fail any more. */
static void join_parts(struct process *parent, const struct spawn_options *options,
    struct spawn_parts *parts)
{
    struct process *child = parts->process;
    unsigned alias_flags = 0;

    if (parts->link_here != NULL) {
        parts->link_here->node.key = relation_key(RELATION_LINK, relation_id_of(child->pid));
        parts->link_here->other = child->pid;
        parts->link_there->node.key = relation_key(RELATION_LINK, relation_id_of(parent->pid));
        parts->link_there->other = parent->pid;
        relation_insert(parent, parts->link_here);
        relation_insert(child, parts->link_there);
    }
    if (parts->monitor != NULL) {
        parts->monitor->other = child->pid;
        if (parts->alias != NULL) {
            parts->monitor->flags |= RELATION_ALIAS_REFERENCE;
            (void) monitor_alias_flags(options->monitor_alias, &alias_flags);
            parts->alias->flags = (uint8_t) alias_flags;
            relation_insert(parent, parts->alias);
        }
        relation_insert(parent, parts->monitor);
        relation_insert(child, parts->watcher);
    }
}

/* Suspended for good, by itself. */
static void make_player(struct process *process, const struct spawn_options *options)
{
    struct relation *suspender = options->suspender;

    suspender->node.key = relation_key(RELATION_SUSPENDER, relation_id_of(process->pid));
    suspender->other = process->pid;
    relation_insert(process, suspender);
    process->flags |= PROCESS_SUSPENDED | PROCESS_IN_RECEIVE;
}

static enum data_status spawn(struct node *node, struct process *parent, struct export *export,
    const term *arguments, const struct spawn_options *options, struct heap *result_heap, term *pid,
    term *monitor_reference)
{
    enum data_status status = DATA_NO_MEMORY;
    struct spawn_parts parts;

    memset(&parts, 0, sizeof parts);
    parts.process = create_process(node, parent, arguments, export->identity.arity, options);
    if (parts.process != NULL && make_relations(node, options, parent, result_heap, &parts))
        status = process_table_put(node->processes, parts.process);
    if (status != DATA_OK) {
        drop_parts(node, &parts);
        return status;
    }
    parts.process->initial_call = export;
    parts.process->parent = parent != NULL ? parent->pid : TERM_NONE;
    join_parts(parent, options, &parts);
    if (options->suspender != NULL)
        make_player(parts.process, options);
    *pid = parts.process->pid;
    if (parts.monitor != NULL)
        *monitor_reference = parts.reference;
    if (options->suspender != NULL)
        atomic_put(&parts.process->state, PROCESS_STATE_RUNNING);
    else
        process_put_back(node, parts.process, options->asleep);
    return DATA_OK;
}

enum data_status process_spawn(struct node *node, struct process *parent, term module, term function,
    term arguments, const struct spawn_options *options, struct heap *result_heap, term *pid,
    term *monitor_reference)
{
    term elements[ARGUMENTS_MAX];
    struct export *export;
    size_t count;

    if (!list_elements(arguments, elements, &count))
        return DATA_BAD_ARGUMENT;
    if (process_table_is_full(node->processes))
        return DATA_SYSTEM_LIMIT;
    export = node_put_export(node, module, function, (uint32_t) count);
    if (export == NULL)
        return DATA_NO_MEMORY;
    return spawn(node, parent, export, elements, options, result_heap, pid, monitor_reference);
}

enum data_status process_spawn_export(struct node *node, struct export *export,
    const term arguments[], const struct spawn_options *options, term *pid)
{
    if (process_table_is_full(node->processes))
        return DATA_SYSTEM_LIMIT;
    return spawn(node, NULL, export, arguments, options, NULL, pid, NULL);
}

/* ---- while it lives --------------------------------------------------------------------- */

struct process *process_find(const struct node *node, term pid)
{
    struct process *process
        = term_is_local_pid(pid) || term_is_local_port(pid) ? node_find_receiver(node, pid) : NULL;

    return process != NULL && !process_is_exiting(process) ? process : NULL;
}

void process_wake(struct node *node, struct process *process)
{
    if (inbox_rouse(process))
        ready_push(node, process);
}

void process_put_back(struct node *node, struct process *process, bool waits)
{
    if (waits) {
        atomic_put(&process->state, PROCESS_STATE_WAITING);
        if (!inbox_rest(process))
            ready_push(node, process);
        return;
    }
    atomic_put(&process->state, PROCESS_STATE_RUNNABLE);
    ready_push(node, process);
}

bool process_claim(struct process *process)
{
    if (!inbox_rouse(process))
        return false;
    atomic_put(&process->state, PROCESS_STATE_RUNNING);
    return true;
}

void process_release(struct node *node, struct process *process)
{
    process_put_back(node, process, process_waits(process) && !process_is_exiting(process));
}

/* ---- the end ------------------------------------------------------------------------------ */

void process_exit(struct process *process, term reason)
{
    if (process->exit_reason == TERM_NONE)
        atomic_put(&process->exit_reason, reason);
}

/* Steps of an end: those of node->end_steps, then these. process->live counts them. */
static bool end_names(struct node *node, struct process *process, term reason)
{
    (void) reason;
    name_remove_of(node, process);
    timer_drop_all_of(process);
    return true;
}

static bool end_count(struct node *node, struct process *process, term reason)
{
    (void) reason;
    process_table_leave(process->flags & PROCESS_IS_PORT ? node->ports : node->processes, process);
    return true;
}

static bool end_relations(struct node *node, struct process *process, term reason)
{
    return relations_end(node, process, reason, RELATIONS_A_SLICE);
}

static process_end_step *const last_steps[] = { end_names, end_count, end_relations, NULL };

/* The steps of one list but for the first *skip, which is made less by each. False: not all are done yet. */
static bool run_end_steps(struct node *node, struct process *process, process_end_step *const *steps,
    unsigned *skip)
{
    for (; steps != NULL && *steps != NULL; steps++) {
        if (*skip > 0) {
            --*skip;
            continue;
        }
        if (!(*steps)(node, process, process->exit_reason))
            return false;
        process->live++;
    }
    return true;
}

bool process_end(struct node *node, struct process *process)
{
    bool is_port = process->flags & PROCESS_IS_PORT;
    unsigned skip;

    if (atomic_get(&process->state) != PROCESS_STATE_EXITING) {
        atomic_settle_if(node_is_shared(node), &process->state, PROCESS_STATE_EXITING);
        process->live = 0;
    }
    if (process->live != PROCESS_END_UNSEEN) {
        skip = process->live;
        if (!run_end_steps(node, process, node->end_steps, &skip)
            || !run_end_steps(node, process, last_steps, &skip))
            return false;
        signal_drain(node, process);    /* until it is closed, it can be found: see proc/inbox.h */
        process_table_remove(is_port ? node->ports : node->processes, process);
        process->live = PROCESS_END_UNSEEN;
        crew_wake_watching(node);
    }
    if (is_port && !node->port_hooks->end(node, process))
        return false;
    process_destroy(node, process);
    return true;
}

void process_destroy(struct node *node, struct process *process)
{
    struct signal *signal = inbox_take(process), *next;

    timer_drop_all_of(process);
    for (; signal != NULL; signal = next) {
        next = signal->next;
        signal_destroy(node, signal);
    }
    for (signal = process->mailbox.first; signal != NULL; signal = next) {
        next = signal->next;
        signal_destroy(node, signal);
    }
    relations_destroy(node, process);
    dictionary_clear(&process->dictionary, node->memory);
    if (process->rare != NULL) {
        if (process->rare->parked != NULL)
            process_drop_parked(process);
        mailbox_drop_markers(process);
        memory_free(node->memory, MEMORY_PROCESS, process->rare, sizeof *process->rare);
    }
    heap_release(&process->heap);      /* others may still see which node it was of */
    if (process->flags & PROCESS_IS_PORT)
        node->port_hooks->destroy(node, process);
    else
        reclaim_free(&node->reclaim, &process->gone, MEMORY_PROCESS, process, sizeof *process);
}
