/* ets.c - natives of module ets that make tables, say what they are and let them go; those that touch
** objects are in ets_object.c, walks and match specifications in ets_select.c. */
#include "bif/ets.h"

#include <math.h>

#include "bif/bif.h"
#include "data/number.h"
#include "data/tuple.h"
#include "proc/reference.h"
#include "proc/signal.h"
#include "proc/spawn.h"

#define ETS_NATIVES(X)                                                                           \
    X("new", 2, table_new, 0)                                                                    \
    X("delete", 1, table_delete, 0)                                                              \
    X("info", 1, table_info, 0)                                                                  \
    X("info", 2, table_info_item, 0)                                                             \
    X("whereis", 1, table_whereis, 0)                                                            \
    X("rename", 2, table_rename, 0)                                                              \
    X("setopts", 2, table_setopts, 0)                                                            \
    X("give_away", 3, table_give_away, 0)                                                        \
    X("safe_fixtable", 2, table_safe_fixtable, 0)                                                \
    X("internal_request_all", 0, table_request_all, 0)
NATIVE_TABLE_CONCURRENT(bif_ets, "ets", "erl_stdlib_errors", ETS_NATIVES)

#define ETS_INTERNAL_NATIVES(X) X("ets_super_user", 1, table_super_user, 0)
NATIVE_TABLE_CONCURRENT(bif_erts_internal_ets, "erts_internal", NULL, ETS_INTERNAL_NATIVES)

#define OBJECTS_A_SLICE 2000

/* ---- from Erlang to tables and back --------------------------------------------------- */

static inline struct ets_table *find_table(struct node *node, term id, term *cause)
{
    *cause = ATOM(id);
    if (term_is_atom(id))
        return ets_find_name(node->ets, id);
    if (term_is_local_reference(id) && (term_reference_id(id) & ETS_ID_BIT) != 0)
        return ets_find(node->ets, term_reference_id(id));
    *cause = ATOM(type);
    return NULL;
}

/* What is asked for without what may be added. */
static inline bool may_access(const struct scheduler *s, const struct ets_table *table, unsigned access)
{
    return access == ETS_INFO || table->owner == s->process->pid || table->protection == ETS_PUBLIC
        || (access == ETS_READ && (table->protection == ETS_PROTECTED
                || (s->process->flags & PROCESS_READS_TABLES) != 0));
}

#if AVM_SMP
/* False: it went, or got another name, meanwhile. */
static AVM_NOINLINE bool hold_found(struct ets_table *table, term id, unsigned access)
{
    if ((access & ETS_ALONE) != 0)
        ets_hold(table, true);
    else if ((access & ETS_ONE) != 0)
        ets_hold_for_one(table);
    else if ((access & ETS_STILL) != 0)
        ets_hold_still(table);
    else
        ets_hold(table, (access & ETS_WRITE) != 0);
    if (!ets_has_left(table, term_is_atom(id) ? id : TERM_NONE))
        return true;
    ets_let_go(table);
    return false;
}
#else
#define hold_found(table, id, access) true
#endif

/* As ets_resolve, whatever the table has to do. */
static AVM_ALWAYS_INLINE struct ets_table *take_table(struct scheduler *s, term id, unsigned access,
    term *cause)
{
    struct ets_table *table = find_table(s->node, id, cause);

    if (table == NULL
        || (AVM_UNLIKELY(node_is_shared(s->node)) && !hold_found(table, id, access)))
        return NULL;
    if (AVM_LIKELY(may_access(s, table, access & ETS_ACCESS)))
        return table;
    *cause = ATOM(access);
    ets_leave(s, table);
    return NULL;
}

bool ets_settle(struct scheduler *s, struct ets_table *table, native_fn *fn, uint32_t count,
    const term *a)
{
    size_t left = OBJECTS_A_SLICE;
    bool settled = ets_work_on(table, &left);

    native_charge(s, settled ? OBJECTS_A_SLICE - left : SLICE_REDUCTIONS);
    if (!settled)
        native_yield(s, fn, count, a);
    return settled;
}

