/* What the headers say about limits and about several VMs: each lives on when the other's memory is at
** its end; every byte comes back. By the public headers only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <atomvm/native.h>
#include <atomvm/platform.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct host {
    avm_vm *vm;
    avm_env *env;
    avm_allocator allocator;
    size_t live_bytes;
};

static void *resize(void *user, void *ptr, size_t old_size, size_t new_size)
{
    struct host *host = user;

    host->live_bytes += new_size - old_size;
    if (new_size == 0) {
        free(ptr);
        return NULL;
    }
    return realloc(ptr, new_size);
}

static void open_host(struct host *host, size_t limit, void *arena, size_t arena_size)
{
    avm_config config;
    avm_error error;

    memset(host, 0, sizeof *host);
    host->allocator.resize = resize;
    host->allocator.user = host;
    avm_config_init(&config);
    config.allocator = &host->allocator;
    config.memory_limit = limit;
    config.arena = arena;
    config.arena_size = arena_size;
    assert_int_equal(avm_create(&config, &host->vm, &error), AVM_OK);
    assert_int_equal(avm_load_file(host->vm, AVM_TEST_BEAMS "/embed_host.beam", &error), AVM_OK);
    assert_int_equal(avm_env_create(host->vm, &host->env), AVM_OK);
}

static void close_host(struct host *host)
{
    avm_env_destroy(host->env);
    avm_destroy(host->vm);
    assert_int_equal(host->live_bytes, 0);
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
    open_host(&one, 4000000, NULL, 0);
    open_host(&other, 5000000, NULL, 0);
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
    open_host(&host, 0, buffer, sizeof buffer);
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
    open_host(&one, 0, NULL, 0);
    open_host(&other, 0, NULL, 0);
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

/* Stock modules: folders, each with a colon behind it. */
static avm_status find_module(void *user, const char *module, avm_blob *blob)
{
    const char *folder = AVM_TEST_STOCK, *end;
    char path[1024];

    (void) user;
    for (; (end = strchr(folder, ':')) != NULL; folder = end + 1) {
        (void) snprintf(path, sizeof path, "%.*s/%s.beam", (int) (end - folder), folder, module);
        if (avm_platform_default()->map_file(NULL, path, blob, NULL, 0) == AVM_OK)
            return AVM_OK;
    }
    return AVM_NOT_FOUND;
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
    avm_config config;
    avm_error error;
    avm_term name, result;
    void *object = NULL;
    int i;

    (void) state;
    loads = upgrades = unloads = destroyed = 0;
    memset(&host, 0, sizeof host);
    avm_config_init(&config);
    assert_int_equal(avm_create(&config, &host.vm, &error), AVM_OK);
    avm_set_module_finder(host.vm, find_module, NULL);
    assert_int_equal(avm_register_natives(host.vm, &module, &error), AVM_OK);
    assert_int_equal(avm_env_create(host.vm, &host.env), AVM_OK);
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
    avm_env_destroy(host.env);
    avm_destroy(host.vm);
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
