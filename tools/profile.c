/* profile.c - see src/interp/profile.h. The one place with variables of its own and a word to the environment: it
** is built for measuring alone. */
#include "interp/profile.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Kinds of the first operands of an instruction, two bits each. */
#define PROFILED_OPERANDS 3

static uint64_t pairs[INSTRUCTION_COUNT][INSTRUCTION_COUNT];
static uint64_t kinds[INSTRUCTION_COUNT][1 << (2 * PROFILED_OPERANDS)];
static unsigned previous;
static int is_open;

static void write_kinds(FILE *file, unsigned op, unsigned key)
{
    static const char letters[] = "xyci";

    fprintf(file, "kinds\t%s\t", instruction_rows[op].name);
    for (unsigned i = 0; i < PROFILED_OPERANDS; i++)
        fputc(letters[key >> (2 * i) & 3], file);
    fprintf(file, "\t%" PRIu64 "\n", kinds[op][key]);
}

static void write_all(void)
{
    const char *name = getenv("AVM_PROFILE_FILE");
    FILE *file = name != NULL ? fopen(name, "w") : NULL;

    if (file == NULL)
        return;
    for (unsigned op = 0; op < INSTRUCTION_COUNT; op++) {
        for (unsigned next = 0; next < INSTRUCTION_COUNT; next++) {
            if (pairs[op][next] != 0)
                fprintf(file, "pair\t%s\t%s\t%" PRIu64 "\n", instruction_rows[op].name,
                    instruction_rows[next].name, pairs[op][next]);
        }
        for (unsigned key = 0; key < 1 << (2 * PROFILED_OPERANDS); key++) {
            if (kinds[op][key] != 0)
                write_kinds(file, op, key);
        }
    }
    fclose(file);
}

void profile_count(const uint32_t *unit)
{
    unsigned op = INSTRUCTION_OP(*unit), key = 0, seen = 0;
    const char *letters = instruction_rows[op].operands + 2;

    if (!is_open) {
        is_open = 1;
        atexit(write_all);
    }
    pairs[previous][op]++;
    previous = op;
    for (unsigned i = 0; letters[i] != 0 && letters[i] != '*' && seen < PROFILED_OPERANDS; i++) {
        if (letters[i] == 's' || letters[i] == 'd')
            key |= (unit[1 + i] & 3) << (2 * seen++);
    }
    if (seen != 0)
        kinds[op][key]++;
}
