/* native_call.c - what a native says to the engine: an exception, a trap, a continuation.
** Always: after any of these s->outcome says what the TERM_NONE that the native returns means, and
** the struct it points to (exception, trap) is complete. */
#include "proc/native_call.h"

#include "data/number.h"
#include "proc/reference.h"

term raise_exception(struct scheduler *s, enum exception_class class, term reason)
{
    s->outcome = NATIVE_RAISED;
    s->exception.class = class;
    s->exception.reason = reason;
    s->exception.arguments = TERM_NONE;
    s->exception.cause = TERM_NONE;
    s->exception.stacktrace = TERM_NONE;
    s->exception.in_native = true;
    return TERM_NONE;
}

term raise_badarg(struct scheduler *s)
{
    return raise_exception(s, EXCEPTION_ERROR, ATOM(badarg));
}

term raise_badarg_cause(struct scheduler *s, term cause)
{
    raise_exception(s, EXCEPTION_ERROR, ATOM(badarg));
    s->exception.cause = cause;
    return TERM_NONE;
}

term raise_error(struct scheduler *s, term reason)
{
    return raise_exception(s, EXCEPTION_ERROR, reason);
}

term raise_tagged(struct scheduler *s, term tag, term value)
{
    term reason = native_tuple2(s, tag, value);

    return raise_exception(s, EXCEPTION_ERROR, reason != TERM_NONE ? reason : ATOM(system_limit));
}

term raise_no_memory(struct scheduler *s)
{
    return raise_exception(s, EXCEPTION_ERROR, ATOM(system_limit));
}

term raise_status(struct scheduler *s, enum data_status status)
{
    bool is_limit = status == DATA_SYSTEM_LIMIT || status == DATA_NO_MEMORY;

    return raise_error(s, is_limit ? ATOM(system_limit) : ATOM(badarg));
}

term raise_arithmetic(struct scheduler *s, enum data_status status)
{
    bool is_limit = status == DATA_SYSTEM_LIMIT || status == DATA_NO_MEMORY;

    return raise_error(s, is_limit ? ATOM(system_limit) : ATOM(badarith));
}

/* a may lie in the x registers themselves. */
static void set_trap(struct scheduler *s, uint32_t count, const term *a)
{
    memmove(s->x, a, count * sizeof *a);
    s->outcome = NATIVE_TRAPPED;
    s->trap.export = NULL;
    s->trap.fn = NULL;
    s->trap.arity = count;
    s->trap.origin = s->native;
    s->trap.yields = false;
    s->trap.dirty = 0;
}

term native_yield(struct scheduler *s, native_fn *fn, uint32_t count, const term *a)
{
    set_trap(s, count, a);
    s->trap.fn = fn;
    s->trap.yields = native_budget_spent(s);
    s->trap.dirty = scheduler_dirty(s);
    return TERM_NONE;
}

term native_move(struct scheduler *s, native_fn *fn, uint32_t count, const term *a, unsigned dirty)
{
    native_yield(s, fn, count, a);
    s->trap.yields = true;
    s->trap.dirty = (uint8_t) dirty;
    return TERM_NONE;
}

term native_yield_pinned(struct scheduler *s, native_fn *fn, uint32_t count, const term *a)
{
    native_yield(s, fn, count, a);
    if (s->trap.yields)
        s->process->flags |= PROCESS_PINNED;
    return TERM_NONE;
}

term native_trap(struct scheduler *s, term module, term function, uint32_t count, const term *a)
{
    struct export *export = node_put_export(s->node, module, function, count);

    if (export == NULL)
        return raise_no_memory(s);
    set_trap(s, count, a);
    s->trap.export = export;
    return TERM_NONE;
}

term native_tuple2(struct scheduler *s, term a, term b)
{
    term *words = heap_allocate(native_heap(s), 3);

    if (words == NULL)
        return TERM_NONE;
    words[0] = header_make(BOXED_TUPLE, 2);
    words[1] = a;
    words[2] = b;
    return term_make_boxed(words);
}

term native_tuple3(struct scheduler *s, term a, term b, term c)
{
    term *words = heap_allocate(native_heap(s), 4);

    if (words == NULL)
        return TERM_NONE;
    words[0] = header_make(BOXED_TUPLE, 3);
    words[1] = a;
    words[2] = b;
    words[3] = c;
    return term_make_boxed(words);
}

term native_cons(struct scheduler *s, term head, term tail)
{
    term *cell = heap_allocate(native_heap(s), 2);

    if (cell == NULL)
        return TERM_NONE;
    cell[0] = head;
    cell[1] = tail;
    return term_make_cons(cell);
}

term native_reference(struct scheduler *s)
{
    return reference_make(native_heap(s), node_next_reference(s->node));
}

term native_integer(struct scheduler *s, int64_t value)
{
    return integer_make_int64(native_heap(s), value);
}

term native_list(struct scheduler *s, const term *items, size_t count)
{
    term list = TERM_NIL, *cells;

    if (count == 0)
        return list;
    if (count > SIZE_MAX / (2 * sizeof(term)))
        return TERM_NONE;
    cells = heap_allocate(native_heap(s), 2 * count);
    if (cells == NULL)
        return TERM_NONE;
    while (count-- > 0) {
        cells[2 * count] = items[count];
        cells[2 * count + 1] = list;
        list = term_make_cons(cells + 2 * count);
    }
    return list;
}
