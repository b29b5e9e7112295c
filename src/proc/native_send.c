/* native_send.c - where a message goes, by what it was sent to. */
#include "proc/names.h"
#include "proc/native_call.h"
#include "proc/signal.h"
#include "proc/spawn.h"

/* A message that there is no memory for ends its sender, even if it catches the exception: stock modules
** do, around what somebody waits for. */
static term sent(struct scheduler *s, enum send_status status, term message)
{
    native_charge(s, 4);
    if (status == SEND_OK)
        return message;
    process_exit(s->process, ATOM(system_limit));
    return raise_no_memory(s);
}

static term send_to_port(struct scheduler *s, term port, term message)
{
    struct process *process;
    term result = message;

    node_hold(s->node);
    process = process_find(s->node, port);
    if (process != NULL)
        result = s->node->port_hooks->send(s, process, message, false);
    node_let_go(s->node);
    return result;
}

/* {Name, Node}: another node is not connected, a name that is not there is no error. */
static term send_to_node(struct scheduler *s, term to, term message)
{
    term name = term_tuple_element(to, 0), node = term_tuple_element(to, 1), owner;

    if (!term_is_atom(name) || !term_is_atom(node))
        return raise_badarg(s);
    owner = node == s->node->name ? name_find(s->node, name) : TERM_NONE;
    if (owner != TERM_NONE && term_is_local_port(owner))
        return send_to_port(s, owner, message);
    if (owner == TERM_NONE || !term_is_local_pid(owner))
        return message;
    return sent(s, signal_send_message(s->node, s->process, owner, message), message);
}

/* The stock applications are booted: there is an application_controller, and it is not the one that
** libs/atomvm_servers.erl has started. */
static bool is_stock_boot(struct node *node)
{
    return name_find(node, ATOM(application_controller)) != TERM_NONE
        && name_find(node, ATOM(atomvm_applications)) == TERM_NONE;
}

/* Processes that a full boot starts first, and that start here when they are first asked: which module
** has the function that serves under the name. */
static term server_module(struct node *node, term name)
{
    if (name == ATOM(erts_code_purger))
        return name;
    if (node->find_module == NULL || is_stock_boot(node))
        return TERM_NONE;
    if (name == ATOM(code_server))
        return ATOM(atomvm_code);
    return name == ATOM(application_controller) || name == ATOM(file_server_2)
            || name == ATOM(kernel_safe_sup) || name == ATOM(kernel_sup)
            || name == ATOM(global_name_server) || name == ATOM(standard_error) || name == ATOM(erl_prim_loader)
        ? ATOM(atomvm_servers) : TERM_NONE;
}

/* Nothing is started where modules are not found by themselves, nor while the stock applications are
** booted, which start their own. */
static term start_server(struct node *node, term name)
{
    term module = server_module(node, name), pid;
    struct spawn_options options;
    struct process *process;

    if (module == TERM_NONE)
        return TERM_NONE;
    spawn_options_init(node, &options);
    options.trap_exit = true;
    options.system = true;
    if (process_spawn(node, NULL, module,
            module == ATOM(erts_code_purger) ? ATOM(wait_for_request)
                : module == ATOM(atomvm_code) ? ATOM(serve) : name,
            TERM_NIL, &options, NULL, &pid, NULL)
        != DATA_OK)
        return TERM_NONE;
    process = process_find(node, pid);
    if (process != NULL && name_put(node, name, process) == DATA_OK)
        return pid;
    if (process != NULL)                    /* without its name nobody would ever reach it */
        process_exit(process, ATOM(system_limit));
    return TERM_NONE;
}

term native_find_name(struct node *node, term name)
{
    term owner = name_find(node, name);

    if (owner != TERM_NONE || server_module(node, name) == TERM_NONE)
        return owner;
    node_hold(node);
    owner = name_find(node, name);
    if (owner == TERM_NONE)
        owner = start_server(node, name);
    node_let_go(node);
    return owner;
}

term native_send(struct scheduler *s, term to, term message)
{
    if (term_is_atom(to)) {
        to = native_find_name(s->node, to);
        if (to == TERM_NONE)
            return raise_badarg(s);
    }
    if (term_is_local_pid(to))
        return sent(s, signal_send_message(s->node, s->process, to, message), message);
    if (term_is_alias(to))
        return sent(s, signal_send_alias(s->node, s->process, to, message), message);
    if (term_is_local_port(to))
        return send_to_port(s, to, message);
    if (term_is_pid(to) || term_is_reference(to))
        return message;
    if (term_is_tuple(to) && term_tuple_arity(to) == 2)
        return send_to_node(s, to, message);
    return raise_badarg(s);
}

term native_settle(struct scheduler *s, term result)
{
    if (signal_handle_all(s, s->process))
        return result;
    s->outcome = NATIVE_EXITED;
    return TERM_NONE;
}
