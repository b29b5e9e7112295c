/* env.c - environments, and the making of terms in them (term.h). Always: a 0, which is a term that
** could not be made, becomes no part of another. */
#include "api/vm.h"

#include "base/utf8.h"
#include "data/list.h"
#include "data/number.h"

#include <math.h>

avm_status avm_env_create(avm_vm *vm, avm_env **env)
{
    avm_env *made;

    vm_enter(vm);
    made = memory_allocate(&vm->memory, MEMORY_OTHER, sizeof *made);
    vm_leave(vm);
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
    vm_enter(env->vm);
    heap_deinit(env->heap);
    heap_init_env(env->heap, &env->vm->node.heaps, MEMORY_OTHER);
    vm_leave(env->vm);
}

void avm_env_destroy(avm_env *env)
{
    struct avm_vm *vm;

    if (env == NULL || env->scheduler != NULL)
        return;
    vm = env->vm;
    vm_enter(vm);
    heap_deinit(env->heap);
    memory_free(&vm->memory, MEMORY_OTHER, env, sizeof *env);
    vm_leave(vm);
}

/* ---- making ---------------------------------------------------------------------- */

/* Words on the env's heap; NULL without memory. */
static term *allocate(avm_env *env, size_t words)
{
    term *made;

    env_enter(env);
    made = heap_allocate(env->heap, words);
    env_leave(env);
    return made;
}

avm_term avm_make_atom_encoded(avm_env *env, const char *name, size_t size, avm_encoding encoding,
    bool must_exist)
{
    const uint8_t *text = (const uint8_t *) name;
    uint8_t wide[2 * ATOM_MAX_CHARACTERS];
    uint32_t index;
    bool is_there;

    if (encoding == AVM_LATIN1) {
        size_t at, used = 0;

        for (at = 0; at < size && at < ATOM_MAX_CHARACTERS; at++)
            used += utf8_encode(text[at], wide + used);
        if (at < size)
            return 0;
        text = wide;
        size = used;
    }
    env_enter(env);
    is_there = must_exist ? atom_find(env->vm->node.atoms, text, size, &index)
                          : atom_put(env->vm->node.atoms, text, size, &index) == ATOM_OK;
    env_leave(env);
    return is_there ? term_make_atom(index) : 0;
}

avm_term avm_make_atom_len(avm_env *env, const char *name, size_t size)
{
    return avm_make_atom_encoded(env, name, size, AVM_UTF8, false);
}

avm_term avm_make_atom(avm_env *env, const char *name)
{
    return avm_make_atom_len(env, name, strlen(name));
}

bool avm_make_existing_atom(avm_env *env, const char *name, avm_term *atom)
{
    term found = avm_make_atom_encoded(env, name, strlen(name), AVM_UTF8, true);

    if (found == 0)
        return false;
    *atom = found;
    return true;
}

avm_term avm_make_int64(avm_env *env, int64_t value)
{
    avm_term made;

    if (small_fits(value))
        return term_make_small((intptr_t) value);
    env_enter(env);
    made = integer_make_int64(env->heap, value);
    env_leave(env);
    return made;
}

avm_term avm_make_uint64(avm_env *env, uint64_t value)
{
    avm_term made;

    if (value <= (uint64_t) SMALL_MAX)
        return term_make_small((intptr_t) value);
    env_enter(env);
    made = integer_make_uint64(env->heap, value);
    env_leave(env);
    return made;
}

avm_term avm_make_double(avm_env *env, double value)
{
    term *to = isfinite(value) ? allocate(env, 1 + FLOAT_WORDS) : NULL;

    return to == NULL ? 0 : term_put_float(to, value);
}

avm_term avm_make_list_cell(avm_env *env, avm_term head, avm_term tail)
{
    term *cell = head != 0 && tail != 0 ? allocate(env, 2) : NULL;

    if (cell == NULL)
        return 0;
    cell[0] = head;
    cell[1] = tail;
    return term_make_cons(cell);
}

