/* command_disasm.c - the instructions of a module, as the compiler wrote or as the VM runs them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atomvm/inspect.h"
#include "cli.h"

const struct cli_option cli_disasm_options[] = {
    { 't', "translated", NULL, "as the VM runs them" },
    { 'h', "help", NULL, "this text" },
    { 0, NULL, NULL, NULL },
};

struct disassembly {
    const char *path;
    avm_code_form form;
    char module[256];       /* "": all of a pack */
    char function[256];     /* "": all */
    int arity;              /* negative: any */
};

static avm_status write_text(void *user, const char *text, size_t size)
{
    (void) user;
    return fwrite(text, 1, size, stdout) == size ? AVM_OK : AVM_IO;
}

/* "[MODULE:]FUNCTION[/ARITY]", or "MODULE:" for all of it. False when it is none. */
static bool parse_target(struct disassembly *disassembly, const char *text)
{
    const char *colon = strrchr(text, ':');
    const char *name = colon == NULL ? text : colon + 1;
    const char *slash = strrchr(name, '/');
    size_t module_size = colon == NULL ? 0 : (size_t) (colon - text);
    size_t name_size = slash == NULL || slash == name ? strlen(name) : (size_t) (slash - name);

    if (module_size >= sizeof disassembly->module || name_size >= sizeof disassembly->function)
        return false;
    memcpy(disassembly->module, text, module_size);
    disassembly->module[module_size] = '\0';
    memcpy(disassembly->function, name, name_size);
    disassembly->function[name_size] = '\0';
    if (name[name_size] == '/') {
        char *end;
        long arity = strtol(name + name_size + 1, &end, 10);

        if (end == name + name_size + 1 || *end != '\0' || arity < 0 || arity > 255)
            return false;
        disassembly->arity = (int) arity;
    }
    return true;
}

static int disassemble(const struct disassembly *disassembly, avm_vm *vm, const char *name,
    const void *data, size_t size)
{
    const char *function = disassembly->function[0] == '\0' ? NULL : disassembly->function;
    avm_error error;

    if (avm_disassemble(vm, data, size, disassembly->form, function, disassembly->arity,
            write_text, NULL, &error) == AVM_OK)
        return CLI_OK;
    cli_error("%s: %s", name, error.message);
    return error.status == AVM_NOT_FOUND ? CLI_BAD_FILE : cli_exit_of(error.status);
}

static bool is_wanted(const struct disassembly *disassembly, const avm_section *section)
{
    size_t size = strlen(disassembly->module);

    return section->flags & AVM_SECTION_MODULE
        && (size == 0
            || (strncmp(section->name, disassembly->module, size) == 0
                && strcmp(section->name + size, ".beam") == 0));
}

static int disassemble_pack(const struct disassembly *disassembly, avm_vm *vm,
    const avm_blob *blob)
{
    avm_pack *pack;
    avm_section section;
    avm_error error;
    size_t at, found = 0;
    int status = CLI_OK;

    if (avm_pack_open(NULL, blob->data, blob->size, &pack, &error) != AVM_OK) {
        cli_error("%s: %s", disassembly->path, error.message);
        return cli_exit_of(error.status);
    }
    for (at = 0; at < avm_pack_count(pack) && status == CLI_OK; at++) {
        avm_pack_section(pack, at, &section);
        if (!is_wanted(disassembly, &section))
            continue;
        found++;
        status = disassemble(disassembly, vm, section.name, section.data, section.size);
    }
    avm_pack_close(pack);
    if (status == CLI_OK && found == 0) {
        cli_error("%s: %s: no such module in the pack", disassembly->path, disassembly->module);
        return CLI_BAD_FILE;
    }
    return status;
}

static int disassemble_file(const struct disassembly *disassembly)
{
    avm_blob blob;
    avm_error error;
    avm_vm *vm;
    int status;

    if (cli_map(disassembly->path, &blob, &error) != AVM_OK)
        return cli_fail(&error);
    if (avm_create(NULL, &vm, &error) != AVM_OK) {
        cli_release(&blob);
        return cli_fail(&error);
    }
    if (avm_is_pack(blob.data, blob.size))
        status = disassemble_pack(disassembly, vm, &blob);
    else
        status = disassemble(disassembly, vm, disassembly->path, blob.data, blob.size);
    avm_destroy(vm);
    cli_release(&blob);
    return status;
}

static int usage_error(const char *what, const char *why)
{
    cli_error("%s%s", what, why);
    cli_hint("atomvm help disasm");
    return CLI_USAGE;
}

int cli_disasm(int argc, char **argv)
{
    struct cli_reader reader = { cli_find_command("disasm"), argc, argv, 0, NULL, NULL };
    struct disassembly disassembly;
    int status = CLI_OK, count = 0;

    memset(&disassembly, 0, sizeof disassembly);
    disassembly.arity = -1;
    while (status == CLI_OK && cli_read(&reader, &status)) {
        if (reader.name != NULL && strcmp(reader.name, "help") == 0)
            return cli_explain("disasm");
        if (reader.name != NULL)
            disassembly.form = AVM_FORM_TRANSLATED;
        else if (count++ == 0)
            disassembly.path = reader.value;
        else if (count > 2 || !parse_target(&disassembly, reader.value))
            return usage_error(reader.value, ": not [MODULE:]FUNCTION[/ARITY]");
    }
    if (status == CLI_OK && disassembly.path == NULL)
        return usage_error("", "no file to disassemble");
    return status != CLI_OK ? status : cli_finish(disassemble_file(&disassembly));
}
