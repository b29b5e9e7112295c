/* What atomvm.h says of avm_call, avm_spawn, avm_await and avm_run_program: a call has a process of its own
** that leaves nothing to the next one, its end is seen as that of any process, and its result outlives the
** code that it came from. By the public headers only; the Erlang side is embed_calls.erl. */
#include "embed_host.h"

static int set_up(void **state)
{
    static struct host host;

    open_host(&host);
    *state = &host;
    return 0;
}

static int tear_down(void **state)
{
    close_host(*state);
    return 0;
}

static avm_term run(struct host *host, const char *function, avm_term argument)
{
    return call(host, "embed_calls", function, argument != 0, &argument);
}

/* ---- a process of its own ------------------------------------------------------------------ */

static void a_call_finds_nothing_of_the_one_before(void **state)
{
    struct host *host = *state;
    avm_pid found;
    avm_term first, second;

    first = run(host, "leaves_much", atom(host, "embed_name"));
    assert_false(avm_get_local_pid(host->env, first, &found)
        && avm_is_process_alive(host->vm, found));
    assert_int_equal(avm_whereis(host->vm, "embed_name", &found), AVM_NOT_FOUND);
    assert_prints(host, run(host, "finds", 0),
        "{[],[{message_queue_len,0},{trap_exit,false},{registered_name,[]},{links,[]},{monitors,[]}],"
        "{initial_call,{embed_calls,finds,0}}}");
    first = run(host, "self_pid", 0);
    second = run(host, "self_pid", 0);
    assert_true(avm_is_pid(host->env, first) && avm_is_pid(host->env, second));
    assert_false(avm_is_identical(first, second));
    (void) run(host, "alias", 0);
    assert_prints(host, run(host, "table", 0), "ok");
    assert_prints(host, run(host, "table", 0), "ok");
}

static void its_end_is_seen_by_its_links(void **state)
{
    struct host *host = *state;
    avm_term fate = atom(host, "ok"), result;
    avm_progress progress;
    avm_pid helper;

    assert_prints(host, run(host, "helper", fate), "ok");
    assert_int_equal(avm_run(host->vm, 100000, &progress), AVM_OK);
    assert_int_equal(avm_whereis(host->vm, "helper", &helper), AVM_OK);
    assert_true(avm_is_process_alive(host->vm, helper));
    fate = avm_make_pid(host->env, helper);
    assert_prints(host, call(host, "erlang", "unregister", 1,
        (avm_term[]){ atom(host, "helper") }), "true");
    fate = atom(host, "error");
    assert_int_equal(try_call(host, "embed_calls", "helper", 1, &fate, &result), AVM_BAD_ARGUMENT);
    assert_string_equal(host->error.message, "error: failed");
    assert_int_equal(avm_run(host->vm, 100000, &progress), AVM_OK);
    assert_int_equal(avm_whereis(host->vm, "helper", &helper), AVM_NOT_FOUND);
    fate = atom(host, "throw");
    assert_int_equal(try_call(host, "embed_calls", "helper", 1, &fate, &result), AVM_BAD_ARGUMENT);
    assert_string_equal(host->error.message, "throw: thrown");
    assert_int_equal(avm_run(host->vm, 100000, &progress), AVM_OK);
    assert_int_equal(avm_whereis(host->vm, "helper", &helper), AVM_NOT_FOUND);
    assert_int_equal(host->crashes, 0);
}

static void it_may_be_ended_from_elsewhere(void **state)
{
    struct host *host = *state;
    avm_term result = 7, reason = atom(host, "broken");

    assert_int_equal(try_call(host, "embed_calls", "linked_fails", 1, &reason, &result),
        AVM_BAD_ARGUMENT);
    assert_string_equal(host->error.message, "exit: broken");
    assert_int_equal(try_call(host, "embed_calls", "killed", 0, NULL, &result), AVM_BAD_ARGUMENT);
    assert_string_equal(host->error.message, "exit: killed");
    assert_int_equal(try_call(host, "embed_calls", "raises_no_memory", 0, NULL, &result),
        AVM_BAD_ARGUMENT);
    assert_string_equal(host->error.message, "error: system_limit");
    assert_int_equal(result, 7);
}

