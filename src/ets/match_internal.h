/* match_internal.h - the program of a match specification, as its compiler and its runner see it, and
** what the files of the compiler share. */
#ifndef AVM_ETS_MATCH_INTERNAL_H
#define AVM_ETS_MATCH_INTERNAL_H

#include "ets/match.h"

/* Operands follow the operation, each one word of code. Values are pushed downwards, so that what was
** pushed last is the first of an array. */
enum match_op {
    MATCH_SKIP,             /* count */
    MATCH_CONST,            /* constant */
    MATCH_IMMEDIATE,        /* constant, an immediate */
    MATCH_FLOAT,            /* constant, a float: its bits */
    MATCH_BIND,             /* variable: its first place */
    MATCH_SAME,             /* variable: a later place */
    MATCH_TUPLE,            /* arity: goes in */
    MATCH_CONS,             /* goes in, to head and tail */
    MATCH_TAIL,             /* the tail is a cell as well */
    MATCH_MAP,              /* least size: goes in */
    MATCH_KEY,              /* constant: to the value of that key */
    MATCH_LEAVE,
    MATCH_MATCHED,
    MATCH_PUSH,             /* constant */
    MATCH_VARIABLE,         /* variable */
    MATCH_OBJECT,
    MATCH_BINDINGS,         /* count, variables */
    MATCH_COPY,             /* the top becomes a copy, when results are copied */
    MATCH_MAKE_TUPLE,       /* arity */
    MATCH_MAKE_CONS,        /* tail is on top */
    MATCH_MAKE_MAP,         /* pairs */
    MATCH_CALL,             /* native, arity */
    MATCH_ALL,              /* count: and */
    MATCH_ANY,              /* count: or */
    MATCH_ANDALSO,          /* target */
    MATCH_ORELSE,           /* target */
    MATCH_GUARD,            /* the top must be true */
    MATCH_BODY,             /* from here on what fails is 'EXIT' */
    MATCH_DROP,
    MATCH_RETURN
};

struct match_clause {
    uint32_t start;
    term head;
};

/* Most specifications are small: what they need lies in the struct itself, so that one made for a single
** select is one allocation. A larger vector is one of its own. */
#define MATCH_INLINE_CODE 64
#define MATCH_INLINE_TERMS 12
#define MATCH_INLINE_NATIVES 4
#define MATCH_INLINE_CLAUSES 2
#define MATCH_INLINE_WORK 24
#define MATCH_INLINE_PATH 8

struct match_spec {
    struct match_source source;
    struct heap constants;
    uint32_t *code;
    size_t code_count, code_capacity;
    term *terms;                        /* constants */
    size_t term_count, term_capacity;
    const struct native **natives;
    size_t native_count, native_capacity;
    struct match_clause *clauses;
    size_t clause_count, clause_capacity;
    size_t variables, depth, stack;     /* what a run needs at most */
    term *work;                         /* variables, values of maps, stack */
    const term **path;
    size_t work_count, path_count;
    uint32_t inline_code[MATCH_INLINE_CODE];
    term inline_terms[MATCH_INLINE_TERMS];
    const struct native *inline_natives[MATCH_INLINE_NATIVES];
    struct match_clause inline_clauses[MATCH_INLINE_CLAUSES];
    term inline_work[MATCH_INLINE_WORK];
    const term *inline_path[MATCH_INLINE_PATH];
};

/* ---- the compiler ---------------------------------------------------------------------- */

/* What an expression left on the stack of a run. */
struct match_value {
    size_t start;                       /* its code */
    term constant;                      /* TERM_NONE: known only then */
};

/* What is still to be compiled: kind is the file's own. */
struct match_work {
    term t;
    size_t index, jump;
    uint8_t kind;
    bool result;                        /* it is a part of what the clause gives */
};

struct match_compiler {
    struct match_spec *spec;
    uint32_t *numbers;                  /* of the clause's variables, by slot */
    size_t number_count, number_capacity;
    struct match_value *values;         /* what the stack would hold */
    size_t value_count, value_capacity;
    struct match_work *work;
    size_t work_count, work_capacity;
    size_t depth;
    size_t last_skip;                   /* code index of a MATCH_SKIP that was emitted last, or SIZE_MAX */
    struct match_errors *errors;        /* NULL: the first one ends it */
    bool wrong;                         /* an error was told */
    enum data_status status;
    uint32_t inline_numbers[16];
    struct match_value inline_values[16];
    struct match_work inline_work[16];
};

bool match_fail(struct match_compiler *c, enum data_status status);
/* Tells an error, text with one %T for t (TERM_NONE: none) or one %d for number. False when that ends
** the compilation: always when nobody wants to know. */
bool match_error(struct match_compiler *c, const char *text, term t, uint32_t number);
bool match_emit(struct match_compiler *c, uint32_t word);
bool match_emit2(struct match_compiler *c, enum match_op op, size_t operand);
bool match_emit_constant(struct match_compiler *c, enum match_op op, term t);
bool match_reserve(struct match_compiler *c, void *items, size_t *capacity, size_t count, size_t size);
bool match_work(struct match_compiler *c, unsigned kind, term t, bool result);

/* The number of '$N'; UINT32_MAX: no variable. */
uint32_t match_variable_number(const struct atom_table *atoms, term t);
bool match_find_variable(const struct match_compiler *c, uint32_t number, size_t *slot);
bool match_pattern(struct match_compiler *c, term t);
/* The value of t becomes the newest of c's values; result: it is what the clause gives. */
bool match_expression(struct match_compiler *c, term t, bool result);

/* The error of calling a form that only traces know; NULL: it is none. */
const char *match_form_error(const struct atom_table *atoms, term name);
bool match_is_trace_native(const struct atom_table *atoms, term name, size_t arity);
/* A native's row, NULL: no such function. */
const struct native *match_find_native(const struct match_source *source, term name, size_t arity);

#endif
