/* erlang_number.c - numbers to and from text: natives of erlang, string and erts_internal. */
#include "bif/bif.h"
#include "data/bigint.h"
#include "data/number.h"
#include "proc/native_call.h"

#define NUMBER_NATIVES(X)                                                                        \
    X("integer_to_list", 1, integer_to_list1, 0)                                                 \
    X("integer_to_list", 2, integer_to_list2, 0)                                                 \
    X("integer_to_binary", 1, integer_to_binary1, 0)                                             \
    X("integer_to_binary", 2, integer_to_binary2, 0)                                             \
    X("list_to_integer", 1, list_to_integer1, 0)                                                 \
    X("list_to_integer", 2, list_to_integer2, 0)                                                 \
    X("binary_to_integer", 1, binary_to_integer1, 0)                                             \
    X("binary_to_integer", 2, binary_to_integer2, 0)                                             \
    X("float_to_list", 1, float_to_list1, 0)                                                     \
    X("float_to_list", 2, float_to_list2, 0)                                                     \
    X("float_to_binary", 1, float_to_binary1, 0)                                                 \
    X("float_to_binary", 2, float_to_binary2, 0)                                                 \
    X("list_to_float", 1, list_to_float1, 0)                                                     \
    X("binary_to_float", 1, binary_to_float1, 0)
NATIVE_TABLE_CONCURRENT(bif_erlang_number, "erlang", "erl_erts_errors", NUMBER_NATIVES)

#define STRING_NATIVES(X)                                                                        \
    X("list_to_integer", 1, string_list_to_integer, 0)                                           \
    X("list_to_float", 1, string_list_to_float, 0)
NATIVE_TABLE_CONCURRENT(bif_string_number, "string", "erl_stdlib_errors", STRING_NATIVES)

/* OTP 27 wraps these in Erlang; big asks it to take the number apart, which ends in system_limit. */
#define INTERNAL_NATIVES(X)                                                                      \
    X("list_to_integer", 2, internal_list_to_integer, 0)                                         \
    X("binary_to_integer", 2, internal_binary_to_integer, 0)
NATIVE_TABLE_CONCURRENT(bif_erts_internal_number, "erts_internal", "erl_erts_errors", INTERNAL_NATIVES)

#define DIGITS_A_REDUCTION 64
#define FLOAT_TEXT_SIZE 255                 /* the longest text of a float in OTP */
#define LOCAL_TEXT_SIZE 128

/* Text being made or read: on the C stack when short. */
struct text {
    struct memory *memory;
    uint8_t *bytes;
    size_t capacity;
    uint8_t local[LOCAL_TEXT_SIZE];
};

static bool text_init(struct text *text, struct scheduler *s, size_t size)
{
    text->memory = s->node->memory;
    text->bytes = text->local;
    text->capacity = size;
    if (size > sizeof text->local)
        text->bytes = memory_allocate(text->memory, MEMORY_OTHER, size);
    return text->bytes != NULL;
}

static void text_deinit(struct text *text)
{
    if (text->bytes != text->local)
        memory_free(text->memory, MEMORY_OTHER, text->bytes, text->capacity);
}

/* A list of the bytes; TERM_NONE without memory. */
static term make_list(struct scheduler *s, const uint8_t *bytes, size_t size)
{
    term *cells = heap_allocate(native_heap(s), 2 * size), list = TERM_NIL;

    if (cells == NULL)
        return TERM_NONE;
    while (size-- > 0) {
        cells[2 * size] = term_make_small(bytes[size]);
        cells[2 * size + 1] = list;
        list = term_make_cons(cells + 2 * size);
    }
    return list;
}

static term make_binary(struct scheduler *s, const uint8_t *bytes, size_t size)
{
    return bits_make_copy(native_heap(s), bytes, size);
}

typedef term make_text_fn(struct scheduler *s, const uint8_t *bytes, size_t size);

/* False: no base, or out of range. */
static bool get_base(term t, unsigned *base)
{
    if (!term_is_small(t) || term_small(t) < 2 || term_small(t) > 36)
        return false;
    *base = (unsigned) term_small(t);
    return true;
}

/* ---- integers to text --------------------------------------------------------------- */

