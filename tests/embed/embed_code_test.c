/* What atomvm.h says of configuration and code: who owns bytes and when they are given back, in which order
** modules are found, what each field of avm_config does; and what inspect.h says of packs and modules. By the
** public headers only. */
#include "embed_host.h"

static int set_up(void **state)
{
    static struct host host;

    open_host(&host);
    *state = &host;
    return 0;
}

static int tear_down(void **state)
{
    close_host(*state);
    return 0;
}

/* ---- bytes -------------------------------------------------------------------------------------- */

struct bytes {
    avm_blob blob;                  /* what the VM is given */
    avm_blob file;
    int releases;
};

static void release(void *user, const void *data, size_t size)
{
    struct bytes *bytes = user;

    assert_ptr_equal(data, bytes->blob.data);
    assert_int_equal(size, bytes->blob.size);
    bytes->releases++;
}

static void read_module(struct bytes *bytes, const char *module)
{
    struct host finder = { .finds = 0 };

    memset(bytes, 0, sizeof *bytes);
    assert_int_equal(embed_find(&finder, module, &bytes->file), AVM_OK);
    bytes->blob.data = bytes->file.data;
    bytes->blob.size = bytes->file.size;
    bytes->blob.release = release;
    bytes->blob.user = bytes;
}

static void free_module(struct bytes *bytes)
{
    if (bytes->file.release != NULL)
        bytes->file.release(bytes->file.user, bytes->file.data, bytes->file.size);
}

static void bytes_are_given_back_once(void **state)
{
    struct host *host = *state;
    struct bytes bytes;
    avm_vm *vm;
    avm_blob cut;

    read_module(&bytes, "embed_host");
    cut = bytes.blob;
    cut.size = 100;
    assert_int_equal(avm_load_blob(host->vm, "cut", cut, &host->error), AVM_BAD_FILE);
    assert_int_equal(host->error.status, AVM_BAD_FILE);
    assert_non_null(strstr(host->error.message, "cut"));
    assert_int_equal(bytes.releases, 0);            /* it failed: they are still the caller's */
    assert_int_equal(avm_load_blob(host->vm, "none", (avm_blob){ "text", 4, release, &bytes },
        NULL), AVM_BAD_FILE);
    assert_int_equal(bytes.releases, 0);
    assert_int_equal(avm_create(NULL, &vm, NULL), AVM_OK);
    assert_int_equal(avm_load_blob(vm, "whole", bytes.blob, NULL), AVM_OK);
    avm_destroy(vm);
    assert_int_equal(bytes.releases, 1);
    free_module(&bytes);
}

static void files_say_why_they_cannot_be_read(void **state)
{
    struct host *host = *state;

    assert_int_equal(avm_load_file(host->vm, "no/such/file", &host->error), AVM_NOT_FOUND);
    assert_memory_equal(host->error.message, "no/such/file: ", 14);
    assert_null(strchr(host->error.message, '\n'));
    assert_int_equal(avm_load_file(host->vm, ".", &host->error), AVM_IO);
}

/* ---- packs and the finder ------------------------------------------------------------------------- */

/* A pack of that module under its name. */
static avm_pack_builder *pack_of(const char *module, bool can_start, avm_blob *pack)
{
    avm_pack_options options = { .struct_size = sizeof options, .no_prune = true };
    struct bytes bytes;
    avm_pack_builder *builder;
    const void *data;
    avm_error error;

    read_module(&bytes, module);
    options.start = can_start ? module : NULL;
    assert_int_equal(avm_pack_builder_create(NULL, &builder), AVM_OK);
    assert_int_equal(avm_pack_builder_add_module(builder, bytes.blob.data, bytes.blob.size, &error),
        AVM_OK);
    assert_int_equal(avm_pack_builder_add_file(builder, "app/priv/text", "priv text", 9, &error), AVM_OK);
    if (avm_pack_build(builder, &options, &data, &pack->size, &error) != AVM_OK)
        fail_msg("%s", error.message);
    pack->data = data;
    pack->release = NULL;
    free_module(&bytes);
    return builder;
}

