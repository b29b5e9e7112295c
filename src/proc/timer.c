/* timer.c - owns all timers. Always: an armed timer is in by_time of its queue; one with a reference also in
** by_reference; a receive timer that has fired is in neither, and belongs to its signal; receive_timer of a
** process changes under the lock of its timer_queue, which stays what it is while there is one. Functions
** that change a queue are called with its lock held, but for those that the header names. */
#include "proc/timer.h"

#include "proc/names.h"
#include "proc/reference.h"
#include "proc/relations.h"
#include "proc/spawn.h"
#include "proc/table.h"

#define SEQUENCE_BITS 24
#define LAST_MILLISECOND (((uint64_t) 1 << (64 - SEQUENCE_BITS)) - 2)
#define SEQUENCE_TRIES 64
#define STRIPES 32
#define KEY_NONE UINT64_MAX

/* ---- the queues --------------------------------------------------------------------- */

static size_t bytes_of(unsigned queue_count)
{
    return sizeof(struct timers) + queue_count * sizeof(struct timer_queue);
}

struct timers *timers_create(struct memory *memory, unsigned queue_count)
{
    struct timers *timers = memory_allocate_zeroed(memory, MEMORY_OTHER, bytes_of(queue_count));

    if (timers == NULL)
        return NULL;
    timers->count = queue_count;
    if (queue_count > 1) {
        timers->stripes
            = memory_allocate_zeroed(memory, MEMORY_OTHER, STRIPES * sizeof *timers->stripes);
        if (timers->stripes == NULL) {
            timers_destroy(memory, timers);
            return NULL;
        }
    }
#if AVM_SMP
    for (unsigned i = 0; i < queue_count; i++)
        atomic_put(&timers->queues[i].first, KEY_NONE);
#endif
    return timers;
}

void timers_destroy(struct memory *memory, struct timers *timers)
{
    memory_free(memory, MEMORY_OTHER, timers->stripes, STRIPES * sizeof *timers->stripes);
    memory_free(memory, MEMORY_OTHER, timers, bytes_of(timers->count));
}

/* That of the scheduler that calls; a thread that is none sets its timers in the first. */
static unsigned own_number(const struct node *node)
{
#if AVM_SMP
    if (AVM_UNLIKELY(node_is_shared(node))) {
        unsigned slot = thread_slot(node->memory);

        return slot - 1 < node->timers->count ? slot - 1 : 0;
    }
#endif
    (void) node;
    return 0;
}

static struct timer_queue *queue_of(struct node *node, const struct timer *timer)
{
    return &node->timers->queues[timer->queue];
}

static struct timer_queue *queue_of_reference(struct node *node, uint64_t reference)
{
    struct timers *timers = node->timers;

    return &timers->queues[timers->count > 1 ? reference % timers->count : 0];
}

static uint64_t next_reference(struct node *node, unsigned queue)
{
#if AVM_SMP
    if (AVM_UNLIKELY(node->timers->count > 1))
        return node_next_reference_of(node, queue, node->timers->count);
#endif
    (void) queue;
    return node_next_reference(node);
}

static void take_lock(struct node *node, struct timer_queue *queue)
{
    (void) node;
    (void) queue;
    LOCK_TAKE_IF(node_is_shared(node), &queue->lock);
}

static void release_lock(struct node *node, struct timer_queue *queue)
{
    (void) node;
    (void) queue;
    LOCK_RELEASE_IF(node_is_shared(node), &queue->lock);
}

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

static int64_t due_at(const struct node *node, uint64_t key)
{
    return key == KEY_NONE ? INT64_MAX
                           : node->start_monotonic + (int64_t) ((key >> SEQUENCE_BITS) * 1000000);
}

/* A process relies on the order of its timers, wherever it runs: one that has come from another scheduler
** goes on with numbers that are higher than those there. */
static void follow_order(struct node *node, struct process *setter, unsigned queue)
{
#if AVM_SMP
    if (setter != NULL && setter->timer_queue != queue && !timer_is_set_for_receive(setter)) {
        uint32_t last = atomic_peek(&node->timers->queues[setter->timer_queue].sequence);
        uint32_t own = node->timers->queues[queue].sequence;

        if (own - last > UINT32_MAX / 2)
            atomic_poke(&node->timers->queues[queue].sequence, last);
        setter->timer_queue = (uint8_t) queue;
    }
#endif
    (void) node;
    (void) setter;
    (void) queue;
}