static term integer_text(struct scheduler *s, term t, unsigned base, make_text_fn *make)
{
    struct text text;
    size_t size;
    term result = TERM_NONE;

    if (!term_is_integer(t))
        return raise_badarg(s);
    if (!text_init(&text, s, integer_text_size(t, base)))
        return raise_no_memory(s);
    size = integer_print(s->node->memory, t, base, (char *) text.bytes);
    if (size != SIZE_MAX) {
        native_charge(s, size / DIGITS_A_REDUCTION);
        result = make(s, text.bytes, size);
    }
    text_deinit(&text);
    return native_result(s, result);
}

static term integer_to_list1(struct scheduler *s, const term *a)
{
    return integer_text(s, a[0], 10, make_list);
}

static term integer_to_list2(struct scheduler *s, const term *a)
{
    unsigned base;

    return get_base(a[1], &base) ? integer_text(s, a[0], base, make_list) : raise_badarg(s);
}

static term integer_to_binary1(struct scheduler *s, const term *a)
{
    return integer_text(s, a[0], 10, make_binary);
}

static term integer_to_binary2(struct scheduler *s, const term *a)
{
    unsigned base;

    return get_base(a[1], &base) ? integer_text(s, a[0], base, make_binary) : raise_badarg(s);
}

/* ---- integers from lists ---------------------------------------------------------------- */

static bool is_digit_of(term t, unsigned base)
{
    return term_is_small(t) && term_small(t) >= 0 && term_small(t) <= 255
        && bigint_digit_value((uint8_t) term_small(t)) < base;
}

static bool is_sign(term t)
{
    return t == term_make_small('-') || t == term_make_small('+');
}

/* Copies count elements of a list, bytes all. */
static void copy_bytes(uint8_t *bytes, term list, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        bytes[i] = (uint8_t) term_small(term_head(list));
        list = term_tail(list);
    }
}

/* Reads sign and digits in front of list; *rest is what follows them. DATA_BAD_KEY: there is no list;
** DATA_BAD_ARGUMENT: no integer in front of it. */
static enum data_status list_integer(struct scheduler *s, term list, unsigned base, term *integer,
    term *rest)
{
    size_t count = 0, digits = 0;
    enum data_status status;
    struct text text;

    if (!term_is_list(list))
        return DATA_BAD_KEY;
    *rest = list;
    if (term_is_cons(list) && is_sign(term_head(list))) {
        *rest = term_tail(list);
        count++;
    }
    for (; term_is_cons(*rest) && is_digit_of(term_head(*rest), base); digits++)
        *rest = term_tail(*rest);
    if (digits == 0)
        return DATA_BAD_ARGUMENT;
    count += digits;
    native_charge(s, count / DIGITS_A_REDUCTION);
    if (!text_init(&text, s, count))
        return DATA_NO_MEMORY;
    copy_bytes(text.bytes, list, count);
    status = integer_parse(native_heap(s), text.bytes, count, base, integer);
    text_deinit(&text);
    return status;
}

static term list_to_integer(struct scheduler *s, term list, unsigned base)
{
    term result, rest;
    enum data_status status = list_integer(s, list, base, &result, &rest);

    if (status == DATA_BAD_KEY || (status == DATA_OK && !term_is_nil(rest)))
        status = DATA_BAD_ARGUMENT;
    return status == DATA_OK ? result : raise_status(s, status);
}

static term list_to_integer1(struct scheduler *s, const term *a)
{
    return list_to_integer(s, a[0], 10);
}

static term list_to_integer2(struct scheduler *s, const term *a)
{
    unsigned base;

    return get_base(a[1], &base) ? list_to_integer(s, a[0], base) : raise_badarg(s);
}

static term error_tuple(struct scheduler *s, term reason)
{
    return native_result(s, native_tuple2(s, ATOM(error), reason));
}

static term string_list_to_integer(struct scheduler *s, const term *a)
{
    term result, rest;
    enum data_status status = list_integer(s, a[0], 10, &result, &rest);

    if (status == DATA_BAD_KEY)
        return error_tuple(s, ATOM(not_a_list));
    if (status == DATA_BAD_ARGUMENT)
        return error_tuple(s, ATOM(no_integer));
    if (status != DATA_OK)
        return raise_status(s, status);
    return native_result(s, native_tuple2(s, result, rest));
}

static term internal_list_to_integer(struct scheduler *s, const term *a)
{
    enum data_status status;
    term result, rest;
    unsigned base;

    if (!get_base(a[1], &base))
        return ATOM(badarg);
    status = list_integer(s, a[0], base, &result, &rest);
    switch (status) {
    case DATA_OK: return native_result(s, native_tuple2(s, result, rest));
    case DATA_BAD_KEY: return ATOM(not_a_list);
    case DATA_BAD_ARGUMENT: return ATOM(no_integer);
    case DATA_SYSTEM_LIMIT: return ATOM(big);
    default: return raise_status(s, status);
    }
}

