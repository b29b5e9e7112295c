/* erl_nif.h - the NIF API of Erlang/OTP, as inline one-liners over atomvm/native.h.
**
** Source compatible: a NIF library compiles unchanged.
**  - As a shared object: erlang:load_nif/2 finds it by its path. The host shows it the symbols of
**    libatomvm: it is linked to the shared library, or exports its symbols (-rdynamic).
**  - Built in: compiled with -DSTATIC_ERLANG_NIF, it has the function MODULE_nif_init (with
**    -DSTATIC_ERLANG_NIF_LIBNAME=NAME, NAME_nif_init), and the host says
**        const avm_native_module *MODULE_nif_init(void);
**        avm_register_natives(vm, MODULE_nif_init(), &error);
** It is compiled against this header, not against another machine's: the types differ.
**
** What is here: all of the API but
**  - enif_dlopen, enif_dlsym and enif_set_option.
** What differs:
**  - Dirty NIFs run on threads of their own where the host gives some (avm_serve_dirty): one kind for both
**    flags. Where it gives none they hold up the VM as any other, and enif_thread_type says 1 in each.
**  - Functions without an env (enif_alloc, enif_alloc_env ...) work for the VM that the library was
**    called by on this thread, enif_thread_create's threads for that of their maker, and any other
**    thread for the VM that called the library last. Several VMs with one library: use threads of
**    enif_thread_create.
**  - Other threads wait for the end of a slice in each call that makes terms, sends or allocates. A NIF
**    that waits for such a thread does so by enif_..., or between avm_begin_blocking and _end_blocking.
**  - ERL_NIF_SELECT_ERROR is answered ERL_NIF_SELECT_NOTSUP: errors make a handle ready to be read.
**  - Memory comes from the VM's allocator, within its limit: NULL is an everyday answer.
**  - enif_make_... gives 0 when memory runs out; a NIF that returns it raises system_limit. */
#ifndef ATOMVM_ERL_NIF_H
#define ATOMVM_ERL_NIF_H

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atomvm/native.h"

#define ERL_NIF_MAJOR_VERSION AVM_NATIVE_MAJOR
#define ERL_NIF_MINOR_VERSION AVM_NATIVE_MINOR
#define ERL_NIF_VM_VARIANT AVM_NATIVE_VARIANT
#define ERL_NIF_MIN_ERTS_VERSION "erts-12.0"

typedef avm_env ErlNifEnv;
typedef avm_term ERL_NIF_TERM;
typedef avm_term ERL_NIF_UINT;
typedef avm_pid ErlNifPid;
typedef struct {
    ERL_NIF_TERM port_id;
} ErlNifPort;
typedef avm_native ErlNifFunc;
typedef avm_native_entry ErlNifEntry;
typedef avm_binary ErlNifBinary;
typedef avm_resource_type ErlNifResourceType;
typedef avm_monitor ErlNifMonitor;
typedef avm_map_iterator ErlNifMapIterator;
typedef int64_t ErlNifSInt64;
typedef uint64_t ErlNifUInt64;
typedef avm_term ErlNifUInt;
typedef intptr_t ErlNifSInt;
typedef int64_t ErlNifTime;
typedef int ErlNifEvent;

#define ERL_NIF_TIME_ERROR INT64_MIN

typedef enum { ERL_NIF_LATIN1 = AVM_LATIN1, ERL_NIF_UTF8 = AVM_UTF8 } ErlNifCharEncoding;
typedef enum {
    ERL_NIF_DIRTY_JOB_CPU_BOUND = AVM_DIRTY_CPU,
    ERL_NIF_DIRTY_JOB_IO_BOUND = AVM_DIRTY_IO
} ErlNifDirtyTaskFlags;
typedef enum {
    ERL_NIF_SEC = AVM_SEC,
    ERL_NIF_MSEC = AVM_MSEC,
    ERL_NIF_USEC = AVM_USEC,
    ERL_NIF_NSEC = AVM_NSEC
} ErlNifTimeUnit;
typedef enum { ERL_NIF_RT_CREATE = 1, ERL_NIF_RT_TAKEOVER = 2 } ErlNifResourceFlags;
typedef enum {
    ERL_NIF_MAP_ITERATOR_FIRST = 1,
    ERL_NIF_MAP_ITERATOR_LAST = 2,
    ERL_NIF_MAP_ITERATOR_HEAD = ERL_NIF_MAP_ITERATOR_FIRST,
    ERL_NIF_MAP_ITERATOR_TAIL = ERL_NIF_MAP_ITERATOR_LAST
} ErlNifMapIteratorEntry;
typedef enum {
    ERL_NIF_UNIQUE_POSITIVE = AVM_UNIQUE_POSITIVE,
    ERL_NIF_UNIQUE_MONOTONIC = AVM_UNIQUE_MONOTONIC
} ErlNifUniqueInteger;
typedef enum { ERL_NIF_BIN2TERM_SAFE = 0x20000000 } ErlNifBinaryToTerm;
typedef enum {
    ERL_NIF_INTERNAL_HASH = AVM_HASH_INTERNAL,
    ERL_NIF_PHASH2 = AVM_HASH_PHASH2
} ErlNifHash;
typedef enum {
    ERL_NIF_TERM_TYPE_ATOM = AVM_ATOM,
    ERL_NIF_TERM_TYPE_BITSTRING = AVM_BITSTRING,
    ERL_NIF_TERM_TYPE_FLOAT = AVM_FLOAT,
    ERL_NIF_TERM_TYPE_FUN = AVM_FUN,
    ERL_NIF_TERM_TYPE_INTEGER = AVM_INTEGER,
    ERL_NIF_TERM_TYPE_LIST = AVM_LIST,
    ERL_NIF_TERM_TYPE_MAP = AVM_MAP,
    ERL_NIF_TERM_TYPE_PID = AVM_PID,
    ERL_NIF_TERM_TYPE_PORT = AVM_PORT,
    ERL_NIF_TERM_TYPE_REFERENCE = AVM_REFERENCE,
    ERL_NIF_TERM_TYPE_TUPLE = AVM_TUPLE
} ErlNifTermType;

