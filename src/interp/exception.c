/* exception.c - raising: the way to the innermost catch, and stack traces, raw and built.
**
** A raw stack trace, as it lies in x2 of a try's handler, is a tuple {Class, Top, Places}:
**   Class   error, exit or throw
**   Top     [] or a frame that comes first: finished {M, F, ArityOrArgs, Location}, or a native's, whose
**           error_info is made when somebody asks: {M, F, Args, ErrorsModule, Cause}, each or both of them []
**   Places  a binary of pcs, the innermost first; or a list: a trace built already
** Compiled code hands it to build_stacktrace, raw_raise or raise only; code that does something
** else with it sees a tuple of plain terms. A pc is only ever looked up, never followed. */
#include "interp/engine.h"

#include "proc/log.h"

#define BACKTRACE_MAX 64

/* ---- exceptions of the engine itself --------------------------------------------- */

void engine_error(struct scheduler *s, term reason)
{
    raise_error(s, reason);
    s->exception.in_native = false;
    s->frame = NULL;
    s->frame_hides_pc = false;
}

void engine_error_tagged(struct scheduler *s, term tag, term value)
{
    raise_tagged(s, tag, value);
    s->exception.in_native = false;
    s->frame = NULL;
    s->frame_hides_pc = false;
}

void engine_no_memory(struct scheduler *s)
{
    engine_error(s, ATOM(system_limit));
}

void engine_frame(struct scheduler *s, const struct export_identity *frame, const term *arguments,
    bool hides_pc)
{
    s->frame = frame;
    s->frame_arguments = arguments;
    s->frame_hides_pc = hides_pc;
}

term exception_class_atom(enum exception_class class)
{
    return class == EXCEPTION_ERROR ? ATOM(error) : class == EXCEPTION_EXIT ? ATOM(exit)
                                                                           : ATOM(throw);
}

static bool class_from_atom(term atom, enum exception_class *class)
{
    if (atom == ATOM(error))
        *class = EXCEPTION_ERROR;
    else if (atom == ATOM(exit))
        *class = EXCEPTION_EXIT;
    else if (atom == ATOM(throw))
        *class = EXCEPTION_THROW;
    else
        return false;
    return true;
}

/* ---- building frames ----------------------------------------------------------------- */

/* Everything here gives NIL where memory is short: a trace never stands in the way of its exception. */

static term make_cons(struct heap *heap, term head, term tail)
{
    term *cell = heap_allocate(heap, 2);

    if (cell == NULL)
        return tail;
    cell[0] = head;
    cell[1] = tail;
    return term_make_cons(cell);
}

static term make_tuple(struct heap *heap, const term *elements, size_t count)
{
    term *tuple = heap_allocate(heap, 1 + count);

    if (tuple == NULL)
        return TERM_NIL;
    tuple[0] = header_make(BOXED_TUPLE, count);
    memcpy(tuple + 1, elements, count * sizeof(term));
    return term_make_boxed(tuple);
}

static term make_text(struct heap *heap, const char *text, size_t size)
{
    term list = TERM_NIL;

    while (size > 0)
        list = make_cons(heap, term_make_small((uint8_t) text[--size]), list);
    return list;
}

static term make_arguments(struct heap *heap, const term *arguments, uint32_t count)
{
    term list = TERM_NIL;

    while (count > 0)
        list = make_cons(heap, arguments[--count], list);
    return list;
}

/* [{file, F}, {line, L} | rest], or rest. */
static term make_location(struct heap *heap, const struct function *f, const uint32_t *pc, term rest)
{
    const char *file;
    size_t size;
    uint32_t line;
    term pair[2], list;

    if (!code_find_line(f, pc, &file, &size, &line))
        return rest;
    pair[0] = ATOM(line);
    pair[1] = term_make_small((intptr_t) line);
    list = make_cons(heap, make_tuple(heap, pair, 2), rest);
    pair[0] = ATOM(file);
    pair[1] = make_text(heap, file, size);
    return make_cons(heap, make_tuple(heap, pair, 2), list);
}