/* ---- integers from binaries -------------------------------------------------------------- */

/* What the bytes of a binary are read with. */
typedef enum data_status read_fn(struct heap *heap, const uint8_t *bytes, size_t size,
    unsigned base, term *result);

static enum data_status read_binary(struct scheduler *s, term binary, read_fn *read, unsigned base,
    term *result)
{
    enum data_status status = DATA_BAD_ARGUMENT;
    const uint8_t *bytes;
    uint8_t *scratch;
    size_t size;

    if (!bits_get_bytes(s->node->memory, binary, &bytes, &size, &scratch, &status))
        return status;
    native_charge(s, size / DIGITS_A_REDUCTION);
    status = read(native_heap(s), bytes, size, base, result);
    memory_free(s->node->memory, MEMORY_OTHER, scratch, size);
    return status;
}

static term binary_to_integer(struct scheduler *s, term binary, unsigned base)
{
    term result;
    enum data_status status = read_binary(s, binary, integer_parse, base, &result);

    return status == DATA_OK ? result : raise_status(s, status);
}

static term binary_to_integer1(struct scheduler *s, const term *a)
{
    return binary_to_integer(s, a[0], 10);
}

static term binary_to_integer2(struct scheduler *s, const term *a)
{
    unsigned base;

    return get_base(a[1], &base) ? binary_to_integer(s, a[0], base) : raise_badarg(s);
}

static term internal_binary_to_integer(struct scheduler *s, const term *a)
{
    enum data_status status;
    unsigned base;
    term result;

    if (!get_base(a[1], &base))
        return ATOM(badarg);
    status = read_binary(s, a[0], integer_parse, base, &result);
    switch (status) {
    case DATA_OK: return result;
    case DATA_BAD_ARGUMENT: return ATOM(badarg);
    case DATA_SYSTEM_LIMIT: return ATOM(big);
    default: return raise_status(s, status);
    }
}

/* ---- floats to text ------------------------------------------------------------------------ */

enum float_format { FLOAT_SCIENTIFIC, FLOAT_DECIMALS, FLOAT_SHORT };

struct float_options {
    enum float_format format;
    int decimals;
    bool compact;
};

/* One option; the last that names a format wins. */
static bool float_option(struct float_options *options, term option)
{
    const term *elements;

    if (option == ATOM(compact)) {
        options->compact = true;
        return true;
    }
    if (option == ATOM(short)) {
        options->format = FLOAT_SHORT;
        return true;
    }
    if (!term_is_tuple(option) || term_tuple_arity(option) != 2)
        return false;
    elements = term_tuple_elements(option);
    if (!term_is_small(elements[1])
        || (elements[0] != ATOM(decimals) && elements[0] != ATOM(scientific)))
        return false;
    options->format = elements[0] == ATOM(decimals) ? FLOAT_DECIMALS : FLOAT_SCIENTIFIC;
    options->decimals = (int) (int32_t) (uint32_t) term_small(elements[1]);  /* as OTP cuts it */
    return true;
}

static bool float_options_get(struct float_options *options, term list)
{
    *options = (struct float_options) { FLOAT_SCIENTIFIC, 20, false };
    for (; term_is_cons(list); list = term_tail(list)) {
        if (!float_option(options, term_head(list)))
            return false;
    }
    return term_is_nil(list);
}

/* Gives the size, 0: does not fit (badarg). A negative count of decimals is C's default of 6 with
** an exponent and an error without one. */
static size_t float_print(const struct float_options *options, double value, char *text)
{
    unsigned decimals = options->decimals < 0 ? 6 : (unsigned) options->decimals;

    if (options->format == FLOAT_SHORT)
        return float_print_short(value, text);
    if (options->format == FLOAT_SCIENTIFIC)
        return float_print_scientific(value, decimals, text, FLOAT_TEXT_SIZE);
    if (options->decimals < 0)
        return 0;
    return float_print_decimals(value, decimals, options->compact, text, FLOAT_TEXT_SIZE);
}

static term float_text(struct scheduler *s, term t, term list, make_text_fn *make)
{
    struct float_options options;
    uint8_t text[FLOAT_TEXT_SIZE];
    size_t size;

    if (!term_is_float(t) || !float_options_get(&options, list))
        return raise_badarg(s);
    size = float_print(&options, term_float(t), (char *) text);
    return size > 0 ? native_result(s, make(s, text, size)) : raise_badarg(s);
}

