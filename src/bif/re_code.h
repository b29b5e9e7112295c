/* re_code.h - compiled regular expressions: what PCRE2 made of a pattern, and the binary that
** stands for it in a term.
**
** A compiled pattern is the term {re_pattern, Captures, IsUnicode, UsesCrlf, Binary}. The binary
** holds the settings and the text of the pattern, never code:
**
**     0 "AVM-re", 1, 0   8 options   12 newline   13 bsr   14 zero   16 size   20 text, zeros
**
** An off-heap binary made here also holds the compiled code, which lives as long as the binary. It
** goes wherever the binary goes within the VM. A copy that has been through the external format is
** bytes like any other: it is checked and compiled again, so no bytes can pass for code. */
#ifndef AVM_BIF_RE_CODE_H
#define AVM_BIF_RE_CODE_H

#if AVM_RE
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "heap/heap.h"

struct re_settings {
    uint32_t options;           /* PCRE2's, those that a caller can choose */
    uint8_t newline;            /* PCRE2_NEWLINE_*, or-ed as OTP does it; 0: not given */
    uint8_t bsr;                /* PCRE2_BSR_*; 0: not given */
};

struct re_code {
    AVM_ATOMIC(size_t) references;
    struct memory *memory;
    pcre2_general_context *context;
    pcre2_code *code;
    const uint8_t *tables;
    struct re_settings settings;
    uint32_t captures;
    uint32_t all_options;       /* with those that the pattern itself turned on */
    bool uses_crlf;
    bool is_stepwise;           /* a search may stop at an offset and go on behind it */
    bool has_starts;            /* a match is not empty and begins with one of these bytes: */
    uint8_t starts[32];         /* a bit each */
    size_t size;                /* bytes of this allocation */
    size_t text_size;
    uint8_t text[];             /* the contents of its binary */
};

struct re_error {
    char text[256];
    size_t offset;
};

enum re_status { RE_OK, RE_BAD_PATTERN, RE_BAD_BINARY, RE_NO_MEMORY };

/* Gives *code. RE_BAD_PATTERN: *error says why. */
enum re_status re_code_create(struct memory *memory, const struct re_settings *settings,
    const uint8_t *pattern, size_t size, struct re_code **code, struct re_error *error);
void re_code_release(struct re_code *code);
/* The pattern that it was made of. */
const uint8_t *re_code_pattern(const struct re_code *code, size_t *size);

/* The term {re_pattern, ...}, keeping code. subject, unless it is TERM_NONE, is known to be whole
** UTF-8, and the term remembers it. TERM_NONE without memory. */
term re_code_make_term(struct heap *heap, struct re_code *code, term subject);
/* Gives the code that a binary stands for; RE_BAD_BINARY: for none. *is_checked: it remembers the
** size bytes at subject as whole UTF-8. */
enum re_status re_code_find(struct memory *memory, term binary, const uint8_t *subject, size_t size,
    struct re_code **code, bool *is_checked);

#endif
#endif
