/* node.h - what the processes of one VM share, with a sub-struct a mechanism. Made and unmade by api. */
#ifndef AVM_PROC_NODE_H
#define AVM_PROC_NODE_H

#include "atom/atom.h"
#include "code/code.h"
#include "data/compare.h"
#include "proc/process.h"

struct avm_platform;                /* atomvm/platform.h */
struct process_table;               /* proc/table.h */
struct name_table;                  /* proc/names.h */
struct timer_wheel;                 /* proc/timer.h */
struct run_queue;                   /* proc/run_queue.h */
struct native_resource_types;
struct load_context;

/* What ends with a process, in this order (ETS -> name -> links and monitors): filled in by api. A
** step returns false while it has more to do (it is called again in the next slice). */
typedef bool process_end_step(struct node *node, struct process *process, term reason);

struct node {
    struct memory *memory;
    struct atom_table *atoms;
    struct code_table *code;
    struct heap_shared heaps;
    struct literal_ranges *literals;
    struct compare_context compare;
    const struct avm_platform *platform;    /* functions get platform_state */
    void *platform_state;
    struct process_table *processes;
    struct name_table *names;
    struct timer_wheel *timers;
    struct run_queue *run_queue;
    struct load_context *load;          /* room load is below proc */
    AVM_ATOMIC(uint64_t) next_reference;
    AVM_ATOMIC(uint64_t) next_unique;
    term name;                          /* nonode@nohost until distribution starts */
    uint32_t creation;
    process_end_step *const *end_steps; /* NULL-terminated */
    void *ets;                          /* the ets room's */
    struct process *first_process;      /* the one that avm_create made for start-up, NULL: none */
    term system_logger;                 /* pid, or atom logger/undefined */
    uint64_t messages, context_switches, reductions;
    int64_t start_monotonic, time_offset;
    struct persistent_table *persistent_terms;  /* ets/persistent.h */
    term input_waiter;                  /* pid told when standard input is ready; TERM_NONE: none */
    bool halting;
    int halt_status;
    char *halt_slogan;
    /* Loads a module by name from wherever the host finds it (error_handler's last resort, and the
    ** engine's first call to an export without code in plain mode): true when the export's module is
    ** current afterwards. */
    bool (*find_module)(void *user, struct node *node, term module);
    void *find_user;
    void *host;                         /* struct avm_vm */
    int argc;
    const char *const *argv;
};

#endif
