/* What native.h says beyond what is tested with erl_nif.h in tests/nif: memory of the VM, time, resources that
** watch, are called and become binaries, handles that a host with a loop of its own watches. By the public
** headers only. */
#define _POSIX_C_SOURCE 200809L
#include "embed_host.h"

#include <unistd.h>

struct object {
    struct host *host;
    avm_monitor monitor;
    int pipe[2];
    char text[32];
};

static struct {
    avm_resource_type *type;
    int downs, stops, dtors, dyncalls, loads;
    avm_pid last_down;
    int watched_handle;
    unsigned watched_mode, watch_calls;
} seen;

static void object_dtor(avm_env *env, void *data)
{
    assert_int_equal(avm_self(env).pid, 0);
    (void) data;
    seen.dtors++;
}

static void object_stop(avm_env *env, void *data, int handle, int is_direct)
{
    struct object *object = data;

    (void) env;
    assert_int_equal(is_direct, 1);
    assert_int_equal(handle, object->pipe[0]);
    close(object->pipe[0]);
    close(object->pipe[1]);
    seen.stops++;
}

static void object_down(avm_env *env, void *data, avm_pid *pid, avm_monitor *monitor)
{
    struct object *object = data;

    (void) env;
    assert_int_equal(avm_compare_monitors(monitor, &object->monitor), 0);
    seen.last_down = *pid;
    seen.downs++;
}

static void object_dyncall(avm_env *env, void *data, void *call_data)
{
    (void) env;
    seen.dyncalls++;
    (void) snprintf(((struct object *) data)->text, sizeof((struct object *) data)->text, "%s",
        (const char *) call_data);
}

static int load(avm_env *env, void **priv_data, avm_term load_info)
{
    static const avm_resource_callbacks callbacks = { object_dtor, object_stop, object_down,
        object_dyncall };
    int64_t info = 5;

    assert_true(avm_get_int64(env, load_info, &info) && info == 0);
    assert_null(*priv_data);
    assert_false(avm_has_resource_type(env, "object"));
    seen.type = avm_open_resource_type(env, "object", &callbacks);
    assert_true(avm_has_resource_type(env, "object"));
    seen.loads++;
    *priv_data = &seen;
    return seen.type == NULL;
}

static struct object *object_of(avm_env *env, avm_term t)
{
    void *object = NULL;

    return avm_get_resource(env, t, seen.type, &object) ? object : NULL;
}

static avm_term boolean(avm_env *env, bool value)
{
    return avm_make_atom(env, value ? "true" : "false");
}

static avm_term look(avm_env *env, int argc, const avm_term argv[])
{
    struct object *object;
    avm_term t;

    (void) argc;
    (void) argv;
    assert_ptr_equal(avm_priv_data(env), &seen);
    assert_true(avm_is_current_process_alive(env));
    object = avm_alloc_resource(seen.type, sizeof *object);
    memset(object, 0, sizeof *object);
    assert_int_equal(pipe(object->pipe), 0);
    (void) strcpy(object->text, "bytes of the object");
    t = avm_make_resource(env, object);
    avm_release_resource(object);
    return t;
}

static avm_term pending(avm_env *env, int argc, const avm_term argv[])
{
    avm_term reason = 5, raised;

    (void) argc;
    (void) argv;
    assert_false(avm_has_pending_exception(env, &reason));
    raised = avm_raise_exception(env, avm_make_atom(env, "why"));
    assert_true(avm_has_pending_exception(env, NULL));
    assert_true(avm_has_pending_exception(env, &reason));
    assert_true(avm_is_identical(reason, avm_make_atom(env, "why")));
    return raised;
}

static avm_term watcher(avm_env *env, int argc, const avm_term argv[])
{
    const avm_term *pair;
    struct object *object;
    avm_pid pid;
    size_t arity;
    int result;

    (void) argc;
    assert_true(avm_get_tuple(env, argv[0], &arity, &pair) && arity == 2);
    object = object_of(env, pair[0]);
    assert_true(avm_get_local_pid(env, pair[1], &pid));
    result = avm_monitor_process(env, object, &pid, &object->monitor);
    if (result == 0)
        assert_int_equal(avm_term_type(env, avm_make_monitor_term(env, &object->monitor)),
            AVM_REFERENCE);
    return avm_make_int64(env, result);
}

