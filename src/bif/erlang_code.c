/* erlang_code.c - natives that load, replace and remove modules, and say what is in them.
** Always: code is freed only after every process has been found not to use it. */
#include "base/vector.h"
#include "bif/bif.h"
#include "bif/external.h"
#include "data/bits.h"
#include "data/list.h"
#include "load/chunks.h"
#include "load/load.h"
#include "proc/native_call.h"
#include "proc/table.h"

#define CODE_NATIVES(X)                                                                          \
    X("call_on_load_function", 1, code_call_on_load, 0)                                          \
    X("check_old_code", 1, code_check_old, 0)                                                    \
    X("delete_module", 1, code_delete, 0)                                                        \
    X("finish_after_on_load", 2, code_finish_after_on_load, 0)                                   \
    X("finish_loading", 1, code_finish_loading, 0)                                               \
    X("function_exported", 3, code_function_exported, 0)                                         \
    X("get_module_info", 1, code_module_info_1, 0)                                               \
    X("get_module_info", 2, code_module_info_2, 0)                                               \
    X("has_prepared_code_on_load", 1, code_has_on_load, 0)                                       \
    X("is_builtin", 3, code_is_builtin, 0)                                                       \
    X("load_nif", 2, code_load_nif, NATIVE_SAVES_STATE)                                                           \
    X("loaded", 0, code_loaded, 0)                                                               \
    X("module_loaded", 1, code_module_loaded, 0)                                                 \
    X("pre_loaded", 0, code_pre_loaded, 0)
NATIVE_TABLE(bif_erlang_code, "erlang", "erl_erts_errors", CODE_NATIVES)

#define INTERNAL_NATIVES(X)                                                                      \
    X("beamfile_chunk", 2, code_beamfile_chunk, 0)                                               \
    X("beamfile_module_md5", 1, code_beamfile_md5, 0)                                            \
    X("check_process_code", 1, code_check_process, NATIVE_SAVES_STATE)                           \
    X("check_dirty_process_code", 2, code_check_dirty_process, 0)                                \
    X("prepare_loading", 2, code_prepare_loading, 0)                                             \
    X("purge_module", 2, code_purge_module, NATIVE_SAVES_STATE)
NATIVE_TABLE(bif_erts_internal_code, "erts_internal", "erl_erts_errors", INTERNAL_NATIVES)

#define PURGE_NATIVES(X) X("await_purge", 2, code_await_purge, 0)
NATIVE_TABLE(bif_atomvm_purge, "atomvm", NULL, PURGE_NATIVES)

#define COLLECTOR_NATIVES(X)                                                                     \
    X("release_area_switch", 0, code_release_area, 0)                                            \
    X("send_copy_request", 3, code_copy_request, 0)
NATIVE_TABLE(bif_literal_collector, "erts_literal_area_collector", NULL, COLLECTOR_NATIVES)

#define CODE_MODULE_NATIVES(X)                                                                   \
    X("coverage_support", 0, code_coverage_support, 0)                                           \
    X("get_coverage_mode", 0, code_coverage_mode, 0)
NATIVE_TABLE(bif_code, "code", NULL, CODE_MODULE_NATIVES)

/* ---- What is loaded ---------------------------------------------------------------------------- */

/* A native that always gives the same. */
#define ALWAYS(name, value)                                                                      \
    static term name(struct scheduler *s, const term *a)                                         \
    {                                                                                            \
        (void) s;                                                                                \
        (void) a;                                                                                \
        return value;                                                                            \
    }

static struct module *current_module(struct scheduler *s, term name)
{
    struct code_slot *slot = code_find_slot(s->node->code, name);

    return slot == NULL ? NULL : slot->current;
}

/* Without a code server what a first call would find counts as loaded, and is from here on: code that
** asks (code:ensure_loaded/1) would ask that server next. */
static term code_module_loaded(struct scheduler *s, const term *a)
{
    if (!term_is_atom(a[0]))
        return raise_badarg(s);
    if (s->node->find_module != NULL && code_find_slot(s->node->code, a[0]) == NULL)
        s->node->find_module(s->node->find_user, s->node, a[0]);
    return native_boolean(current_module(s, a[0]) != NULL);
}

