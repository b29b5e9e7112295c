/* read.c - the reading of terms by the host (term.h). */
#include "api/vm.h"

#include "data/bits.h"
#include "data/number.h"
#include "data/print.h"
#include "etf/etf.h"

avm_type avm_term_type(avm_env *env, avm_term t)
{
    (void) env;
    return term_is_atom(t) ? AVM_ATOM
        : term_is_integer(t) ? AVM_INTEGER
        : term_is_float(t)   ? AVM_FLOAT
        : term_is_list(t)    ? AVM_LIST
        : term_is_tuple(t)   ? AVM_TUPLE
        : term_is_map(t)     ? AVM_MAP
        : term_is_pid(t)     ? AVM_PID
        : term_is_port(t)    ? AVM_PORT
        : term_is_fun(t)     ? AVM_FUN
        : term_is_reference(t) ? AVM_REFERENCE
                               : AVM_BITSTRING;
}

#define IS_TYPE(name, test)                          \
    bool avm_is_##name(avm_env *env, avm_term t)     \
    {                                                \
        (void) env;                                  \
        return test;                                 \
    }
IS_TYPE(atom, term_is_atom(t))
IS_TYPE(binary, term_is_binary(t))
IS_TYPE(list, term_is_list(t))
IS_TYPE(empty_list, term_is_nil(t))
IS_TYPE(tuple, term_is_tuple(t))
IS_TYPE(map, term_is_map(t))
IS_TYPE(pid, term_is_pid(t))
IS_TYPE(ref, term_is_reference(t))
IS_TYPE(fun, term_is_fun(t))

bool avm_get_int64(avm_env *env, avm_term t, int64_t *value)
{
    (void) env;
    return integer_get_int64(t, value);
}

bool avm_get_uint64(avm_env *env, avm_term t, uint64_t *value)
{
    (void) env;
    return integer_get_uint64(t, value);
}

bool avm_get_double(avm_env *env, avm_term t, double *value)
{
    (void) env;
    if (!term_is_float(t))
        return false;
    *value = term_float(t);
    return true;
}

size_t avm_get_atom(avm_env *env, avm_term t, char *buffer, size_t size)
{
    const uint8_t *text;
    size_t length;

    if (!term_is_atom(t))
        return 0;
    text = atom_text(env->vm->node.atoms, term_atom_index(t), &length);
    if (length >= size)
        return 0;
    memcpy(buffer, text, length);
    buffer[length] = '\0';
    return length + 1;
}

bool avm_get_list_cell(avm_env *env, avm_term list, avm_term *head, avm_term *tail)
{
    (void) env;
    if (!term_is_cons(list))
        return false;
    *head = term_head(list);
    *tail = term_tail(list);
    return true;
}

bool avm_get_list_length(avm_env *env, avm_term list, size_t *length)
{
    size_t count = 0;

    (void) env;
    for (; term_is_cons(list); list = term_tail(list))
        count++;
    if (!term_is_nil(list))
        return false;
    *length = count;
    return true;
}

bool avm_get_tuple(avm_env *env, avm_term tuple, size_t *arity, const avm_term **elements)
{
    (void) env;
    if (!term_is_tuple(tuple))
        return false;
    *arity = term_tuple_arity(tuple);
    *elements = term_tuple_elements(tuple);
    return true;
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
    term found = term_is_map(map) ? map_get(&env->vm->node.compare, map, key) : TERM_NONE;

    if (found == TERM_NONE)
        return false;
    *value = found;
    return true;
}

bool avm_get_local_pid(avm_env *env, avm_term t, avm_pid *pid)
{
    (void) env;
    if (!term_is_local_pid(t))
        return false;
    pid->opaque = t;
    return true;
}

/* A binary that does not begin at a byte is copied into the env. */
bool avm_inspect_binary(avm_env *env, avm_term t, avm_binary *binary)
{
    struct bits_view view;
    uint8_t *bytes;

    if (!term_is_binary(t) || !bits_get_view(t, &view))
        return false;
    if ((view.offset & 7) != 0) {
        if (bits_make_binary(env->heap, view.size / 8, &bytes) == TERM_NONE)
            return false;
        bits_copy(bytes, 0, view.base, view.offset, view.size);
        binary->data = bytes;
    } else {
        binary->data = view.base + view.offset / 8;
    }
    binary->size = view.size / 8;
    return true;
}

bool avm_inspect_iolist_as_binary(avm_env *env, avm_term t, avm_binary *binary)
{
    term made;

    if (term_is_binary(t))
        return avm_inspect_binary(env, t, binary);
    return bits_from_iodata(env->heap, t, true, &made) == DATA_OK
        && avm_inspect_binary(env, made, binary);
}

/* Has no env, so its walk has no memory either: compare's bounded way serves. */
bool avm_is_identical(avm_term left, avm_term right)
{
    struct memory none;
    struct compare_context context = { &none, NULL };

    memory_init(&none, NULL, NULL, 1);
    return term_equal_exact(&context, left, right);
}

int avm_compare(avm_env *env, avm_term left, avm_term right)
{
    return term_compare(&env->vm->node.compare, left, right);
}

size_t avm_print(avm_env *env, avm_term t, char *buffer, size_t size)
{
    struct byte_buffer out;
    size_t total;

    byte_buffer_init(&out, &env->vm->memory, MEMORY_OTHER);
    (void) term_print(&out, &env->vm->node.compare, t, SIZE_MAX);
    total = out.size;
    if (size > 0) {
        size_t fits = total < size ? total : size - 1;

        if (fits > 0)
            memcpy(buffer, out.bytes, fits);
        buffer[fits] = '\0';
    }
    byte_buffer_deinit(&out);
    return total;
}
