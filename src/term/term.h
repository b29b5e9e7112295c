/* term.h - the tag picture: what a word means. No allocation, no VM.
**
** A term is one word. The low two bits say what it is:
**
**   00  a header on the heap, or a return address on the stack; TERM_NONE is 0
**   01  a list cell        -> two words, head and tail
**   10  boxed              -> a header word and what follows it
**   11  immediate: low four bits 0011 local pid, 0111 local port, 1111 small integer,
**       1011 and two more bits: 00 atom, 01 catch, 11 NIL
**
** A header: bits 2..5 the kind (enum boxed_kind), bits 6.. the number of words that follow it.
** That count is the whole truth for every kind: a walk over a heap needs nothing else.
**
** What follows the header ("raw" words are no terms: a walk skips them):
**
**   TUPLE       elements
**   BIG_*       raw limbs, least significant first; never in the range of smalls, no leading 0
**   FLOAT       raw IEEE 754 double
**   FUN         raw struct fun_entry *, then the free variables
**   EXPORT      raw struct export *
**   REFERENCE   raw 64-bit id [, owner pid (alias) | raw next, raw struct resource *]
**   HEAP_BITS   raw size in bits, raw bytes; unused low bits of the last byte are 0
**   SUB_BITS    underlying HEAP_BITS or BIN_REF (boxed), raw first bit, raw end bit
**   MATCH       the same three words: the unread part of a bitstring being matched
**   BIN_REF     raw next, raw struct offheap_binary *; never seen by Erlang by itself
**   EXTERNAL_*  node atom, raw creation and ids
**   MAP         flat: keys (boxed tuple, in map order), values in the same order
**               trie: small (bitmap | MAP_ROOT | MAP_COLLISION) [, small size if root], children:
**               a child is a cons cell (key, value) or a boxed MAP node
**   RECORD      native record (OTP 29): definition (boxed tuple), values
**
** "raw next" links the off-heap objects of one heap; see heap/heap.h. */
#ifndef AVM_TERM_TERM_H
#define AVM_TERM_TERM_H

#include "base/compiler.h"

typedef uintptr_t term;

#define TERM_NONE ((term) 0)
#define TERM_BITS ((unsigned) (sizeof(term) * CHAR_BIT))

enum primary_tag { TAG_HEADER = 0, TAG_CONS = 1, TAG_BOXED = 2, TAG_IMMEDIATE = 3 };

#define IMMEDIATE_PID 0x3u
#define IMMEDIATE_PORT 0x7u
#define IMMEDIATE_SMALL 0xfu
#define IMMEDIATE_ATOM 0x0bu
#define IMMEDIATE_CATCH 0x1bu
#define TERM_NIL ((term) 0x3b)

enum boxed_kind {
    BOXED_RECORD, BOXED_TUPLE, BOXED_BIG_POSITIVE, BOXED_BIG_NEGATIVE, BOXED_FLOAT, BOXED_FUN,
    BOXED_EXPORT, BOXED_REFERENCE, BOXED_HEAP_BITS, BOXED_SUB_BITS, BOXED_MATCH, BOXED_BIN_REF,
    BOXED_EXTERNAL_PID, BOXED_EXTERNAL_PORT, BOXED_EXTERNAL_REFERENCE, BOXED_MAP
};

/* ---- primary ----------------------------------------------------------- */

static inline bool term_is_cons(term t) { return (t & 3) == TAG_CONS; }
static inline bool term_is_boxed(term t) { return (t & 3) == TAG_BOXED; }
static inline bool term_is_immediate(term t) { return (t & 3) == TAG_IMMEDIATE; }
static inline bool term_is_header(term t) { return (t & 3) == TAG_HEADER; }
static inline bool term_is_pointer(term t) { return ((t + 1) & 2) != 0; }  /* to a cell or a box */

static inline term *term_cons_cell(term t) { return (term *) (t - TAG_CONS); }
static inline term *term_boxed(term t) { return (term *) (t - TAG_BOXED); }
static inline term term_make_cons(const term *cell) { return (term) cell + TAG_CONS; }
static inline term term_make_boxed(const term *header) { return (term) header + TAG_BOXED; }

static inline term term_head(term list) { return term_cons_cell(list)[0]; }
static inline term term_tail(term list) { return term_cons_cell(list)[1]; }
static inline bool term_is_nil(term t) { return t == TERM_NIL; }
static inline bool term_is_list(term t) { return term_is_cons(t) || t == TERM_NIL; }

/* ---- headers ----------------------------------------------------------- */

