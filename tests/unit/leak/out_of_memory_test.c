/* Memory runs out: each scenario is run with the first allocation failing, then the second, ... then
** the last; and with every one from the k-th on. After it nothing has crashed, the counts agree, the VM
** goes on as if nothing had been, holds what it would hold then, and gives back every byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/resource_fixture.h"
#include "support/vm_fixture.h"
#include "atomvm/inspect.h"
#include "atomvm/port.h"
#include "crypto/scratch.h"

#if defined(AVM_GC_STRESS) || defined(AVM_ONE_REDUCTION) || defined(__SANITIZE_ADDRESS__)        \
    || defined(__SANITIZE_THREAD__)
#define MOST 100            /* of a scenario: not each one */
#else
#define MOST 3000
#endif
#define FEWER_WITH_CREW 8     /* times: each is another order there, and many threads come and go */

/* What a scenario gives when it finds what cannot be. */
#define WRONG AVM_BUSY

/* What is made to fail: gives AVM_OK or AVM_NO_MEMORY, nothing else. */
typedef avm_status scenario_fn(struct vm_fixture *f, const char *name);

struct scenario {
    const char *name;
    scenario_fn *prepare;       /* before allocations fail; NULL: there is no VM yet */
    scenario_fn *run;
    bool may_repeat;            /* a later run leaves nothing but what the first has left */
    uint64_t most;              /* failures tried, where each takes long; 0: MOST */
};

static avm_status open_vm(struct vm_fixture *f, const char *name)
{
    avm_status status = vm_open(f);

    (void) name;
    if (status == AVM_OK)
        vm_find_stock(f);
    return status;
}

static avm_status load_scenes(struct vm_fixture *f, const char *name)
{
    (void) name;
    return vm_load(f, "leak_scenes");
}

/* Servers that are started when they are first asked for are there: an error asks for some. */
static avm_status prepare_scene(struct vm_fixture *f, const char *name)
{
    avm_status status = open_vm(f, name);
    avm_pid pid;

    if (status == AVM_OK)
        status = load_scenes(f, name);
    if (status == AVM_OK)
        status = vm_start(f, "leak_scenes", "servers", &pid);
    return status != AVM_OK || vm_run(f) ? status : WRONG;
}

/* What the VM said is that there is no function when it could not load its module. */
static avm_status memory_or(struct vm_fixture *f, avm_status status)
{
    return status == AVM_NOT_FOUND && f->host.failed != 0 ? AVM_NO_MEMORY : status;
}

static avm_status prepare_files(struct vm_fixture *f, const char *name)
{
    avm_status status = open_vm(f, name);

    return status == AVM_OK ? vm_load(f, "leak_files") : status;
}

/* ---- ports ---- */

static void echo_output(avm_port *port, void *state, const void *data, size_t size)
{
    (void) state;
    avm_port_output(port, data, size);
}

static avm_term echo_control(avm_port *port, void *state, avm_env *env, unsigned operation,
    const void *data, size_t size)
{
    (void) port;
    (void) state;
    (void) operation;
    return avm_make_string_len(env, data, size, AVM_LATIN1);
}

static avm_term echo_call(avm_port *port, void *state, avm_env *env, unsigned operation,
    avm_term argument)
{
    avm_term pair[2] = { avm_make_atom(env, "echo"), argument };

    (void) port;
    (void) state;
    (void) operation;
    return avm_make_tuple(env, 2, pair);
}

static avm_status run_ports(struct vm_fixture *f, const char *name)
{
    avm_pid pid;
    avm_status status = vm_start(f, "leak_ports", name, &pid);

    return vm_run(f) ? memory_or(f, status) : AVM_BUSY;
}

static avm_status prepare_ports(struct vm_fixture *f, const char *name)
{
    static const avm_driver echo = { .name = "fixture_echo", .output = echo_output,
        .control = echo_control, .call = echo_call };
    avm_status status = open_vm(f, name);

    if (status == AVM_OK)
        status = vm_load(f, "leak_ports");
    if (status == AVM_OK)
        status = avm_register_driver(f->vm, &echo, NULL);
    return status == AVM_OK ? run_ports(f, "servers") : status;
}

