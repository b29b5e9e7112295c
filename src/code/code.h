/* code.h - loaded code: modules in two versions, exports, functions, funs, and where a pc belongs.
**
** Always: an export is unique for its MFA and lives as long as the VM; imports point to exports, so
** code is replaced by one store. A fun entry is unique for (module, index, uniq, md5) and lives as
** long as the VM: a fun whose code was purged finds entry->function NULL and reloads by name.
** A function's words are NULL until its first call; verify and translate are the load room's. */
#ifndef AVM_CODE_CODE_H
#define AVM_CODE_CODE_H

#include "atom/atom.h"
#include "base/cursor.h"
#include "code/native.h"
#include "data/fun.h"
#include "heap/heap.h"

struct module;
struct code_table;

struct function {
    struct module *module;
    term name;                      /* atom */
    uint32_t arity;
    uint32_t entry_label;
    uint32_t code_start, code_end;  /* range of its generic ops in the Code chunk (from func_info's label) */
    uint32_t *words;                /* instruction words; NULL: not translated yet */
    uint32_t word_count;
    uint32_t entry_word;            /* where a call enters (after the function_clause part) */
    AVM_ATOMIC(const uint32_t *) entry; /* words + entry_word; NULL: not translated yet */
    struct function_line *lines;    /* sorted by word; lies behind words in the same allocation */
    uint32_t line_count;
    uint32_t allocated;             /* bytes of that allocation (MEMORY_CODE): words, pool, lines */
    char *refused;                  /* why the verifier refused the body; NULL: not refused */
};

/* From this word on (until the next row) the code belongs to row line of module->lines. */
struct function_line { uint32_t word, line; };

struct export {
    struct export_identity identity;
    AVM_ATOMIC(struct function *) function;     /* current code, NULL: none */
    AVM_ATOMIC(const struct native *) native;   /* wins over function (a stub in the module) */
    AVM_ATOMIC(const struct native_table *) native_table;
    AVM_ATOMIC(struct export *) next;   /* in the table's chain */
};

struct fun_entry {
    struct fun_identity identity;
    AVM_ATOMIC(struct function *) function;     /* NULL: its module is not loaded (any more) */
    struct fun_entry *next;
};

/* A line table row of a module: file (0: the module's own) and line; row 0 is "unknown". */
struct line_entry { uint32_t file, line; };
struct line_file { const char *text; uint32_t size; };  /* borrowed from the module */

/* What the module exports, sorted as in the file. */
struct module_export {
    term function;
    uint32_t arity, label;
    struct export *export;
};

struct code_bytes {                 /* bytes of a .beam that stay mapped while the module lives */
    const void *data;
    size_t size;
    void (*release)(void *user, const void *data, size_t size);
    void *user;
};

struct module {
    term name;
    struct code_table *table;
    struct code_bytes bytes;
    struct cursor code;             /* Code chunk after its header */
    struct cursor strings, attributes, compile, types;
    term *atoms;                    /* by the file's index; [0] is NIL */
    uint32_t atom_count;            /* [0] included */
    struct export **imports;
    uint32_t import_count;
    struct function *functions;
    uint32_t function_count;
    uint32_t *label_function;       /* label -> function index; UINT32_MAX: none */
    uint32_t label_count;
    term *literals;                 /* of the file, then integers of the code that are no smalls */
    uint32_t literal_count;
    uint32_t *big_offsets;          /* where in the Code chunk each of those stands, ascending */
    uint32_t big_count;
    struct literal_area *literal_area;
    struct fun_entry **lambdas;
    uint32_t *lambda_labels;
    uint32_t lambda_count;
    struct module_export *exports;
    uint32_t export_count;
    struct line_entry *lines;
    uint32_t line_count;
    struct line_file *line_files;   /* [0]: NAME.erl */
    uint32_t line_file_count;
    char *source_name;              /* the text of line_files[0] */
    uint32_t source_name_size;
    uint32_t on_load_label;         /* 0: none */
    struct fun_entry *on_load_entry;    /* through which on_load is called; NULL: never was */
    uint8_t md5[16];
    struct retired_words *retired;  /* words that their functions have no more: code_retire_words */
    struct module *next_purged;
    bool is_old;
};

/* The two versions of a module name. */
struct code_slot {
    term name;
    struct module *current, *old;
    struct module *pending;         /* on_load has not returned yet */
    struct module *set_aside;       /* the old version, while a pending one is purged in its place */
    bool is_purging;                /* between prepare and complete or abort */
};

/* What code rooms share. The table owns exports, fun entries, slots and loaded modules. */
struct code_table *code_table_create(struct memory *memory, struct atom_table *atoms,
    struct literal_ranges *literals);
void code_table_destroy(struct code_table *table);      /* and every module in it */
struct reclaim;
/* Who frees what several schedulers may look at. */
void code_set_reclaim(struct code_table *table, struct reclaim *reclaim);
/* Where the bodies of instructions lie (opcode/instruction.h), lasting and before the first translation;
** without it the code of this table says numbers, for readers. */
void code_set_instructions(struct code_table *table, const int32_t *distances);
const int32_t *code_instructions(const struct code_table *table);
struct memory *code_memory(const struct code_table *table);
struct atom_table *code_atoms(const struct code_table *table);
struct literal_ranges *code_literals(const struct code_table *table);

