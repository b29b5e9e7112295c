/* process_info.c - one function an item, in a table. Always: the maker reads only its own process. */
#include "proc/process_info.h"

#include "data/bits.h"
#include "data/map.h"
#include "data/number.h"
#include "proc/dictionary.h"
#include "proc/options.h"
#include "proc/reference.h"
#include "proc/relations.h"

#define MIN_BIN_VHEAP_WORDS 46422

struct info {
    struct scheduler *scheduler;
    struct node *node;
    struct process *process;
    struct heap *heap;
    bool is_own_heap;
};

typedef term info_fn(const struct info *info);

/* ---- building ------------------------------------------------------------------------- */

static term make_tuple(struct heap *heap, unsigned arity, term a, term b, term c)
{
    term elements[3] = { a, b, c };
    term *words;
    unsigned i;

    for (i = 0; i < arity; i++) {
        if (elements[i] == TERM_NONE)
            return TERM_NONE;
    }
    words = heap_allocate(heap, 1 + arity);
    if (words == NULL)
        return TERM_NONE;
    words[0] = header_make(BOXED_TUPLE, arity);
    memcpy(words + 1, elements, arity * sizeof *elements);
    return term_make_boxed(words);
}

static term make_pair(struct heap *heap, term a, term b)
{
    return make_tuple(heap, 2, a, b, TERM_NONE);
}

static term make_cons(struct heap *heap, term head, term tail)
{
    term *cell = head != TERM_NONE && tail != TERM_NONE ? heap_allocate(heap, 2) : NULL;

    if (cell == NULL)
        return TERM_NONE;
    cell[0] = head;
    cell[1] = tail;
    return term_make_cons(cell);
}

static term make_size(const struct info *info, uint64_t value)
{
    return integer_make_uint64(info->heap, value);
}

/* A term of the process's heap, where the answer may point to it. */
static term share(const struct info *info, term t)
{
    return info->is_own_heap ? t : heap_copy(info->heap, t);
}

static term flag_value(const struct info *info, unsigned flag)
{
    return info->process->flags & flag ? ATOM(true) : ATOM(false);
}

/* ---- code ------------------------------------------------------------------------------ */

static term info_initial_call(const struct info *info)
{
    const struct export *export = info->process->initial_call;

    if (export == NULL)
        return ATOM(undefined);
    return make_tuple(info->heap, 3, export->identity.module, export->identity.function,
        term_make_small((intptr_t) export->identity.arity));
}

static term info_current_function(const struct info *info)
{
    struct function *function = info->node->current_function != NULL && info->process->ip != NULL
        ? info->node->current_function(info->process) : NULL;

    if (info->process->flags & PROCESS_HIBERNATED)
        return make_tuple(info->heap, 3, ATOM(erlang), ATOM(hibernate), term_make_small(3));
    if (function == NULL || function->module == NULL)
        return info->process->ip == NULL ? info_initial_call(info) : ATOM(undefined);
    return make_tuple(info->heap, 3, function->module->name, function->name,
        term_make_small((intptr_t) function->arity));
}

static term stacktrace(const struct info *info, unsigned depth)
{
    return info->node->current_stacktrace != NULL
        ? info->node->current_stacktrace(info->scheduler, info->process, info->heap, depth) : TERM_NIL;
}

static term info_current_stacktrace(const struct info *info)
{
    return stacktrace(info, info->node->backtrace_depth);
}

static term info_current_location(const struct info *info)
{
    term trace = stacktrace(info, 1);

    return term_is_cons(trace) ? term_head(trace) : trace == TERM_NONE ? trace : ATOM(undefined);
}

static term info_status(const struct info *info)
{
    const struct process *process = info->process;

    if (info->is_own_heap)
        return ATOM(running);
    if (process->flags & PROCESS_SUSPENDED)
        return ATOM(suspended);
    return (process->flags & (PROCESS_IN_RECEIVE | PROCESS_ROUSED)) == PROCESS_IN_RECEIVE
        ? ATOM(waiting) : ATOM(runnable);
}

