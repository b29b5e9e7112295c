/* tree.h - an ordered set of nodes that lie in their owners' structs (links, names, timers).
**
** A treap whose priorities are hashes of the keys: its shape depends on nothing but the keys in it,
** it allocates nothing, and n nodes are found, put and removed in about 2 ln n steps. So what it
** holds is exactly its nodes, whatever has gone before. Keys are unique. */
#ifndef AVM_PROC_TREE_H
#define AVM_PROC_TREE_H

#include "base/compiler.h"

struct tree_node {
    struct tree_node *left, *right;
    uint64_t key;
};

/* NULL: none. */
struct tree_node *tree_find(struct tree_node *root, uint64_t key);
/* node->key is set and not in the tree. */
void tree_put(struct tree_node **root, struct tree_node *node);
/* Gives the node with key, taken out; NULL: none. */
struct tree_node *tree_remove(struct tree_node **root, uint64_t key);
/* The node with the least key >= key; NULL: none. */
struct tree_node *tree_at_least(struct tree_node *root, uint64_t key);

#endif
