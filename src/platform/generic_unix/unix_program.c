/* unix_program.c - programs: fork, exec, pipes, and the end of those that nobody asks about any more.
**
** Always: between fork and exec only functions run that a signal handler may call, since the host may
** have threads; all descriptors here are closed in every program but their own. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif

#include "platform/generic_unix/unix.h"

#define SHELL "/bin/sh"
#define LAST_PLACE 5                        /* descriptors below are a program's own */

/* ---- the dead ------------------------------------------------------------------------- */

static void reap_forgotten(struct unix_platform *platform)
{
    size_t at = 0;

    while (at < platform->forgotten_count) {
        int status;

        if (waitpid(platform->forgotten[at], &status, WNOHANG) == 0)
            at++;
        else
            platform->forgotten[at] = platform->forgotten[--platform->forgotten_count];
    }
}

/* Without memory to remember it, it stays a zombie until the host ends. */
static void programs_forget(void *state, int64_t id)
{
    struct unix_platform *platform = state;
    size_t capacity = platform->forgotten_capacity;
    pid_t *grown;

    reap_forgotten(platform);
    if (waitpid((pid_t) id, NULL, WNOHANG) != 0)
        return;
    if (platform->forgotten_count == capacity) {
        grown = platform->memory.resize(platform->memory.user, platform->forgotten,
            capacity * sizeof *grown, (capacity + 8) * sizeof *grown);
        if (grown == NULL)
            return;
        platform->forgotten = grown;
        platform->forgotten_capacity = capacity + 8;
    }
    platform->forgotten[platform->forgotten_count++] = (pid_t) id;
}

void unix_programs_deinit(struct unix_platform *platform)
{
    reap_forgotten(platform);
    if (platform->forgotten_capacity != 0)
        platform->memory.resize(platform->memory.user, platform->forgotten,
            platform->forgotten_capacity * sizeof *platform->forgotten, 0);
}

static avm_status programs_get_status(void *state, int64_t id, int *status)
{
    pid_t gone;
    int how;

    (void) state;
    do {
        gone = waitpid((pid_t) id, &how, WNOHANG);
    } while (gone < 0 && errno == EINTR);
    if (gone == 0)
        return AVM_BUSY;
    *status = gone < 0 ? 255            /* somebody else has waited for it */
        : WIFSIGNALED(how) ? 128 + WTERMSIG(how) : WEXITSTATUS(how);
    return AVM_OK;
}

/* ---- handles ---------------------------------------------------------------------------- */

/* A handle that blocks is asked first, so that it does not. */
static bool is_ready(int handle, short events)
{
    struct pollfd entry = { handle, events, 0 };
    int flags = fcntl(handle, F_GETFL);

    return (flags >= 0 && (flags & O_NONBLOCK) != 0) || poll(&entry, 1, 0) != 0;
}

static avm_file_error programs_adopt(void *state, int handle)
{
    (void) state;
    return fcntl(handle, F_GETFD) < 0 ? unix_file_error(errno) : AVM_FILE_OK;
}

static avm_file_error programs_read(void *state, int handle, void *buffer, size_t size,
    size_t *count)
{
    ssize_t got;

    (void) state;
    if (!is_ready(handle, POLLIN))
        return AVM_FILE_EAGAIN;
    do {
        got = read(handle, buffer, size);
    } while (got < 0 && errno == EINTR);
    *count = got > 0 ? (size_t) got : 0;
    return got < 0 ? unix_file_error(errno == EWOULDBLOCK ? EAGAIN : errno) : AVM_FILE_OK;
}

/* Writing to what nobody reads shall be an error and no signal to the host. */
static ssize_t write_quietly(int handle, const void *data, size_t size)
{
    sigset_t pipe_signal, old, pending;
    bool was_pending;
    ssize_t put;
    int error, number;

    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    sigpending(&pending);
    was_pending = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_signal, &old);
    do {
        put = write(handle, data, size);
    } while (put < 0 && errno == EINTR);
    error = errno;
    if (put < 0 && error == EPIPE && !was_pending) {
        sigpending(&pending);
        if (sigismember(&pending, SIGPIPE) == 1)
            (void) sigwait(&pipe_signal, &number);
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    errno = error;
    return put;
}