/* ---- messages, relations ------------------------------------------------------------------ */

static term info_message_queue_len(const struct info *info)
{
    return make_size(info, info->process->message_count);
}

static term info_messages(const struct info *info)
{
    const struct signal *message;
    term list = TERM_NIL, *tail = &list;

    for (message = info->process->mailbox.first; message != NULL; message = message->next) {
        term copy = heap_copy(info->heap, message->body);
        term cell = make_cons(info->heap, copy, TERM_NIL);

        if (cell == TERM_NONE)
            return TERM_NONE;
        *tail = cell;
        tail = term_cons_cell(cell) + 1;
    }
    return list;
}

typedef term relation_value_fn(const struct info *info, const struct relation *relation);

static term list_relations(const struct info *info, enum relation_kind kind, relation_value_fn *value)
{
    const struct relation *relation = relation_at_least(info->process, kind, 0);
    term list = TERM_NIL;

    for (; relation != NULL;
         relation = relation_at_least(info->process, kind, relation_id(relation) + 1)) {
        term item = value(info, relation);

        if (item == ATOM(undefined))
            continue;
        list = make_cons(info->heap, item, list);
        if (list == TERM_NONE)
            return TERM_NONE;
    }
    return list;
}

static term active_link(const struct info *info, const struct relation *link)
{
    (void) info;
    return link->value.unlink == 0 ? link->other : ATOM(undefined);
}

static term watched(const struct info *info, const struct relation *monitor)
{
    term whom = monitor->flags & RELATION_BY_NAME
        ? make_pair(info->heap, monitor->value.name, info->node->name) : monitor->other;

    return make_pair(info->heap, monitor->flags & RELATION_OF_PORT ? ATOM(port) : ATOM(process), whom);
}

static term suspended_by_us(const struct info *info, const struct relation *relation)
{
    return make_tuple(info->heap, 3, relation->other, make_size(info, relation->value.count),
        term_make_small(0));
}

static term info_links(const struct info *info)
{
    return list_relations(info, RELATION_LINK, active_link);
}

static term info_monitors(const struct info *info)
{
    return list_relations(info, RELATION_MONITOR, watched);
}

/* A resource shows as a reference. */
static term watcher_of(const struct info *info, const struct relation *relation)
{
    uint64_t id = relation_id(relation);
    term *words;

    if (relation->other != RESOURCE_WATCHER)
        return relation->other;
    words = heap_allocate(info->heap, REFERENCE_WORDS);
    if (words == NULL)
        return TERM_NONE;
    words[0] = header_make(BOXED_REFERENCE, REFERENCE_WORDS - 1);
    memcpy(words + 1, &id, sizeof id);
    return term_make_boxed(words);
}

static term info_monitored_by(const struct info *info)
{
    return list_relations(info, RELATION_WATCHER, watcher_of);
}

static term info_suspending(const struct info *info)
{
    return list_relations(info, RELATION_SUSPENDS, suspended_by_us);
}

/* ---- settings ---------------------------------------------------------------------------- */

static term info_registered_name(const struct info *info)
{
    return atomic_peek(&info->process->name) != PROCESS_NAME_NONE ? term_make_atom(atomic_peek(&info->process->name)) : TERM_NIL;
}

static term info_dictionary(const struct info *info)
{
    const struct dictionary *dictionary = info->process->dictionary;
    term list = TERM_NIL;
    uint32_t i;

    for (i = dictionary != NULL ? dictionary->count : 0; i > 0; i--) {
        term key = share(info, dictionary->pairs[2 * (i - 1)]);
        term value = share(info, dictionary->pairs[2 * (i - 1) + 1]);

        list = make_cons(info->heap, make_pair(info->heap, key, value), list);
        if (list == TERM_NONE)
            return TERM_NONE;
    }
    return list;
}

