/* timer.c - owns all timers. Always: an armed timer is in by_time; one with a reference also in
** by_reference; a receive timer that has fired is in neither, and belongs to its signal. */
#include "proc/timer.h"

#include "proc/names.h"
#include "proc/reference.h"
#include "proc/relations.h"
#include "proc/spawn.h"
#include "proc/table.h"

#define SEQUENCE_BITS 24
#define LAST_MILLISECOND (((uint64_t) 1 << (64 - SEQUENCE_BITS)) - 1)
#define SEQUENCE_TRIES 64

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
    *link = timer;
}

static void unaim(struct timer *timer)
{
    if (timer->link == NULL)
        return;
    *timer->link = timer->next;
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
    tree_put(&node->timers->by_reference, &timer->by_reference);
    enqueue(node, &timer->timer);
    if (process != NULL)
        aim(&timer->timer, process);
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
    struct message_timer *timer = find_message_timer(node, reference);
    int64_t left;

    if (timer == NULL)
        return -1;
    left = milliseconds_left(node, timer);
    signal_destroy(node, disarm(node, timer));
    return left;
}

int64_t timer_read(const struct node *node, uint64_t reference)
{
    const struct message_timer *timer = find_message_timer(node, reference);

    return timer != NULL ? milliseconds_left(node, timer) : -1;
}

struct signal *timer_message(struct tree_node *by_reference)
{
    return AVM_CONTAINER_OF(by_reference, struct message_timer, by_reference)->message;
}

/* ---- receive ... after ------------------------------------------------------------------- */

struct receive_timeout *timer_of_receive(const struct process *process)
{
    return process->timers != NULL && process->timers->is_receive
        ? AVM_CONTAINER_OF(process->timers, struct receive_timeout, timer)
        : NULL;
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
    enqueue(node, &timer->timer);
    aim(&timer->timer, process);
    return true;
}

/* One that has fired lies in the inbox, which frees it. */
void timer_cancel_receive(struct process *process)
{
    struct receive_timeout *timer = timer_of_receive(process);

    if (timer == NULL)
        return;
    unaim(&timer->timer);
    if (timer->timer.fired)
        return;
    dequeue(process_node(process), &timer->timer);
    memory_free(process_node(process)->memory, MEMORY_TIMER, timer, sizeof *timer);
}

void timer_destroy_fired(struct node *node, struct signal *signal)
{
    struct receive_timeout *timer = AVM_CONTAINER_OF(signal, struct receive_timeout, signal);

    unaim(&timer->timer);
    memory_free(node->memory, MEMORY_TIMER, timer, sizeof *timer);
}

/* ---- time passes -------------------------------------------------------------------------- */

static void fire(struct node *node, struct timer *timer)
{
    struct message_timer *later = AVM_CONTAINER_OF(timer, struct message_timer, timer);
    term to;
    struct signal *message;

    if (timer->is_receive) {
        dequeue(node, timer);
        timer->fired = true;
        signal_push(node, timer->process->pid,
            &AVM_CONTAINER_OF(timer, struct receive_timeout, timer)->signal);
        return;
    }
    to = later->to;
    message = disarm(node, later);
    if (term_is_atom(to))
        to = name_find(node, to);
    if (to != TERM_NONE && term_is_local_pid(to))
        signal_push(node, to, message);
    else
        signal_destroy(node, message);
}

static int64_t due_at(const struct node *node, const struct tree_node *first)
{
    return node->start_monotonic + (int64_t) ((first->key >> SEQUENCE_BITS) * 1000000);
}

int64_t timer_next_due(const struct node *node)
{
    struct tree_node *first = tree_at_least(node->timers->by_time, 0);

    return first != NULL ? due_at(node, first) : INT64_MAX;
}

int64_t timer_run_due(struct node *node, int64_t now)
{
    struct tree_node *first;

    while ((first = tree_at_least(node->timers->by_time, 0)) != NULL) {
        struct timer *timer = AVM_CONTAINER_OF(first, struct timer, by_time);

        if (due_at(node, first) > now)
            return due_at(node, first);
        if (timer->deadline > now) {            /* past what a key can say */
            dequeue(node, timer);
            enqueue(node, timer);
            return due_at(node, first);
        }
        fire(node, timer);
    }
    return INT64_MAX;
}

void timer_drop_all_of(struct process *process)
{
    timer_cancel_receive(process);
    while (process->timers != NULL)
        signal_destroy(process_node(process),
            disarm(process_node(process), AVM_CONTAINER_OF(process->timers, struct message_timer, timer)));
}

void timer_drop_all(struct node *node)
{
    struct tree_node *first;

    while ((first = node->timers->by_time) != NULL) {
        struct timer *timer = AVM_CONTAINER_OF(first, struct timer, by_time);

        if (timer->is_receive)
            timer_cancel_receive(timer->process);
        else
            signal_destroy(node, disarm(node, AVM_CONTAINER_OF(timer, struct message_timer, timer)));
    }
}
