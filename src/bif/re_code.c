/* re_code.c - compiling patterns, and the binaries that stand for what was compiled.
**
** All of PCRE2's memory comes through memory_resize: a block carries its size in front. */
#include "bif/re_code.h"

#if AVM_RE

#include <stddef.h>

#include "atom/atom.h"
#include "data/bits.h"

#define TEXT_HEAD 20
#define TEXT_OPTIONS 8
#define TEXT_NEWLINE 12
#define TEXT_BSR 13
#define TEXT_SIZE 16
/* Above HEAP_BITS_MAX_BYTES: no copy of a short one may leave the code behind. */
#define TEXT_MIN 72

static const uint8_t text_mark[8] = "AVM-re\1";

#define OPTIONS_ALLOWED                                                                        \
    (PCRE2_UTF | PCRE2_ANCHORED | PCRE2_CASELESS | PCRE2_DOLLAR_ENDONLY | PCRE2_DOTALL         \
        | PCRE2_EXTENDED | PCRE2_FIRSTLINE | PCRE2_MULTILINE | PCRE2_NO_AUTO_CAPTURE           \
        | PCRE2_DUPNAMES | PCRE2_UNGREEDY | PCRE2_NO_START_OPTIMIZE | PCRE2_UCP                \
        | PCRE2_NEVER_UTF)

/* ---- memory ------------------------------------------------------------------------------- */

union block_head {
    size_t size;                    /* of the block with its head */
    max_align_t aligned;
};

static void *block_allocate(size_t size, void *user)
{
    union block_head *head;

    if (!size_add(size, sizeof *head, &size))
        return NULL;
    head = memory_allocate(user, MEMORY_RESOURCE, size);
    if (head == NULL)
        return NULL;
    head->size = size;
    return head + 1;
}

static void block_free(void *block, void *user)
{
    union block_head *head = block;

    if (head != NULL)
        memory_free(user, MEMORY_RESOURCE, head - 1, head[-1].size);
}

/* ---- character tables --------------------------------------------------------------------- */

/* Where PCRE2's tables have what: lower case, other case, ten classes of one bit a byte, types. */
enum { TABLE_LOWER = 0, TABLE_FLIP = 256, TABLE_CLASSES = 512, CLASS_COUNT = 10, CLASS_BYTES = 32,
    TABLE_TYPES = TABLE_CLASSES + CLASS_COUNT * CLASS_BYTES, TABLE_BYTES = TABLE_TYPES + 256 };

/* An ASCII character of the same kind as a Latin-1 character above 127. */
static uint8_t latin1_model(unsigned c)
{
    if (c < 160)
        return 1;
    if (c == 170 || c == 181 || c == 186 || (c >= 223 && c != 247))
        return 'g';
    return c >= 192 && c != 215 && c != 247 ? 'G' : '!';
}

static void table_copy_kind(uint8_t *tables, unsigned c, uint8_t model)
{
    tables[TABLE_TYPES + c] = tables[TABLE_TYPES + model];
    for (unsigned class = 0; class < CLASS_COUNT; class++) {
        uint8_t *bits = tables + TABLE_CLASSES + class * CLASS_BYTES;
        uint8_t bit = (uint8_t) (1u << (c & 7));

        if (bits[model >> 3] >> (model & 7) & 1)
            bits[c >> 3] |= bit;
        else
            bits[c >> 3] &= (uint8_t) ~bit;
    }
}

/* OTP takes bytes as Latin-1, whatever the locale. NULL without memory. */
static const uint8_t *make_tables(pcre2_general_context *context)
{
    uint8_t *tables = (uint8_t *) (uintptr_t) pcre2_maketables(context);

    for (unsigned c = 128; tables != NULL && c < 256; c++) {
        uint8_t model = latin1_model(c);
        bool has_pair = c >= 192 && c != 215 && c != 247 && c != 223 && c != 255;

        table_copy_kind(tables, c, model);
        tables[TABLE_LOWER + c] = (uint8_t) (has_pair ? c | 0x20 : c);
        tables[TABLE_FLIP + c] = (uint8_t) (has_pair ? c ^ 0x20 : c);
    }
    return tables;
}

