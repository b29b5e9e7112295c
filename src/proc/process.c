/* process.c - the parts of a process: what is rare, what is a root, its collections. */
#include "proc/log.h"
#include "proc/dictionary.h"
#include "proc/signal.h"
#include "proc/spawn.h"

/* ---- the rare part ------------------------------------------------------------------ */

struct process_rare *process_get_rare(struct process *process)
{
    if (process->rare == NULL) {
        process->rare = memory_allocate_zeroed(process_node(process)->memory, MEMORY_PROCESS,
            sizeof *process->rare);
        if (process->rare != NULL)
            process->rare->error_handler = TERM_NONE;
    }
    return process->rare;
}

void process_release_rare(struct process *process)
{
    struct process_rare *rare = process->rare;

    if (rare == NULL || rare->max_heap_words != 0 || rare->error_handler != TERM_NONE
        || rare->markers != NULL || rare->parked != NULL)
        return;
    memory_free(process_node(process)->memory, MEMORY_PROCESS, rare, sizeof *rare);
    process->rare = NULL;
}

bool process_set_aside(struct process *process, const term *words, uint16_t count)
{
    struct process_rare *rare = process_get_rare(process);

    if (rare == NULL)
        return false;
    rare->parked = memory_allocate(process_node(process)->memory, MEMORY_PROCESS, count * sizeof *words);
    if (rare->parked == NULL) {
        process_release_rare(process);
        return false;
    }
    memcpy(rare->parked, words, count * sizeof *words);
    rare->parked_count = count;
    return true;
}

uint16_t process_take_up(struct process *process, term *words)
{
    struct process_rare *rare = process->rare;
    uint16_t count = rare->parked_count;

    memcpy(words, rare->parked, count * sizeof *words);
    process_drop_parked(process);
    process_release_rare(process);
    return count;
}

void process_drop_parked(struct process *process)
{
    struct process_rare *rare = process->rare;

    memory_free(process_node(process)->memory, MEMORY_PROCESS, rare->parked,
        rare->parked_count * sizeof *rare->parked);
    rare->parked = NULL;
}

/* ---- collections ----------------------------------------------------------------------- */

static size_t put_root(struct heap_root *roots, size_t count, term *start, size_t words)
{
    roots[count].start = start;
    roots[count].count = words;
    return count + 1;
}

size_t process_roots(struct process *process, struct heap_root roots[PROCESS_MAX_ROOTS])
{
    size_t count = put_root(roots, 0, &process->group_leader, 1);

    if (process->exit_reason != TERM_NONE)
        count = put_root(roots, count, &process->exit_reason, 1);
    if (process->dictionary != NULL)
        count = put_root(roots, count, process->dictionary->pairs,
            2 * (size_t) process->dictionary->count);
    if (process->rare != NULL && process->rare->parked != NULL)
        count = put_root(roots, count, process->rare->parked, process->rare->parked_count);
    return count;
}

/* The heap would grow to words, past max_heap_size: OTP's report; true when it is the end as well. */
static bool heap_limit_reached(struct scheduler *s, struct process *process, size_t words)
{
    if (process->flags & PROCESS_HEAP_LOG)
        log_heap_limit(s, process, words);
    if (process->flags & PROCESS_HEAP_KILL)
        process_exit(process, ATOM(killed));
    return process_is_exiting(process);
}

/* Words of the messages that wait, which max_heap_size counts unless they are kept off the heap. */
static size_t queued_words(const struct process *process)
{
    size_t words = 0;

    if (process->flags & PROCESS_OFF_HEAP_MESSAGES)
        return 0;
    for (const struct signal *message = process->mailbox.first; message != NULL;
         message = message->next) {
        for (const struct heap_fragment *f = message->fragments; f != NULL; f = f->next)
            words += f->used;
    }
    return words;
}

/* A collection is work as any other: at the limit of memory each gives room for a few words only, and
** what bounds reductions shall bound time. */
static void charge(struct scheduler *s, uint64_t words)
{
    s->reductions -= (intptr_t) (words / 16);
}

void process_shrink(struct process *process)
{
    struct heap_root roots[PROCESS_MAX_ROOTS];

    if ((process->flags & PROCESS_LOOKING) && !mailbox_settle(process))
        return;
    (void) heap_shrink_to_live(&process->heap, roots, process_roots(process, roots));
}

enum heap_collect_result process_collect(struct scheduler *s, struct process *process, size_t need,
    unsigned live, bool fullsweep)
{
    struct heap_root roots[PROCESS_MAX_ROOTS + 1];
    size_t count, limit = process->rare != NULL ? process->rare->max_heap_words : 0;
    size_t queued = limit != 0 ? queued_words(process) : 0;
    bool is_limited = limit != 0;
    uint64_t copied = heap_tally(process->heap.shared)->copied_words;
    enum heap_collect_result result;

    if ((process->flags & PROCESS_LOOKING) && !mailbox_settle(process))
        return HEAP_NO_MEMORY;
    count = process_roots(process, roots);
    if (live > 0)
        count = put_root(roots, count, s->x, live);
    limit = limit > queued ? limit - queued : 0;
    result = heap_collect(&process->heap, need, roots, count, fullsweep,
        is_limited ? &limit : NULL);
    if (result == HEAP_LIMIT_REACHED && !heap_limit_reached(s, process, limit + queued))
        result = heap_collect(&process->heap, need, roots, count, fullsweep, NULL);
    charge(s, heap_tally(process->heap.shared)->copied_words - copied
        + (uint64_t) (process->heap.end - process->heap.stack));
    return result;
}
