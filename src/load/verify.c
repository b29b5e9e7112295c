/* verify.c - runs the checker over a function: labels found, paths followed until nothing changes,
** and ops that no path reaches taken out. Owns all memory of a run. */
#include "load/verify.h"

/* ---- Sizes ----------------------------------------------------------------------------------- */

static void see_register(struct verifier *v, const struct operand *operand)
{
    if (operand->kind == OPERAND_X && operand->value.number >= v->x_count)
        v->x_count = (uint32_t) operand->value.number + 1;
}

/* Labels, catches, and how many registers a state has. */
static bool survey(struct verifier *v)
{
    const struct generic_function *generic = v->generic;
    uint32_t last_label = 0;
    size_t at;

    v->first_label = UINT32_MAX;
    v->x_count = v->function->arity < 3 ? 3 : v->function->arity;
    for (at = 0; at < generic->operand_count; at++)
        see_register(v, &generic->operands[at]);
    for (at = 0; at < generic->op_count; at++) {
        const struct generic_op *op = &generic->ops[at];
        const struct operand *operands = generic->operands + op->first_operand;

        if (op->opcode == OP_label) {
            uint32_t label = (uint32_t) operands[0].value.number;

            if (label < v->first_label)
                v->first_label = label;
            if (label > last_label)
                last_label = label;
        } else if (op->opcode == OP_allocate || op->opcode == OP_allocate_heap) {
            if (operands[0].value.number > GENERIC_Y_MAX)
                return load_fail_at(v->error, v->function, op->offset, "a frame too large");
            if (operands[0].value.number > v->y_count)
                v->y_count = (uint32_t) operands[0].value.number;
        } else if (op->opcode == OP_catch || op->opcode == OP_try) {
            v->catch_count++;
        }
    }
    v->label_count = last_label - v->first_label + 1;
    if (v->catch_count >= UINT16_MAX)
        return load_fail_at(v->error, v->function, v->function->code_start, "too many catches");
    return true;
}

static void *get_zeroed(struct verifier *v, size_t count, size_t size)
{
    return memory_allocate_zeroed(v->memory, MEMORY_CODE, count * size);
}

static bool allocate_run(struct verifier *v)
{
    size_t ops = v->generic->op_count, at;

    v->state_size = sizeof(struct state)
        + ((size_t) v->x_count + v->y_count) * sizeof(struct value);
    v->labels = get_zeroed(v, v->label_count, sizeof *v->labels);
    v->is_reached = get_zeroed(v, ops, 1);
    v->now = get_zeroed(v, 1, v->state_size);
    v->spare = get_zeroed(v, 1, v->state_size);
    if (v->catch_count > 0) {
        v->catches = get_zeroed(v, v->catch_count, sizeof *v->catches);
        v->op_catch = get_zeroed(v, ops, sizeof *v->op_catch);
    }
    if (v->labels == NULL || v->is_reached == NULL || v->now == NULL || v->spare == NULL
        || (v->catch_count > 0 && (v->catches == NULL || v->op_catch == NULL)))
        return load_fail_memory(v->error);
    for (at = 0; at < v->label_count; at++)
        v->labels[at].op = UINT32_MAX;
    return true;
}

static void number_ops(struct verifier *v)
{
    const struct generic_function *generic = v->generic;
    uint32_t catches = 0;
    size_t at;

    for (at = 0; at < generic->op_count; at++) {
        const struct generic_op *op = &generic->ops[at];

        if (op->opcode == OP_label)
            v->labels[generic->operands[op->first_operand].value.number - v->first_label].op
                = (uint32_t) at;
        else if (op->opcode == OP_catch || op->opcode == OP_try)
            v->op_catch[at] = catches++;
    }
}

