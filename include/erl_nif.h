/* erl_nif.h - the NIF API of Erlang/OTP, as inline one-liners over atomvm/native.h.
**
** Source compatible in what is here: a NIF library compiles unchanged and is registered with the VM
** through the table that ERL_NIF_INIT makes. Not here: memory without an env (enif_alloc,
** enif_alloc_binary, enif_alloc_env), functions with variable arguments, iterators of maps,
** monitors, enif_select, threads, io queues and time. */
#ifndef ATOMVM_ERL_NIF_H
#define ATOMVM_ERL_NIF_H

#include <string.h>

#include "atomvm/native.h"

typedef avm_env ErlNifEnv;
typedef avm_term ERL_NIF_TERM;
typedef avm_pid ErlNifPid;
typedef avm_native ErlNifFunc;
typedef avm_resource_type ErlNifResourceType;
typedef int64_t ErlNifSInt64;
typedef uint64_t ErlNifUInt64;

typedef struct {
    size_t size;
    unsigned char *data;
} ErlNifBinary;

typedef enum { ERL_NIF_LATIN1 = 1, ERL_NIF_UTF8 = 2 } ErlNifCharEncoding;

#define ERL_NIF_DIRTY_JOB_CPU_BOUND AVM_DIRTY_CPU
#define ERL_NIF_DIRTY_JOB_IO_BOUND AVM_DIRTY_IO

/* ---- Numbers ---------------------------------------------------------------------------- */

static inline int enif_get_int64(ErlNifEnv *env, ERL_NIF_TERM term, ErlNifSInt64 *value)
{
    return avm_get_int64(env, term, value);
}

static inline int enif_get_uint64(ErlNifEnv *env, ERL_NIF_TERM term, ErlNifUInt64 *value)
{
    return avm_get_uint64(env, term, value);
}

static inline int enif_get_int(ErlNifEnv *env, ERL_NIF_TERM term, int *value)
{
    int64_t wide;

    if (!avm_get_int64(env, term, &wide) || wide != (int) wide)
        return 0;
    *value = (int) wide;
    return 1;
}

static inline int enif_get_uint(ErlNifEnv *env, ERL_NIF_TERM term, unsigned *value)
{
    uint64_t wide;

    if (!avm_get_uint64(env, term, &wide) || wide != (unsigned) wide)
        return 0;
    *value = (unsigned) wide;
    return 1;
}

static inline int enif_get_long(ErlNifEnv *env, ERL_NIF_TERM term, long *value)
{
    int64_t wide;

    if (!avm_get_int64(env, term, &wide) || wide != (long) wide)
        return 0;
    *value = (long) wide;
    return 1;
}

static inline int enif_get_ulong(ErlNifEnv *env, ERL_NIF_TERM term, unsigned long *value)
{
    uint64_t wide;

    if (!avm_get_uint64(env, term, &wide) || wide != (unsigned long) wide)
        return 0;
    *value = (unsigned long) wide;
    return 1;
}

static inline int enif_get_double(ErlNifEnv *env, ERL_NIF_TERM term, double *value)
{
    return avm_get_double(env, term, value);
}

static inline ERL_NIF_TERM enif_make_int(ErlNifEnv *env, int value)
{
    return avm_make_int64(env, value);
}

static inline ERL_NIF_TERM enif_make_uint(ErlNifEnv *env, unsigned value)
{
    return avm_make_int64(env, value);
}

static inline ERL_NIF_TERM enif_make_long(ErlNifEnv *env, long value)
{
    return avm_make_int64(env, value);
}

static inline ERL_NIF_TERM enif_make_ulong(ErlNifEnv *env, unsigned long value)
{
    return avm_make_uint64(env, value);
}

static inline ERL_NIF_TERM enif_make_int64(ErlNifEnv *env, ErlNifSInt64 value)
{
    return avm_make_int64(env, value);
}

static inline ERL_NIF_TERM enif_make_uint64(ErlNifEnv *env, ErlNifUInt64 value)
{
    return avm_make_uint64(env, value);
}

