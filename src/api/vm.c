/* vm.c - makes and unmakes a VM, room by room in floor order; statistics.
** Always: after avm_destroy the allocator has got back every byte, whatever still lived. */
#include "api/vm.h"

#include "base/arena.h"
#include "base/pool.h"
#include "bif/bif.h"
#include "bif/ets.h"
#include "bif/prim_file.h"
#include "crypto/scratch.h"
#include "ets/ets.h"
#include "ets/persistent.h"
#include "interp/interp.h"
#include "opcode/instruction.h"
#include "pack/libs.h"
#include "port/port.h"
#include "proc/dirty.h"
#include "sched/sched.h"

#define ATOM_LIMIT 1048576
#define PROCESS_LIMIT 262144

const char *avm_status_text(avm_status status)
{
    static const char *const texts[] = {
#define X(name, text) text,
        AVM_STATUS_MAP(X)
#undef X
    };

    return (unsigned) status < AVM_COUNT_OF(texts) ? texts[status] : "unknown status";
}

const char *avm_version_text(void)
{
    return AVM_VERSION_TEXT;
}

const char *avm_parts_text(void)
{
    static const char parts[] =
#if AVM_CRYPTO
        " crypto"
#endif
#if AVM_ETS
        " ets"
#endif
#if AVM_FILES
        " files"
#endif
#if AVM_NIF
        " nif"
#endif
#if AVM_PORTS
        " ports"
#endif
#if AVM_RE
        " re"
#endif
#if AVM_ZLIB
        " zlib"
#endif
        "";

    return parts[0] == ' ' ? parts + 1 : parts;
}

void *avm_mbedtls_calloc(size_t count, size_t size)
{
    return scratch_allocate(count, size);
}

void avm_mbedtls_free(void *ptr)
{
    scratch_free(ptr);
}

bool avm_has_schedulers(void)
{
    return AVM_SMP;
}

void avm_config_init_sized(avm_config *config, size_t struct_size)
{
    avm_config defaults;

    memset(&defaults, 0, sizeof defaults);
    defaults.schedulers = 1;
    defaults.max_processes = PROCESS_LIMIT;
    if (struct_size > sizeof defaults)
        struct_size = sizeof defaults;
    defaults.struct_size = struct_size;
    memcpy(config, &defaults, struct_size);
}

/* The host may have been compiled against a smaller struct: what it lacks is the default. */
static void read_config(avm_config *config, const avm_config *given)
{
    avm_config_init(config);
    if (given != NULL)
        memcpy(config, given,
            given->struct_size < sizeof *config ? given->struct_size : sizeof *config);
    config->struct_size = sizeof *config;
    if (config->schedulers == 0)
        config->schedulers = 1;
    if (config->max_processes == 0)
        config->max_processes = PROCESS_LIMIT;
}

/* ---- the steps of making: each undone by the one of the same name below ---------------- */

static void *resize_for_platform(void *user, void *ptr, size_t old_size, size_t new_size)
{
    return memory_resize(user, MEMORY_OTHER, ptr, old_size, new_size);
}

static bool open_platform(struct avm_vm *vm)
{
    struct node *node = &vm->node;

    vm->platform_allocator.resize = resize_for_platform;
    vm->platform_allocator.user = &vm->memory;
    node->platform = vm->config.platform != NULL ? vm->config.platform : avm_platform_default();
    return node->platform->open(node->platform->user, &vm->platform_allocator,
               &node->platform_state) == AVM_OK;
}

static void close_platform(struct avm_vm *vm)
{
    vm->node.platform->close(vm->node.platform_state);
}

static void close_arguments(struct avm_vm *vm)
{
    int i;

    if (vm->arguments == NULL)
        return;
    for (i = 0; i < vm->config.argc && vm->arguments[i] != NULL; i++)
        memory_free(&vm->memory, MEMORY_OTHER, vm->arguments[i], strlen(vm->arguments[i]) + 1);
    memory_free(&vm->memory, MEMORY_OTHER, vm->arguments,
        (size_t) vm->config.argc * sizeof *vm->arguments);
}

