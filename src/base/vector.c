/* vector.c - owns growth of arrays, word stacks and byte buffers; each growth doubles. */
#include "base/vector.h"

#include <stdarg.h>
#include <stdio.h>

bool vector_reserve(struct memory *memory, enum memory_kind kind, void **items, size_t *capacity,
    size_t count, size_t more, size_t item_size)
{
    size_t wanted, new_capacity, new_size;
    void *grown;

    if (!size_add(count, more, &wanted))
        return false;
    if (wanted <= *capacity)
        return true;
    new_capacity = *capacity < 4 ? 4 : *capacity;
    while (new_capacity < wanted) {
        if (!size_add(new_capacity, new_capacity, &new_capacity))
            return false;
    }
    if (!size_multiply(new_capacity, item_size, &new_size))
        return false;
    grown = memory_resize(memory, kind, *items, *capacity * item_size, new_size);
    if (grown == NULL)
        return false;
    *items = grown;
    *capacity = new_capacity;
    return true;
}

void word_stack_init(struct word_stack *stack, struct memory *memory)
{
    stack->memory = memory;
    stack->items = stack->inline_items;
    stack->count = 0;
    stack->capacity = WORD_STACK_INLINE;
}

void word_stack_deinit(struct word_stack *stack)
{
    if (stack->items != stack->inline_items)
        memory_free(stack->memory, MEMORY_OTHER, stack->items, stack->capacity * sizeof(uintptr_t));
    stack->items = stack->inline_items;
    stack->count = 0;
    stack->capacity = WORD_STACK_INLINE;
}

void word_stack_moved(struct word_stack *stack, const struct word_stack *from)
{
    if (stack->items == from->inline_items)
        stack->items = stack->inline_items;
}

bool word_stack_grow(struct word_stack *stack, size_t more)
{
    bool was_inline = stack->items == stack->inline_items;
    void *items = was_inline ? NULL : stack->items;
    size_t capacity = was_inline ? 0 : stack->capacity;
    size_t wanted = stack->count + more + WORD_STACK_INLINE;

    if (!vector_reserve(stack->memory, MEMORY_OTHER, &items, &capacity, 0,
            wanted > 2 * stack->capacity ? wanted : 2 * stack->capacity, sizeof(uintptr_t)))
        return false;
    if (was_inline)
        memcpy(items, stack->inline_items, stack->count * sizeof(uintptr_t));
    stack->items = items;
    stack->capacity = capacity;
    return true;
}

void byte_buffer_init(struct byte_buffer *buffer, struct memory *memory, enum memory_kind kind)
{
    memset(buffer, 0, sizeof *buffer);
    buffer->memory = memory;
    buffer->kind = kind;
}

void byte_buffer_deinit(struct byte_buffer *buffer)
{
    memory_free(buffer->memory, buffer->kind, buffer->bytes, buffer->capacity);
    byte_buffer_init(buffer, buffer->memory, buffer->kind);
}

uint8_t *byte_buffer_extend(struct byte_buffer *buffer, size_t size)
{
    void *items = buffer->bytes;
    uint8_t *result;

    if (buffer->failed
        || !vector_reserve(buffer->memory, buffer->kind, &items, &buffer->capacity, buffer->size,
            size, 1)) {
        buffer->failed = true;
        return NULL;
    }
    buffer->bytes = items;
    result = buffer->bytes + buffer->size;
    buffer->size += size;
    return result;
}

void byte_buffer_append(struct byte_buffer *buffer, const void *bytes, size_t size)
{
    uint8_t *to = size == 0 ? NULL : byte_buffer_extend(buffer, size);

    if (to != NULL)
        memcpy(to, bytes, size);
}

void byte_buffer_text(struct byte_buffer *buffer, const char *text)
{
    byte_buffer_append(buffer, text, strlen(text));
}

void byte_buffer_format(struct byte_buffer *buffer, const char *format, ...)
{
    char small[256];
    va_list arguments;
    int size;
    uint8_t *to;

    va_start(arguments, format);
    size = vsnprintf(small, sizeof small, format, arguments);
    va_end(arguments);
    if (size < 0) {
        buffer->failed = true;
    } else if ((size_t) size < sizeof small) {
        byte_buffer_append(buffer, small, (size_t) size);
    } else if ((to = byte_buffer_extend(buffer, (size_t) size + 1)) != NULL) {
        va_start(arguments, format);
        (void) vsnprintf((char *) to, (size_t) size + 1, format, arguments);
        va_end(arguments);
        buffer->size--;
    }
}
