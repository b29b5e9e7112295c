/* handle.c - what a process does with each signal. Always: the process is not running code, or looks
** for a message between two instructions; its heap is not collected here but for a system task that
** asks for it, and then only when no code of it runs. */
#include "proc/inbox.h"
#include "proc/native_call.h"
#include "proc/process_info.h"
#include "proc/reference.h"
#include "proc/relations.h"
#include "proc/spawn.h"
#include "proc/timer.h"

/* ---- messages --------------------------------------------------------------------- */

static void append_message(struct process *process, struct signal *signal)
{
    signal->next = NULL;
    *process->mailbox.last = signal;
    process->mailbox.last = &signal->next;
    process->message_count++;
    process->flags |= PROCESS_ROUSED;
}

/* A process that cannot be given what it must see ends: it asked for it and there is no memory. */
static void fail(struct node *node, struct process *process, struct signal *signal)
{
    signal_destroy(node, signal);
    process_exit(process, ATOM(system_limit));
}

/* The signal becomes a message that lies in env, which has taken in the signal's fragments. */
static void become_message(struct node *node, struct process *process, struct signal *signal,
    struct heap *env, term message)
{
    signal_change_kind(node, signal, SIGNAL_MESSAGE);
    signal->fragments = env->fragments;
    signal->offheap = env->offheap;
    signal->body = message;
    signal->flags = 0;
    append_message(process, signal);
}

/* ---- exits --------------------------------------------------------------------------- */

/* {'EXIT', From, Reason} */
static void deliver_exit(struct node *node, struct process *process, struct signal *signal)
{
    struct heap env;
    term *words;

    heap_init_env(&env, &node->heaps, MEMORY_MAILBOX);
    words = heap_allocate(&env, 4);
    if (words == NULL) {
        fail(node, process, signal);
        return;
    }
    words[0] = header_make(BOXED_TUPLE, 3);
    words[1] = ATOM(EXIT);
    words[2] = signal->from;
    words[3] = signal->body;
    signal_adopt(node, signal, &env);
    become_message(node, process, signal, &env, term_make_boxed(words));
}

static void exit_with(struct node *node, struct process *process, struct signal *signal, term reason)
{
    if (reason == signal->body)
        signal_adopt(node, signal, &process->heap);
    signal_destroy(node, signal);
    process_exit(process, reason);
}

/* Ports end by any reason, but for normal of others than their owner. */
static void end_port(struct node *node, struct process *port, struct signal *signal)
{
    if (signal->body == ATOM(normal) && signal->from != port->parent)
        signal_destroy(node, signal);
    else
        exit_with(node, port, signal,
            signal->body == ATOM(kill) ? ATOM(killed) : signal->body);
}

static void handle_exit(struct node *node, struct process *process, struct signal *signal)
{
    if (process->flags & PROCESS_IS_PORT)
        end_port(node, process, signal);
    else if (signal->body == ATOM(kill))
        exit_with(node, process, signal, ATOM(killed));
    else if (process->flags & PROCESS_TRAP_EXIT)
        deliver_exit(node, process, signal);
    else if (signal->body == ATOM(normal) && signal->from != process->pid)
        signal_destroy(node, signal);
    else
        exit_with(node, process, signal, signal->body);
}

/* What the two above and below come to, for a process. */
static bool is_ending(const struct process *process, const struct signal *signal)
{
    bool is_link = signal->kind == SIGNAL_EXIT_LINKED;

    if (signal->kind != SIGNAL_EXIT && !is_link)
        return false;
    if (!is_link && signal->body == ATOM(kill))
        return true;
    return (process->flags & PROCESS_TRAP_EXIT) == 0
        && (signal->body != ATOM(normal) || (!is_link && signal->from == process->pid));
}

bool signal_is_ending(const struct process *process)
{
    const struct signal *signal = inbox_first(process);

    while (signal != NULL && !is_ending(process, signal))
        signal = signal->next;
    return signal != NULL || process_is_exiting(process);
}