static bool open_arguments(struct avm_vm *vm)
{
    int i;

    if (vm->config.argc <= 0)
        return true;
    vm->arguments = memory_allocate_zeroed(&vm->memory, MEMORY_OTHER,
        (size_t) vm->config.argc * sizeof *vm->arguments);
    for (i = 0; vm->arguments != NULL && i < vm->config.argc; i++) {
        size_t size = strlen(vm->config.argv[i]) + 1;

        vm->arguments[i] = memory_allocate(&vm->memory, MEMORY_OTHER, size);
        if (vm->arguments[i] == NULL)
            return false;
        memcpy(vm->arguments[i], vm->config.argv[i], size);
    }
    vm->config.argv = (const char *const *) vm->arguments;
    return vm->arguments != NULL;
}

static bool open_terms(struct avm_vm *vm)
{
    struct node *node = &vm->node;

    node->memory = &vm->memory;
    node->atoms = atom_table_create(&vm->memory, ATOM_LIMIT);
    node->literals = literal_ranges_create(&vm->memory);
    node->heaps.memory = &vm->memory;
    node->heaps.literals = node->literals;
    node->heaps.profile_small = vm->config.profile == AVM_PROFILE_SMALL;
    node->compare.memory = &vm->memory;
    node->compare.atoms = node->atoms;
    return node->atoms != NULL && node->literals != NULL;
}

static void close_terms(struct avm_vm *vm)
{
    if (vm->node.literals != NULL)
        literal_ranges_destroy(vm->node.literals);
    if (vm->node.atoms != NULL)
        atom_table_destroy(vm->node.atoms);
}

static bool open_natives(struct avm_vm *vm)
{
    vm->node.load_nif = vm_load_nif;
    vm->node.resource_down = vm_resource_down;
    return true;
}

static bool open_code(struct avm_vm *vm)
{
    struct node *node = &vm->node;
    size_t i;

    node->code = code_table_create(&vm->memory, node->atoms, node->literals);
    if (node->code == NULL)
        return false;
    for (i = 0; bif_tables[i] != NULL; i++) {
        if (!code_link_natives(node->code, bif_tables[i]))
            return false;
    }
    code_set_gone(node->code, vm_module_gone, vm);
    code_set_instructions(node->code, interp_instructions());
    vm->load.memory = &vm->memory;
    vm->load.atoms = node->atoms;
    vm->load.code = node->code;
    vm->load.heaps = &node->heaps;
    vm->load.literals = node->literals;
    node->load = &vm->load;
    return true;
}

static void close_code(struct avm_vm *vm)
{
    memory_free(&vm->memory, MEMORY_OTHER, vm->node.code_path, vm->node.code_path_size);
    if (vm->node.code != NULL) {
        code_set_gone(vm->node.code, NULL, NULL);
        code_table_destroy(vm->node.code);
    }
    vm_close_packs(vm);
}

/* What happens at the end of a process before its name, links and monitors go. */
static process_end_step *const end_steps[] = { vm_end_call, ets_end_process, file_end_process, NULL };

static bool open_tables(struct avm_vm *vm)
{
    struct node *node = &vm->node;

    node->persistent_terms = persistent_table_create(&node->heaps, node->literals,
        &node->compare, &node->reclaim);
    node->ets = ets_create(&node->heaps, &node->compare, &node->reclaim);
    node->end_steps = end_steps;
    return node->persistent_terms != NULL && (node->ets != NULL || !AVM_ETS);
}

static void close_tables(struct avm_vm *vm)
{
    ets_destroy(vm->node.ets);
    persistent_table_destroy(vm->node.persistent_terms);
}

static bool open_processes(struct avm_vm *vm)
{
    struct node_limits limits = { vm->config.max_processes, 0, vm->config.schedulers };
    struct node *node = &vm->node;

    node->find_module = vm_find_module;
    node->find_user = vm;
    node->host = vm;
    if (vm->config.on_crash != NULL)
        node->crashed = vm_report_crash;
    node->argc = vm->config.argc;
    node->argv = vm->config.argv;
    return node_init(node, &limits) && vm_open_ports(vm);
}

