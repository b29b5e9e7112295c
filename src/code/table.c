/* table.c - owns exports, fun entries and slots: three chained hash tables that only grow.
** What is in one never moves, so others keep pointers to it. */
#include "code/internal.h"

#define FIRST_CHAINS 64

struct code_table *code_table_create(struct memory *memory, struct atom_table *atoms,
    struct literal_ranges *literals)
{
    struct code_table *table = memory_allocate_zeroed(memory, MEMORY_CODE, sizeof *table);

    if (table == NULL)
        return NULL;
    table->memory = memory;
    table->atoms = atoms;
    table->literals = literals;
    return table;
}

void code_set_instructions(struct code_table *table, const int32_t *distances)
{
    table->instructions = distances;
}

const int32_t *code_instructions(const struct code_table *table) { return table->instructions; }
struct memory *code_memory(const struct code_table *table) { return table->memory; }
struct atom_table *code_atoms(const struct code_table *table) { return table->atoms; }
struct literal_ranges *code_literals(const struct code_table *table) { return table->literals; }

static uint32_t mix(uint32_t hash, uint32_t value)
{
    hash = (hash ^ value) * 0x9e3779b1u;
    return hash ^ hash >> 15;
}

/* Room to remember one more, so that remembering cannot fail. */
static bool reserve_made(struct code_table *table)
{
    void *items = table->made;

    if (!table->is_loading)
        return true;
    if (!vector_reserve(table->memory, MEMORY_CODE, &items, &table->made_capacity,
            table->made_count, 1, sizeof *table->made))
        return false;
    table->made = items;
    return true;
}

static void remember(struct code_table *table, struct export *export, struct fun_entry *entry)
{
    if (table->is_loading)
        table->made[table->made_count++] = (struct made) { export, entry };
}

/* ---- Exports --------------------------------------------------------------------------------- */

static size_t export_hash(term module, term function, uint32_t arity)
{
    return mix(mix(mix(0, term_atom_index(module)), term_atom_index(function)), arity);
}

static size_t chains_bytes(size_t count)
{
    return sizeof(struct export_chains) + count * sizeof(struct export *);
}

static void release_chains(struct code_table *table, struct export_chains *chains)
{
    if (chains == NULL)
        return;
#if AVM_SMP
    if (table->reclaim != NULL) {
        reclaim_free(table->reclaim, &chains->gone, MEMORY_CODE, chains, chains_bytes(chains->count));
        return;
    }
#endif
    memory_free(table->memory, MEMORY_CODE, chains, chains_bytes(chains->count));
}

static AVM_ATOMIC(struct export *) *chain_of(struct export_chains *chains,
    const struct export_identity *id)
{
    return &chains->first[export_hash(id->module, id->function, id->arity) & (chains->count - 1)];
}

static void put_export(struct export_chains *chains, struct export *export)
{
    AVM_ATOMIC(struct export *) *chain = chain_of(chains, &export->identity);

    atomic_put(&export->next, *chain);
    atomic_put(chain, export);
}

/* A table of twice the chains with everything moved over; false without memory: the old one stays
** good, only slower. */
static bool grow_exports(struct code_table *table)
{
    struct export_chains *old = table->exports, *grown;
    size_t count = old == NULL ? FIRST_CHAINS : 2 * old->count;

    grown = memory_allocate_zeroed(table->memory, MEMORY_CODE, chains_bytes(count));
    if (grown == NULL)
        return false;
    grown->count = count;
    for (size_t at = 0; old != NULL && at < old->count; at++) {
        struct export *export = old->first[at], *next;

        for (; export != NULL; export = next) {
            next = export->next;
            put_export(grown, export);
        }
    }
    atomic_put(&table->exports, grown);
    release_chains(table, old);
    return true;
}

static struct export *search_export(const struct code_table *table, term module, term function,
    uint32_t arity)
{
    struct export_chains *chains = atomic_get(&table->exports);
    struct export *export;

    if (chains == NULL)
        return NULL;
    export = atomic_get(&chains->first[export_hash(module, function, arity) & (chains->count - 1)]);
    while (export != NULL
        && !(export->identity.function == function && export->identity.module == module
            && export->identity.arity == arity))
        export = atomic_get(&export->next);
    return export;
}

struct export *code_look_up_export(const struct code_table *table, term module, term function,
    uint32_t arity)
{
    return search_export(table, module, function, arity);
}

static const struct native *search_native(const struct native_table *natives, const uint8_t *name,
    size_t size, uint32_t arity)
{
    const struct native *native = natives->natives;
    const struct native *end = native + natives->count;
    uint8_t first = size == 0 ? 0 : name[0];

    for (; native < end; native++)
        if (native->arity == arity && (uint8_t) native->name[0] == first
            && strncmp(native->name, (const char *) name, size) == 0 && native->name[size] == 0)
            return native;
    return NULL;
}

