/* The allocator inside a buffer: drawn sequences of calls against a model, every invariant after each;
** whole VMs that live in one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

#define SLOTS 300
#define SIZE 200000

#include "support/blocks.h"

/* Sizes as a VM draws them: mostly small, some large. */
static size_t draw_size(void)
{
    return draw(20) == 0 ? draw(20000) + 1 : draw(8) == 0 ? draw(1000) + 1 : draw(130) + 1;
}

static void step(struct arena *arena, struct slot *slot)
{
    size_t size = slot->bytes != NULL && draw(2) == 0 ? 0 : draw_size();
    uint8_t *bytes;

    check_marks(slot, slot->size);
    bytes = arena_resize(arena, slot->bytes, slot->size, size);
    if (bytes == NULL && size != 0) {
        check_marks(slot, slot->size);
        return;
    }
    assert_int_equal((uintptr_t) bytes % 8, 0);
    slot->bytes = bytes;
    slot->size = size;
    slot->mark = (uint8_t) draw(256);
    if (size != 0)
        memset(bytes, slot->mark, size);
}

static void drawn_calls(void **state)
{
    uint8_t *buffer = malloc(SIZE + 1);
    struct arena *arena = arena_create(buffer + 1, SIZE);
    size_t all = arena_free_bytes(arena);
    int round, at;

    (void) state;
    for (round = 0; round < 30; round++) {
        for (at = 0; at < 2000; at++) {
            step(arena, &slots[draw(SLOTS)]);
            if (at % 10 == 0)
                assert_ptr_equal(arena_check(arena), NULL);
        }
        for (at = 0; at < SLOTS; at++) {
            check_marks(&slots[at], slots[at].size);
            if (slots[at].bytes != NULL)
                arena_resize(arena, slots[at].bytes, slots[at].size, 0);
            memset(&slots[at], 0, sizeof slots[at]);
        }
        assert_int_equal(arena_free_bytes(arena), all);
        assert_int_equal(arena_largest_free(arena), all);
        assert_ptr_equal(arena_check(arena), NULL);
    }
    free(buffer);
}

static void every_size_to_the_last_byte(void **state)
{
    uint8_t *buffer = malloc(SIZE);
    struct arena *arena = arena_create(buffer, SIZE);
    size_t all = arena_free_bytes(arena), size;
    void *one;

    (void) state;
    one = arena_resize(arena, NULL, 0, all - 8);
    assert_non_null(one);
    assert_int_equal(arena_free_bytes(arena), 0);
    assert_null(arena_resize(arena, NULL, 0, 1));
    assert_null(arena_resize(arena, one, all - 8, all));
    arena_resize(arena, one, all - 8, 0);
    assert_null(arena_resize(arena, NULL, 0, all));
    assert_null(arena_resize(arena, NULL, 0, SIZE_MAX - 3));
    for (size = 1; size < 5000; size++) {
        one = arena_resize(arena, NULL, 0, size);
        assert_non_null(one);
        memset(one, 1, size);
        assert_ptr_equal(arena_check(arena), NULL);
        arena_resize(arena, one, size, 0);
    }
    assert_int_equal(arena_free_bytes(arena), all);
    free(buffer);
}

static void too_small(void **state)
{
    uint8_t buffer[64];

    (void) state;
    assert_null(arena_create(NULL, 100));
    assert_null(arena_create(buffer, sizeof buffer));
    assert_null(arena_create(buffer, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drawn_calls),
        cmocka_unit_test(every_size_to_the_last_byte),
        cmocka_unit_test(too_small),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
