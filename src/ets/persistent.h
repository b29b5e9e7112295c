/* persistent.h - persistent terms: one table of key and value for the whole VM.
**
** Each pair lies in a literal area of its own. A reader gets the term itself, which no collection copies
** and which messages share; one that is put anew or erased is retired (heap/heap.h), and goes once
** everybody who holds a part of it has made a copy. */
#ifndef AVM_ETS_PERSISTENT_H
#define AVM_ETS_PERSISTENT_H

#include "base/reclaim.h"
#include "data/compare.h"
#include "data/status.h"

struct persistent_table;

/* NULL without memory. */
struct persistent_table *persistent_table_create(struct heap_shared *heaps,
    struct literal_ranges *literals, const struct compare_context *compare, struct reclaim *reclaim);
void persistent_table_destroy(struct persistent_table *table);

/* A literal, which stays for who holds it; TERM_NONE when there is none: beside others, without the lock of
** the VM, when it may just be moving. */
term persistent_find(const struct persistent_table *table, term key);
/* DATA_OK or DATA_NO_MEMORY. */
enum data_status persistent_put(struct persistent_table *table, term key, term value);
/* False when there was none. */
bool persistent_remove(struct persistent_table *table, term key);
size_t persistent_count(const struct persistent_table *table);
/* Bytes of all pairs, as persistent_term:info/0 counts them. */
size_t persistent_bytes(const struct persistent_table *table);
/* Calls visit with each pair, in no order, until it says false. */
void persistent_each(const struct persistent_table *table,
    bool (*visit)(void *user, term key, term value), void *user);

#endif
