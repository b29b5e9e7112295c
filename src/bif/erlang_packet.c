/* erlang_packet.c - erlang:decode_packet/3. The framings are in data/packet.c. */
#include "bif/bif.h"
#include "data/bits.h"
#include "data/number.h"
#include "data/packet.h"
#include "proc/native_call.h"

#define PACKET_NATIVES(X) X("decode_packet", 3, packet_decode, 0)
NATIVE_TABLE(bif_erlang_packet, "erlang", "erl_erts_errors", PACKET_NATIVES)

#define BYTES_A_REDUCTION 256

static const struct {
    enum atom_index name;
    enum packet_type type;
} packet_types[] = {
    { ATOM_INDEX_raw, PACKET_RAW }, { ATOM_INDEX_asn1, PACKET_ASN1 },
    { ATOM_INDEX_sunrm, PACKET_SUNRM }, { ATOM_INDEX_cdr, PACKET_CDR },
    { ATOM_INDEX_fcgi, PACKET_FCGI }, { ATOM_INDEX_tpkt, PACKET_TPKT },
    { ATOM_INDEX_line, PACKET_LINE }, { ATOM_INDEX_http, PACKET_HTTP },
    { ATOM_INDEX_httph, PACKET_HTTPH }, { ATOM_INDEX_http_bin, PACKET_HTTP_BIN },
    { ATOM_INDEX_httph_bin, PACKET_HTTPH_BIN }, { ATOM_INDEX_ssl_tls, PACKET_SSL_TLS },
};

static bool find_counted_type(intptr_t head, enum packet_type *type)
{
    static const enum packet_type types[] = { PACKET_RAW, PACKET_1, PACKET_2, PACKET_RAW,
        PACKET_4 };

    if (head < 0 || head > 4 || head == 3)
        return false;
    *type = types[head];
    return true;
}

static bool find_type(term name, enum packet_type *type)
{
    if (term_is_small(name))
        return find_counted_type(term_small(name), type);
    for (size_t i = 0; i < AVM_COUNT_OF(packet_types); i++)
        if (name == term_make_atom(packet_types[i].name)) {
            *type = packet_types[i].type;
            return true;
        }
    return false;
}

static bool read_option(term option, enum packet_type type, struct packet_options *options)
{
    uint64_t value;

    if (!term_is_tuple(option) || term_tuple_arity(option) != 2
        || !integer_get_uint64(term_tuple_element(option, 1), &value) || value > UINT32_MAX)
        return false;
    if (term_tuple_element(option, 0) == ATOM(packet_size))
        options->max_size = (uint32_t) value;
    else if (term_tuple_element(option, 0) == ATOM(line_length))
        options->line_length = (uint32_t) value;
    else if (term_tuple_element(option, 0) == ATOM(line_delimiter) && type == PACKET_LINE
        && value <= 255)
        options->delimiter = (uint8_t) value;
    else
        return false;
    return true;
}

static bool read_options(term list, enum packet_type type, struct packet_options *options)
{
    *options = (struct packet_options) { 0, 0, '\n' };
    for (; term_is_cons(list); list = term_tail(list))
        if (!read_option(term_head(list), type, options))
            return false;
    return term_is_nil(list);
}

/* {ok, Packet, Rest}; bits behind the last whole byte go into the rest. */
static term make_packet(struct scheduler *s, term binary, const uint8_t *bytes,
    enum packet_type type, size_t size, bool in_headers)
{
    size_t start, body_size;
    term packet, rest;

    if (packet_is_term(type)) {
        packet = packet_make_term(native_heap(s), s->node->atoms, type, bytes, size, &in_headers);
    } else {
        packet_get_body(type, bytes, size, &start, &body_size);
        packet = bits_make_sub(native_heap(s), binary, start * 8, body_size * 8);
    }
    rest = bits_make_sub(native_heap(s), binary, size * 8, term_bit_size(binary) - size * 8);
    if (packet == TERM_NONE || rest == TERM_NONE)
        return TERM_NONE;
    return native_tuple3(s, ATOM(ok), packet, rest);
}

static term make_more(struct scheduler *s, size_t size)
{
    term length = size == PACKET_UNKNOWN ? ATOM(undefined) : native_integer(s, (int64_t) size);

    return length == TERM_NONE ? TERM_NONE : native_tuple2(s, ATOM(more), length);
}

static term packet_decode(struct scheduler *s, const term *a)
{
    struct packet_options options;
    enum packet_type type;
    enum data_status status;
    const uint8_t *bytes;
    uint8_t *scratch;
    size_t whole, size, found;
    bool in_headers = false;
    term result, binary = a[1];

    if (!find_type(a[0], &type))
        return raise_badarg_cause(s, ATOM(badopt));
    if (!term_is_bitstring(binary) || !read_options(a[2], type, &options))
        return raise_badarg(s);
    whole = term_bit_size(binary) & ~(size_t) 7;
    if (whole != term_bit_size(binary))
        binary = bits_make_sub(native_heap(s), binary, 0, whole);
    if (binary == TERM_NONE
        || !bits_get_bytes(s->node->memory, binary, &bytes, &size, &scratch, &status))
        return raise_no_memory(s);
    found = packet_find(type, bytes, size, &options, &in_headers);
    if (found == PACKET_INVALID)
        result = native_tuple2(s, ATOM(error), ATOM(invalid));
    else if (found == PACKET_UNKNOWN || found > size)
        result = make_more(s, found);
    else
        result = make_packet(s, a[1], bytes, type, found, in_headers);
    memory_free(s->node->memory, MEMORY_OTHER, scratch, size);
    native_charge(s, 1 + (found <= size ? found : size) / BYTES_A_REDUCTION);
    return native_result(s, result);
}
