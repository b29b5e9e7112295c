/* What the headers say about threads: others send, make terms and watch while one runs the VM; only one
** runs it; a wait ends when something comes; on_wakeup; interrupt. By the public headers only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <atomvm/native.h>
#include <atomvm/platform.h>

#include <pthread.h>
#include <string.h>

#define SECOND INT64_C(1000000000)
#define SENDERS 4
#define MESSAGES 500

struct host {
    avm_vm *vm;
    avm_env *env;
    avm_pid pid;
    unsigned wakeups;
};

static void on_wakeup(void *user)
{
    ((struct host *) user)->wakeups++;
}

static void open_host(struct host *host)
{
    avm_config config;
    avm_error error;

    memset(host, 0, sizeof *host);
    avm_config_init(&config);
    config.on_wakeup = on_wakeup;
    config.user = host;
    assert_int_equal(avm_create(&config, &host->vm, &error), AVM_OK);
    assert_int_equal(avm_load_file(host->vm, AVM_TEST_BEAMS "/embed_host.beam", &error), AVM_OK);
    assert_int_equal(avm_env_create(host->vm, &host->env), AVM_OK);
}

static void close_host(struct host *host)
{
    avm_env_destroy(host->env);
    avm_destroy(host->vm);
}

static avm_term text(avm_env *env, const char *name)
{
    return avm_make_atom(env, name);
}

/* Each message is {I, Text, [I, I + 1], 1.5, Big}. */
static void *send_many(void *user)
{
    struct host *host = user;
    avm_env *env;
    int i;

    if (avm_env_create(host->vm, &env) != AVM_OK)
        return NULL;
    for (i = 0; i < MESSAGES; i++) {
        avm_term list[2], parts[5];
        char bytes[200];

        memset(bytes, 'x', sizeof bytes);
        list[0] = avm_make_int64(env, i);
        list[1] = avm_make_int64(env, i + 1);
        parts[0] = list[0];
        parts[1] = avm_make_binary(env, bytes, (size_t) (i % 200));
        parts[2] = avm_make_list(env, 2, list);
        parts[3] = avm_make_double(env, 1.5);
        parts[4] = avm_make_int64(env, INT64_MAX - i);
        if (avm_send(host->vm, host->pid, env, avm_make_tuple(env, 5, parts)) != AVM_OK)
            break;
    }
    avm_env_destroy(env);
    return NULL;
}

static void others_send_while_one_runs(void **state)
{
    struct host host;
    pthread_t senders[SENDERS];
    avm_term count, reason;
    avm_error error;
    int i;

    (void) state;
    open_host(&host);
    count = avm_make_int64(host.env, SENDERS * MESSAGES);
    assert_int_equal(avm_spawn(host.vm, "embed_host", "collect", host.env, 1, &count, &host.pid,
        &error), AVM_OK);
    for (i = 0; i < SENDERS; i++)
        assert_int_equal(pthread_create(&senders[i], NULL, send_many, &host), 0);
    assert_int_equal(avm_await(host.vm, host.pid, host.env, &reason), AVM_OK);
    for (i = 0; i < SENDERS; i++)
        pthread_join(senders[i], NULL);
    /* Each process's own messages came in order: the sum says that all came whole. */
    assert_true(avm_is_identical(reason, text(host.env, "all_of_them")));
    close_host(&host);
}

static void *run_it(void *user)
{
    struct host *host = user;
    avm_progress progress;

    return (void *) (uintptr_t) avm_run(host->vm, 1, &progress);
}

static void only_one_runs_it(void **state)
{
    struct host host;
    avm_term reason;
    avm_error error;
    void *status;
    pthread_t other;

    (void) state;
    open_host(&host);
    assert_int_equal(avm_spawn(host.vm, "embed_host", "sleep", host.env, 0, NULL, &host.pid, &error),
        AVM_OK);
    assert_int_equal(pthread_create(&other, NULL, run_it, &host), 0);
    assert_int_equal(avm_await(host.vm, host.pid, host.env, &reason), AVM_OK);
    pthread_join(other, &status);
    assert_true((uintptr_t) status == AVM_BUSY || (uintptr_t) status == AVM_OK);
    close_host(&host);
}

