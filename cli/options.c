/* options.c - reads the command line by the rows of a command. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"

const struct cli_command *cli_find_command(const char *name)
{
    const struct cli_command *command;

    for (command = cli_commands; command->name != NULL; command++)
        if (strcmp(command->name, name) == 0)
            return command;
    return NULL;
}

/* "name" of "--name=value", "-pa" of "-pa", "o" of "-o". */
static const struct cli_option *find_option(const struct cli_command *command, const char *argument,
    size_t size)
{
    const struct cli_option *option;

    for (option = command->options; option->name != NULL; option++) {
        bool is_long = size > 2 && argument[1] == '-' && option->name[0] != '-'
            && strlen(option->name) == size - 2
            && strncmp(option->name, argument + 2, size - 2) == 0;
        bool is_word = option->name[0] == '-' && strlen(option->name) == size
            && strncmp(option->name, argument, size) == 0;

        if (is_long || is_word || (size == 2 && argument[1] == option->letter))
            return option;
    }
    return NULL;
}

static bool fail(const struct cli_reader *reader, const char *argument, const char *why,
    int *status)
{
    cli_error("%s: %s", argument, why);
    cli_hint("atomvm help %s", reader->command->name);
    *status = CLI_USAGE;
    return false;
}

static bool read_option(struct cli_reader *reader, char *argument, int *status)
{
    size_t size = strcspn(argument, "=");
    const struct cli_option *option = find_option(reader->command, argument, size);
    const char *value = argument[size] == '=' ? argument + size + 1 : NULL;

    if (option == NULL)
        return fail(reader, argument, "no such option", status);
    reader->name = option->name;
    reader->value = value;
    if (option->value == NULL)
        return value == NULL || fail(reader, argument, "the option takes no value", status);
    if (value != NULL || option->value[0] == '[')
        return true;
    if (reader->at >= reader->argc)
        return fail(reader, argument, "the option needs a value", status);
    reader->value = reader->argv[reader->at++];
    return true;
}

bool cli_read(struct cli_reader *reader, int *status)
{
    char *argument;

    if (reader->at >= reader->argc)
        return false;
    argument = reader->argv[reader->at++];
    if (strcmp(argument, "--") == 0)
        return false;
    if (argument[0] == '-' && argument[1] != '\0')
        return read_option(reader, argument, status);
    reader->name = NULL;
    reader->value = argument;
    return true;
}

bool cli_parse_size(const char *text, size_t *size)
{
    char *end;
    unsigned long long value;
    unsigned shift = 0;

    if (*text < '0' || *text > '9')
        return false;
    value = strtoull(text, &end, 10);
    switch (*end) {
        case '\0': break;
        case 'k':
        case 'K': shift = 10; break;
        case 'm':
        case 'M': shift = 20; break;
        case 'g':
        case 'G': shift = 30; break;
        default: return false;
    }
    if ((shift != 0 && end[1] != '\0') || value > SIZE_MAX >> shift)
        return false;
    *size = (size_t) value << shift;
    return true;
}
