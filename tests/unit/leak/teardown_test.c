/* The end of VMs: whatever lives when a VM is destroyed, its host gets back every byte; two VMs do
** not know of each other; a million children in 320 K. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/resource_fixture.h"
#include "support/vm_fixture.h"
#include "atomvm/inspect.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

#if defined(AVM_GC_STRESS) || defined(AVM_ONE_REDUCTION) || defined(__SANITIZE_ADDRESS__)
#define VMS 50
#define CHILDREN 20000
#else
#define VMS 1000
#define CHILDREN 1000000
#endif

/* teardown_test short: little of it, for a checker of memory that is slow. */
static bool is_short;

#define ALIVE 22        /* processes of open_alive */
#define SERVERS 2           /* init and user: the first spawn of a host starts them */

static void assert_closed(struct vm_fixture *f)
{
    if (!vm_close(f)) {
        print_error("%s\n", f->difference);
        fail();
    }
}

/* A pack with a module of the tests; its bytes are made once. */
static avm_blob get_pack(void)
{
    static avm_pack_builder *builder;
    static avm_blob pack;
    avm_pack_options options;
    avm_blob module;

    if (builder != NULL)
        return pack;
    memset(&options, 0, sizeof options);
    options.struct_size = sizeof options;
    options.no_prune = true;
    options.start = "leak_scenes";
    assert_true(vm_read_module("leak_scenes", &module));
    assert_int_equal(avm_pack_builder_create(NULL, &builder), AVM_OK);
    assert_int_equal(avm_pack_builder_add_module(builder, module.data, module.size, NULL), AVM_OK);
    assert_int_equal(avm_pack_build(builder, &options, &pack.data, &pack.size, NULL), AVM_OK);
    return pack;
}

/* At rest, with everything alive that can be: see leak_scenes:alive/0 and leak_native:keeps/0. */
static void open_alive(struct vm_fixture *f)
{
    avm_progress progress;
    avm_mailbox *mailbox;
    avm_pid pid;

    vm_init(f);
    f->is_quiet = true;
    assert_int_equal(vm_open(f), AVM_OK);
    vm_find_stock(f);
    assert_int_equal(avm_register_natives(f->vm, &resource_module, &f->error), AVM_OK);
    assert_int_equal(vm_load(f, "leak_native"), AVM_OK);
    assert_int_equal(avm_load_blob(f->vm, "a pack", get_pack(), &f->error), AVM_OK);
    assert_int_equal(vm_start(f, "leak_scenes", "alive", &pid), AVM_OK);
    assert_int_equal(vm_start(f, "leak_native", "keeps", &pid), AVM_OK);
    assert_int_equal(avm_mailbox_open(f->vm, "leak_host", &mailbox), AVM_OK);
    assert_int_equal(avm_run(f->vm, UINT64_MAX, &progress), AVM_OK);
    assert_int_equal(progress.activity, AVM_WAITING);
    (void) avm_make_string(f->env, "left in the env");
    vm_mark(f);
    assert_int_equal(f->mark.processes, SERVERS + ALIVE);
    assert_true(f->mark.objects_by[AVM_MEMORY_TIMER] >= 22);
    assert_true(f->mark.objects_by[AVM_MEMORY_LINK] >= 38);
    assert_true(f->mark.objects_by[AVM_MEMORY_ALIAS] >= 3);
    assert_true(f->mark.objects_by[AVM_MEMORY_NAME] >= 2);
    assert_true(f->mark.objects_by[AVM_MEMORY_BINARY] > 0);
    assert_true(f->mark.objects_by[AVM_MEMORY_ETS] >= 200);
    assert_true(f->mark.objects_by[AVM_MEMORY_DICTIONARY] >= 20);
    assert_true(f->mark.objects_by[AVM_MEMORY_RESOURCE] >= 8);
    assert_true(f->mark.objects_by[AVM_MEMORY_MAILBOX] > 0);
    assert_true(resources_alive > 0);
}

static void many_vms_leave_nothing(void **state)
{
    static struct vm_fixture f;
    size_t live = 0;
    int at;

    (void) state;
    for (at = 0; at < (is_short ? 3 : VMS); at++) {
        open_alive(&f);
        if (at == 0)
            live = f.mark.live_bytes;
        assert_int_equal(f.mark.live_bytes, live);
        assert_closed(&f);
        assert_int_equal(resources_alive, 0);
    }
}

/* With the sanitizer: it finds what is lost, and nothing of a VM is. */
static void nothing_is_lost(void **state)
{
#ifdef __SANITIZE_ADDRESS__
    static uintptr_t hidden;
    void *block = malloc(100);

    assert_int_equal(__lsan_do_recoverable_leak_check(), 0);
    hidden = ~(uintptr_t) block;
    block = NULL;
    assert_int_equal(__lsan_do_recoverable_leak_check(), 1);
    free((void *) ~hidden);
    assert_int_equal(__lsan_do_recoverable_leak_check(), 0);
#endif
    (void) state;
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
    assert_int_equal(a.mark.processes, SERVERS + ALIVE + 1);
    assert_closed(&a);
    vm_mark(&b);
    assert_int_equal(b.mark.processes, SERVERS + ALIVE + 1);
    assert_closed(&b);
}

