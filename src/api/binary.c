/* binary.c - binaries made and read by the host (term.h). Always: bytes that a caller owns are an
** off-heap binary with one count, the caller's, until a term has taken it over. */
#include "api/vm.h"

#include "data/bits.h"

/* ---- owned by the caller ----------------------------------------------------------------------- */

static struct offheap_binary *owned(const avm_binary *binary)
{
    return binary->owner;
}

bool avm_alloc_binary(avm_vm *vm, size_t size, avm_binary *binary)
{
    struct offheap_binary *made;

    vm_enter(vm);
    made = offheap_binary_create(&vm->memory, size);
    vm_leave(vm);
    if (made == NULL)
        return false;
    made->user = vm;
    *binary = (avm_binary) { size, made->data, made };
    return true;
}

/* Bytes of a term, or that a term has already, become a copy of the caller's own. */
static struct offheap_binary *copy_owned(const avm_binary *binary, size_t size)
{
    struct offheap_binary *old = owned(binary), *made = offheap_binary_create(old->memory, size);

    if (made == NULL)
        return NULL;
    made->user = old->user;
    memcpy(made->data, old->data, size < binary->size ? size : binary->size);
    offheap_binary_release(old);
    return made;
}

bool avm_realloc_binary(avm_binary *binary, size_t size)
{
    struct offheap_binary *made = owned(binary);
    struct avm_vm *vm;

    if (made == NULL)
        return false;
    vm = made->user;
    vm_enter(vm);
    made = atomic_get(&made->references) == 1 ? offheap_binary_resize(made, size)
                                              : copy_owned(binary, size);
    vm_leave(vm);
    if (made == NULL)
        return false;
    *binary = (avm_binary) { size, made->data, made };
    return true;
}

void avm_release_binary(avm_binary *binary)
{
    struct offheap_binary *gone = owned(binary);
    struct avm_vm *vm;

    if (gone == NULL)
        return;
    vm = gone->user;
    vm_enter(vm);
    offheap_binary_release(gone);
    vm_leave(vm);
    *binary = (avm_binary) { 0, NULL, NULL };
}

avm_term env_adopt_binary(struct avm_env *env, struct offheap_binary *binary, size_t size)
{
    term reference, *sub;

    atomic_put(&binary->used_bits, 8 * size);
    reference = heap_make_bin_ref(env->heap, binary);
    if (reference == TERM_NONE) {
        offheap_binary_release(binary);
        return 0;
    }
    sub = heap_allocate(env->heap, SUB_BITS_WORDS);
    if (sub == NULL)
        return 0;
    sub[0] = header_make(BOXED_SUB_BITS, SUB_BITS_WORDS - 1);
    sub[1] = reference;
    sub[2] = 0;
    sub[3] = 8 * size;
    return term_make_boxed(sub);
}

/* The caller can go on to read: data lives as long as the env's terms. */
avm_term avm_make_owned_binary(avm_env *env, avm_binary *binary)
{
    struct offheap_binary *own = owned(binary);
    avm_term made;

    if (own == NULL)
        return avm_make_binary(env, binary->data, binary->size);
    binary->owner = NULL;
    env_enter(env);
    made = env_adopt_binary(env, own, binary->size);
    env_leave(env);
    return made;
}

/* ---- terms ------------------------------------------------------------------------------------ */

uint8_t *avm_make_new_binary(avm_env *env, size_t size, avm_term *binary)
{
    uint8_t *bytes = NULL;

    env_enter(env);
    *binary = bits_make_binary(env->heap, size, &bytes);
    env_leave(env);
    return *binary == TERM_NONE ? NULL : bytes;
}

avm_term avm_make_binary(avm_env *env, const void *data, size_t size)
{
    avm_term made;

    env_enter(env);
    made = bits_make_copy(env->heap, data, size);
    env_leave(env);
    return made;
}

avm_term avm_make_sub_binary(avm_env *env, avm_term binary, size_t position, size_t size)
{
    avm_term made;
    size_t all;

    if (!term_is_binary(binary))
        return 0;
    all = term_bit_size(binary) / 8;
    if (position > all || size > all - position)
        return 0;
    env_enter(env);
    made = bits_make_sub(env->heap, binary, 8 * position, 8 * size);
    env_leave(env);
    return made;
}

/* One that does not begin at a byte is copied into the env. */
bool avm_inspect_binary(avm_env *env, avm_term t, avm_binary *binary)
{
    struct bits_view view;
    uint8_t *bytes;
    term made;

    if (!term_is_binary(t) || !bits_get_view(t, &view))
        return false;
    bytes = view.base + view.offset / 8;
    if ((view.offset & 7) != 0) {
        env_enter(env);
        made = bits_make_binary(env->heap, view.size / 8, &bytes);
        env_leave(env);
        if (made == TERM_NONE)
            return false;
        bits_copy(bytes, 0, view.base, view.offset, view.size);
    }
    *binary = (avm_binary) { view.size / 8, bytes, NULL };
    return true;
}

bool avm_inspect_iolist_as_binary(avm_env *env, avm_term t, avm_binary *binary)
{
    bool is_made;
    term made;

    if (term_is_binary(t))
        return avm_inspect_binary(env, t, binary);
    env_enter(env);
    is_made = bits_from_iodata(env->heap, t, true, &made) == DATA_OK;
    env_leave(env);
    return is_made && avm_inspect_binary(env, made, binary);
}
