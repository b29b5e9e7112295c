/* port_settings.c - reads the arguments of open_port/2. Options are looked at in order, the last of each
** kind holds; the texts are written once all are known. */
#include "bif/port_settings.h"

#include "base/utf8.h"
#include "bif/os.h"
#include "bif/points.h"
#include "data/bits.h"
#include "data/list.h"
#include "data/number.h"
#include "proc/node.h"

struct parse {
    struct node *node;
    struct port_settings *settings;
    term arguments, argument_0, environment, directory;     /* TERM_NONE: not said */
    bool no_stdio;
};

/* ---- texts ---------------------------------------------------------------------------- */

static enum data_status append_binary(struct parse *parse, term binary)
{
    enum data_status status = DATA_OK;
    const uint8_t *bytes;
    uint8_t *scratch = NULL;
    size_t size;

    if (!bits_get_bytes(parse->node->memory, binary, &bytes, &size, &scratch, &status))
        return status;
    if (size > 0 && memchr(bytes, 0, size) != NULL)
        status = DATA_BAD_ARGUMENT;
    else
        byte_buffer_append(&parse->settings->texts, bytes, size);
    if (scratch != NULL)
        memory_free(parse->node->memory, MEMORY_OTHER, scratch, size);
    return status;
}

/* A text as the system has it: of code points, the bytes of a binary, an atom. A 0 comes behind. */
static enum data_status append_text(struct parse *parse, term text, uint32_t refused)
{
    struct byte_buffer *texts = &parse->settings->texts;
    enum data_status status = DATA_OK;

    if (term_is_atom(text)) {
        size_t size;
        const uint8_t *bytes = atom_text(parse->node->atoms, term_atom_index(text), &size);

        byte_buffer_append(texts, bytes, size);
    } else if (term_is_binary(text)) {
        status = append_binary(parse, text);
    } else if (!term_is_list(text) || !points_get(texts, text, refused)) {
        status = DATA_BAD_ARGUMENT;
    }
    byte_buffer_u8(texts, 0);
    return status == DATA_OK && texts->failed ? DATA_NO_MEMORY : status;
}

static enum data_status put_command(struct parse *parse, term name)
{
    struct port_settings *settings = parse->settings;
    enum data_status status;

    settings->command = settings->texts.size;
    status = append_text(parse, name, 0);
    if (status == DATA_OK)
        settings->command_size = settings->texts.size - settings->command - 1;
    return status == DATA_OK && settings->command_size == 0 ? DATA_BAD_ARGUMENT : status;
}

static enum data_status put_arguments(struct parse *parse, term name)
{
    struct port_settings *settings = parse->settings;
    term list = parse->arguments != TERM_NONE ? parse->arguments : TERM_NIL;
    enum data_status status;

    settings->arguments = settings->texts.size;
    settings->argument_count = 1;
    status = append_text(parse, parse->argument_0 != TERM_NONE ? parse->argument_0 : name, 0);
    for (; status == DATA_OK && term_is_cons(list); list = term_tail(list)) {
        status = append_text(parse, term_head(list), 0);
        settings->argument_count++;
    }
    return status == DATA_OK && list != TERM_NIL ? DATA_BAD_ARGUMENT : status;
}

/* ---- the environment -------------------------------------------------------------------- */

/* What env says lies from environment on; names that are taken away as a text without '='. */
struct said {
    const struct port_settings *settings;
    size_t end;
};

static bool is_said(void *user, const char *name, size_t size)
{
    const struct said *said = user;
    size_t at = said->settings->environment;

    while (at < said->end) {
        const char *text = (const char *) said->settings->texts.bytes + at;

        if (strncmp(text, name, size) == 0 && (text[size] == '=' || text[size] == '\0'))
            return true;
        at += strlen(text) + 1;
    }
    return false;
}

/* {Name, Value | false} */
static enum data_status put_variable(struct parse *parse, term pair)
{
    struct byte_buffer *texts = &parse->settings->texts;
    enum data_status status;

    if (!term_is_tuple(pair) || term_tuple_arity(pair) != 2)
        return DATA_BAD_ARGUMENT;
    status = append_text(parse, term_tuple_element(pair, 0), '=');
    if (status != DATA_OK || term_tuple_element(pair, 1) == ATOM(false))
        return status;
    texts->bytes[texts->size - 1] = '=';
    return append_text(parse, term_tuple_element(pair, 1), 0);
}