/* As ets_resolve, of a table in hand that has something to do. */
static AVM_NOINLINE struct ets_table *settle_first(struct scheduler *s, struct ets_table *table, term id,
    unsigned access, native_fn *fn, uint32_t count, const term *a, term *cause)
{
    if (!ets_is_alone(table)) {
        ets_leave(s, table);
        table = take_table(s, id, access | ETS_ALONE, cause);
    }
    if (table == NULL || table->work == NULL || ets_settle(s, table, fn, count, a))
        return table;
    ets_leave(s, table);
    *cause = TERM_NONE;
    return NULL;
}

struct ets_table *ets_resolve(struct scheduler *s, term id, unsigned access, native_fn *fn, uint32_t count,
    const term *a, term *cause)
{
    struct ets_table *table = take_table(s, id, access, cause);

    if (table == NULL || AVM_LIKELY(table->work == NULL))
        return table;
    return settle_first(s, table, id, access, fn, count, a, cause);
}

struct ets_table *ets_get_for(struct scheduler *s, term id, unsigned access, native_fn *fn, uint32_t count,
    const term *a)
{
    term cause;
    struct ets_table *table = ets_resolve(s, id, access, fn, count, a, &cause);

    if (table == NULL && cause != TERM_NONE)
        raise_badarg_cause(s, cause);
    return table;
}

struct ets_table *ets_get(struct scheduler *s, term id, unsigned access)
{
    term cause;
    struct ets_table *table = take_table(s, id, access, &cause);

    if (AVM_LIKELY(table != NULL && table->work == NULL))
        return table;
    if (table != NULL)
        table = settle_first(s, table, id, access, s->native->fn, s->native->arity, s->x, &cause);
    if (table == NULL && cause != TERM_NONE)
        raise_badarg_cause(s, cause);
    return table;
}

struct ets_table *ets_get_alone(struct scheduler *s, term reference)
{
    term cause;

    return take_table(s, reference, ETS_INFO | ETS_ALONE, &cause);
}

bool ets_awaits_names(struct scheduler *s)
{
    const struct code_slot *module;
    bool is_there;

    if (ets_find_name(s->node->ets, ATOM(global_names)) != NULL)
        return false;
    node_hold(s->node);
    module = code_find_slot(s->node->code, ATOM(global));
    is_there = module != NULL && module->current != NULL;
    node_let_go(s->node);
    return is_there && native_find_name(s->node, ATOM(global_name_server)) != TERM_NONE;
}

term ets_table_reference(struct heap *heap, const struct ets_table *table)
{
    return reference_make(heap, table->by_id.key);
}

term ets_table_term(struct scheduler *s, const struct ets_table *table)
{
    return table->is_named ? table->name : ets_table_reference(native_heap(s), table);
}

term ets_copy(struct scheduler *s, const struct ets_object *object)
{
    term *words = ets_object_read(native_heap(s), object, 0);

    return words != NULL ? term_make_boxed(words) : TERM_NONE;
}

term ets_copy_cons(struct scheduler *s, const struct ets_object *object, term tail)
{
    term *words = ets_object_read(native_heap(s), object, 2);

    if (words == NULL)
        return TERM_NONE;
    words[object->words] = term_make_boxed(words);
    words[object->words + 1] = tail;
    return term_make_cons(words + object->words);
}

bool ets_fix_for(struct scheduler *s, struct ets_table *table)
{
    return ets_fix(table, s->process->pid, node_system_time(s->node), node_monotonic_time(s->node));
}

/* a: reference of the table, result. */
static term unfix_on(struct scheduler *s, const term *a)
{
    struct ets_table *table = ets_find(s->node->ets, term_reference_id(a[0]));

    return table == NULL ? a[1] : ets_unfix_for(s, table, a[1]);
}

term ets_unfix_for(struct scheduler *s, struct ets_table *table, term result)
{
    size_t dead = OBJECTS_A_SLICE;
    bool is_done;
    term rest[2];

    ets_enter(s, table, true);
    is_done = ets_unfix(table, s->process->pid, &dead);
    ets_leave(s, table);
    if (is_done) {
        native_charge(s, (OBJECTS_A_SLICE - dead) / 4);
        return result;
    }
    rest[0] = ets_table_reference(native_heap(s), table);
    rest[1] = result;
    if (rest[0] == TERM_NONE)
        return raise_no_memory(s);
    native_charge(s, SLICE_REDUCTIONS);
    return native_yield(s, unfix_on, 2, rest);
}

