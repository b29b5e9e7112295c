/* timer.c - owns all timers. Always: an armed timer is in by_time; one with a reference also in
** by_reference; a receive timer that has fired is in neither, and belongs to its signal. Functions that
** change the queue are called with its lock held, but for those that the header names. */
#include "proc/timer.h"

#include "proc/names.h"
#include "proc/reference.h"
#include "proc/relations.h"
#include "proc/spawn.h"
#include "proc/table.h"

#define SEQUENCE_BITS 24
#define LAST_MILLISECOND (((uint64_t) 1 << (64 - SEQUENCE_BITS)) - 1)
#define SEQUENCE_TRIES 64

static void take_lock(struct node *node)
{
    (void) node;
    LOCK_TAKE_IF(node_is_shared(node), &node->timers->lock);
}

static void release_lock(struct node *node)
{
    (void) node;
    LOCK_RELEASE_IF(node_is_shared(node), &node->timers->lock);
}

/* ---- the queue ---------------------------------------------------------------------- */

/* Milliseconds since the start of the node, rounded up. */
static uint64_t millisecond_of(const struct node *node, int64_t deadline)
{
    uint64_t since, millisecond;

    if (deadline <= node->start_monotonic)
        return 0;
    since = (uint64_t) deadline - (uint64_t) node->start_monotonic;
    millisecond = since / 1000000 + (since % 1000000 != 0);
    return millisecond < LAST_MILLISECOND ? millisecond : LAST_MILLISECOND;
}

static void enqueue(struct node *node, struct timer *timer)
{
    struct timer_queue *queue = node->timers;
    uint64_t millisecond = millisecond_of(node, timer->deadline);
    unsigned tries = 0;

    do {
        if (++tries % SEQUENCE_TRIES == 0 && millisecond < LAST_MILLISECOND)
            millisecond++;
        timer->by_time.key = millisecond << SEQUENCE_BITS
            | (queue->sequence++ & ((1u << SEQUENCE_BITS) - 1));
    } while (tree_find(queue->by_time, timer->by_time.key) != NULL);
    tree_put(&queue->by_time, &timer->by_time);
    queue->count++;
#if AVM_SMP
    if (timer->deadline < atomic_peek(&queue->next_due))
        atomic_put(&queue->next_due, timer->deadline);
#endif
}

static void dequeue(struct node *node, struct timer *timer)
{
    tree_remove(&node->timers->by_time, timer->by_time.key);
    node->timers->count--;
}

/* The receive timer, when there is one, stays first. */
static void aim(struct timer *timer, struct process *process)
{
    struct timer **link = &process->timers;

    if (!timer->is_receive && *link != NULL && (*link)->is_receive)
        link = &(*link)->next;
    timer->next = *link;
    timer->link = link;
    if (timer->next != NULL)
        timer->next->link = &timer->next;
    atomic_settle_if(process_is_shared(process), link, timer);
}

static void unaim(struct timer *timer)
{
    if (timer->link == NULL)
        return;
    atomic_put(timer->link, timer->next);
    if (timer->next != NULL)
        timer->next->link = timer->link;
    timer->link = NULL;
    timer->next = NULL;
}

/* ---- messages sent later --------------------------------------------------------------- */

static struct message_timer *find_message_timer(const struct node *node, uint64_t reference)
{
    struct tree_node *found = tree_find(node->timers->by_reference, reference);

    return found != NULL ? AVM_CONTAINER_OF(found, struct message_timer, by_reference) : NULL;
}

/* Takes timer out of everything and frees it; gives its message. */
static struct signal *disarm(struct node *node, struct message_timer *timer)
{
    struct signal *message = timer->message;

    dequeue(node, &timer->timer);
    tree_remove(&node->timers->by_reference, timer->by_reference.key);
    unaim(&timer->timer);
    memory_free(node->memory, MEMORY_TIMER, timer, sizeof *timer);
    return message;
}

/* message, or {timeout, Ref, message}. */
static struct signal *create_message(struct node *node, term message, bool wrap, uint64_t reference)
{
    struct heap env;
    struct signal *signal;
    term *words, copy;

    if (!wrap)
        return signal_create(node, SIGNAL_MESSAGE, TERM_NONE, message);
    heap_init_env(&env, &node->heaps, MEMORY_MAILBOX);
    copy = heap_copy(&env, message);
    words = heap_allocate(&env, 4 + REFERENCE_WORDS);
    if (copy == TERM_NONE || words == NULL) {
        heap_deinit(&env);
        return NULL;
    }
    words[0] = header_make(BOXED_TUPLE, 3);
    words[1] = ATOM(timeout);
    words[2] = reference_put(words + 4, reference);
    words[3] = copy;
    signal = signal_create_moved(node, SIGNAL_MESSAGE, TERM_NONE, &env, term_make_boxed(words));
    if (signal == NULL)
        heap_deinit(&env);
    return signal;
}

