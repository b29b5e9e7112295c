/* What term.h says of each way to make and read a term: what comes back, where it is false or 0, and that
** results are untouched then. By the public headers only. */
#include "embed_host.h"

#include <math.h>

static int set_up(void **state)
{
    static struct host host;

    open_host(&host);
    *state = &host;
    return 0;
}

static int tear_down(void **state)
{
    close_host(*state);
    return 0;
}

/* ---- atoms and numbers ----------------------------------------------------------------------- */

static void atoms(void **state)
{
    struct host *host = *state;
    avm_env *env = host->env;
    avm_term a = 77, long_name;
    char name[300], text[600];
    size_t length;

    memset(name, 'a', sizeof name);
    assert_true(avm_is_identical(avm_make_atom(env, "ok"), avm_make_atom_len(env, "okay", 2)));
    long_name = avm_make_atom_len(env, name, 255);
    assert_true(long_name != 0 && avm_is_atom(env, long_name));
    assert_int_equal(avm_make_atom_len(env, name, 256), 0);
    assert_int_equal(avm_make_atom_len(env, "\xff\xfe", 2), 0);
    assert_false(avm_make_existing_atom(env, "never_heard_of_it", &a));
    assert_int_equal(a, 77);
    assert_true(avm_make_existing_atom(env, "ok", &a));
    assert_true(avm_is_identical(a, avm_make_atom(env, "ok")));
    assert_int_equal(avm_make_atom_encoded(env, "not_there_yet", 13, AVM_UTF8, true), 0);
    a = avm_make_atom_encoded(env, "gr\xfc\xdf", 4, AVM_LATIN1, false);
    assert_true(avm_is_identical(a, avm_make_atom(env, "gr\xc3\xbc\xc3\x9f")));
    assert_int_equal(avm_make_atom_encoded(env, "gr\xfc\xdf", 4, AVM_LATIN1, true), a);
    assert_int_equal(avm_get_atom(env, a, text, sizeof text), 7);
    assert_string_equal(text, "gr\xc3\xbc\xc3\x9f");
    assert_int_equal(avm_get_atom_encoded(env, a, text, sizeof text, AVM_LATIN1), 5);
    assert_string_equal(text, "gr\xfc\xdf");
    assert_int_equal(avm_get_atom(env, a, text, 6), 0);
    assert_int_equal(avm_get_atom(env, avm_make_int64(env, 1), text, sizeof text), 0);
    assert_true(avm_get_atom_length(env, a, &length, AVM_UTF8) && length == 6);
    assert_true(avm_get_atom_length(env, a, &length, AVM_LATIN1) && length == 4);
    assert_false(avm_get_atom_length(env, avm_make_int64(env, 1), &length, AVM_UTF8));
    assert_int_equal(length, 4);
}

static void numbers(void **state)
{
    static const int64_t values[] = { 0, 1, -1, INT32_MAX, INT32_MIN, INT64_C(1) << 59,
        -(INT64_C(1) << 60), INT64_MAX, INT64_MIN };
    struct host *host = *state;
    avm_env *env = host->env;
    int64_t value = 5;
    uint64_t natural = 5;
    double real = 5;
    avm_term t;
    size_t i;

    for (i = 0; i < sizeof values / sizeof *values; i++) {
        assert_true(avm_get_int64(env, avm_make_int64(env, values[i]), &value));
        assert_true(value == values[i]);
        assert_true(avm_get_uint64(env, avm_make_uint64(env, (uint64_t) values[i]), &natural));
        assert_true(natural == (uint64_t) values[i]);
    }
    value = 5;
    natural = 5;
    assert_false(avm_get_int64(env, avm_make_uint64(env, UINT64_MAX), &value));
    assert_false(avm_get_uint64(env, avm_make_int64(env, -1), &natural));
    t = avm_make_double(env, -0.125);
    assert_false(avm_get_int64(env, t, &value));
    assert_false(avm_get_double(env, avm_make_int64(env, 1), &real));
    assert_true(value == 5 && natural == 5 && real == 5);
    assert_true(avm_get_double(env, t, &real) && real == -0.125);
    assert_int_equal(avm_make_double(env, (double) INFINITY), 0);
    assert_int_equal(avm_make_double(env, (double) NAN), 0);
}

