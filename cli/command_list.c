/* command_list.c - what is in packs and modules. */
#include <stdio.h>
#include <string.h>

#include "atomvm/inspect.h"
#include "cli.h"

const struct cli_option cli_list_options[] = {
    { 'l', "long", NULL, "also what each module exports and imports" },
    { 0, "json", NULL, "as JSON, one object a file" },
    { 'h', "help", NULL, "this text" },
    { 0, NULL, NULL, NULL },
};

struct listing {
    bool is_long;
    bool is_json;
};

/* ---- Text ---------------------------------------------------------------------------------- */

static void print_functions(const avm_outline *outline)
{
    avm_function function;
    size_t at;

    for (at = 0; at < avm_outline_export_count(outline); at++) {
        avm_outline_export(outline, at, &function);
        printf("    exports %s/%u\n", function.name, function.arity);
    }
    for (at = 0; at < avm_outline_import_count(outline); at++) {
        avm_outline_import(outline, at, &function);
        printf("    imports %s:%s/%u\n", function.module, function.name, function.arity);
    }
}

static void print_section(const struct listing *listing, const avm_section *section,
    const avm_outline *outline)
{
    const char *kind = section->flags & AVM_SECTION_MODULE ? "module" : "file";

    printf("%10zu  %-6s  %s%s\n", section->size, kind, section->name,
        section->flags & AVM_SECTION_START ? "  (start)" : "");
    if (listing->is_long && outline != NULL)
        print_functions(outline);
}

/* ---- JSON ---------------------------------------------------------------------------------- */

static void print_functions_json(const avm_outline *outline)
{
    avm_function function;
    size_t at;

    printf(",\"exports\":[");
    for (at = 0; at < avm_outline_export_count(outline); at++) {
        avm_outline_export(outline, at, &function);
        printf("%s{\"name\":", at == 0 ? "" : ",");
        cli_print_json(function.name);
        printf(",\"arity\":%u}", function.arity);
    }
    printf("],\"imports\":[");
    for (at = 0; at < avm_outline_import_count(outline); at++) {
        avm_outline_import(outline, at, &function);
        printf("%s{\"module\":", at == 0 ? "" : ",");
        cli_print_json(function.module);
        printf(",\"name\":");
        cli_print_json(function.name);
        printf(",\"arity\":%u}", function.arity);
    }
    printf("]");
}

static void print_section_json(const struct listing *listing, const avm_section *section,
    const avm_outline *outline, bool is_first)
{
    printf("%s{\"name\":", is_first ? "" : ",");
    cli_print_json(section->name);
    printf(",\"kind\":\"%s\",\"start\":%s,\"offset\":%zu,\"size\":%zu",
        section->flags & AVM_SECTION_MODULE ? "module" : "file",
        section->flags & AVM_SECTION_START ? "true" : "false", section->offset, section->size);
    if (outline != NULL) {
        printf(",\"module\":");
        cli_print_json(avm_outline_module(outline));
        if (listing->is_long)
            print_functions_json(outline);
    }
    printf("}");
}

/* ---- Files --------------------------------------------------------------------------------- */

static int list_section(const struct listing *listing, const char *path,
    const avm_section *section, bool is_first)
{
    avm_outline *outline = NULL;
    avm_error error;

    if (section->flags & AVM_SECTION_MODULE
        && avm_outline_open(NULL, section->data, section->size, &outline, &error) != AVM_OK) {
        cli_error("%s: %s: %s", path, section->name, error.message);
        return cli_exit_of(error.status);
    }
    if (listing->is_json)
        print_section_json(listing, section, outline, is_first);
    else
        print_section(listing, section, outline);
    avm_outline_close(outline);
    return CLI_OK;
}

static int list_pack(const struct listing *listing, const char *path, const avm_blob *blob)
{
    avm_pack *pack;
    avm_section section;
    avm_error error;
    size_t at;
    int status = CLI_OK;

    if (avm_pack_open(NULL, blob->data, blob->size, &pack, &error) != AVM_OK) {
        cli_error("%s: %s", path, error.message);
        return cli_exit_of(error.status);
    }
    for (at = 0; at < avm_pack_count(pack) && status == CLI_OK; at++) {
        avm_pack_section(pack, at, &section);
        status = list_section(listing, path, &section, at == 0);
    }
    avm_pack_close(pack);
    return status;
}

static int list_module(const struct listing *listing, const char *path, const avm_blob *blob)
{
    const char *slash = strrchr(path, '/');
    avm_section section;

    section.name = slash == NULL ? path : slash + 1;
    section.flags = AVM_SECTION_MODULE;
    section.data = blob->data;
    section.size = blob->size;
    section.offset = 0;
    return list_section(listing, path, &section, true);
}

static int list_file(const struct listing *listing, const char *path)
{
    avm_blob blob;
    avm_error error;
    int status;

    if (cli_map(path, &blob, &error) != AVM_OK)
        return cli_fail(&error);
    if (listing->is_json) {
        printf("{\"file\":");
        cli_print_json(path);
        printf(",\"sections\":[");
    }
    if (avm_is_pack(blob.data, blob.size)) {
        status = list_pack(listing, path, &blob);
    } else if (avm_is_module(blob.data, blob.size)) {
        status = list_module(listing, path, &blob);
    } else {
        cli_error("%s: neither a pack nor a module", path);
        status = CLI_BAD_FILE;
    }
    if (listing->is_json)
        printf("]}\n");
    cli_release(&blob);
    return status;
}

int cli_list(int argc, char **argv)
{
    struct cli_reader reader = { cli_find_command("list"), argc, argv, 0, NULL, NULL };
    struct listing listing = { false, false };
    int status = CLI_OK, pass, files = 0;

    for (pass = 0; pass < 2; pass++) {
        reader.at = 0;
        while (status == CLI_OK && cli_read(&reader, &status)) {
            if (reader.name == NULL) {
                files++;
                status = pass == 0 ? CLI_OK : list_file(&listing, reader.value);
            } else if (strcmp(reader.name, "help") == 0) {
                return cli_explain("list");
            } else if (strcmp(reader.name, "long") == 0) {
                listing.is_long = true;
            } else {
                listing.is_json = true;
            }
        }
    }
    if (status == CLI_OK && files == 0) {
        cli_error("no file to list");
        cli_hint("atomvm help list");
        return CLI_USAGE;
    }
    return cli_finish(status);
}
