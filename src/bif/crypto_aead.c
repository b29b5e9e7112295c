/* crypto_aead.c - natives of module crypto: ciphers that authenticate.
**
** A text whose tag is wrong is wiped before the program is told. */
#include "bif/crypto.h"

#if AVM_CRYPTO

#include "bif/bif.h"
#include "crypto/aead.h"

#define AEAD_NATIVES(X)                                                                          \
    X("aead_cipher_nif", 7, aead_cipher, NATIVE_NO_ERROR_INFO)                                   \
    X("aead_cipher_init_nif", 4, aead_init, NATIVE_NO_ERROR_INFO)                                \
    X("aead_cipher_nif", 4, aead_cipher_state, NATIVE_NO_ERROR_INFO)
NATIVE_TABLE(bif_crypto_aead, "crypto", NULL, AEAD_NATIVES)

struct aead_state {
    struct crypto_object object;
    struct aead aead;
    size_t tag_size;
    uint8_t tag[AEAD_TAG_SIZE];     /* that a decryption shall find */
    bool is_open, appends_tag;
};

/* What a program holds from aead_cipher_init on: a key for many messages. */
struct aead_key {
    struct crypto_object object;
    const struct cipher_type *type;
    bool encrypts;
    size_t tag_size;
    uint8_t key[32];
};

static const char aead_type, key_type;

static void close_state(struct crypto_object *object)
{
    struct aead_state *state = (struct aead_state *) (void *) object;

    if (state->is_open)
        aead_close(&state->aead);
}

struct message {
    const struct cipher_type *type;
    struct crypto_bytes key, iv, text, data, tag;
    size_t tag_size;
    bool encrypts;
};

/* ---- the work --------------------------------------------------------------------------------- */

/* The further data, then the text. */
static bool feed_state(struct crypto_work *work, const uint8_t *bytes, size_t size)
{
    struct aead_state *state = (struct aead_state *) (void *) work->object;

    if (work->has_next)
        return aead_update_data(&state->aead, bytes, size);
    if (!aead_update(&state->aead, bytes, size, work->out + work->produced))
        return false;
    work->produced += size;
    return true;
}

static term finish_encryption(struct scheduler *s, struct crypto_work *work)
{
    struct aead_state *state = (struct aead_state *) (void *) work->object;
    uint8_t tag[AEAD_TAG_SIZE];
    term tag_term;

    if (!aead_finish(&state->aead, tag, state->tag_size))
        return CRYPTO_ERROR(s, "Encrypt error");
    if (state->appends_tag) {
        memcpy(work->out + work->produced, tag, state->tag_size);
        return work->result;
    }
    tag_term = bits_make_copy(native_heap(s), tag, state->tag_size);
    return native_result(s, tag_term != TERM_NONE ? native_tuple2(s, work->result, tag_term)
                                                  : TERM_NONE);
}

static term finish_decryption(struct scheduler *s, struct crypto_work *work)
{
    struct aead_state *state = (struct aead_state *) (void *) work->object;
    uint8_t tag[AEAD_TAG_SIZE];
    bool is_right = aead_finish(&state->aead, tag, state->tag_size)
        && aead_tags_equal(tag, state->tag, state->tag_size);

    (void) s;
    mbedtls_platform_zeroize(tag, sizeof tag);      /* which would make a forged text a good one */
    if (is_right)
        return work->result;
    mbedtls_platform_zeroize(work->out, work->produced);
    return ATOM(error);
}

/* NULL after raising. */
static struct aead_state *create_state(struct scheduler *s, const struct message *m)
{
    struct aead_state *state = (struct aead_state *) (void *) crypto_object_create(s, sizeof *state,
        &aead_type);

