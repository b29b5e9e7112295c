/* Damaged modules, loaded and run: each in a child of its own, which must neither crash nor hang,
** and whose VM must give back every byte that it took.
**
** usage: mutate [--from N] [--keep DIR] SEED COUNT FILE...
**
** Each FILE is a module with start/0, or a pack of such. Mutation number I depends on SEED, I and
** the files alone, so that "--from I SEED 1 FILE..." makes it again. What fails is kept in DIR.
** Odd mutations are checked whole when they are loaded, even ones function by function. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "atomvm/inspect.h"
#include "atomvm/term.h"

#define MAX_CHUNKS 32
#define REDUCTIONS 200000
#define CPU_SECONDS 20
#define MEMORY_LIMIT (64u << 20)
#define GUARD 16

enum child_exit { CHILD_RAN, CHILD_REFUSED, CHILD_LEAKED = 3, CHILD_OVERRAN = 4, CHILD_SETUP = 5 };

struct bytes {
    uint8_t *at;
    size_t size;
};

struct module {
    char name[256];
    struct bytes bytes;
};

struct corpus {
    struct module *modules;
    size_t count;
};

static void die(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(70);
}

/* ---- random numbers ------------------------------------------------------------------------- */

static uint64_t random_next(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static size_t random_below(uint64_t *state, size_t bound)
{
    return bound == 0 ? 0 : (size_t) (random_next(state) % bound);
}

/* ---- the corpus ----------------------------------------------------------------------------- */

static struct bytes read_file(const char *path)
{
    struct bytes bytes = { NULL, 0 };
    FILE *file = fopen(path, "rb");
    long end;

    if (file == NULL || fseek(file, 0, SEEK_END) != 0 || (end = ftell(file)) < 0
        || fseek(file, 0, SEEK_SET) != 0)
        die("%s: cannot be read", path);
    bytes.at = malloc((size_t) end + 1);
    bytes.size = bytes.at == NULL ? 0 : fread(bytes.at, 1, (size_t) end, file);
    fclose(file);
    return bytes;
}

static void add_module(struct corpus *corpus, const char *name, const void *data, size_t size)
{
    struct module *module;

    corpus->modules = realloc(corpus->modules, (corpus->count + 1) * sizeof *corpus->modules);
    if (corpus->modules == NULL)
        die("no memory");
    module = &corpus->modules[corpus->count++];
    snprintf(module->name, sizeof module->name, "%s", name);
    if (strchr(module->name, '.') != NULL)
        *strchr(module->name, '.') = '\0';
    module->bytes.at = malloc(size);
    module->bytes.size = size;
    if (module->bytes.at == NULL)
        die("no memory");
    memcpy(module->bytes.at, data, size);
}

static void add_file(struct corpus *corpus, const char *path)
{
    struct bytes file = read_file(path);
    const char *slash = strrchr(path, '/');
    avm_section section;
    avm_pack *pack;
    avm_error error;

    if (!avm_is_pack(file.at, file.size)) {
        add_module(corpus, slash == NULL ? path : slash + 1, file.at, file.size);
    } else if (avm_pack_open(NULL, file.at, file.size, &pack, &error) == AVM_OK) {
        for (size_t at = 0; at < avm_pack_count(pack); at++) {
            avm_pack_section(pack, at, &section);
            if (section.flags & AVM_SECTION_MODULE)
                add_module(corpus, section.name, section.data, section.size);
        }
        avm_pack_close(pack);
    } else {
        die("%s: %s", path, error.message);
    }
    free(file.at);
}

/* ---- damage ----------------------------------------------------------------------------------- */

static size_t find_chunks(const struct bytes *module, struct bytes *chunks, struct bytes *code)
{
    size_t count = 0;

    *code = *module;
    for (size_t at = 12; at + 8 <= module->size && count < MAX_CHUNKS;) {
        const uint8_t *p = module->at + at;
        size_t size = (size_t) p[4] << 24 | (size_t) p[5] << 16 | (size_t) p[6] << 8 | p[7];

        if (size > module->size - at - 8)
            break;
        chunks[count].at = module->at + at + 8;
        chunks[count++].size = size;
        if (memcmp(p, "Code", 4) == 0 && size > 20)
            *code = (struct bytes) { module->at + at + 28, size - 20 };
        at += 8 + (size + 3) / 4 * 4;
    }
    return count;
}

static void damage_chunk(const struct bytes *chunk, uint64_t *state)
{
    uint8_t *byte = chunk->at + random_below(state, chunk->size);
    const uint8_t *other = chunk->at + random_below(state, chunk->size);
    size_t room, run;

    /* An operand of one byte has its kind in the low three bits and its value in the high four. */
    for (int tries = 0; tries < 20 && *byte & 8; tries++)
        byte = chunk->at + random_below(state, chunk->size);
    room = chunk->size - (size_t) ((byte > other ? byte : other) - chunk->at);
    run = 1 + random_below(state, room < 12 ? room : 12);
    switch (random_below(state, 16)) {
        case 0: *byte ^= (uint8_t) (1u << random_below(state, 8)); break;
        case 1: *byte = (uint8_t) random_next(state); break;
        case 2: *byte = (uint8_t) (*byte + (random_next(state) % 2 ? 0x10 : 0xf0)); break;
        case 3: *byte = (uint8_t) (*byte + (random_next(state) % 2 ? 1 : -1)); break;
        case 4: *byte = *other; break;
        case 5: memmove(byte, other, run); break;
        case 6: *byte = (uint8_t) ((*byte & 0xf8) | (random_next(state) & 7)); break;
        case 7: *byte = (uint8_t) ((*byte & 0x0f) | (random_next(state) & 0xf0)); break;
        default: *byte = (uint8_t) ((*byte & 0x0f) | random_below(state, 6) << 4); break;
    }
}

/* Most of the damage is done to instructions, little of it to the file as such. */
static void damage(struct bytes *module, uint64_t *state)
{
    struct bytes chunks[MAX_CHUNKS], code;
    size_t count = find_chunks(module, chunks, &code), times = random_below(state, 8);

    for (times = times < 5 ? 1 : times - 3; times > 0; times--) {
        size_t kind = random_below(state, 20);

        if (kind < 13 || count == 0)
            damage_chunk(&code, state);
        else if (kind < 19)
            damage_chunk(&chunks[random_below(state, count)], state);
        else
            damage_chunk(module, state);
    }
    if (random_below(state, 200) == 0)
        module->size = random_below(state, module->size);
}

static struct bytes make_mutation(const struct module *module, uint64_t *state)
{
    struct bytes copy = { malloc(module->bytes.size), module->bytes.size };

    if (copy.at == NULL)
        die("no memory");
    memcpy(copy.at, module->bytes.at, copy.size);
    damage(&copy, state);
    return copy;
}

/* ---- an allocator that notices ----------------------------------------------------------------- */

static void *guarded_resize(void *user, void *ptr, size_t old_size, size_t new_size)
{
    size_t *live = user;
    uint8_t *block = ptr == NULL ? NULL : (uint8_t *) ptr - GUARD;
    size_t recorded;

    if (block != NULL) {
        memcpy(&recorded, block, sizeof recorded);
        if (recorded != old_size)
            _exit(CHILD_OVERRAN);
        for (size_t i = 0; i < GUARD; i++)
            if (block[GUARD + old_size + i] != 0xfd)
                _exit(CHILD_OVERRAN);
    }
    if (new_size == 0) {
        free(block);
        *live -= old_size;
        return NULL;
    }
    block = realloc(block, new_size + 2 * GUARD);
    if (block == NULL)
        return NULL;
    memcpy(block, &new_size, sizeof new_size);
    memset(block + GUARD + new_size, 0xfd, GUARD);
    *live += new_size - old_size;
    return block + GUARD;
}

/* ---- the child --------------------------------------------------------------------------------- */

static void ignore_crash(void *user, avm_pid pid, const char *report)
{
    (void) user;
    (void) pid;
    (void) report;
}

static enum child_exit run_start(avm_vm *vm, const char *name)
{
    avm_progress progress = { AVM_RUNNABLE, 0, 0, 0 };
    uint64_t spent = 0;
    avm_env *env;
    avm_pid pid;

    if (avm_env_create(vm, &env) != AVM_OK)
        return CHILD_SETUP;
    if (avm_spawn(vm, name, "start", env, 0, NULL, &pid, NULL) == AVM_OK)
        while (spent < REDUCTIONS && progress.activity == AVM_RUNNABLE
            && avm_run(vm, REDUCTIONS - spent, &progress) == AVM_OK)
            spent += progress.reductions == 0 ? 1 : progress.reductions;
    avm_env_destroy(env);
    return CHILD_RAN;
}

static enum child_exit run_mutation(const struct bytes *bytes, const char *name, bool verify)
{
    size_t live = 0;
    avm_allocator allocator = { guarded_resize, &live };
    avm_blob blob = { bytes->at, bytes->size, NULL, NULL };
    enum child_exit outcome = CHILD_REFUSED;
    avm_config config;
    avm_error error;
    avm_vm *vm;

    avm_config_init(&config);
    config.allocator = &allocator;
    config.memory_limit = MEMORY_LIMIT;
    config.verify_at_load = verify;
    config.on_crash = ignore_crash;
    if (avm_create(&config, &vm, &error) != AVM_OK)
        return CHILD_SETUP;
    if (avm_load_blob(vm, name, blob, &error) == AVM_OK)
        outcome = run_start(vm, name);
    avm_destroy(vm);
    return live == 0 ? outcome : CHILD_LEAKED;
}

static void redirect(const char *path, int fd)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    if (file >= 0) {
        dup2(file, fd);
        close(file);
    }
}

