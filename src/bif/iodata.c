/* iodata.c - iodata in slices: measured, fed, laid flat. */
#include "bif/iodata.h"

#define ELEMENTS_A_REDUCTION 64
#define BYTES_A_REDUCTION 256

static void release(struct native_job *job)
{
    bits_flow_deinit(&((struct iodata_work *) job)->flow);
}

void iodata_work_init(struct iodata_work *work, struct scheduler *s, term iodata, bool whole)
{
    bits_flow_init(&work->flow, s->node->memory, iodata, whole);
    native_job_init(&work->job, release);
    work->feed = NULL;
    work->finish = NULL;
    work->iodata = iodata;
    work->whole = whole;
    work->bytes_a_reduction = 512;
}

static enum bits_flow_state run_slice(struct scheduler *s, struct iodata_work *work)
{
    size_t units = work->feed == NULL ? ELEMENTS_A_REDUCTION : work->bytes_a_reduction;
    size_t budget = native_job_budget(s, units), before = work->flow.total;
    enum bits_flow_state state = work->feed == NULL
        ? bits_flow_measure(&work->flow, budget)
        : bits_flow_feed(&work->flow, budget, work->feed, work);

    if (state == BITS_FLOW_MORE)
        native_charge(s, budget / units);
    else
        native_charge(s, (work->flow.total - before) / 8 / units);
    return state;
}

/* ---- laying flat ------------------------------------------------------------------------- */

static void feed_builder(void *user, const uint8_t *base, size_t offset, size_t bits)
{
    bits_flow_build(&((struct iodata_work *) user)->to.builder, base, offset, bits);
}

static term give_built(struct scheduler *s, struct iodata_work *work)
{
    (void) s;
    return work->to.builder.result;
}

/* It has been measured: from the start again, now to be written. */
static bool begin_building(struct scheduler *s, struct iodata_work *work)
{
    size_t bits = work->flow.total;

    if (bits_build_init(native_heap(s), bits, &work->to.builder) != DATA_OK)
        return false;
    bits_flow_deinit(&work->flow);
    bits_flow_init(&work->flow, s->node->memory, work->iodata, work->whole);
    work->feed = feed_builder;
    work->finish = give_built;
    work->bytes_a_reduction = BYTES_A_REDUCTION;
    return true;
}

/* ---- slices ------------------------------------------------------------------------------ */

static term ended(struct scheduler *s, const term *a, struct iodata_work *work,
    enum bits_flow_state state)
{
    term result = TERM_NONE;

    if (state == BITS_FLOW_END && work->finish == NULL && begin_building(s, work))
        return iodata_work_run(s, a, work);
    if (state == BITS_FLOW_END && work->finish != NULL)
        result = work->finish(s, work);
    else
        (void) raise_error(s, state == BITS_FLOW_BAD ? ATOM(badarg) : ATOM(system_limit));
    native_job_end(&work->job);
    return result;
}

static term go_on(struct scheduler *s, const term *a)
{
    return iodata_work_run(s, a, (struct iodata_work *) native_job_of(s, a));
}

term iodata_work_run(struct scheduler *s, const term *a, struct iodata_work *work)
{
    enum bits_flow_state state = run_slice(s, work);
    struct iodata_work *kept = work;

    if (state != BITS_FLOW_MORE)
        return ended(s, a, work, state);
    if (work->job.size == 0) {
        kept = (struct iodata_work *) native_job_keep(s, &work->job, sizeof *work);
        if (kept == NULL)
            return TERM_NONE;
        word_stack_moved(&kept->flow.walk.rests, &work->flow.walk.rests);
    }
    return native_job_yield(s, go_on, a, &kept->job);
}

term iodata_flatten(struct scheduler *s, const term *a, term iodata, bool whole)
{
    struct iodata_work work;

    if (term_is_bitstring(iodata) && (!whole || (term_bit_size(iodata) & 7) == 0))
        return iodata;
    iodata_work_init(&work, s, iodata, whole);
    return iodata_work_run(s, a, &work);
}

bool iodata_get_bytes(struct scheduler *s, term t, const uint8_t **bytes, size_t *size)
{
    struct bits_view view;
    uint8_t *copy;

    if ((!term_is_binary(t) && !term_is_cons(t) && t != TERM_NIL)
        || bits_from_iodata(native_heap(s), t, true, &t) != DATA_OK || !bits_get_view(t, &view))
        return false;
    *size = view.size / 8;
    *bytes = view.base + view.offset / 8;
    if ((view.offset & 7) == 0 || *size == 0)
        return true;
    if (bits_make_binary(native_heap(s), *size, &copy) == TERM_NONE)
        return false;
    bits_copy(copy, 0, view.base, view.offset, view.size);
    *bytes = copy;
    return true;
}