static avm_file_error programs_write(void *state, int handle, const void *data, size_t size,
    size_t *count)
{
    int flags = fcntl(handle, F_GETFL);
    ssize_t put;

    (void) state;
    if (!is_ready(handle, POLLOUT))
        return AVM_FILE_EAGAIN;
    if ((flags & O_NONBLOCK) == 0 && size > _POSIX_PIPE_BUF)
        size = _POSIX_PIPE_BUF;             /* as much as goes without waiting */
    put = write_quietly(handle, data, size);
    *count = put > 0 ? (size_t) put : 0;
    return put < 0 ? unix_file_error(errno == EWOULDBLOCK ? EAGAIN : errno) : AVM_FILE_OK;
}

static void programs_close(void *state, int handle)
{
    (void) state;
    close(handle);
}

/* ---- in the new process -------------------------------------------------------------------- */

struct start {
    const avm_program *program;
    int directory;                          /* the VM's, or AT_FDCWD */
    char *line;                             /* "exec " and the command */
    size_t line_size;
    int in, out;                            /* the program's ends; -1: none */
    int failed;                             /* where errno goes when it cannot be run */
};

static void say(const char *text)
{
    ssize_t written = write(STDERR_FILENO, text, strlen(text));

    (void) written;
}

static void go_to_directory(const struct start *start)
{
    if (start->directory != AT_FDCWD && fchdir(start->directory) != 0)
        _exit(1);
    if (start->program->directory != NULL && chdir(start->program->directory) != 0) {
        say("spawn: Could not cd to ");
        say(start->program->directory);
        say("\n");
        _exit(1);
    }
}

/* What lies in a place that is wanted for another moves out of the way first. */
static int move_up(int handle)
{
    return handle < 0 ? handle : fcntl(handle, F_DUPFD_CLOEXEC, LAST_PLACE);
}

static void close_others(int first)
{
    long most;
    int handle;

#if defined(__linux__) && defined(SYS_close_range)
    if (syscall(SYS_close_range, (unsigned) first, ~0u, 4u /* CLOSE_RANGE_CLOEXEC */) == 0)
        return;
#endif
    most = sysconf(_SC_OPEN_MAX);
    for (handle = first; handle < (most > 0 && most < 65536 ? most : 65536); handle++)
        (void) fcntl(handle, F_SETFD, FD_CLOEXEC);
}

static void set_up_handles(const struct start *start)
{
    bool no_stdio = start->program->flags & AVM_PROGRAM_NO_STDIO;
    int in = move_up(start->in), out = move_up(start->out);
    int in_place = no_stdio ? 3 : STDIN_FILENO, out_place = no_stdio ? 4 : STDOUT_FILENO;

    close_others(3);
    if (in >= 0)
        (void) dup2(in, in_place);
    if (out >= 0)
        (void) dup2(out, out_place);
    if (start->program->flags & AVM_PROGRAM_STDERR_TO_STDOUT)
        (void) dup2(STDOUT_FILENO, STDERR_FILENO);
}

static void become(struct start *start)
{
    const avm_program *program = start->program;
    const char *shell[] = { "sh", "-c", start->line, NULL };
    sigset_t none;
    int error;
    ssize_t written;

    start->failed = move_up(start->failed);
    set_up_handles(start);
    go_to_directory(start);
    sigemptyset(&none);
    (void) signal(SIGPIPE, SIG_DFL);
    (void) sigprocmask(SIG_SETMASK, &none, NULL);
    if (program->command != NULL)
        (void) execve(SHELL, (char *const *) shell, (char *const *) program->environment);
    else
        (void) execve(program->path, (char *const *) program->arguments,
            (char *const *) program->environment);
    error = errno;
    written = write(start->failed, &error, sizeof error);
    (void) written;
    _exit(127);
}

/* ---- starting --------------------------------------------------------------------------------- */

static bool open_pipe(int ends[2])
{
    if (pipe(ends) != 0)
        return false;
    (void) fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    (void) fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    return true;
}

static void close_end(int *end)
{
    if (*end >= 0)
        close(*end);
    *end = -1;
}

/* 0: it runs; else errno of its exec. Waits for that only. */
static int wait_for_exec(int failed)
{
    int error = 0;
    ssize_t got;

    do {
        got = read(failed, &error, sizeof error);
    } while (got < 0 && errno == EINTR);
    return got == (ssize_t) sizeof error ? error : 0;
}