static inline term header_make(enum boxed_kind kind, size_t words)
{
    return (term) words << 6 | (term) kind << 2;
}
static inline enum boxed_kind header_kind(term header)
{
    return (enum boxed_kind) ((header >> 2) & 0xf);
}
static inline size_t header_words(term header) { return (size_t) (header >> 6); }
/* Largest count of words that a header can say. */
#define HEADER_MAX_WORDS ((size_t) ((~(term) 0) >> 6))

static inline enum boxed_kind term_boxed_kind(term boxed) { return header_kind(*term_boxed(boxed)); }
static inline bool term_has_kind(term t, enum boxed_kind kind)
{
    return term_is_boxed(t) && term_boxed_kind(t) == kind;
}

/* ---- small integers ---------------------------------------------------- */

#define SMALL_BITS (TERM_BITS - 4)          /* 60 or 28, sign included */
#define SMALL_MAX ((intptr_t) (((uintptr_t) 1 << (SMALL_BITS - 1)) - 1))
#define SMALL_MIN (-SMALL_MAX - 1)

static inline bool term_is_small(term t) { return (t & 0xf) == IMMEDIATE_SMALL; }
static inline term term_make_small(intptr_t value)          /* value within the range */
{
    return (term) value << 4 | IMMEDIATE_SMALL;
}
static inline intptr_t term_small(term t) { return (intptr_t) t >> 4; }
static inline bool small_fits(int64_t value) { return value >= SMALL_MIN && value <= SMALL_MAX; }

/* ---- atoms ------------------------------------------------------------- */

static inline bool term_is_atom(term t) { return (t & 0x3f) == IMMEDIATE_ATOM; }
static inline term term_make_atom(uint32_t index) { return (term) index << 6 | IMMEDIATE_ATOM; }
static inline uint32_t term_atom_index(term t) { return (uint32_t) (t >> 6); }

/* ---- catch (a y register while a catch or try is open) ------------------- */

static inline bool term_is_catch(term t) { return (t & 0x3f) == IMMEDIATE_CATCH; }
static inline term term_make_catch(uintptr_t payload) { return (term) payload << 6 | IMMEDIATE_CATCH; }
static inline uintptr_t term_catch_payload(term t) { return (uintptr_t) (t >> 6); }

/* ---- local pids and ports: number in the payload ------------------------- */

static inline bool term_is_local_pid(term t) { return (t & 0xf) == IMMEDIATE_PID; }
static inline term term_make_pid(uintptr_t data) { return (term) data << 4 | IMMEDIATE_PID; }
static inline uintptr_t term_pid_data(term t) { return (uintptr_t) (t >> 4); }
static inline bool term_is_local_port(term t) { return (t & 0xf) == IMMEDIATE_PORT; }
static inline term term_make_port(uintptr_t data) { return (term) data << 4 | IMMEDIATE_PORT; }
static inline uintptr_t term_port_data(term t) { return (uintptr_t) (t >> 4); }

/* ---- tuples ------------------------------------------------------------ */

static inline bool term_is_tuple(term t) { return term_has_kind(t, BOXED_TUPLE); }
static inline size_t term_tuple_arity(term t) { return header_words(*term_boxed(t)); }
static inline term *term_tuple_elements(term t) { return term_boxed(t) + 1; }
static inline term term_tuple_element(term t, size_t index) { return term_boxed(t)[1 + index]; } /* from 0 */

/* ---- numbers ----------------------------------------------------------- */

static inline bool term_is_big(term t)
{
    return term_is_boxed(t)
        && (term_boxed_kind(t) == BOXED_BIG_POSITIVE || term_boxed_kind(t) == BOXED_BIG_NEGATIVE);
}
static inline bool term_is_integer(term t) { return term_is_small(t) || term_is_big(t); }
static inline bool term_is_float(term t) { return term_has_kind(t, BOXED_FLOAT); }
static inline bool term_is_number(term t) { return term_is_integer(t) || term_is_float(t); }

#define FLOAT_WORDS (sizeof(double) / sizeof(term))         /* after the header */

static inline double term_float(term t)
{
    double value;

    memcpy(&value, term_boxed(t) + 1, sizeof value);
    return value;
}
/* Writes a float at to (1 + FLOAT_WORDS words). */
static inline term term_put_float(term *to, double value)
{
    to[0] = header_make(BOXED_FLOAT, FLOAT_WORDS);
    memcpy(to + 1, &value, sizeof value);
    return term_make_boxed(to);
}

/* ---- funs -------------------------------------------------------------- */

struct fun_entry;                                           /* code/code.h */
struct export;

