/* Terms of every kind, made, read, compared and printed, as a library for Erlang/OTP does it. */
#include <erl_nif.h>

#include <string.h>

static ERL_NIF_TERM atom_ok, atom_none;

static int load(ErlNifEnv *env, void **priv_data, ERL_NIF_TERM load_info)
{
    long info;

    if (!enif_get_long(env, load_info, &info) || info != 7)
        return 1;
    atom_ok = enif_make_atom(env, "ok");
    atom_none = enif_make_atom(env, "none");
    *priv_data = (void *) "private";
    return 0;
}

static ERL_NIF_TERM types(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    static const char *const names[] = { "?", "atom", "bitstring", "float", "fun", "integer", "list",
        "map", "pid", "port", "reference", "tuple" };
    ERL_NIF_TERM list = argv[0], head, result = enif_make_list(env, 0);

    (void) argc;
    while (enif_get_list_cell(env, list, &head, &list))
        result = enif_make_list_cell(env,
            enif_make_tuple4(env, enif_make_atom(env, names[enif_term_type(env, head)]),
                enif_make_int(env, enif_is_number(env, head)),
                enif_make_int(env, enif_is_binary(env, head)),
                enif_make_int(env, enif_is_list(env, head) + 2 * enif_is_empty_list(env, head))),
            result);
    enif_make_reverse_list(env, result, &result);
    return result;
}

/* Which getters take the integer, and what they give. */
static ERL_NIF_TERM integers(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    int i = 0;
    unsigned u = 0;
    ErlNifSInt64 s64 = 0;
    ErlNifUInt64 u64 = 0;
    double d = 0;
    int which;

    (void) argc;
    which = enif_get_int(env, argv[0], &i) | enif_get_uint(env, argv[0], &u) << 1
        | enif_get_int64(env, argv[0], &s64) << 2 | enif_get_uint64(env, argv[0], &u64) << 3
        | enif_get_double(env, argv[0], &d) << 4;
    i = which & 1 ? i : 0;          /* OTP leaves its marks where it fails */
    u = which & 2 ? u : 0;
    s64 = which & 4 ? s64 : 0;
    u64 = which & 8 ? u64 : 0;
    return enif_make_tuple(env, 6, enif_make_int(env, which), enif_make_int(env, i),
        enif_make_uint(env, u), enif_make_int64(env, s64), enif_make_uint64(env, u64),
        enif_make_double(env, d));
}

static ERL_NIF_TERM text(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    char buffer[8];
    int size = enif_get_string(env, argv[0], buffer, sizeof buffer, ERL_NIF_LATIN1);
    unsigned length = 0;

    (void) argc;
    if (enif_get_atom_length(env, argv[0], &length, ERL_NIF_LATIN1)) {
        size = enif_get_atom(env, argv[0], buffer, sizeof buffer, ERL_NIF_LATIN1);
        return enif_make_tuple3(env, enif_make_uint(env, length), enif_make_int(env, size),
            size > 0 ? enif_make_atom(env, buffer) : atom_none);
    }
    return enif_make_tuple2(env, enif_make_int(env, size),
        size != 0 ? enif_make_string(env, buffer, ERL_NIF_LATIN1) : atom_none);
}

static ERL_NIF_TERM existing(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    char name[64];
    ERL_NIF_TERM atom;

    (void) argc;
    if (enif_get_string(env, argv[0], name, sizeof name, ERL_NIF_LATIN1) <= 0)
        return enif_make_badarg(env);
    return enif_make_existing_atom(env, name, &atom, ERL_NIF_LATIN1) ? atom : atom_none;
}

static ERL_NIF_TERM order(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    int order = enif_compare(argv[0], argv[1]);

    (void) argc;
    return enif_make_tuple2(env, enif_make_int(env, order < 0 ? -1 : order > 0),
        enif_make_int(env, enif_is_identical(argv[0], argv[1]) != 0));
}

