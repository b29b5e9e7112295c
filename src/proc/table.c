/* table.c - owns the buckets. Always: a process is in the bucket that the low bits of its pid name,
** from process_table_put to process_table_remove. */
#include "proc/table.h"

#define FIRST_BUCKETS 256
#define FIRST_PORT_BUCKETS 16
#define BUCKET_LOAD 4      /* pids are counted, so no bucket has more than its share while few leave */

static enum memory_kind kind_of(const struct process_table *table)
{
    return table->is_of_ports ? MEMORY_PORT : MEMORY_PROCESS;
}

bool process_table_init(struct process_table *table, struct memory *memory, uint32_t limit,
    bool is_of_ports)
{
    memset(table, 0, sizeof *table);
    table->is_of_ports = is_of_ports;
    table->first_buckets = is_of_ports ? FIRST_PORT_BUCKETS : FIRST_BUCKETS;
    table->buckets = memory_allocate_zeroed(memory, kind_of(table),
        table->first_buckets * sizeof *table->buckets);
    if (table->buckets == NULL)
        return false;
    table->bucket_count = table->first_buckets;
    table->limit = limit;
    return true;
}

void process_table_deinit(struct process_table *table, struct memory *memory)
{
    memory_free(memory, kind_of(table), table->buckets,
        table->bucket_count * sizeof *table->buckets);
    table->buckets = NULL;
}

size_t process_table_count(const struct process_table *table) { return table->count; }

static struct process **bucket_of(const struct process_table *table, term pid)
{
    return &table->buckets[term_pid_data(pid) & (table->bucket_count - 1)];
}

/* Without memory the buckets stay as they are: only slower. */
static void resize(struct process_table *table, struct memory *memory, size_t bucket_count)
{
    struct process_table old = *table;
    size_t bucket = 0;
    struct process *process, *next;

    table->buckets = memory_allocate_zeroed(memory, kind_of(table),
        bucket_count * sizeof *table->buckets);
    if (table->buckets == NULL) {
        table->buckets = old.buckets;
        return;
    }
    table->bucket_count = bucket_count;
    for (bucket = 0; bucket < old.bucket_count; bucket++) {
        for (process = old.buckets[bucket]; process != NULL; process = next) {
            struct process **to = bucket_of(table, process->pid);

            next = process->table_next;
            process->table_next = *to;
            *to = process;
        }
    }
    memory_free(memory, kind_of(table), old.buckets, old.bucket_count * sizeof *old.buckets);
}

enum data_status process_table_put(struct process_table *table, struct memory *memory,
    struct process *process)
{
    struct process **bucket;

    if (table->count >= table->limit)
        return DATA_SYSTEM_LIMIT;
    if (table->count / BUCKET_LOAD >= table->bucket_count)
        resize(table, memory, table->bucket_count * 2);
    do {
        process->pid = table->is_of_ports ? term_make_port(table->next) : term_make_pid(table->next);
        table->next = (table->next + 1) & (((uintptr_t) 1 << PID_DATA_BITS) - 1);
    } while (process->pid == RESOURCE_WATCHER || process_table_find(table, process->pid) != NULL);
    bucket = bucket_of(table, process->pid);
    process->table_next = *bucket;
    *bucket = process;
    table->count++;
    return DATA_OK;
}

void process_table_remove(struct process_table *table, struct memory *memory,
    struct process *process)
{
    struct process **at = bucket_of(table, process->pid);

    while (*at != process)
        at = &(*at)->table_next;
    *at = process->table_next;
    table->count--;
    if (table->bucket_count > table->first_buckets && table->count < table->bucket_count)
        resize(table, memory, table->bucket_count / 2);
}

struct process *process_table_find(const struct process_table *table, term pid)
{
    struct process *process = *bucket_of(table, pid);

    while (process != NULL && process->pid != pid)
        process = process->table_next;
    return process;
}

struct process *process_table_next(const struct process_table *table, size_t *bucket,
    struct process *at)
{
    if (at != NULL && at->table_next != NULL)
        return at->table_next;
    if (at != NULL)
        ++*bucket;
    while (*bucket < table->bucket_count && table->buckets[*bucket] == NULL)
        ++*bucket;
    return *bucket < table->bucket_count ? table->buckets[*bucket] : NULL;
}