static int in_child(const struct bytes *bytes, const char *name, bool verify, const char *errors)
{
    const struct rlimit cpu = { CPU_SECONDS, CPU_SECONDS + 1 }, none = { 0, 0 };
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        setrlimit(RLIMIT_CPU, &cpu);
        setrlimit(RLIMIT_CORE, &none);
        redirect("/dev/null", 1);
        redirect(errors, 2);
        _exit(run_mutation(bytes, name, verify));
    }
    if (child < 0 || waitpid(child, &status, 0) != child)
        die("no child");
    return status;
}

/* ---- telling ------------------------------------------------------------------------------------ */

static const char *describe(int status, char *text, size_t size)
{
    if (WIFSIGNALED(status))
        snprintf(text, size, WTERMSIG(status) == SIGXCPU ? "hangs" : "ends by signal %d",
            WTERMSIG(status));
    else if (WEXITSTATUS(status) == CHILD_LEAKED)
        snprintf(text, size, "leaves memory behind");
    else if (WEXITSTATUS(status) == CHILD_OVERRAN)
        snprintf(text, size, "writes beyond a block, or frees it with another size");
    else
        snprintf(text, size, "exits with %d", WEXITSTATUS(status));
    return text;
}

static void tell(const struct module *module, const struct bytes *bytes, const char *keep,
    size_t number, int status, const char *errors)
{
    char path[4096], text[80], line[400];
    FILE *file;
    int lines = 0;

    snprintf(path, sizeof path, "%s/%s.%zu.beam", keep, module->name, number);
    file = fopen(path, "wb");
    if (file != NULL) {
        fwrite(bytes->at, 1, bytes->size, file);
        fclose(file);
    }
    printf("FAIL %s, mutation %zu: %s (kept as %s)\n", module->name, number,
        describe(status, text, sizeof text), path);
    file = fopen(errors, "r");
    while (file != NULL && lines++ < 12 && fgets(line, sizeof line, file) != NULL)
        printf("  %s", line);
    if (file != NULL)
        fclose(file);
    fflush(stdout);
}