static void every_type_is_told(void **state)
{
    struct host *host = *state;
    avm_env *env = host->env;
    avm_term nothing = avm_make_list(env, 0, NULL), one = avm_make_int64(env, 1);
    avm_term fun = call(host, "embed_terms", "fun_of", 1, &one), bits, port;
    const struct {
        avm_term term;
        avm_type type;
    } of[] = { { avm_make_atom(env, "a"), AVM_ATOM }, { avm_make_binary(env, "", 0), AVM_BITSTRING },
        { avm_make_double(env, 1), AVM_FLOAT }, { fun, AVM_FUN }, { one, AVM_INTEGER },
        { avm_make_uint64(env, UINT64_MAX), AVM_INTEGER }, { nothing, AVM_LIST },
        { avm_make_list_cell(env, one, one), AVM_LIST }, { avm_make_new_map(env), AVM_MAP },
        { call(host, "erlang", "self", 0, NULL), AVM_PID }, { avm_make_ref(env), AVM_REFERENCE },
        { avm_make_tuple(env, 0, NULL), AVM_TUPLE } };
    size_t i;

    for (i = 0; i < sizeof of / sizeof *of; i++) {
        avm_term t = of[i].term;
        avm_type type = of[i].type;

        assert_int_equal(avm_term_type(env, t), type);
        assert_int_equal(avm_is_atom(env, t), type == AVM_ATOM);
        assert_int_equal(avm_is_binary(env, t), type == AVM_BITSTRING);
        assert_int_equal(avm_is_fun(env, t), type == AVM_FUN);
        assert_int_equal(avm_is_list(env, t), type == AVM_LIST);
        assert_int_equal(avm_is_empty_list(env, t), t == nothing);
        assert_int_equal(avm_is_map(env, t), type == AVM_MAP);
        assert_int_equal(avm_is_pid(env, t), type == AVM_PID);
        assert_int_equal(avm_is_port(env, t), type == AVM_PORT);
        assert_int_equal(avm_is_ref(env, t), type == AVM_REFERENCE);
        assert_int_equal(avm_is_tuple(env, t), type == AVM_TUPLE);
    }
    bits = call(host, "embed_terms", "bits", 0, NULL);
    assert_int_equal(avm_term_type(env, bits), AVM_BITSTRING);
    assert_false(avm_is_binary(env, bits));
    port = call(host, "embed_terms", "port", 0, NULL);
    assert_int_equal(avm_term_type(env, port), AVM_PORT);
    assert_true(avm_is_port(env, port));
    assert_false(avm_is_identical(avm_make_double(env, 1), one));
    assert_true(avm_is_identical(avm_make_double(env, 1), avm_make_double(env, 1)));
}

/* ---- binaries and texts ------------------------------------------------------------------------ */

static void binaries(void **state)
{
    struct host *host = *state;
    avm_env *env = host->env;
    avm_binary seen, own = { 0 };
    avm_term t = 5, part, parts[3];
    uint8_t *bytes;
    avm_stats before;
    char big[1000];

    memset(big, 'b', sizeof big);
    bytes = avm_make_new_binary(env, 300, &t);
    assert_non_null(bytes);
    memset(bytes, 'n', 300);
    assert_true(avm_inspect_binary(env, t, &seen));
    assert_int_equal(seen.size, 300);
    assert_memory_equal(seen.data, "nnnn", 4);
    part = avm_make_sub_binary(env, t, 298, 2);
    assert_prints(host, part, "<<\"nn\">>");
    assert_int_equal(avm_make_sub_binary(env, t, 298, 3), 0);
    assert_int_equal(avm_make_sub_binary(env, t, SIZE_MAX, 2), 0);
    assert_int_equal(avm_make_sub_binary(env, avm_make_atom(env, "a"), 0, 0), 0);
    assert_false(avm_inspect_binary(env, avm_make_atom(env, "a"), &seen));
    assert_int_equal(seen.size, 300);

    avm_env_clear(env);
    before = stats_of(host);
    assert_true(avm_alloc_binary(host->vm, 10, &own));
    memcpy(own.data, "0123456789", 10);
    assert_true(avm_realloc_binary(&own, 1000));
    assert_memory_equal(own.data, "0123456789", 10);
    assert_true(avm_realloc_binary(&own, 5));
    assert_int_equal(own.size, 5);
    avm_release_binary(&own);
    assert_same_memory(host, &before, "a binary of the host");
    assert_true(avm_alloc_binary(host->vm, 500, &own));
    memset(own.data, 'o', 500);
    t = avm_make_owned_binary(env, &own);
    assert_true(avm_inspect_binary(env, t, &seen));
    assert_ptr_equal(seen.data, own.data);          /* not copied */
    avm_env_clear(env);
    assert_same_memory(host, &before, "a binary handed over");

    parts[0] = avm_make_string(env, "head ");
    parts[1] = avm_make_binary(env, big, sizeof big);
    parts[2] = avm_make_list(env, 2, parts);
    t = avm_make_list(env, 3, parts);
    assert_true(avm_inspect_iolist_as_binary(env, t, &seen));
    assert_int_equal(seen.size, 2 * (5 + sizeof big));
    assert_memory_equal(seen.data + 5 + sizeof big, "head bbb", 8);
    parts[2] = avm_make_atom(env, "no");
    seen.size = 9;
    assert_false(avm_inspect_iolist_as_binary(env, avm_make_list(env, 3, parts), &seen));
    assert_int_equal(seen.size, 9);
}

