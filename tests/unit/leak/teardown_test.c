/* The end of VMs: whatever lives when a VM is destroyed, its host gets back every byte; two VMs do
** not know of each other; a million children in 320 K. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "support/vm_fixture.h"

#if defined(AVM_GC_STRESS) || defined(AVM_ONE_REDUCTION) || defined(__SANITIZE_ADDRESS__)
#define VMS 50
#define CHILDREN 20000
#else
#define VMS 1000
#define CHILDREN 1000000
#endif

static void assert_closed(struct vm_fixture *f)
{
    if (!vm_close(f)) {
        print_error("%s\n", f->difference);
        fail();
    }
}

static void open_alive(struct vm_fixture *f)
{
    avm_progress progress;
    avm_pid pid;

    vm_init(f);
    f->is_quiet = true;
    assert_int_equal(vm_open(f), AVM_OK);
    vm_find_stock(f);
    assert_int_equal(vm_load(f, "leak_scenes"), AVM_OK);
    assert_int_equal(vm_start(f, "leak_scenes", "alive", &pid), AVM_OK);
    assert_int_equal(avm_run(f->vm, UINT64_MAX, &progress), AVM_OK);
    assert_int_equal(progress.activity, AVM_WAITING);
    vm_mark(f);
    assert_int_equal(f->mark.processes, 20);
    assert_true(f->mark.objects_by[AVM_MEMORY_TIMER] >= 21);
    assert_true(f->mark.objects_by[AVM_MEMORY_LINK] >= 38);
    assert_true(f->mark.objects_by[AVM_MEMORY_BINARY] > 0);
}

static void many_vms_leave_nothing(void **state)
{
    static struct vm_fixture f;
    size_t live = 0;
    int at;

    (void) state;
    for (at = 0; at < VMS; at++) {
        open_alive(&f);
        if (at == 0)
            live = f.mark.live_bytes;
        assert_int_equal(f.mark.live_bytes, live);
        assert_closed(&f);
    }
}

/* Destroyed before its programs have come to rest. */
static void destroyed_in_the_middle(void **state)
{
    static struct vm_fixture f;
    avm_pid pid;
    int at;

    (void) state;
    for (at = 0; at < 30; at++) {
        vm_init(&f);
        f.is_quiet = true;
        assert_int_equal(vm_open(&f), AVM_OK);
        vm_find_stock(&f);
        assert_int_equal(vm_load(&f, "leak_scenes"), AVM_OK);
        assert_int_equal(vm_start(&f, "leak_scenes", "alive", &pid), AVM_OK);
        assert_int_equal(avm_run(f.vm, (uint64_t) (at * 40), NULL), AVM_OK);
        assert_closed(&f);
    }
}

static void two_interleaved(void **state)
{
    static struct vm_fixture a, b, *both[2] = { &a, &b };
    avm_progress progress[2];
    avm_pid survivor, pid;
    int at, busy = 2;

    (void) state;
    for (at = 0; at < 2; at++) {
        open_alive(both[at]);
        assert_int_equal(vm_load(both[at], "leak_storm"), AVM_OK);
        assert_int_equal(vm_load(both[at], "leak_links"), AVM_OK);
        assert_int_equal(vm_start(both[at], "leak_links", "trapping", &survivor), AVM_OK);
        assert_int_equal(vm_start_storm(both[at], "leak_links", "spawn_link_received", survivor,
            1000, &pid), AVM_OK);
    }
    while (busy > 0) {
        for (busy = 0, at = 0; at < 2; at++) {
            assert_int_equal(avm_run(both[at]->vm, 500, &progress[at]), AVM_OK);
            busy += progress[at].activity == AVM_RUNNABLE;
        }
    }
    vm_mark(&a);
    vm_mark(&b);
    assert_int_equal(a.mark.live_bytes, b.mark.live_bytes);
    assert_int_equal(a.mark.processes, 21);
    assert_closed(&a);
    vm_mark(&b);
    assert_int_equal(b.mark.processes, 21);
    assert_closed(&b);
}

static void children_in_a_limit(void **state)
{
    static struct vm_fixture f;
    avm_pid survivor, pid;

    (void) state;
    vm_init(&f);
    f.config.memory_limit = 320 * 1024;
    f.config.profile = AVM_PROFILE_SMALL;
    assert_int_equal(vm_open(&f), AVM_OK);
    assert_int_equal(vm_load(&f, "leak_storm"), AVM_OK);
    assert_int_equal(vm_load(&f, "leak_links"), AVM_OK);
    assert_int_equal(vm_start(&f, "leak_links", "trapping", &survivor), AVM_OK);
    assert_int_equal(vm_start_storm(&f, "leak_links", "spawn_link_received", survivor, 1000, &pid), AVM_OK);
    assert_true(vm_run(&f));
    assert_int_equal(vm_start_storm(&f, "leak_links", "spawn_link_received", survivor, CHILDREN, &pid),
        AVM_OK);
    assert_true(vm_run(&f));
    vm_mark(&f);
    assert_int_equal(f.mark.failures, 0);
    assert_int_equal(f.mark.processes, 1);
    assert_true(f.mark.peak_bytes <= 320 * 1024);
    print_message("%d children, peak %zu bytes\n", CHILDREN, f.mark.peak_bytes);
    assert_closed(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_vms_leave_nothing),
        cmocka_unit_test(destroyed_in_the_middle),
        cmocka_unit_test(two_interleaved),
        cmocka_unit_test(children_in_a_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
