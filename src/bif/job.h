/* job.h - what a native that works in slices keeps between them as C: its state, behind a reference that
** stands after the native's own arguments. The process is pinned meanwhile, so that terms and places in
** the heap may be known by their address. */
#ifndef AVM_BIF_JOB_H
#define AVM_BIF_JOB_H

#include "proc/native_call.h"

/* The first member of a state. A state begins on the C stack, for work that one slice does, and is copied
** to its own memory when it does not. */
struct native_job {
    struct resource resource;
    struct memory *memory;
    size_t size;
    void (*release)(struct native_job *job);    /* what the state holds; NULL: released already */
};

/* Of a state on the stack. */
static inline void native_job_init(struct native_job *job, void (*release)(struct native_job *))
{
    job->resource.references = 0;
    job->size = 0;
    job->release = release;
}
/* A copy of the state of size bytes on the stack, what it holds included; NULL without memory: state is
** released then, and the exception raised. */
struct native_job *native_job_keep(struct scheduler *s, struct native_job *state, size_t size);
/* Goes on as fn in the next slice; a: the arguments of the native, and the job once this was called. */
term native_job_yield(struct scheduler *s, native_fn *fn, const term *a, struct native_job *job);
/* The job that a continuation goes on with. */
struct native_job *native_job_of(struct scheduler *s, const term *a);
/* Before the result is given: what the state holds goes, though the reference may stay for a while. */
void native_job_end(struct native_job *job);

/* Cells for a list of count elements, filled from the front; NULL without memory. */
static inline term *native_cells_allocate(struct scheduler *s, size_t count)
{
    return count <= HEADER_MAX_WORDS / 2 ? heap_allocate(native_heap(s), 2 * count) : NULL;
}
/* Cells from..end are nobody's before the next slice: one dead object. */
static inline void native_cells_cover(term *from, const term *end)
{
    if (from < end)
        from[0] = header_make(BOXED_BIG_POSITIVE, (size_t) (end - from) - 1);
}

/* What a slice may do in units of which one reduction does many. */
static inline size_t native_job_budget(const struct scheduler *s, size_t units_a_reduction)
{
    return (size_t) (s->reductions > 0 ? s->reductions : 1) * units_a_reduction;
}

#endif
