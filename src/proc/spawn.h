/* spawn.h - the beginning and the end of a process, and its collections. */
#ifndef AVM_PROC_SPAWN_H
#define AVM_PROC_SPAWN_H

#include "data/status.h"
#include "proc/node.h"
#include "proc/scheduler.h"

struct relation;

struct spawn_options {
    bool link, monitor;
    term monitor_alias;             /* atom (explicit_unalias, demonitor, reply_demonitor), or TERM_NONE */
    term monitor_tag;               /* TERM_NONE: 'DOWN' */
    term group_leader;              /* of one without a parent: a local pid, or undefined */
    uint8_t priority;
    uint32_t min_heap_words;        /* 0: default */
    struct heap_limit heap_limit;
    uint16_t fullsweep_after;
    bool off_heap_messages;
    bool trap_exit, system;
    bool asleep;                    /* its code begins with the first message */
    struct relation *suspender;     /* taken: a process whose code never runs, and which is claimed as by
                                       process_claim; NULL: any other */
};
void spawn_options_init(const struct node *node, struct spawn_options *options);

/* New process that will call Module:Function(arguments: proper list). All or nothing:
** DATA_NO_MEMORY, DATA_SYSTEM_LIMIT (process table full), DATA_BAD_ARGUMENT (arguments no proper
** list, or too long). parent NULL: spawned by the host. A fun F with arguments L is erlang:apply(F,
** L). monitor_reference (on result_heap) is set when options->monitor; result_heap may be NULL when
** not. */
enum data_status process_spawn(struct node *node, struct process *parent, term module, term function,
    term arguments, const struct spawn_options *options, struct heap *result_heap, term *pid,
    term *monitor_reference);

/* The same by the host: of a function that has an export, with as many arguments as it takes. */
enum data_status process_spawn_export(struct node *node, struct export *export,
    const term arguments[], const struct spawn_options *options, term *pid);

/* Says that process must end with reason (on its heap): exit_reason is set, unless it is already.
** The engine does it at an uncaught exception (and says log_process_error of proc/log.h before it,
** unless the class is exit); state changes when the scheduler sees it. */
void process_exit(struct process *process, term reason);

/* Ends a process: runs the end steps (names, links, monitors...), frees everything. May take several
** slices; the scheduler calls again until true (process is gone then), but for one that is
** PROCESS_END_UNSEEN, which somebody else wakes up. */
bool process_end(struct node *node, struct process *process);

/* A struct of zeros becomes a process without heap, code and pid, in no table. */
void process_init(struct node *node, struct process *process);

/* The live process of a local pid, or port; NULL: none. Borrowed until the scheduler gives up its slice. */
struct process *process_find(const struct node *node, term pid);

/* A process became runnable (a signal came): puts it into the run queue once. Any thread. */
void process_wake(struct node *node, struct process *process);

/* A waiting process taken by who wants to look into it, instead of the scheduler: it is RUNNING then,
** for its signals only. False: it is in a queue, runs or ends. Release puts it back. */
bool process_claim(struct process *process);
void process_release(struct node *node, struct process *process);
/* After a slice: to the run queue, or to sleep unless a signal came meanwhile. */
void process_put_back(struct node *node, struct process *process, bool waits);
/* True while its code has nothing to do: it waits in receive, or is suspended. */
static inline bool process_waits(const struct process *process)
{
    return (process->flags & PROCESS_SUSPENDED) != 0
        || (process->flags & (PROCESS_IN_RECEIVE | PROCESS_ROUSED)) == PROCESS_IN_RECEIVE;
}

/* Roots of a process besides stack and x registers: gives the count (at most PROCESS_MAX_ROOTS). */
#define PROCESS_MAX_ROOTS 16
size_t process_roots(struct process *process, struct heap_root roots[PROCESS_MAX_ROOTS]);

/* Makes the heap of a process that is about to sleep, its registers on its stack, as large as what lives;
** without memory for that it stays as it is. */
void process_shrink(struct process *process);

/* Collects with the x registers x[0..live-1] of s as roots (a process that does not run: live 0, its
** registers are on its stack). need: words. HEAP_LIMIT_REACHED: max_heap_size said kill; exit_reason
** is set. HEAP_NO_MEMORY: nothing has changed. */
enum heap_collect_result process_collect(struct scheduler *s, struct process *process, size_t need,
    unsigned live, bool fullsweep);

/* Frees a process at once, as at the end of the VM: no signals, no end steps. */
void process_destroy(struct node *node, struct process *process);

#endif
