/* erlang_identifier.c - pids, references and ports as text and back; nodes. */
#include "bif/bif.h"
#include "data/identity.h"
#include "data/list.h"
#include "data/map.h"
#include "data/print.h"
#include "proc/native_call.h"
#include "proc/reference.h"

#define IDENTIFIER_NATIVES(X)                                                                    \
    X("pid_to_list", 1, identifier_pid_to_list, 0)                                               \
    X("list_to_pid", 1, identifier_list_to_pid, 0)                                               \
    X("ref_to_list", 1, identifier_ref_to_list, 0)                                               \
    X("list_to_ref", 1, identifier_list_to_ref, 0)                                               \
    X("port_to_list", 1, identifier_port_to_list, 0)                                             \
    X("list_to_port", 1, identifier_list_to_port, 0)                                             \
    X("node", 0, identifier_node, NATIVE_GUARD | NATIVE_CONCURRENT)                                                  \
    X("node", 1, identifier_node_of, NATIVE_GUARD | NATIVE_CONCURRENT)                                               \
    X("nodes", 0, identifier_nodes, 0)                                                           \
    X("nodes", 1, identifier_nodes_of, 0)                                                        \
    X("nodes", 2, identifier_nodes_with, 0)                                                      \
    X("monitor_node", 2, identifier_monitor_node, 0)                                             \
    X("monitor_node", 3, identifier_monitor_node, 0)
NATIVE_TABLE(bif_erlang_identifier, "erlang", "erl_erts_errors", IDENTIFIER_NATIVES)

/* ---- to text --------------------------------------------------------------------------- */

static term print_identifier(struct scheduler *s, term t)
{
    struct byte_buffer out;
    term list = TERM_NONE;

    byte_buffer_init(&out, s->node->memory, MEMORY_OTHER);
    if (term_print(&out, &s->node->compare, t, SIZE_MAX))
        list = list_from_bytes(native_heap(s), out.bytes, out.size, TERM_NIL);
    byte_buffer_deinit(&out);
    return native_result(s, list);
}

static term identifier_pid_to_list(struct scheduler *s, const term *a)
{
    return term_is_pid(a[0]) ? print_identifier(s, a[0]) : raise_badarg(s);
}

static term identifier_ref_to_list(struct scheduler *s, const term *a)
{
    return term_is_reference(a[0]) ? print_identifier(s, a[0]) : raise_badarg(s);
}

static term identifier_port_to_list(struct scheduler *s, const term *a)
{
    return term_is_port(a[0]) ? print_identifier(s, a[0]) : raise_badarg(s);
}

/* ---- from text --------------------------------------------------------------------------- */

#define TEXT_MAX 80

/* The characters of list as a C string; false: no list of ASCII, or too long. */
static bool get_text(term list, char text[TEXT_MAX])
{
    size_t size = 0;

    for (; term_is_cons(list); list = term_tail(list)) {
        term character = term_head(list);

        if (!term_is_small(character) || term_small(character) < 1 || term_small(character) > 127
            || size == TEXT_MAX - 1)
            return false;
        text[size++] = (char) term_small(character);
    }
    text[size] = '\0';
    return list == TERM_NIL;
}

/* prefix, then count numbers with points between them, then '>' and the end. */
static bool parse_numbers(const char *text, const char *prefix, unsigned count, uint64_t *numbers)
{
    size_t prefix_size = strlen(prefix);
    unsigned i;

    if (strncmp(text, prefix, prefix_size) != 0)
        return false;
    text += prefix_size;
    for (i = 0; i < count; i++) {
        uint64_t value = 0;

        if (*text < '0' || *text > '9')
            return false;
        for (; *text >= '0' && *text <= '9'; text++) {
            if (value > UINT64_MAX / 100)
                return false;
            value = value * 10 + (uint64_t) (*text - '0');
        }
        numbers[i] = value;
        if (*text++ != (i + 1 < count ? '.' : '>'))
            return false;
    }
    return *text == '\0';
}

static term identifier_list_to_pid(struct scheduler *s, const term *a)
{
    char text[TEXT_MAX];
    uint64_t numbers[3];
    term pid;

    if (!get_text(a[0], text) || !parse_numbers(text, "<", 3, numbers) || numbers[0] != 0
        || numbers[1] > UINT32_MAX || numbers[2] > UINT32_MAX)
        return raise_badarg(s);
    pid = term_pid_from_parts((uint32_t) numbers[1], (uint32_t) numbers[2]);
    return pid != TERM_NONE ? pid : raise_badarg(s);
}

