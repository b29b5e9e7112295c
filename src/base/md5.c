/* md5.c - the four rounds of RFC 1321. */
#include "base/md5.h"

static const uint32_t sines[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
};

static uint32_t load32(const uint8_t *at)
{
    return (uint32_t) at[0] | (uint32_t) at[1] << 8 | (uint32_t) at[2] << 16
        | (uint32_t) at[3] << 24;
}

static void store32(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t) value;
    at[1] = (uint8_t) (value >> 8);
    at[2] = (uint8_t) (value >> 16);
    at[3] = (uint8_t) (value >> 24);
}

static uint32_t rotate(uint32_t value, unsigned shift)
{
    return value << shift | value >> (32 - shift);
}

/* A round takes sixteen steps, four a turn, so that the four words of the state never move. The step's word of the
** block is start, start + stride, ... modulo 16; MIX is the round's function of three words. */
#define STEP(a, b, c, d, MIX, shift)                                                  \
    a = b + rotate(a + MIX(b, c, d) + *sine++ + load32(block + 4 * (word & 15)), shift); \
    word += stride;
#define ROUND(MIX, start, stride_, s1, s2, s3, s4)                                    \
    for (word = start, stride = stride_, turn = 0; turn < 4; turn++) {                \
        STEP(a, b, c, d, MIX, s1)                                                     \
        STEP(d, a, b, c, MIX, s2)                                                     \
        STEP(c, d, a, b, MIX, s3)                                                     \
        STEP(b, c, d, a, MIX, s4)                                                     \
    }
#define MIX1(x, y, z) (((x) & (y)) | (~(x) & (z)))
#define MIX2(x, y, z) (((x) & (z)) | ((y) & ~(z)))
#define MIX3(x, y, z) ((x) ^ (y) ^ (z))
#define MIX4(x, y, z) ((y) ^ ((x) | ~(z)))

static void digest_block(uint32_t *state, const uint8_t *block)
{
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    const uint32_t *sine = sines;
    unsigned turn, word, stride;

    ROUND(MIX1, 0, 1, 7, 12, 17, 22)
    ROUND(MIX2, 1, 5, 5, 9, 14, 20)
    ROUND(MIX3, 5, 3, 4, 11, 16, 23)
    ROUND(MIX4, 0, 7, 6, 10, 15, 21)
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
}

void md5_init(struct md5 *md5)
{
    md5->state[0] = 0x67452301;
    md5->state[1] = 0xefcdab89;
    md5->state[2] = 0x98badcfe;
    md5->state[3] = 0x10325476;
    md5->size = 0;
}

void md5_update(struct md5 *md5, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    size_t held = (size_t) (md5->size & 63);

    if (size == 0)
        return;
    md5->size += size;
    if (held != 0) {
        size_t part = size < 64 - held ? size : 64 - held;

        memcpy(md5->block + held, at, part);
        at += part;
        size -= part;
        if (held + part < 64)
            return;
        digest_block(md5->state, md5->block);
    }
    for (; size >= 64; at += 64, size -= 64)
        digest_block(md5->state, at);
    memcpy(md5->block, at, size);
}

void md5_finish(struct md5 *md5, uint8_t *digest)
{
    static const uint8_t padding[64] = { 0x80 };
    uint64_t bits = md5->size << 3;
    uint8_t length[8];
    size_t held = (size_t) (md5->size & 63);
    unsigned at;

    store32(length, (uint32_t) bits);
    store32(length + 4, (uint32_t) (bits >> 32));
    md5_update(md5, padding, held < 56 ? 56 - held : 120 - held);
    md5_update(md5, length, sizeof length);
    for (at = 0; at < 4; at++)
        store32(digest + 4 * at, md5->state[at]);
}
