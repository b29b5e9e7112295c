/* offheap.c - owns off-heap binaries, resources and the counts that heaps hold of them.
** Always: an object's references is the number of list entries on all heaps plus what C code keeps;
** the last release frees it. */
#include "heap/internal.h"

static size_t binary_allocation(const struct offheap_binary *binary)
{
    return sizeof *binary + (binary->release == NULL ? binary->capacity : 0);
}

struct offheap_binary *offheap_binary_create(struct memory *memory, size_t capacity)
{
    struct offheap_binary *binary;
    size_t size;

    if (capacity > SIZE_MAX / 8 || !size_add(sizeof *binary, capacity, &size))
        return NULL;
    binary = memory_allocate(memory, MEMORY_BINARY, size);
    if (binary == NULL)
        return NULL;
    memset(binary, 0, sizeof *binary);
    atomic_put(&binary->references, 1);
    binary->capacity = capacity;
    binary->data = (uint8_t *) (binary + 1);
    binary->memory = memory;
    return binary;
}

void offheap_binary_keep(struct offheap_binary *binary)
{
    (void) atomic_add_if(memory_is_shared(binary->memory), &binary->references, 1);
}

void offheap_binary_release(struct offheap_binary *binary)
{
    if (atomic_subtract_if(memory_is_shared(binary->memory), &binary->references, 1) != 1)
        return;
    if (binary->release != NULL)
        binary->release(binary->user, binary->data);
    memory_free(binary->memory, MEMORY_BINARY, binary, binary_allocation(binary));
}

/* Contents that belong to somebody else are copied into a binary of our own. */
static struct offheap_binary *replace_foreign(struct offheap_binary *binary, size_t capacity)
{
    struct offheap_binary *own = offheap_binary_create(binary->memory, capacity);

    if (own == NULL)
        return NULL;
    memcpy(own->data, binary->data, capacity < binary->capacity ? capacity : binary->capacity);
    atomic_put(&own->used_bits, atomic_get(&binary->used_bits));
    offheap_binary_release(binary);
    return own;
}

struct offheap_binary *offheap_binary_resize(struct offheap_binary *binary, size_t capacity)
{
    struct offheap_binary *moved;

    if (capacity > SIZE_MAX / 8 || capacity > SIZE_MAX - sizeof *binary)
        return NULL;
    if (binary->release != NULL)
        return replace_foreign(binary, capacity);
    moved = memory_resize(binary->memory, MEMORY_BINARY, binary, binary_allocation(binary),
        sizeof *binary + capacity);
    if (moved == NULL)
        return NULL;
    moved->capacity = capacity;
    moved->data = (uint8_t *) (moved + 1);
    return moved;
}

term heap_make_bin_ref(struct heap *heap, struct offheap_binary *binary)
{
    term *boxed = heap_allocate(heap, BIN_REF_WORDS);

    if (boxed == NULL)
        return TERM_NONE;
    boxed[0] = header_make(BOXED_BIN_REF, BIN_REF_WORDS - 1);
    boxed[2] = (term) binary;
    offheap_link(&heap->offheap, boxed);
    heap_note_offheap(heap, binary->capacity);
    return term_make_boxed(boxed);
}

/* ---- resources ---------------------------------------------------------------- */

void resource_keep(struct resource *resource)
{
    (void) atomic_add(&resource->references, 1);
}

bool resource_keep_living(struct resource *resource)
{
    size_t references = atomic_get(&resource->references);

    while (references != 0)
        if (atomic_replace(&resource->references, &references, references + 1))
            return true;
    return false;
}

void resource_release(struct resource *resource)
{
    if (atomic_subtract(&resource->references, 1) == 1)
        resource->destroy(resource);
}

term heap_make_resource(struct heap *heap, struct resource *resource, uint64_t id)
{
    term *boxed = heap_allocate(heap, REFERENCE_RESOURCE_WORDS);

    if (boxed == NULL)
        return TERM_NONE;
    boxed[0] = header_make(BOXED_REFERENCE, REFERENCE_RESOURCE_WORDS - 1);
    memcpy(boxed + 1, &id, sizeof id);
    boxed[2 + REFERENCE_ID_WORDS] = (term) resource;
    resource_keep(resource);
    offheap_link(&heap->offheap, boxed);
    return term_make_boxed(boxed);
}

/* ---- what lists of heaps hold --------------------------------------------------- */

void offheap_drop(const term *boxed)
{
    if (header_kind(boxed[0]) == BOXED_BIN_REF)
        offheap_binary_release((struct offheap_binary *) boxed[2]);
    else
        resource_release((struct resource *) boxed[2 + REFERENCE_ID_WORDS]);
}

void offheap_keep(const term *boxed)
{
    if (header_kind(boxed[0]) == BOXED_BIN_REF)
        offheap_binary_keep((struct offheap_binary *) boxed[2]);
    else
        resource_keep((struct resource *) boxed[2 + REFERENCE_ID_WORDS]);
}

void offheap_splice(term *to, term list)
{
    while (list != TERM_NONE) {
        term *boxed = term_boxed(list);

        list = *offheap_next(boxed);
        offheap_link(to, boxed);
    }
}

struct offheap_binary *offheap_binary_next(term *list)
{
    while (*list != TERM_NONE) {
        term *boxed = term_boxed(*list);

        *list = *offheap_next(boxed);
        if (header_kind(boxed[0]) == BOXED_BIN_REF)
            return (struct offheap_binary *) boxed[2];
    }
    return NULL;
}

void offheap_drop_all(term list)
{
    while (list != TERM_NONE) {
        term *boxed = term_boxed(list);

        list = *offheap_next(boxed);
        offheap_drop(boxed);
    }
}
