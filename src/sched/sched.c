/* sched.c - slices: takes the next process, lets it handle its signals, runs its code, and puts it
** where it belongs. Always: s->process is set only while code of that process runs; a process that
** waits is queued again only by a signal. */
#include "sched/sched.h"

#include "proc/literals.h"
#include "proc/native_call.h"
#include "proc/run_queue.h"
#include "proc/signal.h"
#include "proc/spawn.h"
#include "proc/timer.h"

#define SLICES_BETWEEN_TIMERS 16

static void end_process(struct scheduler *s, struct process *process)
{
    native_charge(s, 200);
    if (!process_end(s->node, process) && process->live != PROCESS_END_UNSEEN)
        run_queue_push(s->node->run_queue, process);
}

/* Messages that were received leave fragments on the heap. A process that never allocates would pile
** them up, and one that waits would keep them: so they are folded in between slices, with room for as
** many again in the block. All registers are on the stack here. */
#define ROOM_MAX_WORDS 1024

static void fold_fragments(struct scheduler *s, struct process *process, bool waits)
{
    struct heap *heap = &process->heap;
    size_t room = 4 * (size_t) heap->fragment_words;

    if (process->flags & PROCESS_PINNED)
        return;
    if (waits ? heap->fragments != NULL : heap_wants_collection(heap))
        (void) process_collect(s, process, room < ROOM_MAX_WORDS ? room : ROOM_MAX_WORDS, 0, false);
}

static enum run_outcome run_code(struct scheduler *s, struct process *process)
{
    enum run_outcome outcome;

    process->flags &= (uint16_t) ~(PROCESS_IN_RECEIVE | PROCESS_ROUSED | PROCESS_HIBERNATED);
    s->process = process;
    outcome = interp_run(s);
    s->process = NULL;
    if (outcome == RUN_YIELDED || outcome == RUN_WAITING)
        fold_fragments(s, process, outcome == RUN_WAITING);
    process->reductions += (uint64_t) (SLICE_REDUCTIONS - s->reductions);
    if ((process->flags & PROCESS_HIBERNATED) && process->message_count > 0)
        outcome = RUN_YIELDED;
    if (outcome == RUN_WAITING) {
        process->flags &= (uint16_t) ~PROCESS_ROUSED;
        process->flags |= PROCESS_IN_RECEIVE;
    }
    return outcome;
}

/* One slice of a process just taken from the queue. */
static void run_process(struct scheduler *s, struct process *process)
{
    struct node *node = s->node;
    enum run_outcome outcome;
    bool waits;

    if (atomic_get(&process->state) == PROCESS_STATE_EXITING) {
        end_process(s, process);
        return;
    }
    atomic_put(&process->state, PROCESS_STATE_RUNNING);
    if (!signal_handle_all(s, process)) {
        end_process(s, process);
        return;
    }
    if (process->flags & PROCESS_IS_PORT) {
        node->port_hooks->run(s, process);
        if (process_is_exiting(process))
            end_process(s, process);
        else
            process_put_back(node, process, process->message_count == 0);
        return;
    }
    waits = process_waits(process);
    if (!waits) {
        node->context_switches++;
        outcome = run_code(s, process);
        if (outcome == RUN_EXITED || process_is_exiting(process)) {
            end_process(s, process);
            return;
        }
        waits = outcome == RUN_WAITING;
    }
    process_put_back(node, process, waits);
}

/* The clock is read only when there is a timer. */
static int64_t run_timers(struct node *node)
{
    return timer_next_due(node) == INT64_MAX ? INT64_MAX
                                             : timer_run_due(node, node_monotonic_time(node));
}

enum sched_activity sched_run(struct scheduler *s, uint64_t budget, uint64_t *spent,
    int64_t *wake_time)
{
    struct node *node = s->node;
    struct process *process;
    unsigned slices = 0;

    node->current_stacktrace = interp_current_stacktrace;
    node->current_function = interp_current_function;
    node->uses_module = interp_uses_module;
    *spent = 0;
    *wake_time = INT64_MAX;
    node->pauses = false;
    while (!node->halting) {
        if (slices++ % SLICES_BETWEEN_TIMERS == 0 || node->run_queue->count == 0)
            *wake_time = run_timers(node);
        if (*spent >= budget || node->pauses)
            return node->run_queue->count != 0 ? SCHED_RUNNABLE : SCHED_WAITING;
        process = run_queue_pop(node->run_queue);
        if (process == NULL)
            return SCHED_WAITING;
        s->reductions = SLICE_REDUCTIONS;
        run_process(s, process);
        if (AVM_UNLIKELY(literal_ranges_retired_words(node->literals) > 0))
            literals_free_retired(node, node->run_queue->count == 0);
        *spent += (uint64_t) (SLICE_REDUCTIONS - s->reductions);
        node->reductions += (uint64_t) (SLICE_REDUCTIONS - s->reductions);
    }
    return SCHED_HALTED;
}

int64_t sched_next_timer(const struct node *node)
{
    return timer_next_due(node);
}
