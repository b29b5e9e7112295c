/* verify_control.c - calls, frames, catch and try, receive, and what raises. */
#include "load/verify.h"

/* ---- Frames ---------------------------------------------------------------------------------- */

static bool need_frame(struct verifier *v)
{
    return v->now->frame < SOME_FRAME || verify_fail(v, "no frame");
}

static bool need_no_frame(struct verifier *v)
{
    return v->now->frame == NO_FRAME || verify_fail(v, "the frame is still there");
}

static bool allocate(struct verifier *v, uint64_t heap, uint64_t live)
{
    uint32_t size = (uint32_t) v->operands[0].value.number;

    if (!need_no_frame(v) || !verify_collect(v, live))
        return false;
    v->now->frame = size;
    v->now->heap = (uint32_t) heap;
    memset(verify_y(v), 0, size * sizeof(struct value));
    return true;
}

static bool release_frame(struct verifier *v, uint64_t size)
{
    if (v->now->frame >= SOME_FRAME || v->now->frame != size)
        return verify_fail(v, "the frame has another size");
    if (v->now->open_catch != 0)
        return verify_fail(v, "a catch is still open");
    v->now->frame = NO_FRAME;
    return true;
}

static bool trim(struct verifier *v)
{
    uint64_t count = v->operands[0].value.number, left = v->operands[1].value.number;
    struct value *y = verify_y(v);

    if (v->now->frame >= SOME_FRAME || count > v->now->frame || v->now->frame - count != left)
        return verify_fail(v, "the frame has another size");
    if (v->now->open_catch != 0)
        return verify_fail(v, "a catch is still open");
    memmove(y, y + count, (size_t) left * sizeof *y);
    v->now->frame = (uint32_t) left;
    return true;
}

static bool init_yregs(struct verifier *v)
{
    uint64_t count = v->operands[0].value.number, at;

    for (at = 0; at < count; at++)
        if (!verify_set_bits(v, &v->operands[1 + at], VALUE_NIL))
            return false;
    return true;
}

/* ---- Calls ----------------------------------------------------------------------------------- */

/* What a call leaves: x(0) and the frame. */
static void after_call(struct verifier *v)
{
    verify_forget_x(v, 0);
    v->now->registers[0].bits = VALUE_ANY;
}

/* A call that comes back. */
static bool call(struct verifier *v, uint64_t live)
{
    verify_may_raise(v);
    if (v->op->flags & GENERIC_NO_RETURN && v->op->opcode == OP_call_ext) {
        v->is_dead = true;
        return verify_live(v, live);
    }
    if (!need_frame(v) || !verify_collect(v, live))
        return false;
    after_call(v);
    return true;
}

static bool tail_call(struct verifier *v, uint64_t live, const struct operand *frame)
{
    v->is_dead = true;
    verify_may_raise(v);
    if (!verify_live(v, live))
        return false;
    if (v->op->flags & GENERIC_NO_RETURN)
        return true;
    return frame == NULL ? need_no_frame(v) : release_frame(v, frame->value.number);
}

/* The label of a call must be the entry of a function of that arity. */
static bool check_local(struct verifier *v)
{
    uint64_t label = v->operands[1].value.number;
    const struct function *function = &v->module->functions[v->module->label_function[label]];

    return (function->entry_label == label && function->arity == v->operands[0].value.number)
        || verify_fail(v, "the label is no function of that arity");
}

static bool check_import(struct verifier *v)
{
    const struct export *import = v->module->imports[v->operands[1].value.number];

    return import->identity.arity == v->operands[0].value.number
        || verify_fail(v, "the import has another arity");
}

/* setelement/3 makes a tuple that set_tuple_element may change. */
static void note_fresh(struct verifier *v)
{
    const struct export *import = v->module->imports[v->operands[1].value.number];
    struct atom_table *atoms = code_atoms(v->module->table);
    size_t size;
    const uint8_t *name;

    if (v->is_dead || import->identity.module != ATOM(erlang) || import->identity.arity != 3)
        return;
    name = atom_text(atoms, term_atom_index(import->identity.function), &size);
    if (size == 10 && memcmp(name, "setelement", 10) == 0) {
        v->now->registers[0].bits = VALUE_TUPLE | VALUE_FRESH;
        v->now->has_fresh = true;
    }
}

