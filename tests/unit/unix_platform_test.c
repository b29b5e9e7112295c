/* The POSIX platform, through its public table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "atomvm/platform.h"

static size_t live_bytes;

static void *counted_resize(void *user, void *ptr, size_t old_size, size_t new_size)
{
    (void) user;
    live_bytes = live_bytes - old_size + new_size;
    if (new_size == 0) {
        free(ptr);
        return NULL;
    }
    return realloc(ptr, new_size);
}

static int open_platform(void **state)
{
    static const avm_allocator memory = { counted_resize, NULL };
    const avm_platform *platform = avm_platform_default();

    live_bytes = 0;
    return platform->open(platform->user, &memory, state) == AVM_OK ? 0 : -1;
}

static int close_platform(void **state)
{
    avm_platform_default()->close(*state);
    return live_bytes == 0 ? 0 : -1;
}

static void a_timeout_is_kept(void **state)
{
    const avm_platform *platform = avm_platform_default();
    int64_t start = platform->monotonic_time(*state);
    size_t count = 9;

    assert_int_equal(platform->wait(*state, start + 20000000, NULL, 0, &count), AVM_OK);
    assert_true(platform->monotonic_time(*state) >= start + 20000000);
    assert_int_equal(count, 0);
}

static void a_wakeup_before_the_wait_counts(void **state)
{
    const avm_platform *platform = avm_platform_default();
    int64_t start = platform->monotonic_time(*state);
    size_t count;

    platform->wakeup(*state);
    platform->wakeup(*state);
    assert_int_equal(platform->wait(*state, start + 10 * INT64_C(1000000000), NULL, 0, &count),
        AVM_OK);
    assert_true(platform->monotonic_time(*state) < start + 5 * INT64_C(1000000000));
    /* Both are used up: the next wait lasts. */
    start = platform->monotonic_time(*state);
    assert_int_equal(platform->wait(*state, start + 10000000, NULL, 0, &count), AVM_OK);
    assert_true(platform->monotonic_time(*state) >= start + 10000000);
}

static void a_handle_is_told_once(void **state)
{
    const avm_platform *platform = avm_platform_default();
    avm_poll_event events[4];
    int ends[2], tag;
    size_t count;

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(platform->watch(*state, ends[0], AVM_POLL_READ, &tag), AVM_OK);
    assert_int_equal(platform->wait(*state, 0, events, 4, &count), AVM_OK);
    assert_int_equal(count, 0);
    assert_int_equal(write(ends[1], "x", 1), 1);
    assert_int_equal(platform->wait(*state, INT64_MAX, events, 4, &count), AVM_OK);
    assert_int_equal(count, 1);
    assert_int_equal(events[0].handle, ends[0]);
    assert_int_equal(events[0].mode, AVM_POLL_READ);
    assert_ptr_equal(events[0].tag, &tag);
    assert_int_equal(platform->wait(*state, 0, events, 4, &count), AVM_OK);
    assert_int_equal(count, 0);
    assert_int_equal(platform->watch(*state, ends[0], AVM_POLL_READ, &tag), AVM_OK);
    assert_int_equal(platform->watch(*state, ends[0], 0, NULL), AVM_OK);
    assert_int_equal(platform->wait(*state, 0, events, 4, &count), AVM_OK);
    assert_int_equal(count, 0);
    assert_int_equal(platform->watch(*state, ends[0], 4, NULL), AVM_BAD_ARGUMENT);
    assert_int_equal(platform->watch(*state, -1, AVM_POLL_READ, NULL), AVM_BAD_ARGUMENT);
    close(ends[0]);
    close(ends[1]);
}

static void more_handles_than_room_for_events(void **state)
{
    enum { PIPES = 20 };
    const avm_platform *platform = avm_platform_default();
    avm_poll_event events[8];
    int ends[PIPES][2], at;
    size_t count, told = 0;

    for (at = 0; at < PIPES; at++) {
        assert_int_equal(pipe(ends[at]), 0);
        assert_int_equal(write(ends[at][1], "x", 1), 1);
        assert_int_equal(platform->watch(*state, ends[at][0], AVM_POLL_READ, NULL), AVM_OK);
    }
    do {
        assert_int_equal(platform->wait(*state, 0, events, 8, &count), AVM_OK);
        told += count;
    } while (count != 0);
    assert_int_equal(told, PIPES);
    for (at = 0; at < PIPES; at++) {
        close(ends[at][0]);
        close(ends[at][1]);
    }
}

