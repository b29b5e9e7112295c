/* bits.h - bitstrings of any bit length: making, appending in place, matching, copying bits.
** Offsets and sizes are in bits unless said otherwise. */
#ifndef AVM_DATA_BITS_H
#define AVM_DATA_BITS_H

#include "data/status.h"
#include "heap/heap.h"

struct bits_view {              /* borrowed from a bitstring until the next collection */
    uint8_t *base;
    size_t offset;              /* of the first bit from base */
    size_t size;
};
bool bits_get_view(term t, struct bits_view *view);         /* false: no bitstring */

/* Bit copying, any offsets; ranges do not overlap. */
void bits_copy(uint8_t *to, size_t to_offset, const uint8_t *from, size_t from_offset, size_t size);
int bits_compare(const uint8_t *a, size_t a_offset, const uint8_t *b, size_t b_offset, size_t size);
/* Byte at a bit offset (8 bits, unaligned). */
static inline uint8_t bits_byte_at(const uint8_t *base, size_t offset)
{
    unsigned shift = offset & 7;
    const uint8_t *at = base + (offset >> 3);

    return shift == 0 ? at[0] : (uint8_t) (at[0] << shift | at[1] >> (8 - shift));
}

/* ---- making ---- */
/* A binary of size bytes; *bytes points to its contents, to be filled by the caller at once. On the
** heap up to HEAP_BITS_MAX_BYTES, else off the heap. TERM_NONE without memory. */
term bits_make_binary(struct heap *heap, size_t size, uint8_t **bytes);
term bits_make_bitstring(struct heap *heap, size_t bit_size, uint8_t **bytes);
term bits_make_copy(struct heap *heap, const void *bytes, size_t size);     /* a binary */
/* A binary of size bytes from offset of binary, which it keeps (small ones are copied). */
term bits_make_shared(struct heap *heap, struct offheap_binary *binary, size_t offset, size_t size);
/* A part of a bitstring, sharing its bytes (copied when small is cheaper). */
term bits_make_sub(struct heap *heap, term bitstring, size_t offset, size_t size);
/* Borrows a binary's bytes, byte aligned: where they are, or copied into *scratch (freed by the
** caller with memory_free(MEMORY_OTHER, *scratch, *size)) when the term is not byte aligned. False:
** no binary (DATA_BAD_ARGUMENT) or no memory: *status says. */
bool bits_get_bytes(struct memory *memory, term binary, const uint8_t **bytes, size_t *size,
    uint8_t **scratch, enum data_status *status);

/* ---- construction (bs_create_bin, bs_init, bs_append) ---- */
struct bits_builder {
    uint8_t *base;
    size_t offset;              /* where the next segment goes */
    term result;                /* the bitstring being made, complete in size from the start */
};
/* New bitstring of size bits, builder at its start. */
enum data_status bits_build_init(struct heap *heap, size_t size, struct bits_builder *builder);
/* Makes the next size bits 0: for a result that bytecode can see before it is filled. */
void bits_build_clear(struct bits_builder *builder, size_t size);
/* As the source followed by extra new bits: in place when the source ends where its off-heap binary
** is used to (amortised doubling), else into a new one with room to grow. unit: the source's size
** must be divisible by it. */
enum data_status bits_build_append(struct heap *heap, term source, size_t extra, size_t unit,
    struct bits_builder *builder);
/* bs_init_writable: an empty binary with room for size bytes. */
term bits_make_writable(struct heap *heap, size_t size);
enum bits_flags { BITS_LITTLE = 1, BITS_SIGNED = 2, BITS_NATIVE = 4 };
/* Each writes size bits at the builder and moves it; false: wrong type. */
bool bits_put_integer(struct bits_builder *builder, term value, size_t size, unsigned flags);
/* The low size (1..64) bits of word, most significant first. */
void bits_put_word(struct bits_builder *builder, uint64_t word, unsigned size);
bool bits_put_float(struct bits_builder *builder, term value, size_t size, unsigned flags);
bool bits_put_bits(struct bits_builder *builder, term source, size_t size);    /* first size bits */
void bits_put_bytes(struct bits_builder *builder, const uint8_t *bytes, size_t size);
/* Size in bits (0: not a code point) and writing. */
size_t bits_utf8_size(term point);
size_t bits_utf16_size(term point);
void bits_put_utf8(struct bits_builder *builder, term point);
void bits_put_utf16(struct bits_builder *builder, term point, unsigned flags);
void bits_put_utf32(struct bits_builder *builder, term point, unsigned flags);

