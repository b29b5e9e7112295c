/* loop.c - the engine: one function that runs a process. Bodies of instructions by theme in
** body_*.inc; whatever is slow is a function elsewhere, so that the hot bodies spill nothing.
**
** Pinned: I (instruction), E (stack), H (heap top), reds (reductions left), s (with the x registers
** as its first member), the table of bodies. The process's own copies are current only between SWAPOUT and SWAPIN. No body
** keeps anything in a C local beyond its end. */
#include "interp/engine.h"

#include "data/bits.h"
#include "interp/profile.h"

#include <math.h>

#ifndef AVM_DISPATCH_SWITCH
#define AVM_DISPATCH_SWITCH !AVM_HAS_COMPUTED_GOTO
#endif
/* Code says where bodies lie; for compilers that were told to begin them at multiples of INSTRUCTION_STEP. */
#if !defined(AVM_DISPATCH_DISTANCE) || AVM_DISPATCH_SWITCH || (defined(AVM_PROFILE) && AVM_PROFILE)
#undef AVM_DISPATCH_DISTANCE
#define AVM_DISPATCH_DISTANCE 0
#endif

const uint32_t engine_process_exit[1] = { 0 };
const uint32_t engine_native_continue[1] = { 0 };
const uint32_t engine_hibernate_wake[1] = { 0 };

/* ---- the dispatch vocabulary ------------------------------------------------ */

#define P (s->process)
#define A AVM_BYTE_OF_WORD(I, 2)
#define B AVM_BYTE_OF_WORD(I, 3)
#define X(n) (s->x[n])
#define Y(n) (E[(n) + 1])
#define U(k) (I[k])
#define BYTE(k, number) AVM_BYTE_OF_WORD(I + (k), number)
#define SRC(k) operand_load(I + (k), s->x, E)
#define STORE(k, value) operand_store(I[k], s->x, E, value)
#define IMMEDIATE(k) ((term) (intptr_t) (int32_t) I[k])
/* The register that unit k names, where the form says of what kind. */
#define XU(k) (*(term *) (void *) ((char *) s->x + sizeof(term) / sizeof *I * (size_t) I[k]))
#define YU(k) (*(term *) (void *) ((char *) (E + 1) + sizeof(term) / sizeof *I * (size_t) (I[k] - UNIT_Y)))
#define POOL(k) engine_pool(I + (k), I[k])
#define CONTEXT (&s->node->compare)

/* A source that the form says is in the pool. */
#define POOL_OPERAND(k) engine_pool(I + (k), I[k] >> 2)

/* reds is one less than the reductions left: below 0 there is none. */
#define SWAPOUT (P->heap.top = H, P->heap.stack = E, s->reductions = reds + 1, P->ip = I)
#define SWAPIN (H = P->heap.top, E = P->heap.stack, reds = s->reductions - 1)

#if AVM_DISPATCH_SWITCH
#define OP(name) case INSTRUCTION_##name:
#define IS_OP(name) (INSTRUCTION_OP(*I) == INSTRUCTION_##name)
#define DISPATCH do { PROFILE(I); goto dispatch; } while (0)
#elif AVM_DISPATCH_DISTANCE
#define OP(name) op_##name:
#define BODY ((const void *) (bodies + (int16_t) INSTRUCTION_OP(*I) * (ptrdiff_t) INSTRUCTION_STEP))
#define IS_OP(name) (BODY == &&op_##name)
#define DISPATCH goto *BODY
#else
#define OP(name) op_##name:
#define IS_OP(name) (INSTRUCTION_OP(*I) == INSTRUCTION_##name)
#define DISPATCH do { PROFILE(I); goto *bodies[INSTRUCTION_OP(*I)]; } while (0)
#endif

