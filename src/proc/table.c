/* table.c - owns the buckets. Always: a process is in the bucket that the low bits of its pid name,
** from process_table_put to process_table_remove; but while the buckets are replaced, when who looks for
** it without the lock may not find it. */
#include "proc/table.h"

#define FIRST_BUCKETS 256
#define FIRST_PORT_BUCKETS 16
#define BUCKET_LOAD 4      /* pids are counted, so no bucket has more than its share while few leave */
#define SHARED_ROOM 4      /* buckets a process beside others: who looks for one then hardly ever reads of another,
                              whose lines its processor would have to get back */
#define REMOVALS 32        /* of one scheduler between two looks whether the buckets are too many */

static enum memory_kind kind_of(const struct process_table *table)
{
    return table->is_of_ports ? MEMORY_PORT : MEMORY_PROCESS;
}

static size_t bytes_of(size_t bucket_count)
{
    return sizeof(struct process_buckets) + bucket_count * sizeof(struct process *);
}

static struct process_buckets *create_buckets(const struct process_table *table, size_t count)
{
    struct process_buckets *buckets
        = memory_allocate_zeroed(table->reclaim->memory, kind_of(table), bytes_of(count));

    if (buckets != NULL)
        buckets->count = count;
    return buckets;
}

bool process_table_init(struct process_table *table, struct reclaim *reclaim, uint32_t limit,
    bool is_of_ports)
{
    memset(table, 0, sizeof *table);
    table->reclaim = reclaim;
    table->is_of_ports = is_of_ports;
    table->first_buckets = is_of_ports ? FIRST_PORT_BUCKETS : FIRST_BUCKETS;
    table->limit = limit;
    table->buckets = create_buckets(table, table->first_buckets);
    return table->buckets != NULL;
}

void process_table_deinit(struct process_table *table, struct memory *memory)
{
    if (table->buckets != NULL)
        memory_free(memory, kind_of(table), table->buckets, bytes_of(table->buckets->count));
    table->buckets = NULL;
}

/* ---- who counts ------------------------------------------------------------------------------- */

#if AVM_SMP
/* Whoever takes a block looks whether the limit is near: so that far from it all may put at once. The one who
** took the last block knows of all that was put before the others took theirs; of what they put since, a block
** each, it may have missed what came and counted what went. So what it finds is too little by two blocks each at
** most, and a block each may come yet. */
#define TIGHT_ROOM (4 * TABLE_BLOCK)

#define is_shared(table) ((table)->shared != NULL)

static struct process_table_seat *own_seat(const struct process_table *table)
{
    return &table->shared->seats[thread_slot(table->reclaim->memory)];
}

static size_t shared_count(const struct process_table_shared *shared)
{
    size_t count = 0;

    for (unsigned at = 0; at < shared->seat_count; at++)
        count += atomic_peek(&shared->seats[at].count);
    return count <= SIZE_MAX / 2 ? count : 0;   /* one was put on one, taken away on another meanwhile */
}

static size_t shared_bytes(unsigned seats)
{
    return sizeof(struct process_table_shared) + seats * sizeof(struct process_table_seat);
}

/* Once near, it has to be as far again to be far. */
static bool is_near_limit(const struct process_table *table, size_t count)
{
    const struct process_table_shared *shared = table->shared;
    size_t room = atomic_peek(&shared->is_tight) ? 2 * TIGHT_ROOM : TIGHT_ROOM;

    return count + shared->seat_count * room >= table->limit;
}

bool process_table_share(struct process_table *table, unsigned count)
{
    struct process_table_shared *shared
        = memory_allocate_zeroed(table->reclaim->memory, MEMORY_OTHER, shared_bytes(count + 1));

    if (shared == NULL)
        return false;
    shared->next = (table->next + TABLE_BLOCK - 1) / TABLE_BLOCK * TABLE_BLOCK;
    shared->seat_count = count + 1;
    shared->seats[0].count = table->count;
    shared->seats[0].next = table->next;
    shared->seats[0].end = shared->next;
    table->shared = shared;
    shared->is_tight = is_near_limit(table, table->count);
    return true;
}

void process_table_unshare(struct process_table *table)
{
    struct process_table_shared *shared = table->shared;

    if (shared == NULL)
        return;
    table->count = (uint32_t) shared_count(shared);
    table->next = shared->next;
    table->shared = NULL;
    memory_free(table->reclaim->memory, MEMORY_OTHER, shared, shared_bytes(shared->seat_count));
}

/* The pids of a bucket have one stripe: there are at least TABLE_STRIPES * TABLE_BLOCK buckets, or one. */
static struct lock *stripe_of(const struct process_table *table, term pid)
{
    size_t at = table->is_of_ports ? 0 : term_pid_data(pid) / TABLE_BLOCK % TABLE_STRIPES;

    return &table->shared->stripes[at].lock;
}
#else
#define is_shared(table) false
#endif

