/* translate_control.c - calls, frames, heap needs, funs, exceptions and receive. */
#include "load/translate.h"

/* Stack words that a frame of count y registers takes. */
#define FRAME_WORDS(count) ((uint32_t) (count) + 1)

static void emit_deallocate(struct translator *t, uint32_t words)
{
    if (words <= 255) {
        emit(t, INSTRUCTION_deallocate, 0, words);
    } else {
        emit(t, INSTRUCTION_deallocate_wide, 0, 0);
        emit_number(t, words);
    }
}

static struct function *called_function(struct translator *t, const struct operand *label)
{
    struct module *m = t->module;
    uint64_t number = label->value.number;
    uint32_t index = number < m->label_count ? m->label_function[number] : UINT32_MAX;

    if (index == UINT32_MAX || m->functions[index].entry_label != number) {
        translate_refuse(t, "a call to a label that is no function");
        return NULL;
    }
    return &m->functions[index];
}

/* o[2]: what *_last deallocates. */
static void emit_call_export(struct translator *t, struct export *export, unsigned arity,
    bool is_last, bool is_only, const struct operand *o)
{
    if (is_last && FRAME_WORDS(o[2].value.number) <= 255) {
        emit(t, INSTRUCTION_call_ext_last, arity, FRAME_WORDS(o[2].value.number));
    } else {
        if (is_last)
            emit_deallocate(t, FRAME_WORDS(o[2].value.number));
        emit(t, is_last || is_only ? INSTRUCTION_call_ext_only : INSTRUCTION_call_ext, arity, 0);
    }
    emit_pool(t, (uintptr_t) export);
}

/* A function of this module that a native stands for is called as one from outside. */
static struct export *native_of(struct translator *t, const struct function *f)
{
    struct code_table *table = t->module->table;
    struct export *export = code_has_natives(table, t->module->name)
        ? code_find_export(table, t->module->name, f->name, f->arity)
        : NULL;

    return export != NULL && export->native != NULL ? export : NULL;
}

void translate_stub(struct translator *t)
{
    struct export *native = native_of(t, t->function);

    if (native != NULL)
        emit_call_export(t, native, t->function->arity, false, true, NULL);
}

struct function *translate_callee(struct translator *t, const struct operand *label)
{
    struct function *f = called_function(t, label);

    return f != NULL && native_of(t, f) == NULL ? f : NULL;
}

static void translate_call(struct translator *t, const struct generic_op *op,
    const struct operand *o)
{
    struct function *f = called_function(t, &o[1]);
    unsigned arity = (unsigned) o[0].value.number;
    bool is_self = f == t->function;
    struct export *native;

    if (f == NULL)
        return;
    native = native_of(t, f);
    if (native != NULL) {
        emit_call_export(t, native, arity, op->opcode == OP_call_last,
            op->opcode == OP_call_only, o);
        return;
    }
    if (op->opcode == OP_call_last && FRAME_WORDS(o[2].value.number) <= 255) {
        emit(t, is_self ? INSTRUCTION_call_self_last : INSTRUCTION_call_last, arity,
            FRAME_WORDS(o[2].value.number));
    } else {
        if (op->opcode == OP_call_last)
            emit_deallocate(t, FRAME_WORDS(o[2].value.number));
        if (op->opcode == OP_call)
            emit(t, is_self ? INSTRUCTION_call_self : INSTRUCTION_call, arity, 0);
        else
            emit(t, is_self ? INSTRUCTION_call_self_only : INSTRUCTION_call_only, arity, 0);
    }
    if (is_self)
        emit_label(t, &o[1]);
    else
        emit_pool(t, (uintptr_t) f);
}

static bool is_exit(const struct export *export)
{
    const struct export_identity *id = &export->identity;

    return export->native != NULL && id->module == ATOM(erlang)
        && (id->function == ATOM(error) || id->function == ATOM(exit)
            || id->function == ATOM(throw));
}

/* The native that has an instruction. */
static bool is_sqrt(const struct export *export)
{
    const struct export_identity *id = &export->identity;

    return export->native != NULL && id->module == ATOM(math) && id->function == ATOM(sqrt)
        && id->arity == 1;
}

static void translate_call_ext(struct translator *t, const struct generic_op *op,
    const struct operand *o)
{
    struct export *export = t->module->imports[o[1].value.number];
    unsigned arity = (unsigned) o[0].value.number;

    if ((op->flags & GENERIC_NO_RETURN) && is_exit(export)) {
        /* There may be no frame to hold a return address, and the stack is not popped first: the
        ** frame belongs into the stack trace. */
        emit(t, INSTRUCTION_call_ext_never, arity, 0);
        emit_pool(t, (uintptr_t) export);
        return;
    }
    if (op->opcode == OP_call_ext && is_sqrt(export)) {
        emit(t, INSTRUCTION_call_ext_sqrt, arity, 0);
        emit_pool(t, (uintptr_t) export);
        return;
    }
    emit_call_export(t, export, arity, op->opcode == OP_call_ext_last,
        op->opcode == OP_call_ext_only, o);
}

