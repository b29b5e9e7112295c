/* servers.c - the processes `init` and `user`, which stock modules expect around whatever runs: they are
** there once the host starts something, and sleep, without their code being loaded, until somebody asks.
** Always: each is registered from its first moment on. */
#include "api/vm.h"

#include "pack/libs.h"
#include "proc/names.h"
#include "proc/spawn.h"
#include "proc/table.h"

static bool start_server(struct avm_vm *vm, term name, term module, term function, term leader)
{
    struct spawn_options options;
    struct export *export = code_put_export(vm->node.code, module, function, 0);
    struct process *process;
    term pid;

    spawn_options_init(&vm->node, &options);
    options.asleep = true;
    options.group_leader = leader;
    if (export == NULL
        || process_spawn_export(&vm->node, export, NULL, &options, &pid) != DATA_OK)
        return false;
    process = process_find(&vm->node, pid);
    if (leader == ATOM(undefined))
        process->group_leader = pid;
    if (name_put(&vm->node, name, process) == DATA_OK)
        return true;
    process_table_remove(vm->node.processes, process);
    process_destroy(&vm->node, process);
    return false;
}

bool vm_start_servers(struct avm_vm *vm, term *leader)
{
    struct node *node = &vm->node;

    *leader = ATOM(undefined);
    if (pack_libs_size == 0)
        return true;
    if (name_find(node, ATOM(user)) == TERM_NONE
        && !start_server(vm, ATOM(user), ATOM(atomvm_io), ATOM(start), ATOM(undefined)))
        return false;
    *leader = name_find(node, ATOM(user));
    return name_find(node, ATOM(init)) != TERM_NONE
        || start_server(vm, ATOM(init), ATOM(atomvm_init), ATOM(serve), *leader);
}
