/* vm_fixture.c - see vm_fixture.h. */
#define _POSIX_C_SOURCE 200809L
#include "support/vm_fixture.h"

#include "support/vm_crew.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef AVM_TEST_BEAMS
#define AVM_TEST_BEAMS "."
#endif
#ifndef AVM_TEST_STOCK
#define AVM_TEST_STOCK "."
#endif

int64_t vm_clock = 1000000000;

/* ---- the allocator: each block knows its size ------------------------------------------- */

union block {
    struct {
        size_t size;
    } head;
    long double aligned;
};

static bool may_give(struct host_memory *host)
{
    host->allocations++;
    if (host->fail_at == 0 || host->allocations < host->fail_at
        || (!host->fail_from && host->allocations > host->fail_at))
        return true;
    host->failed++;
    return false;
}

static void *resize(struct host_memory *host, void *ptr, size_t old_size, size_t new_size)
{
    union block *block = ptr == NULL ? NULL : (union block *) ptr - 1;

    if ((block == NULL ? 0 : block->head.size) != old_size)
        host->size_was_wrong = true;
    if (new_size > old_size && !may_give(host))
        return NULL;
    host->bytes += new_size - old_size;
    host->blocks += (old_size == 0) - (size_t) (new_size == 0);
    if (new_size == 0) {
        free(block);
        return NULL;
    }
    block = realloc(block, sizeof *block + new_size);
    if (block == NULL)
        abort();
    block->head.size = new_size;
    return block + 1;
}

static void *host_resize(void *user, void *ptr, size_t old_size, size_t new_size)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    struct host_memory *host = user;
    void *block;

    if (!host->is_shared)
        return resize(host, ptr, old_size, new_size);
    pthread_mutex_lock(&lock);
    block = resize(host, ptr, old_size, new_size);
    pthread_mutex_unlock(&lock);
    return block;
}

/* ---- the platform: the built-in one with another clock ------------------------------------ */

static int64_t fixture_clock(void *state)
{
    (void) state;
    return __atomic_load_n(&vm_clock, __ATOMIC_RELAXED);
}

static void move_clock(int64_t until)
{
    if (until != INT64_MAX && until > vm_clock)
        __atomic_store_n(&vm_clock, until, __ATOMIC_RELAXED);
}

static avm_status fixture_wait(void *state, int64_t until, avm_poll_event *events, size_t capacity,
    size_t *count)
{
    (void) state;
    (void) events;
    (void) capacity;
    move_clock(until);
    *count = 0;
    return AVM_OK;
}

/* Several schedulers: the clock jumps while all the others sleep, or are out. Who is called is awake. */
#define NAP_NS INT64_C(200000)

static uint64_t parked;                 /* bit number - 1 */
static struct vm_crew *crew;            /* of the one VM that has several */
static unsigned schedulers;

static int64_t nap(void *state)
{
    return avm_platform_default()->monotonic_time(state) + NAP_NS;
}

static avm_status crew_wait(void *state, int64_t until, avm_poll_event *events, size_t capacity,
    size_t *count)
{
    unsigned asleep = (unsigned) __builtin_popcountll(__atomic_load_n(&parked, __ATOMIC_SEQ_CST));

    *count = 0;
    if (crew != NULL && asleep + vm_crew_out(crew) == schedulers - 1)
        move_clock(until);
    if (until <= fixture_clock(state))
        return AVM_OK;
    return avm_platform_default()->wait(state, nap(state), events, capacity, count);
}

static avm_status crew_park(void *state, unsigned number, int64_t until)
{
    uint64_t bit = (uint64_t) 1 << (number - 1);
    avm_status status;

    (void) __atomic_fetch_or(&parked, bit, __ATOMIC_SEQ_CST);
    status = avm_platform_default()->park(state, number, until == INT64_MAX ? until : nap(state));
    (void) __atomic_fetch_and(&parked, ~bit, __ATOMIC_SEQ_CST);
    return status;
}

static void crew_unpark(void *state, unsigned number)
{
    (void) __atomic_fetch_and(&parked, ~((uint64_t) 1 << (number - 1)), __ATOMIC_SEQ_CST);
    avm_platform_default()->unpark(state, number);
}

static avm_status quiet_write(void *state, avm_stream stream, const void *data, size_t size)
{
    (void) state;
    (void) stream;
    (void) data;
    (void) size;
    return AVM_OK;
}

/* ---- life ------------------------------------------------------------------------------------ */

static unsigned wanted_schedulers(void)
{
    const char *text = getenv("AVM_TEST_SCHEDULERS");
    unsigned long count = text == NULL ? 1 : strtoul(text, NULL, 10);

    return avm_has_schedulers() && count > 1 ? (unsigned) count : 1;
}