static bool verify_call(struct verifier *v)
{
    uint64_t arity = v->operands[0].value.number;
    struct value value;

    if (v->op->opcode != OP_call_fun2 && arity > 255)
        return verify_fail(v, "too many arguments");
    switch (v->op->opcode) {
    case OP_call:
        return check_local(v) && call(v, arity);
    case OP_call_last:
        return check_local(v) && tail_call(v, arity, &v->operands[2]);
    case OP_call_only:
        return check_local(v) && tail_call(v, arity, NULL);
    case OP_call_ext:
        if (!check_import(v) || !call(v, arity))
            return false;
        note_fresh(v);
        return true;
    case OP_call_ext_last:
        return check_import(v) && tail_call(v, arity, &v->operands[2]);
    case OP_call_ext_only:
        return check_import(v) && tail_call(v, arity, NULL);
    case OP_call_fun:
        return call(v, arity + 1);
    case OP_call_fun2:
        if (v->operands[1].value.number > 255)
            return verify_fail(v, "too many arguments");
        return verify_source(v, &v->operands[2], &value)
            && call(v, v->operands[1].value.number);
    case OP_apply:
        return call(v, arity + 2);
    default:
        return tail_call(v, arity + 2, &v->operands[1]);
    }
}

static bool give_back(struct verifier *v)
{
    v->is_dead = true;
    return need_no_frame(v) && verify_live(v, 1);
}

/* ---- Catch and try ---------------------------------------------------------------------------- */

/* What the handler finds: the frame as it is now with the catch still open, its terms of any type,
** and no x register but the exception. */
static bool branch_to_handler(struct verifier *v, uint64_t label)
{
    struct state *kept = memory_allocate(v->memory, MEMORY_CODE, v->state_size);
    struct value *y = verify_y(v);
    uint32_t at;
    bool is_good;

    if (kept == NULL)
        return load_fail_memory(v->error);
    memcpy(kept, v->now, v->state_size);
    verify_forget_x(v, 0);
    v->now->registers[0].bits = VALUE_ANY;
    for (at = 0; at < v->now->frame; at++)
        if (y[at].bits != 0 && !(y[at].bits & VALUE_TAG)) {
            y[at].bits = VALUE_ANY;
            y[at].arity = 0;
        }
    v->now->heap = 0;
    v->now->floats = 0;
    v->now->has_message = false;
    v->now->is_building = false;
    v->now->has_fresh = false;
    v->now->caught = CAUGHT_YES;
    is_good = verify_branch(v, label);
    memcpy(v->now, kept, v->state_size);
    memory_free(v->memory, MEMORY_CODE, kept, v->state_size);
    return is_good;
}

static bool open_catch(struct verifier *v)
{
    uint32_t number = v->op_catch[v->op_index];
    struct catch_block *block = &v->catches[number];
    struct value *y = verify_register(v, &v->operands[0]);

    if (y == NULL)
        return verify_fail(v, "no such y register");
    if (y->bits & VALUE_TAG)
        return verify_fail(v, "y(%u) holds a catch and is written",
            (unsigned) v->operands[0].value.number);
    if (block->is_known && block->outer != v->now->open_catch)
        return verify_fail(v, "the catches around it differ");
    block->outer = v->now->open_catch;
    block->is_try = v->op->opcode == OP_try;
    block->is_known = true;
    y->bits = VALUE_TAG;
    y->arity = (uint16_t) number;
    v->now->open_catch = number + 1;
    return branch_to_handler(v, v->operands[1].value.number);
}

/* Only the innermost may be closed; its register holds NIL then. */
static bool close_catch(struct verifier *v, bool is_try)
{
    struct value *y = verify_register(v, &v->operands[0]);

    if (y == NULL || !(y->bits & VALUE_TAG))
        return verify_fail(v, "no catch in the register");
    if (v->now->open_catch != (uint32_t) y->arity + 1)
        return verify_fail(v, "not the innermost catch");
    if (v->catches[y->arity].is_try != is_try)
        return verify_fail(v, "the wrong kind of catch");
    v->now->open_catch = v->catches[y->arity].outer;
    y->bits = VALUE_NIL;
    y->arity = 0;
    return true;
}