static void packs_come_before_the_finder(void **state)
{
    struct host *host = *state;
    avm_pack_builder *builder;
    avm_blob pack = { 0 };
    int status = 9;

    builder = pack_of("embed_program", true, &pack);
    assert_true(avm_is_pack(pack.data, pack.size));
    assert_false(avm_is_module(pack.data, pack.size));
    assert_int_equal(avm_load_blob(host->vm, "pack", pack, &host->error), AVM_OK);
    (void) call(host, "embed_program", "start", 0, NULL);
    assert_string_not_equal(host->found, "embed_program");
    /* The start module of the first pack that has one. */
    assert_int_equal(avm_run_program(host->vm, NULL, &status, &host->error), AVM_OK);
    assert_int_equal(status, 1);
    avm_env_destroy(host->env);
    avm_destroy(host->vm);
    avm_pack_builder_destroy(builder);
    avm_pack_builder_destroy(NULL);
    start_host(host);                               /* for tear_down */
}

static void the_finder_is_asked_last_and_once(void **state)
{
    struct host *host = *state;
    avm_term one = integer(host, 1), result;
    size_t finds;

    (void) call(host, "embed_host", "add", 2, (avm_term[]){ one, one });
    assert_string_equal(host->found, "embed_host");
    finds = host->finds;
    (void) call(host, "embed_host", "add", 2, (avm_term[]){ one, one });
    assert_int_equal(host->finds, finds);
    assert_int_equal(try_call(host, "embed_nobody", "f", 0, NULL, &result), AVM_NOT_FOUND);
    assert_string_equal(host->found, "embed_nobody");
    avm_set_module_finder(host->vm, NULL, NULL);
    finds = host->finds;
    assert_int_equal(try_call(host, "embed_terms", "bits", 0, NULL, &result), AVM_NOT_FOUND);
    assert_int_equal(host->finds, finds);
}

static void list_folders(void *user, void (*add)(void *to, const char *folder), void *to)
{
    ++*(int *) user;
    add(to, "one/ebin");
    add(to, "two/ebin");
}

static void the_code_path_is_the_hosts(void **state)
{
    struct host *host = *state;
    int asked = 0;

    avm_set_code_path(host->vm, list_folders, &asked);
    assert_int_equal(asked, 0);
    assert_prints(host, call(host, "code", "get_path", 0, NULL), "[\".\",\"one/ebin\",\"two/ebin\"]");
    assert_true(asked > 0);
}

/* ---- configuration ---------------------------------------------------------------------------------- */

static void defaults_are_those_that_are_said(void **state)
{
    avm_config config;

    (void) state;
    memset(&config, 0xff, sizeof config);
    avm_config_init(&config);
    assert_int_equal(config.struct_size, sizeof config);
    assert_true(config.allocator == NULL && config.platform == NULL && config.arena == NULL);
    assert_int_equal(config.memory_limit, 0);
    assert_int_equal(config.profile, AVM_PROFILE_FAST);
    assert_int_equal(config.schedulers, 1);
    assert_int_equal(config.max_processes, 262144);
    assert_false(config.verify_at_load);
    assert_int_equal(config.argc, 0);
    assert_true(config.on_wakeup == NULL && config.on_crash == NULL && config.on_watch == NULL);
}

/* One compiled against an older header: what it lacks is the default, and nothing behind it is touched. */
static void smaller_structs_are_taken(void **state)
{
    struct host *host = *state;
    unsigned char room[sizeof(avm_config)];
    avm_config *config = (avm_config *) (void *) room;
    size_t size = offsetof(avm_config, schedulers), i;
    avm_stats stats;
    avm_vm *vm;

    memset(room, 0xa5, sizeof room);
    avm_config_init_sized(config, size);
    assert_int_equal(config->struct_size, size);
    for (i = size; i < sizeof room; i++)
        assert_int_equal(room[i], 0xa5);
    config->memory_limit = 3000000;
    assert_int_equal(avm_create(config, &vm, NULL), AVM_OK);
    memset(&stats, 0xa5, sizeof stats);
    stats.struct_size = offsetof(avm_stats, bytes_by);
    avm_get_stats(vm, &stats);
    assert_int_equal(stats.limit_bytes, 3000000);
    assert_int_equal(((unsigned char *) &stats)[offsetof(avm_stats, bytes_by)], 0xa5);
    avm_destroy(vm);
    (void) host;
}

