/* options.h - reading the option lists of spawn_opt, monitor and process_flag. */
#ifndef AVM_PROC_OPTIONS_H
#define AVM_PROC_OPTIONS_H

#include "proc/spawn.h"

/* What spawn_request answers, and with which tag. */
struct spawn_reply {
    bool success, failure;
    term tag;
};

/* False: a bad option. reply NULL: its options are bad. *reply is complete either way. */
bool options_parse_spawn(struct node *node, term list, struct spawn_options *options,
    struct spawn_reply *reply);
/* The list of monitor/3: alias and tag; both TERM_NONE without. */
bool options_parse_monitor(term list, term *alias, term *tag);
/* max_heap_size: an integer or a map with size; flags that are not said are the node's. */
bool options_parse_heap_limit(struct node *node, term value, struct heap_limit *limit);
/* Whether a heap of at least that min_heap_size (0: the default) may have that limit. */
bool options_may_limit(const struct node *node, const struct heap_limit *limit, size_t min_words);
/* The heap size that OTP has for at least words: what min_heap_size becomes. Nothing above
** OPTIONS_MAX_HEAP_WORDS. */
#define OPTIONS_MAX_HEAP_WORDS (UINT32_MAX / 16)
#define OPTIONS_MIN_HEAP_WORDS 233      /* OTP's default, told whatever the first heap is */
/* What min_heap_size is told to be. */
static inline size_t options_told_heap_words(size_t words)
{
    return words > OPTIONS_MIN_HEAP_WORDS ? words : OPTIONS_MIN_HEAP_WORDS;
}
uint32_t options_round_heap_words(uint64_t words);
bool options_parse_priority(term value, uint8_t *priority);

#endif
