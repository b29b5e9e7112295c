/* job.c - states of natives that work in slices. Always: a job's reference lies right behind the arguments
** of its native, whose stack trace therefore shows these alone. */
#include "bif/job.h"

#define ARGUMENTS_MAX 8

static const char job_type;

static void destroy_job(struct resource *resource)
{
    struct native_job *job = (struct native_job *) resource;

    native_job_end(job);
    memory_free(job->memory, MEMORY_RESOURCE, job, job->size);
}

void native_job_end(struct native_job *job)
{
    void (*release)(struct native_job *) = job->release;

    job->release = NULL;
    if (release != NULL)
        release(job);
}

struct native_job *native_job_keep(struct scheduler *s, struct native_job *state, size_t size)
{
    struct native_job *job = memory_allocate(s->node->memory, MEMORY_RESOURCE, size);

    if (job == NULL) {
        native_job_end(state);
        (void) raise_no_memory(s);
        return NULL;
    }
    memcpy((void *) job, state, size);
    job->resource.references = 0;
    job->resource.destroy = destroy_job;
    job->resource.type = &job_type;
    job->memory = s->node->memory;
    job->size = size;
    return job;
}

/* The first time: the reference is made. */
static term start(struct scheduler *s, native_fn *fn, const term *a, struct native_job *job)
{
    uint32_t arity = s->native->arity;
    term arguments[ARGUMENTS_MAX];

    job->resource.references = 1;
    memcpy(arguments, a, arity * sizeof *a);
    arguments[arity] = heap_make_resource(native_heap(s), &job->resource,
        node_next_reference(s->node));
    resource_release(&job->resource);
    if (arguments[arity] == TERM_NONE)
        return raise_no_memory(s);
    return native_yield_pinned(s, fn, arity + 1, arguments);
}

term native_job_yield(struct scheduler *s, native_fn *fn, const term *a, struct native_job *job)
{
    if (job->resource.references == 0)
        return start(s, fn, a, job);
    return native_yield_pinned(s, fn, (uint32_t) s->native->arity + 1, a);
}

struct native_job *native_job_of(struct scheduler *s, const term *a)
{
    return (struct native_job *) term_resource(a[s->native->arity]);
}
