/* re.c - the natives of module re, on PCRE2. Without PCRE2 there are none.
**
** A search charges for what it did and can give up its slice at two kinds of places. Between two
** windows: a search of a long subject is cut at offsets where it may go on, and the windows are
** made as long as a fraction of a slice. And between two limits: a search that backtracks a lot is
** given few tries first, then eight times as many, and so on to the limit of the caller; each time
** it starts its window again. So one window with the last limit is the longest that a search holds
** its scheduler. */
#include "bif/bif.h"
#include "bif/re_match.h"

#if AVM_RE

#include "base/utf8.h"
#include "data/bits.h"
#include "data/list.h"
#include "data/number.h"

#define RE_NATIVES(X)                                                                            \
    X("version", 0, re_version, 0)                                                               \
    X("compile", 1, re_compile1, 0)                                                              \
    X("compile", 2, re_compile2, 0)                                                              \
    X("run", 2, re_run2, 0)                                                                      \
    X("run", 3, re_run3, 0)                                                                      \
    X("internal_run", 4, re_internal_run, 0)                                                     \
    X("inspect", 2, re_inspect, 0)                                                               \
    X("import", 1, re_import, 0)
NATIVE_TABLE(bif_re, "re", "erl_stdlib_errors", RE_NATIVES)

#define BYTES_A_REDUCTION 64
#define TRIES_A_REDUCTION 10
#define NANOSECONDS_A_REDUCTION 250

/* ---- compiling ---------------------------------------------------------------------------- */

/* {String, Position}, said of a pattern that is none. */
static term make_error(struct scheduler *s, const struct re_error *error)
{
    term text = list_from_bytes(native_heap(s), (const uint8_t *) error->text, strlen(error->text),
        TERM_NIL);
    term at = native_integer(s, (int64_t) error->offset);

    return text == TERM_NONE || at == TERM_NONE ? TERM_NONE : native_tuple2(s, text, at);
}

static term make_tagged(struct scheduler *s, term tag, term value)
{
    return value == TERM_NONE ? TERM_NONE : native_tuple2(s, tag, value);
}

/* Compiles iodata; RE_BAD_BINARY: it is none. */
static enum re_status compile_iodata(struct scheduler *s, term pattern,
    const struct re_settings *settings, struct re_code **code, struct re_error *error)
{
    struct memory *memory = s->node->memory;
    enum data_status status = bits_from_iodata(native_heap(s), pattern, true, &pattern);
    const uint8_t *bytes;
    uint8_t *scratch;
    size_t size;
    enum re_status result;

    if (status != DATA_OK || !bits_get_bytes(memory, pattern, &bytes, &size, &scratch, &status))
        return status == DATA_BAD_ARGUMENT ? RE_BAD_BINARY : RE_NO_MEMORY;
    result = re_code_create(memory, settings, bytes, size, code, error);
    memory_free(memory, MEMORY_OTHER, scratch, size);
    native_charge(s, 20 + size / 4);
    return result;
}

/* As re:compile gives it with option export: settings and text, of which import makes it again. */
static term make_export(struct scheduler *s, const struct re_code *code, term options)
{
    static const uint8_t head[14] = "re-PCRE2";
    size_t size;
    const uint8_t *pattern = re_code_pattern(code, &size);
    struct heap *heap = native_heap(s);
    term header = bits_make_copy(heap, head, sizeof head);
    term source = bits_make_copy(heap, pattern, size);
    term text = bits_make_copy(heap, code->text, code->text_size);
    term *words = heap_allocate(heap, 6);

    if (header == TERM_NONE || source == TERM_NONE || text == TERM_NONE || words == NULL)
        return TERM_NONE;
    words[0] = header_make(BOXED_TUPLE, 5);
    words[1] = ATOM(re_exported_pattern);
    words[2] = header;
    words[3] = source;
    words[4] = options;
    words[5] = text;
    return term_make_boxed(words);
}