static void texts(void **state)
{
    struct host *host = *state;
    avm_env *env = host->env;
    avm_term t = avm_make_string(env, "zw\xc3\xb6lf");
    char text[20];
    size_t length;

    assert_true(avm_get_list_length(env, t, &length) && length == 5);
    assert_true(avm_is_identical(t, avm_make_string_len(env, "zw\xf6lf!", 5, AVM_LATIN1)));
    assert_int_equal(avm_make_string(env, "\xc3"), 0);
    assert_int_equal(avm_get_string(env, t, text, sizeof text, AVM_UTF8), 7);
    assert_string_equal(text, "zw\xc3\xb6lf");
    assert_int_equal(avm_get_string(env, t, text, sizeof text, AVM_LATIN1), 6);
    assert_string_equal(text, "zw\xf6lf");
    assert_int_equal(avm_get_string(env, t, text, 4, AVM_LATIN1), -4);
    assert_string_equal(text, "zw\xf6");
    assert_int_equal(avm_get_string(env, t, text, 0, AVM_LATIN1), 0);
    assert_true(avm_get_string_length(env, t, &length, AVM_UTF8) && length == 6);
    assert_true(avm_get_string_length(env, t, &length, AVM_LATIN1) && length == 5);
    t = avm_make_string(env, "\xe2\x82\xac");
    assert_int_equal(avm_get_string(env, t, text, sizeof text, AVM_LATIN1), 0);
    assert_false(avm_get_string_length(env, t, &length, AVM_LATIN1));
    assert_int_equal(avm_get_string(env, avm_make_atom(env, "a"), text, sizeof text, AVM_UTF8), 0);
    t = avm_make_int64(env, -1);
    assert_int_equal(avm_get_string(env, avm_make_list(env, 1, &t), text, sizeof text, AVM_UTF8), 0);
}

/* ---- lists, tuples, maps ------------------------------------------------------------------------- */

static void lists_and_tuples(void **state)
{
    struct host *host = *state;
    avm_env *env = host->env;
    avm_term three[3] = { integer(host, 1), integer(host, 2), integer(host, 3) };
    avm_term list = avm_make_list(env, 3, three), head, tail, t;
    const avm_term *elements;
    size_t n = 99;

    assert_prints(host, list, "[1,2,3]");
    assert_true(avm_get_list_cell(env, list, &head, &tail));
    assert_prints(host, head, "1");
    assert_prints(host, tail, "[2,3]");
    assert_false(avm_get_list_cell(env, avm_make_list(env, 0, NULL), &head, &tail));
    assert_prints(host, head, "1");
    assert_false(avm_get_list_length(env, avm_make_list_cell(env, head, head), &n));
    assert_int_equal(n, 99);
    assert_true(avm_make_reverse_list(env, list, &t));
    assert_prints(host, t, "[3,2,1]");
    assert_false(avm_make_reverse_list(env, avm_make_list_cell(env, head, head), &t));
    assert_prints(host, t, "[3,2,1]");
    t = avm_make_tuple(env, 3, three);
    assert_true(avm_get_tuple(env, t, &n, &elements));
    assert_true(n == 3 && elements[2] == three[2]);
    assert_false(avm_get_tuple(env, list, &n, &elements));
    three[1] = 0;                       /* one that could not be made */
    assert_int_equal(avm_make_tuple(env, 3, three), 0);
    assert_int_equal(avm_make_list(env, 3, three), 0);
    assert_int_equal(avm_make_list_cell(env, three[0], 0), 0);
}

