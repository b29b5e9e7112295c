/* threads.c - one VM on several threads: the VM asks for a thread when there is something for it to do, the host
** makes it, and it serves until the host is done.
**
**     erlc queens.erl && cc threads.c -o threads $(pkg-config --cflags --libs atomvm)
**     ./threads queens.beam 11 4
*/
#include <atomvm/term.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define THREADS_MOST 63

struct crew {
    avm_vm *vm;
    pthread_t threads[THREADS_MOST];    /* beside the one that calls */
    unsigned count;
};

static void *serve(void *user)
{
    struct crew *crew = user;

    avm_serve(crew->vm);
    return NULL;
}

/* Called by a thread that runs the VM, one at a time; the thread that is made here waits until that one has
** gone on. */
static bool send_thread(void *user)
{
    struct crew *crew = user;

    if (crew->count == THREADS_MOST
        || pthread_create(&crew->threads[crew->count], NULL, serve, crew) != 0)
        return false;
    crew->count++;
    return true;
}

static avm_status start(struct crew *crew, const char *file, unsigned schedulers, avm_error *error)
{
    avm_config config;
    avm_status status;

    avm_config_init(&config);
    if (avm_has_schedulers() && schedulers > 1) {
        config.schedulers = schedulers;
        config.on_busy = send_thread;
        config.user = crew;
    }
    status = avm_create(&config, &crew->vm, error);
    return status == AVM_OK ? avm_load_file(crew->vm, file, error) : status;
}

static avm_status count_ways(avm_vm *vm, int queens, int64_t *ways, avm_error *error)
{
    avm_env *env;
    avm_term argument, result;
    avm_status status = avm_env_create(vm, &env);

    if (status != AVM_OK)
        return status;
    argument = avm_make_int64(env, queens);
    status = avm_call(vm, "queens", "ways", env, 1, &argument, &result, error);
    if (status == AVM_OK && !avm_get_int64(env, result, ways))
        status = AVM_BAD_ARGUMENT;
    avm_env_destroy(env);
    return status;
}

/* No thread may be in the VM when it is destroyed. */
static void end(struct crew *crew)
{
    if (crew->vm != NULL)
        avm_stop_serving(crew->vm);
    while (crew->count > 0)
        pthread_join(crew->threads[--crew->count], NULL);
    avm_destroy(crew->vm);
}

int main(int argc, char **argv)
{
    struct crew crew = { .count = 0 };
    avm_error error = { AVM_OK, "" };
    avm_status status;
    int64_t ways = 0;

    if (argc != 4) {
        fprintf(stderr, "usage: threads queens.beam QUEENS THREADS\n");
        return 64;
    }
    status = start(&crew, argv[1], (unsigned) atoi(argv[3]), &error);
    if (status == AVM_OK)
        status = count_ways(crew.vm, atoi(argv[2]), &ways, &error);
    if (status == AVM_OK)
        printf("%lld ways, by at most %s threads\n", (long long) ways, argv[3]);
    else
        fprintf(stderr, "%s\n", error.message);
    end(&crew);
    return status == AVM_OK ? 0 : 1;
}
