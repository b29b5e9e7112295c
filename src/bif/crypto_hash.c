/* crypto_hash.c - natives of module crypto: hash functions, and what is made of them alone.
**
** A state of a hash behind a reference never changes: an update gives a new one. */
#include "bif/crypto.h"

#if AVM_CRYPTO

#include "bif/bif.h"
#include "crypto/mac.h"

#define HASH_NATIVES(X)                                                                          \
    X("hash_info", 1, hash_info,     NATIVE_NO_ERROR_INFO)                                       \
    X("hash_nif", 2, hash_bytes, NATIVE_NO_ERROR_INFO)                                           \
    X("hash_init_nif", 1, hash_init, NATIVE_NO_ERROR_INFO)                                       \
    X("hash_update_nif", 2, hash_update, NATIVE_NO_ERROR_INFO)                                   \
    X("hash_final_nif", 1, hash_final, NATIVE_NO_ERROR_INFO)                                     \
    X("hash_final_xof_nif", 2, hash_final_xof, NATIVE_NO_ERROR_INFO)                             \
    X("hash_equals_nif", 2, hash_equals, NATIVE_NO_ERROR_INFO)                                   \
    X("do_exor", 2, hash_exor, NATIVE_NO_ERROR_INFO)                                             \
    X("pbkdf2_hmac_nif", 5, hash_pbkdf2, NATIVE_NO_ERROR_INFO)                                   \
    X("hash_algorithms", 0, hash_algorithms, NATIVE_NO_ERROR_INFO)
NATIVE_TABLE(bif_crypto_hash, "crypto", NULL, HASH_NATIVES)

#define PASSES_A_REDUCTION 4

struct hash_state {
    struct crypto_object object;
    struct digest digest;
};

static const char hash_type;

static const struct digest_type *digest_of(struct scheduler *s, term t)
{
    char name[CRYPTO_NAME_SIZE];

    crypto_get_name(s, t, name);
    return digest_find(name);
}

static struct hash_state *state_of(term t)
{
    return (struct hash_state *) (void *) crypto_object_of(t, &hash_type);
}

static struct hash_state *create_state(struct scheduler *s)
{
    return (struct hash_state *) (void *) crypto_object_create(s, sizeof(struct hash_state),
        &hash_type);
}

static term hash_algorithms(struct scheduler *s, const term *a)
{
    const struct digest_type *type;
    term list = TERM_NIL;

    (void) a;
    for (type = digest_types; type->name != NULL && list != TERM_NONE; type++) {
        if (digest_is_there(type)) {
            term name = crypto_make_atom(s, type->name);

            list = name != TERM_NONE ? native_cons(s, name, list) : TERM_NONE;
        }
    }
    return native_result(s, list);
}

static term hash_info(struct scheduler *s, const term *a)
{
    const struct digest_type *type = digest_of(s, a[0]);
    term map = TERM_NONE;

    if (type == NULL)
        return raise_badarg(s);
    if (!digest_is_there(type))
        return ATOM(notsup);
    return crypto_put(s, &map, "type", term_make_small(type->number))
            && crypto_put(s, &map, "size", term_make_small(type->size))
            && crypto_put(s, &map, "block_size", term_make_small(type->block_size))
        ? map
        : raise_no_memory(s);
}

static term make_digest(struct scheduler *s, struct digest *digest)
{
    uint8_t out[DIGEST_MAX_SIZE];
    size_t size = digest->type->size;
    term result;

    if (!digest_finish(digest, out))
        return CRYPTO_ERROR(s, "Low-level call failed");
    result = native_result(s, bits_make_copy(native_heap(s), out, size));
    mbedtls_platform_zeroize(out, sizeof out);
    return result;
}

static bool feed_state(struct crypto_work *work, const uint8_t *bytes, size_t size)
{
    return digest_update(&((struct hash_state *) (void *) work->object)->digest, bytes, size);
}

static term finish_state(struct scheduler *s, struct crypto_work *work)
{
    return make_digest(s, &((struct hash_state *) (void *) work->object)->digest);
}

static term give_state(struct scheduler *s, struct crypto_work *work)
{
    resource_keep(&work->object->resource);
    return crypto_object_make_term(s, work->object);
}

/* A state that begins, which goes on with bytes. */
static term run_state(struct scheduler *s, const term *a, struct hash_state *state,
    const struct crypto_bytes *bytes, term (*finish)(struct scheduler *, struct crypto_work *))
{
    struct crypto_work work;

    crypto_work_init(&work, &state->object, bytes);
    work.feed = feed_state;
    work.finish = finish;
    return crypto_work_run(s, a, &work);
}

