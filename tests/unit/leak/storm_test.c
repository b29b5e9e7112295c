/* Storms: what processes do to each other, a hundred thousand times, leaves nothing. The survivor is
** idle in receive, never allocates and is not asked to collect; then every kind of memory has the
** objects and the bytes that it had before, and free memory is the number before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/vm_fixture.h"

#if defined(AVM_GC_STRESS) || defined(AVM_ONE_REDUCTION) || defined(__SANITIZE_ADDRESS__)
#define STORM 2000
#else
#define STORM 100000
#endif
#define ROUND (STORM / 50)

enum {
    GARBAGE = 1     /* the survivor receives terms: its heap is compared after a collection */
};

struct storm {
    const char *module, *survivor, *function;
    unsigned flags;
    unsigned divisor;           /* fewer of the costly ones */
};

#define LINKS(survivor, function, ...) { "leak_links", survivor, function, __VA_ARGS__ }
#define MONITORS(function, ...) { "leak_monitors", "idle", function, __VA_ARGS__ }
#define MAIL(function, ...) { "leak_mail", "idle", function, __VA_ARGS__ }

/* The numbers are those of the list of ways in which VMs of this kind leak. */
static const struct storm storms[] = {
    LINKS("idle", "spawn_link_idle", 0, 1),                 /* 1 */
    LINKS("trapping", "spawn_link_received", GARBAGE, 1),
    LINKS("trapping", "spawn_link_killed", GARBAGE, 1),
    LINKS("idle", "spawn_opt_link", 0, 1),
    LINKS("idle", "spawn_link_at_once", 0, 1),
    LINKS("idle", "link_from_short_lived", 0, 1),
    LINKS("idle", "link_twice", 0, 1),                      /* 4 */
    LINKS("idle", "link_to_dead", 0, 4),
    LINKS("trapping", "unlink_in_flight", GARBAGE, 1),      /* 5 */
    LINKS("idle", "unlink_and_link", 0, 1),
    LINKS("idle", "link_to_dying", 0, 1),                   /* 6 */
    LINKS("idle", "killed_at_birth", 0, 1),                 /* 8 */
    LINKS("trapping", "large_exit_reason", GARBAGE, 10),    /* 15 */
    LINKS("idle", "chain", 0, 1),
    LINKS("idle", "both_at_once", 0, 1),
    LINKS("idle", "hub", 0, 1),
    LINKS("idle", "exit_signals", 0, 2),
    MONITORS("spawn_monitor_received", GARBAGE, 1),         /* 2 */
    MONITORS("watcher_first", 0, 1),
    MONITORS("down_not_received", 0, 1),
    MONITORS("watched_and_watcher_at_once", 0, 1),
    MONITORS("noproc", 0, 5),                               /* 3 */
    MONITORS("monitor_dying", 0, 1),                        /* 6 */
    MONITORS("spawn_opt_both", GARBAGE, 1),                 /* 7 */
    MONITORS("spawn_undefined", GARBAGE, 10),
    MONITORS("demonitor_in_flight", GARBAGE, 1),            /* 5, 9 */
    MONITORS("demonitor_forms", 0, 2),
    MONITORS("monitor_bad", 0, 2),                          /* 10 */
    MONITORS("by_name", 0, 2),                              /* 11 */
    MONITORS("names", 0, 2),                                /* 16, 17 */
    MONITORS("aliases", GARBAGE, 5),                        /* 13 */
    MONITORS("alias_owner_dies", GARBAGE, 2),
    MONITORS("tags", 0, 2),
    MONITORS("process_info_idle", 0, 5),                    /* 14 */
    MONITORS("process_info_ending", 0, 2),
    MONITORS("spawn_requests", 0, 2),
    MONITORS("suspensions", 0, 5),
    MAIL("dead_mailbox", 0, 5),                             /* 18 */
    MAIL("to_the_dead", 0, 5),
    MAIL("unread", 0, 1),
    MAIL("to_idle", GARBAGE, 1),                            /* 19 */
    MAIL("ping_pong", GARBAGE, 1),
    MAIL("receive_after", 0, 2),                            /* 20 */
    MAIL("time_out_against_end", 0, 2),
    MAIL("selective", 0, 1),                                /* 21 */
    MAIL("timers", GARBAGE, 5),                             /* 22 */
    MAIL("timers_of_the_dead", 0, 5),
    MAIL("binaries_of_the_dead", 0, 5),                     /* 23 */
    MAIL("binary_messages", GARBAGE, 5),
    MAIL("appends", 0, 5),                                  /* 24 */
    MAIL("dictionaries", 0, 5),
    MAIL("hibernation", 0, 5),
    MAIL("natives", 0, 10),                                 /* 26 */
    MAIL("persistent_terms", GARBAGE, 5),
    MAIL("exceptions", 0, 5),
    MAIL("heap_limits", 0, 5)
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
    if (!(storm->flags & GARBAGE))
        return;
    assert_int_equal(vm_start_storm(f, "leak_storm", "collect", survivor, 1, &pid), AVM_OK);
    assert_true(vm_run(f));
}

static void storm_leaves_nothing(void **state)
{
    const struct storm *storm = *state;
    static struct vm_fixture f;
    avm_pid survivor;
    int round;

    vm_init(&f);
    f.is_quiet = true;
    /* Else a branch that a round takes by chance is translated then, and the code grows. */
    f.config.verify_at_load = true;
    assert_int_equal(vm_open(&f), AVM_OK);
    vm_find_stock(&f);
    assert_int_equal(vm_load(&f, "leak_storm"), AVM_OK);
    assert_int_equal(vm_load(&f, storm->module), AVM_OK);
    assert_int_equal(vm_start(&f, storm->module, storm->survivor, &survivor), AVM_OK);
    assert_true(vm_run(&f));
    for (round = 1; round <= 20; round++) {
        run_storm(&f, storm, survivor, ROUND / (int64_t) storm->divisor);
        if (round == 2)
            vm_mark(&f);
    }
    if (vm_difference(&f, true) != NULL)
        fail_storm(&f, storm, "round 2 against round 20");
    run_storm(&f, storm, survivor, STORM / (int64_t) storm->divisor);
    if (vm_difference(&f, true) != NULL)
        fail_storm(&f, storm, "after the storm");
    if (f.mark.processes != 1)
        fail_storm(&f, storm, "not only the survivor is left");
    if (!vm_close(&f))
        fail_storm(&f, storm, "after avm_destroy");
}

/* storm_test [NAME]: one storm alone. */
int main(int argc, char **argv)
{
    static struct CMUnitTest tests[sizeof storms / sizeof *storms];
    size_t count = 0, at;

    for (at = 0; at < sizeof storms / sizeof *storms; at++) {
        if (argc > 1 && strcmp(argv[1], storms[at].function) != 0)
            continue;
        tests[count].name = storms[at].function;
        tests[count].test_func = storm_leaves_nothing;
        tests[count++].initial_state = (void *) (uintptr_t) &storms[at];
    }
    return _cmocka_run_group_tests("storms", tests, count, NULL, NULL);
}
