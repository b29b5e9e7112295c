/* Several threads run one VM: all inside avm_run and avm_wait at once, calls from many threads, avm_serve
** and its end, one thread more than there is room for. By the public headers only. Where the library is
** built for one scheduler, what it says then. */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <atomvm/native.h>
#include <atomvm/platform.h>

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define THREADS 8
#define CALLS 200
#define FEW 1500                        /* processes at once */
#define MS INT64_C(1000000)

/* Counts what the VM holds; called by several threads. */
static size_t live;
static int fails_in;                    /* the allocation that fails, counted from now; 0: none */

static void *resize(void *user, void *ptr, size_t old_size, size_t new_size)
{
    void *result = NULL;

    (void) user;
    if (new_size == 0)
        free(ptr);
    else if (new_size < old_size || fails_in == 0 || --fails_in != 0)
        result = realloc(ptr, new_size);
    if (new_size == 0 || result != NULL)
        __atomic_fetch_add(&live, new_size - old_size, __ATOMIC_RELAXED);
    return result;
}

static const avm_allocator allocator = { .resize = resize };

/* processes: the most at once; 0: as many as usual. */
static avm_vm *open_small_vm(unsigned schedulers, unsigned processes)
{
    avm_config config;
    avm_error error;
    avm_vm *vm;

    avm_config_init(&config);
    config.schedulers = schedulers;
    config.max_processes = processes;
    config.allocator = &allocator;
    if (avm_create(&config, &vm, &error) != AVM_OK)
        fail_msg("%s", error.message);
    assert_int_equal(avm_load_file(vm, AVM_TEST_BEAMS "/embed_host.beam", &error), AVM_OK);
    return vm;
}

static avm_vm *open_vm(unsigned schedulers)
{
    return open_small_vm(schedulers, 0);
}

static void close_vm(avm_vm *vm)
{
    avm_destroy(vm);
    assert_int_equal(__atomic_load_n(&live, __ATOMIC_RELAXED), 0);
}

/* ---- avm_run and avm_wait from all ---------------------------------------------------------- */

struct crowd {
    avm_vm *vm;
    bool is_over;
    unsigned busy;                      /* who was told AVM_BUSY */
};

static void *run_and_wait(void *user)
{
    struct crowd *crowd = user;

    while (!__atomic_load_n(&crowd->is_over, __ATOMIC_ACQUIRE)) {
        avm_progress progress;
        avm_status status = avm_run(crowd->vm, 100000, &progress);

        if (status == AVM_BUSY)
            __atomic_fetch_add(&crowd->busy, 1, __ATOMIC_RELAXED);
        else if (progress.activity == AVM_WAITING)
            status = avm_wait(crowd->vm, 5 * MS);
    }
    return NULL;
}

static void eight_threads_run_one_vm(void **state)
{
    pthread_t threads[THREADS];
    struct crowd crowd = { NULL, false, 0 };
    avm_term numbers[2], result;
    avm_error error;
    avm_env *env;
    int i;

    (void) state;
    if (!avm_has_schedulers())
        return;
    crowd.vm = open_vm(THREADS + 1);
    for (i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run_and_wait, &crowd), 0);
    assert_int_equal(avm_env_create(crowd.vm, &env), AVM_OK);
    for (i = 0; i < CALLS; i++) {
        int64_t value;

        numbers[0] = avm_make_int64(env, i);
        numbers[1] = avm_make_int64(env, 1);
        if (avm_call(crowd.vm, "embed_host", "add", env, 2, numbers, &result, &error) != AVM_OK)
            fail_msg("%s", error.message);
        assert_true(avm_get_int64(env, result, &value));
        assert_int_equal(value, i + 1);
    }
    __atomic_store_n(&crowd.is_over, true, __ATOMIC_RELEASE);
    for (i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(crowd.busy, 0);
    avm_env_destroy(env);
    close_vm(crowd.vm);
}

/* ---- what is left ----------------------------------------------------------------------------- */

static void call_storm(avm_vm *vm, const char *storm, int size)
{
    avm_term count, result;
    avm_error error;
    avm_env *env;

    assert_int_equal(avm_env_create(vm, &env), AVM_OK);
    count = avm_make_int64(env, size);
    if (avm_call(vm, "embed_host", storm, env, 1, &count, &result, &error) != AVM_OK)
        fail_msg("%s", error.message);
    avm_env_destroy(env);
}

