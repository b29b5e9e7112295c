/* files.c - whole files, in and out. Reading goes through the library's own platform. */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atomvm/inspect.h"
#include "atomvm/platform.h"
#include "cli.h"

avm_status cli_map(const char *path, avm_blob *blob, avm_error *error)
{
    char why[128] = "cannot be read";
    avm_status status = avm_platform_default()->map_file(NULL, path, blob, why, sizeof why);

    if (status != AVM_OK) {
        error->status = status;
        (void) snprintf(error->message, sizeof error->message, "%.*s: %s", 100, path, why);
    }
    return status;
}

static void release_copy(void *user, const void *data, size_t size)
{
    (void) user;
    (void) size;
    free((void *) (uintptr_t) data);
}

avm_status cli_map_copy(const char *path, avm_blob *blob, avm_error *error)
{
    avm_blob mapped;
    avm_status status = cli_map(path, &mapped, error);
    void *copy;

    if (status != AVM_OK)
        return status;
    if (!avm_is_module(mapped.data, mapped.size)) {
        *blob = mapped;
        return AVM_OK;
    }
    copy = malloc(mapped.size);
    if (copy == NULL) {
        error->status = AVM_NO_MEMORY;
        (void) snprintf(error->message, sizeof error->message, "out of memory");
    } else {
        memcpy(copy, mapped.data, mapped.size);
        *blob = (avm_blob) { copy, mapped.size, release_copy, NULL };
    }
    cli_release(&mapped);
    return copy != NULL ? AVM_OK : AVM_NO_MEMORY;
}

void cli_release(const avm_blob *blob)
{
    if (blob->release != NULL)
        blob->release(blob->user, blob->data, blob->size);
}

bool cli_write_file(const char *path, const void *data, size_t size)
{
    FILE *file = fopen(path, "wb");
    bool is_written = file != NULL && fwrite(data, 1, size, file) == size;

    if (file != NULL && fclose(file) != 0)
        is_written = false;
    if (!is_written) {
        cli_error("%s: cannot be written: %s", path, strerror(errno));
        if (file != NULL)
            (void) remove(path);
    }
    return is_written;
}

static int is_module_name(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');

    return dot != NULL && strcmp(dot, ".beam") == 0;
}

int cli_each_module(const char *folder, int (*visit)(void *user, const char *path), void *user)
{
    struct dirent **entries;
    char path[4096];
    int count = scandir(folder, &entries, is_module_name, alphasort);
    int at, status = CLI_OK;

    if (count < 0) {
        cli_error("%s: %s", folder, strerror(errno));
        return CLI_CANNOT_OPEN;
    }
    for (at = 0; at < count; at++) {
        int size = snprintf(path, sizeof path, "%s/%s", folder, entries[at]->d_name);

        if (status == CLI_OK && size > 0 && (size_t) size < sizeof path)
            status = visit(user, path);
        free(entries[at]);
    }
    free(entries);
    return status;
}
