/* bits_make.c - new bitstrings, parts of others, and borrowing their bytes.
**
** Always: what lies in a HEAP_BITS behind its last bit is 0 up to the end of the last word; a
** SUB_BITS lies over a HEAP_BITS or BIN_REF, never over another SUB_BITS. */
#include "data/bits.h"

bool bits_get_view(term t, struct bits_view *view)
{
    const term *boxed;

    if (!term_is_bitstring(t))
        return false;
    boxed = term_boxed(t);
    view->base = term_bits_base(t);
    if (header_kind(boxed[0]) == BOXED_HEAP_BITS) {
        view->offset = 0;
        view->size = boxed[1];
    } else {
        view->offset = boxed[2];
        view->size = boxed[3] - boxed[2];
    }
    return true;
}

static term make_on_heap(struct heap *heap, size_t bit_size, uint8_t **bytes)
{
    size_t size = (bit_size + 7) >> 3, words = HEAP_BITS_WORDS(size);
    term *boxed = heap_allocate(heap, words);

    if (boxed == NULL)
        return TERM_NONE;
    boxed[words - 1] = 0;
    boxed[0] = header_make(BOXED_HEAP_BITS, words - 1);
    boxed[1] = bit_size;
    *bytes = (uint8_t *) (boxed + 2);
    return term_make_boxed(boxed);
}

static term put_sub(term *to, term underlying, size_t first, size_t end)
{
    to[0] = header_make(BOXED_SUB_BITS, SUB_BITS_WORDS - 1);
    to[1] = underlying;
    to[2] = first;
    to[3] = end;
    return term_make_boxed(to);
}

/* A SUB_BITS over the whole of a new off-heap binary with room for capacity bytes. */
static term make_off_heap(struct heap *heap, size_t bit_size, size_t capacity, uint8_t **bytes)
{
    struct offheap_binary *binary = offheap_binary_create(heap->shared->memory, capacity);
    term *sub, reference;

    if (binary == NULL)
        return TERM_NONE;
    binary->used_bits = bit_size;
    if ((bit_size & 7) != 0)
        binary->data[bit_size >> 3] = 0;
    reference = heap_make_bin_ref(heap, binary);
    if (reference == TERM_NONE) {
        offheap_binary_release(binary);
        return TERM_NONE;
    }
    sub = heap_allocate(heap, SUB_BITS_WORDS);
    if (sub == NULL)
        return TERM_NONE;
    *bytes = binary->data;
    return put_sub(sub, reference, 0, bit_size);
}

term bits_make_bitstring(struct heap *heap, size_t bit_size, uint8_t **bytes)
{
    size_t size = (bit_size >> 3) + ((bit_size & 7) != 0);

    if (size <= HEAP_BITS_MAX_BYTES)
        return make_on_heap(heap, bit_size, bytes);
    return make_off_heap(heap, bit_size, size, bytes);
}

term bits_make_binary(struct heap *heap, size_t size, uint8_t **bytes)
{
    if (size > SIZE_MAX / 8)
        return TERM_NONE;
    return bits_make_bitstring(heap, size * 8, bytes);
}

term bits_make_copy(struct heap *heap, const void *bytes, size_t size)
{
    uint8_t *to;
    term result = bits_make_binary(heap, size, &to);

    if (result != TERM_NONE && size > 0)
        memcpy(to, bytes, size);
    return result;
}

term bits_make_shared(struct heap *heap, struct offheap_binary *binary, size_t offset, size_t size)
{
    term reference, *sub;

    if (size <= HEAP_BITS_MAX_BYTES)
        return bits_make_copy(heap, binary->data + offset, size);
    offheap_binary_keep(binary);
    reference = heap_make_bin_ref(heap, binary);
    if (reference == TERM_NONE) {
        offheap_binary_release(binary);
        return TERM_NONE;
    }
    sub = heap_allocate(heap, SUB_BITS_WORDS);
    return sub != NULL ? put_sub(sub, reference, offset * 8, (offset + size) * 8) : TERM_NONE;
}

term bits_make_writable(struct heap *heap, size_t size)
{
    uint8_t *bytes;

    return make_off_heap(heap, 0, size, &bytes);
}

/* Copied when that takes no more words than a reference to the bytes would. */
term bits_make_sub(struct heap *heap, term bitstring, size_t offset, size_t size)
{
    const term *boxed = term_boxed(bitstring);
    bool whole = header_kind(boxed[0]) == BOXED_HEAP_BITS;
    size_t first = (whole ? 0 : boxed[2]) + offset;
    uint8_t *to;
    term result, *sub;

    if (size <= (SUB_BITS_WORDS - 2) * sizeof(term) * 8) {
        result = make_on_heap(heap, size, &to);
        if (result != TERM_NONE)
            bits_copy(to, 0, term_bits_base(bitstring), first, size);
        return result;
    }
    sub = heap_allocate(heap, SUB_BITS_WORDS);
    if (sub == NULL)
        return TERM_NONE;
    return put_sub(sub, whole ? bitstring : boxed[1], first, first + size);
}

bool bits_get_bytes(struct memory *memory, term binary, const uint8_t **bytes, size_t *size,
    uint8_t **scratch, enum data_status *status)
{
    struct bits_view view;

    if (!bits_get_view(binary, &view) || (view.size & 7) != 0) {
        *status = DATA_BAD_ARGUMENT;
        return false;
    }
    *scratch = NULL;
    *size = view.size >> 3;
    *bytes = view.base + (view.offset >> 3);
    *status = DATA_OK;
    if ((view.offset & 7) == 0 || view.size == 0)
        return true;
    *scratch = memory_allocate(memory, MEMORY_OTHER, *size);
    if (*scratch == NULL) {
        *status = DATA_NO_MEMORY;
        return false;
    }
    bits_copy(*scratch, 0, view.base, view.offset, view.size);
    *bytes = *scratch;
    return true;
}