static void maps(void **state)
{
    struct host *host = *state;
    avm_env *env = host->env;
    avm_term keys[50], values[50], map = avm_make_new_map(env), other, t = 5, key;
    avm_map_iterator at;
    size_t size, i;

    for (i = 0; i < 50; i++) {
        keys[i] = integer(host, (int64_t) i);
        values[i] = integer(host, (int64_t) (2 * i));
        assert_true(avm_make_map_put(env, map, keys[i], values[i], &map));
    }
    assert_true(avm_get_map_size(env, map, &size) && size == 50);
    assert_true(avm_make_map_from_arrays(env, keys, values, 50, &other));
    assert_true(avm_is_identical(map, other));
    keys[7] = keys[8];
    assert_false(avm_make_map_from_arrays(env, keys, values, 50, &t));
    assert_int_equal(t, 5);
    assert_true(avm_get_map_value(env, map, keys[49], &t));
    assert_prints(host, t, "98");
    assert_false(avm_get_map_value(env, map, atom(host, "none"), &t));
    assert_false(avm_get_map_value(env, t, atom(host, "none"), &t));
    assert_prints(host, t, "98");
    assert_false(avm_make_map_update(env, map, atom(host, "none"), t, &t));
    assert_true(avm_make_map_update(env, map, keys[49], t, &other));
    assert_true(avm_make_map_remove(env, map, atom(host, "none"), &other));
    assert_true(avm_is_identical(map, other));
    assert_true(avm_make_map_remove(env, map, keys[49], &other));
    assert_true(avm_get_map_size(env, other, &size) && size == 49);
    assert_false(avm_make_map_put(env, keys[0], keys[0], keys[0], &t));

    assert_false(avm_map_iterator_create(env, keys[0], &at, false));
    assert_true(avm_map_iterator_create(env, map, &at, false));
    assert_int_equal(at.size, 50);
    for (size = 0; avm_map_iterator_get_pair(env, &at, &key, &t); size++)
        assert_true(avm_map_iterator_next(env, &at) == (size < 49));
    assert_int_equal(size, 50);
    assert_true(avm_map_iterator_prev(env, &at));
    assert_true(avm_map_iterator_get_pair(env, &at, &other, &t));
    assert_true(avm_is_identical(other, key));
    avm_map_iterator_destroy(env, &at);
    assert_true(avm_map_iterator_create(env, map, &at, true));
    assert_true(avm_map_iterator_get_pair(env, &at, &other, &t) && avm_is_identical(other, key));
    while (avm_map_iterator_prev(env, &at)) {
    }
    assert_int_equal(at.place, 0);
    assert_false(avm_map_iterator_get_pair(env, &at, &other, &t));
    avm_map_iterator_destroy(env, &at);
}

/* ---- unlike any other; order; text ---------------------------------------------------------------- */

static void what_is_made_once(void **state)
{
    struct host *host = *state;
    avm_env *env = host->env;
    avm_pid pid = { 0 };
    avm_term t;
    int64_t first, second;

    assert_false(avm_is_identical(avm_make_ref(env), avm_make_ref(env)));
    assert_true(avm_get_int64(env, avm_make_unique_integer(env, AVM_UNIQUE_POSITIVE
        | AVM_UNIQUE_MONOTONIC), &first));
    assert_true(avm_get_int64(env, avm_make_unique_integer(env, AVM_UNIQUE_POSITIVE
        | AVM_UNIQUE_MONOTONIC), &second));
    assert_true(first > 0 && second > first);
    assert_false(avm_is_identical(avm_make_unique_integer(env, 0), avm_make_unique_integer(env, 0)));
    t = call(host, "erlang", "self", 0, NULL);
    assert_true(avm_get_local_pid(env, t, &pid));
    assert_true(avm_is_identical(avm_make_pid(env, pid), t));
    assert_false(avm_get_local_pid(env, avm_make_ref(env), &pid));
    assert_true(avm_is_identical(avm_make_pid(env, pid), t));
}

