/* packet_http.c - lines of HTTP and records of TLS as terms: {http_request, Method, URI, Version},
** {http_response, Version, Status, Phrase}, {http_header, Number, Field, Unmodified, Value},
** http_eoh, {http_error, Line}, {ssl_tls, [], Type, Version, Data}. */
#include "data/bits.h"
#include "data/packet.h"

#define FIELD_MAX_SIZE 50           /* longer names of fields are given as they came */

/* Fields with an atom and a number, which is their place. */
static const char *const known_fields[] = {
    "Cache-Control", "Connection", "Date", "Pragma", "Transfer-Encoding", "Upgrade", "Via",
    "Accept", "Accept-Charset", "Accept-Encoding", "Accept-Language", "Authorization", "From",
    "Host", "If-Modified-Since", "If-Match", "If-None-Match", "If-Range", "If-Unmodified-Since",
    "Max-Forwards", "Proxy-Authorization", "Range", "Referer", "User-Agent", "Age", "Location",
    "Proxy-Authenticate", "Public", "Retry-After", "Server", "Vary", "Warning",
    "Www-Authenticate", "Allow", "Content-Base", "Content-Encoding", "Content-Language",
    "Content-Length", "Content-Location", "Content-Md5", "Content-Range", "Content-Type", "Etag",
    "Expires", "Last-Modified", "Accept-Ranges", "Set-Cookie", "Set-Cookie2", "X-Forwarded-For",
    "Cookie", "Keep-Alive", "Proxy-Connection"
};

static const char *const known_methods[] = { "OPTIONS", "GET", "HEAD", "POST", "PUT", "DELETE",
    "TRACE" };

struct maker {
    struct heap *heap;
    struct atom_table *atoms;
    bool as_binaries;               /* strings are binaries, not lists */
    bool no_memory;
};

/* ---- terms -------------------------------------------------------------------------------- */

static term make_tuple(struct maker *m, size_t arity, const term *elements)
{
    term *boxed = m->no_memory ? NULL : heap_allocate(m->heap, 1 + arity);

    if (boxed == NULL) {
        m->no_memory = true;
        return TERM_NONE;
    }
    boxed[0] = header_make(BOXED_TUPLE, arity);
    memcpy(boxed + 1, elements, arity * sizeof *boxed);
    return term_make_boxed(boxed);
}

static term make_string(struct maker *m, const uint8_t *text, size_t size)
{
    term *cells, result;

    if (m->as_binaries) {
        result = bits_make_copy(m->heap, text, size);
        m->no_memory = m->no_memory || result == TERM_NONE;
        return result;
    }
    if (size == 0)
        return TERM_NIL;
    cells = heap_allocate(m->heap, 2 * size);
    if (cells == NULL) {
        m->no_memory = true;
        return TERM_NONE;
    }
    for (size_t i = 0; i < size; i++) {
        cells[2 * i] = term_make_small(text[i]);
        cells[2 * i + 1] = i + 1 < size ? term_make_cons(cells + 2 * i + 2) : TERM_NIL;
    }
    return term_make_cons(cells);
}

/* The place of text among names from 1 on, with its atom; 0: not there. */
static unsigned find_known(struct maker *m, const char *const *names, unsigned count,
    const uint8_t *text, size_t size, term *atom)
{
    for (unsigned i = 0; i < count; i++)
        if (strlen(names[i]) == size && memcmp(names[i], text, size) == 0) {
            uint32_t index = 0;

            if (atom_put(m->atoms, text, size, &index) != ATOM_OK)
                m->no_memory = true;
            *atom = term_make_atom(index);
            return i + 1;
        }
    return 0;
}

static term make_version(struct maker *m, uint32_t major, uint32_t minor)
{
    const term elements[2] = { term_make_small((intptr_t) major),
        term_make_small((intptr_t) minor) };

    return make_tuple(m, 2, elements);
}

/* ---- text --------------------------------------------------------------------------------- */

struct text {
    const uint8_t *at;
    size_t left;
};

static bool skip_blanks(struct text *text)
{
    bool some = false;

    for (; text->left > 0 && (*text->at == ' ' || *text->at == '\t'); text->at++, text->left--)
        some = true;
    return some;
}

/* Digits, at least one; a number that is too large stays at the largest. */
static bool read_number(struct text *text, uint32_t *number)
{
    const uint32_t most = 0x7ffffff;
    bool some = false;

    *number = 0;
    for (; text->left > 0 && *text->at >= '0' && *text->at <= '9'; text->at++, text->left--) {
        *number = *number > most / 10 - 1 ? most : *number * 10 + (uint32_t) (*text->at - '0');
        some = true;
    }
    return some;
}

static bool read_version(struct text *text, uint32_t *major, uint32_t *minor)
{
    if (!read_number(text, major) || text->left == 0 || *text->at != '.')
        return false;
    text->at++;
    text->left--;
    return read_number(text, minor);
}

