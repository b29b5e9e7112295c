/* table.c - the room: tables by id and by name, what each process holds, fixations.
** Always: a table is in the list of its owner's holder until it is freed; in the indexes until it is
** doomed. A holder is there exactly while it holds something. */
#include "ets/internal.h"

#include "base/atomic.h"

#define table_of_id(link) ((struct ets_table *) (void *) (link))
#define table_of_name(link) \
    ((struct ets_table *) (void *) ((char *) (link) - offsetof(struct ets_table, by_name)))
#define holder_of(link) ((struct ets_holder *) (void *) (link))

struct ets *ets_create(struct heap_shared *heaps, const struct compare_context *compare)
{
    struct ets *room = memory_allocate_zeroed(heaps->memory, MEMORY_ETS, sizeof *room);

    if (room == NULL)
        return NULL;
    room->heaps = heaps;
    room->compare = compare;
    return room;
}

void ets_destroy(struct ets *room)
{
    size_t slot;
    struct ets_link *link;

    if (room == NULL)
        return;
    while (slot = 0, (link = ets_index_next(&room->holders, &slot, NULL)) != NULL) {
        struct ets_holder *holder = holder_of(link);
        term pid = (term) link->key;
        struct ets_table *table = holder->tables;

        if (table == NULL) {
            (void) ets_release_fixes(room, pid, SIZE_MAX);
            continue;
        }
        if (!table->is_dying)
            ets_table_doom(table);
        (void) ets_table_free(table, SIZE_MAX);
    }
    memory_free(room->heaps->memory, MEMORY_ETS, room, sizeof *room);
}

struct memory *ets_memory(const struct ets *room)
{
    return room->heaps->memory;
}

size_t ets_table_count(const struct ets *room)
{
    return room->tables.count;
}

/* ---- holders ---------------------------------------------------------------------------- */

static struct ets_holder *find_holder(const struct ets *room, term pid)
{
    return holder_of(ets_index_find(&room->holders, (uint64_t) pid));
}

#if AVM_SMP
static AVM_ATOMIC(uint32_t) *held_by(struct ets *room, term pid)
{
    return &room->held[(uint32_t) ((uint32_t) pid * UINT32_C(2654435769)) / (UINT32_MAX / ETS_HELD + 1)];
}

bool ets_may_hold(struct ets *room, term pid)
{
    return atomic_look(held_by(room, pid)) != 0;
}

static void count_holder(struct ets *room, term pid, uint32_t more)
{
    (void) atomic_add(held_by(room, pid), more);
    atomic_fence();
}
#else
#define count_holder(room, pid, more) ((void) 0)
#endif

static struct ets_holder *get_holder(struct ets *room, term pid)
{
    struct ets_holder *holder = find_holder(room, pid);

    if (holder != NULL)
        return holder;
    holder = memory_allocate_zeroed(ets_memory(room), MEMORY_ETS, sizeof *holder);
    if (holder == NULL)
        return NULL;
    holder->link.key = (uint64_t) pid;
    if (!ets_index_put(ets_memory(room), &room->holders, &holder->link)) {
        memory_free(ets_memory(room), MEMORY_ETS, holder, sizeof *holder);
        return NULL;
    }
    count_holder(room, pid, 1);
    return holder;
}

static void release_holder(struct ets *room, struct ets_holder *holder)
{
    if (holder->tables != NULL || holder->fixes != NULL)
        return;
    count_holder(room, (term) holder->link.key, UINT32_MAX);
    ets_index_remove(ets_memory(room), &room->holders, &holder->link);
    memory_free(ets_memory(room), MEMORY_ETS, holder, sizeof *holder);
}

static void give_to_holder(struct ets_holder *holder, struct ets_table *table)
{
    table->owner = (term) holder->link.key;
    table->next_of_holder = holder->tables;
    table->link_of_holder = &holder->tables;
    if (table->next_of_holder != NULL)
        table->next_of_holder->link_of_holder = &table->next_of_holder;
    holder->tables = table;
}

static void take_from_holder(struct ets_table *table)
{
    *table->link_of_holder = table->next_of_holder;
    if (table->next_of_holder != NULL)
        table->next_of_holder->link_of_holder = table->link_of_holder;
}

bool ets_set_owner(struct ets_table *table, term owner)
{
    struct ets_holder *holder = get_holder(table->room, owner);

    if (holder == NULL)
        return false;
    if (owner != table->owner) {
        take_from_holder(table);
        give_to_holder(holder, table);
    }
    return true;
}

void ets_forget_owner(struct ets *room, term pid)
{
    struct ets_holder *holder = find_holder(room, pid);

    if (holder != NULL)
        release_holder(room, holder);
}

struct ets_table *ets_first_owned(const struct ets *room, term pid)
{
    struct ets_holder *holder = find_holder(room, pid);