/* ---- new ----------------------------------------------------------------------------------- */

struct options {
    struct ets_table table;
    term heir, heir_data;
    term decentralized;                 /* true, false, or TERM_NONE: not said */
    bool explicit_locks;
};

static bool set_concurrency(struct options *o, term value)
{
    if (value == ATOM(true) || value == ATOM(false) || value == ATOM(auto)) {
        o->table.write_concurrency = value;
        o->explicit_locks = false;
        return true;
    }
    if (!term_is_tuple(value) || term_tuple_arity(value) != 2
        || term_tuple_element(value, 0) != ATOM(debug_hash_fixed_number_of_locks)
        || !term_is_small(term_tuple_element(value, 1)) || term_small(term_tuple_element(value, 1)) < 1
        || term_small(term_tuple_element(value, 1)) > 32768)
        return false;
    o->table.write_concurrency = ATOM(true);
    o->explicit_locks = true;
    return true;
}

static bool set_pair(struct options *o, term key, term value)
{
    bool is_boolean = value == ATOM(true) || value == ATOM(false);

    if (key == ATOM(keypos) && term_is_small(value) && term_small(value) > 0) {
        o->table.keypos = (size_t) term_small(value);
        return true;
    }
    if (key == ATOM(write_concurrency))
        return set_concurrency(o, value);
    if (key == ATOM(read_concurrency) && is_boolean) {
        o->table.read_concurrency = value == ATOM(true);
        return true;
    }
    if (key == ATOM(decentralized_counters) && is_boolean) {
        o->decentralized = value;
        return true;
    }
    if (key != ATOM(heir) || value != ATOM(none))
        return false;
    o->heir = TERM_NONE;
    return true;
}

static bool set_tuple(struct options *o, term option)
{
    const term *elements = term_tuple_elements(option);

    if (term_tuple_arity(option) == 2)
        return set_pair(o, elements[0], elements[1]);
    if (term_tuple_arity(option) != 3 || elements[0] != ATOM(heir) || !term_is_local_pid(elements[1]))
        return false;
    o->heir = elements[1];
    o->heir_data = elements[2];
    return true;
}

static bool set_protection(struct options *o, term option)
{
    if (option == ATOM(public))
        o->table.protection = ETS_PUBLIC;
    else if (option == ATOM(private))
        o->table.protection = ETS_PRIVATE;
    else
        return option == ATOM(protected);
    return true;
}

/* As OTP reads them: set and protected change nothing. */
static bool set_option(struct options *o, term option)
{
    if (term_is_tuple(option))
        return set_tuple(o, option);
    if (option == ATOM(ordered_set))
        o->table.type = ETS_ORDERED_SET;
    else if (option == ATOM(bag))
        o->table.type = ETS_BAG;
    else if (option == ATOM(duplicate_bag))
        o->table.type = ETS_DUPLICATE_BAG;
    else if (option == ATOM(named_table))
        o->table.is_named = true;
    else if (option == ATOM(compressed))
        o->table.compressed = true;
    else
        return option == ATOM(set) || set_protection(o, option);
    return true;
}

/* What info/2 will say of options that change nothing here. */
static bool settle_options(struct options *o)
{
    struct ets_table *table = &o->table;
    bool is_tree = table->type == ETS_ORDERED_SET;

    if (is_tree && o->explicit_locks)
        return false;
    if (table->protection == ETS_PRIVATE) {
        table->write_concurrency = ATOM(false);
        table->read_concurrency = false;
    }
    table->decentralized_counters = table->write_concurrency != ATOM(false)
        && (o->decentralized == ATOM(true)
            || (o->decentralized == TERM_NONE && (is_tree || table->write_concurrency == ATOM(auto))));
    return true;
}

static bool read_options(struct options *o, term list)
{
    for (; term_is_cons(list); list = term_tail(list)) {
        if (!set_option(o, term_head(list)))
            return false;
    }
    return list == TERM_NIL && settle_options(o);
}

/* The table's heir before anybody finds it; false without memory. */
static bool set_heir(struct options *o)
{
    return o->heir == TERM_NONE || ets_set_heir(&o->table, o->heir, o->heir_data);
}

