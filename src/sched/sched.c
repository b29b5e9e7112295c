/* sched.c - slices: takes the next process, lets it handle its signals, runs its code, and puts it
** where it belongs. Always: s->process is set only while code of that process runs; a process that
** waits is queued again only by a signal; once a process was put back or has ended it is not looked at. */
#include "sched/sched.h"

#include "proc/dirty.h"
#include "proc/literals.h"
#include "proc/native_call.h"
#include "proc/ready.h"
#include "proc/signal.h"
#include "proc/spawn.h"
#include "proc/table.h"
#include "proc/timer.h"

#define SLICES_BETWEEN_TIMERS 16

static void end_process(struct scheduler *s, struct process *process)
{
    bool is_port = process->flags & PROCESS_IS_PORT;

    native_charge(s, 200);
    if (is_port)
        node_hold(s->node);
    if (!process_end(s->node, process) && process->live != PROCESS_END_UNSEEN)
        ready_push(s->node, process);
    if (is_port)
        node_let_go(s->node);
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
    if (outcome != RUN_EXITED)
        fold_fragments(s, process, outcome == RUN_WAITING);
    process->reductions += (uint64_t) (s->slice - s->reductions);
    if ((process->flags & PROCESS_HIBERNATED) && process->message_count > 0)
        outcome = RUN_YIELDED;
    if (outcome == RUN_WAITING) {
        process->flags &= (uint16_t) ~PROCESS_ROUSED;
        process->flags |= PROCESS_IN_RECEIVE;
    }
    return outcome;
}

/* Whoever looks into a port holds the lock of the VM. */
static void run_port(struct scheduler *s, struct process *port)
{
    struct node *node = s->node;

    node_hold(node);
    node->port_hooks->run(s, port);
    if (process_is_exiting(port))
        end_process(s, port);
    else
        process_put_back(node, port, port->message_count == 0);
    node_let_go(node);
}

/* One slice of a process just taken from the queue. */
static void run_process(struct scheduler *s, struct process *process)
{
    struct node *node = s->node;
    enum run_outcome outcome;
    bool waits, is_player;

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
        run_port(s, process);
        return;
    }
    waits = process_waits(process);
    if (!waits) {
        atomic_bump(&node_own_counts(node)->context_switches, (uint64_t) 1);
        outcome = run_code(s, process);
        if (outcome == RUN_EXITED || process_is_exiting(process)) {
            end_process(s, process);
            return;
        }
        if (outcome == RUN_TO_SEAT && dirty_push(node, process))
            return;
        if (outcome == RUN_TO_SEAT && node->seats_to_come)
            node->seats_needed = node->pauses = true;
        waits = outcome == RUN_WAITING;
    }
    is_player = process->ip == NULL && (process->flags & PROCESS_SUSPENDED);
    process_put_back(node, process, waits);
    if (is_player)
        crew_wake_watching(node);
}

/* The clock is read only when there is a timer. */
static int64_t run_timers(struct node *node)
{
    return timer_is_none_due(node) ? INT64_MAX : timer_run_due(node, node_monotonic_time(node));
}

/* What waits for all to stand: literals that were retired, modules that were purged. */
static void tidy(struct node *node, bool is_idle)
{
#if AVM_SMP
    if (node_is_shared(node)) {
        if (!literals_are_to_go(node, is_idle) && !code_has_purged(node->code))
            return;
        if (!crew_stop(node))
            return;
        node_enter(node);
        literals_free_retired(node, is_idle);
        literals_release_code(node);
        if (code_has_purged(node->code))
            crew_stop_later(node);
        node_leave(node);
        crew_go_on(node);
        return;
    }
#endif
    literals_free_retired(node, is_idle);
}

static bool has_to_tidy(const struct node *node)
{
    return literal_ranges_retired_words(node->literals) > 0
        || (node_is_shared(node) && code_has_purged(node->code));
}

#if AVM_SMP
/* Of those that find nothing to run the last sees that no other is busy: what was retired does not stay
** because others were still at work then. */
static void tidy_when_idle(struct node *node)
{
    if (!has_to_tidy(node) || crew_is_busy(node) || ready_count(node) != 0)
        return;
    crew_begin(node);
    tidy(node, true);
    crew_end(node);
}
#endif