static term compile(struct scheduler *s, term pattern, term option_list)
{
    term to_unicode[2] = { pattern, option_list };
    struct re_options options;
    struct re_error error;
    struct re_code *code = NULL;
    enum re_status status;
    term result;

    if (!re_options_read(option_list, &options) || options.for_run_only)
        return raise_badarg_cause(s, ATOM(badopt));
    if (options.is_unicode && !term_is_bitstring(pattern))
        return native_trap(s, ATOM(re), ATOM(ucompile), 2, to_unicode);
    status = compile_iodata(s, pattern, &options.settings, &code, &error);
    if (status == RE_BAD_BINARY)
        return raise_badarg(s);
    if (status == RE_NO_MEMORY)
        return raise_no_memory(s);
    if (status == RE_BAD_PATTERN)
        return native_result(s, make_tagged(s, ATOM(error), make_error(s, &error)));
    result = options.exports ? make_export(s, code, option_list)
                             : re_code_make_term(native_heap(s), code, TERM_NONE);
    re_code_release(code);
    return native_result(s, make_tagged(s, ATOM(ok), result));
}

/* ---- a search under way ------------------------------------------------------------------- */

#define FIRST_LIMIT 20000
#define LIMIT_FACTOR 8
#define LONG_SUBJECT 4096
#define FIRST_WINDOW 1024
#define LAST_WINDOW ((size_t) 1 << 26)
#define SHORT_WINDOW 16
#define SKIP_BYTES ((size_t) 1 << 20)
#define SKIPPED_A_REDUCTION 1024

struct search {
    struct scheduler *s;
    struct re_options options;
    struct re_code *code;           /* kept */
    struct re_capture capture;
    term subject;                   /* a binary, or TERM_NONE */
    const uint8_t *bytes;
    uint8_t *scratch;
    size_t size;
    pcre2_match_data *data;
    pcre2_match_context *context;
    size_t start, window;
    uint32_t limit, last_limit;
};

static bool is_whole_utf8(const uint8_t *bytes, size_t size)
{
    uint32_t point;
    uint64_t word;

    for (size_t i = 0; i < size;) {
        int used;

        if (size - i >= sizeof word) {
            memcpy(&word, bytes + i, sizeof word);
            if ((word & UINT64_C(0x8080808080808080)) == 0) {
                i += sizeof word;
                continue;
            }
        }
        used = utf8_decode(bytes + i, size - i, &point);
        if (used <= 0)
            return false;
        i += (size_t) used;
    }
    return true;
}

/* PCRE2 is never asked to check: what it gets has been checked here, at offset too. */
static bool is_subject_good(const struct search *search, bool is_checked)
{
    size_t offset = search->options.offset;

    if ((search->code->all_options & PCRE2_UTF) == 0)
        return true;
    if (!is_checked) {
        native_charge(search->s, search->size / BYTES_A_REDUCTION);
        if (!is_whole_utf8(search->bytes, search->size))
            return false;
    }
    return offset >= search->size || (search->bytes[offset] & 0xc0) != 0x80;
}

static bool open_match(struct search *search)
{
    uint32_t limit = 0;
    const struct re_options *options = &search->options;

    search->data = pcre2_match_data_create_from_pattern(search->code->code, NULL);
    search->context = pcre2_match_context_create(search->code->context);
    if (search->data == NULL || search->context == NULL)
        return false;
    (void) pcre2_config(PCRE2_CONFIG_MATCHLIMIT, &limit);
    search->last_limit = options->has_match_limit ? options->match_limit : limit;
#if PCRE2_MAJOR > 10 || PCRE2_MINOR >= 30
    if (options->has_depth_limit)
        (void) pcre2_set_depth_limit(search->context, options->depth_limit);
#endif
    return true;
}

static bool is_cut(const struct search *search)
{
    return search->code->is_stepwise && search->size - search->start > LONG_SUBJECT
        && (search->options.match & (PCRE2_ANCHORED | PCRE2_NOTEMPTY_ATSTART)) == 0;
}

/* Where the window ends that begins at start: not within a character, nor between CR and LF. */
static size_t window_end(const struct search *search)
{
    size_t end = search->start + search->window;

    if ((search->code->all_options & PCRE2_UTF) != 0)
        while (end > search->start + 1 && (search->bytes[end] & 0xc0) == 0x80)
            end--;
    return search->bytes[end] == '\n' && search->bytes[end - 1] == '\r' ? end - 1 : end;
}

