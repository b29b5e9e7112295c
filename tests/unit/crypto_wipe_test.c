/* What secrets leave on the C stack: each scenario runs in a thread whose stack is an array of this program;
** what it was given and what it gives lie elsewhere. Afterwards no 12 bytes of a secret are found there.
** (The sanitizer has stacks of its own.) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "crypto/aead.h"
#include "crypto/curve.h"
#include "crypto/mac.h"
#include "crypto/rsa.h"

#if AVM_CRYPTO && defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)

#include <pthread.h>

#define WINDOW 12

static _Alignas(64) uint8_t stack[1 << 18];
static uint8_t secret[128], out[RSA_MAX_SIZE];
static size_t secret_size, out_size;
static enum number_status status;
/* The first call of a function of a library saves registers where it is linked: all is run once before. */
static bool is_linked;
static uint64_t random_state = 88172645463325252u;

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

static void draw_secret(size_t size)
{
    secret_size = size;
    (void) draw(&random_state, secret, size);
}

static void *run(void *scenario)
{
    ((void (*)(void)) (uintptr_t) scenario)();
    return NULL;
}

static bool is_on_stack(const uint8_t *bytes, size_t size)
{
    size_t at, i;

    for (at = 0; is_linked && at + WINDOW <= sizeof stack; at++)
        for (i = 0; i + WINDOW <= size; i++)
            if (memcmp(stack + at, bytes + i, WINDOW) == 0)
                return true;
    return false;
}

