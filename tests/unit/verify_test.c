/* The verifier: what it must refuse, each rule by a body of its own, and what it must accept or mark. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "opcode/opcode.h"
#include "support/assemble.h"
#include "support/code_fixture.h"

struct body {
    const char *name;
    const char *text;               /* with function f/ARITY at label 1, 2 */
    const char *refused;            /* what the message must hold; NULL: accepted */
};

static const struct body bodies[] = {
    { "identity", "function f 1 1\n return", NULL },
    { "return of nothing", "function f 0 1\n return", "x(0) is live but not written" },
    { "read before write", "function f 1 1\n move x1 x0\n return", "x(1) is read" },
    { "unwritten on one path",
        "function f 1 1\n is_atom L3 x0\n move 1 x1\n label #3\n move x1 x0\n return",
        "x(1) is read" },
    { "written on both paths",
        "function f 1 1\n is_atom L3 x0\n move 1 x1\n jump L4\n label #3\n move 2 x1\n"
        "label #4\n move x1 x0\n return",
        NULL },
    { "falls off the end", "function f 1 1\n move x0 x1", "no end" },
    { "falls off after a test", "function f 1 1\n is_atom L1 x0", "no end" },
    { "jump into another function",
        "function f 1 1\n jump L4\n function g 1 3\n return", "out of the function" },
    { "jump to nowhere", "function f 1 1\n jump L9\n label #9\n return", NULL },
    { "unreached code is not looked at",
        "function f 1 1\n return\n move x7 x8\n bs_get_tail x3 x4 #9", NULL },

    /* frames */
    { "frame kept and left",
        "function f 1 1\n allocate #1 #1\n move x0 y0\n call #1 L2\n move y0 x0\n deallocate #1\n"
        " return",
        NULL },
    { "return with a frame", "function f 1 1\n allocate #0 #1\n return", "still there" },
    { "call without a frame", "function f 1 1\n call #1 L2\n return", "no frame" },
    { "second frame", "function f 1 1\n allocate #0 #1\n allocate #0 #1\n return", "still there" },
    { "deallocate of nothing", "function f 1 1\n deallocate #0\n return", "another size" },
    { "deallocate too much",
        "function f 1 1\n allocate #1 #1\n move x0 y0\n deallocate #2\n return", "another size" },
    { "call_last with another size",
        "function f 1 1\n allocate #1 #1\n move x0 y0\n call_last #1 L2 #0", "another size" },
    { "call_only with a frame",
        "function f 1 1\n allocate #0 #1\n call_only #1 L2", "still there" },
    { "y past the frame",
        "function f 1 1\n allocate #1 #1\n move x0 y1\n deallocate #1\n return", "outside" },
    { "y without a frame", "function f 1 1\n move x0 y0\n return", "outside" },
    { "y never written",
        "function f 1 1\n allocate #1 #1\n call #1 L2\n deallocate #1\n return",
        "y register was never written" },
    { "y read before write",
        "function f 1 1\n allocate #1 #1\n move y0 x0\n deallocate #1\n return", "y(0) is read" },
    { "init_yregs writes",
        "function f 1 1\n allocate #1 #1\n init_yregs [ y0 ]\n call #1 L2\n deallocate #1\n return",
        NULL },
    { "allocate_zero writes",
        "function f 1 1\n allocate_zero #2 #1\n call #1 L2\n deallocate #2\n return", NULL },
    { "trim", "function f 1 1\n allocate #2 #1\n move x0 y1\n move x0 y0\n trim #1 #1\n"
              " move y0 x0\n deallocate #1\n return",
        NULL },
    { "trim too much", "function f 1 1\n allocate #1 #1\n move x0 y0\n trim #2 #0\n return",
        "another size" },
    { "trim with a wrong rest",
        "function f 1 1\n allocate #2 #1\n move x0 y0\n move x0 y1\n trim #1 #0\n return",
        "another size" },
    { "frames differ at a return",
        "function f 1 1\n is_atom L3 x0\n allocate #0 #1\n label #3\n return", "still there" },
    { "frames differ where it raises",
        "function f 1 1\n is_atom L3 x0\n allocate #0 #1\n is_pid L3 x0\n deallocate #0\n return\n"
        " label #3\n badmatch x0",
        NULL },
    { "frame too large", "function f 1 1\n allocate #5000 #1\n return", "too large" },

    /* calls */
    { "arity of a local call", "function f 1 1\n call_only #0 L2", "no function of that arity" },
    { "call of a label within",
        "function f 1 1\n call_only #1 L3\n label #3\n return", "no function of that arity" },
    { "arity of an import", "function f 1 1\n call_ext_only #2 a:b/1", "another arity" },
    { "arguments of a call", "function f 1 1\n call_ext_only #2 a:b/2", "x(1) is live" },
    { "x after a call",
        "function f 2 1\n allocate #0 #2\n call #2 L2\n move x1 x0\n deallocate #0\n return",
        "x(1) is read" },
    { "call that never returns", "function f 1 1\n call_ext #1 erlang:error/1", NULL },
    { "call that may return at the end",
        "function f 1 1\n allocate #0 #1\n call_ext #1 a:b/1", NULL },
    { "apply", "function f 3 1\n apply_last #1 #0", "another size" },
    { "call_fun needs its fun", "function f 1 1\n allocate #0 #1\n call_fun #1\n deallocate #0\n return",
        "x(1) is live" },
    { "call_fun2 needs its fun",
        "function f 1 1\n allocate #0 #1\n call_fun2 unsafe #1 x2\n deallocate #0\n return",
        "x(2) is read" },

    /* heap */
    { "list within need",
        "function f 1 1\n test_heap #2 #1\n put_list x0 nil x0\n return", NULL },
    { "list without need", "function f 1 1\n put_list x0 nil x0\n return", "taken of the heap" },
    { "second list past need",
        "function f 1 1\n test_heap #3 #1\n put_list x0 nil x0\n put_list x0 nil x0\n return",
        "taken of the heap" },
    { "tuple past need",
        "function f 1 1\n test_heap #2 #1\n put_tuple2 x0 [ x0 x0 ]\n return",
        "taken of the heap" },
    { "need is gone after a collection",
        "function f 1 1\n test_heap #2 #1\n gc_bif1 - #1 erlang:length/1 x0 x1\n"
        " put_list x0 nil x0\n return",
        "taken of the heap" },
    { "need is gone after an unknown guard function",
        "function f 1 1\n test_heap #2 #1\n bif1 - erlang:round/1 x0 x1\n"
        " put_list x0 nil x0\n return",
        "taken of the heap" },
    { "need is the least of all paths",
        "function f 1 1\n test_heap #2 #1\n is_atom L3 x0\n put_list x0 nil x0\n label #3\n"
        " put_list x0 nil x0\n return",
        "taken of the heap" },
    { "loop that eats the heap",
        "function f 1 1\n test_heap #1000 #1\n label #3\n put_list x0 nil x0\n jump L3",
        "taken of the heap" },
    { "loop of one test", "function f 1 1\n label #3\n is_atom L3 x0\n return", "round for ever" },
    { "loop to the least label",
        "function f 1 5\n label #3\n is_atom L3 x0\n return", "round for ever" },
    { "jumps back that are no loop",
        "function f 1 1\n jump L5\n label #3\n return\n label #4\n jump L3\n label #5\n"
        " is_atom L4 x0\n jump L3", NULL },
    { "loop through jumps back",
        "function f 1 1\n jump L5\n label #3\n is_atom L5 x0\n return\n label #4\n jump L3\n"
        " label #5\n is_atom L4 x0\n jump L3", "round for ever" },
    { "loop with a call",
        "function f 1 1\n allocate #0 #1\n label #3\n call #1 L2\n is_atom L3 x0\n deallocate #0\n return",
        NULL },
    { "loop to the entry", "function f 1 1\n is_atom L2 x0\n return", "round for ever" },
    { "live x not written", "function f 1 1\n test_heap #2 #2\n return", "x(1) is live" },
    { "x past live is gone", "function f 2 1\n test_heap #2 #1\n move x1 x0\n return",
        "x(1) is read" },
    { "float past need",
        "function f 1 1\n fconv x0 fr0\n fmove fr0 x0\n return", "taken of the heap" },
    { "float within need",
        "function f 1 1\n fconv x0 fr0\n test_heap alloc[ #1 #1 ] #1\n fmove fr0 x0\n return",
        NULL },
    { "float never written",
        "function f 1 1\n test_heap alloc[ #1 #1 ] #1\n fmove fr0 x0\n return",
        "fr(0) is read" },

    /* catch and try */
    { "catch",
        "function f 1 1\n allocate #1 #1\n catch y0 L3\n call #1 L2\n label #3\n catch_end y0\n"
        " deallocate #1\n return",
        NULL },
    { "try",
        "function f 1 1\n allocate #1 #1\n try y0 L3\n call #1 L2\n try_end y0\n deallocate #1\n"
        " return\n label #3\n try_case y0\n move x1 x0\n deallocate #1\n return",
        NULL },
    { "open catch at deallocate",
        "function f 1 1\n allocate #1 #1\n catch y0 L3\n deallocate #1\n return\n label #3\n"
        " catch_end y0\n deallocate #1\n return",
        "still open" },
    { "open catch at a tail call",
        "function f 1 1\n allocate #1 #1\n catch y0 L3\n call_last #1 L2 #1\n label #3\n"
        " catch_end y0\n deallocate #1\n return",
        "still open" },
    { "catch read",
        "function f 1 1\n allocate #1 #1\n catch y0 L3\n move y0 x0\n label #3\n catch_end y0\n"
        " deallocate #1\n return",
        "holds a catch and is read" },
    { "catch overwritten",
        "function f 1 1\n allocate #1 #1\n catch y0 L3\n move x0 y0\n label #3\n catch_end y0\n"
        " deallocate #1\n return",
        "holds a catch and is written" },
    { "catch cleared by init_yregs",
        "function f 1 1\n allocate #1 #1\n catch y0 L3\n init_yregs [ y0 ]\n label #3\n"
        " catch_end y0\n deallocate #1\n return",
        "holds a catch and is written" },
    { "catch swapped",
        "function f 1 1\n allocate #2 #1\n move x0 y1\n catch y0 L3\n swap y0 y1\n label #3\n"
        " catch_end y0\n deallocate #2\n return",
        "holds a catch and is read" },
    { "catch ended as try",
        "function f 1 1\n allocate #1 #1\n catch y0 L3\n try_end y0\n deallocate #1\n return\n"
        " label #3\n catch_end y0\n deallocate #1\n return",
        "wrong kind" },
    { "catch ended twice",
        "function f 1 1\n allocate #1 #1\n catch y0 L3\n label #3\n catch_end y0\n catch_end y0\n"
        " deallocate #1\n return",
        "no catch" },
    { "catches out of order",
        "function f 1 1\n allocate #2 #1\n catch y0 L3\n catch y1 L4\n catch_end y0\n label #4\n"
        " catch_end y1\n label #3\n catch_end y0\n deallocate #2\n return",
        "not the innermost" },
    { "open on one path only",
        "function f 1 1\n allocate #1 #1\n move x0 y0\n is_atom L4 x0\n catch y0 L3\n label #4\n"
        " move y0 x0\n deallocate #1\n return\n label #3\n catch_end y0\n deallocate #1\n return",
        "different frames or catches" },
    { "trim within try",
        "function f 1 1\n allocate #2 #1\n move x0 y0\n try y1 L3\n trim #1 #1\n try_end y0\n"
        " deallocate #1\n return\n label #3\n try_case y1\n deallocate #2\n return",
        "still open" },
    { "handler that does not look",
        "function f 1 1\n allocate #1 #1\n catch y0 L3\n call #1 L2\n jump L4\n label #3\n"
        " move 1 x0\n label #4\n catch_end y0\n deallocate #1\n return",
        "neither ended nor looked at" },
    { "handler without an exception",
        "function f 1 1\n allocate #1 #1\n try y0 L3\n jump L3\n label #3\n try_case y0\n"
        " deallocate #1\n return",
        "without an exception" },
    { "x in a handler",
        "function f 1 1\n allocate #1 #1\n try y0 L3\n call #1 L2\n try_end y0\n deallocate #1\n"
        " return\n label #3\n try_case y0\n move x3 x0\n deallocate #1\n return",
        "x(3) is read" },
    { "y written only within try",
        "function f 1 1\n allocate #2 #1\n try y0 L3\n move x0 y1\n call #1 L2\n try_end y0\n"
        " deallocate #2\n return\n label #3\n try_case y0\n move y1 x0\n deallocate #2\n return",
        "y(1) is read" },

    /* receive */
    { "receive",
        "function f 0 1\n allocate #0 #0\n label #3\n loop_rec L5 x0\n is_atom L4 x0\n"
        " remove_message\n deallocate #0\n return\n label #4\n loop_rec_end L3\n label #5\n wait L3",
        NULL },
    { "remove_message out of receive",
        "function f 1 1\n remove_message\n return", "no message" },
    { "remove_message twice",
        "function f 0 1\n allocate #0 #0\n label #3\n loop_rec L5 x0\n remove_message\n"
        " remove_message\n deallocate #0\n return\n label #5\n wait L3",
        "no message" },
    { "loop_rec_end out of receive", "function f 1 1\n loop_rec_end L2\n", "no message" },
    { "x across wait",
        "function f 1 1\n allocate #0 #1\n label #3\n loop_rec L5 x1\n remove_message\n"
        " deallocate #0\n return\n label #5\n wait L3",
        "x(0) is live but not written" },

    /* lists of operands */
    { "select_val",
        "function f 1 1\n select_val x0 L3 [ a L4 1 L4 ]\n label #3\n return\n label #4\n"
        " move b x0\n return",
        NULL },
    { "select_val out of the function",
        "function f 1 1\n select_val x0 L1 [ a L4 ]\n function g 1 3\n return",
        "out of the function" },
    { "make_fun3 with too few free variables",
        "lambda 4 2 1\n function f 1 1\n test_heap #9 #1\n make_fun3 #0 x0 [ ]\n return\n"
        " function g 2 3\n return",
        "as many free variables" },
    { "make_fun3",
        "lambda 4 2 1\n function f 1 1\n test_heap #3 #1\n make_fun3 #0 x0 [ x0 ]\n return\n"
        " function g 2 3\n return",
        NULL },
    { "string past the table",
        "strings abc\n function f 1 1\n bs_start_match3 L1 x0 #1 x1\n bs_match_string L1 x1 #24 #1\n"
        " return",
        "string table" },
    { "string within the table",
        "strings abc\n function f 1 1\n bs_start_match3 L1 x0 #1 x1\n bs_match_string L1 x1 #16 #1\n"
        " return",
        NULL },
    { "bs_create_bin of an unknown type",
        "function f 1 1\n bs_create_bin - #0 #1 #8 x0 [ what #1 #8 nil x0 8 ]\n return",
        "no known type" },
    { "bs_create_bin with a late append",
        "function f 1 1\n bs_create_bin - #0 #1 #8 x0 [ integer #1 #1 nil x0 8 append #2 #8 nil x0"
        " all ]\n return",
        "not the first" },
    { "bs_put without bs_init",
        "function f 1 1\n bs_put_integer - 8 #1 #0 x0\n return", "being built" },
    { "bs_match reads too much",
        "function f 1 1\n bs_start_match3 L1 x0 #1 x1\n bs_match L1 x1 [ ensure_at_least #8 #1"
        " integer #2 nil #16 #1 x0 ]\n return",
        "made sure of" },
    { "bs_match with an unknown command",
        "function f 1 1\n bs_start_match3 L1 x0 #1 x1\n bs_match L1 x1 [ magic #8 ]\n return",
        "unknown command" },
    { "set_tuple_element of a shared tuple",
        "function f 1 1\n is_tuple L1 x0\n test_arity L1 x0 #2\n set_tuple_element a x0 #1\n return",
        "may be seen by others" },
    { "set_tuple_element of a fresh tuple",
        "function f 1 1\n allocate #0 #1\n move x0 x1\n move 1 x0\n move a x2\n"
        " call_ext #3 erlang:setelement/3\n set_tuple_element a x0 #0\n deallocate #0\n return",
        NULL },
    { "set_tuple_element after a collection",
        "function f 1 1\n allocate #0 #1\n move x0 x1\n move 1 x0\n move a x2\n"
        " call_ext #3 erlang:setelement/3\n test_heap #2 #1\n set_tuple_element a x0 #0\n"
        " deallocate #0\n return",
        "may be seen by others" },
    { "update_record out of its size",
        "function f 1 1\n is_tagged_tuple L1 x0 #2 r\n test_heap #3 #1\n"
        " update_record copy #2 x0 x0 [ #3 a ]\n return",
        "outside of the record" },
    { "put without put_tuple", "function f 1 1\n put x0\n return", "out of place" },
    { "put_tuple with too few puts",
        "function f 1 1\n test_heap #3 #1\n put_tuple #2 x1\n put x0\n return", "too few put" },
    { "put_tuple",
        "function f 1 1\n test_heap #3 #1\n put_tuple #2 x1\n put x0\n put x0\n move x1 x0\n return",
        NULL },
};

