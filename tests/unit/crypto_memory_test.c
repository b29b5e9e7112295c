/* What Mbed TLS allocates from the C library: each allocation fails once, and of none is anything left.
** The functions are replaced in this program, for the libraries that it uses as well. Where they cannot be
** (another C library, the sanitizers) or where there is no Mbed TLS, there is no test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "crypto/aead.h"
#include "crypto/curve.h"
#include "crypto/rsa.h"

#if AVM_CRYPTO && defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)

static unsigned long count, fail_at;    /* of the allocations since the start; 0: none fails */
static long live;                       /* blocks */
static bool is_counting;

/* What the libraries see, too. */
#define SEEN __attribute__((visibility("default")))

void *__libc_calloc(size_t count, size_t size);
void *__libc_malloc(size_t size);
void __libc_free(void *ptr);

static void *counted(void *ptr)
{
    live += is_counting && ptr != NULL;
    return ptr;
}

static bool shall_fail(void)
{
    if (!is_counting || ++count != fail_at)
        return false;
    errno = ENOMEM;
    return true;
}

SEEN void *calloc(size_t number, size_t size)
{
    return shall_fail() ? NULL : counted(__libc_calloc(number, size));
}

SEEN void *malloc(size_t size)
{
    return shall_fail() ? NULL : counted(__libc_malloc(size));
}

SEEN void free(void *ptr)
{
    live -= is_counting && ptr != NULL;
    __libc_free(ptr);
}

/* The same bytes each time, so that the same allocations come. */
static int draw(void *state, unsigned char *bytes, size_t size)
{
    uint64_t *x = state;

    while (size-- > 0) {
        *x ^= *x << 13;
        *x ^= *x >> 7;
        *x ^= *x << 17;
        *bytes++ = (unsigned char) (*x >> 24);
    }
    return 0;
}

static struct crypto_bytes bytes_of(const uint8_t *bytes, size_t size)
{
    struct crypto_bytes result = { bytes, size };

    return result;
}

static const uint8_t hash[32] = "0123456789abcdef0123456789abcde";

/* ---- scenarios: each gives its status, having closed what it opened ------------------------------ */

static enum number_status sign_and_verify(struct curve *curve, const struct curve_key *key)
{
    struct crypto_bytes scalar = bytes_of(key->scalar, key->scalar_size);
    struct crypto_bytes point = bytes_of(key->point, key->point_size), text = bytes_of(hash, 32), der;
    uint8_t signature[CURVE_MAX_SIGNATURE];
    enum number_status status;
    bool is_valid = false;
    size_t size = 0;

    status = curve_sign(curve, &scalar, &text, signature, &size);
    der = bytes_of(signature, size);
    if (status == NUMBER_OK)
        status = curve_verify(curve, NULL, &point, &text, &der, &is_valid);
    return status == NUMBER_OK && !is_valid ? NUMBER_BAD : status;
}

static enum number_status use_curve(const char *name)
{
    uint64_t state = 88172645463325252u;
    uint8_t secret[CURVE_MAX_SCALAR];
    struct crypto_bytes scalar, point;
    struct curve curve;
    struct curve_key key;
    bool is_point;
    size_t size;
    enum number_status status = curve_open(&curve, curve_find(name), draw, &state);

    if (status != NUMBER_OK)
        return status;
    status = curve_make_key(&curve, NULL, &key);
    if (status == NUMBER_OK) {
        scalar = bytes_of(key.scalar, key.scalar_size);
        point = bytes_of(key.point, key.point_size);
        status = curve_shared(&curve, NULL, &point, &scalar, secret, &size, &is_point);
    }
    if (status == NUMBER_OK && !curve.type->is_montgomery)
        status = sign_and_verify(&curve, &key);
    curve_close(&curve);
    return status;
}

static enum number_status use_p256(void) { return use_curve("secp256r1"); }
static enum number_status use_brainpool(void) { return use_curve("brainpoolP256r1"); }
static enum number_status use_x25519(void) { return use_curve("x25519"); }

static enum number_status use_power(void)
{
    static const uint8_t base[] = { 0x12, 0x34, 0x56 }, odd[] = { 0xff, 0xfe, 0xfd, 0xfb },
        even[] = { 0xff, 0xfe, 0xfd, 0xfa };
    struct crypto_bytes b = bytes_of(base, 3), e = bytes_of(odd, 4), m = bytes_of(even, 4);
    struct number_result result;
    static const uint8_t want[] = { 0x38, 0x44, 0x52, 0x37 };
    enum number_status status = number_power(&b, &b, &e, &result);

    if (status == NUMBER_OK && (result.size != 4 || memcmp(result.bytes, want, 4) != 0))
        return NUMBER_BAD;
    return status == NUMBER_OK ? number_power(&b, &e, &m, &result) : status;
}

