/* tree.c - an AVL tree of objects by key, in the order of ==. Iterative: a path of links is the only
** stack, and ETS_TREE_DEPTH is more than any tree that fits an address space can be high.
** Always: for each object the heights of its two sides differ by at most one, and balance says how. */
#include "ets/internal.h"

struct path {
    struct ets_object **links[ETS_TREE_DEPTH];
    bool right[ETS_TREE_DEPTH];
    unsigned depth;
};

struct ets_object *ets_tree_find(const struct ets_table *table, term key)
{
    struct ets_object *at = table->root;

    while (at != NULL) {
        int order = key_compare(table, key, ets_object_key(table, at));

        if (order == 0)
            return at;
        at = at->child[order > 0];
    }
    return NULL;
}

/* Goes down to key: *link is what has it, or the empty place for it. */
static struct ets_object **descend(struct ets_table *table, term key, struct path *path)
{
    struct ets_object **link = &table->root;

    path->depth = 0;
    while (*link != NULL) {
        int order = key_compare(table, key, ets_object_key(table, *link));

        if (order == 0)
            break;
        path->links[path->depth] = link;
        path->right[path->depth++] = order > 0;
        link = &(*link)->child[order > 0];
    }
    return link;
}

/* Turns the side that is two higher up; gives whether the height went down by one. */
static bool rotate(struct ets_object **link)
{
    struct ets_object *top = *link;
    bool right = top->balance > 0;
    int side = right ? 1 : -1;
    struct ets_object *child = top->child[right], *inner;
    bool lower = child->balance != 0;

    if (child->balance != -side) {
        top->child[right] = child->child[!right];
        child->child[!right] = top;
        top->balance = (int8_t) (lower ? 0 : side);
        child->balance = (int8_t) (lower ? 0 : -side);
        *link = child;
        return lower;
    }
    inner = child->child[!right];
    child->child[!right] = inner->child[right];
    inner->child[right] = child;
    top->child[right] = inner->child[!right];
    inner->child[!right] = top;
    top->balance = (int8_t) (inner->balance == side ? -side : 0);
    child->balance = (int8_t) (inner->balance == -side ? side : 0);
    inner->balance = 0;
    *link = inner;
    return true;
}

static void rebalance_after_put(struct path *path)
{
    while (path->depth > 0) {
        struct ets_object **link = path->links[--path->depth];
        int step = path->right[path->depth] ? 1 : -1;
        int balance = (*link)->balance + step;

        (*link)->balance = (int8_t) balance;
        if (balance == 0)
            return;
        if (balance == 2 || balance == -2) {
            (void) rotate(link);
            return;
        }
    }
}

struct ets_object *ets_tree_put(struct ets_table *table, struct ets_object *object)
{
    struct path path;
    struct ets_object **link = descend(table, ets_object_key(table, object), &path), *old = *link;

    if (old != NULL) {
        object->child[0] = old->child[0];
        object->child[1] = old->child[1];
        object->balance = old->balance;
        *link = object;
        return old;
    }
    object->child[0] = object->child[1] = NULL;
    object->balance = 0;
    *link = object;
    rebalance_after_put(&path);
    return NULL;
}

static void rebalance_after_remove(struct path *path)
{
    while (path->depth > 0) {
        struct ets_object **link = path->links[--path->depth];
        int step = path->right[path->depth] ? -1 : 1;
        int balance = (*link)->balance + step;

        (*link)->balance = (int8_t) balance;
        if (balance == 1 || balance == -1)
            return;
        if (balance != 0 && !rotate(link))
            return;
    }
}

/* The next larger object takes the place of the one at link, which has two sides. */
static void replace_by_next(struct ets_object **link, struct path *path)
{
    struct ets_object *object = *link, **at = &object->child[1], *next;
    unsigned place = path->depth;

    path->links[path->depth] = link;
    path->right[path->depth++] = true;
    while ((*at)->child[0] != NULL) {
        path->links[path->depth] = at;
        path->right[path->depth++] = false;
        at = &(*at)->child[0];
    }
    next = *at;
    *at = next->child[1];
    next->child[0] = object->child[0];
    next->child[1] = object->child[1];
    next->balance = object->balance;
    *link = next;
    if (path->depth > place + 1)
        path->links[place + 1] = &next->child[1];
}