    if (state == NULL)
        return NULL;
    state->object.close = close_state;
    state->tag_size = m->tag_size;
    if (!m->encrypts)
        memcpy(state->tag, m->tag.bytes, m->tag_size);
    state->is_open = aead_open(&state->aead, m->type, m->key.bytes, m->encrypts);
    if (!state->is_open) {
        crypto_object_drop(&state->object);
        (void) raise_no_memory(s);
        return NULL;
    }
    if (aead_start(&state->aead, m->iv.bytes, m->iv.size, m->data.size, m->text.size,
            m->tag_size))
        return state;
    crypto_object_drop(&state->object);
    (void) CRYPTO_ERROR(s, "Can't set key and iv");
    return NULL;
}

static term run_message(struct scheduler *s, const term *a, const struct message *m, bool appends_tag)
{
    struct aead_state *state = create_state(s, m);
    struct crypto_work work;

    if (state == NULL)
        return TERM_NONE;
    state->appends_tag = appends_tag;
    crypto_work_init(&work, &state->object, &m->data);
    work.next = m->text;
    work.has_next = true;
    work.result = bits_make_binary(native_heap(s),
        m->text.size + (appends_tag && m->encrypts ? m->tag_size : 0), &work.out);
    if (work.result == TERM_NONE) {
        crypto_object_drop(&state->object);
        return raise_no_memory(s);
    }
    work.feed = feed_state;
    work.finish = m->encrypts ? finish_encryption : finish_decryption;
    return crypto_work_run(s, a, &work);
}

/* ---- arguments --------------------------------------------------------------------------------- */

/* error when a decryption cannot succeed, ok, or TERM_NONE after raising. */
static term check_message(struct scheduler *s, const struct message *m)
{
    if (!aead_iv_fits(m->type, m->iv.size))
        return CRYPTO_BADARG(s, 2, "Bad IV length");
    if (!aead_tag_fits(m->type, m->tag_size)) {
        if (m->type->mode == CIPHER_CCM)
            return CRYPTO_BADARG(s, 5, "Can't set tag");
        return m->encrypts ? CRYPTO_ERROR(s, "Can't get Tag") : ATOM(error);
    }
    if (m->text.size > aead_text_limit(m->type, m->iv.size))
        return m->encrypts ? CRYPTO_BADARG(s, 3, "Can't set in-text") : ATOM(error);
    return ATOM(ok);
}

static term find_type(struct scheduler *s, term t, size_t key_size, const struct cipher_type **type)
{
    char name[CRYPTO_NAME_SIZE];

    crypto_get_name(s, t, name);
    *type = cipher_find(name, key_size);
    if (*type == NULL)
        return CRYPTO_BADARG(s, 0, "Unknown cipher or invalid key size");
    if (!(*type)->is_aead)
        return CRYPTO_BADARG(s, 0, "Not aead cipher");
    if ((*type)->key_size != key_size)
        return CRYPTO_BADARG(s, 0, "Unknown cipher or invalid key size");
    return ATOM(ok);
}

static term read_texts(struct scheduler *s, const term *a, struct message *m)
{
    if (!term_is_atom(a[0]))
        return CRYPTO_BADARG(s, 0, "non-atom cipher type");
    if (!crypto_get_iodata(s, a[1], &m->key))
        return CRYPTO_BADARG(s, 1, "non-binary key");
    if (!crypto_get_iodata(s, a[2], &m->iv))
        return CRYPTO_BADARG(s, 2, "non-binary iv");
    if (!crypto_get_iodata(s, a[3], &m->text))
        return CRYPTO_BADARG(s, 3, "non-binary text");
    if (!crypto_get_iodata(s, a[4], &m->data))
        return CRYPTO_BADARG(s, 4, "non-binary AAD");
    return ATOM(ok);
}

static term read_tag(struct scheduler *s, term t, struct message *m)
{
    uint64_t size;

    if (m->encrypts) {
        if (!integer_get_uint64(t, &size) || size > UINT32_MAX)
            return CRYPTO_BADARG(s, 5, "Bad Tag length");
        m->tag_size = (size_t) size;
        return ATOM(ok);
    }
    if (!crypto_get_iodata(s, t, &m->tag))
        return CRYPTO_BADARG(s, 5, "non-binary Tag");
    m->tag_size = m->tag.size;
    return ATOM(ok);
}