static void start_crowd(struct crowd *crowd, pthread_t threads[], int count)
{
    crowd->is_over = false;
    while (count-- > 0)
        assert_int_equal(pthread_create(&threads[count], NULL, run_and_wait, crowd), 0);
}

static void end_crowd(struct crowd *crowd, pthread_t threads[], int count)
{
    __atomic_store_n(&crowd->is_over, true, __ATOMIC_RELEASE);
    while (count-- > 0)
        pthread_join(threads[count], NULL);
}

static avm_stats get_stats(avm_vm *vm)
{
    avm_stats stats = { .struct_size = sizeof stats };

    avm_get_stats(vm, &stats);
    return stats;
}

static bool is_same(const avm_stats *before, const avm_stats *after)
{
    bool same = after->processes == before->processes;

    for (int kind = 0; kind <= AVM_MEMORY_OTHER; kind++)
        same = same && after->objects_by[kind] == before->objects_by[kind]
            && after->bytes_by[kind] == before->bytes_by[kind];
    return same;
}

/* Nothing is left when nobody is in, nor soon after all have gone to sleep. */
static void storms_leave_nothing(unsigned schedulers, unsigned processes, const char *storm, int size)
{
    const struct timespec pause = { 0, 2000000 };
    int helpers = (int) schedulers - 1, round;
    struct crowd crowd = { open_small_vm(schedulers, processes), false, 0 };
    pthread_t threads[THREADS];
    avm_stats before = get_stats(crowd.vm), after;

    for (round = 0; round < 4; round++) {
        start_crowd(&crowd, threads, helpers);
        call_storm(crowd.vm, storm, size);
        if (round > 0) {
            int tries = 0;

            while (after = get_stats(crowd.vm), !is_same(&before, &after)) {
                assert_true(tries++ < 5000);
                nanosleep(&pause, NULL);
            }
        }
        end_crowd(&crowd, threads, helpers);
        after = get_stats(crowd.vm);
        if (round > 0)
            assert_true(is_same(&before, &after));
        before = after;
    }
    close_vm(crowd.vm);
}

static void storms_beside_others_leave_nothing(void **state)
{
    (void) state;
    if (!avm_has_schedulers())
        return;
    storms_leave_nothing(2, 0, "storm", 500);
    storms_leave_nothing(THREADS, 0, "storm", 500);
}

static void storms_of_tables_leave_nothing(void **state)
{
    (void) state;
    if (!avm_has_schedulers())
        return;
    storms_leave_nothing(2, 0, "tables", 120);
    storms_leave_nothing(THREADS, 0, "tables", 120);
}

static void as_many_processes_as_may_be(void **state)
{
    (void) state;
    if (!avm_has_schedulers())
        return;
    storms_leave_nothing(2, FEW, "full", 200);
    storms_leave_nothing(THREADS, FEW, "full", 200);
}

/* ---- calls from all --------------------------------------------------------------------------- */

static void *call_many(void *user)
{
    struct crowd *crowd = user;
    avm_env *env;
    int i;

    if (avm_env_create(crowd->vm, &env) != AVM_OK)
        return user;
    for (i = 0; i < CALLS; i++) {
        avm_term numbers[2] = { avm_make_int64(env, i), avm_make_int64(env, 1) }, result;
        int64_t value;

        if (avm_call(crowd->vm, "embed_host", "add", env, 2, numbers, &result, NULL) != AVM_OK
            || !avm_get_int64(env, result, &value) || value != i + 1)
            break;
    }
    avm_env_destroy(env);
    return i == CALLS ? NULL : user;
}

static void all_threads_call(void **state)
{
    pthread_t threads[THREADS];
    struct crowd crowd = { NULL, false, 0 };
    void *failed;
    int i;

    (void) state;
    if (!avm_has_schedulers())
        return;
    crowd.vm = open_vm(THREADS);
    for (i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, call_many, &crowd), 0);
    for (i = 0; i < THREADS; i++) {
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    close_vm(crowd.vm);
}

/* ---- avm_serve ---------------------------------------------------------------------------------- */