size_t process_table_count(const struct process_table *table)
{
#if AVM_SMP
    if (is_shared(table))
        return shared_count(table->shared);
#endif
    return table->count;
}

#if AVM_SMP
/* Meanwhile nothing is put. What is taken out may still be counted, what is not there never. */
static bool is_full_shared(struct process_table_shared *shared, size_t limit)
{
    bool is_full;

    if (!atomic_get(&shared->is_tight))
        return false;
    lock_take(&shared->tight_lock);
    is_full = shared_count(shared) >= limit;
    lock_release(&shared->tight_lock);
    return is_full;
}
#endif

bool process_table_is_full(const struct process_table *table)
{
#if AVM_SMP
    if (is_shared(table))
        return is_full_shared(table->shared, table->limit);
#endif
    return table->count >= table->limit;
}

void process_table_hold(struct process_table *table)
{
#if AVM_SMP
    for (unsigned at = 0; is_shared(table) && at < TABLE_STRIPES; at++)
        lock_take(&table->shared->stripes[at].lock);
#endif
    (void) table;
}

void process_table_let_go(struct process_table *table)
{
#if AVM_SMP
    for (unsigned at = 0; is_shared(table) && at < TABLE_STRIPES; at++)
        lock_release(&table->shared->stripes[at].lock);
#endif
    (void) table;
}

/* ---- buckets ----------------------------------------------------------------------------------- */

static struct process **bucket_of(struct process_buckets *buckets, term pid)
{
    return &buckets->first[term_pid_data(pid) & (buckets->count - 1)];
}

static void put_first(struct process **bucket, struct process *process)
{
    atomic_put(&process->table_next, *bucket);
    atomic_put(bucket, process);
}

static void release(struct process_table *table, struct process_buckets *buckets)
{
#if AVM_SMP
    reclaim_free(table->reclaim, &buckets->gone, kind_of(table), buckets, bytes_of(buckets->count));
#else
    memory_free(table->reclaim->memory, kind_of(table), buckets, bytes_of(buckets->count));
#endif
}

/* Without memory the buckets stay as they are: only slower. */
static void resize(struct process_table *table, size_t bucket_count)
{
    struct process_buckets *old = table->buckets, *buckets = create_buckets(table, bucket_count);
    struct process *process, *next;

    if (buckets == NULL)
        return;
    for (size_t bucket = 0; bucket < old->count; bucket++) {
        for (process = old->first[bucket]; process != NULL; process = next) {
            next = process->table_next;
            put_first(bucket_of(buckets, process->pid), process);
        }
    }
    atomic_put(&table->buckets, buckets);
    release(table, old);
}

static AVM_ALWAYS_INLINE struct process *search(const struct process_table *table, term pid)
{
    struct process *process = atomic_get(bucket_of(atomic_get(&table->buckets), pid));

    while (process != NULL && process->pid != pid)
        process = atomic_get(&process->table_next);
    return process;
}

static bool is_crowded(const struct process_table *table, size_t count, size_t buckets)
{
    return is_shared(table) && !table->is_of_ports ? count > buckets / SHARED_ROOM
                                                   : count / BUCKET_LOAD >= buckets;
}

static bool is_sparse(const struct process_table *table, size_t count, size_t buckets)
{
    return buckets > table->first_buckets
        && count < (is_shared(table) && !table->is_of_ports ? buckets / (3 * SHARED_ROOM) : buckets);
}

/* To the count that so many want: looked at with all buckets held. False: they stay as they are. */
static bool adapt(struct process_table *table)
{
    size_t count, buckets;
    bool done;

    process_table_hold(table);
    count = process_table_count(table);
    buckets = table->buckets->count;
    if (is_crowded(table, count, buckets))
        resize(table, buckets * 2);
    else if (is_sparse(table, count, buckets))
        resize(table, buckets / 2);
    done = table->buckets->count != buckets;
    process_table_let_go(table);
    return done;
}

/* ---- putting and removing ------------------------------------------------------------------- */

static term make_name(const struct process_table *table, uintptr_t payload)
{
    payload &= ((uintptr_t) 1 << PID_DATA_BITS) - 1;
    return table->is_of_ports ? term_make_port(payload) : term_make_pid(payload);
}

/* False: somebody has the pid. */
static bool put_as(struct process_table *table, struct process *process, term pid)
{
    if (pid == RESOURCE_WATCHER || search(table, pid) != NULL)
        return false;
    process->pid = pid;
    put_first(bucket_of(table->buckets, pid), process);
    return true;
}

static void put_alone(struct process_table *table, struct process *process)
{
    term pid;

    if (is_crowded(table, table->count, table->buckets->count))
        (void) adapt(table);
    do {
        pid = make_name(table, table->next++);
    } while (!put_as(table, process, pid));
    table->count++;
}

#if AVM_SMP
/* With all stripes held: so whoever puts with one held has not been counted and sees it, or has been. */
static void look_at_limit(struct process_table *table)
{
    struct process_table_shared *shared = table->shared;

    process_table_hold(table);
    atomic_put(&shared->is_tight, is_near_limit(table, shared_count(shared)));
    process_table_let_go(table);
}