static term code_loaded(struct scheduler *s, const term *a)
{
    struct code_slot *slot;
    size_t position = 0;
    term list = TERM_NIL;

    (void) a;
    while ((slot = code_next_slot(s->node->code, &position)) != NULL) {
        if (slot->current == NULL && slot->old == NULL)
            continue;
        list = native_cons(s, slot->name, list);
        if (list == TERM_NONE)
            return raise_no_memory(s);
    }
    return list;
}

/* Those of OTP's preloaded modules that are here. */
static term code_pre_loaded(struct scheduler *s, const term *a)
{
    static const char *const names[] = { "erts_code_purger", "erl_init", "init", "prim_buffer",
        "prim_eval", "prim_inet", "prim_file", "zlib", "socket_registry", "prim_socket",
        "prim_net", "prim_zip", "erl_prim_loader", "erlang", "erts_internal", "erl_tracer",
        "erts_literal_area_collector", "erts_dirty_process_signal_handler", "atomics", "counters",
        "persistent_term" };
    term list = TERM_NIL;

    (void) a;
    for (size_t at = 0; at < AVM_COUNT_OF(names); at++) {
        uint32_t index;

        if (!atom_find(s->node->atoms, (const uint8_t *) names[at], strlen(names[at]), &index)
            || current_module(s, term_make_atom(index)) == NULL)
            continue;
        list = native_cons(s, term_make_atom(index), list);
        if (list == TERM_NONE)
            return raise_no_memory(s);
    }
    return list;
}

/* True when a names a module, a function and what may be an arity. */
static bool is_mfa(const term *a)
{
    int64_t arity;

    return term_is_atom(a[0]) && term_is_atom(a[1]) && native_get_small(a[2], &arity);
}

static struct export *find_mfa(struct scheduler *s, const term *a)
{
    return !term_is_small(a[2]) || term_small(a[2]) < 0 || term_small(a[2]) > 255
        ? NULL
        : code_find_export(s->node->code, a[0], a[1], (uint32_t) term_small(a[2]));
}

static term code_function_exported(struct scheduler *s, const term *a)
{
    const struct export *export;

    if (!is_mfa(a))
        return raise_badarg(s);
    export = find_mfa(s, a);
    return native_boolean(export != NULL && export_is_callable(export));
}

static term code_is_builtin(struct scheduler *s, const term *a)
{
    const struct export *export;

    if (!is_mfa(a))
        return raise_badarg(s);
    export = find_mfa(s, a);
    return native_boolean(export != NULL && export->native != NULL);
}

static term code_check_old(struct scheduler *s, const term *a)
{
    if (!term_is_atom(a[0]))
        return raise_badarg(s);
    return native_boolean(code_has_old(s->node->code, a[0]));
}

/* ---- module_info ------------------------------------------------------------------------------- */

/* [{Name, Arity} | list]; TERM_NONE without memory. */
static term prepend_function(struct scheduler *s, term name, uint32_t arity, term list)
{
    term pair = native_tuple2(s, name, term_make_small((intptr_t) arity));

    return pair == TERM_NONE ? TERM_NONE : native_cons(s, pair, list);
}

static term list_functions(struct scheduler *s, const struct module *module)
{
    term list = TERM_NIL;

    for (uint32_t at = module->function_count; at-- > 0 && list != TERM_NONE;)
        list = prepend_function(s, module->functions[at].name, module->functions[at].arity, list);
    return list;
}

static term list_exports(struct scheduler *s, const struct module *module)
{
    term list = TERM_NIL;

    for (uint32_t at = 0; at < module->export_count && list != TERM_NONE; at++)
        list = prepend_function(s, module->exports[at].function, module->exports[at].arity, list);
    return list;
}

/* A chunk that holds a term; [] when there is none, or no term in it. */
static term chunk_term(struct scheduler *s, const struct cursor *chunk)
{
    struct etf_context context;
    term result;
    enum etf_status status;

    if (cursor_left(chunk) == 0)
        return TERM_NIL;
    external_context_init(&context, s->node, NULL, false);
    status = etf_decode(&context, chunk->at, cursor_left(chunk), 0, native_heap(s), &result, NULL);
    if (status == ETF_NO_MEMORY)
        return TERM_NONE;
    return status == ETF_OK ? result : TERM_NIL;
}