static bool begins_with(const struct text *text, const char *prefix, bool any_case)
{
    size_t size = strlen(prefix);

    if (text->left < size)
        return false;
    for (size_t i = 0; i < size; i++) {
        uint8_t byte = text->at[i];

        if (any_case && byte >= 'A' && byte <= 'Z')
            byte = (uint8_t) (byte + 32);
        if (byte != (uint8_t) prefix[i])
            return false;
    }
    return true;
}

static bool is_token_byte(uint8_t byte)
{
    return byte > 32 && byte < 127 && strchr("()<>@,;:\\\"/[]?={}", byte) == NULL;
}

/* ---- requests ----------------------------------------------------------------------------- */

/* host [":" port] [path] */
static term make_absolute_uri(struct maker *m, term scheme, struct text uri)
{
    const uint8_t *path = uri.left == 0 ? NULL : memchr(uri.at, '/', uri.left), *colon;
    size_t size = path != NULL ? (size_t) (path - uri.at) : uri.left;
    term elements[5] = { ATOM(absoluteURI), scheme, TERM_NIL, ATOM(undefined), TERM_NIL };

    elements[4] = path != NULL ? make_string(m, path, uri.left - size)
                               : make_string(m, (const uint8_t *) "/", 1);
    colon = size == 0 ? NULL : memchr(uri.at, ':', size);
    if (colon != NULL) {
        struct text digits = { colon + 1, size - (size_t) (colon - uri.at) - 1 };
        uint32_t port;

        if (read_number(&digits, &port) && digits.left == 0 && port != 0)
            elements[3] = term_make_small((intptr_t) port);
        size = (size_t) (colon - uri.at);
    }
    elements[2] = make_string(m, uri.at, size);
    return make_tuple(m, 5, elements);
}

static term make_uri(struct maker *m, struct text uri)
{
    const uint8_t *colon;

    if (uri.left == 1 && *uri.at == '*')
        return ATOM(times);
    if (uri.left == 1 || *uri.at == '/') {
        const term path[2] = { ATOM(abs_path), make_string(m, uri.at, uri.left) };

        return make_tuple(m, 2, path);
    }
    if (begins_with(&uri, "http://", true))
        return make_absolute_uri(m, ATOM(http), (struct text) { uri.at + 7, uri.left - 7 });
    if (begins_with(&uri, "https://", true))
        return make_absolute_uri(m, ATOM(https), (struct text) { uri.at + 8, uri.left - 8 });
    colon = memchr(uri.at, ':', uri.left);
    if (colon != NULL) {
        size_t size = (size_t) (colon - uri.at);
        const term scheme[3] = { ATOM(scheme), make_string(m, uri.at, size),
            make_string(m, colon + 1, uri.left - size - 1) };

        return make_tuple(m, 3, scheme);
    }
    return make_string(m, uri.at, uri.left);
}

/* Method, URI and, from HTTP/1.0 on, the version. TERM_NONE: it is none (or no memory). */
static term make_request(struct maker *m, struct text text, bool *in_headers)
{
    struct text method = text, uri;
    uint32_t major = 0, minor = 9;
    term elements[4] = { ATOM(http_request), TERM_NIL, TERM_NIL, TERM_NIL };

    while (text.left > 0 && is_token_byte(*text.at)) {
        text.at++;
        text.left--;
    }
    method.left -= text.left;
    if (method.left == 0 || !skip_blanks(&text))
        return TERM_NONE;
    uri = text;
    while (text.left > 0 && *text.at != ' ' && *text.at != '\t') {
        text.at++;
        text.left--;
    }
    uri.left -= text.left;
    if (uri.left == 0)
        return TERM_NONE;
    skip_blanks(&text);
    if (text.left > 0) {
        if (text.left < 8 || !begins_with(&text, "HTTP/", false))
            return TERM_NONE;
        text.at += 5;
        text.left -= 5;
        if (!read_version(&text, &major, &minor))
            return TERM_NONE;
    }
    *in_headers = true;
    if (find_known(m, known_methods, AVM_COUNT_OF(known_methods), method.at, method.left,
            &elements[1])
        == 0)
        elements[1] = make_string(m, method.at, method.left);
    elements[2] = make_uri(m, uri);
    elements[3] = make_version(m, major, minor);
    return make_tuple(m, 4, elements);
}

/* ---- responses, headers ------------------------------------------------------------------- */

