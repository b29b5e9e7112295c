/* pack_reach.c - which modules a program can reach, module by module.
**
** The list of modules is its own queue: what is found is put at its end, and the walk is over when
** it has passed the last. Names that no folder has are kept too, as missing, so that each is looked
** for once. */
#include "api/inspect.h"
#include "api/vm.h"

struct reach {
    struct avm_pack_builder *builder;
    const avm_pack_options *options;
    size_t walked;              /* number of the module being walked */
    struct outline outline;     /* of it */
    const char *why;            /* the first failure, or NULL */
};

/* Modules that stock modules call by names they make, or that the VM itself calls. */
static const char *const called_by_name[][2] = {
    { "", "error_handler" },            /* for a call of an undefined function */
    { "", "erlang" },
    { "", "erts_internal" },
    { "", "erts_code_purger" },
    { "io", "io_lib" },                 /* by the group leader, in the request */
    { "io", "erl_scan" },
    { "io", "erl_parse" },
    { "erl_eval", "erl_internal" },
    { "supervisor", "supervisor_bridge" },
    { "logger", "logger_formatter" },
    { "proc_lib", "logger_formatter" },
};

static bool is_taken(const struct reach *reach, const char *name, size_t size)
{
    return builder_find(reach->builder, name, size) != NULL;
}

static void report(const struct reach *reach, const char *name, bool is_found)
{
    if (reach->options->report != NULL)
        reach->options->report(reach->options->user, name,
            reach->builder->modules[reach->walked].name, is_found);
}

static void put_found(struct reach *reach, const char *name, const avm_blob *blob)
{
    const avm_pack_options *options = reach->options;
    bool is_stock = options->is_stock != NULL && options->is_stock(options->user, name);

    reach->why = builder_put(reach->builder, name, blob->data, blob->size);
    if (reach->why == NULL) {
        reach->builder->modules[reach->builder->module_count - 1].is_stock = is_stock;
        report(reach, name, true);
    }
    if (blob->release != NULL)
        blob->release(blob->user, blob->data, blob->size);
}

/* What makes a found module count; NULL: nothing more is asked. */
typedef bool want_fn(struct reach *reach, const char *name, const avm_blob *blob);

/* Takes the module of that name, unless it is there or known to be missing. */
static void want(struct reach *reach, const char *name, want_fn *counts, bool is_import)
{
    const avm_pack_options *options = reach->options;
    avm_blob blob;
    avm_status status;

    if (reach->why != NULL || is_taken(reach, name, strlen(name)))
        return;
    memset(&blob, 0, sizeof blob);
    status = options->find == NULL ? AVM_NOT_FOUND : options->find(options->user, name, &blob);
    if (status != AVM_OK) {
        reach->why = builder_put(reach->builder, name, NULL, 0);
        if (is_import)
            report(reach, name, false);
    } else if (counts == NULL || counts(reach, name, &blob)) {
        put_found(reach, name, &blob);
    } else if (blob.release != NULL) {
        blob.release(blob.user, blob.data, blob.size);
    }
}

/* Nothing but a module is named like that. */
static bool is_elixir(const char *name)
{
    return strncmp(name, "Elixir.", 7) == 0;
}

/* ---- Atoms --------------------------------------------------------------------------------- */

static bool names_an_export(const struct reach *reach, const struct outline *found)
{
    uint32_t export, atom;

    for (export = 0; export < found->export_count; export++) {
        const char *name = found->atoms[found->exports[export].name];

        if (strcmp(name, "module_info") == 0)
            continue;
        for (atom = 1; atom < reach->outline.atom_count; atom++)
            if (strcmp(reach->outline.atoms[atom], name) == 0)
                return true;
    }
    return false;
}

/* An atom names a module and perhaps means it: see inspect.h. */
static bool atom_counts(struct reach *reach, const char *name, const avm_blob *blob)
{
    const avm_pack_options *options = reach->options;
    struct outline found;
    bool counts;

    if (options->by_any_atom || is_elixir(name) || options->is_stock == NULL
        || !options->is_stock(options->user, name))
        return true;
    if (reach->builder->modules[reach->walked].is_stock
        || outline_open(&found, &reach->builder->memory, blob->data, blob->size) != NULL)
        return false;
    counts = names_an_export(reach, &found);
    outline_close(&found);
    return counts;
}

