/* names.c - owns one MEMORY_NAME block a name. Always: a name's process is in the table and has the
** name's atom in process->name. */
#include "proc/names.h"

#include "proc/table.h"
#include "proc/tree.h"

struct name {
    struct tree_node node;          /* key: the atom's index */
    term owner;
};

enum data_status name_put(struct node *node, term name, struct process *process)
{
    struct name *entry;

    if (!term_is_atom(name) || name == ATOM(undefined) || process->name != PROCESS_NAME_NONE
        || tree_find(node->names, term_atom_index(name)) != NULL)
        return DATA_BAD_ARGUMENT;
    entry = memory_allocate(node->memory, MEMORY_NAME, sizeof *entry);
    if (entry == NULL)
        return DATA_NO_MEMORY;
    entry->node.key = term_atom_index(name);
    entry->owner = process->pid;
    tree_put(&node->names, &entry->node);
    atomic_settle_if(node_is_shared(node), &process->name, term_atom_index(name));
    if (node_is_shared(node) && atomic_get(&process->state) == PROCESS_STATE_EXITING) {
        name_remove(node, name);
        return DATA_BAD_ARGUMENT;
    }
    return DATA_OK;
}

bool name_remove(struct node *node, term name)
{
    struct name *entry = (struct name *) tree_remove(&node->names, term_atom_index(name));
    struct process *process;

    if (entry == NULL)
        return false;
    process = node_find_receiver(node, entry->owner);
    if (process != NULL)
        atomic_put(&process->name, PROCESS_NAME_NONE);
    memory_free(node->memory, MEMORY_NAME, entry, sizeof *entry);
    return true;
}

/* Who gives a name sets process->name, then looks whether the process ends; a process that ends says so,
** then looks at process->name: one of them takes it away again. */
void name_remove_of(struct node *node, struct process *process)
{
    if (atomic_get(&process->name) == PROCESS_NAME_NONE)
        return;
    node_hold(node);
    if (process->name != PROCESS_NAME_NONE)
        name_remove(node, term_make_atom(process->name));
    node_let_go(node);
}

term name_find(struct node *node, term name)
{
    const struct name *entry;
    term owner;

    node_hold(node);
    entry = (const struct name *) tree_find(node->names, term_atom_index(name));
    owner = entry != NULL ? entry->owner : TERM_NONE;
    node_let_go(node);
    return owner;
}

term name_next(const struct node *node, uint64_t *position)
{
    struct tree_node *found = tree_at_least(node->names, *position);

    if (found == NULL)
        return TERM_NONE;
    *position = found->key + 1;
    return term_make_atom((uint32_t) found->key);
}

void name_remove_all(struct node *node)
{
    while (node->names != NULL)
        name_remove(node, term_make_atom((uint32_t) node->names->key));
}
