/* erlang_checksum.c - natives of erlang that compute CRC-32, Adler-32 and MD5 over iodata. */
#include "bif/bif.h"
#include "bif/iodata.h"
#include "data/number.h"
#include "proc/native_call.h"

#if AVM_ZLIB
#include <zlib.h>
#endif

#define CHECKSUM_NATIVES(X)                                                                      \
    X("crc32", 1, checksum_crc32_1, 0)                                                           \
    X("crc32", 2, checksum_crc32_2, 0)                                                           \
    X("crc32_combine", 3, checksum_crc32_combine, 0)                                             \
    X("adler32", 1, checksum_adler32_1, 0)                                                       \
    X("adler32", 2, checksum_adler32_2, 0)                                                       \
    X("adler32_combine", 3, checksum_adler32_combine, 0)                                         \
    X("md5", 1, checksum_md5, 0)                                                                 \
    X("md5_init", 0, checksum_md5_init, 0)                                                       \
    X("md5_update", 2, checksum_md5_update, 0)                                                   \
    X("md5_final", 1, checksum_md5_final, 0)
NATIVE_TABLE_CONCURRENT(bif_erlang_checksum, "erlang", "erl_erts_errors", CHECKSUM_NATIVES)

typedef void bits_piece_fn(void *to, const uint8_t *bytes, size_t size);

/* Bytes that do not begin at a byte go through a small buffer. */
static void feed_bytes(bits_piece_fn *fn, void *to, const uint8_t *base, size_t offset, size_t bits)
{
    uint8_t buffer[256];

    if ((offset & 7) == 0) {
        fn(to, base + (offset >> 3), bits >> 3);
        return;
    }
    while (bits > 0) {
        size_t size = bits < sizeof buffer * 8 ? bits : sizeof buffer * 8;

        bits_copy(buffer, 0, base, offset, size);
        fn(to, buffer, size >> 3);
        offset += size;
        bits -= size;
    }
}

#define FEED(name, piece)                                                                        \
    static void name(void *user, const uint8_t *base, size_t offset, size_t bits)                \
    {                                                                                            \
        feed_bytes(piece, &((struct iodata_work *) user)->to, base, offset, bits);               \
    }

static term give_sum(struct scheduler *s, struct iodata_work *work)
{
    return native_result(s, native_integer(s, work->to.sum));
}

static term sum(struct scheduler *s, const term *a, term iodata, uint32_t start, bits_flow_fn *feed)
{
    struct iodata_work work;

    iodata_work_init(&work, s, iodata, true);
    work.feed = feed;
    work.finish = give_sum;
    work.to.sum = start;
    return iodata_work_run(s, a, &work);
}

static bool get_uint32(term t, uint32_t *value)
{
    uint64_t wide;

    if (!integer_get_uint64(t, &wide) || wide > UINT32_MAX)
        return false;
    *value = (uint32_t) wide;
    return true;
}

/* ---- CRC-32 (ISO 3309), reflected ----------------------------------------------------------- */

#define CRC_POLYNOMIAL 0xedb88320u

#if !AVM_ZLIB
/* What four bits do to the register. */
static const uint32_t crc_nibbles[16] = { 0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
    0x76dc4190,
    0x6b6b51f4, 0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0,
    0x86d3d2d4, 0xa00ae278, 0xbdbdf21c };

static void crc_piece(void *user, const uint8_t *bytes, size_t size)
{
    uint32_t crc = ~*(uint32_t *) user;

    for (; size > 0; size--) {
        crc ^= *bytes++;
        crc = crc >> 4 ^ crc_nibbles[crc & 15];
        crc = crc >> 4 ^ crc_nibbles[crc & 15];
    }
    *(uint32_t *) user = ~crc;
}
#else
/* zlib's uses what the processor has for it. */
static void crc_piece(void *user, const uint8_t *bytes, size_t size)
{
    const size_t most = (size_t) 1 << 30;

    while (size > 0) {
        size_t part = size < most ? size : most;

        *(uint32_t *) user = (uint32_t) crc32(*(uint32_t *) user, bytes, (uInt) part);
        bytes += part;
        size -= part;
    }
}
#endif

FEED(feed_crc, crc_piece)

static term checksum_crc32_1(struct scheduler *s, const term *a)
{
    return sum(s, a, a[0], 0, feed_crc);
}

static term checksum_crc32_2(struct scheduler *s, const term *a)
{
    uint32_t crc;

    return get_uint32(a[0], &crc) ? sum(s, a, a[1], crc, feed_crc) : raise_badarg(s);
}

/* Product of two polynomials over GF(2), modulo the CRC's; the highest bit is the power 0. */
static uint32_t crc_multiply(uint32_t a, uint32_t b)
{
    uint32_t product = 0;

    for (uint32_t bit = 0x80000000u; bit != 0; bit >>= 1) {
        if ((a & bit) != 0)
            product ^= b;
        b = (b & 1) != 0 ? b >> 1 ^ CRC_POLYNOMIAL : b >> 1;
    }
    return product;
}

