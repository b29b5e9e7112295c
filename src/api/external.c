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

avm_status avm_term_to_binary(avm_env *env, avm_term t, avm_term *binary)
{
    struct etf_options options = ETF_OPTIONS_DEFAULT;
    struct etf_context context;
    struct byte_buffer out;
    enum etf_status status;
    term made;

    external_context_init(&context, &env->vm->node, process_of(env), false);
    byte_buffer_init(&out, &env->vm->memory, MEMORY_OTHER);
    status = etf_encode(&context, t, &options, &out);
    if (status == ETF_OK) {
        made = bits_make_copy(env->heap, out.bytes, out.size);
        if (made == TERM_NONE)
            status = ETF_NO_MEMORY;
        else
            *binary = made;
    }
    byte_buffer_deinit(&out);
    return status_of_etf(status);
}

avm_status avm_binary_to_term(avm_env *env, const void *data, size_t size, bool safe,
    avm_term *result)
{
    struct etf_context context;
    enum etf_status status;
    term made;

    external_context_init(&context, &env->vm->node, process_of(env), safe);
    status = etf_decode(&context, data, size, safe ? ETF_SAFE : 0, env->heap, &made, NULL);
    if (status == ETF_OK)
        *result = made;
    return status_of_etf(status);
}