    return holder != NULL ? holder->tables : NULL;
}

struct ets_table *ets_find_doomed(const struct ets *room, term owner, uint64_t id)
{
    struct ets_table *table = ets_first_owned(room, owner);

    while (table != NULL && !(table->is_dying && table->by_id.key == id))
        table = table->next_of_holder;
    return table;
}

/* ---- tables -------------------------------------------------------------------------------- */

struct ets_table *ets_find(const struct ets *room, uint64_t id)
{
    return table_of_id(ets_index_find(&room->tables, id));
}

struct ets_table *ets_find_name(const struct ets *room, term name)
{
    struct ets_link *link = ets_index_find(&room->names, (uint64_t) name);

    return link != NULL ? table_of_name(link) : NULL;
}

struct ets_table *ets_next_table(const struct ets *room, size_t *slot, struct ets_table *at)
{
    return table_of_id(ets_index_next(&room->tables, slot, at != NULL ? &at->by_id : NULL));
}

static void free_struct(struct ets_table *table)
{
    if (table->type != ETS_ORDERED_SET)
        ets_hash_deinit(table);
    ets_tree_forget(table);
    memory_free(table_memory(table), MEMORY_ETS, table, sizeof *table);
}

/* Into the indexes; nothing has changed when it fails. */
static bool publish(struct ets *room, struct ets_table *table)
{
    struct memory *memory = ets_memory(room);
    struct ets_holder *holder = get_holder(room, table->owner);

    if (holder == NULL)
        return false;
    if (ets_index_put(memory, &room->tables, &table->by_id)) {
        if (!table->is_named || ets_index_put(memory, &room->names, &table->by_name)) {
            give_to_holder(holder, table);
            return true;
        }
        ets_index_remove(memory, &room->tables, &table->by_id);
    }
    release_holder(room, holder);
    return false;
}

enum data_status ets_table_create(struct ets *room, const struct ets_table *given, uint64_t id,
    struct ets_table **result)
{
    struct ets_table *table;

    if (given->is_named && ets_find_name(room, given->name) != NULL)
        return DATA_BAD_KEY;
    table = memory_allocate(ets_memory(room), MEMORY_ETS, sizeof *table);
    if (table == NULL)
        return DATA_NO_MEMORY;
    *table = *given;
    table->room = room;
    table->by_id.key = id | ETS_ID_BIT;
    table->by_name.key = (uint64_t) given->name;
    if (table->type != ETS_ORDERED_SET && !ets_hash_init(table)) {
        memory_free(ets_memory(room), MEMORY_ETS, table, sizeof *table);
        return DATA_NO_MEMORY;
    }
    if (!publish(room, table)) {
        free_struct(table);
        return DATA_NO_MEMORY;
    }
    *result = table;
    return DATA_OK;
}

enum data_status ets_rename(struct ets_table *table, term name)
{
    struct ets *room = table->room;

    if (table->is_named) {
        if (ets_find_name(room, name) != NULL)
            return DATA_BAD_KEY;
        ets_index_rekey(&room->names, &table->by_name, (uint64_t) name);
    }
    table->name = name;
    return DATA_OK;
}

static void free_heir_data(struct ets_table *table)
{
    if (table->heir_data != NULL)
        ets_object_destroy(table, table->heir_data);
    table->heir_data = NULL;
    table->heir = TERM_NONE;
}

bool ets_set_heir(struct ets_table *table, term heir, term data)
{
    term tuple[2] = { header_make(BOXED_TUPLE, 1), data };
    struct ets_object *object = NULL;

    if (heir != TERM_NONE) {
        object = ets_object_create(table, term_make_boxed(tuple));
        if (object == NULL)
            return false;
    }
    free_heir_data(table);
    table->heir = heir;
    table->heir_data = object;
    return true;
}

/* Its table has no dead object any more, or another fixation, or is doomed. */
static void release_fix(struct ets_fix *fix)
{
    struct ets *room = fix->table->room;
    struct ets_holder *holder = find_holder(room, fix->pid);
    struct ets_fix **link;

    for (link = &fix->table->fixes; *link != fix;)
        link = &(*link)->next_of_table;
    *link = fix->next_of_table;
    for (link = &holder->fixes; *link != fix;)
        link = &(*link)->next_of_holder;
    *link = fix->next_of_holder;
    release_holder(room, holder);
    if (fix->table->fixes == NULL && fix->table->purged) {
        fix->table->purged = false;
        ets_store_settle(fix->table);
    }
    memory_free(ets_memory(room), MEMORY_ETS, fix, sizeof *fix);
}

/* Whether the fixation may be released: nobody needs the dead objects, and they are gone. */
static bool is_releasable(struct ets_fix *fix, size_t *limit)
{
    return fix->next_of_table != NULL || fix->table->fixes != fix
        || ets_store_purge(fix->table, limit);
}

