/* options.c - see options.h. */
#include "proc/options.h"

#include "data/map.h"
#include "data/number.h"
#include "proc/relations.h"

#define MAX_HEAP_WORDS_LIMIT ((uint64_t) SIZE_MAX / sizeof(term) / 4)

bool options_parse_priority(term value, uint8_t *priority)
{
    const term names[] = { ATOM(low), ATOM(normal), ATOM(high), ATOM(max) };
    uint8_t i;

    for (i = 0; i < AVM_COUNT_OF(names); i++) {
        if (value == names[i]) {
            *priority = i;
            return true;
        }
    }
    return false;
}

static bool parse_boolean(term value, bool *flag)
{
    *flag = value == ATOM(true);
    return value == ATOM(true) || value == ATOM(false);
}

static bool parse_limit(term value, size_t *words)
{
    uint64_t number;

    if (!integer_get_uint64(value, &number) || number > MAX_HEAP_WORDS_LIMIT)
        return false;
    *words = (size_t) number;
    return true;
}

bool options_parse_heap_limit(struct node *node, term value, struct heap_limit *limit)
{
    struct heap_limit parsed = node->default_heap_limit;
    term size = value, kill = TERM_NONE, log = TERM_NONE;

    if (term_is_map(value)) {
        size = map_get(&node->compare, value, ATOM(size));
        kill = map_get(&node->compare, value, ATOM(kill));
        log = map_get(&node->compare, value, ATOM(error_logger));
    }
    if (size == TERM_NONE || !parse_limit(size, &parsed.words)
        || (kill != TERM_NONE && !parse_boolean(kill, &parsed.kill))
        || (log != TERM_NONE && !parse_boolean(log, &parsed.log)))
        return false;
    *limit = parsed;
    return true;
}

bool options_may_limit(const struct node *node, const struct heap_limit *limit, size_t min_words)
{
    if (min_words < node->default_heap_words)
        min_words = node->default_heap_words;
    return limit->words == 0 || limit->words >= options_told_heap_words(min_words);
}

bool options_parse_monitor(term list, term *alias, term *tag)
{
    unsigned flags;

    *alias = *tag = TERM_NONE;
    for (; term_is_cons(list); list = term_tail(list)) {
        term option = term_head(list), value;

        if (option == ATOM(priority))
            continue;
        if (!term_is_tuple(option) || term_tuple_arity(option) != 2)
            return false;
        value = term_tuple_element(option, 1);
        if (term_tuple_element(option, 0) == ATOM(tag))
            *tag = value;
        else if (term_tuple_element(option, 0) == ATOM(alias) && monitor_alias_flags(value, &flags))
            *alias = value;
        else
            return false;
    }
    return list == TERM_NIL;
}

static bool parse_size(term value, uint64_t limit, uint64_t *size)
{
    return integer_get_uint64(value, size) && *size <= limit;
}

static bool parse_reply(term value, struct spawn_reply *reply)
{
    reply->success = value == ATOM(yes) || value == ATOM(success_only);
    reply->failure = value == ATOM(yes) || value == ATOM(error_only);
    return reply->success || reply->failure || value == ATOM(no);
}

uint32_t options_round_heap_words(uint64_t words)
{
    uint64_t before = 142, size = 233, next;

    while (size < words) {
        next = size < 833026 ? before + size + 1 : size + size / 5;
        before = size;
        size = next;
    }
    return (uint32_t) size;
}

static bool parse_memory_option(struct node *node, term key, term value, struct spawn_options *options)
{
    uint64_t size;

    if (key == ATOM(min_heap_size)) {
        if (!parse_size(value, OPTIONS_MAX_HEAP_WORDS, &size))
            return false;
        options->min_heap_words = size > 0 ? options_round_heap_words(size) : 0;
        return true;
    }
    if (key == ATOM(fullsweep_after)) {
        if (!parse_size(value, SIZE_MAX, &size))
            return false;
        options->fullsweep_after = (uint16_t) (size < UINT16_MAX ? size : UINT16_MAX);
        return true;
    }
    if (key == ATOM(min_bin_vheap_size))
        return parse_size(value, SIZE_MAX, &size);
    if (key == ATOM(max_heap_size))
        return options_parse_heap_limit(node, value, &options->heap_limit);
    options->off_heap_messages = value == ATOM(off_heap);
    return key == ATOM(message_queue_data) && (value == ATOM(off_heap) || value == ATOM(on_heap));
}

static bool parse_option(struct node *node, term option, struct spawn_options *options,
    struct spawn_reply *reply)
{
    term key, value;

    if (option == ATOM(link)) {
        options->link = true;
        return true;
    }
    if (option == ATOM(monitor)) {
        options->monitor = true;
        return true;
    }
    if (!term_is_tuple(option) || term_tuple_arity(option) != 2)
        return false;
    key = term_tuple_element(option, 0);
    value = term_tuple_element(option, 1);
    if (key == ATOM(monitor)) {
        options->monitor = true;
        return options_parse_monitor(value, &options->monitor_alias, &options->monitor_tag);
    }
    if (key == ATOM(priority))
        return options_parse_priority(value, &options->priority);
    if (key == ATOM(scheduler))
        return term_is_small(value) && term_small(value) >= 0;
    if (key == ATOM(async_dist))
        return value == ATOM(true) || value == ATOM(false);
    if (key == ATOM(reply) && reply != NULL)
        return parse_reply(value, reply);
    if (key == ATOM(reply_tag) && reply != NULL) {
        reply->tag = value;
        return true;
    }
    return parse_memory_option(node, key, value, options);
}

bool options_parse_spawn(struct node *node, term list, struct spawn_options *options,
    struct spawn_reply *reply)
{
    bool is_good = true;

    spawn_options_init(node, options);
    if (reply != NULL)
        *reply = (struct spawn_reply) { true, true, ATOM(spawn_reply) };
    for (; term_is_cons(list); list = term_tail(list))
        is_good = parse_option(node, term_head(list), options, reply) && is_good;
    return is_good && list == TERM_NIL
        && options_may_limit(node, &options->heap_limit, options->min_heap_words);
}
