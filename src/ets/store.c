/* store.c - what is done to a table's objects, whichever way it keeps them.
** Always: count is the number of live objects; dead ones are there only while the table is fixed, at
** most one of each key. */
#include "ets/internal.h"

static bool is_tree(const struct ets_table *table)
{
    return table->type == ETS_ORDERED_SET;
}

/* ---- finding ------------------------------------------------------------------------- */

struct ets_object *ets_next_same(const struct ets_table *table, const struct ets_object *object)
{
    struct ets_object *next;

    if (is_tree(table))
        return NULL;
    for (next = object->next; next != NULL && ets_hash_same_key(table, next, object); next = next->next) {
        if (!next->dead)
            return next;
    }
    return NULL;
}

/* A fold looks up each key that next gave. */
static inline bool is_recent(const struct ets_table *table, term key)
{
    return table->recent != NULL && ets_object_key(table, table->recent) == key && !table->recent->dead;
}

struct ets_object *ets_lookup(const struct ets_table *table, term key)
{
    struct ets_object *object;

    if (is_tree(table))
        return ets_tree_find(table, key);
    if (is_recent(table, key))
        return table->recent;
    object = *ets_hash_find(table, key, ets_hash_of(table, key));
    return object == NULL || !object->dead ? object : ets_next_same(table, object);
}

static struct ets_object *first_live(struct ets_object *object)
{
    while (object != NULL && object->dead)
        object = object->next;
    return object;
}

/* The first live object in the buckets from index on; what may come next is fetched. */
static struct ets_object *first_from(const struct ets_table *table, size_t index)
{
    while (index < table->hash.active) {
        size_t count, i;
        struct ets_object **buckets = ets_hash_piece(&table->hash, index, &count);

        for (i = 0; i < count; i++) {
            struct ets_object *object = first_live(buckets[i]);

            if (object == NULL)
                continue;
            if (i + 1 < count)
                AVM_PREFETCH(buckets[i + 1]);
            return object;
        }
        index += count;
    }
    return NULL;
}

struct ets_object *ets_end(const struct ets_table *table, bool last)
{
    return is_tree(table) ? ets_tree_end(table, last) : first_from(table, 0);
}

/* Behind all of object's key. */
static struct ets_object *behind(struct ets_table *table, struct ets_object *object)
{
    struct ets_object *at = object->next;

    while (at != NULL && ets_hash_same_key(table, at, object))
        at = at->next;
    at = first_live(at);
    if (at == NULL)
        at = first_from(table, ets_hash_bucket_index(&table->hash, object->hash) + 1);
    if (ets_is_alone(table))
        table->recent = at;
    return at;
}

struct ets_object *ets_beside(struct ets_table *table, term key, bool before, bool *found)
{
    struct ets_object *object;

    *found = true;
    if (is_tree(table))
        return ets_tree_beside(table, key, before);
    object = is_recent(table, key) ? table->recent
                                   : *ets_hash_find(table, key, ets_hash_of(table, key));
    *found = object != NULL;
    return object != NULL ? behind(table, object) : NULL;
}

size_t ets_bucket_count(const struct ets_table *table)
{
    return is_tree(table) ? 0 : table->hash.active;
}

struct ets_object *ets_bucket(const struct ets_table *table, size_t index)
{
    return *ets_hash_bucket_at(&table->hash, index);
}

/* ---- putting --------------------------------------------------------------------------- */

static bool has_equal(const struct ets_table *table, struct ets_object *run,
    const struct ets_object *object)
{
    for (; run != NULL && ets_hash_same_key(table, run, object); run = run->next) {
        if (!run->dead
            && term_equal_exact(table->room->compare, ets_object_term(run), ets_object_term(object)))
            return true;
    }
    return false;
}

/* The link to the live object of the run that begins at link, or the run's own link. */
static struct ets_object **live_link(const struct ets_table *table, struct ets_object **link)
{
    struct ets_object **at = link, *first = *link;

    while (*at != NULL && (*at)->dead && ets_hash_same_key(table, *at, first))
        at = &(*at)->next;
    return *at != NULL && !(*at)->dead && ets_hash_same_key(table, *at, first) ? at : link;
}