static enum number_status sign_with(struct rsa *rsa)
{
    struct rsa_options options = { RSA_PAD_PSS, digest_find("sha256"), digest_find("sha256"), NULL,
        { NULL, 0 }, 0 };
    struct crypto_bytes text = bytes_of(hash, 32), given;
    uint8_t signature[RSA_MAX_SIZE];
    enum number_status status = rsa_sign(rsa, &options, &text, signature);
    bool is_valid = false;

    given = bytes_of(signature, rsa->size);
    if (status == NUMBER_OK)
        status = rsa_verify(rsa, &options, &text, &given, &is_valid);
    return status == NUMBER_OK && !is_valid ? NUMBER_BAD : status;
}

static enum number_status make_rsa(uint64_t *state, struct number_result *parts)
{
    static const uint8_t exponent[] = { 1, 0, 1 };
    struct crypto_bytes e = bytes_of(exponent, 3);
    struct rsa_making making;
    bool is_done = false;
    size_t cost = 0;
    enum number_status status = rsa_making_open(&making, 512, &e);

    if (status != NUMBER_OK)
        return status;
    while (status == NUMBER_OK && !is_done)
        status = rsa_making_step(&making, draw, state, &cost, &is_done);
    if (status == NUMBER_OK)
        status = rsa_making_finish(&making, parts);
    rsa_making_close(&making);
    return status;
}

static struct number_result parts[RSA_PRIVATE_PARTS];

static enum number_status use_new_rsa(void)
{
    uint64_t state = 7;

    return make_rsa(&state, parts);
}

/* With the parts that use_new_rsa made. */
static enum number_status use_rsa_of(size_t number)
{
    struct crypto_bytes bytes[RSA_PRIVATE_PARTS];
    uint64_t state = 11;
    struct rsa rsa;
    enum number_status status;
    size_t i;

    for (i = 0; i < RSA_PRIVATE_PARTS; i++)
        bytes[i] = bytes_of(parts[i].bytes, parts[i].size);
    status = rsa_open(&rsa, bytes, number, draw, &state);
    if (status != NUMBER_OK)
        return status;
    status = sign_with(&rsa);
    rsa_close(&rsa);
    return status;
}

static enum number_status use_rsa(void) { return use_rsa_of(RSA_PRIVATE_PARTS); }
static enum number_status use_short_rsa(void) { return use_rsa_of(3); }

static enum number_status use_gcm(void)
{
    static const uint8_t key[16];
    uint8_t text[32] = { 0 }, out[32], tag[16];
    struct aead aead;

    if (!aead_open(&aead, cipher_find("aes_128_gcm", 16), key, true))
        return NUMBER_NO_MEMORY;
    if (!aead_start(&aead, key, 12, 5, 32, 16)
        || !aead_update_data(&aead, text, 5) || !aead_update(&aead, text, 32, out)
        || !aead_finish(&aead, tag, 16)) {
        aead_close(&aead);
        return NUMBER_BAD;
    }
    aead_close(&aead);
    return NUMBER_OK;
}

/* ---- each allocation fails ------------------------------------------------------------------------- */

typedef enum number_status scenario(void);

static enum number_status run(scenario *fn, unsigned long at)
{
    enum number_status status;

    count = 0;
    fail_at = at;
    is_counting = true;
    status = fn();
    is_counting = false;
    return status;
}

#define STEPS 400

static void each_fails(scenario *fn, const char *name)
{
    unsigned long all, at, step;

    assert_int_equal(run(fn, 0), NUMBER_OK);
    assert_int_equal(live, 0);
    all = count;
    assert_true(all > 0);
    step = all > STEPS ? all / STEPS + 1 : 1;
    for (at = 1; at <= all; at += step) {
        enum number_status status = run(fn, at);

        if (status == NUMBER_BAD || live != 0)
            print_error("%s, allocation %lu: status %d, %ld blocks left\n", name, at, (int) status, live);
        assert_true(status != NUMBER_BAD);
        assert_int_equal(live, 0);
    }
    print_message("%s: %lu allocations\n", name, all);
}

#define CASE(name) static void name##_fails(void **state) { (void) state; each_fails(use_##name, #name); }
CASE(p256)
CASE(brainpool)
CASE(x25519)
CASE(power)
CASE(new_rsa)
CASE(rsa)
CASE(short_rsa)
CASE(gcm)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p256_fails),
        cmocka_unit_test(brainpool_fails),
        cmocka_unit_test(x25519_fails),
        cmocka_unit_test(power_fails),
        cmocka_unit_test(new_rsa_fails),
        cmocka_unit_test(rsa_fails),
        cmocka_unit_test(short_rsa_fails),
        cmocka_unit_test(gcm_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void)
{
    return 0;
}
#endif