/* A call of a fun right before (deallocate and) return is a tail call: gives the stack words to pop,
** 0 when there is no frame, -1 when it is no tail call. Steps over what it takes in. */
static int take_tail(struct translator *t)
{
    const struct generic_op *next = translate_next(t, 1), *after = translate_next(t, 2);

    if (next != NULL && next->opcode == OP_deallocate && after != NULL
        && after->opcode == OP_return) {
        uint64_t count = translate_operands(t, next)[0].value.number;

        if (FRAME_WORDS(count) <= 255) {
            t->op_index += 2;
            return (int) FRAME_WORDS(count);
        }
    }
    return -1;
}

static void translate_call_fun(struct translator *t, const struct operand *o)
{
    unsigned arity = (unsigned) o[0].value.number;
    int words = take_tail(t);

    if (words >= 0)
        emit(t, INSTRUCTION_call_fun_last, arity, (unsigned) words);
    else
        emit(t, INSTRUCTION_call_fun, arity, 0);
}

static void translate_call_fun2(struct translator *t, const struct operand *o)
{
    unsigned arity = (unsigned) o[1].value.number;
    int words = take_tail(t);

    if (words >= 0)
        emit(t, INSTRUCTION_call_fun2_last, arity, (unsigned) words);
    else
        emit(t, o[2].kind == OPERAND_X ? INSTRUCTION_call_fun2_x : INSTRUCTION_call_fun2, arity, 0);
    emit_source(t, &o[2]);
}

static void translate_apply_last(struct translator *t, const struct operand *o)
{
    uint32_t words = FRAME_WORDS(o[1].value.number);

    if (words <= 255) {
        emit(t, INSTRUCTION_apply_last, (unsigned) o[0].value.number, words);
    } else {
        emit_deallocate(t, words);
        emit(t, INSTRUCTION_apply_last, (unsigned) o[0].value.number, 0);
    }
}

/* The frame with what is done to it at once: y registers made NIL, or x registers moved in. Gives how
** many further ops that takes; 0: none. */
static size_t allocate_with(struct translator *t, const struct operand *moves[3], size_t *taken)
{
    const struct generic_op *next = translate_next(t, 1);
    size_t count = 0;

    *taken = 0;
    if (next != NULL && next->opcode == OP_init_yregs) {
        const struct operand *o = translate_operands(t, next);
        uint64_t first = o[1].value.number, run = 1;

        while (run < o[0].value.number && o[1 + run].value.number == first + run)
            run++;
        moves[0] = &o[1];
        *taken = run == o[0].value.number && first + run <= 255 ? 1 : 0;
        return 0;
    }
    while (count < 3 && next != NULL && next->opcode == OP_move) {
        const struct operand *o = translate_operands(t, next);

        if (o[0].kind != OPERAND_X || o[1].kind != OPERAND_Y || o[0].value.number > 255
            || o[1].value.number > 255)
            break;
        moves[count++] = o;
        next = translate_next(t, count + 1);
    }
    *taken = count;
    return count;
}

static uint32_t move_bytes(const struct operand *o)
{
    return (uint32_t) o[0].value.number | (uint32_t) o[1].value.number << 8;
}

static bool emit_allocate_with(struct translator *t, unsigned live, unsigned words, uint32_t need)
{
    static const uint16_t forms[] = { INSTRUCTION_allocate_init, INSTRUCTION_allocate_move_xy,
        INSTRUCTION_allocate_move2_xy, INSTRUCTION_allocate_move3_xy };
    const struct operand *moves[3];
    size_t taken, count = allocate_with(t, moves, &taken);

    if (taken == 0)
        return false;
    emit(t, forms[count], live, words);
    emit_number(t, need);
    if (count == 0)
        emit_number(t, (uint32_t) moves[0]->value.number
            | (uint32_t) moves[0][-1].value.number << 8);
    else
        emit_number(t, move_bytes(moves[0]) | (count > 1 ? move_bytes(moves[1]) << 16 : 0));
    if (count == 3)
        emit_number(t, move_bytes(moves[2]));
    t->op_index += taken;
    return true;
}