static term table_new(struct scheduler *s, const term *a)
{
    struct options o;
    struct ets_table *table;
    enum data_status status;
    uint64_t id;

    memset(&o, 0, sizeof o);
    o.heir = o.decentralized = o.table.heir = TERM_NONE;
    o.table.room = s->node->ets;
    o.table.name = a[0];
    o.table.owner = s->process->pid;
    o.table.keypos = 1;
    o.table.protection = ETS_PROTECTED;
    o.table.write_concurrency = ATOM(false);
    if (!term_is_atom(a[0]) || !read_options(&o, a[1]))
        return raise_badarg(s);
    id = node_next_reference(s->node);
    status = set_heir(&o) ? ets_table_create(s->node->ets, &o.table, id, &table) : DATA_NO_MEMORY;
    if (status != DATA_OK && o.table.heir_data != NULL)
        ets_object_discard(s->node->memory, o.table.heir_data);
    if (status == DATA_BAD_KEY)
        return raise_badarg_cause(s, ATOM(already_exists));
    if (status != DATA_OK)
        return raise_no_memory(s);
    native_charge(s, 10);
    return o.table.is_named ? a[0] : native_result(s, ets_table_reference(native_heap(s), table));
}

/* ---- delete ------------------------------------------------------------------------------------ */

/* a[0]: the reference of a doomed table that this process owns. */
static term delete_on(struct scheduler *s, const term *a)
{
    struct ets_table *table = ets_find_doomed(s->node->ets, s->process->pid, term_reference_id(a[0]));

    if (table == NULL || ets_table_free(table, OBJECTS_A_SLICE))
        return ATOM(true);
    native_charge(s, SLICE_REDUCTIONS);
    return native_yield(s, delete_on, 1, a);
}

/* Nobody finds the table any more, and it is this process's. False without memory. */
static bool doom(struct scheduler *s, struct ets_table *table)
{
    term owner = table->owner;

    if (!ets_set_owner(table, s->process->pid))
        return false;
    ets_forget_owner(s->node->ets, owner);
    ets_table_doom(table);
    return true;
}

static term table_delete(struct scheduler *s, const term *a)
{
    struct ets_table *table = ets_get(s, a[0], ETS_WRITE);
    term reference;
    bool is_doomed;

    if (table == NULL)
        return TERM_NONE;
    reference = ets_table_reference(native_heap(s), table);
    is_doomed = reference != TERM_NONE && doom(s, table);
    ets_leave(s, table);
    if (!is_doomed)
        return raise_no_memory(s);
    native_charge(s, 10);
    return delete_on(s, &reference);
}

/* ---- info --------------------------------------------------------------------------------------- */

static term type_atom(enum ets_type type)
{
    static const uint16_t atoms[] = { ATOM_INDEX_set, ATOM_INDEX_bag, ATOM_INDEX_duplicate_bag,
        ATOM_INDEX_ordered_set };

    return term_make_atom(atoms[type]);
}

static term protection_atom(enum ets_protection protection)
{
    return protection == ETS_PRIVATE ? ATOM(private)
        : protection == ETS_PUBLIC ? ATOM(public) : ATOM(protected);
}

/* {Time, [{Pid, Count}]}, or false. */
static term fixed_term(struct scheduler *s, const struct ets_table *table, bool monotonic)
{
    int64_t at = table->fixed_at / 1000;
    term list = TERM_NIL, time;
    const struct ets_fix *fix = atomic_get(&table->fixes);

    if (fix == NULL)
        return ATOM(false);
    for (; fix != NULL && list != TERM_NONE; fix = fix->next_of_table) {
        term pair = native_tuple2(s, fix->pid, term_make_small((intptr_t) atomic_peek(&fix->count)));

        list = pair != TERM_NONE ? native_cons(s, pair, list) : TERM_NONE;
    }
    time = monotonic ? native_integer(s, table->fixed_at_monotonic)
                     : native_tuple3(s, term_make_small((intptr_t) (at / 1000000000000)),
                           term_make_small((intptr_t) (at / 1000000 % 1000000)),
                           term_make_small((intptr_t) (at % 1000000)));
    return list != TERM_NONE && time != TERM_NONE ? native_tuple2(s, time, list) : TERM_NONE;
}

