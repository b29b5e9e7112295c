/* command_pack.c - makes packs from modules, packs, folders and files. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "atomvm/inspect.h"
#include "cli.h"

const struct cli_option cli_pack_options[] = {
    { 'o', "output", "FILE", "the pack to write; app.avm for the start module app" },
    { 's', "start", "MODULE", "the module whose start/0 is the program" },
    { 0, "-pa", "DIR", "look for modules in DIR first; may be given again" },
    { 'k', "keep", "MODULE", "put MODULE in, as if it were called; may be given again" },
    { 0, "by-any-atom", NULL, "every atom that names a module counts as a call of it" },
    { 0, "no-prune", NULL, "put in what is named here, and nothing that it reaches" },
    { 'v', "verbose", NULL, "say of each module which other one reached it" },
    { 0, "json", NULL, "print what was made as JSON" },
    { 'h', "help", NULL, "this text" },
    { 0, NULL, NULL, NULL },
};

struct packing {
    struct cli_finder *finder;
    avm_pack_builder *builder;
    avm_pack_options options;
    const char *output;
    char default_output[300];
    int file_count;
    unsigned module_count;
    unsigned reached, missing;
    bool is_verbose;
    bool is_json;
};

/* ---- The callbacks ------------------------------------------------------------------------- */

static avm_status find(void *user, const char *module, avm_blob *blob)
{
    return cli_find_module(((struct packing *) user)->finder, module, blob);
}

static bool is_stock(void *user, const char *module)
{
    return cli_is_stock(((struct packing *) user)->finder, module);
}

static void list(void *user, const char *prefix,
    void (*found)(void *found_user, const char *module), void *found_user)
{
    cli_list_modules(((struct packing *) user)->finder, prefix, found, found_user);
}

static void report(void *user, const char *module, const char *reached_by, bool is_found)
{
    struct packing *packing = user;

    if (is_found)
        packing->reached++;
    else
        packing->missing++;
    if (packing->is_verbose)
        fprintf(stderr, "%s %s (from %s)\n", is_found ? "reached" : "missing", module, reached_by);
}

/* ---- What goes in -------------------------------------------------------------------------- */

static int fail_with(const char *path, const avm_error *error)
{
    cli_error("%s: %s", path, error->message);
    return cli_exit_of(error->status);
}

/* The default output is named after the first module. */
static void note_name(struct packing *packing, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    size_t size = strcspn(name, ".");

    if (packing->default_output[0] == '\0' && size > 0 && size < 255)
        (void) snprintf(packing->default_output, sizeof packing->default_output, "%.*s.avm",
            (int) size, name);
}

static int add_blob(struct packing *packing, const char *path, const avm_blob *blob)
{
    avm_error error;
    avm_status status;

    if (avm_is_pack(blob->data, blob->size)) {
        status = avm_pack_builder_add_pack(packing->builder, blob->data, blob->size, &error);
    } else if (avm_is_module(blob->data, blob->size)) {
        note_name(packing, path);
        packing->module_count++;
        status = avm_pack_builder_add_module(packing->builder, blob->data, blob->size, &error);
    } else {
        cli_error("%s: neither a pack nor a module", path);
        cli_hint("a file that the program reads is given as APP/priv/NAME=%s", path);
        return CLI_BAD_FILE;
    }
    return status == AVM_OK ? CLI_OK : fail_with(path, &error);
}

static int add_file(void *user, const char *path)
{
    struct packing *packing = user;
    avm_blob blob;
    avm_error error;
    int status;

    if (cli_map(path, &blob, &error) != AVM_OK)
        return cli_fail(&error);
    status = add_blob(packing, path, &blob);
    cli_release(&blob);
    return status;
}

/* NAME=FILE. */
static int add_named_file(struct packing *packing, const char *argument)
{
    char name[256];
    size_t size = strcspn(argument, "=");
    const char *path = argument + size + 1;
    avm_blob blob;
    avm_error error;
    avm_status status;

    if (size == 0 || size >= sizeof name) {
        cli_error("%s: not NAME=FILE", argument);
        cli_hint("atomvm help pack");
        return CLI_USAGE;
    }
    memcpy(name, argument, size);
    name[size] = '\0';
    if (cli_map(path, &blob, &error) != AVM_OK)
        return cli_fail(&error);
    status = avm_pack_builder_add_file(packing->builder, name, blob.data, blob.size, &error);
    cli_release(&blob);
    return status == AVM_OK ? CLI_OK : fail_with(path, &error);
}

static int keep_module(struct packing *packing, const char *module)
{
    avm_blob blob;
    avm_error error;
    avm_status status;

    if (cli_find_module(packing->finder, module, &blob) != AVM_OK) {
        cli_error("%s: no such module in any folder", module);
        return CLI_CANNOT_OPEN;
    }
    status = avm_pack_builder_add_module(packing->builder, blob.data, blob.size, &error);
    cli_release(&blob);
    return status == AVM_OK ? CLI_OK : fail_with(module, &error);
}