/* A process that has begun to end looks at its timers after it has said so: see name_remove_of. */
static void arm(struct node *node, struct message_timer *timer, struct process *process)
{
    int64_t deadline = timer->timer.deadline;
    struct signal *message = NULL;

    take_lock(node);
    tree_put(&node->timers->by_reference, &timer->by_reference);
    enqueue(node, &timer->timer);
    if (process != NULL)
        aim(&timer->timer, process);
    if (process != NULL && process_is_shared(process)
        && atomic_get(&process->state) == PROCESS_STATE_EXITING)
        message = disarm(node, timer);
    release_lock(node);
    if (message != NULL)
        signal_destroy(node, message);
    else
        crew_tell_timer(node, deadline);
    (void) deadline;
}

enum data_status timer_start(struct node *node, struct heap *heap, int64_t deadline, term to,
    term message, bool wrap, term *reference)
{
    uint64_t id = node_next_reference(node);
    struct process *process = term_is_local_pid(to) ? process_find(node, to) : NULL;
    struct message_timer *timer;
    term made = reference_make(heap, id);

    if (made == TERM_NONE)
        return DATA_NO_MEMORY;
    *reference = made;
    if (process == NULL && !term_is_atom(to))
        return DATA_OK;
    timer = memory_allocate_zeroed(node->memory, MEMORY_TIMER, sizeof *timer);
    if (timer == NULL)
        return DATA_NO_MEMORY;
    timer->message = create_message(node, message, wrap, id);
    if (timer->message == NULL) {
        memory_free(node->memory, MEMORY_TIMER, timer, sizeof *timer);
        return DATA_NO_MEMORY;
    }
    timer->timer.deadline = deadline;
    timer->to = to;
    timer->by_reference.key = id;
    arm(node, timer, process);
    return DATA_OK;
}

/* OTP counts what is left in whole milliseconds, rounded up. */
static int64_t milliseconds_left(const struct node *node, const struct message_timer *timer)
{
    int64_t left = timer->timer.deadline - node_monotonic_time(node);

    return left <= 0 ? 0 : (left + 999999) / 1000000;
}

int64_t timer_cancel(struct node *node, uint64_t reference)
{
    struct message_timer *timer;
    struct signal *message = NULL;
    int64_t left = -1;

    take_lock(node);
    timer = find_message_timer(node, reference);
    if (timer != NULL) {
        left = milliseconds_left(node, timer);
        message = disarm(node, timer);
    }
    release_lock(node);
    if (message != NULL)
        signal_destroy(node, message);
    return left;
}

int64_t timer_read(struct node *node, uint64_t reference)
{
    const struct message_timer *timer;
    int64_t left;

    take_lock(node);
    timer = find_message_timer(node, reference);
    left = timer != NULL ? milliseconds_left(node, timer) : -1;
    release_lock(node);
    return left;
}

struct signal *timer_message(struct tree_node *by_reference)
{
    return AVM_CONTAINER_OF(by_reference, struct message_timer, by_reference)->message;
}

/* ---- receive ... after ------------------------------------------------------------------- */

static struct receive_timeout *of_receive(const struct process *process)
{
    return process->timers != NULL && process->timers->is_receive
        ? AVM_CONTAINER_OF(process->timers, struct receive_timeout, timer)
        : NULL;
}

bool timer_is_set_for_receive(struct process *process)
{
    bool result;

    if (atomic_peek(&process->timers) == NULL)
        return false;
    take_lock(process_node(process));
    result = of_receive(process) != NULL;
    release_lock(process_node(process));
    return result;
}

bool timer_is_of_receive(struct process *process, const struct signal *signal)
{
    const struct receive_timeout *timer;
    bool result;

    take_lock(process_node(process));
    timer = of_receive(process);
    result = timer != NULL && &timer->signal == signal;
    release_lock(process_node(process));
    return result;
}

bool timer_start_receive(struct process *process, int64_t deadline)
{
    struct node *node = process_node(process);
    struct receive_timeout *timer = memory_allocate_zeroed(node->memory, MEMORY_TIMER, sizeof *timer);

    if (timer == NULL)
        return false;
    timer->timer.deadline = deadline;
    timer->timer.is_receive = true;
    timer->timer.process = process;
    timer->signal.kind = SIGNAL_TIMEOUT;
    timer->signal.from = timer->signal.body = timer->signal.offheap = TERM_NONE;
    take_lock(node);
    enqueue(node, &timer->timer);
    aim(&timer->timer, process);
    release_lock(node);
    crew_tell_timer(node, deadline);
    return true;
}