/* ---- compiling ---------------------------------------------------------------------------- */

static void put_u32(uint8_t *to, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        to[i] = (uint8_t) (value >> (24 - 8 * i));
}

static uint32_t get_u32(const uint8_t *from)
{
    return (uint32_t) from[0] << 24 | (uint32_t) from[1] << 16 | (uint32_t) from[2] << 8 | from[3];
}

static struct re_code *allocate_code(struct memory *memory, const struct re_settings *settings,
    const uint8_t *pattern, size_t pattern_size)
{
    size_t text_size, size;
    struct re_code *code;

    if (pattern_size > INT32_MAX || !size_add(pattern_size, TEXT_HEAD, &text_size))
        return NULL;
    if (text_size < TEXT_MIN)
        text_size = TEXT_MIN;
    if (!size_add(sizeof *code, text_size, &size))
        return NULL;
    code = memory_allocate_zeroed(memory, MEMORY_RESOURCE, size);
    if (code == NULL)
        return NULL;
    atomic_put(&code->references, 1);
    code->memory = memory;
    code->settings = *settings;
    code->size = size;
    code->text_size = text_size;
    memcpy(code->text, text_mark, sizeof text_mark);
    put_u32(code->text + TEXT_OPTIONS, settings->options);
    code->text[TEXT_NEWLINE] = settings->newline;
    code->text[TEXT_BSR] = settings->bsr;
    put_u32(code->text + TEXT_SIZE, (uint32_t) pattern_size);
    if (pattern_size > 0)
        memcpy(code->text + TEXT_HEAD, pattern, pattern_size);
    return code;
}

/* Whether the two characters stand side by side in the pattern. */
static bool has_pair(const uint8_t *pattern, size_t size, char first, char second)
{
    for (size_t i = 0; i + 1 < size; i++)
        if (pattern[i] == (uint8_t) first && pattern[i + 1] == (uint8_t) second)
            return true;
    return false;
}

/* Anchors and \G look at where the search began, verbs at how it went before; and what matches only
** at the start of a line would be tried once more at each cut: such a search is not cut. */
static bool is_stepwise(const struct re_code *code)
{
    size_t size;
    const uint8_t *pattern = re_code_pattern(code, &size);
    uint32_t first = 0;

    (void) pcre2_pattern_info(code->code, PCRE2_INFO_FIRSTCODETYPE, &first);
    return (code->all_options & (PCRE2_ANCHORED | PCRE2_FIRSTLINE)) == 0
        && first != 2           /* starts of lines */
        && !has_pair(pattern, size, '\\', 'G') && !has_pair(pattern, size, '(', '*');
}

static void mark_start(struct re_code *code, uint8_t byte)
{
    code->starts[byte >> 3] |= (uint8_t) (1u << (byte & 7));
}

/* The bytes that a match can begin with, as far as PCRE2 knows them: more than those do no harm. */
static void read_starts(struct re_code *code)
{
    const uint8_t *bits = NULL;
    uint32_t type = 0, unit = 0;

    (void) pcre2_pattern_info(code->code, PCRE2_INFO_FIRSTCODETYPE, &type);
    (void) pcre2_pattern_info(code->code, PCRE2_INFO_FIRSTCODEUNIT, &unit);
    (void) pcre2_pattern_info(code->code, PCRE2_INFO_FIRSTBITMAP, &bits);
    if ((code->all_options & PCRE2_NO_START_OPTIMIZE) != 0)
        return;
    if (type == 1) {
        code->has_starts = true;
        mark_start(code, (uint8_t) unit);
        if (unit < 128 && (unit | 0x20) >= 'a' && (unit | 0x20) <= 'z')
            mark_start(code, (uint8_t) (unit ^ 0x20));
        else if (unit >= 128)
            code->has_starts = false;
    } else if (type == 0 && bits != NULL) {
        code->has_starts = true;
        memcpy(code->starts, bits, sizeof code->starts);
    }
}

