/* erlang_process.c - natives about processes: self, links, monitors, aliases, names, group leaders,
** flags, information, suspension, collections asked for. */
#include "bif/bif.h"
#include "data/number.h"
#include "proc/inbox.h"
#include "proc/names.h"
#include "proc/native_call.h"
#include "proc/options.h"
#include "proc/process_info.h"
#include "proc/reference.h"
#include "proc/relations.h"
#include "proc/spawn.h"
#include "proc/table.h"

#define PROCESS_NATIVES(X)                                                                       \
    X("self", 0, process_self, NATIVE_GUARD | NATIVE_CONCURRENT)                                 \
    X("link", 1, process_link, NATIVE_SAVES_STATE | NATIVE_CONCURRENT)                           \
    X("unlink", 1, process_unlink, NATIVE_SAVES_STATE | NATIVE_CONCURRENT)                       \
    X("monitor", 2, process_monitor, NATIVE_SAVES_STATE | NATIVE_CONCURRENT)                     \
    X("monitor", 3, process_monitor_with, NATIVE_SAVES_STATE | NATIVE_CONCURRENT)                \
    X("demonitor", 1, process_demonitor, NATIVE_SAVES_STATE | NATIVE_CONCURRENT)                 \
    X("demonitor", 2, process_demonitor_with, NATIVE_SAVES_STATE | NATIVE_CONCURRENT)            \
    X("alias", 0, process_alias, NATIVE_CONCURRENT)                                              \
    X("alias", 1, process_alias_with, NATIVE_CONCURRENT)                                         \
    X("unalias", 1, process_unalias, NATIVE_CONCURRENT)                                          \
    X("register", 2, process_register, NATIVE_CONCURRENT)                                        \
    X("unregister", 1, process_unregister, NATIVE_CONCURRENT)                                    \
    X("whereis", 1, process_whereis, NATIVE_CONCURRENT)                                          \
    X("registered", 0, process_registered, NATIVE_CONCURRENT)                                    \
    X("processes", 0, process_processes, 0)                                                      \
    X("is_process_alive", 1, process_is_alive, NATIVE_SAVES_STATE)                               \
    X("process_info", 1, process_get_info, NATIVE_SAVES_STATE)                                   \
    X("process_info", 2, process_get_item, NATIVE_SAVES_STATE)                                   \
    X("group_leader", 0, process_group_leader, NATIVE_CONCURRENT)                                \
    X("make_ref", 0, process_make_ref, NATIVE_CONCURRENT)                                        \
    X("resume_process", 1, process_resume, NATIVE_SAVES_STATE)                                   \
    X("bump_reductions", 1, process_bump_reductions, NATIVE_CONCURRENT)
NATIVE_TABLE(bif_erlang_process, "erlang", "erl_erts_errors", PROCESS_NATIVES)

#define INTERNAL_PROCESS_NATIVES(X)                                                              \
    X("is_process_alive", 2, internal_is_alive, 0)                                               \
    X("group_leader", 2, internal_group_leader, NATIVE_SAVES_STATE)                              \
    X("group_leader", 3, internal_send_group_leader, 0)                                          \
    X("is_system_process", 1, internal_is_system_process, 0)                                     \
    X("suspend_process", 2, internal_suspend, NATIVE_SAVES_STATE)                                \
    X("garbage_collect", 1, internal_garbage_collect, NATIVE_SAVES_STATE)                        \
    X("request_system_task", 3, internal_request_task, NATIVE_SAVES_STATE)                       \
    X("request_system_task", 4, internal_request_task_for, NATIVE_SAVES_STATE)                   \
    X("process_display", 2, internal_process_display, 0)                                         \
    X("is_process_executing_dirty", 1, internal_is_dirty, 0)                                     \
    X("dirty_process_handle_signals", 1, internal_handle_dirty, 0)                               \
    X("processes_next", 1, internal_processes_next, 0)
NATIVE_TABLE(bif_erts_internal_process, "erts_internal", "erl_erts_errors", INTERNAL_PROCESS_NATIVES)

static term process_self(struct scheduler *s, const term *a)
{
    (void) a;
    return s->process->pid;
}