static term identifier_list_to_ref(struct scheduler *s, const term *a)
{
    char text[TEXT_MAX];
    uint64_t numbers[4], id;
    uint32_t words[REFERENCE_ID_PARTS];

    if (!get_text(a[0], text) || !parse_numbers(text, "#Ref<", 4, numbers) || numbers[0] != 0
        || numbers[1] > UINT32_MAX || numbers[2] > UINT32_MAX || numbers[3] > UINT32_MAX)
        return raise_badarg(s);
    words[2] = (uint32_t) numbers[1];
    words[1] = (uint32_t) numbers[2];
    words[0] = (uint32_t) numbers[3];
    if (!reference_id_join(words, &id))
        return raise_badarg(s);
    return native_result(s, reference_make(native_heap(s), id));
}

static term identifier_list_to_port(struct scheduler *s, const term *a)
{
    char text[TEXT_MAX];
    uint64_t numbers[2];

    if (!get_text(a[0], text) || !parse_numbers(text, "#Port<", 2, numbers) || numbers[0] != 0
        || numbers[1] > (UINTPTR_MAX >> 4))
        return raise_badarg(s);
    return term_make_port((uintptr_t) numbers[1]);
}

/* ---- nodes --------------------------------------------------------------------------------- */

static term identifier_node(struct scheduler *s, const term *a)
{
    (void) a;
    return s->node->name;
}

static term identifier_node_of(struct scheduler *s, const term *a)
{
    if (term_is_local_pid(a[0]) || term_is_local_port(a[0]) || term_is_local_reference(a[0]))
        return s->node->name;
    if (term_is_pid(a[0]) || term_is_port(a[0]) || term_is_reference(a[0]))
        return term_external(a[0])->node;
    return raise_badarg(s);
}

static term identifier_nodes(struct scheduler *s, const term *a)
{
    (void) s;
    (void) a;
    return TERM_NIL;
}

/* True when the kinds (an atom, or a list of them) take in this node; false with *bad for others. */
static bool includes_this(term kinds, bool *bad)
{
    const term all[] = { ATOM(visible), ATOM(hidden), ATOM(connected), ATOM(this), ATOM(known) };
    term list = kinds;
    bool found = false;
    size_t i;

    do {
        term kind = term_is_cons(list) ? term_head(list) : kinds;

        if (list == TERM_NIL)
            return found;
        for (i = 0; i < AVM_COUNT_OF(all) && all[i] != kind; i++) {
        }
        *bad = *bad || i == AVM_COUNT_OF(all);
        found = found || i >= 3;
        list = term_is_cons(list) ? term_tail(list) : TERM_NIL;
    } while (list != TERM_NIL && !*bad);
    return found;
}

static term identifier_nodes_of(struct scheduler *s, const term *a)
{
    bool bad = false, found = includes_this(a[0], &bad);

    if (bad)
        return raise_badarg(s);
    return found ? native_result(s, native_cons(s, s->node->name, TERM_NIL)) : TERM_NIL;
}

/* The map of what is asked for of this node; TERM_NONE: bad options, or (status) no memory. */
static enum data_status make_node_info(struct scheduler *s, term options, term *info)
{
    struct map_iterator iterator;
    term key, value, map = map_empty(native_heap(s));
    enum data_status status = map != TERM_NONE ? DATA_OK : DATA_NO_MEMORY;

    if (!term_is_map(options))
        return DATA_BAD_ARGUMENT;
    map_iterator_init(&iterator, options);
    while (status == DATA_OK && map_iterator_next(&iterator, &key, &value)) {
        if ((key != ATOM(connection_id) && key != ATOM(node_type))
            || (value != ATOM(true) && value != ATOM(false)))
            return DATA_BAD_ARGUMENT;
        if (value == ATOM(true))
            status = map_put(&s->node->compare, native_heap(s), map, key,
                key == ATOM(node_type) ? ATOM(this) : ATOM(undefined), &map);
    }
    *info = map;
    return status;
}

static term identifier_nodes_with(struct scheduler *s, const term *a)
{
    bool bad = false, found = includes_this(a[0], &bad);
    term info;
    enum data_status status = make_node_info(s, a[1], &info);

    if (bad)
        return raise_badarg(s);
    if (status != DATA_OK)
        return raise_status(s, status);
    if (!found)
        return TERM_NIL;
    info = native_tuple2(s, s->node->name, info);
    return native_result(s, info != TERM_NONE ? native_cons(s, info, TERM_NIL) : info);
}

static term identifier_monitor_node(struct scheduler *s, const term *a)
{
    if (!term_is_atom(a[0]) || (a[1] != ATOM(true) && a[1] != ATOM(false)))
        return raise_badarg(s);
    return a[0] == s->node->name ? ATOM(true) : raise_error(s, ATOM(notalive));
}
