/* env.c - environments, and the making of terms in them (term.h). Always: a 0, which is a term that
** could not be made, becomes no part of another. */
#include "api/vm.h"

#include "base/utf8.h"
#include "data/bits.h"
#include "data/number.h"
#include "etf/etf.h"
#include "proc/spawn.h"

#include <math.h>

avm_status avm_env_create(avm_vm *vm, avm_env **env)
{
    avm_env *made = memory_allocate(&vm->memory, MEMORY_OTHER, sizeof *made);

    if (made == NULL)
        return AVM_NO_MEMORY;
    vm_env_init(made, vm);
    *env = made;
    return AVM_OK;
}

void avm_env_clear(avm_env *env)
{
    if (env->scheduler != NULL)
        return;
    heap_deinit(env->heap);
    heap_init_env(env->heap, &env->vm->node.heaps, MEMORY_OTHER);
}

void avm_env_destroy(avm_env *env)
{
    if (env == NULL || env->scheduler != NULL)
        return;
    heap_deinit(env->heap);
    memory_free(&env->vm->memory, MEMORY_OTHER, env, sizeof *env);
}

/* ---- making ---------------------------------------------------------------------- */

avm_term avm_make_atom_len(avm_env *env, const char *name, size_t size)
{
    uint32_t index;

    if (atom_put(env->vm->node.atoms, (const uint8_t *) name, size, &index) != ATOM_OK)
        return 0;
    return term_make_atom(index);
}

avm_term avm_make_atom(avm_env *env, const char *name)
{
    return avm_make_atom_len(env, name, strlen(name));
}

bool avm_make_existing_atom(avm_env *env, const char *name, avm_term *atom)
{
    uint32_t index;

    if (!atom_find(env->vm->node.atoms, (const uint8_t *) name, strlen(name), &index))
        return false;
    *atom = term_make_atom(index);
    return true;
}

avm_term avm_make_int64(avm_env *env, int64_t value)
{
    return integer_make_int64(env->heap, value);
}

avm_term avm_make_uint64(avm_env *env, uint64_t value)
{
    return integer_make_uint64(env->heap, value);
}

avm_term avm_make_double(avm_env *env, double value)
{
    term *to = isfinite(value) ? heap_allocate(env->heap, 1 + FLOAT_WORDS) : NULL;

    return to == NULL ? 0 : term_put_float(to, value);
}

uint8_t *avm_make_new_binary(avm_env *env, size_t size, avm_term *binary)
{
    uint8_t *bytes = NULL;

    *binary = bits_make_binary(env->heap, size, &bytes);
    return *binary == TERM_NONE ? NULL : bytes;
}

avm_term avm_make_binary(avm_env *env, const void *data, size_t size)
{
    return bits_make_copy(env->heap, data, size);
}

avm_term avm_make_list_cell(avm_env *env, avm_term head, avm_term tail)
{
    term *cell = head != 0 && tail != 0 ? heap_allocate(env->heap, 2) : NULL;

    if (cell == NULL)
        return 0;
    cell[0] = head;
    cell[1] = tail;
    return term_make_cons(cell);
}

avm_term avm_make_list(avm_env *env, size_t length, const avm_term elements[])
{
    term list = TERM_NIL;

    while (length > 0 && list != 0)
        list = avm_make_list_cell(env, elements[--length], list);
    return list;
}

avm_term avm_make_string(avm_env *env, const char *text)
{
    const uint8_t *bytes = (const uint8_t *) text;
    size_t size = strlen(text), count = utf8_count(bytes, size), i;
    term *cells;

    if (count == 0)
        return TERM_NIL;
    cells = count <= HEADER_MAX_WORDS / 2 ? heap_allocate(env->heap, 2 * count) : NULL;
    if (cells == NULL)
        return 0;
    for (i = 0; i < count; i++) {
        uint32_t point = 0;

        bytes += utf8_decode(bytes, size, &point);
        cells[2 * i] = term_make_small((intptr_t) point);
        cells[2 * i + 1] = i + 1 < count ? term_make_cons(cells + 2 * i + 2) : TERM_NIL;
    }
    return term_make_cons(cells);
}

avm_term avm_make_tuple(avm_env *env, size_t arity, const avm_term elements[])
{
    term *tuple;
    size_t i;

    for (i = 0; i < arity; i++) {
        if (elements[i] == 0)
            return 0;
    }
    tuple = arity < HEADER_MAX_WORDS ? heap_allocate(env->heap, 1 + arity) : NULL;
    if (tuple == NULL)
        return 0;
    tuple[0] = header_make(BOXED_TUPLE, arity);
    if (arity > 0)
        memcpy(tuple + 1, elements, arity * sizeof *elements);
    return term_make_boxed(tuple);
}

avm_term avm_make_new_map(avm_env *env)
{
    return map_empty(env->heap);
}

bool avm_make_map_put(avm_env *env, avm_term map, avm_term key, avm_term value, avm_term *result)
{
    term made;

    if (map == 0 || key == 0 || value == 0 || !term_is_map(map)
        || map_put(&env->vm->node.compare, env->heap, map, key, value, &made) != DATA_OK)
        return false;
    *result = made;
    return true;
}

avm_term avm_make_pid(avm_env *env, avm_pid pid)
{
    (void) env;
    return pid.opaque;
}

avm_term avm_make_ref(avm_env *env)
{
    uint64_t id = atomic_add(&env->vm->node.next_reference, 1);
    term *to = heap_allocate(env->heap, REFERENCE_WORDS);

    if (to == NULL)
        return 0;
    to[0] = header_make(BOXED_REFERENCE, REFERENCE_WORDS - 1);
    memcpy(to + 1, &id, sizeof id);
    return term_make_boxed(to);
}

avm_term avm_make_copy(avm_env *env, avm_term source)
{
    return source == 0 ? 0 : heap_copy_with_literals(env->heap, source);
}