/* The scheduler holds nothing that others may free. */
static void between_slices(struct scheduler *s)
{
#if AVM_SMP
    if (AVM_UNLIKELY(node_is_shared(s->node))) {
        reclaim_pass(&s->node->reclaim);
        crew_pause(s->node);
        ready_begin_keeping(s->node);
    }
#endif
    if (AVM_UNLIKELY(has_to_tidy(s->node)))
        tidy(s->node, ready_count(s->node) == 0);
}

static bool has_own_work(const struct scheduler *s)
{
#if AVM_SMP
    if (node_is_shared(s->node))
        return ready_has_own(s->node);
#endif
    return s->node->run_queue->count != 0;
}

static enum sched_activity run(struct scheduler *s, uint64_t budget, uint64_t *spent,
    int64_t *wake_time)
{
    struct node *node = s->node;
    struct process *process;
    unsigned slices = 0;

    while (!atomic_peek(&node->halting)) {
        if (slices++ % SLICES_BETWEEN_TIMERS == 0 || !has_own_work(s))
            *wake_time = run_timers(node);
        if (*spent >= budget || node->pauses)
            return ready_count(node) != 0 ? SCHED_RUNNABLE : SCHED_WAITING;
        process = ready_pop(node);
        if (process == NULL && dirty_linger(node))
            process = ready_pop(node);
        if (process == NULL) {
            *wake_time = timer_next_due(node);
            return SCHED_WAITING;
        }
        s->reductions = s->slice = SLICE_REDUCTIONS;
        run_process(s, process);
        *spent += (uint64_t) (SLICE_REDUCTIONS - s->reductions);
        atomic_bump(&node_own_counts(node)->reductions,
            (uint64_t) (SLICE_REDUCTIONS - s->reductions));
        between_slices(s);
    }
    return SCHED_HALTED;
}

void sched_set_hooks(struct node *node)
{
    node->current_stacktrace = interp_current_stacktrace;
    node->current_function = interp_current_function;
    node->uses_module = interp_uses_module;
    node->uses_code = interp_uses_code;
}

enum sched_activity sched_run(struct scheduler *s, uint64_t budget, uint64_t *spent,
    int64_t *wake_time)
{
    *spent = 0;
    *wake_time = INT64_MAX;
#if AVM_SMP
    if (node_is_shared(s->node)) {
        enum sched_activity activity;

        crew_begin(s->node);
        ready_balance(s->node);
        ready_begin_keeping(s->node);
        activity = run(s, budget, spent, wake_time);
        ready_end_keeping(s->node);
        process_table_settle(s->node->processes);
        crew_end(s->node);
        if (activity == SCHED_WAITING)
            tidy_when_idle(s->node);
        return activity;
    }
#endif
    s->node->pauses = false;
    sched_set_hooks(s->node);
    return run(s, budget, spent, wake_time);
}

#if AVM_SMP
/* The native that process is about to call; true: it waits for a seat again. */
static bool call_on_seat(struct scheduler *s, struct process *process, bool *waits)
{
    enum run_outcome outcome;

    atomic_bump(&node_own_counts(s->node)->context_switches, (uint64_t) 1);
    s->literals_left = literals_leave_retired(s->node, process);
    outcome = run_code(s, process);
    if (process_is_exiting(process))
        return false;
    *waits = outcome == RUN_WAITING;
    return outcome == RUN_TO_SEAT && dirty_push(s->node, process);
}

void sched_run_on_seat(struct scheduler *s, struct process *process)
{
    struct node *node = s->node;
    bool waits = false, is_queued = false;

    crew_come_in(node);
    s->reductions = s->slice = SLICE_REDUCTIONS;
    atomic_put(&process->state, PROCESS_STATE_RUNNING);
    if (signal_handle_all(s, process)) {
        waits = process_waits(process);
        if (!waits)
            is_queued = call_on_seat(s, process, &waits);
    }
    if (!is_queued)
        process_put_back(node, process, waits);
    dirty_give_back(node);
    atomic_bump(&node_own_counts(node)->reductions, (uint64_t) (s->slice - s->reductions));
    crew_go_out(node);
}
#endif

int64_t sched_next_timer(struct node *node)
{
    return timer_next_due(node);
}
