/* Making packs through the public functions: damaged modules, failing allocations, exact memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "atomvm/inspect.h"
#include "pack/libs.h"

struct host {
    avm_allocator allocator;
    size_t live_bytes;
    unsigned long allocations, fail_at;    /* 0: none fails */
};

static void *resize(void *user, void *ptr, size_t old_size, size_t new_size)
{
    struct host *host = user;

    if (new_size > old_size && ++host->allocations == host->fail_at)
        return NULL;
    host->live_bytes = host->live_bytes - old_size + new_size;
    if (new_size == 0) {
        free(ptr);
        return NULL;
    }
    return realloc(ptr, new_size);
}

static void host_init(struct host *host, unsigned long fail_at)
{
    memset(host, 0, sizeof *host);
    host->allocator.resize = resize;
    host->allocator.user = host;
    host->fail_at = fail_at;
}

/* The smallest module of libs/. Skips the test in a build without them. */
static avm_section sample_module(avm_pack **pack)
{
    avm_section section, smallest = { NULL, 0, NULL, SIZE_MAX, 0 };
    size_t at;

    if (pack_libs_size == 0)
        skip();
    assert_int_equal(avm_pack_open(NULL, pack_libs, pack_libs_size, pack, NULL), AVM_OK);
    for (at = 0; at < avm_pack_count(*pack); at++) {
        avm_pack_section(*pack, at, &section);
        if (section.size < smallest.size)
            smallest = section;
    }
    assert_non_null(smallest.name);
    return smallest;
}

static avm_status build(const struct host *host, const void *module, size_t size)
{
    avm_pack_builder *builder;
    avm_pack_options options;
    avm_error error;
    const void *data;
    size_t data_size;
    avm_status status = avm_pack_builder_create(&host->allocator, &builder);

    if (status != AVM_OK)
        return status;
    memset(&options, 0, sizeof options);
    options.struct_size = sizeof options;
    status = avm_pack_builder_add_module(builder, module, size, &error);
    if (status == AVM_OK)
        status = avm_pack_builder_add_file(builder, "app/priv/data", "bytes", 5, &error);
    if (status == AVM_OK)
        status = avm_pack_build(builder, &options, &data, &data_size, &error);
    if (status == AVM_OK)
        assert_true(avm_is_pack(data, data_size));
    else
        assert_true(strlen(error.message) > 0);
    avm_pack_builder_destroy(builder);
    return status;
}

static void memory_is_given_back(void **state)
{
    struct host host;
    avm_pack *pack;
    avm_section module = sample_module(&pack);

    (void) state;
    host_init(&host, 0);
    assert_int_equal(build(&host, module.data, module.size), AVM_OK);
    assert_int_equal(host.live_bytes, 0);
    avm_pack_close(pack);
}

static void every_allocation_may_fail(void **state)
{
    struct host host;
    avm_pack *pack;
    avm_section module = sample_module(&pack);
    unsigned long failing = 0;
    avm_status status;

    (void) state;
    do {
        host_init(&host, ++failing);
        status = build(&host, module.data, module.size);
        assert_true(status == AVM_OK || status == AVM_NO_MEMORY);
        assert_int_equal(host.live_bytes, 0);
    } while (status != AVM_OK);
    assert_true(failing > 20);
    avm_pack_close(pack);
}

static void every_changed_byte_is_survived(void **state)
{
    static const uint8_t values[] = { 0x00, 0x07, 0x17, 0x57, 0x7f, 0x80, 0xff };
    struct host host;
    avm_pack *pack;
    avm_section module = sample_module(&pack);
    uint8_t *copy = malloc(module.size);
    size_t at, value;

    (void) state;
    assert_non_null(copy);
    for (at = 0; at < module.size; at++) {
        for (value = 0; value < sizeof values; value++) {
            memcpy(copy, module.data, module.size);
            copy[at] = values[value];
            host_init(&host, 0);
            (void) build(&host, copy, module.size);
            assert_int_equal(host.live_bytes, 0);
        }
    }
    free(copy);
    avm_pack_close(pack);
}

static void every_cut_is_survived(void **state)
{
    struct host host;
    avm_pack *pack;
    avm_section module = sample_module(&pack);
    size_t size;

    (void) state;
    for (size = 0; size < module.size; size++) {
        uint8_t *copy = malloc(size + 1);

        assert_non_null(copy);
        memcpy(copy, module.data, size);
        host_init(&host, 0);
        (void) build(&host, copy, size);
        assert_int_equal(host.live_bytes, 0);
        free(copy);
    }
    avm_pack_close(pack);
}

static void first_of_a_name_stays(void **state)
{
    struct host host;
    avm_pack *pack, *made;
    avm_section module = sample_module(&pack), section;
    avm_pack_builder *builder;
    avm_pack_options options;
    const void *data;
    size_t size;

    (void) state;
    host_init(&host, 0);
    memset(&options, 0, sizeof options);
    options.struct_size = sizeof options;
    options.no_prune = true;
    assert_int_equal(avm_pack_builder_create(&host.allocator, &builder), AVM_OK);
    assert_int_equal(avm_pack_builder_add_module(builder, module.data, module.size, NULL), AVM_OK);
    assert_int_equal(avm_pack_builder_add_module(builder, module.data, module.size, NULL), AVM_OK);
    assert_int_equal(avm_pack_builder_add_file(builder, "f", "first", 5, NULL), AVM_OK);
    assert_int_equal(avm_pack_builder_add_file(builder, "f", "second", 6, NULL), AVM_OK);
    assert_int_equal(avm_pack_builder_add_file(builder, "", "", 0, NULL), AVM_BAD_ARGUMENT);
    assert_int_equal(avm_pack_build(builder, &options, &data, &size, NULL), AVM_OK);
    assert_int_equal(avm_pack_open(&host.allocator, data, size, &made, NULL), AVM_OK);
    assert_int_equal(avm_pack_count(made), 2);
    assert_true(avm_pack_find(made, "f", &section));
    assert_int_equal(section.size, 5);
    assert_memory_equal(section.data, "first", 5);
    avm_pack_close(made);
    avm_pack_builder_destroy(builder);
    assert_int_equal(host.live_bytes, 0);
    avm_pack_close(pack);
}

static void outline_of_a_module(void **state)
{
    struct host host;
    avm_pack *pack;
    avm_section module = sample_module(&pack);
    avm_outline *outline;
    avm_function function;
    size_t at;
    bool has_info = false;

    (void) state;
    host_init(&host, 0);
    assert_int_equal(
        avm_outline_open(&host.allocator, module.data, module.size, &outline, NULL), AVM_OK);
    assert_memory_equal(avm_outline_module(outline), module.name,
        strlen(module.name) - strlen(".beam"));
    for (at = 0; at < avm_outline_export_count(outline); at++) {
        avm_outline_export(outline, at, &function);
        assert_string_equal(function.module, avm_outline_module(outline));
        has_info = has_info || (strcmp(function.name, "module_info") == 0 && function.arity == 1);
    }
    assert_true(has_info);
    assert_true(avm_outline_import_count(outline) > 0);
    avm_outline_import(outline, 0, &function);
    assert_true(strlen(function.module) > 0);
    avm_outline_close(outline);
    assert_int_equal(host.live_bytes, 0);
    avm_pack_close(pack);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_given_back),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(every_changed_byte_is_survived),
        cmocka_unit_test(every_cut_is_survived),
        cmocka_unit_test(first_of_a_name_stays),
        cmocka_unit_test(outline_of_a_module),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