static void everything_of_it_is_counted(void **state)
{
    struct host *host = *state;
    avm_term n = integer(host, 3000), result;
    avm_stats before;
    int i;

    for (i = 0; i < 30; i++) {
        if (i == 10)
            before = stats_of(host);
        (void) run(host, "long", n);
        (void) run(host, "self_pid", 0);
        (void) try_call(host, "embed_calls", "killed", 0, NULL, &result);
        (void) try_call(host, "embed_calls", "literal_in_error", 0, NULL, &result);
        (void) run(host, "leaves_much", atom(host, "embed_name"));
        avm_env_clear(host->env);
    }
    assert_same_memory(host, &before, "calls");
    assert_int_equal(stats_of(host).processes, before.processes);
    before = stats_of(host);
    n = integer(host, 50000);
    (void) run(host, "long", n);
    assert_in_range(stats_of(host).reductions - before.reductions, 50000, 60000);
    n = integer(host, 1500);
    (void) run(host, "many_links", n);
    avm_env_clear(host->env);
}

/* Others that always have something to do neither keep a call waiting nor wait for ever. */
static void others_run_beside_it(void **state)
{
    struct host *host = *state;
    uint64_t before;
    int i;

    (void) run(host, "self_pid", 0);
    host->wakeups = 0;
    assert_prints(host, run(host, "busy", 0), "ok");
    assert_int_equal(host->wakeups, 1);         /* avm_run has still something to do */
    before = stats_of(host).reductions;
    for (i = 0; i < 20; i++)
        (void) run(host, "self_pid", 0);
    before = stats_of(host).reductions - before;
#if !defined(AVM_ONE_REDUCTION)
    assert_in_range(before, 20 * 4000, 20 * 20000);
#endif
    assert_prints(host, run(host, "sleeps_then", atom(host, "value")), "value");
}

static void halting_ends_it(void **state)
{
    struct host *host = *state;
    avm_progress progress;
    avm_term result;

    assert_int_equal(try_call(host, "embed_calls", "halts", 0, NULL, &result), AVM_BUSY);
    assert_string_equal(host->error.message, "erlang:halt was called");
    assert_int_equal(avm_run(host->vm, 1000, &progress), AVM_OK);
    assert_int_equal(progress.activity, AVM_HALTED);
    assert_int_equal(progress.halt_status, 3);
}

static void an_interrupted_call_is_over(void **state)
{
    struct host *host = *state;
    avm_progress progress;
    avm_term result = 7;
    unsigned before;

    (void) run(host, "self_pid", 0);
    before = stats_of(host).processes;
    avm_interrupt(host->vm);
    assert_int_equal(try_call(host, "embed_host", "spin", 0, NULL, &result), AVM_BUSY);
    assert_int_equal(result, 7);
    assert_int_equal(avm_run(host->vm, 100000, &progress), AVM_OK);
    assert_int_equal(progress.activity, AVM_WAITING);
    assert_int_equal(stats_of(host).processes, before);
}

/* ---- around it ------------------------------------------------------------------------------ */

static void what_is_spawned_has_a_group_leader(void **state)
{
    struct host *host = *state;
    avm_term text = avm_make_string(host->env, "from a process of the host"), reason;
    avm_pid pid;

    assert_int_equal(avm_spawn(host->vm, "embed_calls", "prints", host->env, 1, &text, &pid, NULL),
        AVM_OK);
    assert_int_equal(avm_await(host->vm, pid, host->env, &reason), AVM_OK);
    assert_prints(host, reason, "normal");
    assert_string_equal(host->output, "from a process of the host\n");
    assert_prints(host, run(host, "leader", 0), "{true,true}");
    /* One that was killed comes back. */
    assert_int_equal(avm_whereis(host->vm, "user", &pid), AVM_OK);
    assert_prints(host, call(host, "erlang", "exit", 2,
        (avm_term[]){ avm_make_pid(host->env, pid), atom(host, "kill") }), "true");
    assert_int_equal(avm_await(host->vm, pid, host->env, &reason), AVM_OK);
    assert_prints(host, run(host, "leader", 0), "{true,true}");
    text = avm_make_string(host->env, "again");
    assert_prints(host, run(host, "prints", text), "ok");
    assert_string_equal(host->output, "from a process of the host\nagain\n");
}