/* arguments TERM_NONE: the arity. */
static term make_frame(struct heap *heap, const struct function *f, const uint32_t *pc,
    term arguments, term info)
{
    term frame[4];

    frame[0] = f->module->name;
    frame[1] = f->name;
    frame[2] = arguments != TERM_NONE ? arguments : term_make_small((intptr_t) f->arity);
    frame[3] = make_location(heap, f, pc, info);
    return make_tuple(heap, frame, 4);
}

/* ---- capturing ---------------------------------------------------------------------------- */

/* The module that explains errors of the native; NIL: none. */
static term errors_module(struct scheduler *s)
{
    const struct native *native = s->native;
    const char *text = s->native_table != NULL ? s->native_table->errors_module : NULL;
    enum atom_status status;
    uint32_t atom;

    if (text == NULL || native == NULL || (native->flags & NATIVE_NO_ERROR_INFO))
        return TERM_NIL;
    if (strcmp(text, "erl_erts_errors") == 0)
        return ATOM(erl_erts_errors);
    node_hold(s->node);
    status = atom_put(s->node->atoms, (const uint8_t *) text, strlen(text), &atom);
    node_let_go(s->node);
    return status == ATOM_OK ? term_make_atom(atom) : TERM_NIL;
}

/* [{error_info, Map}] */
static term wrap_info(struct heap *heap, term map)
{
    term pair[2] = { ATOM(error_info), map };

    return make_cons(heap, make_tuple(heap, pair, 2), TERM_NIL);
}

static term native_info(struct scheduler *s, struct heap *heap, term module, term cause)
{
    term map, pairs[4] = { ATOM(module), module, ATOM(cause), cause };

    if (module == TERM_NIL)
        return TERM_NIL;
    map = map_empty(heap);
    if (map == TERM_NONE || map_put_pairs(&s->node->compare, heap, map, pairs,
            cause != TERM_NIL ? 2 : 1, false, &map) != DATA_OK)
        return TERM_NIL;
    return wrap_info(heap, map);
}

/* The frame that a raw trace begins with, finished. */
static term finish_top(struct scheduler *s, struct heap *heap, term top)
{
    term frame[4];

    if (term_tuple_arity(top) != 5)
        return top;
    memcpy(frame, term_tuple_elements(top), 3 * sizeof *frame);
    frame[3] = native_info(s, heap, term_tuple_element(top, 3), term_tuple_element(top, 4));
    return make_tuple(heap, frame, 4);
}

/* The frame that comes first: a native or missing function with its arguments, or the running
** function when error/2,3 named arguments or options. *has_pc: the pc follows it. */
static term top_frame(struct scheduler *s, const uint32_t *pc, bool *has_pc)
{
    struct heap *heap = native_heap(s);
    term cause = s->exception.cause;
    struct function f;
    term frame[5];

    *has_pc = true;
    if (s->frame != NULL) {
        *has_pc = !s->frame_hides_pc;
        frame[0] = s->frame->module;
        frame[1] = s->frame->function;
        frame[2] = make_arguments(heap, s->frame_arguments, s->frame->arity);
        frame[3] = s->exception.in_native ? errors_module(s) : TERM_NIL;
        frame[4] = cause != TERM_NONE ? cause : TERM_NIL;
        return make_tuple(heap, frame, 5);
    }
    if (s->exception.arguments == TERM_NONE && cause == TERM_NONE)
        return TERM_NIL;
    if (!code_look_up_pc(s->node->code, pc, &f))
        return TERM_NIL;
    *has_pc = false;
    return make_frame(heap, &f, pc, s->exception.arguments,
        cause != TERM_NONE && term_is_map(cause) ? wrap_info(heap, cause) : TERM_NIL);
}

static size_t collect_places(const term *stack, const term *end, const uint32_t **places, size_t room)
{
    const uint32_t *last = NULL;
    size_t count = 0;

    for (; stack < end && count < room; stack++) {
        if (term_is_header(*stack) && *stack != 0) {
            const uint32_t *place = (const uint32_t *) *stack - 1;

            if (place != last && (const uint32_t *) *stack != engine_process_exit) {
                places[count++] = place;
                last = place;
            }
        }
    }
    return count;
}

