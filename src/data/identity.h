/* identity.h - how local pids and references are numbered where Erlang shows the parts: in text, in
** hashes and in the external format. */
#ifndef AVM_DATA_IDENTITY_H
#define AVM_DATA_IDENTITY_H

#include "term/term.h"

/* <0.Number.Serial>: the low bits of a local pid's data are the number (as proc/table.h counts). */
#define PID_NUMBER_BITS (TERM_BITS == 64 ? 28 : 15)

static inline uint32_t term_pid_number(term pid)
{
    return (uint32_t) term_pid_data(pid) & ((1u << PID_NUMBER_BITS) - 1);
}
static inline uint32_t term_pid_serial(term pid)
{
    return (uint32_t) (term_pid_data(pid) >> PID_NUMBER_BITS);
}
/* TERM_NONE when no local pid has these parts. */
static inline term term_pid_from_parts(uint32_t number, uint32_t serial)
{
    uint64_t data = (uint64_t) serial << PID_NUMBER_BITS | number;

    if (number >> PID_NUMBER_BITS != 0 || data > UINTPTR_MAX >> 4)
        return TERM_NONE;
    return term_make_pid((uintptr_t) data);
}

/* #Ref<0.Words[2].Words[1].Words[0]>: 18 bits, 32 bits, and what is left of the 64. */
#define REFERENCE_ID_PARTS 3
#define REFERENCE_FIRST_BITS 18

static inline void reference_id_split(uint64_t id, uint32_t words[REFERENCE_ID_PARTS])
{
    words[0] = (uint32_t) id & ((1u << REFERENCE_FIRST_BITS) - 1);
    words[1] = (uint32_t) (id >> REFERENCE_FIRST_BITS);
    words[2] = (uint32_t) (id >> (REFERENCE_FIRST_BITS + 32));
}
/* False when no local reference has these words. */
static inline bool reference_id_join(const uint32_t words[REFERENCE_ID_PARTS], uint64_t *id)
{
    if (words[0] >> REFERENCE_FIRST_BITS != 0 || words[2] >> (32 - REFERENCE_FIRST_BITS) != 0)
        return false;
    *id = (uint64_t) words[2] << (REFERENCE_FIRST_BITS + 32)
        | (uint64_t) words[1] << REFERENCE_FIRST_BITS | words[0];
    return true;
}

#endif
