/* term.h - build and read Erlang terms.
**
** avm_X here is enif_X of erl_nif.h: same stem, same argument order, same result. Terms live in
** an env and never move while it lives; avm_env_clear and avm_send empty it. A term of one env is
** not used in another except as the source of avm_make_copy; an atom, a small integer and a local
** pid are the same in every env of a VM.
**
** An env belongs to one thread at a time. With a platform that has enter and leave (platform.h; the
** built-in one has), threads other than the one that runs the VM make and send terms in envs of
** their own meanwhile: each call waits for the end of a slice. */
#ifndef ATOMVM_TERM_H
#define ATOMVM_TERM_H

#include <stdarg.h>

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

/* What names and strings in C are. Functions without an avm_encoding take and give UTF-8. */
typedef enum avm_encoding { AVM_LATIN1 = 1, AVM_UTF8 = 2 } avm_encoding;

/* Bytes: of a term (avm_inspect_binary), or the caller's own (avm_alloc_binary). */
typedef struct avm_binary {
    size_t size;
    unsigned char *data;      /* of a term: not to be written to */
    void *owner;              /* the library's; NULL: of a term */
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
/* size bytes of a binary from byte position on, without copying them; 0 when they are not there. */
AVM_API avm_term avm_make_sub_binary(avm_env *env, avm_term binary, size_t position, size_t size);
/* Bytes that become a binary without being copied: allocated, resized and released by the caller, or
** handed to avm_make_owned_binary, after which data can still be read while that term lives. False
** when memory runs out, nothing changed. Any thread. */
AVM_API bool avm_alloc_binary(avm_vm *vm, size_t size, avm_binary *binary);
AVM_API bool avm_realloc_binary(avm_binary *binary, size_t size);
AVM_API void avm_release_binary(avm_binary *binary);
AVM_API avm_term avm_make_owned_binary(avm_env *env, avm_binary *binary);
AVM_API avm_term avm_make_string(avm_env *env, const char *text);   /* a list, by UTF-8 */
AVM_API avm_term avm_make_string_len(avm_env *env, const char *text, size_t size,
    avm_encoding encoding);
/* As avm_make_atom_len by an encoding. must_exist: 0 too when there is no such atom yet. */
AVM_API avm_term avm_make_atom_encoded(avm_env *env, const char *name, size_t size,
    avm_encoding encoding, bool must_exist);
AVM_API avm_term avm_make_tuple(avm_env *env, size_t arity, const avm_term elements[]);
AVM_API avm_term avm_make_list(avm_env *env, size_t length, const avm_term elements[]);
AVM_API avm_term avm_make_list_cell(avm_env *env, avm_term head, avm_term tail);
AVM_API avm_term avm_make_new_map(avm_env *env);
AVM_API bool avm_make_map_put(avm_env *env, avm_term map, avm_term key, avm_term value,
    avm_term *result);
/* False when the key is not there. */
AVM_API bool avm_make_map_update(avm_env *env, avm_term map, avm_term key, avm_term value,
    avm_term *result);
/* The same map when the key is not there. */
AVM_API bool avm_make_map_remove(avm_env *env, avm_term map, avm_term key, avm_term *result);
/* False when two keys are equal. */
AVM_API bool avm_make_map_from_arrays(avm_env *env, const avm_term keys[], const avm_term values[],
    size_t count, avm_term *result);
/* False when list is no proper list. */
AVM_API bool avm_make_reverse_list(avm_env *env, avm_term list, avm_term *result);
/* An integer that no other call gives: AVM_UNIQUE_POSITIVE, AVM_UNIQUE_MONOTONIC or both. */
enum { AVM_UNIQUE_POSITIVE = 1, AVM_UNIQUE_MONOTONIC = 2 };
AVM_API avm_term avm_make_unique_integer(avm_env *env, unsigned properties);
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
AVM_API bool avm_is_port(avm_env *env, avm_term term);
AVM_API bool avm_is_identical(avm_term left, avm_term right);       /* =:= */
AVM_API bool avm_get_int64(avm_env *env, avm_term term, int64_t *value);
AVM_API bool avm_get_uint64(avm_env *env, avm_term term, uint64_t *value);
AVM_API bool avm_get_double(avm_env *env, avm_term term, double *value);
/* Writes the name and a NUL; returns the bytes written, NUL included, or 0. */
AVM_API size_t avm_get_atom(avm_env *env, avm_term term, char *buffer, size_t size);
AVM_API size_t avm_get_atom_encoded(avm_env *env, avm_term term, char *buffer, size_t size,
    avm_encoding encoding);
/* Bytes without a NUL. */
AVM_API bool avm_get_atom_length(avm_env *env, avm_term term, size_t *length,
    avm_encoding encoding);
/* The text of a list of characters: the bytes written, NUL included; when it does not fit, what does
** is written and terminated, and -size returned; 0 when it is no such list, or size is 0. */
AVM_API int avm_get_string(avm_env *env, avm_term list, char *buffer, unsigned size,
    avm_encoding encoding);
AVM_API bool avm_get_string_length(avm_env *env, avm_term list, size_t *length,
    avm_encoding encoding);
AVM_API bool avm_get_list_cell(avm_env *env, avm_term list, avm_term *head, avm_term *tail);
AVM_API bool avm_get_list_length(avm_env *env, avm_term list, size_t *length);
AVM_API bool avm_get_tuple(avm_env *env, avm_term tuple, size_t *arity, const avm_term **elements);
AVM_API bool avm_get_map_size(avm_env *env, avm_term map, size_t *size);
AVM_API bool avm_get_map_value(avm_env *env, avm_term map, avm_term key, avm_term *value);
AVM_API bool avm_get_local_pid(avm_env *env, avm_term term, avm_pid *pid);
/* Walks a map in its own order, both ways. Before the first pair and behind the last one is a place
** too, where get_pair fails. The iterator is the caller's, to be destroyed before its env. False when
** memory runs out, or map is none. */
typedef struct avm_map_iterator {
    size_t size;              /* of the map */
    size_t place;             /* 0: before the first; 1..size: at a pair; size + 1: behind the last */
    avm_term *pairs;          /* the library's */
} avm_map_iterator;
AVM_API bool avm_map_iterator_create(avm_env *env, avm_term map, avm_map_iterator *iterator,
    bool at_last);
AVM_API void avm_map_iterator_destroy(avm_env *env, avm_map_iterator *iterator);
/* True while there is a pair at the new place. */
AVM_API bool avm_map_iterator_next(avm_env *env, avm_map_iterator *iterator);
AVM_API bool avm_map_iterator_prev(avm_env *env, avm_map_iterator *iterator);
AVM_API bool avm_map_iterator_get_pair(avm_env *env, avm_map_iterator *iterator, avm_term *key,
    avm_term *value);
/* *binary is borrowed until the env is emptied. */
AVM_API bool avm_inspect_binary(avm_env *env, avm_term term, avm_binary *binary);
AVM_API bool avm_inspect_iolist_as_binary(avm_env *env, avm_term term, avm_binary *binary);

/* Erlang's order of terms: negative, 0 or positive. */
AVM_API int avm_compare(avm_env *env, avm_term left, avm_term right);
/* The same for terms of any env of the VM. */
AVM_API int avm_compare_in(avm_vm *vm, avm_term left, avm_term right);

/* AVM_HASH_PHASH2: erlang:phash2/1's, below 2^27, the same everywhere (salt is not used). Else a
** hash that is good for as long as the VM lives. */
typedef enum avm_hash_type { AVM_HASH_INTERNAL = 1, AVM_HASH_PHASH2 = 2 } avm_hash_type;
AVM_API uint64_t avm_hash(avm_vm *vm, avm_hash_type type, avm_term term, uint64_t salt);

/* As erlang:display/1 writes it, on one line: lists of printable Latin-1 characters as "text", binaries
** of printable ASCII as <<"text">>, floats with six decimals. Returns the size of the whole text without
** its NUL; what fits in size bytes is written and, when size is not 0, terminated. */
AVM_API size_t avm_print(avm_env *env, avm_term term, char *buffer, size_t size);

/* As vsnprintf, and %T prints an avm_term as avm_print does. vm NULL: only what vsnprintf knows, and
** %T as #term. A conversion that it does not know ends the text. Any thread. */
AVM_API int avm_vsnprintf(avm_vm *vm, char *buffer, size_t size, const char *format,
    va_list arguments);

/* ---- The external term format ------------------------------------------------------------ */

AVM_API avm_status avm_term_to_binary(avm_env *env, avm_term term, avm_term *binary);
/* Of bytes that begin with a term; what follows it is not looked at. safe: no new atoms are made.
** AVM_BAD_ARGUMENT when they are no term. */
AVM_API avm_status avm_binary_to_term(avm_env *env, const void *data, size_t size, bool safe,
    avm_term *term);
/* The same to bytes of the caller's, to be released or owned (see avm_alloc_binary); and back: how many of
** the bytes the term took, 0 when they are no term or memory runs out. */
AVM_API avm_status avm_encode_term(avm_env *env, avm_term term, avm_binary *binary);
AVM_API size_t avm_decode_term(avm_env *env, const void *data, size_t size, bool safe,
    avm_term *term);

#ifdef __cplusplus
}
#endif
#endif
