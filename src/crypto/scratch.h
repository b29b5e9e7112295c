/* scratch.h - what Mbed TLS allocates, when its host lets it come from here.
**
** Mbed TLS allocates by calloc of the C library. Where it was built with MBEDTLS_PLATFORM_MEMORY that can be
** changed, for all of the process: so the host does it, or leaves it, and no VM. With the functions here
** what is allocated between scratch_enter and scratch_leave comes from that memory, counted and limited;
** anything else from the C library, as before. Always: a head before each block says whose it is, so that
** any thread at any time may free it to where it came from. */
#ifndef AVM_CRYPTO_SCRATCH_H
#define AVM_CRYPTO_SCRATCH_H

#include "base/memory.h"

#if AVM_CRYPTO
/* Of the thread that runs, in a native of crypto; else NULL. */
extern _Thread_local struct memory *scratch_memory AVM_THREAD_MODEL;

static inline void scratch_enter(struct memory *memory)
{
    scratch_memory = memory;
}
static inline void scratch_leave(void)
{
    scratch_memory = NULL;
}
#endif

/* As calloc and free. */
void *scratch_allocate(size_t count, size_t size);
void scratch_free(void *ptr);

#endif
