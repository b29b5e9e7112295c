/* pack_reach.c - which modules a program can reach, function by function: the rules of inspect.h.
**
** Always: a function is in the queue exactly once, when it is first reached. Modules that were
** looked at and not reached stay in the builder as candidates, those not found as missing, so that
** each name is looked for once. */
#include "api/inspect.h"
#include "api/vm.h"

#include <stdio.h>

struct queued {
    uint32_t module, function;
};

struct reach {
    struct avm_pack_builder *builder;
    const avm_pack_options *options;
    struct queued *queue;
    size_t queue_count, queue_capacity;
    size_t walked;              /* number of the module whose function is being walked */
    struct byte_buffer names;   /* atoms in that function's code, each once, each with its NUL */
    struct byte_buffer literals;    /* those of its literals in order, "" after each literal */
    bool calls_behaviour;       /* it hands a callback module to gen_server or the like */
    bool calls_process;         /* it hands one, perhaps its own, to sys, gen or proc_lib */
    const char *why;            /* the first failure, or NULL */
    char culprit[256];          /* the module that could not be read */
};

/* Nothing but a module is named like that. */
static bool is_elixir(const char *name)
{
    return strncmp(name, "Elixir.", 7) == 0;
}

/* Whether a call of that function hands over a callback module. */
static bool takes_callbacks(const char *module, const char *function)
{
    static const char *const libraries[] = { "gen_server", "gen_statem", "gen_event", "gen_fsm",
        "gen", "supervisor", "supervisor_bridge" };
    size_t at;

    for (at = 0; at < AVM_COUNT_OF(libraries); at++)
        if (strcmp(libraries[at], module) == 0)
            return strncmp(function, "start", 5) == 0 || strncmp(function, "add_", 4) == 0
                || strncmp(function, "swap_", 5) == 0 || strcmp(function, "enter_loop") == 0;
    return false;
}

static bool is_process_library(const char *module)
{
    return strcmp(module, "sys") == 0 || strcmp(module, "gen") == 0
        || strcmp(module, "proc_lib") == 0;
}

/* Its functions are full of names of functions that it says something about, and calls none. */
static bool is_about_names(const char *module)
{
    return strcmp(module, "otp_internal") == 0;
}

/* ---- Reaching ------------------------------------------------------------------------------ */

/* A file that is no module fails the walk, unless it was only mentioned: then it does not count. */
static void set_failure(struct reach *reach, const char *name, const char *why, bool is_mention)
{
    if (why == NULL || (is_mention && strcmp(why, "out of memory") != 0))
        return;
    reach->why = why;
    (void) snprintf(reach->culprit, sizeof reach->culprit, "%s", name);
}

static void use_module(struct reach *reach, size_t number);

static void reach_function(struct reach *reach, size_t number, size_t function)
{
    struct builder_module *module = &reach->builder->modules[number];
    void *items = reach->queue;

    if (reach->why != NULL || function == SIZE_MAX || module->calls.functions[function].is_reached)
        return;
    if (!vector_reserve(&reach->builder->memory, MEMORY_CODE, &items, &reach->queue_capacity,
            reach->queue_count, 1, sizeof *reach->queue)) {
        set_failure(reach, module->name, "out of memory", false);
        return;
    }
    reach->queue = items;
    module->calls.functions[function].is_reached = true;
    reach->queue[reach->queue_count].module = (uint32_t) number;
    reach->queue[reach->queue_count++].function = (uint32_t) function;
    use_module(reach, number);
}

static void reach_whole(struct reach *reach, size_t number)
{
    struct builder_module *module = &reach->builder->modules[number];
    uint32_t at;

    if (module->is_whole || !module->is_open)
        return;
    module->is_whole = true;
    for (at = 0; at < module->calls.outline.export_count; at++)
        reach_function(reach, number,
            calls_function_of_label(&module->calls, module->calls.outline.exports[at].label));
    use_module(reach, number);
}

static void report(const struct reach *reach, const char *name, bool is_found)
{
    if (reach->options->report != NULL)
        reach->options->report(reach->options->user, name,
            reach->builder->modules[reach->walked].name, is_found);
}

static void open_calls(struct reach *reach, struct builder_module *module, bool is_mention)
{
    const char *why;

    if (module->is_open || module->is_missing || reach->why != NULL)
        return;
    why = calls_open(&module->calls, &reach->builder->memory, module->bytes, module->size);
    module->is_open = why == NULL;
    set_failure(reach, module->name, why, is_mention);
}

