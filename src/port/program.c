/* program.c - the driver of programs that the platform starts, and of handles that the host has open:
** open_port/2 of spawn, spawn_executable and fd.
**
** Always: what does not go at once waits in the queue, in order; a port with much in it is busy. The end
** of the output and, with exit_status, the end of the program come both before the owner is told. */
#include "atomvm/platform.h"
#include "port/frame.h"
#include "port/port.h"

#include "data/list.h"
#include "proc/node.h"

#define READ_BYTES 65536
#define BUSY_BYTES 8192                 /* from here on senders sleep, */
#define CALM_BYTES 4096                 /* and from here on they go on */
#define STATUS_WAIT_MS 5                /* between two looks, where the platform does not tell */

struct program {
    struct port *port;
    const avm_programs *system;
    avm_program_handles handles;
    bool is_adopted;                    /* the handles are the host's */
    bool has_ended, has_status;         /* its output; the program */
    int status;
    struct frame frame;                 /* of what comes */
    struct byte_buffer queue;           /* what goes; done bytes of it are written */
    size_t done;
};

static struct program *program_of(const struct port *port) { return port->state; }
static void *system_of(const struct program *p) { return port_node(p->port)->platform_state; }

static term error_atom(struct node *node, avm_file_error error)
{
    static const char *const texts[] = { "ok", "enotsup", "unknown",
#define X(name, text) text,
        AVM_FILE_ERROR_MAP(X)
#undef X
    };
    uint32_t index;

    return (unsigned) error < AVM_COUNT_OF(texts)
            && atom_put(node->atoms, (const uint8_t *) texts[error], strlen(texts[error]), &index)
                == ATOM_OK
        ? term_make_atom(index) : ATOM(system_limit);
}

/* ---- the end -------------------------------------------------------------------------- */

static void close_handle(struct program *p, int *handle)
{
    if (*handle < 0)
        return;
    (void) port_select(p->port, *handle, 0);
    if (!p->is_adopted)
        p->system->close(system_of(p), *handle);
    *handle = -1;
}

/* Both ends are there: the owner is told. */
static void finish(struct program *p)
{
    struct port *port = p->port;

    if (port->flags & PORT_EXIT_STATUS) {
        if (!p->has_status)
            return;
        port_send_status(port, p->status);
    }
    if (port->flags & PORT_EOF)
        port_send_atom(port, port->process.parent, ATOM(eof));
    else
        port_exit(port, ATOM(normal));
}

static bool wants_status(const struct program *p)
{
    return p->handles.id >= 0 && !p->has_status;
}

/* A look whether the program has ended. */
static void look_for_status(struct program *p)
{
    if (!wants_status(p))
        return;
    if (p->system->get_status(system_of(p), p->handles.id, &p->status) != AVM_OK) {
        if (p->handles.ended < 0 && (p->port->flags & PORT_EXIT_STATUS) && p->has_ended
            && !port_set_timer(p->port, STATUS_WAIT_MS))
            port_exit(p->port, ATOM(enomem));
        return;
    }
    p->has_status = true;
    close_handle(p, &p->handles.ended);
    if (p->has_ended && (p->port->flags & PORT_EXIT_STATUS))
        finish(p);
}

static void output_ended(struct program *p)
{
    frame_end(p->port, &p->frame);
    close_handle(p, &p->handles.read);
    p->has_ended = true;
    if (!(p->port->flags & PORT_EXIT_STATUS) || p->handles.id < 0 || p->has_status)
        finish(p);
    else
        look_for_status(p);
}

static void fail(struct program *p, avm_file_error error)
{
    port_exit(p->port, error_atom(port_node(p->port), error));
}

static void program_stop(struct port *port)
{
    struct program *p = program_of(port);
    struct memory *memory = port_node(port)->memory;

    close_handle(p, &p->handles.ended);
    close_handle(p, &p->handles.read);
    close_handle(p, &p->handles.write);
    if (wants_status(p))
        p->system->forget(system_of(p), p->handles.id);
    frame_deinit(port, &p->frame);
    byte_buffer_deinit(&p->queue);
    memory_free(memory, MEMORY_PORT, p, sizeof *p);
    port->state = NULL;
}

/* ---- what goes ---------------------------------------------------------------------------- */

static size_t queued(const struct program *p)
{
    return p->queue.size - p->done;
}