static int run_all(const struct corpus *corpus, uint64_t seed, size_t from, size_t count,
    const char *keep)
{
    size_t refused = 0, failed = 0;
    char errors[4096];

    snprintf(errors, sizeof errors, "%s/stderr.%ld", keep, (long) getpid());
    for (size_t number = from; number < from + count; number++) {
        uint64_t state = seed * 0x2545f4914f6cdd1du + number;
        const struct module *module;
        struct bytes bytes;
        int status;

        random_next(&state);
        module = &corpus->modules[random_below(&state, corpus->count)];
        bytes = make_mutation(module, &state);
        status = in_child(&bytes, module->name, number % 2 == 1, errors);
        if (WIFEXITED(status) && WEXITSTATUS(status) == CHILD_REFUSED) {
            refused++;
        } else if (status != 0) {
            failed++;
            tell(module, &bytes, keep, number, status, errors);
        }
        free(bytes.at);
    }
    unlink(errors);
    printf("%zu mutations of %zu modules from seed %llu: %zu not loaded\n", count, corpus->count,
        (unsigned long long) seed, refused);
    printf("%zu passed, %zu failed\n", count - failed, failed);
    return failed == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct corpus corpus = { NULL, 0 };
    const char *keep = ".";
    size_t from = 0;
    int at = 1, status;

    for (; at + 1 < argc && argv[at][0] == '-'; at += 2) {
        if (strcmp(argv[at], "--from") == 0)
            from = strtoul(argv[at + 1], NULL, 10);
        else if (strcmp(argv[at], "--keep") == 0)
            keep = argv[at + 1];
        else
            die("%s: no such option", argv[at]);
    }
    if (argc - at < 3)
        die("usage: %s [--from N] [--keep DIR] SEED COUNT FILE...", argv[0]);
    for (int file = at + 2; file < argc; file++)
        add_file(&corpus, argv[file]);
    if (corpus.count == 0)
        die("no modules");
    status = run_all(&corpus, strtoull(argv[at], NULL, 10), from, strtoul(argv[at + 1], NULL, 10),
        keep);
    for (size_t i = 0; i < corpus.count; i++)
        free(corpus.modules[i].bytes.at);
    free(corpus.modules);
    return status;
}