static void read_facts(struct re_code *code)
{
    uint32_t newline = 0;

    (void) pcre2_pattern_info(code->code, PCRE2_INFO_CAPTURECOUNT, &code->captures);
    (void) pcre2_pattern_info(code->code, PCRE2_INFO_ALLOPTIONS, &code->all_options);
    (void) pcre2_pattern_info(code->code, PCRE2_INFO_NEWLINE, &newline);
    code->uses_crlf = newline == PCRE2_NEWLINE_CRLF || newline == PCRE2_NEWLINE_ANY
        || newline == PCRE2_NEWLINE_ANYCRLF;
    code->is_stepwise = is_stepwise(code);
    read_starts(code);
}

/* Whether kinds of characters or their case can matter: PCRE2's own tables know ASCII. */
static bool needs_tables(const struct re_code *code)
{
    size_t size;
    const uint8_t *pattern = re_code_pattern(code, &size);

    if ((code->settings.options & PCRE2_CASELESS) != 0 || has_pair(pattern, size, '(', '?')
        || has_pair(pattern, size, '(', '*'))
        return true;
    for (size_t i = 0; i < size; i++)
        if (pattern[i] == '\\' || pattern[i] == '[' || pattern[i] >= 128)
            return true;
    return false;
}

/* A pattern on its way through PCRE2. */
struct attempt {
    struct memory *memory;
    pcre2_compile_context *how;
    uint32_t options, extra;
    const uint8_t *pattern;
    size_t size;
    uint8_t *rewritten;             /* pattern, when it is no longer the caller's; capacity bytes */
    size_t capacity;
    int number;                     /* why it is refused, and where */
    size_t offset;
};

static pcre2_code *try_pattern(struct attempt *attempt)
{
    return pcre2_compile(attempt->pattern, attempt->size, attempt->options, &attempt->number,
        &attempt->offset, attempt->how);
}

#if defined(PCRE2_EXTRA_BAD_ESCAPE_IS_LITERAL)
#define REWRITES_MOST 32

static bool allow(struct attempt *attempt, uint32_t extra)
{
    if ((attempt->extra & extra) != 0)
        return false;
    attempt->extra |= extra;
    (void) pcre2_set_compile_extra_options(attempt->how, attempt->extra);
    return true;
}

/* The pattern becomes one with or without a backslash at a place. */
static bool rewrite(struct attempt *attempt, size_t at, bool removes)
{
    uint8_t *rewritten = memory_allocate(attempt->memory, MEMORY_OTHER, attempt->size + 1);
    size_t behind = at + removes, size = attempt->size;

    if (rewritten == NULL)
        return false;
    memcpy(rewritten, attempt->pattern, at);
    if (!removes)
        rewritten[at++] = '\\';
    memcpy(rewritten + at, attempt->pattern + behind, size - behind);
    memory_free(attempt->memory, MEMORY_OTHER, attempt->rewritten, attempt->capacity);
    attempt->pattern = attempt->rewritten = rewritten;
    attempt->capacity = size + 1;
    attempt->size = at + (size - behind);
    return true;
}

/* The hyphen that is refused behind a class of characters gets a backslash. */
static bool escape_hyphen(struct attempt *attempt)
{
    return attempt->offset < attempt->size && attempt->pattern[attempt->offset] == '-'
        && rewrite(attempt, attempt->offset, false);
}

/* The character that stands for more than one in a class, or for a group that is not there, loses its
** backslash. The place said is that of the character, or the one behind it. */
static bool unescape(struct attempt *attempt, const char *characters)
{
    size_t at = attempt->offset;

    for (unsigned i = 0; i < 2 && at > 0; i++)
        if (at-- < attempt->size && attempt->pattern[at] == '\\' && at + 1 < attempt->size
            && strchr(characters, attempt->pattern[at + 1]) != NULL && attempt->pattern[at + 1] != 0)
            return rewrite(attempt, at, true);
    return false;
}