static inline ERL_NIF_TERM enif_make_double(ErlNifEnv *env, double value)
{
    return avm_make_double(env, value);
}

/* ---- Atoms, lists, tuples, maps ------------------------------------------------------------ */

static inline ERL_NIF_TERM enif_make_atom(ErlNifEnv *env, const char *name)
{
    return avm_make_atom(env, name);
}

static inline ERL_NIF_TERM enif_make_atom_len(ErlNifEnv *env, const char *name, size_t size)
{
    return avm_make_atom_len(env, name, size);
}

static inline int enif_make_existing_atom(ErlNifEnv *env, const char *name, ERL_NIF_TERM *atom,
    ErlNifCharEncoding encoding)
{
    (void) encoding;
    return avm_make_existing_atom(env, name, atom);
}

static inline int enif_get_atom(ErlNifEnv *env, ERL_NIF_TERM term, char *buffer, unsigned size,
    ErlNifCharEncoding encoding)
{
    (void) encoding;
    return (int) avm_get_atom(env, term, buffer, size);
}

static inline ERL_NIF_TERM enif_make_tuple_from_array(ErlNifEnv *env, const ERL_NIF_TERM array[],
    unsigned count)
{
    return avm_make_tuple(env, count, array);
}

static inline ERL_NIF_TERM enif_make_list_from_array(ErlNifEnv *env, const ERL_NIF_TERM array[],
    unsigned count)
{
    return avm_make_list(env, count, array);
}

static inline ERL_NIF_TERM enif_make_tuple1(ErlNifEnv *env, ERL_NIF_TERM a)
{
    return avm_make_tuple(env, 1, &a);
}

static inline ERL_NIF_TERM enif_make_tuple2(ErlNifEnv *env, ERL_NIF_TERM a, ERL_NIF_TERM b)
{
    ERL_NIF_TERM elements[2];

    elements[0] = a;
    elements[1] = b;
    return avm_make_tuple(env, 2, elements);
}

static inline ERL_NIF_TERM enif_make_tuple3(ErlNifEnv *env, ERL_NIF_TERM a, ERL_NIF_TERM b,
    ERL_NIF_TERM c)
{
    ERL_NIF_TERM elements[3];

    elements[0] = a;
    elements[1] = b;
    elements[2] = c;
    return avm_make_tuple(env, 3, elements);
}

static inline ERL_NIF_TERM enif_make_tuple4(ErlNifEnv *env, ERL_NIF_TERM a, ERL_NIF_TERM b,
    ERL_NIF_TERM c, ERL_NIF_TERM d)
{
    ERL_NIF_TERM elements[4];

    elements[0] = a;
    elements[1] = b;
    elements[2] = c;
    elements[3] = d;
    return avm_make_tuple(env, 4, elements);
}

static inline ERL_NIF_TERM enif_make_list1(ErlNifEnv *env, ERL_NIF_TERM a)
{
    return avm_make_list(env, 1, &a);
}

static inline ERL_NIF_TERM enif_make_list2(ErlNifEnv *env, ERL_NIF_TERM a, ERL_NIF_TERM b)
{
    ERL_NIF_TERM elements[2];

    elements[0] = a;
    elements[1] = b;
    return avm_make_list(env, 2, elements);
}

static inline ERL_NIF_TERM enif_make_list_cell(ErlNifEnv *env, ERL_NIF_TERM head,
    ERL_NIF_TERM tail)
{
    return avm_make_list_cell(env, head, tail);
}

static inline ERL_NIF_TERM enif_make_string(ErlNifEnv *env, const char *text,
    ErlNifCharEncoding encoding)
{
    (void) encoding;
    return avm_make_string(env, text);
}

static inline int enif_get_list_cell(ErlNifEnv *env, ERL_NIF_TERM list, ERL_NIF_TERM *head,
    ERL_NIF_TERM *tail)
{
    return avm_get_list_cell(env, list, head, tail);
}