static term process_make_ref(struct scheduler *s, const term *a)
{
    (void) a;
    return native_result(s, native_reference(s));
}

/* A pid that a former run of this node gave: its process is dead. */
static bool is_of_old_incarnation(struct scheduler *s, term t)
{
    return term_has_kind(t, BOXED_EXTERNAL_PID) && term_external(t)->node == s->node->name;
}

static bool is_pid_of_this_node(struct scheduler *s, term t)
{
    return term_is_local_pid(t) || is_of_old_incarnation(s, t);
}

/* ---- links ------------------------------------------------------------------------------- */

/* The dead, other nodes: an exit message comes back at once when exits are trapped. Else the
** link fails (OTP's old rule), but for other nodes, where an exit signal comes. */
static term link_to_nobody(struct scheduler *s, term other, term reason)
{
    struct signal *signal;
    struct heap env;
    term *words, copy;

    if (!(s->process->flags & PROCESS_TRAP_EXIT)) {
        if (reason != ATOM(noconnection))
            return raise_error(s, reason);
        return signal_send_exit(s->node, s->process, s->process->pid, reason) == SEND_OK
            ? ATOM(true) : raise_no_memory(s);
    }
    heap_init_env(&env, &s->node->heaps, MEMORY_MAILBOX);
    copy = heap_copy(&env, other);
    words = copy != TERM_NONE ? heap_allocate(&env, 4) : NULL;
    if (words == NULL) {
        heap_deinit(&env);
        return raise_no_memory(s);
    }
    words[0] = header_make(BOXED_TUPLE, 3);
    words[1] = ATOM(EXIT);
    words[2] = copy;
    words[3] = reason;
    signal = signal_create_moved(s->node, SIGNAL_MESSAGE, TERM_NONE, &env, term_make_boxed(words));
    if (signal == NULL) {
        heap_deinit(&env);
        return raise_no_memory(s);
    }
    signal_push(s->node, s->process->pid, signal);
    return ATOM(true);
}

static term process_link(struct scheduler *s, const term *a)
{
    if (a[0] == s->process->pid)
        return ATOM(true);
    if (term_is_local_pid(a[0]) || term_is_local_port(a[0]))
        return process_find(s->node, a[0]) == NULL ? link_to_nobody(s, a[0], ATOM(noproc))
            : link_make(s->node, s->process, a[0]) == DATA_OK ? ATOM(true) : raise_no_memory(s);
    if (term_is_pid(a[0]))
        return link_to_nobody(s, a[0],
            is_of_old_incarnation(s, a[0]) ? ATOM(noproc) : ATOM(noconnection));
    return raise_badarg(s);
}

static term process_unlink(struct scheduler *s, const term *a)
{
    if (!term_is_pid(a[0]) && !term_is_local_port(a[0]))
        return raise_badarg(s);
    if ((term_is_local_pid(a[0]) || term_is_local_port(a[0]))
        && link_remove(s->node, s->process, a[0]) != DATA_OK)
        return raise_no_memory(s);
    return ATOM(true);
}

/* ---- monitors ------------------------------------------------------------------------------ */

/* The pid and name that a process item means; false: badarg. */
static bool find_watched(struct scheduler *s, term item, term *to, term *name)
{
    *name = TERM_NONE;
    *to = item;
    if (term_is_local_pid(item))
        return true;
    if (term_is_tuple(item) && term_tuple_arity(item) == 2) {
        if (term_tuple_element(item, 1) != s->node->name)
            return false;
        item = term_tuple_element(item, 0);
    }
    if (!term_is_atom(item))
        return false;
    *name = item;
    *to = native_find_name(s->node, item);
    if (*to != TERM_NONE && !term_is_local_pid(*to))
        *to = TERM_NONE;
    return true;
}

/* A monitor that never fires: of oneself, of the time offset. */
static term monitor_nothing(struct scheduler *s, term alias)
{
    term reference;
    unsigned flags = 0;

    if (alias == TERM_NONE)
        return native_result(s, native_reference(s));
    (void) monitor_alias_flags(alias, &flags);
    if (alias_make(s->node, s->process, native_heap(s), flags, &reference) != DATA_OK)
        return raise_no_memory(s);
    return reference;
}

