/* sched.h - slices, waiting, timers: what a host thread inside avm_run does. */
#ifndef AVM_SCHED_SCHED_H
#define AVM_SCHED_SCHED_H

#include "interp/interp.h"
#include "proc/node.h"

enum sched_activity { SCHED_RUNNABLE, SCHED_WAITING, SCHED_HALTED };

/* What the rooms below ask of the engine: once, before the first run. */
void sched_set_hooks(struct node *node);

/* Runs processes until budget reductions are spent, nothing can run, the node halts, or node->pauses is
** set. *wake_time is the next timer (platform clock, ns; INT64_MAX: none). *spent: reductions used. With
** several schedulers the caller is not in the VM (node_enter): slices run beside those of others. */
enum sched_activity sched_run(struct scheduler *s, uint64_t budget, uint64_t *spent, int64_t *wake_time);

#if AVM_SMP
/* Takes process, from dirty_take: runs its dirty native on s, the seat of the thread, which is no busy member of
** the crew before and after. What becomes of the process, its end too, is a scheduler's. */
void sched_run_on_seat(struct scheduler *s, struct process *process);
#endif

/* When the next timer is due (platform clock, ns; INT64_MAX: none). */
int64_t sched_next_timer(struct node *node);

#endif