/* Natives of a version hold while it is current, or pending with none current. */
static bool holds(const struct code_table *table, const struct linked_natives *linked)
{
    const struct code_slot *slot
        = linked->owner == NULL ? NULL : code_find_slot(table, linked->module);

    return linked->owner == NULL
        || (slot != NULL
            && (slot->current == linked->owner
                || (slot->current == NULL && slot->pending == linked->owner)));
}

/* The native of that name, of the tables linked so far; the later table wins. */
static const struct native *find_native(const struct code_table *table, term module, term function,
    uint32_t arity, const struct native_table **natives)
{
    const uint8_t *name;
    size_t size, at;

    for (at = table->native_count; at-- > 0;) {
        const struct native *native;

        if (table->natives[at].module != module || !holds(table, &table->natives[at]))
            continue;
        name = atom_text(table->atoms, term_atom_index(function), &size);
        native = search_native(table->natives[at].natives, name, size, arity);
        if (native != NULL) {
            *natives = table->natives[at].natives;
            return native;
        }
    }
    return NULL;
}

static struct export *make_export(struct code_table *table, term module, term function,
    uint32_t arity)
{
    struct export *export;

    if ((table->exports == NULL || table->export_count >= table->exports->count)
        && !grow_exports(table) && table->exports == NULL)
        return NULL;
    export = reserve_made(table)
        ? memory_allocate_zeroed(table->memory, MEMORY_CODE, sizeof *export)
        : NULL;
    if (export == NULL)
        return NULL;
    remember(table, export, NULL);
    export->identity.module = module;
    export->identity.function = function;
    export->identity.arity = arity;
    export->native = find_native(table, module, function, arity, &export->native_table);
    put_export(table->exports, export);
    table->export_count++;
    return export;
}

struct export *code_put_export(struct code_table *table, term module, term function, uint32_t arity)
{
    struct export *export = search_export(table, module, function, arity);

    return export != NULL ? export : make_export(table, module, function, arity);
}

struct export *code_find_export(struct code_table *table, term module, term function,
    uint32_t arity)
{
    struct export *export = search_export(table, module, function, arity);
    const struct native_table *natives;

    if (export == NULL && find_native(table, module, function, arity, &natives) != NULL)
        return make_export(table, module, function, arity);
    return export;
}

/* ---- Natives --------------------------------------------------------------------------------- */

/* Others may be about to call it: its table stands before it does, and what stays is not written. */
static void relink_export(struct code_table *table, struct export *export)
{
    const struct native_table *natives = export->native_table;
    const struct native *native = find_native(table, export->identity.module, export->identity.function,
        export->identity.arity, &natives);

    if (native == export->native && natives == export->native_table)
        return;
    atomic_put(&export->native_table, natives);
    atomic_put(&export->native, native);
}

void code_relink(struct code_table *table, term module)
{
    size_t at;

    if (!code_has_natives(table, module))
        return;
    for (at = 0; table->exports != NULL && at < table->exports->count; at++) {
        struct export *export = table->exports->first[at];

        for (; export != NULL; export = export->next)
            if (export->identity.module == module)
                relink_export(table, export);
    }
}

bool code_link_version(struct code_table *table, const struct module *owner,
    const struct native_table *natives)
{
    void *items = table->natives;
    uint32_t index;

    if (atom_put(table->atoms, (const uint8_t *) natives->module, strlen(natives->module), &index)
            != ATOM_OK
        || !vector_reserve(table->memory, MEMORY_CODE, &items, &table->native_capacity,
            table->native_count, 1, sizeof *table->natives))
        return false;
    table->natives = items;
    table->natives[table->native_count++]
        = (struct linked_natives) { term_make_atom(index), natives, owner };
    code_relink(table, term_make_atom(index));
    return true;
}

bool code_link_natives(struct code_table *table, const struct native_table *natives)
{
    return code_link_version(table, NULL, natives);
}

void code_unlink_version(struct code_table *table, const struct native_table *natives)
{
    size_t at = 0;
    term module;

    while (at < table->native_count && table->natives[at].natives != natives)
        at++;
    if (at == table->native_count)
        return;
    module = table->natives[at].module;
    table->natives[at].owner = (const struct module *) (uintptr_t) -1;      /* holds never */
    code_relink(table, module);
    memmove(table->natives + at, table->natives + at + 1,
        (--table->native_count - at) * sizeof *table->natives);
}

const struct module *code_owner_of_natives(const struct code_table *table,
    const struct native_table *natives)
{
    size_t at = 0;

    while (at < table->native_count && table->natives[at].natives != natives)
        at++;
    return at < table->native_count ? table->natives[at].owner : NULL;
}

