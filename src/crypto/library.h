/* library.h - the one file that knows which version of Mbed TLS this is: 2.28 or 3.x.
**
** What the room promises holds for both. Names differ: until 3.0 what can fail is called name_ret; from
** then on fields of its structures are private.
**
** Memory. Mbed TLS allocates by calloc, unless the host has changed that (crypto/scratch.h). So this room
** uses those parts of it that allocate nothing, with contexts in memory of the VM: digests, block
** ciphers, ChaCha20, Poly1305. Two parts do allocate: GCM (one key schedule, from aead_open to
** aead_close), and all that works on large numbers, for the time of one call.
**
** Secrets. Keys, what is made of them (schedules, states of digests and codes, streams, drawn and shared
** numbers), texts between their padding and their encryption, and the tag that a message should have had
** are held only in structures that their owner wipes (name_wipe, name_close, number_result_wipe), in numbers
** of Mbed TLS, which wipes them as it frees them, and in arrays on the C stack that the function which
** declares them wipes by mbedtls_platform_zeroize. It does so on its one way out, whatever became of the
** call; so does the object behind a reference when it goes, though its process was killed between two slices
** (bif/crypto.c). What only needs what everybody may know, as a verification, need not. Results in
** binaries are the program's; those of calls that fail are wiped. */
#ifndef AVM_CRYPTO_LIBRARY_H
#define AVM_CRYPTO_LIBRARY_H

#include "base/compiler.h"

#include <errno.h>

#include <mbedtls/gcm.h>
#include <mbedtls/platform_util.h>
#include <mbedtls/rsa.h>
#include <mbedtls/version.h>

#if MBEDTLS_VERSION_NUMBER >= 0x03000000
#include <mbedtls/build_info.h>
#define LIBRARY_DIGEST_CALL(name) mbedtls_##name
#else
#include <mbedtls/config.h>
#define LIBRARY_DIGEST_CALL(name) mbedtls_##name##_ret
#endif

#define LIBRARY_GCM_TAG_SIZE 16

/* One message of GCM begins. */
static inline bool library_gcm_start(mbedtls_gcm_context *gcm, int mode, const uint8_t *iv,
    size_t iv_size)
{
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
    return mbedtls_gcm_starts(gcm, mode, iv, iv_size) == 0;
#else
    return mbedtls_gcm_starts(gcm, mode, iv, iv_size, NULL, 0) == 0;
#endif
}

/* What is authenticated only, a part of it: size is a multiple of 16 but in the last call. Until 3.0 the
** library takes it as a whole when a message begins; but it is hashed as a text is that is decrypted, so
** it goes that way, and what the text has changed is put back. */
static inline bool library_gcm_update_data(mbedtls_gcm_context *gcm, const uint8_t *data, size_t size)
{
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
    return mbedtls_gcm_update_ad(gcm, data, size) == 0;
#else
    uint8_t scratch[1024], counter[sizeof gcm->y];
    int mode = gcm->mode, error = 0;

    memcpy(counter, gcm->y, sizeof counter);
    gcm->mode = MBEDTLS_GCM_DECRYPT;
    gcm->add_len += size;
    while (size > 0 && error == 0) {
        size_t part = size < sizeof scratch ? size : sizeof scratch;

        error = mbedtls_gcm_update(gcm, part, data, scratch);
        data += part;
        size -= part;
    }
    gcm->mode = mode;
    gcm->len = 0;
    memcpy(gcm->y, counter, sizeof counter);
    mbedtls_platform_zeroize(scratch, sizeof scratch);      /* the stream that hides the text */
    return error == 0;
#endif
}

static inline bool library_gcm_update(mbedtls_gcm_context *gcm, const uint8_t *in, size_t size,
    uint8_t *out)
{
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
    size_t given = 0;

    return mbedtls_gcm_update(gcm, in, size, out, size, &given) == 0 && given == size;
#else
    return mbedtls_gcm_update(gcm, size, in, out) == 0;
#endif
}

static inline bool library_gcm_finish(mbedtls_gcm_context *gcm, uint8_t *tag)
{
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
    size_t given = 0;

    return mbedtls_gcm_finish(gcm, NULL, 0, &given, tag, LIBRARY_GCM_TAG_SIZE) == 0;
#else
    return mbedtls_gcm_finish(gcm, tag, LIBRARY_GCM_TAG_SIZE) == 0;
#endif
}

/* mbedtls_mpi_exp_mod of 2.28 goes on when one of its allocations fails, and gives another number. calloc
** has said so in errno: whoever depends on the number asks. */
static inline void library_begin(void)
{
    errno = 0;
}
static inline bool library_ran_out(void)
{
    return errno == ENOMEM;
}

/* Padding is not the library's business here. */
static inline void library_rsa_init(mbedtls_rsa_context *rsa)
{
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
    mbedtls_rsa_init(rsa);
#else
    mbedtls_rsa_init(rsa, MBEDTLS_RSA_PKCS_V15, 0);
#endif
}

#endif
