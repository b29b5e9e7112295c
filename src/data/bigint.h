/* bigint.h - magnitudes: natural numbers as arrays of limbs, least significant limb first.
**
** A limb is one word. A magnitude of size n may have leading zeros unless its contract says
** "trimmed"; size 0 is the number 0. Nothing here knows terms or signs. Functions that need scratch
** memory take a struct memory and give false when there is none, with nothing of use in the result.
**
** Costs for n limbs: add, subtract, shift, text in bases that are powers of 2: n. Multiplication:
** schoolbook below BIGINT_KARATSUBA limbs, then Karatsuba (n^1.58). Division: Knuth's algorithm D,
** from BIGINT_RECURSIVE_DIVIDE limbs the recursive division of Burnikel and Ziegler, about twice a
** multiplication. Text in other bases: divide and conquer over both, from BIGINT_TEXT_CHUNKS limbs.
** At the largest size Erlang allows (10 million digits) a product takes seconds, its text tens of
** seconds; at 100,000 digits both take milliseconds. */
#ifndef AVM_DATA_BIGINT_H
#define AVM_DATA_BIGINT_H

#include "base/memory.h"

typedef uintptr_t limb;

#define LIMB_BITS ((unsigned) (sizeof(limb) * CHAR_BIT))
#define LIMB_MAX UINTPTR_MAX

enum {
    BIGINT_KARATSUBA = 32,
    BIGINT_RECURSIVE_DIVIDE = 64,
    BIGINT_TEXT_CHUNKS = 32
};

/* ---- one limb -------------------------------------------------------------- */

/* Low limb of a * b + c + *carry, which fits two limbs; the high limb goes to *carry. */
static inline limb limb_multiply_add(limb a, limb b, limb c, limb *carry)
{
#if UINTPTR_MAX <= 0xffffffffu
    uint64_t wide = (uint64_t) a * b + c + *carry;

    *carry = (limb) (wide >> 32);
    return (limb) wide;
#elif AVM_HAS_INT128
    avm_uint128 wide = (avm_uint128) a * b + c + *carry;

    *carry = (limb) (wide >> 64);
    return (limb) wide;
#else
    limb a0 = a & 0xffffffffu, a1 = a >> 32, b0 = b & 0xffffffffu, b1 = b >> 32;
    limb low = a0 * b0, middle = a1 * b0 + (low >> 32), high = a1 * b1 + (middle >> 32), sum;

    middle = (middle & 0xffffffffu) + a0 * b1;
    high += middle >> 32;
    low = middle << 32 | (low & 0xffffffffu);
    sum = low + c;
    high += sum < low;
    low = sum + *carry;
    high += low < sum;
    *carry = high;
    return low;
#endif
}

static inline unsigned limb_leading_zeros(limb value)       /* value != 0 */
{
    return bits_count_leading_zeros64(value) - (64 - LIMB_BITS);
}

/* ---- linear ---------------------------------------------------------------- */

/* Size without leading zeros. */
static inline size_t bigint_trim(const limb *a, size_t size)
{
    while (size > 0 && a[size - 1] == 0)
        size--;
    return size;
}

/* Both trimmed. */
int bigint_compare(const limb *a, size_t a_size, const limb *b, size_t b_size);
/* Bits of a trimmed magnitude, 0 for 0. */
size_t bigint_bit_size(const limb *a, size_t size);

/* r = a + b, a_size >= b_size; a_size limbs are written, gives the carry. r may be a or b. */
limb bigint_add(limb *r, const limb *a, size_t a_size, const limb *b, size_t b_size);
/* r = a - b, a_size >= b_size; a_size limbs are written, gives the borrow. r may be a or b. */
limb bigint_subtract(limb *r, const limb *a, size_t a_size, const limb *b, size_t b_size);
/* r = a * factor + carry over size limbs; gives the limb that follows. r may be a. */
limb bigint_multiply_limb(limb *r, const limb *a, size_t size, limb factor, limb carry);
/* q = a / divisor, gives the remainder; divisor != 0. q may be a, or NULL. */
limb bigint_divide_limb(limb *q, const limb *a, size_t size, limb divisor);
/* r = a << bits (< LIMB_BITS) over size limbs; gives the bits pushed out. r may be a. */
limb bigint_shift_left(limb *r, const limb *a, size_t size, unsigned bits);
/* r = a >> bits (< LIMB_BITS) over size limbs; gives the bits pushed out, left-justified. r may be a. */
limb bigint_shift_right(limb *r, const limb *a, size_t size, unsigned bits);

/* ---- products ---------------------------------------------------------------- */

/* r = a * b, a_size + b_size limbs are written; r overlaps neither. a == b squares. */
bool bigint_multiply(struct memory *memory, limb *r, const limb *a, size_t a_size, const limb *b,
    size_t b_size);
/* The same by the schoolbook method alone; needs no memory. b_size > 0 and a_size > 0. */
void bigint_multiply_schoolbook(limb *r, const limb *a, size_t a_size, const limb *b,
    size_t b_size);

/* ---- division ------------------------------------------------------------------ */

/* a / b for trimmed a and b, a_size >= b_size > 0. Writes a_size - b_size + 1 limbs to q (unless
** NULL) and b_size limbs to r (unless NULL). q and r overlap nothing. */
bool bigint_divide(struct memory *memory, limb *q, limb *r, const limb *a, size_t a_size,
    const limb *b, size_t b_size);

/* ---- text ---------------------------------------------------------------------- */

/* Upper bound of the digits of a in base (2..36); at least 1. */
size_t bigint_text_size(const limb *a, size_t size, unsigned base);
/* Writes the digits of a trimmed magnitude, gives how many, SIZE_MAX without memory. */
size_t bigint_print(struct memory *memory, const limb *a, size_t size, unsigned base, char *text);
/* Upper bound of the limbs that text_size digits in base need. */
size_t bigint_parse_limbs(size_t text_size, unsigned base);
/* Reads digits (all valid in base) into r, which has room for bigint_parse_limbs; *size is what was
** written, trimmed. */
bool bigint_parse(struct memory *memory, const uint8_t *text, size_t text_size, unsigned base,
    limb *r, size_t *size);
/* Value of a digit 0..35 of either case, 255 for any other byte. */
unsigned bigint_digit_value(uint8_t byte);

#endif
