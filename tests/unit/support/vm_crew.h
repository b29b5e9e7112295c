/* vm_crew.h - threads that run a VM beside the test's own, and come out of it when they are told to. */
#ifndef AVM_TEST_VM_CREW_H
#define AVM_TEST_VM_CREW_H

#include "atomvm/atomvm.h"

struct vm_crew;

/* All are out. vm has room for one scheduler more. */
struct vm_crew *vm_crew_start(avm_vm *vm, unsigned count);
/* Before vm is destroyed; NULL is allowed. */
void vm_crew_end(struct vm_crew *crew);

void vm_crew_call_in(struct vm_crew *crew);
/* Comes back once all are out. */
void vm_crew_call_out(struct vm_crew *crew);
/* How many are out. */
unsigned vm_crew_out(struct vm_crew *crew);

#endif
