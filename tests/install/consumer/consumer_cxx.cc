// A host in C++17 with a NIF library built in, each in the style of its language.
#define STATIC_ERLANG_NIF
#include <atomvm/inspect.h>
#include <atomvm/platform.h>
#include <atomvm/port.h>
#include <erl_nif.h>

#include <cstdio>
#include <memory>
#include <string>

namespace {

struct destroy_vm {
    void operator()(avm_vm *vm) const { avm_destroy(vm); }
};
using vm_ptr = std::unique_ptr<avm_vm, destroy_vm>;

ERL_NIF_TERM twice(ErlNifEnv *env, int, const ERL_NIF_TERM argv[])
{
    long value;

    if (!enif_get_long(env, argv[0], &value))
        return enif_make_badarg(env);
    return enif_make_tuple2(env, enif_make_long(env, 2 * value), enif_make_atom(env, "ok"));
}

ErlNifFunc functions[] = { { "twice", 1, twice, 0 } };

}

ERL_NIF_INIT(consumer, functions, nullptr, nullptr, nullptr, nullptr)

int main()
{
    avm_error error;
    avm_vm *vm = nullptr;
    avm_env *env = nullptr;
    char text[64];

    if (avm_create(nullptr, &vm, &error) != AVM_OK) {
        std::fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    vm_ptr owner(vm);
    if (avm_register_natives(vm, consumer_nif_init(), &error) != AVM_OK
        || avm_env_create(vm, &env) != AVM_OK)
        return 2;
    ERL_NIF_TERM pair = enif_make_tuple2(env, enif_make_long(env, 1), enif_make_atom(env, "a"));
    avm_print(env, pair, text, sizeof text);
    avm_env_destroy(env);
    return std::string(text) == "{1,a}" ? 0 : 3;
}