typedef void ErlNifResourceDtor(ErlNifEnv *env, void *object);
typedef void ErlNifResourceStop(ErlNifEnv *env, void *object, ErlNifEvent event,
    int is_direct_call);
typedef void ErlNifResourceDown(ErlNifEnv *env, void *object, ErlNifPid *pid,
    ErlNifMonitor *monitor);
typedef void ErlNifResourceDynCall(ErlNifEnv *env, void *object, void *call_data);

typedef struct {
    ErlNifResourceDtor *dtor;
    ErlNifResourceStop *stop;
    ErlNifResourceDown *down;
    int members;                    /* of the callbacks, for enif_init_resource_type */
    ErlNifResourceDynCall *dyncall;
} ErlNifResourceTypeInit;

typedef struct {
    int driver_major_version, driver_minor_version;
    char *erts_version, *otp_release;
    int thread_support, smp_support;
    int async_threads, scheduler_threads;
    int nif_major_version, nif_minor_version;
    int dirty_scheduler_support;
} ErlNifSysInfo;

/* ---- The VM of functions without an env ------------------------------------------------------ */

/* Variables of the library that is compiled with this header, not of libatomvm: each shared object
** has its own, and all that is built into one program shares one. */
#if defined(__GNUC__) || defined(__clang__)
#ifdef __cplusplus
extern "C" {
#define ENIF_THREAD_ __thread
#else
#define ENIF_THREAD_ _Thread_local
#endif
#define ENIF_SHARED_ __attribute__((weak, visibility("hidden")))
ENIF_SHARED_ ENIF_THREAD_ avm_vm *enif_vm_of_thread;        /* that it is run by */
ENIF_SHARED_ ENIF_THREAD_ avm_vm *enif_vm_of_maker;         /* in a thread of enif_thread_create */
ENIF_SHARED_ avm_vm *enif_vm_called_last;
#ifdef __cplusplus
}
#endif
#else
#error "erl_nif.h needs a compiler with weak symbols"
#endif

static inline avm_vm *enif_enter_(avm_vm *vm)
{
    avm_vm *before = enif_vm_of_thread;

    enif_vm_of_thread = vm;
    if (vm != NULL && __atomic_load_n(&enif_vm_called_last, __ATOMIC_RELAXED) != vm)
        __atomic_store_n(&enif_vm_called_last, vm, __ATOMIC_RELAXED);
    return before;
}

static inline avm_vm *enif_vm_(void)
{
    return enif_vm_of_thread != NULL ? enif_vm_of_thread
        : enif_vm_of_maker != NULL   ? enif_vm_of_maker
                                     : __atomic_load_n(&enif_vm_called_last, __ATOMIC_RELAXED);
}

/* 1, 2 for AVM_DIRTY_CPU, 3 for AVM_DIRTY_IO. */
static inline int enif_thread_type(void)
{
    return enif_vm_of_thread != NULL ? 1 + (int) avm_dirty_thread(enif_vm_of_thread) : 0;
}

/* Around a wait for another thread. */
static inline unsigned enif_begin_wait_(void)
{
    return enif_vm_of_thread != NULL ? avm_begin_blocking(enif_vm_of_thread) : 0;
}

static inline void enif_end_wait_(unsigned depth)
{
    if (enif_vm_of_thread != NULL)
        avm_end_blocking(enif_vm_of_thread, depth);
}

#define ERL_NIF_THR_UNDEFINED 0
#define ERL_NIF_THR_NORMAL_SCHEDULER 1
#define ERL_NIF_THR_DIRTY_CPU_SCHEDULER 2
#define ERL_NIF_THR_DIRTY_IO_SCHEDULER 3

/* ---- Memory and environments ----------------------------------------------------------------- */

static inline void *enif_alloc(size_t size)
{
    return avm_alloc(enif_vm_(), size);
}

static inline void *enif_realloc(void *ptr, size_t size)
{
    return avm_realloc(enif_vm_(), ptr, size);
}

static inline void enif_free(void *ptr)
{
    avm_free(ptr);
}

static inline ErlNifEnv *enif_alloc_env(void)
{
    avm_env *env;

    return avm_env_create(enif_vm_(), &env) == AVM_OK ? env : NULL;
}

static inline void enif_clear_env(ErlNifEnv *env)
{
    avm_env_clear(env);
}

static inline void enif_free_env(ErlNifEnv *env)
{
    avm_env_destroy(env);
}

static inline ERL_NIF_TERM enif_make_copy(ErlNifEnv *env, ERL_NIF_TERM term)
{
    return avm_make_copy(env, term);
}

/* ---- Numbers ---------------------------------------------------------------------------- */

static inline int enif_get_int64(ErlNifEnv *env, ERL_NIF_TERM term, ErlNifSInt64 *value)
{
    return avm_get_int64(env, term, value);
}

static inline int enif_get_uint64(ErlNifEnv *env, ERL_NIF_TERM term, ErlNifUInt64 *value)
{
    return avm_get_uint64(env, term, value);
}