static term make_raw(struct heap *heap, term class, term top, const uint32_t *const *places, size_t count)
{
    size_t bytes = count * sizeof *places;
    term *raw = heap_allocate(heap, 4 + HEAP_BITS_WORDS(bytes)), *bits = raw + 4;

    if (raw == NULL)
        return TERM_NIL;
    raw[0] = header_make(BOXED_TUPLE, 3);
    raw[1] = class;
    raw[2] = top;
    raw[3] = term_make_boxed(bits);
    bits[0] = header_make(BOXED_HEAP_BITS, HEAP_BITS_WORDS(bytes) - 1);
    bits[1] = bytes * 8;
    memcpy(bits + 2, places, bytes);
    return term_make_boxed(raw);
}

static term capture(struct scheduler *s, const uint32_t *pc)
{
    struct process *p = s->process;
    const uint32_t *places[BACKTRACE_MAX];
    size_t depth = s->node->backtrace_depth, count = 0;
    bool has_pc;
    term top;

    depth = depth == 0 ? 1 : depth < BACKTRACE_MAX ? depth : BACKTRACE_MAX;
    top = top_frame(s, pc, &has_pc);
    if (top != TERM_NIL && depth > 0)
        depth--;
    if (has_pc && depth > 0)
        places[count++] = pc;
    count += collect_places(p->heap.stack, p->heap.end, places + count, depth - count);
    return make_raw(&p->heap, exception_class_atom(s->exception.class), top, places, count);
}

static bool is_raw(term t)
{
    return term_is_tuple(t) && term_tuple_arity(t) == 3;
}

static term with_class(struct scheduler *s, term raw)
{
    term copy[3] = { exception_class_atom(s->exception.class), TERM_NIL, raw };

    if (is_raw(raw)) {
        if (term_tuple_element(raw, 0) == copy[0])
            return raw;
        copy[1] = term_tuple_element(raw, 1);
        copy[2] = term_tuple_element(raw, 2);
    }
    return make_tuple(native_heap(s), copy, 3);
}

/* ---- building the list ------------------------------------------------------------------------ */

static term build_places(struct scheduler *s, struct heap *heap, term places)
{
    term list = TERM_NIL;
    size_t count;

    if (!term_has_kind(places, BOXED_HEAP_BITS))
        return list;
    count = term_bit_size(places) / 8 / sizeof(uint32_t *);
    while (count-- > 0) {
        const uint32_t *pc;
        struct function f;

        memcpy(&pc, (const uint8_t *) (term_boxed(places) + 2) + count * sizeof pc, sizeof pc);
        if (code_look_up_pc(s->node->code, pc, &f))
            list = make_cons(heap, make_frame(heap, &f, pc, TERM_NONE, TERM_NIL), list);
    }
    return list;
}

term exception_build_trace(struct scheduler *s, struct heap *heap, term raw)
{
    term list;

    if (!is_raw(raw))
        return term_is_list(raw) ? raw : TERM_NIL;
    list = term_tuple_element(raw, 2);
    if (!term_is_list(list))
        list = build_places(s, heap, list);
    if (term_is_tuple(term_tuple_element(raw, 1)))
        list = make_cons(heap, finish_top(s, heap, term_tuple_element(raw, 1)), list);
    return list;
}

/* ---- raising again --------------------------------------------------------------------------------- */

void exception_raise_again(struct scheduler *s, term raw, term reason)
{
    enum exception_class class = EXCEPTION_ERROR;

    if (is_raw(raw))
        class_from_atom(term_tuple_element(raw, 0), &class);
    engine_error(s, reason);
    s->exception.class = class;
    s->exception.stacktrace = raw;
}

bool exception_raise_raw(struct scheduler *s, term class, term reason, term raw)
{
    enum exception_class value;

    if (!class_from_atom(class, &value))
        return false;
    engine_error(s, reason);
    s->exception.class = value;
    s->exception.stacktrace = raw;
    return true;
}

void engine_function_clause(struct scheduler *s, const uint32_t *pc)
{
    struct function *f = code_find_pc(s->node->code, pc);
    struct heap *heap = native_heap(s);

    engine_error(s, ATOM(function_clause));
    if (f != NULL)
        s->exception.arguments = make_arguments(heap, s->x, f->arity);
}

/* ---- to the innermost catch ---------------------------------------------------------------------- */

