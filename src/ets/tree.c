/* tree.c - an AVL tree of objects by key, in the order of ==. Iterative: a path of links is the only
** stack, and ETS_TREE_DEPTH is more than any tree that fits an address space can be high.
** Always: for each object the heights of its two sides differ by at most one, and balance says how; a
** place, where it has depth, is a path of the tree as it is. */
#include "ets/internal.h"

struct path {
    struct ets_object **links[ETS_TREE_DEPTH];
    bool right[ETS_TREE_DEPTH];
    unsigned depth;
};

/* The side of at where key is; *order says how key compares. Between small integers by branches: the
** processor guesses the side and fetches the next object while the key of this one is on its way. */
static AVM_ALWAYS_INLINE struct ets_object **side_of(const struct ets_table *table, term key,
    struct ets_object *at, int *order)
{
    term other = ets_object_key(table, at);

    if (AVM_LIKELY(term_is_small(key) && term_is_small(other))) {
        if ((intptr_t) key < (intptr_t) other) {
            *order = -1;
            return tree_side(at, false);
        }
        *order = key != other;
        return tree_side(at, true);
    }
    *order = term_compare(table->room->compare, key, other);
    return tree_side(at, *order > 0);
}

/* Whether the place is at key. */
static inline bool is_placed(const struct ets_table *table, term key)
{
    const struct ets_place *place = table->place;

    return place->depth > 0
        && key_compare(table, ets_object_key(table, place->path[place->depth - 1]), key) == 0;
}

static inline void forget_path(struct ets_table *table)
{
    if (table->place != NULL)
        table->place->depth = 0;
}

/* A fold looks up each key that next gave. */
struct ets_object *ets_tree_find(const struct ets_table *table, term key)
{
    struct ets_object *at = table->root;

    if (table->place != NULL && table->place->fresh) {
        if (is_placed(table, key))
            return table->place->path[table->place->depth - 1];
        if (ets_is_alone(table))
            table->place->fresh = false;
    }
    while (at != NULL) {
        int order;
        struct ets_object **side = side_of(table, key, at, &order);

        if (order == 0)
            return at;
        at = *side;
    }
    return NULL;
}

/* Goes down to key: *link is what has it, or the empty place for it. */
static struct ets_object **descend(struct ets_table *table, term key, struct path *path)
{
    struct ets_object **link = &table->root;

    path->depth = 0;
    while (*link != NULL) {
        int order;
        struct ets_object **side = side_of(table, key, *link, &order);

        if (order == 0)
            break;
        path->links[path->depth] = link;
        path->right[path->depth++] = order > 0;
        link = side;
    }
    return link;
}

/* Turns the side that is two higher up; gives whether the height went down by one. */
static bool rotate(struct ets_object **link)
{
    struct ets_object *top = *link;
    bool right = top->balance > 0;
    int side = right ? 1 : -1;
    struct ets_object *child = *tree_side(top, right), *inner;
    bool lower = child->balance != 0;

    if (child->balance != -side) {
        *tree_side(top, right) = *tree_side(child, !right);
        *tree_side(child, !right) = top;
        top->balance = lower ? 0 : side;
        child->balance = lower ? 0 : -side;
        *link = child;
        return lower;
    }
    inner = *tree_side(child, !right);
    *tree_side(child, !right) = *tree_side(inner, right);
    *tree_side(inner, right) = child;
    *tree_side(top, right) = *tree_side(inner, !right);
    *tree_side(inner, !right) = top;
    top->balance = inner->balance == side ? -side : 0;
    child->balance = inner->balance == -side ? side : 0;
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

        (*link)->balance = balance;
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

    forget_path(table);
    if (old != NULL) {
        *tree_side(object, false) = *tree_side(old, false);
        *tree_side(object, true) = *tree_side(old, true);
        object->balance = old->balance;
        *link = object;
        return old;
    }
    *tree_side(object, false) = *tree_side(object, true) = NULL;
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

        (*link)->balance = balance;
        if (balance == 1 || balance == -1)
            return;
        if (balance != 0 && !rotate(link))
            return;
    }
}