/* Makes what PCRE2 refuses mean what it meant up to OTP 27: an escaped letter without a meaning is that
** letter, as is a hyphen that can stand for no range, and a digit that can stand for no group; \K may
** stand in a lookaround. */
static bool be_lenient(struct attempt *attempt, unsigned tries)
{
    switch (attempt->number) {
    case PCRE2_ERROR_UNKNOWN_ESCAPE:
        return allow(attempt, PCRE2_EXTRA_BAD_ESCAPE_IS_LITERAL);
    case PCRE2_ERROR_ESCAPE_INVALID_IN_CLASS:
        return tries < REWRITES_MOST && unescape(attempt, "ABCGKRXZz");
    case PCRE2_ERROR_BAD_SUBPATTERN_REFERENCE:
        return tries < REWRITES_MOST && unescape(attempt, "89");
    case PCRE2_ERROR_CLASS_INVALID_RANGE:
        return tries < REWRITES_MOST && escape_hyphen(attempt);
#if defined(PCRE2_EXTRA_ALLOW_LOOKAROUND_BSK)
    case PCRE2_ERROR_BACKSLASH_K_IN_LOOKAROUND:
        return allow(attempt, PCRE2_EXTRA_ALLOW_LOOKAROUND_BSK);
#endif
    default:
        return false;
    }
}
#else
static bool be_lenient(struct attempt *attempt, unsigned tries)
{
    (void) attempt;
    (void) tries;
    return false;
}
#endif

/* What is wrong is said of the pattern as it is. */
static pcre2_code *compile_pattern(const struct re_code *code, pcre2_compile_context *how,
    uint32_t more_options, int *number, size_t *offset)
{
    struct attempt attempt = { .memory = code->memory, .how = how,
        .options = code->settings.options | PCRE2_USE_OFFSET_LIMIT | more_options };
    pcre2_code *result;

    attempt.pattern = re_code_pattern(code, &attempt.size);
    result = try_pattern(&attempt);
    *number = attempt.number;
    *offset = attempt.offset;
    for (unsigned tries = 0; result == NULL && be_lenient(&attempt, tries); tries++)
        result = try_pattern(&attempt);
    memory_free(code->memory, MEMORY_OTHER, attempt.rewritten, attempt.capacity);
    return result;
}

/* Of the bytes that a match may begin with PCRE2 forgets those of the letters from 128 to 255, where \w
** means them: in UTF-8, unless Unicode says what a letter is. */
static bool misses_starts(const struct re_code *code)
{
    size_t size;
    const uint8_t *pattern = re_code_pattern(code, &size);
    uint32_t options = 0;

    (void) pcre2_pattern_info(code->code, PCRE2_INFO_ALLOPTIONS, &options);
    return (options & (PCRE2_UTF | PCRE2_UCP | PCRE2_NO_START_OPTIMIZE)) == PCRE2_UTF
        && has_pair(pattern, size, '\\', 'w');
}

static enum re_status compile(struct re_code *code, pcre2_compile_context *how,
    struct re_error *error)
{
    int number = 0;

    if (needs_tables(code)) {
        code->tables = make_tables(code->context);
        if (code->tables == NULL)
            return RE_NO_MEMORY;
        (void) pcre2_set_character_tables(how, code->tables);
    }
    (void) pcre2_set_newline(how,
        code->settings.newline != 0 ? code->settings.newline : PCRE2_NEWLINE_LF);
    (void) pcre2_set_bsr(how, code->settings.bsr != 0 ? code->settings.bsr : PCRE2_BSR_UNICODE);
    code->code = compile_pattern(code, how, 0, &number, &error->offset);
    if (code->code != NULL && misses_starts(code)) {
        pcre2_code_free(code->code);
        code->code
            = compile_pattern(code, how, PCRE2_NO_START_OPTIMIZE, &number, &error->offset);
    }
    if (code->code != NULL) {
        read_facts(code);
        return RE_OK;
    }
    if (number == PCRE2_ERROR_HEAP_FAILED)
        return RE_NO_MEMORY;
    (void) pcre2_get_error_message(number, (uint8_t *) error->text, sizeof error->text);
    return RE_BAD_PATTERN;
}