/* Port, Name or {Name, this node}: what 'DOWN' shows, but for a bare name. */
static bool find_watched_port(struct scheduler *s, term item, term *name)
{
    *name = item;
    if (term_is_tuple(item) && term_tuple_arity(item) == 2
        && term_tuple_element(item, 1) == s->node->name)
        *name = term_tuple_element(item, 0);
    return term_is_atom(*name) || term_is_port(item);
}

/* {'DOWN', Ref, Type, Item, noproc} comes at once; Item is {Name, Node} where name is an atom. Of aliases
** only one that does not end with its monitor is left. */
static term monitor_gone(struct scheduler *s, term type, term item, term name, term alias, term tag)
{
    term reference, *words;

    words = heap_allocate(native_heap(s), 9);
    if (words == NULL)
        return raise_no_memory(s);
    words[6] = header_make(BOXED_TUPLE, 2);
    words[7] = name;
    words[8] = s->node->name;
    words[0] = header_make(BOXED_TUPLE, 5);
    words[1] = tag != TERM_NONE ? tag : ATOM(DOWN);
    words[3] = type;
    words[4] = term_is_atom(name) ? term_make_boxed(words + 6) : item;
    words[5] = ATOM(noproc);
    words[2] = reference = alias == ATOM(explicit_unalias) ? monitor_nothing(s, alias)
                                                           : native_reference(s);
    if (reference == TERM_NONE)
        return raise_no_memory(s);
    if (signal_send_message(s->node, s->process, s->process->pid, term_make_boxed(words)) == SEND_OK)
        return reference;
    if (alias == ATOM(explicit_unalias))
        (void) alias_remove(s->node, s->process, term_reference_id(reference));
    return raise_no_memory(s);
}

static term monitor_port(struct scheduler *s, term item, term alias, term tag)
{
    term name, port, reference;

    if (!find_watched_port(s, item, &name))
        return raise_badarg(s);
    port = term_is_atom(name) ? name_find(s->node, name) : item;
    if (port == TERM_NONE || !term_is_local_port(port) || process_find(s->node, port) == NULL)
        return monitor_gone(s, ATOM(port), item, name, alias, tag);
    if (monitor_make(s->node, s->process, native_heap(s), port, term_is_atom(name) ? name : TERM_NONE,
            alias, tag, &reference) != DATA_OK)
        return raise_no_memory(s);
    return reference;
}

static term monitor_with(struct scheduler *s, const term *a, term alias, term tag)
{
    term to, name, reference;

    if (a[0] == ATOM(port))
        return monitor_port(s, a[1], alias, tag);
    if (a[0] == ATOM(time_offset) && a[1] == ATOM(clock_service))
        return monitor_nothing(s, alias);
    if (a[0] != ATOM(process))
        return a[0] == ATOM(time_offset) ? raise_badarg(s) : raise_badarg_cause(s, ATOM(badtype));
    if (is_of_old_incarnation(s, a[1]))
        return monitor_gone(s, ATOM(process), a[1], a[1], alias, tag);
    if (!find_watched(s, a[1], &to, &name))
        return raise_badarg(s);
    if (to == s->process->pid)
        return monitor_nothing(s, alias);
    if (monitor_make(s->node, s->process, native_heap(s), to, name, alias, tag, &reference) != DATA_OK)
        return raise_no_memory(s);
    return reference;
}

static term process_monitor(struct scheduler *s, const term *a)
{
    return monitor_with(s, a, TERM_NONE, TERM_NONE);
}

static term process_monitor_with(struct scheduler *s, const term *a)
{
    term alias, tag;

    if (!options_parse_monitor(a[2], &alias, &tag))
        return raise_badarg_cause(s, ATOM(badopt));
    return monitor_with(s, a, alias, tag);
}

static bool is_down_of(const struct signal *message, uint64_t reference)
{
    term body = message->body;

    return term_is_tuple(body) && term_tuple_arity(body) == 5
        && term_is_local_reference(term_tuple_element(body, 1))
        && term_reference_id(term_tuple_element(body, 1)) == reference;
}

