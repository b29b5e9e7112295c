/* engine.h - what the loop and its slow paths share. Private to the room.
**
** A frame on the stack, E pointing at its first word:
**
**   E[0]   return address into the function that owns the frame: written by its calls, 0 before
**   E[1..] y registers
**
** so a return is I = E[0] after the frame of the callee is gone. Under the first frame lies one word
** that leads to the instruction process_exit. A return address always points at words. */
#ifndef AVM_INTERP_ENGINE_H
#define AVM_INTERP_ENGINE_H

#include "data/compare.h"
#include "data/map.h"
#include "data/number.h"
#include "data/status.h"
#include "interp/interp.h"
#include "opcode/instruction.h"
#include "proc/dirty.h"
#include "proc/native_call.h"
#include "proc/node.h"
#include "proc/signal.h"
#include "proc/spawn.h"

/* ---- operands ------------------------------------------------------------- */

/* The pool word that the unit names by distance. */
static inline uintptr_t engine_pool(const uint32_t *unit, uint32_t distance)
{
    uintptr_t word;

    memcpy(&word, unit + distance, sizeof word);
    return word;
}

static inline term operand_load(const uint32_t *unit, const term *x, const term *stack)
{
    uint32_t u = *unit;

    switch (u & 3) {
    case UNIT_X:
        return x[u >> 2];
    case UNIT_Y:
        return stack[(u >> 2) + 1];
    case UNIT_POOL:
        return engine_pool(unit, u >> 2);
    default:
        return (term) (intptr_t) (int32_t) u;
    }
}

static inline void operand_store(uint32_t unit, term *x, term *stack, term value)
{
    if (AVM_LIKELY((unit & 3) == UNIT_X))
        x[unit >> 2] = value;
    else
        stack[(unit >> 2) + 1] = value;
}

/* ---- tests that mostly hold ----------------------------------------------------- */

/* Each half says that it holds: else the compiler lays all that follows far away. */
#define engine_has_header(t, header)                                \
    (AVM_LIKELY(term_is_boxed(t)) && AVM_LIKELY(*term_boxed(t) == (header)))
#define engine_has_kind(t, kind)                                    \
    (AVM_LIKELY(term_is_boxed(t)) && AVM_LIKELY(term_boxed_kind(t) == (kind)))
#define engine_is_float(t) engine_has_header(t, header_make(BOXED_FLOAT, FLOAT_WORDS))

/* ---- words that belong to no function ----------------------------------------- */

/* Where a process goes on that stands at one of the last two, the loop knows: they are never run. */

extern const uint32_t engine_process_exit[1];
extern const uint32_t engine_native_continue[1];
extern const uint32_t engine_hibernate_wake[1];

/* ---- exception.c ----------------------------------------------------------------- */

/* Puts an exception of the engine itself into s; the frame at its top is that of pc. */
void engine_error(struct scheduler *s, term reason);
void engine_error_tagged(struct scheduler *s, term tag, term value);
void engine_no_memory(struct scheduler *s);
/* With a top frame of its own: identity and its arguments. hides_pc: instead of the running one. */
void engine_frame(struct scheduler *s, const struct export_identity *frame, const term *arguments,
    bool hides_pc);

void engine_function_clause(struct scheduler *s, const uint32_t *pc);

/* Goes to the innermost catch: gives where to go on, with the stack cut and x[0..3] set; NULL: there
** is none, exit_reason is set. State is written back before and read after. */
#define EXCEPTION_REGISTERS 4
const uint32_t *exception_raise(struct scheduler *s, const uint32_t *pc);
/* The trace that a raw one stands for; a list is given back as it is. NIL without memory. */
term exception_build_trace(struct scheduler *s, struct heap *heap, term raw);
void exception_raise_again(struct scheduler *s, term raw, term reason);
/* raw_raise: false when the class is none. */
bool exception_raise_raw(struct scheduler *s, term class, term reason, term raw);
/* {'EXIT', ...} of catch, from x[1..3] as exception_raise left them. */
term exception_catch_value(struct scheduler *s);
term exception_class_atom(enum exception_class class);

/* ---- call.c --------------------------------------------------------------------------- */