static int open_ended(pid_t id)
{
#if defined(__linux__) && defined(SYS_pidfd_open)
    return (int) syscall(SYS_pidfd_open, id, 0);
#else
    (void) id;
    return -1;
#endif
}

static avm_file_error check_path(const struct start *start)
{
    struct stat info;

    if (start->program->command != NULL)
        return AVM_FILE_OK;
    if (fstatat(start->directory, start->program->path, &info, 0) != 0)
        return unix_file_error(errno);
    return !S_ISREG(info.st_mode) || faccessat(start->directory, start->program->path, X_OK, 0) != 0
        ? AVM_FILE_EACCES : AVM_FILE_OK;
}

/* pipes: in, out, and the one for failures; each end that is not open is -1. */
static avm_file_error run(struct start *start, int pipes[3][2], avm_program_handles *handles)
{
    pid_t id;
    int error;

    start->in = pipes[0][0];
    start->out = pipes[1][1];
    start->failed = pipes[2][1];
    id = fork();
    if (id == 0)
        become(start);
    if (id < 0)
        return unix_file_error(errno);
    close_end(&pipes[2][1]);
    error = wait_for_exec(pipes[2][0]);
    if (error != 0) {
        (void) waitpid(id, NULL, 0);
        return unix_file_error(error);
    }
    handles->id = id;
    handles->ended = open_ended(id);
    handles->write = pipes[0][1];
    handles->read = pipes[1][0];
    pipes[0][1] = pipes[1][0] = -1;
    return AVM_FILE_OK;
}

static void set_nonblocking(int handle)
{
    int flags = handle >= 0 ? fcntl(handle, F_GETFL) : -1;

    if (flags >= 0)
        (void) fcntl(handle, F_SETFL, flags | O_NONBLOCK);
}

static avm_file_error open_and_run(struct start *start, avm_program_handles *handles)
{
    int pipes[3][2] = { { -1, -1 }, { -1, -1 }, { -1, -1 } };
    unsigned flags = start->program->flags;
    avm_file_error error;
    int i;

    if (((flags & AVM_PROGRAM_WRITE) && !open_pipe(pipes[0]))
        || ((flags & AVM_PROGRAM_READ) && !open_pipe(pipes[1])) || !open_pipe(pipes[2]))
        error = unix_file_error(errno);
    else
        error = run(start, pipes, handles);
    for (i = 0; i < 3; i++) {
        close_end(&pipes[i][0]);
        close_end(&pipes[i][1]);
    }
    set_nonblocking(handles->read);
    set_nonblocking(handles->write);
    return error;
}

static bool make_line(struct unix_platform *platform, struct start *start)
{
    static const char exec[] = "exec ";
    size_t size;

    if (start->program->command == NULL)
        return true;
    size = strlen(start->program->command) + 1;
    if (size > SIZE_MAX - sizeof exec)
        return false;
    start->line_size = sizeof exec - 1 + size;
    start->line = platform->memory.resize(platform->memory.user, NULL, 0, start->line_size);
    if (start->line == NULL)
        return false;
    memcpy(start->line, exec, sizeof exec - 1);
    memcpy(start->line + sizeof exec - 1, start->program->command, size);
    return true;
}

static avm_file_error programs_start(void *state, const avm_program *program,
    avm_program_handles *handles)
{
    struct unix_platform *platform = state;
    struct start start;
    avm_file_error error;

    reap_forgotten(platform);
    memset(&start, 0, sizeof start);
    start.program = program;
    start.directory = platform->directory;
    *handles = (avm_program_handles) { -1, -1, -1, -1 };
    error = check_path(&start);
    if (error != AVM_FILE_OK)
        return error;
    if (!make_line(platform, &start))
        return AVM_FILE_ENOMEM;
    error = open_and_run(&start, handles);
    if (start.line != NULL)
        platform->memory.resize(platform->memory.user, start.line, start.line_size, 0);
    return error;
}

const avm_programs unix_programs = {
    sizeof unix_programs,
    programs_start,
    programs_adopt,
    programs_read,
    programs_write,
    programs_close,
    programs_get_status,
    programs_forget,
};
