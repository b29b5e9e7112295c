/* files.c - whole files, in and out. Reading goes through the library's own platform. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