static term float_to_list1(struct scheduler *s, const term *a)
{
    return float_text(s, a[0], TERM_NIL, make_list);
}

static term float_to_list2(struct scheduler *s, const term *a)
{
    return float_text(s, a[0], a[1], make_list);
}

static term float_to_binary1(struct scheduler *s, const term *a)
{
    return float_text(s, a[0], TERM_NIL, make_binary);
}

static term float_to_binary2(struct scheduler *s, const term *a)
{
    return float_text(s, a[0], a[1], make_binary);
}

/* ---- floats from text -------------------------------------------------------------------------- */

static enum data_status read_float(struct heap *heap, const uint8_t *bytes, size_t size,
    unsigned base, term *result)
{
    double value;
    term *words;

    (void) base;
    if (!float_parse(bytes, size, &value))
        return DATA_BAD_ARGUMENT;
    words = heap_allocate(heap, 1 + FLOAT_WORDS);
    if (words == NULL)
        return DATA_NO_MEMORY;
    *result = term_put_float(words, value);
    return DATA_OK;
}

static term binary_to_float1(struct scheduler *s, const term *a)
{
    term result;
    enum data_status status = read_binary(s, a[0], read_float, 10, &result);

    return status == DATA_OK ? result : raise_status(s, status);
}

/* Reads count elements of list, bytes all. */
static enum data_status read_float_list(struct scheduler *s, term list, size_t count, term *result)
{
    enum data_status status;
    struct text text;

    native_charge(s, count / DIGITS_A_REDUCTION);
    if (!text_init(&text, s, count))
        return DATA_NO_MEMORY;
    copy_bytes(text.bytes, list, count);
    status = read_float(native_heap(s), text.bytes, count, 10, result);
    text_deinit(&text);
    return status;
}

static term list_to_float1(struct scheduler *s, const term *a)
{
    enum data_status status = DATA_BAD_ARGUMENT;
    term rest = a[0], result;
    size_t count = 0;

    for (; term_is_cons(rest); rest = term_tail(rest)) {
        term head = term_head(rest);

        if (!term_is_small(head) || term_small(head) < 0 || term_small(head) > 255)
            return raise_badarg(s);
        count++;
    }
    if (term_is_nil(rest))
        status = read_float_list(s, a[0], count, &result);
    return status == DATA_OK ? result : raise_status(s, status);
}

/* Where a list is being read. */
struct list_reader {
    term rest;
    size_t count;
};

static bool reader_take(struct list_reader *reader, char first, char second)
{
    term head = term_is_cons(reader->rest) ? term_head(reader->rest) : TERM_NIL;

    if (head != term_make_small(first) && head != term_make_small(second))
        return false;
    reader->rest = term_tail(reader->rest);
    reader->count++;
    return true;
}

static bool reader_take_digits(struct list_reader *reader)
{
    size_t before = reader->count;

    while (term_is_cons(reader->rest) && is_digit_of(term_head(reader->rest), 10)) {
        reader->rest = term_tail(reader->rest);
        reader->count++;
    }
    return reader->count > before;
}

/* The longest float in front of a list. */
static bool reader_take_float(struct list_reader *reader)
{
    struct list_reader with_exponent;

    reader_take(reader, '-', '+');
    if (!reader_take_digits(reader) || !reader_take(reader, '.', ',')
        || !reader_take_digits(reader))
        return false;
    with_exponent = *reader;
    if (reader_take(&with_exponent, 'e', 'E')) {
        reader_take(&with_exponent, '-', '+');
        if (reader_take_digits(&with_exponent))
            *reader = with_exponent;
    }
    return true;
}

static term string_list_to_float(struct scheduler *s, const term *a)
{
    struct list_reader reader = { a[0], 0 };
    enum data_status status;
    term result;

    if (!term_is_list(a[0]))
        return error_tuple(s, ATOM(not_a_list));
    if (!reader_take_float(&reader))
        return error_tuple(s, ATOM(no_float));
    status = read_float_list(s, a[0], reader.count, &result);
    if (status == DATA_BAD_ARGUMENT)
        return error_tuple(s, ATOM(no_float));
    if (status != DATA_OK)
        return raise_status(s, status);
    return native_result(s, native_tuple2(s, result, reader.rest));
}
