/* The least that a host does: two VMs, made and unmade, and every byte given back. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <atomvm/inspect.h>
#include <atomvm/native.h>
#include <atomvm/platform.h>
#include <atomvm/port.h>
#include <erl_nif.h>

static size_t live_bytes;

static void *counted_resize(void *user, void *ptr, size_t old_size, size_t new_size)
{
    (void) user;
    live_bytes = live_bytes - old_size + new_size;
    if (new_size == 0) {
        free(ptr);
        return NULL;
    }
    return realloc(ptr, new_size);
}

int main(void)
{
    avm_allocator allocator = { counted_resize, NULL };
    avm_config config;
    avm_error error;
    avm_vm *first, *second;

    avm_config_init(&config);
    config.allocator = &allocator;
    if (strcmp(avm_version_text(), AVM_VERSION_TEXT) != 0)
        return 1;
    if (avm_create(&config, &first, &error) != AVM_OK
        || avm_create(&config, &second, &error) != AVM_OK) {
        fprintf(stderr, "%s\n", error.message);
        return 2;
    }
    avm_destroy(first);
    avm_destroy(second);
    return live_bytes == 0 ? 0 : 3;
}
