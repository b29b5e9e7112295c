/* mailbox.c - the receive instructions: messages that have been taken from the inbox.
** Always: mailbox.last points at the next field of the last message (or at mailbox.first), save and
** every marker at the next field before the message they stand for. */
#include "proc/signal.h"

#include "data/number.h"
#include "proc/inbox.h"
#include "proc/timer.h"

/* A small message that is first in line will most likely be taken: where the block has room for it,
** a copy there saves the collection that its fragment would make due. */
#define COPY_MAX_WORDS 64

static bool fits_in_block(const struct process *process, const struct signal *message)
{
    const struct heap_fragment *fragment = message->fragments;

    return fragment != NULL && fragment->next == NULL && message->offheap == TERM_NONE
        && !term_is_immediate(message->body)
        && message->body - (uintptr_t) fragment->words < fragment->used * sizeof(term)
        && fragment->used <= COPY_MAX_WORDS && fragment->used <= heap_free_words(&process->heap);
}

static const term *copy_words(struct heap *heap, const struct signal *message)
{
    const struct heap_fragment *fragment = message->fragments;
    term *to;

    if (!(message->flags & SIGNAL_PLAIN))
        return heap_flat_read(heap, fragment->words, fragment->used, 0);
    to = heap_allocate(heap, fragment->used);
    for (size_t i = 0; to != NULL && i < fragment->used; i++)
        to[i] = fragment->words[i];
    return to;
}

static term copy_to_block(struct process *process, const struct signal *message)
{
    const struct heap_fragment *fragment = message->fragments;
    const term *copy = copy_words(&process->heap, message);

    if (copy == NULL)
        return message->body;
    process->flags |= PROCESS_LOOKS_AT_COPY;
    return message->body + ((uintptr_t) copy - (uintptr_t) fragment->words);
}

term mailbox_peek(struct scheduler *s, struct process *process)
{
    struct signal *message = *process->mailbox.save;

    if (message == NULL) {
        if (inbox_has_signals(process))
            (void) signal_handle_all(s, process);
        message = *process->mailbox.save;
        if (message == NULL || process_is_exiting(process))
            return TERM_NONE;
    }
    process->flags |= PROCESS_LOOKING;
    if (process->mailbox.save == &process->mailbox.first && fits_in_block(process, message))
        return copy_to_block(process, message);
    return message->body;
}

/* Puts copy in the place of the message at *place, which is nobody's afterwards. */
static void replace_message(struct process *process, struct signal **place, struct signal *copy)
{
    struct signal *message = *place;
    unsigned i;

    copy->next = message->next;
    *place = copy;
    if (process->mailbox.last == &message->next)
        process->mailbox.last = &copy->next;
    if (process->rare != NULL && process->rare->markers != NULL) {
        for (i = 0; i < RECEIVE_MARKERS; i++) {
            if (process->rare->markers->at[i].place == &message->next)
                process->rare->markers->at[i].place = &copy->next;
        }
    }
}

/* Takes the message at *place out; who pointed behind it points at its place. */
struct signal *mailbox_take(struct process *process, struct signal **place)
{
    struct mailbox *mailbox = &process->mailbox;
    struct signal *message = *place;
    unsigned i;

    *place = message->next;
    if (mailbox->last == &message->next)
        mailbox->last = place;
    if (mailbox->save == &message->next)
        mailbox->save = place;
    if (process->rare != NULL && process->rare->markers != NULL) {
        for (i = 0; i < RECEIVE_MARKERS; i++) {
            if (process->rare->markers->at[i].place == &message->next)
                process->rare->markers->at[i].place = place;
        }
    }
    process->message_count--;
    return message;
}

void mailbox_remove(struct scheduler *s, struct process *process)
{
    struct signal *message = mailbox_take(process, process->mailbox.save);

    (void) s;
    if (!(process->flags & PROCESS_LOOKS_AT_COPY))
        signal_adopt(process_node(process), message, &process->heap);
    signal_destroy(process_node(process), message);
    mailbox_reset(process);
}

void mailbox_restart(struct process *process)
{
    process->flags &= (uint16_t) ~(PROCESS_LOOKING | PROCESS_LOOKS_AT_COPY);
    process->mailbox.save = &process->mailbox.first;
}

void mailbox_reset(struct process *process)
{
    mailbox_restart(process);
    process->flags &= (uint16_t) ~PROCESS_TIMED_OUT;
    if (timer_is_set_for_receive(process))
        timer_cancel_receive(process);
}

