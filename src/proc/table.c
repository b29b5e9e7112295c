/* table.c - owns the buckets. Always: a process is in the bucket that the low bits of its pid name,
** from process_table_put to process_table_remove; but while the buckets are replaced, when who looks for
** it without the lock may not find it. */
#include "proc/table.h"

#define FIRST_BUCKETS 256
#define FIRST_PORT_BUCKETS 16
#define BUCKET_LOAD 4      /* pids are counted, so no bucket has more than its share while few leave */

static enum memory_kind kind_of(const struct process_table *table)
{
    return table->is_of_ports ? MEMORY_PORT : MEMORY_PROCESS;
}

#define is_shared(table) memory_is_shared((table)->reclaim->memory)

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

size_t process_table_count(const struct process_table *table) { return atomic_peek(&table->count); }

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

static struct process *search(const struct process_table *table, term pid)
{
    struct process *process = atomic_get(bucket_of(atomic_get(&table->buckets), pid));

    while (process != NULL && process->pid != pid)
        process = atomic_get(&process->table_next);
    return process;
}

static enum data_status put(struct process_table *table, struct process *process)
{
    if (table->count >= table->limit)
        return DATA_SYSTEM_LIMIT;
    if (table->count / BUCKET_LOAD >= table->buckets->count)
        resize(table, table->buckets->count * 2);
    do {
        process->pid = table->is_of_ports ? term_make_port(table->next) : term_make_pid(table->next);
        table->next = (table->next + 1) & (((uintptr_t) 1 << PID_DATA_BITS) - 1);
    } while (process->pid == RESOURCE_WATCHER || search(table, process->pid) != NULL);
    put_first(bucket_of(table->buckets, process->pid), process);
    atomic_bump(&table->count, 1u);
    return DATA_OK;
}

enum data_status process_table_put(struct process_table *table, struct memory *memory,
    struct process *process)
{
    enum data_status status;

    (void) memory;
    LOCK_TAKE_IF(is_shared(table), &table->lock);
    status = put(table, process);
    LOCK_RELEASE_IF(is_shared(table), &table->lock);
    return status;
}

void process_table_remove(struct process_table *table, struct memory *memory,
    struct process *process)
{
    struct process **at;

    (void) memory;
    LOCK_TAKE_IF(is_shared(table), &table->lock);
    at = bucket_of(table->buckets, process->pid);
    while (*at != process)
        at = &(*at)->table_next;
    atomic_put(at, process->table_next);
    atomic_bump(&table->count, (uint32_t) -1);
    if (table->buckets->count > table->first_buckets && table->count < table->buckets->count)
        resize(table, table->buckets->count / 2);
    LOCK_RELEASE_IF(is_shared(table), &table->lock);
}

#if AVM_SMP
static struct process *search_again(struct process_table *table, term pid)
{
    struct process *process;

    lock_take(&table->lock);
    process = search(table, pid);
    lock_release(&table->lock);
    return process;
}

void process_table_hold(struct process_table *table)
{
    LOCK_TAKE_IF(is_shared(table), &table->lock);
}

void process_table_let_go(struct process_table *table)
{
    LOCK_RELEASE_IF(is_shared(table), &table->lock);
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