/* Translates f at its first call: its entry; NULL with the exception set. */
const uint32_t *call_translate(struct scheduler *s, struct function *f);
/* An export without code was called with its arguments in x: finds the module, or error_handler
** (*arity changes); NULL with the exception set. */
const uint32_t *call_undefined(struct scheduler *s, struct export *export, unsigned *arity);
/* Calls fun with arity arguments in x: spreads its free variables (*arity changes). Gives the export
** of an external fun, or NULL and *function; both NULL: exception set. */
struct export *call_fun(struct scheduler *s, term fun, unsigned *arity, struct function **function);
/* The function of a fun of that arity whose code is there, its free variables spread; else NULL with
** nothing changed. */
static inline struct function *call_fun_ready(struct scheduler *s, term fun, unsigned arity)
{
    struct function *function;
    const term *from;
    size_t count;

    if (!engine_has_kind(fun, BOXED_FUN))
        return NULL;
    function = atomic_get(&term_fun_entry(fun)->function);
    count = term_fun_free_count(fun);
    if (AVM_UNLIKELY(function == NULL) || AVM_UNLIKELY(term_fun_identity(fun)->arity != arity)
        || AVM_UNLIKELY(arity + count != function->arity))
        return NULL;
    from = term_fun_free(fun);
    for (size_t i = 0; i < count; i++)
        s->x[arity + i] = from[i];
    return function;
}
/* apply with arguments in x: NULL with the exception set. */
struct export *call_apply(struct scheduler *s, term module, term function, unsigned arity);
/* As call_apply with the arguments in a list, which is spread to x. */
struct export *call_apply_list(struct scheduler *s, term module, term function, term list,
    unsigned *arity);

/* Calls a native whose arguments lie in x, as export->native. */
term call_native(struct scheduler *s, struct export *export);
/* Goes on with a native that yielded, as s->trap says. */
term call_trapped(struct scheduler *s);
/* Calls a native as operand; arguments in s->arguments. live: as slot a. is_test: a failure goes to a
** label, there is no exception then and the heap is as before. */
term call_bif(struct scheduler *s, struct export *export, unsigned live, bool is_test);

/* ---- collect.c ---------------------------------------------------------------------------- */

/* Makes room for need words; false with the exception set, or exit_reason. */
bool engine_collect(struct scheduler *s, size_t need, unsigned live);
/* After a native that may have left fragments: *result is kept. */
bool engine_settle(struct scheduler *s, unsigned live, term *result);
/* Saves live x registers on the stack; false: the process must end. */
bool engine_park(struct scheduler *s, const uint32_t *ip, unsigned live);
/* Cuts stack and heap down for hibernation; x[0..2] are kept. */
bool engine_hibernate(struct scheduler *s);
/* Parks the native that sleeps, and shrinks the heap. */
bool engine_sleep(struct scheduler *s);
/* Parks a native that goes on in the next slice (s->trap), and takes it up again from live x
** registers. */
bool engine_park_native(struct scheduler *s);
void engine_unpark_native(struct scheduler *s, unsigned live);
/* Where the native is from that process goes on with; NULL: with none. */
#define ENGINE_PARKED_WORDS 9
const struct native_table *engine_parked_natives(const struct process *process);

static inline bool engine_wants_collection(const struct heap *heap)
{
    return (heap->fragments != NULL || heap->offheap_bytes > 65536) && heap_wants_collection(heap);
}

/* ---- data.c: slow parts of bodies --------------------------------------------------------- */