/* TERM_NONE without memory; 0 words of meaning: item is unknown when *is_known comes back false. */
static term module_item(struct scheduler *s, const struct module *module, term item, bool *is_known)
{
    *is_known = true;
    if (item == ATOM(module))
        return module->name;
    if (item == ATOM(exports))
        return list_exports(s, module);
    if (item == ATOM(functions))
        return list_functions(s, module);
    if (item == ATOM(attributes))
        return chunk_term(s, &module->attributes);
    if (item == ATOM(compile))
        return chunk_term(s, &module->compile);
    if (item == ATOM(md5))
        return bits_make_copy(native_heap(s), module->md5, sizeof module->md5);
    if (item == ATOM(native))
        return ATOM(false);
    if (item == ATOM(native_addresses) || item == ATOM(nifs))
        return TERM_NIL;
    *is_known = false;
    return TERM_NONE;
}

static term code_module_info_1(struct scheduler *s, const term *a)
{
    static const enum atom_index items[] = { ATOM_INDEX_md5, ATOM_INDEX_compile,
        ATOM_INDEX_attributes, ATOM_INDEX_exports, ATOM_INDEX_module };
    struct module *module = term_is_atom(a[0]) ? current_module(s, a[0]) : NULL;
    term list = TERM_NIL;

    if (module == NULL)
        return raise_badarg(s);
    for (size_t at = 0; at < AVM_COUNT_OF(items); at++) {
        term item = term_make_atom(items[at]), value, pair;
        bool is_known;

        value = module_item(s, module, item, &is_known);
        pair = value == TERM_NONE ? TERM_NONE : native_tuple2(s, item, value);
        list = pair == TERM_NONE ? TERM_NONE : native_cons(s, pair, list);
        if (list == TERM_NONE)
            return raise_no_memory(s);
    }
    return list;
}

static term code_module_info_2(struct scheduler *s, const term *a)
{
    struct module *module = term_is_atom(a[0]) ? current_module(s, a[0]) : NULL;
    bool is_known;
    term value;

    if (module == NULL)
        return raise_badarg(s);
    value = module_item(s, module, a[1], &is_known);
    return is_known ? native_result(s, value) : raise_badarg(s);
}

/* ---- Loading ------------------------------------------------------------------------------------ */

/* A module between prepare_loading and finish_loading, behind a reference. */
struct prepared {
    struct resource resource;
    struct memory *memory;
    struct module *module;          /* NULL once loaded */
};

static const char prepared_type;

static void destroy_prepared(struct resource *resource)
{
    struct prepared *prepared = (struct prepared *) (void *) resource;

    module_destroy(prepared->module);
    memory_free(prepared->memory, MEMORY_RESOURCE, prepared, sizeof *prepared);
}

/* The prepared module behind a reference; NULL: it is none, or loaded already. */
static struct prepared *get_prepared(term t)
{
    struct prepared *prepared;

    if (!term_is_resource(t) || term_resource(t)->type != &prepared_type)
        return NULL;
    prepared = (struct prepared *) (void *) term_resource(t);
    return prepared->module == NULL ? NULL : prepared;
}

static void release_copy(void *user, const void *data, size_t size)
{
    memory_free(user, MEMORY_CODE, (void *) (uintptr_t) data, size);
}

/* A copy of a binary's bytes that a module may own. False after raising. */
static bool copy_code(struct scheduler *s, term binary, struct code_bytes *code)
{
    struct memory *memory = s->node->memory;
    enum data_status status;
    const uint8_t *bytes;
    uint8_t *scratch, *copy;
    size_t size;

    if (!bits_get_bytes(memory, binary, &bytes, &size, &scratch, &status)) {
        raise_status(s, status);
        return false;
    }
    copy = memory_allocate(memory, MEMORY_CODE, size == 0 ? 1 : size);
    if (copy != NULL)
        memcpy(copy, bytes, size);
    memory_free(memory, MEMORY_OTHER, scratch, size);
    *code = (struct code_bytes) { copy, size == 0 ? 1 : size, release_copy, memory };
    if (copy == NULL)
        raise_no_memory(s);
    else if (size == 0)
        copy[0] = 0;
    return copy != NULL;
}

static term make_prepared(struct scheduler *s, struct module *module)
{
    struct memory *memory = s->node->memory;
    struct prepared *prepared = memory_allocate(memory, MEMORY_RESOURCE, sizeof *prepared);
    term result;

    if (prepared == NULL) {
        module_destroy(module);
        return raise_no_memory(s);
    }
    *prepared = (struct prepared) { { 1, destroy_prepared, &prepared_type }, memory, module };
    result = heap_make_resource(native_heap(s), &prepared->resource,
        node_next_reference(s->node));
    resource_release(&prepared->resource);
    return native_result(s, result);
}

