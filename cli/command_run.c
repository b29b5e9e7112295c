/* command_run.c - runs a program (run), and says what it took (stats): one VM, its files, the finder
** behind them. */
#define _POSIX_C_SOURCE 200809L
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "atomvm/term.h"
#include "cli.h"

#define RUN_OPTIONS \
    { 's', "start", "MODULE", "the module whose start/0 is the program" }, \
    { 0, "-pa", "DIR", "look for modules in DIR first; may be given again" }, \
    { 0, "isolated", NULL, "modules come from the files alone, never from folders" }, \
    { 0, "memory-limit", "N[K|M|G]", "the most bytes that the VM may hold" }, \
    { 0, "max-processes", "N", "the most processes at once; 262144" }, \
    { 0, "schedulers", "N", "how many threads run processes; one a processor, where built for it" }, \
    { 0, "dirty-schedulers", "N", "how many more, when needed, run natives that take long; 10, beside one 0" }, \
    { 0, "small", NULL, "heaps grow by what is needed, as on a device" }, \
    { 0, "verify", NULL, "check each module whole when it is loaded" },

const struct cli_option cli_run_options[] = {
    RUN_OPTIONS
    { 0, "stats", "[=json]", "print statistics on standard error at the end" },
    { 'h', "help", NULL, "this text" },
    { 0, NULL, NULL, NULL },
};

const struct cli_option cli_stats_options[] = {
    RUN_OPTIONS
    { 0, "json", NULL, "as one line of JSON" },
    { 'h', "help", NULL, "this text" },
    { 0, NULL, NULL, NULL },
};

enum stats_form { STATS_NONE, STATS_TEXT, STATS_JSON };

struct run {
    const char *command;    /* run or stats */
    struct cli_finder *finder;
    avm_config config;
    const char *start;
    char **files;           /* room for all arguments */
    int file_count;
    bool is_isolated;
    enum stats_form stats;
};

/* ---- Options ------------------------------------------------------------------------------- */

static int usage_error(const struct run *run, const char *value, const char *why)
{
    cli_error("%s: %s", value, why);
    cli_hint("atomvm help %s", run->command);
    return CLI_USAGE;
}

/* least to as many as a table holds. */
static bool parse_count(const char *text, size_t least, unsigned *count)
{
    size_t value;

    if (strspn(text, "0123456789") != strlen(text) || !cli_parse_size(text, &value) || value < least
        || value > 134217727)
        return false;
    *count = (unsigned) value;
    return true;
}

static int set_option(struct run *run, const char *name, const char *value)
{
    if (strcmp(name, "start") == 0)
        run->start = value;
    else if (strcmp(name, "-pa") == 0)
        return cli_finder_add_path(run->finder, value) ? CLI_OK : CLI_NO_MEMORY;
    else if (strcmp(name, "isolated") == 0)
        run->is_isolated = true;
    else if (strcmp(name, "schedulers") == 0)
        return parse_count(value, 1, &run->config.schedulers)
            ? CLI_OK
            : usage_error(run, value, "not a number of schedulers");
    else if (strcmp(name, "dirty-schedulers") == 0)
        return parse_count(value, 0, &run->config.dirty_schedulers)
            ? CLI_OK
            : usage_error(run, value, "not a number of schedulers");
    else if (strcmp(name, "small") == 0)
        run->config.profile = AVM_PROFILE_SMALL;
    else if (strcmp(name, "verify") == 0)
        run->config.verify_at_load = true;
    else if (strcmp(name, "memory-limit") == 0)
        return cli_parse_size(value, &run->config.memory_limit) && run->config.memory_limit != 0
            ? CLI_OK
            : usage_error(run, value, "not a size of memory");
    else if (strcmp(name, "max-processes") == 0)
        return parse_count(value, 1, &run->config.max_processes)
            ? CLI_OK
            : usage_error(run, value, "not a number of processes");
    else if (strcmp(name, "json") == 0)
        run->stats = STATS_JSON;
    else if (value != NULL && strcmp(value, "json") != 0)    /* stats */
        return usage_error(run, value, "not a form of statistics");
    else
        run->stats = value == NULL ? STATS_TEXT : STATS_JSON;
    return CLI_OK;
}

