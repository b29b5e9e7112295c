/* crypto_mac.c - natives of module crypto: message authentication codes.
**
** A code under way is an object that mac_update changes, as OTP's does. */
#include "bif/crypto.h"

#if AVM_CRYPTO

#include "bif/bif.h"
#include "crypto/cipher.h"
#include "crypto/mac.h"

#define MAC_NATIVES(X)                                                                           \
    X("mac_nif", 4, mac_bytes, NATIVE_NO_ERROR_INFO)                                             \
    X("mac_init_nif", 3, mac_init, NATIVE_NO_ERROR_INFO)                                         \
    X("mac_update_nif", 2, mac_update_state, NATIVE_NO_ERROR_INFO)                               \
    X("mac_final_nif", 1, mac_final, NATIVE_NO_ERROR_INFO)                                       \
    X("mac_algorithms", 0, mac_algorithms, NATIVE_NO_ERROR_INFO)
NATIVE_TABLE(bif_crypto_mac, "crypto", NULL, MAC_NATIVES)

struct mac_state {
    struct crypto_object object;
    struct mac mac;
    bool is_ended;
};

static const char mac_type;

static term mac_algorithms(struct scheduler *s, const term *a)
{
    static const char *const names[] = { "poly1305", "hmac", "cmac" };
    term list = TERM_NIL;
    size_t i;

    (void) a;
    for (i = 0; i < 3 && list != TERM_NONE; i++) {
        term name = crypto_make_atom(s, names[i]);

        list = name != TERM_NONE ? native_cons(s, name, list) : TERM_NONE;
    }
    return native_result(s, list);
}

static term started(struct scheduler *s, bool done)
{
    return done ? ATOM(ok) : CRYPTO_ERROR(s, "Couldn't get mac");
}

static term start_hmac(struct scheduler *s, term subtype, const struct crypto_bytes *key,
    struct mac *mac)
{
    const struct digest_type *type;
    char name[CRYPTO_NAME_SIZE];

    crypto_get_name(s, subtype, name);
    type = digest_find(name);
    if (type == NULL)
        return CRYPTO_BADARG(s, 1, "Bad digest algorithm for HMAC");
    if (!digest_is_there(type))
        return CRYPTO_NOTSUP(s, 1, "Unsupported digest algorithm");
    return started(s, mac_start_hmac(mac, type, key->bytes, key->size));
}

static term start_cmac(struct scheduler *s, term subtype, const struct crypto_bytes *key,
    struct mac *mac)
{
    const struct cipher_type *type;
    char name[CRYPTO_NAME_SIZE];

    crypto_get_name(s, subtype, name);
    type = cipher_find(name, key->size);
    if (type == NULL)
        return cipher_find_name(name) == NULL ? CRYPTO_BADARG(s, 1, "Unknown cipher")
                                              : CRYPTO_BADARG(s, 2, "Bad key size");
    if (!cipher_is_there(type))
        return CRYPTO_NOTSUP(s, 1, "Unsupported cipher algorithm");
    if (type->mode != CIPHER_CBC || key->size != type->key_size)
        return CRYPTO_ERROR(s, "Couldn't get mac");
    return started(s, mac_start_cmac(mac, type->algorithm, key->bytes, key->size));
}

/* ok, or TERM_NONE after raising. */
static term start_mac(struct scheduler *s, const term *a, struct mac *mac)
{
    struct crypto_bytes key;
    char name[CRYPTO_NAME_SIZE];

    if (!crypto_get_iodata(s, a[2], &key))
        return CRYPTO_BADARG(s, 2, "Bad key");
    crypto_get_name(s, a[0], name);
    if (strcmp(name, "hmac") == 0)
        return start_hmac(s, a[1], &key, mac);
    if (strcmp(name, "cmac") == 0)
        return start_cmac(s, a[1], &key, mac);
    if (strcmp(name, "poly1305") != 0)
        return CRYPTO_BADARG(s, 0, "Unknown mac algorithm");
    if (key.size != MAC_POLY1305_KEY_SIZE)
        return CRYPTO_BADARG(s, 2, "Bad key length");
    return started(s, mac_start_poly1305(mac, key.bytes));
}

/* NULL after raising. */
static struct mac_state *create_state(struct scheduler *s, const term *a)
{
    struct mac_state *state = (struct mac_state *) (void *) crypto_object_create(s, sizeof *state,
        &mac_type);

    if (state != NULL && start_mac(s, a, &state->mac) == TERM_NONE) {
        crypto_object_drop(&state->object);
        return NULL;
    }
    return state;
}

static bool feed_state(struct crypto_work *work, const uint8_t *bytes, size_t size)
{
    return mac_update(&((struct mac_state *) (void *) work->object)->mac, bytes, size);
}

static term make_code(struct scheduler *s, struct mac *mac)
{
    uint8_t out[MAC_MAX_SIZE];
    size_t size = mac_size(mac);
    term code = mac_finish(mac, out) ? native_result(s, bits_make_copy(native_heap(s), out, size))
                                     : CRYPTO_ERROR(s, "Signing");

    mbedtls_platform_zeroize(out, sizeof out);
    return code;
}

static term finish_code(struct scheduler *s, struct crypto_work *work)
{
    return make_code(s, &((struct mac_state *) (void *) work->object)->mac);
}

static term mac_bytes(struct scheduler *s, const term *a)
{
    struct crypto_bytes text;
    struct crypto_work work;
    struct mac_state *state;

    if (!crypto_get_iodata(s, a[3], &text))
        return CRYPTO_BADARG(s, 3, "Bad text");
    if (text.size > INT_MAX)
        return CRYPTO_BADARG(s, 3, "Too long text");
    state = create_state(s, a);
    if (state == NULL)
        return TERM_NONE;
    crypto_work_init(&work, &state->object, &text);
    work.feed = feed_state;
    work.finish = finish_code;
    return crypto_work_run(s, a, &work);
}

static term mac_init(struct scheduler *s, const term *a)
{
    struct mac_state *state = create_state(s, a);

    return state != NULL ? crypto_object_make_term(s, &state->object) : TERM_NONE;
}

static term give_state(struct scheduler *s, struct crypto_work *work)
{
    resource_keep(&work->object->resource);
    return crypto_object_make_term(s, work->object);
}

static term mac_update_state(struct scheduler *s, const term *a)
{
    struct mac_state *state = (struct mac_state *) (void *) crypto_object_of(a[0], &mac_type);
    struct crypto_bytes text;
    struct crypto_work work;

    if (!crypto_get_iodata(s, a[1], &text))
        return CRYPTO_BADARG(s, 1, "Bad text");
    if (text.size > INT_MAX)
        return CRYPTO_BADARG(s, 1, "Too long text");
    if (state == NULL)
        return CRYPTO_BADARG(s, 0, "Bad ref");
    if (state->is_ended)
        return CRYPTO_ERROR(s, "mac update");
    resource_keep(&state->object.resource);
    crypto_work_init(&work, &state->object, &text);
    work.feed = feed_state;
    work.finish = give_state;
    return crypto_work_run(s, a, &work);
}

static term mac_final(struct scheduler *s, const term *a)
{
    struct mac_state *state = (struct mac_state *) (void *) crypto_object_of(a[0], &mac_type);
    term code;

    if (state == NULL)
        return CRYPTO_BADARG(s, 0, "Bad ref");
    if (state->is_ended)
        return CRYPTO_ERROR(s, "Signing");
    code = make_code(s, &state->mac);
    state->is_ended = true;
    mac_wipe(&state->mac);
    return code;
}
#endif