/* The next larger object takes the place of the one at link, which has two sides. */
static void replace_by_next(struct ets_object **link, struct path *path)
{
    struct ets_object *object = *link, **at = tree_side(object, true), *next;
    unsigned place = path->depth;

    path->links[path->depth] = link;
    path->right[path->depth++] = true;
    while (*tree_side(*at, false) != NULL) {
        path->links[path->depth] = at;
        path->right[path->depth++] = false;
        at = tree_side(*at, false);
    }
    next = *at;
    *at = *tree_side(next, true);
    *tree_side(next, false) = *tree_side(object, false);
    *tree_side(next, true) = *tree_side(object, true);
    next->balance = object->balance;
    *link = next;
    if (path->depth > place + 1)
        path->links[place + 1] = tree_side(next, true);
}

struct ets_object *ets_tree_remove(struct ets_table *table, term key)
{
    struct path path;
    struct ets_object **link = descend(table, key, &path), *object = *link;

    if (object == NULL)
        return NULL;
    forget_path(table);
    if (*tree_side(object, false) != NULL && *tree_side(object, true) != NULL)
        replace_by_next(link, &path);
    else
        *link = *tree_side(object, *tree_side(object, false) == NULL);
    rebalance_after_remove(&path);
    return object;
}

/* ---- the place of a walk by keys ----------------------------------------------------------- */

#define PLACE_COUNT 16                  /* smaller tables need none */

/* NULL without memory, for a small table, and for who reads beside others. */
static struct ets_place *get_place(struct ets_table *table)
{
    if (!ets_is_alone(table))
        return NULL;
    if (table->place == NULL && table->count >= PLACE_COUNT)
        table->place = memory_allocate_zeroed(table_memory(table), MEMORY_ETS, sizeof *table->place);
    return table->place;
}

void ets_tree_forget(struct ets_table *table)
{
    memory_free(table_memory(table), MEMORY_ETS, table->place, sizeof *table->place);
    table->place = NULL;
}

static struct ets_object *push_path(struct ets_place *place, struct ets_object *at, bool right)
{
    for (; at != NULL; at = *tree_side(at, right)) {
        place->path[place->depth++] = at;
        AVM_PREFETCH(*tree_side(at, !right));
    }
    return place->depth > 0 ? place->path[place->depth - 1] : NULL;
}

/* To the object beside the place's. */
static struct ets_object *step(struct ets_place *place, bool before)
{
    struct ets_object *at = place->path[place->depth - 1], *side = *tree_side(at, !before);

    place->fresh = true;
    if (place->index != SIZE_MAX)
        place->index += before ? (size_t) -1 : 1;
    if (side != NULL)
        return push_path(place, side, before);
    while (--place->depth > 0 && *tree_side(place->path[place->depth - 1], !before) == at)
        at = place->path[place->depth - 1];
    return place->depth > 0 ? place->path[place->depth - 1] : NULL;
}

/* To the object beside key, when the tree is not empty. */
static struct ets_object *seek_beside(struct ets_table *table, struct ets_place *place, term key,
    bool before)
{
    struct ets_object **path = place->path, *at = table->root;
    unsigned depth = 0;
    int order = 0;

    while (at != NULL) {
        struct ets_object **side = side_of(table, key, at, &order);

        path[depth++] = at;
        if (order == 0)
            break;
        at = *side;
    }
    place->depth = depth;
    place->index = SIZE_MAX;
    if (order == 0 || before != (order > 0))
        return step(place, before);
    place->fresh = true;
    return place->path[place->depth - 1];
}

struct ets_object *ets_tree_beside(struct ets_table *table, term key, bool before)
{
    struct ets_object *at = table->root, *best = NULL;
    struct ets_place *place = get_place(table);