bool mailbox_settle(struct process *process)
{
    struct signal *message = *process->mailbox.save;
    struct signal *copy;

    if (process->flags & PROCESS_LOOKS_AT_COPY)
        return true;
    process->flags &= (uint16_t) ~PROCESS_LOOKING;
    if (message->fragments == NULL)
        return true;
    copy = signal_create(process_node(process), SIGNAL_MESSAGE, message->from, message->body);
    if (copy == NULL) {
        process->flags |= PROCESS_LOOKING;
        return false;
    }
    replace_message(process, process->mailbox.save, copy);
    signal_adopt(process_node(process), message, &process->heap);
    signal_destroy(process_node(process), message);
    return true;
}

/* ---- receive ... after ---------------------------------------------------------------- */

/* Timeouts are 0..16#ffffffff, as in OTP. */
enum receive_timer mailbox_set_timer(struct process *process, term timeout)
{
    int64_t milliseconds;

    if (process->flags & PROCESS_TIMED_OUT)
        return RECEIVE_TIMER_OVER;
    if (timer_is_set_for_receive(process))
        return RECEIVE_TIMER_ARMED;
    if (timeout == ATOM(infinity))
        return RECEIVE_TIMER_INFINITE;
    if (!integer_get_int64(timeout, &milliseconds) || milliseconds < 0
        || milliseconds > INT64_C(0xffffffff))
        return RECEIVE_TIMER_BAD_VALUE;
    if (milliseconds == 0)
        return RECEIVE_TIMER_OVER;
    return timer_start_receive(process, node_monotonic_time(process_node(process)) + milliseconds * 1000000)
        ? RECEIVE_TIMER_ARMED : RECEIVE_TIMER_NO_MEMORY;
}

/* ---- the reference optimisation --------------------------------------------------------- */

static struct receive_marker *find_marker(const struct process *process, term reference)
{
    unsigned i;

    if (process->rare == NULL || process->rare->markers == NULL || !term_is_local_reference(reference))
        return NULL;
    for (i = 0; i < RECEIVE_MARKERS; i++) {
        struct receive_marker *marker = &process->rare->markers->at[i];

        if (marker->place != NULL && marker->bound
            && marker->reference == term_reference_id(reference))
            return marker;
    }
    return NULL;
}

static struct receive_markers *get_markers(struct process *process)
{
    struct process_rare *rare = process_get_rare(process);

    if (rare != NULL && rare->markers == NULL)
        rare->markers = memory_allocate_zeroed(process_node(process)->memory, MEMORY_MAILBOX,
            sizeof *rare->markers);
    return rare != NULL ? rare->markers : NULL;
}

void mailbox_marker_reserve(struct scheduler *s, struct process *process, term *marker)
{
    struct receive_markers *markers = get_markers(process);
    unsigned i;

    (void) s;
    *marker = ATOM(undefined);
    if (markers == NULL)
        return;
    for (i = 0; i < RECEIVE_MARKERS && markers->at[markers->next].place != NULL; i++)
        markers->next = (markers->next + 1) % RECEIVE_MARKERS;
    markers->at[markers->next].place = process->mailbox.last;
    markers->at[markers->next].bound = false;
    *marker = term_make_small(markers->next);
    markers->next = (markers->next + 1) % RECEIVE_MARKERS;
}

void mailbox_marker_bind(struct process *process, term marker, term reference)
{
    struct receive_marker *at;

    if (!term_is_small(marker) || term_small(marker) < 0 || term_small(marker) >= RECEIVE_MARKERS
        || process->rare == NULL || process->rare->markers == NULL)
        return;
    at = &process->rare->markers->at[term_small(marker)];
    if (at->place == NULL || at->bound || !term_is_local_reference(reference))
        return;
    at->reference = term_reference_id(reference);
    at->bound = true;
}

void mailbox_marker_use(struct process *process, term reference)
{
    struct receive_marker *marker = find_marker(process, reference);

    if (marker != NULL)
        process->mailbox.save = marker->place;
}

void mailbox_drop_markers(struct process *process)
{
    if (process->rare == NULL || process->rare->markers == NULL)
        return;
    memory_free(process_node(process)->memory, MEMORY_MAILBOX, process->rare->markers,
        sizeof *process->rare->markers);
    process->rare->markers = NULL;
}

void mailbox_marker_clear(struct process *process, term reference)
{
    struct receive_marker *marker = find_marker(process, reference);
    unsigned i;

    if (marker == NULL)
        return;
    marker->place = NULL;
    for (i = 0; i < RECEIVE_MARKERS; i++) {
        if (process->rare->markers->at[i].place != NULL)
            return;
    }
    mailbox_drop_markers(process);
    process_release_rare(process);
}