static bool end_catch(struct verifier *v)
{
    struct value *x = v->now->registers;

    if (!close_catch(v, v->op->opcode != OP_catch_end))
        return false;
    switch (v->op->opcode) {
    case OP_try_end:
        return true;
    case OP_try_case:
        if (v->now->caught != CAUGHT_YES)
            return verify_fail(v, "reached without an exception");
        verify_forget_x(v, 0);
        x[0].bits = VALUE_ATOM;
        x[1].bits = x[2].bits = VALUE_ANY;
        break;
    default:
        if (x[0].bits == 0)
            return verify_fail(v, "x(0) is not written");
        verify_forget_x(v, 0);
        x[0].bits = VALUE_ANY;
        break;
    }
    v->now->caught = CAUGHT_NO;
    v->now->heap = 0;
    return true;
}

/* ---- Receive ---------------------------------------------------------------------------------- */

static bool need_message(struct verifier *v)
{
    if (!v->now->has_message)
        return verify_fail(v, "no message is being looked at");
    v->now->has_message = false;
    return true;
}

static bool loop_rec(struct verifier *v)
{
    v->now->heap = 0;
    v->now->is_building = false;
    verify_may_raise(v);
    if (!verify_branch(v, v->operands[0].value.number))
        return false;
    v->now->has_message = true;
    return verify_set_bits(v, &v->operands[1], VALUE_ANY);
}

/* The process may sleep here: only the frame is kept. */
static bool sleep_until(struct verifier *v, const struct operand *label)
{
    return verify_collect(v, 0) && verify_branch(v, label->value.number);
}

/* Run again after a message has come, the op finds its timer set and its register gone: the engine
** then looks at no more than the register's tag. */
static bool read_timeout(struct verifier *v)
{
    const struct operand *time = &v->operands[1];
    const struct value *value = verify_register(v, time);

    verify_may_raise(v);
    if (time->kind == OPERAND_X && value != NULL && value->bits == 0) {
        v->op->flags |= GENERIC_UNPROVEN;
        return true;
    }
    return verify_sources(v, time, 1);
}

static bool verify_receive(struct verifier *v)
{
    switch (v->op->opcode) {
    case OP_loop_rec:
        return loop_rec(v);
    case OP_remove_message:
        return need_message(v);
    case OP_loop_rec_end:
        v->is_dead = true;
        return need_message(v) && sleep_until(v, &v->operands[0]);
    case OP_wait:
        v->is_dead = true;
        return sleep_until(v, &v->operands[0]);
    case OP_wait_timeout:
        return read_timeout(v) && sleep_until(v, &v->operands[0]);
    case OP_timeout:
        verify_forget_x(v, 0);
        v->now->has_message = false;
        return true;
    case OP_recv_marker_reserve:
        v->now->heap = 0;
        return verify_set_bits(v, &v->operands[0], VALUE_ANY);
    case OP_recv_marker_bind:
        return verify_sources(v, v->operands, 2);
    default:
        return verify_sources(v, v->operands, 1);
    }
}

/* ---- What raises ------------------------------------------------------------------------------- */

static bool raise_error(struct verifier *v)
{
    v->is_dead = true;
    verify_may_raise(v);
    return verify_sources(v, v->operands, v->op->operand_count);
}

static bool func_info(struct verifier *v)
{
    v->is_dead = true;
    return need_no_frame(v) && verify_live(v, v->function->arity);
}

