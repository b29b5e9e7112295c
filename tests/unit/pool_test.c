/* The allocator of small blocks: drawn sequences of calls against a model, every invariant after each;
** what it keeps when all is given back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/pool.h"

#define SLOTS 4000

#include "support/blocks.h"

static size_t draw_size(void)
{
    return draw(30) == 0 ? draw(3 * POOL_MOST_BYTES) + 1 : draw(4) == 0 ? draw(POOL_MOST_BYTES) + 1 : draw(200) + 1;
}

static void change(struct pool *pool, struct slot *slot, size_t size)
{
    size_t kept = size < slot->size ? size : slot->size;

    check_marks(slot, slot->size);
    slot->bytes = pool_resize(pool, slot->bytes, slot->size, size);
    slot->size = size;
    if (size == 0) {
        assert_null(slot->bytes);
        return;
    }
    assert_non_null(slot->bytes);
    assert_int_equal((uintptr_t) slot->bytes % sizeof(void *), 0);
    check_marks(slot, kept);
    slot->mark = (uint8_t) draw(256);
    memset(slot->bytes, slot->mark, size);
}

static void drawn_calls(void **state)
{
    struct pool *pool = pool_create();

    (void) state;
    if (pool == NULL)
        skip();
    for (int round = 0; round < 10; round++) {
        for (int at = 0; at < 20000; at++) {
            struct slot *slot = &slots[draw(SLOTS)];

            change(pool, slot, slot->bytes != NULL && draw(3) == 0 ? 0 : draw_size());
            if (at % 500 == 0)
                assert_ptr_equal(pool_check(pool), NULL);
        }
        for (int at = 0; at < SLOTS; at++) {
            if (slots[at].bytes != NULL)
                change(pool, &slots[at], 0);
        }
        assert_ptr_equal(pool_check(pool), NULL);
    }
    pool_destroy(pool);
}

/* A storm of one size leaves little behind, and the next storm, of another, uses it. */
static void storms(void **state)
{
    enum { BLOCKS = 100000, SIZE = 100 };
    struct pool *pool = pool_create();
    void **blocks = calloc(BLOCKS, sizeof *blocks);
    size_t most = 0;

    (void) state;
    if (pool == NULL) {
        free(blocks);
        skip();
    }
    for (size_t size = SIZE; size < 10 * SIZE; size += SIZE) {
        size_t count = BLOCKS * SIZE / size;

        for (size_t at = 0; at < count; at++)
            blocks[at] = pool_resize(pool, NULL, 0, size);
        assert_true(pool_region_bytes(pool) >= count * size);
        assert_true(pool_region_bytes(pool) < 6 * count * size / 5 + 1000000);
        if (pool_region_bytes(pool) > most)
            most = pool_region_bytes(pool);
        for (size_t at = 0; at < count; at++)
            assert_null(pool_resize(pool, blocks[(at * 7919) % count], size, 0));
        assert_ptr_equal(pool_check(pool), NULL);
        assert_true(pool_region_bytes(pool) <= most / 4 + 3 * 1048576);
    }
    free(blocks);
    pool_destroy(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drawn_calls),
        cmocka_unit_test(storms),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
