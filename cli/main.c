/* main.c - the table of commands, and which one the arguments mean. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include "cli.h"

const struct cli_command cli_commands[] = {
    { "run", "[OPTION...] FILE... [-- ARGUMENT...]", "run a program",
        "A FILE is a .avm pack or a .beam module. The program is start/0 of the start module of the\n"
        "first pack, or of the first module that has one. Further files are libraries. Other modules\n"
        "are found by name: in the folders of -pa, in AVM_LIBS and ERL_LIBS, beside the files, and\n"
        "in the installed Erlang/OTP (AVM_OTP names another) and Elixir.\n"
        "\n"
        "Exit status: 0 when start/0 returned ok or 0, N after halt(N), 1 when the program failed,\n"
        "64 usage, 65 not a valid pack or module, 66 cannot open, 69 not built in, 70 a defect,\n"
        "71 out of memory, 124 a limit reached.\n",
        cli_run_options, cli_run },
    { "pack", "[OPTION...] FILE...", "make a .avm pack",
        "A FILE is a .beam module, a .avm pack, a folder of modules, or NAME=FILE for a file that the\n"
        "program reads at run time (APP/priv/PATH=FILE). The pack gets, with them, every module that\n"
        "they can reach, as the installed libraries have it.\n",
        cli_pack_options, cli_pack },
    { "list", "[OPTION...] FILE...", "show what is in packs and modules", "", cli_list_options,
        cli_list },
    { "disasm", "[OPTION...] FILE [MODULE:]FUNCTION[/ARITY]", "show the instructions of a module",
        "Without FUNCTION, all functions. From a pack, MODULE says which module.\n",
        cli_disasm_options, cli_disasm },
    { "verify", "[OPTION...] FILE...", "check modules without running them",
        "A FILE is a .beam module, a .avm pack, or a folder, of which all modules are checked.\n"
        "Exit status: 0 when all are good, 65 when one is not.\n",
        cli_verify_options, cli_verify },
    { "stats", "[OPTION...] FILE... [-- ARGUMENT...]", "run a program and say what it took",
        "Runs as `atomvm run` does. At the end, on standard error: the bytes and objects of each kind of\n"
        "memory, the most there were, what is free below the limit, and what has been done.\n",
        cli_stats_options, cli_stats },
    { "help", "[COMMAND]", "explain a command", "", cli_help_options, cli_help },
    { NULL, NULL, NULL, NULL, NULL, NULL },
};

static bool is_file(const char *path)
{
    struct stat info;

    return stat(path, &info) == 0;
}

static int print_version(void)
{
    printf("atomvm %s\n", avm_version_text());
    if (avm_parts_text()[0] != '\0')
        printf("with %s\n", avm_parts_text());
    return cli_finish(CLI_OK);
}

static int usage(void)
{
    cli_error("no file and no command");
    cli_hint("atomvm help");
    return CLI_USAGE;
}

/* NAME, where NAME.beam or NAME.avm is there. */
static void hint_at_file(const char *name)
{
    static const char *const ends[] = { "beam", "avm" };
    char path[4096];
    size_t at;

    for (at = 0; at < sizeof ends / sizeof *ends; at++) {
        int size = snprintf(path, sizeof path, "%s.%s", name, ends[at]);

        if (size > 0 && (size_t) size < sizeof path && is_file(path)) {
            cli_hint("atomvm %s", path);
            return;
        }
    }
    cli_hint("atomvm help");
}

/* Heaps and binaries of 100 KB and more come and go many times a second; by default glibc gives each back to
** the system at once, and the next one costs a fault a page (text_count spent three quarters of its time
** there, sort_many with heaps of 50 MB a third). What is freed is joined to its neighbours at once: else glibc
** does that for a million objects of a table in one go, and nobody runs for 75 ms. */
static void tune_allocator(void)
{
#if defined(__GLIBC__)
    (void) mallopt(M_MMAP_MAX, 0);
    (void) mallopt(M_TRIM_THRESHOLD, 128 << 20);
    (void) mallopt(M_MXFAST, 0);
#endif
}

int main(int argc, char **argv)
{
    const char *first = argc > 1 ? argv[1] : NULL;
    const struct cli_command *command;

    tune_allocator();
    if (first == NULL)
        return usage();
    if (strcmp(first, "--version") == 0 || strcmp(first, "-V") == 0)
        return print_version();
    if (strcmp(first, "--help") == 0 || strcmp(first, "-h") == 0)
        return cli_help(argc - 2, argv + 2);
    command = cli_find_command(first);
    if (command != NULL)
        return command->run(argc - 2, argv + 2);
    if (first[0] != '-' && strpbrk(first, "./") == NULL && !is_file(first)) {
        cli_error("%s: no such command or file", first);
        hint_at_file(first);
        return CLI_USAGE;
    }
    return cli_run(argc - 1, argv + 1);
}