/* Removes one {_, Reference, _, _, _} from the mailbox. */
static void flush_down(struct scheduler *s, uint64_t reference)
{
    struct process *process = s->process;
    struct signal **at;

    if (!signal_handle_all(s, process))
        return;
    for (at = &process->mailbox.first; *at != NULL; at = &(*at)->next) {
        if (is_down_of(*at, reference)) {
            signal_destroy(s->node, mailbox_take(process, at));
            return;
        }
    }
}

static term demonitor(struct scheduler *s, term reference, bool flush, bool info)
{
    bool found;

    if (!term_is_local_reference(reference))
        return raise_badarg(s);
    found = monitor_remove(s->node, s->process, term_reference_id(reference));
    if (!found && flush)
        flush_down(s, term_reference_id(reference));
    if (process_is_exiting(s->process))
        return native_settle(s, ATOM(true));
    return native_boolean(found || !info);
}

static term process_demonitor(struct scheduler *s, const term *a)
{
    return demonitor(s, a[0], false, false);
}

static term process_demonitor_with(struct scheduler *s, const term *a)
{
    bool flush = false, info = false;
    term list = a[1];

    for (; term_is_cons(list); list = term_tail(list)) {
        if (term_head(list) == ATOM(flush))
            flush = true;
        else if (term_head(list) == ATOM(info))
            info = true;
        else
            return raise_badarg(s);
    }
    if (list != TERM_NIL)
        return raise_badarg(s);
    return demonitor(s, a[0], flush, info);
}

/* ---- aliases --------------------------------------------------------------------------------- */

static term alias_with(struct scheduler *s, unsigned flags)
{
    term reference;

    if (alias_make(s->node, s->process, native_heap(s), flags, &reference) != DATA_OK)
        return raise_no_memory(s);
    return reference;
}

static term process_alias(struct scheduler *s, const term *a)
{
    (void) a;
    return alias_with(s, 0);
}

static term process_alias_with(struct scheduler *s, const term *a)
{
    unsigned flags = 0;
    term list = a[0];

    for (; term_is_cons(list); list = term_tail(list)) {
        if (term_head(list) == ATOM(reply))
            flags = RELATION_ALIAS_REPLY;
        else if (term_head(list) == ATOM(explicit_unalias))
            flags = 0;
        else if (term_head(list) != ATOM(priority))
            return raise_badarg(s);
    }
    return list == TERM_NIL ? alias_with(s, flags) : raise_badarg(s);
}

static term process_unalias(struct scheduler *s, const term *a)
{
    if (!term_is_reference(a[0]))
        return raise_badarg(s);
    return native_boolean(term_is_alias(a[0])
        && alias_remove(s->node, s->process, term_reference_id(a[0])));
}

/* ---- names ------------------------------------------------------------------------------------- */

static term process_register(struct scheduler *s, const term *a)
{
    struct process *process;
    enum data_status status;

    if (!term_is_atom(a[0]) || a[0] == ATOM(undefined)
        || !(term_is_local_pid(a[1]) || term_is_local_port(a[1])))
        return raise_badarg_cause(s, ATOM(none));
    process = process_find(s->node, a[1]);
    if (process == NULL)
        return raise_badarg_cause(s, ATOM(notalive));
    status = name_put(s->node, a[0], process);
    if (status != DATA_BAD_ARGUMENT)
        return status == DATA_OK ? ATOM(true) : raise_status(s, status);
    return raise_badarg_cause(s, atomic_peek(&process->name) != PROCESS_NAME_NONE ? ATOM(registered_name) : ATOM(none));
}

static term process_unregister(struct scheduler *s, const term *a)
{
    if (!term_is_atom(a[0]) || !name_remove(s->node, a[0]))
        return raise_badarg(s);
    return ATOM(true);
}

static term process_whereis(struct scheduler *s, const term *a)
{
    term owner;

    if (!term_is_atom(a[0]))
        return raise_badarg(s);
    owner = native_find_name(s->node, a[0]);
    return owner != TERM_NONE ? owner : ATOM(undefined);
}

static term process_registered(struct scheduler *s, const term *a)
{
    uint64_t position = 0;
    term list = TERM_NIL, name;

    (void) a;
    while (list != TERM_NONE && (name = name_next(s->node, &position)) != TERM_NONE)
        list = native_cons(s, name, list);
    return native_result(s, list);
}

