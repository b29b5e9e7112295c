/* code_use.c - whether a process is in a module's old code, or will return to it. */
#include "interp/interp.h"

#include "proc/node.h"

static bool is_old(const struct code_table *code, const struct module *old, const uint32_t *pc)
{
    const struct function *function = pc == NULL ? NULL : code_find_pc(code, pc);

    return function != NULL && function->module == old;
}

/* Every return address is on the stack; its words with a header's tag are return addresses or 0. */
bool interp_uses_module(struct node *node, struct process *process, term module)
{
    const struct code_slot *slot = code_find_slot(node->code, module);
    const term *at;

    if (slot == NULL || slot->old == NULL)
        return false;
    if (is_old(node->code, slot->old, process->ip))
        return true;
    for (at = process->heap.stack; at < process->heap.end; at++)
        if (term_is_header(*at) && is_old(node->code, slot->old, (const uint32_t *) *at))
            return true;
    return false;
}
