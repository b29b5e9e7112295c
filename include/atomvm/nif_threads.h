/* nif_threads.h - the threads and locks of erl_nif.h, which includes it, over POSIX threads. A program that
** uses them is linked with -pthread where the C library asks for it. Nothing here is used by libatomvm. */
#ifndef ATOMVM_NIF_THREADS_H
#define ATOMVM_NIF_THREADS_H

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "erl_nif.h"

typedef struct ErlNifMutex_ {
    pthread_mutex_t lock;
    char *name;
} ErlNifMutex;
typedef struct ErlNifCond_ {
    pthread_cond_t condition;
    char *name;
} ErlNifCond;
/* Of a mutex: strict C11 shows no pthread_rwlock_t. */
typedef struct ErlNifRWLock_ {
    pthread_mutex_t lock;           /* guards what follows */
    pthread_cond_t changed;
    unsigned readers, writers;      /* writers: those in and those who wait */
    int is_written;
    char *name;
} ErlNifRWLock;
typedef pthread_t ErlNifTid;
typedef pthread_key_t ErlNifTSDKey;
typedef struct {
    int suggested_stack_size;       /* kilowords; -1: the system's */
} ErlNifThreadOpts;

/* name is borrowed, as OTP's debugging does. */
#define ENIF_LOCK_(Type, prefix, field, kind)                                             \
    static inline Type *enif_##prefix##_create(char *name)                                \
    {                                                                                     \
        Type *made = (Type *) malloc(sizeof *made);                                       \
                                                                                          \
        if (made != NULL && pthread_##kind##_init(&made->field, NULL) != 0) {             \
            free(made);                                                                   \
            made = NULL;                                                                  \
        }                                                                                 \
        if (made != NULL)                                                                 \
            made->name = name;                                                            \
        return made;                                                                      \
    }                                                                                     \
    static inline void enif_##prefix##_destroy(Type *it)                                  \
    {                                                                                     \
        pthread_##kind##_destroy(&it->field);                                             \
        free(it);                                                                         \
    }                                                                                     \
    static inline char *enif_##prefix##_name(Type *it)                                    \
    {                                                                                     \
        return it->name;                                                                  \
    }
ENIF_LOCK_(ErlNifMutex, mutex, lock, mutex)
ENIF_LOCK_(ErlNifCond, cond, condition, cond)
#undef ENIF_LOCK_

#define ENIF_DO_(Type, name, call)                     \
    static inline void enif_##name(Type *it)           \
    {                                                  \
        (void) call;                                   \
    }
ENIF_DO_(ErlNifMutex, mutex_unlock, pthread_mutex_unlock(&it->lock))
ENIF_DO_(ErlNifCond, cond_signal, pthread_cond_signal(&it->condition))
ENIF_DO_(ErlNifCond, cond_broadcast, pthread_cond_broadcast(&it->condition))
#undef ENIF_DO_

/* 0, or EBUSY. */
static inline int enif_mutex_trylock(ErlNifMutex *mutex)
{
    return pthread_mutex_trylock(&mutex->lock);
}

/* Whoever has it may wait to get into the VM: a NIF that waits for it lets others in. */
static inline void enif_lock_(pthread_mutex_t *lock)
{
    unsigned depth;

    if (pthread_mutex_trylock(lock) == 0)
        return;
    depth = enif_begin_wait_();
    pthread_mutex_lock(lock);
    enif_end_wait_(depth);
}

static inline void enif_mutex_lock(ErlNifMutex *mutex)
{
    enif_lock_(&mutex->lock);
}

static inline void enif_cond_wait(ErlNifCond *condition, ErlNifMutex *mutex)
{
    unsigned depth = enif_begin_wait_();

    (void) pthread_cond_wait(&condition->condition, &mutex->lock);
    if (depth > 0) {                /* in the order in which others take the two */
        pthread_mutex_unlock(&mutex->lock);
        enif_end_wait_(depth);
        enif_lock_(&mutex->lock);
    }
}

/* ---- locks for many readers or one writer; writers who wait go first ---- */

static inline ErlNifRWLock *enif_rwlock_create(char *name)
{
    ErlNifRWLock *made = (ErlNifRWLock *) malloc(sizeof *made);

    if (made == NULL)
        return NULL;
    memset(made, 0, sizeof *made);
    made->name = name;
    if (pthread_mutex_init(&made->lock, NULL) == 0) {
        if (pthread_cond_init(&made->changed, NULL) == 0)
            return made;
        pthread_mutex_destroy(&made->lock);
    }
    free(made);
    return NULL;
}

static inline void enif_rwlock_destroy(ErlNifRWLock *it)
{
    pthread_cond_destroy(&it->changed);
    pthread_mutex_destroy(&it->lock);
    free(it);
}

static inline char *enif_rwlock_name(ErlNifRWLock *it)
{
    return it->name;
}

