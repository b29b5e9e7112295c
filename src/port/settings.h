/* settings.h - what open_port/2 was asked for. */
#ifndef AVM_PORT_SETTINGS_H
#define AVM_PORT_SETTINGS_H

#include "base/vector.h"

enum port_kind {
    PORT_OF_DRIVER,             /* spawn_driver */
    PORT_OF_COMMAND,            /* spawn: a driver's name and more, or a command of the shell */
    PORT_OF_EXECUTABLE,         /* spawn_executable */
    PORT_OF_HANDLES             /* fd */
};

enum port_flags {
    PORT_BINARY = 1, PORT_EOF = 2, PORT_EXIT_STATUS = 4, PORT_STDERR_TO_STDOUT = 8,
    PORT_NO_STDIO = 16, PORT_IN = 32, PORT_OUT = 64, PORT_PARALLELISM = 128, PORT_LINE = 256
};

/* The texts lie in one buffer one after the other, each with its 0; the places are offsets. */
struct port_settings {
    enum port_kind kind;
    unsigned flags;
    unsigned packet;            /* bytes of a header: 0 (none), 1, 2, 4 */
    size_t line;                /* longest line, with PORT_LINE */
    int in, out;                /* PORT_OF_HANDLES */
    struct byte_buffer texts;
    size_t command;             /* offset; its size without the 0: */
    size_t command_size;
    size_t directory;           /* SIZE_MAX: as the VM's */
    size_t arguments;           /* argument_count texts, argument 0 first */
    size_t argument_count;
    size_t environment;         /* variable_count texts NAME=value, all that the program gets */
    size_t variable_count;
};

#endif
