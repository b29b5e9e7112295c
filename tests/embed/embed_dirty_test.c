/* Dirty natives of a host: threads that it gives (avm_serve_dirty), by itself or when it is asked; what they hold
** up, what is left after storms of them. By the public headers only. */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <atomvm/native.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SEATS 3
#define MS INT64_C(1000000)

static size_t live;

static void *resize(void *user, void *ptr, size_t old_size, size_t new_size)
{
    void *result = NULL;

    (void) user;
    if (new_size == 0)
        free(ptr);
    else
        result = realloc(ptr, new_size);
    if (new_size == 0 || result != NULL)
        __atomic_fetch_add(&live, new_size - old_size, __ATOMIC_RELAXED);
    return result;
}

static void pause_ms(int64_t ms)
{
    struct timespec pause = { ms / 1000, ms % 1000 * MS };

    nanosleep(&pause, NULL);
}

/* ---- natives ------------------------------------------------------------------------------------- */

static avm_term native_nap(avm_env *env, int argc, const avm_term argv[])
{
    int64_t ms;

    (void) argc;
    if (!avm_get_int64(env, argv[0], &ms))
        return avm_raise_badarg(env);
    pause_ms(ms);
    return avm_make_int64(env, avm_dirty_thread(avm_env_vm(env)));
}

static avm_term native_fail(avm_env *env, int argc, const avm_term argv[])
{
    (void) argc;
    return avm_raise_exception(env, argv[0]);
}

static void tell(avm_env *env, avm_term to, avm_term message)
{
    avm_pid pid;

    assert_true(avm_get_local_pid(env, to, &pid));
    assert_int_equal(avm_send(avm_env_vm(env), pid, env, message), AVM_OK);
}

static avm_term native_hold(avm_env *env, int argc, const avm_term argv[])
{
    avm_term held[2] = { avm_make_atom(env, "held"), argv[0] };
    avm_progress progress;

    (void) argc;
    tell(env, argv[1], avm_make_atom(env, "begun"));
    pause_ms(10);
    tell(env, argv[1], avm_make_tuple(env, 2, held));
    assert_int_equal(avm_run(avm_env_vm(env), 1, &progress), AVM_BUSY);
    return argv[0];
}

static const avm_native rows[] = {
    { "nap", 1, native_nap, AVM_DIRTY_IO },
    { "fail", 1, native_fail, AVM_DIRTY_CPU },
    { "hold", 2, native_hold, AVM_DIRTY_CPU }
};
static const avm_native_module natives = { .name = "embed_dirty", .natives = rows, .count = 3 };

/* ---- hosts ------------------------------------------------------------------------------------------ */

struct host {
    avm_vm *vm;
    pthread_t threads[64];
    unsigned count;             /* of threads for dirty natives */
    unsigned most;              /* that it gives when it is asked */
    unsigned asked;
    pthread_t servers[8];
    unsigned server_count;
};

static void *serve_dirty(void *user)
{
    return avm_serve_dirty(((struct host *) user)->vm) == AVM_OK ? NULL : user;
}

static void *serve(void *user)
{
    return avm_serve(((struct host *) user)->vm) == AVM_OK ? NULL : user;
}

static bool give_thread(void *user)
{
    struct host *host = user;
    unsigned at = __atomic_fetch_add(&host->asked, 1, __ATOMIC_RELAXED);

    if (at >= host->most || pthread_create(&host->threads[at], NULL, serve_dirty, host) != 0)
        return false;
    __atomic_fetch_add(&host->count, 1, __ATOMIC_RELAXED);
    return true;
}

static void open_host(struct host *host, unsigned schedulers, unsigned seats, unsigned most, bool is_asked)
{
    static const avm_allocator allocator = { .resize = resize };
    avm_config config;
    avm_error error;

    memset(host, 0, sizeof *host);
    host->most = most;
    avm_config_init(&config);
    assert_int_equal(config.dirty_schedulers, 0);
    config.schedulers = schedulers;
    config.dirty_schedulers = seats;
    config.on_dirty = is_asked ? give_thread : NULL;
    config.user = host;
    config.allocator = &allocator;
    if (avm_create(&config, &host->vm, &error) != AVM_OK)
        fail_msg("%s", error.message);
    assert_int_equal(avm_register_natives(host->vm, &natives, &error), AVM_OK);
    assert_int_equal(avm_load_file(host->vm, AVM_TEST_BEAMS "/embed_dirty.beam", &error), AVM_OK);
    while (host->server_count + 1 < schedulers)
        pthread_create(&host->servers[host->server_count++], NULL, serve, host);
    for (; !is_asked && host->count < most; host->count++)
        pthread_create(&host->threads[host->count], NULL, serve_dirty, host);
}

static void stop_threads(struct host *host)
{
    void *refused;

    avm_stop_serving(host->vm);
    while (host->count > 0) {
        pthread_join(host->threads[--host->count], &refused);
        assert_null(refused);
    }
    while (host->server_count > 0)
        pthread_join(host->servers[--host->server_count], NULL);
}

static void close_host(struct host *host)
{
    stop_threads(host);
    avm_destroy(host->vm);
    assert_int_equal(__atomic_load_n(&live, __ATOMIC_RELAXED), 0);
}

