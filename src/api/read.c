/* read.c - the reading of terms by the host (term.h). */
#include "api/vm.h"

#include "base/utf8.h"
#include "data/number.h"
#include "data/print.h"

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
IS_TYPE(port, term_is_port(t))

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

static const uint8_t *text_of(avm_env *env, term atom, size_t *size)
{
    return atom_text(env->vm->node.atoms, term_atom_index(atom), size);
}

/* The text of an atom in bytes of that encoding; false: it has characters that do not fit. buffer NULL:
** only counts. */
static bool encode_atom(avm_env *env, term atom, avm_encoding encoding, char *buffer, size_t *length)
{
    size_t size, at = 0, used = 0;
    const uint8_t *text = text_of(env, atom, &size);

    if (encoding == AVM_UTF8) {
        if (buffer != NULL)
            memcpy(buffer, text, size);
        *length = size;
        return true;
    }
    while (at < size) {
        uint32_t point = 0;

        at += utf8_decode(text + at, size - at, &point);
        if (point > 255)
            return false;
        if (buffer != NULL)
            buffer[used] = (char) point;
        used++;
    }
    *length = used;
    return true;
}

bool avm_get_atom_length(avm_env *env, avm_term t, size_t *length, avm_encoding encoding)
{
    return term_is_atom(t) && encode_atom(env, t, encoding, NULL, length);
}

size_t avm_get_atom_encoded(avm_env *env, avm_term t, char *buffer, size_t size,
    avm_encoding encoding)
{
    size_t length;

    if (!avm_get_atom_length(env, t, &length, encoding) || length >= size)
        return 0;
    (void) encode_atom(env, t, encoding, buffer, &length);
    buffer[length] = '\0';
    return length + 1;
}

size_t avm_get_atom(avm_env *env, avm_term t, char *buffer, size_t size)
{
    return avm_get_atom_encoded(env, t, buffer, size, AVM_UTF8);
}

/* ---- strings ------------------------------------------------------------------------------- */

/* The bytes of a character; 0: it is none. */
static size_t encode_character(term t, avm_encoding encoding, uint8_t *bytes)
{
    if (!term_is_small(t) || term_small(t) < 0 || term_small(t) > 0x10ffff)
        return 0;
    if (encoding == AVM_UTF8)
        return utf8_encode((uint32_t) term_small(t), bytes);
    bytes[0] = (uint8_t) term_small(t);
    return term_small(t) <= 255 ? 1 : 0;
}

bool avm_get_string_length(avm_env *env, avm_term list, size_t *length, avm_encoding encoding)
{
    size_t total = 0;
    uint8_t bytes[4];

    (void) env;
    for (; term_is_cons(list); list = term_tail(list)) {
        size_t count = encode_character(term_head(list), encoding, bytes);

        if (count == 0)
            return false;
        total += count;
    }
    if (list != TERM_NIL)
        return false;
    *length = total;
    return true;
}

int avm_get_string(avm_env *env, avm_term list, char *buffer, unsigned size, avm_encoding encoding)
{
    unsigned used = 0;
    uint8_t bytes[4];

    (void) env;
    if (size == 0)
        return 0;
    for (; term_is_cons(list); list = term_tail(list)) {
        size_t count = encode_character(term_head(list), encoding, bytes);

        if (count == 0 || used + count >= size) {
            buffer[used] = '\0';
            return count == 0 ? 0 : -(int) size;
        }
        memcpy(buffer + used, bytes, count);
        used += (unsigned) count;
    }
    buffer[used] = '\0';
    return list == TERM_NIL ? (int) used + 1 : 0;
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

bool avm_get_local_pid(avm_env *env, avm_term t, avm_pid *pid)
{
    (void) env;
    if (!term_is_local_pid(t))
        return false;
    pid->pid = t;
    return true;
}

/* Has no env, so its walk has no memory either: compare's bounded way serves. */
bool avm_is_identical(avm_term left, avm_term right)
{
    struct memory none;
    struct compare_context context = { &none, NULL };

    memory_init(&none, NULL, NULL, 1);
    return term_equal_exact(&context, left, right);
}

int avm_compare_in(avm_vm *vm, avm_term left, avm_term right)
{
    int order;

    if (left == right)
        return 0;
    vm_enter(vm);
    order = term_compare(&vm->node.compare, left, right);
    vm_leave(vm);
    return order;
}

int avm_compare(avm_env *env, avm_term left, avm_term right)
{
    return avm_compare_in(env->vm, left, right);
}

/* The steps of splitmix64, by Steele, Lea and Flood. */
static uint64_t mix(uint64_t value)
{
    value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
    return value ^ value >> 31;
}

uint64_t avm_hash(avm_vm *vm, avm_hash_type type, avm_term t, uint64_t salt)
{
    uint32_t hash = 0;

    vm_enter(vm);
    if (type == AVM_HASH_PHASH2)
        (void) term_hash_phash2(&vm->node.compare, t, &hash);
    else
        hash = term_hash_internal(&vm->node.compare, t);
    vm_leave(vm);
    return type == AVM_HASH_PHASH2 ? hash & 0x7ffffff : mix(hash + UINT64_C(0x9e3779b97f4a7c15) * (salt + 1));
}

size_t avm_print(avm_env *env, avm_term t, char *buffer, size_t size)
{
    return vm_print(env->vm, t, buffer, size);
}