static void close_processes(struct avm_vm *vm)
{
    vm->is_closing = true;
    vm_close_watches(vm);
    vm_close_monitors(vm);
    vm_close_mailboxes(vm);
    port_room_stop(&vm->node);
    node_deinit(&vm->node);
    vm_close_ports(vm);
}

/* Threads that may be in at once. */
static unsigned slot_count(const avm_config *config)
{
    return config->schedulers + config->dirty_schedulers;
}

bool vm_make_scheduler(struct avm_vm *vm, unsigned number)
{
    struct scheduler *made = vm->seats[number].scheduler;

    if (made != NULL)
        return true;
    made = memory_allocate_zeroed(&vm->memory, MEMORY_OTHER, sizeof *made);
    if (made == NULL)
        return false;
    made->node = &vm->node;
    made->number = number;
#if AVM_SMP
    made->is_seat = number > vm->config.schedulers;
#endif
    vm->seats[number].scheduler = made;
    return true;
}

/* Where threads come when they are asked for, and for dirty natives, most never do: what they need is made
** when they come. */
static bool open_seats(struct avm_vm *vm)
{
    unsigned slots = slot_count(&vm->config), made = vm->config.on_busy == NULL ? vm->config.schedulers : 0;

    if (slots <= 1)
        return true;
    vm->seats = memory_allocate_zeroed(&vm->memory, MEMORY_OTHER, (slots + 1) * sizeof *vm->seats);
    if (vm->seats == NULL)
        return false;
    vm->seats[0].scheduler = vm->scheduler;
    for (unsigned number = 1; number <= made; number++)
        if (!vm_make_scheduler(vm, number))
            return false;
    return true;
}

static void close_seats(struct avm_vm *vm)
{
    unsigned slots = slot_count(&vm->config);

    if (vm->seats == NULL)
        return;
    for (unsigned at = 1; at <= slots; at++)
        memory_free(&vm->memory, MEMORY_OTHER, vm->seats[at].scheduler, sizeof *vm->scheduler);
    memory_free(&vm->memory, MEMORY_OTHER, vm->seats, (slots + 1) * sizeof *vm->seats);
}

static bool open_schedulers(struct avm_vm *vm)
{
    vm->scheduler = memory_allocate_zeroed(&vm->memory, MEMORY_OTHER, sizeof *vm->scheduler);
    if (vm->scheduler == NULL)
        return false;
    vm->scheduler->node = &vm->node;
    vm->scheduler->number = 1;
    sched_set_hooks(&vm->node);
    return open_seats(vm);
}

static void close_schedulers(struct avm_vm *vm)
{
    close_seats(vm);
    memory_free(&vm->memory, MEMORY_OTHER, vm->scheduler, sizeof *vm->scheduler);
}

/* The rooms from the ground up. A step that fails undoes itself with its own close, if said. */
static const struct vm_step {
    bool (*open)(struct avm_vm *vm);
    void (*close)(struct avm_vm *vm);
    bool close_when_open_failed;
} vm_steps[] = {
    { open_platform, close_platform, false },
    { open_arguments, close_arguments, true },
    { open_terms, close_terms, true },
    { open_natives, vm_close_natives, false },
    { open_code, close_code, true },
    { open_tables, close_tables, true },
    { open_processes, close_processes, true },
    { open_schedulers, close_schedulers, true },
};

static void close_steps(struct avm_vm *vm, size_t count)
{
    while (count > 0)
        vm_steps[--count].close(vm);
}

static bool open_steps(struct avm_vm *vm)
{
    size_t i;

    for (i = 0; i < AVM_COUNT_OF(vm_steps); i++) {
        if (!vm_steps[i].open(vm)) {
            close_steps(vm, vm_steps[i].close_when_open_failed ? i + 1 : i);
            return false;
        }
    }
    return true;
}

/* libs/ is a pack like any other, but its modules are never a program's start. */
static avm_status load_own_libs(struct avm_vm *vm)
{
    avm_blob libs = { pack_libs, pack_libs_size, NULL, NULL };
    avm_status status;

    if (pack_libs_size == 0)
        return AVM_OK;
    status = avm_load_blob(vm, "libs", libs, NULL);
    vm->start_module = TERM_NONE;
    return status;
}

