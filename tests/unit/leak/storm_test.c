/* Storms: what processes do to each other, a hundred thousand times, leaves nothing. The survivor is
** idle in receive and never asked to collect; then every kind of memory has the objects and the bytes
** that it had before, and free memory is the number before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/resource_fixture.h"
#include "support/vm_fixture.h"

/* Slow modes run less of it, and least of what is costly. LEAK_STORM: so do those who say it. */
#if !defined(LEAK_STORM)                                                                         \
    && (defined(AVM_GC_STRESS) || defined(AVM_ONE_REDUCTION) || defined(__SANITIZE_ADDRESS__)     \
        || defined(__SANITIZE_THREAD__))
#define LEAK_STORM 2000
#endif
#ifdef LEAK_STORM
#define STORM LEAK_STORM
static const bool is_slow = true;
#else
#define STORM 100000
static const bool is_slow = false;
#endif
#ifdef AVM_GC_STRESS
static const bool is_stressed = true;
#else
static const bool is_stressed = false;
#endif

#define ROUNDS 20
#define LONGEST_PERIOD 4096

enum {
    RECEIVES = 1,       /* the survivor receives terms: see receive_one_by_one */
    FEW_COLLECTIONS = 2,/* at most one collection for 50 messages */
    COSTLY = 4          /* divided in every mode */
};

struct storm {
    const char *module, *survivor, *function;
    unsigned flags;
    unsigned divisor;           /* in slow modes, and of the costly ones */
};

#define LINKS(survivor, function, ...) { "leak_links", survivor, function, __VA_ARGS__ }
#define MONITORS(function, ...) { "leak_monitors", "idle", function, __VA_ARGS__ }
#define ENDS(survivor, function, ...) { "leak_ends", survivor, function, __VA_ARGS__ }
#define TABLES(function, ...) { "leak_ets", "idle", function, __VA_ARGS__ }
#define FILES(function, ...) { "leak_files", "idle", function, __VA_ARGS__ }
#define CRYPTO(function, ...) { "leak_crypto", "idle", function, __VA_ARGS__ }
#define MAIL(function, ...) { "leak_mail", "idle", function, __VA_ARGS__ }

