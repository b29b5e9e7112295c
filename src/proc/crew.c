/* crew.c - several schedulers beside each other. Always: a bit of asleep is set by its scheduler alone, and
** cleared by whoever wakes it or by itself; only the poller is in the platform's wait. */
#include "proc/crew.h"

#include "atomvm/platform.h"
#include "proc/dirty.h"
#include "proc/ready.h"
#include "proc/table.h"

#if AVM_SMP
/* A native that blocks may keep all others standing for a tenth of a second, not more; then they are let go
** for a second. */
#define STOP_STEPS 200
#define STOP_AGAIN_NS INT64_C(1000000000)
#define STOP_LATER_NS INT64_C(10000000)

bool crew_share(struct node *node, unsigned count, unsigned slots)
{
    struct crew *crew = &node->crew;

    crew->members = memory_allocate_zeroed(node->memory, MEMORY_OTHER,
        (slots + 1) * sizeof *crew->members);
    if (crew->members == NULL)
        return false;
    crew->count = count;
    crew->slots = slots;
    if (!process_table_share(node->processes, slots) || !process_table_share(node->ports, slots))
        return false;
    for (unsigned at = 0; at <= slots; at++)
        atomic_put(&crew->members[at].since, LITERALS_ALL);
    crew->members[0].is_visitor = true;
    crew->members[0].counts = node->counts;
    atomic_put(&crew->poll_until, INT64_MIN);
    atomic_put(&crew->stop_after, INT64_MIN);
    return true;
}

void crew_unshare(struct node *node)
{
    struct crew *crew = &node->crew;

    if (crew->members == NULL)
        return;
    node_get_counts(node, &node->counts);
    process_table_unshare(node->processes);
    process_table_unshare(node->ports);
    memory_free(node->memory, MEMORY_OTHER, crew->members, (crew->slots + 1) * sizeof *crew->members);
    crew->members = NULL;
    crew->count = crew->slots = 0;
}

/* ---- standing still ------------------------------------------------------------------------- */

static struct crew_member *self(struct node *node)
{
    return &node->crew.members[thread_slot(node->memory)];
}

void crew_begin(struct node *node)
{
    struct crew_member *member = self(node);
    unsigned steps = 0;

    for (;;) {
        (void) atomic_swap(&member->is_busy, 1u);
        if (atomic_or(&node->crew.stopper, 0u) == 0)
            return;
        (void) atomic_swap(&member->is_busy, 0u);
        while (atomic_get(&node->crew.stopper) != 0)
            lock_pause(&steps);
    }
}

void crew_end(struct node *node)
{
    (void) atomic_swap(&self(node)->is_busy, 0u);
}

bool crew_is_busy(struct node *node)
{
    for (unsigned at = 1; at <= node->crew.count; at++)
        if (atomic_or(&node->crew.members[at].is_busy, 0u) != 0)
            return true;
    return false;
}

void crew_pause(struct node *node)
{
    if (AVM_LIKELY(atomic_peek(&node->crew.stopper) == 0))
        return;
    crew_end(node);
    crew_begin(node);
}

void crew_go_on(struct node *node)
{
    (void) atomic_swap(&node->crew.stopper, 0u);
}

bool crew_stop(struct node *node)
{
    struct crew *crew = &node->crew;
    unsigned nobody = 0, own = thread_slot(node->memory), steps = 0;

    if (node_monotonic_time(node) < atomic_peek(&crew->stop_after)
        || !atomic_replace(&crew->stopper, &nobody, own))
        return false;
    for (unsigned at = 1; at <= crew->slots; at++) {
        while (at != own && atomic_or(&crew->members[at].is_busy, 0u) != 0) {
            if (steps > STOP_STEPS) {
                atomic_poke(&crew->stop_after, node_monotonic_time(node) + STOP_AGAIN_NS);
                crew_go_on(node);
                return false;
            }
            lock_pause(&steps);
        }
    }
    return true;
}

void crew_stop_later(struct node *node)
{
    atomic_poke(&node->crew.stop_after, node_monotonic_time(node) + STOP_LATER_NS);
}

/* ---- inside and outside ------------------------------------------------------------------------ */

bool crew_is_scheduler(const struct node *node)
{
    unsigned slot = thread_slot(node->memory);

    return slot != 0 && slot <= node->crew.count;
}

bool crew_holds_lock(const struct node *node)
{
    return lock_again_is_held(&node->crew.lock);
}

void crew_sit_down(struct node *node)
{
    self(node)->is_visitor = true;
}

void crew_come_in(struct node *node)
{
    self(node)->is_visitor = false;
    reclaim_enter(&node->reclaim);
    crew_begin(node);
}

void crew_go_out(struct node *node)
{
    crew_end(node);
    reclaim_leave(&node->reclaim);
    self(node)->is_visitor = true;
}

