/* api/pack_calls.h - the functions of a module and what each of them mentions, from its code as the
** compiler wrote it; for finding what a program can reach.
**
** Owns tables of functions, labels and literals; borrows the module's bytes. Nothing is verified
** beyond what reading needs: every index is checked where it is used. */
#ifndef AVM_API_PACK_CALLS_H
#define AVM_API_PACK_CALLS_H

#include "pack/outline.h"

struct calls_function {
    size_t start, end;          /* of its instructions, in the chunk */
    bool is_reached;
    bool has_on_load;
};

struct calls {
    struct outline outline;
    struct outline_literals literals;
    const uint8_t *code;        /* the instructions */
    size_t code_size;
    struct calls_function *functions;
    size_t function_count, function_capacity;
    uint32_t *label_functions;  /* by label: number of a function + 1, 0: none */
    size_t label_count;
    uint32_t *lambda_labels;
    size_t lambda_count;
};

/* NULL, or why not with *calls untouched. */
const char *calls_open(struct calls *calls, struct memory *memory, const void *bytes, size_t size);
void calls_close(struct calls *calls);

/* The number of the function that a label belongs to; SIZE_MAX when there is none. */
size_t calls_function_of_label(const struct calls *calls, uint64_t label);
/* The number of an exported function; SIZE_MAX when it is not. */
size_t calls_find_export(const struct calls *calls, const char *name, uint32_t arity);

/* What a function mentions; constants that it only compares with are left out. */
struct calls_visitor {
    void (*local)(void *user, size_t function);    /* calls it or makes a fun of it */
    void (*import)(void *user, const struct outline_function *import);
    void (*atom)(void *user, const char *name);    /* terminated */
    void (*literal)(void *user, size_t index);
    void *user;
};

void calls_visit(const struct calls *calls, size_t function, const struct calls_visitor *visitor);

#endif