static inline int enif_get_list_length(ErlNifEnv *env, ERL_NIF_TERM list, unsigned *length)
{
    size_t wide;

    if (!avm_get_list_length(env, list, &wide) || wide != (unsigned) wide)
        return 0;
    *length = (unsigned) wide;
    return 1;
}

static inline int enif_get_tuple(ErlNifEnv *env, ERL_NIF_TERM tuple, int *arity,
    const ERL_NIF_TERM **elements)
{
    size_t wide;

    if (!avm_get_tuple(env, tuple, &wide, elements))
        return 0;
    *arity = (int) wide;
    return 1;
}

static inline ERL_NIF_TERM enif_make_new_map(ErlNifEnv *env)
{
    return avm_make_new_map(env);
}

static inline int enif_make_map_put(ErlNifEnv *env, ERL_NIF_TERM map, ERL_NIF_TERM key,
    ERL_NIF_TERM value, ERL_NIF_TERM *result)
{
    return avm_make_map_put(env, map, key, value, result);
}

static inline int enif_get_map_size(ErlNifEnv *env, ERL_NIF_TERM map, size_t *size)
{
    return avm_get_map_size(env, map, size);
}

static inline int enif_get_map_value(ErlNifEnv *env, ERL_NIF_TERM map, ERL_NIF_TERM key,
    ERL_NIF_TERM *value)
{
    return avm_get_map_value(env, map, key, value);
}

/* ---- Binaries --------------------------------------------------------------------------- */

static inline int enif_inspect_binary(ErlNifEnv *env, ERL_NIF_TERM term, ErlNifBinary *binary)
{
    avm_binary bytes;

    if (!avm_inspect_binary(env, term, &bytes))
        return 0;
    binary->data = (unsigned char *) (uintptr_t) bytes.data;
    binary->size = bytes.size;
    return 1;
}

static inline int enif_inspect_iolist_as_binary(ErlNifEnv *env, ERL_NIF_TERM term,
    ErlNifBinary *binary)
{
    avm_binary bytes;

    if (!avm_inspect_iolist_as_binary(env, term, &bytes))
        return 0;
    binary->data = (unsigned char *) (uintptr_t) bytes.data;
    binary->size = bytes.size;
    return 1;
}

static inline unsigned char *enif_make_new_binary(ErlNifEnv *env, size_t size,
    ERL_NIF_TERM *binary)
{
    return avm_make_new_binary(env, size, binary);
}

/* ---- Predicates ------------------------------------------------------------------------- */

static inline int enif_is_atom(ErlNifEnv *env, ERL_NIF_TERM term)
{
    return avm_is_atom(env, term);
}

static inline int enif_is_binary(ErlNifEnv *env, ERL_NIF_TERM term)
{
    return avm_is_binary(env, term);
}

static inline int enif_is_list(ErlNifEnv *env, ERL_NIF_TERM term)
{
    return avm_is_list(env, term);
}

static inline int enif_is_empty_list(ErlNifEnv *env, ERL_NIF_TERM term)
{
    return avm_is_empty_list(env, term);
}

static inline int enif_is_tuple(ErlNifEnv *env, ERL_NIF_TERM term)
{
    return avm_is_tuple(env, term);
}

static inline int enif_is_map(ErlNifEnv *env, ERL_NIF_TERM term)
{
    return avm_is_map(env, term);
}

static inline int enif_is_pid(ErlNifEnv *env, ERL_NIF_TERM term)
{
    return avm_is_pid(env, term);
}

static inline int enif_is_ref(ErlNifEnv *env, ERL_NIF_TERM term)
{
    return avm_is_ref(env, term);
}

static inline int enif_is_fun(ErlNifEnv *env, ERL_NIF_TERM term)
{
    return avm_is_fun(env, term);
}

static inline int enif_is_number(ErlNifEnv *env, ERL_NIF_TERM term)
{
    avm_type type = avm_term_type(env, term);

    return type == AVM_INTEGER || type == AVM_FLOAT;
}

static inline int enif_is_identical(ERL_NIF_TERM left, ERL_NIF_TERM right)
{
    return avm_is_identical(left, right);
}