/* The modules right in the folder. The pack is named after a file or by -o: which of many modules a
** program starts with is not for a listing to say. */
static int add_folder(struct packing *packing, const char *folder)
{
    unsigned before = packing->module_count;
    int status;

    if (packing->output == NULL && packing->default_output[0] == '\0') {
        cli_error("%s: a folder gives the pack no name", folder);
        cli_hint("atomvm pack -o NAME.avm %s", folder);
        return CLI_USAGE;
    }
    (void) cli_finder_add_path(packing->finder, folder);
    status = cli_each_module(folder, add_file, packing);
    if (status == CLI_OK && packing->module_count == before) {
        cli_error("%s: no module in this folder", folder);
        cli_hint("a folder gives its .beam files, not those of folders in it");
        return CLI_CANNOT_OPEN;
    }
    return status;
}

static int add_argument(struct packing *packing, const char *argument)
{
    struct stat info;
    bool is_there = stat(argument, &info) == 0;

    packing->file_count++;
    if (is_there && S_ISDIR(info.st_mode))
        return add_folder(packing, argument);
    if (!is_there && strchr(argument, '=') != NULL)
        return add_named_file(packing, argument);
    if (!cli_finder_add_file(packing->finder, argument))
        return CLI_NO_MEMORY;
    return add_file(packing, argument);
}

/* ---- The command --------------------------------------------------------------------------- */

static int set_option(struct packing *packing, const char *name, const char *value)
{
    if (strcmp(name, "output") == 0)
        packing->output = value;
    else if (strcmp(name, "start") == 0)
        packing->options.start = value;
    else if (strcmp(name, "-pa") == 0)
        return cli_finder_add_path(packing->finder, value) ? CLI_OK : CLI_NO_MEMORY;
    else if (strcmp(name, "by-any-atom") == 0)
        packing->options.by_any_atom = true;
    else if (strcmp(name, "no-prune") == 0)
        packing->options.no_prune = true;
    else if (strcmp(name, "verbose") == 0)
        packing->is_verbose = true;
    else if (strcmp(name, "json") == 0)
        packing->is_json = true;
    return CLI_OK;
}

static int write_pack(struct packing *packing)
{
    const char *output = packing->output != NULL ? packing->output : packing->default_output;
    const void *data;
    size_t size;
    avm_error error;

    if (output[0] == '\0')
        output = "app.avm";
    if (avm_pack_build(packing->builder, &packing->options, &data, &size, &error) != AVM_OK)
        return fail_with(output, &error) == CLI_CANNOT_OPEN ? CLI_BAD_FILE
                                                            : cli_exit_of(error.status);
    if (!cli_write_file(output, data, size))
        return CLI_CANNOT_OPEN;
    if (packing->is_json) {
        printf("{\"file\":");
        cli_print_json(output);
        printf(",\"size\":%zu,\"reached\":%u,\"missing\":%u}\n", size, packing->reached,
            packing->missing);
    }
    return cli_finish(CLI_OK);
}

/* One pass for the options, which may stand behind the files, one for the files, and one for what is
** kept, which may be found beside them. */
static int pack_arguments(struct packing *packing, int argc, char **argv)
{
    struct cli_reader reader = { cli_find_command("pack"), argc, argv, 0, NULL, NULL };
    int status = CLI_OK, pass;

    for (pass = 0; pass < 3; pass++) {
        reader.at = 0;
        while (status == CLI_OK && cli_read(&reader, &status)) {
            if (reader.name == NULL)
                status = pass == 1 ? add_argument(packing, reader.value) : CLI_OK;
            else if (strcmp(reader.name, "help") == 0)
                return cli_explain("pack");
            else if (pass == 0)
                status = set_option(packing, reader.name, reader.value);
            else if (pass == 2 && strcmp(reader.name, "keep") == 0)
                status = keep_module(packing, reader.value);
        }
    }
    if (status != CLI_OK)
        return status;
    if (packing->file_count == 0) {
        cli_error("no file to pack");
        cli_hint("atomvm help pack");
        return CLI_USAGE;
    }
    return write_pack(packing);
}

int cli_pack(int argc, char **argv)
{
    struct packing packing;
    int status = CLI_NO_MEMORY;

    memset(&packing, 0, sizeof packing);
    packing.options.struct_size = sizeof packing.options;
    packing.options.find = find;
    packing.options.is_stock = is_stock;
    packing.options.list = list;
    packing.options.report = report;
    packing.options.user = &packing;
    packing.finder = cli_finder_create();
    if (packing.finder != NULL && avm_pack_builder_create(NULL, &packing.builder) == AVM_OK)
        status = pack_arguments(&packing, argc, argv);
    else
        cli_error("out of memory");
    avm_pack_builder_destroy(packing.builder);
    cli_finder_destroy(packing.finder);
    return status;
}
