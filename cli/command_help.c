/* command_help.c - the help, from the rows of the commands. */
#include <stdio.h>
#include <string.h>

#include "cli.h"

const struct cli_option cli_help_options[] = { { 0, NULL, NULL, NULL } };

static void print_option(const struct cli_option *option)
{
    char text[64];
    const char *dashes = option->name[0] == '-' ? "" : "--";
    const char *joint = option->value == NULL || option->value[0] == '[' ? "" : " ";
    const char *value = option->value == NULL ? "" : option->value;

    if (option->letter != 0)
        (void) snprintf(text, sizeof text, "-%c, %s%s%s%s", option->letter, dashes, option->name,
            joint, value);
    else
        (void) snprintf(text, sizeof text, "%s%s%s%s", dashes, option->name, joint, value);
    printf("  %-24s %s\n", text, option->help);
}

static int print_command(const struct cli_command *command)
{
    const struct cli_option *option;

    printf("usage: atomvm %s %s\n\n%c%s.\n", command->name, command->usage,
        command->summary[0] - 32, command->summary + 1);
    if (command->details[0] != '\0')
        printf("\n%s", command->details);
    if (command->options[0].name != NULL)
        printf("\noptions:\n");
    for (option = command->options; option->name != NULL; option++)
        print_option(option);
    return cli_finish(CLI_OK);
}

static int print_overview(void)
{
    const struct cli_command *command;

    printf("usage: atomvm [run] [OPTION...] FILE... [-- ARGUMENT...]\n"
           "       atomvm COMMAND [OPTION...] ...\n\n"
           "Runs Erlang: .beam modules and .avm packs.\n\n"
           "commands:\n");
    for (command = cli_commands; command->name != NULL; command++)
        printf("  %-10s %s\n", command->name, command->summary);
    printf("\n  --version  show the version\n\n"
           "`atomvm help COMMAND` explains one.\n");
    return cli_finish(CLI_OK);
}

int cli_explain(const char *name)
{
    const struct cli_command *command = cli_find_command(name);

    if (command != NULL)
        return print_command(command);
    cli_error("%s: no such command", name);
    cli_hint("atomvm help");
    return CLI_USAGE;
}

int cli_help(int argc, char **argv)
{
    return argc == 0 ? print_overview() : cli_explain(argv[0]);
}