/* live: x registers; words: of the frame; need: of the heap. */
static void emit_allocate(struct translator *t, const struct generic_op *op, uint64_t live,
    uint32_t words, uint64_t need)
{
    /* The checker has seen each y register written before it is read or collected, else it says so. */
    bool is_proven = !(op->flags & GENERIC_UNPROVEN);

    if (need > UINT32_MAX / 16)
        translate_refuse(t, "a heap need that is too large");
    if (is_proven && live <= 255 && words <= 255
        && emit_allocate_with(t, (unsigned) live, words, (uint32_t) need))
        return;
    if (live <= 255 && words <= 255) {
        emit(t, is_proven ? INSTRUCTION_allocate : INSTRUCTION_allocate_zero, (unsigned) live, words);
    } else {
        emit(t, INSTRUCTION_allocate_wide, 0, 0);
        emit_number(t, (uint32_t) live);
        emit_number(t, words);
    }
    emit_number(t, (uint32_t) need);
}

static void translate_test_heap(struct translator *t, const struct operand *o)
{
    if (o[0].value.number > UINT32_MAX / 16)
        translate_refuse(t, "a heap need that is too large");
    if (o[1].value.number <= 255) {
        emit(t, INSTRUCTION_test_heap, (unsigned) o[1].value.number, 0);
    } else {
        emit(t, INSTRUCTION_test_heap_wide, 0, 0);
        emit_number(t, (uint32_t) o[1].value.number);
    }
    emit_number(t, (uint32_t) o[0].value.number);
}

static void translate_trim(struct translator *t, const struct operand *o)
{
    uint32_t words = (uint32_t) o[0].value.number;
    const struct generic_op *next = translate_next(t, 1), *line = NULL;
    struct function *callee;

    if (next != NULL && next->opcode == OP_line) {
        line = next;
        next = translate_next(t, 2);
    }
    callee = words <= 255 && next != NULL && next->opcode == OP_call && !(next->flags & GENERIC_NO_RETURN)
        ? translate_callee(t, &translate_operands(t, next)[1]) : NULL;
    if (callee != NULL) {
        if (line != NULL)
            translate_line(t, (uint32_t) translate_operands(t, line)[0].value.number);
        emit(t, INSTRUCTION_trim_call, callee->arity, words);
        emit_pool(t, (uintptr_t) callee);
        t->op_index += line != NULL ? 2 : 1;
    } else if (words <= 255) {
        emit(t, INSTRUCTION_trim, 0, words);
    } else {
        emit(t, INSTRUCTION_trim_wide, 0, 0);
        emit_number(t, words);
    }
}

static void translate_deallocate(struct translator *t, const struct operand *o)
{
    const struct generic_op *next = translate_next(t, 1);
    uint32_t words = FRAME_WORDS(o[0].value.number);

    if (words <= 255 && next != NULL && next->opcode == OP_return) {
        t->op_index++;
        emit(t, INSTRUCTION_deallocate_return, 0, words);
    } else {
        emit_deallocate(t, words);
    }
}

static void translate_make_fun(struct translator *t, const struct operand *o)
{
    emit(t, INSTRUCTION_make_fun, 0, 0);
    emit_pool(t, (uintptr_t) t->module->lambdas[o[0].value.number]);
    emit_destination(t, &o[1]);
    emit_number(t, (uint32_t) o[2].value.number);
    for (uint64_t i = 0; i < o[2].value.number; i++)
        emit_source(t, &o[3 + i]);
}

static void emit_plain(struct translator *t, enum instruction op)
{
    emit(t, op, 0, 0);
}

static void emit_with_source(struct translator *t, enum instruction op, const struct operand *o)
{
    emit(t, op, 0, 0);
    emit_source(t, o);
}

static void emit_with_destination(struct translator *t, enum instruction op, const struct operand *o)
{
    emit(t, op, 0, 0);
    emit_destination(t, o);
}

static void emit_with_label(struct translator *t, enum instruction op, const struct operand *o)
{
    emit(t, op, 0, 0);
    emit_label(t, o);
}

/* Neighbours among the y registers become one instruction. */
static void translate_init(struct translator *t, const struct operand *o)
{
    uint64_t count = o[0].value.number;

    for (uint64_t i = 0, run; i < count; i += run) {
        uint64_t first = o[1 + i].value.number;

        run = 1;
        while (i + run < count && o[1 + i + run].value.number == first + run && run < 255)
            run++;
        if (first <= 255) {
            emit(t, INSTRUCTION_init_y_run, (unsigned) first, (unsigned) run);
        } else {
            emit_with_destination(t, INSTRUCTION_init_y, &o[1 + i]);
            run = 1;
        }
    }
}

