/* leak_test.c - for the CI of a project: runs MODULE:FUNCTION/0 again and again, and fails when the live
** bytes or objects of the VM are not, to the byte, what they were after the first rounds.
**
**     cc leak_test.c -o leak_test $(pkg-config --cflags --libs atomvm)
**     ./leak_test FILE.beam|FILE.avm MODULE FUNCTION [ROUNDS]
**
** Copy it into your project. A function that keeps something on purpose (a table, a registered process)
** is called twice before the count begins. */
#include <atomvm/platform.h>
#include <atomvm/term.h>

#include <stdio.h>
#include <stdlib.h>

#define WARM_UP 3

static int call(avm_vm *vm, avm_env *env, char **argv)
{
    avm_term result;
    avm_error error;

    if (avm_call(vm, argv[2], argv[3], env, 0, NULL, &result, &error) == AVM_OK) {
        avm_env_clear(env);
        return 1;
    }
    fprintf(stderr, "%s:%s/0: %s\n", argv[2], argv[3], error.message);
    return 0;
}

/* Tells each kind of memory that grew; how many did. */
static int compare(const avm_stats *before, const avm_stats *after)
{
    int kind, grown = 0;

    for (kind = 0; kind < AVM_MEMORY_COUNT; kind++) {
        if (after->bytes_by[kind] == before->bytes_by[kind]
            && after->objects_by[kind] == before->objects_by[kind])
            continue;
        printf("%s: %zu bytes in %zu objects, then %zu in %zu\n", avm_memory_text(kind),
            before->bytes_by[kind], before->objects_by[kind], after->bytes_by[kind],
            after->objects_by[kind]);
        grown++;
    }
    return grown;
}

int main(int argc, char **argv)
{
    avm_stats before = { .struct_size = sizeof before }, after = { .struct_size = sizeof after };
    int rounds = argc > 4 ? atoi(argv[4]) : 20, round, grown;
    avm_error error;
    avm_env *env;
    avm_vm *vm;

    if (argc < 4) {
        fprintf(stderr, "usage: leak_test FILE MODULE FUNCTION [ROUNDS]\n");
        return 64;
    }
    if (avm_create(NULL, &vm, &error) != AVM_OK || avm_load_file(vm, argv[1], &error) != AVM_OK
        || avm_env_create(vm, &env) != AVM_OK) {
        fprintf(stderr, "%s\n", error.message);
        return 66;
    }
    for (round = 0; round < WARM_UP + rounds; round++) {
        if (round == WARM_UP)
            avm_get_stats(vm, &before);
        if (!call(vm, env, argv))
            return 1;
    }
    avm_get_stats(vm, &after);
    grown = compare(&before, &after);
    printf("%d rounds: %s\n", rounds, grown == 0 ? "no byte more" : "leaks");
    avm_env_destroy(env);
    avm_destroy(vm);
    return grown == 0 ? 0 : 1;
}
