/* re_options.c - the option lists of re:compile/2 and re:run/3. */
#include "bif/re_match.h"

#if AVM_RE

#include "atom/atom.h"
#include "data/number.h"

/* Which of the two functions takes it. */
enum scope { SCOPE_BOTH, SCOPE_COMPILE, SCOPE_RUN };

/* What an option that is an atom turns on. */
struct flag {
    uint32_t name;              /* index of its atom */
    uint32_t compile, match;
    enum scope scope;
};

static const struct flag flags[] = {
    { ATOM_INDEX_anchored, PCRE2_ANCHORED, PCRE2_ANCHORED, SCOPE_BOTH },
    { ATOM_INDEX_notempty, 0, PCRE2_NOTEMPTY, SCOPE_RUN },
    { ATOM_INDEX_notempty_atstart, 0, PCRE2_NOTEMPTY_ATSTART, SCOPE_RUN },
    { ATOM_INDEX_notbol, 0, PCRE2_NOTBOL, SCOPE_RUN },
    { ATOM_INDEX_noteol, 0, PCRE2_NOTEOL, SCOPE_RUN },
    { ATOM_INDEX_no_start_optimize, PCRE2_NO_START_OPTIMIZE, 0, SCOPE_COMPILE },
    { ATOM_INDEX_caseless, PCRE2_CASELESS, 0, SCOPE_COMPILE },
    { ATOM_INDEX_dollar_endonly, PCRE2_DOLLAR_ENDONLY, 0, SCOPE_COMPILE },
    { ATOM_INDEX_dotall, PCRE2_DOTALL, 0, SCOPE_COMPILE },
    { ATOM_INDEX_extended, PCRE2_EXTENDED, 0, SCOPE_COMPILE },
    { ATOM_INDEX_firstline, PCRE2_FIRSTLINE, 0, SCOPE_COMPILE },
    { ATOM_INDEX_multiline, PCRE2_MULTILINE, 0, SCOPE_COMPILE },
    { ATOM_INDEX_no_auto_capture, PCRE2_NO_AUTO_CAPTURE, 0, SCOPE_COMPILE },
    { ATOM_INDEX_dupnames, PCRE2_DUPNAMES, 0, SCOPE_COMPILE },
    { ATOM_INDEX_ungreedy, PCRE2_UNGREEDY, 0, SCOPE_COMPILE },
    { ATOM_INDEX_ucp, PCRE2_UCP, 0, SCOPE_COMPILE },
    { ATOM_INDEX_never_utf, PCRE2_NEVER_UTF, 0, SCOPE_COMPILE },
    { ATOM_INDEX_unicode, PCRE2_UTF, 0, SCOPE_COMPILE },
    { ATOM_INDEX_export, 0, 0, SCOPE_COMPILE },
    { ATOM_INDEX_report_errors, 0, 0, SCOPE_RUN },
    { ATOM_INDEX_global, 0, 0, SCOPE_RUN },
    { ATOM_INDEX_bsr_anycrlf, 0, 0, SCOPE_BOTH },
    { ATOM_INDEX_bsr_unicode, 0, 0, SCOPE_BOTH },
};

static void note_scope(struct re_options *options, enum scope scope)
{
    options->for_compile_only |= scope == SCOPE_COMPILE;
    options->for_run_only |= scope == SCOPE_RUN;
}

static bool read_flag(term option, struct re_options *options)
{
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        if (!term_is_atom(option) || flags[i].name != term_atom_index(option))
            continue;
        options->settings.options |= flags[i].compile;
        options->match |= flags[i].match;
        note_scope(options, flags[i].scope);
        options->is_unicode |= option == ATOM(unicode);
        options->exports |= option == ATOM(export);
        options->reports |= option == ATOM(report_errors);
        options->is_global |= option == ATOM(global);
        if (option == ATOM(bsr_anycrlf))
            options->settings.bsr |= PCRE2_BSR_ANYCRLF;
        if (option == ATOM(bsr_unicode))
            options->settings.bsr |= PCRE2_BSR_UNICODE;
        return true;
    }
    return false;
}

static bool read_newline(term value, struct re_options *options)
{
    uint8_t newline;

    if (!term_is_atom(value))
        return false;
    switch (term_atom_index(value)) {
    case ATOM_INDEX_cr: newline = PCRE2_NEWLINE_CR; break;
    case ATOM_INDEX_lf: newline = PCRE2_NEWLINE_LF; break;
    case ATOM_INDEX_crlf: newline = PCRE2_NEWLINE_CRLF; break;
    case ATOM_INDEX_any: newline = PCRE2_NEWLINE_ANY; break;
    case ATOM_INDEX_anycrlf: newline = PCRE2_NEWLINE_ANYCRLF; break;
    default: return false;
    }
    options->settings.newline |= newline;
    return true;
}

static bool read_capture(term values, term type, struct re_options *options)
{
    options->capture_values = values;
    options->capture_type = type;
    note_scope(options, SCOPE_RUN);
    return true;
}

static bool read_number(term name, term value, struct re_options *options)
{
    int64_t number;

    if (!integer_get_int64(value, &number) || number < 0 || number > INT32_MAX)
        return false;
    note_scope(options, SCOPE_RUN);
    if (name == ATOM(offset)) {
        options->offset = (size_t) number;
    } else if (name == ATOM(match_limit)) {
        options->match_limit = (uint32_t) number;
        options->has_match_limit = true;
    } else {
        options->depth_limit = (uint32_t) number;
        options->has_depth_limit = true;
    }
    return true;
}

static bool read_option(term option, struct re_options *options)
{
    term name;

    if (!term_is_tuple(option))
        return read_flag(option, options);
    if (term_tuple_arity(option) < 2 || term_tuple_arity(option) > 3)
        return false;
    name = term_tuple_element(option, 0);
    if (term_tuple_arity(option) == 3)
        return name == ATOM(capture)
            && read_capture(term_tuple_element(option, 1), term_tuple_element(option, 2), options);
    if (!term_is_atom(name))
        return false;
    switch (term_atom_index(name)) {
    case ATOM_INDEX_capture:
        return read_capture(term_tuple_element(option, 1), ATOM(index), options);
    case ATOM_INDEX_newline: return read_newline(term_tuple_element(option, 1), options);
    case ATOM_INDEX_offset:
    case ATOM_INDEX_match_limit:
    case ATOM_INDEX_match_limit_recursion:
        return read_number(name, term_tuple_element(option, 1), options);
    default: return false;
    }
}

bool re_options_read(term list, struct re_options *options)
{
    memset(options, 0, sizeof *options);
    options->capture_values = TERM_NONE;
    options->capture_type = TERM_NONE;
    for (; term_is_cons(list); list = term_tail(list))
        if (!read_option(term_head(list), options))
            return false;
    return term_is_nil(list);
}

#endif
