/* command_verify.c - checks modules: files, all of a pack, all of a folder. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "atomvm/inspect.h"
#include "cli.h"

const struct cli_option cli_verify_options[] = {
    { 'q', "quiet", NULL, "no line at the end when all is good" },
    { 0, "json", NULL, "as JSON: an object for each finding, then one for the whole" },
    { 'h', "help", NULL, "this text" },
    { 0, NULL, NULL, NULL },
};

struct checking {
    avm_vm *vm;
    const char *name;       /* of the module being checked, for messages */
    uint64_t modules, refused_modules;
    avm_verify_counts total;
    bool is_quiet;
    bool is_json;
};

static void print_finding_json(const struct checking *checking, const avm_finding *finding)
{
    printf("{\"file\":");
    cli_print_json(checking->name);
    if (finding->module != NULL) {
        printf(",\"module\":");
        cli_print_json(finding->module);
    }
    if (finding->function != NULL) {
        printf(",\"function\":");
        cli_print_json(finding->function);
        printf(",\"arity\":%u", finding->arity);
    }
    printf(",\"offset\":%zu,\"reason\":", finding->offset);
    cli_print_json(finding->reason);
    printf("}\n");
}

static void print_finding(void *user, const avm_finding *finding)
{
    const struct checking *checking = user;

    if (checking->is_json)
        print_finding_json(checking, finding);
    else if (finding->function != NULL)
        cli_error("%s: %s/%u at %zu: %s", checking->name, finding->function, finding->arity,
            finding->offset, finding->reason);
    else
        cli_error("%s: %s", checking->name, finding->reason);
}

/* Good and refused modules are both CLI_OK here; the end tells them apart. */
static int check_module(struct checking *checking, const char *name, const void *data,
    size_t size)
{
    avm_verify_counts counts = { 0, 0, 0 };
    avm_error error;
    avm_status status;

    checking->name = name;
    status = avm_verify(checking->vm, data, size, print_finding, checking, &counts, &error);
    if (status != AVM_OK && status != AVM_BAD_CODE && status != AVM_BAD_FILE) {
        cli_error("%s: %s", name, error.message);
        return cli_exit_of(status);
    }
    checking->modules++;
    checking->refused_modules += status != AVM_OK;
    checking->total.functions += counts.functions;
    checking->total.instructions += counts.instructions;
    checking->total.refused += counts.refused;
    return CLI_OK;
}

static int check_pack(struct checking *checking, const char *path, const avm_blob *blob)
{
    avm_pack *pack;
    avm_section section;
    avm_error error;
    char name[512];
    size_t at;
    int status = CLI_OK;

    if (avm_pack_open(NULL, blob->data, blob->size, &pack, &error) != AVM_OK) {
        cli_error("%s: %s", path, error.message);
        return cli_exit_of(error.status);
    }
    for (at = 0; at < avm_pack_count(pack) && status == CLI_OK; at++) {
        avm_pack_section(pack, at, &section);
        if (!(section.flags & AVM_SECTION_MODULE))
            continue;
        (void) snprintf(name, sizeof name, "%s:%s", path, section.name);
        status = check_module(checking, name, section.data, section.size);
    }
    avm_pack_close(pack);
    return status;
}

static int check_file(void *user, const char *path)
{
    struct checking *checking = user;
    avm_blob blob;
    avm_error error;
    int status;

    if (cli_map(path, &blob, &error) != AVM_OK)
        return cli_fail(&error);
    if (avm_is_pack(blob.data, blob.size))
        status = check_pack(checking, path, &blob);
    else
        status = check_module(checking, path, blob.data, blob.size);
    cli_release(&blob);
    return status;
}

static int check_argument(struct checking *checking, const char *path)
{
    struct stat info;

    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode))
        return cli_each_module(path, check_file, checking);
    return check_file(checking, path);
}

static int print_total(const struct checking *checking, double seconds)
{
    unsigned long long modules = checking->modules, functions = checking->total.functions;
    unsigned long long instructions = checking->total.instructions;
    unsigned long long refused = checking->refused_modules;

    if (checking->is_json)
        printf("{\"modules\":%llu,\"functions\":%llu,\"instructions\":%llu,"
               "\"refused_modules\":%llu,\"refused_functions\":%llu,\"seconds\":%.3f}\n",
            modules, functions, instructions, refused,
            (unsigned long long) checking->total.refused, seconds);
    else if (!checking->is_quiet || refused != 0)
        printf("%llu modules, %llu functions, %llu instructions: %llu refused, %.2f s\n", modules,
            functions, instructions, refused, seconds);
    return refused == 0 ? CLI_OK : CLI_BAD_FILE;
}

static double seconds_now(void)
{
    struct timespec now = { 0, 0 };

    (void) timespec_get(&now, TIME_UTC);
    return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

/* One pass for the options, which may stand behind the files, and one for the files. */
static int check_arguments(struct checking *checking, int argc, char **argv)
{
    struct cli_reader reader = { cli_find_command("verify"), argc, argv, 0, NULL, NULL };
    double start = seconds_now();
    int status = CLI_OK, pass, files = 0;
    avm_error error;

    for (pass = 0; pass < 2; pass++) {
        if (pass == 1 && files > 0 && avm_create(NULL, &checking->vm, &error) != AVM_OK)
            return cli_fail(&error);
        reader.at = 0;
        while (status == CLI_OK && cli_read(&reader, &status)) {
            if (reader.name == NULL) {
                files++;
                status = pass == 0 ? CLI_OK : check_argument(checking, reader.value);
            } else if (strcmp(reader.name, "help") == 0) {
                return cli_explain("verify");
            } else if (strcmp(reader.name, "quiet") == 0) {
                checking->is_quiet = true;
            } else {
                checking->is_json = true;
            }
        }
    }
    if (status != CLI_OK)
        return status;
    if (files == 0) {
        cli_error("no file to verify");
        cli_hint("atomvm help verify");
        return CLI_USAGE;
    }
    return cli_finish(print_total(checking, seconds_now() - start));
}

int cli_verify(int argc, char **argv)
{
    struct checking checking;
    int status;

    memset(&checking, 0, sizeof checking);
    status = check_arguments(&checking, argc, argv);
    avm_destroy(checking.vm);
    return status;
}
