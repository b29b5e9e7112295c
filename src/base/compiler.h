/* compiler.h - the only file that asks which compiler this is. */
#ifndef AVM_BASE_COMPILER_H
#define AVM_BASE_COMPILER_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__GNUC__) || defined(__clang__)
#define AVM_LIKELY(x) __builtin_expect(!!(x), 1)
#define AVM_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define AVM_NOINLINE __attribute__((noinline))
#define AVM_ALWAYS_INLINE inline __attribute__((always_inline))
#define AVM_UNUSED __attribute__((unused))
#define AVM_PRINTF(string, first) __attribute__((format(printf, string, first)))
/* The processor may begin to fetch what is at address: any address, nothing else happens. */
#define AVM_PREFETCH(address) __builtin_prefetch(address)
#define AVM_HAS_COMPUTED_GOTO 1
/* A variable of each thread that is read without a call, from a shared library too. */
#define AVM_THREAD_MODEL __attribute__((tls_model("initial-exec")))
/* The compiler forgets what it knows of a variable's value, so that it keeps it in a register instead of
** making it anew at each use. */
#define AVM_KEEP_IN_REGISTER(variable) __asm__("" : "+r"(variable))
/* Byte number (0: the lowest) of the 32-bit word at p: one load and no shift. */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define AVM_BYTE_OF_WORD(p, number) (((const uint8_t *) (p))[3 - (number)])
#else
#define AVM_BYTE_OF_WORD(p, number) (((const uint8_t *) (p))[number])
#endif
#else
#define AVM_LIKELY(x) (x)
#define AVM_UNLIKELY(x) (x)
#define AVM_NOINLINE
#define AVM_ALWAYS_INLINE inline
#define AVM_UNUSED
#define AVM_PRINTF(string, first)
#define AVM_PREFETCH(address) ((void) (address))
#define AVM_HAS_COMPUTED_GOTO 0
#define AVM_THREAD_MODEL
#define AVM_KEEP_IN_REGISTER(variable) ((void) (variable))
#define AVM_BYTE_OF_WORD(p, number) (*(p) >> (8 * (number)) & 0xff)
#endif

/* A sanitizer looks at the blocks of malloc. */
#if defined(__SANITIZE_ADDRESS__)
#define AVM_WATCHES_MALLOC 1
#else
#define AVM_WATCHES_MALLOC 0
#endif

#define AVM_COUNT_OF(array) (sizeof(array) / sizeof *(array))
#define AVM_CONTAINER_OF(pointer, type, member) \
    ((type *) (void *) ((char *) (pointer) - offsetof(type, member)))

static inline unsigned bits_count_leading_zeros64(uint64_t value)   /* value != 0 */
{
#if defined(__GNUC__) || defined(__clang__)
    return (unsigned) __builtin_clzll(value);
#else
    unsigned count = 0;
    while (!(value >> 63)) {
        value <<= 1;
        count++;
    }
    return count;
#endif
}

static inline unsigned bits_count_ones32(uint32_t value)
{
#if defined(__POPCNT__)
    return (unsigned) __builtin_popcount(value);
#else
    /* Sums of 2, 4 and 8 bits side by side: without an instruction for it compilers call a function. */
    value -= value >> 1 & 0x55555555;
    value = (value & 0x33333333) + (value >> 2 & 0x33333333);
    value = (value + (value >> 4)) & 0x0f0f0f0f;
    return value * 0x01010101 >> 24;
#endif
}

#if defined(__SIZEOF_INT128__)
#define AVM_HAS_INT128 1
__extension__ typedef unsigned __int128 avm_uint128;
__extension__ typedef __int128 avm_int128;
#else
#define AVM_HAS_INT128 0
#endif

#endif
