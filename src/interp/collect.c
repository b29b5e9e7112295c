/* collect.c - collections that the engine asks for, and what a process leaves behind when it gives
** up its slice: live x registers on its stack, and where it goes on. */
#include "interp/engine.h"

bool engine_collect(struct scheduler *s, size_t need, unsigned live)
{
    switch (process_collect(s, s->process, need, live, false)) {
    case HEAP_COLLECTED:
        return true;
    case HEAP_NO_MEMORY:
        engine_no_memory(s);
        return false;
    case HEAP_LIMIT_REACHED:
        process_exit(s->process, ATOM(killed));
        return false;
    }
    return false;
}

bool engine_settle(struct scheduler *s, unsigned live, term *result)
{
    bool done;

    s->x[live] = *result;
    done = engine_collect(s, 0, live + 1);
    *result = s->x[live];
    return done;
}

bool engine_park(struct scheduler *s, const uint32_t *ip, unsigned live)
{
    struct process *p = s->process;

    if (heap_free_words(&p->heap) < live
        && process_collect(s, p, live, live, false) != HEAP_COLLECTED) {
        process_exit(p, ATOM(system_limit));
        return false;
    }
    p->heap.stack -= live;
    memcpy(p->heap.stack, s->x, live * sizeof(term));
    p->ip = ip;
    p->live = (uint16_t) live;
    return true;
}

/* ---- natives that go on in the next slice ------------------------------------------ */

/* A pointer that is no term rides in two smalls. */
static void split_pointer(uintptr_t pointer, term *two)
{
    two[0] = term_make_small((intptr_t) (pointer & 0xffff));
    two[1] = term_make_small((intptr_t) (pointer >> 16));
}

static uintptr_t join_pointer(const term *two)
{
    return (uintptr_t) term_small(two[0]) | (uintptr_t) term_small(two[1]) << 16;
}

#define PARKED_WORDS ENGINE_PARKED_WORDS

/* Pinned terms cannot make room in the block for what is parked: it goes beside the process. */
static bool park_beside(struct scheduler *s, unsigned live)
{
    struct process *p = s->process;

    if (!process_set_aside(p, s->x, (uint16_t) live)) {
        process_exit(p, ATOM(system_limit));
        return false;
    }
    p->ip = engine_native_continue;
    p->live = 0;
    return true;
}

bool engine_park_native(struct scheduler *s)
{
    unsigned live = s->trap.arity;

    split_pointer((uintptr_t) s->trap.fn, s->x + live);
    split_pointer((uintptr_t) s->trap.origin, s->x + live + 2);
    split_pointer((uintptr_t) s->native_table, s->x + live + 4);
    split_pointer((uintptr_t) s->native_identity, s->x + live + 6);
    s->x[live + 8] = term_make_small(s->trap.dirty);
    live += PARKED_WORDS;
    if ((s->process->flags & PROCESS_PINNED) && heap_free_words(&s->process->heap) < live)
        return park_beside(s, live);
    return engine_park(s, engine_native_continue, live);
}

void engine_unpark_native(struct scheduler *s, unsigned live)
{
    const term *parked;

    if (s->process->rare != NULL && s->process->rare->parked != NULL)
        live = process_take_up(s->process, s->x);
    parked = s->x + live - PARKED_WORDS;
    s->process->live = 0;
    s->process->flags &= (uint16_t) ~PROCESS_PINNED;
    s->trap.fn = (native_fn *) join_pointer(parked);
    s->trap.origin = (const struct native *) join_pointer(parked + 2);
    s->trap.arity = live - PARKED_WORDS;
    s->trap.export = NULL;
    s->native = s->trap.origin;
    s->native_table = (const struct native_table *) join_pointer(parked + 4);
    s->native_identity = (const struct export_identity *) join_pointer(parked + 6);
    s->trap.dirty = (uint8_t) term_small(parked[8]);
}

const struct native_table *engine_parked_natives(const struct process *p)
{
    const struct process_rare *rare = p->rare;
    bool is_beside = rare != NULL && rare->parked != NULL;
    const term *end = is_beside ? rare->parked + rare->parked_count : p->heap.stack + p->live;

    if (p->ip != engine_native_continue || (!is_beside && p->live == 0))
        return NULL;                    /* live is 0 once it runs */
    return (const struct native_table *) join_pointer(end - PARKED_WORDS + 4);
}

/* ---- hibernation ----------------------------------------------------------------------- */

bool engine_hibernate(struct scheduler *s)
{
    struct process *p = s->process;

    p->heap.stack = p->heap.end - 1;
    *p->heap.stack = (term) engine_process_exit;
    if (!engine_park(s, engine_hibernate_wake, 3))
        return false;
    process_shrink(p);
    mailbox_restart(p);
    p->flags |= PROCESS_HIBERNATED;
    return true;
}

bool engine_sleep(struct scheduler *s)
{
    struct process *p = s->process;

    if (!engine_park_native(s))
        return false;
    process_shrink(p);
    p->flags |= PROCESS_HIBERNATED;
    return true;
}