static ERL_NIF_TERM hash(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    ErlNifUInt64 once = enif_hash(ERL_NIF_INTERNAL_HASH, argv[0], 3);

    (void) argc;
    if (once != enif_hash(ERL_NIF_INTERNAL_HASH, enif_make_copy(env, argv[0]), 3))
        return atom_none;
    return enif_make_uint64(env, enif_hash(ERL_NIF_PHASH2, argv[0], 0));
}

/* The pairs of a map forwards, then how many there are backwards. */
static ERL_NIF_TERM pairs(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    ERL_NIF_TERM key, value, list = enif_make_list(env, 0);
    ErlNifMapIterator at;
    size_t size = 0;
    int count = 0;

    (void) argc;
    if (!enif_map_iterator_create(env, argv[0], &at, ERL_NIF_MAP_ITERATOR_FIRST))
        return enif_make_badarg(env);
    while (enif_map_iterator_get_pair(env, &at, &key, &value)) {
        list = enif_make_list_cell(env, enif_make_tuple2(env, key, value), list);
        enif_map_iterator_next(env, &at);
    }
    if (!enif_map_iterator_is_tail(env, &at))
        return atom_none;
    enif_map_iterator_destroy(env, &at);
    enif_get_map_size(env, argv[0], &size);
    if (size > 32)                  /* backwards, OTP 25 loses its way in one that is large */
        return enif_make_tuple2(env, list, enif_make_uint64(env, size));
    if (!enif_map_iterator_create(env, argv[0], &at, ERL_NIF_MAP_ITERATOR_LAST))
        return atom_none;
    while (enif_map_iterator_get_pair(env, &at, &key, &value)) {
        count++;
        enif_map_iterator_prev(env, &at);
    }
    if (!enif_map_iterator_is_head(env, &at))
        return atom_none;
    enif_map_iterator_destroy(env, &at);
    return enif_make_tuple2(env, list, enif_make_int(env, count));
}

static ERL_NIF_TERM maps(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    ERL_NIF_TERM keys[2], values[2], map, other, value = atom_none;
    int same;
    size_t size = 0;

    (void) argc;
    keys[0] = argv[0];
    keys[1] = argv[1];
    values[0] = values[1] = atom_ok;
    same = enif_make_map_from_arrays(env, keys, values, 2, &map);
    if (!same)
        return atom_none;
    if (enif_make_map_update(env, map, argv[2], atom_ok, &other))
        map = other;
    enif_make_map_put(env, map, argv[2], atom_none, &map);
    enif_make_map_remove(env, map, argv[0], &map);
    enif_get_map_size(env, map, &size);
    enif_get_map_value(env, map, argv[1], &value);
    return enif_make_tuple3(env, map, enif_make_uint64(env, size), value);
}

static ERL_NIF_TERM many(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    ERL_NIF_TERM hundred[100];
    const ERL_NIF_TERM *elements;
    unsigned length;
    int arity, i;

    (void) argc;
    for (i = 0; i < 100; i++)
        hundred[i] = argv[0];
    if (!enif_get_tuple(env, enif_make_tuple_from_array(env, hundred, 100), &arity, &elements)
        || arity != 100 || elements[99] != argv[0]
        || !enif_get_list_length(env, enif_make_list_from_array(env, hundred, 100), &length))
        return atom_none;
    return enif_make_tuple5(env, enif_make_uint(env, length),
        enif_make_list5(env, argv[0], argv[0], atom_ok, argv[0], argv[0]),
        enif_make_list1(env, argv[0]), enif_make_tuple1(env, argv[0]),
        enif_make_tuple9(env, argv[0], argv[0], argv[0], argv[0], argv[0], argv[0], argv[0], argv[0],
            enif_make_list9(env, argv[0], argv[0], argv[0], argv[0], argv[0], argv[0], argv[0],
                argv[0], atom_ok)));
}

static ERL_NIF_TERM external(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    ErlNifBinary bytes;
    ERL_NIF_TERM term;
    size_t used;

    (void) argc;
    if (!enif_term_to_binary(env, argv[0], &bytes))
        return enif_make_badarg(env);
    used = enif_binary_to_term(env, bytes.data, bytes.size, &term, 0);
    if (used != bytes.size || enif_binary_to_term(env, bytes.data, bytes.size - 1, &term, 0) != 0)
        return atom_none;
    return enif_make_tuple2(env, enif_make_binary(env, &bytes), term);
}

