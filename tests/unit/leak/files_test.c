/* Files and the host: a platform without files, and what a VM leaves open when it is destroyed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/vm_fixture.h"

static avm_files counted;
static int opened, closed;

static avm_file_error open_counted(void *state, const char *path, unsigned modes, intptr_t *file)
{
    avm_file_error error = avm_platform_default()->files->open(state, path, modes, file);

    opened += error == AVM_FILE_OK;
    return error;
}

static avm_file_error close_counted(void *state, intptr_t file)
{
    closed++;
    return avm_platform_default()->files->close(state, file);
}

static void start(struct vm_fixture *f, const avm_files *files, const char *function)
{
    avm_pid pid;

    vm_init(f);
    f->platform.files = files;
    assert_int_equal(vm_open(f), AVM_OK);
    vm_find_stock(f);
    assert_int_equal(vm_load(f, "leak_files"), AVM_OK);
    assert_int_equal(vm_start(f, "leak_files", function, &pid), AVM_OK);
}

static void assert_closed(struct vm_fixture *f)
{
    if (!vm_close(f)) {
        print_error("%s\n", f->difference);
        fail();
    }
}

static void a_host_without_files(void **state)
{
    static struct vm_fixture f;
    avm_progress progress;

    (void) state;
    start(&f, NULL, "none");
    assert_int_equal(avm_run(f.vm, UINT64_MAX, &progress), AVM_OK);
    assert_int_equal(progress.activity, AVM_HALTED);
    assert_int_equal(progress.halt_status, 0);
    assert_closed(&f);
}

/* A table as a host compiled it that knew fewer functions: what it lacks is not supported. */
static void a_shorter_table(void **state)
{
    static struct vm_fixture f;
    avm_progress progress;

    (void) state;
    counted = *avm_platform_default()->files;
    counted.struct_size = offsetof(avm_files, open);
    start(&f, &counted, "none");
    assert_int_equal(avm_run(f.vm, UINT64_MAX, &progress), AVM_OK);
    assert_int_equal(progress.activity, AVM_HALTED);
    assert_int_equal(progress.halt_status, 0);
    assert_closed(&f);
}

/* A host compiled before there were files. */
static void a_shorter_platform(void **state)
{
    static struct vm_fixture f;
    avm_progress progress;
    avm_pid pid;

    (void) state;
    vm_init(&f);
    f.platform.struct_size = offsetof(avm_platform, files);
    assert_int_equal(vm_open(&f), AVM_OK);
    vm_find_stock(&f);
    assert_int_equal(vm_load(&f, "leak_files"), AVM_OK);
    assert_int_equal(vm_start(&f, "leak_files", "none", &pid), AVM_OK);
    assert_int_equal(avm_run(f.vm, UINT64_MAX, &progress), AVM_OK);
    assert_int_equal(progress.halt_status, 0);
    assert_closed(&f);
}

static void what_is_open_is_closed_once(void **state)
{
    static struct vm_fixture f;

    (void) state;
    counted = *avm_platform_default()->files;
    counted.open = open_counted;
    counted.close = close_counted;
    start(&f, &counted, "left_open");
    assert_true(vm_run(&f));
    assert_int_equal(opened, 2);
    assert_int_equal(closed, 0);
    assert_closed(&f);
    assert_int_equal(closed, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_host_without_files),
        cmocka_unit_test(a_shorter_table),
        cmocka_unit_test(a_shorter_platform),
        cmocka_unit_test(what_is_open_is_closed_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
