/* A native that takes the place of a function which others run meanwhile, version by version of its module. */
#include <erl_nif.h>

static ERL_NIF_TERM call(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    (void) argc;
    return enif_make_tuple2(env, enif_make_atom(env, "native"), argv[0]);
}

static int load(ErlNifEnv *env, void **priv_data, ERL_NIF_TERM load_info)
{
    (void) env;
    (void) priv_data;
    (void) load_info;
    return 0;
}

static int upgrade(ErlNifEnv *env, void **priv_data, void **old_priv_data, ERL_NIF_TERM load_info)
{
    (void) old_priv_data;
    return load(env, priv_data, load_info);
}

static ErlNifFunc functions[] = { { "call", 1, call, 0 } };

ERL_NIF_INIT(nif_reload_code, functions, load, NULL, upgrade, NULL)