static term process_processes(struct scheduler *s, const term *a)
{
    struct process *process = NULL;
    size_t bucket = 0;
    term list = TERM_NIL;

    (void) a;
    process_table_hold(s->node->processes);
    while (list != TERM_NONE
        && (process = process_table_next(s->node->processes, &bucket, process)) != NULL) {
        if (!process_is_exiting(process))
            list = native_cons(s, process->pid, list);
    }
    process_table_let_go(s->node->processes);
    native_charge(s, process_table_count(s->node->processes) / 16);
    return native_result(s, list);
}

/* Steps of erlang:processes_iterator/0 (OTP 28): {Next, Pids} or none. All there are at the first step come
** with it, which is what the iterator promises. */
static term internal_processes_next(struct scheduler *s, const term *a)
{
    term pids;

    if (a[0] == term_make_small(1))
        return ATOM(none);
    if (a[0] != term_make_small(0))
        return raise_badarg(s);
    pids = process_processes(s, NULL);
    return pids == TERM_NONE ? TERM_NONE : native_result(s, native_tuple2(s, term_make_small(1), pids));
}

/* ---- asking others ------------------------------------------------------------------------------ */

/* Sends a request whose answer is {Ref, Result}, and goes on in erts_internal:await_result(Ref). */
static term request(struct scheduler *s, enum signal_kind kind, term to, term body)
{
    term reference = native_reference(s);
    struct signal *signal;

    if (reference == TERM_NONE)
        return raise_no_memory(s);
    signal = signal_create(s->node, kind, s->process->pid, body);
    if (signal == NULL)
        return raise_no_memory(s);
    signal->id = term_reference_id(reference);
    signal_push(s->node, to, signal);
    return native_trap(s, ATOM(erts_internal), ATOM(await_result), 1, &reference);
}

static term process_is_alive(struct scheduler *s, const term *a)
{
    struct process *process;
    bool is_alive;

    if (!is_pid_of_this_node(s, a[0]))
        return raise_badarg(s);
    process = process_find(s->node, a[0]);
    if (process == NULL || process == s->process
        || (!node_is_shared(s->node) && !inbox_has_signals(process)))
        return native_boolean(process != NULL);
    if (!process_claim(process))
        return request(s, SIGNAL_IS_ALIVE, a[0], TERM_NONE);
    is_alive = signal_handle_all(s, process);
    process_release(s->node, process);
    return native_boolean(is_alive);
}

static term internal_is_alive(struct scheduler *s, const term *a)
{
    struct signal *signal;

    if (!term_is_local_pid(a[0]) || !term_is_local_reference(a[1]))
        return raise_badarg(s);
    signal = signal_create(s->node, SIGNAL_IS_ALIVE, s->process->pid, TERM_NONE);
    if (signal == NULL)
        return raise_no_memory(s);
    signal->id = term_reference_id(a[1]);
    signal_push(s->node, a[0], signal);
    return ATOM(ok);
}

/* What is asked of a waiting process is answered here, on its behalf, after what came before. */
static term info_of_claimed(struct scheduler *s, struct process *process, term items)
{
    struct heap env;
    term info = ATOM(undefined);

    if (signal_handle_all(s, process)) {
        heap_init_env(&env, &s->node->heaps, MEMORY_HEAP);
        info = process_info_make(s, process, items, &env);
        if (info != TERM_NONE)
            heap_adopt(native_heap(s), &env);
        else
            heap_deinit(&env);
    }
    process_release(s->node, process);
    return native_result(s, info);
}

static term info_of(struct scheduler *s, term pid, term items)
{
    struct process *process = process_find(s->node, pid);

    native_charge(s, 20);
    if (process == NULL)
        return ATOM(undefined);
    if (process == s->process) {
        if (!signal_handle_all(s, process))
            return native_settle(s, TERM_NONE);
        return native_result(s, process_info_make(s, process, items, native_heap(s)));
    }
    if (process_claim(process))
        return info_of_claimed(s, process, items);
    return request(s, SIGNAL_PROCESS_INFO, pid, items);
}