#if AVM_CRYPTO
/* ---- Mbed TLS over the VM's allocator ---------------------------------------------------------------
**
** As where a host hands avm_mbedtls_calloc to a library that takes it: here the library calls calloc, which
** this program replaces. Blocks that came so are known by their address. Where it cannot be replaced (another
** C library, the sanitizers) Mbed TLS allocates beside the VM, and nothing of it fails here. */
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define SEEN __attribute__((visibility("default")))
#define BLOCKS 4096

void *__libc_calloc(size_t count, size_t size);
void __libc_free(void *ptr);

static void *blocks[BLOCKS];
static size_t block_count;

SEEN void *calloc(size_t count, size_t size)
{
    void *block;

    if (scratch_memory == NULL || block_count == BLOCKS)
        return __libc_calloc(count, size);
    block = avm_mbedtls_calloc(count, size);
    if (block != NULL)
        blocks[block_count++] = block;
    return block;
}

SEEN void free(void *ptr)
{
    size_t at = block_count;

    while (ptr != NULL && at-- > 0) {
        if (blocks[at] == ptr) {
            blocks[at] = blocks[--block_count];
            avm_mbedtls_free(ptr);
            return;
        }
    }
    __libc_free(ptr);
}
#endif

static avm_status prepare_crypto(struct vm_fixture *f, const char *name)
{
    avm_status status = open_vm(f, name);
    avm_pid pid;

    if (status == AVM_OK) {
        vm_list_stock(f);
        status = vm_load(f, "leak_crypto");
    }
    if (status == AVM_OK)
        status = vm_start(f, "leak_crypto", "servers", &pid);
    return status != AVM_OK || vm_run(f) ? status : WRONG;
}

static avm_status run_crypto(struct vm_fixture *f, const char *name)
{
    avm_pid pid;
    avm_status status = vm_start(f, "leak_crypto", name, &pid);

    (void) vm_run(f);
    return memory_or(f, status);
}
#endif

static avm_status run_files(struct vm_fixture *f, const char *name)
{
    avm_pid pid;
    avm_status status = vm_start(f, "leak_files", name, &pid);

    (void) vm_run(f);
    return memory_or(f, status);
}

/* A scene that finds something half done halts the VM. */
static avm_status run_scene(struct vm_fixture *f, const char *name)
{
    avm_pid pid;
    avm_status status = vm_start(f, "leak_scenes", name, &pid);

    return vm_run(f) ? memory_or(f, status) : AVM_BUSY;
}

static avm_status make_terms(struct vm_fixture *f, const char *name)
{
    avm_term list, map, pair[2];
    avm_status status = AVM_NO_MEMORY;

    (void) name;
    pair[0] = avm_make_string(f->env, "a text of some length");
    pair[1] = avm_make_binary(f->env, "0123456789", 10);
    list = pair[0] != 0 && pair[1] != 0 ? avm_make_list(f->env, 2, pair) : 0;
    map = list != 0 ? avm_make_new_map(f->env) : 0;
    if (map != 0 && avm_make_map_put(f->env, map, list, pair[1], &map)) {
        list = avm_make_copy(f->env, map);
        if (list != 0 && avm_compare(f->env, list, map) == 0)
            status = AVM_OK;
    }
    avm_env_clear(f->env);
    return status;
}

static avm_status exchange_format(struct vm_fixture *f, const char *name)
{
    avm_status status = AVM_NO_MEMORY;
    avm_term elements[3], tuple, bytes, back;
    avm_binary binary;

    (void) name;
    elements[0] = avm_make_string(f->env, "elements of a tuple");
    elements[1] = avm_make_uint64(f->env, UINT64_MAX);
    elements[2] = avm_make_double(f->env, 1.5);
    tuple = avm_make_tuple(f->env, 3, elements);
    if (tuple != 0)
        status = avm_term_to_binary(f->env, tuple, &bytes);
    if (status == AVM_OK && !avm_inspect_binary(f->env, bytes, &binary))
        status = AVM_NO_MEMORY;
    if (status == AVM_OK)
        status = avm_binary_to_term(f->env, binary.data, binary.size, false, &back);
    if (status == AVM_OK && avm_compare(f->env, tuple, back) != 0)
        status = WRONG;
    avm_env_clear(f->env);
    return status;
}

/* ---- calls and mailboxes ---------------------------------------------------------------------- */

