/* re_match.h - the parts of re:run: its options, what it shall capture, its result. */
#ifndef AVM_BIF_RE_MATCH_H
#define AVM_BIF_RE_MATCH_H

#include "bif/re_code.h"

#if AVM_RE
#include "proc/native_call.h"

struct re_options {
    struct re_settings settings;    /* for a pattern that is compiled now */
    uint32_t match;                 /* PCRE2's options for pcre2_match */
    size_t offset;
    uint32_t match_limit, depth_limit;
    bool has_match_limit, has_depth_limit;
    bool is_unicode, is_global, exports, reports;
    bool for_compile_only, for_run_only;    /* has one that only the one takes */
    term capture_values, capture_type;      /* TERM_NONE: not given */
};
/* False: badopt. */
bool re_options_read(term list, struct re_options *options);

/* One value to capture. */
struct re_pick {
    uint32_t group;                 /* RE_PICK_NONE: no such name; RE_PICK_NAMED: the first */
    const uint8_t *first, *last;    /* that is set of these rows of the table of names */
};
#define RE_PICK_NONE UINT32_MAX
#define RE_PICK_NAMED (UINT32_MAX - 1)

enum re_capture_kind { RE_CAPTURE_ALL, RE_CAPTURE_ALL_BUT_FIRST, RE_CAPTURE_PICKS };

struct re_capture {
    struct memory *memory;
    enum re_capture_kind kind;
    term type;                      /* index, list, binary; none: only whether it matched */
    struct re_pick *picks;
    size_t count, capacity;
    uint32_t row_size;              /* of the table of names */
};
/* What the options ask for. On anything but DATA_OK re_capture_close is still called. */
enum data_status re_capture_open(struct scheduler *s, const struct re_options *options,
    const struct re_code *code, struct re_capture *capture);
void re_capture_close(struct re_capture *capture);

struct re_found {
    const struct re_capture *capture;
    const uint8_t *bytes;           /* the subject */
    term subject;                   /* its binary, of which results are parts; TERM_NONE: copied */
    const PCRE2_SIZE *places;
    uint32_t groups;                /* places given */
};
/* match or {match, List}; TERM_NONE without memory. */
term re_capture_make(struct scheduler *s, const struct re_found *found);

/* {namelist, Names}; TERM_NONE without memory. */
term re_make_names(struct scheduler *s, const struct re_code *code);

#endif
#endif
