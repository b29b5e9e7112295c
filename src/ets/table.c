/* table.c - the room: tables by id and by name, what each process holds, fixations.
** Always: a table is in the list of its owner's holder until it is freed; in the indexes until it is
** doomed. A holder is there exactly while it holds something. Static functions that touch an index, a holder or
** an owner are called with the room held. */
#include "ets/internal.h"

#include "base/atomic.h"

#define table_of_id(link) ((struct ets_table *) (void *) (link))
#define table_of_name(link) \
    ((struct ets_table *) (void *) ((char *) (link) - offsetof(struct ets_table, by_name)))
#define holder_of(link) ((struct ets_holder *) (void *) (link))

struct ets *ets_create(struct heap_shared *heaps, const struct compare_context *compare,
    struct reclaim *reclaim)
{
    struct ets *room = memory_allocate_zeroed(heaps->memory, MEMORY_ETS, sizeof *room);

    if (room == NULL)
        return NULL;
    room->heaps = heaps;
    room->compare = compare;
    room->reclaim = reclaim;
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
    return atomic_peek(&room->tables.count);
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
    if (!ets_index_put(room->reclaim, &room->holders, &holder->link)) {
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
    ets_index_remove(room->reclaim, &room->holders, &holder->link);
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
    struct ets_holder *holder;

    room_hold(table->room);
    holder = get_holder(table->room, owner);
    if (holder != NULL && owner != table->owner) {
        take_from_holder(table);
        give_to_holder(holder, table);
    }
    room_let_go(table->room);
    return holder != NULL;
}

void ets_forget_owner(struct ets *room, term pid)
{
    struct ets_holder *holder;

    room_hold(room);
    holder = find_holder(room, pid);
    if (holder != NULL)
        release_holder(room, holder);
    room_let_go(room);
}

struct ets_table *ets_first_owned(struct ets *room, term pid)
{
    struct ets_holder *holder;
    struct ets_table *table;

    room_hold(room);
    holder = find_holder(room, pid);
    table = holder != NULL ? holder->tables : NULL;
    room_let_go(room);
    return table;
}

struct ets_table *ets_find_doomed(struct ets *room, term owner, uint64_t id)
{
    struct ets_holder *holder;
    struct ets_table *table;

    room_hold(room);
    holder = find_holder(room, owner);
    table = holder != NULL ? holder->tables : NULL;
    while (table != NULL && !(table->is_dying && table->by_id.key == id))
        table = table->next_of_holder;
    room_let_go(room);
    return table;
}

/* ---- tables -------------------------------------------------------------------------------- */

#if AVM_SMP
/* Where nothing moves. */
static AVM_NOINLINE struct ets_link *find_again(struct ets *room, const struct ets_index *index, uint64_t key)
{
    struct ets_link *link;

    room_hold(room);
    link = ets_index_find(index, key);
    room_let_go(room);
    return link;
}
#else
#define find_again(room, index, key) ((void) (room), (struct ets_link *) NULL)
#endif

static inline struct ets_link *find_link(struct ets *room, const struct ets_index *index, uint64_t key)
{
    struct ets_link *link = ets_index_find(index, key);

    return AVM_LIKELY(link != NULL) || !heap_is_shared(room->heaps) ? link : find_again(room, index, key);
}

struct ets_table *ets_find(struct ets *room, uint64_t id)
{
    return table_of_id(find_link(room, &room->tables, id));
}

struct ets_table *ets_find_name(struct ets *room, term name)
{
    struct ets_link *link = find_link(room, &room->names, (uint64_t) name);

    return link != NULL ? table_of_name(link) : NULL;
}

void ets_each(struct ets *room, bool (*visit)(void *user, const struct ets_table *table), void *user)
{
    struct ets_link *link = NULL;
    size_t slot = 0;

    room_hold(room);
    while ((link = ets_index_next(&room->tables, &slot, link)) != NULL && visit(user, table_of_id(link)))
        ;
    room_let_go(room);
}

static void free_struct(struct ets_table *table)
{
    if (table->type != ETS_ORDERED_SET)
        ets_hash_deinit(table);
    ets_tree_forget(table);
#if AVM_SMP
    reclaim_free(table->room->reclaim, &table->gone, MEMORY_ETS, table, sizeof *table);
#else
    memory_free(table_memory(table), MEMORY_ETS, table, sizeof *table);
#endif
}

/* Into the indexes; nothing has changed when it fails. */
static enum data_status publish(struct ets *room, struct ets_table *table)
{
    struct ets_holder *holder;