bool vm_has_crew(void)
{
    return wanted_schedulers() > 1;
}

void vm_init(struct vm_fixture *f)
{
    memset(f, 0, sizeof *f);
    f->allocator.resize = host_resize;
    f->allocator.user = &f->host;
    f->platform = *avm_platform_default();
    avm_config_init(&f->config);
    f->config.schedulers = wanted_schedulers();
    f->platform.monotonic_time = fixture_clock;
    f->platform.wait = fixture_wait;
    if (vm_has_crew()) {
        f->host.is_shared = true;
        f->platform.wait = crew_wait;
        f->platform.park = crew_park;
        f->platform.unpark = crew_unpark;
    }
    f->config.allocator = &f->allocator;
    f->config.platform = &f->platform;
}

avm_status vm_open(struct vm_fixture *f)
{
    avm_status status;

    if (f->is_quiet)
        f->platform.write = quiet_write;
    status = avm_create(&f->config, &f->vm, &f->error);
    if (status == AVM_OK)
        status = avm_env_create(f->vm, &f->env);
    if (status == AVM_OK && f->config.schedulers > 1) {
        f->crew = vm_crew_start(f->vm, f->config.schedulers - 1);
        crew = f->crew;
        schedulers = f->config.schedulers;
    }
    return status;
}

bool vm_close(struct vm_fixture *f)
{
    crew = NULL;
    vm_crew_end(f->crew);
    f->crew = NULL;
    avm_env_destroy(f->env);
    avm_destroy(f->vm);
    f->env = NULL;
    f->vm = NULL;
    snprintf(f->difference, sizeof f->difference, "%zu bytes in %zu blocks left%s", f->host.bytes,
        f->host.blocks, f->host.size_was_wrong ? ", an old size was wrong" : "");
    return f->host.bytes == 0 && f->host.blocks == 0 && !f->host.size_was_wrong;
}

/* ---- code ---------------------------------------------------------------------------------------- */

static bool read_file(const char *path, avm_blob *blob)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes;
    long size;

    if (file == NULL)
        return false;
    memset(blob, 0, sizeof *blob);
    if (fseek(file, 0, SEEK_END) == 0 && (size = ftell(file)) > 0 && fseek(file, 0, SEEK_SET) == 0) {
        bytes = malloc((size_t) size);
        if (bytes != NULL && fread(bytes, 1, (size_t) size, file) == (size_t) size) {
            blob->data = bytes;
            blob->size = (size_t) size;
        } else {
            free(bytes);
        }
    }
    fclose(file);
    return blob->data != NULL;
}

/* The folder of compiled programs, then those of the stock libraries, parted by colons. */
static bool search_folders(const char *module, avm_blob *blob)
{
    const char *at = AVM_TEST_BEAMS ":" AVM_TEST_STOCK;

    while (*at != 0) {
        size_t size = strcspn(at, ":");
        char path[1024];

        snprintf(path, sizeof path, "%.*s/%s.beam", (int) size, at, module);
        if (read_file(path, blob))
            return true;
        at += size;
        at += *at == ':';
    }
    return false;
}

#define MAX_MODULES 64
static struct {
    char name[64];
    avm_blob blob;
} read_modules[MAX_MODULES];

bool vm_read_module(const char *module, avm_blob *blob)
{
    size_t at;

    for (at = 0; at < MAX_MODULES && read_modules[at].blob.data != NULL; at++) {
        if (strcmp(read_modules[at].name, module) == 0) {
            *blob = read_modules[at].blob;
            return true;
        }
    }
    if (at == MAX_MODULES || strlen(module) >= sizeof read_modules[at].name
        || !search_folders(module, blob))
        return false;
    strcpy(read_modules[at].name, module);
    read_modules[at].blob = *blob;
    return true;
}

avm_status vm_load(struct vm_fixture *f, const char *module)
{
    avm_blob blob;

    if (!vm_read_module(module, &blob))
        return AVM_NOT_FOUND;
    return avm_load_blob(f->vm, module, blob, &f->error);
}

static avm_status find_stock(void *user, const char *module, avm_blob *blob)
{
    (void) user;
    return vm_read_module(module, blob) ? AVM_OK : AVM_NOT_FOUND;
}

void vm_find_stock(struct vm_fixture *f)
{
    avm_set_module_finder(f->vm, find_stock, NULL);
}

static void list_stock(void *user, void (*add)(void *to, const char *folder), void *to)
{
    const char *at = AVM_TEST_STOCK;

    (void) user;
    while (*at != 0) {
        size_t size = strcspn(at, ":");
        char path[1024];

        snprintf(path, sizeof path, "%.*s", (int) size, at);
        add(to, path);
        at += size;
        at += *at == ':';
    }
}

