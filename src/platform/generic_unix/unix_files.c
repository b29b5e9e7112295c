/* unix_files.c - open files of POSIX. A file is its descriptor; who opened it closes it. */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/generic_unix/unix.h"

#define MOST_AT_ONCE ((size_t) 1 << 30)     /* some systems refuse more than 2 GB */

static avm_file_error result_of(int result)
{
    return result < 0 ? unix_file_error(errno) : AVM_FILE_OK;
}

static int flags_of(unsigned modes)
{
    int flags = O_CLOEXEC | O_NOCTTY;

    if ((modes & AVM_FILE_WRITE) == 0)
        flags |= O_RDONLY;
    else if ((modes & AVM_FILE_READ) != 0)
        flags |= O_RDWR | O_CREAT;
    else
        flags |= O_WRONLY | O_CREAT | ((modes & AVM_FILE_APPEND) == 0 ? O_TRUNC : 0);
    if ((modes & AVM_FILE_APPEND) != 0)
        flags |= O_APPEND;
    if ((modes & AVM_FILE_EXCLUSIVE) != 0)
        flags |= O_EXCL;
    if ((modes & AVM_FILE_SYNC) != 0)
        flags |= O_SYNC;
    if ((modes & AVM_FILE_DIRECTORY) != 0)
        flags |= O_DIRECTORY;
    return flags;
}

static bool is_directory(int file)
{
    struct stat info;

    return fstat(file, &info) == 0 && S_ISDIR(info.st_mode);
}

static avm_file_error files_open(void *state, const char *path, unsigned modes, intptr_t *file)
{
    const struct unix_platform *platform = state;
    int handle;

    do {
        handle = openat(atomic_get(&platform->directory), path, flags_of(modes),
            (modes & AVM_FILE_DIRECTORY) != 0 ? 0777 : 0666);
    } while (handle < 0 && errno == EINTR);
    if (handle < 0)
        return unix_file_error(errno);
    if ((modes & AVM_FILE_DIRECTORY) == 0 && is_directory(handle)) {
        close(handle);
        return AVM_FILE_EISDIR;
    }
    *file = handle;
    return AVM_FILE_OK;
}

/* Not what this platform has opened for itself. */
static avm_file_error files_adopt(void *state, int number, intptr_t *file)
{
    const struct unix_platform *platform = state;

    if (number == platform->wake_read || number == platform->wake_write
        || number == platform->directory)
        return AVM_FILE_EBADF;
    if (fcntl(number, F_GETFL) < 0 && errno == EBADF)
        return AVM_FILE_EBADF;
    *file = number;
    return AVM_FILE_OK;
}

/* Never tried again: whether the descriptor is closed after EINTR differs, and it may be another's. */
static avm_file_error files_close(void *state, intptr_t file)
{
    (void) state;
    return result_of(close((int) file));
}

static size_t part_of(size_t size)
{
    return size < MOST_AT_ONCE ? size : MOST_AT_ONCE;
}

static avm_file_error files_read(void *state, intptr_t file, void *buffer, size_t size, size_t *count)
{
    (void) state;
    *count = 0;
    while (*count < size) {
        ssize_t got = read((int) file, (char *) buffer + *count, part_of(size - *count));

        if (got == 0)
            break;
        if (got > 0)
            *count += (size_t) got;
        else if (errno != EINTR)
            return unix_file_error(errno);
    }
    return AVM_FILE_OK;
}

static avm_file_error files_read_at(void *state, intptr_t file, uint64_t offset, void *buffer,
    size_t size, size_t *count)
{
    (void) state;
    *count = 0;
    while (*count < size) {
        ssize_t got = pread((int) file, (char *) buffer + *count, part_of(size - *count),
            (off_t) (offset + *count));

        if (got == 0)
            break;
        if (got > 0)
            *count += (size_t) got;
        else if (errno != EINTR)
            return unix_file_error(errno);
    }
    return AVM_FILE_OK;
}

static avm_file_error files_write(void *state, intptr_t file, const void *data, size_t size)
{
    const char *at = data;

    (void) state;
    while (size > 0) {
        ssize_t written = write((int) file, at, part_of(size));

        if (written >= 0) {
            at += written;
            size -= (size_t) written;
        } else if (errno != EINTR) {
            return unix_file_error(errno);
        }
    }
    return AVM_FILE_OK;
}

static avm_file_error files_write_at(void *state, intptr_t file, uint64_t offset, const void *data,
    size_t size)
{
    const char *at = data;

    (void) state;
    while (size > 0) {
        ssize_t written = pwrite((int) file, at, part_of(size), (off_t) offset);

        if (written >= 0) {
            at += written;
            offset += (uint64_t) written;
            size -= (size_t) written;
        } else if (errno != EINTR) {
            return unix_file_error(errno);
        }
    }
    return AVM_FILE_OK;
}