/* Where the next byte is, of the next so many, that a match can begin with. PCRE2 looks for it too,
** but to the end of the subject in every window. */
static size_t skip_to_start(const struct search *search)
{
    const struct re_code *code = search->code;
    size_t end = search->size, i = search->start;

    if (!code->has_starts)
        return i;
    if (end - i > SKIP_BYTES)
        end = i + SKIP_BYTES;
    while (i < end && (code->starts[search->bytes[i] >> 3] >> (search->bytes[i] & 7) & 1) == 0)
        i++;
    return i;
}

/* One try: of a window, or of all that is left. *next: where to go on when there is no match. */
static int match_once(struct search *search, size_t *next)
{
    bool cut = is_cut(search);
    int64_t begun = cut ? node_monotonic_time(search->s->node) : 0, spent;
    int result;

    *next = cut ? skip_to_start(search) : search->start;
    native_charge(search->s, (*next - search->start) / SKIPPED_A_REDUCTION);
    if (cut && (*next == search->size || *next - search->start == SKIP_BYTES))
        return PCRE2_ERROR_NOMATCH;
    search->start = *next;
    *next = search->size;
    if (cut && search->window < search->size - search->start)
        *next = window_end(search);
    (void) pcre2_set_offset_limit(search->context,
        *next < search->size ? *next - 1 : PCRE2_UNSET);
    (void) pcre2_set_match_limit(search->context,
        search->limit < search->last_limit ? search->limit : search->last_limit);
    result = pcre2_match(search->code->code, search->bytes, search->size, search->start,
        search->options.match | PCRE2_NO_UTF_CHECK, search->data, search->context);
    if (!cut)
        return result;
    spent = node_monotonic_time(search->s->node) - begun;
    if (spent < 100000 && search->window < LAST_WINDOW)
        search->window *= 4;
    else if (spent > 1000000 && search->window > SHORT_WINDOW)
        search->window /= 4;
    native_charge(search->s, spent > 0 ? (size_t) spent / NANOSECONDS_A_REDUCTION : 0);
    return result;
}

static term report(const struct search *search, term limit)
{
    if (!search->options.reports)
        return ATOM(nomatch);
    return native_result(search->s, make_tagged(search->s, ATOM(error), limit));
}

static term make_result(struct search *search, int result)
{
    struct scheduler *s = search->s;
    struct re_found found = { &search->capture, search->bytes, search->subject, NULL, 0 };

    switch (result) {
    case PCRE2_ERROR_NOMATCH:
    case PCRE2_ERROR_RECURSELOOP:
        return ATOM(nomatch);
    case PCRE2_ERROR_MATCHLIMIT:
        return report(search, ATOM(match_limit));
    case PCRE2_ERROR_RECURSIONLIMIT:
#if defined(PCRE2_ERROR_HEAPLIMIT)
    case PCRE2_ERROR_HEAPLIMIT:
#endif
        return report(search, ATOM(match_limit_recursion));
    case PCRE2_ERROR_NOMEMORY:
        return raise_no_memory(s);
    default:
        break;
    }
    if (result <= 0)
        return raise_error(s, ATOM(internal_error));
    found.places = pcre2_get_ovector_pointer(search->data);
    found.groups = (uint32_t) result;
    return native_result(s, re_capture_make(s, &found));
}

static native_fn go_on;

/* What is left to be done, as terms: a binary subject that is known to be good, and the code. */
static term yield(struct search *search, term option_list)
{
    struct scheduler *s = search->s;
    term subject = search->subject, a[6];

    if (subject == TERM_NONE)
        subject = bits_make_copy(native_heap(s), search->bytes, search->size);
    if (subject == TERM_NONE)
        return raise_no_memory(s);
    a[0] = subject;
    a[1] = re_code_make_term(native_heap(s), search->code, subject);
    a[2] = option_list;
    a[3] = native_integer(s, (int64_t) search->start);
    a[4] = native_integer(s, (int64_t) search->window);
    a[5] = native_integer(s, (int64_t) search->limit);
    for (unsigned i = 0; i < 6; i++)
        if (a[i] == TERM_NONE)
            return raise_no_memory(s);
    return native_yield(s, go_on, 6, a);
}