static void enqueue(struct node *node, struct timer *timer)
{
    struct timer_queue *queue = queue_of(node, timer);
    uint64_t millisecond = millisecond_of(node, timer->deadline);
    unsigned tries = 0;

    do {
        if (++tries % SEQUENCE_TRIES == 0 && millisecond < LAST_MILLISECOND)
            millisecond++;
        timer->by_time.key = millisecond << SEQUENCE_BITS
            | (queue->sequence & ((1u << SEQUENCE_BITS) - 1));
        atomic_bump(&queue->sequence, 1u);
    } while (tree_find(queue->by_time, timer->by_time.key) != NULL);
    tree_put(&queue->by_time, &timer->by_time);
    queue->count++;
#if AVM_SMP
    if (timer->by_time.key < atomic_peek(&queue->first))
        atomic_put(&queue->first, timer->by_time.key);
#endif
}

static void dequeue(struct node *node, struct timer *timer)
{
    struct timer_queue *queue = queue_of(node, timer);

    tree_remove(&queue->by_time, timer->by_time.key);
    queue->count--;
}

/* The first of the queue (NULL: none), and its key, which others see from now on. */
static struct timer *find_first(struct timer_queue *queue, uint64_t *key)
{
    struct tree_node *first = tree_at_least(queue->by_time, 0);

    *key = first != NULL ? first->key : KEY_NONE;
#if AVM_SMP
    if (*key != atomic_peek(&queue->first))
        atomic_put(&queue->first, *key);
#endif
    return first != NULL ? AVM_CONTAINER_OF(first, struct timer, by_time) : NULL;
}

/* ---- the timers aimed at a process --------------------------------------------------------- */

static void take_list(struct node *node, term pid)
{
    (void) pid;
    LOCK_TAKE_IF(node_is_shared(node) && node->timers->stripes != NULL,
        &node->timers->stripes[term_pid_data(pid) % STRIPES].lock);
    (void) node;
}

static void release_list(struct node *node, term pid)
{
    (void) pid;
    LOCK_RELEASE_IF(node_is_shared(node) && node->timers->stripes != NULL,
        &node->timers->stripes[term_pid_data(pid) % STRIPES].lock);
    (void) node;
}

static void aim(struct node *node, struct message_timer *timer, struct process *process)
{
    take_list(node, timer->to);
    timer->next = process->timers;
    timer->link = &process->timers;
    if (timer->next != NULL)
        timer->next->link = &timer->next;
    atomic_settle_if(process_is_shared(process), &process->timers, timer);
    release_list(node, timer->to);
}

static void take_from_list(struct message_timer *timer)
{
    atomic_put(timer->link, timer->next);
    if (timer->next != NULL)
        timer->next->link = timer->link;
}

static void unaim(struct node *node, struct message_timer *timer)
{
    if (!term_is_local_pid(timer->to))
        return;
    take_list(node, timer->to);
    take_from_list(timer);
    release_list(node, timer->to);
}

/* ---- messages sent later --------------------------------------------------------------- */

static struct message_timer *find_message_timer(const struct timer_queue *queue, uint64_t reference)
{
    struct tree_node *found = tree_find(queue->by_reference, reference);

    return found != NULL ? AVM_CONTAINER_OF(found, struct message_timer, by_reference) : NULL;
}

/* Takes timer, which is in no list, out of its queue and frees it; gives its message. */
static struct signal *take_out(struct node *node, struct message_timer *timer)
{
    struct signal *message = timer->message;

    dequeue(node, &timer->timer);
    tree_remove(&queue_of(node, &timer->timer)->by_reference, timer->by_reference.key);
    memory_free(node->memory, MEMORY_TIMER, timer, sizeof *timer);
    return message;
}

