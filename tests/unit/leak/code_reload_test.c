/* A module with large literals is loaded a thousand times, while processes hold literals of the version
** that goes: each keeps what it had, and memory is what it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "support/vm_fixture.h"

#if defined(AVM_GC_STRESS) || defined(AVM_ONE_REDUCTION)
#define RELOADS 20
#define STRIDE 17
#elif defined(__SANITIZE_ADDRESS__)
#define RELOADS 200
#define STRIDE 3
#else
#define RELOADS 1000
#define STRIDE 1
#endif

static struct vm_fixture vm;
static avm_pid keeper;

static void open_vm(void)
{
    vm_init(&vm);
    assert_int_equal(vm_open(&vm), AVM_OK);
    vm_find_stock(&vm);
    assert_int_equal(vm_load(&vm, "leak_storm"), AVM_OK);
    assert_int_equal(vm_load(&vm, "leak_target"), AVM_OK);
    assert_int_equal(vm_load(&vm, "leak_reload"), AVM_OK);
    assert_int_equal(vm_start(&vm, "leak_reload", "keeper", &keeper), AVM_OK);
    assert_true(vm_run(&vm));
}

/* Starts leak_reload:Function(Beam, Keeper, Times); the fail_after-th allocation fails (0: none). */
static void prepare(const char *function, int64_t times, uint64_t fail_after)
{
    avm_term arguments[3];
    avm_status status;
    avm_blob beam;
    avm_pid pid;

    assert_true(vm_read_module("leak_target", &beam));
    arguments[0] = avm_make_binary(vm.env, beam.data, beam.size);
    arguments[1] = avm_make_pid(vm.env, keeper);
    arguments[2] = avm_make_int64(vm.env, times);
    if (fail_after != 0)
        vm.host.fail_at = vm.host.allocations + fail_after;
    status = avm_spawn(vm.vm, "leak_reload", function, vm.env, 3, arguments, &pid, &vm.error);
    assert_true(status == AVM_OK || (fail_after != 0 && status == AVM_NO_MEMORY));
    avm_env_clear(vm.env);
}

static void start(const char *function, int64_t times, uint64_t fail_after)
{
    prepare(function, times, fail_after);
    assert_true(vm_run(&vm));
    vm.host.fail_at = 0;
}

static void reload(int64_t times)
{
    avm_pid pid;

    start("run", times, 0);
    assert_int_equal(vm_start_storm(&vm, "leak_storm", "collect", keeper, 1, &pid), AVM_OK);
    assert_true(vm_run(&vm));
}

static void close_vm(void)
{
    if (!vm_close(&vm))
        fail_msg("%s", vm.difference);
}

static void reloads_leave_nothing(void **state)
{
    (void) state;
    open_vm();
    reload(1);
    vm_mark(&vm);
    reload(RELOADS - 1);
    if (vm_difference(&vm, true) != NULL)
        fail_msg("%s", vm.difference);
    close_vm();
}

/* Wherever memory runs out during a reload, once or from there on: nothing is lost, and the next one
** frees what was left. */
static void reload_without_memory(bool from)
{
    uint64_t at = 1, failed;

    open_vm();
    vm.is_quiet = true;
    start("attempt", 0, 0);
    reload(2);
    vm_mark(&vm);
    do {
        failed = vm.host.failed;
        vm.host.fail_from = from;
        start("attempt", 0, at);
        vm.host.fail_from = false;
        failed = vm.host.failed - failed;
        reload(2);
        if (vm_difference(&vm, true) != NULL)
            fail_msg("allocation %u%s: %s", (unsigned) at, from ? " and later ones" : "", vm.difference);
        at += STRIDE;
    } while (failed != 0);
    assert_true(at > 50);
    close_vm();
}

static void reloads_without_memory(void **state)
{
    (void) state;
    reload_without_memory(false);
    reload_without_memory(true);
}

/* What calls give, and reasons of ends, are the host's: their module is reloaded and purged before,
** after, and while they are on their way. */
static void results_outlive_their_code(void **state)
{
    avm_term first, first_reason, result;
    avm_env *kept;
    avm_pid pid;
    int at;

    (void) state;
    open_vm();
    assert_int_equal(avm_env_create(vm.vm, &kept), AVM_OK);
    assert_int_equal(avm_call(vm.vm, "leak_target", "all", kept, 0, NULL, &first, &vm.error), AVM_OK);
    assert_int_equal(vm_start(&vm, "leak_reload", "quit", &pid), AVM_OK);
    assert_int_equal(avm_await(vm.vm, pid, kept, &first_reason), AVM_OK);
    assert_int_equal(avm_term_type(kept, first_reason), AVM_TUPLE);
    prepare("run", RELOADS / 10, 0);
    for (at = 0; at < RELOADS / 10; at++) {
        assert_int_equal(avm_call(vm.vm, "leak_target", "all", vm.env, 0, NULL, &result, &vm.error),
            AVM_OK);
        assert_int_equal(avm_compare(vm.env, first, result), 0);
        assert_int_equal(vm_start(&vm, "leak_reload", "quit", &pid), AVM_OK);
        assert_int_equal(avm_await(vm.vm, pid, vm.env, &result), AVM_OK);
        assert_int_equal(avm_compare(vm.env, first_reason, result), 0);
        avm_env_clear(vm.env);
    }
    assert_true(vm_run(&vm));
    reload(1);
    assert_int_equal(avm_call(vm.vm, "leak_target", "all", vm.env, 0, NULL, &result, &vm.error), AVM_OK);
    assert_int_equal(avm_compare(kept, first, result), 0);
    avm_env_destroy(kept);
    close_vm();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reloads_leave_nothing),
        cmocka_unit_test(reloads_without_memory),
        cmocka_unit_test(results_outlive_their_code)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