static void release_run(struct verifier *v)
{
    size_t ops = v->generic->op_count, at;

    if (v->labels != NULL)
        for (at = 0; at < v->label_count; at++)
            memory_free(v->memory, MEMORY_CODE, v->labels[at].state, v->state_size);
    memory_free(v->memory, MEMORY_CODE, v->labels, v->label_count * sizeof *v->labels);
    memory_free(v->memory, MEMORY_CODE, v->is_reached, ops);
    memory_free(v->memory, MEMORY_CODE, v->now, v->state_size);
    memory_free(v->memory, MEMORY_CODE, v->spare, v->state_size);
    memory_free(v->memory, MEMORY_CODE, v->catches, v->catch_count * sizeof *v->catches);
    memory_free(v->memory, MEMORY_CODE, v->op_catch, ops * sizeof *v->op_catch);
}

/* ---- Paths ----------------------------------------------------------------------------------- */

/* A call just before may be one that never comes back, which shows by a frame that does not fit. */
static bool forgive_call(struct verifier *v, uint32_t last_call)
{
    if (last_call == UINT32_MAX)
        return false;
    v->generic->ops[last_call].flags |= GENERIC_NO_RETURN;
    return true;
}

static bool is_call(unsigned opcode)
{
    switch (opcode) {
    case OP_call:
    case OP_call_ext:
    case OP_call_fun:
    case OP_call_fun2:
    case OP_apply:
    case OP_raw_raise:
    /* A native, an update of a map or a bitstring whose operands make it fail, says the compiler. */
    case OP_bif1:
    case OP_bif2:
    case OP_bif3:
    case OP_gc_bif1:
    case OP_gc_bif2:
    case OP_gc_bif3:
    case OP_put_map_assoc:
    case OP_put_map_exact:
    case OP_bs_create_bin:
    case OP_update_record:
        return true;
    default:
        return false;
    }
}

static bool takes_reductions(unsigned opcode)
{
    return opcode == OP_call || opcode == OP_call_ext || opcode == OP_call_fun
        || opcode == OP_call_fun2 || opcode == OP_apply;
}

static bool run_op(struct verifier *v)
{
    unsigned opcode = v->op->opcode;

    if (v->now->caught != CAUGHT_NO && opcode != OP_line && opcode != OP_catch_end
        && opcode != OP_try_case)
        return verify_fail(v, "a caught exception is neither ended nor looked at");
    switch (verify_theme_of(opcode)) {
    case VERIFY_CONTROL:
        return verify_control(v);
    case VERIFY_DATA:
        return verify_data(v);
    case VERIFY_BITS:
        return verify_bits(v);
    default:
        return verify_fail(v, "out of place");
    }
}

/* Whether the handler of a try follows, which nothing but an exception reaches. */
static bool is_handler_at(const struct verifier *v, const struct generic_op *op)
{
    const struct generic_op *end = v->generic->ops + v->generic->op_count;

    while (op < end && (op->opcode == OP_label || op->opcode == OP_line))
        op++;
    return op < end && op->opcode == OP_try_case;
}

static bool jumps_to_handler(const struct verifier *v)
{
    uint64_t label;

    if (v->op->opcode != OP_jump)
        return false;
    label = v->operands[0].value.number;
    return label >= v->first_label
        && label - v->first_label < v->label_count
        && v->labels[label - v->first_label].op != UINT32_MAX
        && is_handler_at(v, v->generic->ops + v->labels[label - v->first_label].op);
}

/* Flows into a label. The path goes on from it when it learnt something, else it ends. */
static bool enter_label(struct verifier *v, uint32_t last_call)
{
    struct label *label = &v->labels[v->operands[0].value.number - v->first_label];
    bool is_conflict;

    if (last_call != UINT32_MAX && is_handler_at(v, v->op))
        return v->is_dead = forgive_call(v, last_call);
    if (!verify_join_into(v, label, &is_conflict)
        && !(is_conflict && forgive_call(v, last_call)))
        return false;
    v->is_dead = !label->is_due || is_conflict;
    if (!v->is_dead) {
        label->is_due = false;
        label->runs += label->runs < UINT16_MAX;
        memcpy(v->now, label->state, v->state_size);
    }
    return true;
}

