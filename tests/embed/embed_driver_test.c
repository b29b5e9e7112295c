/* What port.h says: ports whose other side is this host, in its own functions; what they leave behind is
** nothing. By the public headers only; the Erlang side is embed_ports.erl. */
#include "embed_host.h"

#include <atomvm/port.h>

#include <unistd.h>

/* ---- the driver --------------------------------------------------------------------------- */

struct mirror {
    struct host *host;
    int pipe[2];                    /* -1, or what is written comes through it */
    int left;                       /* calls of ready before it is flushed */
    avm_monitor monitor;
};

enum { OP_TEXT, OP_TIMER, OP_NO_TIMER, OP_BUSY, OP_EXIT, OP_SEND, OP_HOLD, OP_NAME };

static avm_status mirror_start(avm_port *port, const char *command, void *user, void **state)
{
    struct mirror *mirror;

    (void) port;
    if (strcmp(command, "mirror refuses") == 0)
        return AVM_BUSY;
    mirror = calloc(1, sizeof *mirror);
    if (mirror == NULL)
        return AVM_NO_MEMORY;
    mirror->host = user;
    mirror->pipe[0] = mirror->pipe[1] = -1;
    if (strcmp(command, "mirror pipe") == 0
        && (pipe(mirror->pipe) != 0 || !avm_port_select(port, mirror->pipe[0], AVM_POLL_READ))) {
        free(mirror);
        return AVM_NO_MEMORY;
    }
    mirror->host->started++;
    *state = mirror;
    return AVM_OK;
}

static void mirror_stop(avm_port *port, void *state)
{
    struct mirror *mirror = state;

    if (mirror->pipe[0] >= 0) {
        assert_true(avm_port_select(port, mirror->pipe[0], 0));
        close(mirror->pipe[0]);
        close(mirror->pipe[1]);
    }
    mirror->host->stopped++;
    free(mirror);
}

static void mirror_output(avm_port *port, void *state, const void *data, size_t size)
{
    struct mirror *mirror = state;

    if (mirror->pipe[1] < 0)
        avm_port_output(port, data, size);
    else
        assert_int_equal(write(mirror->pipe[1], data, size), (ssize_t) size);
}

static void mirror_ready(avm_port *port, void *state, int handle, unsigned mode)
{
    struct mirror *mirror = state;
    char buffer[256];
    ssize_t size;

    assert_int_equal(handle, mirror->pipe[0]);
    assert_int_equal(mode, AVM_POLL_READ);
    size = read(handle, buffer, mirror->left > 0 ? 1 : sizeof buffer);
    assert_true(size > 0);
    if (mirror->left > 0)
        mirror->left--;
    avm_port_output(port, buffer, (size_t) size);
}

static avm_term mirror_control(avm_port *port, void *state, avm_env *env, unsigned operation,
    const void *data, size_t size)
{
    struct mirror *mirror = state;
    avm_term parts[2];

    switch (operation) {
    case OP_TEXT:
        return avm_make_string_len(env, data, size, AVM_LATIN1);
    case OP_TIMER:
        assert_true(avm_port_set_timer(port, 5));
        break;
    case OP_NO_TIMER:
        assert_true(avm_port_set_timer(port, -1));
        break;
    case OP_BUSY:
        avm_port_set_busy(port, true);
        assert_true(avm_port_set_timer(port, 20));
        break;
    case OP_EXIT:
        avm_port_exit(port, "mirror_broke");
        break;
    case OP_SEND: {
        avm_env *message;

        assert_int_equal(avm_env_create(avm_port_vm(port), &message), AVM_OK);
        parts[0] = avm_port_term(port);
        parts[1] = avm_make_atom(message, "said");
        assert_int_equal(avm_port_send(port, avm_port_owner(port), message,
            avm_make_tuple(message, 2, parts)), AVM_OK);
        avm_env_destroy(message);
        break;
    }
    case OP_HOLD:
        mirror->left = 3;
        assert_int_equal(write(mirror->pipe[1], "end", 3), 3);
        break;
    default:
        return avm_raise_badarg(env);
    }
    return avm_make_binary(env, data, size);
}

/* {monitor, Pid}, demonitor, or anything, which comes back twice. */
static avm_term mirror_call(avm_port *port, void *state, avm_env *env, unsigned operation,
    avm_term argument)
{
    struct mirror *mirror = state;
    avm_term two[2] = { argument, argument };
    const avm_term *elements;
    size_t arity;
    avm_pid pid;

    if (operation == 99)
        return 0;
    if (avm_get_tuple(env, argument, &arity, &elements) && arity == 2
        && avm_get_local_pid(env, elements[1], &pid)) {
        avm_status status = avm_port_monitor(port, pid, &mirror->monitor);

        return avm_make_atom(env, status == AVM_OK ? "watched" : "noproc");
    }
    if (avm_is_identical(argument, avm_make_atom(env, "demonitor")))
        return avm_make_atom(env, avm_port_demonitor(port, &mirror->monitor) ? "true" : "false");
    return avm_make_tuple(env, 2, two);
}

static void mirror_message(avm_port *port, void *state, avm_env *env, avm_term message)
{
    char text[64];

    (void) state;
    avm_port_output(port, text, avm_print(env, message, text, sizeof text));
}

static void mirror_timeout(avm_port *port, void *state)
{
    (void) state;
    avm_port_set_busy(port, false);
    avm_port_output(port, "time", 4);
}

static void mirror_down(avm_port *port, void *state, avm_env *env, const avm_monitor *monitor,
    avm_pid pid, avm_term reason)
{
    struct mirror *mirror = state;
    char text[64];

    (void) pid;
    assert_int_equal(avm_compare_monitors(monitor, &mirror->monitor), 0);
    avm_port_output(port, text, avm_print(env, reason, text, sizeof text));
}