static void add_found(struct reach *reach, const char *name, const avm_blob *blob, bool is_mention)
{
    const avm_pack_options *options = reach->options;
    const char *why = builder_put(reach->builder, name, blob->data, blob->size);

    set_failure(reach, name, why, is_mention);
    if (why == NULL)
        reach->builder->modules[reach->builder->module_count - 1].is_stock
            = options->is_stock != NULL && options->is_stock(options->user, name);
    if (blob->release != NULL)
        blob->release(blob->user, blob->data, blob->size);
}

/* The number of the module of that name, open; SIZE_MAX when there is none. */
static size_t look_for(struct reach *reach, const char *name, bool is_mention)
{
    const avm_pack_options *options = reach->options;
    struct builder_module *module = builder_find(reach->builder, name, strlen(name));
    avm_blob blob;

    if (module == NULL && reach->why == NULL) {
        memset(&blob, 0, sizeof blob);
        if (options->find != NULL && options->find(options->user, name, &blob) == AVM_OK)
            add_found(reach, name, &blob, is_mention);
        else
            set_failure(reach, name, builder_put(reach->builder, name, NULL, 0), false);
        module = builder_find(reach->builder, name, strlen(name));
    }
    if (module != NULL)
        open_calls(reach, module, is_mention);
    return module == NULL || !module->is_open ? SIZE_MAX
                                              : (size_t) (module - reach->builder->modules);
}

static void want_implementation(void *user, const char *name)
{
    struct reach *reach = user;
    size_t number = look_for(reach, name, true);

    if (number != SIZE_MAX
        && outline_has_export(&reach->builder->modules[number].calls.outline, "__impl__", 1))
        reach_whole(reach, number);
}

/* A protocol finds its implementations by names that it puts together. */
static void want_implementations(struct reach *reach, const char *protocol)
{
    const avm_pack_options *options = reach->options;
    char prefix[255 * 4 + 2];
    size_t size = strlen(protocol);

    if (options->list == NULL || size + 2 > sizeof prefix)
        return;
    memcpy(prefix, protocol, size);
    memcpy(prefix + size, ".", 2);
    options->list(options->user, prefix, want_implementation, reach);
}

/* The module goes in, for the first function of it that is reached. */
static void use_module(struct reach *reach, size_t number)
{
    struct builder_module *module = &reach->builder->modules[number];
    bool is_protocol = outline_has_export(&module->calls.outline, "__protocol__", 1);
    char *name = module->name;
    size_t at;

    if (module->is_used)
        return;
    module->is_used = true;
    report(reach, name, true);
    for (at = 0; at < module->calls.function_count; at++)
        if (reach->builder->modules[number].calls.functions[at].has_on_load)
            reach_function(reach, number, at);
    if (!module->is_stock || is_protocol)
        reach_whole(reach, number);
    if (is_protocol)
        want_implementations(reach, name);
}

/* ---- What a function mentions ---------------------------------------------------------------- */

static void visit_local(void *user, size_t function)
{
    struct reach *reach = user;

    reach_function(reach, reach->walked, function);
}

static void visit_import(void *user, const struct outline_function *import)
{
    struct reach *reach = user;
    const struct outline *outline = &reach->builder->modules[reach->walked].calls.outline;
    const char *module = outline->atoms[import->module];
    const char *name = outline->atoms[import->name];
    bool was_known = builder_find(reach->builder, module, strlen(module)) != NULL;
    size_t number = look_for(reach, module, false);

    if (takes_callbacks(module, name))
        reach->calls_behaviour = true;
    if (is_process_library(module))
        reach->calls_process = true;
    if (number != SIZE_MAX)
        reach_function(reach, number,
            calls_find_export(&reach->builder->modules[number].calls, name, import->arity));
    else if (!was_known && reach->why == NULL)
        report(reach, module, false);
}

static bool has_name(const struct reach *reach, const char *name)
{
    const char *at = (const char *) reach->names.bytes;
    const char *end = at + reach->names.size;

    for (; at < end; at += strlen(at) + 1)
        if (strcmp(at, name) == 0)
            return true;
    return false;
}

static void visit_atom(void *user, const char *name)
{
    struct reach *reach = user;

    if (name[0] != '\0' && (reach->names.size == 0 || !has_name(reach, name)))
        byte_buffer_append(&reach->names, name, strlen(name) + 1);
}

static bool visit_literal_atom(void *user, const char *name, size_t size, bool is_fun)
{
    struct reach *reach = user;

    (void) is_fun;    /* its function is the next atom: as in {Module, Function, Arguments} */
    if (size != 0 && memchr(name, '\0', size) == NULL) {
        byte_buffer_append(&reach->literals, name, size);
        byte_buffer_u8(&reach->literals, 0);
    }
    return true;
}

static void visit_literal(void *user, size_t index)
{
    struct reach *reach = user;

    outline_walk_literal(&reach->builder->modules[reach->walked].calls.literals, index,
        visit_literal_atom, reach);
    byte_buffer_u8(&reach->literals, 0);
}

