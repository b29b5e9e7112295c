/* A parser of a little JSON that yields, and a writer that grows a buffer: long work in slices, the
** state in a resource. */
#include <erl_nif.h>

#include <string.h>

#define STEPS 200

typedef struct {
    ErlNifEnv *env;                 /* owns what has been parsed */
    ErlNifBinary text;
    ERL_NIF_TERM source, *stack;
    size_t at, depth, capacity;
    int steps;
} parser;

static ErlNifResourceType *parser_type;
static ERL_NIF_TERM atom_error, atom_open, atom_true, atom_false, atom_null;

static void parser_dtor(ErlNifEnv *env, void *object)
{
    parser *p = object;

    (void) env;
    if (p->env != NULL)
        enif_free_env(p->env);
    enif_free(p->stack);
}

static int load(ErlNifEnv *env, void **priv_data, ERL_NIF_TERM load_info)
{
    (void) priv_data;
    (void) load_info;
    parser_type = enif_open_resource_type(env, NULL, "parser", parser_dtor,
        ERL_NIF_RT_CREATE | ERL_NIF_RT_TAKEOVER, NULL);
    atom_error = enif_make_atom(env, "error");
    atom_open = enif_make_atom(env, "open");
    atom_true = enif_make_atom(env, "true");
    atom_false = enif_make_atom(env, "false");
    atom_null = enif_make_atom(env, "null");
    return parser_type == NULL;
}

static int upgrade(ErlNifEnv *env, void **priv_data, void **old_priv_data, ERL_NIF_TERM load_info)
{
    (void) old_priv_data;
    return load(env, priv_data, load_info);
}

static int push(parser *p, ERL_NIF_TERM term)
{
    if (p->depth == p->capacity) {
        size_t capacity = p->capacity == 0 ? 16 : 2 * p->capacity;
        ERL_NIF_TERM *grown = enif_realloc(p->stack, capacity * sizeof *grown);

        if (grown == NULL)
            return 0;
        p->stack = grown;
        p->capacity = capacity;
    }
    p->stack[p->depth++] = term;
    return 1;
}

/* What stands above the innermost open mark becomes a list. */
static int close_list(parser *p)
{
    ERL_NIF_TERM list = enif_make_list(p->env, 0);

    while (p->depth > 0 && !enif_is_identical(p->stack[p->depth - 1], atom_open))
        list = enif_make_list_cell(p->env, p->stack[--p->depth], list);
    if (p->depth == 0)
        return 0;
    p->stack[p->depth - 1] = list;
    return 1;
}

static int is_word(parser *p, const char *word)
{
    size_t length = strlen(word);

    if (p->text.size - p->at < length || memcmp(p->text.data + p->at, word, length) != 0)
        return 0;
    p->at += length;
    return 1;
}

static int parse_number(parser *p)
{
    ErlNifSInt64 value = 0;
    int negative = p->text.data[p->at] == '-';

    p->at += negative;
    if (p->at >= p->text.size || p->text.data[p->at] < '0' || p->text.data[p->at] > '9')
        return 0;
    while (p->at < p->text.size && p->text.data[p->at] >= '0' && p->text.data[p->at] <= '9')
        value = 10 * value + (p->text.data[p->at++] - '0');
    return push(p, enif_make_int64(p->env, negative ? -value : value));
}

static int parse_string(parser *p)
{
    size_t first = ++p->at;

    while (p->at < p->text.size && p->text.data[p->at] != '"')
        p->at++;
    if (p->at == p->text.size)
        return 0;
    return push(p, enif_make_sub_binary(p->env, p->source, first, p->at++ - first));
}

static int step(parser *p)
{
    switch (p->text.data[p->at]) {
    case ' ':
    case ',':
        p->at++;
        return 1;
    case '[':
        p->at++;
        return push(p, atom_open);
    case ']':
        p->at++;
        return close_list(p);
    case '"':
        return parse_string(p);
    default:
        return is_word(p, "true")  ? push(p, atom_true)
            : is_word(p, "false")  ? push(p, atom_false)
            : is_word(p, "null")   ? push(p, atom_null)
                                   : parse_number(p);
    }
}