static void on_stack(void (*scenario)(void))
{
    pthread_attr_t attributes;
    pthread_t thread;

    memset(stack, 0, sizeof stack);
    assert_int_equal(pthread_attr_init(&attributes), 0);
    assert_int_equal(pthread_attr_setstack(&attributes, stack, sizeof stack), 0);
    assert_int_equal(pthread_create(&thread, &attributes, run, (void *) (uintptr_t) scenario), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    (void) pthread_attr_destroy(&attributes);
}

/* ---- codes, ciphers ---------------------------------------------------------------------------------- */

static struct mac mac;

static void use_hmac(void)
{
    status = mac_start_hmac(&mac, digest_find("sha256"), secret, secret_size) ? NUMBER_OK : NUMBER_BAD;
}

static void hmac_leaves_nothing(void **state)
{
    size_t size, i;

    (void) state;
    for (size = 20; size <= 120; size += 50) {
        draw_secret(size);
        on_stack(use_hmac);
        assert_int_equal(status, NUMBER_OK);
        assert_false(is_on_stack(secret, size));
        for (i = 0; i < size; i++)
            secret[i] ^= 0x36;
        assert_false(is_on_stack(secret, size));
        for (i = 0; i < size; i++)
            secret[i] ^= 0x36 ^ 0x5c;
        assert_false(is_on_stack(secret, size));
        mac_wipe(&mac);
    }
}

static struct cipher cipher;

static void use_padding(void)
{
    out_size = cipher_finish_padded(&cipher, out);
}

/* A block whose padding is right, and one whose is not. */
static void padding_leaves_nothing(void **state)
{
    static const uint8_t key[16] = { 1 }, iv[16] = { 2 };
    const struct cipher_type *type = cipher_find("aes_128_cbc", 16);
    uint8_t block[16], right;

    (void) state;
    for (right = 0; right < 2; right++) {
        draw_secret(16);
        secret[15] = right ? 1 : 77;
        assert_true(cipher_start(&cipher, type, key, iv, true));
        assert_true(cipher_update(&cipher, secret, 16, block));
        assert_true(cipher_start(&cipher, type, key, iv, false));
        cipher.keeps_last = true;
        assert_true(cipher_update(&cipher, block, 16, out));
        on_stack(use_padding);
        assert_true(out_size == (right ? 15 : SIZE_MAX));
        assert_false(is_on_stack(secret, 16));
        cipher_wipe(&cipher);
    }
}

/* ---- curves ------------------------------------------------------------------------------------------- */

static const char *curve_name;
static uint8_t scalar_bytes[CURVE_MAX_SCALAR], shared[CURVE_MAX_SCALAR];
static struct curve_key key;
static size_t shared_size;

static void use_curve(void)
{
    struct crypto_bytes scalar = bytes_of(scalar_bytes, curve_find(curve_name)->field_size);
    struct crypto_bytes point;
    struct curve curve;
    bool is_point;

    status = curve_open(&curve, curve_find(curve_name), draw, &random_state);
    if (status != NUMBER_OK)
        return;
    status = curve_make_key(&curve, &scalar, &key);
    point = bytes_of(key.point, key.point_size);
    if (status == NUMBER_OK)
        status = curve_shared(&curve, NULL, &point, &scalar, shared, &shared_size, &is_point);
    curve_close(&curve);
}

static void curve_leaves_nothing(const char *name)
{
    curve_name = name;
    (void) draw(&random_state, scalar_bytes, sizeof scalar_bytes);
    scalar_bytes[0] &= 0x7f;
    on_stack(use_curve);
    assert_int_equal(status, NUMBER_OK);
    assert_false(is_on_stack(scalar_bytes, curve_find(name)->field_size));
    assert_false(is_on_stack(shared, shared_size));
}

static void curves_leave_nothing(void **state)
{
    (void) state;
    curve_leaves_nothing("secp256r1");
    curve_leaves_nothing("x25519");
}

/* ---- RSA ------------------------------------------------------------------------------------------------ */

static struct number_result parts[RSA_PRIVATE_PARTS];
static struct rsa rsa;
static struct rsa_options options;
static uint8_t sealed[RSA_MAX_SIZE];

static void open_rsa(void **state)
{
    static const uint8_t exponent[] = { 1, 0, 1 };
    struct crypto_bytes e = bytes_of(exponent, 3), bytes[RSA_PRIVATE_PARTS];
    struct rsa_making making;
    bool is_done = false;
    size_t cost = 0, i;

    (void) state;
    assert_int_equal(rsa_making_open(&making, 512, &e), NUMBER_OK);
    while (!is_done)
        assert_int_equal(rsa_making_step(&making, draw, &random_state, &cost, &is_done), NUMBER_OK);
    assert_int_equal(rsa_making_finish(&making, parts), NUMBER_OK);
    rsa_making_close(&making);
    for (i = 0; i < RSA_PRIVATE_PARTS; i++)
        bytes[i] = bytes_of(parts[i].bytes, parts[i].size);
    assert_int_equal(rsa_open(&rsa, bytes, RSA_PRIVATE_PARTS, draw, &random_state), NUMBER_OK);
}

static void use_encryption(void)
{
    struct crypto_bytes text = bytes_of(secret, secret_size);

    status = rsa_encrypt(&rsa, &options, &text, sealed);
}

static void use_decryption(void)
{
    struct crypto_bytes text = bytes_of(sealed, rsa.size);

    status = rsa_decrypt(&rsa, &options, &text, out, &out_size);
}

static void rsa_case(enum rsa_padding seals, enum rsa_padding opens, enum number_status wanted)
{
    options.padding = seals;
    options.oaep = options.mgf = digest_find("sha");
    options.label.bytes = (const uint8_t *) "";
    draw_secret(seals == RSA_PAD_NONE ? rsa.size : 20);
    if (seals == RSA_PAD_NONE)
        secret[0] = 0;
    on_stack(use_encryption);
    assert_int_equal(status, NUMBER_OK);
    assert_false(is_on_stack(secret, secret_size));
    options.padding = opens;
    on_stack(use_decryption);
    assert_int_equal(status, wanted);
    assert_false(is_on_stack(secret, secret_size));
}

static void rsa_leaves_nothing(void **state)
{
    open_rsa(state);
    rsa_case(RSA_PAD_PKCS1, RSA_PAD_PKCS1, NUMBER_OK);
    rsa_case(RSA_PAD_OAEP, RSA_PAD_OAEP, NUMBER_OK);
    rsa_case(RSA_PAD_NONE, RSA_PAD_NONE, NUMBER_OK);
    rsa_case(RSA_PAD_NONE, RSA_PAD_PKCS1, NUMBER_BAD);
    rsa_case(RSA_PAD_PKCS1, RSA_PAD_OAEP, NUMBER_BAD);
    rsa_close(&rsa);
}

/* ---- the test itself ---------------------------------------------------------------------------------------- */

static void use_copy(void)
{
    uint8_t copy[8192];         /* the thread's end writes over what lies higher */
    volatile uint8_t *at = copy;
    size_t i;

    for (i = 0; i < secret_size; i++)
        at[i] = secret[i];
}

static void copies_are_found(void **state)
{
    (void) state;
    draw_secret(32);
    on_stack(use_copy);
    assert_true(is_on_stack(secret, 32) == is_linked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_are_found),
        cmocka_unit_test(hmac_leaves_nothing),
        cmocka_unit_test(padding_leaves_nothing),
        cmocka_unit_test(curves_leave_nothing),
        cmocka_unit_test(rsa_leaves_nothing),
    };

    if (cmocka_run_group_tests_name("linking", tests, NULL, NULL) != 0)
        return 1;
    is_linked = true;
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void)
{
    return 0;
}
#endif