static void *serve(void *user)
{
    return avm_serve(user) == AVM_OK ? NULL : user;
}

static void servers_stop(void **state)
{
    pthread_t threads[2], third;
    avm_progress progress;
    void *refused;
    avm_vm *vm;

    (void) state;
    if (!avm_has_schedulers())
        return;
    vm = open_vm(3);
    pthread_create(&threads[0], NULL, serve, vm);
    pthread_create(&threads[1], NULL, serve, vm);
    while (avm_run(vm, 1000, &progress) != AVM_OK) {
    }
    avm_stop_serving(vm);
    pthread_join(threads[0], &refused);
    assert_null(refused);
    pthread_join(threads[1], &refused);
    assert_null(refused);
    pthread_create(&third, NULL, serve, vm);    /* comes too late to stay */
    pthread_join(third, &refused);
    assert_null(refused);
    close_vm(vm);
}

static void *serve_in_crowd(void *user)
{
    struct crowd *crowd = user;

    (void) avm_serve(crowd->vm);
    __atomic_fetch_add(&crowd->busy, 1, __ATOMIC_RELEASE);
    return NULL;
}

/* Of two that serve, whenever they come. */
static void interrupts_end_serving(void **state)
{
    pthread_t threads[2];
    struct crowd crowd = { NULL, false, 0 };
    int i;

    (void) state;
    if (!avm_has_schedulers())
        return;
    crowd.vm = open_vm(2);
    for (i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, serve_in_crowd, &crowd);
    while (__atomic_load_n(&crowd.busy, __ATOMIC_ACQUIRE) < 2) {
        struct timespec pause = { 0, MS };

        avm_interrupt(crowd.vm);
        nanosleep(&pause, NULL);
    }
    for (i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    close_vm(crowd.vm);
}

/* ---- threads that come when there is work for them -------------------------------------------- */

struct sender {
    avm_vm *vm;
    pthread_t threads[THREADS];
    unsigned count, asked;
    bool refuses;
};

static bool send_thread(void *user)
{
    struct sender *sender = user;

    fails_in = 0;
    sender->asked++;
    return !sender->refuses && sender->count < THREADS
        && pthread_create(&sender->threads[sender->count++], NULL, serve, sender->vm) == 0;
}

static void open_asking_vm_on(struct sender *sender, const avm_platform *platform, unsigned schedulers,
    bool refuses)
{
    avm_config config;
    avm_error error;

    *sender = (struct sender) { .refuses = refuses };
    avm_config_init(&config);
    config.allocator = &allocator;
    config.schedulers = schedulers;
    config.platform = platform;
    config.on_busy = send_thread;
    config.user = sender;
    if (avm_create(&config, &sender->vm, &error) != AVM_OK)
        fail_msg("%s", error.message);
    assert_int_equal(avm_load_file(sender->vm, AVM_TEST_BEAMS "/embed_host.beam", &error), AVM_OK);
}

static void open_asking_vm(struct sender *sender, unsigned schedulers, bool refuses)
{
    open_asking_vm_on(sender, NULL, schedulers, refuses);
}

static void close_asking_vm(struct sender *sender)
{
    avm_stop_serving(sender->vm);
    while (sender->count > 0) {
        void *refused;

        pthread_join(sender->threads[--sender->count], &refused);
        assert_null(refused);
    }
    close_vm(sender->vm);
}

static void a_host_sends_threads_when_asked(void **state)
{
    struct sender sender;
    int i;

    (void) state;
    if (!avm_has_schedulers())
        return;
    open_asking_vm(&sender, 3, false);
    for (i = 0; i < 1000 && sender.asked < 2; i++)
        call_storm(sender.vm, "storm", 500);
    assert_int_equal(sender.asked, 2);
    for (i = 0; i < 20; i++)
        call_storm(sender.vm, "storm", 500);
    close_asking_vm(&sender);
    assert_int_equal(sender.asked, 2);
}

static void a_host_that_refuses_is_not_asked_again(void **state)
{
    struct sender sender;

    (void) state;
    if (!avm_has_schedulers())
        return;
    open_asking_vm(&sender, 3, true);
    for (int i = 0; i < 20; i++)
        call_storm(sender.vm, "storm", 500);
    close_asking_vm(&sender);
    assert_int_equal(sender.asked, 1);
}

static void one_busy_process_needs_no_other_thread(void **state)
{
    avm_progress progress;
    struct sender sender;
    avm_pid pid;

    (void) state;
    if (!avm_has_schedulers())
        return;
    open_asking_vm(&sender, 3, false);
    assert_int_equal(avm_spawn(sender.vm, "embed_host", "spin", NULL, 0, NULL, &pid, NULL), AVM_OK);
    assert_int_equal(avm_run(sender.vm, 1000000, &progress), AVM_OK);
    assert_int_equal(sender.asked, 0);
    assert_int_equal(avm_spawn(sender.vm, "embed_host", "spin", NULL, 0, NULL, &pid, NULL), AVM_OK);
    assert_int_equal(avm_run(sender.vm, 1000000, &progress), AVM_OK);
    assert_in_range(sender.asked, 1, 2);
    close_asking_vm(&sender);
}

static void *spawn_many(void *user)
{
    struct sender *sender = user;
    avm_env *env;
    int i;

    if (avm_env_create(sender->vm, &env) != AVM_OK)
        return user;
    for (i = 0; i < CALLS; i++) {
        avm_term numbers[2] = { avm_make_int64(env, i), avm_make_int64(env, 1) };
        avm_pid pid;

        if (avm_spawn(sender->vm, "embed_host", "add", env, 2, numbers, &pid, NULL) != AVM_OK)
            break;
    }
    avm_env_destroy(env);
    return i == CALLS ? NULL : user;
}

/* The VM runs as with one scheduler, then with several, while other threads come in. */
static void others_come_in_while_it_becomes_shared(void **state)
{
    pthread_t threads[2];
    struct sender sender;
    void *failed;

    (void) state;
    if (!avm_has_schedulers())
        return;
    for (int round = 0; round < 20; round++) {
        open_asking_vm(&sender, 3, round % 2 == 0);
        for (int i = 0; i < 2; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, spawn_many, &sender), 0);
        for (int i = 0; i < 10 && sender.asked == 0; i++)
            call_storm(sender.vm, "storm", 500);
        for (int i = 0; i < 2; i++) {
            pthread_join(threads[i], &failed);
            assert_null(failed);
        }
        assert_int_not_equal(sender.asked, 0);
        call_storm(sender.vm, "tables", 50);
        close_asking_vm(&sender);
    }
}