/* Sorts the arguments; -1 when there is a program to run, else the exit status. */
static int read_arguments(struct run *run, int argc, char **argv)
{
    struct cli_reader reader = { cli_find_command(run->command), argc, argv, 0, NULL, NULL };
    int status = CLI_OK;

    while (status == CLI_OK && cli_read(&reader, &status)) {
        if (reader.name == NULL) {
            run->files[run->file_count++] = argv[reader.at - 1];
            if (!cli_finder_add_file(run->finder, reader.value))
                return CLI_NO_MEMORY;
        } else if (strcmp(reader.name, "help") == 0) {
            return cli_explain(run->command);
        } else {
            status = set_option(run, reader.name, reader.value);
        }
    }
    if (status != CLI_OK)
        return status;
    if (run->file_count == 0) {
        cli_error("no file to run");
        cli_hint("atomvm help %s", run->command);
        return CLI_USAGE;
    }
    run->config.argc = argc - reader.at;
    run->config.argv = (const char *const *) argv + reader.at;
    return -1;
}

/* ---- Statistics ---------------------------------------------------------------------------- */

static void print_stats_text(const avm_stats *stats)
{
    int kind;

    fprintf(stderr, "%-12s %14s %10s\n", "memory", "bytes", "objects");
    for (kind = 0; kind < AVM_MEMORY_COUNT; kind++)
        if (stats->objects_by[kind] != 0)
            fprintf(stderr, "  %-10s %14zu %10zu\n", avm_memory_text((avm_memory) kind),
                stats->bytes_by[kind], stats->objects_by[kind]);
    fprintf(stderr, "  %-10s %14zu\n  %-10s %14zu\n", "live", stats->live_bytes, "peak",
        stats->peak_bytes);
    if (stats->free_bytes == SIZE_MAX)
        fprintf(stderr, "  %-10s %14s\n", "free", "no limit");
    else
        fprintf(stderr, "  %-10s %14zu\n  %-10s %14zu\n", "limit", stats->limit_bytes, "free",
            stats->free_bytes);
    fprintf(stderr,
        "reductions   %14llu\ncollections  %14llu minor, %llu major, %llu bytes copied\n"
        "messages     %14llu\nallocations  %14llu, %llu failed\n"
        "processes    %14u\nmodules      %14u\natoms        %14u\n",
        (unsigned long long) stats->reductions, (unsigned long long) stats->minor_gcs,
        (unsigned long long) stats->major_gcs, (unsigned long long) stats->gc_copied_bytes,
        (unsigned long long) stats->messages, (unsigned long long) stats->allocations,
        (unsigned long long) stats->failures, stats->processes, stats->modules, stats->atoms);
}

static void print_stats_json(const avm_stats *stats)
{
    int kind;

    fprintf(stderr, "{\"live_bytes\":%zu,\"peak_bytes\":%zu,\"limit_bytes\":%zu,\"free_bytes\":",
        stats->live_bytes, stats->peak_bytes, stats->limit_bytes);
    if (stats->free_bytes == SIZE_MAX)
        fprintf(stderr, "null");
    else
        fprintf(stderr, "%zu", stats->free_bytes);
    fprintf(stderr, ",\"memory\":{");
    for (kind = 0; kind < AVM_MEMORY_COUNT; kind++)
        fprintf(stderr, "%s\"%s\":{\"bytes\":%zu,\"objects\":%zu}", kind == 0 ? "" : ",",
            avm_memory_text((avm_memory) kind), stats->bytes_by[kind], stats->objects_by[kind]);
    fprintf(stderr,
        "},\"reductions\":%llu,\"context_switches\":%llu,\"messages\":%llu,\"minor_gcs\":%llu,"
        "\"major_gcs\":%llu,\"gc_copied_bytes\":%llu,\"allocations\":%llu,\"failures\":%llu,"
        "\"processes\":%u,\"ports\":%u,\"modules\":%u,\"atoms\":%u,\"ets_tables\":%u}\n",
        (unsigned long long) stats->reductions, (unsigned long long) stats->context_switches,
        (unsigned long long) stats->messages, (unsigned long long) stats->minor_gcs,
        (unsigned long long) stats->major_gcs, (unsigned long long) stats->gc_copied_bytes,
        (unsigned long long) stats->allocations, (unsigned long long) stats->failures,
        stats->processes, stats->ports, stats->modules, stats->atoms, stats->ets_tables);
}

