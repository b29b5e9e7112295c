/* cli.h - what the commands of the atomvm program share. Only public headers of the library. */
#ifndef AVM_CLI_CLI_H
#define AVM_CLI_CLI_H

#include "atomvm/atomvm.h"

#if defined(__GNUC__) || defined(__clang__)
#define CLI_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define CLI_PRINTF(text, first)
#endif

enum cli_exit {
    CLI_OK = 0,
    CLI_FAILED = 1,         /* the program failed */
    CLI_USAGE = 64,
    CLI_BAD_FILE = 65,      /* not a valid pack or module */
    CLI_CANNOT_OPEN = 66,
    CLI_NOT_BUILT_IN = 69,
    CLI_DEFECT = 70,        /* of the VM */
    CLI_NO_MEMORY = 71,
    CLI_LIMIT = 124
};

/* ---- message.c ---- */

/* "atomvm: ..." on standard error, as one line whatever the text holds. */
void cli_error(const char *format, ...) CLI_PRINTF(1, 2);
void cli_hint(const char *format, ...) CLI_PRINTF(1, 2);

/* Prints the error, which says the file itself, with the hint that goes with it; gives the exit
** status. */
int cli_fail(const avm_error *error);
int cli_exit_of(avm_status status);

/* Text as a JSON string, quotes and all, on standard output. */
void cli_print_json(const char *text);

/* Flushes standard output; status, or CLI_CANNOT_OPEN when it cannot be written. */
int cli_finish(int status);

/* ---- options.c ---- */

struct cli_option {
    char letter;            /* 0: has none */
    const char *name;       /* without its dashes; one that begins with '-' is written as it is */
    const char *value;      /* what it takes, for the help; NULL: nothing; "[=..]": may take */
    const char *help;
};

struct cli_command {
    const char *name;
    const char *usage;      /* after "atomvm NAME" */
    const char *summary;    /* one line */
    const char *details;    /* more lines, or "" */
    const struct cli_option *options;    /* ends with a NULL name */
    int (*run)(int argc, char **argv);   /* arguments after the name */
};

extern const struct cli_command cli_commands[];    /* ends with a NULL name */
const struct cli_command *cli_find_command(const char *name);

/* Walks arguments: options by the command's rows, everything else as a file. */
struct cli_reader {
    const struct cli_command *command;
    int argc;
    char **argv;
    int at;
    const char *name;       /* of the option found, or NULL */
    const char *value;      /* of the option, or the file; NULL: none */
};

/* False at the end, at "--" (then at is behind it), or at an error, which it has printed and which
** sets *status to CLI_USAGE. */
bool cli_read(struct cli_reader *reader, int *status);

/* A count of bytes with K, M or G behind it; false when it is none. */
bool cli_parse_size(const char *text, size_t *size);

/* ---- files.c ---- */

/* Maps the file; an error is in *error with the path in front. Released by its blob. */
avm_status cli_map(const char *path, avm_blob *blob, avm_error *error);
/* As cli_map, but a module is copied: its file may be compiled again while the program runs. */
avm_status cli_map_copy(const char *path, avm_blob *blob, avm_error *error);
void cli_release(const avm_blob *blob);
/* Writes the whole file; false, with a message printed, when it cannot. */
bool cli_write_file(const char *path, const void *data, size_t size);

/* Calls visit with the path of each .beam file in the folder, by name, until it gives something
** other than CLI_OK; gives that, or CLI_CANNOT_OPEN with a message printed. */
int cli_each_module(const char *folder, int (*visit)(void *user, const char *path), void *user);

/* ---- finder.c ---- */

/* Where modules are looked for: folders in this order: -pa, AVM_LIBS and ERL_LIBS, those of the
** files, the installed Erlang/OTP, the installed Elixir. Folders of libraries are listed when the
** first module is asked for, files never. */
struct cli_finder;

struct cli_finder *cli_finder_create(void);    /* NULL: no memory */
void cli_finder_destroy(struct cli_finder *finder);
bool cli_finder_add_path(struct cli_finder *finder, const char *folder);
bool cli_finder_add_file(struct cli_finder *finder, const char *path);

/* As avm_find_module_fn, avm_pack_options.is_stock and .list; user is the finder. */
avm_status cli_find_module(void *user, const char *module, avm_blob *blob);
bool cli_is_stock(void *user, const char *module);
void cli_list_modules(void *user, const char *prefix,
    void (*found)(void *found_user, const char *module), void *found_user);
/* As avm_list_folders_fn. */
void cli_list_folders(void *user, void (*add)(void *to, const char *folder), void *to);

/* ---- commands ---- */

int cli_run(int argc, char **argv);
int cli_stats(int argc, char **argv);
int cli_pack(int argc, char **argv);
int cli_list(int argc, char **argv);
int cli_disasm(int argc, char **argv);
int cli_verify(int argc, char **argv);
int cli_help(int argc, char **argv);
int cli_explain(const char *command);    /* prints its help */

extern const struct cli_option cli_run_options[], cli_stats_options[], cli_pack_options[], cli_list_options[],
    cli_disasm_options[], cli_verify_options[], cli_help_options[];

#endif
