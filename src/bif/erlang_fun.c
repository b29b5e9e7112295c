/* erlang_fun.c - natives that make funs and say what they are. */
#include "base/vector.h"
#include "bif/bif.h"
#include "data/bits.h"
#include "data/list.h"
#include "data/print.h"
#include "proc/native_call.h"

#define FUN_NATIVES(X)                                                                           \
    X("fun_info", 2, fun_info, 0)                                                                \
    X("fun_info_mfa", 1, fun_info_mfa, 0)                                                        \
    X("fun_to_list", 1, fun_to_list, 0)                                                          \
    X("make_fun", 3, fun_make, NATIVE_CONCURRENT)
NATIVE_TABLE(bif_erlang_fun, "erlang", "erl_erts_errors", FUN_NATIVES)

static term fun_make(struct scheduler *s, const term *a)
{
    struct export *export;
    term *fun;

    if (!term_is_atom(a[0]) || !term_is_atom(a[1]) || !term_is_small(a[2]) || term_small(a[2]) < 0)
        return raise_badarg(s);
    if (term_small(a[2]) > 255)
        return raise_badarg(s);
    export = node_put_export(s->node, a[0], a[1], (uint32_t) term_small(a[2]));
    fun = export == NULL ? NULL : heap_allocate(native_heap(s), 2);
    if (fun == NULL)
        return raise_no_memory(s);
    fun[0] = header_make(BOXED_EXPORT, 1);
    fun[1] = (term) export;
    return term_make_boxed(fun);
}

/* The name of the function behind a fun; [] when its code is gone. */
static term local_name(const struct fun_entry *entry)
{
    return entry->function == NULL ? TERM_NIL : entry->function->name;
}

static term fun_name(term fun)
{
    return term_is_local_fun(fun) ? local_name(term_fun_entry(fun))
                                  : term_fun_export(fun)->identity.function;
}

static term fun_module(term fun)
{
    return term_is_local_fun(fun) ? term_fun_entry(fun)->identity.module
                                  : term_fun_export(fun)->identity.module;
}

static term fun_arity(term fun)
{
    return term_make_small((intptr_t) (term_is_local_fun(fun)
            ? term_fun_entry(fun)->identity.arity
            : term_fun_export(fun)->identity.arity));
}

/* What only a local fun has; an external one says undefined. */
static term local_item(struct scheduler *s, term fun, term item)
{
    const struct fun_entry *entry = term_fun_entry(fun);

    if (!term_is_local_fun(fun))
        return ATOM(undefined);
    if (item == ATOM(new_uniq))
        return bits_make_copy(native_heap(s), entry->identity.md5, sizeof entry->identity.md5);
    if (item == ATOM(uniq))
        return native_integer(s, (int64_t) entry->identity.uniq);
    if (item == ATOM(pid))
        return term_make_pid(0);
    return native_integer(s, (int64_t) entry->identity.index);
}

static term fun_item(struct scheduler *s, term fun, term item)
{
    if (item == ATOM(type))
        return term_is_local_fun(fun) ? ATOM(local) : ATOM(external);
    if (item == ATOM(module))
        return fun_module(fun);
    if (item == ATOM(name))
        return fun_name(fun);
    if (item == ATOM(arity))
        return fun_arity(fun);
    if (item == ATOM(env))
        return term_is_local_fun(fun)
            ? list_from_array(native_heap(s), term_fun_free(fun), term_fun_free_count(fun),
                  TERM_NIL)
            : TERM_NIL;
    return local_item(s, fun, item);
}

static bool is_item(term item)
{
    return item == ATOM(type) || item == ATOM(module) || item == ATOM(name) || item == ATOM(arity)
        || item == ATOM(env) || item == ATOM(new_uniq) || item == ATOM(uniq) || item == ATOM(pid)
        || item == ATOM(index) || item == ATOM(new_index);
}

static term fun_info(struct scheduler *s, const term *a)
{
    term value;

    if (!term_is_fun(a[0]) || !is_item(a[1]))
        return raise_badarg(s);
    value = fun_item(s, a[0], a[1]);
    return value == TERM_NONE ? raise_no_memory(s)
                              : native_result(s, native_tuple2(s, a[1], value));
}

static term fun_info_mfa(struct scheduler *s, const term *a)
{
    if (!term_is_fun(a[0]))
        return raise_badarg(s);
    return native_result(s,
        native_tuple3(s, fun_module(a[0]), fun_name(a[0]), fun_arity(a[0])));
}

static term fun_to_list(struct scheduler *s, const term *a)
{
    struct byte_buffer out;
    term result = TERM_NONE;

    if (!term_is_fun(a[0]))
        return raise_badarg(s);
    byte_buffer_init(&out, s->node->memory, MEMORY_OTHER);
    if (term_print(&out, &s->node->compare, a[0], SIZE_MAX))
        result = list_from_utf8(native_heap(s), out.bytes, out.size, TERM_NIL);
    byte_buffer_deinit(&out);
    return native_result(s, result);
}
