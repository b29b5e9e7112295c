/* frame.c - cuts what comes into packets or lines. Always: held has less than one of them. */
#include "port/frame.h"

#include "port/port.h"
#include "proc/native_call.h"

void frame_init(struct port *port, struct frame *frame, const struct port_settings *settings)
{
    frame->packet = settings->packet;
    frame->line = settings->flags & PORT_LINE ? settings->line : 0;
    byte_buffer_init(&frame->held, port_node(port)->memory, MEMORY_PORT);
}

void frame_deinit(struct port *port, struct frame *frame)
{
    (void) port;
    byte_buffer_deinit(&frame->held);
}

static void drop_held(struct port *port, struct frame *frame)
{
    byte_buffer_deinit(&frame->held);
    byte_buffer_init(&frame->held, port_node(port)->memory, MEMORY_PORT);
}

unsigned frame_header(const struct frame *frame, size_t size, uint8_t header[4])
{
    unsigned i;

    if (frame->packet < sizeof size && size >> (8 * frame->packet) != 0 && frame->packet != 0)
        return UINT_MAX;
    for (i = 0; i < frame->packet; i++)
        header[i] = (uint8_t) (size >> (8 * (frame->packet - 1 - i)));
    return frame->packet;
}

static void hold(struct port *port, struct frame *frame, const uint8_t *data, size_t size)
{
    if (size == 0)
        return;
    byte_buffer_append(&frame->held, data, size);
    if (frame->held.failed)
        port_exit(port, ATOM(enomem));
}

/* ---- packets -------------------------------------------------------------------------- */

/* The size that a header says. */
static size_t size_in(const uint8_t *header, unsigned bytes)
{
    size_t size = 0;

    while (bytes-- > 0)
        size = size << 8 | *header++;
    return size;
}

/* Moves bytes from the data to what is held until that has want of them: true when it has. */
static bool fill(struct port *port, struct frame *frame, size_t want, const uint8_t **data,
    size_t *size)
{
    size_t missing = want > frame->held.size ? want - frame->held.size : 0;
    size_t part = missing < *size ? missing : *size;

    hold(port, frame, *data, part);
    *data += part;
    *size -= part;
    return part == missing && !frame->held.failed;
}

static void take_packets(struct port *port, struct frame *frame, const uint8_t *data, size_t size)
{
    while ((size > 0 || frame->held.size > 0) && !process_is_exiting(&port->process)) {
        size_t body, whole;

        if (frame->held.size == 0 && size >= frame->packet) {
            body = size_in(data, frame->packet);
            if (size - frame->packet >= body) {         /* whole as it came */
                port_send_data(port, data + frame->packet, body);
                data += frame->packet + body;
                size -= frame->packet + body;
                continue;
            }
        }
        if (!fill(port, frame, frame->packet, &data, &size))
            return;
        body = size_in(frame->held.bytes, frame->packet);
        if (!size_add(frame->packet, body, &whole)) {
            port_exit(port, ATOM(enomem));
            return;
        }
        if (!fill(port, frame, whole, &data, &size))
            return;
        port_send_data(port, frame->held.bytes + frame->packet, body);
        drop_held(port, frame);
    }
}

/* ---- lines ------------------------------------------------------------------------------ */

/* 1: "\r" stands before the end of a line, and is none of it. */
static size_t ends_with_return(term end, const uint8_t *data, size_t size)
{
    return end == ATOM(eol) && size > 0 && data[size - 1] == '\r';
}

static void send_line(struct port *port, struct frame *frame, term end, const uint8_t *data,
    size_t size)
{
    if (frame->held.size == 0) {
        port_send_line(port, end, data, size - ends_with_return(end, data, size));
        return;
    }
    hold(port, frame, data, size);
    size = frame->held.size;
    port_send_line(port, end, frame->held.bytes,
        size - ends_with_return(end, frame->held.bytes, size));
    drop_held(port, frame);
}

static void take_lines(struct port *port, struct frame *frame, const uint8_t *data, size_t size)
{
    while (size > 0 && !process_is_exiting(&port->process)) {
        size_t room = frame->line - frame->held.size, look = size <= room ? size : room + 1;
        const uint8_t *end = memchr(data, '\n', look);
        size_t part = end != NULL ? (size_t) (end - data) : look;

        if (end != NULL) {
            send_line(port, frame, ATOM(eol), data, part);
            part++;
        } else if (part > room) {
            part = room;
            send_line(port, frame, ATOM(noeol), data, part);
        } else {
            hold(port, frame, data, part);
        }
        data += part;
        size -= part;
    }
}

void frame_take(struct port *port, struct frame *frame, const uint8_t *data, size_t size)
{
    if (frame->packet != 0)
        take_packets(port, frame, data, size);
    else if (frame->line != 0)
        take_lines(port, frame, data, size);
    else
        port_send_data(port, data, size);
}

void frame_end(struct port *port, struct frame *frame)
{
    if (frame->line != 0 && frame->held.size > 0)
        port_send_line(port, ATOM(noeol), frame->held.bytes, frame->held.size);
    drop_held(port, frame);
}
