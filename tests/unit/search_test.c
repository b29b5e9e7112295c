/* Searches against the plain way of looking at every place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bif/search.h"

struct fixture {
    struct memory memory;
    uint64_t random;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    memory_init(&f->memory, NULL, NULL, 0);
    f->random = 88172645463325252u;
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    size_t live = f->memory.counts.live_bytes;

    free(f);
    return live != 0;
}

static size_t next_random(struct fixture *f, size_t below)
{
    f->random ^= f->random << 13;
    f->random ^= f->random >> 7;
    f->random ^= f->random << 17;
    return (size_t) (f->random >> 8) % below;
}

static bool find_plainly(const struct search_needle *needles, size_t count, const uint8_t *text,
    size_t size, size_t *at, size_t *length)
{
    for (*at = 0; *at < size; ++*at) {
        *length = 0;
        for (size_t i = 0; i < count; i++)
            if (needles[i].size <= size - *at && needles[i].size > *length
                && memcmp(text + *at, needles[i].bytes, needles[i].size) == 0)
                *length = needles[i].size;
        if (*length > 0)
            return true;
    }
    return false;
}

static void check(struct fixture *f, const struct search_needle *needles, size_t count,
    const uint8_t *text, size_t size)
{
    struct search search;
    size_t at, length, want_at, want_length;
    bool found, want = find_plainly(needles, count, text, size, &want_at, &want_length);

    if (count == 1)
        search_init(&search, needles[0].bytes, needles[0].size);
    else
        assert_true(search_init_many(&search, &f->memory, needles, count));
    found = search_find(&search, text, size, &at, &length);
    assert_int_equal(found, want);
    if (found) {
        assert_int_equal(at, want_at);
        assert_int_equal(length, want_length);
    }
    search_deinit(&search, &f->memory);
}

/* Words over few letters, often repeated, so that periods and overlaps are the rule. */
static size_t make_word(struct fixture *f, uint8_t *word, size_t most, unsigned letters)
{
    size_t size = 1 + next_random(f, most), period = 1 + next_random(f, size);

    for (size_t i = 0; i < size; i++)
        word[i] = i < period ? (uint8_t) ('a' + next_random(f, letters)) : word[i - period];
    if (next_random(f, 3) == 0)
        word[next_random(f, size)] = 'b';
    return size;
}

static void finds_what_is_there(void **state)
{
    struct fixture *f = *state;

    for (unsigned round = 0; round < 60000; round++) {
        uint8_t text[200], words[5][40];
        struct search_needle needles[5];
        unsigned letters = 1 + (unsigned) next_random(f, 3);
        size_t size = make_word(f, text, sizeof text, letters);
        size_t count = 1 + next_random(f, round % 2 == 0 ? 1 : 5);

        for (size_t i = 0; i < count; i++) {
            needles[i].bytes = words[i];
            needles[i].size = make_word(f, words[i], sizeof words[i], letters);
        }
        check(f, needles, count, text, size);
    }
}

static void long_needles_with_a_far_shift(void **state)
{
    struct fixture *f = *state;
    static uint8_t text[5000], needle[1000];

    for (unsigned round = 0; round < 300; round++) {
        struct search_needle one = { needle, 300 + next_random(f, 700) };

        for (size_t i = 0; i < sizeof text; i++)
            text[i] = (uint8_t) next_random(f, 256);
        memcpy(needle, text + next_random(f, 4000), one.size);
        if (round % 3 == 0)
            needle[next_random(f, one.size)] ^= 1;
        check(f, &one, 1, text, sizeof text);
    }
}

static void without_memory_there_is_no_automaton(void **state)
{
    struct fixture *f = *state;
    const struct search_needle needles[2]
        = { { (const uint8_t *) "ab", 2 }, { (const uint8_t *) "cd", 2 } };
    struct search search;

    for (unsigned nth = 1; nth <= 2; nth++) {
        f->memory.fail_at = f->memory.counts.allocations + f->memory.counts.failures + nth;
        assert_false(search_init_many(&search, &f->memory, needles, 2));
        assert_int_equal(f->memory.counts.live_bytes, 0);
    }
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(finds_what_is_there),
        T(long_needles_with_a_far_shift),
        T(without_memory_there_is_no_automaton),
    };
#undef T

    return cmocka_run_group_tests(tests, NULL, NULL);
}
