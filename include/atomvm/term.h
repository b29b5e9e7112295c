/* term.h - build and read Erlang terms.
**
** avm_X here is enif_X of erl_nif.h: same stem, same argument order, same result. Terms live in
** an env and never move while it lives; avm_env_clear and avm_send empty it. A term of one env is
** not used in another except as the source of avm_make_copy. */
#ifndef ATOMVM_TERM_H
#define ATOMVM_TERM_H

#include "atomvm/atomvm.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum avm_type {
    AVM_ATOM = 1,
    AVM_BITSTRING,
    AVM_FLOAT,
    AVM_FUN,
    AVM_INTEGER,
    AVM_LIST,
    AVM_MAP,
    AVM_PID,
    AVM_PORT,
    AVM_REFERENCE,
    AVM_TUPLE
} avm_type;

typedef struct avm_binary {
    const uint8_t *data;
    size_t size;
} avm_binary;

/* ---- Environments ----------------------------------------------------------------------- */

AVM_API avm_status avm_env_create(avm_vm *vm, avm_env **env);
AVM_API void avm_env_clear(avm_env *env);
AVM_API void avm_env_destroy(avm_env *env);    /* NULL is ignored */

/* ---- Making: each returns 0 when memory runs out, or an argument cannot be such a term ------ */

AVM_API avm_term avm_make_atom(avm_env *env, const char *name);     /* UTF-8, 255 characters */
AVM_API avm_term avm_make_atom_len(avm_env *env, const char *name, size_t size);
/* False, with *atom untouched, when no such atom exists. */
AVM_API bool avm_make_existing_atom(avm_env *env, const char *name, avm_term *atom);
AVM_API avm_term avm_make_int64(avm_env *env, int64_t value);
AVM_API avm_term avm_make_uint64(avm_env *env, uint64_t value);
AVM_API avm_term avm_make_double(avm_env *env, double value);       /* finite */
AVM_API avm_term avm_make_binary(avm_env *env, const void *data, size_t size);
/* A fresh binary to be filled in before it is used; *data is NULL and the result 0 on failure. */
AVM_API uint8_t *avm_make_new_binary(avm_env *env, size_t size, avm_term *binary);
AVM_API avm_term avm_make_string(avm_env *env, const char *text);   /* a list, by UTF-8 */
AVM_API avm_term avm_make_tuple(avm_env *env, size_t arity, const avm_term elements[]);
AVM_API avm_term avm_make_list(avm_env *env, size_t length, const avm_term elements[]);
AVM_API avm_term avm_make_list_cell(avm_env *env, avm_term head, avm_term tail);
AVM_API avm_term avm_make_new_map(avm_env *env);
AVM_API bool avm_make_map_put(avm_env *env, avm_term map, avm_term key, avm_term value,
    avm_term *result);
AVM_API avm_term avm_make_pid(avm_env *env, avm_pid pid);
AVM_API avm_term avm_make_ref(avm_env *env);
AVM_API avm_term avm_make_copy(avm_env *env, avm_term source);

/* ---- Reading: false, with the results untouched, when the term is something else ------------ */

AVM_API avm_type avm_term_type(avm_env *env, avm_term term);
AVM_API bool avm_is_atom(avm_env *env, avm_term term);
AVM_API bool avm_is_binary(avm_env *env, avm_term term);
AVM_API bool avm_is_list(avm_env *env, avm_term term);
AVM_API bool avm_is_empty_list(avm_env *env, avm_term term);
AVM_API bool avm_is_tuple(avm_env *env, avm_term term);
AVM_API bool avm_is_map(avm_env *env, avm_term term);
AVM_API bool avm_is_pid(avm_env *env, avm_term term);
AVM_API bool avm_is_ref(avm_env *env, avm_term term);
AVM_API bool avm_is_fun(avm_env *env, avm_term term);
AVM_API bool avm_is_identical(avm_term left, avm_term right);       /* =:= */
AVM_API bool avm_get_int64(avm_env *env, avm_term term, int64_t *value);
AVM_API bool avm_get_uint64(avm_env *env, avm_term term, uint64_t *value);
AVM_API bool avm_get_double(avm_env *env, avm_term term, double *value);
/* Writes the name and a NUL; returns the bytes written, NUL included, or 0. */
AVM_API size_t avm_get_atom(avm_env *env, avm_term term, char *buffer, size_t size);
AVM_API bool avm_get_list_cell(avm_env *env, avm_term list, avm_term *head, avm_term *tail);
AVM_API bool avm_get_list_length(avm_env *env, avm_term list, size_t *length);
AVM_API bool avm_get_tuple(avm_env *env, avm_term tuple, size_t *arity, const avm_term **elements);
AVM_API bool avm_get_map_size(avm_env *env, avm_term map, size_t *size);
AVM_API bool avm_get_map_value(avm_env *env, avm_term map, avm_term key, avm_term *value);
AVM_API bool avm_get_local_pid(avm_env *env, avm_term term, avm_pid *pid);
/* *binary is borrowed until the env is emptied. */
AVM_API bool avm_inspect_binary(avm_env *env, avm_term term, avm_binary *binary);
AVM_API bool avm_inspect_iolist_as_binary(avm_env *env, avm_term term, avm_binary *binary);

/* Erlang's order of terms: negative, 0 or positive. */
AVM_API int avm_compare(avm_env *env, avm_term left, avm_term right);

/* As io:format("~p") on one line. Returns the size of the whole text without its NUL; what fits in
** size bytes is written and, when size is not 0, terminated. */
AVM_API size_t avm_print(avm_env *env, avm_term term, char *buffer, size_t size);

/* ---- The external term format ------------------------------------------------------------ */

AVM_API avm_status avm_term_to_binary(avm_env *env, avm_term term, avm_term *binary);
/* safe: no new atoms are made. AVM_BAD_ARGUMENT when the bytes are no term. */
AVM_API avm_status avm_binary_to_term(avm_env *env, const void *data, size_t size, bool safe,
    avm_term *term);

#ifdef __cplusplus
}
#endif
#endif
