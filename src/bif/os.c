/* os.c - natives of the module os: the environment, as this VM sees it, and the host.
**
** The VM never changes the host's environment: what os:putenv and os:unsetenv say lies in a list of
** changes that os:getenv and os:env look at first. */
#include "atomvm/platform.h"
#include "base/utf8.h"
#include "base/vector.h"
#include "bif/bif.h"
#include "bif/os.h"
#include "bif/points.h"
#include "data/list.h"
#include "proc/native_call.h"

#define OS_NATIVES(X)                                                                            \
    X("getenv", 1, os_getenv, 0)                                                                 \
    X("env", 0, os_env, 0)                                                                       \
    X("putenv", 2, os_putenv, 0)                                                                 \
    X("unsetenv", 1, os_unsetenv, 0)                                                             \
    X("getpid", 0, os_getpid, 0)                                                                 \
    X("set_signal", 2, os_set_signal, 0)
NATIVE_TABLE(bif_os, "os", "erl_kernel_errors", OS_NATIVES)

/* One variable that was changed; value NULL: it is unset. */
struct environment {
    struct environment *next;
    size_t name_size, value_size;       /* value_size SIZE_MAX: unset */
    char text[];                        /* name, value */
};

/* ---- the list of changes ---------------------------------------------------------------------- */

static size_t change_size(const struct environment *change)
{
    return sizeof *change + change->name_size
        + (change->value_size != SIZE_MAX ? change->value_size : 0);
}

static void destroy_all(struct node *node)
{
    while (node->environment != NULL) {
        struct environment *change = node->environment;

        node->environment = change->next;
        memory_free(node->memory, MEMORY_OTHER, change, change_size(change));
    }
}

static struct environment **find_change(struct node *node, const char *name, size_t size)
{
    struct environment **at = &node->environment;

    while (*at != NULL
        && !((*at)->name_size == size && memcmp((*at)->text, name, size) == 0))
        at = &(*at)->next;
    return at;
}

static bool put_change(struct node *node, const struct byte_buffer *name,
    const struct byte_buffer *value)
{
    size_t value_size = value != NULL ? value->size : 0;
    struct environment *change = memory_allocate(node->memory, MEMORY_OTHER,
        sizeof *change + name->size + value_size);
    struct environment **at, *old;

    if (change == NULL)
        return false;
    change->name_size = name->size;
    change->value_size = value != NULL ? value_size : SIZE_MAX;
    memcpy(change->text, name->bytes, name->size);
    if (value_size > 0)
        memcpy(change->text + name->size, value->bytes, value_size);
    at = find_change(node, change->text, name->size);
    old = *at;
    change->next = old != NULL ? old->next : NULL;
    *at = change;
    if (old != NULL)
        memory_free(node->memory, MEMORY_OTHER, old, change_size(old));
    node->environment_destroy = destroy_all;
    return true;
}

/* The value of name as the host has it; NULL: not set. */
static const char *find_host_value(struct node *node, const char *name, size_t size)
{
    const char *const *at = node->platform->get_environment(node->platform_state);

    for (; at != NULL && *at != NULL; at++) {
        if (strncmp(*at, name, size) == 0 && (*at)[size] == '=')
            return *at + size + 1;
    }
    return NULL;
}

size_t os_list_environment(struct node *node, struct byte_buffer *out,
    bool (*is_left_out)(void *user, const char *name, size_t size), void *user)
{
    const char *const *at = node->platform->get_environment(node->platform_state);
    const struct environment *change;
    size_t count = 0;

    for (; at != NULL && *at != NULL; at++) {
        const char *value = strchr(*at, '=');
        size_t name_size = value != NULL ? (size_t) (value - *at) : 0;

        if (value == NULL || *find_change(node, *at, name_size) != NULL
            || is_left_out(user, *at, name_size))
            continue;
        byte_buffer_append(out, *at, strlen(*at) + 1);
        count++;
    }
    for (change = node->environment; change != NULL; change = change->next) {
        if (change->value_size == SIZE_MAX || is_left_out(user, change->text, change->name_size))
            continue;
        byte_buffer_append(out, change->text, change->name_size);
        byte_buffer_u8(out, '=');
        byte_buffer_append(out, change->text + change->name_size, change->value_size);
        byte_buffer_u8(out, 0);
        count++;
    }
    return count;
}

/* ---- texts --------------------------------------------------------------------------------------- */

