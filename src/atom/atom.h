/* atom.h - the atom table of a VM: text to index and back. Atoms live as long as the VM.
**
** The atoms that C code names are rows here; their indices are constants (ATOM_badarg), the same in
** every VM, and their texts lie in read-only data. */
#ifndef AVM_ATOM_ATOM_H
#define AVM_ATOM_ATOM_H

#include "base/memory.h"

#define ATOM_MAX_CHARACTERS 255

struct atom_table;

enum atom_index {
#define A(identifier, text) ATOM_INDEX_##identifier,
#include "atom/atoms.def"
#undef A
    ATOM_INDEX_COUNT
};
/* The term of a named atom: ATOM(badarg). Needs term/term.h where it is used. */
#define ATOM(identifier) term_make_atom(ATOM_INDEX_##identifier)

/* NULL without memory. limit: how many atoms at most (system_info atom_limit). */
struct atom_table *atom_table_create(struct memory *memory, uint32_t limit);
void atom_table_destroy(struct atom_table *table);

enum atom_status { ATOM_OK, ATOM_BAD, ATOM_TOO_LONG, ATOM_TABLE_FULL, ATOM_NO_MEMORY };

/* Finds or adds the atom with this UTF-8 text. */
enum atom_status atom_put(struct atom_table *table, const uint8_t *text, size_t size, uint32_t *index);
/* As atom_put with Latin-1 text. */
enum atom_status atom_put_latin1(struct atom_table *table, const uint8_t *text, size_t size,
    uint32_t *index);
/* False when there is no such atom. */
bool atom_find(const struct atom_table *table, const uint8_t *text, size_t size, uint32_t *index);
/* Borrows the UTF-8 text until the table is destroyed. */
const uint8_t *atom_text(const struct atom_table *table, uint32_t index, size_t *size);
uint32_t atom_count(const struct atom_table *table);
uint32_t atom_limit(const struct atom_table *table);
/* <0, 0, >0 in the order of the characters. */
int atom_compare(const struct atom_table *table, uint32_t a, uint32_t b);
/* The atom's contribution to phash and phash2 (hash of the text as OTP computes it). */
uint32_t atom_hash_text(const struct atom_table *table, uint32_t index);
/* True when the atom prints without quotes. */
bool atom_is_bare(const uint8_t *text, size_t size);

#endif