/* Writes what goes now; false when the port has failed. */
static bool write_now(struct program *p, const uint8_t *data, size_t size, size_t *written)
{
    avm_file_error error = AVM_FILE_OK;
    size_t count = 0;

    *written = 0;
    while (*written < size && error == AVM_FILE_OK) {
        error = p->system->write(system_of(p), p->handles.write, data + *written, size - *written,
            &count);
        if (error == AVM_FILE_OK)
            *written += count;
    }
    if (error == AVM_FILE_OK || error == AVM_FILE_EAGAIN)
        return true;
    close_handle(p, &p->handles.write);
    /* Who wants the status gets it: that nobody reads any more is part of the program's end. */
    if (error != AVM_FILE_EPIPE || !(p->port->flags & PORT_EXIT_STATUS) || p->handles.id < 0)
        fail(p, error);
    else
        *written = size;
    return false;
}

static void drop_queue(struct program *p)
{
    byte_buffer_deinit(&p->queue);
    byte_buffer_init(&p->queue, port_node(p->port)->memory, MEMORY_PORT);
    p->done = 0;
}

static bool enqueue(struct program *p, const uint8_t *data, size_t size)
{
    if (size == 0)
        return true;
    byte_buffer_append(&p->queue, data, size);
    return !p->queue.failed && port_select(p->port, p->handles.write, AVM_POLL_WRITE);
}

static void put(struct program *p, const uint8_t *data, size_t size)
{
    size_t written = 0;

    if (size == 0 || p->handles.write < 0)
        return;
    if (queued(p) == 0 && !write_now(p, data, size, &written))
        return;
    if (!enqueue(p, data + written, size - written))
        port_exit(p->port, ATOM(enomem));
    else if (queued(p) >= BUSY_BYTES)
        port_set_busy(p->port, true);
}

static void program_output(struct port *port, const uint8_t *data, size_t size)
{
    struct program *p = program_of(port);
    uint8_t header[4];
    unsigned bytes;

    if (p->handles.write < 0) {
        if (p->handles.read >= 0 && !(port->flags & PORT_OUT))
            port_exit(port, ATOM(ebadf));
        return;
    }
    bytes = frame_header(&p->frame, size, header);
    if (bytes == UINT_MAX) {
        port_exit(port, ATOM(einval));
        return;
    }
    put(p, header, bytes);
    put(p, data, size);
}

static void write_queue(struct program *p)
{
    size_t written;

    if (p->handles.write < 0)
        return;
    if (!write_now(p, p->queue.bytes + p->done, queued(p), &written)) {
        drop_queue(p);
    } else {
        p->done += written;
        if (queued(p) == 0) {
            drop_queue(p);
            (void) port_select(p->port, p->handles.write, 0);
        }
    }
    if (queued(p) < CALM_BYTES && p->port->busy)
        port_set_busy(p->port, false);
}

static bool program_flush(struct port *port)
{
    struct program *p = program_of(port);

    return p->handles.write < 0 || queued(p) == 0;
}

static size_t program_queue_size(const struct port *port)
{
    return queued(program_of(port));
}

/* ---- what comes ------------------------------------------------------------------------------ */

static void read_some(struct program *p)
{
    struct memory *memory = port_node(p->port)->memory;
    uint8_t *buffer = memory_allocate(memory, MEMORY_OTHER, READ_BYTES);
    avm_file_error error = AVM_FILE_ENOMEM;
    size_t count = 0;

    if (buffer != NULL)
        error = p->system->read(system_of(p), p->handles.read, buffer, READ_BYTES, &count);
    if (error == AVM_FILE_OK && count > 0)
        frame_take(p->port, &p->frame, buffer, count);
    else if (error == AVM_FILE_OK || error == AVM_FILE_EIO)
        output_ended(p);
    else if (error != AVM_FILE_EAGAIN)
        fail(p, error);
    memory_free(memory, MEMORY_OTHER, buffer, READ_BYTES);
}

static void program_ready(struct port *port, int handle, unsigned mode)
{
    struct program *p = program_of(port);

    if (handle == p->handles.ended)
        look_for_status(p);
    if (handle == p->handles.write && (mode & AVM_POLL_WRITE) && queued(p) > 0) {
        /* One that has ended says so before the error of writing to it would. */
        if (handle != p->handles.read && p->handles.read >= 0)
            read_some(p);
        if (!process_is_exiting(&port->process))
            write_queue(p);
    }
    if (handle == p->handles.read && (mode & AVM_POLL_READ) && !process_is_exiting(&port->process))
        read_some(p);
}