static term make_text(struct scheduler *s, const char *text, size_t size)
{
    const uint8_t *bytes = (const uint8_t *) text;

    return utf8_count(bytes, size) != SIZE_MAX
        ? list_from_utf8(native_heap(s), bytes, size, TERM_NIL)
        : list_from_bytes(native_heap(s), bytes, size, TERM_NIL);
}

/* ---- natives --------------------------------------------------------------------------------------- */

static term value_of(struct scheduler *s, const struct byte_buffer *name)
{
    const struct environment *change = *find_change(s->node, (const char *) name->bytes, name->size);
    const char *value;

    if (change != NULL)
        return change->value_size == SIZE_MAX ? ATOM(false)
            : native_result(s, make_text(s, change->text + change->name_size, change->value_size));
    value = find_host_value(s->node, (const char *) name->bytes, name->size);
    return value == NULL ? ATOM(false) : native_result(s, make_text(s, value, strlen(value)));
}

static term os_getenv(struct scheduler *s, const term *a)
{
    struct byte_buffer name;
    term result;

    byte_buffer_init(&name, s->node->memory, MEMORY_OTHER);
    if (!points_get(&name, a[0], '='))
        result = raise_badarg(s);
    else
        result = name.failed ? raise_no_memory(s) : name.size == 0 ? ATOM(false) : value_of(s, &name);
    byte_buffer_deinit(&name);
    return result;
}

static term change_variable(struct scheduler *s, term name_text, term value_text)
{
    struct byte_buffer name, value;
    term result = ATOM(true);

    byte_buffer_init(&name, s->node->memory, MEMORY_OTHER);
    byte_buffer_init(&value, s->node->memory, MEMORY_OTHER);
    if (!points_get(&name, name_text, '=')
        || (value_text != TERM_NONE && !points_get(&value, value_text, 0)))
        result = raise_badarg(s);
    else if (name.failed || value.failed
        || (name.size > 0
            && !put_change(s->node, &name, value_text != TERM_NONE ? &value : NULL)))
        result = raise_no_memory(s);
    byte_buffer_deinit(&name);
    byte_buffer_deinit(&value);
    return result;
}

static term os_putenv(struct scheduler *s, const term *a) { return change_variable(s, a[0], a[1]); }

static term os_unsetenv(struct scheduler *s, const term *a)
{
    return change_variable(s, a[0], TERM_NONE);
}

static term push_variable(struct scheduler *s, term list, const char *name, size_t name_size,
    const char *value, size_t value_size)
{
    term key = make_text(s, name, name_size), text = make_text(s, value, value_size);
    term pair = key != TERM_NONE && text != TERM_NONE ? native_tuple2(s, key, text) : TERM_NONE;

    return pair != TERM_NONE ? native_cons(s, pair, list) : TERM_NONE;
}

/* [{Name, Value}] */
static term os_env(struct scheduler *s, const term *a)
{
    const char *const *at = s->node->platform->get_environment(s->node->platform_state);
    const struct environment *change;
    term list = TERM_NIL;

    (void) a;
    for (; list != TERM_NONE && at != NULL && *at != NULL; at++) {
        const char *value = strchr(*at, '=');

        if (value != NULL && *find_change(s->node, *at, (size_t) (value - *at)) == NULL)
            list = push_variable(s, list, *at, (size_t) (value - *at), value + 1, strlen(value + 1));
    }
    for (change = s->node->environment; list != TERM_NONE && change != NULL; change = change->next) {
        if (change->value_size != SIZE_MAX)
            list = push_variable(s, list, change->text, change->name_size,
                change->text + change->name_size, change->value_size);
    }
    return native_result(s, list);
}

static term os_getpid(struct scheduler *s, const term *a)
{
    avm_host host;
    char digits[24];
    size_t size = sizeof digits;
    uint64_t rest;

    (void) a;
    memset(&host, 0, sizeof host);
    s->node->platform->get_host(s->node->platform_state, &host);
    rest = host.process_id > 0 ? (uint64_t) host.process_id : 0;
    do {
        digits[--size] = (char) ('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    return native_result(s, make_text(s, digits + size, sizeof digits - size));
}

/* Signals are the host's affair. */
static term os_set_signal(struct scheduler *s, const term *a)
{
    if (a[1] != ATOM(ignore) && a[1] != ATOM(handle) && a[1] != ATOM(default))
        return raise_badarg_cause(s, ATOM(badopt));
    return term_is_atom(a[0]) ? ATOM(ok) : raise_badarg(s);
}
