/* unix_paths.c - paths of POSIX: facts, links, names in a directory, and the directory that this VM's
** relative paths count from.
**
** Always: directory is AT_FDCWD and directory_path NULL until set_directory was called; afterwards
** they are an open descriptor and the absolute path that it was opened by, both this VM's. */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/generic_unix/unix.h"

#ifndef PATH_MAX
#define PATH_MAX 4096
#endif

static int base_of(void *state)
{
    return atomic_get(&((struct unix_platform *) state)->directory);
}

static avm_file_error result_of(int result)
{
    return result < 0 ? unix_file_error(errno) : AVM_FILE_OK;
}

void unix_files_init(struct unix_platform *platform)
{
    atomic_put(&platform->directory, AT_FDCWD);
}

static void forget_path(struct unix_platform *platform)
{
    if (platform->directory_path != NULL)
        platform->memory.resize(platform->memory.user, platform->directory_path,
            platform->directory_size, 0);
}

void unix_files_deinit(struct unix_platform *platform)
{
    if (platform->directory != AT_FDCWD)
        close(platform->directory);
    forget_path(platform);
}

/* Other threads may be about to use the one before: from the first on the handle stays the same. */
static void take_directory(struct unix_platform *platform, int handle)
{
    if (platform->directory == AT_FDCWD) {
        atomic_put(&platform->directory, handle);
        return;
    }
    (void) dup2(handle, platform->directory);
    (void) fcntl(platform->directory, F_SETFD, FD_CLOEXEC);
    close(handle);
}

/* ---- facts ---------------------------------------------------------------------------------- */

avm_file_error unix_get_path_info(void *state, const char *path, bool follow, avm_file_info *info)
{
    int base = base_of(state);
    struct stat facts;

    if (fstatat(base, path, &facts, follow ? 0 : AT_SYMLINK_NOFOLLOW) != 0)
        return unix_file_error(errno);
    unix_fill_info(&facts, info);
    if (faccessat(base, path, R_OK, 0) == 0)
        info->access |= AVM_FILE_READ;
    if (faccessat(base, path, W_OK, 0) == 0)
        info->access |= AVM_FILE_WRITE;
    return AVM_FILE_OK;
}

/* Without the right to set them, the set-user and set-group bits are left out. */
avm_file_error unix_set_permissions(void *state, const char *path, uint32_t mode)
{
    const mode_t special = S_ISUID | S_ISGID, all = special | S_IRWXU | S_IRWXG | S_IRWXO;
    mode_t wanted = (mode_t) mode & all;

    if (fchmodat(base_of(state), path, wanted, 0) == 0)
        return AVM_FILE_OK;
    return result_of(fchmodat(base_of(state), path, wanted & ~special, 0));
}

avm_file_error unix_set_owner(void *state, const char *path, int32_t owner, int32_t group)
{
    return result_of(fchownat(base_of(state), path, (uid_t) owner, (gid_t) group, 0));
}

avm_file_error unix_set_times(void *state, const char *path, int64_t accessed, int64_t modified)
{
    struct timespec times[2];

    memset(times, 0, sizeof times);
    times[0].tv_sec = (time_t) accessed;
    times[1].tv_sec = (time_t) modified;
    return result_of(utimensat(base_of(state), path, times, 0));
}

/* ---- links and names ------------------------------------------------------------------------ */

avm_file_error unix_read_link(void *state, const char *path, char *buffer, size_t size,
    size_t *count)
{
    ssize_t got = readlinkat(base_of(state), path, buffer, size);

    if (got < 0)
        return unix_file_error(errno);
    *count = (size_t) got;
    return AVM_FILE_OK;
}

avm_file_error unix_make_link(void *state, const char *existing, const char *path)
{
    return result_of(linkat(base_of(state), existing, base_of(state), path, 0));
}

avm_file_error unix_make_symlink(void *state, const char *target, const char *path)
{
    return result_of(symlinkat(target, base_of(state), path));
}

avm_file_error unix_rename(void *state, const char *from, const char *to)
{
    if (renameat(base_of(state), from, base_of(state), to) == 0)
        return AVM_FILE_OK;
    if (errno == ENOTEMPTY)
        return AVM_FILE_EEXIST;
    return strcmp(from, "/") == 0 ? AVM_FILE_EINVAL : unix_file_error(errno);
}

