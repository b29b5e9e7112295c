/* packet.c - owns the framings: where a packet ends. Their terms are made in packet_http.c. */
#include "data/packet.h"

static uint32_t big_endian(const uint8_t *bytes, unsigned count)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < count; i++)
        value = value << 8 | bytes[i];
    return value;
}

/* A head of head bytes, then body bytes. Sizes are kept within 31 bits, as everywhere in OTP. */
static size_t framed(uint32_t head, uint32_t body, const struct packet_options *options)
{
    if ((options->max_size != 0 && body > options->max_size) || body > INT32_MAX - head)
        return PACKET_INVALID;
    return (size_t) head + body;
}

static size_t find_line(const uint8_t *bytes, size_t size, const struct packet_options *options)
{
    const uint8_t *end = size == 0 ? NULL : memchr(bytes, options->delimiter, size);
    size_t length = end != NULL ? (size_t) (end - bytes) + 1 : size;

    if (options->max_size != 0 && length > options->max_size)
        return PACKET_INVALID;
    if (options->line_length != 0
        && (end != NULL ? length > options->line_length : length >= options->line_length))
        return options->line_length;
    return end != NULL ? length : PACKET_UNKNOWN;
}

/* BER: a tag of one or more bytes, then a length that is short, or long with up to four bytes. */
static size_t find_asn1(const uint8_t *bytes, size_t size, const struct packet_options *options)
{
    size_t at = 1;
    unsigned length;

    if (size < 2)
        return PACKET_UNKNOWN;
    if ((bytes[0] & 0x1f) == 0x1f) {
        while (at < size && (bytes[at] & 0x80) != 0)
            at++;
        if (size - at < 2)
            return PACKET_UNKNOWN;
        at++;
    }
    length = bytes[at] & 0x7f;
    if ((bytes[at++] & 0x80) == 0)
        return framed((uint32_t) at, length, options);
    if (size - at < length)
        return PACKET_UNKNOWN;
    if (length > 4)
        return PACKET_INVALID;
    return framed((uint32_t) (at + length), big_endian(bytes + at, length), options);
}

static size_t find_cdr(const uint8_t *bytes, size_t size, const struct packet_options *options)
{
    uint32_t body;

    if (size < 12)
        return PACKET_UNKNOWN;
    if (memcmp(bytes, "GIOP", 4) != 0)
        return PACKET_INVALID;
    body = big_endian(bytes + 8, 4);
    if ((bytes[6] & 1) != 0)
        body = body >> 24 | (body >> 8 & 0xff00) | (body << 8 & 0xff0000) | body << 24;
    return framed(12, body, options);
}

static size_t find_fcgi(const uint8_t *bytes, size_t size, const struct packet_options *options)
{
    if (size < 8)
        return PACKET_UNKNOWN;
    return bytes[0] == 1 ? framed(8, big_endian(bytes + 4, 2) + bytes[6], options) : PACKET_INVALID;
}

static size_t find_tpkt(const uint8_t *bytes, size_t size, const struct packet_options *options)
{
    if (size < 4)
        return PACKET_UNKNOWN;
    return bytes[0] == 3 ? framed(4, big_endian(bytes + 2, 2) - 4, options) : PACKET_INVALID;
}

/* A record, or a client hello of version 2. */
static size_t find_ssl_tls(const uint8_t *bytes, size_t size, const struct packet_options *options)
{
    if (size < 5)
        return PACKET_UNKNOWN;
    if ((bytes[0] & 0x80) != 0 && bytes[2] == 1)
        return framed(5, (big_endian(bytes, 2) & 0x7fff) - 3, options);
    return framed(5, big_endian(bytes + 3, 2), options);
}

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t';
}

/* A line; a header goes on in the next line when that begins with a blank, so that the byte
** behind it must be known. */
static size_t find_http(const uint8_t *bytes, size_t size, const struct packet_options *options,
    bool in_headers)
{
    size_t limit = options->max_size != 0 ? options->max_size : options->line_length, from = 0;

    if ((size == 1 && bytes[0] == '\n') || (size == 2 && bytes[0] == '\r' && bytes[1] == '\n'))
        return size;
    for (;;) {
        const uint8_t *end = from < size ? memchr(bytes + from, '\n', size - from) : NULL;
        size_t length = end != NULL ? (size_t) (end - bytes) + 1 : 0;

        if (end == NULL)
            return limit != 0 && size >= limit ? PACKET_INVALID : PACKET_UNKNOWN;
        if (in_headers && length < size && is_blank(end[1]) && length > 2) {
            from = length;
            continue;
        }
        if (limit != 0 && length > limit)
            return PACKET_INVALID;
        return in_headers && length == size ? PACKET_UNKNOWN : length;
    }
}

static size_t find_counted(const uint8_t *bytes, size_t size, unsigned head, uint32_t mask,
    const struct packet_options *options)
{
    return size < head ? PACKET_UNKNOWN : framed(head, big_endian(bytes, head) & mask, options);
}

size_t packet_find(enum packet_type type, const uint8_t *bytes, size_t size,
    const struct packet_options *options, bool *in_headers)
{
    switch (type) {
    case PACKET_RAW:
        return size;
    case PACKET_1:
        return find_counted(bytes, size, 1, UINT32_MAX, options);
    case PACKET_2:
        return find_counted(bytes, size, 2, UINT32_MAX, options);
    case PACKET_4:
        return find_counted(bytes, size, 4, UINT32_MAX, options);
    case PACKET_SUNRM:
        return find_counted(bytes, size, 4, 0x7fffffff, options);
    case PACKET_ASN1:
        return find_asn1(bytes, size, options);
    case PACKET_CDR:
        return find_cdr(bytes, size, options);
    case PACKET_FCGI:
        return find_fcgi(bytes, size, options);
    case PACKET_TPKT:
        return find_tpkt(bytes, size, options);
    case PACKET_LINE:
        return find_line(bytes, size, options);
    case PACKET_HTTPH:
    case PACKET_HTTPH_BIN:
        *in_headers = true;
        return find_http(bytes, size, options, true);
    case PACKET_HTTP:
    case PACKET_HTTP_BIN:
        return find_http(bytes, size, options, *in_headers);
    case PACKET_SSL_TLS:
        return find_ssl_tls(bytes, size, options);
    }
    return PACKET_INVALID;
}

void packet_get_body(enum packet_type type, const uint8_t *bytes, size_t size, size_t *start,
    size_t *body_size)
{
    size_t head = type == PACKET_1 ? 1 : type == PACKET_2 ? 2 : type == PACKET_4 ? 4 : 0;
    size_t padding = type == PACKET_FCGI ? bytes[6] : 0;

    *start = head;
    *body_size = size - head - padding;
}