static void *send_one(void *user)
{
    struct host *host = user;
    avm_env *env;

    if (avm_env_create(host->vm, &env) == AVM_OK) {
        (void) avm_send(host->vm, host->pid, env, text(env, "stop"));
        avm_env_destroy(env);
    }
    return NULL;
}

static void a_wait_ends_when_a_message_comes(void **state)
{
    struct host host;
    avm_progress progress;
    avm_error error;
    pthread_t other;

    (void) state;
    open_host(&host);
    assert_int_equal(avm_spawn(host.vm, "embed_host", "wait", host.env, 0, NULL, &host.pid, &error),
        AVM_OK);
    assert_int_equal(host.wakeups, 1);
    assert_int_equal(avm_run(host.vm, UINT64_MAX, &progress), AVM_OK);
    assert_int_equal(progress.activity, AVM_WAITING);
    assert_int_equal(avm_wait(host.vm, 1000), AVM_TIMEOUT);
    assert_int_equal(pthread_create(&other, NULL, send_one, &host), 0);
    assert_int_equal(avm_wait(host.vm, 60 * SECOND), AVM_OK);
    pthread_join(other, NULL);
    assert_int_equal(avm_run(host.vm, UINT64_MAX, &progress), AVM_OK);
    assert_false(avm_is_process_alive(host.vm, host.pid));

    /* Nobody runs it: the hook is called, on the thread that sends. */
    assert_int_equal(avm_spawn(host.vm, "embed_host", "wait", host.env, 0, NULL, &host.pid, &error),
        AVM_OK);
    assert_int_equal(avm_run(host.vm, UINT64_MAX, &progress), AVM_OK);
    host.wakeups = 0;
    assert_int_equal(pthread_create(&other, NULL, send_one, &host), 0);
    pthread_join(other, NULL);
    assert_int_equal(host.wakeups, 1);
    close_host(&host);
}

static void *interrupt_it(void *user)
{
    avm_interrupt(((struct host *) user)->vm);
    return NULL;
}

static void another_interrupts_a_loop(void **state)
{
    struct host host;
    avm_progress progress;
    avm_error error;
    pthread_t other;
    avm_pid pid;

    (void) state;
    open_host(&host);
    assert_int_equal(avm_spawn(host.vm, "embed_host", "spin", host.env, 0, NULL, &pid, &error),
        AVM_OK);
    assert_int_equal(pthread_create(&other, NULL, interrupt_it, &host), 0);
    assert_int_equal(avm_run(host.vm, UINT64_MAX, &progress), AVM_OK);
    assert_int_equal(progress.activity, AVM_RUNNABLE);
    pthread_join(other, NULL);
    close_host(&host);
}

/* One message to two VMs from one thread: each has its own. */
static void threads_use_two_vms(void **state)
{
    struct host one, other;
    avm_term count, reason;
    pthread_t senders[2];
    avm_error error;

    (void) state;
    open_host(&one);
    open_host(&other);
    count = avm_make_int64(one.env, MESSAGES);
    assert_int_equal(avm_spawn(one.vm, "embed_host", "collect", one.env, 1, &count, &one.pid, &error),
        AVM_OK);
    assert_int_equal(avm_spawn(other.vm, "embed_host", "collect", other.env, 1, &count, &other.pid,
        &error), AVM_OK);
    assert_int_equal(pthread_create(&senders[0], NULL, send_many, &one), 0);
    assert_int_equal(pthread_create(&senders[1], NULL, send_many, &other), 0);
    assert_int_equal(avm_await(one.vm, one.pid, one.env, &reason), AVM_OK);
    assert_true(avm_is_identical(reason, text(one.env, "all_of_them")));
    assert_int_equal(avm_await(other.vm, other.pid, other.env, &reason), AVM_OK);
    assert_true(avm_is_identical(reason, text(other.env, "all_of_them")));
    pthread_join(senders[0], NULL);
    pthread_join(senders[1], NULL);
    close_host(&one);
    close_host(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(others_send_while_one_runs),
        cmocka_unit_test(only_one_runs_it),
        cmocka_unit_test(a_wait_ends_when_a_message_comes),
        cmocka_unit_test(another_interrupts_a_loop),
        cmocka_unit_test(threads_use_two_vms)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
