/* What the headers say about limits and about several VMs: each lives on when the other's memory is at
** its end; every byte comes back. By the public headers only. */
#include "embed_host.h"

static void open_limited(struct host *host, size_t limit, void *arena, size_t arena_size)
{
    init_host(host);
    host->config.memory_limit = limit;
    host->config.arena = arena;
    host->config.arena_size = arena_size;
    start_host(host);
}

static void assert_adds(struct host *host)
{
    avm_term two[2], result;
    avm_error error;
    int64_t sum;

    two[0] = avm_make_int64(host->env, 20);
    two[1] = avm_make_int64(host->env, 22);
    assert_int_equal(avm_call(host->vm, "embed_host", "add", host->env, 2, two, &result, &error),
        AVM_OK);
    assert_true(avm_get_int64(host->env, result, &sum));
    assert_int_equal(sum, 42);
    avm_env_clear(host->env);
}

static void eat(struct host *host)
{
    avm_term result;
    avm_error error;

    assert_int_equal(avm_call(host->vm, "embed_host", "eat", host->env, 0, NULL, &result, &error),
        AVM_NO_MEMORY);
}

static void each_survives_the_others_end_of_memory(void **state)
{
    struct host one, other;
    avm_stats before = { .struct_size = sizeof before }, after = { .struct_size = sizeof after };
    int i;

    (void) state;
    open_limited(&one, 4000000, NULL, 0);
    open_limited(&other, 5000000, NULL, 0);
    assert_adds(&one);
    assert_adds(&other);
    avm_get_stats(other.vm, &before);
    for (i = 0; i < 3; i++) {
        eat(&one);
        avm_get_stats(other.vm, &after);
        assert_int_equal(after.live_bytes, before.live_bytes);
        assert_adds(&other);
        eat(&other);
        assert_adds(&one);
        assert_adds(&other);
        avm_get_stats(other.vm, &after);
        before = after;
    }
    avm_get_stats(one.vm, &after);
    assert_true(after.live_bytes < 4000000 && after.peak_bytes <= 4000000);
    assert_true(after.failures > 0);
    assert_int_equal(after.limit_bytes, 4000000);
    close_host(&one);
    assert_adds(&other);
    close_host(&other);
}

static void a_buffer_is_all_it_gets(void **state)
{
    static uint64_t buffer[400000];
    struct host host;

    (void) state;
    open_limited(&host, 0, buffer, sizeof buffer);
    assert_adds(&host);
    eat(&host);
    assert_adds(&host);
    assert_int_equal(host.live_bytes, 0);
    close_host(&host);
}

/* A VM that is only ever run a little at a time, beside another. */
static void reductions_are_shared_out(void **state)
{
    avm_progress progress = { .activity = AVM_RUNNABLE };
    struct host one, other;
    avm_error error;
    avm_pid pid;
    int i;

    (void) state;
    open_limited(&one, 0, NULL, 0);
    open_limited(&other, 0, NULL, 0);
    assert_int_equal(avm_spawn(one.vm, "embed_host", "spin", one.env, 0, NULL, &pid, &error), AVM_OK);
    for (i = 0; i < 100; i++) {
        assert_int_equal(avm_run(one.vm, 1000, &progress), AVM_OK);
        assert_int_equal(progress.activity, AVM_RUNNABLE);
        assert_true(progress.reductions >= 1000 && progress.reductions < 20000);
    }
    assert_adds(&other);
    assert_int_equal(avm_run(other.vm, 1000, &progress), AVM_OK);
    assert_int_equal(progress.activity, AVM_WAITING);
    assert_int_equal(progress.wake_time, INT64_MAX);
    assert_int_equal(avm_spawn(other.vm, "embed_host", "sleep", other.env, 0, NULL, &pid, &error),
        AVM_OK);
    assert_int_equal(avm_run(other.vm, 1000, &progress), AVM_OK);
    assert_int_equal(progress.activity, AVM_WAITING);
    assert_true(progress.wake_time < INT64_MAX);
    close_host(&one);
    close_host(&other);
}

/* ---- versions of natives ---------------------------------------------------------------------- */

static int loads, upgrades, unloads, destroyed;
static avm_resource_type *thing;

static void thing_dtor(avm_env *env, void *object)
{
    (void) env;
    (void) object;
    destroyed++;
}

static int load(avm_env *env, void **priv_data, avm_term load_info)
{
    static const avm_resource_callbacks callbacks = { .dtor = thing_dtor };

    (void) load_info;
    loads++;
    *priv_data = &loads;
    thing = avm_open_resource_type(env, "thing", &callbacks);
    return thing == NULL;
}

static int upgrade(avm_env *env, void **priv_data, void **old_priv_data, avm_term load_info)
{
    avm_resource_type *before = thing;

    upgrades++;
    if (*old_priv_data != (upgrades == 1 ? (void *) &loads : (void *) &upgrades)
        || load(env, priv_data, load_info) != 0 || thing != before)
        return 1;
    loads--;
    *priv_data = &upgrades;
    return 0;
}

static void unload(avm_env *env, void *priv_data)
{
    (void) env;
    (void) priv_data;
    unloads++;
}

static avm_term twice(avm_env *env, int argc, const avm_term argv[])
{
    int64_t value;

    (void) argc;
    return avm_get_int64(env, argv[0], &value) ? avm_make_int64(env, 2 * value)
                                               : avm_raise_badarg(env);
}

static const avm_native natives[] = { { "twice", 1, twice, 0 } };
static const avm_native_module module = { .name = "embed_host", .natives = natives, .count = 1,
    .load = load, .unload = unload, .upgrade = upgrade };

static void assert_doubles(struct host *host)
{
    avm_term ten = avm_make_int64(host->env, 10), result;
    avm_error error;
    int64_t value = 0;

    assert_int_equal(avm_call(host->vm, "embed_host", "twice", host->env, 1, &ten, &result, &error),
        AVM_OK);
    assert_true(avm_get_int64(host->env, result, &value) && value == 20);
}

static void a_new_version_takes_over(void **state)
{
    struct host host;
    avm_error error;
    avm_term name, result;
    void *object = NULL;
    int i;

    (void) state;
    loads = upgrades = unloads = destroyed = 0;
    open_host(&host);
    assert_int_equal(avm_register_natives(host.vm, &module, &error), AVM_OK);
    for (i = 0; i < 3; i++) {
        assert_int_equal(avm_load_file(host.vm, AVM_TEST_BEAMS "/embed_host.beam", &error), AVM_OK);
        assert_int_equal(loads, 1);
        assert_int_equal(upgrades, i);
        assert_int_equal(unloads, i > 1 ? i - 1 : 0);
        assert_doubles(&host);
        if (i == 0) {
            object = avm_alloc_resource(thing, 10);
            assert_int_equal(avm_sizeof_resource(object), 10);
        }
        if (i > 0) {                /* the old version goes */
            name = avm_make_atom(host.env, "embed_host");
            assert_int_equal(avm_call(host.vm, "erts_code_purger", "purge", host.env, 1, &name,
                &result, &error), AVM_OK);
            assert_int_equal(unloads, i);
            assert_doubles(&host);
        }
    }
    avm_release_resource(object);
    assert_int_equal(destroyed, 1);
    close_host(&host);
    assert_int_equal(unloads, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_survives_the_others_end_of_memory),
        cmocka_unit_test(a_buffer_is_all_it_gets),
        cmocka_unit_test(reductions_are_shared_out),
        cmocka_unit_test(a_new_version_takes_over)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
