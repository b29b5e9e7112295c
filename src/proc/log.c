/* log.c - builds log events in an environment and sends them. Always: on any failure the environment
** is freed and nothing is sent. */
#include "proc/log.h"

#include "data/map.h"
#include "data/number.h"
#include "proc/names.h"
#include "proc/process_info.h"
#include "proc/signal.h"

static term make_text(struct heap *env, const char *text)
{
    size_t size = strlen(text);
    term list = TERM_NIL, *cells = heap_allocate(env, 2 * size);

    if (cells == NULL)
        return TERM_NONE;
    while (size-- > 0) {
        cells[2 * size] = term_make_small((uint8_t) text[size]);
        cells[2 * size + 1] = list;
        list = term_make_cons(cells + 2 * size);
    }
    return list;
}

static term make_map(struct node *node, struct heap *env, const term *pairs, size_t count)
{
    term map = map_empty(env), result;
    size_t i;

    for (i = 0; i < 2 * count; i++) {
        if (pairs[i] == TERM_NONE)
            return TERM_NONE;
    }
    if (map == TERM_NONE
        || map_put_pairs(&node->compare, env, map, pairs, count, false, &result) != DATA_OK)
        return TERM_NONE;
    return result;
}

/* #{gl => .., pid => .., time => .., error_logger => #{tag => .., emulator => true}} */
static term make_metadata(struct node *node, const struct process *process, term level,
    struct heap *env)
{
    term origin[] = { ATOM(tag), level, ATOM(emulator), ATOM(true) };
    term pairs[] = { ATOM(gl), heap_copy(env, process->group_leader), ATOM(pid), process->pid,
        ATOM(time), integer_make_int64(env, node_system_time(node) / 1000), ATOM(error_logger),
        make_map(node, env, origin, 2) };

    return make_map(node, env, pairs, 4);
}

/* TERM_NONE: there is none. */
static term find_logger(struct node *node)
{
    term logger = node->system_logger;

    if (term_is_atom(logger))
        logger = name_find(node, logger);
    return logger != TERM_NONE && term_is_local_pid(logger) ? logger : TERM_NONE;
}

void log_event(struct node *node, struct process *process, term level, const char *format,
    term arguments)
{
    term logger = find_logger(node), *words, metadata;
    struct heap env;

    if (logger == TERM_NONE)
        return;
    heap_init_env(&env, &node->heaps, MEMORY_MAILBOX);
    metadata = make_metadata(node, process, level, &env);
    words = heap_allocate(&env, 6);
    if (words != NULL) {
        words[0] = header_make(BOXED_TUPLE, 5);
        words[1] = ATOM(log);
        words[2] = level;
        words[3] = make_text(&env, format);
        words[4] = heap_copy(&env, arguments);
        words[5] = metadata;
    }
    if (words == NULL || words[3] == TERM_NONE || words[4] == TERM_NONE || metadata == TERM_NONE) {
        if (words != NULL)
            words[3] = words[4] = words[5] = TERM_NIL;
        heap_deinit(&env);
        return;
    }
    (void) signal_send_moved(node, process->pid, logger, &env, term_make_boxed(words));
}

void log_process_error(struct node *node, struct process *process, term reason)
{
    term cells[4] = { TERM_NIL };
    node_crashed_fn *crashed = node->crashed;

    if (crashed == NULL && find_logger(node) == TERM_NONE)
        crashed = atomic_get(&node->crashed_unheard);
    if (crashed != NULL) {
        node_hold(node);
        crashed(node, process, reason);
        node_let_go(node);
        return;
    }
    cells[0] = process->pid;
    cells[1] = term_make_cons(cells + 2);
    cells[2] = reason;
    cells[3] = TERM_NIL;
    log_event(node, process, ATOM(error), "Error in process ~p with exit value:~n~p~n",
        term_make_cons(cells));
}

/* As OTP prints it: what grew, and to how much. */
void log_heap_limit(struct scheduler *s, struct process *process, size_t words)
{
    const char *format = "     Process:            ~p ~n     Context:            maximum heap size reached~n"
        "     Max Heap Size:      ~p~n     Total Heap Size:    ~p~n     Kill:               ~p~n"
        "     Error Logger:       ~p~n     Message Queue Len:  ~p~n     GC Info:            ~p~n";
    struct node *node = process_node(process);
    struct heap env;
    term info, cells[14];
    term values[7] = { process->pid,
        term_make_small((intptr_t) (process->rare != NULL ? process->rare->max_heap_words : 0)),
        term_make_small((intptr_t) words),
        process->flags & PROCESS_HEAP_KILL ? ATOM(true) : ATOM(false),
        process->flags & PROCESS_HEAP_LOG ? ATOM(true) : ATOM(false),
        term_make_small((intptr_t) process->message_count), TERM_NIL };
    unsigned i;

    heap_init_env(&env, &node->heaps, MEMORY_MAILBOX);
    info = process_info_make(s, process, ATOM(garbage_collection_info), &env);
    if (info != TERM_NONE)
        values[6] = term_tuple_element(info, 1);
    for (i = 0; i < 7; i++) {
        cells[2 * i] = values[i];
        cells[2 * i + 1] = i < 6 ? term_make_cons(cells + 2 * i + 2) : TERM_NIL;
    }
    log_event(node, process, ATOM(error), format, term_make_cons(cells));
    heap_deinit(&env);
}
