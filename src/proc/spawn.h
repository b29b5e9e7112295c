/* spawn.h - the beginning and the end of a process. */
#ifndef AVM_PROC_SPAWN_H
#define AVM_PROC_SPAWN_H

#include "proc/node.h"
#include "proc/scheduler.h"

struct spawn_options {
    bool link, monitor;
    term monitor_alias;             /* atom (explicit_unalias, demonitor, reply_demonitor), or TERM_NONE */
    term monitor_tag;               /* TERM_NONE: 'DOWN' */
    uint8_t priority;
    uint32_t min_heap_words;        /* 0: default */
    uint32_t max_heap_words;
    uint16_t fullsweep_after;       /* default 65535 */
    bool off_heap_messages;
    bool trap_exit, system;
};
void spawn_options_init(struct spawn_options *options);

/* New process that will call Module:Function(arguments: proper list), or fun with arguments. All or
** nothing: DATA_NO_MEMORY, DATA_SYSTEM_LIMIT (process table full). parent NULL: spawned by the host. */
enum data_status process_spawn(struct node *node, struct process *parent, term module, term function,
    term arguments, const struct spawn_options *options, struct heap *result_heap, term *pid,
    term *monitor_reference);

/* Ends a process: runs the end steps (names, links, monitors...), frees everything. May take several
** slices; the scheduler calls again until true. */
bool process_end(struct node *node, struct process *process);

/* The live process of a local pid; NULL: none. Borrowed until the scheduler gives up its slice. */
struct process *process_find(const struct node *node, term pid);

/* A process became runnable (a signal came): puts it into the run queue once. Any thread. */
void process_wake(struct node *node, struct process *process);

/* Roots of a process besides stack and x registers (dictionary, mailbox messages that were adopted,
** group leader...): fills roots, gives the count (at most PROCESS_MAX_ROOTS). */
#define PROCESS_MAX_ROOTS 16
size_t process_roots(struct process *process, struct heap_root roots[PROCESS_MAX_ROOTS]);

/* Collects with the x registers x[0..live-1]; on failure the process is told to end or an exception is
** raised by the caller. need: words. */
enum heap_collect_result process_collect(struct scheduler *s, struct process *process, size_t need,
    unsigned live, bool fullsweep);

#endif