static term code_prepare_loading(struct scheduler *s, const term *a)
{
    struct code_bytes bytes;
    struct load_error error;
    struct module *module;
    enum load_status status;

    if (!term_is_atom(a[0]))
        return raise_badarg(s);
    if (!copy_code(s, a[1], &bytes))
        return TERM_NONE;
    native_charge(s, bytes.size / 512);
    status = load_module(s->node->load, bytes, false, &module, &error);
    if (status == LOAD_OK && module->name == a[0])
        return make_prepared(s, module);
    if (status == LOAD_OK)
        module_destroy(module);
    else
        bytes.release(bytes.user, bytes.data, bytes.size);
    return status == LOAD_NO_MEMORY
        ? raise_no_memory(s)
        : native_result(s, native_tuple2(s, ATOM(error), ATOM(badfile)));
}

static term code_has_on_load(struct scheduler *s, const term *a)
{
    const struct prepared *prepared = get_prepared(a[0]);

    if (prepared == NULL)
        return raise_badarg(s);
    return native_boolean(prepared->module->on_load_label != 0);
}

/* {tag, [Module]} of those elements of list that are marked; only their names are looked at. */
static term report(struct scheduler *s, term tag, const term *names, size_t count)
{
    term list = native_list(s, names, count);

    return list == TERM_NONE ? raise_no_memory(s) : native_result(s, native_tuple2(s, tag, list));
}

/* The second and later modules of the same name. */
static size_t find_duplicates(struct prepared *const *all, size_t count, term *names)
{
    size_t found = 0;

    for (size_t at = 1; at < count; at++)
        for (size_t before = 0; before < at; before++)
            if (all[before]->module->name == all[at]->module->name) {
                names[found++] = all[at]->module->name;
                break;
            }
    return found;
}

/* Modules whose old version is in the way. */
static size_t find_unpurged(struct scheduler *s, struct prepared *const *all, size_t count,
    term *names)
{
    size_t found = 0;

    for (size_t at = 0; at < count; at++) {
        struct code_slot *slot = code_find_slot(s->node->code, all[at]->module->name);

        if ((slot->current != NULL && slot->old != NULL) || slot->pending != NULL)
            names[found++] = slot->name;
    }
    return found;
}

static term finish(struct scheduler *s, struct prepared **all, size_t count, term *names)
{
    size_t found = find_duplicates(all, count, names);

    if (found > 0)
        return report(s, ATOM(duplicated), names, found);
    found = find_unpurged(s, all, count, names);
    if (found > 0)
        return report(s, ATOM(not_purged), names, found);
    for (size_t at = 0; at < count; at++) {
        struct module *module = all[at]->module;

        all[at]->module = NULL;
        names[0] = module->name;
        if (module->on_load_label == 0)
            code_make_current(s->node->code, module);
        else if (code_make_pending(s->node->code, module))
            return report(s, ATOM(on_load), names, 1);
    }
    return ATOM(ok);
}

static term code_finish_loading(struct scheduler *s, const term *a)
{
    struct memory *memory = s->node->memory;
    size_t count = list_length(a[0]), size;
    struct prepared **all;
    term *names, result = TERM_NONE, rest = a[0];
    bool is_good = true;

    if (count == SIZE_MAX)
        return raise_badarg(s);
    if (count == 0)
        return ATOM(ok);
    if (!size_multiply(count, sizeof *all + sizeof *names, &size)
        || (all = memory_allocate(memory, MEMORY_OTHER, size)) == NULL)
        return raise_no_memory(s);
    names = (term *) (void *) (all + count);
    for (size_t at = 0; at < count; at++, rest = term_tail(rest)) {
        all[at] = get_prepared(term_head(rest));
        is_good = is_good && all[at] != NULL;
    }
    for (size_t at = 0; is_good && count > 1 && at < count; at++)
        if (all[at]->module->on_load_label != 0) {
            memory_free(memory, MEMORY_OTHER, all, size);
            return raise_error(s, ATOM(system_limit));
        }
    if (is_good)
        result = finish(s, all, count, names);
    memory_free(memory, MEMORY_OTHER, all, size);
    return is_good ? result : raise_badarg(s);
}

