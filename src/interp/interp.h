/* interp.h - the engine: runs one process for one slice. */
#ifndef AVM_INTERP_INTERP_H
#define AVM_INTERP_INTERP_H

#include "proc/scheduler.h"

enum run_outcome {
    RUN_YIELDED,        /* slice used up: back to the run queue */
    RUN_TO_SEAT,        /* the same, and what it calls next is a dirty native (proc/dirty.h) */
    RUN_WAITING,        /* waits in receive: state WAITING unless signals came meanwhile */
    RUN_EXITED,         /* process->exit_reason set; state EXITING */
    RUN_HALTED          /* erlang:halt */
};

/* Runs s->process (state RUNNING) until its slice of s->reductions ends, it waits or it ends. The
** process's state (ip, live x registers on top of its stack) is complete before and after. A process
** with ip NULL starts at its initial call with x[0..live-1]. */
enum run_outcome interp_run(struct scheduler *s);
/* What the code that it runs is to say for its instructions (code_set_instructions); NULL: their numbers. */
const int32_t *interp_instructions(void);

/* The stack trace term of where process stands now (process_info current_stacktrace), TERM_NONE without
** memory. Built on heap. */
term interp_current_stacktrace(struct scheduler *s, struct process *process, struct heap *heap,
    unsigned depth);
struct function *interp_current_function(struct process *process);
/* True when process runs old code of module or may return to it (struct node uses_module). */
bool interp_uses_module(struct node *node, struct process *process, term module);
/* The same of one version. */
bool interp_uses_code(struct node *node, const struct process *process, const struct module *module);

#endif
