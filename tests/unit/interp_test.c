/* The engine: functions in the compiler's assembly run, and what they give is compared as text. Each
** family of instructions, in the forms for registers and in the general one; exceptions by their
** message. The same programs run in every mode of dispatch that is built. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "interp/interp.h"
#include "opcode/instruction.h"
#include "support/assemble.h"
#include "support/vm_fixture.h"

struct program {
    const char *text;       /* defines f/0 as label 5, others from 6 on */
    const char *gives;      /* printed; "!..." : f fails, and that is in the reason */
};

/* Prints what f gives, or {'EXIT', Why}. */
static const char runner[]
    = "function run 0 1\n allocate #1 #0\n catch y0 L3\n call #0 L5\n label #3\n catch_end y0\n"
      " call_ext #1 erlang:display/1\n deallocate #1\n return\n";

/* All that the VM prints. */
static char printed[4096];
static size_t printed_size;

static avm_status capture(void *state, avm_stream stream, const void *bytes, size_t size)
{
    (void) state;
    (void) stream;
    if (size < sizeof printed - printed_size) {
        memcpy(printed + printed_size, bytes, size);
        printed_size += size;
        printed[printed_size] = 0;
    }
    return AVM_OK;
}

/* *assembled is what the VM runs from until it is destroyed. */
static void run(struct vm_fixture *f, const struct program *program, struct memory *memory,
    struct assembled *assembled, char *out, size_t size)
{
    static char text[4096];
    avm_blob blob = { NULL, 0, NULL, NULL };
    avm_pid pid;
    const char *wrong;

    snprintf(text, sizeof text, "%s%s", runner, program->text);
    wrong = assemble(assembled, memory, text, 0);
    if (wrong != NULL) {
        snprintf(out, size, "cannot assemble: %s", wrong);
        return;
    }
    blob.data = assembled->bytes.bytes;
    blob.size = assembled->bytes.size;
    printed_size = 0;
    printed[0] = 0;
    if (avm_load_blob(f->vm, "m", blob, &f->error) == AVM_OK
        && vm_start(f, "m", "run", &pid) == AVM_OK) {
        vm_run(f);
        snprintf(out, size, "%.*s", (int) strcspn(printed, "\r"), printed);
    } else {
        snprintf(out, size, "%s", f->error.message);
    }
}

static void check(const struct program *programs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *gives = programs[i].gives;
        struct vm_fixture f;
        struct memory memory;
        struct assembled assembled;
        char out[4096];

        memory_init(&memory, NULL, NULL, 0);
        vm_init(&f);
        f.platform.write = capture;
        assert_int_equal(vm_open(&f), AVM_OK);
        run(&f, &programs[i], &memory, &assembled, out, sizeof out);
        if (gives[0] == '!' ? strstr(out, gives + 1) == NULL : strcmp(out, gives) != 0)
            fail_msg("%s\n%s\ninstead of %s", programs[i].text, out, gives);
        avm_env_destroy(f.env);
        avm_destroy(f.vm);
        assemble_deinit(&assembled);
    }
}

#define F "function f 0 4\n"
#define BIF1(name, a) " gc_bif1 - #0 erlang:" name "/1 " a " x0\n return\n"
#define BIF2(name, a, b) " gc_bif2 - #0 erlang:" name "/2 " a " " b " x0\n return\n"

static void arithmetic(void **state)
{
    static const struct program programs[] = {
        { F BIF2("+", "1", "2"), "3" },
        { F " move 40 x0\n gc_bif2 - #1 erlang:+/2 x0 2 x0\n return\n", "42" },
        { F " move 40 x0\n move 2 x1\n gc_bif2 - #2 erlang:-/2 x0 x1 x0\n return\n", "38" },
        { F " move 576460752303423487 x0\n gc_bif2 - #1 erlang:+/2 x0 1 x0\n return\n",
            "576460752303423488" },
        { F " move -576460752303423488 x0\n gc_bif2 - #1 erlang:-/2 x0 1 x0\n return\n",
            "-576460752303423489" },
        { F " allocate #1 #0\n move 5 y0\n gc_bif2 - #0 erlang:+/2 y0 y0 x0\n"
            " deallocate #1\n return\n", "10" },
        { F " allocate #2 #0\n move 5 y0\n move 7 y1\n gc_bif2 - #0 erlang:-/2 y0 y1 x0\n"
            " deallocate #2\n return\n", "-2" },
        { F " move 1000000000000 x0\n gc_bif2 - #1 erlang:*/2 x0 x0 x0\n return\n",
            "1000000000000000000000000" },
        { F BIF2("div", "-7", "2"), "-3" },
        { F BIF2("rem", "-7", "2"), "-1" },
        { F BIF2("div", "7", "0"), "!badarith" },
        { F BIF2("bsl", "1", "70"), "1180591620717411303424" },
        { F BIF2("bsr", "-1", "3"), "-1" },
        { F BIF2("bxor", "12", "10"), "6" },
        { F BIF2("+", "a", "1"), "!badarith" },
        { F " gc_bif2 L6 #0 erlang:+/2 a 1 x0\n return\nlabel #6\n move failed x0\n return\n",
            "failed" }
    };

    (void) state;
    check(programs, sizeof programs / sizeof *programs);
}

