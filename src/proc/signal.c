/* signal.c - owns signals from their making until they are handled: blocks, inboxes, and what the
** dead answer. Always: a signal is in one place (sender, inbox, mailbox or handler), and whoever has
** it frees it or hands it on. */
#include "proc/signal.h"

#include "proc/inbox.h"
#include "proc/ready.h"
#include "proc/reference.h"
#include "proc/relations.h"
#include "proc/spawn.h"
#include "proc/table.h"
#include "proc/timer.h"

static enum memory_kind kind_of(enum signal_kind kind)
{
    return kind == SIGNAL_MESSAGE ? MEMORY_MAILBOX : MEMORY_SIGNAL;
}

/* ---- blocks --------------------------------------------------------------------- */

static void fill(struct signal *signal, enum signal_kind kind, term from, term body)
{
    signal->next = NULL;
    signal->from = from;
    signal->body = body;
    signal->id = 0;
    signal->fragments = NULL;
    signal->offheap = TERM_NONE;
    signal->kind = (uint8_t) kind;
    signal->flags = 0;
}

struct signal *signal_create_moved(struct node *node, enum signal_kind kind, term from,
    struct heap *env, term body)
{
    struct signal *signal = memory_allocate(node->memory, kind_of(kind), SIGNAL_BLOCK);

    if (signal == NULL)
        return NULL;
    fill(signal, kind, from, body);
    if (env != NULL && env->fragments != NULL) {
        signal->fragments = env->fragments;
        signal->offheap = env->offheap;
        heap_init_env(env, env->shared, heap_kind(env));
    }
    return signal;
}

struct signal *signal_create(struct node *node, enum signal_kind kind, term from, term body)
{
    struct heap env;
    struct signal *signal;

    if (term_is_immediate(body) || body == TERM_NONE)
        return signal_create_moved(node, kind, from, NULL, body);
    heap_init_env(&env, &node->heaps, kind_of(kind));
    body = heap_copy(&env, body);
    if (body == TERM_NONE)
        return NULL;
    signal = signal_create_moved(node, kind, from, &env, body);
    if (signal == NULL)
        heap_deinit(&env);
    return signal;
}

/* A message in one allocation with its copy of body. words: what that takes, not 0. */
static struct signal *create_embedded(struct node *node, struct process *from, term body,
    size_t words)
{
    term offheap;
    struct heap_fragment *fragment = heap_copy_alone(&node->heaps, MEMORY_MAILBOX, SIGNAL_BLOCK,
        from != NULL ? &from->heap : NULL, words, &body, &offheap);
    struct signal *signal;

    if (fragment == NULL)
        return NULL;
    signal = (struct signal *) (void *) ((char *) fragment - SIGNAL_BLOCK);
    fill(signal, SIGNAL_MESSAGE, from != NULL ? from->pid : TERM_NONE, body);
    signal->fragments = fragment;
    signal->offheap = offheap;
    signal->flags = SIGNAL_EMBEDDED;
    return signal;
}

static struct signal *create_plain(struct node *node, struct process *from, term body, size_t words)
{
    struct heap_fragment *fragment = heap_copy_plain(&node->heaps, MEMORY_MAILBOX, SIGNAL_BLOCK, words,
        &body);
    struct signal *signal;

    if (fragment == NULL)
        return NULL;
    signal = (struct signal *) (void *) ((char *) fragment - SIGNAL_BLOCK);
    fill(signal, SIGNAL_MESSAGE, from->pid, body);
    signal->fragments = fragment;
    signal->flags = SIGNAL_EMBEDDED | SIGNAL_PLAIN;
    return signal;
}

static struct signal *create_message(struct node *node, struct process *from, term body)
{
    size_t words = from != NULL ? heap_plain_words(&from->heap, body) : 0;

    if (words > 0)
        return create_plain(node, from, body, words);
    words = heap_copied_words(&node->heaps, from != NULL ? &from->heap : NULL, body);
    if (words == SIZE_MAX)
        return NULL;
    if (words > 0)
        return create_embedded(node, from, body, words);
    return signal_create_moved(node, SIGNAL_MESSAGE, from != NULL ? from->pid : TERM_NONE, NULL,
        body);
}

