/* run.c - running: processes started by the host, slices, waiting, programs.
** Always: the VM is not entered from inside of it. A thread that runs the VM is in it, but for the time that
** it sleeps and, with several schedulers, while it runs slices. */
#include "api/vm.h"

#include "data/number.h"
#include "data/print.h"
#include "port/port.h"
#include "proc/dirty.h"
#include "proc/ready.h"
#include "proc/signal.h"
#include "proc/spawn.h"
#include "proc/table.h"
#include "sched/sched.h"

#include <stdio.h>

#define RUN_ALL UINT64_MAX

/* Between two looks at what the host, other threads and handles want. */
#define RUN_PART 20000
/* The same beside others, who do it as well. */
#define RUN_PART_SHARED 80000

/* ---- who is in ----------------------------------------------------------------------------- */

#if AVM_SMP
/* A free one of the seats first..last, taken; 0: none, or the thread is in already. */
static unsigned take_seat(struct avm_vm *vm, unsigned first, unsigned last)
{
    unsigned number = first;

    if (thread_slot(&vm->memory) != 0)
        return 0;
    vm_enter(vm);
    while (number <= last && vm->seats[number].is_taken)
        number++;
    if (vm->node.depth > 1 || number > last || !vm_make_scheduler(vm, number))
        number = 0;
    if (number > 0) {
        vm->seats[number].is_taken = true;
        vm->seats[number].interrupts_seen = vm->interrupts_seen;
        vm->seats[number].before = thread_self;
    }
    vm_leave(vm);
    if (number > 0)
        thread_self = (struct thread_self) { &vm->memory, number };
    return number;
}

static void leave_seat(struct avm_vm *vm)
{
    struct vm_seat *seat = &vm->seats[thread_slot(&vm->memory)];

    thread_self = seat->before;
    vm_enter(vm);
    seat->is_taken = false;
    vm_leave(vm);
}

static bool sit_down(struct avm_vm *vm)
{
    if (take_seat(vm, 1, vm->node.crew.count) == 0)
        return false;
    reclaim_enter(&vm->node.reclaim);
    vm_enter(vm);
    return true;
}

static void stand_up(struct avm_vm *vm)
{
    if (ready_count(&vm->node) != 0)        /* what this thread leaves behind is for others */
        crew_wake_one(&vm->node);
    vm_leave(vm);
    reclaim_leave(&vm->node.reclaim);
    leave_seat(vm);
}

static unsigned count_seated(const struct avm_vm *vm)
{
    unsigned seated = 0;

    for (unsigned number = 1; number <= vm->node.crew.count; number++)
        seated += vm->seats[number].is_taken;
    return seated;
}

/* There are seats for threads that the host would send, and one is left for a thread that calls. */
static bool may_ask_for_more(const struct avm_vm *vm)
{
    unsigned count = vm->node.crew.count;

    return vm->config.on_busy != NULL && !vm->no_more_serving
        && count_seated(vm) + vm->coming < count && vm->serving + vm->coming + 1 < count;
}

static void watch(struct avm_vm *vm, bool begins);

/* The thread that has run the VM alone is the first of several. Others that come in meanwhile find the lock of
** the VM, which is taken before they can see that it is what they have to take. */
static void become_first(struct avm_vm *vm)
{
    struct node *node = &vm->node;
    struct vm_seat *seat = &vm->seats[1];

    *seat = (struct vm_seat) { seat->scheduler, true, vm->interrupts_seen, thread_self };
    thread_self = (struct thread_self) { &vm->memory, 1 };
    reclaim_enter(&node->reclaim);
    vm->is_run = false;
    node->pauses = false;
    for (unsigned depth = node->depth; depth > 0 && node->platform->leave != NULL; depth--)
        node->platform->leave(node->platform_state);
    if (vm->is_watching)
        watch(vm, true);
}

