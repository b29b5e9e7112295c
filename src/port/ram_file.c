/* ram_file.c - the driver ram_file_drv: a file whose bytes lie in memory. The stock module ram_file, which
** file:open(Data, [ram | _]) uses, opens one for each file, sends it commands and waits for one reply each.
**
** A command is an operation and its numbers, big-endian, then data; a reply is a kind, then its data.
** Always: position and end are below 2 GB, what the protocol can name; bytes between end and room are 0. */
#include "port/port.h"

#include "proc/node.h"

enum { OP_OPEN = 1, OP_READ = 2, OP_SEEK = 3, OP_WRITE = 4, OP_SYNC = 9, OP_TRUNCATE = 14, OP_READ_AT = 17,
    OP_WRITE_AT = 18, OP_SYNC_DATA = 19, OP_GET = 30, OP_SIZE = 37, OP_ADVISE = 38, OP_ALLOCATE = 39 };
enum { REPLY_OK = 0, REPLY_ERROR = 1, REPLY_DATA = 2, REPLY_NUMBER = 3 };
enum { MODE_READ = 1, MODE_WRITE = 2 };

#define ROOM_MIN 1024

struct ram_file {
    unsigned mode;                      /* 0: not opened yet */
    uint8_t *bytes;
    size_t room;                        /* bytes allocated */
    size_t end, position;               /* position may be behind the end */
};

/* What is left of a command; a number that is not there is 0. */
struct command {
    const uint8_t *bytes;
    size_t size;
};

static int32_t take_number(struct command *command)
{
    const uint8_t *b = command->bytes;
    uint32_t value;

    if (command->size < 4)
        return 0;
    value = (uint32_t) b[0] << 24 | (uint32_t) b[1] << 16 | (uint32_t) b[2] << 8 | b[3];
    command->bytes += 4;
    command->size -= 4;
    return value <= INT32_MAX ? (int32_t) value : (int32_t) ((int64_t) value - (INT64_C(1) << 32));
}

/* ---- replies ----------------------------------------------------------------------------- */

static void reply_ok(struct port *port)
{
    static const uint8_t ok[1] = { REPLY_OK };

    port_send_headed(port, ok, sizeof ok, NULL, 0);
}

static void reply_error(struct port *port, const char *error)
{
    uint8_t reply[16] = { REPLY_ERROR };
    size_t size = strlen(error);

    memcpy(reply + 1, error, size);
    port_send_headed(port, reply, 1 + size, NULL, 0);
}

static void put_head(uint8_t head[5], uint8_t kind, size_t number)
{
    head[0] = kind;
    for (unsigned i = 0; i < 4; i++)
        head[1 + i] = (uint8_t) (number >> (24 - 8 * i));
}

static void reply_number(struct port *port, size_t number)
{
    uint8_t head[5];

    put_head(head, REPLY_NUMBER, number);
    port_send_headed(port, head, sizeof head, NULL, 0);
}

static void reply_data(struct port *port, const uint8_t *data, size_t size)
{
    static const uint8_t none[1] = { 0 };
    uint8_t head[5];

    put_head(head, REPLY_DATA, size);
    port_send_headed(port, head, sizeof head, size > 0 ? data : none, size);
}

/* ---- the file ---------------------------------------------------------------------------- */

/* Room for size bytes; false without memory. */
static bool reserve(struct port *port, struct ram_file *file, size_t size)
{
    struct memory *memory = port_node(port)->memory;
    size_t room = file->room < ROOM_MIN ? ROOM_MIN : file->room;
    uint8_t *bytes;

    if (size <= file->room)
        return true;
    while (room < size)
        room *= 2;
    bytes = memory_resize(memory, MEMORY_PORT, file->bytes, file->room, room);
    if (bytes == NULL)
        return false;
    memset(bytes + file->room, 0, room - file->room);
    file->bytes = bytes;
    file->room = room;
    return true;
}

static void open_file(struct port *port, struct ram_file *file, struct command *command)
{
    unsigned mode = (unsigned) take_number(command) & (MODE_READ | MODE_WRITE);

    if (file->end > 0)
        memset(file->bytes, 0, file->end);
    file->mode = mode;
    file->end = file->position = 0;
    if (command->size > INT32_MAX) {
        reply_error(port, "einval");
        return;
    }
    if (!reserve(port, file, command->size)) {
        reply_error(port, "enomem");
        return;
    }
    if (command->size > 0)
        memcpy(file->bytes, command->bytes, command->size);
    file->end = command->size;
    reply_number(port, 0);
}

