/* names.c - owns one MEMORY_NAME block a name. Always: a name's process is in the table and has the
** name's atom in process->name. */
#include "proc/names.h"

#include "proc/table.h"
#include "proc/tree.h"

struct name {
    struct tree_node node;          /* key: the atom's index */
    term owner;
};

static enum data_status put(struct node *node, term name, struct process *process)
{
    struct name *entry;

    if (process->name != PROCESS_NAME_NONE || tree_find(node->names, term_atom_index(name)) != NULL)
        return DATA_BAD_ARGUMENT;
    entry = memory_allocate(node->memory, MEMORY_NAME, sizeof *entry);
    if (entry == NULL)
        return DATA_NO_MEMORY;
    entry->node.key = term_atom_index(name);
    entry->owner = process->pid;
    tree_put(&node->names, &entry->node);
    atomic_settle_if(node_is_shared(node), &process->name, term_atom_index(name));
    return DATA_OK;
}

static bool take_away(struct node *node, term name)
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

enum data_status name_put(struct node *node, term name, struct process *process)
{
    enum data_status status;

    if (process == NULL || !term_is_atom(name) || name == ATOM(undefined))
        return DATA_BAD_ARGUMENT;
    LOCK_TAKE_IF(node_is_shared(node), &node->names_lock);
    status = put(node, name, process);
    if (status == DATA_OK && node_is_shared(node)
        && atomic_get(&process->state) == PROCESS_STATE_EXITING) {
        (void) take_away(node, name);
        status = DATA_BAD_ARGUMENT;
    }
    LOCK_RELEASE_IF(node_is_shared(node), &node->names_lock);
    return status;
}

bool name_remove(struct node *node, term name)
{
    bool was_there;

    LOCK_TAKE_IF(node_is_shared(node), &node->names_lock);
    was_there = take_away(node, name);
    LOCK_RELEASE_IF(node_is_shared(node), &node->names_lock);
    return was_there;
}

/* Who gives a name sets process->name, then looks whether the process ends; a process that ends says so,
** then looks at process->name: one of them takes it away again. */
void name_remove_of(struct node *node, struct process *process)
{
    if (atomic_get(&process->name) == PROCESS_NAME_NONE)
        return;
    LOCK_TAKE_IF(node_is_shared(node), &node->names_lock);
    if (process->name != PROCESS_NAME_NONE)
        (void) take_away(node, term_make_atom(process->name));
    LOCK_RELEASE_IF(node_is_shared(node), &node->names_lock);
}

term name_find(struct node *node, term name)
{
    const struct name *entry;
    term owner;

    LOCK_TAKE_IF(node_is_shared(node), &node->names_lock);
    entry = (const struct name *) tree_find(node->names, term_atom_index(name));
    owner = entry != NULL ? entry->owner : TERM_NONE;
    LOCK_RELEASE_IF(node_is_shared(node), &node->names_lock);
    return owner;
}

term name_next(struct node *node, uint64_t *position)
{
    struct tree_node *found;
    uint64_t key = 0;

    LOCK_TAKE_IF(node_is_shared(node), &node->names_lock);
    found = tree_at_least(node->names, *position);
    if (found != NULL)
        key = found->key;
    LOCK_RELEASE_IF(node_is_shared(node), &node->names_lock);
    if (found == NULL)
        return TERM_NONE;
    *position = key + 1;
    return term_make_atom((uint32_t) key);
}

void name_remove_all(struct node *node)
{
    while (node->names != NULL)
        name_remove(node, term_make_atom((uint32_t) node->names->key));
}