static void checks_each_rule(void **state)
{
    size_t failed = 0;

    (void) state;
    for (size_t at = 0; at < AVM_COUNT_OF(bodies); at++) {
        const struct body *body = &bodies[at];
        struct code_fixture f;
        struct module *module;
        bool is_accepted;

        assert_true(code_fixture_init(&f, NULL));
        module = code_fixture_load(&f, body->text, 0);
        is_accepted = module != NULL
            && load_verify(code_fixture_function(&f, module, "f"), &f.error);
        if (is_accepted != (body->refused == NULL)
            || (!is_accepted && strstr(f.error.text, body->refused) == NULL)) {
            printf("%s: %s (%s)\n", body->name, is_accepted ? "accepted" : f.error.text,
                body->refused == NULL ? "accept" : body->refused);
            failed++;
        }
        module_destroy(module);
        code_fixture_deinit(&f);
        assert_int_equal(f.memory.counts.live_bytes, 0);
        assert_int_equal(f.test_memory.counts.live_bytes, 0);
    }
    assert_int_equal(failed, 0);
}

/* ---- What is only marked ----------------------------------------------------------------------- */

struct mark {
    const char *text;
    unsigned opcode;                /* the first op of it in f */
    unsigned flags;
};

static const struct mark marks[] = {
    { "function f 1 1\n get_tuple_element x0 #0 x0\n return", OP_get_tuple_element,
        GENERIC_UNPROVEN },
    { "function f 1 1\n is_tuple L1 x0\n get_tuple_element x0 #0 x0\n return",
        OP_get_tuple_element, GENERIC_UNPROVEN },
    { "function f 1 1\n is_tuple L1 x0\n test_arity L1 x0 #1\n get_tuple_element x0 #0 x0\n return",
        OP_get_tuple_element, 0 },
    { "function f 1 1\n is_tagged_tuple L1 x0 #2 r\n get_tuple_element x0 #1 x0\n return",
        OP_get_tuple_element, 0 },
    { "function f 1 1\n is_tagged_tuple L1 x0 #2 r\n get_tuple_element x0 #2 x0\n return",
        OP_get_tuple_element, GENERIC_UNPROVEN },
    { "function f 1 1\n is_tuple L1 x0\n test_arity L1 x0 #1\n return", OP_test_arity, 0 },
    { "function f 1 1\n test_arity L1 x0 #1\n return", OP_test_arity, GENERIC_UNPROVEN },
    { "function f 1 1\n select_tuple_arity x0 L1 [ #2 L3 ]\n label #3\n"
      " get_tuple_element x0 #1 x0\n return",
        OP_get_tuple_element, 0 },
    { "function f 1 1\n get_hd x0 x0\n return", OP_get_hd, GENERIC_UNPROVEN },
    { "function f 1 1\n is_nonempty_list L1 x0\n get_hd x0 x0\n return", OP_get_hd, 0 },
    { "function f 1 1\n is_list L1 x0\n is_nil L3 x0\n return\n label #3\n get_list x0 x1 x2\n"
      " return",
        OP_get_list, 0 },
    /* One check makes sure of all elements that a run of reads takes. */
    { "function f 1 1\n get_tuple_element x0 #0 x1\n get_tuple_element x0 #3 x2\n"
      " is_tagged_tuple L1 x0 #9 r\n return", OP_get_tuple_element, GENERIC_UNPROVEN },
    { "function f 1 1\n is_map L1 x0\n get_map_elements L1 x0 [ a x1 ]\n return",
        OP_get_map_elements, 0 },
    /* It looks itself whether it is a map. */
    { "function f 1 1\n get_map_elements L1 x0 [ a x1 ]\n return", OP_get_map_elements, 0 },
    { "function f 1 1\n put_map_assoc - x0 x0 #1 [ a x0 ]\n return", OP_put_map_assoc,
        GENERIC_UNPROVEN },
    { "function f 1 1\n bs_start_match3 L1 x0 #1 x1\n bs_get_tail x1 x0 #2\n return",
        OP_bs_get_tail, 0 },
    { "function f 1 1\n bs_get_tail x0 x0 #1\n return", OP_bs_get_tail, GENERIC_UNPROVEN },
    { "function f 1 1\n bs_start_match4 no_fail #1 x0 x1\n return", OP_bs_start_match4,
        GENERIC_UNPROVEN },
    { "function f 1 1\n is_bitstr L1 x0\n bs_start_match4 no_fail #1 x0 x1\n return",
        OP_bs_start_match4, 0 },
    { "function f 1 1\n fmove x0 fr0\n return", OP_fmove, GENERIC_UNPROVEN },
    { "function f 1 1\n is_float L1 x0\n fmove x0 fr0\n return", OP_fmove, 0 },
    /* Types of two paths join. */
    { "function f 2 1\n is_nonempty_list L3 x0\n jump L4\n label #3\n is_nonempty_list L1 x1\n"
      " move x1 x0\n label #4\n get_hd x0 x0\n return",
        OP_get_hd, 0 },
    { "function f 2 1\n is_nonempty_list L3 x0\n jump L4\n label #3\n move x1 x0\n label #4\n"
      " get_hd x0 x0\n return",
        OP_get_hd, GENERIC_UNPROVEN },
    { "function f 2 1\n is_tagged_tuple L3 x0 #3 a\n jump L4\n label #3\n"
      " is_tagged_tuple L1 x0 #2 b\n label #4\n get_tuple_element x0 #1 x0\n return",
        OP_get_tuple_element, 0 },
    { "function f 2 1\n is_tagged_tuple L3 x0 #3 a\n jump L4\n label #3\n"
      " is_tagged_tuple L1 x0 #2 b\n label #4\n get_tuple_element x0 #2 x0\n return",
        OP_get_tuple_element, GENERIC_UNPROVEN },
    /* What a loop changes is not known at its head. */
    { "function f 1 1\n is_nonempty_list L1 x0\n allocate #1 #1\n move x0 y0\n label #3\n"
      " loop_rec L5 x0\n get_hd y0 x1\n move a y0\n loop_rec_end L3\n label #5\n wait L3",
        OP_get_hd, GENERIC_UNPROVEN },
    /* A call drops what is not in the frame; the frame keeps it. */
    { "function f 1 1\n is_nonempty_list L1 x0\n allocate #1 #1\n move x0 y0\n call #1 L2\n"
      " get_hd y0 x0\n deallocate #1\n return",
        OP_get_hd, 0 },
    /* A handler knows nothing of types. */
    { "function f 1 1\n is_nonempty_list L1 x0\n allocate #2 #1\n move x0 y0\n try y1 L3\n"
      " call #1 L2\n try_end y1\n deallocate #2\n return\n label #3\n try_case y1\n"
      " get_hd y0 x0\n deallocate #2\n return",
        OP_get_hd, GENERIC_UNPROVEN },
    { "function f 1 1\n allocate #1 #1\n badmatch x0", OP_allocate, GENERIC_UNPROVEN },
    { "function f 1 1\n allocate #1 #1\n move x0 y0\n badmatch x0", OP_allocate, 0 },
    { "function f 1 1\n call_ext #1 erlang:error/1", OP_call_ext, GENERIC_NO_RETURN },
    { "function f 1 1\n allocate #0 #1\n call_ext #1 a:b/1", OP_call_ext, GENERIC_NO_RETURN },
    { "function f 1 1\n allocate #0 #1\n call_ext #1 a:b/1\n deallocate #0\n return", OP_call_ext,
        0 },
};

