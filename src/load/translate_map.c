/* translate_map.c - maps: reads and updates by keys.
**
** An instruction of immediate keys names them in the order that the keys of a flat map have, each once: so
** it finds all of them in one pass. */
#include "data/map.h"
#include "load/translate.h"

/* Pairs of an op: a key and where its value comes from or goes to. */
struct pairs {
    const struct operand *of[FLAT_MAP_MAX];
    size_t count;
};

/* Puts a pair in its place; false: its key is there already. */
static bool insert(struct pairs *pairs, const struct compare_context *context, const struct operand *pair)
{
    size_t at = pairs->count;

    for (; at > 0; at--) {
        int order = term_compare_exact(context, pairs->of[at - 1]->value.constant,
            pair->value.constant);

        if (order == 0)
            return false;
        if (order < 0)
            break;
        pairs->of[at] = pairs->of[at - 1];
    }
    pairs->of[at] = pair;
    pairs->count++;
    return true;
}

/* The pairs of list by key; false: a key is no immediate or stands twice, or there are too many. */
static bool sort_pairs(const struct translator *t, const struct operand *list, uint64_t operands,
    struct pairs *pairs)
{
    struct compare_context context = { t->memory, code_atoms(t->module->table) };

    pairs->count = 0;
    if (operands / 2 > FLAT_MAP_MAX)
        return false;
    for (uint64_t i = 0; i < operands; i += 2) {
        if (!is_immediate(&list[i]) || !insert(pairs, &context, &list[i]))
            return false;
    }
    return true;
}

static bool is_written_twice(const struct pairs *pairs)
{
    for (size_t i = 0; i < pairs->count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (same_register(&pairs->of[i][1], &pairs->of[j][1]))
                return true;
        }
    }
    return false;
}

static void emit_pairs(struct translator *t, const struct pairs *pairs,
    void (*emit_second)(struct translator *, const struct operand *))
{
    emit_number(t, (uint32_t) pairs->count);
    for (size_t i = 0; i < pairs->count; i++) {
        emit_source(t, &pairs->of[i][0]);
        emit_second(t, &pairs->of[i][1]);
    }
}

/* ---- updates ------------------------------------------------------------------------------- */

static bool is_empty_map(const struct operand *o)
{
    return o->kind == OPERAND_CONSTANT && term_is_map(o->value.constant)
        && term_map_size(o->value.constant) == 0;
}

static enum instruction put_form(bool exact, const struct operand *map, const struct pairs *pairs)
{
    if (!exact)
        return INSTRUCTION_put_map_assoc_i;
    if (!is_x(map) || pairs->count > 2)
        return INSTRUCTION_put_map_exact_i;
    return pairs->count == 1 ? INSTRUCTION_put_map_exact1_x : INSTRUCTION_put_map_exact2_x;
}

/* Whether a collection that keeps live registers keeps the map and all values: an instruction may make room
** before it reads them. */
static bool are_kept(unsigned live, const struct operand *map, const struct pairs *pairs)
{
    if (map->kind == OPERAND_X && map->value.number >= live)
        return false;
    for (size_t i = 0; i < pairs->count; i++) {
        const struct operand *value = &pairs->of[i][1];

        if (value->kind == OPERAND_X && value->value.number >= live)
            return false;
    }
    return true;
}