static void processes_have_a_limit(void **state)
{
    struct host *host = *state;
    avm_term n = integer(host, 100), result;
    avm_pid pid;
    int i;

    avm_env_destroy(host->env);
    avm_destroy(host->vm);
    host->config.max_processes = 20;
    start_host(host);
    n = integer(host, 100);
    assert_int_equal(try_call(host, "embed_calls", "many_links", 1, &n, &result), AVM_BAD_ARGUMENT);
    assert_string_equal(host->error.message, "error: system_limit");
    assert_int_equal(avm_run(host->vm, 1000000, NULL), AVM_OK);
    for (i = 0; avm_spawn(host->vm, "embed_host", "wait", host->env, 0, NULL, &pid, &host->error) == AVM_OK;
         i++)
        assert_true(i < 20);
    assert_int_equal(host->error.status, AVM_NO_MEMORY);
    assert_int_equal(stats_of(host).processes, 20);
}

/* A module with a body that the checker refuses: found at once, or when it is called. */
static void code_is_checked_when_it_was_asked_for(void **state)
{
    struct host *host = *state;
    struct bytes bytes;
    unsigned char *damaged;
    size_t at, size;
    avm_verify_counts counts;
    avm_status checked = AVM_OK;
    avm_vm *lazy, *eager;
    avm_config config;

    (void) host;
    read_module(&bytes, "embed_host");
    size = bytes.blob.size;
    damaged = malloc(size);
    assert_non_null(damaged);
    assert_int_equal(avm_create(NULL, &lazy, NULL), AVM_OK);
    avm_config_init(&config);
    config.verify_at_load = true;
    assert_int_equal(avm_create(&config, &eager, NULL), AVM_OK);
    assert_int_equal(avm_verify(lazy, bytes.blob.data, size, NULL, NULL, &counts, NULL), AVM_OK);
    assert_true(counts.functions > 5 && counts.instructions > 30 && counts.refused == 0);
    for (at = 12; at < size && checked != AVM_BAD_CODE; at++) {
        memcpy(damaged, bytes.blob.data, size);
        damaged[at] ^= 0x40;
        checked = avm_verify(lazy, damaged, size, NULL, NULL, &counts, NULL);
        if (checked == AVM_BAD_CODE && avm_load_blob(lazy, "lazy",
                (avm_blob){ damaged, size, NULL, NULL }, NULL) != AVM_OK)
            checked = AVM_OK;               /* refused as a whole: look for a body */
    }
    assert_int_equal(checked, AVM_BAD_CODE);
    assert_true(counts.refused > 0);
    assert_int_equal(avm_load_blob(eager, "eager", (avm_blob){ damaged, size, NULL, NULL }, NULL),
        AVM_BAD_CODE);
    avm_destroy(lazy);
    avm_destroy(eager);
    free(damaged);
    free_module(&bytes);
}

static void statistics_count_what_is_there(void **state)
{
    struct host *host = *state;
    avm_stats before, after;
    size_t sum = 0;
    int kind;

    (void) call(host, "embed_calls", "self_pid", 0, NULL);
    before = stats_of(host);
    (void) call(host, "embed_code", "keeps", 0, NULL);
    after = stats_of(host);
    assert_int_equal(after.ets_tables, before.ets_tables + 3);
    assert_int_equal(after.processes, before.processes + 1);
    assert_true(after.modules > before.modules && after.atoms > before.atoms);
    assert_true(after.messages > before.messages && after.context_switches > before.context_switches);
    assert_true(after.reductions > before.reductions && after.allocations > before.allocations);
    assert_int_equal(after.free_bytes, SIZE_MAX);
    for (kind = 0; kind < AVM_MEMORY_COUNT; kind++) {
        assert_true(strlen(avm_memory_text(kind)) > 2);
        sum += after.bytes_by[kind];
    }
    assert_int_equal(sum, after.live_bytes);
    assert_int_equal(after.live_bytes, host->live_bytes);
    assert_true(after.peak_bytes >= after.live_bytes);
}

static void texts_of_the_library(void **state)
{
    int status;

    (void) state;
    assert_string_equal(avm_version_text(), AVM_VERSION_TEXT);
    assert_non_null(avm_parts_text());
    for (status = AVM_OK; status <= AVM_IO; status++)
        assert_true(strlen(avm_status_text((avm_status) status)) > 3);
    assert_non_null(avm_status_text((avm_status) 1000));
    avm_destroy(NULL);
    avm_env_destroy(NULL);
}

/* ---- inspect.h ---------------------------------------------------------------------------------------- */