#define NEXT(n) do { I += (n); DISPATCH; } while (0)
/* The body of an instruction that may be the first of a pair (body_pair.inc): STEP_name does its work and
** leaves I at what follows. */
#define STEP(name) OP(name) { STEP_##name DISPATCH; }
/* A label's distance is in bytes: the addition is all that stands between two instructions. */
#define AT_LABEL(k) ((const uint32_t *) (const void *) ((const char *) I + (int32_t) I[k]))
#define JUMP(k) do { I = AT_LABEL(k); DISPATCH; } while (0)
/* A failed operand: to its label, or the exception that is set (state is current). */
#define FAIL(k) do { if (I[k] == 0) goto raised; JUMP(k); } while (0)
#define RAISE(reason) do { SWAPOUT; engine_error(s, reason); goto raised; } while (0)

/* The frame's word is 0 while no call of it is open: a stack trace would take a stale one for a place. */
#define RETURN do { I = (const uint32_t *) E[0]; E[0] = 0; DISPATCH; } while (0)

/* Enters code after a call: a slice ends here. */
#define ENTERED(arity)                                  \
    do {                                                \
        if (AVM_UNLIKELY(--reds < 0)) {                 \
            live = (arity);                             \
            goto yield;                                 \
        }                                               \
        DISPATCH;                                       \
    } while (0)
#define ENTER(callee)                                   \
    do {                                                \
        const uint32_t *entry = atomic_get(&(callee)->entry);        \
        if (AVM_UNLIKELY(entry == NULL)) {              \
            function = (callee);                        \
            goto enter_first;                           \
        }                                               \
        I = entry;                                      \
        ENTERED((callee)->arity);                       \
    } while (0)

/* The function that runs, from its start; unit k leads there. */
#define ENTER_SELF(k, arity)                            \
    do {                                                \
        unsigned arguments = (arity);                   \
                                                        \
        I = AT_LABEL(k);                                \
        ENTERED(arguments);                             \
    } while (0)

/* Calls a fun with A arguments in x; words leave the stack first. One whose code is there is entered at
** once, any other at call_fun_slowly. */
#define CALL_FUN(fun_, words)                                       \
    do {                                                            \
        term fun = (fun_);                                          \
        struct function *ready = call_fun_ready(s, fun, A);         \
                                                                    \
        if (AVM_UNLIKELY(ready == NULL)) {                          \
            live = A;                                               \
            s->arguments[0] = fun;                                  \
            s->arguments[1] = (words);                              \
            goto call_fun_slowly;                                   \
        }                                                           \
        E += (words);                                               \
        ENTER(ready);                                               \
    } while (0)

#define BYTES_FREE ((size_t) ((uintptr_t) E - (uintptr_t) H))
/* Room for words before the stack, or a collection with live x registers as roots. */
#if defined(AVM_GC_STRESS) && AVM_GC_STRESS
#define LACKS_ROOM(words)                               \
    ((words) != 0                                       \
        && (BYTES_FREE < (words) * sizeof(term) || heap_stress_due(&P->heap, H, E)))
#else
#define LACKS_ROOM(words) (BYTES_FREE < (words) * sizeof(term))
#endif
#define ENSURE(words, live_)                            \
    do {                                                \
        if (AVM_UNLIKELY(LACKS_ROOM(words))) {          \
            SWAPOUT;                                    \
            if (!engine_collect(s, words, live_))       \
                goto raised;                            \
            SWAPIN;                                     \
        }                                               \
    } while (0)
/* The same where the instruction has done nothing yet: it begins anew after the collection. */
#if defined(AVM_GC_STRESS) && AVM_GC_STRESS
#define ENSURE_FIRST(words, live_) ENSURE(words, live_)
#else
#define ENSURE_FIRST(words, live_)                      \
    do {                                                \
        size_t wanted = (words);                        \
                                                        \
        if (AVM_UNLIKELY(LACKS_ROOM(wanted))) {         \
            need = wanted;                              \
            live = (live_);                             \
            goto collect;                               \
        }                                               \
    } while (0)
#endif
/* After a slow path that may have allocated: stores its result at unit k, keeping live registers. */
#define SETTLE(live_, result)                           \
    do {                                                \
        if (AVM_UNLIKELY(engine_wants_collection(&P->heap)) \
            && !engine_settle(s, live_, &(result)))     \
            goto raised;                                \
        SWAPIN;                                         \
    } while (0)

