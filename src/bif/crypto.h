/* crypto.h - what the natives of module crypto share: reading arguments, raising as crypto.erl wants it,
** work on many bytes in slices, objects behind references.
**
** The arithmetic is in src/crypto, which knows no terms. Always: whatever held a key, a state or a text
** is wiped before its memory goes back; bytes in binaries are the program's own business. */
#ifndef AVM_BIF_CRYPTO_H
#define AVM_BIF_CRYPTO_H

#include "bif/job.h"

#if AVM_CRYPTO

#include "crypto/curve.h"
#include "crypto/digest.h"
#include "data/bits.h"
#include "proc/dirty.h"

/* The flags of natives that compute with keys, whose heavy part is a call of CRYPTO_OUTSIDE: others use the
** VM meanwhile. It touches bytes of arguments and its own state; random bytes come in for themselves. */
#define CRYPTO_HEAVY (NATIVE_NO_ERROR_INFO | NATIVE_DIRTY_CPU)
#define CRYPTO_OUTSIDE(s, call) (dirty_step_out(s), crypto_back(s, call))
static inline enum number_status crypto_back(struct scheduler *s, enum number_status status)
{
    dirty_step_in(s);
    return status;
}

/* ---- raising: {Class, #{c_file_name, c_file_line_num, c_function_arg_num}, Text} ------------- */

/* argument from 0, -1: none. */
term crypto_raise(struct scheduler *s, term class, int argument, const char *text, const char *file,
    int line);
#define CRYPTO_BADARG(s, argument, text)                                                         \
    crypto_raise(s, ATOM(badarg), argument, text, __FILE__, __LINE__)
#define CRYPTO_NOTSUP(s, argument, text)                                                         \
    crypto_raise(s, ATOM(notsup), argument, text, __FILE__, __LINE__)
#define CRYPTO_ERROR(s, text) crypto_raise(s, ATOM(error), -1, text, __FILE__, __LINE__)
#define CRYPTO_ERROR_N(s, argument, text)                                                        \
    crypto_raise(s, ATOM(error), argument, text, __FILE__, __LINE__)

/* ---- arguments ------------------------------------------------------------------------------- */

#define CRYPTO_NAME_SIZE 32

/* The text of an atom that could be a name here; "" for any other term. */
void crypto_get_name(struct scheduler *s, term t, char name[CRYPTO_NAME_SIZE]);
bool crypto_is(struct scheduler *s, term t, const char *name);
/* A binary, or iodata, as one run of bytes, good until the next collection. False: it is none
** (or there is no memory for it). */
bool crypto_get_iodata(struct scheduler *s, term t, struct crypto_bytes *bytes);
bool crypto_get_binary(struct scheduler *s, term t, struct crypto_bytes *bytes);

term crypto_make_atom(struct scheduler *s, const char *name);           /* TERM_NONE without memory */
term crypto_make_text(struct scheduler *s, const char *text);           /* a list of characters */
/* Puts name => value into *map, made when it is TERM_NONE; false without memory. value may be TERM_NONE,
** which fails. */
bool crypto_put(struct scheduler *s, term *map, const char *name, term value);

/* state is the scheduler. */
crypto_random_fn crypto_random;

/* The body of a native, or of its next slice, in which Mbed TLS may allocate: from the VM, where its host
** has seen to it (crypto/scratch.h). */
#define CRYPTO_ALLOCATES(name)                                                                   \
    static native_fn name##_inside;                                                              \
    static term name(struct scheduler *s, const term *a)                                         \
    {                                                                                            \
        return crypto_call(s, a, name##_inside);                                                 \
    }                                                                                            \
    static term name##_inside(struct scheduler *s, const term *a)
term crypto_call(struct scheduler *s, const term *a, native_fn *body);

/* ---- objects behind references ------------------------------------------------------------------ */

/* The first member of one. Memory: MEMORY_RESOURCE, all of it wiped when it goes. */
struct crypto_object {
    struct resource resource;
    struct memory *memory;
    size_t size;
    bool is_busy;                                   /* a work that changes it is under way */
    void (*close)(struct crypto_object *object);    /* what it holds beside its own memory; may be NULL */
};

/* One of size bytes, all 0 behind the head, held by the caller once; NULL after raising. */
struct crypto_object *crypto_object_create(struct scheduler *s, size_t size, const void *type);
/* Its reference; the caller's hold goes. */
term crypto_object_make_term(struct scheduler *s, struct crypto_object *object);
void crypto_object_drop(struct crypto_object *object);
/* NULL: t is no such object, or another process is in the middle of changing it. */
struct crypto_object *crypto_object_of(term t, const void *type);

/* ---- curves --------------------------------------------------------------------------------------- */

/* What crypto.erl makes of a curve: {Parameters, Name}. */
struct crypto_curve {
    const struct curve_type *type;
    struct curve_parameters parameters;
    size_t order_size;                  /* bytes as given; a private key has as many */
};
/* ok, notsup: a curve that is not here, or TERM_NONE after raising. */
term crypto_get_curve(struct scheduler *s, term t, struct crypto_curve *curve);

/* ---- many bytes, in slices ---------------------------------------------------------------------- */

/* Its state between slices; what it works on is an object, so that it stays at its place. */
struct crypto_work {
    struct native_job job;              /* first */
    struct crypto_object *object;       /* one hold is the work's */
    struct crypto_bytes in;
    size_t done;                        /* of in */
    struct crypto_bytes next;           /* what in becomes, once that was fed */
    bool has_next;
    const term *arguments;              /* of the native, while finish runs */
    uint8_t *out;                       /* in result; NULL: none is made */
    size_t produced;
    term result;
    /* Feeds size bytes, a multiple of 64 unless they are the last. False: the library failed. */
    bool (*feed)(struct crypto_work *work, const uint8_t *bytes, size_t size);
    term (*finish)(struct scheduler *s, struct crypto_work *work);
};

/* Takes the hold of object. in lies in arguments of the native or on its heap. */
void crypto_work_init(struct crypto_work *work, struct crypto_object *object,
    const struct crypto_bytes *in);
/* What a call that fails has made so far. */
void crypto_work_wipe_output(struct crypto_work *work);
/* Ends the native, or goes on in its next slice. a: the arguments of the native. */
term crypto_work_run(struct scheduler *s, const term *a, struct crypto_work *work);

#endif
#endif
