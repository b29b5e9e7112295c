/* library.c - erlang:load_nif/2: natives registered by the host, or in a shared object.
** Always: a library that could not be loaded has been closed again, and nothing of it stays. */
#include "api/vm.h"

#include "base/utf8.h"
#include "data/bits.h"
#include "data/list.h"

#include <stdarg.h>
#include <stdio.h>

#define PATH_MAX_BYTES 1024
#define SUFFIX ".so"

/* ---- errors: as OTP words them, since programs print them ------------------------------------ */

static term fail(struct scheduler *s, const char *kind, const char *format, ...) AVM_PRINTF(3, 4);

/* {error, {Kind, Text}} */
static term fail(struct scheduler *s, const char *kind, const char *format, ...)
{
    char text[2 * PATH_MAX_BYTES];
    va_list arguments;
    term atom, string;

    va_start(arguments, format);
    (void) vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (!vm_get_atom(s->node->host, kind, &atom))
        return raise_no_memory(s);
    string = list_from_bytes(native_heap(s), (const uint8_t *) text, strlen(text), TERM_NIL);
    string = string == TERM_NONE ? TERM_NONE : native_tuple2(s, atom, string);
    return string == TERM_NONE ? raise_no_memory(s)
                               : native_result(s, native_tuple2(s, ATOM(error), string));
}

/* ---- the path ---------------------------------------------------------------------------------- */

/* A list of characters or a binary as UTF-8 with its 0; false: it is none, or too long. */
static bool read_path(term path, char *text, size_t size)
{
    size_t used = 0;

    if (term_is_binary(path)) {
        struct bits_view view;

        if (!bits_get_view(path, &view) || view.size / 8 >= size)
            return false;
        bits_copy((uint8_t *) text, 0, view.base, view.offset, view.size);
        text[view.size / 8] = '\0';
        return memchr(text, '\0', view.size / 8) == NULL;
    }
    for (; term_is_cons(path); path = term_tail(path)) {
        term point = term_head(path);
        uint8_t bytes[4];
        size_t count;

        if (!term_is_small(point) || term_small(point) <= 0 || term_small(point) > 0x10ffff)
            return false;
        count = utf8_encode((uint32_t) term_small(point), bytes);
        if (count == 0 || used + count >= size)
            return false;
        memcpy(text + used, bytes, count);
        used += count;
    }
    text[used] = '\0';
    return path == TERM_NIL;
}

/* ---- what a library says of itself -------------------------------------------------------------- */

struct opening {
    struct avm_vm *vm;
    const struct module *module;
    char name[ATOM_MAX_CHARACTERS * 4 + 1];     /* of the module */
    void *library;
    const avm_native_module *natives;
};

static bool is_function(const struct opening *o, const avm_native *native)
{
    uint32_t index, at;

    if (!atom_find(o->vm->node.atoms, (const uint8_t *) native->name, strlen(native->name), &index))
        return false;
    for (at = 0; at < o->module->function_count; at++)
        if (o->module->functions[at].name == term_make_atom(index)
            && o->module->functions[at].arity == native->arity)
            return true;
    return false;
}

static bool refuse(struct scheduler *s, const struct opening *o, const avm_native *row,
    const char *why, term *result)
{
    *result = fail(s, "bad_lib", "%s %s:%s/%u", why, o->name, row->name, row->arity);
    return false;
}

/* Whether all rows are functions of the module, each once. Here and below: false with the outcome of
** load_nif in *result. */
static bool check_rows(struct scheduler *s, const struct opening *o, term *result)
{
    const avm_native *rows = o->natives->natives;
    char text[64];
    size_t at, other;

    for (at = 0; at < o->natives->count; at++) {
        if (!is_function(o, &rows[at]))
            return refuse(s, o, &rows[at], "Function not found", result);
        if (rows[at].flags != 0 && rows[at].flags != AVM_DIRTY_CPU && rows[at].flags != AVM_DIRTY_IO) {
            (void) snprintf(text, sizeof text, "Illegal flags field value %u for NIF",
                rows[at].flags);
            return refuse(s, o, &rows[at], text, result);
        }
        for (other = 0; other < at; other++)
            if (rows[other].arity == rows[at].arity
                && strcmp(rows[other].name, rows[at].name) == 0)
                return refuse(s, o, &rows[at], "Duplicate NIF entry for", result);
    }
    return true;
}