/* The numbers are those of the list of ways in which VMs of this kind leak. */
static const struct storm storms[] = {
    LINKS("idle", "spawn_link_idle", 0, 1),                 /* 1 */
    LINKS("trapping", "spawn_link_received", RECEIVES, 1),
    LINKS("trapping", "spawn_link_killed", RECEIVES, 1),
    LINKS("idle", "spawn_opt_link", 0, 1),
    LINKS("idle", "spawn_link_at_once", 0, 1),
    LINKS("idle", "link_from_short_lived", 0, 1),
    LINKS("idle", "unlink_by_short_lived", 0, 1),
    LINKS("idle", "link_twice", 0, 1),                      /* 4 */
    LINKS("idle", "link_to_dead", 0, 4),
    LINKS("trapping", "unlink_in_flight", RECEIVES, 1),     /* 5 */
    LINKS("idle", "unlink_and_link", 0, 1),
    LINKS("idle", "link_to_dying", 0, 1),                   /* 6 */
    LINKS("idle", "killed_at_birth", 0, 1),                 /* 8 */
    LINKS("trapping", "large_exit_reason", RECEIVES, 10),   /* 15 */
    LINKS("idle", "chain", 0, 1),
    LINKS("idle", "both_at_once", 0, 1),
    LINKS("idle", "hub", 0, 1),
    LINKS("idle", "exit_signals", 0, 2),
    MONITORS("spawn_monitor_received", RECEIVES, 1),        /* 2 */
    { "leak_monitors", "pair", "between_survivors", RECEIVES, 1 },
    MONITORS("watcher_first", 0, 1),
    MONITORS("down_not_received", 0, 1),
    MONITORS("watched_and_watcher_at_once", 0, 1),
    MONITORS("noproc", 0, 5),                               /* 3 */
    MONITORS("foreign_demonitor", 0, 2),
    MONITORS("down_flushed", 0, 2),                         /* 2 */
    MONITORS("monitor_dying", 0, 1),                        /* 6 */
    MONITORS("spawn_opt_both", RECEIVES, 1),                /* 7 */
    MONITORS("spawn_undefined", RECEIVES, 10),
    MONITORS("demonitor_in_flight", RECEIVES, 1),           /* 5, 9 */
    MONITORS("demonitor_forms", 0, 2),
    MONITORS("monitor_bad", 0, 2),                          /* 10 */
    MONITORS("by_name", 0, 2),                              /* 11 */
    MONITORS("names", 0, 2),                                /* 16, 17 */
    MONITORS("aliases", RECEIVES, 5),                       /* 13 */
    MONITORS("alias_owner_dies", RECEIVES, 2),
    MONITORS("tags", 0, 2),
    MONITORS("process_info_idle", 0, 5),                    /* 14 */
    MONITORS("process_info_ending", 0, 2),
    MONITORS("spawn_requests", 0, 2),
    MONITORS("suspensions", 0, 5),
    ENDS("idle", "ports", 0, 5),                            /* 10, 12 */
    ENDS("idle", "supervisors", COSTLY, 20),                /* 16 */
    TABLES("gone_before_down", COSTLY, 20),                 /* 17 */
    MAIL("dead_mailbox", 0, 5),                             /* 18 */
    MAIL("to_the_dead", 0, 5),
    MAIL("unread", 0, 1),
    MAIL("to_idle", RECEIVES | FEW_COLLECTIONS, 1),         /* 19 */
    MAIL("ping_pong", RECEIVES, 1),
    MAIL("receive_after", 0, 2),                            /* 20 */
    MAIL("time_out_and_message", 0, 2),
    MAIL("time_out_against_end", 0, 2),
    MAIL("selective", 0, 1),                                /* 21 */
    MAIL("timers", RECEIVES, 5),                            /* 22 */
    MAIL("timers_of_the_dead", 0, 5),
    MAIL("binaries_of_the_dead", 0, 5),                     /* 23 */
    MAIL("binary_messages", RECEIVES, 5),
    { "leak_native", "idle", "resources", RECEIVES, 10 },   /* 25 */
    { "leak_native", "idle", "watchers", 0, 20 },
    MAIL("appends", 0, 5),                                  /* 24 */
    MAIL("dictionaries", 0, 5),
    MAIL("hibernation", 0, 5),
    MAIL("natives", 0, 10),                                 /* 26 */
    MAIL("persistent_terms", RECEIVES | COSTLY, 10),
    MAIL("exceptions", 0, 5),
    MAIL("heap_limits", 0, 5),
    TABLES("owner_dies", COSTLY, 20),                       /* 29 */
    TABLES("name_again", COSTLY, 10),
    TABLES("heirs", COSTLY, 10),
    TABLES("give_away", RECEIVES | COSTLY, 20),
    TABLES("walks", COSTLY, 20),
    TABLES("changes", COSTLY, 10),
    TABLES("errors", COSTLY, 10),
    TABLES("runs", COSTLY, 20),
    FILES("owner_dies", COSTLY, 20),
    FILES("dropped", COSTLY, 20),
    FILES("closed_twice", COSTLY, 20),
    FILES("folders", COSTLY, 100),
    FILES("streams", COSTLY, 100),
#if AVM_CRYPTO
    CRYPTO("dropped", COSTLY, 20),
    CRYPTO("finished", COSTLY, 20),
    CRYPTO("errors", COSTLY, 100),
    CRYPTO("killed", COSTLY, 50),
#endif
};

static void fail_storm(struct vm_fixture *f, const struct storm *storm, const char *when)
{
    print_error("%s:%s, %s: %s\n", storm->module, storm->function, when, f->difference);
    fail();
}

static void run_storm(struct vm_fixture *f, const struct storm *storm, avm_pid survivor,
    int64_t count)
{
    avm_pid pid;

    assert_int_equal(vm_start_storm(f, storm->module, storm->function, survivor, count, &pid), AVM_OK);
    if (!vm_run(f))
        fail_storm(f, storm, "it failed");
}

/* ---- survivors that receive ---------------------------------------------------------------- */

static bool repeats(const size_t *live, size_t count, size_t period)
{
    size_t i;

    for (i = count / 3; i + period < count; i++)
        if (live[i] != live[i + period])
            return false;
    return true;
}

/* Live bytes after each of many steps: the smallest period of them. */
static int64_t find_period(struct vm_fixture *f, const struct storm *storm, avm_pid survivor)
{
    static size_t live[3 * LONGEST_PERIOD];
    size_t count = sizeof live / sizeof *live, at, period;
    avm_stats now;

    vm_mark(f);
    for (at = 0; at < count; at++) {
        run_storm(f, storm, survivor, 1);
        vm_get_stats(f, &now);
        live[at] = now.live_bytes;
    }
    for (period = 1; period <= count / 3; period++)
        if (repeats(live, count, period))
            return (int64_t) period;
    (void) vm_difference(f, true);
    fail_storm(f, storm, "free memory does not come back");
    return 1;
}

