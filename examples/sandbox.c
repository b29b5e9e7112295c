/* sandbox.c - a host that runs code it does not trust: each program has a VM of its own with a limit of
** memory and a number of reductions, and no files, no clock to set, no sockets. Whatever it does, the
** host goes on, and gets every byte back.
**
**     erlc hostile.erl && cc sandbox.c -o sandbox $(pkg-config --cflags --libs atomvm)
**     ./sandbox hostile.beam
*/
#include <atomvm/platform.h>
#include <atomvm/term.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY_LIMIT (6 * 1000 * 1000)
#define REDUCTION_LIMIT (20 * 1000 * 1000)
#define PART 100000

static size_t live_bytes;

static void *count_bytes(void *user, void *ptr, size_t old_size, size_t new_size)
{
    (void) user;
    live_bytes += new_size - old_size;
    if (new_size == 0) {
        free(ptr);
        return NULL;
    }
    return realloc(ptr, new_size);
}

/* What it prints goes nowhere. */
static avm_status swallow(void *state, avm_stream stream, const void *data, size_t size)
{
    (void) state;
    (void) stream;
    (void) data;
    (void) size;
    return AVM_OK;
}

/* How the process ended, or what stopped it. */
static const char *run(avm_vm *vm, avm_pid pid, uint64_t *spent)
{
    avm_progress progress;

    while (avm_is_process_alive(vm, pid)) {
        if (avm_run(vm, PART, &progress) != AVM_OK)
            return "cannot be run";
        *spent += progress.reductions;
        if (progress.activity == AVM_HALTED)
            return "halted";
        if (progress.activity == AVM_WAITING && avm_is_process_alive(vm, pid))
            return "waits for ever";
        if (*spent > REDUCTION_LIMIT)
            return "stopped: it had its reductions";
    }
    return "ended";
}

static int try_one(const char *file, const void *code, size_t size, const char *function,
    const avm_platform *platform)
{
    avm_allocator allocator = { count_bytes, NULL };
    avm_blob blob = { code, size, NULL, NULL };
    avm_stats stats = { .struct_size = sizeof stats };
    uint64_t spent = 0;
    avm_config config;
    avm_error error;
    avm_vm *vm;
    avm_pid pid;

    avm_config_init(&config);
    config.allocator = &allocator;
    config.platform = platform;
    config.memory_limit = MEMORY_LIMIT;
    config.max_processes = 5000;
    if (avm_create(&config, &vm, &error) != AVM_OK)
        return printf("%s\n", error.message) < 0;
    if (avm_load_blob(vm, file, blob, &error) != AVM_OK
        || avm_spawn(vm, "hostile", function, NULL, 0, NULL, &pid, &error) != AVM_OK) {
        printf("%-10s refused: %s\n", function, error.message);
    } else {
        const char *how = run(vm, pid, &spent);

        avm_get_stats(vm, &stats);
        printf("%-10s %s%s\n", function, how,
            stats.failures > 0 ? ", and met the limit of memory" : "");
        if (stats.peak_bytes > MEMORY_LIMIT)
            printf("took more than it was given\n");
    }
    avm_destroy(vm);
    return live_bytes != 0;
}

/* Every byte of the module is damaged, one at a time: what loads, runs within the limits. */
static int try_damaged(const void *code, size_t size, const avm_platform *platform)
{
    unsigned char *copy = malloc(size);
    avm_allocator allocator = { count_bytes, NULL };
    size_t at, loaded = 0;

    for (at = 0; copy != NULL && at < size; at += 3) {
        avm_blob blob = { copy, size, NULL, NULL };
        avm_term hundred, result;
        avm_config config;
        avm_progress progress;
        avm_error error;
        avm_env *env;
        avm_pid pid;
        avm_vm *vm;

        memcpy(copy, code, size);
        copy[at] ^= (unsigned char) (1 + at % 255);
        avm_config_init(&config);
        config.allocator = &allocator;
        config.platform = platform;
        config.memory_limit = MEMORY_LIMIT;
        if (avm_create(&config, &vm, &error) != AVM_OK)
            return 1;
        if (avm_load_blob(vm, "damaged", blob, &error) == AVM_OK
            && avm_env_create(vm, &env) == AVM_OK) {
            loaded++;
            hundred = avm_make_int64(env, 100);
            (void) result;
            if (avm_spawn(vm, "hostile", "good", env, 1, &hundred, &pid, &error) == AVM_OK)
                (void) avm_run(vm, PART, &progress);
            avm_env_destroy(env);
        }
        avm_destroy(vm);
    }
    printf("%zu damaged modules, all survived\n", (size + 2) / 3);
    free(copy);
    return live_bytes != 0 || loaded == 0;
}

int main(int argc, char **argv)
{
    static const char *const functions[] = { "loop", "memory", "processes", "atoms", "messages",
        "recursion", "binaries", "crash" };
    avm_platform platform = *avm_platform_default();
    const char *file = argc > 1 ? argv[1] : "hostile.beam";
    avm_blob blob;
    char why[100];
    size_t at;
    int failed = 0;

    platform.write = swallow;
    platform.files = NULL;              /* no files */
    platform.library_open = NULL;       /* no machine code */
    if (avm_platform_default()->map_file(NULL, file, &blob, why, sizeof why) != AVM_OK) {
        fprintf(stderr, "%s: %s\n", file, why);
        return 66;
    }
    for (at = 0; at < sizeof functions / sizeof *functions; at++)
        failed |= try_one(file, blob.data, blob.size, functions[at], &platform);
    failed |= try_damaged(blob.data, blob.size, &platform);
    if (blob.release != NULL)
        blob.release(blob.user, blob.data, blob.size);
    printf("%s\n", failed ? "something was left behind" : "nothing was left behind");
    return failed;
}