static void begin_to_share(struct avm_vm *vm)
{
    struct node *node = &vm->node;

    vm->is_to_share = node->seats_to_come = node->seats_needed = false;
    for (unsigned depth = node->depth; depth > 0; depth--)
        lock_again_take(&node->crew.lock);
    if (vm_make_scheduler(vm, 1) && vm_share(vm)) {
        become_first(vm);
        return;
    }
    vm_unshare(vm);
    for (unsigned depth = node->depth; depth > 0; depth--)
        lock_again_release(&node->crew.lock);
}

/* Between two parts: there is something for another thread. Twice in a row: most programs spawn a few when they
** begin, which have soon begun to wait. */
static bool is_to_begin(struct avm_vm *vm, enum sched_activity activity)
{
    bool was_busy = vm->was_busy;

    if (!vm->is_to_share)
        return false;
    vm->was_busy = activity == SCHED_RUNNABLE && vm->config.schedulers > 1 && ready_count(&vm->node) > 1;
    return vm->node.seats_needed || (was_busy && vm->was_busy);
}

/* Between two parts all that is ready is in the queues: what this thread goes on with, what is for those that
** were promised, and more. */
static void ask_for_more(struct avm_vm *vm)
{
    if (!may_ask_for_more(vm) || ready_count(&vm->node) < 2 + (size_t) vm->coming)
        return;
    if (vm->config.on_busy(vm->config.user))
        vm->coming++;
    else
        vm->config.on_busy = NULL;
}
#else
#define may_ask_for_more(vm) false
#define ask_for_more(vm) ((void) 0)
#define is_to_begin(vm, activity) false
#define begin_to_share(vm) ((void) 0)
#define count_seated(vm) 0
#define sit_down(vm) false
#define stand_up(vm) ((void) 0)
#endif

bool vm_begin_run(struct avm_vm *vm)
{
    if (node_is_shared(&vm->node))
        return sit_down(vm);
    vm_enter(vm);
    if (!vm->is_run && !node_is_shared(&vm->node)) {
        vm->is_run = true;
        return true;
    }
    vm_leave(vm);
    return node_is_shared(&vm->node) && sit_down(vm);
}

void vm_end_run(struct avm_vm *vm)
{
    if (node_is_shared(&vm->node)) {
        stand_up(vm);
        return;
    }
    vm->is_run = false;
    vm_leave(vm);
}

void vm_end_run_until(struct avm_vm *vm)
{
    if (node_is_shared(&vm->node)) {
        stand_up(vm);
        vm_enter(vm);
    }
    vm->is_run = false;
    vm_tell_work(vm, false);
    vm_leave(vm);
}

bool vm_has_work(const struct avm_vm *vm)
{
    return ready_count(&vm->node) != 0;
}

/* With several schedulers those that sleep have been woken by what made the work. */
void vm_tell_work(struct avm_vm *vm, bool had_work)
{
    bool is_run = node_is_shared(&vm->node) ? count_seated(vm) != 0 : vm->is_run;

    if (had_work || !vm_has_work(vm))
        return;
    if (vm->sleeps)
        vm->node.platform->wakeup(vm->node.platform_state);
    else if (!is_run && vm->config.on_wakeup != NULL)
        vm->config.on_wakeup(vm->config.user);
}

/* ---- interrupts ------------------------------------------------------------------------------ */

static unsigned *interrupts_seen(struct avm_vm *vm)
{
    return node_is_shared(&vm->node) ? &vm->seats[thread_slot(&vm->memory)].interrupts_seen
                                     : &vm->interrupts_seen;
}

static bool is_interrupted(struct avm_vm *vm)
{
    return atomic_peek(&vm->interrupts) != *interrupts_seen(vm);
}

/* True when it was; all that run beside this thread see it for themselves. */
static bool take_interrupt(struct avm_vm *vm)
{
    if (!is_interrupted(vm))
        return false;
    *interrupts_seen(vm) = vm->interrupts_seen = atomic_peek(&vm->interrupts);
    crew_wake_all(&vm->node);
    return true;
}