    if (at != NULL && place != NULL)
        return is_placed(table, key) ? step(place, before) : seek_beside(table, place, key, before);
    while (at != NULL) {
        int order;
        struct ets_object **side = side_of(table, key, at, &order);

        if (order == 0)
            side = tree_side(at, !before);
        else if (before == (order > 0))
            best = at;
        at = *side;
    }
    return best;
}

bool ets_has_place(const struct ets_table *table)
{
    return table->place != NULL && table->place->depth > 0;
}

bool ets_ordered_slot(struct ets_table *table, size_t index, size_t limit, struct ets_object **object)
{
    struct ets_place *place = get_place(table);

    *object = NULL;
    if (place == NULL) {
        struct ets_cursor cursor;

        if (table->count >= PLACE_COUNT)
            return false;
        ets_cursor_start(&cursor, table, false);
        do
            *object = ets_cursor_next(&cursor);
        while (index-- > 0);
        return true;
    }
    if (place->depth == 0 || place->index == SIZE_MAX) {
        place->depth = 0;
        place->index = 0;
        (void) push_path(place, table->root, false);
    }
    for (; place->index != index && limit > 0; limit--)
        (void) step(place, index < place->index);
    if (place->index == index)
        *object = place->path[place->depth - 1];
    return true;
}

struct ets_object *ets_tree_end(const struct ets_table *table, bool last)
{
    struct ets_object *at = table->root;

    while (at != NULL && *tree_side(at, last) != NULL)
        at = *tree_side(at, last);
    return at;
}

/* Rotations to the right until the root has no left side: no stack, and each object turns once. */
struct ets_object *ets_tree_pull(struct ets_table *table)
{
    struct ets_object *root = table->root, *left;

    forget_path(table);
    if (root == NULL)
        return NULL;
    while ((left = *tree_side(root, false)) != NULL) {
        *tree_side(root, false) = *tree_side(left, true);
        *tree_side(left, true) = root;
        root = left;
    }
    table->root = *tree_side(root, true);
    return root;
}

/* ---- walks ----------------------------------------------------------------------------- */

static void go_down(struct ets_cursor *cursor, struct ets_object *at)
{
    for (; at != NULL; at = *tree_side(at, cursor->backwards)) {
        cursor->path[cursor->depth++] = at;
        AVM_PREFETCH(*tree_side(at, !cursor->backwards));
    }
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
        int order;
        struct ets_object **side = side_of(table, key, at, &order);

        if (order == 0) {
            if (inclusive)
                cursor->path[cursor->depth++] = at;
            side = tree_side(at, inclusive ? backwards : !backwards);
        } else if (backwards ? order > 0 : order < 0) {
            cursor->path[cursor->depth++] = at;
        }
        at = *side;
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
        at = *tree_side(at, front != backwards);
    }
}

struct ets_object *ets_cursor_next(struct ets_cursor *cursor)
{
    struct ets_object *at;

    if (cursor->depth == 0)
        return NULL;
    at = cursor->path[--cursor->depth];
    go_down(cursor, *tree_side(at, !cursor->backwards));
    return at;
}

static bool is_place_right(const struct ets_table *table)
{
    const struct ets_place *place = table->place;
    const struct ets_object *above = NULL;
    unsigned i;

    for (i = 0; place != NULL && i < place->depth; above = place->path[i++]) {
        if (above == NULL ? place->path[i] != table->root
                          : place->path[i] != *tree_side(above, false)
                && place->path[i] != *tree_side(above, true))
            return false;
    }
    return true;
}

/* Heights by a walk with its own stack: each frame holds the height of the side already seen. */
bool ets_tree_check(const struct ets_table *table, size_t *count)
{
    struct { struct ets_object *object; int left; bool right; } stack[ETS_TREE_DEPTH];
    unsigned depth = 0;
    struct ets_object *at = table->root;
    int height = 0;

    for (*count = 0;;) {
        for (; at != NULL; at = *tree_side(at, false)) {
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
            return is_place_right(table);
        stack[depth - 1].left = height;
        stack[depth - 1].right = true;
        at = *tree_side(stack[depth - 1].object, true);
    }
}
