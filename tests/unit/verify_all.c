/* Loads the modules named on the command line and verifies every function of each: says what is
** refused, and fails when anything was, or when memory is not back where it was. With -d each
** function is only decoded; with -s NAME functions of that name are printed; with -m N each module is
** also read N times with a byte or two changed: nothing may be said but yes or no. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "load/disasm.h"
#include "load/load.h"
#include "pack/iff.h"

/* With the translator linked in, broken modules go through it too. */
#ifdef VERIFY_TRANSLATES
#define VERIFY_OR_TRANSLATE load_translate
#else
#define VERIFY_OR_TRANSLATE load_verify
#endif

struct tally {
    size_t modules, functions, refused, ops, unproven, words;
    double seconds;
};

static void *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    char *bytes = NULL;
    long end;

    if (file == NULL)
        return NULL;
    if (fseek(file, 0, SEEK_END) == 0 && (end = ftell(file)) >= 0 && fseek(file, 0, SEEK_SET) == 0) {
        bytes = malloc((size_t) end + 1);
        *size = bytes == NULL ? 0 : fread(bytes, 1, (size_t) end, file);
    }
    fclose(file);
    return bytes;
}

static void check_function(struct memory *memory, struct function *function, bool decode_only,
    const char *path, struct tally *tally)
{
    struct generic_function generic;
    struct load_error error = { "" };
    bool is_good = generic_decode(memory, function, &generic, &error);
    size_t at;

    tally->functions++;
    if (is_good && !decode_only)
        is_good = verify_function(memory, &generic, &error);
    for (at = 0; at < generic.op_count; at++)
        tally->unproven += (generic.ops[at].flags & GENERIC_UNPROVEN) != 0;
    tally->ops += generic.op_count;
    generic_deinit(memory, &generic);
#ifdef VERIFY_TRANSLATES
    if (is_good && !decode_only)
        is_good = load_translate(function, &error);
    tally->words += function->word_count;
#endif
    if (!is_good) {
        tally->refused++;
        printf("%s: %s\n", path, error.text);
    }
}

static void print_functions(struct memory *memory, struct module *module, const char *name)
{
    struct disasm_options options = { .function = name, .verify = true };
    struct byte_buffer out;
    struct load_error error;

    byte_buffer_init(&out, memory, MEMORY_OTHER);
    disasm_module(&out, module, &options, &error);
    fwrite(out.bytes, 1, out.size, stdout);
    byte_buffer_deinit(&out);
}

static void check_file(const char *path, bool decode_only, const char *shown, struct tally *tally)
{
    struct memory memory;
    struct atom_table *atoms;
    struct literal_ranges *literals;
    struct code_table *table;
    struct heap_shared heaps = { .memory = &memory };
    struct code_bytes bytes = { 0 };
    struct load_error error;
    struct module *module;
    uint32_t at;

    memory_init(&memory, NULL, NULL, 0);
    atoms = atom_table_create(&memory, 1u << 20);
    literals = literal_ranges_create(&memory);
    heaps.literals = literals;
    table = code_table_create(&memory, atoms, literals);
    bytes.data = read_file(path, &bytes.size);
    {
        struct load_context context = { &memory, atoms, table, &heaps, literals };

        tally->modules++;
        if (bytes.data == NULL
            || load_module(&context, bytes, false, &module, &error) != LOAD_OK) {
            printf("%s: %s\n", path, bytes.data == NULL ? "cannot read" : error.text);
            tally->refused++;
        } else {
            if (shown != NULL)
                print_functions(&memory, module, shown);
            for (at = 0; at < module->function_count; at++)
                check_function(&memory, &module->functions[at], decode_only, path, tally);
            module_destroy(module);
        }
    }
    code_table_destroy(table);
    literal_ranges_destroy(literals);
    atom_table_destroy(atoms);
    if (memory.counts.live_bytes != 0) {
        printf("%s: %zu bytes left\n", path, memory.counts.live_bytes);
        tally->refused++;
    }
    free((void *) (uintptr_t) bytes.data);
}

/* The whole of a module that is probably broken; what is said of it does not matter. */
static void read_broken(const void *data, size_t size)
{
    struct memory memory;
    struct atom_table *atoms;
    struct literal_ranges *literals;
    struct code_table *table;
    struct heap_shared heaps = { .memory = &memory };
    struct code_bytes bytes = { data, size, NULL, NULL };
    struct load_error error;
    struct module *module;
    uint32_t at;

    memory_init(&memory, NULL, NULL, 0);
    atoms = atom_table_create(&memory, 1u << 20);
    literals = literal_ranges_create(&memory);
    heaps.literals = literals;
    table = code_table_create(&memory, atoms, literals);
    {
        struct load_context context = { &memory, atoms, table, &heaps, literals };

        if (load_module(&context, bytes, false, &module, &error) == LOAD_OK) {
            for (at = 0; at < module->function_count; at++)
                (void) VERIFY_OR_TRANSLATE(&module->functions[at], &error);
            module_destroy(module);
        }
    }
    code_table_destroy(table);
    literal_ranges_destroy(literals);
    atom_table_destroy(atoms);
    if (memory.counts.live_bytes != 0)
        abort();
}

/* Where the Code chunk's ops lie. */
static bool find_code(const uint8_t *bytes, size_t size, size_t *start, size_t *length)
{
    struct iff iff;
    struct iff_chunk chunk;

    if (iff_open(&iff, bytes, size) != NULL || !iff_find(&iff, "Code", &chunk))
        return false;
    *start = (size_t) (chunk.data - bytes) + 20;
    *length = chunk.size - 20;
    return true;
}

static void mutate(const char *path, unsigned times)
{
    size_t size = 0, start, length;
    uint8_t *bytes = read_file(path, &size);

    if (bytes != NULL && find_code(bytes, size, &start, &length)) {
        for (; times > 0; times--) {
            size_t first = (size_t) rand() % 8 == 0 ? (size_t) rand() % size
                                                    : start + (size_t) rand() % length;
            size_t second = start + (size_t) rand() % length;
            uint8_t kept_first = bytes[first], kept_second = bytes[second];

            bytes[first] = (uint8_t) (rand() % 2 ? rand() : bytes[first] ^ 1 << rand() % 8);
            if (rand() % 2)
                bytes[second] = (uint8_t) rand();
            read_broken(bytes, size);
            bytes[second] = kept_second;
            bytes[first] = kept_first;
        }
    }
    free(bytes);
}

int main(int count, char **arguments)
{
    struct tally tally = { 0 };
    const char *shown = NULL;
    bool decode_only = false;
    int at = 1;
    unsigned mutations = 0;
    clock_t start = clock();

    if (at < count && strcmp(arguments[at], "-d") == 0) {
        decode_only = true;
        at++;
    }
    if (at + 1 < count && strcmp(arguments[at], "-s") == 0) {
        shown = arguments[at + 1];
        at += 2;
    }
    if (at + 1 < count && strcmp(arguments[at], "-m") == 0) {
        mutations = (unsigned) atoi(arguments[at + 1]);
        at += 2;
    }
    for (; at < count; at++) {
        check_file(arguments[at], decode_only, shown, &tally);
        mutate(arguments[at], mutations);
    }
    printf("%zu modules, %zu functions, %zu ops, %zu words, %zu unproven, %zu refused, %.2f s\n",
        tally.modules, tally.functions, tally.ops, tally.words, tally.unproven, tally.refused,
        (double) (clock() - start) / CLOCKS_PER_SEC);
    return tally.refused != 0;
}
