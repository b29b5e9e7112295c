/* blocks.h - blocks of drawn sizes filled with a mark each, for tests of allocators; after cmocka.h. SLOTS
** says how many. */
#ifndef AVM_TESTS_BLOCKS_H
#define AVM_TESTS_BLOCKS_H

static uint64_t seed = 1;

static size_t draw(size_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (size_t) (seed >> 33) % below;
}

static struct slot {
    uint8_t *bytes;
    size_t size;
    uint8_t mark;
} slots[SLOTS];

/* The first size bytes are as they were written. */
static void check_marks(const struct slot *slot, size_t size)
{
    for (size_t at = 0; at < size; at++)
        assert_int_equal(slot->bytes[at], slot->mark);
}

#endif