static avm_file_error files_seek(void *state, intptr_t file, avm_file_place from, int64_t offset,
    uint64_t *position)
{
    static const int places[] = { SEEK_SET, SEEK_CUR, SEEK_END };
    off_t reached = lseek((int) file, (off_t) offset, places[from]);

    (void) state;
    if (reached < 0)
        return unix_file_error(errno);
    *position = (uint64_t) reached;
    return AVM_FILE_OK;
}

static avm_file_error files_sync(void *state, intptr_t file, bool data_only)
{
    (void) state;
#if defined(__APPLE__)
    (void) data_only;
    return result_of(fcntl((int) file, F_FULLFSYNC));
#else
    return result_of(data_only ? fdatasync((int) file) : fsync((int) file));
#endif
}

static avm_file_error files_truncate(void *state, intptr_t file)
{
    off_t size = lseek((int) file, 0, SEEK_CUR);

    (void) state;
    return result_of(size < 0 ? -1 : ftruncate((int) file, size));
}

static avm_file_error files_allocate(void *state, intptr_t file, uint64_t offset, uint64_t size)
{
    (void) state;
#if defined(__APPLE__)
    (void) file;
    (void) offset;
    (void) size;
    return AVM_FILE_UNSUPPORTED;
#else
    int error;

    do {
        error = posix_fallocate((int) file, (off_t) offset, (off_t) size);
    } while (error == EINTR);
    return error == 0 ? AVM_FILE_OK : unix_file_error(error);
#endif
}

/* Advice that the system does not take is none. */
static avm_file_error files_advise(void *state, intptr_t file, uint64_t offset, uint64_t size,
    avm_file_advice advice)
{
    (void) state;
#if defined(POSIX_FADV_NORMAL)
    static const int advices[] = { POSIX_FADV_NORMAL, POSIX_FADV_RANDOM, POSIX_FADV_SEQUENTIAL,
        POSIX_FADV_WILLNEED, POSIX_FADV_DONTNEED, POSIX_FADV_NOREUSE };

    (void) posix_fadvise((int) file, (off_t) offset, (off_t) size, advices[advice]);
#else
    (void) file;
    (void) offset;
    (void) size;
    (void) advice;
#endif
    return AVM_FILE_OK;
}

/* ---- facts ---------------------------------------------------------------------------------- */

static avm_file_type type_of(mode_t mode)
{
    if (S_ISCHR(mode) || S_ISBLK(mode))
        return AVM_FILE_IS_DEVICE;
    if (S_ISDIR(mode))
        return AVM_FILE_IS_DIRECTORY;
    if (S_ISREG(mode))
        return AVM_FILE_IS_REGULAR;
    return S_ISLNK(mode) ? AVM_FILE_IS_LINK : AVM_FILE_IS_OTHER;
}

void unix_fill_info(const struct stat *from, avm_file_info *info)
{
    info->size = (uint64_t) from->st_size;
    info->type = type_of(from->st_mode);
    info->access = 0;
    info->accessed = (int64_t) from->st_atime;
    info->modified = (int64_t) from->st_mtime;
    info->changed = (int64_t) from->st_ctime;
    info->mode = (uint32_t) from->st_mode;
    info->links = (uint32_t) from->st_nlink;
    info->major_device = (uint32_t) from->st_dev;
    info->minor_device = (uint32_t) from->st_rdev;
    info->inode = (uint64_t) from->st_ino;
    info->owner = (uint32_t) from->st_uid;
    info->group = (uint32_t) from->st_gid;
}

/* By the bits of the mode that are this user's: of an open file there is no path to ask about. */
static unsigned access_of(const struct stat *info)
{
    unsigned shift = info->st_uid == geteuid() ? 6 : info->st_gid == getegid() ? 3 : 0;
    unsigned bits = (unsigned) info->st_mode >> shift;

    return ((bits & 4) != 0 ? AVM_FILE_READ : 0u) | ((bits & 2) != 0 ? AVM_FILE_WRITE : 0u);
}

static avm_file_error files_get_info(void *state, intptr_t file, avm_file_info *info)
{
    struct stat facts;

    (void) state;
    if (fstat((int) file, &facts) != 0)
        return unix_file_error(errno);
    unix_fill_info(&facts, info);
    info->access = access_of(&facts);
    return AVM_FILE_OK;
}

static avm_file_error files_get_number(void *state, intptr_t file, int *number)
{
    (void) state;
    *number = (int) file;
    return AVM_FILE_OK;
}

const avm_files unix_files = {
    sizeof(avm_files),
    files_open,
    files_adopt,
    files_close,
    files_read,
    files_read_at,
    files_write,
    files_write_at,
    files_seek,
    files_sync,
    files_truncate,
    files_allocate,
    files_advise,
    files_get_info,
    files_get_number,
    unix_get_path_info,
    unix_set_permissions,
    unix_set_owner,
    unix_set_times,
    unix_read_link,
    unix_make_link,
    unix_make_symlink,
    unix_rename,
    unix_remove,
    unix_make_directory,
    unix_remove_directory,
    unix_open_names,
    unix_next_name,
    unix_close_names,
    unix_get_directory,
    unix_set_directory,
};