static void marks_what_is_not_proven(void **state)
{
    size_t failed = 0;

    (void) state;
    for (size_t at = 0; at < AVM_COUNT_OF(marks); at++) {
        struct code_fixture f;
        struct generic_function generic;
        struct module *module;
        size_t op = 0;

        assert_true(code_fixture_init(&f, NULL));
        module = code_fixture_load(&f, marks[at].text, 0);
        assert_non_null(module);
        assert_true(generic_decode(&f.memory, code_fixture_function(&f, module, "f"), &generic,
            &f.error));
        if (!verify_function(&f.memory, &generic, &f.error)) {
            printf("%s: %s\n", marks[at].text, f.error.text);
            failed++;
        } else {
            while (generic.ops[op].opcode != marks[at].opcode)
                op++;
            if (generic.ops[op].flags != marks[at].flags) {
                printf("%s: flags %u\n", marks[at].text, generic.ops[op].flags);
                failed++;
            }
        }
        generic_deinit(&f.memory, &generic);
        module_destroy(module);
        code_fixture_deinit(&f);
        assert_int_equal(f.memory.counts.live_bytes, 0);
    }
    assert_int_equal(failed, 0);
}

/* ---- Old forms, memory -------------------------------------------------------------------------- */

static void rewrites_old_forms(void **state)
{
    static const char text[] = "lambda 4 2 1\n function f 1 1\n allocate_zero #2 #1\n init y1\n"
        " make_fun2 #0\n test_heap #3 #1\n put_tuple #2 x1\n put x0\n put a\n fclearerror\n"
        " fcheckerror -\n move x1 x0\n deallocate #2\n return\n function g 2 3\n return";
    static const uint8_t expected[] = { OP_label, OP_func_info, OP_label, OP_allocate,
        OP_init_yregs, OP_init_yregs, OP_test_heap, OP_make_fun3, OP_test_heap, OP_put_tuple2,
        OP_move, OP_deallocate, OP_return };
    struct code_fixture f;
    struct generic_function generic;
    struct module *module;

    (void) state;
    assert_true(code_fixture_init(&f, NULL));
    module = code_fixture_load(&f, text, 0);
    assert_non_null(module);
    assert_true(generic_decode(&f.memory, &module->functions[0], &generic, &f.error));
    assert_true(verify_function(&f.memory, &generic, &f.error));
    assert_int_equal(generic.op_count, AVM_COUNT_OF(expected));
    for (size_t at = 0; at < generic.op_count; at++)
        assert_int_equal(generic.ops[at].opcode, expected[at]);
    generic_deinit(&f.memory, &generic);
    module_destroy(module);
    code_fixture_deinit(&f);
    assert_int_equal(f.memory.counts.live_bytes, 0);
}