static void packs_are_read(void **state)
{
    struct host *host = *state;
    avm_blob bytes = { 0 };
    avm_pack_builder *builder = pack_of("embed_program", true, &bytes);
    avm_section section = { .name = "untouched" };
    avm_pack *pack;
    size_t i, modules = 0;

    assert_int_equal(avm_pack_open(&host->allocator, bytes.data, bytes.size / 2, &pack, &host->error),
        AVM_BAD_FILE);
    assert_int_equal(avm_pack_open(&host->allocator, bytes.data, bytes.size, &pack, &host->error), AVM_OK);
    for (i = 0; i < avm_pack_count(pack); i++) {
        avm_pack_section(pack, i, &section);
        modules += (section.flags & AVM_SECTION_MODULE) != 0;
        assert_true(section.offset < bytes.size);
    }
    assert_int_equal(modules, 1);
    section.name = "untouched";
    assert_false(avm_pack_find(pack, "none", &section));
    assert_string_equal(section.name, "untouched");
    assert_true(avm_pack_find(pack, "embed_program.beam", &section));
    assert_true((section.flags & AVM_SECTION_START) && avm_is_module(section.data, section.size));
    assert_true(avm_pack_find(pack, "app/priv/text", &section));
    assert_true((section.flags & AVM_SECTION_FILE) != 0);
    assert_int_equal(section.size, 9);
    assert_memory_equal(section.data, "priv text", 9);
    avm_pack_close(pack);
    avm_pack_close(NULL);
    avm_pack_builder_destroy(builder);
}

static avm_status collect(void *user, const char *text, size_t size)
{
    char *out = user;
    size_t used = strlen(out);

    if (used + size >= 4000)
        return AVM_IO;
    memcpy(out + used, text, size);
    out[used + size] = '\0';
    return AVM_OK;
}

static void modules_are_outlined_and_disassembled(void **state)
{
    struct host *host = *state;
    static char text[4096];
    struct bytes bytes;
    avm_outline *outline;
    avm_function function;
    size_t i, starts = 0;

    read_module(&bytes, "embed_program");
    assert_int_equal(avm_outline_open(&host->allocator, bytes.blob.data, bytes.blob.size, &outline,
        &host->error), AVM_OK);
    assert_string_equal(avm_outline_module(outline), "embed_program");
    for (i = 0; i < avm_outline_export_count(outline); i++) {
        avm_outline_export(outline, i, &function);
        starts += strcmp(function.name, "start") == 0 && function.arity == 0;
    }
    assert_int_equal(starts, 1);
    for (i = 0; i < avm_outline_import_count(outline); i++) {
        avm_outline_import(outline, i, &function);
        starts += strcmp(function.module, "init") == 0;
    }
    assert_int_equal(starts, 2);
    avm_outline_close(outline);
    avm_outline_close(NULL);
    text[0] = '\0';
    assert_int_equal(avm_disassemble(host->vm, bytes.blob.data, bytes.blob.size, AVM_FORM_GENERIC,
        "start", 0, collect, text, &host->error), AVM_OK);
    assert_non_null(strstr(text, "get_plain_arguments"));
    text[0] = '\0';
    assert_int_equal(avm_disassemble(host->vm, bytes.blob.data, bytes.blob.size, AVM_FORM_TRANSLATED,
        "start", -1, collect, text, &host->error), AVM_OK);
    assert_true(strlen(text) > 20);
    assert_int_equal(avm_disassemble(host->vm, bytes.blob.data, bytes.blob.size, AVM_FORM_GENERIC,
        "none", -1, collect, text, &host->error), AVM_NOT_FOUND);
    memset(text, 'x', sizeof text - 1);
    assert_int_equal(avm_disassemble(host->vm, bytes.blob.data, bytes.blob.size, AVM_FORM_GENERIC,
        NULL, -1, collect, text, &host->error), AVM_IO);
    free_module(&bytes);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(bytes_are_given_back_once),
        TEST(files_say_why_they_cannot_be_read),
        TEST(packs_come_before_the_finder),
        TEST(the_finder_is_asked_last_and_once),
        TEST(the_code_path_is_the_hosts),
        cmocka_unit_test(defaults_are_those_that_are_said),
        TEST(smaller_structs_are_taken),
        TEST(processes_have_a_limit),
        TEST(code_is_checked_when_it_was_asked_for),
        TEST(statistics_count_what_is_there),
        cmocka_unit_test(texts_of_the_library),
        TEST(packs_are_read),
        TEST(modules_are_outlined_and_disassembled)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
