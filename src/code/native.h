/* native.h - functions written in C: what one is, and the tables that the code room links them from.
**
** A file of natives opens with a list macro, one row a function:
**
**     #define LISTS_NATIVES(X)                                     \
**         X("member", 2, lists_member, 0)                          \
**         X("reverse", 2, lists_reverse, 0)
**     NATIVE_TABLE(bif_lists, "lists", "erl_stdlib_errors", LISTS_NATIVES)
**
** The bodies follow: static term lists_member(struct scheduler *s, const term *a). A row without a
** body, or a body without a row, does not compile. The table is named in bif/tables.def.
**
** The contract of a native: a[0..arity-1] are its arguments, whole terms of the caller. It may
** allocate on &s->process->heap as it likes: nothing moves while it runs. It returns its result; or
** TERM_NONE after one of raise_* or native_* of proc/native_call.h. It charges reductions
** (native_charge) by what it did, one for a few dozen elements, and one that can be long returns
** native_yield with its state in terms once the budget is gone. */
#ifndef AVM_CODE_NATIVE_H
#define AVM_CODE_NATIVE_H

#include "term/term.h"

struct scheduler;                                   /* proc/scheduler.h */

typedef term native_fn(struct scheduler *s, const term *a);

enum native_flags {
    NATIVE_GUARD = 1,           /* may be an operand of bif0..3 and gc_bif1..3 (no side effect) */
    NATIVE_NO_ERROR_INFO = 2,   /* its frame carries no error_info */
    NATIVE_CONCURRENT = 8,      /* may run in several threads at once; others run under the VM's lock */
    NATIVE_SAVES_STATE = 4,     /* the engine writes back all state before (spawn, exit, process_info) */
    NATIVE_DIRTY_CPU = 16,      /* computes, or waits, for long: runs on a thread for such natives where one
                                   serves, under the VM's lock but for where it steps out (proc/dirty.h) */
    NATIVE_DIRTY_IO = 32
};
#define NATIVE_DIRTY (NATIVE_DIRTY_CPU | NATIVE_DIRTY_IO)

struct native {
    const char *name;
    uint8_t arity;
    uint8_t flags;
    native_fn *fn;
};

struct native_table {
    const char *module;
    const char *errors_module;  /* module of format_error/2 named in error_info; NULL: none */
    const struct native *natives;
    size_t count;
};

static inline bool native_is_of(const struct native *native, const struct native_table *table)
{
    return (uintptr_t) native - (uintptr_t) table->natives < table->count * sizeof *native;
}

#define NATIVE_DECLARE_(name_, arity_, fn_, flags_) static native_fn fn_;
#define NATIVE_ROW_(name_, arity_, fn_, flags_) { name_, arity_, flags_, fn_ },
/* All of the table are concurrent. */
#define NATIVE_CONCURRENT_ROW_(name_, arity_, fn_, flags_) { name_, arity_, (flags_) | NATIVE_CONCURRENT, fn_ },
#define NATIVE_TABLE_CONCURRENT(table_, module_, errors_, LIST)                       \
    LIST(NATIVE_DECLARE_)                                                             \
    static const struct native table_##_rows[] = { LIST(NATIVE_CONCURRENT_ROW_) };    \
    extern const struct native_table table_;                                          \
    const struct native_table table_ = { module_, errors_, table_##_rows,             \
        sizeof table_##_rows / sizeof *table_##_rows };
#define NATIVE_TABLE(table_, module_, errors_, LIST)                                  \
    LIST(NATIVE_DECLARE_)                                                             \
    static const struct native table_##_rows[] = { LIST(NATIVE_ROW_) };               \
    extern const struct native_table table_;                                          \
    const struct native_table table_ = { module_, errors_, table_##_rows,             \
        sizeof table_##_rows / sizeof *table_##_rows };

#endif