/* Texts without '=' have done their work: they go. Of one name said twice the last holds. */
static void drop_removed(struct port_settings *settings, size_t end)
{
    size_t at = settings->environment, to = at;

    while (at < end) {
        char *text = (char *) settings->texts.bytes + at;
        size_t size = strlen(text) + 1, name_size = strcspn(text, "=");
        struct said later = { settings, end };
        struct port_settings rest = *settings;

        rest.environment = at + size;
        later.settings = &rest;
        if (text[name_size] == '=' && !is_said(&later, text, name_size)) {
            memmove(settings->texts.bytes + to, text, size);
            to += size;
            settings->variable_count++;
        }
        at += size;
    }
    memmove(settings->texts.bytes + to, settings->texts.bytes + end, settings->texts.size - end);
    settings->texts.size -= end - to;
}

static enum data_status put_environment(struct parse *parse)
{
    struct port_settings *settings = parse->settings;
    term list = parse->environment != TERM_NONE ? parse->environment : TERM_NIL;
    enum data_status status = DATA_OK;
    struct said said = { settings, 0 };

    settings->environment = settings->texts.size;
    for (; status == DATA_OK && term_is_cons(list); list = term_tail(list))
        status = put_variable(parse, term_head(list));
    if (status != DATA_OK || list != TERM_NIL)
        return status != DATA_OK ? status : DATA_BAD_ARGUMENT;
    said.end = settings->texts.size;
    settings->variable_count = os_list_environment(parse->node, &settings->texts, is_said, &said);
    if (settings->texts.failed)
        return DATA_NO_MEMORY;
    drop_removed(settings, said.end);
    return DATA_OK;
}

/* ---- options ------------------------------------------------------------------------------ */

static bool take_flag(struct parse *parse, term option)
{
    const struct {
        term atom;
        unsigned flag;
    } rows[] = { { ATOM(binary), PORT_BINARY }, { ATOM(eof), PORT_EOF },
        { ATOM(exit_status), PORT_EXIT_STATUS }, { ATOM(stderr_to_stdout), PORT_STDERR_TO_STDOUT },
        { ATOM(in), PORT_IN }, { ATOM(out), PORT_OUT }, { ATOM(hide), 0 }, { ATOM(overlapped_io), 0 } };
    struct port_settings *settings = parse->settings;
    size_t i;

    for (i = 0; i < AVM_COUNT_OF(rows); i++) {
        if (option == rows[i].atom) {
            settings->flags |= rows[i].flag;
            return true;
        }
    }
    if (option == ATOM(stream))
        settings->packet = 0;
    else if (option == ATOM(use_stdio) || option == ATOM(nouse_stdio))
        parse->no_stdio = option == ATOM(nouse_stdio);
    else if (option == ATOM(line))
        settings->line = 512;
    else
        return false;
    return true;
}

/* Limits of BEAM's queues, which are not here: only looked at. */
static bool is_limits(term value)
{
    uint64_t limit;
    unsigned i;

    if (value == ATOM(disabled))
        return true;
    if (!term_is_tuple(value) || term_tuple_arity(value) != 2)
        return false;
    for (i = 0; i < 2; i++) {
        if (!integer_get_uint64(term_tuple_element(value, i), &limit) || limit < 1)
            return false;
    }
    return true;
}

static bool take_number(struct parse *parse, term key, term value)
{
    if (!term_is_small(value) || term_small(value) <= 0)
        return false;
    if (key == ATOM(line)) {
        parse->settings->line = (size_t) term_small(value);
        return true;
    }
    parse->settings->packet = (unsigned) term_small(value);
    return term_small(value) == 1 || term_small(value) == 2 || term_small(value) == 4;
}

static bool take_pair(struct parse *parse, term key, term value)
{
    if (key == ATOM(packet) || key == ATOM(line))
        return take_number(parse, key, value);
    if (key == ATOM(env))
        parse->environment = value;
    else if (key == ATOM(args))
        parse->arguments = value;
    else if (key == ATOM(arg0))
        parse->argument_0 = value;
    else if (key == ATOM(cd))
        parse->directory = value;
    else if (key == ATOM(parallelism) && (value == ATOM(true) || value == ATOM(false)))
        parse->settings->flags |= value == ATOM(true) ? PORT_PARALLELISM : 0;
    else
        return (key == ATOM(busy_limits_port) || key == ATOM(busy_limits_msgq)) && is_limits(value);
    return true;
}