static inline bool term_is_local_fun(term t) { return term_has_kind(t, BOXED_FUN); }
static inline bool term_is_export_fun(term t) { return term_has_kind(t, BOXED_EXPORT); }
static inline bool term_is_fun(term t) { return term_is_local_fun(t) || term_is_export_fun(t); }
static inline struct fun_entry *term_fun_entry(term t) { return (struct fun_entry *) term_boxed(t)[1]; }
static inline size_t term_fun_free_count(term t) { return header_words(*term_boxed(t)) - 1; }
static inline term *term_fun_free(term t) { return term_boxed(t) + 2; }
static inline struct export *term_fun_export(term t) { return (struct export *) term_boxed(t)[1]; }

/* ---- bitstrings -------------------------------------------------------- */

/* Bits of HEAP_BITS, SUB_BITS and MATCH as Erlang sees a bitstring: the first two. */
static inline bool term_is_bitstring(term t)
{
    return term_is_boxed(t)
        && (term_boxed_kind(t) == BOXED_HEAP_BITS || term_boxed_kind(t) == BOXED_SUB_BITS);
}
static inline size_t term_bit_size(term t)                  /* of a bitstring */
{
    const term *boxed = term_boxed(t);

    return header_kind(boxed[0]) == BOXED_HEAP_BITS ? boxed[1] : boxed[3] - boxed[2];
}
static inline bool term_is_binary(term t)
{
    return term_is_bitstring(t) && (term_bit_size(t) & 7) == 0;
}
#define SUB_BITS_WORDS 4                                    /* header included */
#define BIN_REF_WORDS 3
/* Words, header included, of a HEAP_BITS of that many bytes. */
#define HEAP_BITS_WORDS(bytes) (2 + ((bytes) + sizeof(term) - 1) / sizeof(term))
#define HEAP_BITS_MAX_BYTES 64                              /* larger ones live off the heap */

/* ---- maps -------------------------------------------------------------- */

#define FLAT_MAP_MAX 32
#define MAP_ROOT 0x10000
#define MAP_COLLISION 0x20000

static inline bool term_is_map(term t) { return term_has_kind(t, BOXED_MAP); }
static inline bool term_is_flat_map(term t) { return term_is_boxed(term_boxed(t)[1]); }  /* of a map */
static inline size_t term_map_size(term t)
{
    const term *map = term_boxed(t);

    return term_is_boxed(map[1]) ? header_words(map[0]) - 1 : (size_t) term_small(map[2]);
}

/* ---- references, external identifiers ------------------------------------ */

#define REFERENCE_ID_WORDS (8 / sizeof(term))
#define REFERENCE_WORDS (1 + REFERENCE_ID_WORDS)            /* plain, header included */
#define REFERENCE_ALIAS_WORDS (2 + REFERENCE_ID_WORDS)      /* with the owner's pid */
#define REFERENCE_RESOURCE_WORDS (3 + REFERENCE_ID_WORDS)   /* with next and resource */

struct external_id {            /* what follows the header of EXTERNAL_PID, _PORT, _REFERENCE */
    term node;                  /* atom */
    uint32_t creation;
    uint32_t count;             /* how many of ids are used: pid id, serial; port low, high */
    uint32_t ids[6];            /* most significant last, as the external format writes them */
};
#define EXTERNAL_ID_WORDS (1 + sizeof(struct external_id) / sizeof(term))

static inline bool term_is_local_reference(term t) { return term_has_kind(t, BOXED_REFERENCE); }
static inline uint64_t term_reference_id(term t)            /* of a local reference */
{
    uint64_t id;

    memcpy(&id, term_boxed(t) + 1, sizeof id);
    return id;
}
static inline bool term_is_reference(term t)
{
    return term_is_local_reference(t) || term_has_kind(t, BOXED_EXTERNAL_REFERENCE);
}
static inline bool term_is_alias(term t)
{
    return term_is_local_reference(t) && header_words(*term_boxed(t)) == REFERENCE_ALIAS_WORDS - 1;
}
static inline term term_alias_owner(term t) { return term_boxed(t)[1 + REFERENCE_ID_WORDS]; }
static inline bool term_is_resource(term t)
{
    return term_is_local_reference(t) && header_words(*term_boxed(t)) == REFERENCE_RESOURCE_WORDS - 1;
}
static inline bool term_is_pid(term t)
{
    return term_is_local_pid(t) || term_has_kind(t, BOXED_EXTERNAL_PID);
}
static inline bool term_is_port(term t)
{
    return term_is_local_port(t) || term_has_kind(t, BOXED_EXTERNAL_PORT);
}
static inline struct external_id *term_external(term t)
{
    return (struct external_id *) (void *) (term_boxed(t) + 1);
}

#endif