/* ---- on_load ------------------------------------------------------------------------------------- */

static struct module *pending_module(struct scheduler *s, term name)
{
    struct code_slot *slot = term_is_atom(name) ? code_find_slot(s->node->code, name) : NULL;

    return slot == NULL ? NULL : slot->pending;
}

/* Calls the on_load function as a fun of no arguments. */
static term code_call_on_load(struct scheduler *s, const term *a)
{
    struct module *module = pending_module(s, a[0]);
    struct fun_entry *entry;
    term *fun;

    if (module == NULL)
        return raise_badarg(s);
    entry = code_on_load_entry(module);
    fun = entry == NULL ? NULL : heap_allocate(native_heap(s), 2);
    if (fun == NULL)
        return raise_no_memory(s);
    fun[0] = header_make(BOXED_FUN, 1);
    fun[1] = (term) entry;
    s->x[0] = term_make_boxed(fun);
    s->outcome = NATIVE_APPLIES;
    s->trap.arity = 0;
    return TERM_NONE;
}

/* When its on_load failed the module stays pending: the purger purges it. */
static term code_finish_after_on_load(struct scheduler *s, const term *a)
{
    struct module *module = pending_module(s, a[0]);

    if (module == NULL || (a[1] != ATOM(true) && a[1] != ATOM(false)))
        return raise_badarg(s);
    if (a[1] == ATOM(true)) {
        struct code_slot *slot = code_find_slot(s->node->code, a[0]);

        if (slot->current != NULL && slot->old != NULL)
            return raise_badarg(s);
        code_make_current(s->node->code, module);
    }
    return ATOM(true);
}

/* ---- Removing -------------------------------------------------------------------------------------- */

static term code_delete(struct scheduler *s, const term *a)
{
    struct code_slot *slot;

    if (!term_is_atom(a[0]))
        return raise_badarg(s);
    slot = code_find_slot(s->node->code, a[0]);
    if (slot == NULL || (slot->current == NULL && slot->old == NULL))
        return ATOM(undefined);
    if (slot->old != NULL)
        return raise_badarg(s);
    code_delete_module(s->node->code, a[0]);
    return ATOM(true);
}

static bool uses_old_code(struct scheduler *s, struct process *process, term module)
{
    return s->node->uses_module == NULL || s->node->uses_module(s->node, process, module);
}

static bool is_used_by_any(struct scheduler *s, term module)
{
    struct process *process = NULL;
    size_t bucket = 0;

    if (node_is_shared(s->node))        /* others run: literals_release_code asks once they stand */
        return false;
    while ((process = process_table_next(s->node->processes, &bucket, process)) != NULL)
        if (uses_old_code(s, process, module))
            return true;
    return false;
}

static term code_check_process(struct scheduler *s, const term *a)
{
    if (!term_is_atom(a[0]))
        return raise_badarg(s);
    return native_boolean(uses_old_code(s, s->process, a[0]));
}

ALWAYS(code_check_dirty_process, ATOM(normal))

ALWAYS(code_purged, ATOM(true))

/* The steps of a purge, as the purger takes them; what it found is checked again before any memory
** goes. The literals go between this slice, which ends here, and the next. */
static term code_purge_module(struct scheduler *s, const term *a)
{
    struct code_table *table = s->node->code;
    struct code_slot *slot;

    if (!term_is_atom(a[0]))
        return raise_badarg(s);
    slot = code_find_slot(table, a[0]);
    if (a[1] == ATOM(prepare) || a[1] == ATOM(prepare_on_load))
        return native_boolean(code_prepare_purge(table, a[0], a[1] == ATOM(prepare_on_load)));
    if (slot == NULL || !slot->is_purging || (a[1] != ATOM(abort) && a[1] != ATOM(complete)))
        return raise_badarg(s);
    if (a[1] == ATOM(abort)) {
        code_abort_purge(table, a[0]);
        return ATOM(false);
    }
    if (is_used_by_any(s, a[0])) {
        code_abort_purge(table, a[0]);
        return raise_badarg(s);
    }
    code_purge_old(table, a[0]);
    native_yield(s, code_purged, 0, a);
    s->trap.yields = true;
    return TERM_NONE;
}