static term info_error_handler(const struct info *info)
{
    const struct process_rare *rare = info->process->rare;

    return rare != NULL && rare->error_handler != TERM_NONE ? rare->error_handler
                                                            : ATOM(error_handler);
}

static term info_trap_exit(const struct info *info) { return flag_value(info, PROCESS_TRAP_EXIT); }

term process_info_priority(unsigned priority)
{
    const term names[] = { ATOM(low), ATOM(normal), ATOM(high), ATOM(max) };

    return names[priority & 3];
}

static term info_priority(const struct info *info)
{
    return process_info_priority(info->process->priority);
}

static term info_group_leader(const struct info *info)
{
    return share(info, info->process->group_leader);
}

static term info_parent(const struct info *info)
{
    return info->process->parent != TERM_NONE ? info->process->parent : ATOM(undefined);
}

static term info_message_queue_data(const struct info *info)
{
    return info->process->flags & PROCESS_OFF_HEAP_MESSAGES ? ATOM(off_heap) : ATOM(on_heap);
}

static term info_none(const struct info *info) { (void) info; return TERM_NIL; }
static term info_no_text(const struct info *info) { return bits_make_copy(info->heap, "", 0); }
static term info_false(const struct info *info) { (void) info; return ATOM(false); }
static term info_zero(const struct info *info) { (void) info; return term_make_small(0); }

/* ---- memory -------------------------------------------------------------------------------- */

static size_t block_words(const struct process *process)
{
    return (size_t) (process->heap.end - process->heap.start);
}

size_t process_info_bytes(const struct process *process)
{
    size_t bytes = sizeof *process + heap_total_words(&process->heap) * sizeof(term);
    const struct signal *message;
    const struct heap_fragment *fragment;

    for (message = process->mailbox.first; message != NULL; message = message->next) {
        bytes += SIGNAL_BLOCK;
        for (fragment = message->fragments; fragment != NULL; fragment = fragment->next)
            bytes += sizeof *fragment + fragment->capacity * sizeof(term);
    }
    return bytes;
}

static term info_memory(const struct info *info)
{
    return make_size(info, process_info_bytes(info->process));
}

static term info_total_heap_size(const struct info *info)
{
    return make_size(info, heap_total_words(&info->process->heap));
}

static term info_heap_size(const struct info *info)
{
    return make_size(info, block_words(info->process));
}

static term info_stack_size(const struct info *info)
{
    return make_size(info, (uint64_t) (info->process->heap.end - info->process->heap.stack));
}

static term info_reductions(const struct info *info)
{
    const struct scheduler *s = info->scheduler;
    uint64_t reductions = info->process->reductions;

    if (info->process == s->process)        /* the slice that goes on */
        reductions += (uint64_t) (s->slice - s->reductions);
    return make_size(info, (size_t) reductions);
}

static term info_min_heap_size(const struct info *info)
{
    return make_size(info, options_told_heap_words(info->process->heap.min_words));
}

static term info_min_bin_vheap_size(const struct info *info)
{
    return make_size(info, MIN_BIN_VHEAP_WORDS);
}

static term info_fullsweep_after(const struct info *info)
{
    return make_size(info, info->process->heap.fullsweep_after);
}

term process_info_heap_limit(struct node *node, struct heap *heap, struct heap_limit limit)
{
    term map = map_empty(heap), result;
    term pairs[] = { ATOM(error_logger), limit.log ? ATOM(true) : ATOM(false), ATOM(kill),
        limit.kill ? ATOM(true) : ATOM(false), ATOM(size), integer_make_uint64(heap, limit.words) };

    if (map == TERM_NONE || pairs[5] == TERM_NONE
        || map_put_pairs(&node->compare, heap, map, pairs, 3, false, &result) != DATA_OK)
        return TERM_NONE;
    return result;
}

