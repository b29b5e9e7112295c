/* What translated code takes: loads each module that is named, translates all of its functions, and prints
** the bytes of its Code chunk beside those of the instructions, and of these with their operands in pools and
** the places of lines. */
#include <stdio.h>
#include <stdlib.h>

#include "load/load.h"
#include "pack/iff.h"

struct sum {
    size_t modules, chunk, instructions, functions;
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

static void add_module(struct sum *sum, const struct module *module, struct code_bytes bytes)
{
    struct iff iff;
    struct iff_chunk chunk = { 0 };

    if (iff_open(&iff, bytes.data, bytes.size) == NULL && iff_find(&iff, "Code", &chunk))
        sum->chunk += chunk.size;
    for (uint32_t at = 0; at < module->function_count; at++) {
        sum->instructions += module->functions[at].word_count * sizeof(uint32_t);
        sum->functions += module->functions[at].allocated;
    }
    sum->modules++;
}

static bool measure(const char *path, struct sum *sum)
{
    struct memory memory;
    struct heap_shared heaps = { .memory = &memory };
    struct code_bytes bytes = { 0 };
    struct load_error error;
    struct module *module;
    struct atom_table *atoms;
    bool is_good;

    memory_init(&memory, NULL, NULL, 0);
    atoms = atom_table_create(&memory, 1u << 20);
    heaps.literals = literal_ranges_create(&memory);
    bytes.data = read_file(path, &bytes.size);
    {
        struct code_table *table = code_table_create(&memory, atoms, (struct literal_ranges *) heaps.literals);
        struct load_context context = { &memory, atoms, table, &heaps, (struct literal_ranges *) heaps.literals };

        is_good = bytes.data != NULL && load_module(&context, bytes, true, &module, &error) == LOAD_OK;
        if (is_good) {
            add_module(sum, module, module->bytes);
            module_destroy(module);
        } else {
            fprintf(stderr, "%s: %s\n", path, bytes.data == NULL ? "cannot read" : error.text);
        }
        code_table_destroy(table);
    }
    literal_ranges_destroy((struct literal_ranges *) heaps.literals);
    atom_table_destroy(atoms);
    free((void *) (uintptr_t) bytes.data);
    return is_good;
}

int main(int count, char **arguments)
{
    struct sum sum = { 0, 0, 0, 0 };
    bool is_good = true;

    if (count < 2) {
        fprintf(stderr, "usage: code_size FILE.beam...\n");
        return 64;
    }
    for (int at = 1; at < count; at++)
        is_good &= measure(arguments[at], &sum);
    if (sum.chunk == 0)
        return 1;
    printf("%zu modules: Code chunks %zu bytes, instructions %zu (%.2f times), with pools and lines %zu (%.2f)\n",
        sum.modules, sum.chunk, sum.instructions, (double) sum.instructions / (double) sum.chunk,
        sum.functions, (double) sum.functions / (double) sum.chunk);
    return is_good ? 0 : 1;
}