/* A survivor that receives terms takes what they lie in into its heap, and collects when it is full, as
** any program does; nobody asks for it here either. So between two of its own collections free
** memory goes down with each thing received, and with the next one it is back. How much it takes
** depends on where in its heap the survivor was, so what is compared is the same place: things come
** one at a time, and the survivor, which holds the same live data each time, is then a machine
** with finitely many states that goes round in a circle. Once the circle is known, a hundred thousand
** things, which are a multiple of it, bring each count and each byte back to the number before. With
** a block lost now and then there is no circle, or memory has moved on after it. With several schedulers
** it is no circle: whether two things come in one slice is chance. */
static void receive_one_by_one(struct vm_fixture *f, const struct storm *storm, avm_pid survivor,
    int64_t count)
{
    int64_t period = find_period(f, storm, survivor), left = (count + period - 1) / period * period;

    vm_mark(f);
    while (left-- > 0)
        run_storm(f, storm, survivor, 1);
    if (vm_difference(f, true) != NULL)
        fail_storm(f, storm, "one by one");
}

/* ---- all ------------------------------------------------------------------------------------- */

static void collect(struct vm_fixture *f, avm_pid survivor)
{
    avm_pid pid;

    assert_int_equal(vm_start_storm(f, "leak_storm", "collect", survivor, 1, &pid), AVM_OK);
    assert_true(vm_run(f));
}

static void mark_round(struct vm_fixture *f, const struct storm *storm, avm_pid survivor)
{
    if (storm->flags & RECEIVES)
        collect(f, survivor);
    vm_mark(f);
}

/* After many at once it is exact for all kinds but heaps, and for these once they are collected. */
static void check_round(struct vm_fixture *f, const struct storm *storm, avm_pid survivor,
    const char *when)
{
    bool receives = storm->flags & RECEIVES;

    if (vm_difference(f, !receives) != NULL)
        fail_storm(f, storm, when);
    if (!receives)
        return;
    collect(f, survivor);
    if (vm_difference(f, true) != NULL)
        fail_storm(f, storm, when);
}

static uint64_t count_collections(struct vm_fixture *f)
{
    avm_stats now;

    vm_get_stats(f, &now);
    return now.minor_gcs + now.major_gcs;
}

static void open_storm(struct vm_fixture *f, const struct storm *storm, avm_pid *survivor)
{
    vm_init(f);
    f->is_quiet = true;
    /* Else a branch that a round takes by chance is translated then, and the code grows. */
    f->config.verify_at_load = true;
    assert_int_equal(vm_open(f), AVM_OK);
    vm_find_stock(f);
    if (strcmp(storm->module, "leak_crypto") == 0)
        vm_list_stock(f);
    assert_int_equal(vm_load(f, "leak_storm"), AVM_OK);
    assert_int_equal(avm_register_natives(f->vm, &resource_module, &f->error), AVM_OK);
    assert_int_equal(vm_load(f, storm->module), AVM_OK);
    assert_int_equal(vm_start(f, storm->module, storm->survivor, survivor), AVM_OK);
    assert_true(vm_run(f));
}

static void storm_leaves_nothing(void **state)
{
    const struct storm *storm = *state;
    bool is_divided = is_slow || (storm->flags & COSTLY);
    int64_t size = is_divided ? STORM / (int64_t) storm->divisor : STORM;
    static struct vm_fixture f;
    uint64_t collections;
    unsigned processes;
    avm_pid survivor;
    int round;

    open_storm(&f, storm, &survivor);
    vm_mark(&f);
    processes = f.mark.processes;
    for (round = 1; round <= ROUNDS; round++) {
        run_storm(&f, storm, survivor, size / 50);
        if (round == 2)
            mark_round(&f, storm, survivor);
        else if (round > 2)
            check_round(&f, storm, survivor, "round 2 against a later one");
    }
    collections = count_collections(&f);
    run_storm(&f, storm, survivor, size);
    collections = count_collections(&f) - collections;
    check_round(&f, storm, survivor, "after the storm");
    if ((storm->flags & FEW_COLLECTIONS) && !is_stressed && collections > (uint64_t) size / 50)
        fail_storm(&f, storm, "a collection for every few messages");
    if ((storm->flags & RECEIVES) && !vm_has_crew())
        receive_one_by_one(&f, storm, survivor, size);
    if (f.mark.processes != processes)
        fail_storm(&f, storm, "not only the survivor is left");
    if (!vm_close(&f) || resources_alive != 0)
        fail_storm(&f, storm, "after avm_destroy");
}

static bool is_wanted(const struct storm *storm, int argc, char **argv)
{
    int at;

    for (at = 1; at < argc; at++)
        if (strcmp(argv[at], storm->function) == 0)
            return true;
    return argc == 1;
}

/* storm_test [NAME...]: these alone. */
int main(int argc, char **argv)
{
    static struct CMUnitTest tests[sizeof storms / sizeof *storms];
    size_t count = 0, at;

    for (at = 0; at < sizeof storms / sizeof *storms; at++) {
        if (!is_wanted(&storms[at], argc, argv))
            continue;
        tests[count].name = storms[at].function;
        tests[count].test_func = storm_leaves_nothing;
        tests[count++].initial_state = (void *) (uintptr_t) &storms[at];
    }
    return _cmocka_run_group_tests("storms", tests, count, NULL, NULL);
}