bool verify_control(struct verifier *v)
{
    const struct operand *o = v->operands;

    switch (v->op->opcode) {
    case OP_line:
        return true;
    case OP_allocate:
        return allocate(v, 0, o[1].value.number);
    case OP_allocate_heap:
        return o[1].value.number <= UINT32_MAX
            ? allocate(v, o[1].value.number, o[2].value.number)
            : verify_fail(v, "a heap need past all bounds");
    case OP_deallocate:
        return release_frame(v, o[0].value.number);
    case OP_trim:
        return trim(v);
    case OP_init_yregs:
        return init_yregs(v);
    case OP_return:
        return give_back(v);
    case OP_jump:
        v->is_dead = true;
        return verify_branch(v, o[0].value.number);
    case OP_send:
        return call(v, 2);
    case OP_raw_raise:
        return call(v, 3);
    case OP_build_stacktrace:
        if (!verify_collect(v, 1))
            return false;
        v->now->registers[0].bits = VALUE_ANY;
        return true;
    case OP_catch:
    case OP_try:
        return open_catch(v);
    case OP_catch_end:
    case OP_try_end:
    case OP_try_case:
        return end_catch(v);
    case OP_func_info:
        return func_info(v);
    case OP_badmatch:
    case OP_case_end:
    case OP_try_case_end:
    case OP_if_end:
    case OP_badrecord:
    case OP_raise:
        return raise_error(v);
    case OP_loop_rec:
    case OP_loop_rec_end:
    case OP_wait:
    case OP_wait_timeout:
    case OP_timeout:
    case OP_remove_message:
    case OP_recv_marker_reserve:
    case OP_recv_marker_bind:
    case OP_recv_marker_clear:
    case OP_recv_marker_use:
        return verify_receive(v);
    default:
        return verify_call(v);
    }
}

enum verify_theme verify_theme_of(unsigned opcode)
{
    switch (opcode) {
    case OP_line: case OP_allocate: case OP_allocate_heap: case OP_deallocate: case OP_trim:
    case OP_init_yregs: case OP_return: case OP_jump: case OP_send: case OP_raw_raise:
    case OP_build_stacktrace: case OP_catch: case OP_try: case OP_catch_end: case OP_try_end:
    case OP_try_case: case OP_func_info: case OP_badmatch: case OP_case_end:
    case OP_try_case_end: case OP_if_end: case OP_badrecord: case OP_raise: case OP_loop_rec:
    case OP_loop_rec_end: case OP_wait: case OP_wait_timeout: case OP_timeout:
    case OP_remove_message: case OP_recv_marker_reserve: case OP_recv_marker_bind:
    case OP_recv_marker_clear: case OP_recv_marker_use: case OP_call: case OP_call_last:
    case OP_call_only: case OP_call_ext: case OP_call_ext_last: case OP_call_ext_only:
    case OP_call_fun: case OP_call_fun2: case OP_apply: case OP_apply_last:
        return VERIFY_CONTROL;
    case OP_bs_put_integer: case OP_bs_put_binary: case OP_bs_put_float: case OP_bs_put_string:
    case OP_bs_init2: case OP_bs_add: case OP_bs_get_integer2: case OP_bs_get_float2:
    case OP_bs_get_binary2: case OP_bs_skip_bits2: case OP_bs_test_tail2: case OP_bs_test_unit:
    case OP_bs_match_string: case OP_bs_init_writable: case OP_bs_append:
    case OP_bs_private_append: case OP_bs_init_bits: case OP_bs_get_utf8: case OP_bs_skip_utf8:
    case OP_bs_get_utf16: case OP_bs_skip_utf16: case OP_bs_get_utf32: case OP_bs_skip_utf32:
    case OP_bs_utf8_size: case OP_bs_put_utf8: case OP_bs_utf16_size: case OP_bs_put_utf16:
    case OP_bs_put_utf32: case OP_bs_get_tail: case OP_bs_start_match3:
    case OP_bs_get_position: case OP_bs_set_position: case OP_bs_start_match4:
    case OP_bs_create_bin: case OP_bs_match:
        return VERIFY_BITS;
    case OP_label: case OP_int_code_end: case OP_put: case OP_put_tuple: case OP_init:
    case OP_allocate_zero: case OP_allocate_heap_zero: case OP_make_fun2: case OP_recv_mark:
    case OP_recv_set: case OP_fclearerror: case OP_fcheckerror: case OP_nif_start:
    case OP_on_load: case OP_executable_line: case OP_debug_line:
        return VERIFY_NOTHING;
    default:
        return VERIFY_DATA;
    }
}
