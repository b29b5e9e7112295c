/* soak.c - lets VMs live: a mix of everything, drawn from a seed, with all invariants checked as it goes.
**
** An epoch creates one or two VMs and runs rounds in them, slice by slice in turn. In some rounds
** allocations fail, in some there is little memory. After each round every kind of memory has the objects
** and bytes that it had after the first rounds; at its end, or in the middle of a round, the VM is
** destroyed and has given back every byte. An epoch depends on nothing but the seed and its number: the
** clock of the VMs is not the machine's. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "proc/table.h"
#include "support/vm_fixture.h"
#include "walk.h"

#define MAX_VMS 2
#define SLICES_A_ROUND 2000000      /* a round that takes more does not end */
#define SAID_SIZE 2000

enum round_kind { ROUND_SOUND, ROUND_FAILING, ROUND_TIGHT };

struct session {
    struct vm_fixture fixture;
    uint64_t random;
    int64_t clock;              /* what vm_clock is while this VM runs */
    enum round_kind kind;
    unsigned rounds, rounds_left;
    uint64_t slices;
    bool in_round, has_mark, is_open;
};

struct soak {
    uint64_t seed, epoch;
    uint64_t rounds, slices, walks, failures, allocations, processes;
    time_t start, said;
    int seconds;
    struct session sessions[MAX_VMS];
    bool failed;
};

/* What the VMs have written last. */
static char said[SAID_SIZE];
static size_t said_size;

static uint64_t draw(uint64_t *random, uint64_t below)
{
    uint64_t z = *random += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (z ^ (z >> 31)) % below;
}

static void fail(struct soak *soak, const char *what, const char *why)
{
    soak->failed = true;
    printf("FAILED: %s: %s\n", what, why);
    printf("in epoch %" PRIu64 " of seed %" PRIu64 "; again with: tools/soak --epoch %" PRIu64
        " %d %" PRIu64 "\n", soak->epoch, soak->seed, soak->epoch, soak->seconds, soak->seed);
    if (said_size > 0)
        printf("the program said last:\n%.*s\n", (int) said_size, said);
    fflush(stdout);
}

static avm_status keep_write(void *state, avm_stream stream, const void *data, size_t size)
{
    (void) state;
    (void) stream;
    if (size > sizeof said) {
        data = (const char *) data + (size - sizeof said);
        size = sizeof said;
    }
    if (said_size + size > sizeof said) {
        size_t keep = sizeof said - size;

        memmove(said, said + said_size - keep, keep);
        said_size = keep;
    }
    memcpy(said + said_size, data, size);
    said_size += size;
    return AVM_OK;
}

/* ---- a VM ------------------------------------------------------------------------------------ */

/* Calls soak_scenes:Function with one argument, or none. */
static avm_status call_scenes(struct session *s, const char *function, const avm_blob *argument)
{
    struct vm_fixture *f = &s->fixture;
    avm_term binary = 0, result;
    avm_status status;

    if (argument != NULL)
        binary = avm_make_binary(f->env, argument->data, argument->size);
    status = avm_call(f->vm, "soak_scenes", function, f->env, argument != NULL, &binary, &result, &f->error);
    avm_env_clear(f->env);
    return status;
}

static bool open_session(struct soak *soak, struct session *s, uint64_t random)
{
    struct vm_fixture *f = &s->fixture;
    avm_blob beam;

    memset(s, 0, sizeof *s);
    vm_init(f);
    s->random = random;
    s->clock = vm_clock = 1000000000;
    s->rounds_left = 4 + (unsigned) draw(&s->random, 12);
    f->platform.write = keep_write;
    f->config.verify_at_load = true;        /* else code grows as it is first called */
    f->config.profile = draw(&s->random, 2) == 0 ? AVM_PROFILE_FAST : AVM_PROFILE_SMALL;
    if (vm_open(f) != AVM_OK || !vm_read_module("leak_target", &beam)) {
        fail(soak, "a VM cannot be made", f->error.message);
        return false;
    }
    s->is_open = true;
    vm_find_stock(f);
    if (call_scenes(s, "prepare", &beam) != AVM_OK) {
        fail(soak, "the load cannot be prepared", f->error.message);
        return false;
    }
    s->clock = vm_clock;
    return true;
}

