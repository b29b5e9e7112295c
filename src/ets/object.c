/* object.c - objects: one allocation each, made from a tuple and changed in place where that is safe.
** Always: table->bytes is the sum of the sizes of all its objects that are made and not destroyed. */
#include "ets/internal.h"

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
static void write_tuple(struct ets_object *object, term tuple, bool simple)
{
    term offheap = TERM_NONE;

    if (simple)
        memcpy(object->tuple, term_boxed(tuple), object->words * sizeof *object->tuple);
    else
        (void) heap_flat_write(tuple, object->tuple, &offheap);
    if (object->boxed)
        object->tuple[object->words] = offheap;
}

/* Room for an object of words words, boxed or not; NULL without memory. */
static struct ets_object *allocate(struct memory *memory, bool in_tree, size_t words, bool boxed)
{
    struct ets_object *object, head;
    char *block;

    if (words > ETS_OBJECT_WORDS_MAX || words > SIZE_MAX / sizeof(term) - 8)
        return NULL;
    memset(&head, 0, sizeof head);
    head.words = (unsigned) words & ETS_OBJECT_WORDS_MAX;
    head.boxed = boxed;
    head.in_tree = in_tree;
    block = memory_allocate(memory, MEMORY_ETS, ets_object_size(&head));
    if (block == NULL)
        return NULL;
    object = (struct ets_object *) (void *) (block + in_tree * sizeof(struct ets_object *));
    *object = head;
    if (in_tree)
        *tree_side(object, true) = NULL;
    return object;
}

struct ets_object *ets_object_make(const struct ets_table *table, term tuple)
{
    struct heap_shared *heaps = table->room->heaps;
    size_t simple = simple_words(tuple), words = simple != 0 ? simple : heap_flat_words(heaps, tuple);
    struct ets_object *object = allocate(heaps->memory, table->type == ETS_ORDERED_SET, words,
        simple == 0);

    if (object != NULL)
        write_tuple(object, tuple, simple != 0);
    return object;
}

void ets_adopt(struct ets_table *table, struct ets_object *object)
{
    table->bytes += ets_object_size(object);
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
    if (ets_object_offheap(object) != TERM_NONE)
        heap_flat_release(ets_object_offheap(object));
    memory_free(memory, MEMORY_ETS, tree_side(object, object->in_tree), ets_object_size(object));
}

void ets_object_destroy(struct ets_table *table, struct ets_object *object)
{
    table->bytes -= ets_object_size(object);
    if (object == table->recent)
        table->recent = NULL;
#if AVM_SMP
    if (AVM_UNLIKELY(heap_is_shared(table->room->heaps)) && ets_object_offheap(object) != TERM_NONE) {
        object->next = table->left.objects;
        table->left.objects = object;
        return;
    }
#endif
    ets_object_discard(table_memory(table), object);
}

#define PAIR_WORDS 3

/* Writes tuple over object, which has the same key and nothing off the heap; false when the sizes
** differ. */
static bool overwrite(struct ets_table *table, struct ets_object *object, term tuple)
{
    struct heap_shared *heaps = table->room->heaps;
    size_t simple = simple_words(tuple);

    if (ets_object_offheap(object) != TERM_NONE || (simple == 0 && !object->boxed)
        || (simple != 0 ? simple : heap_flat_words(heaps, tuple)) != object->words)
        return false;
    write_tuple(object, tuple, simple != 0);
    if (simple == PAIR_WORDS && table->keypos == 1)
        ets_changed(table, 2);
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
            ets_replace(table, NULL, object, new);
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
    ets_replace(table, NULL, object, new);
    return true;
}