avm_term avm_make_list(avm_env *env, size_t length, const avm_term elements[])
{
    term *cells;
    size_t i;

    if (length == 0)
        return TERM_NIL;
    for (i = 0; i < length; i++)
        if (elements[i] == 0)
            return 0;
    cells = length <= HEADER_MAX_WORDS / 2 ? allocate(env, 2 * length) : NULL;
    if (cells == NULL)
        return 0;
    for (i = 0; i < length; i++) {
        cells[2 * i] = elements[i];
        cells[2 * i + 1] = i + 1 < length ? term_make_cons(cells + 2 * i + 2) : TERM_NIL;
    }
    return term_make_cons(cells);
}

bool avm_make_reverse_list(avm_env *env, avm_term list, avm_term *result)
{
    size_t length;
    term made;

    if (!avm_get_list_length(env, list, &length))
        return false;
    env_enter(env);
    made = list_reverse_onto(env->heap, list, TERM_NIL);
    env_leave(env);
    if (made == TERM_NONE)
        return false;
    *result = made;
    return true;
}

avm_term avm_make_string_len(avm_env *env, const char *text, size_t size, avm_encoding encoding)
{
    const uint8_t *bytes = (const uint8_t *) text;
    size_t count = encoding == AVM_LATIN1 ? size : utf8_count(bytes, size), i;
    const uint8_t *end = bytes + size;
    term *cells;

    if (count == 0)
        return TERM_NIL;
    cells = count <= HEADER_MAX_WORDS / 2 ? allocate(env, 2 * count) : NULL;
    if (cells == NULL)
        return 0;
    for (i = 0; i < count; i++) {
        uint32_t point = *bytes;

        bytes += encoding == AVM_LATIN1 ? 1 : utf8_decode(bytes, (size_t) (end - bytes), &point);
        cells[2 * i] = term_make_small((intptr_t) point);
        cells[2 * i + 1] = i + 1 < count ? term_make_cons(cells + 2 * i + 2) : TERM_NIL;
    }
    return term_make_cons(cells);
}

avm_term avm_make_string(avm_env *env, const char *text)
{
    return avm_make_string_len(env, text, strlen(text), AVM_UTF8);
}

avm_term avm_make_tuple(avm_env *env, size_t arity, const avm_term elements[])
{
    term *tuple;
    size_t i;

    for (i = 0; i < arity; i++) {
        if (elements[i] == 0)
            return 0;
    }
    tuple = arity < HEADER_MAX_WORDS ? allocate(env, 1 + arity) : NULL;
    if (tuple == NULL)
        return 0;
    tuple[0] = header_make(BOXED_TUPLE, arity);
    if (arity > 0)
        memcpy(tuple + 1, elements, arity * sizeof *elements);
    return term_make_boxed(tuple);
}

avm_term avm_make_pid(avm_env *env, avm_pid pid)
{
    (void) env;
    return pid.pid;
}

avm_term env_make_reference(struct avm_env *env, uint64_t id)
{
    term *to = allocate(env, REFERENCE_WORDS);

    if (to == NULL)
        return 0;
    to[0] = header_make(BOXED_REFERENCE, REFERENCE_WORDS - 1);
    memcpy(to + 1, &id, sizeof id);
    return term_make_boxed(to);
}

avm_term avm_make_ref(avm_env *env)
{
    uint64_t id;

    env_enter(env);
    id = node_next_reference(&env->vm->node);
    env_leave(env);
    return env_make_reference(env, id);
}

avm_term avm_make_unique_integer(avm_env *env, unsigned properties)
{
    int64_t value;

    env_enter(env);
    value = (int64_t) atomic_add(&env->vm->node.next_unique, 1);
    env_leave(env);
    return avm_make_int64(env, (properties & AVM_UNIQUE_POSITIVE) ? value + 1 : value);
}

avm_term avm_make_copy(avm_env *env, avm_term source)
{
    avm_term made;

    if (source == 0 || term_is_immediate(source))
        return source;
    env_enter(env);
    made = heap_copy_with_literals(env->heap, source);
    env_leave(env);
    return made;
}