static bool check_entry(struct scheduler *s, struct opening *o, const avm_native_entry *entry,
    term *result)
{
    if (entry == NULL) {
        *result = fail(s, "bad_lib", "Library init-call unsuccessful");
        return false;
    }
    if (entry->major != AVM_NATIVE_MAJOR) {
        *result = fail(s, "bad_lib", "That NIF library (%d.%d) is not compatible with this machine "
            "(%d.%d). Try recompile the NIF lib.", entry->major, entry->minor, AVM_NATIVE_MAJOR,
            AVM_NATIVE_MINOR);
        return false;
    }
    if (entry->variant == NULL || strcmp(entry->variant, AVM_NATIVE_VARIANT) != 0) {
        *result = fail(s, "bad_lib", "Library (%s) not compiled for this vm variant (%s).",
            entry->variant != NULL ? entry->variant : "", AVM_NATIVE_VARIANT);
        return false;
    }
    o->natives = entry->module;
    if (strcmp(o->natives->name, o->name) == 0)
        return true;
    *result = fail(s, "bad_lib", "Library module name '%s' does not match calling module '%s'",
        o->natives->name, o->name);
    return false;
}

/* ---- opening ----------------------------------------------------------------------------------- */

static bool open_library(struct scheduler *s, struct opening *o, const char *path, term *result)
{
    const struct avm_platform *platform = s->node->platform;
    const avm_native_entry *(*init)(void) = NULL;
    void (*function)(void);
    char file[PATH_MAX_BYTES + sizeof SUFFIX], why[PATH_MAX_BYTES] = "there are no shared objects";

    (void) snprintf(file, sizeof file, "%s" SUFFIX, path);
    if (platform->library_open == NULL
        || platform->library_open(s->node->platform_state, file, &o->library, why, sizeof why)
            != AVM_OK) {
        o->library = NULL;
        *result = strstr(why, path) != NULL
            ? fail(s, "load_failed", "Failed to load NIF library: '%s'", why)
            : fail(s, "load_failed", "Failed to load NIF library %s: '%s'", path, why);
        return false;
    }
    function = platform->library_find(s->node->platform_state, o->library, "nif_init");
    if (function == NULL) {
        *result = fail(s, "bad_lib", "Failed to find library init function: '%s: undefined "
            "symbol: nif_init'", file);
        return false;
    }
    memcpy(&init, &function, sizeof init);
    return check_entry(s, o, init(), result);
}

static term load(struct scheduler *s, struct opening *o, term info)
{
    bool is_upgrade;
    int veto;

    switch (vm_load_natives(o->vm, o->module, o->natives, o->library, info, &is_upgrade, &veto)) {
    case NATIVES_OK:
        o->library = NULL;          /* the instance's now */
        return ATOM(ok);
    case NATIVES_NO_UPGRADE:
        return fail(s, "upgrade", "Upgrade not supported by this NIF library.");
    case NATIVES_VETO:
        return is_upgrade ? fail(s, "upgrade", "Library upgrade-call unsuccessful (%d).", veto)
                          : fail(s, "load", "Library load-call unsuccessful (%d).", veto);
    default:
        return raise_no_memory(s);
    }
}

term vm_load_nif(struct scheduler *s, const struct module *module, term path, term info)
{
    struct opening o = { .vm = s->node->host, .module = module };
    char file[PATH_MAX_BYTES];
    const uint8_t *text;
    struct host_module *loaded;
    size_t size;
    term result = TERM_NONE;

    if (!read_path(path, file, sizeof file))
        return raise_badarg(s);
    text = atom_text(s->node->atoms, term_atom_index(module->name), &size);
    memcpy(o.name, text, size);
    o.name[size] = '\0';
    if (module->is_old)
        return fail(s, "old_code", "Calling load_nif from old module '%s' not allowed", o.name);
    loaded = vm_natives_of(o.vm, module);
    o.natives = vm_find_registered(o.vm, o.name, size);
    if (loaded != NULL && o.natives != NULL && module->on_load_label == 0)
        return ATOM(ok);            /* since the module was loaded */
    if (loaded != NULL)
        return fail(s, "reload", "NIF library already loaded (reload disallowed since OTP 20).");
    if ((o.natives != NULL || open_library(s, &o, file, &result)) && check_rows(s, &o, &result))
        result = load(s, &o, info);
    if (o.library != NULL)
        s->node->platform->library_close(s->node->platform_state, o.library);
    return result;
}