/* Runs from the op at index to where the path ends. */
static bool run_path(struct verifier *v, uint32_t index)
{
    struct generic_function *generic = v->generic;
    uint32_t last_call = UINT32_MAX;
    bool is_first = true;

    v->is_dead = false;
    for (; index < generic->op_count; index++) {
        v->op_index = index;
        v->op = &generic->ops[index];
        v->operands = generic->operands + v->op->first_operand;
        v->is_reached[index] = 1;
        if (v->op->opcode == OP_label) {
            if (!is_first && !enter_label(v, last_call))
                return false;
        } else if (last_call != UINT32_MAX && jumps_to_handler(v)) {
            return forgive_call(v, last_call);
        } else {
            if (!run_op(v))
                return false;
            if (v->flows != NULL && takes_reductions(v->op->opcode))
                v->flows->from = UINT32_MAX;
            if (v->op->opcode != OP_line)
                last_call = is_call(v->op->opcode) ? index : UINT32_MAX;
        }
        if (v->is_dead)
            return true;
        is_first = false;
    }
    return forgive_call(v, last_call) || verify_fail(v, "the function has no end here");
}

/* The next label with something to say at or after from; label_count: none. */
static uint32_t next_due(const struct verifier *v, uint32_t from)
{
    while (from < v->label_count && !v->labels[from].is_due)
        from++;
    return from;
}

static bool run_all(struct verifier *v)
{
    uint32_t at = 0;

    for (;;) {
        struct label *label;

        at = next_due(v, at);
        if (at == v->label_count) {
            at = next_due(v, 0);
            if (at == v->label_count)
                return true;
        }
        label = &v->labels[at];
        label->is_due = false;
        label->runs += label->runs < UINT16_MAX;
        memcpy(v->now, label->state, v->state_size);
        if (!run_path(v, label->op))
            return false;
    }
}

/* The state at the entry goes to its label. */
static bool start(struct verifier *v)
{
    uint32_t at, entry = v->function->entry_label;
    struct label *label;
    bool is_conflict;

    v->now->frame = NO_FRAME;
    v->now->caught = CAUGHT_NO;
    for (at = 0; at < v->function->arity; at++)
        v->now->registers[at].bits = VALUE_ANY;
    if (entry < v->first_label || entry - v->first_label >= v->label_count)
        return load_fail_at(v->error, v->function, v->function->code_start, "no entry");
    label = &v->labels[entry - v->first_label];
    return verify_join_into(v, label, &is_conflict);
}

/* ---- Rounds ----------------------------------------------------------------------------------- */

static bool ends_slices(unsigned opcode)
{
    return opcode == OP_loop_rec_end || opcode == OP_wait || opcode == OP_wait_timeout;
}

bool verify_note_flow(struct verifier *v, const struct label *label)
{
    const struct label *entry = &v->labels[v->function->entry_label - v->first_label];
    struct flows *flows = v->flows;

    if (flows == NULL) {
        v->goes_back |= label->op <= v->op_index && label->op >= entry->op
            && !ends_slices(v->op->opcode);
        return true;
    }
    if (flows->from == UINT32_MAX || ends_slices(v->op->opcode))
        return true;
    if (!vector_reserve(v->memory, MEMORY_CODE, (void **) &flows->items, &flows->capacity,
            flows->count, 1, sizeof *flows->items))
        return load_fail_memory(v->error);
    flows->items[flows->count++]
        = (struct flow) { flows->from, (uint32_t) (label - v->labels) };
    return true;
}

/* Every label's path once more, with what is known of it: all flows. */
static bool note_flows(struct verifier *v)
{
    uint32_t at;

    for (at = 0; at < v->label_count; at++) {
        if (v->labels[at].state == NULL)
            continue;
        v->flows->from = at;
        memcpy(v->now, v->labels[at].state, v->state_size);
        if (!run_path(v, v->labels[at].op))
            return false;
    }
    return true;
}

enum mark { MARK_NEW, MARK_OPEN, MARK_DONE };

struct mark_of_label {
    uint32_t next, end;         /* flows from it that are still to be followed */
    uint32_t before;            /* the label that led here */
    enum mark mark;
};