    if (table->is_named && ets_index_find(&room->names, table->by_name.key) != NULL)
        return DATA_BAD_KEY;
    holder = get_holder(room, table->owner);
    if (holder == NULL)
        return DATA_NO_MEMORY;
    give_to_holder(holder, table);
    if (ets_index_put(room->reclaim, &room->tables, &table->by_id)) {
        if (!table->is_named || ets_index_put(room->reclaim, &room->names, &table->by_name))
            return DATA_OK;
        ets_index_remove(room->reclaim, &room->tables, &table->by_id);
    }
    take_from_holder(table);
    release_holder(room, holder);
    return DATA_NO_MEMORY;
}

/* With one scheduler it is always held alone. */
static void set_alone(struct ets_table *table)
{
#if AVM_SMP
    table->lock.is_alone = !heap_is_shared(table->room->heaps);
#endif
    (void) table;
}

enum data_status ets_table_create(struct ets *room, const struct ets_table *given, uint64_t id,
    struct ets_table **result)
{
    struct ets_table *table = memory_allocate(ets_memory(room), MEMORY_ETS, sizeof *table);
    enum data_status status;

    if (table == NULL)
        return DATA_NO_MEMORY;
    *table = *given;
    set_alone(table);
    table->by_id.key = id | ETS_ID_BIT;
    table->by_name.key = (uint64_t) given->name;
    if (table->type != ETS_ORDERED_SET && !ets_hash_init(table)) {
        memory_free(ets_memory(room), MEMORY_ETS, table, sizeof *table);
        return DATA_NO_MEMORY;
    }
    room_hold(room);
    status = publish(room, table);
    room_let_go(room);
    if (status == DATA_OK)
        *result = table;
    else
        free_struct(table);
    return status;
}

enum data_status ets_rename(struct ets_table *table, term name)
{
    struct ets *room = table->room;
    bool is_taken = false;

    room_hold(room);
    if (table->is_named) {
        is_taken = ets_index_find(&room->names, (uint64_t) name) != NULL;
        if (!is_taken)
            ets_index_rekey(&room->names, &table->by_name, (uint64_t) name);
    }
    if (!is_taken)
        table->name = name;
    room_let_go(room);
    return is_taken ? DATA_BAD_KEY : DATA_OK;
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

static void take_fix_from_holder(struct ets_fix *fix)
{
    struct ets *room = fix->table->room;
    struct ets_holder *holder;
    struct ets_fix **link;

    room_hold(room);
    holder = find_holder(room, fix->pid);
    for (link = &holder->fixes; *link != fix;)
        link = &(*link)->next_of_holder;
    *link = fix->next_of_holder;
    release_holder(room, holder);
    room_let_go(room);
}

/* Its table has no dead object any more, or another fixation, or is doomed. */
static void release_fix(struct ets_fix *fix)
{
    struct ets_table *table = fix->table;
    struct ets_fix **link;

    for (link = &table->fixes; *link != fix;)
        link = &(*link)->next_of_table;
    *link = fix->next_of_table;
    take_fix_from_holder(fix);
    if (table->fixes == NULL && table->purged) {
        table->purged = false;
        ets_store_settle(table);
    }
    memory_free(table_memory(table), MEMORY_ETS, fix, sizeof *fix);
}

/* Whether the fixation may be released: nobody needs the dead objects, and they are gone. */
static bool is_releasable(struct ets_fix *fix, size_t *limit)
{
    return fix->next_of_table != NULL || fix->table->fixes != fix
        || ets_store_purge(fix->table, limit);
}

/* A doomed table of pid without objects; NULL without memory. */
static struct ets_table *make_shell(const struct ets_table *table, term pid, uint64_t id)
{
    struct ets *room = table->room;
    struct ets_table *shell = memory_allocate_zeroed(ets_memory(room), MEMORY_ETS, sizeof *shell);
    struct ets_holder *holder;

