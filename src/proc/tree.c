/* tree.c - the treap. Always: keys left of a node are smaller, right of it larger, and no child has
** a higher priority than its parent. Nothing recurses. */
#include "proc/tree.h"

/* The finisher of splitmix64: a bijection, so that equal priorities mean equal keys. */
static uint64_t priority_of(uint64_t key)
{
    key = (key ^ (key >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    key = (key ^ (key >> 27)) * UINT64_C(0x94d049bb133111eb);
    return key ^ (key >> 31);
}

struct tree_node *tree_find(struct tree_node *root, uint64_t key)
{
    while (root != NULL && root->key != key)
        root = key < root->key ? root->left : root->right;
    return root;
}

/* Parts tree into keys below key and above it. */
static void split(struct tree_node *tree, uint64_t key, struct tree_node **below,
    struct tree_node **above)
{
    while (tree != NULL) {
        if (tree->key < key) {
            *below = tree;
            below = &tree->right;
            tree = tree->right;
        } else {
            *above = tree;
            above = &tree->left;
            tree = tree->left;
        }
    }
    *below = NULL;
    *above = NULL;
}

void tree_put(struct tree_node **root, struct tree_node *node)
{
    uint64_t priority = priority_of(node->key);

    while (*root != NULL && priority_of((*root)->key) > priority)
        root = node->key < (*root)->key ? &(*root)->left : &(*root)->right;
    split(*root, node->key, &node->left, &node->right);
    *root = node;
}

struct tree_node *tree_remove(struct tree_node **root, uint64_t key)
{
    struct tree_node *node, *left, *right;

    while (*root != NULL && (*root)->key != key)
        root = key < (*root)->key ? &(*root)->left : &(*root)->right;
    node = *root;
    if (node == NULL)
        return NULL;
    left = node->left;
    right = node->right;
    while (left != NULL && right != NULL) {
        if (priority_of(left->key) > priority_of(right->key)) {
            *root = left;
            root = &left->right;
            left = left->right;
        } else {
            *root = right;
            root = &right->left;
            right = right->left;
        }
    }
    *root = left != NULL ? left : right;
    return node;
}

struct tree_node *tree_at_least(struct tree_node *root, uint64_t key)
{
    struct tree_node *best = NULL;

    while (root != NULL) {
        if (root->key >= key) {
            best = root;
            root = root->left;
        } else {
            root = root->right;
        }
    }
    return best;
}