static term make_float(struct scheduler *s, double value)
{
    term *words = heap_allocate(native_heap(s), 1 + FLOAT_WORDS);

    return words != NULL ? term_put_float(words, value) : TERM_NONE;
}

/* Buckets; mean length, its deviation and the expected one; shortest, longest; dead objects, locks. */
static term stats_term(struct scheduler *s, const struct ets_table *table)
{
    size_t buckets = ets_bucket_count(table), least = SIZE_MAX, most = 0, i;
    double average, square = 0, expected;
    const struct ets_object *at;
    term result[8];

    if (buckets == 0)
        return ATOM(false);
    average = (double) table->count / (double) buckets;
    for (i = 0; i < buckets; i++) {
        size_t length = 0;

        for (at = ets_bucket(table, i); at != NULL; at = at->next)
            length++;
        least = length < least ? length : least;
        most = length > most ? length : most;
        square += ((double) length - average) * ((double) length - average);
    }
    expected = average * (1.0 - 1.0 / (double) buckets);
    result[0] = term_make_small((intptr_t) buckets);
    result[1] = make_float(s, average);
    result[2] = make_float(s, sqrt(square / (double) buckets));
    result[3] = make_float(s, sqrt(expected));
    result[4] = term_make_small((intptr_t) least);
    result[5] = term_make_small((intptr_t) most);
    result[6] = term_make_small(0);
    result[7] = term_make_small(1);
    if (result[1] == TERM_NONE || result[2] == TERM_NONE || result[3] == TERM_NONE)
        return TERM_NONE;
    return tuple_make(native_heap(s), result, AVM_COUNT_OF(result));
}

/* TERM_NONE without memory; *known is false for what is no item. */
static term info_item(struct scheduler *s, const struct ets_table *table, term item, bool *known)
{
    *known = true;
    switch (term_is_atom(item) ? term_atom_index(item) : UINT32_MAX) {
    case ATOM_INDEX_id: return ets_table_reference(native_heap(s), table);
    case ATOM_INDEX_decentralized_counters: return native_boolean(table->decentralized_counters);
    case ATOM_INDEX_read_concurrency: return native_boolean(table->read_concurrency);
    case ATOM_INDEX_write_concurrency: return table->write_concurrency;
    case ATOM_INDEX_compressed: return native_boolean(table->compressed);
    case ATOM_INDEX_memory:
        return native_integer(s, (int64_t) (ets_table_bytes(table) / sizeof(term)));
    case ATOM_INDEX_owner: return table->owner;
    case ATOM_INDEX_heir: return table->heir != TERM_NONE ? table->heir : ATOM(none);
    case ATOM_INDEX_name: return table->name;
    case ATOM_INDEX_size: return native_integer(s, (int64_t) table->count);
    case ATOM_INDEX_node: return s->node->name;
    case ATOM_INDEX_named_table: return native_boolean(table->is_named);
    case ATOM_INDEX_type: return type_atom(table->type);
    case ATOM_INDEX_keypos: return native_integer(s, (int64_t) table->keypos);
    case ATOM_INDEX_protection: return protection_atom(table->protection);
    case ATOM_INDEX_fixed: return native_boolean(atomic_get(&table->fixes) != NULL);
    case ATOM_INDEX_safe_fixed: return fixed_term(s, table, false);
    case ATOM_INDEX_safe_fixed_monotonic_time: return fixed_term(s, table, true);
    case ATOM_INDEX_stats: return stats_term(s, table);
    default:
        *known = false;
        return TERM_NONE;
    }
}

/* As ets_get for info: what becomes of the native without a table is in *result. */
static struct ets_table *get_info(struct scheduler *s, const term *a, term *result)
{
    term cause;
    struct ets_table *table = ets_resolve(s, a[0], ETS_INFO, s->native->fn, s->native->arity, s->x, &cause);

    if (table == NULL)
        *result = cause == ATOM(id) ? ATOM(undefined)
            : cause != TERM_NONE ? raise_badarg_cause(s, cause) : TERM_NONE;
    return table;
}

static term table_info_item(struct scheduler *s, const term *a)
{
    bool known;
    term value;
    struct ets_table *table;

    if (a[1] == ATOM(binary))
        return native_trap(s, ATOM(erts_internal), ATOM(ets_info_binary), 1, a);
    table = get_info(s, a, &value);
    if (table == NULL)
        return value;
    value = info_item(s, table, a[1], &known);
    ets_leave(s, table);
    return known ? native_result(s, value) : raise_badarg(s);
}