/* How often the thread has entered: a dirty native on its seat has not. */
static unsigned own_depth(const struct avm_vm *vm)
{
#if AVM_SMP
    if (node_is_shared(&vm->node) && !crew_holds_lock(&vm->node))
        return 0;
#endif
    return vm->node.depth;
}

unsigned avm_begin_blocking(avm_vm *vm)
{
    unsigned depth = own_depth(vm), left;

    for (left = depth; left > 0; left--)
        vm_leave(vm);
#if AVM_SMP
    if (node_is_shared(&vm->node) && crew_is_scheduler(&vm->node))
        reclaim_leave(&vm->node.reclaim);
#endif
    return depth;
}

void avm_end_blocking(avm_vm *vm, unsigned depth)
{
#if AVM_SMP
    if (node_is_shared(&vm->node) && crew_is_scheduler(&vm->node))
        reclaim_enter(&vm->node.reclaim);
#endif
    while (depth-- > 0)
        vm_enter(vm);
}

#if AVM_SMP
/* Out of the VM, to sleep: nothing that is shared is in the thread's hands. */
static void step_out(struct avm_vm *vm)
{
    vm_leave(vm);
    reclaim_leave(&vm->node.reclaim);
}

static void step_in(struct avm_vm *vm)
{
    reclaim_enter(&vm->node.reclaim);
    vm_enter(vm);
}
#endif

/* ---- waiting ------------------------------------------------------------------------------- */

/* Tells the process that waits for input; the poll event was told once and is off again. */
static void input_is_ready(struct avm_vm *vm)
{
    term waiter = vm->node.input_waiter, message[3];

    vm->node.input_waiter = TERM_NONE;
    if (waiter == TERM_NONE)
        return;
    message[0] = header_make(BOXED_TUPLE, 2);
    message[1] = ATOM(atomvm_input);
    message[2] = ATOM(ready);
    (void) signal_send_message(&vm->node, NULL, waiter, term_make_boxed(message));
}

/* The platform's wait, with others let in. */
static avm_status wait_alone(struct avm_vm *vm, int64_t until, avm_poll_event *events,
    size_t capacity, size_t *count)
{
    struct node *node = &vm->node;
    avm_status status;

#if AVM_SMP
    if (node_is_shared(node)) {
        step_out(vm);
        status = node->platform->wait(node->platform_state, until, events, capacity, count);
        step_in(vm);
        return status;
    }
#endif
    vm->sleeps = until != 0;
    node->depth--;                  /* others come in meanwhile */
    status = node->platform->wait(node->platform_state, until, events, capacity, count);
    node->depth++;
    vm->sleeps = false;
    return status;
}

/* Sleeps until then at most; tells who waits for what is ready. */
static avm_status wait_until(struct avm_vm *vm, int64_t until, size_t *count)
{
    avm_poll_event events[32];
    avm_status status = wait_alone(vm, until, events, AVM_COUNT_OF(events), count);
    size_t i;

    if (status != AVM_OK)
        *count = 0;
    for (i = 0; i < *count; i++) {
        if (events[i].tag == &vm->node)
            input_is_ready(vm);
        else if (!port_handle_ready(&vm->node, events[i].handle, events[i].mode))
            vm_handle_ready(vm, events[i].handle, events[i].mode);
        else if (vm->config.on_watch != NULL)
            vm->config.on_watch(vm->config.user, events[i].handle,
                port_watched_mode(&vm->node, events[i].handle));
    }
    return status;
}

static int64_t deadline_of(struct avm_vm *vm, int64_t timeout_ns)
{
    int64_t now = timeout_ns < 0 ? 0 : node_monotonic_time(&vm->node);

    return timeout_ns < 0 || timeout_ns > INT64_MAX - now ? INT64_MAX : now + timeout_ns;
}

#if AVM_SMP
/* The thread becomes the one that waits for handles and timers; gives how long. Timers that are set from
** now on are told it. */
static int64_t begin_polling(struct avm_vm *vm, int64_t until)
{
    struct crew *crew = &vm->node.crew;
    int64_t timer;

    (void) atomic_swap(&crew->poll_until, INT64_MAX);
    (void) atomic_swap(&crew->poller, thread_slot(&vm->memory));
    timer = sched_next_timer(&vm->node);
    if (timer < until)
        until = timer;
    atomic_put(&crew->poll_until, until);
    return until;
}

