/* dirty.c - the queue of processes that are to call a dirty native, and the seats that take from it.
** Always: a process is here only while a thread serves or is promised; the bit of a seat in asleep is set by
** its thread and cleared by whoever wakes it, both under the lock, so no wake-up is lost. */
#include "proc/dirty.h"

#if AVM_SMP
#include "atomvm/platform.h"
#include "proc/ready.h"
#include "proc/scheduler.h"

bool dirty_create(struct node *node, unsigned room, dirty_more_fn *more, void *user)
{
    struct dirty *dirty = memory_allocate_zeroed(node->memory, MEMORY_OTHER, sizeof *dirty);

    if (dirty == NULL)
        return false;
    run_queue_init(&dirty->queue);
    dirty->room = room;
    dirty->more = more;
    dirty->user = user;
    node->dirty = dirty;
    return true;
}

void dirty_destroy(struct node *node)
{
    if (node->dirty != NULL)
        memory_free(node->memory, MEMORY_OTHER, node->dirty, sizeof *node->dirty);
    node->dirty = NULL;
}

static void lock(struct dirty *dirty) { lock_take(&dirty->queue.lock); }
static void unlock(struct dirty *dirty) { lock_release(&dirty->queue.lock); }

static bool may_ask(const struct dirty *dirty)
{
    return dirty->more != NULL && !dirty->is_refused;
}

static bool is_served(const struct dirty *dirty)
{
    return dirty->served + dirty->coming > 0 || may_ask(dirty);
}

bool dirty_is_served(const struct node *node)
{
    struct dirty *dirty = node->dirty;
    bool is;

    if (dirty == NULL)
        return false;
    lock(dirty);
    is = is_served(dirty);
    unlock(dirty);
    return is;
}

/* ---- threads --------------------------------------------------------------------------------- */

static void wake(struct node *node, unsigned seat)
{
    node->platform->unpark(node->platform_state, node->crew.count + 1 + seat);
}

/* The lock is held: takes the bit of one that sleeps; false: none does. */
static bool choose_sleeper(struct dirty *dirty, unsigned *seat)
{
    uint64_t bit = dirty->asleep & (0 - dirty->asleep);

    if (bit == 0)
        return false;
    dirty->asleep &= ~bit;
    *seat = 63 - bits_count_leading_zeros64(bit);
    return true;
}

/* The lock is held: when nobody is left to take what waits, it is called anew where it was. */
static void give_back_all(struct node *node)
{
    struct process *process;

    if (node->dirty->served + node->dirty->coming > 0)
        return;
    while ((process = run_queue_pop(&node->dirty->queue)) != NULL) {
        (void) atomic_subtract(&node->dirty->under_way, 1u);
        ready_push(node, process);
    }
}

static void ask_for_more(struct node *node)
{
    struct dirty *dirty = node->dirty;

    if (dirty->more(dirty->user))
        return;
    lock(dirty);
    dirty->coming--;
    dirty->is_refused = true;
    give_back_all(node);
    unlock(dirty);
}

bool dirty_push(struct node *node, struct process *process)
{
    struct dirty *dirty = node->dirty;
    bool is_woken = false, is_asked = false;
    unsigned seat = 0;

    if (dirty == NULL)
        return false;
    lock(dirty);
    if (!is_served(dirty)) {
        unlock(dirty);
        return false;
    }
    atomic_put(&process->state, PROCESS_STATE_RUNNABLE);
    run_queue_push(&dirty->queue, process);
    (void) atomic_add(&dirty->under_way, 1u);
    is_woken = choose_sleeper(dirty, &seat);
    if (!is_woken && may_ask(dirty) && dirty->served + dirty->coming < dirty->room
        && dirty->queue.count > dirty->coming) {
        dirty->coming++;
        is_asked = true;
    }
    unlock(dirty);
    if (is_woken)
        wake(node, seat);
    else if (is_asked)
        ask_for_more(node);
    return true;
}

void dirty_begin(struct node *node)
{
    struct dirty *dirty = node->dirty;

    lock(dirty);
    dirty->served++;
    if (dirty->coming > 0)
        dirty->coming--;
    dirty->is_refused = false;
    unlock(dirty);
}

static uint64_t own_bit(const struct node *node)
{
    return (uint64_t) 1 << (thread_slot(node->memory) - node->crew.count - 1);
}

void dirty_end(struct node *node)
{
    struct dirty *dirty = node->dirty;
    unsigned seat;

    lock(dirty);
    dirty->served--;
    dirty->asleep &= ~own_bit(node);
    give_back_all(node);
    if (dirty->queue.count > 0 && choose_sleeper(dirty, &seat))     /* it may have been woken for that */
        wake(node, seat);
    unlock(dirty);
}

void dirty_refuse(struct node *node)
{
    lock(node->dirty);
    if (node->dirty->coming > 0)
        node->dirty->coming--;
    give_back_all(node);
    unlock(node->dirty);
}

void dirty_close(struct node *node)
{
    if (node->dirty == NULL)
        return;
    lock(node->dirty);
    node->dirty->more = NULL;
    unlock(node->dirty);
}

/* What a wake-up costs on the one side and the other is more than most natives take. */
#define LINGER_STEPS 12

bool dirty_linger(struct node *node)
{
    struct dirty *dirty = node->dirty;

    if (dirty == NULL)
        return false;
    for (unsigned steps = 0; steps < LINGER_STEPS && atomic_get(&dirty->under_way) > 0; steps++) {
        if (ready_count(node) > 0)
            return true;
        lock_pause_briefly();
    }
    return ready_count(node) > 0;
}

void dirty_give_back(struct node *node)
{
    (void) atomic_subtract(&node->dirty->under_way, 1u);
}

struct process *dirty_take(struct node *node)
{
    struct dirty *dirty = node->dirty;
    struct process *process;

    for (unsigned steps = 0; steps < LINGER_STEPS && atomic_peek(&dirty->queue.count) == 0; steps++)
        lock_pause_briefly();
    lock(dirty);
    process = run_queue_pop(&dirty->queue);
    if (process == NULL)
        dirty->asleep |= own_bit(node);
    else
        dirty->asleep &= ~own_bit(node);
    unlock(dirty);
    return process;
}

void dirty_wake_all(struct node *node)
{
    struct dirty *dirty = node->dirty;
    unsigned seat;

    if (dirty == NULL)
        return;
    lock(dirty);
    while (choose_sleeper(dirty, &seat))
        wake(node, seat);
    unlock(dirty);
}

/* ---- outside ------------------------------------------------------------------------------------ */

static struct crew_member *member_of(const struct scheduler *s)
{
    return &s->node->crew.members[s->number];
}

void dirty_step_out(struct scheduler *s)
{
    struct node *node = s->node;
    struct crew_member *member;

    if (s->dirty == 0 || s->is_outside)
        return;
    member = member_of(s);
    member->outside = s->process;
    member->natives = s->native_table;
    atomic_put(&member->since, s->literals_left);
    s->depth = node->depth;                 /* its native was called under the lock */
    for (unsigned left = s->depth; left > 0; left--)
        node_leave(node);
    crew_go_out(node);
    s->is_outside = true;
}

void dirty_step_in(struct scheduler *s)
{
    struct node *node = s->node;

    if (!s->is_outside)
        return;
    s->is_outside = false;
    crew_come_in(node);
    member_of(s)->outside = NULL;
    atomic_put(&member_of(s)->since, LITERALS_ALL);
    for (unsigned left = s->depth; left > 0; left--)
        node_enter(node);
}
#endif