static void selections(void **state)
{
    static const struct program programs[] = {
        { F " move 3 x0\n select_val x0 L6 [ 1 L7 2 L7 3 L8 4 L7 ]\n label #6\n move none x0\n"
            " return\n label #7\n move other x0\n return\n label #8\n move three x0\n return\n",
            "three" },
        { F " move b x0\n select_val x0 L6 [ a L7 b L8 c L7 ]\n label #6\n move none x0\n return\n"
            " label #7\n move other x0\n return\n label #8\n move b_ x0\n return\n", "b_" },
        { F " move 9 x0\n select_val x0 L6 [ 1 L7 2 L7 ]\n label #6\n move none x0\n return\n"
            " label #7\n move other x0\n return\n", "none" },
        { F " move 1 x0\n is_lt L6 x0 a\n move less x0\n return\n label #6\n move more x0\n return\n",
            "less" },
        { F " move 2 x0\n is_ge L6 1 x0\n move ge x0\n return\n label #6\n move lt x0\n return\n",
            "lt" }
    };

    (void) state;
    check(programs, sizeof programs / sizeof *programs);
}

static void data(void **state)
{
    static const struct program programs[] = {
        { F " test_heap #4 #0\n put_list 2 nil x0\n put_list 1 x0 x0\n return\n", "[1,2]" },
        { F " test_heap #4 #0\n put_tuple2 x0 [ a 1 nil ]\n get_tuple_element x0 #1 x1\n"
            " move x1 x0\n return\n", "1" },
        { F " test_heap #4 #0\n put_tuple2 x0 [ a 1 2 ]\n get_tuple_element x0 #1 x1\n"
            " get_tuple_element x0 #2 x2\n gc_bif2 - #3 erlang:-/2 x2 x1 x0\n return\n", "1" },
        { F " test_heap #8 #0\n put_tuple2 x0 [ r 1 2 ]\n update_record copy #3 x0 x1 [ #2 9 ]\n"
            " move x1 x0\n return\n", "{r,9,2}" },
        { F " move 1 x0\n move 2 x1\n swap x0 x1\n test_heap #3 #2\n put_tuple2 x0 [ x0 x1 ]\n"
            " return\n", "{2,1}" },
        { F " move nil x0\n get_hd x0 x0\n return\n", "!bad" },
        { F " bif1 - erlang:hd/1 nil x0\n return\n", "!badarg" }
    };

    (void) state;
    check(programs, sizeof programs / sizeof *programs);
}

static void exceptions(void **state)
{
    static const struct program programs[] = {
        { F " badmatch 1\n", "!badmatch" },
        { F " case_end x\n", "!case_clause" },
        { F " if_end\n", "!if_clause" },
        { F " allocate #1 #0\n catch y0 L6\n move 1 x0\n badmatch x0\n label #6\n catch_end y0\n"
            " is_tuple L7 x0\n get_tuple_element x0 #0 x0\n deallocate #1\n return\n label #7\n"
            " move no x0\n deallocate #1\n return\n", "'EXIT'" },
        { F " allocate #1 #0\n try y0 L6\n move thrown x0\n call_ext #1 erlang:throw/1\n label #6\n"
            " try_case y0\n move x1 x0\n deallocate #1\n return\n", "thrown" },
        { F " allocate #0 #0\n move 5 x0\n call_fun #0\n deallocate #0\n return\n", "!badfun" }
    };

    (void) state;
    check(programs, sizeof programs / sizeof *programs);
}

static void bitstrings(void **state)
{
    static const struct program programs[] = {
        { F " bs_create_bin - #0 #0 #8 x0 [ integer #1 #1 nil 258 16 ]\n return\n", "<<1,2>>" },
        { F " bs_init2 - #2 #0 #0 #0 x0\n bs_put_integer - 8 #1 #0 7\n bs_put_integer - 8 #1 #0 8\n"
            " return\n", "<<7,8>>" }
    };

    (void) state;
    check(programs, sizeof programs / sizeof *programs);
}

/* Where code says how far bodies lie apart, each has a place that can be said, and its own. */
static void instructions_are_told_apart(void **state)
{
    const int32_t *distances = interp_instructions();

    (void) state;
    if (distances == NULL)
        return;
    assert_true(instruction_distances_fit(distances));
    for (size_t a = 0; a < INSTRUCTION_COUNT; a++) {
        for (size_t b = 0; b < a; b++)
            assert_int_not_equal(distances[a], distances[b]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arithmetic), cmocka_unit_test(selections), cmocka_unit_test(data),
        cmocka_unit_test(exceptions), cmocka_unit_test(bitstrings),
        cmocka_unit_test(instructions_are_told_apart)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