struct ets_object *ets_tree_remove(struct ets_table *table, term key)
{
    struct path path;
    struct ets_object **link = descend(table, key, &path), *object = *link;

    if (object == NULL)
        return NULL;
    if (object->child[0] != NULL && object->child[1] != NULL)
        replace_by_next(link, &path);
    else
        *link = object->child[object->child[0] == NULL];
    rebalance_after_remove(&path);
    return object;
}

struct ets_object *ets_tree_beside(const struct ets_table *table, term key, bool before)
{
    struct ets_object *at = table->root, *best = NULL;

    while (at != NULL) {
        int order = key_compare(table, ets_object_key(table, at), key);

        if (before ? order < 0 : order > 0) {
            best = at;
            at = at->child[before];
        } else {
            at = at->child[!before];
        }
    }
    return best;
}

struct ets_object *ets_tree_end(const struct ets_table *table, bool last)
{
    struct ets_object *at = table->root;

    while (at != NULL && at->child[last] != NULL)
        at = at->child[last];
    return at;
}

/* Rotations to the right until the root has no left side: no stack, and each object turns once. */
struct ets_object *ets_tree_pull(struct ets_table *table)
{
    struct ets_object *root = table->root, *left;

    if (root == NULL)
        return NULL;
    while ((left = root->child[0]) != NULL) {
        root->child[0] = left->child[1];
        left->child[1] = root;
        root = left;
    }
    table->root = root->child[1];
    return root;
}

/* ---- walks ----------------------------------------------------------------------------- */

static void go_down(struct ets_cursor *cursor, struct ets_object *at)
{
    for (; at != NULL; at = at->child[cursor->backwards])
        cursor->path[cursor->depth++] = at;
}

void ets_cursor_start(struct ets_cursor *cursor, const struct ets_table *table, bool backwards)
{
    cursor->depth = 0;
    cursor->backwards = backwards;
    go_down(cursor, table->root);
}

void ets_cursor_seek(struct ets_cursor *cursor, const struct ets_table *table, term key,
    bool backwards, bool inclusive)
{
    struct ets_object *at = table->root;

    cursor->depth = 0;
    cursor->backwards = backwards;
    while (at != NULL) {
        int order = key_compare(table, ets_object_key(table, at), key);

        if ((order == 0 && inclusive) || (backwards ? order < 0 : order > 0)) {
            cursor->path[cursor->depth++] = at;
            at = at->child[backwards];
        } else {
            at = at->child[!backwards];
        }
    }
}

void ets_cursor_search(struct ets_cursor *cursor, const struct ets_table *table,
    bool (*is_in_front)(void *user, term key), void *user, bool backwards)
{
    struct ets_object *at = table->root;

    cursor->depth = 0;
    cursor->backwards = backwards;
    while (at != NULL) {
        bool front = is_in_front(user, ets_object_key(table, at));

        if (!front)
            cursor->path[cursor->depth++] = at;
        at = at->child[front != backwards];
    }
}

struct ets_object *ets_cursor_next(struct ets_cursor *cursor)
{
    struct ets_object *at;

    if (cursor->depth == 0)
        return NULL;
    at = cursor->path[--cursor->depth];
    go_down(cursor, at->child[!cursor->backwards]);
    return at;
}

/* Heights by a walk with its own stack: each frame holds the height of the side already seen. */
bool ets_tree_check(const struct ets_table *table, size_t *count)
{
    struct { struct ets_object *object; int left; bool right; } stack[ETS_TREE_DEPTH];
    unsigned depth = 0;
    struct ets_object *at = table->root;
    int height = 0;

    for (*count = 0;;) {
        for (; at != NULL; at = at->child[0]) {
            if (depth == ETS_TREE_DEPTH)
                return false;
            stack[depth].object = at;
            stack[depth++].right = false;
            ++*count;
        }
        height = 0;
        while (depth > 0 && stack[depth - 1].right) {
            int left = stack[--depth].left;

            if (stack[depth].object->balance != height - left || height - left > 1
                || left - height > 1)
                return false;
            height = 1 + (height > left ? height : left);
        }
        if (depth == 0)
            return true;
        stack[depth - 1].left = height;
        stack[depth - 1].right = true;
        at = stack[depth - 1].object->child[1];
    }
}