static void program_timeout(struct port *port)
{
    look_for_status(program_of(port));
}

/* ---- the beginning ---------------------------------------------------------------------------- */

/* Pointers to count texts that lie one after the other, NULL at the end. */
static const char **list_texts(struct memory *memory, const struct port_settings *settings,
    size_t offset, size_t count)
{
    const char **list = memory_allocate(memory, MEMORY_OTHER, (count + 1) * sizeof *list);
    const char *at = (const char *) settings->texts.bytes + offset;
    size_t i;

    if (list == NULL)
        return NULL;
    for (i = 0; i < count; i++, at += strlen(at) + 1)
        list[i] = at;
    list[count] = NULL;
    return list;
}

static void free_texts(struct memory *memory, const char **list, size_t count)
{
    memory_free(memory, MEMORY_OTHER, (void *) list, (count + 1) * sizeof *list);
}

static avm_file_error start_program(struct program *p, const struct port_settings *settings)
{
    struct memory *memory = port_node(p->port)->memory;
    const char **arguments = list_texts(memory, settings, settings->arguments,
        settings->argument_count);
    const char **environment = list_texts(memory, settings, settings->environment,
        settings->variable_count);
    const char *texts = (const char *) settings->texts.bytes, *command = texts + settings->command;
    bool is_command = settings->kind == PORT_OF_COMMAND;
    avm_program program = { is_command ? command : NULL, is_command ? NULL : command, arguments,
        environment, settings->directory != SIZE_MAX ? texts + settings->directory : NULL, 0 };
    avm_file_error error = AVM_FILE_ENOMEM;

    program.flags = (settings->flags & PORT_IN ? AVM_PROGRAM_READ : 0u)
        | (settings->flags & PORT_OUT ? AVM_PROGRAM_WRITE : 0u)
        | (settings->flags & PORT_STDERR_TO_STDOUT ? AVM_PROGRAM_STDERR_TO_STDOUT : 0u)
        | (settings->flags & PORT_NO_STDIO ? AVM_PROGRAM_NO_STDIO : 0u);
    if (arguments != NULL && environment != NULL)
        error = p->system->start(system_of(p), &program, &p->handles);
    free_texts(memory, arguments, settings->argument_count);
    free_texts(memory, environment, settings->variable_count);
    return error;
}

static avm_file_error adopt_handles(struct program *p, const struct port_settings *settings)
{
    avm_file_error error = AVM_FILE_OK;

    p->is_adopted = true;
    if (settings->flags & PORT_IN)
        error = p->system->adopt(system_of(p), p->handles.read = settings->in);
    if (error == AVM_FILE_OK && (settings->flags & PORT_OUT))
        error = p->system->adopt(system_of(p), p->handles.write = settings->out);
    return error;
}

static bool begin_to_watch(struct program *p)
{
    return (p->handles.read < 0 || port_select(p->port, p->handles.read, AVM_POLL_READ))
        && (p->handles.ended < 0 || port_select(p->port, p->handles.ended, AVM_POLL_READ));
}

static term program_start(struct port *port, const struct port_settings *settings, void *user)
{
    struct node *node = port_node(port);
    struct program *p;
    avm_file_error error;

    (void) user;
    if (node->platform->programs == NULL)
        return ATOM(badarg);
    p = memory_allocate_zeroed(node->memory, MEMORY_PORT, sizeof *p);
    if (p == NULL)
        return ATOM(enomem);
    port->state = p;
    p->port = port;
    p->system = node->platform->programs;
    p->handles = (avm_program_handles) { -1, -1, -1, -1 };
    frame_init(port, &p->frame, settings);
    byte_buffer_init(&p->queue, node->memory, MEMORY_PORT);
    error = settings->kind == PORT_OF_HANDLES ? adopt_handles(p, settings)
                                              : start_program(p, settings);
    p->has_ended = p->handles.read < 0;
    if (error == AVM_FILE_OK && !begin_to_watch(p))
        error = AVM_FILE_ENOMEM;
    if (error != AVM_FILE_OK) {
        program_stop(port);
        return error_atom(node, error);
    }
    port->os_pid = p->handles.id;
    return TERM_NONE;
}

const struct port_driver port_program_driver = {
    0, program_start, program_stop, program_output, NULL, NULL, NULL,
    program_ready, program_timeout, NULL, program_flush, program_queue_size,
};