static void put_in_hash(struct ets_table *table, struct ets_object *object)
{
    struct ets_object **link = ets_hash_find(table, ets_object_key(table, object), object->hash), *old;

    table->recent = NULL;
    if (table->type == ETS_BAG && has_equal(table, *link, object)) {
        ets_object_destroy(table, object);
        return;
    }
    if (table->type == ETS_SET && *link != NULL) {
        link = live_link(table, link);
        old = *link;
        if (!old->dead) {
            object->next = old->next;
            *link = object;
            ets_object_destroy(table, old);
            return;
        }
    }
    object->next = *link;
    *link = object;
    table->count++;
    ets_hash_grow(table);
}

void ets_put(struct ets_table *table, struct ets_object *object)
{
    struct ets_object *old;

    if (!is_tree(table)) {
        put_in_hash(table, object);
        return;
    }
    old = ets_tree_put(table, object);
    if (old != NULL)
        ets_object_destroy(table, old);
    else
        table->count++;
}

/* The link that leads to object; looked for behind in_front, or in all of its chain. */
static struct ets_object **link_behind(const struct ets_table *table, struct ets_object *in_front,
    const struct ets_object *object)
{
    struct ets_object **link = in_front != NULL ? &in_front->next
                                                : ets_hash_bucket(&table->hash, object->hash);

    while (*link != object)
        link = &(*link)->next;
    return link;
}

static struct ets_object **link_to(const struct ets_table *table, const struct ets_object *object)
{
    return link_behind(table, NULL, object);
}

void ets_replace(struct ets_table *table, struct ets_object *in_front, struct ets_object *old,
    struct ets_object *new)
{
    if (is_tree(table)) {
        (void) ets_tree_put(table, new);
    } else {
        new->next = old->next;
        *link_behind(table, in_front, old) = new;
        table->recent = NULL;
    }
    ets_object_destroy(table, old);
}

/* ---- removing ---------------------------------------------------------------------------- */

static bool has_dead(const struct ets_table *table, const struct ets_object *object)
{
    const struct ets_object *at = *ets_hash_bucket(&table->hash, object->hash);

    for (; at != NULL; at = at->next) {
        if (at->dead && ets_hash_same_key(table, at, object))
            return true;
    }
    return false;
}

/* Removes the live object at link; gives the link to what follows it. */
static struct ets_object **kill(struct ets_table *table, struct ets_object **link)
{
    struct ets_object *object = *link;

    table->count--;
    if (table->fixes != NULL && !has_dead(table, object)) {
        object->dead = true;
        object->tuple[0] = (term) (uintptr_t) table->dead;
        table->dead = object;
        return &object->next;
    }
    *link = object->next;
    ets_object_destroy(table, object);
    return link;
}

static size_t remove_from_tree(struct ets_table *table, term key)
{
    struct ets_object *object = ets_tree_remove(table, key);

    if (object == NULL)
        return 0;
    table->count--;
    ets_object_destroy(table, object);
    return 1;
}

size_t ets_remove_key(struct ets_table *table, term key)
{
    size_t before = table->count;
    uint32_t hash;
    struct ets_object **link;

    if (is_tree(table))
        return remove_from_tree(table, key);
    hash = ets_hash_of(table, key);
    link = ets_hash_find(table, key, hash);
    while (*link != NULL && (*link)->hash == hash
        && term_equal_exact(table->room->compare, ets_object_key(table, *link), key))
        link = (*link)->dead ? &(*link)->next : kill(table, link);
    ets_hash_shrink(table);
    return before - table->count;
}

static bool is_equal(const struct ets_table *table, const struct ets_object *object, term tuple)
{
    return !object->dead
        && term_equal_exact(table->room->compare, ets_object_term(object), tuple);
}

size_t ets_remove_object(struct ets_table *table, term tuple)
{
    term key = term_tuple_element(tuple, table->keypos - 1);
    size_t before = table->count;
    struct ets_object *object, **link;

    if (is_tree(table)) {
        object = ets_tree_find(table, key);
        return object != NULL && is_equal(table, object, tuple) ? remove_from_tree(table, key) : 0;
    }
    link = ets_hash_find(table, key, ets_hash_of(table, key));
    while (*link != NULL)
        link = is_equal(table, *link, tuple) ? kill(table, link) : &(*link)->next;
    ets_hash_shrink(table);
    return before - table->count;
}

