/* object.c - objects: one allocation each, made from a tuple and changed in place where that is safe.
** Always: table->bytes is the sum of the sizes of all its objects that are made and not destroyed. */
#include "ets/internal.h"

static void forget_bytes(struct ets_table *table, const struct ets_object *object)
{
    table->bytes -= object_size(object->words);
}

/* Words of a tuple that holds immediates only, which is copied as it is; 0: it holds others. Most objects
** of counters and indexes are such. */
static size_t simple_words(term tuple)
{
    const term *words = term_boxed(tuple);
    size_t arity = header_words(words[0]), i;

    for (i = 1; i <= arity; i++) {
        if (!term_is_immediate(words[i]))
            return 0;
    }
    return 1 + arity;
}

/* What tuple holds, at the object's words. */
static void write_tuple(struct ets_object *object, term tuple, size_t simple)
{
    if (simple == 0) {
        (void) heap_flat_write(tuple, object->tuple, &object->offheap);
        return;
    }
    memcpy(object->tuple, term_boxed(tuple), simple * sizeof *object->tuple);
    object->offheap = TERM_NONE;
}

struct ets_object *ets_object_make(const struct ets_table *table, term tuple)
{
    struct heap_shared *heaps = table->room->heaps;
    size_t simple = simple_words(tuple), words = simple != 0 ? simple : heap_flat_words(heaps, tuple);
    struct ets_object *object;

    if (words > UINT32_MAX || words > (SIZE_MAX - sizeof *object) / sizeof(term))
        return NULL;
    object = memory_allocate(heaps->memory, MEMORY_ETS, object_size(words));
    if (object == NULL)
        return NULL;
    object->child[0] = object->child[1] = NULL;
    object->words = (uint32_t) words;
    object->balance = 0;
    object->dead = false;
    write_tuple(object, tuple, simple);
    return object;
}

void ets_adopt(struct ets_table *table, struct ets_object *object)
{
    table->bytes += object_size(object->words);
    if (table->type != ETS_ORDERED_SET && header_words(object->tuple[0]) >= table->keypos)
        object->hash = ets_hash_of(table, ets_object_key(table, object));
}

struct ets_object *ets_object_create(struct ets_table *table, term tuple)
{
    struct ets_object *object = ets_object_make(table, tuple);

    if (object != NULL)
        ets_adopt(table, object);
    return object;
}

void ets_object_discard(struct memory *memory, struct ets_object *object)
{
    if (object->offheap != TERM_NONE)
        heap_flat_release(object->offheap);
    memory_free(memory, MEMORY_ETS, object, object_size(object->words));
}

void ets_object_destroy(struct ets_table *table, struct ets_object *object)
{
    forget_bytes(table, object);
    ets_object_discard(table_memory(table), object);
}

/* Writes tuple over object, which has the same key and nothing off the heap; false when the sizes
** differ. */
static bool overwrite(struct ets_table *table, struct ets_object *object, term tuple)
{
    struct heap_shared *heaps = table->room->heaps;
    size_t simple = simple_words(tuple);

    if (object->offheap != TERM_NONE
        || (simple != 0 ? simple : heap_flat_words(heaps, tuple)) != object->words)
        return false;
    write_tuple(object, tuple, simple);
    return true;
}

bool ets_insert(struct ets_table *table, term tuple)
{
    struct ets_object *object;

    if (table->type == ETS_SET || table->type == ETS_ORDERED_SET) {
        object = ets_lookup(table, term_tuple_element(tuple, table->keypos - 1));
        if (object != NULL) {
            struct ets_object *new;

            if (overwrite(table, object, tuple))
                return true;
            new = ets_object_create(table, tuple);
            if (new == NULL)
                return false;
            ets_replace(table, object, new);
            return true;
        }
    }
    object = ets_object_create(table, tuple);
    if (object == NULL)
        return false;
    ets_put(table, object);
    return true;
}

/* True when words differ from the object only where both have immediates. */
static bool fits_in_place(const struct ets_object *object, const term *words)
{
    size_t arity = header_words(words[0]), i;

    if (words[0] != object->tuple[0])
        return false;
    for (i = 1; i <= arity; i++) {
        if (words[i] != object->tuple[i]
            && !(term_is_immediate(words[i]) && term_is_immediate(object->tuple[i])))
            return false;
    }
    return true;
}

bool ets_rewrite(struct ets_table *table, struct ets_object *object, const term *words)
{
    struct ets_object *new;

    if (fits_in_place(object, words)) {
        memcpy(object->tuple, words, (1 + header_words(words[0])) * sizeof *words);
        return true;
    }
    new = ets_object_create(table, term_make_boxed(words));
    if (new == NULL)
        return false;
    ets_replace(table, object, new);
    return true;
}