static ERL_NIF_TERM print(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    char line[200], few[8];
    int length = enif_snprintf(line, sizeof line, "%d|%5.2f|%-4s|%c|%lu|%lx|%T|%%", -7, 2.5, "ab",
        'c', 123456UL, 0xabcdefUL, argv[0]);

    (void) argc;
    enif_snprintf(few, sizeof few, "%s", "0123456789");
    return enif_make_tuple3(env, enif_make_int(env, length),
        enif_make_string(env, line, ERL_NIF_LATIN1), enif_make_string(env, few, ERL_NIF_LATIN1));
}

static ERL_NIF_TERM raise(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    ERL_NIF_TERM reason = atom_none, raised;

    (void) argc;
    if (enif_has_pending_exception(env, &reason))
        return atom_none;
    raised = enif_raise_exception(env, argv[0]);
    if (!enif_is_exception(env, raised) || !enif_has_pending_exception(env, &reason)
        || !enif_is_identical(reason, argv[0]))
        return atom_none;
    return raised;
}

static ERL_NIF_TERM times(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    ErlNifTime now = enif_monotonic_time(ERL_NIF_NSEC), then = enif_monotonic_time(ERL_NIF_NSEC);
    ErlNifTime system = enif_monotonic_time(ERL_NIF_SEC) + enif_time_offset(ERL_NIF_SEC);

    (void) argc;
    (void) argv;
    if (then < now || system < 1600000000)
        return atom_none;
    return enif_make_tuple3(env,
        enif_make_int64(env, enif_convert_time_unit(-1999, ERL_NIF_MSEC, ERL_NIF_SEC)),
        enif_make_int64(env, enif_convert_time_unit(5, ERL_NIF_SEC, ERL_NIF_USEC)),
        enif_make_int64(env, enif_convert_time_unit(1999, ERL_NIF_NSEC, ERL_NIF_USEC)));
}

static ERL_NIF_TERM system_info(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    ErlNifSysInfo info;
    char value[8];
    size_t size = sizeof value;
    int found;

    (void) argc;
    (void) argv;
    enif_system_info(&info, sizeof info);
    found = enif_getenv("A_NAME_THAT_NOBODY_HAS_SET", value, &size);
    return enif_make_tuple4(env, enif_make_int(env, info.nif_major_version),
        enif_make_int(env, info.erts_version != NULL && info.otp_release != NULL),
        enif_make_int(env, found), enif_make_int(env, enif_thread_type() > 0));
}

static ERL_NIF_TERM private_data(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    (void) argc;
    (void) argv;
    return enif_make_string(env, (const char *) enif_priv_data(env), ERL_NIF_LATIN1);
}

static ERL_NIF_TERM unique(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    ErlNifSInt64 first, second;

    (void) argc;
    (void) argv;
    enif_get_int64(env, enif_make_unique_integer(env, ERL_NIF_UNIQUE_MONOTONIC), &first);
    enif_get_int64(env, enif_make_unique_integer(env, ERL_NIF_UNIQUE_MONOTONIC), &second);
    return enif_is_identical(enif_make_ref(env), enif_make_ref(env)) ? atom_none
        : second > first                                             ? atom_ok
                                                                     : atom_none;
}

static ErlNifFunc functions[] = {
    { "types", 1, types, 0 }, { "integers", 1, integers, 0 }, { "text", 1, text, 0 },
    { "existing", 1, existing, 0 }, { "order", 2, order, 0 }, { "hash", 1, hash, 0 },
    { "pairs", 1, pairs, 0 }, { "maps", 3, maps, 0 }, { "many", 1, many, 0 },
    { "external", 1, external, 0 }, { "print", 1, print, 0 }, { "raise", 1, raise, 0 },
    { "times", 0, times, 0 }, { "system_info", 0, system_info, 0 },
    { "private_data", 0, private_data, 0 }, { "unique", 0, unique, 0 }
};

ERL_NIF_INIT(nif_terms, functions, load, NULL, NULL, NULL)