void ets_remove(struct ets_table *table, struct ets_object *in_front, struct ets_object *object)
{
    if (is_tree(table)) {
        (void) remove_from_tree(table, ets_object_key(table, object));
        return;
    }
    (void) kill(table, link_behind(table, in_front, object));
    ets_hash_shrink(table);
}

void ets_remove_wholly(struct ets_table *table, struct ets_object *in_front, struct ets_object *object)
{
    if (is_tree(table)) {
        (void) remove_from_tree(table, ets_object_key(table, object));
        return;
    }
    table->count--;
    *link_behind(table, in_front, object) = object->next;
    ets_object_destroy(table, object);
}

void ets_store_kill(struct ets_table *table, struct ets_object *object)
{
    (void) kill(table, link_to(table, object));
}

bool ets_store_kill_bucket(struct ets_table *table, size_t index, size_t *limit)
{
    struct ets_object **link = ets_hash_bucket_at(&table->hash, index);

    while (*link != NULL && *limit > 0) {
        if ((*link)->dead) {
            link = &(*link)->next;
        } else {
            link = kill(table, link);
            --*limit;
        }
    }
    return *link == NULL;
}

void ets_remove_all(struct ets_table *table)
{
    size_t index, all = SIZE_MAX;

    if (is_tree(table)) {
        (void) ets_store_free(table, SIZE_MAX);
        return;
    }
    for (index = 0; index < table->hash.active; index++)
        (void) ets_store_kill_bucket(table, index, &all);
    while (table->fixes == NULL && table->hash.segment_count > 1)
        ets_hash_shrink(table);
}

bool ets_store_purge(struct ets_table *table, size_t *limit)
{
    for (; table->dead != NULL && *limit > 0; --*limit) {
        struct ets_object *object = table->dead, **link = link_to(table, object);

        table->dead = (struct ets_object *) object->tuple[0];
        *link = object->next;
        ets_object_destroy(table, object);
        table->purged = true;
    }
    return table->dead == NULL;
}

void ets_store_settle(struct ets_table *table)
{
    if (!is_tree(table)) {
        ets_hash_shrink(table);
        ets_hash_grow(table);
    }
}

static bool free_tree(struct ets_table *table, size_t limit)
{
    struct ets_object *object;

    while (limit-- > 0) {
        object = ets_tree_pull(table);
        if (object == NULL) {
            table->count = 0;
            return true;
        }
        ets_object_destroy(table, object);
    }
    return false;
}

bool ets_store_free(struct ets_table *table, size_t limit)
{
    struct ets_hash *hash = &table->hash;

    if (is_tree(table))
        return free_tree(table, limit);
    table->dead = NULL;
    while (hash->active > 0) {
        struct ets_object **link = ets_hash_bucket_at(hash, hash->active - 1), *object = *link;

        if (object == NULL) {
            hash->active--;
            continue;
        }
        if (limit-- == 0)
            return false;
        *link = object->next;
        ets_object_destroy(table, object);
    }
    return true;
}

/* ---- what must hold ------------------------------------------------------------------------- */

static const char *check_chain(const struct ets_table *table, size_t index, size_t *live)
{
    const struct ets_object *at = ets_bucket(table, index), *later;

    for (; at != NULL; at = at->next) {
        *live += !at->dead;
        if (at->dead && table->fixes == NULL)
            return "a dead object in a table that is not fixed";
        if (ets_hash_bucket_index(&table->hash, at->hash) != index)
            return "an object in the wrong bucket";
        if (at->next == NULL || ets_hash_same_key(table, at, at->next))
            continue;
        for (later = at->next; later != NULL; later = later->next) {
            if (ets_hash_same_key(table, at, later))
                return "objects of one key apart";
        }
    }
    return NULL;
}

const char *ets_check(const struct ets_table *table)
{
    size_t count = 0, index;
    const char *wrong = NULL;

    if (is_tree(table))
        return !ets_tree_check(table, &count) ? "tree out of balance"
            : count != table->count ? "count of objects" : NULL;
    for (index = 0; index < table->hash.active && wrong == NULL; index++)
        wrong = check_chain(table, index, &count);
    return wrong != NULL ? wrong : count != table->count ? "count of objects" : NULL;
}
