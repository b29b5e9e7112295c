/* without_tools.c - the commands for packs and modules in a build that is only to run programs. */
#include "cli.h"

const struct cli_option cli_pack_options[] = { { 0, NULL, NULL, NULL } };
const struct cli_option cli_list_options[] = { { 0, NULL, NULL, NULL } };
const struct cli_option cli_disasm_options[] = { { 0, NULL, NULL, NULL } };
const struct cli_option cli_verify_options[] = { { 0, NULL, NULL, NULL } };

#define ABSENT(command)                                 \
    int command(int argc, char **argv)                  \
    {                                                   \
        (void) argc;                                    \
        (void) argv;                                    \
        cli_error("a command that is not built in");    \
        return CLI_NOT_BUILT_IN;                        \
    }

ABSENT(cli_pack)
ABSENT(cli_list)
ABSENT(cli_disasm)
ABSENT(cli_verify)