/* The signal's fragments as an environment; the signal has none afterwards. */
static void take_fragments(struct node *node, struct signal *signal, struct heap *env)
{
    struct heap_fragment *fragment;
    struct offheap_binary *binary;
    term offheap;

    heap_init_env(env, &node->heaps, kind_of((enum signal_kind) signal->kind));
    env->fragments = signal->fragments;
    env->offheap = signal->offheap;
    for (fragment = env->fragments; fragment != NULL; fragment = fragment->next)
        env->fragment_words = heap_count_up(env->fragment_words, fragment->used);
    offheap = env->offheap;
    while ((binary = offheap_binary_next(&offheap)) != NULL)
        heap_note_offheap(env, binary->capacity);
    signal->fragments = NULL;
    signal->offheap = TERM_NONE;
}

void signal_adopt(struct node *node, struct signal *signal, struct heap *heap)
{
    struct heap env;

    if (signal->fragments == NULL)
        return;
    take_fragments(node, signal, &env);
    heap_adopt(heap, &env);
}

static void release_terms(struct node *node, struct signal *signal)
{
    heap_release_list(node->memory, kind_of((enum signal_kind) signal->kind), signal->fragments,
        signal->offheap);
    signal->fragments = NULL;
    signal->offheap = TERM_NONE;
}

void signal_destroy(struct node *node, struct signal *signal)
{
    enum memory_kind kind = kind_of((enum signal_kind) signal->kind);
    bool embedded = signal->flags & SIGNAL_EMBEDDED;

    if (signal->kind == SIGNAL_TIMEOUT) {
        timer_destroy_fired(node, signal);
        return;
    }
    heap_release_list(node->memory, kind, signal->fragments, signal->offheap);
    if (!embedded)
        memory_free(node->memory, kind, signal, SIGNAL_BLOCK);
}

void signal_change_kind(struct node *node, struct signal *signal, enum signal_kind kind)
{
    enum memory_kind old = kind_of((enum signal_kind) signal->kind), new = kind_of(kind);
    struct heap from, to;

    if (old != new) {
        memory_rename(node->memory, old, new, SIGNAL_BLOCK);
        if (signal->fragments != NULL) {
            take_fragments(node, signal, &from);
            heap_init_env(&to, &node->heaps, new);
            heap_adopt(&to, &from);
            signal->fragments = to.fragments;
            signal->offheap = to.offheap;
        }
    }
    signal->kind = (uint8_t) kind;
}

/* The signal holds no terms any more; the fragment that it lies with remains, empty. */
static void drop_fragments(struct node *node, struct signal *signal)
{
    struct heap_fragment **last = &signal->fragments, *own = NULL;

    if (signal->flags & SIGNAL_EMBEDDED) {
        while ((*last)->next != NULL)
            last = &(*last)->next;
        own = *last;
        *last = NULL;
        own->used = 0;
    }
    release_terms(node, signal);
    signal->fragments = own;
}

static void prepend_fragments(struct signal *signal, const struct heap *env)
{
    struct heap_fragment *own = signal->fragments, *last = env->fragments;

    signal->offheap = env->offheap;
    if (last == NULL)
        return;
    signal->fragments = last;
    while (last->next != NULL)
        last = last->next;
    last->next = own;
}

bool signal_detach_retired(struct node *node, struct signal *signal)
{
    enum memory_kind kind = kind_of((enum signal_kind) signal->kind);
    struct heap_root root = { &signal->body, 1 };
    struct heap env;
    term body;

    heap_init_env(&env, &node->heaps, kind);
    env.fragments = signal->fragments;      /* only to look at them */
    if (!heap_uses_retired(&env, &root, 1))
        return true;
    heap_init_env(&env, &node->heaps, kind);
    body = heap_copy_with_literals(&env, signal->body);
    if (body == TERM_NONE)
        return false;
    drop_fragments(node, signal);
    signal->body = body;
    prepend_fragments(signal, &env);
    return true;
}

/* ---- pushing ---------------------------------------------------------------------- */

