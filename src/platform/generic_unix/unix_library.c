/* unix_library.c - shared objects. Owns nothing: a library is the system's until it is closed. */
#define _POSIX_C_SOURCE 200809L
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "platform/generic_unix/unix.h"

avm_status unix_library_open(void *state, const char *path, void **library, char *why,
    size_t why_size)
{
    const char *text;

    (void) state;
    *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (*library != NULL)
        return AVM_OK;
    text = dlerror();
    (void) snprintf(why, why_size, "%s", text != NULL ? text : "cannot be opened");
    return AVM_NOT_FOUND;
}

/* The address of a function comes as one of data: POSIX says that both have the same form. */
void (*unix_library_find(void *state, void *library, const char *name))(void)
{
    void *address = dlsym(library, name);
    void (*function)(void) = NULL;

    (void) state;
    if (address != NULL)
        memcpy(&function, &address, sizeof function);
    return function;
}

void unix_library_close(void *state, void *library)
{
    (void) state;
    (void) dlclose(library);
}