static struct signal *disarm(struct node *node, struct message_timer *timer)
{
    unaim(node, timer);
    return take_out(node, timer);
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
static void arm(struct node *node, struct process *setter, struct message_timer *timer,
    struct process *process)
{
    struct timer_queue *queue = queue_of(node, &timer->timer);
    int64_t deadline = timer->timer.deadline;
    struct signal *message = NULL;

    take_lock(node, queue);
    tree_put(&queue->by_reference, &timer->by_reference);
    follow_order(node, setter, timer->timer.queue);
    enqueue(node, &timer->timer);
    if (process != NULL)
        aim(node, timer, process);
    if (process != NULL && process_is_shared(process)
        && atomic_get(&process->state) == PROCESS_STATE_EXITING)
        message = disarm(node, timer);
    release_lock(node, queue);
    if (message != NULL)
        signal_destroy(node, message);
    else
        crew_tell_timer(node, deadline);
    (void) deadline;
}

enum data_status timer_start(struct node *node, struct process *setter, struct heap *heap,
    int64_t deadline, term to, term message, bool wrap, term *reference)
{
    unsigned queue = own_number(node);
    uint64_t id = next_reference(node, queue);
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
    timer->timer.queue = (uint8_t) queue;
    timer->to = to;
    timer->by_reference.key = id;
    arm(node, setter, timer, process);
    return DATA_OK;
}

/* OTP counts what is left in whole milliseconds, rounded up. */
static int64_t milliseconds_left(const struct node *node, const struct message_timer *timer)
{
    int64_t left = timer->timer.deadline - node_monotonic_time(node);

    return left <= 0 ? 0 : (left + 999999) / 1000000;
}

/* A timer that is not there may just have fired: its message arrives before that is said. Who fires
** it waits at most for the lock of the VM, to free what nobody gets. */
static void wait_for_sender(const struct node *node, uint64_t reference)
{
#if AVM_SMP
    unsigned steps = 0;

    while (node_is_shared(node) && atomic_get(&node->timers->sending) == reference
        && !crew_holds_lock(node))
        lock_pause(&steps);
#endif
    (void) node;
    (void) reference;
}

int64_t timer_cancel(struct node *node, uint64_t reference)
{
    struct timer_queue *queue = queue_of_reference(node, reference);
    struct message_timer *timer;
    struct signal *message = NULL;
    int64_t left = -1;

    take_lock(node, queue);
    timer = find_message_timer(queue, reference);
    if (timer != NULL) {
        left = milliseconds_left(node, timer);
        message = disarm(node, timer);
    }
    release_lock(node, queue);
    if (message != NULL)
        signal_destroy(node, message);
    else
        wait_for_sender(node, reference);
    return left;
}

int64_t timer_read(struct node *node, uint64_t reference)
{
    struct timer_queue *queue = queue_of_reference(node, reference);
    const struct message_timer *timer;
    int64_t left;

    take_lock(node, queue);
    timer = find_message_timer(queue, reference);
    left = timer != NULL ? milliseconds_left(node, timer) : -1;
    release_lock(node, queue);
    if (left < 0)
        wait_for_sender(node, reference);
    return left;
}

struct signal *timer_message(struct tree_node *by_reference)
{
    return AVM_CONTAINER_OF(by_reference, struct message_timer, by_reference)->message;
}

/* ---- receive ... after ------------------------------------------------------------------- */

bool timer_is_of_receive(struct process *process, const struct signal *signal)
{
    const struct receive_timeout *timer = atomic_peek(&process->receive_timer);

    return timer != NULL && &timer->signal == signal;
}

bool timer_start_receive(struct process *process, int64_t deadline)
{
    struct node *node = process_node(process);
    struct receive_timeout *timer = memory_allocate_zeroed(node->memory, MEMORY_TIMER, sizeof *timer);
    struct timer_queue *queue;

    if (timer == NULL)
        return false;
    timer->timer.deadline = deadline;
    timer->timer.is_receive = true;
    timer->timer.queue = (uint8_t) own_number(node);
    timer->process = process;
    timer->signal.kind = SIGNAL_TIMEOUT;
    timer->signal.from = timer->signal.body = timer->signal.offheap = TERM_NONE;
    queue = queue_of(node, &timer->timer);
    take_lock(node, queue);
    follow_order(node, process, timer->timer.queue);
    enqueue(node, &timer->timer);
    atomic_poke(&process->receive_timer, timer);
    release_lock(node, queue);
    crew_tell_timer(node, deadline);
    return true;
}

/* One that has fired lies in the inbox, which frees it. */
static void cancel_receive(struct process *process)
{
    struct receive_timeout *timer = process->receive_timer;

    if (timer == NULL)
        return;
    atomic_poke(&process->receive_timer, (struct receive_timeout *) NULL);
    timer->process = NULL;
    if (timer->timer.fired)
        return;
    dequeue(process_node(process), &timer->timer);
    memory_free(process_node(process)->memory, MEMORY_TIMER, timer, sizeof *timer);
}

void timer_cancel_receive(struct process *process)
{
    struct node *node = process_node(process);
    struct timer_queue *queue = &node->timers->queues[process->timer_queue];

    take_lock(node, queue);
    cancel_receive(process);
    release_lock(node, queue);
}

void timer_destroy_fired(struct node *node, struct signal *signal)
{
    struct receive_timeout *timer = AVM_CONTAINER_OF(signal, struct receive_timeout, signal);
    struct timer_queue *queue = queue_of(node, &timer->timer);

    take_lock(node, queue);
    if (timer->process != NULL)
        atomic_poke(&timer->process->receive_timer, (struct receive_timeout *) NULL);
    release_lock(node, queue);
    memory_free(node->memory, MEMORY_TIMER, timer, sizeof *timer);
}

/* ---- time passes -------------------------------------------------------------------------- */

/* Takes a timer that is due out of its queue: the signal, and whom it is for (a name perhaps). */
static struct signal *take_due(struct node *node, struct timer *timer, term *to)
{
    struct message_timer *later = AVM_CONTAINER_OF(timer, struct message_timer, timer);
    struct receive_timeout *receive = AVM_CONTAINER_OF(timer, struct receive_timeout, timer);

