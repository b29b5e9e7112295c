/* inspect.c - what others may ask of a process that does not run: where it stands, and whether it still
** needs an old version of a module. */
#include "interp/engine.h"

/* Where a process that hibernates stands. */
#define CONSTANT_ATOM(name) ((term) ATOM_INDEX_##name << 6 | IMMEDIATE_ATOM)
static const struct module erlang_module = { .name = CONSTANT_ATOM(erlang) };
static const struct function hibernating = {
    .module = (struct module *) (uintptr_t) &erlang_module,
    .name = CONSTANT_ATOM(hibernate),
    .arity = 3
};

struct function *interp_current_function(struct process *process)
{
    if (process->ip == NULL)
        return process->initial_call != NULL ? process->initial_call->function : NULL;
    if (process->ip == engine_hibernate_wake)
        return (struct function *) (uintptr_t) &hibernating;
    return code_find_pc(process_node(process)->code, process->ip);
}

/* ---- old code -------------------------------------------------------------------------- */

static bool is_in_module(const struct node *node, const uint32_t *pc, const struct module *module)
{
    const struct function *f = pc == NULL ? NULL : code_find_pc(node->code, pc);

    return f != NULL && f->module == module;
}

static bool returns_into(const struct process *process, const struct module *module)
{
    for (const term *at = process->heap.stack; at < process->heap.end; at++) {
        if (term_is_header(*at) && *at != 0
            && is_in_module(process_node(process), (const uint32_t *) *at - 1, module))
            return true;
    }
    return false;
}

/* A native that goes on later is of its version, too. */
static bool goes_on_with(const struct node *node, const struct process *process, const struct module *module)
{
    const struct native_table *natives = engine_parked_natives(process);

    return natives != NULL && code_owner_of_natives(node->code, natives) == module;
}

bool interp_uses_code(struct node *node, const struct process *process, const struct module *module)
{
    return is_in_module(node, process->ip, module) || returns_into(process, module)
        || goes_on_with(node, process, module);
}

/* Funs do not count, as in OTP: a call of one whose code is gone asks error_handler. */
bool interp_uses_module(struct node *node, struct process *process, term module)
{
    const struct code_slot *slot = code_find_slot(node->code, module);
    const struct module *old = slot == NULL ? NULL : slot->old;

    return old != NULL && interp_uses_code(node, process, old);
}