static void handle_exit_linked(struct node *node, struct process *process, struct signal *signal)
{
    struct relation *link = relation_find(process, RELATION_LINK, relation_id_of(signal->from));

    if (link == NULL || link->value.unlink != 0) {      /* the ack of an unlink is on its way */
        signal_destroy(node, signal);
        return;
    }
    relation_take(process, link);
    relation_destroy(node, link);
    if (process->flags & PROCESS_IS_PORT)
        end_port(node, process, signal);
    else if (process->flags & PROCESS_TRAP_EXIT)
        deliver_exit(node, process, signal);
    else if (signal->body == ATOM(normal))
        signal_destroy(node, signal);
    else
        exit_with(node, process, signal, signal->body);
}

/* ---- links ------------------------------------------------------------------------------ */

static void handle_link(struct node *node, struct process *process, struct signal *signal)
{
    uint64_t id = relation_id_of(signal->from);

    if (relation_find(process, RELATION_LINK, id) != NULL)
        signal_destroy(node, signal);
    else
        relation_insert(process, relation_from_signal(node, signal, RELATION_LINK, id));
}

static void handle_unlink(struct node *node, struct process *process, struct signal *signal)
{
    struct relation *link = relation_find(process, RELATION_LINK, relation_id_of(signal->from));
    term to = signal->from;

    if (link != NULL && link->value.unlink == 0) {
        relation_take(process, link);
        relation_destroy(node, link);
    }
    signal_change_kind(node, signal, SIGNAL_UNLINK_ACK);
    signal->from = process->pid;
    signal_push(node, to, signal);
}

static void handle_unlink_ack(struct node *node, struct process *process, struct signal *signal)
{
    struct relation *link = relation_find(process, RELATION_LINK, relation_id_of(signal->from));

    if (link != NULL && link->value.unlink == signal->id) {
        relation_take(process, link);
        relation_destroy(node, link);
    }
    signal_destroy(node, signal);
}

/* ---- monitors ------------------------------------------------------------------------------ */

static void handle_monitor(struct node *node, struct process *process, struct signal *signal)
{
    relation_insert(process, relation_from_signal(node, signal, RELATION_WATCHER, signal->id));
}

static void handle_demonitor(struct node *node, struct process *process, struct signal *signal)
{
    struct relation *watcher = relation_find(process, RELATION_WATCHER, signal->id);

    if (watcher != NULL && watcher->other == signal->from) {
        relation_take(process, watcher);
        relation_destroy(node, watcher);
    }
    signal_destroy(node, signal);
}

/* {Tag, Reference, process, Pid | {Name, Node}, Reason} in env; TERM_NONE without memory. */
static term make_down(struct node *node, struct process *process, const struct relation *monitor,
    const struct signal *signal, struct heap *env)
{
    uint64_t id = relation_id(monitor);
    term *words = heap_allocate(env, 6 + 3), reference;

    if (words == NULL)
        return TERM_NONE;
    words[6] = header_make(BOXED_TUPLE, 2);
    words[7] = monitor->value.name;
    words[8] = node->name;
    reference = monitor->flags & RELATION_ALIAS_REFERENCE
        ? reference_make_alias(env, id, process->pid) : reference_make(env, id);
    if (reference == TERM_NONE)
        return TERM_NONE;
    words[0] = header_make(BOXED_TUPLE, 5);
    words[1] = monitor->tag != TERM_NONE ? monitor->tag : ATOM(DOWN);
    if (monitor->flags & RELATION_HELD_TAG)
        words[1] = ((struct signal *) monitor->tag)->body;
    words[2] = reference;
    words[3] = monitor->flags & RELATION_OF_PORT ? ATOM(port) : ATOM(process);
    words[4] = monitor->flags & RELATION_BY_NAME ? term_make_boxed(words + 6) : monitor->other;
    words[5] = signal->body;
    return term_make_boxed(words);
}

