/* share_test.c - what several threads share in base: counters a scheduler each, blocks that are freed when
** nobody looks at them any more, locks. With AVM_SMP off there is nothing of it. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/lock_shared.h"
#include "base/pool.h"
#include "base/reclaim.h"

#if AVM_SMP
#include <pthread.h>

#define THREADS 3
#define ROUNDS 20000

struct block {
    struct reclaimed item;
    size_t check;
};

struct traveller;

struct shared {
    struct memory memory;
    struct pool *pool;
    struct reclaim reclaim;
    struct lock lock;
    AVM_ATOMIC(struct block *) current;
    size_t total;                   /* under lock */
    struct lock_shared page_lock;
    struct lock_seat seats[THREADS + 1];
    size_t page[4];                 /* under page_lock: all the same */
    AVM_ATOMIC(size_t) broken;
    AVM_ATOMIC(struct traveller *) places[64];
};

struct worker {
    struct shared *shared;
    unsigned number;
};

static void open_shared(struct shared *shared, size_t limit, bool one_at_a_time)
{
    memset(shared, 0, sizeof *shared);
    shared->pool = one_at_a_time ? NULL : pool_create();
    memory_init(&shared->memory, shared->pool != NULL ? pool_resize : NULL, shared->pool, limit);
    shared->reclaim.memory = &shared->memory;
    assert_true(memory_share(&shared->memory, THREADS, one_at_a_time));
    assert_true(reclaim_share(&shared->reclaim, THREADS));
}

static void close_shared(struct shared *shared)
{
    struct memory_counts counts;

    reclaim_unshare(&shared->reclaim);
    memory_unshare(&shared->memory);
    memory_get_counts(&shared->memory, &counts);
    assert_int_equal(counts.live_bytes, 0);
    assert_int_equal(counts.objects_by[MEMORY_OTHER], 0);
    assert_int_equal(counts.objects_by[MEMORY_PROCESS], 0);
    if (shared->pool != NULL)
        assert_null(pool_check(shared->pool));
    pool_destroy(shared->pool);
}