avm_file_error unix_remove(void *state, const char *path)
{
    if (unlinkat(base_of(state), path, 0) == 0)
        return AVM_FILE_OK;
    return errno == EISDIR ? AVM_FILE_EPERM : unix_file_error(errno);
}

avm_file_error unix_make_directory(void *state, const char *path)
{
    return result_of(mkdirat(base_of(state), path, 0777));
}

static bool is_own_directory(void *state, const char *path)
{
    struct stat given, own;

    return fstatat(base_of(state), path, &given, 0) == 0
        && fstatat(base_of(state), ".", &own, 0) == 0 && given.st_ino == own.st_ino
        && given.st_dev == own.st_dev;
}

avm_file_error unix_remove_directory(void *state, const char *path)
{
    if (unlinkat(base_of(state), path, AT_REMOVEDIR) == 0)
        return AVM_FILE_OK;
    if (errno != ENOTEMPTY && errno != EEXIST)
        return unix_file_error(errno);
    return is_own_directory(state, path) ? AVM_FILE_EINVAL : AVM_FILE_EEXIST;
}

avm_file_error unix_open_names(void *state, const char *path, void **names)
{
    int handle = openat(base_of(state), path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *listing;
    int error;

    if (handle < 0)
        return unix_file_error(errno);
    listing = fdopendir(handle);
    if (listing == NULL) {
        error = errno;
        close(handle);
        return unix_file_error(error);
    }
    *names = listing;
    return AVM_FILE_OK;
}

avm_file_error unix_next_name(void *state, void *names, const char **name)
{
    const struct dirent *entry;

    (void) state;
    do {
        errno = 0;
        entry = readdir(names);
    } while (entry != NULL
        && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0));
    *name = entry != NULL ? entry->d_name : NULL;
    return entry == NULL && errno != 0 ? unix_file_error(errno) : AVM_FILE_OK;
}

void unix_close_names(void *state, void *names)
{
    (void) state;
    closedir(names);
}

/* ---- the directory of this VM ----------------------------------------------------------------- */

static avm_file_error get_host_directory(char path[PATH_MAX])
{
    return getcwd(path, PATH_MAX) != NULL ? AVM_FILE_OK : unix_file_error(errno);
}

avm_file_error unix_get_directory(void *state, char *buffer, size_t size, size_t *count)
{
    const struct unix_platform *platform = state;
    char host[PATH_MAX];
    const char *path = platform->directory_path;

    if (path == NULL) {
        avm_file_error error = get_host_directory(host);

        if (error != AVM_FILE_OK)
            return error;
        path = host;
    }
    *count = strlen(path) < size ? strlen(path) : size;
    memcpy(buffer, path, *count);
    return AVM_FILE_OK;
}

/* The absolute path of path, without links. */
static avm_file_error resolve(struct unix_platform *platform, const char *path,
    char resolved[PATH_MAX])
{
    char whole[PATH_MAX];
    int size;

    if (platform->directory_path == NULL || path[0] == '/')
        return realpath(path, resolved) != NULL ? AVM_FILE_OK : unix_file_error(errno);
    size = snprintf(whole, sizeof whole, "%s/%s", platform->directory_path, path);
    if (size < 0 || (size_t) size >= sizeof whole)
        return AVM_FILE_ENAMETOOLONG;
    return realpath(whole, resolved) != NULL ? AVM_FILE_OK : unix_file_error(errno);
}

avm_file_error unix_set_directory(void *state, const char *path)
{
    struct unix_platform *platform = state;
    char resolved[PATH_MAX];
    avm_file_error error = path[0] != '\0' ? resolve(platform, path, resolved) : AVM_FILE_ENOENT;
    size_t size;
    char *copy;
    int handle;

    if (error != AVM_FILE_OK)
        return error;
    handle = open(resolved, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (handle < 0)
        return unix_file_error(errno);
    if (faccessat(handle, ".", X_OK, 0) != 0) {
        close(handle);
        return AVM_FILE_EACCES;
    }
    size = strlen(resolved) + 1;
    copy = platform->memory.resize(platform->memory.user, NULL, 0, size);
    if (copy == NULL) {
        close(handle);
        return AVM_FILE_ENOMEM;
    }
    memcpy(copy, resolved, size);
    forget_path(platform);
    take_directory(platform, handle);
    platform->directory_path = copy;
    platform->directory_size = size;
    return AVM_FILE_OK;
}
