/* unix_platform.c - the table of the POSIX platform, and the small facts about the host. */
#define _DEFAULT_SOURCE
#define _DARWIN_C_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "platform/generic_unix/unix.h"

extern char **environ;

static void read_system(struct unix_platform *platform)
{
    struct utsname info;
    size_t at;

    if (uname(&info) != 0) {
        memcpy(platform->system_name, "unix", sizeof "unix");
        return;
    }
    for (at = 0; info.sysname[at] != '\0'; at++) {
        char letter = info.sysname[at];

        platform->system_name[at] = (char) (letter >= 'A' && letter <= 'Z' ? letter + 32 : letter);
    }
    (void) sscanf(info.release, "%u.%u.%u", &platform->version[0], &platform->version[1],
        &platform->version[2]);
}

static avm_status unix_open(void *user, const avm_allocator *memory, void **state)
{
    struct unix_platform *platform = memory->resize(memory->user, NULL, 0, sizeof *platform);
    avm_status status;

    (void) user;
    if (platform == NULL)
        return AVM_NO_MEMORY;
    memset(platform, 0, sizeof *platform);
    platform->memory = *memory;
    status = unix_gate_init(platform) ? unix_poll_init(platform) : AVM_IO;
    if (status != AVM_OK) {
        memory->resize(memory->user, platform, sizeof *platform, 0);
        return status;
    }
    unix_files_init(platform);
    read_system(platform);
    *state = platform;
    return AVM_OK;
}

static void unix_close(void *state)
{
    struct unix_platform *platform = state;
    avm_allocator memory = platform->memory;

    unix_programs_deinit(platform);
    unix_files_deinit(platform);
    unix_poll_deinit(platform);
    unix_gate_deinit(platform);
    unix_seats_close(platform);
    memory.resize(memory.user, platform, sizeof *platform, 0);
}

static avm_status unix_get_entropy(void *state, void *bytes, size_t size)
{
    uint8_t *at = bytes;

    (void) state;
    while (size > 0) {
        size_t part = size < 256 ? size : 256;    /* the most that one call gives */

        if (getentropy(at, part) != 0)
            return AVM_IO;
        at += part;
        size -= part;
    }
    return AVM_OK;
}

static const char *const *unix_get_environment(void *state)
{
    (void) state;
    return (const char *const *) environ;
}

static void unix_get_host(void *state, avm_host *host)
{
    const struct unix_platform *platform = state;
    long processors = sysconf(_SC_NPROCESSORS_ONLN);

    host->family = "unix";
    host->name = platform->system_name;
    memcpy(host->version, platform->version, sizeof host->version);
    host->process_id = (int64_t) getpid();
    host->processors = processors < 1 ? 1 : (unsigned) processors;
}

const avm_platform *avm_platform_default(void)
{
    static const avm_platform platform = {
        sizeof platform,
        NULL,
        unix_open,
        unix_close,
        unix_monotonic_time,
        unix_system_time,
        unix_cpu_time,
        unix_offset_of_utc,
        unix_offset_of_local,
        unix_get_entropy,
        unix_wait,
        unix_wakeup,
        unix_watch,
        unix_map_file,
        unix_write,
        unix_read,
        unix_get_environment,
        unix_get_host,
        UNIX_FILES,
        unix_enter,
        unix_leave,
        unix_library_open,
        unix_library_find,
        unix_library_close,
        UNIX_PROGRAMS,
        unix_seats_open,
        unix_park,
        unix_unpark,
    };

    return &platform;
}