/* As text. */
static void call(struct host *host, const char *function, int64_t number, bool has_number, char text[256])
{
    avm_term argument, result;
    avm_error error;
    avm_env *env;

    assert_int_equal(avm_env_create(host->vm, &env), AVM_OK);
    argument = avm_make_int64(env, number);
    if (avm_call(host->vm, "embed_dirty", function, env, has_number, &argument, &result, &error) != AVM_OK)
        fail_msg("%s: %s", function, error.message);
    (void) avm_print(env, result, text, 256);
    avm_env_destroy(env);
}

static int64_t call_number(struct host *host, const char *function, int64_t number)
{
    char text[256];

    call(host, function, number, true, text);
    return strtol(text, NULL, 10);
}

static void expect(struct host *host, const char *function, const char *expected)
{
    char text[256];

    call(host, function, 0, false, text);
    assert_string_equal(text, expected);
}

/* ---- tests -------------------------------------------------------------------------------------------- */

static void needs_a_build_for_it(void **state)
{
    avm_config config;
    avm_error error;
    avm_vm *vm;

    (void) state;
    avm_config_init(&config);
    config.dirty_schedulers = avm_has_schedulers() ? 65 : 1;
    assert_int_equal(avm_create(&config, &vm, &error), AVM_UNSUPPORTED);
    config.schedulers = UINT32_MAX;                 /* together one, were they just added */
    config.dirty_schedulers = 2;
    assert_int_equal(avm_create(&config, &vm, &error), AVM_UNSUPPORTED);
    config.schedulers = 1;
    config.dirty_schedulers = 0;
    assert_int_equal(avm_create(&config, &vm, &error), AVM_OK);
    assert_int_equal(avm_serve_dirty(vm), AVM_BUSY);
    avm_destroy(vm);
}

/* One scheduler goes on beside a native that sleeps; more natives than threads queue. */
static void one_scheduler_is_not_held_up(void **state)
{
    struct host host;
    char text[256];
    int tries = 0;

    (void) state;
    if (!avm_has_schedulers())
        return;
    open_host(&host, 1, SEATS, SEATS, false);
    while (call_number(&host, "ticks", 300) < 3)     /* before a thread has come, or on a loaded machine */
        assert_true(++tries < 20);
    call(&host, "both", SEATS + 1, true, text);
    assert_true(strcmp(text, "[2,2,2,2]") == 0 || strstr(text, "0") != NULL);   /* before a thread has come */
    expect(&host, "erased", "true");
    expect(&host, "killed", "killed");
    close_host(&host);
}

/* Threads are asked for as they are needed, and not more than there is room for. */
static void threads_come_when_asked(void **state)
{
    struct host host;
    char text[256];

    (void) state;
    if (!avm_has_schedulers())
        return;
    open_host(&host, 2, SEATS, 64, true);
    assert_int_equal(host.asked, 0);
    call(&host, "both", 6, true, text);
    assert_string_equal(text, "[2,2,2,2,2,2]");
    assert_in_range(host.asked, 1, SEATS);
    if (host.asked == SEATS)
        assert_int_equal(avm_serve_dirty(host.vm), AVM_BUSY);
    close_host(&host);
}

/* A host that has none to give: they run where they are called. */
static void no_thread_comes(void **state)
{
    struct host host;
    char text[256];

    (void) state;
    if (!avm_has_schedulers())
        return;
    open_host(&host, 2, SEATS, 0, true);
    call(&host, "both", 3, true, text);
    assert_string_equal(text, "[0,0,0]");
    expect(&host, "erased", "true");
    close_host(&host);
}

/* The VM goes on when all that serve have gone in the midst of it. */
static void threads_go(void **state)
{
    struct host host;
    char text[256];

    (void) state;
    if (!avm_has_schedulers())
        return;
    open_host(&host, 1, SEATS, 1, false);
    call(&host, "napping", 30, true, text);
    stop_threads(&host);
    call(&host, "both", 3, true, text);
    assert_string_equal(text, "[0,0,0]");
    close_host(&host);
}

static bool is_same(const avm_stats *before, const avm_stats *after)
{
    bool same = after->processes == before->processes;

    for (int kind = 0; kind <= AVM_MEMORY_OTHER; kind++)
        same = same && after->objects_by[kind] == before->objects_by[kind]
            && after->bytes_by[kind] == before->bytes_by[kind];
    return same;
}

/* What is left after storms of dirty natives is what was left before, once all have gone to sleep. */
static void storms_leave_nothing(unsigned schedulers)
{
    avm_stats before = { .struct_size = sizeof before }, after = before;
    struct host host;
    int round, tries;

    open_host(&host, schedulers, SEATS, SEATS, false);
    for (round = 0; round < 4; round++) {
        assert_int_equal(call_number(&host, "storm", 60), 60);
        for (tries = 0; avm_get_stats(host.vm, &after), round > 0 && !is_same(&before, &after); tries++) {
            assert_true(tries < 5000);
            pause_ms(2);
        }
        if (round == 0) {
            pause_ms(300);
            avm_get_stats(host.vm, &after);
        }
        before = after;
    }
    close_host(&host);
}

static void storms_of_dirty_natives_leave_nothing(void **state)
{
    (void) state;
    if (!avm_has_schedulers())
        return;
    storms_leave_nothing(1);
    storms_leave_nothing(2);
    storms_leave_nothing(8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(needs_a_build_for_it),
        cmocka_unit_test(one_scheduler_is_not_held_up),
        cmocka_unit_test(threads_come_when_asked),
        cmocka_unit_test(no_thread_comes),
        cmocka_unit_test(threads_go),
        cmocka_unit_test(storms_of_dirty_natives_leave_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