static void removes_what_is_never_reached(void **state)
{
    struct code_fixture f;
    struct generic_function generic;
    struct module *module;

    (void) state;
    assert_true(code_fixture_init(&f, NULL));
    module = code_fixture_load(&f,
        "function f 1 1\n return\n move x7 x8\n label #3\n move x9 x8\n return", 0);
    assert_non_null(module);
    assert_true(generic_decode(&f.memory, &module->functions[0], &generic, &f.error));
    assert_int_equal(generic.op_count, 8);
    assert_true(verify_function(&f.memory, &generic, &f.error));
    assert_int_equal(generic.op_count, 5);
    generic_deinit(&f.memory, &generic);
    module_destroy(module);
    code_fixture_deinit(&f);
}

static void fails_every_allocation(void **state)
{
    static const char text[] = "function f 1 1\n allocate #2 #1\n move x0 y0\n try y1 L3\n"
        " call #1 L2\n try_end y1\n deallocate #2\n return\n label #3\n try_case y1\n"
        " deallocate #2\n return";
    struct code_fixture f;
    struct module *module;
    struct function *function;
    size_t before;
    uint64_t number;

    (void) state;
    assert_true(code_fixture_init(&f, NULL));
    module = code_fixture_load(&f, text, 0);
    assert_non_null(module);
    function = &module->functions[0];
    before = f.memory.counts.live_bytes;
    for (number = 1;; number++) {
        bool is_good;

        f.memory.fail_at = f.memory.counts.allocations + f.memory.counts.failures + number;
        is_good = load_verify(function, &f.error);
        f.memory.fail_at = 0;
        assert_int_equal(f.memory.counts.live_bytes, before);
        if (is_good)
            break;
        assert_string_equal(f.error.text, "out of memory");
    }
    assert_true(number > 5);
    module_destroy(module);
    code_fixture_deinit(&f);
    assert_int_equal(f.memory.counts.live_bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checks_each_rule),
        cmocka_unit_test(marks_what_is_not_proven),
        cmocka_unit_test(rewrites_old_forms),
        cmocka_unit_test(removes_what_is_never_reached),
        cmocka_unit_test(fails_every_allocation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