void vm_list_stock(struct vm_fixture *f)
{
    avm_set_code_path(f->vm, list_stock, NULL);
}

/* ---- running ------------------------------------------------------------------------------------ */

avm_status vm_start(struct vm_fixture *f, const char *module, const char *function, avm_pid *pid)
{
    avm_status status = avm_spawn(f->vm, module, function, f->env, 0, NULL, pid, &f->error);

    avm_env_clear(f->env);
    return status;
}

avm_status vm_start_storm(struct vm_fixture *f, const char *module, const char *function,
    avm_pid survivor, int64_t count, avm_pid *pid)
{
    avm_term arguments[4];
    avm_status status;

    arguments[0] = avm_make_atom(f->env, module);
    arguments[1] = avm_make_atom(f->env, function);
    arguments[2] = avm_make_pid(f->env, survivor);
    arguments[3] = avm_make_int64(f->env, count);
    status = avm_spawn(f->vm, "leak_storm", "run", f->env, 4, arguments, pid, &f->error);
    avm_env_clear(f->env);
    return status;
}

/* Others may do what this thread waits for, and then it is not woken. */
#define LONGEST_WAIT_BESIDE_OTHERS INT64_C(1000000000)

/* *reductions: spent by this thread. */
static avm_activity run_alone(struct vm_fixture *f, uint64_t *reductions)
{
    avm_progress progress;

    *reductions = 0;
    do {
        (void) avm_run(f->vm, UINT64_MAX, &progress);
        *reductions += progress.reductions;
        if (progress.activity == AVM_WAITING && progress.wake_time != INT64_MAX)
            (void) avm_wait(f->vm, f->crew == NULL ? -1 : LONGEST_WAIT_BESIDE_OTHERS);
    } while (progress.activity != AVM_HALTED
        && (progress.activity != AVM_WAITING || progress.wake_time != INT64_MAX));
    return progress.activity;
}

/* Once the others are out, what they have left to do would be done by this thread: as long as that is
** something, all go on. */
bool vm_run(struct vm_fixture *f)
{
    avm_activity activity;
    uint64_t reductions;

    do {
        if (f->crew != NULL) {
            vm_crew_call_in(f->crew);
            (void) run_alone(f, &reductions);
            vm_crew_call_out(f->crew);
        }
        activity = run_alone(f, &reductions);
    } while (f->crew != NULL && activity != AVM_HALTED && reductions != 0);
    return activity == AVM_WAITING;
}

/* ---- what is left --------------------------------------------------------------------------------- */

void vm_get_stats(struct vm_fixture *f, avm_stats *stats)
{
    memset(stats, 0, sizeof *stats);
    stats->struct_size = sizeof *stats;
    avm_get_stats(f->vm, stats);
}

void vm_mark(struct vm_fixture *f)
{
    vm_get_stats(f, &f->mark);
}

static void say(struct vm_fixture *f, const char *what, size_t before, size_t after)
{
    size_t used = strlen(f->difference);

    if (before != after)
        snprintf(f->difference + used, sizeof f->difference - used, "%s%s: %+lld (%zu -> %zu)",
            used == 0 ? "" : "; ", what, (long long) after - (long long) before, before, after);
}

static void say_kind(struct vm_fixture *f, const avm_stats *now, int kind)
{
    char what[64];

    snprintf(what, sizeof what, "%s, objects", avm_memory_text((avm_memory) kind));
    say(f, what, f->mark.objects_by[kind], now->objects_by[kind]);
    snprintf(what, sizeof what, "%s, bytes", avm_memory_text((avm_memory) kind));
    say(f, what, f->mark.bytes_by[kind], now->bytes_by[kind]);
}

const char *vm_difference(struct vm_fixture *f, bool heaps)
{
    avm_stats now;
    size_t sum = 0;
    int kind;

    vm_get_stats(f, &now);
    f->difference[0] = 0;
    for (kind = 0; kind < AVM_MEMORY_COUNT; kind++) {
        sum += now.bytes_by[kind];
        if (heaps || (kind != AVM_MEMORY_HEAP && kind != AVM_MEMORY_BINARY))
            say_kind(f, &now, kind);
    }
    say(f, "live bytes against the sum of kinds", sum, now.live_bytes);
    say(f, "live bytes against the host's count", f->host.bytes, now.live_bytes);
    if (heaps)
        say(f, "live bytes", f->mark.live_bytes, now.live_bytes);
    say(f, "process count", f->mark.processes, now.processes);
    return f->difference[0] == 0 ? NULL : f->difference;
}