static void close_session(struct soak *soak, struct session *s)
{
    soak->failures += s->fixture.host.failed;
    soak->allocations += s->fixture.host.allocations;
    s->fixture.host.fail_at = 0;
    s->is_open = false;
    if (!vm_close(&s->fixture))
        fail(soak, "after avm_destroy", s->fixture.difference);
}

static void walk(struct soak *soak, struct session *s, bool deep, bool at_rest)
{
    uint64_t fail_at = s->fixture.host.fail_at;
    size_t limit = s->fixture.vm->memory.limit;
    char why[300];

    s->fixture.host.fail_at = 0;
    s->fixture.vm->memory.limit = 0;
    soak->walks++;
    if (!walk_vm(s->fixture.vm, deep, at_rest, why, sizeof why))
        fail(soak, at_rest ? "the walker, at rest" : "the walker", why);
    s->fixture.host.fail_at = fail_at;
    s->fixture.vm->memory.limit = limit;
}

static void print_atom(const struct node *node, term atom)
{
    size_t size;
    const uint8_t *text = atom_text(node->atoms, term_atom_index(atom), &size);

    printf("%.*s", (int) size, (const char *) text);
}

static void print_function(const struct node *node, term module, term function)
{
    print_atom(node, module);
    printf(":");
    print_atom(node, function);
}

static void list_processes(const struct session *s)
{
    const struct node *node = &s->fixture.vm->node;
    struct process *process = NULL;
    size_t bucket = 0;

    while ((process = process_table_next(node->processes, &bucket, process)) != NULL) {
        const struct function *current = node->current_function(process);

        printf("  <0.%" PRIu64 "> ", (uint64_t) term_pid_data(process->pid));
        print_function(node, process->initial_call->identity.module,
            process->initial_call->identity.function);
        if (current != NULL && current->module != NULL) {
            printf(" in ");
            print_function(node, current->module->name, current->name);
        }
        printf(", %u messages, flags %#x, state %d\n", process->message_count,
            process->flags, (int) atomic_get(&process->state));
    }
}

/* ---- rounds ------------------------------------------------------------------------------------ */

/* The next allocation that fails is somewhere ahead. */
static void set_failures(struct session *s)
{
    struct host_memory *host = &s->fixture.host;

    if (s->kind == ROUND_FAILING && host->fail_at <= host->allocations)
        host->fail_at = host->allocations + 1 + draw(&s->random, draw(&s->random, 8) == 0 ? 20 : 600);
}

static void begin_round(struct soak *soak, struct session *s)
{
    static const enum round_kind kinds[] = { ROUND_SOUND, ROUND_SOUND, ROUND_FAILING, ROUND_TIGHT };
    struct vm_fixture *f = &s->fixture;
    static const char *const modes[] = { "sound", "failing", "tight" };
    avm_term arguments[3];
    avm_pid pid;

    s->kind = s->rounds < 2 ? ROUND_SOUND : kinds[draw(&s->random, 4)];
    arguments[0] = avm_make_int64(f->env, (int64_t) draw(&s->random, 1000000));
    arguments[1] = avm_make_int64(f->env, 3 + (int64_t) draw(&s->random, 10));
    arguments[2] = avm_make_atom(f->env, modes[s->kind]);
    if (avm_spawn(f->vm, "soak_scenes", "round", f->env, 3, arguments, &pid, &f->error) != AVM_OK)
        fail(soak, "a round cannot begin", f->error.message);
    avm_env_clear(f->env);
    if (s->kind == ROUND_TIGHT)
        f->vm->memory.limit = f->vm->memory.counts.live_bytes + 50000 + draw(&s->random, 2000000);
    s->slices = 0;
    s->in_round = true;
}

/* All is quiet: what was there before is there, and nothing else. */
static void end_round(struct soak *soak, struct session *s)
{
    struct vm_fixture *f = &s->fixture;

    s->in_round = false;
    s->rounds++;
    s->rounds_left--;
    soak->rounds++;
    f->host.fail_at = 0;
    f->vm->memory.limit = 0;
    if (call_scenes(s, "collect", NULL) != AVM_OK || !vm_run(f)) {
        fail(soak, "the collection after a round", f->error.message);
        return;
    }
    walk(soak, s, true, true);
    if (s->rounds == 2) {
        vm_mark(f);
        s->has_mark = true;
    } else if (s->has_mark && vm_difference(f, true) != NULL) {
        static const char *const names[] = { "after a round", "after a round with failing allocations",
            "after a round with little memory" };

        fail(soak, names[s->kind], f->difference);
        list_processes(s);
    }
}

