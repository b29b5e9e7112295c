/* message.c - what the program says about itself: one line, then at most one hint. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

/* Colours only for people, and only for those who have not said no (no-color.org). */
static bool has_colors(void)
{
    const char *refused = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");

    return (refused == NULL || *refused == '\0') && terminal != NULL
        && strcmp(terminal, "dumb") != 0 && isatty(STDERR_FILENO);
}

static void say(const char *color, const char *prefix, const char *format, va_list arguments)
{
    char line[1024];
    char *at;

    (void) fflush(stdout);
    (void) vsnprintf(line, sizeof line, format, arguments);
    for (at = line; *at != '\0'; at++)
        if ((unsigned char) *at < ' ' || *at == 0x7f)
            *at = '?';
    if (has_colors())
        fprintf(stderr, "%s%s\033[0m %s\n", color, prefix, line);
    else
        fprintf(stderr, "%s %s\n", prefix, line);
}

void cli_error(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    say("\033[1;31m", "atomvm:", format, arguments);
    va_end(arguments);
}

void cli_hint(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    say("\033[1m", "hint:", format, arguments);
    va_end(arguments);
}

int cli_exit_of(avm_status status)
{
    switch (status) {
        case AVM_OK: return CLI_OK;
        case AVM_NO_MEMORY: return CLI_NO_MEMORY;
        case AVM_NOT_FOUND:
        case AVM_IO: return CLI_CANNOT_OPEN;
        case AVM_BAD_FILE:
        case AVM_BAD_CODE: return CLI_BAD_FILE;
        case AVM_UNSUPPORTED: return CLI_NOT_BUILT_IN;
        case AVM_TIMEOUT: return CLI_LIMIT;
        default: return CLI_DEFECT;
    }
}

int cli_fail(const avm_error *error)
{
    cli_error("%s", error->message);
    return cli_exit_of(error->status);
}

void cli_print_json(const char *text)
{
    putchar('"');
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char) *text;

        if (byte == '"' || byte == '\\')
            printf("\\%c", byte);
        else if (byte < ' ')
            printf("\\u%04x", byte);
        else
            putchar(byte);
    }
    putchar('"');
}

int cli_finish(int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    cli_error("standard output: cannot be written");
    return CLI_CANNOT_OPEN;
}
