/* persistent_term.c - the natives of module persistent_term over ets/persistent.c. */
#include "bif/bif.h"
#include "data/list.h"
#include "data/number.h"
#include "ets/persistent.h"
#include "proc/native_call.h"

#define PERSISTENT_TERM_NATIVES(X)                                                               \
    X("get", 0, persistent_term_get0, 0)                                                         \
    X("get", 1, persistent_term_get1, NATIVE_CONCURRENT)                                         \
    X("get", 2, persistent_term_get2, NATIVE_CONCURRENT)                                         \
    X("put", 2, persistent_term_put, 0)                                                          \
    X("put_new", 2, persistent_term_put_new, 0)                                                  \
    X("erase", 1, persistent_term_erase, 0)                                                      \
    X("info", 0, persistent_term_info, 0)
NATIVE_TABLE(bif_persistent_term, "persistent_term", "erl_erts_errors", PERSISTENT_TERM_NATIVES)

static struct persistent_table *table_of(struct scheduler *s)
{
    return s->node->persistent_terms;
}

/* What the servers of OTP 26 and later put when they start, which happens here when they are first asked: files
** come from the process of that name, modules that nobody has loaded yet are looked for. */
static term put_by_server(struct scheduler *s, term key)
{
    static const char shell[] = "/bin/sh";

    if (s->node->find_module == NULL)
        return TERM_NONE;
    if (key == ATOM(kernel_os_cmd_shell))
        return list_from_bytes(native_heap(s), (const uint8_t *) shell, sizeof shell - 1, TERM_NIL);
    return key == ATOM(erl_prim_loader) ? ATOM(inet) : key == ATOM(code_server) ? ATOM(interactive) : TERM_NONE;
}

/* Without the lock of the VM, unless there seems to be none. */
static term find(struct scheduler *s, term key)
{
    term value = persistent_find(table_of(s), key);

    if (value == TERM_NONE && node_is_shared(s->node)) {
        node_hold(s->node);
        value = persistent_find(table_of(s), key);
        node_let_go(s->node);
    }
    return value;
}

static term persistent_term_get1(struct scheduler *s, const term *a)
{
    term value = find(s, a[0]);

    if (value == TERM_NONE)
        value = put_by_server(s, a[0]);
    return value == TERM_NONE ? raise_badarg(s) : value;
}

static term persistent_term_get2(struct scheduler *s, const term *a)
{
    term value = find(s, a[0]);

    return value == TERM_NONE ? a[1] : value;
}

static term persistent_term_put(struct scheduler *s, const term *a)
{
    enum data_status status = persistent_put(table_of(s), a[0], a[1]);

    return status == DATA_OK ? ATOM(ok) : raise_status(s, status);
}

static term persistent_term_put_new(struct scheduler *s, const term *a)
{
    term value = persistent_find(table_of(s), a[0]);

    if (value != TERM_NONE && !term_equal_exact(&s->node->compare, value, a[1]))
        return raise_badarg(s);
    return persistent_term_put(s, a);
}

static term persistent_term_erase(struct scheduler *s, const term *a)
{
    return native_boolean(persistent_remove(table_of(s), a[0]));
}

struct listing {
    struct scheduler *s;
    term list;                      /* TERM_NONE: out of memory */
};

static bool add_pair(void *user, term key, term value)
{
    struct listing *listing = user;
    term pair = native_tuple2(listing->s, key, value);

    listing->list = pair == TERM_NONE ? TERM_NONE : native_cons(listing->s, pair, listing->list);
    return listing->list != TERM_NONE;
}

static term persistent_term_get0(struct scheduler *s, const term *a)
{
    struct listing listing = { s, TERM_NIL };

    (void) a;
    persistent_each(table_of(s), add_pair, &listing);
    return native_result(s, listing.list);
}

static term persistent_term_info(struct scheduler *s, const term *a)
{
    struct persistent_table *table = table_of(s);
    term pairs[4], map, result;
    enum data_status status;

    (void) a;
    pairs[0] = ATOM(count);
    pairs[1] = term_make_small((intptr_t) persistent_count(table));
    pairs[2] = ATOM(memory);
    pairs[3] = integer_make_uint64(native_heap(s), persistent_bytes(table));
    map = map_empty(native_heap(s));
    if (map == TERM_NONE || pairs[3] == TERM_NONE)
        return raise_no_memory(s);
    status = map_put_pairs(&s->node->compare, native_heap(s), map, pairs, 2, false, &result);
    return status == DATA_OK ? result : raise_status(s, status);
}