static bool translate_frames(struct translator *t, const struct generic_op *op,
    const struct operand *o)
{
    switch (op->opcode) {
    case OP_allocate:
        emit_allocate(t, op, o[1].value.number, FRAME_WORDS(o[0].value.number), 0);
        return true;
    case OP_allocate_heap:
        emit_allocate(t, op, o[2].value.number, FRAME_WORDS(o[0].value.number), o[1].value.number);
        return true;
    case OP_test_heap:
        translate_test_heap(t, o);
        return true;
    case OP_init_yregs:
        translate_init(t, o);
        return true;
    case OP_deallocate:
        translate_deallocate(t, o);
        return true;
    case OP_trim:
        translate_trim(t, o);
        return true;
    case OP_return:
        emit_plain(t, INSTRUCTION_return);
        return true;
    case OP_make_fun3:
        translate_make_fun(t, o);
        return true;
    default:
        return false;
    }
}

static bool translate_exceptions(struct translator *t, const struct generic_op *op,
    const struct operand *o)
{
    switch (op->opcode) {
    case OP_catch:
    case OP_try:
        emit(t, INSTRUCTION_catch_begin, 0, 0);
        emit_destination(t, &o[0]);
        emit_label_absolute(t, &o[1]);
        return true;
    case OP_try_end:
        emit_with_destination(t, INSTRUCTION_try_end, o);
        return true;
    case OP_try_case:
        emit_with_destination(t, INSTRUCTION_try_case, o);
        return true;
    case OP_catch_end:
        emit_with_destination(t, INSTRUCTION_catch_end, o);
        return true;
    case OP_badmatch:
        emit_with_source(t, INSTRUCTION_badmatch, o);
        return true;
    case OP_case_end:
        emit_with_source(t, INSTRUCTION_case_end, o);
        return true;
    case OP_try_case_end:
        emit_with_source(t, INSTRUCTION_try_case_end, o);
        return true;
    case OP_badrecord:
        emit_with_source(t, INSTRUCTION_badrecord, o);
        return true;
    case OP_if_end:
        emit_plain(t, INSTRUCTION_if_end);
        return true;
    case OP_raise:
        emit_with_source(t, INSTRUCTION_raise, &o[0]);
        emit_source(t, &o[1]);
        return true;
    case OP_raw_raise:
        emit_plain(t, INSTRUCTION_raw_raise);
        return true;
    case OP_build_stacktrace:
        emit_plain(t, INSTRUCTION_build_stacktrace);
        return true;
    default:
        return false;
    }
}

static bool translate_receive(struct translator *t, const struct generic_op *op,
    const struct operand *o)
{
    switch (op->opcode) {
    case OP_send:
        emit_plain(t, INSTRUCTION_send);
        return true;
    case OP_loop_rec:
        emit_with_label(t, INSTRUCTION_loop_receive, &o[0]);
        emit_destination(t, &o[1]);
        return true;
    case OP_loop_rec_end:
        emit_with_label(t, INSTRUCTION_loop_receive_next, &o[0]);
        return true;
    case OP_remove_message:
        emit_plain(t, INSTRUCTION_remove_message);
        return true;
    case OP_timeout:
        emit_plain(t, INSTRUCTION_timeout);
        return true;
    case OP_wait:
        emit_with_label(t, INSTRUCTION_wait, &o[0]);
        return true;
    case OP_wait_timeout:
        emit(t, INSTRUCTION_wait_timeout, op->flags & GENERIC_UNPROVEN ? 1 : 0, 0);
        emit_label(t, &o[0]);
        emit_source(t, &o[1]);
        return true;
    case OP_recv_marker_reserve:
        emit_with_destination(t, INSTRUCTION_marker_reserve, o);
        return true;
    case OP_recv_marker_bind:
        emit_with_source(t, INSTRUCTION_marker_bind, &o[0]);
        emit_source(t, &o[1]);
        return true;
    case OP_recv_marker_clear:
        emit_with_source(t, INSTRUCTION_marker_clear, o);
        return true;
    case OP_recv_marker_use:
        emit_with_source(t, INSTRUCTION_marker_use, o);
        return true;
    default:
        return false;
    }
}

bool translate_control(struct translator *t, const struct generic_op *op, const struct operand *o)
{
    switch (op->opcode) {
    case OP_call:
    case OP_call_last:
    case OP_call_only:
        translate_call(t, op, o);
        return true;
    case OP_call_ext:
    case OP_call_ext_last:
    case OP_call_ext_only:
        translate_call_ext(t, op, o);
        return true;
    case OP_call_fun:
        translate_call_fun(t, o);
        return true;
    case OP_call_fun2:
        translate_call_fun2(t, o);
        return true;
    case OP_apply:
        emit(t, INSTRUCTION_apply, (unsigned) o[0].value.number, 0);
        return true;
    case OP_apply_last:
        translate_apply_last(t, o);
        return true;
    default:
        return translate_frames(t, op, o) || translate_exceptions(t, op, o)
            || translate_receive(t, op, o);
    }
}