static void run_workers(struct shared *shared, void *(*work)(void *))
{
    struct worker workers[THREADS];
    pthread_t threads[THREADS];

    for (unsigned i = 0; i < THREADS; i++) {
        workers[i] = (struct worker) { shared, i + 1 };
        assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

static void begin(const struct worker *worker)
{
    thread_self = (struct thread_self) { &worker->shared->memory, worker->number };
}

/* ---- counters ------------------------------------------------------------------------------ */

static void *allocate_and_free(void *user)
{
    struct worker *worker = user;
    struct memory *memory = &worker->shared->memory;
    void *blocks[16] = { NULL };

    begin(worker);
    for (size_t round = 0; round < ROUNDS; round++) {
        size_t at = round % 16;

        memory_free(memory, MEMORY_PROCESS, blocks[at], 100 + at);
        blocks[at] = memory_allocate(memory, MEMORY_PROCESS, 100 + at);
    }
    for (size_t at = 0; at < 16; at++)
        memory_free(memory, MEMORY_PROCESS, blocks[at], 100 + at);
    return NULL;
}

static void sums_are_exact(void **state)
{
    struct shared shared;
    struct memory_counts counts;

    (void) state;
    open_shared(&shared, 0, false);
    run_workers(&shared, allocate_and_free);
    memory_get_counts(&shared.memory, &counts);
    assert_int_equal(counts.bytes_by[MEMORY_PROCESS], 0);
    assert_int_equal(counts.objects_by[MEMORY_PROCESS], 0);
    assert_true(counts.allocations >= THREADS * ROUNDS);
    close_shared(&shared);
}

/* At every moment at most limit bytes are live, and what was refused can be had later. */
static void *allocate_to_the_limit(void *user)
{
    struct worker *worker = user;
    struct memory *memory = &worker->shared->memory;

    begin(worker);
    for (size_t round = 0; round < ROUNDS; round++) {
        void *block = memory_allocate(memory, MEMORY_PROCESS, 4000);

        if (atomic_peek(&memory->limited_bytes) > memory->limit)
            atomic_add(&worker->shared->broken, (size_t) 1);
        memory_free(memory, MEMORY_PROCESS, block, 4000);
    }
    return NULL;
}

static void a_limit_is_never_passed(void **state)
{
    struct shared shared;
    struct memory_counts counts;
    void *block;

    (void) state;
    open_shared(&shared, 0, true);
    memory_unshare(&shared.memory);
    memory_get_counts(&shared.memory, &counts);
    shared.memory.limit = counts.live_bytes + 20000;
    assert_true(memory_share(&shared.memory, THREADS, true));
    shared.memory.limit = atomic_peek(&shared.memory.limited_bytes) + 9000;
    run_workers(&shared, allocate_to_the_limit);
    assert_int_equal(shared.broken, 0);
    block = memory_allocate(&shared.memory, MEMORY_PROCESS, 9000);
    assert_non_null(block);
    assert_null(memory_allocate(&shared.memory, MEMORY_PROCESS, 1));
    assert_int_equal(memory_get_free(&shared.memory), 0);
    memory_free(&shared.memory, MEMORY_PROCESS, block, 9000);
    close_shared(&shared);
}

/* ---- blocks that another frees ------------------------------------------------------------------ */

#define TABLE AVM_COUNT_OF(((struct shared *) 0)->places)

/* Its size, and a byte that all of it is filled with: a block that two have at once is found out. */
struct traveller {
    size_t size;
    unsigned char bytes[];
};

static void check_traveller(struct shared *shared, const struct traveller *block)
{
    for (size_t at = sizeof *block; at < block->size; at++)
        if (block->bytes[at - sizeof *block] != (unsigned char) block->size)
            atomic_add(&shared->broken, (size_t) 1);
}

static struct traveller *make_traveller(struct memory *memory, size_t size)
{
    struct traveller *block = memory_allocate(memory, MEMORY_PROCESS, size);

    block->size = size;
    memset(block->bytes, (unsigned char) size, size - sizeof *block);
    return block;
}

/* Each round takes what lies at a place, whoever put it there, resizes it now and then, and puts another. */
static void *trade(void *user)
{
    struct worker *worker = user;
    struct shared *shared = worker->shared;
    struct memory *memory = &shared->memory;
    uint32_t random = worker->number * 7919;

    begin(worker);
    for (size_t round = 0; round < ROUNDS; round++) {
        struct traveller *block;

        random = random * 1664525 + 1013904223;
        block = make_traveller(memory, 16 + (random >> 8) % (round % 16 == 0 ? 4000 : 500));
        block = atomic_swap(&shared->places[(random >> 24) % TABLE], block);
        if (block == NULL)
            continue;
        check_traveller(shared, block);
        if (random % 8 == 0) {
            size_t size = block->size, half = size / 2 + 16;

            block = memory_resize(memory, MEMORY_PROCESS, block, size, half);
            block->size = size;
            memory_free(memory, MEMORY_PROCESS, block, half);
        } else {
            memory_free(memory, MEMORY_PROCESS, block, block->size);
        }
    }
    return NULL;
}

static void blocks_are_freed_by_others(void **state)
{
    struct shared shared;
    size_t before = 0;

    (void) state;
    open_shared(&shared, 0, false);
    shared.places[0] = make_traveller(&shared.memory, 200);     /* of the one that is no scheduler */
    run_workers(&shared, trade);
    assert_int_equal(shared.broken, 0);
    if (shared.pool != NULL)
        before = pool_region_bytes(shared.pool);
    for (size_t at = 0; at < TABLE; at += 2) {
        if (shared.places[at] != NULL)
            memory_free(&shared.memory, MEMORY_PROCESS, shared.places[at], shared.places[at]->size);
        shared.places[at] = NULL;
    }
    reclaim_unshare(&shared.reclaim);
    memory_unshare(&shared.memory);             /* with the other half in use: it is one pool's now */
    if (shared.pool != NULL)
        assert_true(pool_region_bytes(shared.pool) > before);
    for (size_t at = 1; at < TABLE; at += 2) {
        if (shared.places[at] != NULL)
            memory_free(&shared.memory, MEMORY_PROCESS, shared.places[at], shared.places[at]->size);
    }
    close_shared(&shared);
}

/* ---- blocks that others look at --------------------------------------------------------------- */

/* Each round looks at the current block, and puts another in its place: a block that is freed too early
** is one that a sanitizer, or its check word, tells of. */
static void *look_and_replace(void *user)
{
    struct worker *worker = user;
    struct shared *shared = worker->shared;

    begin(worker);
    reclaim_enter(&shared->reclaim);
    for (size_t round = 0; round < ROUNDS; round++) {
        struct block *seen = atomic_get(&shared->current), *made;

        if (seen != NULL && atomic_peek(&seen->check) != 0x5ca1ab1e)
            atomic_add(&shared->broken, (size_t) 1);
        made = memory_allocate(&shared->memory, MEMORY_PROCESS, sizeof *made);
        made->check = 0x5ca1ab1e;
        if (atomic_replace(&shared->current, &seen, made)) {
            if (seen != NULL)
                reclaim_free(&shared->reclaim, &seen->item, MEMORY_PROCESS, seen, sizeof *seen);
        } else {
            made->check = 0;
            memory_free(&shared->memory, MEMORY_PROCESS, made, sizeof *made);
        }
        if (round % 100 == 99) {
            reclaim_leave(&shared->reclaim);
            reclaim_enter(&shared->reclaim);
        } else {
            reclaim_pass(&shared->reclaim);
        }
    }
    reclaim_leave(&shared->reclaim);
    return NULL;
}

static void a_block_lives_while_anyone_looks(void **state)
{
    struct shared shared;
    struct memory_counts counts;

    (void) state;
    open_shared(&shared, 0, false);
    run_workers(&shared, look_and_replace);
    assert_int_equal(shared.broken, 0);
    memory_get_counts(&shared.memory, &counts);
    assert_int_equal(counts.objects_by[MEMORY_PROCESS], 1);     /* all have left: the current one is all */
    memory_free(&shared.memory, MEMORY_PROCESS, shared.current, sizeof *shared.current);
    close_shared(&shared);
}

static void a_block_waits_for_who_is_in(void **state)
{
    struct shared shared;
    struct memory_counts counts;
    struct block *block;

    (void) state;
    open_shared(&shared, 0, false);
    thread_self = (struct thread_self) { &shared.memory, 1 };
    reclaim_enter(&shared.reclaim);
    thread_self.slot = 2;
    reclaim_enter(&shared.reclaim);
    block = memory_allocate(&shared.memory, MEMORY_PROCESS, sizeof *block);
    reclaim_free(&shared.reclaim, &block->item, MEMORY_PROCESS, block, sizeof *block);
    for (unsigned i = 0; i < 3 * RECLAIM_PASSES; i++)
        reclaim_pass(&shared.reclaim);
    reclaim_leave(&shared.reclaim);
    memory_get_counts(&shared.memory, &counts);
    assert_int_equal(counts.objects_by[MEMORY_PROCESS], 1);
    thread_self.slot = 1;
    for (unsigned i = 0; i < RECLAIM_PASSES; i++)
        reclaim_pass(&shared.reclaim);      /* takes over what 2 left, and has nothing in hand */
    memory_get_counts(&shared.memory, &counts);
    assert_int_equal(counts.objects_by[MEMORY_PROCESS], 0);
    reclaim_leave(&shared.reclaim);
    thread_self = (struct thread_self) { NULL, 0 };
    close_shared(&shared);
}

/* ---- locks ------------------------------------------------------------------------------------- */

static void *count_under_lock(void *user)
{
    struct worker *worker = user;

    for (size_t round = 0; round < ROUNDS; round++) {
        lock_take(&worker->shared->lock);
        worker->shared->total++;
        lock_release(&worker->shared->lock);
    }
    return NULL;
}

static void a_lock_holds_one(void **state)
{
    struct shared shared;

    (void) state;
    open_shared(&shared, 0, false);
    run_workers(&shared, count_under_lock);
    assert_int_equal(shared.total, THREADS * ROUNDS);
    close_shared(&shared);
}

/* ---- readers beside each other, writers alone ---------------------------------------------------- */

static void count_broken(struct shared *shared, const size_t *page)
{
    for (size_t at = 1; at < AVM_COUNT_OF(shared->page); at++)
        if (page[at] != page[0])
            atomic_add(&shared->broken, (size_t) 1);
}

/* More rounds than a lock remembers who reads; thread 3 pauses from reading, so that it is forgotten. */
static void *read_and_write(void *user)
{
    struct worker *worker = user;
    struct shared *shared = worker->shared;

    begin(worker);
    for (size_t round = 0; round < ROUNDS; round++) {
        bool writes = (round + worker->number) % 8 == 0 || (worker->number == 3 && round / 200 % 2 == 0);

        if (writes) {
            lock_shared_write(&shared->page_lock, shared->seats, THREADS + 1, worker->number);
            for (size_t at = 0; at < AVM_COUNT_OF(shared->page); at++)
                shared->page[at]++;
            shared->total++;
            lock_shared_write_end(&shared->page_lock);
        } else {
            lock_shared_read(&shared->page_lock, shared->seats, worker->number);
            count_broken(shared, shared->page);
            if (shared->page_lock.is_alone)
                atomic_add(&shared->broken, (size_t) 1);
            lock_shared_read_end(shared->seats, worker->number);
        }
    }
    return NULL;
}

static void a_writer_is_alone(void **state)
{
    struct shared shared;

    (void) state;
    open_shared(&shared, 0, false);
    run_workers(&shared, read_and_write);
    assert_int_equal(shared.broken, 0);
    assert_int_equal(shared.page[0], shared.total);
    close_shared(&shared);
}

static void readers_are_beside_each_other(void **state)
{
    struct lock_seat seats[THREADS + 1] = { 0 };
    struct lock_shared lock = { 0 }, other = { 0 };

    (void) state;
    lock_shared_read(&lock, seats, 1);
    lock_shared_read(&lock, seats, 2);
    lock_shared_write(&other, seats, THREADS + 1, 3);   /* waits for none of them */
    assert_false(other.is_wanted);
    assert_true(other.is_alone);
    lock_shared_write_end(&other);
    lock_shared_read_end(seats, 1);
    lock_shared_read_end(seats, 2);
    lock_shared_write(&lock, seats, THREADS + 1, 2);
    assert_true(lock.is_wanted);
    lock_shared_write_end(&lock);
    assert_false(lock.is_alone);
}
#endif

/* One thread: a block is freed at once. */
static void alone_a_block_is_freed_at_once(void **state)
{
    struct memory memory;
    struct memory_counts counts;
    struct reclaim reclaim;
    struct reclaimed *block;

    (void) state;
    memory_init(&memory, NULL, NULL, 0);
    memset(&reclaim, 0, sizeof reclaim);
    reclaim.memory = &memory;
    block = memory_allocate(&memory, MEMORY_OTHER, sizeof *block);
    assert_non_null(block);
    reclaim_free(&reclaim, block, MEMORY_OTHER, block, sizeof *block);
    memory_get_counts(&memory, &counts);
    assert_int_equal(counts.live_bytes, 0);
    assert_int_equal(counts.peak_bytes, sizeof *block);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alone_a_block_is_freed_at_once),
#if AVM_SMP
        cmocka_unit_test(sums_are_exact),
        cmocka_unit_test(blocks_are_freed_by_others),
        cmocka_unit_test(a_limit_is_never_passed),
        cmocka_unit_test(a_block_lives_while_anyone_looks),
        cmocka_unit_test(a_block_waits_for_who_is_in),
        cmocka_unit_test(a_lock_holds_one),
        cmocka_unit_test(a_writer_is_alone),
        cmocka_unit_test(readers_are_beside_each_other),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