/* ---- Processes, errors, resources ---------------------------------------------------------- */

static inline ERL_NIF_TERM enif_make_badarg(ErlNifEnv *env)
{
    return avm_raise_badarg(env);
}

static inline ERL_NIF_TERM enif_raise_exception(ErlNifEnv *env, ERL_NIF_TERM reason)
{
    return avm_raise_exception(env, reason);
}

static inline ERL_NIF_TERM enif_make_ref(ErlNifEnv *env)
{
    return avm_make_ref(env);
}

static inline ErlNifPid *enif_self(ErlNifEnv *env, ErlNifPid *pid)
{
    *pid = avm_self(env);
    return pid;
}

static inline ERL_NIF_TERM enif_make_pid(ErlNifEnv *env, const ErlNifPid *pid)
{
    return avm_make_pid(env, *pid);
}

static inline int enif_get_local_pid(ErlNifEnv *env, ERL_NIF_TERM term, ErlNifPid *pid)
{
    return avm_get_local_pid(env, term, pid);
}

static inline ERL_NIF_TERM enif_make_copy(ErlNifEnv *env, ERL_NIF_TERM term)
{
    return avm_make_copy(env, term);
}

/* A message without an env of its own lies in that of the caller, and is copied. */
static inline int enif_send(ErlNifEnv *env, const ErlNifPid *to, ErlNifEnv *message_env,
    ERL_NIF_TERM message)
{
    ErlNifEnv *source = message_env != NULL ? message_env : env;

    return avm_send(avm_env_vm(source), *to, source, message) == AVM_OK;
}

static inline ERL_NIF_TERM enif_schedule_nif(ErlNifEnv *env, const char *name, int flags,
    ERL_NIF_TERM (*fn)(ErlNifEnv *, int, const ERL_NIF_TERM[]), int argc,
    const ERL_NIF_TERM argv[])
{
    return avm_schedule_native(env, name, (unsigned) flags, fn, argc, argv);
}

static inline int enif_consume_timeslice(ErlNifEnv *env, int percent)
{
    return avm_consume_timeslice(env, percent);
}

static inline void *enif_priv_data(ErlNifEnv *env)
{
    return avm_priv_data(env);
}

typedef void ErlNifResourceDtor(ErlNifEnv *env, void *object);
typedef enum { ERL_NIF_RT_CREATE = 1, ERL_NIF_RT_TAKEOVER = 2 } ErlNifResourceFlags;

static inline ErlNifResourceType *enif_open_resource_type(ErlNifEnv *env, const char *module,
    const char *name, ErlNifResourceDtor *dtor, ErlNifResourceFlags flags,
    ErlNifResourceFlags *tried)
{
    avm_resource_callbacks callbacks;

    (void) module;
    if (tried != NULL)
        *tried = flags;
    callbacks.dtor = dtor;
    return avm_open_resource_type(env, name, &callbacks);
}

static inline void *enif_alloc_resource(ErlNifResourceType *type, size_t size)
{
    return avm_alloc_resource(type, size);
}

static inline void enif_keep_resource(void *object)
{
    avm_keep_resource(object);
}

static inline void enif_release_resource(void *object)
{
    avm_release_resource(object);
}

static inline ERL_NIF_TERM enif_make_resource(ErlNifEnv *env, void *object)
{
    return avm_make_resource(env, object);
}

static inline int enif_get_resource(ErlNifEnv *env, ERL_NIF_TERM term, ErlNifResourceType *type,
    void **object)
{
    return avm_get_resource(env, term, type, object);
}

/* Makes the constant MODULE_nif_module, for avm_register_natives. */
#define ERL_NIF_INIT(MODULE, FUNCS, LOAD, RELOAD, UPGRADE, UNLOAD) \
    const avm_native_module MODULE##_nif_module = {                \
        #MODULE, FUNCS, sizeof(FUNCS) / sizeof *(FUNCS), LOAD, UNLOAD};

#endif