/* Zeros behind the first text shift its checksum: multiply by x^8 for each byte. */
static term checksum_crc32_combine(struct scheduler *s, const term *a)
{
    uint32_t first, second, length, power = 0x00800000u;

    if (!get_uint32(a[0], &first) || !get_uint32(a[1], &second) || !get_uint32(a[2], &length))
        return raise_badarg(s);
    for (; length != 0; length >>= 1) {
        if ((length & 1) != 0)
            first = crc_multiply(first, power);
        power = crc_multiply(power, power);
    }
    return native_result(s, native_integer(s, first ^ second));
}

/* ---- Adler-32 (RFC 1950) -------------------------------------------------------------------- */

#define ADLER_MODULUS 65521u
#define ADLER_RUN 5552          /* bytes whose sums fit 32 bits */

static void adler_piece(void *user, const uint8_t *bytes, size_t size)
{
    uint32_t low = *(uint32_t *) user & 0xffff, high = *(uint32_t *) user >> 16;

    do {
        size_t run = size < ADLER_RUN ? size : ADLER_RUN;

        size -= run;
        for (; run > 0; run--) {
            low += *bytes++;
            high += low;
        }
        low %= ADLER_MODULUS;
        high %= ADLER_MODULUS;
    } while (size > 0);
    *(uint32_t *) user = high << 16 | low;
}

FEED(feed_adler, adler_piece)

static term checksum_adler32_1(struct scheduler *s, const term *a)
{
    return sum(s, a, a[0], 1, feed_adler);
}

static term checksum_adler32_2(struct scheduler *s, const term *a)
{
    uint32_t start;

    if (!get_uint32(a[0], &start))
        return raise_badarg(s);
    if (term_is_bitstring(a[1]))
        adler_piece(&start, NULL, 0);
    return sum(s, a, a[1], start, feed_adler);
}

/* The second text's sums began at 1 and 0; every byte of it adds the first's low sum once more. */
static term checksum_adler32_combine(struct scheduler *s, const term *a)
{
    uint32_t first, second, length;
    uint32_t low;
    uint64_t high;

    if (!get_uint32(a[0], &first) || !get_uint32(a[1], &second) || !get_uint32(a[2], &length))
        return raise_badarg(s);
    if (length == 0)
        return native_result(s, native_integer(s, first));
    length %= ADLER_MODULUS;
    low = (first & 0xffff) + (second & 0xffff) + ADLER_MODULUS - 1;
    /* Sums of no text may be as large as 0xffff; zlib takes the modulus away twice and no more. */
    for (int i = 0; i < 2 && low >= ADLER_MODULUS; i++)
        low -= ADLER_MODULUS;
    high = (uint64_t) length * (first & 0xffff) % ADLER_MODULUS + (first >> 16) + (second >> 16)
        + ADLER_MODULUS - length;
    if (high >= 2 * ADLER_MODULUS)
        high -= 2 * ADLER_MODULUS;
    if (high >= ADLER_MODULUS)
        high -= ADLER_MODULUS;
    return native_result(s, native_integer(s, (int64_t) ((uint32_t) high << 16 | low)));
}

/* ---- MD5 ---------------------------------------------------------------------------------- */

#define MD5_BYTES_A_REDUCTION 64

static void md5_piece(void *user, const uint8_t *bytes, size_t size)
{
    md5_update(user, bytes, size);
}

static term make_digest(struct scheduler *s, struct md5 *md5)
{
    uint8_t digest[MD5_SIZE];

    md5_finish(md5, digest);
    return native_result(s, bits_make_copy(native_heap(s), digest, sizeof digest));
}

static term make_context(struct scheduler *s, const struct md5 *md5)
{
    return native_result(s, bits_make_copy(native_heap(s), md5, sizeof *md5));
}

static bool get_context(term t, struct md5 *md5)
{
    struct bits_view view;

    if (!bits_get_view(t, &view) || view.size != sizeof *md5 * 8)
        return false;
    bits_copy((uint8_t *) md5, 0, view.base, view.offset, view.size);
    return true;
}

FEED(feed_md5, md5_piece)

static term give_digest(struct scheduler *s, struct iodata_work *work)
{
    return make_digest(s, &work->to.md5);
}

static term give_context(struct scheduler *s, struct iodata_work *work)
{
    return make_context(s, &work->to.md5);
}

static term digest(struct scheduler *s, const term *a, term iodata, const struct md5 *start,
    iodata_finish *finish)
{
    struct iodata_work work;

    iodata_work_init(&work, s, iodata, true);
    work.feed = feed_md5;
    work.finish = finish;
    work.bytes_a_reduction = MD5_BYTES_A_REDUCTION;
    work.to.md5 = *start;
    return iodata_work_run(s, a, &work);
}

static term checksum_md5(struct scheduler *s, const term *a)
{
    struct md5 md5;

    md5_init(&md5);
    return digest(s, a, a[0], &md5, give_digest);
}

static term checksum_md5_init(struct scheduler *s, const term *a)
{
    struct md5 md5;

    (void) a;
    md5_init(&md5);
    return make_context(s, &md5);
}

static term checksum_md5_update(struct scheduler *s, const term *a)
{
    struct md5 md5;

    return get_context(a[0], &md5) ? digest(s, a, a[1], &md5, give_context) : raise_badarg(s);
}

static term checksum_md5_final(struct scheduler *s, const term *a)
{
    struct md5 md5;

    return get_context(a[0], &md5) ? make_digest(s, &md5) : raise_badarg(s);
}