static void step(struct soak *soak, struct session *s)
{
    avm_progress progress;

    set_failures(s);
    vm_clock += (int64_t) draw(&s->random, 400000);
    (void) avm_run(s->fixture.vm, 1 + draw(&s->random, draw(&s->random, 4) == 0 ? 300 : 40000), &progress);
    soak->slices++;
    if (progress.activity == AVM_HALTED) {
        fail(soak, "a part of a round", "it halted the VM");
        list_processes(s);
    } else if (progress.activity == AVM_WAITING && progress.wake_time == INT64_MAX)
        end_round(soak, s);
    else if (++s->slices > SLICES_A_ROUND)
        fail(soak, "a round", "it does not end");
    else {
        if (progress.activity == AVM_WAITING)
            (void) avm_wait(s->fixture.vm, -1);
        if (draw(&s->random, 16) == 0)
            walk(soak, s, draw(&s->random, 4) == 0, false);
    }
}

/* ---- epochs --------------------------------------------------------------------------------------- */

static void progress(struct soak *soak, bool is_last)
{
    time_t now = time(NULL);
    size_t live = 0, at;

    if (!is_last && now - soak->said < 5)
        return;
    soak->said = now;
    for (at = 0; at < MAX_VMS; at++)
        if (soak->sessions[at].is_open)
            live += soak->sessions[at].fixture.host.bytes;
    printf("%4ld s  epoch %" PRIu64 ", %" PRIu64 " rounds, %" PRIu64 " slices, %" PRIu64 " processes, %" PRIu64
        " walks, %" PRIu64 " failed allocations, %zu bytes live\n", (long) (now - soak->start), soak->epoch,
        soak->rounds, soak->slices, soak->processes, soak->walks, soak->failures, live);
    fflush(stdout);
}

static bool is_over(const struct soak *soak)
{
    return soak->failed || time(NULL) - soak->start >= soak->seconds;
}

static void leave(struct soak *soak, struct session *s)
{
    soak->processes += s->fixture.vm->node.processes->next;
    close_session(soak, s);
}

/* Destroyed at rest when all rounds are over, or earlier with everything alive. */
static void run_epoch(struct soak *soak)
{
    uint64_t random = soak->seed * UINT64_C(1000003) + soak->epoch;
    size_t count = 1 + draw(&random, MAX_VMS), open = 0, at;

    for (at = 0; at < count && !soak->failed; at++)
        open += open_session(soak, &soak->sessions[at], draw(&random, UINT64_MAX));
    while (open > 0 && !is_over(soak)) {
        struct session *s = &soak->sessions[draw(&random, count)];

        progress(soak, false);
        if (!s->is_open)
            continue;
        vm_clock = s->clock;
        if (s->in_round)
            step(soak, s);
        else if (s->rounds_left > 0)
            begin_round(soak, s);
        s->clock = vm_clock;
        if (s->in_round ? s->rounds_left == 1 && draw(&s->random, 60) == 0 : s->rounds_left == 0) {
            leave(soak, s);
            open--;
        }
    }
    for (at = 0; at < count && !soak->failed; at++)
        if (soak->sessions[at].is_open)
            leave(soak, &soak->sessions[at]);
}

/* soak SECONDS SEED [EPOCH]: EPOCH alone. */
int main(int argc, char **argv)
{
    static struct soak soak;
    bool is_alone = argc > 3;

    if (argc < 3) {
        fprintf(stderr, "usage: soak SECONDS SEED [EPOCH]\n");
        return 64;
    }
    soak.seconds = atoi(argv[1]);
    soak.seed = strtoull(argv[2], NULL, 10);
    soak.epoch = is_alone ? strtoull(argv[3], NULL, 10) : 1;
    soak.start = soak.said = time(NULL);
    printf("seed %" PRIu64 ", %d seconds\n", soak.seed, soak.seconds);
    do {
        run_epoch(&soak);
        soak.epoch++;
    } while (!is_alone && !is_over(&soak));
    soak.epoch--;
    progress(&soak, true);
    printf("%s\n", soak.failed ? "soak: FAILED" : "soak: nothing is left, nothing is broken");
    return soak.failed;
}