static avm_status call_function(struct vm_fixture *f, const char *name)
{
    avm_term argument = avm_make_string(f->env, "given"), result;
    avm_status status = AVM_NO_MEMORY;
    avm_pid pid;

    (void) name;
    if (argument != 0)
        status = avm_call(f->vm, "leak_scenes", "called", f->env, 1, &argument, &result, &f->error);
    if (status == AVM_OK && avm_term_type(f->env, result) != AVM_TUPLE)
        status = WRONG;
    if (status == AVM_OK)
        status = vm_start(f, "leak_scenes", "links", &pid);
    if (status == AVM_OK)
        status = avm_await(f->vm, pid, f->env, &result);
    (void) vm_run(f);
    avm_env_clear(f->env);
    return memory_or(f, status);
}

static avm_status talk_with(struct vm_fixture *f, avm_mailbox *mailbox)
{
    avm_term argument = avm_make_pid(f->env, avm_mailbox_pid(mailbox)), message;
    avm_pid pid, found;
    avm_status status = avm_spawn(f->vm, "leak_scenes", "talks", f->env, 1, &argument, &pid, &f->error);

    if (status == AVM_OK)
        status = avm_whereis(f->vm, "leak_host", &found);
    if (status != AVM_OK)
        return status;
    message = avm_make_string(f->env, "from the host");
    status = message != 0 ? avm_send(f->vm, pid, f->env, message) : AVM_NO_MEMORY;
    if (status == AVM_OK)
        status = avm_mailbox_receive(mailbox, 1000000000, f->env, &message);
    return status == AVM_OK && avm_term_type(f->env, message) != AVM_TUPLE ? WRONG : status;
}

/* Nothing comes when memory ran out for whom it should come from. */
static avm_status play_mailbox(struct vm_fixture *f, const char *name)
{
    avm_mailbox *mailbox;
    avm_status status = avm_mailbox_open(f->vm, "leak_host", &mailbox);

    (void) name;
    if (status == AVM_OK) {
        status = talk_with(f, mailbox);
        avm_mailbox_close(mailbox);
    }
    (void) vm_run(f);
    avm_env_clear(f->env);
    if (f->host.failed != 0 && (status == AVM_TIMEOUT || status == AVM_NOT_FOUND))
        return AVM_NO_MEMORY;
    return status;
}

/* ---- natives and resources ---------------------------------------------------------------------- */

static avm_status load_natives(struct vm_fixture *f, const char *name)
{
    avm_status status = avm_register_natives(f->vm, &resource_module, &f->error);

    (void) name;
    if (status == AVM_OK)
        status = vm_load(f, "leak_native");
    return status == AVM_BAD_CODE && f->host.failed != 0 ? AVM_NO_MEMORY : status;
}

static avm_status open_natives(struct vm_fixture *f, const char *name)
{
    avm_status status = open_vm(f, name);

    return status == AVM_OK ? load_natives(f, name) : status;
}

static avm_status use_resources(struct vm_fixture *f, const char *name)
{
    avm_pid pid;
    avm_status status = vm_start(f, "leak_native", "scene", &pid);

    (void) name;
    if (!vm_run(f))
        return AVM_BUSY;
    return resources_alive == 0 ? memory_or(f, status) : WRONG;
}

/* ---- packs ----------------------------------------------------------------------------------------- */

static avm_status build_pack(struct vm_fixture *f, avm_pack_builder *builder, avm_blob *pack)
{
    static const char *const modules[] = { "leak_scenes", "leak_storm", "lists" };
    avm_pack_options options;
    avm_status status = AVM_OK;
    avm_blob blob;
    size_t at;

    memset(&options, 0, sizeof options);
    options.struct_size = sizeof options;
    options.no_prune = true;
    options.start = "leak_scenes";
    for (at = 0; at < sizeof modules / sizeof *modules && status == AVM_OK; at++) {
        assert_true(vm_read_module(modules[at], &blob));
        status = avm_pack_builder_add_module(builder, blob.data, blob.size, &f->error);
    }
    if (status == AVM_OK)
        status = avm_pack_build(builder, &options, &pack->data, &pack->size, &f->error);
    return status;
}