/* (Fun, Arguments): of a module that is being purged, which has its funs withdrawn meanwhile. They may come
** back, when the purge finds that its code is in use: the fun is called once that is known, as OTP does. */
static term code_await_purge(struct scheduler *s, const term *a)
{
    struct code_slot *slot = code_find_slot(s->node->code, term_fun_entry(a[0])->identity.module);

    if (slot == NULL || !slot->is_purging)
        return native_trap(s, ATOM(erlang), ATOM(apply), 2, a);
    native_yield(s, code_await_purge, 2, a);
    s->trap.yields = true;
    return TERM_NONE;
}

/* A purge frees the literals itself: there is never an area to release. */
ALWAYS(code_release_area, ATOM(false))

ALWAYS(code_copy_request, ATOM(ok))

/* ---- Files of modules ------------------------------------------------------------------------------- */

static bool read_chunk_id(term list, char *id)
{
    for (int at = 0; at < 4; at++, list = term_tail(list)) {
        if (!term_is_cons(list) || !term_is_small(term_head(list))
            || term_small(term_head(list)) < 0 || term_small(term_head(list)) > 255)
            return false;
        id[at] = (char) term_small(term_head(list));
    }
    return list == TERM_NIL;
}

static term code_beamfile_chunk(struct scheduler *s, const term *a)
{
    enum data_status status;
    const uint8_t *bytes;
    uint8_t *scratch;
    size_t size;
    struct iff iff;
    struct iff_chunk chunk;
    char id[4];
    term result = ATOM(undefined);

    if (!read_chunk_id(a[1], id))
        return raise_badarg(s);
    if (!bits_get_bytes(s->node->memory, a[0], &bytes, &size, &scratch, &status))
        return raise_status(s, status);
    if (iff_open(&iff, bytes, size) == NULL && iff_find(&iff, id, &chunk) && chunk.size > 0)
        result = scratch != NULL
            ? bits_make_copy(native_heap(s), chunk.data, chunk.size)
            : bits_make_sub(native_heap(s), a[0], (size_t) (chunk.data - bytes) * 8,
                  chunk.size * 8);
    memory_free(s->node->memory, MEMORY_OTHER, scratch, size);
    return native_result(s, result);
}

static term code_beamfile_md5(struct scheduler *s, const term *a)
{
    enum data_status status;
    const uint8_t *bytes;
    uint8_t *scratch;
    size_t size;
    struct iff iff;
    struct iff_chunk chunk;
    uint8_t digest[16];
    bool is_module;

    if (!bits_get_bytes(s->node->memory, a[0], &bytes, &size, &scratch, &status))
        return raise_status(s, status);
    is_module = iff_open(&iff, bytes, size) == NULL && iff_find(&iff, "Code", &chunk)
        && iff_find(&iff, "AtU8", &chunk);
    if (is_module)
        chunk_digest(&iff, digest);
    memory_free(s->node->memory, MEMORY_OTHER, scratch, size);
    return is_module ? native_result(s, bits_make_copy(native_heap(s), digest, sizeof digest))
                     : ATOM(undefined);
}

/* ---- Native libraries -------------------------------------------------------------------------------- */

/* The atom that the last part of a path spells; TERM_NONE: there is none. */
static term path_module(struct scheduler *s, term path)
{
    uint8_t name[ATOM_MAX_CHARACTERS];
    size_t size = 0;
    uint32_t index;

    for (; term_is_cons(path); path = term_tail(path)) {
        term character = term_head(path);

        if (!term_is_small(character) || term_small(character) < 0 || term_small(character) > 127)
            return TERM_NONE;
        if (term_small(character) == '/')
            size = 0;
        else if (size < sizeof name)
            name[size++] = (uint8_t) term_small(character);
    }
    return path == TERM_NIL && atom_find(s->node->atoms, name, size, &index)
        ? term_make_atom(index)
        : TERM_NONE;
}

/* Natives that are built in are there already; others are the host's business. */
static term code_load_nif(struct scheduler *s, const term *a)
{
    struct function *caller = s->node->current_function(s->process);
    term module = path_module(s, a[0]);

    if (module != TERM_NONE && code_has_own_natives(s->node->code, module))
        return ATOM(ok);
    if (s->node->load_nif == NULL)
        return raise_error(s, ATOM(undef));
    if (caller == NULL)
        return raise_badarg(s);
    return s->node->load_nif(s, caller->module, a[0], a[1]);
}

ALWAYS(code_coverage_support, ATOM(false))

ALWAYS(code_coverage_mode, ATOM(none))