/* init and user are there, but no code of theirs until somebody asks. */
static void the_servers_sleep_until_they_are_asked(void **state)
{
    struct host *host = *state;
    unsigned modules;

    (void) run(host, "self_pid", 0);
    modules = stats_of(host).modules;
    assert_int_equal(stats_of(host).processes, 2);
    (void) run(host, "leader", 0);
    assert_int_equal(stats_of(host).modules, modules);
    (void) run(host, "prints", avm_make_string(host->env, "x"));
    assert_true(stats_of(host).modules > modules);
}

/* ---- literals -------------------------------------------------------------------------------- */

static avm_term bytes_of(struct host *host, const char *module)
{
    avm_blob blob;
    avm_term binary;

    assert_int_equal(embed_find(host, module, &blob), AVM_OK);
    binary = avm_make_binary(host->env, blob.data, blob.size);
    if (blob.release != NULL)
        blob.release(blob.user, blob.data, blob.size);
    return binary;
}

static void results_outlive_their_code(void **state)
{
    struct host *host = *state;
    avm_term result, big, arguments[2], message;
    avm_mailbox *mailbox;
    avm_binary binary;
    int i;

    assert_int_equal(avm_mailbox_open(host->vm, "embed_box", &mailbox), AVM_OK);
    result = run(host, "literal", 0);
    big = run(host, "big_literal", 0);
    arguments[0] = atom(host, "embed_box");
    arguments[1] = result;
    for (i = 0; i < 2; i++) {           /* the code that they came from is purged */
        avm_term load[2] = { atom(host, "embed_calls"), bytes_of(host, "embed_calls") };

        assert_prints(host, call(host, "embed_literals", "reload", 2, load), "ok");
    }
    for (i = 0; i < 100; i++)           /* its memory is used again */
        (void) run(host, "long", integer(host, 1000));
    assert_prints(host, result,
        "{this,\"is a literal\",[made_of,{the,module}],#{and_this=>1.500000e+00}}");
    assert_prints(host, big,
        "{<<\"sixty-four bytes and more are a binary off the heap; this one is a literal of a module\">>}");
    arguments[1] = big;
    (void) call(host, "erlang", "send", 2, arguments);
    assert_int_equal(avm_mailbox_receive(mailbox, SECOND, host->env, &message), AVM_OK);
    assert_int_equal(avm_compare(host->env, message, big), 0);
    assert_false(avm_inspect_binary(host->env, message, &binary));
    avm_mailbox_close(mailbox);
}

/* ---- programs -------------------------------------------------------------------------------- */

static void programs_end_with_a_status(void **state)
{
    struct host *host = *state;
    int status = 77;

    assert_int_equal(avm_run_program(host->vm, "no_such_module", &status, &host->error), AVM_NOT_FOUND);
    assert_int_equal(avm_run_program(host->vm, "embed_calls", &status, &host->error), AVM_NOT_FOUND);
    assert_string_equal(host->error.message, "embed_calls does not export start/0");
    assert_int_equal(avm_run_program(host->vm, NULL, &status, &host->error), AVM_NOT_FOUND);
    assert_int_equal(status, 77);
    assert_int_equal(avm_run_program(host->vm, "embed_program", &status, &host->error), AVM_OK);
    assert_int_equal(status, 1);
    assert_string_equal(host->output, "Return value: {arguments,[\"one\",\"zw\xc3\xb6" "lf\"]}\n");
}

static int set_up_with_arguments(void **state)
{
    static struct host host;
    static const char *const argv[] = { "one", "zw\xc3\xb6lf" };

    init_host(&host);
    host.config.argc = 2;
    host.config.argv = argv;
    start_host(&host);
    *state = &host;
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_call_finds_nothing_of_the_one_before),
        TEST(its_end_is_seen_by_its_links),
        TEST(it_may_be_ended_from_elsewhere),
        TEST(everything_of_it_is_counted),
        TEST(others_run_beside_it),
        TEST(halting_ends_it),
        TEST(an_interrupted_call_is_over),
        TEST(what_is_spawned_has_a_group_leader),
        TEST(the_servers_sleep_until_they_are_asked),
        TEST(results_outlive_their_code),
        cmocka_unit_test_setup_teardown(programs_end_with_a_status, set_up_with_arguments, tear_down)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