/* a: cipher, key, iv, text, further data, tag or its size, whether to encrypt. */
CRYPTO_ALLOCATES(aead_cipher)
{
    struct message m;
    term checked;

    if (a[6] != ATOM(true) && a[6] != ATOM(false))
        return CRYPTO_BADARG(s, 6, "Bad enc flag");
    m.encrypts = a[6] == ATOM(true);
    if (read_texts(s, a, &m) == TERM_NONE || read_tag(s, a[5], &m) == TERM_NONE)
        return TERM_NONE;
    if (m.tag_size > INT_MAX || m.key.size > INT_MAX || m.iv.size > INT_MAX || m.text.size > INT_MAX
        || m.data.size > INT_MAX)
        return CRYPTO_BADARG(s, 5, "binary too long");
    if (find_type(s, a[0], m.key.size, &m.type) == TERM_NONE)
        return TERM_NONE;
    checked = check_message(s, &m);
    return checked == ATOM(ok) ? run_message(s, a, &m, false) : checked;
}

/* ---- a key for many messages (crypto of OTP 28 on) ---------------------------------------------- */

/* a: cipher, key, size of the tag, whether to encrypt. */
static term aead_init(struct scheduler *s, const term *a)
{
    const struct cipher_type *type;
    struct crypto_bytes bytes;
    struct aead_key *key;
    uint64_t tag_size;

    if (a[3] != ATOM(true) && a[3] != ATOM(false))
        return CRYPTO_BADARG(s, 3, "Bad enc flag");
    if (!term_is_atom(a[0]))
        return CRYPTO_BADARG(s, 0, "non-atom cipher type");
    if (!crypto_get_iodata(s, a[1], &bytes))
        return CRYPTO_BADARG(s, 1, "non-binary key");
    if (find_type(s, a[0], bytes.size, &type) == TERM_NONE)
        return TERM_NONE;
    if (!integer_get_uint64(a[2], &tag_size) || !aead_tag_fits(type, (size_t) tag_size))
        return CRYPTO_BADARG(s, 2, "Bad Tag length");
    key = (struct aead_key *) (void *) crypto_object_create(s, sizeof *key, &key_type);
    if (key == NULL)
        return TERM_NONE;
    key->type = type;
    key->encrypts = a[3] == ATOM(true);
    key->tag_size = (size_t) tag_size;
    memcpy(key->key, bytes.bytes, bytes.size);
    return crypto_object_make_term(s, &key->object);
}

/* a: key, iv, text (with its tag behind it, to be decrypted), further data. */
CRYPTO_ALLOCATES(aead_cipher_state)
{
    struct aead_key *key = (struct aead_key *) (void *) crypto_object_of(a[0], &key_type);
    struct message m;
    term checked;

    if (key == NULL)
        return CRYPTO_BADARG(s, 0, "Bad State");
    if (!crypto_get_iodata(s, a[1], &m.iv))
        return CRYPTO_BADARG(s, 1, "non-binary iv");
    if (!crypto_get_iodata(s, a[2], &m.text))
        return CRYPTO_BADARG(s, 2, "non-binary text");
    if (!crypto_get_iodata(s, a[3], &m.data))
        return CRYPTO_BADARG(s, 3, "non-binary AAD");
    m.type = key->type;
    m.encrypts = key->encrypts;
    m.tag_size = key->tag_size;
    m.key.bytes = key->key;
    m.key.size = key->type->key_size;
    if (!m.encrypts) {
        if (m.text.size < m.tag_size)
            return ATOM(error);
        m.text.size -= m.tag_size;
        m.tag.bytes = m.text.bytes + m.text.size;
        m.tag.size = m.tag_size;
    }
    checked = check_message(s, &m);
    return checked == ATOM(ok) ? run_message(s, a, &m, true) : checked;
}
#endif