static void translate_put(struct translator *t, const struct generic_op *op, const struct operand *o)
{
    uint64_t count = o[4].value.number;
    bool exact = op->opcode == OP_put_map_exact;
    unsigned live = (unsigned) (o[3].value.number & 255);
    struct pairs pairs;

    if (o[3].value.number > 254)
        translate_refuse(t, "too many live registers");
    if (!sort_pairs(t, &o[5], count, &pairs) || pairs.count == 0 || !are_kept(live, &o[1], &pairs)) {
        emit(t, exact ? INSTRUCTION_put_map_exact : INSTRUCTION_put_map_assoc, live, 0);
        emit_label(t, &o[0]);
        emit_source(t, &o[1]);
        emit_destination(t, &o[2]);
        emit_number(t, (uint32_t) count / 2);
        for (uint64_t i = 0; i < count; i++)
            emit_source(t, &o[5 + i]);
        return;
    }
    if (!exact && is_empty_map(&o[1])) {
        emit(t, INSTRUCTION_new_map_i, live, 0);
        emit_destination(t, &o[2]);
    } else {
        emit(t, put_form(exact, &o[1], &pairs), live, is_x(&o[1]) ? number_of(&o[1]) : 0);
        emit_label(t, &o[0]);
        emit_source(t, &o[1]);
        emit_destination(t, &o[2]);
    }
    emit_pairs(t, &pairs, emit_source);
}

/* ---- reads --------------------------------------------------------------------------------- */

/* One or two of them, into x registers. */
static bool translate_get_few(struct translator *t, const struct operand *map,
    const struct operand *label, const struct pairs *pairs)
{
    if (pairs->count > 2 || !is_x(&pairs->of[0][1])
        || (pairs->count == 2 && !is_x(&pairs->of[1][1])))
        return false;
    emit(t, pairs->count == 1 ? INSTRUCTION_get_map_element_xx : INSTRUCTION_get_map_elements2_xxx,
        number_of(map), number_of(&pairs->of[0][1]));
    emit_label(t, label);
    for (size_t i = 0; i < pairs->count; i++)
        emit_source(t, &pairs->of[i][0]);
    if (pairs->count == 2)
        emit_number(t, number_of(&pairs->of[1][1]));
    return true;
}

/* Immediate keys of a map in an x register. */
static bool translate_get_immediates(struct translator *t, const struct operand *o)
{
    struct pairs pairs;

    if (!is_x(&o[1]) || !sort_pairs(t, &o[3], o[2].value.number, &pairs) || pairs.count == 0
        || is_written_twice(&pairs))
        return false;
    if (translate_get_few(t, &o[1], &o[0], &pairs))
        return true;
    emit(t, INSTRUCTION_get_map_elements_i, number_of(&o[1]), 0);
    emit_label(t, &o[0]);
    emit_pairs(t, &pairs, emit_destination);
    return true;
}

static void translate_keys(struct translator *t, const struct generic_op *op, const struct operand *o)
{
    bool get = op->opcode == OP_get_map_elements;
    uint64_t count = o[2].value.number;

    if (get && translate_get_immediates(t, o))
        return;
    emit(t, get ? INSTRUCTION_get_map_elements : INSTRUCTION_has_map_fields, 0, 0);
    emit_source(t, &o[1]);
    emit_label(t, &o[0]);
    emit_number(t, (uint32_t) (get ? count / 2 : count));
    for (uint64_t i = 0; i < count; i++)
        emit_source(t, &o[3 + i]);
}

/* A test whether x holds a map before a read of it that goes to the same label. */
static bool is_tested_by_next(const struct translator *t, const struct operand *o)
{
    const struct generic_op *next = translate_next(t, 1);
    const struct operand *n;

    if (next == NULL || (next->opcode != OP_get_map_elements && next->opcode != OP_has_map_fields))
        return false;
    n = translate_operands(t, next);
    return n[0].kind == o[0].kind && n[0].value.number == o[0].value.number
        && n[1].kind != OPERAND_CONSTANT && same_register(&n[1], &o[1]);
}

bool translate_map(struct translator *t, const struct generic_op *op, const struct operand *o)
{
    switch (op->opcode) {
    case OP_is_map:
        return is_tested_by_next(t, o);
    case OP_put_map_assoc:
    case OP_put_map_exact:
        translate_put(t, op, o);
        return true;
    case OP_get_map_elements:
    case OP_has_map_fields:
        translate_keys(t, op, o);
        return true;
    default:
        return false;
    }
}