    if (shell == NULL)
        return NULL;
    shell->room = room;
    shell->type = table->type;
    shell->keypos = table->keypos;
    shell->by_id.key = id | ETS_ID_BIT;
    shell->is_dying = true;
    set_alone(shell);
    if (table->type == ETS_ORDERED_SET || ets_hash_init(shell)) {
        room_hold(room);
        holder = get_holder(room, pid);
        if (holder != NULL)
            give_to_holder(holder, shell);
        room_let_go(room);
        if (holder != NULL)
            return shell;
    }
    free_struct(shell);
    return NULL;
}

struct ets_table *ets_detach_all(struct ets_table *table, term pid, uint64_t id)
{
    struct ets_table *shell = make_shell(table, pid, id);
    size_t kept = table->heir_data != NULL ? ets_object_size(table->heir_data) : 0;
    struct ets_hash empty;

    if (shell == NULL)
        return NULL;
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

    room_hold(room);
    table->is_dying = true;
    take_from_holder(table);
    give_to_holder(find_holder(room, table->owner), table);
    ets_index_remove(room->reclaim, &room->tables, &table->by_id);
    if (table->is_named)
        ets_index_remove(room->reclaim, &room->names, &table->by_name);
    room_let_go(room);
    while (table->fixes != NULL)
        release_fix(table->fixes);
    free_heir_data(table);
}

static bool free_some(struct ets_table *table, size_t limit)
{
    bool is_empty = ets_work_drop(table, &limit) && ets_store_free(table, limit);

#if AVM_SMP
    ets_bury(table_memory(table), &table->left);
#endif
    return is_empty;
}

bool ets_table_free(struct ets_table *table, size_t limit)
{
    struct ets *room = table->room;
    struct ets_holder *holder;

    if (!free_some(table, limit))
        return false;
    room_hold(room);
    holder = find_holder(room, table->owner);
    take_from_holder(table);
    release_holder(room, holder);
    room_let_go(room);
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
    struct ets_fix *fix = atomic_get(&table->fixes);

    while (fix != NULL && fix->pid != pid)
        fix = fix->next_of_table;
    return fix;
}

/* Others may be adding theirs: the room keeps them apart. */
static bool add_fix(struct ets_fix *fix, int64_t system_time, int64_t monotonic_time)
{
    struct ets_table *table = fix->table;
    struct ets_holder *holder;

    room_hold(table->room);
    holder = get_holder(table->room, fix->pid);
    if (holder != NULL) {
        if (table->fixes == NULL) {
            table->fixed_at = system_time;
            table->fixed_at_monotonic = monotonic_time;
        }
        fix->next_of_holder = holder->fixes;
        holder->fixes = fix;
        fix->next_of_table = table->fixes;
        atomic_put(&table->fixes, fix);
    }
    room_let_go(table->room);
    return holder != NULL;
}

bool ets_fix(struct ets_table *table, term pid, int64_t system_time, int64_t monotonic_time)
{
    struct ets_fix *fix = find_fix(table, pid);

    if (fix != NULL) {
        atomic_bump(&fix->count, 1);
        return true;
    }
    fix = memory_allocate_zeroed(table_memory(table), MEMORY_ETS, sizeof *fix);
    if (fix == NULL)
        return false;
    fix->table = table;
    fix->pid = pid;
    fix->count = 1;
    if (add_fix(fix, system_time, monotonic_time))
        return true;
    memory_free(table_memory(table), MEMORY_ETS, fix, sizeof *fix);
    return false;
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

/* A table that pid has fixed; NULL: none. */
static struct ets_table *first_fixed(struct ets *room, term pid)
{
    struct ets_holder *holder;
    struct ets_table *table;

    room_hold(room);
    holder = find_holder(room, pid);
    table = holder != NULL && holder->fixes != NULL ? holder->fixes->table : NULL;
    room_let_go(room);
    return table;
}

/* The table may have gone meanwhile, and the fixation with it. */
static bool release_fix_of(struct ets_table *table, term pid, size_t *limit)
{
    struct ets_fix *fix = find_fix(table, pid);

    if (fix == NULL)
        return true;
    if (!is_releasable(fix, limit))
        return false;
    release_fix(fix);
    return true;
}

bool ets_release_fixes(struct ets *room, term pid, size_t limit)
{
    struct ets_table *table;
    bool is_done = true;

    while (is_done && (table = first_fixed(room, pid)) != NULL) {
        if (heap_is_shared(room->heaps))
            ets_hold(table, true);
        is_done = release_fix_of(table, pid, &limit);
        if (heap_is_shared(room->heaps))
            ets_let_go(table);
    }
    return is_done;
}