static void order_and_hash(void **state)
{
    struct host *host = *state;
    avm_env *env = host->env, *other;
    avm_term one = integer(host, 1), real = avm_make_double(env, 1), text = avm_make_string(env, "x");
    avm_term again, hash;
    int64_t expected;

    assert_int_equal(avm_compare(env, one, real), 0);
    assert_true(avm_compare(env, one, text) < 0 && avm_compare(env, text, one) > 0);
    assert_int_equal(avm_env_create(host->vm, &other), AVM_OK);
    again = avm_make_copy(other, text);
    assert_true(again != text);
    assert_int_equal(avm_compare_in(host->vm, again, text), 0);
    assert_true(avm_hash(host->vm, AVM_HASH_INTERNAL, again, 7)
        == avm_hash(host->vm, AVM_HASH_INTERNAL, text, 7));
    assert_true(avm_hash(host->vm, AVM_HASH_INTERNAL, again, 7)
        != avm_hash(host->vm, AVM_HASH_INTERNAL, text, 8));
    hash = call(host, "erlang", "phash2", 1, &text);
    assert_true(avm_get_int64(env, hash, &expected));
    assert_true(avm_hash(host->vm, AVM_HASH_PHASH2, again, 99) == (uint64_t) expected);
    avm_env_destroy(other);
    assert_int_equal(avm_make_copy(env, 0), 0);
}

static int print_to(avm_vm *vm, char *buffer, size_t size, const char *format, ...)
{
    va_list arguments;
    int result;

    va_start(arguments, format);
    result = avm_vsnprintf(vm, buffer, size, format, arguments);
    va_end(arguments);
    return result;
}

static void terms_as_text(void **state)
{
    struct host *host = *state;
    avm_term t = avm_make_string(host->env, "some text");
    char text[40] = "kept";

    assert_int_equal(avm_print(host->env, t, text, 0), 11);
    assert_string_equal(text, "kept");
    assert_int_equal(avm_print(host->env, t, text, 5), 11);
    assert_string_equal(text, "\"som");
    assert_prints(host, avm_make_double(host->env, 1.5), "1.500000e+00");
    assert_prints(host, avm_make_binary(host->env, "\1\2", 2), "<<1,2>>");
    assert_int_equal(print_to(host->vm, text, sizeof text, "%T and %d%%", t, 7), 18);
    assert_string_equal(text, "\"some text\" and 7%");
    assert_int_equal(print_to(host->vm, text, 6, "%T", t), 11);
    assert_string_equal(text, "\"some");
    assert_true(print_to(NULL, text, sizeof text, "%T", t) > 0);
    assert_memory_equal(text, "#term", 5);
}

static void the_external_format(void **state)
{
    struct host *host = *state;
    avm_term pair[2] = { atom(host, "ok"), integer(host, 1) }, t = avm_make_tuple(host->env, 2, pair);
    avm_term back = 5;
    avm_binary bytes;
    uint8_t longer[64];

    assert_int_equal(avm_encode_term(host->env, t, &bytes), AVM_OK);
    memcpy(longer, bytes.data, bytes.size);
    memset(longer + bytes.size, 0xaa, 10);
    assert_int_equal(avm_decode_term(host->env, longer, bytes.size + 10, true, &back), bytes.size);
    assert_true(avm_is_identical(back, t));
    assert_int_equal(avm_decode_term(host->env, longer, bytes.size - 1, true, &back), 0);
    assert_int_equal(avm_binary_to_term(host->env, longer, bytes.size + 10, true, &back), AVM_OK);
    avm_release_binary(&bytes);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(atoms),
        TEST(numbers),
        TEST(every_type_is_told),
        TEST(binaries),
        TEST(texts),
        TEST(lists_and_tuples),
        TEST(maps),
        TEST(what_is_made_once),
        TEST(order_and_hash),
        TEST(terms_as_text),
        TEST(the_external_format)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