void signal_deliver(struct node *node, struct process *process, struct signal *signal)
{
    enum inbox_push_result result = inbox_push(process, signal);

    if (AVM_LIKELY(result == INBOX_WOKEN))
        ready_push(node, process);
    else if (result == INBOX_REFUSED)
        signal_answer_dead(node, process->pid, signal);
}

void signal_push(struct node *node, term to, struct signal *signal)
{
    struct process *process = node_find_receiver(node, to);

    if (process == NULL)
        signal_answer_dead(node, to, signal);
    else
        signal_deliver(node, process, signal);
}

static enum send_status send_task_result(struct node *node, term from, const struct signal *task,
    term result);

/* Turns a taken signal into an answer to its sender. */
static void answer_with(struct node *node, term dead, struct signal *signal, enum signal_kind kind,
    term body)
{
    term asker = signal->from;

    release_terms(node, signal);
    signal_change_kind(node, signal, kind);
    signal->from = dead;
    signal->body = body;
    signal->flags = 0;
    signal_push(node, asker, signal);
}

void signal_refuse(struct node *node, term from, struct signal *request)
{
    if (request->from != TERM_NONE)
        answer_with(node, from, request, SIGNAL_NO_ANSWER, TERM_NONE);
    else
        signal_destroy(node, request);
}

void signal_reply(struct node *node, term from, struct signal *request, term result)
{
    if (signal_send_reply(node, from, request->from, request->id, result) == SEND_OK)
        signal_destroy(node, request);
    else
        signal_refuse(node, from, request);
}

void signal_reply_task(struct node *node, term from, struct signal *request, term result)
{
    if (request->from == TERM_NONE || send_task_result(node, from, request, result) == SEND_OK)
        signal_destroy(node, request);
    else
        signal_refuse(node, from, request);
}

/* Who suspended it is told twice: the answer, and that its half of the suspension is over. */
static void answer_suspend(struct node *node, term dead, struct signal *signal)
{
    if ((signal->flags & SIGNAL_SYNCHRONOUS)
        && signal_send_reply(node, dead, signal->from, signal->id, ATOM(badarg)) != SEND_OK)
        signal_refuse(node, dead, signal);
    else
        answer_with(node, dead, signal, SIGNAL_SUSPENDED_DOWN, TERM_NONE);
}

void signal_answer_dead(struct node *node, term dead, struct signal *signal)
{
    switch ((enum signal_kind) signal->kind) {
    case SIGNAL_LINK:
        answer_with(node, dead, signal, SIGNAL_EXIT_LINKED, ATOM(noproc));
        break;
    case SIGNAL_UNLINK:
        answer_with(node, dead, signal, SIGNAL_UNLINK_ACK, TERM_NONE);
        break;
    case SIGNAL_MONITOR:
        answer_with(node, dead, signal, SIGNAL_MONITOR_DOWN, ATOM(noproc));
        break;
    case SIGNAL_PROCESS_INFO:
        signal_reply(node, dead, signal, ATOM(undefined));
        break;
    case SIGNAL_IS_ALIVE:
        signal_reply(node, dead, signal, ATOM(false));
        break;
    case SIGNAL_SUSPEND:
        answer_suspend(node, dead, signal);
        break;
    case SIGNAL_GROUP_LEADER:
        if (signal->flags & SIGNAL_SYNCHRONOUS)
            signal_reply(node, dead, signal, ATOM(badarg));
        else
            signal_destroy(node, signal);
        break;
    case SIGNAL_PORT_REQUEST:
        signal_reply(node, dead, signal, term_tuple_element(signal->body, 0) == ATOM(port_info)
            ? ATOM(undefined) : ATOM(badarg));
        break;
    case SIGNAL_SYSTEM_TASK:
        signal_reply_task(node, dead, signal, ATOM(false));
        break;
    case SIGNAL_MONITOR_DOWN:
        if (dead == RESOURCE_WATCHER && node->resource_down != NULL) {
            node_hold(node);
            node->resource_down(node, signal);
            node_let_go(node);
        }
        signal_destroy(node, signal);
        break;
    default:
        signal_destroy(node, signal);
        break;
    }
}

