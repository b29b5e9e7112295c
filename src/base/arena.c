/* arena.c - owns the blocks of an arena: a header word of size and two flags, then the bytes. A free
** block holds its links behind the header and its size once more in its last word, so that the block
** behind it finds its start. The last block is an empty one in use, which stops every merge. */
#include "base/arena.h"

#define GRAIN 8
#define HEADER 8
#define IN_USE ((size_t) 1)             /* this block */
#define PREVIOUS_IN_USE ((size_t) 2)    /* the one before it */
#define FLAGS ((size_t) 7)

#define LINE_BITS 4                     /* lists for each power of two */
#define LINES (1u << LINE_BITS)
#define SMALL_BITS (3 + LINE_BITS)      /* below 1 << SMALL_BITS: a list for each size */
#define ROWS (sizeof(size_t) * 8 - SMALL_BITS + 1)

struct block {
    size_t size;                        /* of all of it, and flags */
#if SIZE_MAX == UINT32_MAX
    size_t padding;
#endif
    struct block *next, *previous;      /* of a free one, in its list */
};

#define BLOCK_MIN ((sizeof(struct block) + sizeof(size_t) + GRAIN - 1) / GRAIN * GRAIN)

struct arena {
    struct block *first;
    size_t capacity;
    size_t free_bytes;                  /* in free blocks */
    size_t needed;                      /* by what is allocated, wherever it lies */
    uint64_t rows;                      /* which have a list that is not empty */
    uint16_t lines[ROWS];
    struct block *lists[ROWS][LINES];
};

static size_t block_size(const struct block *block)
{
    return block->size & ~FLAGS;
}

static struct block *block_after(const struct block *block)
{
    return (struct block *) ((uintptr_t) block + block_size(block));
}

static size_t *block_footer(const struct block *block)
{
    return (size_t *) ((uintptr_t) block + block_size(block) - sizeof(size_t));
}

static unsigned high_bit(size_t size)
{
    return 63 - bits_count_leading_zeros64(size);
}

/* ---- lists ------------------------------------------------------------------------------- */

static void find_list(size_t size, unsigned *row, unsigned *line)
{
    unsigned high = high_bit(size);

    if (high < SMALL_BITS) {
        *row = 0;
        *line = (unsigned) (size / GRAIN);
    } else {
        *row = high - SMALL_BITS + 1;
        *line = (unsigned) (size >> (high - LINE_BITS)) & (LINES - 1);
    }
}

static void list_put(struct arena *arena, struct block *block)
{
    struct block **head;
    unsigned row, line;

    find_list(block_size(block), &row, &line);
    head = &arena->lists[row][line];
    block->previous = NULL;
    block->next = *head;
    if (*head != NULL)
        (*head)->previous = block;
    *head = block;
    arena->lines[row] = (uint16_t) (arena->lines[row] | 1u << line);
    arena->rows |= (uint64_t) 1 << row;
    arena->free_bytes += block_size(block);
}

static void list_remove(struct arena *arena, struct block *block)
{
    unsigned row, line;

    find_list(block_size(block), &row, &line);
    if (block->next != NULL)
        block->next->previous = block->previous;
    if (block->previous != NULL)
        block->previous->next = block->next;
    else
        arena->lists[row][line] = block->next;
    if (arena->lists[row][line] == NULL) {
        arena->lines[row] = (uint16_t) (arena->lines[row] & ~(1u << line));
        if (arena->lines[row] == 0)
            arena->rows &= ~((uint64_t) 1 << row);
    }
    arena->free_bytes -= block_size(block);
}

static unsigned low_bit(uint64_t bits)
{
    return 63 - bits_count_leading_zeros64(bits & (~bits + 1));
}

/* The exact list's first block may be too small: then the lists above it; when those are empty, the
** rest of the exact one. */
static struct block *list_find(struct arena *arena, size_t size)
{
    struct block *block;
    unsigned row, line;
    uint64_t bits;

    find_list(size, &row, &line);
    block = arena->lists[row][line];
    if (block != NULL && block_size(block) >= size)
        return block;
    bits = arena->lines[row] & ((uint64_t) 0xfffe << line);
    if (bits != 0)
        return arena->lists[row][low_bit(bits)];
    bits = arena->rows & ~(((uint64_t) 2 << row) - 1);
    if (bits != 0) {
        row = low_bit(bits);
        return arena->lists[row][low_bit(arena->lines[row])];
    }
    while (block != NULL && block_size(block) < size)
        block = block->next;
    return block;
}

/* ---- blocks --------------------------------------------------------------------------------- */

/* Makes a free block of it: said in its last word and in the block behind it. */
static void release(struct arena *arena, struct block *block, size_t size, size_t previous_flag)
{
    block->size = size | previous_flag;
    *block_footer(block) = size;
    block_after(block)->size &= ~PREVIOUS_IN_USE;
    list_put(arena, block);
}

static void block_free(struct arena *arena, struct block *block)
{
    struct block *after = block_after(block);
    size_t size = block_size(block), flag = block->size & PREVIOUS_IN_USE;

    if (!(after->size & IN_USE)) {
        list_remove(arena, after);
        size += block_size(after);
    }
    if (flag == 0) {
        size_t before = ((const size_t *) block)[-1];

        block = (struct block *) ((uintptr_t) block - before);
        list_remove(arena, block);
        size += before;
        flag = block->size & PREVIOUS_IN_USE;
    }
    release(arena, block, size, flag);
}

