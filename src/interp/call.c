/* call.c - the slow sides of calling: first calls, functions that do not exist, funs, apply, natives. */
#include "interp/engine.h"

#include "load/generic.h"

#include <stdio.h>

static void bad_code(struct scheduler *s, const char *why)
{
    term text = bits_make_copy(native_heap(s), why, strlen(why));

    engine_error_tagged(s, ATOM(bad_code), text != TERM_NONE ? text : TERM_NIL);
}

const uint32_t *call_translate(struct scheduler *s, struct function *f)
{
    struct load_error error;
    const uint32_t *entry = NULL;

    error.text[0] = 0;
    node_hold(s->node);
    if (f->words != NULL || load_translate(f, &error)) {
        entry = f->words + f->entry_word;
        atomic_put(&f->entry, entry);
    }
    node_let_go(s->node);
    if (entry == NULL)
        bad_code(s, error.text);
    return entry;
}

/* ---- functions that do not exist ------------------------------------------------ */

/* Whether the module may be looked for: it was never loaded, or has been deleted since. */
static bool is_absent(const struct node *node, term module)
{
    const struct code_slot *slot;

    if (node->find_module == NULL)
        return false;
    slot = code_find_slot(node->code, module);
    return slot == NULL || (slot->current == NULL && slot->pending == NULL);
}

static const uint32_t *entry_of(struct scheduler *s, struct function *f)
{
    const uint32_t *entry = atomic_get(&f->entry);

    return entry != NULL ? entry : call_translate(s, f);
}

static term list_of(struct scheduler *s, const term *items, unsigned count)
{
    return native_list(s, items, count);
}

/* The module has an on_load that has not run: libs/atomvm_code.erl runs it, then calls again. */
static term on_load_handler(struct scheduler *s, term module)
{
    struct code_slot *slot = code_find_slot(s->node->code, module);

    if (slot == NULL || slot->pending == NULL || slot->current != NULL)
        return TERM_NONE;
    if (code_find_slot(s->node->code, ATOM(atomvm_code)) == NULL)
        s->node->find_module(s->node->find_user, s->node, ATOM(atomvm_code));
    return ATOM(atomvm_code);
}

static const uint32_t *find_undefined(struct scheduler *s, struct export *export, unsigned *arity)
{
    struct node *node = s->node;
    const struct export_identity *missing = &export->identity;
    struct export *handler;
    term handler_module = ATOM(error_handler), arguments;

    if (export->function == NULL && is_absent(node, missing->module)
        && !node->find_module(node->find_user, node, missing->module)
        && node->find_error[0] != '\0') {
        bad_code(s, node->find_error);
        engine_frame(s, missing, s->x, true);
        return NULL;
    }
    if (export->function != NULL)
        return entry_of(s, export->function);
    if (s->process->rare != NULL && s->process->rare->error_handler != TERM_NONE)
        handler_module = s->process->rare->error_handler;
    if (node->find_module != NULL && on_load_handler(s, missing->module) != TERM_NONE)
        handler_module = ATOM(atomvm_code);
    handler = code_find_export(node->code, handler_module, ATOM(undefined_function), 3);
    arguments = handler != NULL && handler->function != NULL
        ? list_of(s, s->x, missing->arity)
        : TERM_NONE;
    if (arguments != TERM_NONE) {
        s->x[0] = missing->module;
        s->x[1] = missing->function;
        s->x[2] = arguments;
        *arity = 3;
        return entry_of(s, handler->function);
    }
    engine_error(s, ATOM(undef));
    engine_frame(s, missing, s->x, true);
    return NULL;
}

const uint32_t *call_undefined(struct scheduler *s, struct export *export, unsigned *arity)
{
    const uint32_t *entry;

    node_hold(s->node);
    entry = find_undefined(s, export, arity);
    node_let_go(s->node);
    return entry;
}

/* ---- funs ------------------------------------------------------------------------- */

static void bad_arity(struct scheduler *s, term fun, unsigned arity)
{
    term arguments = list_of(s, s->x, arity);
    term pair = arguments == TERM_NONE ? TERM_NONE : native_tuple2(s, fun, arguments);

    if (pair == TERM_NONE)
        engine_no_memory(s);
    else
        engine_error_tagged(s, ATOM(badarity), pair);
}

/* The fun's module is being purged, or was when its function was looked for. */
static bool is_withdrawn(struct node *node, const struct fun_entry *entry)
{
    struct code_slot *slot;
    bool is_purging;

    node_hold(node);
    slot = code_find_slot(node->code, entry->identity.module);
    is_purging = (slot != NULL && slot->is_purging) || atomic_get(&entry->function) != NULL;
    node_let_go(node);
    return is_purging;
}