static int fails_when_shared;

/* The first step of a VM that becomes shared. */
static avm_status seat(void *state, unsigned count)
{
    fails_in = fails_when_shared;
    return avm_platform_default()->seat(state, count);
}

/* Whichever of its allocations fails: it goes on as with one scheduler. */
static void a_vm_without_memory_is_not_shared(void **state)
{
    avm_platform platform = *avm_platform_default();
    struct sender sender = { .asked = 0 };

    (void) state;
    if (!avm_has_schedulers())
        return;
    platform.seat = seat;
    for (fails_when_shared = 1; sender.asked == 0; fails_when_shared++) {
        open_asking_vm_on(&sender, &platform, 3, false);
        for (int i = 0; i < 10 && (i < 3 || fails_in != 0) && sender.asked == 0; i++)
            call_storm(sender.vm, "storm", 500);
        call_storm(sender.vm, "tables", 50);
        close_asking_vm(&sender);
        assert_int_equal(fails_in, 0);
    }
    assert_true(fails_when_shared > 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(eight_threads_run_one_vm),
        cmocka_unit_test(storms_beside_others_leave_nothing),
        cmocka_unit_test(storms_of_tables_leave_nothing),
        cmocka_unit_test(as_many_processes_as_may_be),
        cmocka_unit_test(all_threads_call),
        cmocka_unit_test(servers_stop),
        cmocka_unit_test(interrupts_end_serving),
        cmocka_unit_test(a_host_sends_threads_when_asked),
        cmocka_unit_test(a_host_that_refuses_is_not_asked_again),
        cmocka_unit_test(one_busy_process_needs_no_other_thread),
        cmocka_unit_test(others_come_in_while_it_becomes_shared),
        cmocka_unit_test(a_vm_without_memory_is_not_shared),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