static term process_get_info(struct scheduler *s, const term *a)
{
    return is_pid_of_this_node(s, a[0]) ? info_of(s, a[0], ATOM(all)) : raise_badarg(s);
}

static term process_get_item(struct scheduler *s, const term *a)
{
    term list = a[1];

    if (!is_pid_of_this_node(s, a[0]))
        return raise_badarg(s);
    if (term_is_atom(list) || term_is_tuple(list))
        return process_info_is_item(list) ? info_of(s, a[0], list) : raise_badarg(s);
    for (; term_is_cons(list); list = term_tail(list)) {
        if (!process_info_is_item(term_head(list)))
            return raise_badarg(s);
    }
    return list == TERM_NIL ? info_of(s, a[0], a[1]) : raise_badarg(s);
}

/* ---- group leaders -------------------------------------------------------------------------------- */

static term process_group_leader(struct scheduler *s, const term *a)
{
    (void) a;
    return s->process->group_leader;
}

/* true, badarg, or false: the caller is to ask by group_leader/3. */
static term internal_group_leader(struct scheduler *s, const term *a)
{
    if (!term_is_pid(a[0]) || !term_is_local_pid(a[1]))
        return ATOM(badarg);
    if (a[1] == s->process->pid) {
        s->process->group_leader = a[0];
        return ATOM(true);
    }
    return process_find(s->node, a[1]) != NULL ? ATOM(false) : ATOM(badarg);
}

/* A process that waits takes the signal at once: it may be of lower priority than some that never do. */
static term internal_send_group_leader(struct scheduler *s, const term *a)
{
    struct process *process;
    struct signal *signal;
    bool is_claimed;

    if (!term_is_pid(a[0]) || !term_is_local_pid(a[1]) || !term_is_local_reference(a[2]))
        return raise_badarg(s);
    signal = signal_create(s->node, SIGNAL_GROUP_LEADER, s->process->pid, a[0]);
    if (signal == NULL)
        return raise_no_memory(s);
    signal->flags = SIGNAL_SYNCHRONOUS;
    signal->id = term_reference_id(a[2]);
    process = process_find(s->node, a[1]);
    is_claimed = process != NULL && process_claim(process);
    signal_push(s->node, a[1], signal);
    if (is_claimed) {
        (void) signal_handle_all(s, process);
        process_release(s->node, process);
    }
    return ATOM(ok);
}

/* ---- suspension ------------------------------------------------------------------------------------- */

struct suspend_options { bool unless_suspending, is_asynchronous; };

static bool parse_suspend_options(term list, struct suspend_options *options)
{
    for (; term_is_cons(list); list = term_tail(list)) {
        term option = term_head(list);

        if (option == ATOM(unless_suspending))
            options->unless_suspending = true;
        else if (option == ATOM(asynchronous)
            || (term_is_tuple(option) && term_tuple_arity(option) == 2
                && term_tuple_element(option, 0) == ATOM(asynchronous)))
            options->is_asynchronous = true;
        else
            return false;
    }
    return list == TERM_NIL;
}

static term send_suspend(struct scheduler *s, term to, bool is_asynchronous)
{
    struct relation *relation;
    struct signal *signal;
    term reference = native_reference(s);

    if (reference == TERM_NONE)
        return raise_no_memory(s);
    relation = relation_create(s->node, RELATION_SUSPENDS, relation_id_of(to), to);
    signal = relation != NULL ? signal_create(s->node, SIGNAL_SUSPEND, s->process->pid, TERM_NONE) : NULL;
    if (signal == NULL) {
        if (relation != NULL)
            relation_destroy(s->node, relation);
        return raise_no_memory(s);
    }
    relation->value.count = 1;
    relation_insert(s->process, relation);
    signal->flags = is_asynchronous ? 0 : SIGNAL_SYNCHRONOUS;
    signal->id = term_reference_id(reference);
    signal_push(s->node, to, signal);
    return is_asynchronous ? ATOM(true) : reference;
}

