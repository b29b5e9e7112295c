/* run_queue.c - one line a priority. Always: a process is in at most one line, once. */
#include "proc/run_queue.h"

#define LOW_PASSES 8

void run_queue_init(struct run_queue *queue)
{
    unsigned i;

    memset(queue, 0, sizeof *queue);
    for (i = 0; i < AVM_COUNT_OF(queue->lines); i++)
        queue->lines[i].last = &queue->lines[i].first;
}

void run_queue_push(struct run_queue *queue, struct process *process)
{
    struct run_queue_line *line = &queue->lines[process->priority];

    process->queue_next = NULL;
    *line->last = process;
    line->last = &process->queue_next;
    atomic_bump(&queue->count, (size_t) 1);
}

static struct run_queue_line *choose(struct run_queue *queue)
{
    struct run_queue_line *low = &queue->lines[PRIORITY_LOW];
    struct run_queue_line *normal = &queue->lines[PRIORITY_NORMAL];

    if (queue->lines[PRIORITY_MAX].first != NULL)
        return &queue->lines[PRIORITY_MAX];
    if (queue->lines[PRIORITY_HIGH].first != NULL)
        return &queue->lines[PRIORITY_HIGH];
    if (low->first == NULL)
        return normal;
    if (normal->first == NULL || ++queue->low_passed_over >= LOW_PASSES) {
        queue->low_passed_over = 0;
        return low;
    }
    return normal;
}

struct process *run_queue_pop(struct run_queue *queue)
{
    struct run_queue_line *line = choose(queue);
    struct process *process = line->first;

    if (process == NULL)
        return NULL;
    line->first = process->queue_next;
    if (line->first == NULL)
        line->last = &line->first;
    process->queue_next = NULL;
    atomic_bump(&queue->count, (size_t) -1);
    return process;
}
