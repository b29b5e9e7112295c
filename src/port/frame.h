/* frame.h - how a stream of bytes is cut: packets with a header, lines, or as it comes. */
#ifndef AVM_PORT_FRAME_H
#define AVM_PORT_FRAME_H

#include "port/settings.h"

struct port;

struct frame {
    unsigned packet;            /* bytes of the header; 0: none */
    size_t line;                /* 0: no lines */
    struct byte_buffer held;    /* of a packet or line that is not whole */
};

void frame_init(struct port *port, struct frame *frame, const struct port_settings *settings);
void frame_deinit(struct port *port, struct frame *frame);
/* Writes the header of size bytes that go, gives its size; UINT_MAX: too many for it. */
unsigned frame_header(const struct frame *frame, size_t size, uint8_t header[4]);
/* Bytes that came: the owner gets what is whole. */
void frame_take(struct port *port, struct frame *frame, const uint8_t *data, size_t size);
/* No more comes: a line without its end is told, a packet that is not whole is not. */
void frame_end(struct port *port, struct frame *frame);

#endif
