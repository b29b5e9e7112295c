/* vector.h - a growing array of plain values and the explicit stack of every walk over terms.
**
** Always: count <= capacity; items is NULL exactly when capacity is 0. The first slots of a
** word_stack lie in the struct itself, so that walks over small terms allocate nothing. */
#ifndef AVM_BASE_VECTOR_H
#define AVM_BASE_VECTOR_H

#include "base/memory.h"

/* Makes room for one more item of item_size bytes at *items, doubling *capacity. False when memory
** runs out, with nothing changed. */
bool vector_reserve(struct memory *memory, enum memory_kind kind, void **items, size_t *capacity,
    size_t count, size_t more, size_t item_size);

#define WORD_STACK_INLINE 32

struct word_stack {
    struct memory *memory;
    uintptr_t *items;
    size_t count;
    size_t capacity;
    uintptr_t inline_items[WORD_STACK_INLINE];
};

void word_stack_init(struct word_stack *stack, struct memory *memory);
void word_stack_deinit(struct word_stack *stack);
/* stack's bytes were copied from from, which is not to be used any more. */
void word_stack_moved(struct word_stack *stack, const struct word_stack *from);
bool word_stack_grow(struct word_stack *stack, size_t more);

static inline bool word_stack_push(struct word_stack *stack, uintptr_t word)
{
    if (AVM_UNLIKELY(stack->count == stack->capacity) && !word_stack_grow(stack, 1))
        return false;
    stack->items[stack->count++] = word;
    return true;
}

static inline bool word_stack_push2(struct word_stack *stack, uintptr_t first, uintptr_t second)
{
    if (AVM_UNLIKELY(stack->capacity - stack->count < 2) && !word_stack_grow(stack, 2))
        return false;
    stack->items[stack->count++] = first;
    stack->items[stack->count++] = second;
    return true;
}

static inline uintptr_t word_stack_pop(struct word_stack *stack)   /* count > 0 */
{
    return stack->items[--stack->count];
}

/* A growing buffer of bytes (text being printed, an external term being made). failed stays set
** once an append ran out of memory; the caller checks once at the end. */
struct byte_buffer {
    struct memory *memory;
    enum memory_kind kind;
    uint8_t *bytes;
    size_t size;
    size_t capacity;
    bool failed;
};

void byte_buffer_init(struct byte_buffer *buffer, struct memory *memory, enum memory_kind kind);
void byte_buffer_deinit(struct byte_buffer *buffer);
/* Room for size more bytes at the end, counted as written; NULL (and failed) without memory. */
uint8_t *byte_buffer_extend(struct byte_buffer *buffer, size_t size);
void byte_buffer_append(struct byte_buffer *buffer, const void *bytes, size_t size);
void byte_buffer_text(struct byte_buffer *buffer, const char *text);
void byte_buffer_format(struct byte_buffer *buffer, const char *format, ...) AVM_PRINTF(2, 3);

static inline void byte_buffer_u8(struct byte_buffer *buffer, uint8_t byte)
{
    byte_buffer_append(buffer, &byte, 1);
}

#endif