/* ---- matching: reads at offset of a MATCH's base; caller has checked the range ---- */
enum data_status bits_read_integer(struct heap *heap, const uint8_t *base, size_t offset,
    size_t size, unsigned flags, term *result);
/* size 16, 32 or 64; false: other size, or not a finite number. */
bool bits_read_float(const uint8_t *base, size_t offset, size_t size, unsigned flags,
    double *value);
/* Bits used by the code point at offset within available bits; 0: none there. */
size_t bits_read_utf8(const uint8_t *base, size_t offset, size_t available, uint32_t *point);
size_t bits_read_utf16(const uint8_t *base, size_t offset, size_t available, unsigned flags,
    uint32_t *point);
size_t bits_read_utf32(const uint8_t *base, size_t offset, size_t available, unsigned flags,
    uint32_t *point);

/* ---- iodata ---- */
/* What iodata holds, one after the other, without laying it flat. */
struct bits_walk {
    struct word_stack rests;    /* lists still to be walked */
    term next;                  /* list, tail or bitstring to look at; TERM_NONE: take a rest */
    bool only_bytes;            /* every bitstring must be whole bytes */
};
enum bits_walk_item { BITS_WALK_BYTE, BITS_WALK_BITS, BITS_WALK_END, BITS_WALK_BAD,
    BITS_WALK_NO_MEMORY };
void bits_walk_init(struct bits_walk *walk, struct memory *memory, term iodata, bool only_bytes);
/* The next byte (a small) or bitstring, in *item; the other results end the walk. */
enum bits_walk_item bits_walk_next(struct bits_walk *walk, term *item);
void bits_walk_deinit(struct bits_walk *walk);

/* The same as one stream of bits that can stop anywhere. First it is measured, then, begun anew, fed. */
enum bits_flow_state { BITS_FLOW_MORE = BITS_WALK_BITS, BITS_FLOW_END, BITS_FLOW_BAD,
    BITS_FLOW_NO_MEMORY, BITS_FLOW_LIMIT };
struct bits_flow {
    struct bits_walk walk;
    size_t total;               /* bits measured, or fed */
    struct bits_view left;      /* of the bitstring that is being fed */
};
typedef void bits_flow_fn(void *user, const uint8_t *base, size_t offset, size_t bits);
void bits_flow_init(struct bits_flow *flow, struct memory *memory, term iodata, bool only_bytes);
void bits_flow_deinit(struct bits_flow *flow);
/* budget: elements. BITS_FLOW_MORE: call it again. */
enum bits_flow_state bits_flow_measure(struct bits_flow *flow, size_t budget);
/* budget: bytes, or elements. Calls fn with pieces of any size, which are whole bytes but for what is not
** in the iodata. */
enum bits_flow_state bits_flow_feed(struct bits_flow *flow, size_t budget, bits_flow_fn *fn,
    void *user);
/* A bits_flow_fn that writes at a struct bits_builder. */
bits_flow_fn bits_flow_build;

/* Total bits of iodata or a bitstring list; DATA_BAD_ARGUMENT when it is none. only_bytes: every
** binary must be whole bytes. */
enum data_status bits_iodata_size(struct memory *memory, term iodata, bool only_bytes,
    size_t *bits);
/* iolist_to_binary / list_to_bitstring in one. */
enum data_status bits_from_iodata(struct heap *heap, term iodata, bool only_bytes, term *result);

#endif
