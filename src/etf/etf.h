/* etf.h - the external term format: terms to bytes and back, iterative both ways.
**
** Decoding survives any bytes. Always: the words it allocates are at most a small multiple of the
** bytes given, since every term still expected must have a byte of its own left in the input. */
#ifndef AVM_ETF_ETF_H
#define AVM_ETF_ETF_H

#include "atom/atom.h"
#include "base/vector.h"
#include "data/fun.h"
#include "heap/heap.h"

enum etf_status { ETF_OK, ETF_BAD_ARGUMENT, ETF_SYSTEM_LIMIT, ETF_NO_MEMORY };

#define ETF_VERSION 131

/* What terms need from the node they are decoded for or encoded on. A callback that is NULL makes
** its kind of term a bad argument. */
struct etf_context {
    struct memory *memory;
    struct atom_table *atoms;
    term node;                      /* pids, ports and references of this node and creation are */
    uint32_t creation;              /* local ones; creation 0 in the bytes fits any */
    term self;                      /* the pid written as a fun's maker; TERM_NONE: the zeroth */
    const term *atom_cache;         /* atoms that ATOM_CACHE_REF names (distribution); NULL: none */
    size_t atom_cache_count;
    void *user;                     /* of the callbacks */
    /* The export of an MFA; NULL without memory. */
    struct export *(*find_export)(void *user, term module, term function, uint32_t arity);
    /* The entry of a local fun; NULL without memory. */
    struct fun_entry *(*find_fun)(void *user, const struct fun_identity *identity);
    /* The reference of this node with that id, as an alias or resource if it is one; TERM_NONE
    ** without memory. NULL: a plain reference is made. */
    term (*make_reference)(void *user, struct heap *heap, uint64_t id);
};

enum etf_decode_flags {
    ETF_SAFE = 1,                   /* makes no atom, no export and no fun entry */
    ETF_NO_VERSION = 2              /* the bytes begin with the term's tag */
};

/* Decodes the term at the start of bytes; *used (may be NULL) is how many bytes it took. On failure
** the heap may hold rubbish that no term points to. */
enum etf_status etf_decode(const struct etf_context *context, const uint8_t *bytes, size_t size,
    unsigned flags, struct heap *heap, term *result, size_t *used);

/* Bytes of the term when it is not compressed, as far as they can be believed. */
size_t etf_plain_size(const uint8_t *bytes, size_t size);

/* A decoding in slices: bytes stay where they are until it is destroyed; the term grows on a heap
** of its own. */
struct etf_decoding;
enum etf_status etf_decoding_create(const struct etf_context *context, const uint8_t *bytes,
    size_t size, unsigned flags, struct heap_shared *shared, struct etf_decoding **decoding);
/* Reads about budget terms, or 64 bytes for one. True when there is no more to do. */
bool etf_decoding_run(struct etf_decoding *decoding, size_t budget);
/* Once, after that: moves the term to heap. */
enum etf_status etf_decoding_finish(struct etf_decoding *decoding, struct heap *heap, term *result,
    size_t *used);
void etf_decoding_destroy(struct etf_decoding *decoding);

struct etf_options {
    unsigned minor_version;         /* 0: floats as text; 1; 2: all atoms as UTF-8 */
    bool deterministic;             /* keys of large maps in term order */
    int compression;                /* zlib's level; 0: none, -1: zlib's default */
    bool no_version;                /* leave the leading ETF_VERSION out */
};
#define ETF_OPTIONS_DEFAULT ((struct etf_options) { 1, false, 0, false })

/* Appends term to out. A term that compression makes no smaller is written as it is. */
enum etf_status etf_encode(const struct etf_context *context, term t,
    const struct etf_options *options, struct byte_buffer *out);
/* Bytes that etf_encode would write without compression. */
enum etf_status etf_external_size(const struct etf_context *context, term t,
    const struct etf_options *options, size_t *size);

/* An encoding in slices: the term stays where it is until it is ended. Its bytes may be copied elsewhere
** between two calls. */
struct etf_encoding {
    struct etf_context context;
    struct etf_options options;
    bool counts;                    /* writes nothing, only counts */
    struct byte_buffer out;
    size_t size;                    /* written or counted */
    struct etf_frame *frames;       /* encode.c: what is still to be written */
    size_t frame_count, frame_capacity;
    enum etf_status status;
    struct etf_packing *packing;    /* encode_whole.c: what is being compressed */
};
void etf_encoding_init(struct etf_encoding *encoding, const struct etf_context *context, term t,
    const struct etf_options *options, bool counts);
/* True when there is no more to do: status, then out or size. *budget: terms, or bytes to compress; what
** is left of it. */
bool etf_encoding_run(struct etf_encoding *encoding, size_t *budget);
void etf_encoding_deinit(struct etf_encoding *encoding);

#endif