static void handle_down(struct node *node, struct process *process, struct signal *signal)
{
    struct relation *monitor = relation_find(process, RELATION_MONITOR, signal->id);
    struct relation *alias = relation_find(process, RELATION_ALIAS, signal->id);
    struct heap env;
    term down;

    if (monitor == NULL) {                  /* demonitored meanwhile */
        signal_destroy(node, signal);
        return;
    }
    relation_take(process, monitor);
    if (alias != NULL && (alias->flags & RELATION_ALIAS_DEMONITOR)) {
        relation_take(process, alias);
        relation_destroy(node, alias);
    }
    heap_init_env(&env, &node->heaps, MEMORY_MAILBOX);
    down = make_down(node, process, monitor, signal, &env);
    if (down == TERM_NONE) {
        heap_deinit(&env);
        fail(node, process, signal);
    } else {
        if (monitor->flags & RELATION_HELD_TAG)
            signal_adopt(node, (struct signal *) monitor->tag, &env);
        signal_adopt(node, signal, &env);
        become_message(node, process, signal, &env, down);
    }
    relation_destroy(node, monitor);
}

/* ---- what others ask ------------------------------------------------------------------------ */

static void handle_process_info(struct scheduler *s, struct process *process, struct signal *signal)
{
    struct node *node = process_node(process);
    struct heap env;
    term info;

    heap_init_env(&env, &node->heaps, MEMORY_MAILBOX);
    info = process_info_make(s, process, signal->body, &env);
    if (info == TERM_NONE
        || process_info_reply(node, process, signal, &env, info) == SEND_NO_MEMORY) {
        heap_deinit(&env);
        signal_reply(node, process->pid, signal, ATOM(system_limit));
        return;
    }
    signal_destroy(node, signal);
}

static void handle_group_leader(struct node *node, struct process *process, struct signal *signal)
{
    process->group_leader = signal->body;
    signal_adopt(node, signal, &process->heap);
    if (signal->flags & SIGNAL_SYNCHRONOUS)
        signal_reply(node, process->pid, signal, ATOM(true));
    else
        signal_destroy(node, signal);
}

static void handle_suspend(struct node *node, struct process *process, struct signal *signal)
{
    uint64_t id = relation_id_of(signal->from);
    enum send_status reply = SEND_OK;

    process->flags |= PROCESS_SUSPENDED;
    if (signal->flags & SIGNAL_SYNCHRONOUS)
        reply = signal_send_reply(node, process->pid, signal->from, signal->id, ATOM(true));
    if (reply != SEND_OK)
        signal_refuse(node, process->pid, signal);
    else if (relation_find(process, RELATION_SUSPENDER, id) != NULL)
        signal_destroy(node, signal);
    else
        relation_insert(process, relation_from_signal(node, signal, RELATION_SUSPENDER, id));
}

static void handle_resume(struct node *node, struct process *process, struct signal *signal)
{
    struct relation *suspender
        = relation_find(process, RELATION_SUSPENDER, relation_id_of(signal->from));

    if (suspender != NULL) {
        relation_take(process, suspender);
        relation_destroy(node, suspender);
    }
    if (relation_at_least(process, RELATION_SUSPENDER, 0) == NULL)
        process->flags &= (uint16_t) ~PROCESS_SUSPENDED;
    signal_destroy(node, signal);
}

static void handle_suspended_down(struct node *node, struct process *process, struct signal *signal)
{
    struct relation *suspends
        = relation_find(process, RELATION_SUSPENDS, relation_id_of(signal->from));

    if (suspends != NULL) {
        relation_take(process, suspends);
        relation_destroy(node, suspends);
    }
    signal_destroy(node, signal);
}

static void handle_timeout(struct node *node, struct process *process, struct signal *signal)
{
    if (timer_is_of_receive(process, signal))
        process->flags |= PROCESS_TIMED_OUT | PROCESS_ROUSED;
    signal_destroy(node, signal);
}

