/* natives_host.c - a host with functions of its own and a resource: a histogram in C, which Erlang
** processes share and which goes with the last term that refers to it.
**
**     erlc histogram.erl && cc natives_host.c -o natives_host $(pkg-config --cflags --libs atomvm)
**     ./natives_host histogram.beam
*/
#include <atomvm/native.h>

#include <stdio.h>
#include <string.h>

#define BUCKETS 64

struct histogram {
    int64_t width;
    uint64_t total, of[BUCKETS];
};

struct library {                    /* what load leaves: nothing is global */
    avm_resource_type *type;
    int *destroyed;                 /* the host's */
};

static struct library *library_of(avm_env *env)
{
    return avm_priv_data(env);
}

static struct histogram *get(avm_env *env, avm_term term)
{
    void *object;

    return avm_get_resource(env, term, library_of(env)->type, &object) ? object : NULL;
}

static avm_term histogram_new(avm_env *env, int argc, const avm_term argv[])
{
    struct histogram *made;
    avm_term term;
    int64_t width;

    (void) argc;
    if (!avm_get_int64(env, argv[0], &width) || width < 1)
        return avm_raise_badarg(env);
    made = avm_alloc_resource(library_of(env)->type, sizeof *made);
    if (made == NULL)
        return 0;
    memset(made, 0, sizeof *made);
    made->width = width;
    term = avm_make_resource(env, made);
    avm_release_resource(made);         /* the term's now */
    return term;
}

static avm_term histogram_add(avm_env *env, int argc, const avm_term argv[])
{
    struct histogram *histogram = get(env, argv[0]);
    int64_t value;

    (void) argc;
    if (histogram == NULL || !avm_get_int64(env, argv[1], &value) || value < 0
        || value / histogram->width >= BUCKETS)
        return avm_raise_badarg(env);
    histogram->of[value / histogram->width]++;
    histogram->total++;
    return avm_make_atom(env, "ok");
}

static avm_term histogram_count(avm_env *env, int argc, const avm_term argv[])
{
    struct histogram *histogram = get(env, argv[0]);

    (void) argc;
    return histogram != NULL ? avm_make_uint64(env, histogram->total) : avm_raise_badarg(env);
}

static avm_term histogram_largest(avm_env *env, int argc, const avm_term argv[])
{
    struct histogram *histogram = get(env, argv[0]);
    avm_term pair[2];
    int at, largest = 0;

    (void) argc;
    if (histogram == NULL)
        return avm_raise_badarg(env);
    for (at = 1; at < BUCKETS; at++)
        if (histogram->of[at] > histogram->of[largest])
            largest = at;
    pair[0] = avm_make_int64(env, largest * histogram->width);
    pair[1] = avm_make_uint64(env, histogram->of[largest]);
    return avm_make_tuple(env, 2, pair);
}

static void histogram_destroy(avm_env *env, void *object)
{
    (void) object;
    ++*library_of(env)->destroyed;
}

static int load(avm_env *env, void **priv_data, avm_term load_info)
{
    static const avm_resource_callbacks callbacks = { .dtor = histogram_destroy };
    struct library *library = avm_alloc(avm_env_vm(env), sizeof *library);

    (void) load_info;
    if (library == NULL)
        return 1;
    library->destroyed = avm_user(avm_env_vm(env));
    library->type = avm_open_resource_type(env, "histogram", &callbacks);
    *priv_data = library;
    return library->type == NULL;
}

static void unload(avm_env *env, void *priv_data)
{
    (void) env;
    avm_free(priv_data);
}

static const avm_native natives[] = {
    { "new", 1, histogram_new, 0 },
    { "add", 2, histogram_add, 0 },
    { "count", 1, histogram_count, 0 },
    { "largest", 1, histogram_largest, 0 }
};
static const avm_native_module module = { .name = "histogram", .natives = natives,
    .count = sizeof natives / sizeof *natives, .load = load, .unload = unload };

int main(int argc, char **argv)
{
    int destroyed = 0;
    avm_config config;
    avm_vm *vm;
    avm_env *env;
    avm_term processes, result;
    avm_error error;
    char text[100];

    avm_config_init(&config);
    config.user = &destroyed;
    if (avm_create(&config, &vm, &error) != AVM_OK
        || avm_register_natives(vm, &module, &error) != AVM_OK
        || avm_load_file(vm, argc > 1 ? argv[1] : "histogram.beam", &error) != AVM_OK
        || avm_env_create(vm, &env) != AVM_OK) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    processes = avm_make_int64(env, 50);
    if (avm_call(vm, "histogram", "report", env, 1, &processes, &result, &error) != AVM_OK) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    avm_print(env, result, text, sizeof text);
    printf("%s, %d destroyed\n", text, destroyed);
    avm_env_destroy(env);
    avm_destroy(vm);
    return destroyed == 1 ? 0 : 1;
}
