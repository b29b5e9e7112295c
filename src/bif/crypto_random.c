/* crypto_random.c - natives of module crypto: bytes and numbers that nobody can foretell. All of them
** come from the platform's source; there is no generator in between whose state could be lost. */
#include "bif/crypto.h"

#if AVM_CRYPTO

#include "bif/bif.h"

#define RANDOM_NATIVES(X)                                                                        \
    X("strong_rand_bytes_nif", 1, random_bytes, NATIVE_NO_ERROR_INFO)                            \
    X("strong_rand_range_nif", 1, random_range, NATIVE_NO_ERROR_INFO)                            \
    X("rand_uniform_nif", 2, random_uniform, NATIVE_NO_ERROR_INFO)                               \
    X("rand_seed_nif", 1, random_seed, NATIVE_NO_ERROR_INFO)
NATIVE_TABLE(bif_crypto_random, "crypto", NULL, RANDOM_NATIVES)

#define BYTES_A_REDUCTION 64

/* ---- bytes ----------------------------------------------------------------------------------- */

struct random_work {
    struct native_job job;
    uint8_t *out;
    size_t left;
    term result;
};

static void release_nothing(struct native_job *job)
{
    (void) job;
}

static term run_random(struct scheduler *s, const term *a, struct random_work *work);

static term go_on(struct scheduler *s, const term *a)
{
    return run_random(s, a, (struct random_work *) (void *) native_job_of(s, a));
}

static term end_random(struct random_work *work, term result)
{
    native_job_end(&work->job);
    return result;
}

static term run_random(struct scheduler *s, const term *a, struct random_work *work)
{
    size_t budget = native_job_budget(s, BYTES_A_REDUCTION);
    size_t part = work->left < budget ? work->left : budget;
    struct random_work *kept = work;

    if (crypto_random(s, work->out, part) != 0)
        return end_random(work, ATOM(false));
    native_charge(s, 1 + part / BYTES_A_REDUCTION);
    work->out += part;
    work->left -= part;
    if (work->left == 0)
        return end_random(work, work->result);
    if (work->job.size == 0) {
        kept = (struct random_work *) (void *) native_job_keep(s, &work->job, sizeof *work);
        if (kept == NULL)
            return TERM_NONE;
    }
    return native_job_yield(s, go_on, a, &kept->job);
}

static term random_bytes(struct scheduler *s, const term *a)
{
    struct random_work work;
    uint64_t size;

    if (!integer_get_uint64(a[0], &size) || size > INT_MAX)
        return raise_badarg(s);
    native_job_init(&work.job, release_nothing);
    work.left = (size_t) size;
    work.result = bits_make_binary(native_heap(s), work.left, &work.out);
    return work.result != TERM_NONE ? run_random(s, a, &work) : raise_no_memory(s);
}

/* ---- numbers: big endian, of any size ---------------------------------------------------------- */

static void skip_zeros(struct crypto_bytes *number)
{
    for (; number->size > 0 && number->bytes[0] == 0; number->size--)
        number->bytes++;
}

/* Fills out with a number below range, which has no leading zero and is none; every one as likely. */
static bool draw_below(struct scheduler *s, const struct crypto_bytes *range, uint8_t *out)
{
    uint8_t mask = 0xff;

    while ((mask >> 1) >= range->bytes[0])
        mask >>= 1;
    do {
        if (crypto_random(s, out, range->size) != 0)
            return false;
        out[0] &= mask;
        native_charge(s, 1 + range->size / BYTES_A_REDUCTION);
    } while (memcmp(out, range->bytes, range->size) >= 0);
    return true;
}

/* The bytes of a number without leading zeros, behind its size in 4 bytes when has_head. */
static term make_number(struct scheduler *s, const uint8_t *bytes, size_t size, bool has_head)
{
    struct crypto_bytes number = { bytes, size };
    uint8_t *out;
    term result;

    skip_zeros(&number);
    result = bits_make_binary(native_heap(s), number.size + (has_head ? 4 : 0), &out);
    if (result == TERM_NONE)
        return raise_no_memory(s);
    if (has_head) {
        *out++ = (uint8_t) (number.size >> 24);
        *out++ = (uint8_t) (number.size >> 16);
        *out++ = (uint8_t) (number.size >> 8);
        *out++ = (uint8_t) number.size;
    }
    if (number.size > 0)
        memcpy(out, number.bytes, number.size);
    return result;
}

