/* scratch.c - blocks for Mbed TLS with a head before them:
**
**     struct head | size bytes, aligned as malloc's
*/
#include "crypto/scratch.h"

#include <errno.h>

#define HEAD_SIZE 16

struct head {
    struct memory *memory;      /* NULL: of the C library */
    size_t size;                /* of all */
};

#if AVM_CRYPTO
_Thread_local struct memory *scratch_memory AVM_THREAD_MODEL;
#define CURRENT scratch_memory
#else
#define CURRENT NULL
#endif

static void *resize(struct memory *memory, void *ptr, size_t old_size, size_t new_size)
{
    struct memory host;

    if (memory != NULL)
        return memory_resize(memory, MEMORY_OTHER, ptr, old_size, new_size);
    memory_init(&host, NULL, NULL, 0);
    return host.resize(host.user, ptr, old_size, new_size);
}

void *scratch_allocate(size_t count, size_t size)
{
    struct head head = { CURRENT, 0 };
    uint8_t *block = NULL;

    if (size_multiply(count, size, &head.size) && size_add(head.size, HEAD_SIZE, &head.size))
        block = resize(head.memory, NULL, 0, head.size);
    if (block == NULL) {
        errno = ENOMEM;
        return NULL;
    }
    memset(block, 0, head.size);
    memcpy(block, &head, sizeof head);
    return block + HEAD_SIZE;
}

void scratch_free(void *ptr)
{
    struct head head;

    if (ptr == NULL)
        return;
    memcpy(&head, (uint8_t *) ptr - HEAD_SIZE, sizeof head);
    (void) resize(head.memory, (uint8_t *) ptr - HEAD_SIZE, head.size, 0);
}