/* Pairs of all items; TERM_NONE without memory. */
static term info_list(struct scheduler *s, const struct ets_table *table)
{
    static const uint16_t items[] = { ATOM_INDEX_protection, ATOM_INDEX_keypos, ATOM_INDEX_type,
        ATOM_INDEX_named_table, ATOM_INDEX_node, ATOM_INDEX_size, ATOM_INDEX_name, ATOM_INDEX_heir,
        ATOM_INDEX_owner, ATOM_INDEX_memory, ATOM_INDEX_compressed, ATOM_INDEX_write_concurrency,
        ATOM_INDEX_read_concurrency, ATOM_INDEX_decentralized_counters, ATOM_INDEX_id };
    term list = TERM_NIL;
    size_t i;

    for (i = 0; i < AVM_COUNT_OF(items) && list != TERM_NONE; i++) {
        bool known;
        term item = term_make_atom(items[i]), value = info_item(s, table, item, &known);
        term pair = value != TERM_NONE ? native_tuple2(s, item, value) : TERM_NONE;

        list = pair != TERM_NONE ? native_cons(s, pair, list) : TERM_NONE;
    }
    return list;
}

static term table_info(struct scheduler *s, const term *a)
{
    term result;
    struct ets_table *table = get_info(s, a, &result);

    if (table == NULL)
        return result;
    result = info_list(s, table);
    ets_leave(s, table);
    return native_result(s, result);
}

static term table_whereis(struct scheduler *s, const term *a)
{
    struct ets_table *table;

    if (!term_is_atom(a[0]))
        return raise_badarg(s);
    table = ets_find_name(s->node->ets, a[0]);
    return table == NULL ? ATOM(undefined)
                         : native_result(s, ets_table_reference(native_heap(s), table));
}

/* {Reference, [Table]} from each scheduler, as ets:all/0 expects it: all tables in the first. */
static term send_tables(struct scheduler *s, term reference, term list)
{
    for (unsigned i = 0; i < s->node->queue_count; i++) {
        term message = native_tuple2(s, reference, i == 0 ? list : TERM_NIL);

        if (message == TERM_NONE)
            return raise_no_memory(s);
        if (native_send(s, s->process->pid, message) == TERM_NONE)
            return TERM_NONE;
    }
    return reference;
}

struct listing {
    struct scheduler *scheduler;
    term list;
};

static bool list_table(void *user, const struct ets_table *table)
{
    struct listing *l = user;
    term id = ets_table_term(l->scheduler, table);

    l->list = id != TERM_NONE ? native_cons(l->scheduler, id, l->list) : TERM_NONE;
    return l->list != TERM_NONE;
}

static term table_request_all(struct scheduler *s, const term *a)
{
    struct listing all = { s, TERM_NIL };
    term reference = native_reference(s);

    (void) a;
    ets_each(s->node->ets, list_table, &all);
    if (reference == TERM_NONE || all.list == TERM_NONE)
        return raise_no_memory(s);
    native_charge(s, ets_table_count(s->node->ets) / 16);
    return send_tables(s, reference, all.list);
}

/* ---- what can be changed ---------------------------------------------------------------------------- */

ETS_NATIVE(table_rename, ETS_WRITE)
{
    enum data_status status;

    if (!term_is_atom(a[1]))
        return raise_badarg(s);
    status = ets_rename(table, a[1]);
    if (status == DATA_BAD_KEY)
        return raise_badarg(s);
    if (status != DATA_OK)
        return raise_no_memory(s);
    return table->is_named ? a[1] : a[0];
}

struct changes {
    term protection, heir, heir_data;   /* TERM_NONE: not said; heir none: ATOM(none) */
};

static bool read_change(struct changes *c, term option)
{
    const term *elements;
    size_t arity;

    if (!term_is_tuple(option) || (arity = term_tuple_arity(option)) < 2)
        return false;
    elements = term_tuple_elements(option);
    if (elements[0] == ATOM(protection) && arity == 2 && c->protection == TERM_NONE) {
        c->protection = elements[1];
        return elements[1] == ATOM(private) || elements[1] == ATOM(protected)
            || elements[1] == ATOM(public);
    }
    if (elements[0] != ATOM(heir) || c->heir != TERM_NONE)
        return false;
    c->heir = elements[1];
    c->heir_data = arity == 3 ? elements[2] : TERM_NONE;
    return (arity == 2 && c->heir == ATOM(none)) || (arity == 3 && term_is_local_pid(c->heir));
}

