/* digest.c - the table of hash functions, and how each is computed with Mbed TLS. */
#include "crypto/digest.h"

#if AVM_CRYPTO

/* Three functions for one of the library's families; begin says how it starts. */
#define FAMILY(name, family, begin)                                                              \
    static int name##_start(union digest_state *state)                                           \
    {                                                                                            \
        mbedtls_##family##_init(&state->family);                                                 \
        return begin;                                                                            \
    }
#define FAMILY_STEPS(family)                                                                     \
    static int family##_update(union digest_state *state, const uint8_t *bytes, size_t size)     \
    {                                                                                            \
        return LIBRARY_DIGEST_CALL(family##_update)(&state->family, bytes, size);                \
    }                                                                                            \
    static int family##_finish(union digest_state *state, uint8_t *out)                          \
    {                                                                                            \
        return LIBRARY_DIGEST_CALL(family##_finish)(&state->family, out);                        \
    }

FAMILY(md5, md5, LIBRARY_DIGEST_CALL(md5_starts)(&state->md5))
FAMILY_STEPS(md5)
FAMILY(ripemd160, ripemd160, LIBRARY_DIGEST_CALL(ripemd160_starts)(&state->ripemd160))
FAMILY_STEPS(ripemd160)
FAMILY(sha1, sha1, LIBRARY_DIGEST_CALL(sha1_starts)(&state->sha1))
FAMILY_STEPS(sha1)
FAMILY(sha224, sha256, LIBRARY_DIGEST_CALL(sha256_starts)(&state->sha256, 1))
FAMILY(sha256, sha256, LIBRARY_DIGEST_CALL(sha256_starts)(&state->sha256, 0))
FAMILY(sha384, sha512, LIBRARY_DIGEST_CALL(sha512_starts)(&state->sha512, 1))
FAMILY(sha512, sha512, LIBRARY_DIGEST_CALL(sha512_starts)(&state->sha512, 0))

/* These two write as many bytes as the long form has, so the short form goes over a buffer. */
#define FAMILY_SHORT(family, short_form, size_short, size_long)                                  \
    FAMILY_STEPS(family)                                                                         \
    static int short_form##_finish(union digest_state *state, uint8_t *out)                      \
    {                                                                                            \
        uint8_t whole[size_long];                                                                \
        int status = family##_finish(state, whole);                                              \
                                                                                                 \
        memcpy(out, whole, size_short);                                                          \
        mbedtls_platform_zeroize(whole, sizeof whole);                                           \
        return status;                                                                           \
    }
FAMILY_SHORT(sha256, sha224, 28, 32)
FAMILY_SHORT(sha512, sha384, 48, 64)

#if defined(MBEDTLS_MD4_C)
FAMILY(md4, md4, LIBRARY_DIGEST_CALL(md4_starts)(&state->md4))
FAMILY_STEPS(md4)
#define MD4_FUNCTIONS md4_start, md4_update, md4_finish
#else
#define MD4_FUNCTIONS NULL, NULL, NULL
#endif

#if defined(MBEDTLS_SHA3_C)
#define SHA3(bits)                                                                               \
    static int sha3_##bits##_start(union digest_state *state)                                    \
    {                                                                                            \
        mbedtls_sha3_init(&state->sha3);                                                         \
        return mbedtls_sha3_starts(&state->sha3, MBEDTLS_SHA3_##bits);                           \
    }                                                                                            \
    static int sha3_##bits##_finish(union digest_state *state, uint8_t *out)                     \
    {                                                                                            \
        return mbedtls_sha3_finish(&state->sha3, out, bits / 8);                                 \
    }
static int sha3_update(union digest_state *state, const uint8_t *bytes, size_t size)
{
    return mbedtls_sha3_update(&state->sha3, bytes, size);
}
SHA3(224)
SHA3(256)
SHA3(384)
SHA3(512)
#define SHA3_FUNCTIONS(bits) sha3_##bits##_start, sha3_update, sha3_##bits##_finish
#else
#define SHA3_FUNCTIONS(bits) NULL, NULL, NULL
#endif

/* RFC 8017, 9.2, note 1: SEQUENCE { SEQUENCE { OID, NULL }, OCTET STRING of the hash }. */
#define PREFIX(name, ...) static const uint8_t name##_prefix[] = { __VA_ARGS__ };
PREFIX(md4, 18, 0x30, 0x20, 0x30, 0x0c, 0x06, 0x08, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x04,
    0x05, 0x00, 0x04, 0x10)
PREFIX(md5, 18, 0x30, 0x20, 0x30, 0x0c, 0x06, 0x08, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x05,
    0x05, 0x00, 0x04, 0x10)
PREFIX(ripemd160, 15, 0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x24, 0x03, 0x02, 0x01, 0x05, 0x00,
    0x04, 0x14)
PREFIX(sha1, 15, 0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04,
    0x14)
/* The arc of NIST: 2.16.840.1.101.3.4.2.x. */
#define NIST_PREFIX(name, number, size)                                                          \
    PREFIX(name, 19, 0x30, 17 + (size), 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65,    \
        0x03, 0x04, 0x02, number, 0x05, 0x00, 0x04, size)
NIST_PREFIX(sha224, 4, 28)
NIST_PREFIX(sha256, 1, 32)
NIST_PREFIX(sha384, 2, 48)
NIST_PREFIX(sha512, 3, 64)
NIST_PREFIX(sha3_224, 7, 28)
NIST_PREFIX(sha3_256, 8, 32)
NIST_PREFIX(sha3_384, 9, 48)
NIST_PREFIX(sha3_512, 10, 64)

/* In the order in which supports/1 lists them, the last first. */
const struct digest_type digest_types[] = {
    { "md4", 16, 64, false, 257, MD4_FUNCTIONS, md4_prefix },
    { "md5", 16, 64, false, 4, md5_start, md5_update, md5_finish, md5_prefix },
    { "ripemd160", 20, 64, false, 117, ripemd160_start, ripemd160_update, ripemd160_finish,
        ripemd160_prefix },
    { "sha", 20, 64, true, 64, sha1_start, sha1_update, sha1_finish, sha1_prefix },
    { "sha224", 28, 64, true, 675, sha224_start, sha256_update, sha224_finish, sha224_prefix },
    { "sha256", 32, 64, true, 672, sha256_start, sha256_update, sha256_finish, sha256_prefix },
    { "sha384", 48, 128, true, 673, sha384_start, sha512_update, sha384_finish, sha384_prefix },
    { "sha512", 64, 128, true, 674, sha512_start, sha512_update, sha512_finish, sha512_prefix },
    { "sha3_224", 28, 144, false, 1096, SHA3_FUNCTIONS(224), sha3_224_prefix },
    { "sha3_256", 32, 136, false, 1097, SHA3_FUNCTIONS(256), sha3_256_prefix },
    { "sha3_384", 48, 104, false, 1098, SHA3_FUNCTIONS(384), sha3_384_prefix },
    { "sha3_512", 64, 72, false, 1099, SHA3_FUNCTIONS(512), sha3_512_prefix },
    { "blake2b", 64, 128, false, 1056, NULL, NULL, NULL, NULL },
    { "blake2s", 32, 64, false, 1057, NULL, NULL, NULL, NULL },
    { "shake128", 16, 168, false, 1100, NULL, NULL, NULL, NULL },
    { "shake256", 32, 136, false, 1101, NULL, NULL, NULL, NULL },
    { "sm3", 32, 64, false, 1143, NULL, NULL, NULL, NULL },
    { NULL, 0, 0, false, 0, NULL, NULL, NULL, NULL }
};

const struct digest_type *digest_find(const char *name)
{
    const struct digest_type *type;

    for (type = digest_types; type->name != NULL; type++)
        if (strcmp(type->name, name) == 0)
            return type;
    return NULL;
}

bool digest_start(struct digest *digest, const struct digest_type *type)
{
    digest->type = type;
    return type->start(&digest->state) == 0;
}

bool digest_update(struct digest *digest, const void *bytes, size_t size)
{
    return size == 0 || digest->type->update(&digest->state, bytes, size) == 0;
}

bool digest_finish(struct digest *digest, uint8_t *out)
{
    bool done = digest->type->finish(&digest->state, out) == 0;

    digest_wipe(digest);
    return done;
}

void digest_wipe(struct digest *digest)
{
    mbedtls_platform_zeroize(&digest->state, sizeof digest->state);
}

bool digest_bytes(const struct digest_type *type, const void *bytes, size_t size, uint8_t *out)
{
    struct digest digest;
    bool done = digest_start(&digest, type) && digest_update(&digest, bytes, size);

    done = done && digest_finish(&digest, out);
    digest_wipe(&digest);
    return done;
}
#endif
