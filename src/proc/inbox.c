/* inbox.c - taking from inboxes, and closing them. Always: a closed inbox stays closed; a process whose inbox
** says that it waits is in no run queue, and nobody runs it. tests/unit/inbox_test.c runs these functions
** through every order that two or three threads can take. */
#include "proc/inbox.h"

struct signal *inbox_take(struct process *process)
{
    struct signal *newest = atomic_get(&process->inbox), *oldest = NULL;

    if (inbox_is_mark(newest))
        return NULL;
    while (!atomic_replace_if(process_is_shared(process), &process->inbox, &newest, NULL)) {
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
    struct signal *first = atomic_get(&process->inbox);

    return inbox_is_mark(first)
        && atomic_replace_if(process_is_shared(process), &process->inbox, &first, INBOX_CLOSED);
}
