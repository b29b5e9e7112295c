/* walk.h - the walker of the soak: everything that must hold between two slices, found out by looking at
** every process, signal, relation and timer. */
#ifndef AVM_SOAK_WALK_H
#define AVM_SOAK_WALK_H

#include "api/vm.h"

/* True when all holds; else *why says what does not. deep: every heap is walked, too. at_rest: no signal
** may be under way, so that links and monitors have both of their halves. */
bool walk_vm(struct avm_vm *vm, bool deep, bool at_rest, char *why, size_t size);

#endif