static void local_time_of_a_zone(void **state)
{
    const avm_platform *platform = avm_platform_default();
    int32_t offset = 0;

    setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    tzset();
    assert_int_equal(platform->offset_of_utc(*state, 1705320000, &offset), AVM_OK);   /* January */
    assert_int_equal(offset, 3600);
    assert_int_equal(platform->offset_of_utc(*state, 1721044800, &offset), AVM_OK);   /* July */
    assert_int_equal(offset, 7200);
    assert_int_equal(platform->offset_of_utc(*state, 0, &offset), AVM_OK);
    assert_int_equal(platform->offset_of_utc(*state, -1, &offset), AVM_OK);
    assert_int_equal(platform->offset_of_local(*state, 1721044800 + 7200, -1, &offset), AVM_OK);
    assert_int_equal(offset, 7200);
    assert_int_equal(platform->offset_of_local(*state, 1705320000 + 3600, 0, &offset), AVM_OK);
    assert_int_equal(offset, 3600);
    assert_int_equal(platform->offset_of_utc(*state, INT64_MAX, &offset), AVM_BAD_ARGUMENT);
    unsetenv("TZ");
    tzset();
}

static void entropy_differs(void **state)
{
    const avm_platform *platform = avm_platform_default();
    uint8_t first[1000], second[1000];

    memset(first, 0, sizeof first);
    memset(second, 0, sizeof second);
    assert_int_equal(platform->get_entropy(*state, first, sizeof first), AVM_OK);
    assert_int_equal(platform->get_entropy(*state, second, sizeof second), AVM_OK);
    assert_memory_not_equal(first, second, sizeof first);
    assert_memory_not_equal(first + 990, second + 990, 10);
}

static void files_and_what_is_none(void **state)
{
    const avm_platform *platform = avm_platform_default();
    char name[] = "unix_platform_test_XXXXXX";
    char why[64] = "";
    int handle = mkstemp(name);
    avm_blob blob;

    assert_true(handle >= 0);
    assert_int_equal(platform->map_file(*state, name, &blob, NULL, 0), AVM_OK);
    assert_int_equal(blob.size, 0);
    blob.release(blob.user, blob.data, blob.size);
    assert_int_equal(write(handle, "bytes", 5), 5);
    assert_int_equal(platform->map_file(*state, name, &blob, why, sizeof why), AVM_OK);
    assert_int_equal(blob.size, 5);
    assert_memory_equal(blob.data, "bytes", 5);
    blob.release(blob.user, blob.data, blob.size);
    close(handle);
    unlink(name);
    assert_int_equal(platform->map_file(*state, name, &blob, why, sizeof why), AVM_NOT_FOUND);
    assert_string_equal(why, "no such file");
    assert_int_equal(platform->map_file(*state, ".", &blob, why, sizeof why), AVM_IO);
    assert_string_equal(why, "is a directory");
    assert_int_equal(platform->map_file(*state, ".", &blob, why, 3), AVM_IO);
    assert_string_equal(why, "is");
}

static void facts_about_the_host(void **state)
{
    const avm_platform *platform = avm_platform_default();
    avm_host host;

    platform->get_host(*state, &host);
    assert_string_equal(host.family, "unix");
    assert_true(strlen(host.name) > 0);
    assert_int_equal(host.process_id, getpid());
    assert_true(host.processors >= 1);
    assert_non_null(platform->get_environment(*state));
    assert_true(platform->system_time(*state) > INT64_C(1600000000000000000));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_platform, close_platform)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_timeout_is_kept),
        TEST(a_wakeup_before_the_wait_counts),
        TEST(a_handle_is_told_once),
        TEST(more_handles_than_room_for_events),
        TEST(local_time_of_a_zone),
        TEST(entropy_differs),
        TEST(files_and_what_is_none),
        TEST(facts_about_the_host),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
