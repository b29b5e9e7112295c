/* node.h - what the processes of one VM share, with a sub-struct a mechanism. Made and unmade by api. */
#ifndef AVM_PROC_NODE_H
#define AVM_PROC_NODE_H

#include "atom/atom.h"
#include "code/code.h"
#include "data/compare.h"
#include "proc/crew.h"
#include "proc/process.h"

struct avm_platform;                /* atomvm/platform.h */
struct process_table;               /* proc/table.h */
struct tree_node;                   /* names: proc/names.h */
struct timers;                      /* proc/timer.h */
struct run_queue;                   /* proc/run_queue.h */
struct native_resource_types;
struct load_context;
struct port_room;                   /* room port's own */
struct scheduler;
struct dirty;                       /* proc/dirty.h */

/* The pid in the place of a watcher that is a resource: no process has it. */
#define RESOURCE_WATCHER term_make_pid(((uintptr_t) 1 << (TERM_BITS - 4)) - 1)

/* What ends with a process, in this order (ETS -> name -> links and monitors): filled in by api. A
** step returns false while it has more to do (it is called again in the next slice). It takes the lock of
** the VM if there is anything to do. */
typedef bool process_end_step(struct node *node, struct process *process, term reason);

/* What ports do that processes do not: room port, which is above this one. A port is a process without
** code, in a table of its own: what is done to it are signals, its links and monitors are a process's.
** Its parent is the process that owns it. */
struct port_hooks {
    /* A slice: signals have been handled, messages and requests lie in the mailbox. */
    void (*run)(struct scheduler *s, struct process *port);
    /* Its relations are gone, nobody finds it any more: false while it has something left to do; who wakes
    ** it up then puts it into the run queue. */
    bool (*end)(struct node *node, struct process *port);
    /* `!` and send/2,3 to a live port: gives message, or TERM_NONE after raising, or going on later once
    ** the port is not busy any more; with nosuspend the atom nosuspend then. */
    term (*send)(struct scheduler *s, struct process *port, term message, bool nosuspend);
    void (*destroy)(struct node *node, struct process *port);
};

/* A call by the host that waits for the end of a process: told of its outcome, class ok and the result,
** or what it failed with, before anything of the process goes. */
struct host_call {
    AVM_ATOMIC(struct host_call *) next;
    term pid;
    void (*ended)(struct host_call *call, term class, term value);
};

typedef void node_crashed_fn(struct node *node, struct process *process, term reason);

struct node {
    struct memory *memory;
    struct atom_table *atoms;
    struct code_table *code;
    struct heap_shared heaps;
    struct reclaim reclaim;             /* what several threads find without a lock */
#if AVM_SMP
    struct crew crew;
    struct dirty *dirty;                /* proc/dirty.h; NULL: no thread may serve */
#endif
    unsigned depth;                     /* how often the thread that is in has entered */
    struct literal_ranges *literals;
    struct compare_context compare;
    const struct avm_platform *platform;
    void *platform_state;
    struct process_table *processes;
    struct process_table *ports;
    const struct port_hooks *port_hooks;    /* set before the first port is made */
    struct port_room *port_room;
    struct timers *timers;
    struct run_queue *run_queue;        /* one a scheduler: proc/ready.h */
    unsigned queue_count;
    bool seats_to_come;                 /* there will be seats for dirty natives, once one is needed ... */
    bool seats_needed;                  /* ... as now */
    struct load_context *load;          /* room load is below proc */
    bool has_internal_state;            /* erts_debug:set_internal_state/2 may be used */
#if AVM_SMP
    char next_before[CACHE_LINE];
#endif
    AVM_ATOMIC(uint64_t) next_reference;
    AVM_ATOMIC(uint64_t) next_unique;
    AVM_ATOMIC(uint64_t) next_unlink;
    struct tree_node *names;            /* by atom */
    LOCK_MEMBER(names_lock)
#if AVM_SMP
    char next_apart[CACHE_LINE];
#endif
    term name;                          /* nonode@nohost until distribution starts */
    uint32_t creation;
    process_end_step *const *end_steps; /* NULL-terminated; NULL: none but those of this room */
    /* Upward needs of this room: what the engine tells of a process. Set by sched; NULL: unknown. */
    term (*current_stacktrace)(struct scheduler *s, struct process *process, struct heap *heap,
        unsigned depth);
    struct function *(*current_function)(struct process *process);
    /* True when process runs, holds or may return to old code of module. */
    bool (*uses_module)(struct node *node, struct process *process, term module);
    bool (*uses_code)(struct node *node, const struct process *process, const struct module *module);
    void *ets;                          /* the ets room's */
    struct process *first_process;      /* the one that avm_create made for start-up, NULL: none */
    term system_logger;                 /* pid, or atom logger/undefined */
    /* Told of a process that failed, instead of the system logger; NULL: nobody. */
    node_crashed_fn *crashed;
    /* Told of one while there is no system logger; NULL: nobody. */
    AVM_ATOMIC(node_crashed_fn *) crashed_unheard;
    struct node_counts counts;          /* with one scheduler; else each of the crew has its own */
    uint64_t reductions_reported;
    uint64_t literals_looked_at;        /* reductions when all heaps were last searched for retired ... */
    size_t literals_words;              /* ... literals, and how many words that were */
    int64_t start_monotonic;            /* ns, the platform's clock, which timers go by */
    int64_t time_shift;                 /* what Erlang's monotonic time is ahead of that clock: it starts
                                           at NODE_START_TIME, as OTP's does */
    int64_t time_offset;                /* ns, system time - Erlang's monotonic time */
    int64_t last_now;                   /* erlang:now/0, us */
    int64_t wall_clock_reported, runtime_reported;  /* ms */
    const char *otp_release;            /* whose standard library runs: "25" */
    uint32_t backtrace_depth;
    /* What a process begins with whose spawn does not say it: erlang:system_flag/2. */
    size_t default_heap_words;          /* min_heap_size; 0: as small as the VM likes */
    struct heap_limit default_heap_limit;
    uint16_t default_fullsweep_after;
    struct environment *environment;    /* os:putenv/2 changes: the bif room's */
    void (*environment_destroy)(struct node *node);
    struct open_file *files;            /* that are open: the bif room's */
    struct persistent_table *persistent_terms;  /* ets/persistent.h */
    term input_waiter;                  /* pid told when standard input is ready; TERM_NONE: none */
    AVM_ATOMIC(struct host_call *) call;    /* through next, under the lock of the VM; NULL: none is going on */
    bool pauses;                        /* sched_run returns before the next slice, and clears this; with
                                           several schedulers it does not */
    AVM_ATOMIC(bool) halting;
    int halt_status;
    char *halt_slogan;                  /* MEMORY_OTHER, halt_slogan_size bytes with its 0 */
    size_t halt_slogan_size;
    /* Loads a module by name from wherever the host finds it (error_handler's last resort, and the
    ** engine's first call to an export without code in plain mode): true when the export's module is
    ** current afterwards, or pending until its on_load has run (atomvm_code:undefined_function/3). */
    bool (*find_module)(void *user, struct node *node, term module);
    void *find_user;
    char find_error[256];               /* why the module that was found last cannot be used; "": not so */
    /* Where the host's finder looks, folder by folder; NULL: unknown. */
    void (*list_folders)(void *user, void (*add)(void *to, const char *folder), void *to);
    void *list_folders_user;
    char *code_path;                    /* folders that a program has chosen, each with its 0 (MEMORY_OTHER);
                                           NULL: none has */
    size_t code_path_size;
    void *host;                         /* struct avm_vm */
    /* erlang:load_nif/2 called by code of module. NULL: there is none. */
    term (*load_nif)(struct scheduler *s, const struct module *module, term path, term info);
    /* A process that a resource watches (the watcher is RESOURCE_WATCHER) has ended; the signal is
    ** borrowed. NULL: none watches. */
    void (*resource_down)(struct node *node, struct signal *signal);
    int argc;
    const char *const *argv;
};

