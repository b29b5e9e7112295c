/* map.c - maps made and read by the host (term.h). */
#include "api/vm.h"

avm_term avm_make_new_map(avm_env *env)
{
    avm_term made;

    env_enter(env);
    made = map_empty(env->heap);
    env_leave(env);
    return made;
}

static bool finish(avm_env *env, enum data_status status, const term *made, avm_term *result)
{
    env_leave(env);
    if (status != DATA_OK)
        return false;
    *result = *made;
    return true;
}

bool avm_make_map_put(avm_env *env, avm_term map, avm_term key, avm_term value, avm_term *result)
{
    term made = TERM_NONE;

    if (map == 0 || key == 0 || value == 0 || !term_is_map(map))
        return false;
    env_enter(env);
    return finish(env, map_put(&env->vm->node.compare, env->heap, map, key, value, &made), &made,
        result);
}

bool avm_make_map_update(avm_env *env, avm_term map, avm_term key, avm_term value,
    avm_term *result)
{
    term made = TERM_NONE;

    if (map == 0 || key == 0 || value == 0 || !term_is_map(map))
        return false;
    env_enter(env);
    return finish(env, map_update(&env->vm->node.compare, env->heap, map, key, value, &made), &made,
        result);
}

bool avm_make_map_remove(avm_env *env, avm_term map, avm_term key, avm_term *result)
{
    term made = TERM_NONE;

    if (map == 0 || key == 0 || !term_is_map(map))
        return false;
    env_enter(env);
    return finish(env, map_remove(&env->vm->node.compare, env->heap, map, key, &made, NULL), &made,
        result);
}

static enum data_status from_pairs(avm_env *env, term *pairs, const avm_term keys[],
    const avm_term values[], size_t count, term *made)
{
    enum data_status status;
    size_t i;

    for (i = 0; i < count; i++) {
        pairs[2 * i] = keys[i];
        pairs[2 * i + 1] = values[i];
    }
    *made = map_empty(env->heap);
    if (*made == TERM_NONE)
        return DATA_NO_MEMORY;
    status = map_put_pairs(&env->vm->node.compare, env->heap, *made, pairs, count, false, made);
    return status == DATA_OK && term_map_size(*made) != count ? DATA_BAD_ARGUMENT : status;
}

bool avm_make_map_from_arrays(avm_env *env, const avm_term keys[], const avm_term values[],
    size_t count, avm_term *result)
{
    enum data_status status = DATA_NO_MEMORY;
    struct memory *memory = &env->vm->memory;
    term made = TERM_NONE, *pairs;
    size_t size;

    if (count == 0) {
        made = avm_make_new_map(env);
        *result = made != 0 ? made : *result;
        return made != 0;
    }
    if (!size_multiply(2 * sizeof *pairs, count, &size))
        return false;
    env_enter(env);
    pairs = memory_allocate(memory, MEMORY_OTHER, size);
    if (pairs != NULL) {
        status = from_pairs(env, pairs, keys, values, count, &made);
        memory_free(memory, MEMORY_OTHER, pairs, size);
    }
    return finish(env, status, &made, result);
}

bool avm_get_map_size(avm_env *env, avm_term map, size_t *size)
{
    (void) env;
    if (!term_is_map(map))
        return false;
    *size = term_map_size(map);
    return true;
}

bool avm_get_map_value(avm_env *env, avm_term map, avm_term key, avm_term *value)
{
    term found = TERM_NONE;

    if (term_is_map(map)) {
        env_enter(env);
        found = map_get(&env->vm->node.compare, map, key);
        env_leave(env);
    }
    if (found == TERM_NONE)
        return false;
    *value = found;
    return true;
}

/* ---- walking ---------------------------------------------------------------------------- */

static size_t pairs_size(const avm_map_iterator *iterator)
{
    return 2 * iterator->size * sizeof *iterator->pairs;
}

bool avm_map_iterator_create(avm_env *env, avm_term map, avm_map_iterator *iterator, bool at_last)
{
    struct map_iterator walk;
    term *to;

    if (map == 0 || !term_is_map(map))
        return false;
    iterator->size = term_map_size(map);
    iterator->place = at_last ? iterator->size : 1;
    iterator->pairs = NULL;
    if (iterator->size == 0)
        return true;
    env_enter(env);
    to = iterator->pairs = memory_allocate(&env->vm->memory, MEMORY_OTHER, pairs_size(iterator));
    env_leave(env);
    if (to == NULL)
        return false;
    for (map_iterator_init(&walk, map); map_iterator_next(&walk, &to[0], &to[1]); to += 2) {
    }
    return true;
}

void avm_map_iterator_destroy(avm_env *env, avm_map_iterator *iterator)
{
    env_enter(env);
    memory_free(&env->vm->memory, MEMORY_OTHER, iterator->pairs, pairs_size(iterator));
    env_leave(env);
    iterator->pairs = NULL;
}

bool avm_map_iterator_next(avm_env *env, avm_map_iterator *iterator)
{
    (void) env;
    if (iterator->place <= iterator->size)
        iterator->place++;
    return iterator->place <= iterator->size;
}

bool avm_map_iterator_prev(avm_env *env, avm_map_iterator *iterator)
{
    (void) env;
    if (iterator->place > 0)
        iterator->place--;
    return iterator->place > 0;
}

bool avm_map_iterator_get_pair(avm_env *env, avm_map_iterator *iterator, avm_term *key,
    avm_term *value)
{
    (void) env;
    if (iterator->place == 0 || iterator->place > iterator->size)
        return false;
    *key = iterator->pairs[2 * iterator->place - 2];
    *value = iterator->pairs[2 * iterator->place - 1];
    return true;
}
