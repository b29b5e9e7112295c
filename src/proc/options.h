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
/* max_heap_size: an integer or a map. Flags and words that are not said stay as they are. */
bool options_parse_heap_limit(struct node *node, term value, size_t *words, bool *kill, bool *log);
/* The heap size that OTP has for at least words: what min_heap_size becomes. Nothing above
** OPTIONS_MAX_HEAP_WORDS. */
#define OPTIONS_MAX_HEAP_WORDS (UINT32_MAX / 16)
uint32_t options_round_heap_words(uint64_t words);
bool options_parse_priority(term value, uint8_t *priority);

#endif