/* Whether the mention of a module alone reaches all of it. Stock modules know no others by name. */
static bool is_reached_by_name(const struct reach *reach, const struct builder_module *module)
{
    const struct builder_module *walked = &reach->builder->modules[reach->walked];

    return (module == walked && reach->calls_process) || reach->options->by_any_atom
        || is_elixir(module->name) || (!module->is_stock && !walked->is_stock)
        || (reach->calls_behaviour && outline_has_export(&module->calls.outline, "init", 1));
}

/* Exported functions of a stock module: those of that name, or, with name NULL, of all names that
** the function's code mentions. */
static void reach_mentioned(struct reach *reach, size_t number, const char *wanted)
{
    uint32_t at;

    for (at = 0; at < reach->builder->modules[number].calls.outline.export_count; at++) {
        const struct calls *calls = &reach->builder->modules[number].calls;
        const char *name = calls->outline.atoms[calls->outline.exports[at].name];

        if (strcmp(name, "module_info") != 0
            && (wanted == NULL ? has_name(reach, name) : strcmp(name, wanted) == 0))
            reach_function(reach, number,
                calls_function_of_label(calls, calls->outline.exports[at].label));
    }
}

static void reach_named(struct reach *reach, const char *name, const char *wanted)
{
    size_t number = look_for(reach, name, true);

    if (number == SIZE_MAX)
        return;
    if (is_reached_by_name(reach, &reach->builder->modules[number]))
        reach_whole(reach, number);
    else
        reach_mentioned(reach, number, wanted);
}

static void reach_all_named(struct reach *reach)
{
    size_t at, size;

    if (reach->builder->modules[reach->walked].is_ours
        || is_about_names(reach->builder->modules[reach->walked].name))
        return;
    for (at = 0; at < reach->names.size && reach->why == NULL; at += size) {
        const char *name = (const char *) reach->names.bytes + at;

        size = strlen(name) + 1;
        reach_named(reach, name, NULL);
    }
    for (at = 0; at < reach->literals.size && reach->why == NULL; at += size) {
        const char *name = (const char *) reach->literals.bytes + at;

        size = strlen(name) + 1;
        if (size > 1)
            reach_named(reach, name, name + size);
    }
}

static void walk_function(struct reach *reach, const struct queued *queued)
{
    const struct calls_visitor visitor = { visit_local, visit_import, visit_atom, visit_literal,
        reach };
    struct calls calls = reach->builder->modules[queued->module].calls;    /* modules may move */

    reach->walked = queued->module;
    reach->names.size = 0;
    reach->literals.size = 0;
    reach->calls_behaviour = false;
    reach->calls_process = false;
    calls_visit(&calls, queued->function, &visitor);
    if (!reach->names.failed && !reach->literals.failed)
        reach_all_named(reach);
    else
        set_failure(reach, reach->builder->modules[reach->walked].name, "out of memory", false);
}

/* ---- The walk ------------------------------------------------------------------------------ */

/* All that was added, and the one module that every program has. */
static void reach_roots(struct reach *reach)
{
    size_t count = reach->builder->module_count, at, erlang;

    for (at = 0; at < count && reach->why == NULL; at++) {
        if (!reach->builder->modules[at].is_used)
            continue;
        reach->walked = at;
        open_calls(reach, &reach->builder->modules[at], false);
        reach_whole(reach, at);
    }
    erlang = look_for(reach, "erlang", false);
    if (erlang != SIZE_MAX)
        use_module(reach, erlang);
}

avm_status builder_reach(struct avm_pack_builder *builder, const avm_pack_options *options,
    avm_error *error)
{
    struct reach reach;
    size_t at;

    memset(&reach, 0, sizeof reach);
    reach.builder = builder;
    reach.options = options;
    byte_buffer_init(&reach.names, &builder->memory, MEMORY_CODE);
    byte_buffer_init(&reach.literals, &builder->memory, MEMORY_CODE);
    reach_roots(&reach);
    for (at = 0; at < reach.queue_count && reach.why == NULL; at++) {
        struct queued queued = reach.queue[at];

        walk_function(&reach, &queued);
    }
    memory_free(&builder->memory, MEMORY_CODE, reach.queue,
        reach.queue_capacity * sizeof *reach.queue);
    byte_buffer_deinit(&reach.names);
    byte_buffer_deinit(&reach.literals);
    if (reach.why == NULL)
        return AVM_OK;
    return vm_fail(error,
        strcmp(reach.why, "out of memory") == 0 ? AVM_NO_MEMORY : AVM_BAD_FILE, "%s: %s",
        reach.culprit, reach.why);
}