struct ets_table *ets_detach_all(struct ets_table *table, term pid, uint64_t id)
{
    struct ets *room = table->room;
    struct ets_table *shell = memory_allocate_zeroed(ets_memory(room), MEMORY_ETS, sizeof *shell);
    struct ets_holder *holder = shell != NULL ? get_holder(room, pid) : NULL;
    size_t kept = table->heir_data != NULL ? ets_object_size(table->heir_data) : 0;
    struct ets_hash empty;

    if (shell != NULL) {
        shell->room = room;
        shell->type = table->type;
        shell->keypos = table->keypos;
        shell->by_id.key = id | ETS_ID_BIT;
        shell->is_dying = true;
    }
    if (holder == NULL || (table->type != ETS_ORDERED_SET && !ets_hash_init(shell))) {
        if (holder != NULL)
            release_holder(room, holder);
        memory_free(ets_memory(room), MEMORY_ETS, shell, sizeof *shell);
        return NULL;
    }
    give_to_holder(holder, shell);
    empty = shell->hash;
    shell->hash = table->hash;
    table->hash = empty;
    shell->root = table->root;
    table->root = NULL;
    ets_tree_forget(table);
    table->recent = NULL;
    shell->bytes = table->bytes - kept;
    table->bytes = kept;
    table->count = 0;
    return shell;
}

/* It becomes its owner's first one, where ets_find_doomed looks first. */
void ets_table_doom(struct ets_table *table)
{
    struct ets *room = table->room;

    table->is_dying = true;
    take_from_holder(table);
    give_to_holder(find_holder(room, table->owner), table);
    ets_index_remove(ets_memory(room), &room->tables, &table->by_id);
    if (table->is_named)
        ets_index_remove(ets_memory(room), &room->names, &table->by_name);
    while (table->fixes != NULL)
        release_fix(table->fixes);
    free_heir_data(table);
}

bool ets_table_free(struct ets_table *table, size_t limit)
{
    struct ets_holder *holder;

    if (!ets_work_drop(table, &limit) || !ets_store_free(table, limit))
        return false;
    holder = find_holder(table->room, table->owner);
    take_from_holder(table);
    release_holder(table->room, holder);
    free_struct(table);
    return true;
}

size_t ets_table_bytes(const struct ets_table *table)
{
    const struct ets_hash *hash = &table->hash;

    return sizeof *table + table->bytes + hash->segment_capacity * sizeof *hash->segments
        + hash->bytes + (table->place != NULL ? sizeof *table->place : 0);
}

/* ---- fixation ------------------------------------------------------------------------------- */

static struct ets_fix *find_fix(const struct ets_table *table, term pid)
{
    struct ets_fix *fix = table->fixes;

    while (fix != NULL && fix->pid != pid)
        fix = fix->next_of_table;
    return fix;
}

bool ets_fix(struct ets_table *table, term pid, int64_t system_time, int64_t monotonic_time)
{
    struct ets_fix *fix = find_fix(table, pid);
    struct ets_holder *holder;

    if (fix != NULL) {
        fix->count++;
        return true;
    }
    fix = memory_allocate_zeroed(table_memory(table), MEMORY_ETS, sizeof *fix);
    holder = fix != NULL ? get_holder(table->room, pid) : NULL;
    if (holder == NULL) {
        memory_free(table_memory(table), MEMORY_ETS, fix, sizeof *fix);
        return false;
    }
    if (table->fixes == NULL) {
        table->fixed_at = system_time;
        table->fixed_at_monotonic = monotonic_time;
    }
    fix->table = table;
    fix->pid = pid;
    fix->count = 1;
    fix->next_of_table = table->fixes;
    table->fixes = fix;
    fix->next_of_holder = holder->fixes;
    holder->fixes = fix;
    return true;
}

bool ets_unfix(struct ets_table *table, term pid, size_t *limit)
{
    struct ets_fix *fix = find_fix(table, pid);

    if (fix == NULL)
        return true;
    if (fix->count > 1) {
        fix->count--;
        return true;
    }
    if (!is_releasable(fix, limit))
        return false;
    release_fix(fix);
    return true;
}

bool ets_is_fixed_once(const struct ets_table *table, term pid)
{
    const struct ets_fix *fix = table->fixes;

    return fix != NULL && fix->next_of_table == NULL && fix->pid == pid && fix->count == 1;
}

bool ets_release_fixes(struct ets *room, term pid, size_t limit)
{
    struct ets_holder *holder;

    while ((holder = find_holder(room, pid)) != NULL && holder->fixes != NULL) {
        if (!is_releasable(holder->fixes, &limit))
            return false;
        release_fix(holder->fixes);
    }
    return true;
}