static struct export *await_purge(struct scheduler *s, term fun, unsigned *arity)
{
    struct export *export = node_put_export(s->node, ATOM(atomvm), ATOM(await_purge), 2);
    term arguments = list_of(s, s->x, *arity);

    if (export == NULL || arguments == TERM_NONE) {
        engine_no_memory(s);
        return NULL;
    }
    s->x[0] = fun;
    s->x[1] = arguments;
    *arity = 2;
    return export;
}

/* The code of a fun's module is gone: error_handler may bring it back. */
static struct export *undefined_lambda(struct scheduler *s, term fun, unsigned *arity)
{
    struct node *node = s->node;
    struct fun_entry *entry = term_fun_entry(fun);
    struct export *handler;
    term arguments;

    if (is_withdrawn(node, entry))
        return await_purge(s, fun, arity);
    handler = node_find_export(node, ATOM(error_handler), ATOM(undefined_lambda), 3);
    if (handler == NULL || !export_is_callable(handler)) {
        engine_error_tagged(s, ATOM(badfun), fun);
        return NULL;
    }
    arguments = list_of(s, s->x, *arity);
    if (arguments == TERM_NONE) {
        engine_no_memory(s);
        return NULL;
    }
    s->x[0] = entry->identity.module;
    s->x[1] = fun;
    s->x[2] = arguments;
    *arity = 3;
    return handler;
}

/* The function of a fun, whose module is looked for when it is not there. */
static struct function *function_of(struct scheduler *s, struct fun_entry *entry)
{
    struct node *node = s->node;
    struct function *function = atomic_get(&entry->function);

    if (function != NULL || node->find_module == NULL)
        return function;
    node_hold(node);
    if (entry->function == NULL && is_absent(node, entry->identity.module))
        node->find_module(node->find_user, node, entry->identity.module);
    function = entry->function;
    node_let_go(node);
    return function;
}

static struct export *call_local_fun(struct scheduler *s, term fun, unsigned *arity,
    struct function **function)
{
    struct fun_entry *entry = term_fun_entry(fun);
    size_t free_count = term_fun_free_count(fun);
    struct function *found;

    if (entry->identity.arity != *arity) {
        bad_arity(s, fun, *arity);
        return NULL;
    }
    found = function_of(s, entry);
    if (found == NULL)
        return undefined_lambda(s, fun, arity);
    if (*arity + free_count > X_REGISTERS || *arity + free_count != found->arity) {
        engine_error_tagged(s, ATOM(badfun), fun);
        return NULL;
    }
    memcpy(s->x + *arity, term_fun_free(fun), free_count * sizeof(term));
    *arity += (unsigned) free_count;
    *function = found;
    return NULL;
}

struct export *call_fun(struct scheduler *s, term fun, unsigned *arity, struct function **function)
{
    *function = NULL;
    if (term_is_local_fun(fun))
        return call_local_fun(s, fun, arity, function);
    if (term_is_export_fun(fun)) {
        struct export *export = term_fun_export(fun);

        if (export->identity.arity == *arity)
            return export;
        bad_arity(s, fun, *arity);
        return NULL;
    }
    engine_error_tagged(s, ATOM(badfun), fun);
    return NULL;
}

/* ---- apply ----------------------------------------------------------------------------- */

static struct export *apply_fails(struct scheduler *s, term module, term function, term arguments)
{
    struct export *apply = node_put_export(s->node, ATOM(erlang), ATOM(apply), 3);

    s->arguments[0] = module;
    s->arguments[1] = function;
    s->arguments[2] = arguments;
    engine_error(s, ATOM(badarg));
    engine_frame(s, apply != NULL ? &apply->identity : NULL, s->arguments, false);
    return NULL;
}

struct export *call_apply(struct scheduler *s, term module, term function, unsigned arity)
{
    struct export *export;

    if (!term_is_atom(module) || !term_is_atom(function)) {
        term arguments = list_of(s, s->x, arity);

        return apply_fails(s, module, function, arguments != TERM_NONE ? arguments : TERM_NIL);
    }
    export = node_put_export(s->node, module, function, arity);
    if (export == NULL)
        engine_no_memory(s);
    return export;
}

struct export *call_apply_list(struct scheduler *s, term module, term function, term list,
    unsigned *arity)
{
    term at = list;
    unsigned count = 0;

    for (; term_is_cons(at) && count < X_REGISTERS - 2; at = term_tail(at))
        count++;
    if (at != TERM_NIL) {
        if (!term_is_cons(at))
            return apply_fails(s, module, function, list);
        engine_no_memory(s);
        return NULL;
    }
    count = 0;
    for (at = list; term_is_cons(at); at = term_tail(at))
        s->x[count++] = term_head(at);
    *arity = count;
    return call_apply(s, module, function, count);
}

/* ---- natives --------------------------------------------------------------------------------- */

