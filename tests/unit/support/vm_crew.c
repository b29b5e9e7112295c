/* vm_crew.c - see vm_crew.h. Always: a thread is in the VM only while it does not count as out. */
#define _POSIX_C_SOURCE 200809L
#include "support/vm_crew.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#define SLICES 25
#define LONGEST_SLEEP_NS INT64_C(1000000000)

struct vm_crew {
    avm_vm *vm;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_called, is_over;        /* under the lock, as is out */
    unsigned count, out;
    pthread_t threads[];
};

/* False: the thread is to end. */
static bool wait_for_call(struct vm_crew *crew)
{
    bool goes_on;

    pthread_mutex_lock(&crew->lock);
    if (!crew->is_called) {
        crew->out++;
        pthread_cond_broadcast(&crew->changed);
        while (!crew->is_called && !crew->is_over)
            pthread_cond_wait(&crew->changed, &crew->lock);
        crew->out--;
    }
    goes_on = !crew->is_over;
    pthread_mutex_unlock(&crew->lock);
    return goes_on;
}

static void *serve(void *user)
{
    struct vm_crew *crew = user;

    while (wait_for_call(crew)) {
        avm_progress progress = { AVM_WAITING, 0, 0, INT64_MAX };

        if (avm_run(crew->vm, SLICES * 4000, &progress) != AVM_OK)
            abort();
        if (progress.activity == AVM_WAITING)
            (void) avm_wait(crew->vm, LONGEST_SLEEP_NS);
    }
    return NULL;
}

struct vm_crew *vm_crew_start(avm_vm *vm, unsigned count)
{
    struct vm_crew *crew = calloc(1, sizeof *crew + count * sizeof crew->threads[0]);

    if (crew == NULL)
        abort();
    crew->vm = vm;
    crew->count = count;
    pthread_mutex_init(&crew->lock, NULL);
    pthread_cond_init(&crew->changed, NULL);
    while (count-- > 0)
        if (pthread_create(&crew->threads[count], NULL, serve, crew) != 0)
            abort();
    vm_crew_call_out(crew);
    return crew;
}

void vm_crew_call_in(struct vm_crew *crew)
{
    pthread_mutex_lock(&crew->lock);
    crew->is_called = true;
    pthread_cond_broadcast(&crew->changed);
    pthread_mutex_unlock(&crew->lock);
}

void vm_crew_call_out(struct vm_crew *crew)
{
    pthread_mutex_lock(&crew->lock);
    crew->is_called = false;
    while (crew->out < crew->count) {
        struct timespec soon;

        pthread_mutex_unlock(&crew->lock);
        avm_interrupt(crew->vm);
        pthread_mutex_lock(&crew->lock);
        clock_gettime(CLOCK_REALTIME, &soon);
        soon.tv_nsec += 200000;
        soon.tv_sec += soon.tv_nsec / 1000000000;
        soon.tv_nsec %= 1000000000;
        if (crew->out < crew->count)
            (void) pthread_cond_timedwait(&crew->changed, &crew->lock, &soon);
    }
    pthread_mutex_unlock(&crew->lock);
}

unsigned vm_crew_out(struct vm_crew *crew)
{
    unsigned out;

    pthread_mutex_lock(&crew->lock);
    out = crew->out;
    pthread_mutex_unlock(&crew->lock);
    return out;
}

void vm_crew_end(struct vm_crew *crew)
{
    if (crew == NULL)
        return;
    pthread_mutex_lock(&crew->lock);
    crew->is_over = true;
    pthread_cond_broadcast(&crew->changed);
    pthread_mutex_unlock(&crew->lock);
    for (unsigned at = 0; at < crew->count; at++)
        pthread_join(crew->threads[at], NULL);
    pthread_cond_destroy(&crew->changed);
    pthread_mutex_destroy(&crew->lock);
    free(crew);
}
