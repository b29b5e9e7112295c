/* scheduler.h - what a host thread that runs processes holds: registers, the running process, the
** exception being raised, the native being continued.
** The x registers are the first member: the engine reaches everything off one pointer. */
#ifndef AVM_PROC_SCHEDULER_H
#define AVM_PROC_SCHEDULER_H

#include "base/thread.h"
#include "code/code.h"
#include "data/bits.h"
#include "proc/process.h"

#define X_REGISTERS 1024
#define FLOAT_REGISTERS 64
#if defined(AVM_ONE_REDUCTION) && AVM_ONE_REDUCTION
#define SLICE_REDUCTIONS 1
#else
#define SLICE_REDUCTIONS 4000
#endif

enum exception_class { EXCEPTION_ERROR, EXCEPTION_EXIT, EXCEPTION_THROW };

/* Why a native returned TERM_NONE. */
enum native_outcome {
    NATIVE_RAISED,          /* exception holds it */
    NATIVE_TRAPPED,         /* trap says what runs next, with x[0..arity-1] */
    NATIVE_EXITED,          /* the process is ending (exit signal to itself handled) */
    NATIVE_APPLIES,         /* the fun in x[trap.arity] is called with the arguments in x */
    NATIVE_HIBERNATES,      /* the stack goes; x[0..2] is what is applied at the next message */
    NATIVE_SLEEPS           /* as NATIVE_TRAPPED with fn, once there is a message; the heap shrinks before */
};

struct exception {
    enum exception_class class;
    term reason;
    term arguments;         /* list for error/2,3 in the top frame, TERM_NONE: as the engine finds */
    term cause;             /* erlang:error/3 options or a native's error_info cause; TERM_NONE: none */
    term stacktrace;        /* already built (raise/3, raw_raise), TERM_NONE: build it */
    bool in_native;         /* the top frame is the native `native` with its arguments */
};

struct trap {
    struct export *export;  /* an Erlang function or native to call; NULL: fn */
    native_fn *fn;          /* a continuation of the same native */
    uint32_t arity;         /* arguments in x[0..arity-1] */
    const struct native *origin;    /* the native that the stack trace names */
    bool yields;            /* give up the slice first */
    uint8_t dirty;          /* NATIVE_DIRTY_...: fn is to run on a seat (proc/dirty.h); 0 */
};

struct scheduler {
    term x[X_REGISTERS];
    double f[FLOAT_REGISTERS];
    struct process *process;
    struct node *node;
    intptr_t reductions;            /* left in the slice; written back by the engine around natives */
    enum native_outcome outcome;
    struct exception exception;
    struct trap trap;
    const struct native *native;    /* being called, for error_info and stack traces */
    const struct native_table *native_table;
    const struct export_identity *native_identity;  /* its export's; not of a native that is an operand */
    /* The engine's own: */
    term arguments[4];              /* of a native called as an operand */
    const struct export_identity *frame;    /* of the exception, with its arguments; NULL: none */
    const term *frame_arguments;
    bool frame_hides_pc;            /* the frame stands for the running function */
    struct bits_builder builder;    /* of the bitstring that bs_init, bs_put_* are making */
    uint64_t random_state;
    unsigned number;                /* 1.. */
    intptr_t slice;                 /* reductions that it began with */
#if AVM_SMP
    bool is_seat;                   /* for dirty natives: proc/dirty.h */
    bool is_outside;                /* the native that runs is, and ... */
    unsigned depth;                 /* ... had entered the VM so often */
    uint8_t dirty;                  /* NATIVE_DIRTY_... of the native that runs on a seat; 0: none does */
    size_t literals_left;           /* what is retired among the first so many its process does not hold */
    char apart[CACHE_LINE];         /* from the registers of the next */
#endif
};

#if AVM_SMP
static inline uint8_t scheduler_dirty(const struct scheduler *s) { return s->dirty; }
static inline bool scheduler_is_outside(const struct scheduler *s) { return s->is_outside; }
#else
#define scheduler_dirty(s) 0
#define scheduler_is_outside(s) false
#endif

#endif