/* Follows flows from label at until all that it leads to is done; false: they lead back. */
static bool follow(const struct flows *flows, struct mark_of_label *marks, uint32_t at)
{
    marks[at].mark = MARK_OPEN;
    marks[at].before = UINT32_MAX;
    while (at != UINT32_MAX) {
        uint32_t to;

        if (marks[at].next == marks[at].end) {
            marks[at].mark = MARK_DONE;
            at = marks[at].before;
            continue;
        }
        to = flows->items[marks[at].next++].to;
        if (marks[to].mark == MARK_OPEN)
            return false;
        if (marks[to].mark == MARK_NEW) {
            marks[to].mark = MARK_OPEN;
            marks[to].before = at;
            at = to;
        }
    }
    return true;
}

static bool has_no_round(struct verifier *v)
{
    struct mark_of_label *marks = get_zeroed(v, v->label_count, sizeof *marks);
    bool is_good = true;
    size_t i;
    uint32_t at;

    if (marks == NULL)
        return load_fail_memory(v->error);
    for (i = 0; i < v->flows->count; i++) {
        struct mark_of_label *mark = &marks[v->flows->items[i].from];

        if (mark->end == 0)
            mark->next = (uint32_t) i;
        mark->end = (uint32_t) i + 1;
    }
    for (at = 0; at < v->label_count && is_good; at++)
        is_good = marks[at].mark != MARK_NEW || follow(v->flows, marks, at);
    memory_free(v->memory, MEMORY_CODE, marks, v->label_count * sizeof *marks);
    return is_good
        || load_fail_at(v->error, v->function, v->function->code_start,
            "it can go round for ever without a call");
}

/* Refuses code that can go round without a call or a receive: it would take no reductions, and nobody
** else would run. Only jumps back can lead there; compilers make few of them, and no rounds. */
static bool check_rounds(struct verifier *v)
{
    struct flows flows = { NULL, 0, 0, UINT32_MAX };
    bool is_good;

    if (!v->goes_back)
        return true;
    v->flows = &flows;
    is_good = note_flows(v) && has_no_round(v);
    v->flows = NULL;
    memory_free(v->memory, MEMORY_CODE, flows.items, flows.capacity * sizeof *flows.items);
    return is_good;
}

/* ---- Afterwards ------------------------------------------------------------------------------- */

/* Takes out what no path reaches, so that only checked ops go on. Labels and func_info stay, and the
** line before it, which holds for the body too. */
static void remove_unreached(struct verifier *v)
{
    struct generic_function *generic = v->generic;
    size_t kept = 0, at;

    for (at = 0; at < generic->op_count; at++) {
        struct generic_op *op = &generic->ops[at];

        if (!v->is_reached[at] && op->opcode != OP_label && op->opcode != OP_func_info
            && op->opcode != OP_line)
            continue;
        if (v->needs_zeroed_frames
            && (op->opcode == OP_allocate || op->opcode == OP_allocate_heap))
            op->flags |= GENERIC_UNPROVEN;
        generic->ops[kept++] = *op;
    }
    generic->op_count = kept;
}

bool verify_function(struct memory *memory, struct generic_function *generic,
    struct load_error *error)
{
    struct verifier v = { .memory = memory, .generic = generic, .function = generic->function,
        .module = generic->function->module, .error = error };
    size_t op_count = generic->op_count;
    bool is_good;

    error->text[0] = 0;
    if (op_count == 0 || !survey(&v))
        return op_count != 0 ? false : load_fail(error, "a function without code");
    is_good = allocate_run(&v);
    if (is_good) {
        number_ops(&v);
        is_good = start(&v) && run_all(&v) && check_rounds(&v);
    }
    if (is_good)
        remove_unreached(&v);
    generic->op_count = is_good ? generic->op_count : op_count;
    {
        size_t left = generic->op_count;

        generic->op_count = op_count;
        release_run(&v);
        generic->op_count = left;
    }
    return is_good;
}