static void end_polling(struct avm_vm *vm)
{
    (void) atomic_swap(&vm->node.crew.poller, 0u);
    atomic_put(&vm->node.crew.poll_until, INT64_MIN);
}

static avm_status sleep(struct avm_vm *vm, bool polls, int64_t until)
{
    avm_status status;
    size_t count;

    if (polls)
        return wait_until(vm, until, &count);
    step_out(vm);
    status = vm->node.platform->park(vm->node.platform_state, thread_slot(&vm->memory), until);
    step_in(vm);
    return status;
}

/* See proc/crew.h: the bit first, then a last look at all that there may be to do. */
static avm_status wait_beside_others(struct avm_vm *vm, int64_t until, vm_test_fn *test, void *user)
{
    struct node *node = &vm->node;
    bool polls = atomic_get(&node->crew.poller) == 0;
    int64_t wake = polls ? begin_polling(vm, until) : until;
    avm_status status = AVM_OK;

    crew_fall_asleep(node);
    if (ready_may_sleep(node) && !is_interrupted(vm) && !atomic_get(&node->halting)
        && !vm->no_more_serving && (test == NULL || !test(vm, user)))
        status = sleep(vm, polls, wake);
    crew_wake_up(node);
    if (polls)
        end_polling(vm);
    return status;
}
#endif

/* test, which may be NULL: what else ends the waiting, once others run the VM as well. */
static avm_status wait_for_work(struct avm_vm *vm, int64_t timeout_ns, vm_test_fn *test, void *user)
{
    int64_t until = deadline_of(vm, timeout_ns), timer = sched_next_timer(&vm->node);
    avm_status status;
    size_t count = 0;

    (void) test;
    (void) user;
#if AVM_SMP
    if (node_is_shared(&vm->node))
        status = wait_beside_others(vm, until, test, user);
    else
#endif
        status = wait_until(vm, timer < until ? timer : until, &count);
    if (status != AVM_OK)
        return status;
    return count == 0 && timer > until && !vm_has_work(vm) && !is_interrupted(vm)
            && until != INT64_MAX && node_monotonic_time(&vm->node) >= until
        ? AVM_TIMEOUT
        : AVM_OK;
}

/* Handles are looked at, and other threads are let in. */
static void look_around(struct avm_vm *vm)
{
    bool has_handles = vm->watches != NULL || port_is_watching(&vm->node)
        || vm->node.input_waiter != TERM_NONE;
    size_t count;

#if AVM_SMP
    if (node_is_shared(&vm->node)) {        /* slices are run outside */
        if (has_handles && atomic_get(&vm->node.crew.poller) == 0) {
            (void) atomic_swap(&vm->node.crew.poller, thread_slot(&vm->memory));
            (void) wait_until(vm, 0, &count);
            end_polling(vm);
        }
        return;
    }
#endif
    if (has_handles) {
        (void) wait_until(vm, 0, &count);
    } else {
        vm_leave(vm);
        vm_enter(vm);
    }
}

static enum sched_activity run_part(struct avm_vm *vm, uint64_t reductions, uint64_t *spent,
    int64_t *wake_time)
{
    enum sched_activity activity;

#if AVM_SMP
    if (node_is_shared(&vm->node)) {
        vm_leave(vm);
        activity = sched_run(vm_scheduler(vm), reductions, spent, wake_time);
        vm_enter(vm);
        if (activity == SCHED_HALTED)
            crew_wake_all(&vm->node);
        return activity;
    }
#endif
    activity = sched_run(vm_scheduler(vm), reductions, spent, wake_time);
    return activity;
}

/* ---- running ------------------------------------------------------------------------------- */