static term search_on(struct search *search, term option_list)
{
    struct scheduler *s = search->s;
    size_t next = search->size;
    int result;

    if (!open_match(search))
        return raise_no_memory(s);
    for (;;) {
        result = match_once(search, &next);
        if (result == PCRE2_ERROR_MATCHLIMIT && search->limit < search->last_limit) {
            native_charge(s, search->limit / TRIES_A_REDUCTION);
            search->limit = search->limit > UINT32_MAX / LIMIT_FACTOR
                ? UINT32_MAX
                : search->limit * LIMIT_FACTOR;
        } else if (result == PCRE2_ERROR_NOMATCH && next < search->size) {
            search->start = next;
        } else {
            break;
        }
        if (native_budget_spent(s))
            return yield(search, option_list);
    }
    next = result > 0 ? pcre2_get_ovector_pointer(search->data)[1] : search->size;
    if (next > search->start)
        native_charge(s, (next - search->start) / BYTES_A_REDUCTION);
    return make_result(search, result);
}

static void search_close(struct search *search)
{
    pcre2_match_data_free(search->data);
    pcre2_match_context_free(search->context);
    re_capture_close(&search->capture);
    memory_free(search->s->node->memory, MEMORY_OTHER, search->scratch, search->size);
    re_code_release(search->code);
}

/* Lays the subject flat; a binary's bytes stay where they are. */
static enum data_status open_subject(struct search *search, term subject)
{
    struct scheduler *s = search->s;
    enum data_status status = bits_from_iodata(native_heap(s), subject, true, &search->subject);

    if (status == DATA_OK)
        (void) bits_get_bytes(s->node->memory, search->subject, &search->bytes, &search->size,
            &search->scratch, &status);
    return status;
}

/* A newline given to run counts for a pattern that was compiled with another. */
static enum re_status settle_newline(struct search *search)
{
    struct re_settings settings = search->code->settings;
    const struct re_settings *asked = &search->options.settings;
    struct re_code *code;
    struct re_error error;
    const uint8_t *pattern;
    size_t size;
    enum re_status status;

    if (asked->newline != 0)
        settings.newline = asked->newline;
    if (asked->bsr != 0)
        settings.bsr = asked->bsr;
    if (settings.newline == search->code->settings.newline
        && settings.bsr == search->code->settings.bsr)
        return RE_OK;
    pattern = re_code_pattern(search->code, &size);
    status = re_code_create(search->s->node->memory, &settings, pattern, size, &code, &error);
    if (status == RE_OK) {
        re_code_release(search->code);
        search->code = code;
    }
    return status;
}

/* Searches subject for search->code, and lets go of it. */
static term search_subject(struct search *search, bool is_checked, term option_list)
{
    struct scheduler *s = search->s;
    enum data_status status = re_capture_open(s, &search->options, search->code, &search->capture);
    term result = TERM_NONE;

    if (status != DATA_OK)
        (void) raise_status(s, status);
    else if (search->options.offset > search->size)
        (void) raise_error(s, ATOM(internal_error));
    else if (!is_subject_good(search, is_checked))
        (void) raise_badarg(s);
    else
        result = search_on(search, option_list);
    search_close(search);
    return result;
}

/* What stands for the code was given as a term: already compiled, or made for go_on. */
static term search_compiled(struct search *search, const term *a, term binary)
{
    struct scheduler *s = search->s;
    struct memory *memory = s->node->memory;
    enum data_status status = open_subject(search, a[0]);
    bool is_checked = false;
    enum re_status found = status == DATA_OK
        ? re_code_find(memory, binary, search->bytes, search->size, &search->code, &is_checked)
        : RE_BAD_BINARY;

    if (found == RE_OK) {
        found = settle_newline(search);
        if (found == RE_OK)
            return search_subject(search, is_checked, a[2]);
        search_close(search);
    } else {
        memory_free(memory, MEMORY_OTHER, search->scratch, search->size);
    }
    return found == RE_NO_MEMORY ? raise_no_memory(s) : raise_badarg(s);
}

static void search_init(struct search *search, struct scheduler *s)
{
    memset(search, 0, sizeof *search);
    search->s = s;
    search->capture.memory = s->node->memory;
    search->window = FIRST_WINDOW;
    search->limit = FIRST_LIMIT;
}

