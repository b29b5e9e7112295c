/* resource_fixture.c - see resource_fixture.h. The destructor makes terms of its own, and lets go of a
** second resource that only it holds. */
#include "support/resource_fixture.h"

#include <stddef.h>

struct held {
    int64_t value;
    void *inner;                    /* a resource, or NULL */
    int64_t downs;                  /* processes that it watched and that have ended */
    avm_monitor monitor;            /* the last one */
};

long resources_alive;
unsigned long resources_made, resources_downs;

static void destroy_held(avm_env *env, void *object)
{
    struct held *held = object;
    avm_term list = avm_make_string(env, "terms of a destructor");

    (void) avm_make_copy(env, list);
    (void) __atomic_sub_fetch(&resources_alive, 1, __ATOMIC_RELAXED);
    if (held->inner != NULL)
        avm_release_resource(held->inner);
    held->inner = NULL;
}

static void watched_ended(avm_env *env, void *object, avm_pid *pid, avm_monitor *monitor)
{
    struct held *held = object;

    (void) env;
    (void) pid;
    (void) monitor;
    held->downs++;
    (void) __atomic_add_fetch(&resources_downs, 1, __ATOMIC_RELAXED);
}

static struct held *create_held(avm_resource_type *type, int64_t value)
{
    struct held *held = avm_alloc_resource(type, sizeof *held);

    if (held == NULL)
        return NULL;
    held->value = value;
    held->inner = NULL;
    held->downs = 0;
    (void) __atomic_add_fetch(&resources_alive, 1, __ATOMIC_RELAXED);
    (void) __atomic_add_fetch(&resources_made, 1, __ATOMIC_RELAXED);
    return held;
}

static avm_term make(avm_env *env, int argc, const avm_term argv[])
{
    avm_resource_type *type = avm_priv_data(env);
    struct held *held;
    int64_t value;
    avm_term term;

    (void) argc;
    if (!avm_get_int64(env, argv[0], &value))
        return avm_raise_badarg(env);
    held = create_held(type, value);
    if (held == NULL)
        return 0;
    if (value % 2 == 0)
        held->inner = create_held(type, -1);
    term = avm_make_resource(env, held);
    avm_release_resource(held);
    return term;
}

static avm_term value_of(avm_env *env, int argc, const avm_term argv[])
{
    void *object;

    (void) argc;
    if (!avm_get_resource(env, argv[0], avm_priv_data(env), &object))
        return avm_raise_badarg(env);
    return avm_make_int64(env, ((struct held *) object)->value);
}

static struct held *get_held(avm_env *env, avm_term term)
{
    void *object;

    return avm_get_resource(env, term, avm_priv_data(env), &object) ? object : NULL;
}

/* watch/2: 0, or what else avm_monitor_process gives. */
static avm_term watch(avm_env *env, int argc, const avm_term argv[])
{
    struct held *held = get_held(env, argv[0]);
    avm_pid pid;

    (void) argc;
    if (held == NULL || !avm_get_local_pid(env, argv[1], &pid))
        return avm_raise_badarg(env);
    return avm_make_int64(env, avm_monitor_process(env, held, &pid, &held->monitor));
}

/* unwatch/1: the last watch/2. */
static avm_term unwatch(avm_env *env, int argc, const avm_term argv[])
{
    struct held *held = get_held(env, argv[0]);

    (void) argc;
    if (held == NULL)
        return avm_raise_badarg(env);
    return avm_make_int64(env, avm_demonitor_process(env, held, &held->monitor));
}

static avm_term downs(avm_env *env, int argc, const avm_term argv[])
{
    struct held *held = get_held(env, argv[0]);

    (void) argc;
    return held == NULL ? avm_raise_badarg(env) : avm_make_int64(env, held->downs);
}

static int load(avm_env *env, void **priv_data, avm_term load_info)
{
    const avm_resource_callbacks callbacks = { .dtor = destroy_held, .down = watched_ended };

    (void) load_info;
    *priv_data = avm_open_resource_type(env, "held", &callbacks);
    return *priv_data == NULL;
}

static const avm_native natives[] = {
    { "make", 1, make, 0 },
    { "value", 1, value_of, 0 },
    { "watch", 2, watch, 0 },
    { "unwatch", 1, unwatch, 0 },
    { "downs", 1, downs, 0 },
};

const avm_native_module resource_module = { .name = "leak_native", .natives = natives,
    .count = sizeof natives / sizeof *natives, .load = load };