ETS_NATIVE(table_setopts, ETS_WRITE)
{
    struct changes c = { TERM_NONE, TERM_NONE, TERM_NONE };
    term list = a[1];

    if (term_is_tuple(list)) {
        if (!read_change(&c, list))
            return raise_badarg(s);
        list = TERM_NIL;
    }
    for (; term_is_cons(list); list = term_tail(list)) {
        if (!read_change(&c, term_head(list)))
            return raise_badarg(s);
    }
    if (list != TERM_NIL || table->owner != s->process->pid)
        return raise_badarg(s);
    if (c.heir != TERM_NONE
        && !ets_set_heir(table, c.heir == ATOM(none) ? TERM_NONE : c.heir, c.heir_data))
        return raise_no_memory(s);
    if (c.protection != TERM_NONE)
        atomic_poke(&table->protection, c.protection == ATOM(private) ? ETS_PRIVATE
            : c.protection == ATOM(public) ? ETS_PUBLIC : ETS_PROTECTED);
    return ATOM(true);
}

/* ---- who else gets a table ------------------------------------------------------------------------------- */

/* {'ETS-TRANSFER', Table, From, Data}, in env; TERM_NONE without memory. */
static term make_transfer(struct heap *env, const struct ets_table *table, term from, term data)
{
    term *words = heap_allocate(env, 5 + REFERENCE_WORDS);

    data = heap_copy(env, data);
    if (words == NULL || data == TERM_NONE)
        return TERM_NONE;
    words[0] = header_make(BOXED_TUPLE, 4);
    words[1] = ATOM(ets_transfer);
    words[2] = table->is_named ? table->name : reference_put(words + 5, table->by_id.key);
    words[3] = from;
    words[4] = data;
    return term_make_boxed(words);
}

/* from, whom to should have had it from, is the table's owner again. */
static void take_back(struct node *node, struct ets_table *table, term from, term to)
{
    (void) ets_set_owner(table, from);
    ets_forget_owner(node->ets, to);
}

enum transfer { TRANSFER_OK, TRANSFER_TO_DEAD, TRANSFER_STARVED };

/* The table, which is in hand, is to's; env gets *message for it. Nothing has changed when it fails. */
static enum transfer give_to(struct node *node, struct ets_table *table, struct process *to, term data,
    struct heap *env, term *message)
{
    term from = table->owner;
    enum transfer transfer;

    if (!ets_set_owner(table, to->pid))
        return TRANSFER_STARVED;
    *message = make_transfer(env, table, from, data);
    transfer = process_is_exiting(to) ? TRANSFER_TO_DEAD
        : *message == TERM_NONE ? TRANSFER_STARVED : TRANSFER_OK;
    if (transfer != TRANSFER_OK)
        take_back(node, table, from, to->pid);
    return transfer;
}

/* The table is in nobody's hand. False without memory: then it is from's as before, unless its new owner has
** parted with it. */
static bool tell_owner(struct node *node, struct ets_table *table, struct process *from, term to, term message)
{
    bool is_told = signal_send_message(node, from, to, message) == SEND_OK;

    if (!is_told) {
        if (node_is_shared(node))
            ets_hold(table, true);
        if (!table->is_dying && table->owner == to)
            take_back(node, table, from->pid, to);
        else
            is_told = true;
        if (node_is_shared(node))
            ets_let_go(table);
    }
    if (is_told)
        ets_forget_owner(node->ets, from->pid);
    return is_told;
}