static term info_max_heap_size(const struct info *info)
{
    const struct process *process = info->process;
    struct heap_limit limit = { process->rare != NULL ? process->rare->max_heap_words : 0,
        (process->flags & PROCESS_HEAP_KILL) != 0, (process->flags & PROCESS_HEAP_LOG) != 0 };

    return process_info_heap_limit(info->node, info->heap, limit);
}

static term info_garbage_collection(const struct info *info)
{
    const term names[] = { ATOM(max_heap_size), ATOM(min_bin_vheap_size), ATOM(min_heap_size),
        ATOM(fullsweep_after), ATOM(minor_gcs) };
    const term values[] = { info_max_heap_size(info), info_min_bin_vheap_size(info),
        info_min_heap_size(info), info_fullsweep_after(info),
        make_size(info, info->process->heap.minor_count) };
    term list = TERM_NIL;
    size_t i;

    for (i = AVM_COUNT_OF(names); i > 0 && list != TERM_NONE; i--)
        list = make_cons(info->heap, make_pair(info->heap, names[i - 1], values[i - 1]), list);
    return list;
}

static term info_garbage_collection_info(const struct info *info)
{
    const struct heap *heap = &info->process->heap;
    size_t old = heap->old != NULL ? (size_t) (heap->old->end - heap->old->start) : 0;
    size_t old_used = heap->old != NULL ? (size_t) (heap->old->top - heap->old->start) : 0;
    const struct { term name; size_t value; } rows[] = {
        { ATOM(old_heap_block_size), old },
        { ATOM(heap_block_size), block_words(info->process) },
        { ATOM(mbuf_size), heap->fragment_words },
        { ATOM(recent_size), (size_t) (heap->high_water - heap->start) },
        { ATOM(stack_size), (size_t) (heap->end - heap->stack) },
        { ATOM(old_heap_size), old_used },
        { ATOM(heap_size), (size_t) (heap->top - heap->start) },
        { ATOM(bin_vheap_size), heap->offheap_bytes / sizeof(term) },
        { ATOM(bin_vheap_block_size), MIN_BIN_VHEAP_WORDS },
        { ATOM(bin_old_vheap_size), 0 },
        { ATOM(bin_old_vheap_block_size), MIN_BIN_VHEAP_WORDS },
    };
    term list = TERM_NIL;
    size_t i;

    for (i = AVM_COUNT_OF(rows); i > 0 && list != TERM_NONE; i--)
        list = make_cons(info->heap,
            make_pair(info->heap, rows[i - 1].name, make_size(info, rows[i - 1].value)), list);
    return list;
}

/* {Address, Bytes, References} of each binary of list, before those of tail. */
static term list_binaries(const struct info *info, term list, term tail)
{
    struct offheap_binary *binary;

    while (tail != TERM_NONE && (binary = offheap_binary_next(&list)) != NULL)
        tail = make_cons(info->heap,
            make_tuple(info->heap, 3, make_size(info, (uintptr_t) binary),
                make_size(info, binary->capacity),
                make_size(info, atomic_get(&binary->references))), tail);
    return tail;
}

static term info_binary(const struct info *info)
{
    const struct heap *heap = &info->process->heap;
    term young = list_binaries(info, heap->offheap, TERM_NIL);

    return heap->old != NULL ? list_binaries(info, heap->old->offheap, young) : young;
}

/* ---- the table ------------------------------------------------------------------------------- */

/* The first rows, in this order, are what process_info/1 tells (registered_name only when there is
** one). */
#define DEFAULT_ITEMS 17
#define ITEM_MAP(X)                                                                              \
    X(registered_name) X(current_function) X(initial_call) X(status) X(message_queue_len)        \
    X(links) X(dictionary) X(trap_exit) X(error_handler) X(priority) X(group_leader)             \
    X(total_heap_size) X(heap_size) X(stack_size) X(reductions) X(garbage_collection)            \
    X(suspending)                                                                                \
    X(current_location) X(current_stacktrace) X(messages) X(monitors) X(monitored_by) X(memory)  \
    X(garbage_collection_info) X(min_heap_size) X(min_bin_vheap_size) X(max_heap_size)           \
    X(fullsweep_after) X(message_queue_data) X(parent) X(binary)