static void take_block(struct process_table *table, struct process_table_seat *seat)
{
    struct process_table_shared *shared = table->shared;
    size_t count;

    seat->next = atomic_add(&shared->next, (uintptr_t) TABLE_BLOCK);
    seat->end = seat->next + TABLE_BLOCK;
    count = shared_count(shared);           /* after the number is taken: see TIGHT_ROOM */
    if (is_near_limit(table, count) != atomic_peek(&shared->is_tight))
        look_at_limit(table);
    if (is_crowded(table, count, atomic_get(&table->buckets)->count))
        (void) adapt(table);
}

/* False: the limit is near, and the caller does not hold tight_lock. */
static bool put_beside_others(struct process_table *table, struct process *process, bool is_held)
{
    struct process_table_seat *seat = own_seat(table);
    bool may, done = false;

    do {
        struct lock *lock;
        term pid;

        if (seat->next == seat->end)
            take_block(table, seat);
        pid = make_name(table, seat->next);
        lock = stripe_of(table, pid);
        lock_take(lock);
        may = is_held || !atomic_peek(&table->shared->is_tight);
        if (may) {
            seat->next++;
            done = put_as(table, process, pid);
            atomic_bump(&seat->count, (size_t) done);
        }
        lock_release(lock);
    } while (may && !done);
    return done;
}

/* Near the limit all count together. */
static enum data_status put_shared(struct process_table *table, struct process *process)
{
    struct process_table_shared *shared = table->shared;
    enum data_status status = DATA_SYSTEM_LIMIT;

    if (AVM_LIKELY(!atomic_get(&shared->is_tight)) && put_beside_others(table, process, false))
        return DATA_OK;
    lock_take(&shared->tight_lock);
    if (shared_count(shared) < table->limit && put_beside_others(table, process, true))
        status = DATA_OK;
    lock_release(&shared->tight_lock);
    return status;
}
#endif

enum data_status process_table_put(struct process_table *table, struct process *process)
{
#if AVM_SMP
    if (is_shared(table))
        return put_shared(table, process);
#endif
    if (table->count >= table->limit)
        return DATA_SYSTEM_LIMIT;
    put_alone(table, process);
    return DATA_OK;
}

static void take_out(struct process_table *table, struct process *process)
{
    struct process **at = bucket_of(table->buckets, process->pid);

    while (*at != process)
        at = &(*at)->table_next;
    atomic_put(at, process->table_next);
}

void process_table_leave(struct process_table *table, struct process *process)
{
    process->has_left = true;
#if AVM_SMP
    if (is_shared(table)) {
        atomic_bump(&own_seat(table)->count, (size_t) -1);
        return;
    }
#endif
    table->count--;
}

void process_table_remove(struct process_table *table, struct process *process)
{
    if (!process->has_left)
        process_table_leave(table, process);
#if AVM_SMP
    if (is_shared(table)) {
        struct lock *lock = stripe_of(table, process->pid);
        struct process_table_seat *seat = own_seat(table);

        lock_take(lock);
        take_out(table, process);
        lock_release(lock);
        if (++seat->removals == REMOVALS)
            process_table_settle(table);
        return;
    }
#endif
    take_out(table, process);
    if (is_sparse(table, table->count, table->buckets->count))
        (void) adapt(table);
}

#if AVM_SMP
void process_table_settle(struct process_table *table)
{
    struct process_table_seat *seat = own_seat(table);

    if (seat->removals == 0)
        return;
    seat->removals = 0;
    while (is_sparse(table, shared_count(table->shared), atomic_get(&table->buckets)->count))
        if (!adapt(table))
            return;
}

static AVM_NOINLINE struct process *search_again(struct process_table *table, term pid)
{
    struct lock *lock = stripe_of(table, pid);
    struct process *process;

    lock_take(lock);
    process = search(table, pid);
    lock_release(lock);
    return process;
}
#endif

struct process *process_table_find(const struct process_table *table, term pid)
{
    struct process *process = search(table, pid);

#if AVM_SMP
    if (AVM_UNLIKELY(process == NULL) && is_shared(table))
        return search_again((struct process_table *) table, pid);
#endif
    return process;
}

bool process_table_has(const struct process_table *table, term pid)
{
#if AVM_SMP
    if (is_shared(table))
        return search_again((struct process_table *) table, pid) != NULL;
#endif
    return search(table, pid) != NULL;
}

struct process *process_table_next(const struct process_table *table, size_t *bucket,
    struct process *at)
{
    const struct process_buckets *buckets = table->buckets;

    if (at != NULL && at->table_next != NULL)
        return at->table_next;
    if (at != NULL)
        ++*bucket;
    while (*bucket < buckets->count && buckets->first[*bucket] == NULL)
        ++*bucket;
    return *bucket < buckets->count ? buckets->first[*bucket] : NULL;
}
