/* atomic.h - atomics and locks that vanish when AVM_SMP is off.
**
** With AVM_SMP off a VM is used by one thread at a time and every macro here is a plain access. With it
** on, AVM_ATOMIC marks what several threads touch, and whoever touches it does so by these macros; the
** compiler must be GCC or Clang. */
#ifndef AVM_BASE_ATOMIC_H
#define AVM_BASE_ATOMIC_H

#include "base/compiler.h"

#ifndef AVM_SMP
#define AVM_SMP 0
#endif

#define AVM_ATOMIC(type) type

/* Before each access: tests that try every order of several threads stop here. */
#ifndef AVM_ATOMIC_STEP
#define AVM_ATOMIC_STEP() ((void) 0)
#endif

#if AVM_SMP
/* What was written before the put is seen after the get. */
#define atomic_get(pointer) (AVM_ATOMIC_STEP(), __atomic_load_n(pointer, __ATOMIC_ACQUIRE))
#define atomic_put(pointer, value) (AVM_ATOMIC_STEP(), __atomic_store_n(pointer, value, __ATOMIC_RELEASE))
/* The value alone, in no order with others. */
#define atomic_peek(pointer) (AVM_ATOMIC_STEP(), __atomic_load_n(pointer, __ATOMIC_RELAXED))
#define atomic_poke(pointer, value) (AVM_ATOMIC_STEP(), __atomic_store_n(pointer, value, __ATOMIC_RELAXED))
/* Both give the value before. */
#define atomic_add(pointer, value) (AVM_ATOMIC_STEP(), __atomic_fetch_add(pointer, value, __ATOMIC_ACQ_REL))
#define atomic_subtract(pointer, value) (AVM_ATOMIC_STEP(), __atomic_fetch_sub(pointer, value, __ATOMIC_ACQ_REL))
#define atomic_and(pointer, value) (AVM_ATOMIC_STEP(), __atomic_fetch_and(pointer, value, __ATOMIC_SEQ_CST))
#define atomic_or(pointer, value) (AVM_ATOMIC_STEP(), __atomic_fetch_or(pointer, value, __ATOMIC_SEQ_CST))
/* Gives the value before. It and atomic_replace stand in one order that all threads agree on; what a thread
** wrote before one of them is seen by all before what it reads after. */
#define atomic_swap(pointer, value) (AVM_ATOMIC_STEP(), __atomic_exchange_n(pointer, value, __ATOMIC_SEQ_CST))
/* Puts value where *expected still is; else false, and *expected becomes what is there. */
#define atomic_replace(pointer, expected, value)                                                  \
    (AVM_ATOMIC_STEP(), __atomic_compare_exchange_n(pointer, expected, value, false,              \
                            __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
/* As atomic_put, and before whatever this thread reads next: where the others would answer what it asks. */
#define atomic_settle(pointer, value) ((void) atomic_swap(pointer, value))
/* What this thread wrote before is seen by all before it reads what comes after, as of a thread whose write
** is one of the exchanges above. The sanitizer knows nothing of fences: there it is an exchange. */
#ifdef __SANITIZE_THREAD__
#define atomic_fence()                                                                            \
    do {                                                                                          \
        int fence_ = 0;                                                                           \
        (void) __atomic_exchange_n(&fence_, 1, __ATOMIC_SEQ_CST);                                 \
    } while (0)
#else
#define atomic_fence() (AVM_ATOMIC_STEP(), __atomic_thread_fence(__ATOMIC_SEQ_CST))
#endif
/* A read in the order of the exchanges. */
#define atomic_look(pointer) (AVM_ATOMIC_STEP(), __atomic_load_n(pointer, __ATOMIC_SEQ_CST))
/* The same where only one thread may be at it unless shared: then without what exchanges cost. */
#define ATOMIC_REPLACE_ALONE(pointer, expected, value)                                            \
    (*(pointer) == *(expected) ? (*(pointer) = (value), true)                                     \
                               : (*(expected) = *(pointer), false))
#define atomic_replace_if(shared, pointer, expected, value)                                       \
    (AVM_UNLIKELY(shared) ? atomic_replace(pointer, expected, value)                              \
                          : ATOMIC_REPLACE_ALONE(pointer, expected, value))
#define atomic_settle_if(shared, pointer, value)                                                  \
    (AVM_UNLIKELY(shared) ? atomic_settle(pointer, value) : atomic_put(pointer, value))
#define atomic_add_if(shared, pointer, value)                                                     \
    (AVM_UNLIKELY(shared) ? atomic_add(pointer, value) : ((*(pointer) += (value)) - (value)))
#define atomic_subtract_if(shared, pointer, value)                                                \
    (AVM_UNLIKELY(shared) ? atomic_subtract(pointer, value) : ((*(pointer) -= (value)) + (value)))
#else
#define atomic_get(pointer) (*(pointer))
#define atomic_put(pointer, value) ((void) (*(pointer) = (value)))
#define atomic_peek(pointer) (*(pointer))
#define atomic_poke(pointer, value) ((void) (*(pointer) = (value)))
#define atomic_settle(pointer, value) atomic_put(pointer, value)
#define atomic_add(pointer, value) ((*(pointer) += (value)) - (value))
#define atomic_subtract(pointer, value) ((*(pointer) -= (value)) + (value))
#define atomic_replace(pointer, expected, value)                                                  \
    (*(pointer) == *(expected) ? (*(pointer) = (value), true)                                     \
                               : (*(expected) = *(pointer), false))
#define atomic_replace_if(shared, pointer, expected, value) atomic_replace(pointer, expected, value)
#define atomic_settle_if(shared, pointer, value) atomic_put(pointer, value)
#define atomic_add_if(shared, pointer, value) atomic_add(pointer, value)
#define atomic_subtract_if(shared, pointer, value) atomic_subtract(pointer, value)
#endif
/* Adds to what only this thread writes, and others may read. */
#define atomic_bump(pointer, value) atomic_poke(pointer, *(pointer) + (value))

#endif