size_t crew_literals_free(const struct node *node)
{
    size_t least = LITERALS_ALL;

    for (unsigned at = node->crew.count + 1; at <= node->crew.slots; at++) {
        size_t since = atomic_get(&node->crew.members[at].since);

        least = since < least ? since : least;
    }
    return least;
}

bool crew_is_outside(const struct node *node, const struct process *process)
{
    for (unsigned at = node->crew.count + 1; at <= node->crew.slots; at++)
        if (node->crew.members[at].outside == process)
            return true;
    return false;
}

bool crew_uses_natives(const struct node *node, const struct module *module)
{
    for (unsigned at = node->crew.count + 1; at <= node->crew.slots; at++) {
        const struct crew_member *member = &node->crew.members[at];

        if (member->outside != NULL
            && code_owner_of_natives(node->code, member->natives) == module)
            return true;
    }
    return false;
}

/* ---- sleeping ------------------------------------------------------------------------------- */

static uint64_t own_bit(const struct node *node)
{
    return (uint64_t) 1 << (thread_slot(node->memory) - 1);
}

void crew_fall_asleep(struct node *node)
{
    (void) atomic_or(&node->crew.asleep, own_bit(node));
}

void crew_wake_up(struct node *node)
{
    (void) atomic_and(&node->crew.asleep, ~own_bit(node));
}

static void wake(struct node *node, unsigned number)
{
    if (atomic_get(&node->crew.poller) == number)
        node->platform->wakeup(node->platform_state);
    else
        node->platform->unpark(node->platform_state, number);
}

/* The poller comes last: who is parked need not give up anything. */
static uint64_t choose(const struct crew *crew, uint64_t asleep)
{
    unsigned poller = atomic_get(&crew->poller);
    uint64_t others = poller == 0 ? asleep : asleep & ~((uint64_t) 1 << (poller - 1));

    return others != 0 ? others : asleep;
}

static unsigned first_bit(uint64_t bits)
{
    return 63 - bits_count_leading_zeros64(bits & (0 - bits));
}

void crew_wake_one(struct node *node)
{
    struct crew *crew = &node->crew;
    uint64_t asleep;

    while ((asleep = atomic_get(&crew->asleep)) != 0) {
        unsigned at = first_bit(choose(crew, asleep));
        uint64_t bit = (uint64_t) 1 << at;

        if (atomic_and(&crew->asleep, ~bit) & bit) {
            wake(node, at + 1);
            return;
        }
    }
}

static void wake_some(struct node *node, uint64_t who)
{
    who &= atomic_and(&node->crew.asleep, ~who);
    for (; who != 0; who &= who - 1)
        wake(node, first_bit(who) + 1);
}

void crew_wake_all(struct node *node)
{
    if (node_is_shared(node)) {
        wake_some(node, UINT64_MAX);
        dirty_wake_all(node);
    }
}

void crew_wake_watching(struct node *node)
{
    uint64_t watching;

    if (!node_is_shared(node))
        return;
    watching = atomic_look(&node->crew.watching);   /* after the exchange by which a process rests */
    if (watching == 0)
        return;
    atomic_fence();                     /* who falls asleep says so, then looks at what has changed here */
    watching &= atomic_peek(&node->crew.asleep);
    if (watching != 0)
        wake_some(node, watching);
}

void crew_tell_timer(struct node *node, int64_t deadline)
{
    if (node_is_shared(node) && deadline < atomic_get(&node->crew.poll_until))
        node->platform->wakeup(node->platform_state);
}
#endif

/* ---- in and out ------------------------------------------------------------------------------ */

void node_enter(struct node *node)
{
#if AVM_SMP
    if (node_is_shared(node)) {
        if (crew_is_scheduler(node))
            ready_end_keeping(node);
        lock_again_take(&node->crew.lock);
        if (node->depth++ == 0 && self(node)->is_visitor)
            reclaim_enter(&node->reclaim);
        return;
    }
#endif
    if (node->platform->enter != NULL)
        node->platform->enter(node->platform_state);
#if AVM_SMP
    if (AVM_UNLIKELY(node_is_shared(node))) {       /* since it was asked */
        if (node->platform->leave != NULL)
            node->platform->leave(node->platform_state);
        node_enter(node);
        return;
    }
#endif
    node->depth++;
}

void node_leave(struct node *node)
{
#if AVM_SMP
    if (node_is_shared(node)) {
        if (--node->depth == 0 && self(node)->is_visitor)
            reclaim_leave(&node->reclaim);
        lock_again_release(&node->crew.lock);
        return;
    }
#endif
    node->depth--;
    if (node->platform->leave != NULL)
        node->platform->leave(node->platform_state);
}