static avm_status make_pack(struct vm_fixture *f, const char *name)
{
    avm_pack_builder *builder;
    avm_status status = avm_pack_builder_create(&f->allocator, &builder);
    avm_section section;
    avm_pack *pack;
    avm_blob blob;

    (void) name;
    if (status != AVM_OK)
        return status;
    status = build_pack(f, builder, &blob);
    if (status == AVM_OK) {
        status = avm_pack_open(&f->allocator, blob.data, blob.size, &pack, &f->error);
        if (status == AVM_OK) {
            if (avm_pack_count(pack) < 3 || !avm_pack_find(pack, "leak_storm.beam", &section))
                status = WRONG;
            avm_pack_close(pack);
        }
    }
    avm_pack_builder_destroy(builder);
    return status;
}

/* The bytes are made once, by an allocator that does not fail. */
static avm_status load_pack(struct vm_fixture *f, const char *name)
{
    static avm_pack_builder *builder;
    static avm_blob pack;
    avm_status status;
    avm_pid pid;

    (void) name;
    if (builder == NULL) {
        assert_int_equal(avm_pack_builder_create(NULL, &builder), AVM_OK);
        assert_int_equal(build_pack(f, builder, &pack), AVM_OK);
    }
    status = avm_load_blob(f->vm, "a pack", pack, &f->error);
    if (status == AVM_OK)
        status = vm_start(f, "leak_scenes", "exceptions", &pid);
    (void) vm_run(f);
    return memory_or(f, status);
}

/* ---- all of them ----------------------------------------------------------------------------------- */

#define SCENE(name) { name, prepare_scene, run_scene, true, 0 }
static const struct scenario scenarios[] = {
    { "creation", NULL, open_vm, false, 0 },
    { "loading", open_vm, load_scenes, false, 0 },
    { "loading again", prepare_scene, load_scenes, false, 0 },
    { "making a pack", NULL, make_pack, false, 0 },
    { "loading a pack", open_vm, load_pack, false, 0 },
    { "loading natives", open_vm, load_natives, false, 0 },
    { "terms of the host", open_vm, make_terms, true, 0 },
    { "external format for the host", open_vm, exchange_format, true, 0 },
    { "calls", prepare_scene, call_function, true, 0 },
    { "mailbox", prepare_scene, play_mailbox, true, 0 },
    { "resources", open_natives, use_resources, true, 0 },
    SCENE("spawns"),
    SCENE("signals"),
    SCENE("appends"),
    SCENE("maps"),
    SCENE("bigints"),
    SCENE("external"),
    SCENE("exceptions"),
    SCENE("texts"),
    SCENE("dictionary"),
    SCENE("hibernation"),
    SCENE("links"),
    SCENE("monitors"),
    SCENE("requests"),
    SCENE("registers"),
    SCENE("timers"),
    SCENE("persistent"),
    SCENE("tables"),
    SCENE("inserts"),
    SCENE("insert_lists"),
    SCENE("changes"),
    SCENE("selects"),
    SCENE("transfers"),
    SCENE("res"),
    SCENE("zlibs"),
    SCENE("arrays"),
    { "files", prepare_files, run_files, true, 0 },
    { "streams", prepare_files, run_files, true, 0 },
    { "drivers", prepare_ports, run_ports, true, 0 },
    { "programs", prepare_ports, run_ports, false, 0 }, /* one that still ends is remembered meanwhile */
#if AVM_CRYPTO
    { "scene", prepare_crypto, run_crypto, true, 0 },
    { "keys", prepare_crypto, run_crypto, true, 50 },
#endif
};

static void open_fixture(struct vm_fixture *f, const struct scenario *scenario)
{
    vm_init(f);
    f->is_quiet = true;
    f->config.verify_at_load = vm_has_crew();   /* who runs first, and so what is translated, is chance */
    if (scenario->prepare != NULL)
        assert_int_equal(scenario->prepare(f, scenario->name), AVM_OK);
}

static void fail_scenario(struct vm_fixture *f, const struct scenario *scenario, uint64_t at, bool from,
    const char *what)
{
    print_error("%s, allocation %llu%s fails: %s\n", scenario->name, (unsigned long long) at,
        from ? " and all later ones" : "", what);
    (void) f;
    fail();
}

/* What the counts say is true, whatever has failed. */
static void check_counts(struct vm_fixture *f, const struct scenario *scenario, uint64_t at, bool from)
{
    avm_stats now;
    size_t sum = 0;
    int kind;

    if (f->vm == NULL)
        return;
    vm_get_stats(f, &now);
    for (kind = 0; kind < AVM_MEMORY_COUNT; kind++)
        sum += now.bytes_by[kind];
    if (sum != now.live_bytes || now.live_bytes != f->host.bytes)
        fail_scenario(f, scenario, at, from, "the counts do not agree");
}