static bool mirror_flush(avm_port *port, void *state)
{
    (void) port;
    return ((struct mirror *) state)->left == 0;
}

static const avm_driver mirror = { "mirror", mirror_start, mirror_stop, mirror_output, mirror_control,
    mirror_call, mirror_message, mirror_ready, mirror_timeout, mirror_down, mirror_flush,
    AVM_DRIVER_SOFT_BUSY };
static const avm_driver silent = { .name = "silent" };

/* ---- the host ------------------------------------------------------------------------------- */

static void open_with_drivers(struct host *host)
{
    open_host(host);
    assert_int_equal(avm_register_driver(host->vm, &mirror, host), AVM_OK);
    assert_int_equal(avm_register_driver(host->vm, &silent, NULL), AVM_OK);
}

/* embed_ports:Function(Argument) returns ok. */
static void call_ports(struct host *host, const char *function, int64_t argument)
{
    avm_term number = avm_make_int64(host->env, argument), result;
    avm_error error;
    char text[300] = "";
    avm_status status = avm_call(host->vm, "embed_ports", function, host->env, 1, &number, &result,
        &error);

    if (status == AVM_OK)
        avm_print(host->env, result, text, sizeof text);
    if (strcmp(text, "ok") != 0)
        fail_msg("%s: %s", function, status == AVM_OK ? text : error.message);
    avm_env_clear(host->env);
    assert_int_equal(avm_run(host->vm, UINT64_MAX, NULL), AVM_OK);      /* what it left to others */
}

static void drivers_are_registered_once(void **state)
{
    static const avm_driver nameless = { .name = "" }, two_words = { .name = "a b" };
    struct host host;

    (void) state;
    open_with_drivers(&host);
    assert_int_equal(avm_register_driver(host.vm, &mirror, NULL), AVM_BAD_ARGUMENT);
    assert_int_equal(avm_register_driver(host.vm, &nameless, NULL), AVM_BAD_ARGUMENT);
    assert_int_equal(avm_register_driver(host.vm, &two_words, NULL), AVM_BAD_ARGUMENT);
    assert_int_equal(avm_register_driver(host.vm, NULL, NULL), AVM_BAD_ARGUMENT);
    close_host(&host);
}

static void what_programs_do_with_ports(void **state)
{
    static const char *const functions[] = { "opening", "commands", "controls", "calls", "messages",
        "timers", "handles", "busy", "suspended_forever", "monitors", "exits", "flushed", "ends",
        "without_functions" };
    struct host host;
    size_t i;

    (void) state;
    open_with_drivers(&host);
    for (i = 0; i < sizeof functions / sizeof *functions; i++)
        call_ports(&host, functions[i], 0);
    assert_true(host.started > 10);
    assert_int_equal(host.started, host.stopped);
    close_host(&host);
}

/* From another place than a driver's function: avm_send to the address. */
static void the_host_sends_to_a_port(void **state)
{
    struct host host;
    avm_term result, arguments[1];
    avm_error error;
    avm_pid port;

    (void) state;
    open_with_drivers(&host);
    arguments[0] = avm_make_int64(host.env, 0);
    assert_int_equal(avm_call(host.vm, "embed_ports", "keep", host.env, 1, arguments, &result, &error),
        AVM_OK);
    assert_true(avm_is_port(host.env, result));
    assert_int_equal(avm_whereis(host.vm, "embed_port", &port), AVM_OK);
    assert_int_equal(avm_send(host.vm, port, host.env, avm_make_atom(host.env, "from_outside")), AVM_OK);
    call_ports(&host, "kept", 0);
    assert_int_equal(avm_send(host.vm, port, host.env, avm_make_atom(host.env, "too_late")), AVM_OK);
    close_host(&host);
}

static void stop_is_called_by_destroy(void **state)
{
    struct host host;
    avm_term number, result;
    avm_error error;

    (void) state;
    open_with_drivers(&host);
    number = avm_make_int64(host.env, 0);
    assert_int_equal(avm_call(host.vm, "embed_ports", "keep", host.env, 1, &number, &result, &error),
        AVM_OK);
    assert_int_equal(host.started - host.stopped, 1);
    close_host(&host);
}

/* The second storm and one that is longer by far leave the same. */
static void storms_leave_nothing(void **state)
{
    static const char *const storms[] = { "opening", "storm", "storm_of_links", "storm_of_owners",
        "storm_of_busy", "messages", "monitors" };
    avm_stats before = { .struct_size = sizeof before }, after = { .struct_size = sizeof after };
    struct host host;
    size_t i;
    int kind;

    (void) state;
    open_with_drivers(&host);
    for (i = 0; i < sizeof storms / sizeof *storms; i++) {
        call_ports(&host, storms[i], 10);
        call_ports(&host, storms[i], 10);
        avm_get_stats(host.vm, &before);
        call_ports(&host, storms[i], 2000);
        avm_get_stats(host.vm, &after);
        for (kind = 0; kind < AVM_MEMORY_COUNT; kind++) {
            if (before.bytes_by[kind] != after.bytes_by[kind]
                || before.objects_by[kind] != after.objects_by[kind])
                fail_msg("%s: %s: %zu bytes before, %zu after", storms[i], avm_memory_text(kind),
                    before.bytes_by[kind], after.bytes_by[kind]);
        }
    }
    close_host(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drivers_are_registered_once),
        cmocka_unit_test(what_programs_do_with_ports),
        cmocka_unit_test(the_host_sends_to_a_port),
        cmocka_unit_test(stop_is_called_by_destroy),
        cmocka_unit_test(storms_leave_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
