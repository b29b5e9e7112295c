/* without_ports.c - what the rest asks of ports where there are none: nothing is ever waited for, and the natives
** that open ports are not there. */
#include "api/vm.h"
#include "port/port.h"

bool vm_open_ports(struct avm_vm *vm)
{
    (void) vm;
    return true;
}

void vm_close_ports(struct avm_vm *vm) { (void) vm; }

void port_room_stop(struct node *node) { (void) node; }

bool port_handle_ready(struct node *node, int handle, unsigned mode)
{
    (void) node;
    (void) handle;
    (void) mode;
    return false;
}

bool port_is_watching(const struct node *node)
{
    (void) node;
    return false;
}

unsigned port_watched_mode(const struct node *node, int handle)
{
    (void) node;
    (void) handle;
    return 0;
}

bool avm_get_local_port(avm_env *env, avm_term t, avm_pid *port)
{
    (void) env;
    (void) t;
    (void) port;
    return false;
}
