/* unix_file.c - files for loading, and the standard streams. Owns the mappings it gives out, each
** until its blob is released. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/generic_unix/unix.h"

static avm_status fail(avm_status status, const char *text, char *why, size_t why_size)
{
    if (why != NULL && why_size != 0)
        snprintf(why, why_size, "%s", text);
    return status;
}

static avm_status fail_by_errno(int error, char *why, size_t why_size)
{
    switch (error) {
        case ENOENT:
        case ENOTDIR: return fail(AVM_NOT_FOUND, "no such file", why, why_size);
        case EACCES:
        case EPERM: return fail(AVM_IO, "permission denied", why, why_size);
        case EISDIR: return fail(AVM_IO, "is a directory", why, why_size);
        case ENOMEM: return fail(AVM_NO_MEMORY, "out of memory", why, why_size);
        case EMFILE:
        case ENFILE: return fail(AVM_IO, "too many open files", why, why_size);
        case ENAMETOOLONG: return fail(AVM_IO, "name too long", why, why_size);
        case ELOOP: return fail(AVM_IO, "too many symbolic links", why, why_size);
        default: return fail(AVM_IO, "cannot be read", why, why_size);
    }
}

static void release_mapping(void *user, const void *data, size_t size)
{
    (void) user;
    if (size != 0)
        munmap((void *) (uintptr_t) data, size);
}

static avm_status map_handle(int handle, avm_blob *blob, char *why, size_t why_size)
{
    struct stat info;
    void *data = (void *) (uintptr_t) "";

    if (fstat(handle, &info) != 0)
        return fail_by_errno(errno, why, why_size);
    if (S_ISDIR(info.st_mode))
        return fail_by_errno(EISDIR, why, why_size);
    if (!S_ISREG(info.st_mode))
        return fail(AVM_IO, "not a regular file", why, why_size);
    if ((uintmax_t) info.st_size > SIZE_MAX / 2)
        return fail(AVM_IO, "too large", why, why_size);
    if (info.st_size != 0) {
        data = mmap(NULL, (size_t) info.st_size, PROT_READ, MAP_PRIVATE, handle, 0);
        if (data == MAP_FAILED)
            return fail_by_errno(errno, why, why_size);
    }
    blob->data = data;
    blob->size = (size_t) info.st_size;
    blob->release = release_mapping;
    blob->user = NULL;
    return AVM_OK;
}

avm_status unix_map_file(void *state, const char *path, avm_blob *blob, char *why,
    size_t why_size)
{
    int handle = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);    /* a FIFO would block */
    avm_status status;

    (void) state;
    if (handle < 0)
        return fail_by_errno(errno, why, why_size);
    status = map_handle(handle, blob, why, why_size);
    close(handle);
    return status;
}

/* A stream may be shared with a program that made it non-blocking. */
static bool wait_for(int handle, short events, int timeout)
{
    struct pollfd entry;

    entry.fd = handle;
    entry.events = events;
    entry.revents = 0;
    return poll(&entry, 1, timeout) > 0;
}

avm_status unix_write(void *state, avm_stream stream, const void *data, size_t size)
{
    const char *at = data;
    int handle = stream == AVM_STDERR ? STDERR_FILENO : STDOUT_FILENO;

    (void) state;
    while (size > 0) {
        ssize_t written = write(handle, at, size);

        if (written > 0) {
            at += written;
            size -= (size_t) written;
        } else if (written < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            (void) wait_for(handle, POLLOUT, -1);
        } else if (written < 0 && errno != EINTR) {
            return AVM_IO;
        }
    }
    return AVM_OK;
}

avm_status unix_read(void *state, void *buffer, size_t size, size_t *count)
{
    ssize_t got;

    (void) state;
    if (!wait_for(STDIN_FILENO, POLLIN, 0))
        return AVM_BUSY;
    got = read(STDIN_FILENO, buffer, size);
    if (got < 0)
        return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? AVM_BUSY : AVM_IO;
    *count = (size_t) got;
    return AVM_OK;
}

avm_file_error unix_file_error(int error)
{
    switch (error) {
#define X(name, text) case name: return AVM_FILE_##name;
        AVM_FILE_ERROR_MAP(X)
#undef X
    default: return AVM_FILE_UNKNOWN;
    }
}