/* Ends early, with AVM_RUNNABLE, when it is interrupted, or the call that the host waits for is over. */
static void run_slices(struct avm_vm *vm, uint64_t reductions, avm_progress *progress)
{
    uint64_t part, spent, left = reductions;
    enum sched_activity activity;

    do {
        look_around(vm);
        part = node_is_shared(&vm->node) && !may_ask_for_more(vm) ? RUN_PART_SHARED : RUN_PART;
        activity = run_part(vm, left < part ? left : part, &spent, &progress->wake_time);
        progress->reductions += spent;
        left = spent < left ? left - spent : 0;
        if (is_to_begin(vm, activity))
            begin_to_share(vm);
        if (node_is_shared(&vm->node) && activity == SCHED_RUNNABLE)
            ask_for_more(vm);
    } while (activity == SCHED_RUNNABLE && left > 0 && !is_interrupted(vm) && !vm->node.pauses);
    progress->activity = activity == SCHED_RUNNABLE ? AVM_RUNNABLE
        : activity == SCHED_WAITING                 ? AVM_WAITING
                                                    : AVM_HALTED;
    progress->halt_status = vm->node.halt_status;
}

avm_status avm_run(avm_vm *vm, uint64_t reductions, avm_progress *progress)
{
    avm_progress result = { AVM_HALTED, 0, 0, INT64_MAX };

    if (!vm_begin_run(vm))
        return AVM_BUSY;
    run_slices(vm, reductions, &result);
    (void) take_interrupt(vm);
    vm_end_run(vm);
    if (progress != NULL)
        *progress = result;
    return AVM_OK;
}

avm_status avm_wait(avm_vm *vm, int64_t timeout_ns)
{
    avm_status status = AVM_OK;

    if (!vm_begin_run(vm))
        return AVM_BUSY;
    if (!is_interrupted(vm) && !vm_has_work(vm) && !atomic_peek(&vm->node.halting))
        status = wait_for_work(vm, timeout_ns, NULL, NULL);
    (void) take_interrupt(vm);
    vm_end_run(vm);
    return status;
}

void avm_interrupt(avm_vm *vm)
{
    (void) atomic_add(&vm->interrupts, 1u);
    vm->node.platform->wakeup(vm->node.platform_state);
}

/* Whoever waits for what becomes of a process is woken when something does. */
static void watch(struct avm_vm *vm, bool begins)
{
    vm->is_watching = begins;
#if AVM_SMP
    if (node_is_shared(&vm->node)) {
        uint64_t bit = (uint64_t) 1 << (thread_slot(&vm->memory) - 1);

        if (begins)
            (void) atomic_or(&vm->node.crew.watching, bit);
        else
            (void) atomic_and(&vm->node.crew.watching, ~bit);
    }
#endif
}

static avm_status run_until(struct avm_vm *vm, vm_test_fn *test, void *user, int64_t timeout_ns,
    avm_error *error)
{
    int64_t deadline = deadline_of(vm, timeout_ns), now;

    while (!test(vm, user)) {
        avm_progress progress = { AVM_HALTED, 0, 0, INT64_MAX };

        now = deadline == INT64_MAX ? 0 : node_monotonic_time(&vm->node);
        if (now >= deadline)
            return AVM_TIMEOUT;
        run_slices(vm, RUN_PART, &progress);
        if (progress.activity == AVM_HALTED)
            return vm_fail(error, AVM_BUSY, "erlang:halt was called");
        if (take_interrupt(vm))
            return vm_fail(error, AVM_BUSY, "interrupted");
        if (progress.activity == AVM_WAITING && !test(vm, user))
            (void) wait_for_work(vm, deadline == INT64_MAX ? -1 : deadline - now, test, user);
    }
    return AVM_OK;
}

avm_status vm_run_until(struct avm_vm *vm, vm_test_fn *test, void *user, int64_t timeout_ns,
    avm_error *error)
{
    avm_status status;

    watch(vm, true);
    status = run_until(vm, test, user, timeout_ns, error);
    watch(vm, false);
    return status;
}