static void close_memory(struct memory *memory)
{
    if (memory->resize == pool_resize)
        pool_destroy(memory->user);
}

static void free_vm(struct avm_vm *vm)
{
    struct memory memory = vm->memory;

    memory_free(&memory, MEMORY_OTHER, vm, sizeof *vm);
    close_memory(&memory);
}

/* A pool takes its memory in pieces that a device has none of. */
#define POOL_LEAST_LIMIT (16u << 20)
static bool wants_pool(const avm_config *config)
{
    return config->profile == AVM_PROFILE_FAST
        && (config->memory_limit == 0 || config->memory_limit >= POOL_LEAST_LIMIT);
}

/* The arena, the host's allocator, or the system's. */
static bool open_memory(struct memory *memory, const avm_config *config)
{
    struct arena *arena;
    struct pool *pool;

    if (config->arena != NULL) {
        arena = arena_create(config->arena, config->arena_size);
        memory_init(memory, arena_resize, arena, config->memory_limit);
        memory->get_free = arena_free_bytes;
        return arena != NULL;
    }
    if (config->allocator != NULL) {
        memory_init(memory, config->allocator->resize, config->allocator->user, config->memory_limit);
        return true;
    }
    pool = wants_pool(config) ? pool_create() : NULL;
    memory_init(memory, pool != NULL ? pool_resize : NULL, pool, config->memory_limit);
    return true;
}

/* ---- several schedulers ------------------------------------------------------------------ */

static bool supports_several(const avm_config *config)
{
    const avm_platform *platform
        = config->platform != NULL ? config->platform : avm_platform_default();

    return AVM_SMP && config->schedulers <= SCHEDULERS_MAX && config->dirty_schedulers <= DIRTY_MAX
        && platform->park != NULL;
}

bool vm_share(struct avm_vm *vm)
{
#if AVM_SMP
    struct node *node = &vm->node;
    unsigned slots = slot_count(&vm->config), seats = vm->config.dirty_schedulers;
    bool is_of_host = vm->config.allocator != NULL || vm->config.arena != NULL;

    literal_ranges_set_reclaim(node->literals, &node->reclaim);
    code_set_reclaim(node->code, &node->reclaim);
    return node->platform->seat(node->platform_state, slots) == AVM_OK
        && memory_share(&vm->memory, slots, is_of_host) && reclaim_share(&node->reclaim, slots)
        && crew_share(node, vm->config.schedulers, slots)
        && (seats == 0 || dirty_create(node, seats, vm->config.on_dirty, vm->config.user))
        && ets_share(node->ets, slots) && heap_share(&node->heaps, slots);
#else
    (void) vm;
    return true;
#endif
}

void vm_unshare(struct avm_vm *vm)
{
    (void) vm;
#if AVM_SMP
    if (slot_count(&vm->config) <= 1)
        return;
    heap_unshare(&vm->node.heaps);
    ets_unshare(vm->node.ets);
    dirty_destroy(&vm->node);
    crew_unshare(&vm->node);
    reclaim_unshare(&vm->node.reclaim);
    memory_unshare(&vm->memory);
    if (vm->node.literals != NULL)
        literal_ranges_set_reclaim(vm->node.literals, NULL);
    if (vm->node.code != NULL)
        code_set_reclaim(vm->node.code, NULL);
#endif
}

/* A host that is asked for each thread is asked when there is something for it: until then the VM costs what it
** does for one scheduler. */
static bool open_to_several(struct avm_vm *vm)
{
    const avm_config *config = &vm->config;

    if (slot_count(config) <= 1)
        return true;
    vm->is_to_share = config->on_busy != NULL && (config->dirty_schedulers == 0 || config->on_dirty != NULL);
    vm->node.seats_to_come = vm->is_to_share && config->dirty_schedulers > 0;
    return vm->is_to_share || vm_share(vm);
}