/* a: subject, code, options, where to go on, window, limit. */
static term go_on(struct scheduler *s, const term *a)
{
    struct search search;
    int64_t start, window, limit;

    search_init(&search, s);
    if (!re_options_read(a[2], &search.options) || !integer_get_int64(a[3], &start)
        || !integer_get_int64(a[4], &window) || !integer_get_int64(a[5], &limit))
        return raise_badarg(s);
    search.start = (size_t) start;
    search.window = (size_t) window;
    search.limit = (uint32_t) limit;
    return search_compiled(&search, a, term_tuple_element(a[1], 4));
}

/* ---- run ---------------------------------------------------------------------------------- */

/* re:grun/3 searches again and again; it gets the pattern compiled. */
static term run_globally(struct scheduler *s, const term *a, term compiled, const term *how,
    size_t how_size)
{
    term *words = heap_allocate(native_heap(s), 1 + how_size);
    term arguments[3] = { a[0], compiled, TERM_NONE };

    if (words == NULL || compiled == TERM_NONE)
        return raise_no_memory(s);
    words[0] = header_make(BOXED_TUPLE, how_size);
    memcpy(words + 1, how, how_size * sizeof *how);
    arguments[2] = term_make_boxed(words);
    return native_trap(s, ATOM(re), ATOM(grun), 3, arguments);
}

/* The subject when it is whole UTF-8, so that grun need not look at it each time. */
static term known_subject(struct scheduler *s, const struct re_code *code, term subject)
{
    struct bits_view view;

    if ((code->all_options & PCRE2_UTF) == 0 || !bits_get_view(subject, &view)
        || ((view.offset | view.size) & 7) != 0)
        return TERM_NONE;
    native_charge(s, (view.size >> 3) / BYTES_A_REDUCTION);
    return is_whole_utf8(view.base + (view.offset >> 3), view.size >> 3) ? subject : TERM_NONE;
}

/* run with a pattern that is text. */
static term run_text(struct search *search, const term *a, bool wants_list)
{
    struct scheduler *s = search->s;
    const struct re_options *options = &search->options;
    struct re_error error;
    enum re_status status;
    enum data_status problem;

    if (options->is_unicode && (!term_is_bitstring(a[1]) || !term_is_bitstring(a[0])
            || (wants_list && !options->is_global)))
        return native_trap(s, ATOM(re), ATOM(urun), 3, a);
    status = compile_iodata(s, a[1], &options->settings, &search->code, &error);
    if (status == RE_NO_MEMORY)
        return raise_no_memory(s);
    if (status == RE_BAD_PATTERN && options->reports)
        return native_result(s, make_tagged(s, ATOM(error),
            make_tagged(s, ATOM(compile), make_error(s, &error))));
    if (status != RE_OK)
        return raise_badarg(s);
    if (options->is_global) {
        term compiled = re_code_make_term(native_heap(s), search->code,
            known_subject(s, search->code, a[0]));
        term how[3] = { a[2], native_boolean(options->for_compile_only), a[1] };

        re_code_release(search->code);
        return run_globally(s, a, compiled, how, 3);
    }
    problem = open_subject(search, a[0]);
    if (problem == DATA_OK)
        return search_subject(search, false, a[2]);
    re_code_release(search->code);
    return raise_status(s, problem);
}

static bool is_pattern(term t)
{
    return term_is_tuple(t) && term_tuple_arity(t) == 5
        && term_tuple_element(t, 0) == ATOM(re_pattern) && term_is_small(term_tuple_element(t, 1))
        && term_is_small(term_tuple_element(t, 2)) && term_is_small(term_tuple_element(t, 3))
        && term_is_bitstring(term_tuple_element(t, 4));
}

/* The same pattern, knowing the subject that grun will search again and again. */
static term know_subject(struct scheduler *s, term pattern, term subject)
{
    struct re_code *code;
    bool is_checked;
    term result;

    if (re_code_find(s->node->memory, term_tuple_element(pattern, 4), NULL, 0, &code, &is_checked)
        != RE_OK)
        return pattern;
    result = re_code_make_term(native_heap(s), code, known_subject(s, code, subject));
    re_code_release(code);
    return result;
}