/* As term_compare, floats first. */
int engine_compare(struct scheduler *s, term a, term b);
/* put_map_*: the map, TERM_NONE with the exception set. */
term map_instruction_put(struct scheduler *s, const uint32_t *I, const term *E, bool exact);
/* get_map_elements, has_map_fields: false: a key is missing, or no map. */
bool map_instruction_get(struct scheduler *s, const uint32_t *I, term *E);
bool map_instruction_has(struct scheduler *s, const uint32_t *I, const term *E);
/* get_map_elements_i, get_map_element_xx, get_map_elements2_xxx of what is no flat map; false as above. */
bool map_instruction_get_i(struct scheduler *s, term map, const uint32_t *I, term *E);
bool map_instruction_get1(struct scheduler *s, term map, const uint32_t *I);
bool map_instruction_get2(struct scheduler *s, term map, const uint32_t *I);
/* The place behind an immediate key among the keys from at on; NULL: it is not there. */
static AVM_ALWAYS_INLINE const term *map_find_key(const term *at, const term *end, term key)
{
    do {
        if (at == end)
            return NULL;
    } while (*at++ != key);
    return at;
}
/* The flat map with the values of I's pairs under keys that it has, written to..; NULL: a key is missing.
** Gives the end of it; to: no value differs. */
term *map_write_present(struct scheduler *s, term *to, const term *map, const uint32_t *I, const term *E);
static AVM_ALWAYS_INLINE void map_copy_words(term *to, const term *map)
{
    for (size_t i = 0, words = 1 + header_words(map[0]); i < words; i++)
        to[i] = map[i];
}
bool data_is_function2(term fun, term arity);

/* ---- binary.c ------------------------------------------------------------------------------- */

/* A context at H over a bitstring. */
static inline term match_start(term *at, term source)
{
    const term *from = term_boxed(source);

    at[0] = header_make(BOXED_MATCH, SUB_BITS_WORDS - 1);
    if (header_kind(from[0]) == BOXED_SUB_BITS)
        memcpy(at + 1, from + 1, 3 * sizeof(term));
    else
        at[1] = source, at[2] = 0, at[3] = from[1];
    return term_make_boxed(at);
}
/* First byte of what the context at boxed reads. */
static inline const uint8_t *match_base(const term *context)
{
    const term *bits = term_boxed(context[1]);

    return header_kind(bits[0]) == BOXED_HEAP_BITS ? (const uint8_t *) (bits + 2)
                                                   : ((const struct offheap_binary *) bits[2])->data;
}
/* The bits (1..56) at that place, which are there. */
static inline uint64_t match_bits(term context, size_t at, size_t bits)
{
    const uint8_t *bytes = match_base(term_boxed(context)) + (at >> 3);
    size_t shift = at & 7;
    uint64_t value = 0;

    for (size_t got = 0; got < bits + shift; got += 8)
        value = value << 8 | *bytes++;
    value >>= (0 - (bits + shift)) & 7;
    return value & (((uint64_t) 1 << bits) - 1);
}
/* Each moves the context on. TERM_NONE: no match when s->outcome is not NATIVE_RAISED, else the
** exception is set. */
term match_integer(struct scheduler *s, term context, term size, const uint32_t *I);
term match_float(struct scheduler *s, term context, term size, const uint32_t *I);
term match_binary(struct scheduler *s, term context, term size, const uint32_t *I);
bool match_skip(term context, term size, uint32_t unit);
term match_tail(struct scheduler *s, term context);
bool match_string(term context, size_t bits, const uint8_t *bytes);
term match_utf(term context, unsigned form, unsigned flags);
bool match_equal(term context, size_t bits, term value);
term match_position(struct scheduler *s, term context);
bool match_set_position(term context, term position);

/* bs_create_bin: TERM_NONE with the exception set. */
term binary_create(struct scheduler *s, const uint32_t *I, const term *E);
/* bs_create_fixed: where a first append is followed by integers of known sizes, slot b bits together. */
term binary_create_fixed(struct scheduler *s, const uint32_t *I, const term *E);
/* The older instructions; they share s->builder. TERM_NONE, false: exception set. */
term binary_writable(struct scheduler *s, term size);
term binary_init(struct scheduler *s, term size, unsigned unit);
/* The bitstring being built has moved. */
void binary_rebase(struct scheduler *s, term result);
term binary_append(struct scheduler *s, term source, term size, uint32_t unit);
term binary_add(struct scheduler *s, term a, term b, uint32_t unit);
bool binary_put(struct scheduler *s, unsigned type, term value, term size, uint32_t unit,
    unsigned flags);
bool binary_put_string(struct scheduler *s, size_t size, const uint8_t *bytes);
bool binary_put_utf(struct scheduler *s, unsigned type, term value, unsigned flags);

#endif