static avm_term unwatch(avm_env *env, int argc, const avm_term argv[])
{
    struct object *object = object_of(env, argv[0]);

    (void) argc;
    return boolean(env, avm_demonitor_process(env, object, &object->monitor) == 0);
}

static avm_term binary_of(avm_env *env, int argc, const avm_term argv[])
{
    struct object *object = object_of(env, argv[0]);

    (void) argc;
    return avm_make_resource_binary(env, object, object->text, strlen(object->text));
}

static avm_term dyncall(avm_env *env, int argc, const avm_term argv[])
{
    static char text[] = "called";

    (void) argc;
    return boolean(env, avm_dynamic_resource_call(env, argv[0], argv[1], argv[2], text));
}

/* select(Object, read | write | cancel | stop, Pid | undefined, undefined | custom) */
static avm_term selects(avm_env *env, int argc, const avm_term argv[])
{
    struct object *object = object_of(env, argv[0]);
    unsigned flags = avm_is_identical(argv[1], avm_make_atom(env, "read")) ? AVM_SELECT_READ
        : avm_is_identical(argv[1], avm_make_atom(env, "write"))           ? AVM_SELECT_WRITE
        : avm_is_identical(argv[1], avm_make_atom(env, "cancel"))
        ? AVM_SELECT_READ | AVM_SELECT_CANCEL
        : AVM_SELECT_STOP;
    avm_term pair[2] = { avm_make_atom(env, "custom"), avm_make_atom(env, "message") };
    bool is_custom = avm_is_identical(argv[3], pair[0]);
    avm_pid pid;

    (void) argc;
    return avm_make_int64(env, avm_select(env, object->pipe[flags == AVM_SELECT_WRITE],
        flags | (is_custom ? AVM_SELECT_CUSTOM_MSG : 0), object,
        avm_get_local_pid(env, argv[2], &pid) ? &pid : NULL,
        is_custom ? avm_make_tuple(env, 2, pair) : argv[3]));
}

static avm_term name(avm_env *env, int argc, const avm_term argv[])
{
    avm_pid pid;

    (void) argc;
    return avm_whereis_pid(env, argv[0], &pid) ? avm_make_pid(env, pid) : avm_make_atom(env, "none");
}

static const avm_native natives[] = {
    { "look", 0, look, 0 }, { "pending", 0, pending, 0 }, { "watcher", 1, watcher, 0 },
    { "unwatch", 1, unwatch, 0 }, { "binary_of", 1, binary_of, 0 }, { "dyncall", 3, dyncall, 0 },
    { "select", 4, selects, AVM_DIRTY_IO }, { "name", 1, name, 0 }
};
static const avm_native_module module = { .name = "embed_natives", .natives = natives,
    .count = sizeof natives / sizeof *natives, .load = load };

static void on_watch(void *user, int handle, unsigned mode)
{
    (void) user;
    seen.watched_handle = handle;
    seen.watched_mode = mode;
    seen.watch_calls++;
}

static int set_up(void **state)
{
    static struct host host;

    memset(&seen, 0, sizeof seen);
    init_host(&host);
    host.config.on_watch = on_watch;
    start_host(&host);
    assert_int_equal(avm_register_natives(host.vm, &module, &host.error), AVM_OK);
    *state = &host;
    return 0;
}

static int tear_down(void **state)
{
    close_host(*state);
    return 0;
}

static avm_term run(struct host *host, const char *function, size_t argc, const avm_term argv[])
{
    return call(host, "embed_natives", function, argc, argv);
}

/* An object that the env keeps. */
static avm_term make_object(struct host *host, struct object **object)
{
    avm_term t = run(host, "look", 0, NULL);

    *object = object_of(host->env, t);
    assert_non_null(*object);
    return t;
}

static void close_pipe(struct object *object)
{
    close(object->pipe[0]);
    close(object->pipe[1]);
}

static void exceptions_are_pending(void **state)
{
    struct host *host = *state;
    avm_term result;

    assert_int_equal(try_call(host, "embed_natives", "pending", 0, NULL, &result), AVM_BAD_ARGUMENT);
    assert_string_equal(host->error.message, "error: why");
    assert_int_equal(avm_self(host->env).pid, 0);
    assert_null(avm_priv_data(host->env));
    assert_null(avm_open_resource_type(host->env, "late", NULL));
}