static enum re_status refuse(struct re_error *error, const char *text)
{
    memcpy(error->text, text, strlen(text) + 1);
    error->offset = 0;
    return RE_BAD_PATTERN;
}

enum re_status re_code_create(struct memory *memory, const struct re_settings *settings,
    const uint8_t *pattern, size_t size, struct re_code **result, struct re_error *error)
{
    struct re_code *code;
    pcre2_compile_context *how;
    enum re_status status = RE_NO_MEMORY;

    if (settings->newline > PCRE2_NEWLINE_ANYCRLF || settings->bsr > PCRE2_BSR_ANYCRLF)
        return refuse(error, "inconsistent NEWLINE options");
    code = allocate_code(memory, settings, pattern, size);
    if (code == NULL)
        return RE_NO_MEMORY;
    code->context = pcre2_general_context_create(block_allocate, block_free, memory);
    how = code->context != NULL ? pcre2_compile_context_create(code->context) : NULL;
    if (how != NULL)
        status = compile(code, how, error);
    pcre2_compile_context_free(how);
    if (status == RE_OK)
        *result = code;
    else
        re_code_release(code);
    return status;
}

void re_code_release(struct re_code *code)
{
    struct memory *memory = code->memory;

    if (atomic_subtract(&code->references, 1) != 1)
        return;
    pcre2_code_free(code->code);
    block_free((void *) (uintptr_t) code->tables, memory);
    pcre2_general_context_free(code->context);
    memory_free(memory, MEMORY_RESOURCE, code, code->size);
}

const uint8_t *re_code_pattern(const struct re_code *code, size_t *size)
{
    *size = get_u32(code->text + TEXT_SIZE);
    return code->text + TEXT_HEAD;
}

/* ---- the binary that stands for code -------------------------------------------------------- */

/* What such a binary owns. */
struct handle {
    struct re_code *code;
    struct offheap_binary *subject;     /* keeps the bytes that are known; NULL: none are */
    const uint8_t *bytes;
    size_t size;
};

static void handle_release(void *user, void *data)
{
    struct handle *handle = user;
    struct memory *memory = handle->code->memory;

    (void) data;
    if (handle->subject != NULL)
        offheap_binary_release(handle->subject);
    re_code_release(handle->code);
    memory_free(memory, MEMORY_RESOURCE, handle, sizeof *handle);
}

/* Only an off-heap binary on a byte boundary stays where it is. */
static void remember_subject(struct handle *handle, term subject)
{
    const term *boxed;
    struct bits_view view;

    if (subject == TERM_NONE || !bits_get_view(subject, &view)
        || ((view.offset | view.size) & 7) != 0)
        return;
    boxed = term_boxed(subject);
    if (header_kind(boxed[0]) != BOXED_SUB_BITS || term_boxed_kind(boxed[1]) != BOXED_BIN_REF)
        return;
    handle->subject = term_bin_ref_binary(boxed[1]);
    offheap_binary_keep(handle->subject);
    handle->bytes = view.base + (view.offset >> 3);
    handle->size = view.size >> 3;
}

static struct offheap_binary *make_binary(struct re_code *code, term subject)
{
    struct memory *memory = code->memory;
    struct handle *handle = memory_allocate_zeroed(memory, MEMORY_RESOURCE, sizeof *handle);
    struct offheap_binary *binary;

    if (handle == NULL)
        return NULL;
    binary = offheap_binary_create(memory, 0);
    if (binary == NULL) {
        memory_free(memory, MEMORY_RESOURCE, handle, sizeof *handle);
        return NULL;
    }
    handle->code = code;
    (void) atomic_add(&code->references, 1);
    remember_subject(handle, subject);
    binary->release = handle_release;
    binary->user = handle;
    binary->data = code->text;
    binary->capacity = code->text_size;
    atomic_put(&binary->used_bits, code->text_size * 8);
    return binary;
}

