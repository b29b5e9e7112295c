/* The host API, by its public headers only: calls, messages, mailboxes, natives and resources. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <atomvm/native.h>
#include <atomvm/platform.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000000000)

/* ---- a host that counts ------------------------------------------------------------------- */

struct host {
    avm_allocator allocator;
    avm_platform platform;
    avm_config config;
    avm_vm *vm;
    avm_env *env;
    size_t live_bytes, calls, fail_at;
    unsigned wakeups, crashes;
    char report[256], output[256];
};

static struct host *writing;        /* write gets the platform's state, not the host */

static void *host_resize(void *user, void *ptr, size_t old_size, size_t new_size)
{
    struct host *host = user;

    if (new_size > old_size && ++host->calls == host->fail_at)
        return NULL;
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

static avm_status host_write(void *state, avm_stream stream, const void *data, size_t size)
{
    size_t length = strlen(writing->output);

    (void) state;
    (void) stream;
    if (size > sizeof writing->output - 1 - length)
        size = sizeof writing->output - 1 - length;
    memcpy(writing->output + length, data, size);
    writing->output[length + size] = '\0';
    return AVM_OK;
}

static void on_wakeup(void *user)
{
    ((struct host *) user)->wakeups++;
}

static void on_crash(void *user, avm_pid pid, const char *report)
{
    struct host *host = user;

    (void) pid;
    host->crashes++;
    (void) snprintf(host->report, sizeof host->report, "%s", report);
}

/* Folders, each with a colon behind it. */
static avm_status find_module(void *user, const char *module, avm_blob *blob)
{
    const char *folder = AVM_TEST_BEAMS ":" AVM_TEST_STOCK, *end;
    char path[1024];

    (void) user;
    for (; (end = strchr(folder, ':')) != NULL; folder = end + 1) {
        (void) snprintf(path, sizeof path, "%.*s/%s.beam", (int) (end - folder), folder, module);
        if (avm_platform_default()->map_file(NULL, path, blob, NULL, 0) == AVM_OK)
            return AVM_OK;
    }
    return AVM_NOT_FOUND;
}

static void init_host(struct host *host)
{
    memset(host, 0, sizeof *host);
    host->allocator.resize = host_resize;
    host->allocator.user = host;
    host->platform = *avm_platform_default();
    host->platform.write = host_write;
    avm_config_init(&host->config);
    host->config.allocator = &host->allocator;
    host->config.platform = &host->platform;
    host->config.on_wakeup = on_wakeup;
    host->config.on_crash = on_crash;
    host->config.user = host;
    writing = host;
}

static void open_host(struct host *host)
{
    avm_error error;

    if (avm_create(&host->config, &host->vm, &error) != AVM_OK)
        fail_msg("%s", error.message);
    avm_set_module_finder(host->vm, find_module, NULL);
    assert_int_equal(avm_env_create(host->vm, &host->env), AVM_OK);
}

static void close_host(struct host *host)
{
    avm_env_destroy(host->env);
    avm_destroy(host->vm);
    assert_int_equal(host->live_bytes, 0);
}

static int set_up(void **state)
{
    static struct host host;

    init_host(&host);
    open_host(&host);
    *state = &host;
    return 0;
}

static int tear_down(void **state)
{
    close_host(*state);
    return 0;
}

static void assert_prints(struct host *host, avm_term term, const char *expected)
{
    char text[256];

    avm_print(host->env, term, text, sizeof text);
    assert_string_equal(text, expected);
}

/* Calls MODULE:FUNCTION with arguments, which must work. */
static avm_term call(struct host *host, const char *module, const char *function, size_t argc,
    const avm_term argv[])
{
    avm_term result = 0;
    avm_error error;

    if (avm_call(host->vm, module, function, host->env, argc, argv, &result, &error) != AVM_OK)
        fail_msg("%s:%s: %s (%s)", module, function, error.message, host->report);
    return result;
}

/* ---- calls ---------------------------------------------------------------------------------- */

static void the_example_of_the_readme(void **state)
{
    avm_vm *vm;
    avm_env *env;
    avm_term result, arguments[2];
    avm_error error;
    int64_t sum = 0;

    (void) state;
    assert_int_equal(avm_create(NULL, &vm, &error), AVM_OK);
    assert_int_equal(avm_load_file(vm, AVM_TEST_BEAMS "/api_host.beam", &error), AVM_OK);
    assert_int_equal(avm_env_create(vm, &env), AVM_OK);
    arguments[0] = avm_make_int64(env, 2);
    arguments[1] = avm_make_int64(env, 3);
    assert_int_equal(avm_call(vm, "api_host", "add", env, 2, arguments, &result, &error), AVM_OK);
    assert_true(avm_get_int64(env, result, &sum));
    assert_int_equal(sum, 5);
    avm_env_destroy(env);
    avm_destroy(vm);
}

static void results_come_back_whole(void **state)
{
    struct host *host = *state;
    static char bytes[100000];
    avm_term elements[3], argument, result;
    avm_binary binary;

    memset(bytes, 'x', sizeof bytes);
    elements[0] = avm_make_string(host->env, "text");
    elements[1] = avm_make_binary(host->env, bytes, sizeof bytes);
    elements[2] = avm_make_double(host->env, 1.5);
    argument = avm_make_tuple(host->env, 3, elements);
    result = call(host, "api_host", "echo", 1, &argument);
    assert_int_equal(avm_compare(host->env, result, argument), 0);
    argument = avm_make_uint64(host->env, UINT64_MAX);
    assert_prints(host, call(host, "api_host", "echo", 1, &argument), "18446744073709551615");
    argument = elements[1];
    result = call(host, "api_host", "echo", 1, &argument);
    assert_true(avm_inspect_binary(host->env, result, &binary));
    assert_int_equal(binary.size, sizeof bytes);
}

static void assert_fails(struct host *host, const char *function, avm_term argument,
    avm_status status, const char *message)
{
    avm_term result = 77;
    avm_error error;

    assert_int_equal(avm_call(host->vm, "api_host", function, host->env, 1, &argument, &result,
        &error), status);
    assert_int_equal(error.status, status);
    assert_string_equal(error.message, message);
    assert_int_equal(result, 77);
}

static void failed_calls_say_why(void **state)
{
    struct host *host = *state;
    avm_term one = avm_make_int64(host->env, 1);
    avm_error error;

    assert_fails(host, "fail", one, AVM_BAD_ARGUMENT, "error: badarith");
    assert_fails(host, "throw_it", one, AVM_BAD_ARGUMENT, "throw: {thrown,1}");
    assert_fails(host, "leave", one, AVM_BAD_ARGUMENT, "exit: 1");
    assert_fails(host, "no_such", one, AVM_NOT_FOUND, "api_host:no_such/1 is not exported");
    assert_fails(host, "leave", 0, AVM_NO_MEMORY, avm_status_text(AVM_NO_MEMORY));
    assert_int_equal(avm_call(host->vm, "no_module", "f", host->env, 0, NULL, &one, &error),
        AVM_NOT_FOUND);
    assert_int_equal(avm_call(host->vm, "no_module", "f", host->env, 0, NULL, &one, NULL),
        AVM_NOT_FOUND);
    assert_int_equal(host->crashes, 0);
}

static void calls_leave_nothing(void **state)
{
    struct host *host = *state;
    avm_stats before = { .struct_size = sizeof before }, after = { .struct_size = sizeof after };
    avm_term result;
    int i;

    for (i = 0; i < 40; i++) {
        if (i == 20)
            avm_get_stats(host->vm, &before);
        result = avm_make_int64(host->env, i);
        (void) call(host, "api_host", "echo", 1, &result);
        (void) avm_call(host->vm, "api_host", "fail", host->env, 1, &result, &result, NULL);
        avm_env_clear(host->env);
    }
    avm_get_stats(host->vm, &after);
    assert_int_equal(after.live_bytes, before.live_bytes);
    assert_int_equal(after.processes, before.processes);
    assert_memory_equal(after.objects_by, before.objects_by, sizeof after.objects_by);
}

static void calls_may_print(void **state)
{
    struct host *host = *state;

    assert_prints(host, call(host, "api_host", "prints", 0, NULL), "ok");
    assert_prints(host, call(host, "api_host", "prints", 0, NULL), "ok");
    assert_string_equal(host->output, "printed here\nprinted here\n");
}

static void every_allocation_of_a_call_may_fail(void **state)
{
    static struct host host;
    avm_term arguments[2], result;
    avm_status status;
    avm_error error;
    bool has_failed = true;
    size_t at;

    (void) state;
    for (at = 1; has_failed; at++) {
        init_host(&host);
        open_host(&host);
        arguments[0] = avm_make_int64(host.env, 2);
        arguments[1] = avm_make_int64(host.env, 3);
        host.calls = 0;
        host.fail_at = at;
        status = avm_call(host.vm, "api_host", "add", host.env, 2, arguments, &result, &error);
        has_failed = host.calls >= at;
        if (status != AVM_OK && !(has_failed && status == AVM_NO_MEMORY))
            fail_msg("allocation %zu: %d %s", at, (int) status, error.message);
        close_host(&host);
    }
    assert_true(at > 20);
}

/* ---- processes ------------------------------------------------------------------------------ */

static void the_end_of_a_process_is_waited_for(void **state)
{
    struct host *host = *state;
    avm_term reason, text = avm_make_string(host->env, "why");
    avm_pid pid;
    avm_error error;

    assert_int_equal(avm_spawn(host->vm, "api_host", "quit", host->env, 1, &text, &pid, &error),
        AVM_OK);
    assert_int_equal(avm_await(host->vm, pid, host->env, &reason), AVM_OK);
    assert_prints(host, reason, "\"why\"");
    assert_int_equal(avm_await(host->vm, pid, host->env, &reason), AVM_OK);
    assert_prints(host, reason, "noproc");
    assert_int_equal(avm_spawn(host->vm, "api_host", "no_such", host->env, 1, &text, &pid, &error),
        AVM_NOT_FOUND);
}

static void crashes_are_told(void **state)
{
    struct host *host = *state;
    avm_term reason, one = avm_make_int64(host->env, 1);
    avm_pid pid;

    assert_int_equal(avm_spawn(host->vm, "api_host", "fail", host->env, 1, &one, &pid, NULL),
        AVM_OK);
    assert_int_equal(host->wakeups, 1);
    assert_int_equal(avm_await(host->vm, pid, host->env, &reason), AVM_OK);
    assert_int_equal(host->crashes, 1);
    assert_non_null(strstr(host->report, "with exit value: {badarith,[{api_host,fail,1,"));
}

static void interrupts_end_what_runs(void **state)
{
    struct host *host = *state;
    avm_progress progress;
    avm_term result;
    avm_error error;

    avm_interrupt(host->vm);
    assert_int_equal(avm_call(host->vm, "api_host", "spin", host->env, 0, NULL, &result, &error),
        AVM_BUSY);
    assert_string_equal(error.message, "interrupted");
    assert_int_equal(avm_run(host->vm, 1000000, &progress), AVM_OK);
    assert_int_equal(progress.activity, AVM_WAITING);
    avm_interrupt(host->vm);
    assert_int_equal(avm_wait(host->vm, -1), AVM_OK);
    assert_int_equal(avm_wait(host->vm, 1000), AVM_TIMEOUT);
}

static void runs_end_with_their_reductions(void **state)
{
    struct host *host = *state;
    avm_term n = avm_make_int64(host->env, 1000000);
    avm_progress progress;
    avm_pid pid;
    int parts = 0;

    assert_int_equal(avm_spawn(host->vm, "api_host", "loops", host->env, 1, &n, &pid, NULL), AVM_OK);
    do {
        assert_int_equal(avm_run(host->vm, 100000, &progress), AVM_OK);
        parts++;
    } while (progress.activity == AVM_RUNNABLE);
    assert_in_range(parts, 9, 12);
}

/* ---- messages ------------------------------------------------------------------------------- */

static avm_term receive(struct host *host, avm_mailbox *mailbox)
{
    avm_term message = 0;

    assert_int_equal(avm_mailbox_receive(mailbox, 10 * SECOND, host->env, &message), AVM_OK);
    return message;
}

static void send_pair(struct host *host, avm_pid to, avm_term first, avm_term second)
{
    avm_term elements[2];
    avm_env *env;

    assert_int_equal(avm_env_create(host->vm, &env), AVM_OK);
    elements[0] = avm_make_copy(env, first);
    elements[1] = avm_make_copy(env, second);
    assert_int_equal(avm_send(host->vm, to, env, avm_make_tuple(env, 2, elements)), AVM_OK);
    avm_env_destroy(env);
}

static void the_host_talks_to_a_server(void **state)
{
    struct host *host = *state;
    avm_mailbox *mailbox;
    avm_term message, reason;
    avm_pid server;
    const avm_term *elements;
    size_t arity;
    unsigned before;

    assert_int_equal(avm_mailbox_open(host->vm, NULL, &mailbox), AVM_OK);
    assert_int_equal(avm_spawn(host->vm, "api_host", "server", host->env, 0, NULL, &server, NULL),
        AVM_OK);
    assert_int_equal(avm_mailbox_receive(mailbox, 0, host->env, &message), AVM_TIMEOUT);
    assert_int_equal(avm_mailbox_receive(mailbox, 1000, host->env, &message), AVM_TIMEOUT);
    before = host->wakeups;
    send_pair(host, server, avm_make_pid(host->env, avm_mailbox_pid(mailbox)),
        avm_make_string(host->env, "hello"));
    assert_int_equal(host->wakeups, before + 1);
    message = receive(host, mailbox);
    assert_true(avm_get_tuple(host->env, message, &arity, &elements));
    assert_prints(host, elements[1], "\"hello\"");
    assert_true(elements[0] == avm_make_pid(host->env, server));
    assert_int_equal(avm_send(host->vm, server, host->env, avm_make_atom(host->env, "stop")), AVM_OK);
    assert_int_equal(avm_await(host->vm, server, host->env, &reason), AVM_OK);
    assert_prints(host, reason, "normal");
    assert_int_equal(avm_send(host->vm, server, host->env, reason), AVM_OK);
    avm_mailbox_close(mailbox);
    avm_mailbox_close(NULL);
}

static void mailboxes_have_names(void **state)
{
    struct host *host = *state;
    avm_mailbox *mailbox, *other = NULL;
    avm_term arguments[2], reason;
    const avm_term *elements;
    avm_pid pid, asker, found;
    size_t arity;

    assert_int_equal(avm_whereis(host->vm, "host_box", &found), AVM_NOT_FOUND);
    assert_int_equal(avm_mailbox_open(host->vm, "host_box", &mailbox), AVM_OK);
    assert_int_equal(avm_mailbox_open(host->vm, "host_box", &other), AVM_BAD_ARGUMENT);
    assert_null(other);
    assert_int_equal(avm_whereis(host->vm, "host_box", &found), AVM_OK);
    pid = avm_mailbox_pid(mailbox);
    assert_true(pid.pid == found.pid);
    arguments[0] = avm_make_atom(host->env, "host_box");
    arguments[1] = avm_make_int64(host->env, 7);
    assert_int_equal(avm_spawn(host->vm, "api_host", "ask", host->env, 2, arguments, &asker, NULL),
        AVM_OK);
    assert_true(avm_get_tuple(host->env, receive(host, mailbox), &arity, &elements));
    assert_prints(host, elements[1], "7");
    send_pair(host, asker, avm_make_atom(host->env, "reply"), avm_make_atom(host->env, "fine"));
    assert_int_equal(avm_await(host->vm, asker, host->env, &reason), AVM_OK);
    assert_prints(host, reason, "normal");
    avm_mailbox_close(mailbox);
    assert_int_equal(avm_whereis(host->vm, "host_box", &found), AVM_NOT_FOUND);
}

static void mailboxes_are_watched_and_linked(void **state)
{
    struct host *host = *state;
    avm_mailbox *mailbox, *results;
    avm_term argument, exit_message;
    avm_pid watcher;
    const avm_term *elements;
    size_t arity;

    assert_int_equal(avm_mailbox_open(host->vm, NULL, &mailbox), AVM_OK);
    argument = avm_make_pid(host->env, avm_mailbox_pid(mailbox));
    assert_int_equal(avm_spawn(host->vm, "api_host", "linked", host->env, 1, &argument, &watcher,
        NULL), AVM_OK);
    exit_message = receive(host, mailbox);
    assert_true(avm_get_tuple(host->env, exit_message, &arity, &elements));
    assert_prints(host, elements[0], "'EXIT'");
    assert_prints(host, elements[2], "for_the_link");
    assert_prints(host, call(host, "api_host", "suspends", 1, &argument), "ok");
    assert_int_equal(avm_spawn(host->vm, "api_host", "watch", host->env, 1, &argument, &watcher,
        NULL), AVM_OK);
    (void) receive(host, mailbox);
    assert_int_equal(avm_mailbox_open(host->vm, NULL, &results), AVM_OK);
    avm_mailbox_close(mailbox);
    assert_int_equal(avm_await(host->vm, watcher, host->env, &argument), AVM_OK);
    assert_prints(host, argument, "normal");
    /* Not closed: it ends with the VM. */
}

static void a_killed_mailbox_says_so(void **state)
{
    struct host *host = *state;
    avm_mailbox *mailbox;
    avm_term arguments[2], message;

    assert_int_equal(avm_mailbox_open(host->vm, NULL, &mailbox), AVM_OK);
    arguments[0] = avm_make_pid(host->env, avm_mailbox_pid(mailbox));
    arguments[1] = avm_make_atom(host->env, "kill");
    assert_prints(host, call(host, "erlang", "exit", 2, arguments), "true");
    assert_int_equal(avm_mailbox_receive(mailbox, SECOND, host->env, &message), AVM_NOT_FOUND);
    avm_mailbox_close(mailbox);
}

/* ---- the external term format ------------------------------------------------------------------ */

static void terms_become_bytes(void **state)
{
    struct host *host = *state;
    static const uint8_t new_atom[] = { 131, 119, 12, 'n', 'e', 'v', 'e', 'r', '_', 's', 'e', 'e', 'n',
        '_', '1' };
    avm_term elements[2], list, binary, back;
    avm_binary bytes;

    elements[0] = avm_make_atom(host->env, "ok");
    elements[1] = avm_make_int64(host->env, -1);
    list = avm_make_list(host->env, 2, elements);
    assert_int_equal(avm_term_to_binary(host->env, list, &binary), AVM_OK);
    assert_true(avm_inspect_binary(host->env, binary, &bytes));
    assert_int_equal(bytes.data[0], 131);
    assert_int_equal(avm_binary_to_term(host->env, bytes.data, bytes.size, true, &back), AVM_OK);
    assert_int_equal(avm_compare(host->env, list, back), 0);
    assert_int_equal(avm_binary_to_term(host->env, bytes.data, bytes.size - 1, false, &back),
        AVM_BAD_ARGUMENT);
    assert_int_equal(avm_binary_to_term(host->env, "", 0, false, &back), AVM_BAD_ARGUMENT);
    assert_int_equal(avm_binary_to_term(host->env, new_atom, sizeof new_atom, true, &back),
        AVM_BAD_ARGUMENT);
    assert_int_equal(avm_binary_to_term(host->env, new_atom, sizeof new_atom, false, &back), AVM_OK);
    assert_prints(host, back, "never_seen_1");
}

/* ---- natives ------------------------------------------------------------------------------------ */

struct counter {
    int64_t value;
};

static int destroyed, unloaded;
static avm_resource_type *counter_type;

static void counter_dtor(avm_env *env, void *object)
{
    destroyed++;
    assert_true(((struct counter *) object)->value > 0);
    assert_true(avm_make_int64(env, INT64_MAX) != 0);
}

static int natives_load(avm_env *env, void **priv_data, avm_term load_info)
{
    static const avm_resource_callbacks callbacks = { .dtor = counter_dtor };
    int64_t info = -1;

    assert_true(avm_get_int64(env, load_info, &info) && info == 0);
    counter_type = avm_open_resource_type(env, "counter", &callbacks);
    assert_ptr_equal(avm_open_resource_type(env, "counter", &callbacks), counter_type);
    *priv_data = avm_user(avm_env_vm(env));
    return counter_type == NULL;
}

static void natives_unload(avm_env *env, void *priv_data)
{
    (void) env;
    assert_non_null(priv_data);
    unloaded++;
}

static avm_term native_add(avm_env *env, int argc, const avm_term argv[])
{
    int64_t a, b;

    assert_int_equal(argc, 2);
    if (!avm_get_int64(env, argv[0], &a) || !avm_get_int64(env, argv[1], &b))
        return avm_raise_badarg(env);
    return avm_make_int64(env, a + b);
}

static avm_term native_secret(avm_env *env, int argc, const avm_term argv[])
{
    (void) argc;
    return avm_make_list_cell(env, argv[0], avm_make_list(env, 0, NULL));
}

static avm_term native_own(avm_env *env, int argc, const avm_term argv[])
{
    avm_progress progress;
    avm_term result;

    (void) argc;
    (void) argv;
    assert_int_equal(avm_run(avm_env_vm(env), 1, &progress), AVM_BUSY);
    assert_int_equal(avm_call(avm_env_vm(env), "api_host", "spin", env, 0, NULL, &result, NULL),
        AVM_BUSY);
    avm_env_clear(env);
    avm_env_destroy(env);
    assert_int_equal(avm_send(avm_env_vm(env), avm_self(env), env, avm_make_string(env, "x")),
        AVM_OK);
    return avm_make_pid(env, avm_self(env));
}

static avm_term native_fail(avm_env *env, int argc, const avm_term argv[])
{
    (void) argc;
    (void) argv;
    (void) avm_raise_badarg(env);
    return avm_make_atom(env, "ignored");
}

static avm_term native_raise(avm_env *env, int argc, const avm_term argv[])
{
    (void) argc;
    return avm_raise_exception(env, argv[0]);
}

static avm_term native_later(avm_env *env, int argc, const avm_term argv[])
{
    int64_t left = 0;
    avm_term next[4];

    assert_true(avm_get_int64(env, argv[0], &left));
    if (left == 0)
        return argc == 3 ? avm_make_list(env, 2, argv + 1) : avm_raise_badarg(env);
    memcpy(next, argv, (size_t) argc * sizeof *argv);
    next[0] = avm_make_int64(env, left - 1);
    next[1] = avm_make_list_cell(env, avm_make_string(env, "later"), argv[1]);
    (void) avm_consume_timeslice(env, 30);
    return avm_schedule_native(env, "later", 0, native_later, argc, next);
}

static avm_term native_make(avm_env *env, int argc, const avm_term argv[])
{
    struct counter *counter = avm_alloc_resource(counter_type, sizeof *counter);
    avm_term term;

    (void) argc;
    if (counter == NULL || !avm_get_int64(env, argv[0], &counter->value))
        return avm_raise_badarg(env);
    term = avm_make_resource(env, counter);
    avm_release_resource(counter);
    return term;
}

static avm_term native_value(avm_env *env, int argc, const avm_term argv[])
{
    void *object;

    (void) argc;
    if (!avm_get_resource(env, argv[0], counter_type, &object))
        return avm_raise_badarg(env);
    return avm_make_int64(env, ((struct counter *) object)->value);
}

static avm_term native_data(avm_env *env, int argc, const avm_term argv[])
{
    (void) argc;
    (void) argv;
    return avm_make_atom(env, avm_priv_data(env) != NULL ? "data" : "nothing");
}

static avm_term native_none(avm_env *env, int argc, const avm_term argv[])
{
    (void) env;
    (void) argc;
    (void) argv;
    return 0;
}

static avm_term native_slices(avm_env *env, int argc, const avm_term argv[])
{
    int64_t count = 0;

    (void) argc;
    (void) argv;
    while (!avm_consume_timeslice(env, 10))
        count++;
    return avm_make_int64(env, count);
}

static const avm_native natives[] = {
    { "add", 2, native_add, 0 },
    { "secret", 1, native_secret, 0 },
    { "own", 0, native_own, AVM_DIRTY_CPU },
    { "fail", 0, native_fail, 0 },
    { "raise", 1, native_raise, 0 },
    { "later", 3, native_later, 0 },
    { "make", 1, native_make, 0 },
    { "value", 1, native_value, 0 },
    { "data", 0, native_data, 0 },
    { "none", 0, native_none, 0 },
    { "slices", 1, native_slices, 0 }
};
static const avm_native_module module = { .name = "api_native", .natives = natives,
    .count = sizeof natives / sizeof *natives, .load = natives_load, .unload = natives_unload };

static int set_up_natives(void **state)
{
    struct host *host;
    avm_error error;

    (void) set_up(state);
    host = *state;
    destroyed = unloaded = 0;
    if (avm_register_natives(host->vm, &module, &error) != AVM_OK)
        fail_msg("%s", error.message);
    return 0;
}

static int tear_down_natives(void **state)
{
    close_host(*state);
    assert_int_equal(unloaded, 1);
    return 0;
}

static void natives_are_called(void **state)
{
    struct host *host = *state;
    avm_term arguments[3], result;
    int64_t count;

    arguments[0] = avm_make_int64(host->env, 40);
    arguments[1] = avm_make_int64(host->env, 2);
    assert_prints(host, call(host, "api_native", "add", 2, arguments), "42");
    assert_prints(host, call(host, "api_native", "hidden", 1, arguments), "\"(\"");
    assert_true(avm_is_pid(host->env, call(host, "api_native", "own", 0, NULL)));
    assert_prints(host, call(host, "api_native", "data", 0, NULL), "data");
    assert_prints(host, call(host, "api_native", "not_native", 0, NULL), "erlang");
    arguments[0] = avm_make_int64(host->env, 50);
    arguments[1] = avm_make_list(host->env, 0, NULL);
    arguments[2] = avm_make_atom(host->env, "end");
    result = call(host, "api_native", "later", 3, arguments);
    assert_true(avm_is_list(host->env, result));
    assert_true(avm_get_int64(host->env, call(host, "api_native", "slices", 1, arguments), &count));
#if defined(AVM_ONE_REDUCTION)
    assert_int_equal(count, 0);
#else
    assert_in_range(count, 8, 10);
#endif
}

static void assert_raises(struct host *host, const char *function, size_t argc,
    const avm_term argv[], avm_status status, const char *message)
{
    avm_term result = 0;
    avm_error error;

    assert_int_equal(avm_call(host->vm, "api_native", function, host->env, argc, argv, &result,
        &error), status);
    assert_string_equal(error.message, message);
}

static void natives_raise(void **state)
{
    struct host *host = *state;
    avm_term arguments[2];

    arguments[0] = arguments[1] = avm_make_atom(host->env, "reason");
    assert_raises(host, "fail", 0, NULL, AVM_BAD_ARGUMENT, "error: badarg");
    assert_raises(host, "add", 2, arguments, AVM_BAD_ARGUMENT, "error: badarg");
    assert_raises(host, "raise", 1, arguments, AVM_BAD_ARGUMENT, "error: reason");
    assert_raises(host, "value", 1, arguments, AVM_BAD_ARGUMENT, "error: badarg");
    assert_raises(host, "none", 0, NULL, AVM_BAD_ARGUMENT, "error: system_limit");
}

static void resources_end_with_their_terms(void **state)
{
    struct host *host = *state;
    avm_stats stats = { .struct_size = sizeof stats };
    avm_term count = avm_make_int64(host->env, 100), held;
    avm_progress progress;
    void *object;

    assert_prints(host, call(host, "api_native", "keep_in_process", 1, &count), "ok");
    assert_int_equal(avm_run(host->vm, 100000, &progress), AVM_OK);
    assert_int_equal(destroyed, 100);
    held = call(host, "api_native", "make", 1, &count);
    assert_prints(host, call(host, "api_native", "value", 1, &held), "100");
    assert_true(avm_get_resource(host->env, held, counter_type, &object));
    avm_keep_resource(object);
    avm_env_clear(host->env);
    assert_int_equal(destroyed, 100);
    avm_get_stats(host->vm, &stats);
    assert_int_equal(stats.objects_by[AVM_MEMORY_RESOURCE], 1);
    held = avm_make_resource(host->env, object);
    avm_release_resource(object);
    assert_int_equal(destroyed, 100);
    avm_env_clear(host->env);
    assert_int_equal(destroyed, 101);
    /* One that the host never releases ends with the VM. */
    object = avm_alloc_resource(counter_type, sizeof(struct counter));
    ((struct counter *) object)->value = 1;
}

static int load_refuses(avm_env *env, void **priv_data, avm_term load_info)
{
    (void) env;
    (void) priv_data;
    (void) load_info;
    return 1;
}

static void bad_registrations_are_refused(void **state)
{
    struct host *host = *state;
    static const avm_native no_function = { "add", 2, NULL, 0 };
    static const avm_native_module refusing = { .name = "api_host", .natives = natives, .count = 1,
        .load = load_refuses };
    static const avm_native_module later = { .name = "api_native", .natives = natives, .count = 1,
        .load = load_refuses };
    avm_native_module bad = { .name = "api_native", .natives = &no_function, .count = 1 };
    avm_term two[2], result;
    avm_error error;

    assert_int_equal(avm_register_natives(host->vm, &bad, &error), AVM_BAD_ARGUMENT);
    assert_int_equal(avm_register_natives(host->vm, &refusing, &error), AVM_OK);
    assert_int_equal(avm_register_natives(host->vm, &refusing, &error), AVM_BAD_ARGUMENT);
    assert_int_equal(avm_load_file(host->vm, AVM_TEST_BEAMS "/api_host.beam", &error),
        AVM_BAD_CODE);
    assert_string_equal(error.message, "api_host: load of its natives failed");

    /* With an on_load it is that which fails, and the module is gone at its first call. */
    assert_int_equal(avm_register_natives(host->vm, &later, &error), AVM_OK);
    assert_int_equal(avm_load_file(host->vm, AVM_TEST_BEAMS "/api_native.beam", &error), AVM_OK);
    bad.count = 0;
    bad.name = "api_native";
    two[0] = two[1] = avm_make_int64(host->env, 1);
    assert_int_equal(avm_call(host->vm, "api_native", "add", host->env, 2, two, &result, &error),
        AVM_BAD_ARGUMENT);
    assert_string_equal(error.message, "error: undef");
    assert_int_equal(avm_load_file(host->vm, AVM_TEST_BEAMS "/api_dull.beam", &error), AVM_OK);
    bad.name = "api_dull";
    assert_int_equal(avm_register_natives(host->vm, &bad, &error), AVM_BUSY);
}

/* ---- several VMs -------------------------------------------------------------------------------- */

static void two_vms_do_not_meet(void **state)
{
    static struct host other;
    struct host *host = *state;
    avm_mailbox *mailbox;
    avm_term one;
    avm_pid found;

    init_host(&other);
    open_host(&other);
    assert_int_equal(avm_mailbox_open(host->vm, "only_here", &mailbox), AVM_OK);
    assert_int_equal(avm_whereis(other.vm, "only_here", &found), AVM_NOT_FOUND);
    one = avm_make_int64(other.env, 1);
    assert_prints(&other, call(&other, "api_host", "echo", 1, &one), "1");
    close_host(&other);
    one = avm_make_int64(host->env, 2);
    assert_prints(host, call(host, "api_host", "echo", 1, &one), "2");
    writing = host;
}

/* As many as there are built in: one, or up to 64. */
static void too_many_schedulers_are_refused(void **state)
{
    struct host *host = *state;
    avm_config config = host->config;
    avm_vm *vm = NULL;
    avm_error error;

    config.schedulers = avm_has_schedulers() ? 65 : 2;
    assert_int_equal(avm_create(&config, &vm, &error), AVM_UNSUPPORTED);
    assert_null(vm);
    assert_non_null(strstr(error.message, "schedulers: not in this build, or not on this platform"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define NATIVE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up_natives, tear_down_natives)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_the_readme),
        TEST(results_come_back_whole),
        TEST(failed_calls_say_why),
        TEST(calls_leave_nothing),
        TEST(calls_may_print),
        TEST(the_end_of_a_process_is_waited_for),
        TEST(crashes_are_told),
        TEST(interrupts_end_what_runs),
        TEST(runs_end_with_their_reductions),
        TEST(the_host_talks_to_a_server),
        TEST(mailboxes_have_names),
        TEST(mailboxes_are_watched_and_linked),
        TEST(a_killed_mailbox_says_so),
        TEST(terms_become_bytes),
        TEST(bad_registrations_are_refused),
        TEST(two_vms_do_not_meet),
        TEST(too_many_schedulers_are_refused),
        NATIVE_TEST(natives_are_called),
        NATIVE_TEST(natives_raise),
        NATIVE_TEST(resources_end_with_their_terms),
        cmocka_unit_test(every_allocation_of_a_call_may_fail)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
