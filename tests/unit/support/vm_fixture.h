/* vm_fixture.h - a VM as a host sees it, made over an allocator that counts for itself, with a clock
** that does not wait: for tests that say what may be left in memory.
**
** The Erlang programs lie in one folder, compiled; a module is loaded from there by its name.
**
** With AVM_TEST_SCHEDULERS=N in the environment, and a library built for several schedulers, the VM has N
** of them: vm_run then runs it with N threads, and between two calls of vm_run all
** threads but the test's own are out of the VM. */
#ifndef AVM_TEST_VM_FIXTURE_H
#define AVM_TEST_VM_FIXTURE_H

#include "atomvm/atomvm.h"
#include "atomvm/platform.h"
#include "atomvm/term.h"

/* A host's allocator. An allocation is a call that asks for more. */
struct host_memory {
    bool is_shared;                 /* by several threads */
    size_t bytes, blocks;
    uint64_t allocations;           /* asked for, those that failed too */
    uint64_t fail_at;               /* the allocation with that number fails; 0: none */
    bool fail_from;                 /* and all later ones */
    uint64_t failed;
    bool size_was_wrong;            /* an old size was not that of the block */
};

struct vm_crew;

struct vm_fixture {
    struct host_memory host;
    struct vm_crew *crew;           /* the other threads; NULL: there are none */
    avm_allocator allocator;
    avm_platform platform;
    avm_config config;              /* may be changed between init and open */
    avm_vm *vm;
    avm_env *env;
    avm_stats mark;                 /* vm_mark */
    avm_error error;
    bool is_quiet;                  /* what the VM prints is thrown away */
    char difference[1024];          /* vm_difference */
};

/* The clock of all VMs of the test; avm_wait of a fixture moves it. */
extern int64_t vm_clock;

void vm_init(struct vm_fixture *f);
/* Whether the tests run with several schedulers. */
bool vm_has_crew(void);
avm_status vm_open(struct vm_fixture *f);
/* False, with the cause in difference, when bytes were left or a size was wrong. */
bool vm_close(struct vm_fixture *f);

/* The module's file, from the folder of compiled programs or of the stock libraries. The bytes are
** malloc's, kept for the whole test. */
bool vm_read_module(const char *module, avm_blob *blob);
avm_status vm_load(struct vm_fixture *f, const char *module);
/* Stock modules are found when they are called. */
void vm_find_stock(struct vm_fixture *f);
/* And code:lib_dir/1 says where: some of them ask. */
void vm_list_stock(struct vm_fixture *f);

/* Starts Module:Function(). */
avm_status vm_start(struct vm_fixture *f, const char *module, const char *function, avm_pid *pid);
/* Starts Module:Function(Survivor, Count) in a process that halts the VM when it fails. */
avm_status vm_start_storm(struct vm_fixture *f, const char *module, const char *function,
    avm_pid survivor, int64_t count, avm_pid *pid);
/* Runs until nothing can run and no timer is set; the clock jumps from timer to timer. False: the VM
** was halted, as it is by a storm that fails. */
bool vm_run(struct vm_fixture *f);

void vm_get_stats(struct vm_fixture *f, avm_stats *stats);
void vm_mark(struct vm_fixture *f);
/* What differs from the mark by kind of memory, as a line of text; NULL: nothing. heaps: whether
** heaps and the binaries on them count, too. */
const char *vm_difference(struct vm_fixture *f, bool heaps);

#endif