static term make_binary_term(struct heap *heap, struct re_code *code, term subject)
{
    struct offheap_binary *binary = make_binary(code, subject);
    term reference, *words;

    if (binary == NULL)
        return TERM_NONE;
    reference = heap_make_bin_ref(heap, binary);
    if (reference == TERM_NONE) {
        offheap_binary_release(binary);
        return TERM_NONE;
    }
    words = heap_allocate(heap, SUB_BITS_WORDS);
    if (words == NULL)
        return TERM_NONE;
    words[0] = header_make(BOXED_SUB_BITS, SUB_BITS_WORDS - 1);
    words[1] = reference;
    words[2] = 0;
    words[3] = code->text_size * 8;
    return term_make_boxed(words);
}

term re_code_make_term(struct heap *heap, struct re_code *code, term subject)
{
    term binary = make_binary_term(heap, code, subject);
    term *words = binary != TERM_NONE ? heap_allocate(heap, 6) : NULL;

    if (words == NULL)
        return TERM_NONE;
    words[0] = header_make(BOXED_TUPLE, 5);
    words[1] = ATOM(re_pattern);
    words[2] = term_make_small((intptr_t) code->captures);
    words[3] = term_make_small((code->settings.options & PCRE2_UTF) != 0);
    words[4] = term_make_small(code->uses_crlf);
    words[5] = binary;
    return term_make_boxed(words);
}

/* NULL: not a whole binary that was made here. */
static const struct handle *get_handle(term binary)
{
    const term *boxed = term_boxed(binary);
    const struct offheap_binary *offheap;

    if (header_kind(boxed[0]) != BOXED_SUB_BITS || term_boxed_kind(boxed[1]) != BOXED_BIN_REF)
        return NULL;
    offheap = term_bin_ref_binary(boxed[1]);
    if (offheap->release != handle_release || boxed[2] != 0 || boxed[3] != offheap->capacity * 8)
        return NULL;
    return offheap->user;
}

static enum re_status compile_text(struct memory *memory, const uint8_t *text, size_t text_size,
    struct re_code **code)
{
    struct re_settings settings;
    struct re_error error;
    size_t size;
    enum re_status status;

    if (text_size < TEXT_MIN || memcmp(text, text_mark, sizeof text_mark) != 0)
        return RE_BAD_BINARY;
    settings.options = get_u32(text + TEXT_OPTIONS);
    settings.newline = text[TEXT_NEWLINE];
    settings.bsr = text[TEXT_BSR];
    size = get_u32(text + TEXT_SIZE);
    if ((settings.options & ~OPTIONS_ALLOWED) != 0 || size > text_size - TEXT_HEAD)
        return RE_BAD_BINARY;
    status = re_code_create(memory, &settings, text + TEXT_HEAD, size, code, &error);
    return status == RE_BAD_PATTERN ? RE_BAD_BINARY : status;
}

enum re_status re_code_find(struct memory *memory, term binary, const uint8_t *subject, size_t size,
    struct re_code **code, bool *is_checked)
{
    const struct handle *handle;
    const uint8_t *text;
    uint8_t *scratch;
    size_t text_size;
    enum data_status problem;
    enum re_status status;

    *is_checked = false;
    if (!term_is_bitstring(binary))
        return RE_BAD_BINARY;
    handle = get_handle(binary);
    if (handle != NULL) {
        *code = handle->code;
        (void) atomic_add(&handle->code->references, 1);
        *is_checked = handle->subject != NULL && handle->bytes == subject && handle->size == size;
        return RE_OK;
    }
    if (!bits_get_bytes(memory, binary, &text, &text_size, &scratch, &problem))
        return problem == DATA_NO_MEMORY ? RE_NO_MEMORY : RE_BAD_BINARY;
    status = compile_text(memory, text, text_size, code);
    memory_free(memory, MEMORY_OTHER, scratch, text_size);
    return status;
}

#endif
