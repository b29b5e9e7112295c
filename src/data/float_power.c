/* float_power.c - powers of ten: a table of every 27th, cut off at 128 bits, times a power of 5 that
** fits 64 bits. */
#include "data/float_power.h"

#define STEP 27

static const struct power10 steps[] = {
    { { 0xf3611dad8ea309edu, 0xd054cd6262834da1u }, -1563 },
    { { 0xc499abfd6cddd04bu, 0x00fde9a3eabf130cu }, -1473 },
    { { 0x9ecffc31d586abc0u, 0x9ac0936257d9c76cu }, -1383 },
    { { 0x8049a4ac0c5811aeu, 0x205b896d777d6278u }, -1293 },
    { { 0xcf42894a5dce35eau, 0x52064cac828675b9u }, -1204 },
    { { 0xa76c582338ed2621u, 0xaf2af2b80af6f24eu }, -1114 },
    { { 0x873e4f75e2224e68u, 0x5a7744a6e804a291u }, -1024 },
    { { 0xda7f5bf590966848u, 0xaf39a475506a899eu }, -935 },
    { { 0xb080392cc4349decu, 0xbd8d794d96aacfb3u }, -845 },
    { { 0x8e938662882af53eu, 0x547eb47b7282ee9cu }, -755 },
    { { 0xe65829b3046b0afau, 0x0cb4a5a3112a5112u }, -666 },
    { { 0xba121a4650e4ddebu, 0x92f34d62616ce413u }, -576 },
    { { 0x964e858c91ba2655u, 0x3a6a07f8d510f86fu }, -486 },
    { { 0xf2d56790ab41c2a2u, 0xfae27299423fb9c3u }, -397 },
    { { 0xc428d05aa4751e4cu, 0xaa97e14c3c26b886u }, -307 },
    { { 0x9e74d1b791e07e48u, 0x775ea264cf55347du }, -217 },
    { { 0x8000000000000000u, 0x0000000000000000u }, -127 },
    { { 0xcecb8f27f4200f3au, 0x0000000000000000u }, -38 },
    { { 0xa70c3c40a64e6c51u, 0x999090b65f67d924u }, 52 },
    { { 0x86f0ac99b4e8dafdu, 0x69a028bb3ded71a3u }, 142 },
    { { 0xda01ee641a708de9u, 0xe80e6f4820cc9495u }, 231 },
    { { 0xb01ae745b101e9e4u, 0x5ec05dcff72e7f8fu }, 321 },
    { { 0x8e41ade9fbebc27du, 0x14588f13be847307u }, 411 },
    { { 0xe5d3ef282a242e81u, 0x8f1668c8a86da5fau }, 500 },
    { { 0xb9a74a0637ce2ee1u, 0x6d953e2bd7173692u }, 590 },
    { { 0x95f83d0a1fb69cd9u, 0x4abdaf101564f98eu }, 680 },
    { { 0xf24a01a73cf2dccfu, 0xbc633b39673c8cecu }, 769 },
    { { 0xc3b8358109e84f07u, 0x0a862f80ec4700c8u }, 859 },
    { { 0x9e19db92b4e31ba9u, 0x6c07a2c26a8346d1u }, 949 },
    { { 0xff6d0b3492801150u, 0x9798278aea58efffu }, 1038 },
    { { 0xce54d951f70637d5u, 0x34a44c6fe697a290u }, 1128 },
    { { 0xa6ac5789e1da7d57u, 0xf33565b6f98557b1u }, 1218 }
};

static const uint64_t powers_of_five[STEP] = {
    1u, 5u, 25u, 125u, 625u, 3125u, 15625u, 78125u, 390625u, 1953125u, 9765625u, 48828125u,
    244140625u, 1220703125u, 6103515625u, 30517578125u, 152587890625u, 762939453125u,
    3814697265625u, 19073486328125u, 95367431640625u, 476837158203125u, 2384185791015625u,
    11920928955078125u, 59604644775390625u, 298023223876953125u, 1490116119384765625u
};

struct power10 power10_make(int power)
{
    unsigned index = (unsigned) (power - POWER10_MIN) / STEP;
    unsigned rest = (unsigned) (power - POWER10_MIN) % STEP;
    struct power10 result = steps[index];
    unsigned shift;

    if (rest == 0)
        return result;
    shift = bits_count_leading_zeros64(powers_of_five[rest]);
    result.mantissa = wide_scale(result.mantissa, powers_of_five[rest] << shift);
    result.exponent += 64 + (int) rest - (int) shift;
    if (result.mantissa.high >> 63 == 0) {
        result.mantissa.high = result.mantissa.high << 1 | result.mantissa.low >> 63;
        result.mantissa.low <<= 1;
        result.exponent--;
    }
    return result;
}
