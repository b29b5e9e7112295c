/* embed_host.h - the host of the tests in this folder: it counts every byte, can refuse one allocation,
** finds stock modules, keeps what is printed, and fails the test when a call does. */
#ifndef EMBED_HOST_H
#define EMBED_HOST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <atomvm/inspect.h>
#include <atomvm/native.h>
#include <atomvm/platform.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000000000)

struct host {
    avm_allocator allocator;
    avm_platform platform;
    avm_config config;
    avm_vm *vm;
    avm_env *env;
    avm_error error;
    size_t live_bytes, finds;
    unsigned wakeups, crashes;
    char report[300], output[600], found[64];
    int started, stopped;               /* ports of a driver */
};

/* write gets the platform's state, not the host: one host at a time prints. */
static struct host *embed_printing;

static inline void *embed_resize(void *user, void *ptr, size_t old_size, size_t new_size)
{
    struct host *host = user;

    host->live_bytes += new_size - old_size;
    if (new_size == 0) {
        free(ptr);
        return NULL;
    }
    ptr = realloc(ptr, new_size);
    if (ptr == NULL)
        abort();
    return ptr;
}

static inline avm_status embed_write(void *state, avm_stream stream, const void *data, size_t size)
{
    size_t length = strlen(embed_printing->output);
    size_t room = sizeof embed_printing->output - 1 - length;

    (void) state;
    (void) stream;
    size = size < room ? size : room;
    memcpy(embed_printing->output + length, data, size);
    embed_printing->output[length + size] = '\0';
    return AVM_OK;
}

static inline void embed_on_wakeup(void *user)
{
    ((struct host *) user)->wakeups++;
}

static inline void embed_on_crash(void *user, avm_pid pid, const char *report)
{
    struct host *host = user;

    (void) pid;
    host->crashes++;
    (void) snprintf(host->report, sizeof host->report, "%s", report);
}

/* The programs of this folder and stock modules: folders, each with a colon behind it. */
static inline avm_status embed_find(void *user, const char *module, avm_blob *blob)
{
    const char *folder = AVM_TEST_BEAMS ":" AVM_TEST_STOCK, *end;
    struct host *host = user;
    char path[1024];

    host->finds++;
    (void) snprintf(host->found, sizeof host->found, "%s", module);
    for (; (end = strchr(folder, ':')) != NULL; folder = end + 1) {
        (void) snprintf(path, sizeof path, "%.*s/%s.beam", (int) (end - folder), folder, module);
        if (avm_platform_default()->map_file(NULL, path, blob, NULL, 0) == AVM_OK)
            return AVM_OK;
    }
    return AVM_NOT_FOUND;
}

static inline void init_host(struct host *host)
{
    memset(host, 0, sizeof *host);
    host->allocator.resize = embed_resize;
    host->allocator.user = host;
    host->platform = *avm_platform_default();
    host->platform.write = embed_write;
    avm_config_init(&host->config);
    host->config.allocator = &host->allocator;
    host->config.platform = &host->platform;
    host->config.on_wakeup = embed_on_wakeup;
    host->config.user = host;
    embed_printing = host;
}

/* After init_host and changes to host->config. */
static inline void start_host(struct host *host)
{
    if (avm_create(&host->config, &host->vm, &host->error) != AVM_OK)
        fail_msg("%s", host->error.message);
    avm_set_module_finder(host->vm, embed_find, host);
    assert_int_equal(avm_env_create(host->vm, &host->env), AVM_OK);
}

static inline void open_host(struct host *host)
{
    init_host(host);
    start_host(host);
}

static inline void close_host(struct host *host)
{
    avm_env_destroy(host->env);
    avm_destroy(host->vm);
    assert_int_equal(host->live_bytes, 0);
    assert_int_equal(host->started, host->stopped);
}

static inline avm_status try_call(struct host *host, const char *module, const char *function,
    size_t argc, const avm_term argv[], avm_term *result)
{
    return avm_call(host->vm, module, function, host->env, argc, argv, result, &host->error);
}

/* MODULE:FUNCTION(...), which must work. */
static inline avm_term call(struct host *host, const char *module, const char *function, size_t argc,
    const avm_term argv[])
{
    avm_term result = 0;

    if (try_call(host, module, function, argc, argv, &result) != AVM_OK)
        fail_msg("%s:%s: %s (%s)", module, function, host->error.message, host->report);
    return result;
}

static inline void assert_prints(struct host *host, avm_term term, const char *expected)
{
    char text[300];

    avm_print(host->env, term, text, sizeof text);
    assert_string_equal(text, expected);
}

static inline avm_term atom(struct host *host, const char *name)
{
    return avm_make_atom(host->env, name);
}

static inline avm_term integer(struct host *host, int64_t value)
{
    return avm_make_int64(host->env, value);
}

static inline avm_stats stats_of(struct host *host)
{
    avm_stats stats = { .struct_size = sizeof stats };

    avm_get_stats(host->vm, &stats);
    return stats;
}

/* Kind by kind. */
static inline void assert_same_memory(struct host *host, const avm_stats *before, const char *what)
{
    avm_stats after = stats_of(host);
    int kind;

    for (kind = 0; kind < AVM_MEMORY_COUNT; kind++) {
        if (before->bytes_by[kind] != after.bytes_by[kind]
            || before->objects_by[kind] != after.objects_by[kind])
            fail_msg("%s: %s: %zu bytes before, %zu after", what, avm_memory_text(kind),
                before->bytes_by[kind], after.bytes_by[kind]);
    }
}

#endif