#if AVM_SMP
/* An export names a native and its table one after the other: who read the native before another library was
** loaded may have read the table after it. Either stays until all stand. */
static void settle_table(struct scheduler *s)
{
    if (AVM_LIKELY(s->native_table == NULL || native_is_of(s->native, s->native_table)))
        return;
    node_hold(s->node);
    s->native_table = code_natives_of(s->node->code, s->native);
    node_let_go(s->node);
}

static term run_locked(struct scheduler *s, native_fn *fn, const term *arguments)
{
    term result;

    node_enter(s->node);
    settle_table(s);
    result = fn(s, arguments);
    node_leave(s->node);
    return result;
}

/* What is left of the slice is not the process's: it goes back to the schedulers. */
static void end_slice(struct scheduler *s)
{
    if (s->reductions >= 0) {
        s->slice -= s->reductions + 1;
        s->reductions = -1;
    }
}

/* On a seat, or on the way to one. */
static AVM_NOINLINE term run_dirty(struct scheduler *s, native_fn *fn, unsigned count, const term *arguments,
    unsigned dirty)
{
    term result;

    if (!s->is_seat) {
        if (!s->node->seats_to_come && !dirty_is_served(s->node))
            return run_locked(s, fn, arguments);
        settle_table(s);                /* what it is parked with keeps its library */
        return native_move(s, fn, count, arguments, dirty);
    }
    s->dirty = (uint8_t) dirty;
    result = run_locked(s, fn, arguments);
    s->dirty = 0;
    end_slice(s);
    return result;
}
#endif

/* One that is not made for several threads runs under the lock of the VM. dirty: NATIVE_DIRTY_..., or 0; then
** there are count arguments. */
static inline term run_native(struct scheduler *s, unsigned flags, native_fn *fn, unsigned count,
    const term *arguments, unsigned dirty)
{
#if AVM_SMP
    if (AVM_UNLIKELY(node_is_shared(s->node))) {
        if (AVM_UNLIKELY(dirty != 0))
            return run_dirty(s, fn, count, arguments, dirty);
        if ((flags & NATIVE_CONCURRENT) == 0)
            return run_locked(s, fn, arguments);
    }
    if (dirty != 0 && AVM_UNLIKELY(s->node->seats_to_come))
        return run_dirty(s, fn, count, arguments, dirty);
#endif
    (void) flags;
    (void) count;
    (void) dirty;
    return fn(s, arguments);
}

static term native_is_gone(struct scheduler *s, const struct export *export)
{
    engine_error(s, ATOM(undef));
    engine_frame(s, &export->identity, s->x, true);
    s->outcome = NATIVE_RAISED;
    return TERM_NONE;
}

term call_trapped(struct scheduler *s)
{
    return run_native(s, s->trap.origin->flags, s->trap.fn, s->trap.arity, s->x, s->trap.dirty);
}

term call_native(struct scheduler *s, struct export *export)
{
    const struct native *native = atomic_get(&export->native);
    term result;

    if (AVM_UNLIKELY(native == NULL))       /* its library has just gone */
        return native_is_gone(s, export);
    s->native = native;
    s->native_table = atomic_peek(&export->native_table);
    s->native_identity = &export->identity;
    s->reductions--;
    result = run_native(s, native->flags, native->fn, native->arity, s->x, native->flags & NATIVE_DIRTY);
    if (AVM_UNLIKELY(result == TERM_NONE) && s->outcome == NATIVE_RAISED)
        engine_frame(s, s->exception.in_native ? &export->identity : NULL, s->x, false);
    return result;
}

term call_bif(struct scheduler *s, struct export *export, unsigned live, bool is_test)
{
    const struct native *native = atomic_get(&export->native);
    struct heap *heap = native_heap(s);
    term result, *top = heap->top, offheap = heap->offheap;

    if (AVM_UNLIKELY(native == NULL)) {
        engine_error(s, ATOM(undef));
        engine_frame(s, &export->identity, s->arguments, false);
        return TERM_NONE;
    }
    s->native = native;
    s->native_table = atomic_peek(&export->native_table);
    result = run_native(s, native->flags, native->fn, 0, s->arguments, 0);
    if (AVM_LIKELY(result != TERM_NONE)) {
        if (live != INSTRUCTION_NO_LIVE && engine_wants_collection(&s->process->heap)
            && !engine_settle(s, live, &result))
            return TERM_NONE;
        return result;
    }
    if (is_test) {
        /* What the exception was made of is not needed, and the words may be promised already. */
        if (heap->offheap == offheap)
            heap->top = top;
        return TERM_NONE;
    }
    if (s->outcome != NATIVE_RAISED)        /* a trap: not of a native that is an operand */
        engine_error(s, ATOM(badarg));
    engine_frame(s, s->exception.in_native ? &export->identity : NULL, s->arguments, false);
    return TERM_NONE;
}
