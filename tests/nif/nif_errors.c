/* What erlang:load_nif/2 refuses: WHICH says what is wrong with the library. */
#include <erl_nif.h>

static ERL_NIF_TERM one(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    (void) argc;
    (void) argv;
    return enif_make_int(env, 1);
}

static int load(ErlNifEnv *env, void **priv_data, ERL_NIF_TERM load_info)
{
    int result;

    (void) priv_data;
    return enif_get_int(env, load_info, &result) ? result : 99;
}

static ErlNifFunc functions[] = { { "one", 0, one, 0 },
#if WHICH == 2
    { "missing", 3, one, 0 },
#elif WHICH == 3
    { "one", 0, one, 0 },
#elif WHICH == 4
    { "other", 1, one, 77 },
#endif
    { "hidden", 0, one, 0 } };

#if WHICH == 1
ERL_NIF_INIT(some_other_module, functions, load, NULL, NULL, NULL)
#else
ERL_NIF_INIT(nif_errors, functions, load, NULL, NULL, NULL)
#endif