#define REPORT_SIZE 1024

static void print_crash(struct node *node, const struct process *process, term reason,
    char text[REPORT_SIZE])
{
    struct byte_buffer out;

    byte_buffer_init(&out, node->memory, MEMORY_OTHER);
    (void) term_print(&out, &node->compare, reason, REPORT_SIZE);
    (void) snprintf(text, REPORT_SIZE, "Error in process <0.%llu.0> with exit value: %.*s",
        (unsigned long long) term_pid_data(process->pid), (int) out.size,
        out.size > 0 ? (const char *) out.bytes : "");
    byte_buffer_deinit(&out);
}

void vm_report_crash(struct node *node, struct process *process, term reason)
{
    struct avm_vm *vm = node->host;
    char text[REPORT_SIZE];
    avm_pid pid = { process->pid };

    print_crash(node, process, reason, text);
    vm->config.on_crash(vm->config.user, pid, text);
}

/* A program that has no logger yet, or whose stock modules are missing, still says why it ends. */
static void write_crash(struct node *node, struct process *process, term reason)
{
    char text[REPORT_SIZE + 1];

    print_crash(node, process, reason, text);
    strcat(text, "\n");
    (void) node->platform->write(node->platform_state, AVM_STDERR, text, strlen(text));
}

bool vm_get_atom(struct avm_vm *vm, const char *name, term *atom)
{
    uint32_t index;

    if (atom_put(vm->node.atoms, (const uint8_t *) name, strlen(name), &index) != ATOM_OK)
        return false;
    *atom = term_make_atom(index);
    return true;
}

bool vm_is_exported(struct avm_vm *vm, term module, term function, uint32_t arity)
{
    struct export *export = code_find_export(vm->node.code, module, function, arity);
    struct code_slot *slot;

    if (export != NULL && (export->native != NULL || export->function != NULL))
        return true;
    (void) vm_find_module(vm, &vm->node, module);
    slot = code_find_slot(vm->node.code, module);
    return slot != NULL
        && ((slot->current != NULL && vm_module_exports(slot->current, function, arity))
            || (slot->pending != NULL && vm_module_exports(slot->pending, function, arity)));
}

/* The function's export: AVM_NOT_FOUND, unless it was memory. */
static avm_status find_function(struct avm_vm *vm, const char *module, const char *function,
    size_t argc, struct export **export, avm_error *error)
{
    uint64_t failures = memory_failures(&vm->memory);
    term m, f;

    *export = NULL;
    if (vm_get_atom(vm, module, &m) && vm_get_atom(vm, function, &f)
        && vm_is_exported(vm, m, f, (uint32_t) argc))
        *export = code_put_export(vm->node.code, m, f, (uint32_t) argc);
    if (*export != NULL)
        return AVM_OK;
    if (memory_failures(&vm->memory) != failures)
        return vm_fail_status(error, AVM_NO_MEMORY);
    return vm_fail(error, AVM_NOT_FOUND, "%s:%s/%zu is not exported", module, function, argc);
}

static avm_status spawn_export(struct avm_vm *vm, struct export *export, const term argv[], term *pid)
{
    struct spawn_options options;
    unsigned i;

    for (i = 0; i < export->identity.arity; i++) {
        if (argv[i] == 0)
            return AVM_NO_MEMORY;
    }
    spawn_options_init(&vm->node, &options);
    return vm_start_servers(vm, &options.group_leader)
            && process_spawn_export(&vm->node, export, argv, &options, pid) == DATA_OK
        ? AVM_OK
        : AVM_NO_MEMORY;
}

avm_status vm_spawn_named(struct avm_vm *vm, const char *module, const char *function, size_t argc,
    const avm_term argv[], term *pid, avm_error *error)
{
    struct export *export;
    avm_status status = find_function(vm, module, function, argc, &export, error);

    if (status != AVM_OK)
        return status;
    status = spawn_export(vm, export, argv, pid);
    return status == AVM_OK ? AVM_OK : vm_fail_status(error, status);
}