/* Raises what is wrong; else gives it, with the message in env. */
static bool give_away(struct scheduler *s, struct ets_table *table, const term *a, struct heap *env,
    term *message)
{
    struct process *to = term_is_local_pid(a[1]) ? process_find(s->node, a[1]) : NULL;
    enum transfer transfer;

    if (to == NULL || process_is_exiting(to))
        raise_badarg(s);
    else if (table->owner != s->process->pid)
        raise_badarg_cause(s, ATOM(not_owner));
    else if (a[1] == table->owner)
        raise_badarg_cause(s, ATOM(owner));
    else if ((transfer = give_to(s->node, table, to, a[2], env, message)) == TRANSFER_OK)
        return true;
    else
        (void) (transfer == TRANSFER_STARVED ? raise_no_memory(s) : raise_badarg(s));
    return false;
}

static term table_give_away(struct scheduler *s, const term *a)
{
    struct ets_table *table = ets_get(s, a[0], ETS_WRITE);
    struct heap env;
    term message, result = TERM_NONE;
    bool is_given;

    if (table == NULL)
        return TERM_NONE;
    heap_init_env(&env, &s->node->heaps, MEMORY_OTHER);
    is_given = give_away(s, table, a, &env, &message);
    ets_leave(s, table);
    if (is_given)
        result = tell_owner(s->node, table, s->process, a[1], message) ? ATOM(true) : raise_no_memory(s);
    heap_deinit(&env);
    return result;
}

/* ---- fixing ------------------------------------------------------------------------------------------ */

ETS_NATIVE(fix_table, ETS_READ | ETS_ALONE)
{
    return ets_fix_for(s, table) ? ATOM(true) : raise_no_memory(s);
}

static term table_safe_fixtable(struct scheduler *s, const term *a)
{
    struct ets_table *table;

    if (a[1] == ATOM(true))
        return fix_table(s, a);
    table = ets_get(s, a[0], ETS_READ);
    if (table == NULL)
        return TERM_NONE;
    ets_leave(s, table);
    return a[1] == ATOM(false) ? ets_unfix_for(s, table, ATOM(true)) : raise_badarg(s);
}

/* While it is on the process may read every table. */
static term table_super_user(struct scheduler *s, const term *a)
{
    if (a[0] != ATOM(true) && a[0] != ATOM(false))
        return raise_badarg(s);
    s->process->flags &= (uint16_t) ~PROCESS_READS_TABLES;
    if (a[0] == ATOM(true))
        s->process->flags |= PROCESS_READS_TABLES;
    return ATOM(ok);
}

/* ---- the end of a process ------------------------------------------------------------------------------ */

/* Lets the heir have the table, which is in hand: NULL when there is none, else who it is. */
static struct process *give_to_heir(struct node *node, struct ets_table *table, struct process *from,
    struct heap *env, term *message)
{
    struct process *heir = table->heir != TERM_NONE ? process_find(node, table->heir) : NULL;

    if (heir == NULL || heir == from || process_is_exiting(heir))
        return NULL;
    return give_to(node, table, heir, ets_heir_data(table), env, message) == TRANSFER_OK ? heir : NULL;
}

/* The heir has it, or it is doomed. */
static void part_with(struct node *node, struct ets_table *table, struct process *from, bool has_heir)
{
    struct process *heir = NULL;
    struct heap env;
    term message;

    heap_init_env(&env, &node->heaps, MEMORY_OTHER);
    if (node_is_shared(node))
        ets_hold(table, true);
    if (table->owner == from->pid && !table->is_dying) {
        if (has_heir)
            heir = give_to_heir(node, table, from, &env, &message);
        if (heir == NULL)
            ets_table_doom(table);
    }
    if (node_is_shared(node))
        ets_let_go(table);
    if (heir != NULL && !tell_owner(node, table, from, heir->pid, message))
        part_with(node, table, from, false);
    heap_deinit(&env);
}

/* Whoever deletes one of them meanwhile makes it its own first. */
static bool end_holder(struct node *node, struct process *process)
{
    struct ets_table *table;

    if (!ets_release_fixes(node->ets, process->pid, OBJECTS_A_SLICE))
        return false;
    while ((table = ets_first_owned(node->ets, process->pid)) != NULL) {
        if (ets_find_doomed(node->ets, process->pid, table->by_id.key) != table)
            part_with(node, table, process, true);
        else if (!ets_table_free(table, OBJECTS_A_SLICE))
            return false;
    }
    return true;
}

bool ets_end_process(struct node *node, struct process *process, term reason)
{
    (void) reason;
    return !ets_may_hold(node->ets, process->pid) || end_holder(node, process);
}