static ERL_NIF_TERM go_on(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    void *object;
    parser *p;

    if (!enif_get_resource(env, argv[0], parser_type, &object))
        return enif_make_badarg(env);
    p = object;
    while (p->at < p->text.size) {
        if (!step(p))
            return enif_make_tuple2(env, atom_error, enif_make_uint64(env, p->at));
        if (++p->steps % STEPS == 0 && enif_consume_timeslice(env, 5))
            return enif_schedule_nif(env, "go_on", 0, go_on, argc, argv);
    }
    if (p->depth != 1)
        return enif_make_tuple2(env, atom_error, enif_make_uint64(env, p->at));
    return enif_make_tuple2(env, enif_make_int(env, p->steps), enif_make_copy(env, p->stack[0]));
}

static ERL_NIF_TERM decode(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    parser *p = enif_alloc_resource(parser_type, sizeof *p);
    ERL_NIF_TERM term;

    (void) argc;
    memset(p, 0, sizeof *p);
    p->env = enif_alloc_env();
    p->source = enif_make_copy(p->env, argv[0]);
    term = enif_make_resource(env, p);
    enif_release_resource(p);
    if (!enif_inspect_binary(p->env, p->source, &p->text))
        return enif_make_badarg(env);
    return enif_schedule_nif(env, "go_on", 0, go_on, 1, &term);
}

/* ---- writing ---- */

typedef struct {
    ErlNifBinary bytes;
    size_t used;
} writer;

static int put(writer *w, const void *data, size_t size)
{
    if (size > w->bytes.size - w->used && !enif_realloc_binary(&w->bytes, 2 * (w->used + size)))
        return 0;
    memcpy(w->bytes.data + w->used, data, size);
    w->used += size;
    return 1;
}

static int encode_term(ErlNifEnv *env, writer *w, ERL_NIF_TERM term)
{
    ErlNifSInt64 number;
    ErlNifBinary binary;
    ERL_NIF_TERM head;
    char text[32];
    int first = 1;

    if (enif_get_int64(env, term, &number))
        return put(w, text, (size_t) enif_snprintf(text, sizeof text, "%lld", (long long) number));
    if (enif_inspect_binary(env, term, &binary))
        return put(w, "\"", 1) && put(w, binary.data, binary.size) && put(w, "\"", 1);
    if (enif_get_atom(env, term, text, sizeof text, ERL_NIF_LATIN1))
        return put(w, text, strlen(text));
    if (!enif_is_list(env, term) || !put(w, "[", 1))
        return 0;
    for (; enif_get_list_cell(env, term, &head, &term); first = 0)
        if ((!first && !put(w, ",", 1)) || !encode_term(env, w, head))
            return 0;
    return put(w, "]", 1);
}

static ERL_NIF_TERM encode(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    writer w = { { 0 }, 0 };

    (void) argc;
    if (!enif_alloc_binary(4, &w.bytes))
        return enif_make_badarg(env);
    if (!encode_term(env, &w, argv[0])) {
        enif_release_binary(&w.bytes);
        return enif_make_badarg(env);
    }
    enif_realloc_binary(&w.bytes, w.used);
    return enif_make_binary(env, &w.bytes);
}

static ERL_NIF_TERM flat(ErlNifEnv *env, int argc, const ERL_NIF_TERM argv[])
{
    ErlNifBinary binary;
    ERL_NIF_TERM copy;

    (void) argc;
    if (!enif_inspect_iolist_as_binary(env, argv[0], &binary))
        return enif_make_badarg(env);
    memcpy(enif_make_new_binary(env, binary.size, &copy), binary.data, binary.size);
    return copy;
}

static ErlNifFunc functions[] = {
    { "decode", 1, decode }, { "encode", 1, encode }, { "flat", 1, flat }
};

ERL_NIF_INIT(nif_json, functions, load, NULL, upgrade, NULL)
