/* match_internal.h - the program of a match specification, as its compiler and its runner see it. */
#ifndef AVM_ETS_MATCH_INTERNAL_H
#define AVM_ETS_MATCH_INTERNAL_H

#include "ets/match.h"

/* Operands follow the operation, each one word of code. */
enum match_op {
    MATCH_SKIP,             /* count */
    MATCH_CONST,            /* constant */
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
};

#endif
