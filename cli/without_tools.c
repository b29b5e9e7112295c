/* without_tools.c - the commands for packs and modules in a build that is only to run programs. */
#include "cli.h"

const struct cli_option cli_pack_options[] = { { 0, NULL, NULL, NULL } };
const struct cli_option cli_list_options[] = { { 0, NULL, NULL, NULL } };
const struct cli_option cli_disasm_options[] = { { 0, NULL, NULL, NULL } };
const struct cli_option cli_verify_options[] = { { 0, NULL, NULL, NULL } };

static int is_absent(void)
{
    cli_error("a command that is not built in");
    return CLI_NOT_BUILT_IN;
}

int cli_pack(int argc, char **argv)
{
    (void) argc;
    (void) argv;
    return is_absent();
}

int cli_list(int argc, char **argv)
{
    (void) argc;
    (void) argv;
    return is_absent();
}

int cli_disasm(int argc, char **argv)
{
    (void) argc;
    (void) argv;
    return is_absent();
}

int cli_verify(int argc, char **argv)
{
    (void) argc;
    (void) argv;
    return is_absent();
}
