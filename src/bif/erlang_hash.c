/* erlang_hash.c - natives of erlang that hash terms, in slices. */
#include "bif/bif.h"
#include "bif/job.h"
#include "data/number.h"

#define HASH_NATIVES(X)                                                                          \
    X("phash2", 1, hash_phash2_1, 0)                                                             \
    X("phash2", 2, hash_phash2_2, 0)                                                             \
    X("phash", 2, hash_phash, 0)
NATIVE_TABLE_CONCURRENT(bif_erlang_hash, "erlang", "erl_erts_errors", HASH_NATIVES)

#define TERMS_A_REDUCTION 8

enum hash_kind { PHASH2_BITS27, PHASH2_RANGE, PHASH };

struct hash_work {
    struct native_job job;
    struct term_hash hash;
    enum hash_kind kind;
    uint32_t range;                 /* 0: 2^32 */
};

static void release(struct native_job *job)
{
    term_hash_deinit(&((struct hash_work *) job)->hash);
}

static term give_hash(struct scheduler *s, const struct hash_work *work)
{
    uint32_t hash = work->hash.hash, range = work->range;

    if (work->hash.failed)
        return raise_no_memory(s);
    if (work->kind == PHASH2_BITS27)
        return term_make_small((intptr_t) (hash & 0x7ffffff));
    if (range != 0)
        hash %= range;
    return native_result(s, integer_make_uint64(native_heap(s), (uint64_t) hash + (work->kind == PHASH)));
}

static native_fn go_on;

static term run(struct scheduler *s, const term *a, struct hash_work *work)
{
    size_t budget = native_job_budget(s, TERMS_A_REDUCTION);
    struct hash_work *kept = work;
    term result;

    if (term_hash_run(&work->hash, &budget)) {
        native_charge(s, (native_job_budget(s, TERMS_A_REDUCTION) - budget) / TERMS_A_REDUCTION);
        result = give_hash(s, work);
        native_job_end(&work->job);
        return result;
    }
    native_charge(s, native_job_budget(s, 1));
    if (work->job.size == 0) {
        kept = (struct hash_work *) native_job_keep(s, &work->job, sizeof *work);
        if (kept == NULL)
            return TERM_NONE;
        word_stack_moved(&kept->hash.stack, &work->hash.stack);
    }
    return native_job_yield(s, go_on, a, &kept->job);
}

static term go_on(struct scheduler *s, const term *a)
{
    return run(s, a, (struct hash_work *) native_job_of(s, a));
}

static term start(struct scheduler *s, const term *a, enum hash_kind kind, uint32_t range)
{
    struct hash_work work;

    native_job_init(&work.job, release);
    work.kind = kind;
    work.range = range;
    term_hash_init(&work.hash, &s->node->compare, a[0], kind == PHASH);
    return run(s, a, &work);
}

/* Range of a hash: 1..2^32, where 2^32 says 0 here. */
static bool get_range(term t, uint32_t *range)
{
    uint64_t value;

    if (!integer_get_uint64(t, &value) || value == 0 || value > (uint64_t) 1 << 32)
        return false;
    *range = (uint32_t) value;
    return true;
}

static term hash_phash2_1(struct scheduler *s, const term *a)
{
    return start(s, a, PHASH2_BITS27, 0);
}

static term hash_phash2_2(struct scheduler *s, const term *a)
{
    uint32_t range;

    return get_range(a[1], &range) ? start(s, a, PHASH2_RANGE, range) : raise_badarg(s);
}

static term hash_phash(struct scheduler *s, const term *a)
{
    uint32_t range;

    return get_range(a[1], &range) ? start(s, a, PHASH, range) : raise_badarg(s);
}
