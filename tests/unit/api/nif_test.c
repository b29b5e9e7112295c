/* A NIF library as it is written for Erlang/OTP, and a host that has it built in. */
#define STATIC_ERLANG_NIF
#include <erl_nif.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* ---- the library ----------------------------------------------------------------------------- */

static ErlNifResourceType *box_type;
static int boxes;

static void box_dtor(ErlNifEnv *env, void *object)
{
    (void) env;
    (void) object;
    boxes--;
}

static int load(ErlNifEnv *env, void **priv_data, ERL_NIF_TERM load_info)
{
    (void) load_info;
    *priv_data = NULL;
    box_type = enif_open_resource_type(env, NULL, "box", box_dtor, ERL_NIF_RT_CREATE, NULL);
    return box_type == NULL;
}

static ERL_NIF_TERM add(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    int a, b;

    (void) argc;
    if (!enif_get_int(env, argv[0], &a) || !enif_get_int(env, argv[1], &b))
        return enif_make_badarg(env);
    return enif_make_int(env, a + b);
}

static ERL_NIF_TERM make(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    int *box = (int *) enif_alloc_resource(box_type, sizeof *box);
    ERL_NIF_TERM term;

    (void) argc;
    boxes++;
    if (!enif_get_int(env, argv[0], box)) {
        enif_release_resource(box);
        return enif_make_badarg(env);
    }
    term = enif_make_resource(env, box);
    enif_release_resource(box);
    return term;
}

static ERL_NIF_TERM value(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    void *box;

    (void) argc;
    if (!enif_get_resource(env, argv[0], box_type, &box))
        return enif_make_badarg(env);
    return enif_make_int(env, *(int *) box);
}

static ERL_NIF_TERM rest(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    return argc == 1 ? enif_make_tuple2(env, enif_make_atom(env, "rest"), argv[0])
                     : enif_make_badarg(env);
}

static ERL_NIF_TERM hidden(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    return enif_schedule_nif(env, "rest", 0, rest, argc, argv);
}

static ErlNifFunc functions[] = {
    { "add", 2, add, 0 },
    { "make", 1, make, 0 },
    { "value", 1, value, 0 },
    { "secret", 1, hidden, ERL_NIF_DIRTY_JOB_CPU_BOUND }
};

ERL_NIF_INIT(api_native, functions, load, NULL, NULL, NULL)

/* ---- the host -------------------------------------------------------------------------------- */

static void a_library_is_built_in(void **state)
{
    avm_vm *vm;
    avm_env *env;
    avm_error error;
    avm_term arguments[2], result;
    char text[64];

    (void) state;
    assert_int_equal(avm_create(NULL, &vm, &error), AVM_OK);
    assert_int_equal(avm_register_natives(vm, api_native_nif_init(), &error), AVM_OK);
    assert_int_equal(avm_load_file(vm, AVM_TEST_BEAMS "/api_native.beam", &error), AVM_OK);
    assert_int_equal(avm_env_create(vm, &env), AVM_OK);
    arguments[0] = enif_make_int(env, 20);
    arguments[1] = enif_make_int(env, 22);
    assert_int_equal(avm_call(vm, "api_native", "add", env, 2, arguments, &result, &error), AVM_OK);
    avm_print(env, result, text, sizeof text);
    assert_string_equal(text, "42");
    assert_int_equal(avm_call(vm, "api_native", "hidden", env, 1, arguments, &result, &error),
        AVM_OK);
    avm_print(env, result, text, sizeof text);
    assert_string_equal(text, "{rest,20}");
    assert_int_equal(avm_call(vm, "api_native", "keep_in_process", env, 1, arguments, &result,
        &error), AVM_OK);
    avm_env_destroy(env);
    avm_destroy(vm);
    assert_int_equal(boxes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(a_library_is_built_in) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