static void memory_of_the_vm(void **state)
{
    struct host *host = *state;
    avm_stats before = stats_of(host);
    char *p = avm_alloc(host->vm, 10);

    assert_non_null(p);
    assert_int_equal((uintptr_t) p % sizeof(double), 0);
    (void) strcpy(p, "kept here");
    p = avm_realloc(host->vm, p, 5000);
    assert_string_equal(p, "kept here");
    assert_true(stats_of(host).bytes_by[AVM_MEMORY_OTHER]
        >= before.bytes_by[AVM_MEMORY_OTHER] + 5000);
    avm_free(p);
    avm_free(NULL);
    p = avm_realloc(host->vm, NULL, 7);
    assert_non_null(p);
    avm_free(p);
    assert_same_memory(host, &before, "avm_alloc");
}

static void times_agree(void **state)
{
    struct host *host = *state;
    avm_term unit = atom(host, "nanosecond"), t = call(host, "erlang", "monotonic_time", 1, &unit);
    int64_t before = 0, now, system_time;

    assert_true(avm_get_int64(host->env, t, &before));
    now = avm_monotonic_time(host->vm, AVM_NSEC);
    assert_true(now >= before && now - before < 10 * SECOND);
    system_time = now + avm_time_offset(host->vm, AVM_NSEC);
    t = call(host, "erlang", "system_time", 1, &unit);
    assert_true(avm_get_int64(host->env, t, &before));
    assert_true(before - system_time > -SECOND && before - system_time < 10 * SECOND);
    assert_true(avm_cpu_time(host->vm, AVM_USEC) >= 0);
    assert_int_equal(avm_convert_time_unit(1999, AVM_MSEC, AVM_SEC), 1);
    assert_int_equal(avm_convert_time_unit(-1, AVM_MSEC, AVM_SEC), -1);
    assert_int_equal(avm_convert_time_unit(3, AVM_SEC, AVM_USEC), 3000000);
}

static void objects_watch_processes(void **state)
{
    struct host *host = *state;
    struct object *object;
    avm_term pair[2], tuple, stop = atom(host, "stop");
    avm_pid pid;

    pair[0] = make_object(host, &object);
    assert_int_equal(avm_spawn(host->vm, "embed_natives", "parked", host->env, 0, NULL, &pid, NULL),
        AVM_OK);
    pair[1] = avm_make_pid(host->env, pid);
    tuple = avm_make_tuple(host->env, 2, pair);
    assert_prints(host, run(host, "watcher", 1, &tuple), "0");
    assert_prints(host, run(host, "unwatch", 1, pair), "true");
    assert_prints(host, run(host, "unwatch", 1, pair), "false");
    assert_prints(host, run(host, "watcher", 1, &tuple), "0");
    assert_prints(host, call(host, "erlang", "send", 2, (avm_term[]){ pair[1], stop }), "stop");
    assert_int_equal(avm_run(host->vm, 100000, NULL), AVM_OK);
    assert_int_equal(seen.downs, 1);
    assert_true(seen.last_down.pid == pid.pid);
    assert_prints(host, run(host, "watcher", 1, &tuple), "1");
    close_pipe(object);
    avm_env_clear(host->env);
    assert_int_equal(seen.dtors, 1);
}

static void bytes_of_an_object_keep_it(void **state)
{
    struct host *host = *state;
    struct object *object;
    avm_term t = make_object(host, &object), binary;
    avm_binary bytes;
    avm_env *other;

    close_pipe(object);
    binary = run(host, "binary_of", 1, &t);
    assert_prints(host, binary, "<<\"bytes of the object\">>");
    assert_int_equal(avm_env_create(host->vm, &other), AVM_OK);
    binary = avm_make_copy(other, binary);
    avm_env_clear(host->env);
    assert_true(avm_inspect_binary(other, binary, &bytes));
    assert_memory_equal(bytes.data, "bytes", 5);
    assert_true(bytes.data == (unsigned char *) object->text || seen.dtors == 1);
    avm_env_destroy(other);
    assert_int_equal(seen.dtors, 1);
}