/* run with a pattern that is compiled. */
static term run_compiled(struct search *search, const term *a, bool wants_list)
{
    struct scheduler *s = search->s;
    const struct re_options *options = &search->options;
    term how[2] = { a[2], ATOM(false) };

    if (options->for_compile_only || !is_pattern(a[1]))
        return raise_badarg(s);
    if (term_tuple_element(a[1], 2) != term_make_small(0)
        && (!term_is_bitstring(a[0]) || (wants_list && !options->is_global)))
        return native_trap(s, ATOM(re), ATOM(urun), 3, a);
    if (options->is_global)
        return run_globally(s, a, know_subject(s, a[1], a[0]), how, 2);
    return search_compiled(search, a, term_tuple_element(a[1], 4));
}

static term run(struct scheduler *s, const term *a)
{
    struct search search;
    bool wants_list;

    search_init(&search, s);
    if (!re_options_read(a[2], &search.options) || search.options.exports)
        return raise_badarg_cause(s, ATOM(badopt));
    search.start = search.options.offset;
    wants_list = search.options.capture_type == ATOM(list);
    if (term_is_tuple(a[1]) && term_tuple_arity(a[1]) == 5)
        return run_compiled(&search, a, wants_list);
    if (!term_is_bitstring(a[1]) && !term_is_list(a[1]))
        return raise_badarg(s);
    return run_text(&search, a, wants_list);
}

/* ---- natives ------------------------------------------------------------------------------ */

static term re_version(struct scheduler *s, const term *a)
{
    char text[64];
    int size = pcre2_config(PCRE2_CONFIG_VERSION, NULL);

    (void) a;
    if (size <= 0 || (size_t) size > sizeof text)
        return raise_error(s, ATOM(internal_error));
    (void) pcre2_config(PCRE2_CONFIG_VERSION, text);
    return native_result(s, bits_make_copy(native_heap(s), text, strlen(text)));
}

static term re_compile1(struct scheduler *s, const term *a)
{
    return compile(s, a[0], TERM_NIL);
}

static term re_compile2(struct scheduler *s, const term *a)
{
    return compile(s, a[0], a[1]);
}

static term re_run2(struct scheduler *s, const term *a)
{
    term arguments[3] = { a[0], a[1], TERM_NIL };

    return run(s, arguments);
}

static term re_run3(struct scheduler *s, const term *a)
{
    return run(s, a);
}

/* a[3] says whether the subject is new. It is checked as if it always were, but for what the
** pattern knows of it. */
static term re_internal_run(struct scheduler *s, const term *a)
{
    return a[3] == ATOM(true) || a[3] == ATOM(false) ? run(s, a) : raise_badarg(s);
}

static term re_inspect(struct scheduler *s, const term *a)
{
    struct re_code *code;
    bool is_checked;
    enum re_status status;
    term result;

    if (!is_pattern(a[0]) || a[1] != ATOM(namelist))
        return raise_badarg(s);
    status = re_code_find(s->node->memory, term_tuple_element(a[0], 4), NULL, 0, &code,
        &is_checked);
    if (status != RE_OK)
        return status == RE_NO_MEMORY ? raise_no_memory(s) : raise_badarg(s);
    result = re_make_names(s, code);
    re_code_release(code);
    return native_result(s, result);
}

/* What re:compile gave with option export, here or on OTP: compiled again from its source. */
static term re_import(struct scheduler *s, const term *a)
{
    struct re_options options;
    struct re_error error;
    struct re_code *code;
    enum re_status status;
    term result;

    if (!term_is_tuple(a[0]) || term_tuple_arity(a[0]) != 5
        || term_tuple_element(a[0], 0) != ATOM(re_exported_pattern)
        || !term_is_bitstring(term_tuple_element(a[0], 2))
        || !re_options_read(term_tuple_element(a[0], 3), &options) || options.for_run_only)
        return raise_badarg(s);
    status = compile_iodata(s, term_tuple_element(a[0], 2), &options.settings, &code, &error);
    if (status != RE_OK)
        return status == RE_NO_MEMORY ? raise_no_memory(s) : raise_badarg(s);
    result = re_code_make_term(native_heap(s), code, TERM_NONE);
    re_code_release(code);
    return native_result(s, result);
}

#endif