avm_status avm_spawn(avm_vm *vm, const char *module, const char *function, avm_env *env,
    size_t argc, const avm_term argv[], avm_pid *pid, avm_error *error)
{
    avm_status status;
    bool had_work;

    (void) env;
    vm_enter(vm);
    had_work = vm_has_work(vm);
    status = vm_spawn_named(vm, module, function, argc, argv, &pid->pid, error);
    vm_tell_work(vm, had_work);
    vm_leave(vm);
    return status;
}

/* ---- programs ---------------------------------------------------------------------- */

/* What stood after -- as a list of strings; 0 without memory. */
static term make_arguments(struct avm_vm *vm, avm_env *env)
{
    term list = TERM_NIL;
    int i;

    for (i = vm->config.argc - 1; i >= 0 && list != 0; i--) {
        term text = avm_make_string(env, vm->config.argv[i]);

        list = text == 0 ? 0 : avm_make_list_cell(env, text, list);
    }
    return list;
}

static avm_status find_start(struct avm_vm *vm, const char *module, term *start, avm_error *error)
{
    if (module == NULL) {
        if (vm->start_module == TERM_NONE)
            return vm_fail(error, AVM_NOT_FOUND, "no module exports start/0");
        *start = vm->start_module;
    } else if (!vm_get_atom(vm, module, start)) {
        return vm_fail_status(error, AVM_NO_MEMORY);
    }
    if (!vm_is_exported(vm, *start, ATOM(start), 0)) {
        size_t size;
        const uint8_t *text;

        if (vm->node.find_error[0] != '\0')
            return vm_fail(error, AVM_BAD_FILE, "%s", vm->node.find_error);
        text = atom_text(vm->node.atoms, term_atom_index(*start), &size);
        return vm_fail(error, AVM_NOT_FOUND, "%.*s does not export start/0", (int) size, text);
    }
    return AVM_OK;
}

static bool has_gone(struct avm_vm *vm, void *user)
{
    return !process_table_has(vm->node.processes, *(const term *) user);
}

/* Until erlang:halt, or an interrupt, or until first, which ends the program, has gone. */
static avm_status run_to_halt(struct avm_vm *vm, term first, int *exit_status, avm_error *error)
{
    for (;;) {
        avm_progress progress = { AVM_HALTED, 0, 0, INT64_MAX };

        run_slices(vm, RUN_ALL, &progress);
        if (progress.activity == AVM_HALTED) {
            *exit_status = progress.halt_status;
            return AVM_OK;
        }
        if (take_interrupt(vm))
            return vm_fail(error, AVM_BUSY, "interrupted");
        if (has_gone(vm, &first) && !atomic_get(&vm->node.halting)) {
            /* Nobody is left to end the program: most likely it did not get the memory to begin. */
            if (memory_failures(&vm->memory) != 0)
                return vm_fail_status(error, AVM_NO_MEMORY);
            *exit_status = 1;
            return AVM_OK;
        }
        if (progress.activity == AVM_WAITING)
            (void) wait_for_work(vm, -1, has_gone, &first);
    }
}

static avm_status start_program(struct avm_vm *vm, term start, term *pid)
{
    bool has_init = vm_is_exported(vm, ATOM(atomvm_init), ATOM(start), 2);
    struct export *export = code_put_export(vm->node.code, has_init ? ATOM(atomvm_init) : start,
        ATOM(start), has_init ? 2 : 0);
    struct spawn_options options;
    avm_status status = AVM_NO_MEMORY;
    struct avm_env scratch;
    term arguments[2];

    if (export == NULL)
        return AVM_NO_MEMORY;
    vm_env_init(&scratch, vm);
    spawn_options_init(&vm->node, &options);
    arguments[0] = start;
    arguments[1] = make_arguments(vm, &scratch);
    if (arguments[1] != 0
        && process_spawn_export(&vm->node, export, arguments, &options, pid) == DATA_OK)
        status = AVM_OK;
    heap_deinit(scratch.heap);
    return status;
}