/* The y register that holds a catch, innermost first; *frame is where its frame begins, *ra the frame's
** return address, 0 when it has made no call. NULL: there is none. */
static term *find_catch(struct process *p, term **frame, const uint32_t **ra)
{
    *frame = p->heap.stack;
    *ra = NULL;
    for (term *at = p->heap.stack; at < p->heap.end; at++) {
        if (term_is_header(*at)) {
            *frame = at;
            *ra = (const uint32_t *) *at;
        } else if (term_is_catch(*at)) {
            return at;
        }
    }
    return NULL;
}

/* {a, b}, or where memory is short the part of it that says most. */
static term pair_or(struct heap *heap, term a, term b, term instead)
{
    term pair[2] = { a, b };
    term tuple = make_tuple(heap, pair, 2);

    return tuple == TERM_NIL ? instead : tuple;
}

static term uncaught_reason(struct scheduler *s, term raw)
{
    term reason = s->exception.reason;

    if (s->exception.class == EXCEPTION_EXIT)
        return reason;
    return pair_or(native_heap(s), reason, exception_build_trace(s, native_heap(s), raw), reason);
}

static void wrap_throw(struct scheduler *s)
{
    if (s->exception.class == EXCEPTION_THROW) {
        s->exception.reason = pair_or(native_heap(s), ATOM(nocatch), s->exception.reason,
            ATOM(system_limit));
        s->exception.class = EXCEPTION_ERROR;
    }
}

/* Whoever is to know of it is told. */
static term end_uncaught(struct scheduler *s, term raw)
{
    struct process *p = s->process;
    bool is_error = s->exception.class != EXCEPTION_EXIT, is_told;
    term reason;

    is_told = node_tell_call(p, exception_class_atom(s->exception.class), s->exception.reason);
    wrap_throw(s);
    reason = uncaught_reason(s, raw);
    if (is_error && !is_told)
        log_process_error(s->node, p, reason);
    return reason;
}

const uint32_t *exception_raise(struct scheduler *s, const uint32_t *pc)
{
    struct process *p = s->process;
    const uint32_t *ra;
    struct function f;
    term *frame, *slot = find_catch(p, &frame, &ra), raw;

    raw = s->exception.stacktrace == TERM_NONE ? capture(s, pc)
                                               : with_class(s, s->exception.stacktrace);
    mailbox_restart(p);
    if (slot == NULL) {
        process_exit(p, end_uncaught(s, raw));
        return NULL;
    }
    if (!code_look_up_pc(s->node->code, ra != NULL ? ra - 1 : pc, &f)
        || term_catch_payload(*slot) >= f.word_count) {
        process_exit(p, ATOM(badarg));
        return NULL;
    }
    s->x[0] = TERM_NONE;
    s->x[1] = exception_class_atom(s->exception.class);
    s->x[2] = s->exception.reason;
    s->x[3] = raw;
    ra = f.words + term_catch_payload(*slot);
    p->heap.stack = frame;
    *p->heap.stack = 0;
    return ra;
}

term exception_catch_value(struct scheduler *s)
{
    struct heap *heap = native_heap(s);
    term reason = s->x[2];

    if (s->x[1] == ATOM(throw))
        return reason;
    if (s->x[1] == ATOM(error))
        reason = pair_or(heap, reason, exception_build_trace(s, heap, s->x[3]), reason);
    return pair_or(heap, ATOM(EXIT), reason, ATOM(system_limit));
}

/* ---- asked from outside ----------------------------------------------------------------------------- */

term interp_current_stacktrace(struct scheduler *s, struct process *process, struct heap *heap,
    unsigned depth)
{
    const uint32_t *places[BACKTRACE_MAX];
    size_t count = 0;
    term list = TERM_NIL;

    depth = depth < BACKTRACE_MAX ? depth : BACKTRACE_MAX;
    if (process->ip != NULL && depth > 0)
        places[count++] = process->ip;
    count += collect_places(process->heap.stack + (process == s->process ? 0 : process->live),
        process->heap.end, places + count, depth - count);
    while (count-- > 0) {
        struct function f;

        if (code_look_up_pc(process_node(process)->code, places[count], &f))
            list = make_cons(heap, make_frame(heap, &f, places[count], TERM_NONE, TERM_NIL), list);
    }
    return list;
}
