/* verify.h - the state of the checker, and what its files call of each other. Private to the room.
**
** The checker runs a function's ops over what is known of registers, frame and heap, instead of over
** values. Each label holds the join of what all paths to it know; a label whose knowledge shrinks is
** run again, until nothing changes. Knowledge only shrinks, so this ends; a label that shrinks too
** often loses all at once. */
#ifndef AVM_LOAD_VERIFY_H
#define AVM_LOAD_VERIFY_H

#include "load/internal.h"

/* What a register may hold; 0: nothing was ever written. */
enum value_bits {
    VALUE_INTEGER = 1, VALUE_FLOAT = 2, VALUE_ATOM = 4, VALUE_NIL = 8, VALUE_CONS = 0x10,
    VALUE_TUPLE = 0x20, VALUE_MAP = 0x40, VALUE_BITS = 0x80, VALUE_MATCH = 0x100,
    VALUE_FUN = 0x200, VALUE_OTHER = 0x400,
    VALUE_ANY = 0x7ff,
    VALUE_FRESH = 0x1000,       /* a tuple no collection has seen, and nobody else: may be changed */
    VALUE_EXACT = 0x2000,       /* the tuple has exactly arity elements, not at least */
    VALUE_TAG = 0x4000          /* y only: an open catch or try, number arity of verifier.catches */
};

struct value {
    uint16_t bits;
    uint16_t arity;             /* of a tuple */
};

#define NO_FRAME UINT32_MAX
#define SOME_FRAME (UINT32_MAX - 1)     /* not the same on all paths: only raising is left to do */

/* Whether an exception has just been caught here: on no path, on every one, on some. */
enum caught { CAUGHT_NO = 1, CAUGHT_YES = 2 };

struct state {
    uint32_t frame;             /* y registers, NO_FRAME or SOME_FRAME */
    uint32_t heap;              /* words that test_heap left free */
    uint32_t open_catch;        /* number + 1 of the innermost open catch; 0: none */
    uint8_t caught;
    bool has_message;           /* since loop_rec */
    bool is_building;           /* since bs_init2 and its like */
    bool has_fresh;
    uint64_t floats;            /* float registers written */
    uint32_t is_written;        /* SOME_FRAME: every y of every path is */
    uint32_t common;            /* SOME_FRAME: so many y registers has every path */
    struct value registers[];   /* x_count of x, then y_count of y */
};

struct label {
    struct state *state;        /* NULL: not reached */
    uint32_t op;
    uint16_t runs;
    bool is_due;                /* its knowledge shrank since it was run */
};

/* Where paths flow from label to label without taking a reduction, while rounds are looked for. */
struct flows {
    struct flow {
        uint32_t from, to;
    } *items;                   /* by from */
    size_t count, capacity;
    uint32_t from;              /* the path's last label; UINT32_MAX: it has taken a reduction since */
};

struct catch_block {
    uint32_t outer;             /* as state.open_catch */
    uint32_t op;
    bool is_try, is_known;
};

struct verifier {
    struct memory *memory;
    struct generic_function *generic;
    struct function *function;
    struct module *module;
    struct load_error *error;
    uint32_t x_count, y_count;
    size_t state_size;
    struct label *labels;       /* first_label.. */
    uint32_t first_label, label_count;
    struct catch_block *catches;
    uint32_t catch_count;
    uint32_t *op_catch;         /* number of the catch that an op opens; by op */
    uint8_t *is_reached;        /* by op */
    struct state *now, *spare;
    uint32_t op_index;
    struct generic_op *op;
    const struct operand *operands;     /* of op */
    bool is_dead;               /* the path ends here */
    bool goes_back;             /* some jump leads to an earlier label */
    struct flows *flows;        /* NULL: they are not noted */
    bool needs_zeroed_frames;   /* something may raise while a y register is not written */
};

bool verify_fail(struct verifier *v, const char *format, ...) AVM_PRINTF(2, 3);

/* ---- verify_state.c ---- */
bool verify_note_flow(struct verifier *v, const struct label *label);
bool verify_branch(struct verifier *v, uint64_t label);         /* now flows to label */
bool verify_branch_maybe(struct verifier *v, uint64_t label);   /* label 0: raises instead */
bool verify_join_into(struct verifier *v, struct label *label, bool *is_conflict);
/* What a source holds; fails when it was never written. */
bool verify_source(struct verifier *v, const struct operand *operand, struct value *value);
bool verify_sources(struct verifier *v, const struct operand *operands, size_t count);
bool verify_set(struct verifier *v, const struct operand *operand, struct value value);
bool verify_set_bits(struct verifier *v, const struct operand *operand, unsigned bits);
/* The register behind operand; NULL for a constant, or a y past the frame. */
struct value *verify_register(struct verifier *v, const struct operand *operand);
/* Narrows a register that holds bits of these only; false: nothing is left. */
bool verify_narrow(struct verifier *v, const struct operand *operand, unsigned bits);
struct value verify_constant(term constant);
/* A collection may happen here: x 0..live-1 are kept, the rest is gone, and so is the heap need. */
bool verify_collect(struct verifier *v, uint64_t live);
bool verify_live(struct verifier *v, uint64_t live);
void verify_forget_x(struct verifier *v, uint64_t live);
bool verify_frame_written(struct verifier *v);
void verify_may_raise(struct verifier *v);
bool verify_take_heap(struct verifier *v, uint64_t words);
static inline struct value *verify_y(struct verifier *v)
{
    return v->now->registers + v->x_count;
}

/* ---- by theme; each false with error set ---- */
bool verify_control(struct verifier *v);        /* calls, frames, catch, receive */
bool verify_data(struct verifier *v);           /* tests, terms, maps, funs, floats, guards */
bool verify_bits(struct verifier *v);           /* matching and building bitstrings */
/* What the theme functions say when an op is not of theirs: is_known false. */
enum verify_theme { VERIFY_CONTROL, VERIFY_DATA, VERIFY_BITS, VERIFY_NOTHING };
enum verify_theme verify_theme_of(unsigned opcode);

#endif