const struct native_table *code_natives_of(const struct code_table *table, const struct native *native)
{
    size_t at = 0;

    while (at < table->native_count && !native_is_of(native, table->natives[at].natives))
        at++;
    return at < table->native_count ? table->natives[at].natives : NULL;
}

void code_set_gone(struct code_table *table, code_gone_fn *gone, void *user)
{
    table->gone = gone;
    table->gone_user = user;
}

bool code_has_own_natives(const struct code_table *table, term module)
{
    size_t at;

    for (at = 0; at < table->native_count; at++)
        if (table->natives[at].module == module && table->natives[at].owner == NULL)
            return true;
    return false;
}

bool code_has_natives(const struct code_table *table, term module)
{
    size_t at;

    for (at = 0; at < table->native_count; at++)
        if (table->natives[at].module == module)
            return true;
    return false;
}

/* ---- Fun entries ----------------------------------------------------------------------------- */

static size_t entry_hash(const struct fun_identity *identity)
{
    uint32_t code;

    memcpy(&code, identity->md5, sizeof code);
    return mix(mix(mix(code, term_atom_index(identity->module)), identity->index), identity->uniq);
}

static bool grow_entries(struct code_table *table)
{
    size_t chains = table->entry_chains == 0 ? FIRST_CHAINS : 2 * table->entry_chains;
    struct fun_entry **grown
        = memory_allocate_zeroed(table->memory, MEMORY_CODE, chains * sizeof *grown);
    size_t at;

    if (grown == NULL)
        return false;
    for (at = 0; at < table->entry_chains; at++) {
        struct fun_entry *entry = table->entries[at], *next;

        for (; entry != NULL; entry = next) {
            struct fun_entry **chain = &grown[entry_hash(&entry->identity) & (chains - 1)];

            next = entry->next;
            entry->next = *chain;
            *chain = entry;
        }
    }
    memory_free(table->memory, MEMORY_CODE, table->entries,
        table->entry_chains * sizeof *table->entries);
    table->entries = grown;
    table->entry_chains = chains;
    return true;
}

static bool is_same_fun(const struct fun_identity *a, const struct fun_identity *b)
{
    return a->module == b->module && a->index == b->index && a->uniq == b->uniq
        && a->arity == b->arity && a->free_count == b->free_count
        && memcmp(a->md5, b->md5, sizeof a->md5) == 0;
}

struct fun_entry *code_put_fun_entry(struct code_table *table, const struct fun_identity *identity)
{
    size_t hash = entry_hash(identity);
    struct fun_entry *entry = NULL;

    if (table->entry_chains != 0)
        entry = table->entries[hash & (table->entry_chains - 1)];
    for (; entry != NULL; entry = entry->next)
        if (is_same_fun(&entry->identity, identity))
            return entry;
    if (table->entry_count >= table->entry_chains && !grow_entries(table)
        && table->entry_chains == 0)
        return NULL;
    entry = reserve_made(table)
        ? memory_allocate_zeroed(table->memory, MEMORY_CODE, sizeof *entry)
        : NULL;
    if (entry == NULL)
        return NULL;
    remember(table, NULL, entry);
    entry->identity = *identity;
    entry->next = table->entries[hash & (table->entry_chains - 1)];
    table->entries[hash & (table->entry_chains - 1)] = entry;
    table->entry_count++;
    return entry;
}

/* ---- What a load made -------------------------------------------------------------------------- */

static void remove_export(struct code_table *table, struct export *export)
{
    const struct export_identity *id = &export->identity;
    AVM_ATOMIC(struct export *) *link = chain_of(table->exports, id);

    while (*link != export)
        link = &(*link)->next;
    *link = export->next;
    table->export_count--;
    memory_free(table->memory, MEMORY_CODE, export, sizeof *export);
}

static void remove_entry(struct code_table *table, struct fun_entry *entry)
{
    struct fun_entry **link
        = &table->entries[entry_hash(&entry->identity) & (table->entry_chains - 1)];

    while (*link != entry)
        link = &(*link)->next;
    *link = entry->next;
    table->entry_count--;
    memory_free(table->memory, MEMORY_CODE, entry, sizeof *entry);
}

void code_begin_load(struct code_table *table)
{
    table->is_loading = true;
}

void code_end_load(struct code_table *table, bool keep)
{
    keep = keep || code_is_shared(table);   /* somebody may have found them: they stay, unused */
    while (!keep && table->made_count > 0) {
        struct made made = table->made[--table->made_count];

        if (made.export != NULL)
            remove_export(table, made.export);
        else
            remove_entry(table, made.entry);
    }
    memory_free(table->memory, MEMORY_CODE, table->made,
        table->made_capacity * sizeof *table->made);
    table->made = NULL;
    table->made_count = table->made_capacity = 0;
    table->is_loading = false;
}

/* ---- Slots ----------------------------------------------------------------------------------- */

