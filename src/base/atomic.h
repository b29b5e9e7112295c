/* atomic.h - atomics and locks that vanish when AVM_SMP is off.
**
** With AVM_SMP off a VM is used by one thread at a time and every macro here is a plain access. */
#ifndef AVM_BASE_ATOMIC_H
#define AVM_BASE_ATOMIC_H

#include "base/compiler.h"

#ifndef AVM_SMP
#define AVM_SMP 0
#endif

#if AVM_SMP
#include <stdatomic.h>
#define AVM_ATOMIC(type) _Atomic(type)
#define atomic_get(pointer) atomic_load_explicit(pointer, memory_order_acquire)
#define atomic_put(pointer, value) atomic_store_explicit(pointer, value, memory_order_release)
/* Both give the value before. */
#define atomic_add(pointer, value) atomic_fetch_add_explicit(pointer, value, memory_order_acq_rel)
#define atomic_subtract(pointer, value) \
    atomic_fetch_sub_explicit(pointer, value, memory_order_acq_rel)
/* Puts value where *expected still is; else false, and *expected becomes what is there. */
#define atomic_replace(pointer, expected, value)                                                  \
    atomic_compare_exchange_strong_explicit(                                                      \
        pointer, expected, value, memory_order_acq_rel, memory_order_acquire)
#else
#define AVM_ATOMIC(type) type
#define atomic_get(pointer) (*(pointer))
#define atomic_put(pointer, value) ((void) (*(pointer) = (value)))
#define atomic_add(pointer, value) ((*(pointer) += (value)) - (value))
#define atomic_subtract(pointer, value) ((*(pointer) -= (value)) + (value))
#define atomic_replace(pointer, expected, value)                                                  \
    (*(pointer) == *(expected) ? (*(pointer) = (value), true)                                     \
                               : (*(expected) = *(pointer), false))
#endif

#endif
