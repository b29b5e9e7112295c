/* text.c - terms as text for the host: avm_print, and printf with %T (term.h). */
#include "api/vm.h"

#include "data/print.h"

#include <stdio.h>

size_t vm_print(struct avm_vm *vm, term t, char *buffer, size_t size)
{
    struct byte_buffer out;
    size_t total;

    vm_enter(vm);
    byte_buffer_init(&out, &vm->memory, MEMORY_OTHER);
    (void) term_print(&out, &vm->node.compare, t, SIZE_MAX);
    total = out.size;
    if (size > 0) {
        size_t fits = total < size ? total : size - 1;

        if (fits > 0)
            memcpy(buffer, out.bytes, fits);
        buffer[fits] = '\0';
    }
    byte_buffer_deinit(&out);
    vm_leave(vm);
    return total;
}

/* ---- printf ------------------------------------------------------------------------------ */

struct text {
    char *buffer;
    size_t size, used;              /* used: of the whole text */
};

/* Room for the next piece, NULL with *size 0 when there is none. */
static char *room(const struct text *text, size_t *size)
{
    *size = text->used < text->size ? text->size - text->used : 0;
    return *size > 0 ? text->buffer + text->used : NULL;
}

static void put_plain(struct text *text, const char *from, size_t count)
{
    size_t size;
    char *to = room(text, &size);

    if (size > 0) {
        memcpy(to, from, count < size ? count : size - 1);
        to[count < size ? count : size - 1] = '\0';
    }
    text->used += count;
}

/* One conversion, with what its stars ask for. */
struct conversion {
    char format[32];
    int stars[2];
    unsigned star_count;
    char length;                    /* 'H' for hh, 'q' for ll */
    char type;
};

/* Each piece goes to vsnprintf by itself: what it takes of the arguments follows from its type. */
#define PUT(argument)                                                                            \
    do {                                                                                         \
        to = room(text, &size);                                                                  \
        count = c->star_count == 0 ? snprintf(to, size, c->format, argument)                     \
            : c->star_count == 1   ? snprintf(to, size, c->format, c->stars[0], argument)        \
                                   : snprintf(to, size, c->format, c->stars[0], c->stars[1],     \
                                         argument);                                              \
    } while (0)

#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#endif

static bool put_number(struct text *text, const struct conversion *c, va_list *arguments)
{
    size_t size;
    char *to;
    int count;

    if (strchr("aAeEfFgG", c->type) != NULL) {
        if (c->length == 'L')
            PUT(va_arg(*arguments, long double));
        else
            PUT(va_arg(*arguments, double));
    } else if (c->length == 'q' || c->length == 'j') {
        PUT(va_arg(*arguments, long long));
    } else if (c->length == 'l') {
        PUT(va_arg(*arguments, long));
    } else if (c->length == 'z' || c->length == 't') {
        PUT(va_arg(*arguments, size_t));
    } else {
        PUT(va_arg(*arguments, int));
    }
    text->used += count > 0 ? (size_t) count : 0;
    return count >= 0;
}

static bool put_pointer(struct text *text, const struct conversion *c, va_list *arguments)
{
    size_t size;
    char *to;
    int count;

    PUT(va_arg(*arguments, void *));
    text->used += count > 0 ? (size_t) count : 0;
    return count >= 0;
}

#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

static void put_term(struct text *text, struct avm_vm *vm, term t)
{
    size_t size;
    char *to = room(text, &size), word[32];

    if (vm != NULL) {
        text->used += vm_print(vm, t, to, size);
        return;
    }
    (void) snprintf(word, sizeof word, "#term%zx", (size_t) t);
    put_plain(text, word, strlen(word));
}

/* Reads a conversion behind its %; gives what follows it, NULL: it is too long or ends early. */
static const char *read_conversion(struct conversion *c, const char *at, va_list *arguments)
{
    size_t used = 1;

    memset(c, 0, sizeof *c);
    c->format[0] = '%';
    for (; *at != '\0' && used + 2 < sizeof c->format; at++) {
        c->format[used++] = *at;
        if (strchr("-+ #0.123456789", *at) != NULL)
            continue;
        if (*at == '*' && c->star_count < 2) {
            c->stars[c->star_count++] = va_arg(*arguments, int);
            continue;
        }
        if (strchr("hlLjzt", *at) != NULL) {
            c->length = c->length == *at ? (*at == 'h' ? 'H' : 'q') : *at;
            continue;
        }
        c->type = *at;
        return at + 1;
    }
    return NULL;
}

static bool put_conversion(struct text *text, struct avm_vm *vm, const struct conversion *c,
    va_list *arguments)
{
    if (c->type == '%')
        put_plain(text, "%", 1);
    else if (c->type == 'T')
        put_term(text, vm, va_arg(*arguments, avm_term));
    else if (c->type == 's' || c->type == 'p')
        return put_pointer(text, c, arguments);
    else if (strchr("diouxXcaAeEfFgG", c->type) != NULL)
        return put_number(text, c, arguments);
    else
        return false;
    return true;
}

int avm_vsnprintf(avm_vm *vm, char *buffer, size_t size, const char *format, va_list given)
{
    struct text text = { buffer, size, 0 };
    struct conversion conversion;
    va_list arguments;

    if (size > 0)
        buffer[0] = '\0';
    va_copy(arguments, given);
    while (format != NULL && *format != '\0') {
        size_t plain = strcspn(format, "%");

        put_plain(&text, format, plain);
        format += plain;
        if (*format == '\0')
            break;
        format = read_conversion(&conversion, format + 1, &arguments);
        if (format != NULL && !put_conversion(&text, vm, &conversion, &arguments))
            break;
    }
    va_end(arguments);
    return text.used > INT_MAX ? -1 : (int) text.used;
}