avm_status vm_fail_busy(avm_error *error)
{
    return vm_fail(error, AVM_BUSY, "called from inside the VM, or another thread runs it");
}

static avm_status run_program(struct avm_vm *vm, const char *module, int *exit_status,
    avm_error *error)
{
    term start = TERM_NONE, pid;
    avm_status status;

    status = find_start(vm, module, &start, error);
    if (status != AVM_OK)
        return status;
    status = start_program(vm, start, &pid);
    if (status != AVM_OK)
        return vm_fail_status(error, status);
    atomic_put(&vm->node.crashed_unheard, write_crash);
    watch(vm, true);
    status = run_to_halt(vm, pid, exit_status, error);
    watch(vm, false);
    atomic_put(&vm->node.crashed_unheard, (node_crashed_fn *) NULL);
    return status;
}

avm_status avm_run_program(avm_vm *vm, const char *module, int *exit_status, avm_error *error)
{
    avm_status status;

    if (!vm_begin_run(vm))
        return vm_fail_busy(error);
    status = run_program(vm, module, exit_status, error);
    vm_end_run(vm);
    return status;
}

/* ---- further schedulers ----------------------------------------------------------------------- */

/* Of those that were promised, if any were. */
static void has_come(struct avm_vm *vm)
{
    if (vm->coming > 0)
        vm->coming--;
}

/* One that has come is waited for until it has taken what was ready for it. */
static void serve(struct avm_vm *vm)
{
    avm_progress progress = { AVM_WAITING, 0, 0, INT64_MAX };
    bool is_new = true;

    while (progress.activity != AVM_HALTED && !vm->no_more_serving && !take_interrupt(vm)) {
        run_slices(vm, RUN_PART_SHARED, &progress);
        if (is_new)
            has_come(vm);
        is_new = false;
        if (progress.activity == AVM_WAITING)
            (void) wait_for_work(vm, -1, NULL, NULL);
    }
    if (is_new)
        has_come(vm);
}

avm_status avm_serve(avm_vm *vm)
{
    if (!vm_begin_run(vm)) {
        vm_enter(vm);
        has_come(vm);
        vm_leave(vm);
        return AVM_BUSY;
    }
    vm->serving++;
    serve(vm);
    vm->serving--;
    vm_end_run(vm);
    return AVM_OK;
}

#if AVM_SMP
/* Until all that serve are to return: is asked again once the seat is to be woken. */
static void serve_dirty(struct avm_vm *vm)
{
    struct node *node = &vm->node;
    struct process *process;

    while (!atomic_peek(&node->halting) && !atomic_peek(&vm->no_more_serving) && !is_interrupted(vm)) {
        process = dirty_take(node);
        if (process != NULL)
            sched_run_on_seat(vm_scheduler(vm), process);
        else if (!atomic_get(&node->halting) && !atomic_get(&vm->no_more_serving) && !is_interrupted(vm))
            (void) node->platform->park(node->platform_state, thread_slot(&vm->memory), INT64_MAX);
    }
}
#endif

avm_status avm_serve_dirty(avm_vm *vm)
{
#if AVM_SMP
    if (vm->node.dirty != NULL) {
        struct crew *crew = &vm->node.crew;

        if (take_seat(vm, crew->count + 1, crew->slots) != 0) {
            crew_sit_down(&vm->node);
            dirty_begin(&vm->node);
            serve_dirty(vm);
            dirty_end(&vm->node);
            vm_enter(vm);
            (void) take_interrupt(vm);
            vm_leave(vm);
            leave_seat(vm);
            return AVM_OK;
        }
        if (thread_slot(&vm->memory) == 0)
            dirty_refuse(&vm->node);
    }
#endif
    (void) vm;
    return AVM_BUSY;
}

void avm_stop_serving(avm_vm *vm)
{
    vm_enter(vm);
    atomic_put(&vm->no_more_serving, true);
    dirty_close(&vm->node);
    crew_wake_all(&vm->node);
    vm_leave(vm);
}
