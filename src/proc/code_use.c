/* code_use.c - whether a process still needs the old version of a module: what a purge asks.
** Always: what the process could return to, run, or call through a fun is looked at; nothing is
** changed. */
#include "proc/spawn.h"

#include "proc/signal.h"

static bool is_in_module(const struct node *node, const uint32_t *pc, const struct module *module)
{
    const struct function *function = code_find_pc(node->code, pc);

    return function != NULL && function->module == module;
}

static bool stack_uses(const struct process *process, const struct module *module)
{
    const term *at = process->heap.stack;

    for (; at < process->heap.end; at++) {
        if (*at != TERM_NONE && term_is_header(*at)
            && is_in_module(process->node, (const uint32_t *) *at, module))
            return true;
    }
    return false;
}

/* Funs among the terms from..to. */
static bool words_use(const term *from, const term *to, const struct module *module)
{
    while (from < to) {
        if (!term_is_header(*from)) {
            from++;
            continue;
        }
        if (header_kind(*from) == BOXED_FUN) {
            const struct function *function
                = term_fun_entry(term_make_boxed(from))->function;

            if (function != NULL && function->module == module)
                return true;
        }
        from += 1 + header_words(*from);
    }
    return false;
}

static bool fragments_use(const struct heap_fragment *fragment, const struct module *module)
{
    for (; fragment != NULL; fragment = fragment->next) {
        if (words_use(fragment->words, fragment->words + fragment->used, module))
            return true;
    }
    return false;
}

static bool messages_use(const struct signal *message, const struct module *module)
{
    for (; message != NULL; message = message->next) {
        if (message->kind != SIGNAL_TIMEOUT && fragments_use(message->fragments, module))
            return true;
    }
    return false;
}

bool process_uses_module(struct node *node, struct process *process, term name)
{
    const struct code_slot *slot = code_find_slot(node->code, name);
    const struct module *module = slot != NULL ? slot->old : NULL;
    const struct heap *heap = &process->heap;

    if (module == NULL)
        return false;
    return (process->ip != NULL && is_in_module(node, process->ip, module))
        || stack_uses(process, module) || words_use(heap->start, heap->top, module)
        || (heap->old != NULL && words_use(heap->old->start, heap->old->top, module))
        || fragments_use(heap->fragments, module) || messages_use(process->mailbox.first, module)
        || messages_use(atomic_get(&process->inbox), module);
}
