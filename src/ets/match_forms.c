/* match_forms.c - what guards and bodies may call: the natives that guards of functions may call, but
** for is_record/2; and what is said of forms that only a trace knows. */
#include "ets/match_internal.h"

#include <string.h>

struct form {
    const char *name;
    const char *error;
};

static const struct form trace_forms[] = {
    { "message", "Special form 'message' used in wrong dialect." },
    { "is_seq_trace", "Special form 'is_seq_trace' used in wrong dialect." },
    { "set_seq_token", "Special form 'set_seq_trace' used in wrong dialect." },
    { "get_seq_token", "Special form 'get_seq_token' used in wrong dialect." },
    { "return_trace", "Special form 'return_trace' used in wrong dialect." },
    { "exception_trace", "Special form 'exception_trace' used in wrong dialect." },
    { "display", "Special form 'display' used in wrong dialect." },
    { "process_dump", "Special form 'process_dump' used in wrong dialect." },
    { "enable_trace", "Special form 'enable_trace' used in wrong dialect." },
    { "disable_trace", "Special form 'disable_trace' used in wrong dialect." },
    { "trace", "Special form 'trace' used in wrong dialect." },
    { "caller", "Special form 'caller' used in wrong dialect." },
    { "caller_line", "Special form 'caller_line' used in wrong dialect." },
    { "silent", "Special form 'silent' used in wrong dialect." },
};

static bool has_text(const struct atom_table *atoms, term atom, const char *wanted)
{
    size_t size;
    const uint8_t *text = atom_text(atoms, term_atom_index(atom), &size);

    return strlen(wanted) == size && memcmp(text, wanted, size) == 0;
}

const char *match_form_error(const struct atom_table *atoms, term name)
{
    size_t i;

    for (i = 0; i < AVM_COUNT_OF(trace_forms); i++) {
        if (has_text(atoms, name, trace_forms[i].name))
            return trace_forms[i].error;
    }
    return NULL;
}

bool match_is_trace_native(const struct atom_table *atoms, term name, size_t arity)
{
    return (arity == 0 && has_text(atoms, name, "get_tcw"))
        || (arity == 1 && has_text(atoms, name, "set_tcw"));
}

const struct native *match_find_native(const struct match_source *source, term name, size_t arity)
{
    if (arity > 3 || (arity == 2 && has_text(source->compare->atoms, name, "is_record")))
        return NULL;
    return source->find(source->user, name, (uint32_t) arity);
}