static void print_stats(avm_vm *vm, enum stats_form form)
{
    avm_stats stats;

    memset(&stats, 0, sizeof stats);
    stats.struct_size = sizeof stats;
    avm_get_stats(vm, &stats);
    if (form == STATS_TEXT)
        print_stats_text(&stats);
    else if (form == STATS_JSON)
        print_stats_json(&stats);
}

/* ---- Running ------------------------------------------------------------------------------- */

static avm_status load_file(avm_vm *vm, const char *path, avm_error *error)
{
    avm_blob blob;
    avm_status status = cli_map_copy(path, &blob, error);

    if (status != AVM_OK)
        return status;
    status = avm_load_blob(vm, path, blob, error);
    if (status != AVM_OK)
        cli_release(&blob);
    return status;
}

static int load_and_run(const struct run *run, avm_vm *vm)
{
    int at, status;
    avm_error error;

    for (at = 0; at < run->file_count; at++)
        if (load_file(vm, run->files[at], &error) != AVM_OK)
            return cli_fail(&error);
    switch (avm_run_program(vm, run->start, &status, &error)) {
        case AVM_OK: return status;
        case AVM_NOT_FOUND:
            cli_error("%s: %s: no module with start/0", run->files[0],
                run->start != NULL ? run->start : "not a program");
            cli_hint("a program begins in start/0; `atomvm list` shows what a file exports");
            return CLI_BAD_FILE;
        case AVM_BAD_FILE: cli_error("%s", error.message); return CLI_BAD_FILE;
        default: cli_error("%s: %s", run->files[0], error.message); return cli_exit_of(error.status);
    }
}

/* ---- Threads, which come when there is something for them ---------------------------------------- */

#define SCHEDULERS_MOST 64
#define DIRTY_MOST 64
#define DIRTY_DEFAULT 10
#define DIRTY_UNSAID UINT_MAX
#define DIRTY_GRACE_MS 100

struct dirty_thread {
    struct crew *crew;
    pthread_t thread;
    bool is_at_work, is_to_join;                /* it has not returned; it has */
};

struct crew {
    avm_vm *vm;
    pthread_t schedulers[SCHEDULERS_MOST];      /* beside the thread that runs the program */
    unsigned scheduler_count;                   /* changed inside the VM alone */
    pthread_mutex_t lock;                       /* of what follows */
    pthread_cond_t changed;
    struct dirty_thread dirty[DIRTY_MOST];
    unsigned dirty_count;                       /* at work */
};

static void *serve(void *user)
{
    (void) avm_serve(((struct crew *) user)->vm);
    return NULL;
}

/* The VM asks one thread after the other, and none once it is to stop serving. */
static bool start_scheduler(void *user)
{
    struct crew *crew = user;

    if (crew->scheduler_count == SCHEDULERS_MOST
        || pthread_create(&crew->schedulers[crew->scheduler_count], NULL, serve, crew) != 0)
        return false;
    crew->scheduler_count++;
    return true;
}

static void *serve_dirty(void *user)
{
    struct dirty_thread *self = user;
    struct crew *crew = self->crew;

    (void) avm_serve_dirty(crew->vm);
    pthread_mutex_lock(&crew->lock);
    self->is_at_work = false;
    self->is_to_join = true;
    crew->dirty_count--;
    pthread_cond_signal(&crew->changed);
    pthread_mutex_unlock(&crew->lock);
    return NULL;
}

/* The lock is held. */
static void join_dirty(struct dirty_thread *thread)
{
    if (thread->is_to_join)
        pthread_join(thread->thread, NULL);
    thread->is_to_join = false;
}