/* One that has fired lies in the inbox, which frees it. */
static void cancel_receive(struct process *process)
{
    struct receive_timeout *timer = of_receive(process);

    if (timer == NULL)
        return;
    unaim(&timer->timer);
    if (timer->timer.fired)
        return;
    dequeue(process_node(process), &timer->timer);
    memory_free(process_node(process)->memory, MEMORY_TIMER, timer, sizeof *timer);
}

void timer_cancel_receive(struct process *process)
{
    take_lock(process_node(process));
    cancel_receive(process);
    release_lock(process_node(process));
}

void timer_destroy_fired(struct node *node, struct signal *signal)
{
    struct receive_timeout *timer = AVM_CONTAINER_OF(signal, struct receive_timeout, signal);

    take_lock(node);
    unaim(&timer->timer);
    release_lock(node);
    memory_free(node->memory, MEMORY_TIMER, timer, sizeof *timer);
}

/* ---- time passes -------------------------------------------------------------------------- */

static int64_t due_at(const struct node *node, const struct tree_node *first)
{
    return node->start_monotonic + (int64_t) ((first->key >> SEQUENCE_BITS) * 1000000);
}

/* Takes out what is first in the queue and due: the signal, and whom it is for (a name perhaps). */
static struct signal *take_due(struct node *node, struct timer *timer, term *to)
{
    struct message_timer *later = AVM_CONTAINER_OF(timer, struct message_timer, timer);

    if (timer->is_receive) {
        dequeue(node, timer);
        timer->fired = true;
        *to = timer->process->pid;
        return &AVM_CONTAINER_OF(timer, struct receive_timeout, timer)->signal;
    }
    *to = later->to;
    return disarm(node, later);
}

static void send(struct node *node, term to, struct signal *signal)
{
    if (term_is_atom(to))
        to = name_find(node, to);
    if (to != TERM_NONE && (term_is_local_pid(to) || signal->kind == SIGNAL_TIMEOUT))
        signal_push(node, to, signal);
    else
        signal_destroy(node, signal);
}

int64_t timer_next_due(struct node *node)
{
    struct tree_node *first;
    int64_t due;

    take_lock(node);
    first = tree_at_least(node->timers->by_time, 0);
    due = first != NULL ? due_at(node, first) : INT64_MAX;
#if AVM_SMP
    atomic_put(&node->timers->next_due, due);
#endif
    release_lock(node);
    return due;
}

bool timer_is_none_due(struct node *node)
{
#if AVM_SMP
    if (node_is_shared(node))
        return atomic_get(&node->timers->next_due) == INT64_MAX;
#endif
    return node->timers->by_time == NULL;
}

/* The first that is due, taken out; NULL: none, *due says when the next is. */
static struct signal *next_due(struct node *node, int64_t now, term *to, int64_t *due)
{
    struct tree_node *first = tree_at_least(node->timers->by_time, 0);
    struct timer *timer;

    *due = INT64_MAX;
    if (first == NULL)
        return NULL;
    timer = AVM_CONTAINER_OF(first, struct timer, by_time);
    *due = due_at(node, first);
    if (*due > now)
        return NULL;
    if (timer->deadline > now) {                /* past what a key can say */
        dequeue(node, timer);
        enqueue(node, timer);
        return NULL;
    }
    return take_due(node, timer, to);
}

int64_t timer_run_due(struct node *node, int64_t now)
{
    struct signal *signal;
    int64_t due;
    term to = TERM_NONE;

#if AVM_SMP
    if (node_is_shared(node)) {
        due = atomic_get(&node->timers->next_due);
        if (due > now)
            return due;
    }
#endif
    do {
        take_lock(node);
        signal = next_due(node, now, &to, &due);
#if AVM_SMP
        atomic_put(&node->timers->next_due, due);
#endif
        release_lock(node);
        if (signal != NULL)
            send(node, to, signal);
    } while (signal != NULL);
    return due;
}

/* What is not the process's any more is freed without the lock. */
void timer_drop_all_of(struct process *process)
{
    struct node *node = process_node(process);
    struct signal *messages = NULL;

    if (atomic_peek(&process->timers) == NULL)
        return;
    take_lock(node);
    cancel_receive(process);
    while (process->timers != NULL) {
        struct signal *message
            = disarm(node, AVM_CONTAINER_OF(process->timers, struct message_timer, timer));

        message->next = messages;
        messages = message;
    }
    release_lock(node);
    while (messages != NULL) {
        struct signal *message = messages;

        messages = message->next;
        signal_destroy(node, message);
    }
}

void timer_drop_all(struct node *node)
{
    struct tree_node *first;

    while ((first = node->timers->by_time) != NULL) {
        struct timer *timer = AVM_CONTAINER_OF(first, struct timer, by_time);

        if (timer->is_receive)
            cancel_receive(timer->process);
        else
            signal_destroy(node, disarm(node, AVM_CONTAINER_OF(timer, struct message_timer, timer)));
    }
}
