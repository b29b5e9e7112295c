/* packet.h - where packets end in a stream of bytes, and the terms that some of them stand for:
** what erlang:decode_packet/3 and the packet option of sockets share. */
#ifndef AVM_DATA_PACKET_H
#define AVM_DATA_PACKET_H

#include "atom/atom.h"
#include "heap/heap.h"

enum packet_type {
    PACKET_RAW, PACKET_1, PACKET_2, PACKET_4, PACKET_ASN1, PACKET_SUNRM, PACKET_CDR, PACKET_FCGI,
    PACKET_TPKT, PACKET_LINE, PACKET_HTTP, PACKET_HTTPH, PACKET_HTTP_BIN, PACKET_HTTPH_BIN,
    PACKET_SSL_TLS
};

struct packet_options {
    uint32_t max_size;              /* of a body, or of a line; 0: no limit */
    uint32_t line_length;           /* longer lines are cut; 0: no limit */
    uint8_t delimiter;              /* of lines */
};

#define PACKET_UNKNOWN ((size_t) 0)     /* more bytes are needed to tell */
#define PACKET_INVALID SIZE_MAX

/* Bytes of the packet at the start of bytes, which may be more than size; or one of the two above.
** in_headers: a line of HTTP is a header, not the first line; kept by the caller from packet to
** packet, 0 at first. */
size_t packet_find(enum packet_type type, const uint8_t *bytes, size_t size,
    const struct packet_options *options, bool *in_headers);

/* The part of a packet that is handed on when it stands for no term. */
void packet_get_body(enum packet_type type, const uint8_t *bytes, size_t size, size_t *start,
    size_t *body_size);

static inline bool packet_is_term(enum packet_type type)
{
    return type >= PACKET_HTTP;
}
/* The term of a packet of size bytes, {http_request, ...} and the like. TERM_NONE without memory. */
term packet_make_term(struct heap *heap, struct atom_table *atoms, enum packet_type type,
    const uint8_t *bytes, size_t size, bool *in_headers);

#endif