static inline int enif_lock_read_(ErlNifRWLock *it, int may_wait)
{
    unsigned depth = may_wait ? enif_begin_wait_() : 0;
    int is_free;

    pthread_mutex_lock(&it->lock);
    while (it->writers > 0 && may_wait)
        pthread_cond_wait(&it->changed, &it->lock);
    is_free = it->writers == 0;
    it->readers += is_free ? 1 : 0;
    pthread_mutex_unlock(&it->lock);
    enif_end_wait_(depth);
    return is_free ? 0 : EBUSY;
}

static inline int enif_lock_write_(ErlNifRWLock *it, int may_wait)
{
    unsigned depth = may_wait ? enif_begin_wait_() : 0;
    int is_free;

    pthread_mutex_lock(&it->lock);
    it->writers++;
    while ((it->readers > 0 || it->is_written) && may_wait)
        pthread_cond_wait(&it->changed, &it->lock);
    is_free = it->readers == 0 && !it->is_written;
    if (is_free)
        it->is_written = 1;
    else
        it->writers--;
    pthread_mutex_unlock(&it->lock);
    enif_end_wait_(depth);
    return is_free ? 0 : EBUSY;
}

static inline void enif_rwlock_rlock(ErlNifRWLock *it)
{
    (void) enif_lock_read_(it, 1);
}

static inline int enif_rwlock_tryrlock(ErlNifRWLock *it)
{
    return enif_lock_read_(it, 0);
}

static inline void enif_rwlock_rwlock(ErlNifRWLock *it)
{
    (void) enif_lock_write_(it, 1);
}

static inline int enif_rwlock_tryrwlock(ErlNifRWLock *it)
{
    return enif_lock_write_(it, 0);
}

static inline void enif_rwlock_runlock(ErlNifRWLock *it)
{
    pthread_mutex_lock(&it->lock);
    it->readers--;
    pthread_cond_broadcast(&it->changed);
    pthread_mutex_unlock(&it->lock);
}

static inline void enif_rwlock_rwunlock(ErlNifRWLock *it)
{
    pthread_mutex_lock(&it->lock);
    it->is_written = 0;
    it->writers--;
    pthread_cond_broadcast(&it->changed);
    pthread_mutex_unlock(&it->lock);
}

/* ---- data of threads ---- */

static inline int enif_tsd_key_create(char *name, ErlNifTSDKey *key)
{
    (void) name;
    return pthread_key_create(key, NULL);
}

static inline void enif_tsd_key_destroy(ErlNifTSDKey key)
{
    (void) pthread_key_delete(key);
}

static inline void enif_tsd_set(ErlNifTSDKey key, void *data)
{
    (void) pthread_setspecific(key, data);
}

static inline void *enif_tsd_get(ErlNifTSDKey key)
{
    return pthread_getspecific(key);
}

/* ---- threads ---------------------------------------------------------------------------- */

static inline ErlNifThreadOpts *enif_thread_opts_create(char *name)
{
    ErlNifThreadOpts *opts = (ErlNifThreadOpts *) malloc(sizeof *opts);

    (void) name;
    if (opts != NULL)
        opts->suggested_stack_size = -1;
    return opts;
}

static inline void enif_thread_opts_destroy(ErlNifThreadOpts *opts)
{
    free(opts);
}

/* The new thread works for the VM of its maker. */
struct enif_start_ {
    avm_vm *vm;
    void *(*function)(void *);
    void *argument;
};

__attribute__((unused)) static void *enif_run_thread_(void *user)
{
    struct enif_start_ start = *(struct enif_start_ *) user;

    free(user);
    enif_vm_of_maker = start.vm;
    return start.function(start.argument);
}

static inline int enif_thread_create(char *name, ErlNifTid *tid, void *(*function)(void *),
    void *argument, ErlNifThreadOpts *opts)
{
    struct enif_start_ *start = (struct enif_start_ *) malloc(sizeof *start);
    pthread_attr_t attributes;
    int result;

    (void) name;
    if (start == NULL || pthread_attr_init(&attributes) != 0) {
        free(start);
        return ENOMEM;
    }
    start->vm = enif_vm_();
    start->function = function;
    start->argument = argument;
    if (opts != NULL && opts->suggested_stack_size > 0)
        (void) pthread_attr_setstacksize(&attributes,
            (size_t) opts->suggested_stack_size * 1024 * sizeof(void *));
    result = pthread_create(tid, &attributes, enif_run_thread_, start);
    (void) pthread_attr_destroy(&attributes);
    if (result != 0)
        free(start);
    return result;
}

static inline ErlNifTid enif_thread_self(void)
{
    return pthread_self();
}

static inline int enif_equal_tids(ErlNifTid left, ErlNifTid right)
{
    return pthread_equal(left, right);
}

static inline void enif_thread_exit(void *result)
{
    pthread_exit(result);
}

static inline int enif_thread_join(ErlNifTid tid, void **result)
{
    unsigned depth = enif_begin_wait_();
    int status = pthread_join(tid, result);

    enif_end_wait_(depth);
    return status;
}

static inline char *enif_thread_name(ErlNifTid tid)
{
    (void) tid;
    return NULL;
}

#endif
