#include "support/node_fixture.h"

#include "atomvm/platform.h"
#include "proc/run_queue.h"
#include "proc/signal.h"
#include "proc/table.h"
#include "proc/timer.h"

/* The state of the platform is the time itself. */
static int64_t get_time(void *state) { return *(int64_t *) state; }

static const struct avm_platform still_platform = {
    .struct_size = sizeof(avm_platform),
    .monotonic_time = get_time,
    .system_time = get_time,
};

bool node_fixture_open(struct node_fixture *f) { return node_fixture_open_limited(f, NULL); }

bool node_fixture_open_limited(struct node_fixture *f, const struct node_limits *limits)
{
    struct node *node = &f->node;
    int64_t *time;
    struct memory memory = f->memory;

    memset(f, 0, sizeof *f);
    f->memory = memory;
    node->memory = &f->memory;
    node->platform = &still_platform;
    time = memory_allocate(&f->memory, MEMORY_OTHER, sizeof *time);
    node->platform_state = time;
    if (time == NULL)
        return false;
    *time = 1000000000;
    node->heaps.memory = &f->memory;
    node->atoms = atom_table_create(&f->memory, 65536);
    node->literals = literal_ranges_create(&f->memory);
    if (node->atoms != NULL && node->literals != NULL)
        node->code = code_table_create(&f->memory, node->atoms, node->literals);
    if (node->code == NULL || !node_init(node, limits)) {
        (void) node_fixture_close(f);
        return false;
    }
    f->scheduler.node = node;
    f->scheduler.reductions = SLICE_REDUCTIONS;
    return true;
}

size_t node_fixture_close(struct node_fixture *f)
{
    struct node *node = &f->node;

    node_deinit(node);
    if (node->code != NULL)
        code_table_destroy(node->code);
    if (node->literals != NULL)
        literal_ranges_destroy(node->literals);
    if (node->atoms != NULL)
        atom_table_destroy(node->atoms);
    memory_free(&f->memory, MEMORY_OTHER, node->platform_state, sizeof(int64_t));
    return f->memory.counts.live_bytes;
}

term fixture_spawn(struct node_fixture *f, struct process *parent, const struct spawn_options *options)
{
    struct spawn_options none;
    struct heap env;
    term pid = TERM_NONE, reference;

    spawn_options_init(&f->node, &none);
    heap_init_env(&env, &f->node.heaps, MEMORY_HEAP);
    if (process_spawn(&f->node, parent, ATOM(erlang), ATOM(apply), TERM_NIL,
            options != NULL ? options : &none, &env, &pid, &reference) != DATA_OK)
        pid = TERM_NONE;
    heap_deinit(&env);
    return pid;
}

struct process *fixture_find(struct node_fixture *f, term pid) { return process_find(&f->node, pid); }

void fixture_run(struct node_fixture *f)
{
    struct process *process;

    f->scheduler.reductions = SLICE_REDUCTIONS;
    while ((process = run_queue_pop(f->node.run_queue)) != NULL) {
        if (atomic_get(&process->state) == PROCESS_STATE_EXITING
            || !signal_handle_all(&f->scheduler, process)) {
            if (!process_end(&f->node, process))
                run_queue_push(f->node.run_queue, process);
            continue;
        }
        process->flags |= PROCESS_IN_RECEIVE;
        process->flags &= (uint16_t) ~PROCESS_ROUSED;
        process_put_back(&f->node, process, true);
    }
}

void fixture_end(struct node_fixture *f, term pid, term reason)
{
    struct process *process = fixture_find(f, pid);

    process_exit(process, reason);
    process_wake(&f->node, process);
    fixture_run(f);
}

void fixture_advance(struct node_fixture *f, int64_t milliseconds)
{
    *(int64_t *) f->node.platform_state += milliseconds * 1000000;
    (void) timer_run_due(&f->node, node_monotonic_time(&f->node));
    fixture_run(f);
}

term fixture_receive(struct node_fixture *f, term pid)
{
    struct process *process = fixture_find(f, pid);
    term message = mailbox_peek(&f->scheduler, process);

    if (message != TERM_NONE)
        mailbox_remove(&f->scheduler, process);
    return message;
}

void fixture_mark(struct node_fixture *f) { f->before = f->memory.counts; }

const char *fixture_difference(const struct node_fixture *f, bool with_heaps)
{
    unsigned kind;

    for (kind = 0; kind < MEMORY_KIND_COUNT; kind++) {
        if (!with_heaps && kind == MEMORY_HEAP)
            continue;
        if (f->before.bytes_by[kind] != f->memory.counts.bytes_by[kind]
            || f->before.objects_by[kind] != f->memory.counts.objects_by[kind])
            return memory_kind_text((enum memory_kind) kind);
    }
    return NULL;
}