    if (timer->is_receive) {
        dequeue(node, timer);
        timer->fired = true;
        *to = receive->process->pid;
        return &receive->signal;
    }
#if AVM_SMP
    atomic_put(&node->timers->sending, later->by_reference.key);
#endif
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
#if AVM_SMP
    atomic_put(&node->timers->sending, (uint64_t) 0);
#endif
}

int64_t timer_next_due(struct node *node)
{
    uint64_t least = KEY_NONE;

    for (unsigned i = 0; i < node->timers->count; i++) {
        struct timer_queue *queue = &node->timers->queues[i];
        uint64_t first;

        take_lock(node, queue);
#if AVM_SMP
        if (node_is_shared(node))
            first = queue->first;
        else
#endif
            (void) find_first(queue, &first);
        release_lock(node, queue);
        least = first < least ? first : least;
    }
    return due_at(node, least);
}

/* The first of its queue, if it is due; else NULL. */
static struct signal *fire(struct node *node, struct timer *timer, int64_t now, term *to)
{
    if (timer == NULL || due_at(node, timer->by_time.key) > now)
        return NULL;
    if (timer->deadline <= now)
        return take_due(node, timer, to);
    dequeue(node, timer);                       /* past what a key can say */
    enqueue(node, timer);
    return NULL;
}

#if AVM_SMP
/* By what all queues say of themselves: the least key, and where it is. */
static uint64_t find_least(struct timers *timers, struct timer_queue **queue)
{
    uint64_t least = KEY_NONE;

    *queue = timers->queues;
    for (unsigned i = 0; i < timers->count; i++) {
        uint64_t first = atomic_get(&timers->queues[i].first);

        if (first < least) {
            least = first;
            *queue = &timers->queues[i];
        }
    }
    return least;
}

/* What a queue says of itself may be less than what is in it; and while the others were looked at a process
** may have set one there, and then what was found here: so they are looked at again. *again: they are to be. */
static struct signal *fire_least(struct node *node, int64_t now, term *to, bool *again)
{
    struct timer_queue *queue, *before;
    uint64_t first, least = find_least(node->timers, &queue);
    struct signal *signal = NULL;
    struct timer *timer;

