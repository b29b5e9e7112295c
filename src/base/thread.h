/* thread.h - which scheduler of a VM the thread that runs is.
**
** Counters that all threads would write are kept once a scheduler, each written by its thread alone; the
** threads of dirty natives (proc/dirty.h) have slots behind those of the schedulers; slot
** 0 is for whoever has entered the VM and is none of these, which is one thread at a time. The
** variable here is one of two of the library (the other: crypto/scratch.h): what it says of a VM follows from where the thread is
** (inside of avm_run of that VM), and a thread in no VM, or in another one, is in slot 0. */
#ifndef AVM_BASE_THREAD_H
#define AVM_BASE_THREAD_H

#include "base/atomic.h"

struct memory;

#define SCHEDULERS_MAX 64
#define DIRTY_MAX 64
#define CACHE_LINE 128              /* what two threads write lies so far apart */

#if AVM_SMP
struct thread_self {
    const struct memory *memory;    /* of the VM; NULL: it runs none */
    unsigned slot;                  /* 1.. */
};
extern _Thread_local struct thread_self thread_self AVM_THREAD_MODEL;

static inline unsigned thread_slot(const struct memory *memory)
{
    return thread_self.memory == memory ? thread_self.slot : 0;
}
#else
#define thread_slot(memory) 0u
#endif

#endif
