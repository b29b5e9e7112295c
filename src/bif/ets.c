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
NATIVE_TABLE(bif_ets, "ets", "erl_stdlib_errors", ETS_NATIVES)

#define ETS_INTERNAL_NATIVES(X) X("ets_super_user", 1, table_super_user, 0)
NATIVE_TABLE(bif_erts_internal_ets, "erts_internal", NULL, ETS_INTERNAL_NATIVES)

#define OBJECTS_A_SLICE 2000

/* ---- from Erlang to tables and back --------------------------------------------------- */

struct ets_table *ets_resolve(struct scheduler *s, term id, enum ets_access access, term *cause)
{
    struct ets_table *table = NULL;

    *cause = ATOM(id);
    if (term_is_atom(id))
        table = ets_find_name(s->node->ets, id);
    else if (term_is_local_reference(id) && (term_reference_id(id) & ETS_ID_BIT) != 0)
        table = ets_find(s->node->ets, term_reference_id(id));
    else
        *cause = ATOM(type);
    if (table == NULL || access == ETS_INFO || table->owner == s->process->pid
        || table->protection == ETS_PUBLIC
        || (access == ETS_READ && (table->protection == ETS_PROTECTED
                || (s->process->flags & PROCESS_READS_TABLES) != 0)))
        return table;
    *cause = ATOM(access);
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

struct ets_table *ets_get_for(struct scheduler *s, term id, enum ets_access access, native_fn *fn,
    uint32_t count, const term *a)
{
    term cause;
    struct ets_table *table = ets_resolve(s, id, access, &cause);

    if (table == NULL)
        raise_badarg_cause(s, cause);
    else if (AVM_UNLIKELY(table->work != NULL) && !ets_settle(s, table, fn, count, a))
        return NULL;
    return table;
}

struct ets_table *ets_get(struct scheduler *s, term id, enum ets_access access)
{
    return ets_get_for(s, id, access, s->native->fn, s->native->arity, s->x);
}

bool ets_awaits_names(struct scheduler *s)
{
    const struct code_slot *module = code_find_slot(s->node->code, ATOM(global));

    return ets_find_name(s->node->ets, ATOM(global_names)) == NULL && module != NULL
        && module->current != NULL && native_find_name(s->node, ATOM(global_name_server)) != TERM_NONE;
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
    term rest[2];

    if (ets_unfix(table, s->process->pid, &dead)) {
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

static term table_new(struct scheduler *s, const term *a)
{
    struct options o;
    struct ets_table *table;
    enum data_status status;

    memset(&o, 0, sizeof o);
    o.heir = o.decentralized = o.table.heir = TERM_NONE;
    o.table.name = a[0];
    o.table.owner = s->process->pid;
    o.table.keypos = 1;
    o.table.protection = ETS_PROTECTED;
    o.table.write_concurrency = ATOM(false);
    if (!term_is_atom(a[0]) || !read_options(&o, a[1]))
        return raise_badarg(s);
    status = ets_table_create(s->node->ets, &o.table, node_next_reference(s->node), &table);
    if (status == DATA_BAD_KEY)
        return raise_badarg_cause(s, ATOM(already_exists));
    if (status != DATA_OK)
        return raise_no_memory(s);
    if (o.heir != TERM_NONE && !ets_set_heir(table, o.heir, o.heir_data)) {
        ets_table_doom(table);
        (void) ets_table_free(table, SIZE_MAX);
        return raise_no_memory(s);
    }
    native_charge(s, 10);
    return native_result(s, ets_table_term(s, table));
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

static term table_delete(struct scheduler *s, const term *a)
{
    struct ets_table *table = ets_get(s, a[0], ETS_WRITE);
    term reference, owner;

    if (table == NULL)
        return TERM_NONE;
    reference = ets_table_reference(native_heap(s), table);
    owner = table->owner;
    if (reference == TERM_NONE || !ets_set_owner(table, s->process->pid))
        return raise_no_memory(s);
    ets_forget_owner(s->node->ets, owner);
    ets_table_doom(table);
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
    const struct ets_fix *fix;

    if (table->fixes == NULL)
        return ATOM(false);
    for (fix = table->fixes; fix != NULL && list != TERM_NONE; fix = fix->next_of_table) {
        term pair = native_tuple2(s, fix->pid, term_make_small((intptr_t) fix->count));

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
    case ATOM_INDEX_fixed: return native_boolean(table->fixes != NULL);
    case ATOM_INDEX_safe_fixed: return fixed_term(s, table, false);
    case ATOM_INDEX_safe_fixed_monotonic_time: return fixed_term(s, table, true);
    case ATOM_INDEX_stats: return stats_term(s, table);
    default:
        *known = false;
        return TERM_NONE;
    }
}

static term table_info_item(struct scheduler *s, const term *a)
{
    bool known;
    term cause, value;
    struct ets_table *table;

    if (a[1] == ATOM(binary))
        return native_trap(s, ATOM(erts_internal), ATOM(ets_info_binary), 1, a);
    table = ets_resolve(s, a[0], ETS_INFO, &cause);
    if (table == NULL)
        return cause == ATOM(id) ? ATOM(undefined) : raise_badarg_cause(s, cause);
    if (!ets_settle(s, table, table_info_item, 2, a))
        return TERM_NONE;
    value = info_item(s, table, a[1], &known);
    return known ? native_result(s, value) : raise_badarg(s);
}

static term table_info(struct scheduler *s, const term *a)
{
    static const uint16_t items[] = { ATOM_INDEX_protection, ATOM_INDEX_keypos, ATOM_INDEX_type,
        ATOM_INDEX_named_table, ATOM_INDEX_node, ATOM_INDEX_size, ATOM_INDEX_name, ATOM_INDEX_heir,
        ATOM_INDEX_owner, ATOM_INDEX_memory, ATOM_INDEX_compressed, ATOM_INDEX_write_concurrency,
        ATOM_INDEX_read_concurrency, ATOM_INDEX_decentralized_counters, ATOM_INDEX_id };
    term cause, list = TERM_NIL;
    struct ets_table *table = ets_resolve(s, a[0], ETS_INFO, &cause);
    size_t i;

    if (table == NULL)
        return cause == ATOM(id) ? ATOM(undefined) : raise_badarg_cause(s, cause);
    if (!ets_settle(s, table, table_info, 1, a))
        return TERM_NONE;
    for (i = 0; i < AVM_COUNT_OF(items) && list != TERM_NONE; i++) {
        bool known;
        term item = term_make_atom(items[i]), value = info_item(s, table, item, &known);
        term pair = value != TERM_NONE ? native_tuple2(s, item, value) : TERM_NONE;

        list = pair != TERM_NONE ? native_cons(s, pair, list) : TERM_NONE;
    }
    return native_result(s, list);
}

static term table_whereis(struct scheduler *s, const term *a)
{
    term cause;
    struct ets_table *table;

    if (!term_is_atom(a[0]))
        return raise_badarg(s);
    table = ets_resolve(s, a[0], ETS_INFO, &cause);
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

static term table_request_all(struct scheduler *s, const term *a)
{
    struct ets_table *table = NULL;
    term list = TERM_NIL, reference = native_reference(s);
    size_t slot = 0;

    (void) a;
    while (list != TERM_NONE && (table = ets_next_table(s->node->ets, &slot, table)) != NULL) {
        term id = ets_table_term(s, table);

        list = id != TERM_NONE ? native_cons(s, id, list) : TERM_NONE;
    }
    if (reference == TERM_NONE || list == TERM_NONE)
        return raise_no_memory(s);
    native_charge(s, ets_table_count(s->node->ets) / 16);
    return send_tables(s, reference, list);
}

/* ---- what can be changed ---------------------------------------------------------------------------- */

static term table_rename(struct scheduler *s, const term *a)
{
    struct ets_table *table = ets_get(s, a[0], ETS_WRITE);
    enum data_status status;

    if (table == NULL)
        return TERM_NONE;
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

static term table_setopts(struct scheduler *s, const term *a)
{
    struct ets_table *table = ets_get(s, a[0], ETS_WRITE);
    struct changes c = { TERM_NONE, TERM_NONE, TERM_NONE };
    term list = a[1];

    if (table == NULL)
        return TERM_NONE;
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
        table->protection = c.protection == ATOM(private) ? ETS_PRIVATE
            : c.protection == ATOM(public) ? ETS_PUBLIC : ETS_PROTECTED;
    return ATOM(true);
}

/* from, whom to should have had it from, is the table's owner again. */
static void take_back(struct node *node, struct ets_table *table, struct process *from,
    struct process *to)
{
    (void) ets_set_owner(table, from->pid);
    ets_forget_owner(node->ets, to->pid);
}

static term table_give_away(struct scheduler *s, const term *a)
{
    struct process *to = term_is_local_pid(a[1]) ? process_find(s->node, a[1]) : NULL;
    struct ets_table *table = ets_get(s, a[0], ETS_WRITE);

    if (table == NULL)
        return TERM_NONE;
    if (to == NULL || process_is_exiting(to))
        return raise_badarg(s);
    if (table->owner != s->process->pid)
        return raise_badarg_cause(s, ATOM(not_owner));
    if (a[1] == table->owner)
        return raise_badarg_cause(s, ATOM(owner));
    if (!ets_set_owner(table, a[1]))
        return raise_no_memory(s);
    if (process_is_exiting(to)) {
        take_back(s->node, table, s->process, to);
        return raise_badarg(s);
    }
    if (!ets_send_transfer(s->node, table, s->process, a[2])) {
        take_back(s->node, table, s->process, to);
        return raise_no_memory(s);
    }
    ets_forget_owner(s->node->ets, s->process->pid);
    return ATOM(true);
}

static term table_safe_fixtable(struct scheduler *s, const term *a)
{
    struct ets_table *table = ets_get(s, a[0], ETS_READ);

    if (table == NULL)
        return TERM_NONE;
    if (a[1] == ATOM(true))
        return ets_fix_for(s, table) ? ATOM(true) : raise_no_memory(s);
    if (a[1] != ATOM(false))
        return raise_badarg(s);
    return ets_unfix_for(s, table, ATOM(true));
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

bool ets_send_transfer(struct node *node, struct ets_table *table, struct process *from, term data)
{
    struct heap env;
    term *words, tuple;
    enum send_status status;

    heap_init_env(&env, &node->heaps, MEMORY_OTHER);
    words = heap_allocate(&env, 5 + REFERENCE_WORDS);
    if (words == NULL)
        return false;
    words[0] = header_make(BOXED_TUPLE, 4);
    words[1] = ATOM(ets_transfer);
    words[2] = table->is_named ? table->name : reference_put(words + 5, table->by_id.key);
    words[3] = from->pid;
    words[4] = data;
    tuple = term_make_boxed(words);
    status = signal_send_message(node, from, table->owner, tuple);
    heap_deinit(&env);
    return status == SEND_OK;
}

/* True when the table has another owner now. */
static bool give_to_heir(struct node *node, struct ets_table *table, struct process *from)
{
    struct process *heir = table->heir != TERM_NONE ? process_find(node, table->heir) : NULL;

    if (heir == NULL || heir == from || process_is_exiting(heir) || !ets_set_owner(table, heir->pid))
        return false;
    if (process_is_exiting(heir) || !ets_send_transfer(node, table, from, ets_heir_data(table))) {
        take_back(node, table, from, heir);
        return false;
    }
    ets_forget_owner(node->ets, from->pid);
    return true;
}

static bool end_holder(struct node *node, struct process *process)
{
    struct ets_table *table;

    if (!ets_release_fixes(node->ets, process->pid, OBJECTS_A_SLICE))
        return false;
    while ((table = ets_first_owned(node->ets, process->pid)) != NULL) {
        if (!table->is_dying) {
            if (give_to_heir(node, table, process))
                continue;
            ets_table_doom(table);
        }
        if (!ets_table_free(table, OBJECTS_A_SLICE))
            return false;
    }
    return true;
}

bool ets_end_process(struct node *node, struct process *process, term reason)
{
    bool is_done;

    (void) reason;
    if (!ets_may_hold(node->ets, process->pid))
        return true;
    node_hold(node);
    is_done = end_holder(node, process);
    node_let_go(node);
    return is_done;
}