avm_status avm_create(const avm_config *config, avm_vm **vm, avm_error *error)
{
    struct memory memory;
    struct avm_vm *made;
    avm_config wanted;

    read_config(&wanted, config);
    /* A compiler that does not do as it was told to makes an engine that cannot run. */
    if (interp_instructions() != NULL && !instruction_distances_fit(interp_instructions()))
        return vm_fail(error, AVM_UNSUPPORTED, "the compiler of this build has not aligned the engine's instructions");
    if ((wanted.schedulers > 1 || wanted.dirty_schedulers > 0) && !supports_several(&wanted))
        return vm_fail(error, AVM_UNSUPPORTED,
            "%u %sschedulers: not in this build, or not on this platform",
            wanted.schedulers > 1 ? wanted.schedulers : wanted.dirty_schedulers,
            wanted.schedulers > 1 ? "" : "dirty ");
    if (!open_memory(&memory, &wanted))
        return vm_fail(error, AVM_NO_MEMORY, "the arena is too small");
    made = memory_allocate_zeroed(&memory, MEMORY_OTHER, sizeof *made);
    if (made == NULL) {
        close_memory(&memory);
        return vm_fail_status(error, AVM_NO_MEMORY);
    }
    made->memory = memory;
    made->config = wanted;
    if (!open_steps(made)) {
        free_vm(made);
        return vm_fail_status(error, AVM_NO_MEMORY);
    }
    if (load_own_libs(made) != AVM_OK || !open_to_several(made)) {
        avm_destroy(made);
        return vm_fail_status(error, AVM_NO_MEMORY);
    }
    *vm = made;
    return AVM_OK;
}

void avm_destroy(avm_vm *vm)
{
    if (vm == NULL)
        return;
    vm_unshare(vm);
    vm_enter(vm);
    close_steps(vm, AVM_COUNT_OF(vm_steps));
    free_vm(vm);
}

void *avm_user(const avm_vm *vm)
{
    return vm->config.user;
}

/* ---- statistics ------------------------------------------------------------------------ */

const char *avm_memory_text(avm_memory kind)
{
    return memory_kind_text((enum memory_kind) kind);
}

static unsigned count_modules(const struct code_table *table)
{
    struct code_slot *slot;
    size_t position = 0;
    unsigned count = 0;

    while ((slot = code_next_slot(table, &position)) != NULL)
        count += slot->current != NULL;
    return count;
}

void avm_get_stats(avm_vm *vm, avm_stats *stats)
{
    struct memory_counts counts;
    struct node_counts node_counts;
    struct heap_tally tally;
    avm_stats all;
    size_t i, size = stats->struct_size < sizeof all ? stats->struct_size : sizeof all;

    vm_enter(vm);
    memset(&all, 0, sizeof all);
    all.struct_size = size;
    memory_get_counts(&vm->memory, &counts);
    heap_get_tally(&vm->node.heaps, &tally);
    all.live_bytes = counts.live_bytes;
    all.peak_bytes = counts.peak_bytes;
    all.limit_bytes = vm->memory.limit;
    for (i = 0; i < AVM_MEMORY_COUNT; i++) {
        all.bytes_by[i] = counts.bytes_by[i];
        all.objects_by[i] = counts.objects_by[i];
    }
    all.allocations = counts.allocations;
    all.failures = counts.failures;
    node_get_counts(&vm->node, &node_counts);
    all.reductions = node_counts.reductions;
    all.context_switches = node_counts.context_switches;
    all.messages = node_counts.messages;
    all.minor_gcs = tally.minor_collections;
    all.major_gcs = tally.major_collections;
    all.gc_copied_bytes = tally.copied_words * sizeof(term);
    all.processes = (unsigned) process_table_count(vm->node.processes);
    all.ports = (unsigned) process_table_count(vm->node.ports);
    all.modules = count_modules(vm->node.code);
    all.atoms = atom_count(vm->node.atoms);
    all.ets_tables = (unsigned) ets_table_count(vm->node.ets);
    all.free_bytes = memory_get_free(&vm->memory);
    vm_leave(vm);
    memcpy(stats, &all, size);
}