static bool take_options(struct parse *parse, term options)
{
    struct port_settings *settings = parse->settings;

    for (; term_is_cons(options); options = term_tail(options)) {
        term option = term_head(options);
        bool is_pair = term_is_tuple(option) && term_tuple_arity(option) == 2;

        if (!(is_pair ? take_pair(parse, term_tuple_element(option, 0), term_tuple_element(option, 1))
                      : take_flag(parse, option)))
            return false;
    }
    if ((settings->flags & (PORT_IN | PORT_OUT)) == 0)
        settings->flags |= PORT_IN | PORT_OUT;
    settings->flags |= (settings->line > 0 ? PORT_LINE : 0u)
        | (parse->no_stdio ? PORT_NO_STDIO : 0u);
    return options == TERM_NIL && !(settings->line > 0 && settings->packet > 0)
        && !((settings->flags & PORT_STDERR_TO_STDOUT) && parse->no_stdio);
}

/* ---- what is opened ---------------------------------------------------------------------------- */

static enum data_status put_handles(struct parse *parse, term name)
{
    struct port_settings *settings = parse->settings;
    term in = term_tuple_element(name, 1), out = term_tuple_element(name, 2);

    if (!term_is_small(in) || !term_is_small(out) || term_small(in) < 0 || term_small(out) < 0
        || term_small(in) > INT_MAX || term_small(out) > INT_MAX
        || (settings->flags & PORT_EXIT_STATUS) || parse->arguments != TERM_NONE)
        return DATA_BAD_ARGUMENT;
    settings->kind = PORT_OF_HANDLES;
    settings->in = (int) term_small(in);
    settings->out = (int) term_small(out);
    byte_buffer_format(&settings->texts, "%d/%d", settings->in, settings->out);
    settings->command_size = settings->texts.size;
    byte_buffer_u8(&settings->texts, 0);
    return settings->texts.failed ? DATA_NO_MEMORY : DATA_OK;
}

static enum data_status put_program(struct parse *parse, term kind, term name)
{
    struct port_settings *settings = parse->settings;
    enum data_status status;

    settings->kind = kind == ATOM(spawn_driver) ? PORT_OF_DRIVER
        : kind == ATOM(spawn)                   ? PORT_OF_COMMAND
                                                : PORT_OF_EXECUTABLE;
    if (settings->kind != PORT_OF_EXECUTABLE
        && (parse->arguments != TERM_NONE || parse->argument_0 != TERM_NONE))
        return DATA_BAD_ARGUMENT;
    status = put_command(parse, name);
    if (status == DATA_OK)
        status = put_arguments(parse, name);
    if (status == DATA_OK && parse->directory != TERM_NONE) {
        settings->directory = settings->texts.size;
        status = append_text(parse, parse->directory, 0);
    }
    return status == DATA_OK ? put_environment(parse) : status;
}

enum data_status port_settings_parse(struct node *node, term name, term options,
    struct port_settings *settings)
{
    struct parse parse = { node, settings, TERM_NONE, TERM_NONE, TERM_NONE, TERM_NONE, false };
    size_t arity = term_is_tuple(name) ? term_tuple_arity(name) : 0;
    term kind = arity > 0 ? term_tuple_element(name, 0) : TERM_NONE;

    memset(settings, 0, sizeof *settings);
    settings->directory = SIZE_MAX;
    byte_buffer_init(&settings->texts, node->memory, MEMORY_OTHER);
    if (!take_options(&parse, options))
        return DATA_BAD_ARGUMENT;
    if (kind == ATOM(fd) && arity == 3)
        return put_handles(&parse, name);
    if (arity != 2
        || (kind != ATOM(spawn) && kind != ATOM(spawn_driver) && kind != ATOM(spawn_executable)))
        return DATA_BAD_ARGUMENT;
    return put_program(&parse, kind, term_tuple_element(name, 1));
}
