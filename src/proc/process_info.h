/* process_info.h - what process_info/1,2 tells, made by the process it is about. */
#ifndef AVM_PROC_PROCESS_INFO_H
#define AVM_PROC_PROCESS_INFO_H

#include "proc/signal.h"

/* True when item is one that process_info_make knows. */
bool process_info_is_item(term item);
/* items: an item (-> {Item, Value}; [] for a registered_name that is none), a proper list of items (->
** list of those), or the atom all (-> what process_info/1 gives). On heap, which is the process's own
** or an environment; TERM_NONE without memory. */
term process_info_make(struct scheduler *s, struct process *process, term items, struct heap *heap);
/* {Reference, info} to the asker; env (holding info) is moved. */
enum send_status process_info_reply(struct node *node, struct process *process,
    const struct signal *request, struct heap *env, term info);
/* max_heap_size as the map that process_flag and process_info give. */
term process_info_heap_limit(struct node *node, struct heap *heap, struct heap_limit limit);
term process_info_priority(unsigned priority);
/* All bytes of a process, as the item memory tells. */
size_t process_info_bytes(const struct process *process);

#endif