static void answer_all(struct node *node, term dead, struct signal *signal)
{
    while (signal != NULL) {
        struct signal *next = signal->next;

        signal_answer_dead(node, dead, signal);
        signal = next;
    }
}

void signal_drain(struct node *node, struct process *process)
{
    answer_all(node, process->pid, process->mailbox.first);
    process->mailbox.first = NULL;
    process->mailbox.last = process->mailbox.save = &process->mailbox.first;
    process->message_count = 0;
    do {
        answer_all(node, process->pid, inbox_take(process));
    } while (!inbox_close(process));
}

/* ---- sending ------------------------------------------------------------------------- */

static term pid_of(const struct process *process)
{
    return process != NULL ? process->pid : TERM_NONE;
}

enum send_status signal_send_message(struct node *node, struct process *from, term to, term message)
{
    struct process *receiver = node_find_receiver(node, to);
    struct signal *signal;

    if (receiver == NULL)
        return SEND_OK;
    signal = create_message(node, from, message);
    if (signal == NULL)
        return SEND_NO_MEMORY;
    atomic_bump(&node_own_counts(node)->messages, (uint64_t) 1);
    signal_deliver(node, receiver, signal);
    return SEND_OK;
}

enum send_status signal_send_moved(struct node *node, term from, term to, struct heap *env,
    term message)
{
    struct signal *signal = signal_create_moved(node, SIGNAL_MESSAGE, from, env, message);

    if (signal == NULL) {
        heap_deinit(env);
        return SEND_NO_MEMORY;
    }
    atomic_bump(&node_own_counts(node)->messages, (uint64_t) 1);
    signal_push(node, to, signal);
    return SEND_OK;
}

enum send_status signal_send_alias(struct node *node, struct process *from, term alias, term message)
{
    struct process *receiver = process_table_find(node->processes, term_alias_owner(alias));
    struct signal *signal;

    if (receiver == NULL)
        return SEND_OK;
    signal = create_message(node, from, message);
    if (signal == NULL)
        return SEND_NO_MEMORY;
    atomic_bump(&node_own_counts(node)->messages, (uint64_t) 1);
    signal->flags |= SIGNAL_TO_ALIAS;
    signal->id = term_reference_id(alias);
    signal_deliver(node, receiver, signal);
    return SEND_OK;
}

enum send_status signal_send_exit(struct node *node, struct process *from, term to, term reason)
{
    struct signal *signal;

    if (node_find_receiver(node, to) == NULL)
        return SEND_OK;
    signal = signal_create(node, SIGNAL_EXIT, pid_of(from), reason);
    if (signal == NULL)
        return SEND_NO_MEMORY;
    signal_push(node, to, signal);
    return SEND_OK;
}

enum send_status signal_send_reply(struct node *node, term from, term to, uint64_t reference,
    term result)
{
    struct heap env;
    term *words, copy;

    heap_init_env(&env, &node->heaps, MEMORY_MAILBOX);
    copy = heap_copy(&env, result);
    words = heap_allocate(&env, 3 + REFERENCE_WORDS);
    if (copy == TERM_NONE || words == NULL) {
        heap_deinit(&env);
        return SEND_NO_MEMORY;
    }
    words[0] = header_make(BOXED_TUPLE, 2);
    words[1] = reference_put(words + 3, reference);
    words[2] = copy;
    return signal_send_moved(node, from, to, &env, term_make_boxed(words));
}

static enum send_status send_task_result(struct node *node, term from, const struct signal *task,
    term result)
{
    term tag = term_tuple_element(task->body, 0), id = term_tuple_element(task->body, 1);
    struct heap env;
    term *words, copy;

    heap_init_env(&env, &node->heaps, MEMORY_MAILBOX);
    copy = heap_copy(&env, id);
    words = heap_allocate(&env, 4);
    if (copy == TERM_NONE || words == NULL) {
        heap_deinit(&env);
        return SEND_NO_MEMORY;
    }
    words[0] = header_make(BOXED_TUPLE, 3);
    words[1] = tag;
    words[2] = copy;
    words[3] = result;
    return signal_send_moved(node, from, task->from, &env, term_make_boxed(words));
}