/* The mark becomes that of another VM, but for code and atoms: which functions have been translated and
** which errors named depends on where memory ran out. */
static void mark_as(struct vm_fixture *f, const avm_stats *other)
{
    static const int own[] = { AVM_MEMORY_CODE, AVM_MEMORY_ATOM };
    avm_stats mark = *other;
    size_t i;

    for (i = 0; i < sizeof own / sizeof *own; i++) {
        mark.live_bytes += f->mark.bytes_by[own[i]] - mark.bytes_by[own[i]];
        mark.bytes_by[own[i]] = f->mark.bytes_by[own[i]];
        mark.objects_by[own[i]] = f->mark.objects_by[own[i]];
    }
    f->mark = mark;
}

/* Three runs without a failure: what the first makes, the others find. The second and the third leave
** the same; and it is what they leave in a VM in which nothing has ever failed. */
static void check_usable(struct vm_fixture *f, const struct scenario *scenario, uint64_t at, bool from)
{
    static avm_stats unharmed;
    int run;

    f->host.fail_at = 0;
    for (run = 0; run < 3; run++) {
        if (scenario->run(f, scenario->name) != AVM_OK)
            fail_scenario(f, scenario, at, from, "it does not run any more");
        if (run == 1)
            vm_mark(f);
    }
    if (vm_difference(f, true) != NULL)
        fail_scenario(f, scenario, at, from, f->difference);
    if (at == 0)
        unharmed = f->mark;
    mark_as(f, &unharmed);
    if (vm_difference(f, true) != NULL)
        fail_scenario(f, scenario, at, from, f->difference);
}

/* at 0: none fails. */
static void fail_once(const struct scenario *scenario, uint64_t at, bool from)
{
    static struct vm_fixture f;
    avm_status status;

    open_fixture(&f, scenario);
    f.host.fail_at = at == 0 ? 0 : f.host.allocations + at;
    f.host.fail_from = from;
    status = scenario->run(&f, scenario->name);
    if (status != AVM_OK && status != AVM_NO_MEMORY)
        fail_scenario(&f, scenario, at, from, avm_status_text(status));
    check_counts(&f, scenario, at, from);
    if (scenario->may_repeat)
        check_usable(&f, scenario, at, from);
    if (!vm_close(&f))
        fail_scenario(&f, scenario, at, from, f.difference);
}

static void each_allocation_fails(void **state)
{
    const struct scenario *scenario = *state;
    static struct vm_fixture f;
    uint64_t count, at, step, most = MOST;

    open_fixture(&f, scenario);
    count = f.host.allocations;
    assert_int_equal(scenario->run(&f, scenario->name), AVM_OK);
    count = f.host.allocations - count;
    assert_true(vm_close(&f));
    fail_once(scenario, 0, false);
    if (scenario->most != 0 && scenario->most < most)
        most = scenario->most;
    if (vm_has_crew())
        most = most / FEWER_WITH_CREW + 1;
    step = count > most ? count / most + 1 : 1;
    for (at = 1; at <= count; at += step) {
        fail_once(scenario, at, false);
        fail_once(scenario, at, true);
    }
    print_message("%s: %llu allocations\n", scenario->name, (unsigned long long) count);
}

/* out_of_memory_test [NAME [NUMBER]]: one scenario, or one failure of it, alone. */
int main(int argc, char **argv)
{
    static struct CMUnitTest tests[sizeof scenarios / sizeof *scenarios];
    size_t count = 0, at;

    for (at = 0; at < sizeof scenarios / sizeof *scenarios; at++) {
        if (argc > 1 && strcmp(argv[1], scenarios[at].name) != 0)
            continue;
        if (argc > 2) {
            fail_once(&scenarios[at], 0, false);
            fail_once(&scenarios[at], strtoull(argv[2], NULL, 10), argc > 3);
            return 0;
        }
        tests[count].name = scenarios[at].name;
        tests[count].test_func = each_allocation_fails;
        tests[count++].initial_state = (void *) (uintptr_t) &scenarios[at];
    }
    return _cmocka_run_group_tests("out of memory", tests, count, NULL, NULL);
}