static term hash_bytes(struct scheduler *s, const term *a)
{
    const struct digest_type *type = digest_of(s, a[0]);
    struct crypto_bytes bytes;
    struct hash_state *state;

    if (type == NULL)
        return CRYPTO_BADARG(s, 0, "Bad digest type");
    if (!digest_is_there(type))
        return CRYPTO_NOTSUP(s, 0, "Digest type not supported in this cryptolib");
    if (!crypto_get_iodata(s, a[1], &bytes))
        return CRYPTO_BADARG(s, 1, "Not iolist");
    state = create_state(s);
    if (state == NULL)
        return TERM_NONE;
    if (!digest_start(&state->digest, type)) {
        crypto_object_drop(&state->object);
        return CRYPTO_ERROR(s, "Low-level call failed");
    }
    return run_state(s, a, state, &bytes, finish_state);
}

static term hash_init(struct scheduler *s, const term *a)
{
    const struct digest_type *type = digest_of(s, a[0]);
    struct hash_state *state;

    if (type == NULL)
        return CRYPTO_BADARG(s, 0, "Bad digest type");
    if (!digest_is_there(type))
        return CRYPTO_NOTSUP(s, 0, "Unsupported digest type");
    state = create_state(s);
    if (state == NULL)
        return TERM_NONE;
    if (digest_start(&state->digest, type))
        return crypto_object_make_term(s, &state->object);
    crypto_object_drop(&state->object);
    return CRYPTO_ERROR(s, "Low-level call EVP_DigestInit failed");
}

static term hash_update(struct scheduler *s, const term *a)
{
    struct hash_state *old = state_of(a[0]), *state;
    struct crypto_bytes bytes;

    if (old == NULL)
        return CRYPTO_BADARG(s, 0, "Bad state");
    if (!crypto_get_iodata(s, a[1], &bytes))
        return CRYPTO_BADARG(s, 1, "Not iolist");
    state = create_state(s);
    if (state == NULL)
        return TERM_NONE;
    state->digest = old->digest;
    return run_state(s, a, state, &bytes, give_state);
}

static term hash_final(struct scheduler *s, const term *a)
{
    struct hash_state *state = state_of(a[0]);
    struct digest digest;
    term result;

    if (state == NULL)
        return CRYPTO_BADARG(s, 0, "Bad state");
    digest = state->digest;
    result = make_digest(s, &digest);
    digest_wipe(&digest);
    return result;
}

/* Mbed TLS has no function with an output of any length, so no state can be one of those. */
static term hash_final_xof(struct scheduler *s, const term *a)
{
    return state_of(a[0]) == NULL ? CRYPTO_BADARG(s, 0, "Bad state")
                                  : CRYPTO_BADARG(s, 0, "The digest is not of XOF type");
}

/* ---- comparing and combining bytes ----------------------------------------------------------- */

/* In a time that depends on the size alone. */
static term hash_equals(struct scheduler *s, const term *a)
{
    struct crypto_bytes x, y;
    uint8_t difference = 0;
    size_t i;

    if (!crypto_get_binary(s, a[0], &x) || !crypto_get_binary(s, a[1], &y) || x.size != y.size)
        return raise_badarg(s);
    for (i = 0; i < x.size; i++)
        difference |= x.bytes[i] ^ y.bytes[i];
    native_charge(s, x.size / 256);
    return native_boolean(difference == 0);
}

static term hash_exor(struct scheduler *s, const term *a)
{
    struct crypto_bytes x, y;
    uint8_t *out;
    size_t i;
    term result;

    if (!crypto_get_iodata(s, a[0], &x) || !crypto_get_iodata(s, a[1], &y) || x.size != y.size)
        return raise_badarg(s);
    result = bits_make_binary(native_heap(s), x.size, &out);
    if (result == TERM_NONE)
        return raise_no_memory(s);
    for (i = 0; i < x.size; i++)
        out[i] = x.bytes[i] ^ y.bytes[i];
    native_charge(s, x.size / 256);
    return result;
}

/* ---- keys of passwords (RFC 8018, 5.2) ------------------------------------------------------- */

struct pbkdf2 {
    struct crypto_object object;
    struct hmac key;
    uint64_t passes, pass;              /* of the block under way; 0: it has not begun */
    size_t salt_size;
    uint8_t last[DIGEST_MAX_SIZE], sum[DIGEST_MAX_SIZE];
};

static const char pbkdf2_type;

static bool hmac_of(const struct hmac *key, const uint8_t *bytes, size_t size, uint32_t block,
    uint8_t *out)
{
    uint8_t count[4] = { (uint8_t) (block >> 24), (uint8_t) (block >> 16), (uint8_t) (block >> 8),
        (uint8_t) block };
    uint8_t inner[DIGEST_MAX_SIZE];
    struct hmac hmac = *key;
    bool done = digest_update(&hmac.inner, bytes, size)
        && (block == 0 || digest_update(&hmac.inner, count, sizeof count))
        && digest_finish(&hmac.inner, inner)
        && digest_update(&hmac.outer, inner, key->outer.type->size)
        && digest_finish(&hmac.outer, out);

    mbedtls_platform_zeroize(inner, sizeof inner);
    mbedtls_platform_zeroize(&hmac, sizeof hmac);
    return done;
}