#define ITEM_CONSTANTS(X)                                                                        \
    X(sequential_trace_token, none) X(catchlevel, zero) X(last_calls, false) X(trace, zero)      \
    X(backtrace, no_text)

static const struct { enum atom_index item; info_fn *make; } items_known[] = {
#define X(name) { ATOM_INDEX_##name, info_##name },
    ITEM_MAP(X)
#undef X
#define X(name, constant) { ATOM_INDEX_##name, info_##constant },
    ITEM_CONSTANTS(X)
#undef X
};

static info_fn *find_item(term item)
{
    size_t i;

    for (i = 0; term_is_atom(item) && i < AVM_COUNT_OF(items_known); i++) {
        if (items_known[i].item == term_atom_index(item))
            return items_known[i].make;
    }
    return NULL;
}

/* {dictionary, Key}, as OTP 26.2 and later. */
static bool is_dictionary_key(term item)
{
    return term_is_tuple(item) && term_tuple_arity(item) == 2
        && term_tuple_element(item, 0) == ATOM(dictionary);
}

bool process_info_is_item(term item) { return find_item(item) != NULL || is_dictionary_key(item); }

static term info_dictionary_value(const struct info *info, term key)
{
    const struct dictionary *dictionary = info->process->dictionary;

    for (uint32_t i = 0; dictionary != NULL && i < dictionary->count; i++)
        if (term_equal_exact(&info->node->compare, dictionary->pairs[2 * i], key))
            return share(info, dictionary->pairs[2 * i + 1]);
    return ATOM(undefined);
}

static term make_item(const struct info *info, term item)
{
    info_fn *make = find_item(item);

    if (is_dictionary_key(item))
        return make_pair(info->heap, share(info, item),
            info_dictionary_value(info, term_tuple_element(item, 1)));
    return make != NULL ? make_pair(info->heap, item, make(info)) : TERM_NONE;
}

static term make_default(const struct info *info)
{
    term list = TERM_NIL;
    size_t i;

    for (i = DEFAULT_ITEMS; i > 0 && list != TERM_NONE; i--) {
        if (i == 1 && atomic_peek(&info->process->name) == PROCESS_NAME_NONE)
            break;
        list = make_cons(info->heap, make_item(info, term_make_atom(items_known[i - 1].item)), list);
    }
    return list;
}

static term make_each(const struct info *info, term items)
{
    term list = TERM_NIL, *tail = &list;

    for (; term_is_cons(items); items = term_tail(items)) {
        term cell = make_cons(info->heap, make_item(info, term_head(items)), TERM_NIL);

        if (cell == TERM_NONE)
            return TERM_NONE;
        *tail = cell;
        tail = term_cons_cell(cell) + 1;
    }
    return list;
}

term process_info_make(struct scheduler *s, struct process *process, term items, struct heap *heap)
{
    struct info info = { s, process_node(process), process, heap, heap == &process->heap };

    if (items == ATOM(all))
        return make_default(&info);
    if (term_is_list(items))
        return make_each(&info, items);
    if (items == ATOM(registered_name) && atomic_peek(&process->name) == PROCESS_NAME_NONE)
        return TERM_NIL;
    return make_item(&info, items);
}

enum send_status process_info_reply(struct node *node, struct process *process,
    const struct signal *request, struct heap *env, term info)
{
    term reference = reference_make(env, request->id);
    term reply = make_pair(env, reference, info);

    if (reply == TERM_NONE)
        return SEND_NO_MEMORY;
    return signal_send_moved(node, process->pid, request->from, env, reply);
}