static void children_in_a_limit(void **state)
{
    static struct vm_fixture f;
    avm_pid survivor, pid;

    (void) state;
    vm_init(&f);
    f.config.schedulers = 1;            /* a limit for what one needs */
    f.config.memory_limit = 320 * 1024;
    f.config.profile = AVM_PROFILE_SMALL;
    assert_int_equal(vm_open(&f), AVM_OK);
    assert_int_equal(vm_load(&f, "leak_storm"), AVM_OK);
    assert_int_equal(vm_load(&f, "leak_links"), AVM_OK);
    assert_int_equal(vm_start(&f, "leak_links", "trapping", &survivor), AVM_OK);
    assert_int_equal(vm_start_storm(&f, "leak_links", "spawn_link_received", survivor, 1000, &pid), AVM_OK);
    assert_true(vm_run(&f));
    assert_int_equal(vm_start_storm(&f, "leak_links", "spawn_link_received", survivor, is_short ? 2000 : CHILDREN,
        &pid), AVM_OK);
    assert_true(vm_run(&f));
    vm_mark(&f);
    assert_int_equal(f.mark.failures, 0);
    assert_int_equal(f.mark.processes, SERVERS + 1);
    assert_true(f.mark.peak_bytes <= 320 * 1024);
    print_message("%d children, peak %zu bytes\n", is_short ? 2000 : CHILDREN, f.mark.peak_bytes);
    assert_closed(&f);
}

/* ---- a VM in a buffer ------------------------------------------------------------------------ */

static void arena_storm(struct vm_fixture *f, avm_pid survivor, int64_t count)
{
    static const char *const storms[] = { "spawn_link_idle", "unlink_and_link", "hub",
        "link_from_short_lived", "chain" };
    avm_pid pid;
    size_t at;

    for (at = 0; at < sizeof storms / sizeof *storms; at++) {
        assert_int_equal(vm_start_storm(f, "leak_links", storms[at], survivor, count, &pid), AVM_OK);
        assert_true(vm_run(f));
        assert_int_equal(vm_start_storm(f, "leak_storm", "collect", survivor, 1, &pid), AVM_OK);
        assert_true(vm_run(f));
    }
}

/* The host's allocator is never called; what is free comes back to the byte, round for round. */
static void storms_in_an_arena(void **state)
{
    static struct vm_fixture f;
    static uint64_t buffer[2000000 / 8];
    avm_pid survivor;
    size_t peak = 0;
    int round;

    (void) state;
    vm_init(&f);
    f.config.arena = buffer;
    f.config.arena_size = sizeof buffer;
    assert_int_equal(vm_open(&f), AVM_OK);
    vm_find_stock(&f);
    assert_int_equal(vm_load(&f, "leak_storm"), AVM_OK);
    assert_int_equal(vm_load(&f, "leak_links"), AVM_OK);
    assert_int_equal(vm_start(&f, "leak_links", "idle", &survivor), AVM_OK);
    for (round = 1; round <= 20; round++) {
        arena_storm(&f, survivor, is_short ? 5 : CHILDREN / 2000);
        if (round == 2) {
            vm_mark(&f);
            peak = f.mark.free_bytes;
        }
    }
    f.host.bytes = f.mark.live_bytes;       /* what vm_difference compares with */
    if (vm_difference(&f, true) != NULL) {
        print_error("%s\n", f.difference);
        fail();
    }
    f.host.bytes = 0;
    vm_mark(&f);
    assert_int_equal(f.mark.free_bytes, peak);
    assert_int_equal(f.mark.failures, 0);
    assert_int_equal(f.host.allocations, 0);
    avm_env_destroy(f.env);
    avm_destroy(f.vm);
}

/* From too small for anything to large enough: a status each time. */
static void arenas_of_every_size(void **state)
{
    static struct vm_fixture f;
    static uint64_t buffer[400000 / 8];
    size_t size, most = vm_has_crew() ? sizeof buffer : sizeof buffer / 2;     /* each scheduler has its own */
    avm_pid pid;
    bool ran = false;

    (void) state;
    for (size = 0; size < most; size += is_short ? 9970 : 997) {
        avm_status status;

        vm_init(&f);
        f.is_quiet = true;
        f.config.arena = buffer;
        f.config.arena_size = size;
        status = vm_open(&f);
        if (status == AVM_OK)
            vm_find_stock(&f);
        if (status == AVM_OK)
            status = vm_load(&f, "leak_scenes");
        if (status == AVM_OK && vm_start(&f, "leak_scenes", "alive", &pid) == AVM_OK)
            ran = vm_run(&f);
        assert_true(status == AVM_OK || status == AVM_NO_MEMORY);
        avm_env_destroy(f.env);
        avm_destroy(f.vm);
        assert_int_equal(f.host.allocations, 0);
    }
    assert_true(ran);
}

/* atomvm:memory/0 and erlang:memory/0,1 say what avm_get_stats says. */
static void memory_from_erlang(void **state)
{
    static struct vm_fixture f;
    avm_progress progress;
    avm_pid pid;
    int limited;

    (void) state;
    for (limited = 0; limited < 2; limited++) {
        vm_init(&f);
        f.config.memory_limit = limited ? 4000000 : 0;
        assert_int_equal(vm_open(&f), AVM_OK);
        vm_find_stock(&f);
        assert_int_equal(vm_load(&f, "leak_scenes"), AVM_OK);
        assert_int_equal(vm_start(&f, "leak_scenes", "memory", &pid), AVM_OK);
        assert_false(vm_run(&f));
        assert_int_equal(avm_run(f.vm, 0, &progress), AVM_OK);
        assert_int_equal(progress.activity, AVM_HALTED);
        assert_int_equal(progress.halt_status, 0);
        assert_closed(&f);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_vms_leave_nothing),
        cmocka_unit_test(nothing_is_lost),
        cmocka_unit_test(destroyed_in_the_middle),
        cmocka_unit_test(two_interleaved),
        cmocka_unit_test(children_in_a_limit),
        cmocka_unit_test(memory_from_erlang),
        cmocka_unit_test(storms_in_an_arena),
        cmocka_unit_test(arenas_of_every_size),
    };

    is_short = argc > 1 && strcmp(argv[1], "short") == 0;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