#define ENIF_GET_(name, type, wide_type, wide_name)                                       \
    static inline int enif_get_##name(ErlNifEnv *env, ERL_NIF_TERM term, type *value)     \
    {                                                                                     \
        wide_type wide;                                                                   \
                                                                                          \
        if (!avm_get_##wide_name(env, term, &wide) || wide != (wide_type) (type) wide)    \
            return 0;                                                                     \
        *value = (type) wide;                                                             \
        return 1;                                                                         \
    }
ENIF_GET_(int, int, int64_t, int64)
ENIF_GET_(uint, unsigned, uint64_t, uint64)
ENIF_GET_(long, long, int64_t, int64)
ENIF_GET_(ulong, unsigned long, uint64_t, uint64)
#undef ENIF_GET_

static inline int enif_get_double(ErlNifEnv *env, ERL_NIF_TERM term, double *value)
{
    return avm_get_double(env, term, value);
}

#define ENIF_MAKE_(name, type, wide_name)                                                 \
    static inline ERL_NIF_TERM enif_make_##name(ErlNifEnv *env, type value)               \
    {                                                                                     \
        return avm_make_##wide_name(env, value);                                          \
    }
ENIF_MAKE_(int, int, int64)
ENIF_MAKE_(uint, unsigned, int64)
ENIF_MAKE_(long, long, int64)
ENIF_MAKE_(ulong, unsigned long, uint64)
ENIF_MAKE_(int64, ErlNifSInt64, int64)
ENIF_MAKE_(uint64, ErlNifUInt64, uint64)
#undef ENIF_MAKE_

static inline ERL_NIF_TERM enif_make_double(ErlNifEnv *env, double value)
{
    return value - value == 0 ? avm_make_double(env, value) : avm_raise_badarg(env);
}

static inline ERL_NIF_TERM enif_make_unique_integer(ErlNifEnv *env, ErlNifUniqueInteger properties)
{
    return avm_make_unique_integer(env, (unsigned) properties);
}

/* ---- Atoms and strings ---------------------------------------------------------------------- */

static inline ERL_NIF_TERM enif_make_atom_len(ErlNifEnv *env, const char *name, size_t size)
{
    ERL_NIF_TERM atom = avm_make_atom_encoded(env, name, size, AVM_LATIN1, false);

    return atom == 0 && size > 255 ? avm_raise_badarg(env) : atom;
}

static inline ERL_NIF_TERM enif_make_atom(ErlNifEnv *env, const char *name)
{
    return enif_make_atom_len(env, name, strlen(name));
}

static inline int enif_make_new_atom_len(ErlNifEnv *env, const char *name, size_t size,
    ERL_NIF_TERM *atom, ErlNifCharEncoding encoding)
{
    *atom = avm_make_atom_encoded(env, name, size, (avm_encoding) encoding, false);
    return *atom != 0;
}

static inline int enif_make_new_atom(ErlNifEnv *env, const char *name, ERL_NIF_TERM *atom,
    ErlNifCharEncoding encoding)
{
    return enif_make_new_atom_len(env, name, strlen(name), atom, encoding);
}

static inline int enif_make_existing_atom_len(ErlNifEnv *env, const char *name, size_t size,
    ERL_NIF_TERM *atom, ErlNifCharEncoding encoding)
{
    ERL_NIF_TERM found = avm_make_atom_encoded(env, name, size, (avm_encoding) encoding, true);

    if (found == 0)
        return 0;
    *atom = found;
    return 1;
}

static inline int enif_make_existing_atom(ErlNifEnv *env, const char *name, ERL_NIF_TERM *atom,
    ErlNifCharEncoding encoding)
{
    return enif_make_existing_atom_len(env, name, strlen(name), atom, encoding);
}

static inline int enif_get_atom(ErlNifEnv *env, ERL_NIF_TERM term, char *buffer, unsigned size,
    ErlNifCharEncoding encoding)
{
    return (int) avm_get_atom_encoded(env, term, buffer, size, (avm_encoding) encoding);
}

static inline int enif_get_atom_length(ErlNifEnv *env, ERL_NIF_TERM term, unsigned *length,
    ErlNifCharEncoding encoding)
{
    size_t wide;

    if (!avm_get_atom_length(env, term, &wide, (avm_encoding) encoding))
        return 0;
    *length = (unsigned) wide;
    return 1;
}

static inline ERL_NIF_TERM enif_make_string_len(ErlNifEnv *env, const char *text, size_t size,
    ErlNifCharEncoding encoding)
{
    return avm_make_string_len(env, text, size, (avm_encoding) encoding);
}

static inline ERL_NIF_TERM enif_make_string(ErlNifEnv *env, const char *text,
    ErlNifCharEncoding encoding)
{
    return avm_make_string_len(env, text, strlen(text), (avm_encoding) encoding);
}

static inline int enif_get_string(ErlNifEnv *env, ERL_NIF_TERM list, char *buffer, unsigned size,
    ErlNifCharEncoding encoding)
{
    return avm_get_string(env, list, buffer, size, (avm_encoding) encoding);
}

static inline int enif_get_string_length(ErlNifEnv *env, ERL_NIF_TERM list, unsigned *length,
    ErlNifCharEncoding encoding)
{
    size_t wide;

    if (!avm_get_string_length(env, list, &wide, (avm_encoding) encoding)
        || wide != (unsigned) wide)
        return 0;
    *length = (unsigned) wide;
    return 1;
}

/* ---- Lists and tuples ------------------------------------------------------------------------ */

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

static inline ERL_NIF_TERM enif_make_list_cell(ErlNifEnv *env, ERL_NIF_TERM head,
    ERL_NIF_TERM tail)
{
    return avm_make_list_cell(env, head, tail);
}

/* Of any number of terms, with room for those that are usual. */
static inline ERL_NIF_TERM enif_make_many_(ErlNifEnv *env, int is_tuple, unsigned count,
    va_list arguments)
{
    ERL_NIF_TERM few[64], *terms = few, made;
    unsigned i;

    if (count > 64)
        terms = (ERL_NIF_TERM *) avm_alloc(avm_env_vm(env), count * sizeof *terms);
    if (terms == NULL)
        return 0;
    for (i = 0; i < count; i++)
        terms[i] = va_arg(arguments, ERL_NIF_TERM);
    made = is_tuple ? avm_make_tuple(env, count, terms) : avm_make_list(env, count, terms);
    if (terms != few)
        avm_free(terms);
    return made;
}

/* Functions of variable arguments are not inlined everywhere: unused ones are no defect. */
__attribute__((unused)) static ERL_NIF_TERM enif_make_tuple(ErlNifEnv *env, unsigned count, ...)
{
    ERL_NIF_TERM made;
    va_list arguments;

    va_start(arguments, count);
    made = enif_make_many_(env, 1, count, arguments);
    va_end(arguments);
    return made;
}

__attribute__((unused)) static ERL_NIF_TERM enif_make_list(ErlNifEnv *env, unsigned count, ...)
{
    ERL_NIF_TERM made;
    va_list arguments;

    va_start(arguments, count);
    made = enif_make_many_(env, 0, count, arguments);
    va_end(arguments);
    return made;
}

#define enif_make_tuple1(env, a) enif_make_tuple(env, 1, a)
#define enif_make_tuple2(env, a, b) enif_make_tuple(env, 2, a, b)
#define enif_make_tuple3(env, a, b, c) enif_make_tuple(env, 3, a, b, c)
#define enif_make_tuple4(env, a, b, c, d) enif_make_tuple(env, 4, a, b, c, d)
#define enif_make_tuple5(env, a, b, c, d, e) enif_make_tuple(env, 5, a, b, c, d, e)
#define enif_make_tuple6(env, a, b, c, d, e, f) enif_make_tuple(env, 6, a, b, c, d, e, f)
#define enif_make_tuple7(env, a, b, c, d, e, f, g) enif_make_tuple(env, 7, a, b, c, d, e, f, g)
#define enif_make_tuple8(env, a, b, c, d, e, f, g, h) \
    enif_make_tuple(env, 8, a, b, c, d, e, f, g, h)
#define enif_make_tuple9(env, a, b, c, d, e, f, g, h, i) \
    enif_make_tuple(env, 9, a, b, c, d, e, f, g, h, i)
#define enif_make_list1(env, a) enif_make_list(env, 1, a)
#define enif_make_list2(env, a, b) enif_make_list(env, 2, a, b)
#define enif_make_list3(env, a, b, c) enif_make_list(env, 3, a, b, c)
#define enif_make_list4(env, a, b, c, d) enif_make_list(env, 4, a, b, c, d)
#define enif_make_list5(env, a, b, c, d, e) enif_make_list(env, 5, a, b, c, d, e)
#define enif_make_list6(env, a, b, c, d, e, f) enif_make_list(env, 6, a, b, c, d, e, f)
#define enif_make_list7(env, a, b, c, d, e, f, g) enif_make_list(env, 7, a, b, c, d, e, f, g)
#define enif_make_list8(env, a, b, c, d, e, f, g, h) \
    enif_make_list(env, 8, a, b, c, d, e, f, g, h)
#define enif_make_list9(env, a, b, c, d, e, f, g, h, i) \
    enif_make_list(env, 9, a, b, c, d, e, f, g, h, i)

static inline int enif_make_reverse_list(ErlNifEnv *env, ERL_NIF_TERM list, ERL_NIF_TERM *result)
{
    return avm_make_reverse_list(env, list, result);
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

/* ---- Maps --------------------------------------------------------------------------------- */

static inline ERL_NIF_TERM enif_make_new_map(ErlNifEnv *env)
{
    return avm_make_new_map(env);
}

static inline int enif_make_map_put(ErlNifEnv *env, ERL_NIF_TERM map, ERL_NIF_TERM key,
    ERL_NIF_TERM value, ERL_NIF_TERM *result)
{
    return avm_make_map_put(env, map, key, value, result);
}

static inline int enif_make_map_update(ErlNifEnv *env, ERL_NIF_TERM map, ERL_NIF_TERM key,
    ERL_NIF_TERM value, ERL_NIF_TERM *result)
{
    return avm_make_map_update(env, map, key, value, result);
}

static inline int enif_make_map_remove(ErlNifEnv *env, ERL_NIF_TERM map, ERL_NIF_TERM key,
    ERL_NIF_TERM *result)
{
    return avm_make_map_remove(env, map, key, result);
}

static inline int enif_make_map_from_arrays(ErlNifEnv *env, ERL_NIF_TERM keys[],
    ERL_NIF_TERM values[], size_t count, ERL_NIF_TERM *result)
{
    return avm_make_map_from_arrays(env, keys, values, count, result);
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

static inline int enif_map_iterator_create(ErlNifEnv *env, ERL_NIF_TERM map,
    ErlNifMapIterator *iterator, ErlNifMapIteratorEntry entry)
{
    return avm_map_iterator_create(env, map, iterator, entry == ERL_NIF_MAP_ITERATOR_LAST);
}

static inline void enif_map_iterator_destroy(ErlNifEnv *env, ErlNifMapIterator *iterator)
{
    avm_map_iterator_destroy(env, iterator);
}

static inline int enif_map_iterator_is_head(ErlNifEnv *env, ErlNifMapIterator *iterator)
{
    (void) env;
    return iterator->place == 0;
}

static inline int enif_map_iterator_is_tail(ErlNifEnv *env, ErlNifMapIterator *iterator)
{
    (void) env;
    return iterator->place > iterator->size;
}

static inline int enif_map_iterator_next(ErlNifEnv *env, ErlNifMapIterator *iterator)
{
    return avm_map_iterator_next(env, iterator);
}

static inline int enif_map_iterator_prev(ErlNifEnv *env, ErlNifMapIterator *iterator)
{
    return avm_map_iterator_prev(env, iterator);
}

static inline int enif_map_iterator_get_pair(ErlNifEnv *env, ErlNifMapIterator *iterator,
    ERL_NIF_TERM *key, ERL_NIF_TERM *value)
{
    return avm_map_iterator_get_pair(env, iterator, key, value);
}

/* ---- Binaries --------------------------------------------------------------------------- */

static inline int enif_alloc_binary(size_t size, ErlNifBinary *binary)
{
    return avm_alloc_binary(enif_vm_(), size, binary);
}

/* One of a term becomes a copy of the caller's own. */
static inline int enif_realloc_binary(ErlNifBinary *binary, size_t size)
{
    avm_binary copy;

    if (binary->owner != NULL)
        return avm_realloc_binary(binary, size);
    if (!avm_alloc_binary(enif_vm_(), size, &copy))
        return 0;
    memcpy(copy.data, binary->data, size < binary->size ? size : binary->size);
    *binary = copy;
    return 1;
}

static inline void enif_release_binary(ErlNifBinary *binary)
{
    avm_release_binary(binary);
}

static inline ERL_NIF_TERM enif_make_binary(ErlNifEnv *env, ErlNifBinary *binary)
{
    return avm_make_owned_binary(env, binary);
}

static inline unsigned char *enif_make_new_binary(ErlNifEnv *env, size_t size,
    ERL_NIF_TERM *binary)
{
    return avm_make_new_binary(env, size, binary);
}

static inline ERL_NIF_TERM enif_make_sub_binary(ErlNifEnv *env, ERL_NIF_TERM binary,
    size_t position, size_t size)
{
    return avm_make_sub_binary(env, binary, position, size);
}

static inline int enif_inspect_binary(ErlNifEnv *env, ERL_NIF_TERM term, ErlNifBinary *binary)
{
    return avm_inspect_binary(env, term, binary);
}

static inline int enif_inspect_iolist_as_binary(ErlNifEnv *env, ERL_NIF_TERM term,
    ErlNifBinary *binary)
{
    return avm_inspect_iolist_as_binary(env, term, binary);
}

static inline int enif_term_to_binary(ErlNifEnv *env, ERL_NIF_TERM term, ErlNifBinary *binary)
{
    return avm_encode_term(env, term, binary) == AVM_OK;
}

static inline size_t enif_binary_to_term(ErlNifEnv *env, const unsigned char *data, size_t size,
    ERL_NIF_TERM *term, unsigned options)
{
    return avm_decode_term(env, data, size, (options & ERL_NIF_BIN2TERM_SAFE) != 0, term);
}

/* ---- Predicates, order -------------------------------------------------------------------- */

#define ENIF_IS_(name)                                                    \
    static inline int enif_is_##name(ErlNifEnv *env, ERL_NIF_TERM term)   \
    {                                                                     \
        return avm_is_##name(env, term);                                  \
    }
ENIF_IS_(atom)
ENIF_IS_(binary)
ENIF_IS_(list)
ENIF_IS_(empty_list)
ENIF_IS_(tuple)
ENIF_IS_(map)
ENIF_IS_(pid)
ENIF_IS_(port)
ENIF_IS_(ref)
ENIF_IS_(fun)
#undef ENIF_IS_

static inline ErlNifTermType enif_term_type(ErlNifEnv *env, ERL_NIF_TERM term)
{
    return (ErlNifTermType) avm_term_type(env, term);
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

static inline int enif_compare(ERL_NIF_TERM left, ERL_NIF_TERM right)
{
    return avm_compare_in(enif_vm_(), left, right);
}

static inline ErlNifUInt64 enif_hash(ErlNifHash type, ERL_NIF_TERM term, ErlNifUInt64 salt)
{
    return avm_hash(enif_vm_(), (avm_hash_type) type, term, salt);
}

/* ---- Exceptions ---------------------------------------------------------------------------- */

static inline ERL_NIF_TERM enif_make_badarg(ErlNifEnv *env)
{
    return avm_raise_badarg(env);
}

static inline ERL_NIF_TERM enif_raise_exception(ErlNifEnv *env, ERL_NIF_TERM reason)
{
    return avm_raise_exception(env, reason);
}

static inline int enif_has_pending_exception(ErlNifEnv *env, ERL_NIF_TERM *reason)
{
    return avm_has_pending_exception(env, reason);
}

static inline int enif_is_exception(ErlNifEnv *env, ERL_NIF_TERM term)
{
    return term == 0 && avm_has_pending_exception(env, NULL);
}

/* ---- Processes, references, messages --------------------------------------------------------- */

static inline ERL_NIF_TERM enif_make_ref(ErlNifEnv *env)
{
    return avm_make_ref(env);
}

static inline ErlNifPid *enif_self(ErlNifEnv *env, ErlNifPid *pid)
{
    *pid = avm_self(env);
    return pid->pid != 0 ? pid : NULL;
}

static inline ERL_NIF_TERM enif_make_pid(ErlNifEnv *env, const ErlNifPid *pid)
{
    return avm_make_pid(env, *pid);
}

static inline int enif_get_local_pid(ErlNifEnv *env, ERL_NIF_TERM term, ErlNifPid *pid)
{
    return avm_get_local_pid(env, term, pid);
}

static inline int enif_whereis_pid(ErlNifEnv *env, ERL_NIF_TERM name, ErlNifPid *pid)
{
    return avm_whereis_pid(env, name, pid);
}

static inline void enif_set_pid_undefined(ErlNifPid *pid)
{
    pid->pid = 0;
}

static inline int enif_is_pid_undefined(const ErlNifPid *pid)
{
    return pid->pid == 0;
}

/* As the order of their terms. */
static inline int enif_compare_pids(const ErlNifPid *left, const ErlNifPid *right)
{
    return left->pid < right->pid ? -1 : left->pid > right->pid;
}

static inline int enif_is_process_alive(ErlNifEnv *env, ErlNifPid *pid)
{
    return avm_is_process_alive(env != NULL ? avm_env_vm(env) : enif_vm_(), *pid);
}

/* ---- Ports -------------------------------------------------------------------------------- */

static inline int enif_get_local_port(ErlNifEnv *env, ERL_NIF_TERM term, ErlNifPort *port)
{
    avm_pid found;

    if (!avm_get_local_port(env, term, &found))
        return 0;
    port->port_id = found.pid;
    return 1;
}

static inline int enif_whereis_port(ErlNifEnv *env, ERL_NIF_TERM name, ErlNifPort *port)
{
    avm_pid found;

    if (!avm_whereis_port(env, name, &found))
        return 0;
    port->port_id = found.pid;
    return 1;
}

static inline int enif_is_port_alive(ErlNifEnv *env, ErlNifPort *port)
{
    avm_pid pid = { port->port_id };

    return avm_is_process_alive(env != NULL ? avm_env_vm(env) : enif_vm_(), pid);
}

static inline int enif_port_command(ErlNifEnv *env, const ErlNifPort *port, ErlNifEnv *message_env,
    ERL_NIF_TERM message)
{
    avm_pid pid = { port->port_id };

    return avm_port_command(env, &pid, message_env, message);
}

static inline int enif_is_current_process_alive(ErlNifEnv *env)
{
    return avm_is_current_process_alive(env);
}

/* A message without an env of its own lies in that of the caller, and is copied. */
static inline int enif_send(ErlNifEnv *env, const ErlNifPid *to, ErlNifEnv *message_env,
    ERL_NIF_TERM message)
{
    avm_env *source = message_env != NULL ? message_env : env;
    avm_vm *vm = avm_env_vm(source);

    return avm_is_process_alive(vm, *to) && avm_send(vm, *to, source, message) == AVM_OK;
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

/* ---- Resources ---------------------------------------------------------------------------- */

static inline ErlNifResourceType *enif_open_type_(ErlNifEnv *env, const char *name,
    const avm_resource_callbacks *callbacks, ErlNifResourceFlags flags, ErlNifResourceFlags *tried)
{
    ErlNifResourceFlags way
        = avm_has_resource_type(env, name) ? ERL_NIF_RT_TAKEOVER : ERL_NIF_RT_CREATE;

    if (tried != NULL)
        *tried = way;
    return (flags & way) != 0 ? avm_open_resource_type(env, name, callbacks) : NULL;
}

static inline ErlNifResourceType *enif_open_resource_type(ErlNifEnv *env, const char *module,
    const char *name, ErlNifResourceDtor *dtor, ErlNifResourceFlags flags,
    ErlNifResourceFlags *tried)
{
    avm_resource_callbacks callbacks = {dtor, NULL, NULL, NULL};

    (void) module;
    return enif_open_type_(env, name, &callbacks, flags, tried);
}

static inline ErlNifResourceType *enif_open_resource_type_x(ErlNifEnv *env, const char *name,
    const ErlNifResourceTypeInit *init, ErlNifResourceFlags flags, ErlNifResourceFlags *tried)
{
    avm_resource_callbacks callbacks = {init->dtor, init->stop, init->down, NULL};

    return enif_open_type_(env, name, &callbacks, flags, tried);
}

static inline ErlNifResourceType *enif_init_resource_type(ErlNifEnv *env, const char *name,
    const ErlNifResourceTypeInit *init, ErlNifResourceFlags flags, ErlNifResourceFlags *tried)
{
    avm_resource_callbacks callbacks;

    callbacks.dtor = init->members > 0 ? init->dtor : NULL;
    callbacks.stop = init->members > 1 ? init->stop : NULL;
    callbacks.down = init->members > 2 ? init->down : NULL;
    callbacks.dyncall = init->members > 3 ? init->dyncall : NULL;
    return enif_open_type_(env, name, &callbacks, flags, tried);
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

static inline size_t enif_sizeof_resource(void *object)
{
    return avm_sizeof_resource(object);
}

static inline ERL_NIF_TERM enif_make_resource(ErlNifEnv *env, void *object)
{
    return avm_make_resource(env, object);
}

static inline ERL_NIF_TERM enif_make_resource_binary(ErlNifEnv *env, void *object,
    const void *data, size_t size)
{
    return avm_make_resource_binary(env, object, data, size);
}

static inline int enif_get_resource(ErlNifEnv *env, ERL_NIF_TERM term, ErlNifResourceType *type,
    void **object)
{
    return avm_get_resource(env, term, type, object);
}

/* 0: the call was made. */
static inline int enif_dynamic_resource_call(ErlNifEnv *env, ERL_NIF_TERM module,
    ERL_NIF_TERM name, ERL_NIF_TERM resource, void *call_data)
{
    return !avm_dynamic_resource_call(env, module, name, resource, call_data);
}

static inline int enif_monitor_process(ErlNifEnv *env, void *object, const ErlNifPid *pid,
    ErlNifMonitor *monitor)
{
    return avm_monitor_process(env, object, pid, monitor);
}

static inline int enif_demonitor_process(ErlNifEnv *env, void *object,
    const ErlNifMonitor *monitor)
{
    return avm_demonitor_process(env, object, monitor);
}

static inline int enif_compare_monitors(const ErlNifMonitor *left, const ErlNifMonitor *right)
{
    return avm_compare_monitors(left, right);
}

static inline ERL_NIF_TERM enif_make_monitor_term(ErlNifEnv *env, const ErlNifMonitor *monitor)
{
    return avm_make_monitor_term(env, monitor);
}

/* ---- Waiting for file descriptors ------------------------------------------------------------- */

enum ErlNifSelectFlags {
    ERL_NIF_SELECT_READ = AVM_SELECT_READ,
    ERL_NIF_SELECT_WRITE = AVM_SELECT_WRITE,
    ERL_NIF_SELECT_STOP = AVM_SELECT_STOP,
    ERL_NIF_SELECT_CANCEL = AVM_SELECT_CANCEL,
    ERL_NIF_SELECT_CUSTOM_MSG = AVM_SELECT_CUSTOM_MSG,
    ERL_NIF_SELECT_ERROR = 32
};

#define ERL_NIF_SELECT_STOP_CALLED AVM_SELECT_STOP_CALLED
#define ERL_NIF_SELECT_STOP_SCHEDULED AVM_SELECT_STOP_SCHEDULED
#define ERL_NIF_SELECT_INVALID_EVENT AVM_SELECT_INVALID_EVENT
#define ERL_NIF_SELECT_FAILED AVM_SELECT_FAILED
#define ERL_NIF_SELECT_READ_CANCELLED AVM_SELECT_READ_CANCELLED
#define ERL_NIF_SELECT_WRITE_CANCELLED AVM_SELECT_WRITE_CANCELLED
#define ERL_NIF_SELECT_ERROR_CANCELLED 64
#define ERL_NIF_SELECT_NOTSUP 128

static inline int enif_select(ErlNifEnv *env, ErlNifEvent event, enum ErlNifSelectFlags flags,
    void *object, const ErlNifPid *pid, ERL_NIF_TERM reference)
{
    if (flags & ERL_NIF_SELECT_ERROR)
        return INT_MIN | ERL_NIF_SELECT_NOTSUP;
    return avm_select(env, event, (unsigned) flags & ~(unsigned) AVM_SELECT_CUSTOM_MSG, object,
        pid, reference);
}

/* The message lies in message_env, or in env; either way it is copied, and message_env emptied. */
static inline int enif_select_x(ErlNifEnv *env, ErlNifEvent event, enum ErlNifSelectFlags flags,
    void *object, const ErlNifPid *pid, ERL_NIF_TERM message, ErlNifEnv *message_env)
{
    int result = flags & ERL_NIF_SELECT_ERROR
        ? INT_MIN | ERL_NIF_SELECT_NOTSUP
        : avm_select(env, event, (unsigned) flags | AVM_SELECT_CUSTOM_MSG, object, pid, message);

    if (message_env != NULL)
        avm_env_clear(message_env);
    return result;
}

#define enif_select_read(env, event, object, pid, message, message_env) \
    enif_select_x(env, event, ERL_NIF_SELECT_READ, object, pid, message, message_env)
#define enif_select_error(env, event, object, pid, message, message_env) \
    enif_select_x(env, event, ERL_NIF_SELECT_ERROR, object, pid, message, message_env)
#define enif_select_write(env, event, object, pid, message, message_env) \
    enif_select_x(env, event, ERL_NIF_SELECT_WRITE, object, pid, message, message_env)

/* ---- Time -------------------------------------------------------------------------------- */

static inline ErlNifTime enif_monotonic_time(ErlNifTimeUnit unit)
{
    return avm_monotonic_time(enif_vm_(), (avm_time_unit) unit);
}

static inline ErlNifTime enif_time_offset(ErlNifTimeUnit unit)
{
    return avm_time_offset(enif_vm_(), (avm_time_unit) unit);
}

static inline ErlNifTime enif_convert_time_unit(ErlNifTime time, ErlNifTimeUnit from,
    ErlNifTimeUnit to)
{
    return avm_convert_time_unit(time, (avm_time_unit) from, (avm_time_unit) to);
}

/* {MegaSeconds, Seconds, MicroSeconds} */
static inline ERL_NIF_TERM enif_make_stamp_(ErlNifEnv *env, int64_t us)
{
    return enif_make_tuple3(env, enif_make_int64(env, us / 1000000000000),
        enif_make_int64(env, us / 1000000 % 1000000), enif_make_int64(env, us % 1000000));
}

static inline ERL_NIF_TERM enif_now_time(ErlNifEnv *env)
{
    avm_vm *vm = avm_env_vm(env);

    return enif_make_stamp_(env,
        avm_monotonic_time(vm, AVM_USEC) + avm_time_offset(vm, AVM_USEC));
}

static inline ERL_NIF_TERM enif_cpu_time(ErlNifEnv *env)
{
    return enif_make_stamp_(env, avm_cpu_time(avm_env_vm(env), AVM_USEC));
}

/* ---- Text, system ------------------------------------------------------------------------- */

static inline int enif_vsnprintf(char *buffer, size_t size, const char *format, va_list arguments)
{
    return avm_vsnprintf(enif_vm_(), buffer, size, format, arguments);
}

__attribute__((unused)) static int enif_snprintf(char *buffer, size_t size, const char *format,
    ...)
{
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = enif_vsnprintf(buffer, size, format, arguments);
    va_end(arguments);
    return length;
}

static inline int enif_vfprintf(FILE *file, const char *format, va_list arguments)
{
    char few[256], *text = few;
    va_list again;
    int length;

    va_copy(again, arguments);
    length = enif_vsnprintf(few, sizeof few, format, again);
    va_end(again);
    if (length >= (int) sizeof few) {
        text = (char *) malloc((size_t) length + 1);
        if (text == NULL)
            return -1;
        length = enif_vsnprintf(text, (size_t) length + 1, format, arguments);
    }
    if (length > 0 && fwrite(text, 1, (size_t) length, file) != (size_t) length)
        length = -1;
    if (text != few)
        free(text);
    return length;
}

__attribute__((unused)) static int enif_fprintf(FILE *file, const char *format, ...)
{
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = enif_vfprintf(file, format, arguments);
    va_end(arguments);
    return length;
}

/* 0: found; < 0: there is none; > 0: it does not fit, *size is what it needs. */
static inline int enif_getenv(const char *key, char *value, size_t *size)
{
    const char *found = getenv(key);
    size_t length;

    if (found == NULL)
        return -1;
    length = strlen(found);
    if (length >= *size) {
        *size = length + 1;
        return 1;
    }
    memcpy(value, found, length + 1);
    *size = length;
    return 0;
}

static inline void enif_system_info(ErlNifSysInfo *info, size_t size)
{
    ErlNifSysInfo all;

    memset(&all, 0, sizeof all);
    all.driver_major_version = 3;
    all.driver_minor_version = 3;
    all.erts_version = (char *) (uintptr_t) AVM_VERSION_TEXT;
    all.otp_release = (char *) (uintptr_t) "25";
    all.thread_support = 1;
    all.scheduler_threads = 1;
    all.nif_major_version = ERL_NIF_MAJOR_VERSION;
    all.nif_minor_version = ERL_NIF_MINOR_VERSION;
    memcpy(info, &all, size < sizeof all ? size : sizeof all);
}

/* ---- Io queues, threads ------------------------------------------------------------------- */

#include "atomvm/nif_ioq.h"

#if !defined(ERL_NIF_NO_THREADS) && (defined(__unix__) || defined(__APPLE__))
#include "atomvm/nif_threads.h"
#endif

/* ---- The table ---------------------------------------------------------------------------- */

#ifdef STATIC_ERLANG_NIF_LIBNAME
#define STATIC_ERLANG_NIF
#endif
#ifdef __cplusplus
#define ERL_NIF_INIT_C_ extern "C"
#else
#define ERL_NIF_INIT_C_
#endif
#define ERL_NIF_INIT_PASTE_(a, b) a##b
#define ERL_NIF_INIT_NAME_(library) ERL_NIF_INIT_PASTE_(library, _nif_init)

#define ERL_NIF_INIT_MODULE_(MODULE, FUNCS, LOAD, UPGRADE, UNLOAD)                          \
    static avm_vm *enif_enter_library_(avm_vm *vm)                                          \
    {                                                                                       \
        return enif_enter_(vm);                                                             \
    }                                                                                       \
    static const avm_native_module enif_module_ = {#MODULE, FUNCS,                          \
        sizeof(FUNCS) / sizeof *(FUNCS), LOAD, UNLOAD, UPGRADE, enif_enter_library_};

#if defined(STATIC_ERLANG_NIF_LIBNAME)
#define ERL_NIF_INIT_FUNCTION_(MODULE)                                                      \
    ERL_NIF_INIT_C_ const avm_native_module *ERL_NIF_INIT_NAME_(STATIC_ERLANG_NIF_LIBNAME)(void); \
    ERL_NIF_INIT_C_ const avm_native_module *ERL_NIF_INIT_NAME_(STATIC_ERLANG_NIF_LIBNAME)(void)  \
    {                                                                                       \
        return &enif_module_;                                                               \
    }
#elif defined(STATIC_ERLANG_NIF)
#define ERL_NIF_INIT_FUNCTION_(MODULE)                                                      \
    ERL_NIF_INIT_C_ const avm_native_module *ERL_NIF_INIT_PASTE_(MODULE, _nif_init)(void);  \
    ERL_NIF_INIT_C_ const avm_native_module *ERL_NIF_INIT_PASTE_(MODULE, _nif_init)(void)   \
    {                                                                                       \
        return &enif_module_;                                                               \
    }
#else
#define ERL_NIF_INIT_FUNCTION_(MODULE)                                                      \
    ERL_NIF_INIT_C_ __attribute__((visibility("default"))) const avm_native_entry *nif_init(void); \
    ERL_NIF_INIT_C_ __attribute__((visibility("default"))) const avm_native_entry *nif_init(void)  \
    {                                                                                       \
        static const avm_native_entry entry = {ERL_NIF_MAJOR_VERSION, ERL_NIF_MINOR_VERSION, \
            enif_module_.name, (int) enif_module_.count, enif_module_.natives,              \
            {NULL, NULL, NULL, NULL}, ERL_NIF_VM_VARIANT, &enif_module_};                   \
                                                                                            \
        return &entry;                                                                      \
    }
#endif

#define ERL_NIF_INIT(MODULE, FUNCS, LOAD, RELOAD, UPGRADE, UNLOAD)      \
    ERL_NIF_INIT_MODULE_(MODULE, FUNCS, LOAD, UPGRADE, UNLOAD)          \
    ERL_NIF_INIT_FUNCTION_(MODULE)

#endif
