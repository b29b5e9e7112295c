/* external.c - the external term format for the host (term.h). */
#include "api/vm.h"

#include "bif/external.h"
#include "data/bits.h"

static avm_status status_of_etf(enum etf_status status)
{
    return status == ETF_OK            ? AVM_OK
        : status == ETF_BAD_ARGUMENT   ? AVM_BAD_ARGUMENT
                                       : AVM_NO_MEMORY;
}

static struct process *process_of(const struct avm_env *env)
{
    return env->scheduler != NULL ? env->scheduler->process : NULL;
}

static enum etf_status encode(avm_env *env, avm_term t, struct byte_buffer *out)
{
    struct etf_options options = ETF_OPTIONS_DEFAULT;
    struct etf_context context;

    external_context_init(&context, &env->vm->node, process_of(env), false);
    byte_buffer_init(out, &env->vm->memory, MEMORY_OTHER);
    return etf_encode(&context, t, &options, out);
}

avm_status avm_term_to_binary(avm_env *env, avm_term t, avm_term *binary)
{
    struct byte_buffer out;
    enum etf_status status;
    term made;

    env_enter(env);
    status = encode(env, t, &out);
    if (status == ETF_OK) {
        made = bits_make_copy(env->heap, out.bytes, out.size);
        if (made == TERM_NONE)
            status = ETF_NO_MEMORY;
        else
            *binary = made;
    }
    byte_buffer_deinit(&out);
    env_leave(env);
    return status_of_etf(status);
}

avm_status avm_encode_term(avm_env *env, avm_term t, avm_binary *binary)
{
    struct byte_buffer out;
    enum etf_status status;

    env_enter(env);
    status = encode(env, t, &out);
    if (status == ETF_OK && !avm_alloc_binary(env->vm, out.size, binary))
        status = ETF_NO_MEMORY;
    if (status == ETF_OK)
        memcpy(binary->data, out.bytes, out.size);
    byte_buffer_deinit(&out);
    env_leave(env);
    return status_of_etf(status);
}

static enum etf_status decode(avm_env *env, const void *data, size_t size, bool safe, term *result,
    size_t *used)
{
    struct etf_context context;
    enum etf_status status;

    env_enter(env);
    external_context_init(&context, &env->vm->node, process_of(env), safe);
    status = etf_decode(&context, data, size, safe ? ETF_SAFE : 0, env->heap, result, used);
    env_leave(env);
    return status;
}

avm_status avm_binary_to_term(avm_env *env, const void *data, size_t size, bool safe,
    avm_term *result)
{
    term made;
    enum etf_status status = decode(env, data, size, safe, &made, NULL);

    if (status == ETF_OK)
        *result = made;
    return status_of_etf(status);
}

size_t avm_decode_term(avm_env *env, const void *data, size_t size, bool safe, avm_term *result)
{
    size_t used = 0;
    term made;

    if (decode(env, data, size, safe, &made, &used) != ETF_OK)
        return 0;
    *result = made;
    return used;
}