/* What is wrong with so many bytes at a place; NULL: nothing. */
static const char *why_not(const struct ram_file *file, unsigned mode, int64_t at, int64_t size)
{
    return (file->mode & mode) == 0 ? "ebadf"
        : at < 0 || size < 0 || at + size > INT32_MAX ? "einval" : NULL;
}

/* *position goes on behind what was written. */
static void write_at(struct port *port, struct ram_file *file, size_t *position,
    const struct command *data)
{
    size_t at = *position;

    if (!reserve(port, file, at + data->size)) {
        reply_error(port, "enomem");
        return;
    }
    if (data->size > 0)
        memcpy(file->bytes + at, data->bytes, data->size);
    *position = at + data->size;
    if (*position > file->end)
        file->end = *position;
    reply_number(port, data->size);
}

static void read_at(struct port *port, const struct ram_file *file, size_t *position, size_t size)
{
    size_t at = *position, left = at < file->end ? file->end - at : 0;

    if (size > left)
        size = left;
    *position = at + size;
    reply_data(port, file->bytes + (size > 0 ? at : 0), size);
}

static void seek(struct port *port, struct ram_file *file, struct command *command)
{
    int64_t at = take_number(command);
    int32_t from = take_number(command);

    if (from == 1)
        at += (int64_t) file->position;
    else if (from == 2)
        at += (int64_t) file->end;
    if (file->mode == 0) {
        reply_error(port, "ebadf");
    } else if (from < 0 || from > 2 || at < 0 || at > INT32_MAX) {
        reply_error(port, "einval");
    } else {
        file->position = (size_t) at;
        reply_number(port, file->position);
    }
}

/* The end is where the position is, also behind the end. */
static void truncate(struct port *port, struct ram_file *file)
{
    if ((file->mode & MODE_WRITE) == 0) {
        reply_error(port, "eacces");
        return;
    }
    if (!reserve(port, file, file->position)) {
        reply_error(port, "enomem");
        return;
    }
    if (file->end > file->position)
        memset(file->bytes + file->position, 0, file->end - file->position);
    file->end = file->position;
    reply_ok(port);
}

/* ---- the driver ------------------------------------------------------------------------------ */

static void read_or_write(struct port *port, struct ram_file *file, unsigned operation,
    struct command *command)
{
    bool reads = operation == OP_READ || operation == OP_READ_AT;
    bool has_place = operation == OP_READ_AT || operation == OP_WRITE_AT;
    int64_t at = has_place ? take_number(command) : (int64_t) file->position;
    int64_t size = reads ? take_number(command) : (int64_t) command->size;
    const char *error = has_place && at < 0 ? "einval"
        : why_not(file, reads ? MODE_READ : MODE_WRITE, at, reads && size > 0 ? 0 : size);
    size_t place = (size_t) at, *position = has_place ? &place : &file->position;

    if (error != NULL)
        reply_error(port, error);
    else if (reads)
        read_at(port, file, position, (size_t) size);
    else
        write_at(port, file, position, command);
}

static void output(struct port *port, const uint8_t *data, size_t size)
{
    struct ram_file *file = port->state;
    struct command command;

    if (size == 0) {
        reply_error(port, "einval");
        return;
    }
    command = (struct command) { data + 1, size - 1 };
    switch (data[0]) {
    case OP_OPEN: open_file(port, file, &command); break;
    case OP_READ:
    case OP_WRITE:
    case OP_READ_AT:
    case OP_WRITE_AT: read_or_write(port, file, data[0], &command); break;
    case OP_SEEK: seek(port, file, &command); break;
    case OP_TRUNCATE: truncate(port, file); break;
    case OP_GET: reply_data(port, file->bytes, file->end); break;
    case OP_SIZE: reply_number(port, file->end); break;
    case OP_SYNC:
    case OP_SYNC_DATA:
    case OP_ADVISE:
    case OP_ALLOCATE:
        if (file->mode == 0)
            reply_error(port, "ebadf");
        else
            reply_ok(port);
        break;
    default: reply_error(port, "einval"); break;
    }
}

static term start(struct port *port, const struct port_settings *settings, void *user)
{
    (void) settings;
    (void) user;
    port->state = memory_allocate_zeroed(port_node(port)->memory, MEMORY_PORT, sizeof(struct ram_file));
    return port->state != NULL ? TERM_NONE : ATOM(enomem);
}

static void stop(struct port *port)
{
    struct memory *memory = port_node(port)->memory;
    struct ram_file *file = port->state;

    if (file == NULL)
        return;
    memory_free(memory, MEMORY_PORT, file->bytes, file->room);
    memory_free(memory, MEMORY_PORT, file, sizeof *file);
    port->state = NULL;
}

const struct port_driver port_ram_file_driver = { .start = start, .stop = stop, .output = output };
