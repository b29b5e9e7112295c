/* service.c - memory and time for natives (native.h). Always: a block carries the VM it came from and
** its size, so that any thread can give it back. */
#include "api/vm.h"

struct block {
    struct avm_vm *vm;
    size_t size;                    /* of the allocation */
};

#define ALIGNMENT (_Alignof(max_align_t))
#define BLOCK_OFFSET ((sizeof(struct block) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT)

static struct block *block_of(void *ptr)
{
    return (struct block *) (void *) ((char *) ptr - BLOCK_OFFSET);
}

void *avm_realloc(avm_vm *vm, void *ptr, size_t size)
{
    struct block *old = ptr != NULL ? block_of(ptr) : NULL, *made;
    size_t total;

    if (!size_add(BLOCK_OFFSET, size, &total))
        return NULL;
    if (old != NULL)
        vm = old->vm;
    vm_enter(vm);
    made = memory_resize(&vm->memory, MEMORY_OTHER, old, old != NULL ? old->size : 0, total);
    vm_leave(vm);
    if (made == NULL)
        return NULL;
    *made = (struct block) { vm, total };
    return (char *) made + BLOCK_OFFSET;
}

void *avm_alloc(avm_vm *vm, size_t size)
{
    return avm_realloc(vm, NULL, size);
}

void avm_free(void *ptr)
{
    struct block *gone;
    struct avm_vm *vm;

    if (ptr == NULL)
        return;
    gone = block_of(ptr);
    vm = gone->vm;
    vm_enter(vm);
    memory_free(&vm->memory, MEMORY_OTHER, gone, gone->size);
    vm_leave(vm);
}

/* ---- time ---------------------------------------------------------------------------------- */

static const int64_t ns_per_unit[] = { 1000000000, 1000000, 1000, 1 };

static int64_t divide_down(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

int64_t avm_convert_time_unit(int64_t time, avm_time_unit from, avm_time_unit to)
{
    if ((unsigned) from > AVM_NSEC || (unsigned) to > AVM_NSEC)
        return INT64_MIN;
    if (ns_per_unit[from] >= ns_per_unit[to])
        return (int64_t) ((uint64_t) time * (uint64_t) (ns_per_unit[from] / ns_per_unit[to]));
    return divide_down(time, ns_per_unit[to] / ns_per_unit[from]);
}

int64_t avm_monotonic_time(avm_vm *vm, avm_time_unit unit)
{
    return avm_convert_time_unit(node_erlang_time(&vm->node), AVM_NSEC, unit);
}

int64_t avm_time_offset(avm_vm *vm, avm_time_unit unit)
{
    return avm_convert_time_unit(vm->node.time_offset, AVM_NSEC, unit);
}

int64_t avm_cpu_time(avm_vm *vm, avm_time_unit unit)
{
    return avm_convert_time_unit(vm->node.platform->cpu_time(vm->node.platform_state), AVM_NSEC,
        unit);
}