/* {garbage_collect, Id, Type} or {check_process_code, Id, Module}. */
static void handle_system_task(struct scheduler *s, struct process *process, struct signal *signal)
{
    term task = term_tuple_element(signal->body, 0), result = ATOM(true);

    if (s->process == process) {            /* its code runs: at its next slice */
        signal_push(s->node, process->pid, signal);
        return;
    }
    if (task == ATOM(garbage_collect)) {
        if (!(process->flags & PROCESS_PINNED))
            (void) process_collect(s, process, 0, 0,
                term_tuple_element(signal->body, 2) == ATOM(major));
    } else if (task == ATOM(check_process_code)) {
        result = native_boolean(s->node->uses_module != NULL
            && s->node->uses_module(s->node, process, term_tuple_element(signal->body, 2)));
    }
    signal_reply_task(s->node, process->pid, signal, result);
}

/* ---- all ------------------------------------------------------------------------------------ */

static void handle_message(struct node *node, struct process *process, struct signal *signal)
{
    if ((signal->flags & SIGNAL_TO_ALIAS) && !alias_use(node, process, signal->id))
        signal_destroy(node, signal);
    else
        append_message(process, signal);
}

static void handle_signal(struct scheduler *s, struct process *process, struct signal *signal)
{
    struct node *node = process_node(process);

    switch ((enum signal_kind) signal->kind) {
    case SIGNAL_MESSAGE: handle_message(node, process, signal); break;
    case SIGNAL_EXIT: handle_exit(node, process, signal); break;
    case SIGNAL_EXIT_LINKED: handle_exit_linked(node, process, signal); break;
    case SIGNAL_LINK: handle_link(node, process, signal); break;
    case SIGNAL_UNLINK: handle_unlink(node, process, signal); break;
    case SIGNAL_UNLINK_ACK: handle_unlink_ack(node, process, signal); break;
    case SIGNAL_MONITOR: handle_monitor(node, process, signal); break;
    case SIGNAL_DEMONITOR: handle_demonitor(node, process, signal); break;
    case SIGNAL_MONITOR_DOWN: handle_down(node, process, signal); break;
    case SIGNAL_GROUP_LEADER: handle_group_leader(node, process, signal); break;
    case SIGNAL_PROCESS_INFO:
        node_hold(node);
        handle_process_info(s, process, signal);
        node_let_go(node);
        break;
    case SIGNAL_IS_ALIVE: signal_reply(node, process->pid, signal, ATOM(true)); break;
    case SIGNAL_SUSPEND: handle_suspend(node, process, signal); break;
    case SIGNAL_RESUME: handle_resume(node, process, signal); break;
    case SIGNAL_NO_ANSWER: fail(node, process, signal); break;
    case SIGNAL_SUSPENDED_DOWN: handle_suspended_down(node, process, signal); break;
    case SIGNAL_TIMEOUT: handle_timeout(node, process, signal); break;
    case SIGNAL_SYSTEM_TASK:
        node_hold(node);
        handle_system_task(s, process, signal);
        node_let_go(node);
        break;
    case SIGNAL_PORT_REQUEST: append_message(process, signal); break;
    }
}

/* Who asks for a process after its exit signal is answered when its end is through (signal_drain): tables
** and names have gone then, and all that watched it before has been told. */
static void keep_for_end(struct process *process, struct signal *signal)
{
    signal->next = NULL;
    *process->mailbox.last = signal;
    process->mailbox.last = &signal->next;
}

bool signal_handle_all(struct scheduler *s, struct process *process)
{
    struct signal *signal = inbox_take(process), *next;

    for (; signal != NULL; signal = next) {
        next = signal->next;
        native_charge(s, 1);
        if (process_is_exiting(process))
            keep_for_end(process, signal);
        else
            handle_signal(s, process, signal);
    }
    return !process_is_exiting(process);
}