static struct slot_link **slot_chain(const struct code_table *table, term module)
{
    return &table->slots[mix(0, term_atom_index(module)) & (table->slot_chains - 1)];
}

struct code_slot *code_find_slot(const struct code_table *table, term module)
{
    struct slot_link *link = table->slot_chains == 0 ? NULL : *slot_chain(table, module);

    while (link != NULL && link->slot.name != module)
        link = link->next;
    return link == NULL ? NULL : &link->slot;
}

static bool grow_slots(struct code_table *table)
{
    struct slot_link **old = table->slots;
    size_t old_chains = table->slot_chains, at;
    size_t chains = old_chains == 0 ? FIRST_CHAINS : 2 * old_chains;
    struct slot_link **grown
        = memory_allocate_zeroed(table->memory, MEMORY_CODE, chains * sizeof *grown);

    if (grown == NULL)
        return false;
    table->slots = grown;
    table->slot_chains = chains;
    for (at = 0; at < old_chains; at++) {
        struct slot_link *link = old[at], *next;

        for (; link != NULL; link = next) {
            struct slot_link **chain = slot_chain(table, link->slot.name);

            next = link->next;
            link->next = *chain;
            *chain = link;
        }
    }
    memory_free(table->memory, MEMORY_CODE, old, old_chains * sizeof *old);
    return true;
}

struct code_slot *code_put_slot(struct code_table *table, term module)
{
    struct code_slot *slot = code_find_slot(table, module);
    struct slot_link *link, **chain;

    if (slot != NULL)
        return slot;
    if (table->slot_count >= table->slot_chains && !grow_slots(table) && table->slot_chains == 0)
        return NULL;
    link = memory_allocate_zeroed(table->memory, MEMORY_CODE, sizeof *link);
    if (link == NULL)
        return NULL;
    link->slot.name = module;
    chain = slot_chain(table, module);
    link->next = *chain;
    *chain = link;
    table->slot_count++;
    return &link->slot;
}

/* A position: the number of a chain, and in its low bits that of a link in it. */
#define LINK_BITS 12

struct code_slot *code_next_slot(const struct code_table *table, size_t *position)
{
    size_t chain = *position >> LINK_BITS;
    size_t number = *position & (((size_t) 1 << LINK_BITS) - 1);

    for (; chain < table->slot_chains; chain++, number = 0) {
        struct slot_link *link = table->slots[chain];
        size_t at;

        for (at = 0; link != NULL && at < number; at++)
            link = link->next;
        if (link != NULL) {
            *position = (chain << LINK_BITS) + number + 1;
            return &link->slot;
        }
    }
    return NULL;
}

/* ---- The end --------------------------------------------------------------------------------- */

static void destroy_slots(struct code_table *table)
{
    size_t at;

    for (at = 0; at < table->slot_chains; at++) {
        struct slot_link *link = table->slots[at], *next;

        for (; link != NULL; link = next) {
            next = link->next;
            module_destroy(link->slot.pending);
            module_destroy(link->slot.set_aside);
            module_destroy(link->slot.old);
            module_destroy(link->slot.current);
            memory_free(table->memory, MEMORY_CODE, link, sizeof *link);
        }
    }
    memory_free(table->memory, MEMORY_CODE, table->slots,
        table->slot_chains * sizeof *table->slots);
}

static void destroy_chains(struct code_table *table)
{
    size_t at;

    for (at = 0; table->exports != NULL && at < table->exports->count; at++) {
        struct export *export = table->exports->first[at], *next;

        for (; export != NULL; export = next) {
            next = export->next;
            memory_free(table->memory, MEMORY_CODE, export, sizeof *export);
        }
    }
    for (at = 0; at < table->entry_chains; at++) {
        struct fun_entry *entry = table->entries[at], *next;

        for (; entry != NULL; entry = next) {
            next = entry->next;
            memory_free(table->memory, MEMORY_CODE, entry, sizeof *entry);
        }
    }
    if (table->exports != NULL)
        memory_free(table->memory, MEMORY_CODE, table->exports, chains_bytes(table->exports->count));
    memory_free(table->memory, MEMORY_CODE, table->entries,
        table->entry_chains * sizeof *table->entries);
}

void code_set_reclaim(struct code_table *table, struct reclaim *reclaim)
{
    table->reclaim = reclaim;
}

void code_table_destroy(struct code_table *table)
{
    if (table == NULL)
        return;
    code_release_purged(table, NULL, NULL);
    destroy_slots(table);
    destroy_chains(table);
    memory_free(table->memory, MEMORY_CODE, table->natives,
        table->native_capacity * sizeof *table->natives);
    memory_free(table->memory, MEMORY_CODE, table->by_pc,
        table->pc_capacity * sizeof *table->by_pc);
    memory_free(table->memory, MEMORY_CODE, table, sizeof *table);
}