/* One pass over the block that work->produced begins. */
static bool pbkdf2_pass(struct crypto_work *work, struct pbkdf2 *p)
{
    size_t i, size = p->key.outer.type->size;
    bool done = p->pass == 0
        ? hmac_of(&p->key, work->in.bytes, work->in.size,
              (uint32_t) (work->produced / size + 1), p->last)
        : hmac_of(&p->key, p->last, size, 0, p->last);

    if (p->pass++ == 0)
        memset(p->sum, 0, sizeof p->sum);
    for (i = 0; i < size; i++)
        p->sum[i] ^= p->last[i];
    return done;
}

/* Whether all that was asked for has been produced. */
static bool pbkdf2_end_block(struct crypto_work *work, struct pbkdf2 *p, size_t wanted)
{
    size_t size = p->key.outer.type->size;

    if (p->pass < p->passes)
        return false;
    size = wanted - work->produced < size ? wanted - work->produced : size;
    memcpy(work->out + work->produced, p->sum, size);
    work->produced += size;
    p->pass = 0;
    return work->produced == wanted;
}

static term run_pbkdf2(struct scheduler *s, const term *a, struct crypto_work *work);

static term go_on_pbkdf2(struct scheduler *s, const term *a)
{
    return run_pbkdf2(s, a, (struct crypto_work *) (void *) native_job_of(s, a));
}

static term end_pbkdf2(struct scheduler *s, struct crypto_work *work, bool done)
{
    term result = done ? work->result : CRYPTO_ERROR(s, "Low-level call failed");

    if (!done)
        crypto_work_wipe_output(work);
    native_job_end(&work->job);
    return result;
}

static term run_pbkdf2(struct scheduler *s, const term *a, struct crypto_work *work)
{
    struct pbkdf2 *p = (struct pbkdf2 *) (void *) work->object;
    size_t wanted = work->done, left = native_job_budget(s, PASSES_A_REDUCTION);
    struct crypto_work *kept = work;

    for (; left > 0; left--) {
        if (!pbkdf2_pass(work, p))
            return end_pbkdf2(s, work, false);
        if (left % PASSES_A_REDUCTION == 0)
            native_charge(s, 1);
        if (pbkdf2_end_block(work, p, wanted))
            return end_pbkdf2(s, work, true);
    }
    if (work->job.size == 0) {
        kept = (struct crypto_work *) (void *) native_job_keep(s, &work->job, sizeof *work);
        if (kept == NULL) {
            crypto_work_wipe_output(work);
            return TERM_NONE;
        }
    }
    return native_job_yield(s, go_on_pbkdf2, a, &kept->job);
}

static term start_pbkdf2(struct scheduler *s, const term *a, const struct digest_type *type,
    const struct crypto_bytes *password, const struct crypto_bytes *salt, uint64_t passes, size_t size)
{
    struct pbkdf2 *p = (struct pbkdf2 *) (void *) crypto_object_create(s, sizeof *p, &pbkdf2_type);
    struct crypto_work work;

    if (p == NULL)
        return TERM_NONE;
    crypto_work_init(&work, &p->object, salt);
    p->passes = passes;
    work.done = size;
    work.result = bits_make_binary(native_heap(s), size, &work.out);
    if (work.result == TERM_NONE) {
        crypto_object_drop(&p->object);
        return raise_no_memory(s);
    }
    if (!hmac_start(&p->key, type, password->bytes, password->size))
        return end_pbkdf2(s, &work, false);
    return run_pbkdf2(s, a, &work);
}

static term hash_pbkdf2(struct scheduler *s, const term *a)
{
    const struct digest_type *type = digest_of(s, a[0]);
    struct crypto_bytes password, salt;
    uint64_t passes, size;

    if (type == NULL)
        return CRYPTO_BADARG(s, 0, "Bad digest type");
    if (!digest_is_there(type))
        return CRYPTO_BADARG(s, 0, "md.p is not NULL");
    if (!type->for_pbkdf2)
        return CRYPTO_BADARG(s, 0, "Not eligible digest type");
    if (!crypto_get_binary(s, a[1], &password))
        return CRYPTO_BADARG(s, 1, "Not binary");
    if (!crypto_get_binary(s, a[2], &salt))
        return CRYPTO_BADARG(s, 2, "Not binary");
    if (!integer_get_uint64(a[3], &passes))
        return CRYPTO_BADARG(s, 3, "Not integer");
    if (passes < 1)
        return CRYPTO_BADARG(s, 3, "Must be > 0");
    if (!integer_get_uint64(a[4], &size))
        return CRYPTO_BADARG(s, 4, "Not integer");
    if (size < 1)
        return CRYPTO_BADARG(s, 4, "Must be > 0");
    if (size > SIZE_MAX / 16)
        return CRYPTO_ERROR(s, "Can't allocate binary");
    return start_pbkdf2(s, a, type, &password, &salt, passes, (size_t) size);
}
#endif