/* true, false, an error atom, or the reference of an answer {Ref, true}. */
static term internal_suspend(struct scheduler *s, const term *a)
{
    struct suspend_options options = { false, false };
    struct relation *relation;

    if (!term_is_local_pid(a[0]) || a[0] == s->process->pid)
        return ATOM(badarg);
    if (!parse_suspend_options(a[1], &options))
        return ATOM(badopt);
    if (!options.is_asynchronous && process_find(s->node, a[0]) == NULL)
        return ATOM(badarg);
    relation = relation_find(s->process, RELATION_SUSPENDS, relation_id_of(a[0]));
    if (relation == NULL)
        return send_suspend(s, a[0], options.is_asynchronous);
    if (options.unless_suspending)
        return ATOM(false);
    relation->value.count++;
    return ATOM(true);
}

static term process_resume(struct scheduler *s, const term *a)
{
    struct relation *relation;

    if (!term_is_local_pid(a[0]))
        return raise_badarg(s);
    relation = relation_find(s->process, RELATION_SUSPENDS, relation_id_of(a[0]));
    if (relation == NULL || process_find(s->node, a[0]) == NULL)
        return raise_badarg(s);
    if (--relation->value.count > 0)
        return ATOM(true);
    relation_take(s->process, relation);
    signal_push(s->node, a[0],
        relation_to_signal(s->node, relation, SIGNAL_RESUME, s->process->pid));
    return ATOM(true);
}

/* ---- system tasks ------------------------------------------------------------------------------------- */

static term collected(struct scheduler *s, const term *a)
{
    (void) s;
    (void) a;
    return ATOM(true);
}

/* A native is where nothing may move: the collection is a task for the process itself, done when the
** slice that is given up here has ended. */
static term internal_garbage_collect(struct scheduler *s, const term *a)
{
    term task;
    struct signal *signal;

    if (a[0] != ATOM(major) && a[0] != ATOM(minor))
        return raise_badarg(s);
    task = native_tuple3(s, ATOM(garbage_collect), ATOM(ok), a[0]);
    signal = task != TERM_NONE ? signal_create(s->node, SIGNAL_SYSTEM_TASK, TERM_NONE, task) : NULL;
    if (signal == NULL)
        return raise_no_memory(s);
    signal_push(s->node, s->process->pid, signal);
    native_yield(s, collected, 0, a);
    s->trap.yields = true;
    return TERM_NONE;
}

static term send_task(struct scheduler *s, term requester, term target, term priority, term task)
{
    struct signal *signal;

    if (!term_is_pid(requester) || !term_is_local_pid(target) || !term_is_atom(priority)
        || !term_is_tuple(task) || term_tuple_arity(task) < 3)
        return raise_badarg(s);
    signal = signal_create(s->node, SIGNAL_SYSTEM_TASK, requester, task);
    if (signal == NULL)
        return raise_no_memory(s);
    signal_push(s->node, target, signal);
    return ATOM(ok);
}

static term internal_request_task(struct scheduler *s, const term *a)
{
    return send_task(s, s->process->pid, a[0], a[1], a[2]);
}

static term internal_request_task_for(struct scheduler *s, const term *a)
{
    return send_task(s, a[0], a[1], a[2], a[3]);
}

/* ---- small ones ----------------------------------------------------------------------------------------- */

static term internal_is_system_process(struct scheduler *s, const term *a)
{
    struct process *process;

    if (!term_is_local_pid(a[0]))
        return raise_badarg(s);
    process = process_find(s->node, a[0]);
    return native_boolean(process != NULL && (process->flags & PROCESS_SYSTEM) != 0);
}

static term internal_process_display(struct scheduler *s, const term *a)
{
    (void) s;
    return term_is_local_pid(a[0]) && a[1] == ATOM(backtrace) ? ATOM(true) : ATOM(badarg);
}

static term internal_is_dirty(struct scheduler *s, const term *a)
{
    return term_is_local_pid(a[0]) ? ATOM(false) : raise_badarg(s);
}

static term internal_handle_dirty(struct scheduler *s, const term *a)
{
    (void) s;
    (void) a;
    return ATOM(noproc);
}

static term process_bump_reductions(struct scheduler *s, const term *a)
{
    int64_t reductions;

    if (!native_get_small(a[0], &reductions) || reductions < 0)
        return raise_badarg(s);
    native_charge(s, reductions < 100000 ? (size_t) reductions : 100000);
    return ATOM(true);
}
