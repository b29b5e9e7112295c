/* number.h - integers of any size, floats, and arithmetic over both.
**
** Results are canonical: an integer is a small whenever it fits one, a big has no leading zero
** limb, a float is finite. "heap" receives what the result needs. Operands that are no numbers give
** DATA_BAD_ARGUMENT (badarith). Integers past INTEGER_MAX_BITS give DATA_SYSTEM_LIMIT, as in OTP. */
#ifndef AVM_DATA_NUMBER_H
#define AVM_DATA_NUMBER_H

#include "data/status.h"
#include "heap/heap.h"

/* Largest magnitude: that of OTP 25, 33,554,368 bits on 64-bit systems. */
#define INTEGER_MAX_LIMBS ((size_t) 524287)
#define INTEGER_MAX_BITS (INTEGER_MAX_LIMBS * TERM_BITS)

typedef enum data_status number_binary_fn(struct heap *heap, term a, term b, term *result);
typedef enum data_status number_unary_fn(struct heap *heap, term a, term *result);

number_binary_fn number_add, number_subtract, number_multiply;      /* + - *            */
number_binary_fn number_divide;                                     /* / : always float */
number_binary_fn number_div, number_rem;                            /* integers         */
number_binary_fn number_band, number_bor, number_bxor, number_bsl, number_bsr;
number_unary_fn number_negate, number_bnot, number_abs, number_plus;
number_unary_fn number_to_float;                                    /* float/1 */
number_unary_fn number_trunc, number_round, number_floor, number_ceil;

/* Integers from and to C. */
term integer_make_int64(struct heap *heap, int64_t value);          /* TERM_NONE without memory */
term integer_make_uint64(struct heap *heap, uint64_t value);
bool integer_get_int64(term t, int64_t *value);                     /* false: no integer, or too large */
bool integer_get_uint64(term t, uint64_t *value);
/* From and to bytes: magnitude of size bytes, two's complement when is_signed. */
enum data_status integer_from_bytes(struct heap *heap, const uint8_t *bytes, size_t size,
    bool big_endian, bool is_signed, term *result);
/* Low size bytes of the two's complement of integer t. */
void integer_to_bytes(term t, uint8_t *bytes, size_t size, bool big_endian);
size_t integer_magnitude_bytes(term t);                             /* bytes of |t|, 0 for 0 */
bool integer_is_negative(term t);
/* Double nearest to integer t; false when it is past the range. */
bool integer_to_double(term t, double *value);
/* Finite value to the integer it names (already integral). */
enum data_status integer_from_double(struct heap *heap, double value, term *result);

/* <0, 0, >0. Both are numbers. exact: 1 and 1.0 differ (integers first), else by value, exactly even
** for bigs against floats. */
int number_compare(term a, term b);
int number_compare_exact(term a, term b);
bool integer_equal(term a, term b);                                 /* two bigs */

/* Text. base 2..36; digits are upper case, as OTP's. */
size_t integer_text_size(term t, unsigned base);                    /* an upper bound, bytes */
/* Writes to text (room for integer_text_size); gives the size, SIZE_MAX without memory. */
size_t integer_print(struct memory *memory, term t, unsigned base, char *text);
/* Optional sign, then digits only; DATA_BAD_ARGUMENT for anything else, empty included. */
enum data_status integer_parse(struct heap *heap, const uint8_t *text, size_t size, unsigned base,
    term *result);

/* The shortest decimal text that reads back as value, in the layout of OTP 25's
** float_to_list(F, [short]); text has room for 32 bytes. Gives the size. */
size_t float_print_short(double value, char *text);
/* As C's %.*e with at most 249 decimals / as OTP's float_to_list(F, [{decimals, D}, compact?]).
** text has room for size bytes; gives the size, 0 when it does not fit (badarg). */
size_t float_print_scientific(double value, unsigned decimals, char *text, size_t size);
size_t float_print_decimals(double value, unsigned decimals, bool compact, char *text, size_t size);
/* Erlang's syntax of floats (digits, point, digits, optional exponent); false for anything else and
** for values past the range. */
bool float_parse(const uint8_t *text, size_t size, double *value);

#endif
