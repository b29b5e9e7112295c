/* inbox.c - inboxes and the states of sleeping processes. Always: a closed inbox stays closed; a process
** whose state is waiting is in no run queue. tests/unit/inbox_test.c runs these functions through every
** order that two or three threads can take. */
#include "proc/inbox.h"

struct signal *inbox_take(struct process *process)
{
    struct signal *newest = atomic_get(&process->inbox), *oldest = NULL;

    if (newest == INBOX_CLOSED)
        return NULL;
    while (newest != NULL
        && !atomic_replace_if(process_is_shared(process), &process->inbox, &newest, NULL)) {
    }
    while (newest != NULL) {
        struct signal *next = newest->next;

        newest->next = oldest;
        oldest = newest;
        newest = next;
    }
    return oldest;
}

bool inbox_close(struct process *process)
{
    struct signal *none = NULL;

    return atomic_replace_if(process_is_shared(process), &process->inbox, &none, INBOX_CLOSED);
}

bool inbox_rest(struct process *process)
{
    atomic_settle_if(process_is_shared(process), &process->state, PROCESS_STATE_WAITING);
    return inbox_has_signals(process) && inbox_rouse(process);
}

bool inbox_claim(struct process *process)
{
    uint8_t waiting = PROCESS_STATE_WAITING;

    return atomic_replace_if(process_is_shared(process), &process->state, &waiting,
        PROCESS_STATE_RUNNING);
}
