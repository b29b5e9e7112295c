/* Identifiers on machines of any word size: references do not repeat where their counters pass 32 bits,
** pids are not given twice, and what is missing is undef only when it is called. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "api/vm.h"
#include "proc/table.h"
#include "support/vm_fixture.h"

static struct vm_fixture f;

static int open_vm(void **state)
{
    (void) state;
    vm_init(&f);
    assert_int_equal(vm_open(&f), AVM_OK);
    vm_find_stock(&f);
    return vm_load(&f, "leak_numbers") == AVM_OK && vm_load(&f, "leak_storm") == AVM_OK ? 0 : -1;
}

static int close_vm(void **state)
{
    (void) state;
    if (!vm_close(&f))
        print_error("%s\n", f.difference);
    return f.host.bytes == 0 ? 0 : -1;
}

/* leak_numbers:Function(Argument), which halts the VM when it fails. */
static void run(const char *function, int64_t argument)
{
    avm_term arguments[3];
    avm_pid pid;

    arguments[0] = avm_make_atom(f.env, "leak_numbers");
    arguments[1] = avm_make_atom(f.env, function);
    arguments[2] = avm_make_int64(f.env, argument);
    assert_int_equal(avm_spawn(f.vm, "leak_storm", "run", f.env, 3, arguments, &pid, &f.error), AVM_OK);
    avm_env_clear(f.env);
    assert_true(vm_run(&f));
}

static void references_do_not_repeat(void **state)
{
    static const uint64_t near[] = { 1, (UINT64_C(1) << 18) - 60, (UINT64_C(1) << 31) - 60,
        (UINT64_C(1) << 32) - 60, (UINT64_C(1) << 50) - 60, (UINT64_C(1) << 60) - 10000 };
    size_t at;

    (void) state;
    for (at = 0; at < sizeof near / sizeof *near; at++) {
        f.vm->node.next_reference = near[at];
        f.vm->node.next_unlink = near[at];
        run("references", 0);
    }
}

static void pids_are_not_given_twice(void **state)
{
    struct process_table *table = f.vm->node.processes;

    (void) state;
    run("pids", 300);
    table->next = ((uintptr_t) 1 << PID_DATA_BITS) - 100;
    run("pids", 300);
    table->next = 0;
    run("pids", 1000);
    table->next = 0;
    run("pids", 1000);
}

static void the_missing_is_undef(void **state)
{
    (void) state;
    run("missing", 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(references_do_not_repeat, open_vm, close_vm),
        cmocka_unit_test_setup_teardown(pids_are_not_given_twice, open_vm, close_vm),
        cmocka_unit_test_setup_teardown(the_missing_is_undef, open_vm, close_vm)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