/* Links natives: exports of these functions have native set, those made already and later ones.
** Borrows natives for the life of the table. False without memory. */
bool code_link_natives(struct code_table *table, const struct native_table *natives);
/* Links natives of one version of a module: they stand for its functions while it is current, or pending
** with none current. Unlinked before natives or owner goes. */
bool code_link_version(struct code_table *table, const struct module *owner,
    const struct native_table *natives);
void code_unlink_version(struct code_table *table, const struct native_table *natives);
/* The linked table that has native as a row; NULL: none. */
const struct native_table *code_natives_of(const struct code_table *table, const struct native *native);
/* The version that they were linked to; NULL: none, they are the VM's own. */
const struct module *code_owner_of_natives(const struct code_table *table,
    const struct native_table *natives);
/* Whom to tell of a version before it is destroyed. */
typedef void code_gone_fn(void *user, const struct module *module);
void code_set_gone(struct code_table *table, code_gone_fn *gone, void *user);
/* True when some function of the module is native; and when one is in every version. */
bool code_has_natives(const struct code_table *table, term module);
bool code_has_own_natives(const struct code_table *table, term module);

/* Finds (a native is always found; NULL: neither loaded, imported nor native); or finds or makes
** (NULL without memory). The export found may have neither function nor native. */
struct export *code_find_export(struct code_table *table, term module, term function,
    uint32_t arity);
/* Any thread, without a lock: NULL does not say that there is none. */
struct export *code_look_up_export(const struct code_table *table, term module, term function,
    uint32_t arity);
struct export *code_put_export(struct code_table *table, term module, term function, uint32_t arity);
static inline bool export_is_callable(const struct export *export)
{
    return atomic_get(&export->function) != NULL || atomic_get(&export->native) != NULL;
}
/* Between these, exports and fun entries that are made are remembered; unless they are kept, they are
** taken out again at the end, since nobody but the load that failed has seen them. */
void code_begin_load(struct code_table *table);
void code_end_load(struct code_table *table, bool keep);
struct fun_entry *code_put_fun_entry(struct code_table *table, const struct fun_identity *identity);
struct code_slot *code_find_slot(const struct code_table *table, term module);
/* Finds or makes; NULL without memory. */
struct code_slot *code_put_slot(struct code_table *table, term module);

/* Makes module current (its exports and fun entries point to it); what was current becomes old (an
** old version must have been purged before: code_has_old). Takes module. The loader has made the
** slot, the exports and the fun entries: nothing here can fail. */
bool code_has_old(const struct code_table *table, term module);
void code_make_current(struct code_table *table, struct module *module);
/* erlang:delete_module/1: current becomes old. False when there is none, or an old version is. */
bool code_delete_module(struct code_table *table, term module);
/* Frees the old version; the caller has made sure that no process runs it. Its literals are retired
** (heap/heap.h): terms anywhere may point to them. */
void code_purge_old(struct code_table *table, term module);
/* With several schedulers it is freed later, when all stand (proc/crew.h): has_purged says that something
** waits for that, and release_purged frees what is not in use. */
bool code_has_purged(const struct code_table *table);
void code_release_purged(struct code_table *table, bool (*is_in_use)(void *user, const struct module *module),
    void *user);
void module_destroy(struct module *module);
/* Keeps module (which has an on_load) aside until it is made current or purged. False when another
** is. */
bool code_make_pending(struct code_table *table, struct module *module);
/* The entry by which the pending module's on_load is called as a fun; NULL without memory. */
struct fun_entry *code_on_load_entry(struct module *module);
/* The first step of a purge of the old version (is_pending: of a module whose on_load failed): its
** funs can be called no more. False when there is nothing to purge. */
bool code_prepare_purge(struct code_table *table, term module, bool is_pending);
/* Instead of code_purge_old: its funs can be called again. */
void code_abort_purge(struct code_table *table, term module);

/* The function that owns the word at pc, NULL: none. Used for stack traces and purge checks. */
struct function *code_find_pc(const struct code_table *table, const uint32_t *pc);
/* The same; who runs while others load needs it to look at words and lines: these may be retired. In copy: whose
** function it is, its words and lines, which stay as long as the module. False: none. */
bool code_look_up_pc(const struct code_table *table, const uint32_t *pc, struct function *copy);
/* The loader tells the table where a function's words lie; false without memory. */
bool code_register_words(struct code_table *table, struct function *function);
void code_forget_words(struct code_table *table, struct function *function);
/* The function is translated anew at its next call; who runs the words it had goes on in them. False
** without memory. */
bool code_retire_words(struct code_table *table, struct function *function);

/* Line of a pc within function: false when not known. pc points into the instruction (one less
** than a return address). file borrows text from the module. */
bool code_find_line(const struct function *function, const uint32_t *pc, const char **file,
    size_t *file_size, uint32_t *line);

/* Iterates over all slots (erlang:loaded/0); *position starts at 0. */
struct code_slot *code_next_slot(const struct code_table *table, size_t *position);

#endif