/* Runs s, or only says the distances of its bodies: they have names nowhere else. */
static enum run_outcome run(struct scheduler *s, const int32_t **instructions)
{
#if AVM_DISPATCH_DISTANCE
    static const int32_t distances[INSTRUCTION_COUNT] = {
#define I(name, units, operands) (int32_t) ((char *) &&op_##name - (char *) &&op_process_exit),
#include "opcode/instructions.def"
#undef I
    };
    const char *bodies = &&op_process_exit;
#elif !AVM_DISPATCH_SWITCH
    static const void *const labels[INSTRUCTION_COUNT] = {
#define I(name, units, operands) &&op_##name,
#include "opcode/instructions.def"
#undef I
    };
    const void *const *bodies = labels;
#endif
    const uint32_t *I;
    term *E, *H;
    intptr_t reds;
    unsigned live;
#if !defined(AVM_GC_STRESS) || !AVM_GC_STRESS
    size_t need = 0;
#endif
    struct function *function;
    struct export *export;

    if (instructions != NULL) {
#if AVM_DISPATCH_DISTANCE
        *instructions = distances;
#endif
        return RUN_EXITED;
    }
#if !AVM_DISPATCH_SWITCH
    AVM_KEEP_IN_REGISTER(bodies);
#endif
    heap_slow_down(&P->heap);
    SWAPIN;
    if (P->ip == NULL)
        goto begin;
    live = P->live;
    memcpy(s->x, E, live * sizeof(term));
    E += live;
    I = P->ip;
    if (I == engine_native_continue)
        goto native_resume;
    if (I == engine_hibernate_wake)
        goto hibernate_wake;
    DISPATCH;

#if AVM_DISPATCH_SWITCH
dispatch:
    switch (INSTRUCTION_OP(*I)) {
#endif
#include "interp/body_call.inc"
#include "interp/body_move.inc"
#include "interp/body_test.inc"
#include "interp/body_data.inc"
#include "interp/body_native.inc"
#include "interp/body_float.inc"
#include "interp/body_exception.inc"
#include "interp/body_receive.inc"
#include "interp/body_bits.inc"
#include "interp/body_pair.inc"
#if AVM_DISPATCH_SWITCH
    }
#endif

begin:
    /* The arguments of the initial call lie on the stack; the word under the first frame replaces
    ** them, or takes one more. */
    live = P->live;
    memcpy(s->x, E, live * sizeof(term));
    E += live;
    I = engine_process_exit;
    if (E == H) {
        SWAPOUT;
        if (!engine_collect(s, 1, live))
            goto exited;
        SWAPIN;
    }
    *--E = (term) engine_process_exit;
    export = P->initial_call;
    goto enter_export;

enter_first:
    /* function was never called before. */
    SWAPOUT;
    {
        const uint32_t *entry = call_translate(s, function);

        if (entry == NULL)
            goto raised;
        I = entry;
        ENTERED(function->arity);
    }

enter_export:
    /* Tail call of export with live arguments; E[0] is where it returns to. */
    if (atomic_get(&export->native) != NULL) {
        term result;

        SWAPOUT;
        result = call_native(s, export);
        SWAPIN;
        if (result == TERM_NONE) {
            if (s->outcome == NATIVE_RAISED) {
                /* The open call it stands for is where the exception is. */
                I = (const uint32_t *) E[0] - 1;
                E[0] = 0;
            }
            goto native_none;
        }
        X(0) = result;
        goto native_returns;
    }
    function = atomic_get(&export->function);
    if (AVM_LIKELY(function != NULL))
        ENTER(function);
    SWAPOUT;
    {
        const uint32_t *entry = call_undefined(s, export, &live);

        SWAPIN;
        if (entry == NULL)
            goto raised;
        I = entry;
        ENTERED(live);
    }

native_returns:
    /* X(0) is the result of a native in tail position. */
    if (AVM_UNLIKELY(engine_wants_collection(&P->heap))) {
        SWAPOUT;
        if (!engine_collect(s, 0, 1))
            goto raised;
        SWAPIN;
    }
    if (AVM_UNLIKELY(reds < 0)) {
        I = (const uint32_t *) E[0];
        E[0] = 0;
        live = 1;
        goto yield;
    }
    RETURN;

native_none:
    /* A native gave no result; E[0] is where its result would go, should it have one later. */
    switch (s->outcome) {
    case NATIVE_RAISED:
        goto raised;
    case NATIVE_EXITED:
        goto exited;
    case NATIVE_HIBERNATES:
        goto hibernate;
    case NATIVE_SLEEPS:
        goto sleeps;
    case NATIVE_APPLIES:
        goto apply_fun;
    case NATIVE_TRAPPED:
        break;
    }
    live = s->trap.arity;
    if (s->trap.export != NULL) {
        export = s->trap.export;
        reds--;
        goto enter_export;
    }
    if (s->trap.yields || reds < 0) {
        SWAPOUT;
        if (!engine_park_native(s))
            goto exited;
        return s->trap.dirty != 0 ? RUN_TO_SEAT : RUN_YIELDED;
    }
    goto native_goes_on;

apply_fun:
    live = s->trap.arity;
    SWAPOUT;
    export = call_fun(s, X(live), &live, &function);
    if (export != NULL)
        goto enter_export;
    if (function == NULL)
        goto raised;
    ENTER(function);

native_goes_on:
    {
        term result;

        SWAPOUT;
        result = call_trapped(s);
        SWAPIN;
        if (result == TERM_NONE) {
            if (s->outcome == NATIVE_RAISED) {
                engine_frame(s, s->exception.in_native ? s->native_identity : NULL, s->x, false);
                /* The open call it stands for is where the exception is. */
                I = (const uint32_t *) E[0] - 1;
                E[0] = 0;
            }
            goto native_none;
        }
        X(0) = result;
        goto native_returns;
    }

native_resume:
    engine_unpark_native(s, live);
    goto native_goes_on;

hibernate_wake:
    SWAPOUT;
    export = call_apply_list(s, X(0), X(1), X(2), &live);
    if (export == NULL)
        goto raised;
    goto enter_export;

call_fun_slowly:
    /* Of arguments: the fun, the words that leave the stack. */
    SWAPOUT;
    export = call_fun(s, s->arguments[0], &live, &function);
    if (export == NULL && function == NULL)
        goto raised;
    E += s->arguments[1];
    if (export != NULL)
        goto enter_export;
    ENTER(function);

#if !defined(AVM_GC_STRESS) || !AVM_GC_STRESS
collect:
    SWAPOUT;
    if (!engine_collect(s, need, live))
        goto raised;
    SWAPIN;
    DISPATCH;
#endif

yield:
    /* I is where it goes on, with live x registers. */
    SWAPOUT;
    if (!engine_park(s, I, live))
        goto exited;
    return RUN_YIELDED;

waiting:
    /* I is the loop_receive that goes on; no x registers. */
    SWAPOUT;
    P->live = 0;
    return RUN_WAITING;

hibernate:
    SWAPOUT;
    if (!engine_hibernate(s))
        goto exited;
    return P->message_count != 0 ? RUN_YIELDED : RUN_WAITING;

sleeps:
    SWAPOUT;
    if (!engine_sleep(s))
        goto exited;
    return P->message_count != 0 ? RUN_YIELDED : RUN_WAITING;

raised:
    /* The process's state is current. */
    if (process_is_exiting(P))
        goto exited;
    I = exception_raise(s, I);
    if (I == NULL)
        goto exited;
    SWAPIN;
#if AVM_SMP
    if (AVM_UNLIKELY(s->is_seat)) {     /* what catches it runs on a scheduler */
        live = EXCEPTION_REGISTERS;
        goto yield;
    }
#endif
    DISPATCH;

exited:
    P->live = 0;
    return RUN_EXITED;
}

enum run_outcome interp_run(struct scheduler *s)
{
    return run(s, NULL);
}

const int32_t *interp_instructions(void)
{
    const int32_t *instructions = NULL;

    (void) run(NULL, &instructions);
    return instructions;
}