/* Cuts what a block in use, of all all bytes, does not need off its end. */
static void block_use(struct arena *arena, struct block *block, size_t all, size_t wanted)
{
    size_t flag = block->size & PREVIOUS_IN_USE;

    if (all - wanted < BLOCK_MIN)
        wanted = all;
    block->size = wanted | IN_USE | flag;
    block_after(block)->size |= PREVIOUS_IN_USE;
    if (wanted < all) {
        struct block *rest = block_after(block);

        rest->size = (all - wanted) | IN_USE | PREVIOUS_IN_USE;
        block_free(arena, rest);
    }
}

/* False: no block is so large. */
static bool size_of_block(const struct arena *arena, size_t bytes, size_t *size)
{
    if (bytes > arena->capacity)
        return false;
    *size = (bytes + HEADER + GRAIN - 1) / GRAIN * GRAIN;
    if (*size < BLOCK_MIN)
        *size = BLOCK_MIN;
    return true;
}

static void *allocate(struct arena *arena, size_t size)
{
    struct block *block = list_find(arena, size);

    if (block == NULL)
        return NULL;
    list_remove(arena, block);
    block_use(arena, block, block_size(block), size);
    return (uint8_t *) block + HEADER;
}

/* In place: smaller, or into the free block behind. */
static bool resize_in_place(struct arena *arena, struct block *block, size_t size)
{
    struct block *after = block_after(block);
    size_t all = block_size(block);

    if (size > all) {
        if ((after->size & IN_USE) || all + block_size(after) < size)
            return false;
        list_remove(arena, after);
        all += block_size(after);
    }
    block_use(arena, block, all, size);
    return true;
}

static void *reallocate(struct arena *arena, struct block *block, size_t size)
{
    void *bytes = (uint8_t *) block + HEADER, *moved;

    if (resize_in_place(arena, block, size))
        return bytes;
    moved = allocate(arena, size);
    if (moved == NULL)
        return NULL;
    memcpy(moved, bytes, block_size(block) - HEADER);
    block_free(arena, block);
    return moved;
}

void *arena_resize(void *user, void *ptr, size_t old_size, size_t new_size)
{
    struct arena *arena = user;
    struct block *block = ptr == NULL ? NULL : (struct block *) ((uintptr_t) ptr - HEADER);
    size_t size, before = 0;
    void *moved;

    if (block != NULL && !size_of_block(arena, old_size, &before))
        return NULL;
    if (new_size == 0) {
        if (block != NULL)
            block_free(arena, block);
        arena->needed -= before;
        return NULL;
    }
    if (!size_of_block(arena, new_size, &size))
        return NULL;
    moved = block == NULL ? allocate(arena, size) : reallocate(arena, block, size);
    if (moved != NULL)
        arena->needed += size - before;
    return moved;
}

/* ---- the whole -------------------------------------------------------------------------------- */

struct arena *arena_create(void *buffer, size_t size)
{
    uintptr_t start = ((uintptr_t) buffer + GRAIN - 1) / GRAIN * GRAIN;
    uintptr_t first = (start + sizeof(struct arena) + GRAIN - 1) / GRAIN * GRAIN;
    uintptr_t end = ((uintptr_t) buffer + size) / GRAIN * GRAIN;
    struct arena *arena = (struct arena *) start;

    if (buffer == NULL || size > SIZE_MAX / 4 || end < first || end - first < BLOCK_MIN + HEADER)
        return NULL;
    memset(arena, 0, sizeof *arena);
    arena->first = (struct block *) first;
    arena->capacity = (size_t) (end - first) - HEADER;
    arena->first->size = arena->capacity | PREVIOUS_IN_USE;
    block_after(arena->first)->size = IN_USE;       /* the empty one at the end */
    release(arena, arena->first, arena->capacity, PREVIOUS_IN_USE);
    return arena;
}

size_t arena_free_bytes(void *user)
{
    const struct arena *arena = user;

    return arena->capacity - arena->needed;
}

size_t arena_largest_free(const struct arena *arena)
{
    unsigned row = arena->rows == 0 ? 0 : high_bit((size_t) arena->rows);
    const struct block *block;
    size_t largest = 0;

    if (arena->rows == 0)
        return 0;
    for (block = arena->lists[row][high_bit(arena->lines[row])]; block != NULL; block = block->next)
        largest = block_size(block) > largest ? block_size(block) : largest;
    return largest;
}

const char *arena_check(const struct arena *arena)
{
    const struct block *block = arena->first;
    size_t all = 0, free_bytes = 0;
    bool previous_in_use = true;

    while (block_size(block) != 0) {
        bool in_use = (block->size & IN_USE) != 0;

        if (((block->size & PREVIOUS_IN_USE) != 0) != previous_in_use)
            return "a block is wrong about the one before it";
        if (!in_use && !previous_in_use)
            return "two free blocks touch";
        if (!in_use && *block_footer(block) != block_size(block))
            return "the end of a free block has another size";
        all += block_size(block);
        free_bytes += in_use ? 0 : block_size(block);
        if (all > arena->capacity)
            return "a block passes the end";
        previous_in_use = in_use;
        block = block_after(block);
    }
    return all != arena->capacity ? "blocks do not fill the arena"
        : free_bytes != arena->free_bytes ? "free bytes are not the sum of free blocks"
                                          : NULL;
}