static bool atoms_matter(const struct reach *reach)
{
    const struct builder_module *module = &reach->builder->modules[reach->walked];

    return reach->options->by_any_atom || !module->is_stock || is_elixir(module->name);
}

static bool want_literal_atom(void *user, const char *name, size_t size, bool is_fun)
{
    struct reach *reach = user;
    char text[255 * 4 + 1];

    if (size == 0 || size >= sizeof text || memchr(name, '\0', size) != NULL
        || (!is_fun && !atoms_matter(reach)))
        return true;
    memcpy(text, name, size);
    text[size] = '\0';
    want(reach, text, is_fun ? NULL : atom_counts, is_fun);
    return reach->why == NULL;
}

/* ---- Elixir -------------------------------------------------------------------------------- */

static bool is_implementation(struct reach *reach, const char *name, const avm_blob *blob)
{
    struct outline found;
    bool is_one;

    (void) name;
    if (outline_open(&found, &reach->builder->memory, blob->data, blob->size) != NULL)
        return false;
    is_one = outline_has_export(&found, "__impl__", 1);
    outline_close(&found);
    return is_one;
}

static void want_implementation(void *user, const char *module)
{
    want(user, module, is_implementation, false);
}

/* A protocol finds its implementations by names that it puts together. */
static void want_implementations(struct reach *reach)
{
    const avm_pack_options *options = reach->options;
    const char *protocol = outline_module(&reach->outline);
    char prefix[255 * 4 + 2];
    size_t size = strlen(protocol);

    if (options->list == NULL || size + 2 > sizeof prefix
        || !outline_has_export(&reach->outline, "__protocol__", 1))
        return;
    memcpy(prefix, protocol, size);
    memcpy(prefix + size, ".", 2);
    options->list(options->user, prefix, want_implementation, reach);
}

/* ---- The walk ------------------------------------------------------------------------------ */

static void want_called_by_name(struct reach *reach, const char *caller)
{
    size_t at;

    for (at = 0; at < AVM_COUNT_OF(called_by_name); at++)
        if (strcmp(called_by_name[at][0], caller) == 0)
            want(reach, called_by_name[at][1], NULL, false);
}

static void walk_outline(struct reach *reach)
{
    const struct outline *outline = &reach->outline;
    const char *why;
    uint32_t at;

    for (at = 0; at < outline->import_count; at++)
        want(reach, outline->atoms[outline->imports[at].module], NULL, true);
    want_called_by_name(reach, outline_module(outline));
    for (at = 1; at < outline->atom_count && atoms_matter(reach); at++)
        if (outline->atoms[at][0] != '\0')
            want(reach, outline->atoms[at], atom_counts, false);
    why = outline_walk_literals(outline, want_literal_atom, reach);
    if (reach->why == NULL)
        reach->why = why;
    want_implementations(reach);
}

static void walk_module(struct reach *reach)
{
    const struct builder_module *module = &reach->builder->modules[reach->walked];

    if (module->is_missing)
        return;
    reach->why = outline_open(&reach->outline, &reach->builder->memory, module->bytes,
        module->size);
    if (reach->why != NULL)
        return;
    if (reach->walked == 0)
        want_called_by_name(reach, "");
    walk_outline(reach);
    outline_close(&reach->outline);
}

avm_status builder_reach(struct avm_pack_builder *builder, const avm_pack_options *options,
    avm_error *error)
{
    struct reach reach;

    memset(&reach, 0, sizeof reach);
    reach.builder = builder;
    reach.options = options;
    for (; reach.walked < builder->module_count; reach.walked++) {
        walk_module(&reach);
        if (reach.why != NULL)
            return vm_fail(error,
                strcmp(reach.why, "out of memory") == 0 ? AVM_NO_MEMORY : AVM_BAD_FILE, "%s: %s",
                builder->modules[reach.walked].name, reach.why);
    }
    return AVM_OK;
}
