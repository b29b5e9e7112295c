/* Code that no compiler makes, but that the checker lets run: match contexts get everywhere, registers are
** used whose contents are gone. Nothing may be read or written that is not the process's own: run with
** the sanitizers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "support/assemble.h"
#include "support/vm_fixture.h"

#if defined(AVM_GC_STRESS) || defined(AVM_ONE_REDUCTION)
#define ROUNDS 2
#elif defined(__SANITIZE_ADDRESS__)
#define ROUNDS 5
#else
#define ROUNDS 20
#endif

/* make/1: a match context of its argument; advance/1: reads 3 bits of one. wait/1: the register of the
** time is gone when the time-out is set, and what it pointed to has been collected. */
static const char contexts[]
    = "function make 1 1\n bs_start_match3 L3 x0 #1 x1\n move x1 x0\n return\n"
      " label #3\n return\n"
      "function advance 1 4\n bs_start_match3 L6 x0 #1 x1\n"
      " bs_get_integer2 L6 x1 #2 3 #1 #0 x2\n move x2 x0\n return\n label #6\n move no x0\n return\n"
      "function wait 1 7\n allocate #0 #1\n label #9\n loop_rec L10 x0\n loop_rec_end L9\n"
      " label #10\n wait_timeout L9 x1\n timeout\n deallocate #0\n return\n";

static avm_status swallow(void *state, avm_stream stream, const void *bytes, size_t size)
{
    (void) state;
    (void) stream;
    (void) bytes;
    (void) size;
    return AVM_OK;
}

static void contexts_are_harmless(void **state)
{
    struct memory memory;
    struct assembled assembled;
    struct vm_fixture f;
    avm_blob blob = { NULL, 0, NULL, NULL };
    avm_term rounds;
    avm_pid pid;

    (void) state;
    memory_init(&memory, NULL, NULL, 0);
    assert_ptr_equal(assemble(&assembled, &memory, contexts, 0), NULL);
    blob.data = assembled.bytes.bytes;
    blob.size = assembled.bytes.size;
    vm_init(&f);
    f.platform.write = swallow;
    f.is_quiet = true;
    assert_int_equal(vm_open(&f), AVM_OK);
    vm_find_stock(&f);
    assert_int_equal(avm_load_blob(f.vm, "m", blob, &f.error), AVM_OK);
    assert_int_equal(vm_load(&f, "leak_hostile"), AVM_OK);
    rounds = avm_make_int64(f.env, ROUNDS);
    assert_int_equal(avm_spawn(f.vm, "leak_hostile", "run", f.env, 1, &rounds, &pid, &f.error), AVM_OK);
    avm_env_clear(f.env);
    assert_true(vm_run(&f));
    if (!vm_close(&f))
        fail_msg("%s", f.difference);
    assemble_deinit(&assembled);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contexts_are_harmless)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