static term make_response(struct maker *m, struct text text, bool *in_headers)
{
    uint32_t major, minor, status;
    term elements[4] = { ATOM(http_response), TERM_NIL, TERM_NIL, TERM_NIL };

    text.at += 5;
    text.left -= 5;
    if (!read_version(&text, &major, &minor) || !skip_blanks(&text))
        return TERM_NONE;
    (void) read_number(&text, &status);
    if (!skip_blanks(&text) && text.left > 0)
        return TERM_NONE;
    *in_headers = true;
    elements[1] = make_version(m, major, minor);
    elements[2] = term_make_small((intptr_t) status);
    elements[3] = make_string(m, text.at, text.left);
    return make_tuple(m, 4, elements);
}

/* Each word of a field's name begins with a capital. */
static void capitalise(const uint8_t *name, size_t size, uint8_t *out)
{
    bool starts = true;

    for (size_t i = 0; i < size; i++) {
        uint8_t byte = name[i];

        if (starts && byte >= 'a' && byte <= 'z')
            byte = (uint8_t) (byte - 32);
        else if (!starts && byte >= 'A' && byte <= 'Z')
            byte = (uint8_t) (byte + 32);
        starts = !starts && byte == '-';
        out[i] = byte;
    }
}

static term make_header(struct maker *m, struct text text, bool *in_headers)
{
    uint8_t proper[FIELD_MAX_SIZE];
    struct text name = text;
    term elements[5] = { ATOM(http_header), term_make_small(0), TERM_NIL, TERM_NIL, TERM_NIL };
    unsigned number;

    if (text.left == 0) {
        *in_headers = false;
        return ATOM(http_eoh);
    }
    while (text.left > 0 && is_token_byte(*text.at)) {
        text.at++;
        text.left--;
    }
    if (text.left == 0 || *text.at != ':')
        return TERM_NONE;
    name.left -= text.left;
    text.at++;
    text.left--;
    skip_blanks(&text);
    if (name.left <= FIELD_MAX_SIZE) {
        capitalise(name.at, name.left, proper);
        number = find_known(m, known_fields, AVM_COUNT_OF(known_fields), proper, name.left,
            &elements[2]);
        elements[1] = term_make_small((intptr_t) number);
        if (number == 0)
            elements[2] = make_string(m, proper, name.left);
    } else {
        elements[2] = make_string(m, name.at, name.left);
    }
    elements[3] = make_string(m, name.at, name.left);
    elements[4] = make_string(m, text.at, text.left);
    return make_tuple(m, 5, elements);
}

static term make_http(struct maker *m, const uint8_t *bytes, size_t size, bool *in_headers)
{
    struct text text = { bytes, size };
    term result, error[2];

    if (size >= 2 && bytes[size - 2] == '\r')
        text.left -= 2;
    else if (size >= 1 && bytes[size - 1] == '\n')
        text.left -= 1;
    if (*in_headers)
        result = make_header(m, text, in_headers);
    else if (begins_with(&text, "HTTP/", false))
        result = make_response(m, text, in_headers);
    else
        result = make_request(m, text, in_headers);
    if (result != TERM_NONE || m->no_memory)
        return result;
    error[0] = ATOM(http_error);
    error[1] = make_string(m, bytes, size);
    return make_tuple(m, 2, error);
}

/* ---- TLS ---------------------------------------------------------------------------------- */

/* A client hello of version 2 becomes a handshake record that begins with its own length. */
static term make_ssl_tls(struct maker *m, const uint8_t *bytes, size_t size)
{
    bool is_hello = (bytes[0] & 0x80) != 0 && bytes[2] == 1;
    size_t head = is_hello ? 3 : 5, prefix = is_hello ? 4 : 0, length = size - head;
    uint8_t *to;
    term elements[5] = { ATOM(ssl_tls), TERM_NIL, TERM_NIL, TERM_NIL, TERM_NIL };

    elements[2] = term_make_small(is_hello ? 22 : bytes[0]);
    elements[3] = is_hello ? make_version(m, bytes[3], bytes[4])
                           : make_version(m, bytes[1], bytes[2]);
    elements[4] = bits_make_binary(m->heap, prefix + length, &to);
    if (elements[4] == TERM_NONE) {
        m->no_memory = true;
        return TERM_NONE;
    }
    if (is_hello) {
        to[0] = 1;
        to[1] = (uint8_t) (length >> 16);
        to[2] = (uint8_t) (length >> 8);
        to[3] = (uint8_t) length;
    }
    memcpy(to + prefix, bytes + head, length);
    return make_tuple(m, 5, elements);
}

term packet_make_term(struct heap *heap, struct atom_table *atoms, enum packet_type type,
    const uint8_t *bytes, size_t size, bool *in_headers)
{
    struct maker m = { heap, atoms, type == PACKET_HTTP_BIN || type == PACKET_HTTPH_BIN, false };
    term result;

    if (type == PACKET_SSL_TLS)
        result = make_ssl_tls(&m, bytes, size);
    else
        result = make_http(&m, bytes, size, in_headers);
    return m.no_memory ? TERM_NONE : result;
}
