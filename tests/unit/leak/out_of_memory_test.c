/* Memory runs out: each scenario is run with the first allocation failing, then the second, ... then
** the last; and with every one from the k-th on. After it nothing has crashed, the VM goes on as if
** nothing had been, and gives back every byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/vm_fixture.h"

#if defined(AVM_GC_STRESS) || defined(AVM_ONE_REDUCTION) || defined(__SANITIZE_ADDRESS__)
#define SLOW 5              /* not each one */
#else
#define SLOW 1
#endif

/* What is made to fail: gives AVM_OK or AVM_NO_MEMORY, nothing else. */
typedef avm_status scenario_fn(struct vm_fixture *f, const char *name);

struct scenario {
    const char *name;
    scenario_fn *prepare;       /* before allocations fail; NULL: there is no VM yet */
    scenario_fn *run;
    bool may_repeat;            /* a later run leaves nothing but what the first has left */
};

static avm_status open_vm(struct vm_fixture *f, const char *name)
{
    avm_status status = vm_open(f);

    (void) name;
    if (status == AVM_OK)
        vm_find_stock(f);
    return status;
}

static avm_status load_scenes(struct vm_fixture *f, const char *name)
{
    (void) name;
    return vm_load(f, "leak_scenes");
}

static avm_status prepare_scene(struct vm_fixture *f, const char *name)
{
    avm_status status = open_vm(f, name);

    return status == AVM_OK ? load_scenes(f, name) : status;
}

static avm_status run_scene(struct vm_fixture *f, const char *name)
{
    avm_pid pid;
    avm_status status = vm_start(f, "leak_scenes", name, &pid);

    (void) vm_run(f);
    return status == AVM_NOT_FOUND && f->host.failed != 0 ? AVM_NO_MEMORY : status;
}

static avm_status make_terms(struct vm_fixture *f, const char *name)
{
    avm_term list, map, pair[2];
    avm_status status = AVM_NO_MEMORY;

    (void) name;
    pair[0] = avm_make_string(f->env, "a text of some length");
    pair[1] = avm_make_binary(f->env, "0123456789", 10);
    list = pair[0] != 0 && pair[1] != 0 ? avm_make_list(f->env, 2, pair) : 0;
    map = list != 0 ? avm_make_new_map(f->env) : 0;
    if (map != 0 && avm_make_map_put(f->env, map, list, pair[1], &map)) {
        list = avm_make_copy(f->env, map);
        if (list != 0 && avm_compare(f->env, list, map) == 0)
            status = AVM_OK;
    }
    avm_env_clear(f->env);
    return status;
}

#define SCENE(name) { name, prepare_scene, run_scene, true }
static const struct scenario scenarios[] = {
    { "creation", NULL, open_vm, false },
    { "loading", open_vm, load_scenes, false },
    { "loading again", prepare_scene, load_scenes, false },
    { "terms of the host", open_vm, make_terms, true },
    SCENE("spawns"),
    SCENE("signals"),
    SCENE("appends"),
    SCENE("maps"),
    SCENE("bigints"),
    SCENE("external"),
    SCENE("exceptions"),
    SCENE("texts"),
    SCENE("dictionary"),
    SCENE("hibernation"),
};

static void open_fixture(struct vm_fixture *f, const struct scenario *scenario)
{
    vm_init(f);
    f->is_quiet = true;
    if (scenario->prepare != NULL)
        assert_int_equal(scenario->prepare(f, scenario->name), AVM_OK);
}

/* Twice without a failure: what the first run makes, the second finds. */
static void check_usable(struct vm_fixture *f, const struct scenario *scenario, uint64_t at)
{
    f->host.fail_at = 0;
    assert_int_equal(scenario->run(f, scenario->name), AVM_OK);
    assert_int_equal(scenario->run(f, scenario->name), AVM_OK);
    vm_mark(f);
    assert_int_equal(scenario->run(f, scenario->name), AVM_OK);
    if (vm_difference(f, true) != NULL) {
        print_error("%s, after failure %llu: %s\n", scenario->name, (unsigned long long) at,
            f->difference);
        fail();
    }
}

static void fail_once(const struct scenario *scenario, uint64_t at, bool from)
{
    static struct vm_fixture f;
    avm_status status;

    open_fixture(&f, scenario);
    f.host.fail_at = f.host.allocations + at;
    f.host.fail_from = from;
    status = scenario->run(&f, scenario->name);
    if (status != AVM_OK && status != AVM_NO_MEMORY) {
        print_error("%s, failure %llu: status %d\n", scenario->name, (unsigned long long) at, status);
        fail();
    }
    if (scenario->may_repeat)
        check_usable(&f, scenario, at);
    if (!vm_close(&f)) {
        print_error("%s, failure %llu: %s\n", scenario->name, (unsigned long long) at, f.difference);
        fail();
    }
}

static void each_allocation_fails(void **state)
{
    const struct scenario *scenario = *state;
    static struct vm_fixture f;
    uint64_t count, at, step;

    open_fixture(&f, scenario);
    count = f.host.allocations;
    assert_int_equal(scenario->run(&f, scenario->name), AVM_OK);
    count = f.host.allocations - count;
    assert_true(vm_close(&f));
    step = count > 3000 ? count / 3000 + 1 : 1;
    for (at = 1; at <= count; at += step * SLOW) {
        fail_once(scenario, at, false);
        fail_once(scenario, at, true);
    }
    print_message("%s: %llu allocations\n", scenario->name, (unsigned long long) count);
}

/* out_of_memory_test [NAME [NUMBER]]: one scenario, or one failure of it, alone. */
int main(int argc, char **argv)
{
    static struct CMUnitTest tests[sizeof scenarios / sizeof *scenarios];
    size_t count = 0, at;

    for (at = 0; at < sizeof scenarios / sizeof *scenarios; at++) {
        if (argc > 1 && strcmp(argv[1], scenarios[at].name) != 0)
            continue;
        if (argc > 2) {
            fail_once(&scenarios[at], strtoull(argv[2], NULL, 10), argc > 3);
            return 0;
        }
        tests[count].name = scenarios[at].name;
        tests[count].test_func = each_allocation_fails;
        tests[count++].initial_state = (void *) (uintptr_t) &scenarios[at];
    }
    return _cmocka_run_group_tests("out of memory", tests, count, NULL, NULL);
}