    *again = due_at(node, least) <= now;
    if (!*again)
        return NULL;
    lock_take(&queue->lock);
    timer = find_first(queue, &first);
    if (find_least(node->timers, &before) == first) {
        signal = fire(node, timer, now, to);
        (void) find_first(queue, &first);
        *again = signal != NULL;
    }
    lock_release(&queue->lock);
    return signal;
}

static int64_t run_due_shared(struct node *node, int64_t now)
{
    struct timers *timers = node->timers;
    struct timer_queue *queue;
    struct signal *signal;
    term to = TERM_NONE;
    bool again;

    if (due_at(node, find_least(timers, &queue)) <= now && lock_try(&timers->firing)) {
        do {
            signal = fire_least(node, now, &to, &again);
            if (signal != NULL)
                send(node, to, signal);
        } while (again);
        lock_release(&timers->firing);
    }
    return due_at(node, find_least(timers, &queue));
}
#endif

bool timer_is_none_due(const struct node *node)
{
#if AVM_SMP
    if (node_is_shared(node)) {
        struct timer_queue *queue;

        return find_least(node->timers, &queue) == KEY_NONE;
    }
#endif
    return node->timers->queues->by_time == NULL;
}

int64_t timer_run_due(struct node *node, int64_t now)
{
    struct timer_queue *queue = node->timers->queues;
    struct signal *signal;
    uint64_t first;
    term to = TERM_NONE;

#if AVM_SMP
    if (node_is_shared(node))
        return run_due_shared(node, now);
#endif
    do {
        signal = fire(node, find_first(queue, &first), now, &to);
        if (signal != NULL)
            send(node, to, signal);
    } while (signal != NULL);
    return due_at(node, first);
}

/* ---- the end of a process ------------------------------------------------------------------ */

/* Takes all timers aimed at process that lie in the queue of the first of them; adds their messages. */
static void drop_some_of(struct node *node, struct process *process, unsigned number,
    struct signal **messages)
{
    struct timer_queue *queue = &node->timers->queues[number];
    struct message_timer *timer, *taken = NULL;

    take_lock(node, queue);
    take_list(node, process->pid);
    while ((timer = process->timers) != NULL && timer->timer.queue == number) {
        take_from_list(timer);
        timer->next = taken;
        taken = timer;
    }
    release_list(node, process->pid);
    while ((timer = taken) != NULL) {
        struct signal *message;

        taken = timer->next;
        message = take_out(node, timer);
        message->next = *messages;
        *messages = message;
    }
    release_lock(node, queue);
}

/* Where the first timer aimed at process lies, if there still is one. */
static unsigned number_of_first(struct node *node, const struct process *process)
{
    unsigned number = 0;

    if (node->timers->count == 1)
        return 0;
    take_list(node, process->pid);
    if (process->timers != NULL)
        number = process->timers->timer.queue;
    release_list(node, process->pid);
    return number;
}

/* What is not the process's any more is freed without a lock. */
void timer_drop_all_of(struct process *process)
{
    struct node *node = process_node(process);
    struct signal *messages = NULL, *message;

    if (timer_is_set_for_receive(process))
        timer_cancel_receive(process);
    while (atomic_peek(&process->timers) != NULL)
        drop_some_of(node, process, number_of_first(node, process), &messages);
    while ((message = messages) != NULL) {
        messages = message->next;
        signal_destroy(node, message);
    }
}

void timer_drop_all(struct node *node)
{
    struct tree_node *first;

    for (unsigned i = 0; i < node->timers->count; i++) {
        while ((first = node->timers->queues[i].by_time) != NULL) {
            struct timer *timer = AVM_CONTAINER_OF(first, struct timer, by_time);

            if (timer->is_receive)
                cancel_receive(AVM_CONTAINER_OF(timer, struct receive_timeout, timer)->process);
            else
                signal_destroy(node,
                    disarm(node, AVM_CONTAINER_OF(timer, struct message_timer, timer)));
        }
    }
}
