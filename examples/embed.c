/* embed.c - a host in thirty lines: loads a module, calls a function, prints what it returns.
**
**     erlc adder.erl && cc embed.c -o embed $(pkg-config --cflags --libs atomvm) && ./embed adder.beam
*/
#include <atomvm/atomvm.h>
#include <atomvm/term.h>

#include <stdio.h>

int main(int argc, char **argv)
{
    avm_vm *vm;
    avm_env *env;
    avm_term result, arguments[2];
    avm_error error;
    int64_t sum;
    int status = 1;

    if (avm_create(NULL, &vm, &error) != AVM_OK) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    if (avm_load_file(vm, argc > 1 ? argv[1] : "adder.beam", &error) != AVM_OK) {
        fprintf(stderr, "%s\n", error.message);
    } else if (avm_env_create(vm, &env) == AVM_OK) {
        arguments[0] = avm_make_int64(env, 2);
        arguments[1] = avm_make_int64(env, 3);
        if (avm_call(vm, "adder", "add", env, 2, arguments, &result, &error) == AVM_OK
            && avm_get_int64(env, result, &sum))
            status = printf("%lld\n", (long long) sum) < 0;
        else
            fprintf(stderr, "%s\n", error.message);
        avm_env_destroy(env);
    }
    avm_destroy(vm);
    return status;
}