static term random_range(struct scheduler *s, const term *a)
{
    struct crypto_bytes range;
    uint8_t *out;
    term result = ATOM(false);

    if (!crypto_get_binary(s, a[0], &range) || range.size > INT_MAX)
        return raise_badarg(s);
    skip_zeros(&range);
    if (range.size == 0)
        return ATOM(false);
    out = memory_allocate(s->node->memory, MEMORY_OTHER, range.size);
    if (out == NULL)
        return raise_no_memory(s);
    if (draw_below(s, &range, out))
        result = make_number(s, out, range.size, false);
    mbedtls_platform_zeroize(out, range.size);
    memory_free(s->node->memory, MEMORY_OTHER, out, range.size);
    return result;
}

/* What follows a size of 4 bytes. */
static bool get_headed(struct scheduler *s, term t, struct crypto_bytes *number)
{
    if (!crypto_get_binary(s, t, number) || number->size < 4
        || ((uint32_t) number->bytes[0] << 24 | (uint32_t) number->bytes[1] << 16
               | (uint32_t) number->bytes[2] << 8 | number->bytes[3]) != number->size - 4)
        return false;
    number->bytes += 4;
    number->size -= 4;
    skip_zeros(number);
    return true;
}

/* to -= from, both with leading zeros to size; false when that is not more than 0. */
static bool subtract(uint8_t *to, const struct crypto_bytes *from, size_t size)
{
    size_t i;
    unsigned borrow = 0, all = 0;

    for (i = 0; i < size; i++) {
        unsigned byte = (i < from->size ? from->bytes[from->size - 1 - i] : 0u) + borrow;

        borrow = to[size - 1 - i] < byte;
        to[size - 1 - i] = (uint8_t) (to[size - 1 - i] - byte);
        all |= to[size - 1 - i];
    }
    return borrow == 0 && all != 0;
}

static void add(uint8_t *to, const struct crypto_bytes *more, size_t size)
{
    unsigned carry = 0;
    size_t i;

    for (i = 0; i < size; i++) {
        carry += to[size - 1 - i] + (i < more->size ? more->bytes[more->size - 1 - i] : 0u);
        to[size - 1 - i] = (uint8_t) carry;
        carry >>= 8;
    }
}

/* bytes: room for twice the size of to. */
static term draw_uniform(struct scheduler *s, const struct crypto_bytes *from,
    const struct crypto_bytes *to, uint8_t *bytes)
{
    struct crypto_bytes range = { bytes, to->size };
    uint8_t *drawn = bytes + to->size;

    memcpy(bytes, to->bytes, to->size);
    if (from->size > to->size || !subtract(bytes, from, to->size))
        return raise_badarg(s);
    skip_zeros(&range);
    memset(drawn, 0, to->size);
    if (!draw_below(s, &range, drawn + to->size - range.size))
        return raise_badarg(s);
    add(drawn, from, to->size);
    return make_number(s, drawn, to->size, true);
}

static term random_uniform(struct scheduler *s, const term *a)
{
    struct crypto_bytes from, to;
    uint8_t *bytes;
    size_t size;
    term result;

    if (!get_headed(s, a[0], &from) || !get_headed(s, a[1], &to) || to.size == 0)
        return raise_badarg(s);
    size = 2 * to.size;
    bytes = memory_allocate(s->node->memory, MEMORY_OTHER, size);
    if (bytes == NULL)
        return raise_no_memory(s);
    result = draw_uniform(s, &from, &to, bytes);
    mbedtls_platform_zeroize(bytes, size);
    memory_free(s->node->memory, MEMORY_OTHER, bytes, size);
    return result;
}

/* The platform's source needs no seed. */
static term random_seed(struct scheduler *s, const term *a)
{
    struct crypto_bytes seed;

    return crypto_get_binary(s, a[0], &seed) && seed.size <= INT_MAX ? ATOM(ok) : raise_badarg(s);
}
#endif