static void objects_are_called_by_others(void **state)
{
    struct host *host = *state;
    struct object *object;
    avm_term three[3] = { atom(host, "embed_natives"), atom(host, "object"), 0 };

    three[2] = make_object(host, &object);
    assert_prints(host, run(host, "dyncall", 3, three), "true");
    assert_string_equal(object->text, "called");
    three[1] = atom(host, "another");
    assert_prints(host, run(host, "dyncall", 3, three), "false");
    three[1] = atom(host, "object");
    three[2] = atom(host, "no_resource");
    assert_prints(host, run(host, "dyncall", 3, three), "false");
    assert_int_equal(seen.dyncalls, 1);
    close_pipe(object);
}

/* A host with a loop of its own: it is told what to watch, and runs the VM when that is ready. */
static void the_host_watches_handles(void **state)
{
    struct host *host = *state;
    struct object *object;
    avm_progress progress;
    avm_term t = make_object(host, &object), four[4];
    avm_pid pid;
    char byte;

    assert_int_equal(avm_spawn(host->vm, "embed_natives", "waits", host->env, 1, &t, &pid, NULL), AVM_OK);
    assert_int_equal(avm_run(host->vm, 100000, &progress), AVM_OK);
    assert_int_equal(progress.activity, AVM_WAITING);
    assert_int_equal(seen.watched_handle, object->pipe[0]);
    assert_int_equal(seen.watched_mode, AVM_POLL_READ);
    assert_int_equal(avm_run(host->vm, 100000, &progress), AVM_OK);
    assert_true(avm_is_process_alive(host->vm, pid));
    assert_int_equal(write(object->pipe[1], "x", 1), 1);
    assert_int_equal(avm_run(host->vm, 100000, &progress), AVM_OK);
    assert_false(avm_is_process_alive(host->vm, pid));
    assert_int_equal(seen.watched_mode, 0);         /* told once, then no more */
    assert_int_equal(read(object->pipe[0], &byte, 1), 1);

    four[0] = t;
    four[1] = atom(host, "read");
    four[2] = call(host, "erlang", "self", 0, NULL);
    four[3] = atom(host, "undefined");
    assert_prints(host, run(host, "select", 4, four), "0");
    assert_int_equal(seen.watched_mode, AVM_POLL_READ);
    four[1] = atom(host, "cancel");
    assert_prints(host, run(host, "select", 4, four), "16");     /* AVM_SELECT_READ_CANCELLED */
    assert_int_equal(seen.watched_mode, 0);
    four[1] = atom(host, "read");
    assert_prints(host, run(host, "select", 4, four), "0");
    four[1] = atom(host, "stop");
    assert_prints(host, run(host, "select", 4, four), "1");      /* AVM_SELECT_STOP_CALLED */
    assert_int_equal(seen.stops, 1);
    assert_int_equal(seen.watched_mode, 0);
}

static void names_are_found(void **state)
{
    struct host *host = *state;
    avm_mailbox *mailbox;
    avm_term who = atom(host, "embed_watched");

    assert_prints(host, run(host, "name", 1, &who), "none");
    assert_int_equal(avm_mailbox_open(host->vm, "embed_watched", &mailbox), AVM_OK);
    assert_true(avm_is_identical(run(host, "name", 1, &who),
        avm_make_pid(host->env, avm_mailbox_pid(mailbox))));
    avm_mailbox_close(mailbox);
}

/* Between the two calls the thread is out of the VM, however deep it was in. */
static void waits_let_others_in(void **state)
{
    struct host *host = *state;
    unsigned depth = avm_begin_blocking(host->vm);

    assert_int_equal(depth, 0);
    avm_end_blocking(host->vm, depth);
}

static void what_still_lives_ends_with_the_vm(void **state)
{
    struct host *host = *state;
    struct object *object = NULL;

    (void) make_object(host, &object);
    avm_keep_resource(object);
    close_pipe(object);
    close_host(host);
    assert_int_equal(seen.dtors, 1);
    start_host(host);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(exceptions_are_pending),
        TEST(memory_of_the_vm),
        TEST(times_agree),
        TEST(objects_watch_processes),
        TEST(bytes_of_an_object_keep_it),
        TEST(objects_are_called_by_others),
        TEST(the_host_watches_handles),
        TEST(names_are_found),
        TEST(waits_let_others_in),
        TEST(what_still_lives_ends_with_the_vm)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
