/* A VM in a buffer of its host never calls malloc: the C library's functions are replaced in this
** program, for the libraries that it uses as well, and counted from before avm_create until after
** avm_destroy. Where they cannot be replaced (another C library, the sanitizers) there is no test. */
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

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)

static unsigned long calls;

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *ptr, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *ptr);

void *malloc(size_t size)
{
    calls++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    calls++;
    return __libc_calloc(count, size);
}

void *realloc(void *ptr, size_t size)
{
    calls++;
    return __libc_realloc(ptr, size);
}

void *memalign(size_t alignment, size_t size);
void *memalign(size_t alignment, size_t size)
{
    calls++;
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    calls++;
    return __libc_memalign(alignment, size);
}

void free(void *ptr)
{
    calls++;
    __libc_free(ptr);
}

/* Programs of leak_scenes: between them they load, call what is stock, use regular expressions,
** compressed data, large numbers, tables, timers and all else that takes memory. */
static const char *const scenes[] = { "spawns", "signals", "appends", "maps", "bigints", "external",
    "exceptions", "texts", "dictionary", "hibernation", "timers", "persistent", "tables", "inserts",
    "insert_lists", "selects", "transfers", "res", "zlibs", "arrays", "alive" };

static uint64_t buffer[8000000 / sizeof(uint64_t)];

static void call_function(struct vm_fixture *f)
{
    avm_term argument = avm_make_string(f->env, "given"), result;

    assert_int_equal(avm_call(f->vm, "leak_scenes", "called", f->env, 1, &argument, &result, &f->error),
        AVM_OK);
    avm_env_clear(f->env);
}

static void run_everything(struct vm_fixture *f)
{
    avm_mailbox *mailbox;
    avm_pid pid;
    size_t at;

    assert_int_equal(vm_open(f), AVM_OK);
    vm_find_stock(f);
    assert_int_equal(avm_register_natives(f->vm, &resource_module, &f->error), AVM_OK);
    assert_int_equal(vm_load(f, "leak_native"), AVM_OK);
    assert_int_equal(vm_load(f, "leak_scenes"), AVM_OK);
    for (at = 0; at < sizeof scenes / sizeof *scenes; at++) {
        assert_int_equal(vm_start(f, "leak_scenes", scenes[at], &pid), AVM_OK);
        if (strcmp(scenes[at], "alive") != 0)
            assert_true(vm_run(f));
    }
    assert_int_equal(vm_start(f, "leak_native", "scene", &pid), AVM_OK);
    assert_int_equal(vm_start(f, "leak_native", "keeps", &pid), AVM_OK);
    assert_int_equal(avm_mailbox_open(f->vm, "leak_host", &mailbox), AVM_OK);
    call_function(f);
    assert_int_equal(avm_run(f->vm, UINT64_MAX, NULL), AVM_OK);
    vm_mark(f);
    avm_env_destroy(f->env);
    avm_destroy(f->vm);
}

static void an_arena_needs_no_malloc(void **state)
{
    static struct vm_fixture f;
    unsigned long before;
    int time;

    (void) state;
    for (time = 0; time < 2; time++) {          /* the first time reads files into the fixture */
        vm_init(&f);
        f.is_quiet = true;
        f.config.arena = buffer;
        f.config.arena_size = sizeof buffer;
        before = calls;
        run_everything(&f);
    }
    assert_int_equal(calls - before, 0);
    assert_int_equal(f.host.allocations, 0);
    assert_int_equal(f.mark.failures, 0);
    assert_int_equal(resources_alive, 0);
    print_message("%llu allocations in the arena, peak %zu bytes\n",
        (unsigned long long) f.mark.allocations, f.mark.peak_bytes);
}

/* The count works: a VM without an arena calls it. */
static void others_are_counted(void **state)
{
    unsigned long before = calls;
    avm_vm *vm;

    (void) state;
    assert_int_equal(avm_create(NULL, &vm, NULL), AVM_OK);
    avm_destroy(vm);
    assert_true(calls - before > 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_arena_needs_no_malloc),
        cmocka_unit_test(others_are_counted)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void)
{
    puts("skipped: malloc cannot be replaced here");
    return 0;
}

#endif