struct node_limits {
    uint32_t max_processes;             /* 0: 262144 */
    uint32_t max_ports;                 /* 0: 65536 */
    unsigned schedulers;                /* 0, 1: one */
};

/* Makes the node's own sub-structs (processes, timers, run queue) and sets its counters. Before:
** *node is zeroed, then memory, atoms, code, literals, platform and platform_state are set. False
** without memory: nothing is left. */
bool node_init(struct node *node, const struct node_limits *limits);
/* Frees every process (no signals are sent, no code runs) and what node_init made. */
void node_deinit(struct node *node);

static inline struct node *process_node(const struct process *process)
{
    return AVM_CONTAINER_OF(process->heap.shared, struct node, heaps);
}

/* Tells the call that process was made for; false: it was made for none, or that was told already. */
bool node_tell_call(const struct process *process, term class, term value);

/* Whether several schedulers run. */
#define node_is_shared(node) heap_is_shared(&(node)->heaps)

/* The lock of the VM, by a thread that is in: with one scheduler there is none. */
static inline void node_hold(struct node *node)
{
    if (node_is_shared(node))
        node_enter(node);
}
static inline void node_let_go(struct node *node)
{
    if (node_is_shared(node))
        node_leave(node);
}

/* As code_put_export and code_find_export, by a thread that need not hold the lock of the VM. */
struct export *node_put_export(struct node *node, term module, term function, uint32_t arity);
struct export *node_find_export(struct node *node, term module, term function, uint32_t arity);

/* What the thread that runs counts to, by atomic_bump. */
static inline struct node_counts *node_own_counts(struct node *node)
{
#if AVM_SMP
    if (AVM_UNLIKELY(node_is_shared(node)))
        return &node->crew.members[thread_slot(node->memory)].counts;
#endif
    return &node->counts;
}
/* The sums. */
void node_get_counts(const struct node *node, struct node_counts *counts);

#if AVM_SMP
uint64_t node_next_reference_shared(struct node *node);
/* One that leaves rest when it is divided by count (at most SCHEDULERS_MAX). */
uint64_t node_next_reference_of(struct node *node, unsigned rest, unsigned count);
#endif
/* Each scheduler counts up within what it has taken. */
static inline uint64_t node_next_reference(struct node *node)
{
#if AVM_SMP
    if (AVM_UNLIKELY(node_is_shared(node)))
        return node_next_reference_shared(node);
#endif
    return node->next_reference++;
}
/* Processes alive or ending. */
size_t process_table_count(const struct process_table *table);
#define NODE_START_TIME INT64_C(-576460752000000000)
int64_t node_monotonic_time(const struct node *node);      /* ns, the platform's */
int64_t node_erlang_time(const struct node *node);         /* ns, erlang:monotonic_time/0 */
int64_t node_system_time(const struct node *node);

#endif