static bool start_dirty(void *user)
{
    struct crew *crew = user;
    struct dirty_thread *thread = crew->dirty;
    bool is_started = false;

    pthread_mutex_lock(&crew->lock);
    while (thread < crew->dirty + DIRTY_MOST && thread->is_at_work)
        thread++;
    if (thread < crew->dirty + DIRTY_MOST) {
        join_dirty(thread);
        thread->crew = crew;
        is_started = pthread_create(&thread->thread, NULL, serve_dirty, thread) == 0;
        thread->is_at_work = is_started;
        crew->dirty_count += is_started;
    }
    pthread_mutex_unlock(&crew->lock);
    return is_started;
}

/* False: a native that has begun keeps its thread; the program ends in its midst, as erl does. */
static bool end_dirty(struct crew *crew)
{
    struct timespec until;
    bool is_over = false;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += DIRTY_GRACE_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    pthread_mutex_lock(&crew->lock);
    while (crew->dirty_count > 0 && !is_over)
        is_over = pthread_cond_timedwait(&crew->changed, &crew->lock, &until) != 0;
    is_over = crew->dirty_count == 0;
    for (unsigned at = 0; at < DIRTY_MOST; at++)
        join_dirty(&crew->dirty[at]);
    pthread_mutex_unlock(&crew->lock);
    return is_over;
}

/* This thread runs the program, and those that come beside it what there is to run. */
static int run_with_crew(const struct run *run, struct crew *crew)
{
    int status = load_and_run(run, crew->vm);

    avm_stop_serving(crew->vm);
    while (crew->scheduler_count > 0)
        pthread_join(crew->schedulers[--crew->scheduler_count], NULL);
    return status;
}

static int run_in_vm(const struct run *run, struct crew *crew)
{
    int status;

    if (!run->is_isolated) {
        avm_set_module_finder(crew->vm, cli_find_module, run->finder);
        avm_set_code_path(crew->vm, cli_list_folders, run->finder);
    }
    status = run_with_crew(run, crew);
    print_stats(crew->vm, run->stats);
    return status;
}

/* One a processor, where the library is built for several. */
static void choose_schedulers(avm_config *config)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);

    if (config->schedulers == 0)
        config->schedulers = !avm_has_schedulers() || processors < 1 ? 1
            : processors > SCHEDULERS_MOST          ? SCHEDULERS_MOST
                                                    : (unsigned) processors;
    if (config->dirty_schedulers == DIRTY_UNSAID)
        config->dirty_schedulers = config->schedulers > 1 ? DIRTY_DEFAULT : 0;
}

static int run_files(struct run *run)
{
    struct crew crew = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };
    avm_error error;
    int status;

    run->config.on_busy = start_scheduler;
    run->config.on_dirty = start_dirty;
    run->config.user = &crew;
    if (avm_create(&run->config, &crew.vm, &error) != AVM_OK) {
        cli_error("%s: the VM cannot start: %s", run->files[0], error.message);
        return cli_exit_of(error.status);
    }
    status = run_in_vm(run, &crew);
    if (!end_dirty(&crew))
        exit(cli_finish(status));
    avm_destroy(crew.vm);
    return status;
}

static int run_command(const char *command, enum stats_form stats, int argc, char **argv)
{
    struct run run;
    int status = CLI_NO_MEMORY;

    memset(&run, 0, sizeof run);
    run.command = command;
    run.stats = stats;
    avm_config_init(&run.config);
    run.config.schedulers = 0;
    run.config.dirty_schedulers = DIRTY_UNSAID;
    run.finder = cli_finder_create();
    run.files = calloc((size_t) argc + 1, sizeof *run.files);
    if (run.finder != NULL && run.files != NULL)
        status = read_arguments(&run, argc, argv);
    else
        cli_error("out of memory");
    if (status < 0) {
        choose_schedulers(&run.config);
        status = run_files(&run);
    }
    free(run.files);
    cli_finder_destroy(run.finder);
    return status;
}

int cli_run(int argc, char **argv) { return run_command("run", STATS_NONE, argc, argv); }

int cli_stats(int argc, char **argv) { return run_command("stats", STATS_TEXT, argc, argv); }
