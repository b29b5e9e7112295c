/* cmocka.h - stands in for cmocka where it is not installed for the target (a 32-bit build on a
** 64-bit system): the same names for what the tests use, in one header, without mocks.
**
** A failed assertion ends its test by longjmp. State is one variable per test program. */
#ifndef AVM_TESTS_STANDIN_CMOCKA_H
#define AVM_TESTS_STANDIN_CMOCKA_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef void (*CMUnitTestFunction)(void **state);
typedef int (*CMFixtureFunction)(void **state);

struct CMUnitTest {
    const char *name;
    CMUnitTestFunction test_func;
    CMFixtureFunction setup_func;
    CMFixtureFunction teardown_func;
    void *initial_state;
};

static jmp_buf standin_end;    /* 1: failed, 2: skipped */

#define cmocka_unit_test(f) { #f, f, NULL, NULL, NULL }
#define cmocka_unit_test_setup(f, s) { #f, f, s, NULL, NULL }
#define cmocka_unit_test_teardown(f, t) { #f, f, NULL, t, NULL }
#define cmocka_unit_test_setup_teardown(f, s, t) { #f, f, s, t, NULL }
#define cmocka_unit_test_prestate(f, p) { #f, f, NULL, NULL, p }
#define cmocka_unit_test_prestate_setup_teardown(f, s, t, p) { #f, f, s, t, p }

static inline void standin_fail(const char *file, int line, const char *format, ...)
{
    va_list arguments;

    fprintf(stderr, "%s:%d: ", file, line);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "\n");
    longjmp(standin_end, 1);
}

static inline void standin_compare(const char *file, int line, uint64_t left, uint64_t right,
    int want_equal)
{
    if ((left == right) != want_equal)
        standin_fail(file, line, "%#llx %s %#llx", (unsigned long long) left,
            want_equal ? "!=" : "==", (unsigned long long) right);
}

static inline void standin_texts(const char *file, int line, const char *left, const char *right,
    int want_equal)
{
    if ((strcmp(left, right) == 0) != want_equal)
        standin_fail(file, line, "\"%s\" %s \"%s\"", left, want_equal ? "!=" : "==", right);
}

static inline void standin_bytes(const char *file, int line, const void *left, const void *right,
    size_t size, int want_equal)
{
    if ((memcmp(left, right, size) == 0) != want_equal)
        standin_fail(file, line, "%zu bytes %s", size, want_equal ? "differ" : "are the same");
}

static inline void standin_range(const char *file, int line, uint64_t value, uint64_t low,
    uint64_t high, int want_inside)
{
    if ((value >= low && value <= high) != want_inside)
        standin_fail(file, line, "%llu %s %llu..%llu", (unsigned long long) value,
            want_inside ? "outside" : "inside", (unsigned long long) low,
            (unsigned long long) high);
}

#define STANDIN_INT(value) ((uint64_t) (value))
#define STANDIN_PTR(value) ((uint64_t) (uintptr_t) (value))

#define assert_true(c) ((c) ? (void) 0 : standin_fail(__FILE__, __LINE__, "%s", #c))
#define assert_false(c) (!(c) ? (void) 0 : standin_fail(__FILE__, __LINE__, "not %s", #c))
#define assert_null(c) assert_ptr_equal(c, NULL)
#define assert_non_null(c) assert_ptr_not_equal(c, NULL)
#define assert_int_equal(a, b) \
    standin_compare(__FILE__, __LINE__, STANDIN_INT(a), STANDIN_INT(b), 1)
#define assert_int_not_equal(a, b) \
    standin_compare(__FILE__, __LINE__, STANDIN_INT(a), STANDIN_INT(b), 0)
#define assert_ptr_equal(a, b) \
    standin_compare(__FILE__, __LINE__, STANDIN_PTR(a), STANDIN_PTR(b), 1)
#define assert_ptr_not_equal(a, b) \
    standin_compare(__FILE__, __LINE__, STANDIN_PTR(a), STANDIN_PTR(b), 0)
#define assert_string_equal(a, b) standin_texts(__FILE__, __LINE__, a, b, 1)
#define assert_string_not_equal(a, b) standin_texts(__FILE__, __LINE__, a, b, 0)
#define assert_memory_equal(a, b, n) standin_bytes(__FILE__, __LINE__, a, b, n, 1)
#define assert_memory_not_equal(a, b, n) standin_bytes(__FILE__, __LINE__, a, b, n, 0)
#define assert_in_range(v, l, h) \
    standin_range(__FILE__, __LINE__, STANDIN_INT(v), STANDIN_INT(l), STANDIN_INT(h), 1)
#define assert_not_in_range(v, l, h) \
    standin_range(__FILE__, __LINE__, STANDIN_INT(v), STANDIN_INT(l), STANDIN_INT(h), 0)
#define assert_float_equal(a, b, e)                                            \
    ((a) - (b) <= (e) && (b) - (a) <= (e)                                      \
            ? (void) 0                                                         \
            : standin_fail(__FILE__, __LINE__, "%g != %g", (double) (a), (double) (b)))
#define fail() standin_fail(__FILE__, __LINE__, "failed")
#define fail_msg(...) standin_fail(__FILE__, __LINE__, __VA_ARGS__)
#define skip() longjmp(standin_end, 2)
#define print_message printf
#define print_error(...) fprintf(stderr, __VA_ARGS__)
#define test_malloc malloc
#define test_calloc calloc
#define test_realloc realloc
#define test_free free

static inline const char *standin_run(const struct CMUnitTest *test)
{
    void *state = test->initial_state;
    const char *volatile end = "OK";

    if (test->setup_func != NULL && test->setup_func(&state) != 0)
        return "FAILED";
    switch (setjmp(standin_end)) {
        case 0: test->test_func(&state); break;
        case 1: end = "FAILED"; break;
        default: end = "SKIPPED"; break;
    }
    if (test->teardown_func != NULL && test->teardown_func(&state) != 0)
        end = "FAILED";
    return end;
}

static inline int standin_run_group(const struct CMUnitTest *tests, size_t count,
    CMFixtureFunction setup, CMFixtureFunction teardown)
{
    void *state = NULL;
    int failed = 0;
    size_t at;

    if (setup != NULL && setup(&state) != 0)
        return -1;
    for (at = 0; at < count; at++) {
        struct CMUnitTest test = tests[at];
        const char *end;

        if (setup != NULL && test.initial_state == NULL)
            test.initial_state = state;
        end = standin_run(&test);
        failed += strcmp(end, "FAILED") == 0;
        printf("%s %s\n", end, test.name);
        fflush(stdout);
    }
    if (teardown != NULL && teardown(&state) != 0)
        failed++;
    printf("%zu test(s), %d failed\n", count, failed);
    return failed;
}

#define cmocka_run_group_tests(tests, setup, teardown) \
    standin_run_group(tests, sizeof(tests) / sizeof *(tests), setup, teardown)
#define cmocka_run_group_tests_name(name, tests, setup, teardown) \
    cmocka_run_group_tests(tests, setup, teardown)
#define _cmocka_run_group_tests(name, tests, count, setup, teardown) \
    standin_run_group(tests, count, setup, teardown)

#endif
