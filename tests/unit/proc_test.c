/* Processes without an engine: every storm leaves exactly what was there before, every protocol says
** what OTP says, every allocation fails once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "data/number.h"
#include "proc/dictionary.h"
#include "proc/names.h"
#include "proc/process_info.h"
#include "proc/reference.h"
#include "proc/relations.h"
#include "proc/run_queue.h"
#include "proc/table.h"
#include "proc/timer.h"
#include "support/node_fixture.h"

#define MANY 10000

static int open_node(void **state)
{
    static struct node_fixture fixture;

    memory_init(&fixture.memory, NULL, NULL, 0);
    *state = &fixture;
    return node_fixture_open(&fixture) ? 0 : -1;
}

static int close_node(void **state)
{
    return node_fixture_close(*state) == 0 ? 0 : -1;
}

static size_t live(const struct node_fixture *f, enum memory_kind kind)
{
    return f->memory.counts.objects_by[kind];
}

/* A waiting process. */
static term idle(struct node_fixture *f)
{
    term pid = fixture_spawn(f, NULL, NULL);

    assert_true(pid != TERM_NONE);
    fixture_run(f);
    return pid;
}

static struct spawn_options with(const struct node_fixture *f, bool link, bool monitor)
{
    struct spawn_options options;

    spawn_options_init(&f->node, &options);
    options.link = link;
    options.monitor = monitor;
    return options;
}

static term element(term tuple, size_t index)
{
    assert_true(term_is_tuple(tuple));
    return term_tuple_element(tuple, index);
}

#define assert_unchanged(f) assert_ptr_equal(fixture_difference(f, true), NULL)
#define assert_unchanged_but_heaps(f) assert_ptr_equal(fixture_difference(f, false), NULL)

/* ---- storms ----------------------------------------------------------------------------- */

static void storm(struct node_fixture *f, term survivor, struct spawn_options options, term reason)
{
    unsigned i;

    for (i = 0; i < MANY; i++) {
        term child = fixture_spawn(f, fixture_find(f, survivor), &options);

        assert_true(child != TERM_NONE);
        fixture_end(f, child, reason);
    }
}

static void idle_survivor_of_links(void **state)
{
    struct node_fixture *f = *state;
    term survivor = idle(f);

    storm(f, survivor, with(f, true, false), ATOM(normal));
    fixture_mark(f);
    storm(f, survivor, with(f, true, false), ATOM(normal));
    assert_unchanged(f);
    assert_ptr_equal(fixture_find(f, survivor)->relations, NULL);
}

static void idle_survivor_at_once(void **state)
{
    struct node_fixture *f = *state;
    term survivor = idle(f), children[1000];
    struct spawn_options options = with(f, true, false);
    unsigned i;

    (void) fixture_spawn(f, fixture_find(f, survivor), NULL);
    fixture_run(f);
    fixture_mark(f);
    for (i = 0; i < AVM_COUNT_OF(children); i++)
        children[i] = fixture_spawn(f, fixture_find(f, survivor), &options);
    assert_int_equal(live(f, MEMORY_LINK), 2 * AVM_COUNT_OF(children));
    for (i = 0; i < AVM_COUNT_OF(children); i++)
        process_exit(fixture_find(f, children[i]), ATOM(normal));
    fixture_run(f);
    assert_unchanged(f);
}

static void storm_with_messages(struct node_fixture *f, struct spawn_options options, term reason,
    term tag)
{
    term survivor = idle(f), message;
    unsigned i;

    fixture_find(f, survivor)->flags |= PROCESS_TRAP_EXIT;
    storm(f, survivor, options, reason);
    for (i = 0; i < MANY; i++) {
        message = fixture_receive(f, survivor);
        assert_int_equal(element(message, 0), tag);
        assert_int_equal(element(message, term_tuple_arity(message) - 1), reason);
    }
    assert_int_equal(fixture_receive(f, survivor), TERM_NONE);
    assert_int_equal(live(f, MEMORY_MAILBOX), 0);
    assert_int_equal(live(f, MEMORY_SIGNAL), 0);
    assert_int_equal(live(f, MEMORY_LINK), 0);
    assert_int_equal(live(f, MEMORY_MONITOR), 0);
}

static void trapping_survivor_receives(void **state)
{
    storm_with_messages(*state, with(*state, true, false), ATOM(normal), ATOM(EXIT));
}

static void watcher_receives(void **state)
{
    storm_with_messages(*state, with(*state, false, true), ATOM(noproc), ATOM(DOWN));
}

static void watcher_first(void **state)
{
    struct node_fixture *f = *state;
    term watched = idle(f), watcher, reference;
    struct heap env;
    unsigned i;

    heap_init_env(&env, &f->node.heaps, MEMORY_HEAP);
    fixture_mark(f);
    for (i = 0; i < MANY; i++) {
        watcher = idle(f);
        assert_int_equal(monitor_make(&f->node, fixture_find(f, watcher), &env, watched, TERM_NONE,
            TERM_NONE, TERM_NONE, &reference), DATA_OK);
        heap_deinit(&env);
        fixture_run(f);
        fixture_end(f, watcher, ATOM(normal));
    }
    assert_unchanged(f);
}

static void links_from_the_short_lived(void **state)
{
    struct node_fixture *f = *state;
    term survivor = idle(f);
    unsigned i;

    fixture_mark(f);
    for (i = 0; i < MANY; i++) {
        term child = idle(f);

        assert_int_equal(link_make(&f->node, fixture_find(f, child), survivor), DATA_OK);
        fixture_end(f, child, ATOM(normal));
    }
    assert_unchanged(f);
}

static void many_links_are_found(void **state)
{
    struct node_fixture *f = *state;
    term hub = idle(f);
    term pids[2000];
    unsigned i;

    for (i = 0; i < AVM_COUNT_OF(pids); i++) {
        pids[i] = idle(f);
        assert_int_equal(link_make(&f->node, fixture_find(f, hub), pids[i]), DATA_OK);
        assert_int_equal(link_make(&f->node, fixture_find(f, hub), pids[i]), DATA_OK);
    }
    fixture_run(f);
    assert_int_equal(live(f, MEMORY_LINK), 2 * AVM_COUNT_OF(pids));
    for (i = 0; i < AVM_COUNT_OF(pids); i++) {
        assert_non_null(relation_find(fixture_find(f, pids[i]), RELATION_LINK, term_pid_data(hub)));
        assert_non_null(relation_find(fixture_find(f, hub), RELATION_LINK, term_pid_data(pids[i])));
    }
    fixture_end(f, hub, ATOM(killed));
    assert_int_equal(live(f, MEMORY_LINK), 0);
    assert_int_equal(process_table_count(f->node.processes), 0);
}

/* ---- links ---------------------------------------------------------------------------------- */

static struct relation *half(struct node_fixture *f, term of, term to)
{
    return relation_find(fixture_find(f, of), RELATION_LINK, term_pid_data(to));
}

static void unlink_while_the_exit_is_under_way(void **state)
{
    struct node_fixture *f = *state;
    term a = idle(f), b = idle(f);

    fixture_mark(f);
    b = idle(f);
    fixture_find(f, a)->flags |= PROCESS_TRAP_EXIT;
    link_make(&f->node, fixture_find(f, a), b);
    fixture_run(f);
    process_exit(fixture_find(f, b), ATOM(killed));
    link_remove(&f->node, fixture_find(f, a), b);
    fixture_run(f);
    assert_int_equal(fixture_receive(f, a), TERM_NONE);
    assert_unchanged(f);
}

static void link_again_before_the_ack(void **state)
{
    struct node_fixture *f = *state;
    term a = idle(f), b = idle(f);

    link_make(&f->node, fixture_find(f, a), b);
    fixture_run(f);
    link_remove(&f->node, fixture_find(f, a), b);
    assert_true(half(f, a, b)->value.unlink != 0);
    link_make(&f->node, fixture_find(f, a), b);
    fixture_run(f);
    assert_non_null(half(f, a, b));
    assert_non_null(half(f, b, a));
    assert_int_equal(half(f, a, b)->value.unlink, 0);
    link_remove(&f->node, fixture_find(f, a), b);
    link_remove(&f->node, fixture_find(f, b), a);
    fixture_run(f);
    assert_null(half(f, a, b));
    assert_null(half(f, b, a));
    assert_int_equal(live(f, MEMORY_LINK), 0);
    assert_int_equal(live(f, MEMORY_SIGNAL), 0);
}

/* All orders of link and unlink of a pair end in two halves or none. */
static void links_stay_symmetric(void **state)
{
    struct node_fixture *f = *state;
    term a = idle(f), b = idle(f);
    unsigned order, step;

    for (order = 0; order < 4096; order++) {
        for (step = 0; step < 6; step++) {
            unsigned what = order >> (2 * step) & 3;
            term of = what & 1 ? a : b, to = what & 1 ? b : a;

            if (what & 2)
                link_make(&f->node, fixture_find(f, of), to);
            else
                link_remove(&f->node, fixture_find(f, of), to);
            if (order % 7 == step)
                (void) signal_handle_all(&f->scheduler, fixture_find(f, order & 1 ? a : b));
        }
        fixture_run(f);
        assert_true((half(f, a, b) == NULL) == (half(f, b, a) == NULL));
        assert_true(half(f, a, b) == NULL || half(f, a, b)->value.unlink == 0);
        assert_true(half(f, b, a) == NULL || half(f, b, a)->value.unlink == 0);
        assert_int_equal(live(f, MEMORY_SIGNAL), 0);
    }
}

static void link_to_the_dead(void **state)
{
    struct node_fixture *f = *state;
    term dead = idle(f), trapping = idle(f), plain = idle(f), message;

    fixture_end(f, dead, ATOM(normal));
    fixture_find(f, trapping)->flags |= PROCESS_TRAP_EXIT;
    link_make(&f->node, fixture_find(f, trapping), dead);
    link_make(&f->node, fixture_find(f, plain), dead);
    fixture_run(f);
    message = fixture_receive(f, trapping);
    assert_int_equal(element(message, 0), ATOM(EXIT));
    assert_int_equal(element(message, 1), dead);
    assert_int_equal(element(message, 2), ATOM(noproc));
    assert_null(fixture_find(f, plain));
    assert_int_equal(live(f, MEMORY_LINK), 0);
}

/* ---- exits --------------------------------------------------------------------------------------- */

static void exit_signals(void **state)
{
    struct node_fixture *f = *state;
    term a = idle(f), b = idle(f), message;

    signal_send_exit(&f->node, fixture_find(f, a), b, ATOM(normal));
    fixture_run(f);
    assert_non_null(fixture_find(f, b));
    fixture_find(f, b)->flags |= PROCESS_TRAP_EXIT;
    signal_send_exit(&f->node, fixture_find(f, a), b, ATOM(normal));
    fixture_run(f);
    message = fixture_receive(f, b);
    assert_int_equal(element(message, 1), a);
    assert_int_equal(element(message, 2), ATOM(normal));
    link_make(&f->node, fixture_find(f, a), b);
    fixture_find(f, a)->flags |= PROCESS_TRAP_EXIT;
    signal_send_exit(&f->node, fixture_find(f, a), b, ATOM(kill));
    fixture_run(f);
    assert_null(fixture_find(f, b));
    assert_int_equal(element(fixture_receive(f, a), 2), ATOM(killed));
    fixture_find(f, a)->flags = 0;
    signal_send_exit(&f->node, fixture_find(f, a), a, ATOM(normal));
    fixture_run(f);
    assert_null(fixture_find(f, a));
    assert_int_equal(live(f, MEMORY_SIGNAL), 0);
}

static void exits_take_down_what_is_linked(void **state)
{
    struct node_fixture *f = *state;
    term pids[10];
    unsigned i;

    for (i = 0; i < 10; i++) {
        pids[i] = idle(f);
        if (i > 0)
            link_make(&f->node, fixture_find(f, pids[i]), pids[i - 1]);
    }
    fixture_run(f);
    fixture_end(f, pids[4], ATOM(badarg));
    assert_int_equal(process_table_count(f->node.processes), 0);
    assert_int_equal(live(f, MEMORY_PROCESS), 1);       /* the table's buckets */
}

/* What a pinned native has beside its process is the process's: nobody frees a literal that it holds. */
static void what_is_set_aside_is_a_root(void **state)
{
    struct node_fixture *f = *state;
    struct process *process = fixture_find(f, idle(f));
    struct heap_root roots[PROCESS_MAX_ROOTS];
    term words[3] = { ATOM(ok), ATOM(badarg), ATOM(normal) }, taken[3];
    size_t count = process_roots(process, roots);

    assert_true(process_set_aside(process, words, 3));
    assert_int_equal(process_roots(process, roots), count + 1);
    assert_ptr_equal(roots[count].start, process->rare->parked);
    assert_int_equal(roots[count].count, 3);
    assert_int_equal(process_take_up(process, taken), 3);
    assert_memory_equal(taken, words, sizeof words);
    assert_int_equal(process_roots(process, roots), count);
}

static void large_reasons(void **state)
{
    struct node_fixture *f = *state;
    struct spawn_options options = with(f, true, true);
    term survivor = idle(f), child, message;
    struct process *process;
    uint64_t big = UINT64_C(0xfedcba9876543210), value;

    process = fixture_find(f, survivor);
    process->flags |= PROCESS_TRAP_EXIT;
    child = fixture_spawn(f, process, &options);
    fixture_run(f);
    fixture_end(f, child, integer_make_uint64(&fixture_find(f, child)->heap, big));
    message = fixture_receive(f, survivor);
    assert_true(integer_get_uint64(element(message, term_tuple_arity(message) - 1), &value));
    assert_true(value == big);
    message = fixture_receive(f, survivor);
    assert_true(integer_get_uint64(element(message, term_tuple_arity(message) - 1), &value));
    assert_true(value == big);
    assert_ptr_equal(heap_check(&process->heap, NULL, 0), NULL);
    assert_int_equal(live(f, MEMORY_MAILBOX), 0);
}

/* ---- monitors and aliases ----------------------------------------------------------------------- */

struct watched { struct process *process; term pid, other, reference; struct heap env; };

static struct watched watch(struct node_fixture *f, term alias, term tag)
{
    struct watched w;

    w.pid = idle(f);
    w.other = idle(f);
    w.process = fixture_find(f, w.pid);
    heap_init_env(&w.env, &f->node.heaps, MEMORY_HEAP);
    assert_int_equal(monitor_make(&f->node, w.process, &w.env, w.other, TERM_NONE, alias, tag,
        &w.reference), DATA_OK);
    fixture_run(f);
    return w;
}

static void down_with_a_tag(void **state)
{
    struct node_fixture *f = *state;
    term tag_words[3] = { header_make(BOXED_TUPLE, 2), ATOM(tag), ATOM(ok) }, message;
    struct watched w = watch(f, TERM_NONE, term_make_boxed(tag_words));

    fixture_end(f, w.other, ATOM(normal));
    message = fixture_receive(f, w.pid);
    assert_int_equal(term_tuple_arity(message), 5);
    assert_int_equal(element(element(message, 0), 0), ATOM(tag));
    assert_true(term_reference_id(element(message, 1)) == term_reference_id(w.reference));
    assert_int_equal(element(message, 2), ATOM(process));
    assert_int_equal(element(message, 3), w.other);
    assert_int_equal(element(message, 4), ATOM(normal));
    heap_deinit(&w.env);
    assert_int_equal(live(f, MEMORY_MONITOR), 0);
    assert_int_equal(live(f, MEMORY_MAILBOX), 0);
}

static void demonitor_while_down_is_under_way(void **state)
{
    struct node_fixture *f = *state;
    struct watched w = watch(f, TERM_NONE, TERM_NONE);

    process_exit(fixture_find(f, w.other), ATOM(normal));
    process_wake(&f->node, process_table_find(f->node.processes, w.other));
    assert_true(monitor_remove(&f->node, w.process, term_reference_id(w.reference)));
    assert_false(monitor_remove(&f->node, w.process, term_reference_id(w.reference)));
    fixture_run(f);
    assert_int_equal(fixture_receive(f, w.pid), TERM_NONE);
    heap_deinit(&w.env);
    assert_int_equal(live(f, MEMORY_MONITOR), 0);
    assert_int_equal(live(f, MEMORY_SIGNAL), 0);
}

static void demonitor_by_a_stranger(void **state)
{
    struct node_fixture *f = *state;
    struct watched w = watch(f, TERM_NONE, TERM_NONE);

    assert_false(monitor_remove(&f->node, fixture_find(f, w.other), term_reference_id(w.reference)));
    fixture_end(f, w.other, ATOM(normal));
    assert_int_equal(element(fixture_receive(f, w.pid), 0), ATOM(DOWN));
    heap_deinit(&w.env);
}

static void monitor_by_name(void **state)
{
    struct node_fixture *f = *state;
    term watcher = idle(f), owner = idle(f), reference, message;
    struct heap env;
    unsigned round;

    for (round = 0; round < 2; round++) {           /* registered, then nobody has the name */
        heap_init_env(&env, &f->node.heaps, MEMORY_HEAP);
        if (round == 0)
            assert_int_equal(name_put(&f->node, ATOM(name), fixture_find(f, owner)), DATA_OK);
        assert_int_equal(monitor_make(&f->node, fixture_find(f, watcher), &env,
            name_find(&f->node, ATOM(name)), ATOM(name), TERM_NONE, TERM_NONE, &reference), DATA_OK);
        fixture_run(f);
        if (round == 0)
            fixture_end(f, owner, ATOM(normal));
        message = fixture_receive(f, watcher);
        assert_int_equal(element(element(message, 3), 0), ATOM(name));
        assert_int_equal(element(element(message, 3), 1), ATOM(nonode_at_nohost));
        assert_int_equal(element(message, 4), round == 0 ? ATOM(normal) : ATOM(noproc));
        heap_deinit(&env);
    }
    assert_int_equal(live(f, MEMORY_MONITOR), 0);
    assert_int_equal(live(f, MEMORY_NAME), 0);
}

static void send_to_alias(struct node_fixture *f, term alias)
{
    assert_int_equal(signal_send_alias(&f->node, NULL, alias, ATOM(ok)), SEND_OK);
    fixture_run(f);
}

static void alias_of_a_reply(void **state)
{
    struct node_fixture *f = *state;
    struct watched w = watch(f, ATOM(reply_demonitor), TERM_NONE);

    send_to_alias(f, w.reference);
    send_to_alias(f, w.reference);
    assert_int_equal(fixture_receive(f, w.pid), ATOM(ok));
    assert_int_equal(fixture_receive(f, w.pid), TERM_NONE);
    assert_int_equal(live(f, MEMORY_ALIAS), 0);
    assert_int_equal(live(f, MEMORY_MONITOR), 0);
    heap_deinit(&w.env);
}

static void alias_ends_with_its_monitor(void **state)
{
    struct node_fixture *f = *state;
    struct watched w = watch(f, ATOM(demonitor), TERM_NONE);

    send_to_alias(f, w.reference);
    assert_int_equal(fixture_receive(f, w.pid), ATOM(ok));
    fixture_end(f, w.other, ATOM(normal));
    assert_int_equal(element(fixture_receive(f, w.pid), 0), ATOM(DOWN));
    send_to_alias(f, w.reference);
    assert_int_equal(fixture_receive(f, w.pid), TERM_NONE);
    assert_int_equal(live(f, MEMORY_ALIAS), 0);
    heap_deinit(&w.env);
}

static void alias_until_it_is_taken_away(void **state)
{
    struct node_fixture *f = *state;
    struct watched w = watch(f, ATOM(explicit_unalias), TERM_NONE);

    fixture_end(f, w.other, ATOM(normal));
    assert_int_equal(element(fixture_receive(f, w.pid), 0), ATOM(DOWN));
    send_to_alias(f, w.reference);
    assert_int_equal(fixture_receive(f, w.pid), ATOM(ok));
    assert_true(alias_remove(&f->node, w.process, term_reference_id(w.reference)));
    assert_false(alias_remove(&f->node, w.process, term_reference_id(w.reference)));
    send_to_alias(f, w.reference);
    assert_int_equal(fixture_receive(f, w.pid), TERM_NONE);
    heap_deinit(&w.env);
    assert_int_equal(live(f, MEMORY_ALIAS), 0);
    assert_int_equal(live(f, MEMORY_MAILBOX), 0);
}

/* ---- names, timers --------------------------------------------------------------------------- */

static void names(void **state)
{
    struct node_fixture *f = *state;
    term a = idle(f), b = idle(f);

    fixture_mark(f);
    assert_int_equal(name_put(&f->node, ATOM(name), fixture_find(f, a)), DATA_OK);
    assert_int_equal(name_put(&f->node, ATOM(name), fixture_find(f, b)), DATA_BAD_ARGUMENT);
    assert_int_equal(name_put(&f->node, ATOM(ok), fixture_find(f, a)), DATA_BAD_ARGUMENT);
    assert_int_equal(name_put(&f->node, ATOM(undefined), fixture_find(f, b)), DATA_BAD_ARGUMENT);
    assert_int_equal(name_find(&f->node, ATOM(name)), a);
    assert_true(name_remove(&f->node, ATOM(name)));
    assert_false(name_remove(&f->node, ATOM(name)));
    assert_unchanged(f);
    assert_int_equal(name_put(&f->node, ATOM(ok), fixture_find(f, a)), DATA_OK);
    fixture_end(f, a, ATOM(normal));
    assert_int_equal(name_find(&f->node, ATOM(ok)), TERM_NONE);
    assert_int_equal(live(f, MEMORY_NAME), 0);
}

static uint64_t start_timer(struct node_fixture *f, term to, int64_t milliseconds, bool wrap)
{
    struct heap env;
    term reference;
    uint64_t id;

    heap_init_env(&env, &f->node.heaps, MEMORY_HEAP);
    assert_int_equal(timer_start(&f->node, NULL, &env, node_monotonic_time(&f->node) + milliseconds * 1000000,
        to, ATOM(ok), wrap, &reference), DATA_OK);
    id = term_reference_id(reference);
    heap_deinit(&env);
    return id;
}

static void timers_fire_in_order(void **state)
{
    struct node_fixture *f = *state;
    term a = idle(f), message;
    uint64_t ids[3];
    unsigned i;

    ids[1] = start_timer(f, a, 20, true);
    ids[0] = start_timer(f, a, 10, true);
    ids[2] = start_timer(f, a, 20, true);
    assert_int_equal(timer_read(&f->node, ids[0]), 10);
    fixture_advance(f, 9);
    assert_int_equal(fixture_receive(f, a), TERM_NONE);
    fixture_advance(f, 11);
    for (i = 0; i < 3; i++) {
        message = fixture_receive(f, a);
        assert_int_equal(element(message, 0), ATOM(timeout));
        assert_true(term_reference_id(element(message, 1)) == ids[i]);
        assert_int_equal(timer_cancel(&f->node, ids[i]), -1);
    }
    assert_int_equal(live(f, MEMORY_TIMER), 0);
}

static void timers_hold_nothing_when_cancelled(void **state)
{
    struct node_fixture *f = *state;
    term a = idle(f), dead = idle(f);
    unsigned i;

    fixture_end(f, dead, ATOM(normal));
    fixture_mark(f);
    for (i = 0; i < MANY; i++) {
        uint64_t id = start_timer(f, a, 1000 + i, false);

        assert_int_equal(timer_cancel(&f->node, id), 1000 + i);
        assert_int_equal(timer_cancel(&f->node, start_timer(f, dead, 1000, true)), -1);
    }
    assert_unchanged(f);
    for (i = 0; i < MANY; i++)
        start_timer(f, a, i % 7, i % 2);
    assert_int_equal(live(f, MEMORY_TIMER), MANY);
    fixture_end(f, a, ATOM(normal));                /* timers aimed at a process end with it */
    assert_int_equal(live(f, MEMORY_TIMER), 0);
    assert_int_equal(live(f, MEMORY_MAILBOX), 0);
}

static void timers_to_names(void **state)
{
    struct node_fixture *f = *state;
    term a = idle(f);

    start_timer(f, ATOM(name), 5, false);
    start_timer(f, ATOM(ok), 5, false);
    assert_int_equal(name_put(&f->node, ATOM(name), fixture_find(f, a)), DATA_OK);
    fixture_advance(f, 5);
    assert_int_equal(fixture_receive(f, a), ATOM(ok));
    assert_int_equal(live(f, MEMORY_TIMER), 0);
    assert_int_equal(live(f, MEMORY_MAILBOX), 0);
}

static void receive_timers(void **state)
{
    struct node_fixture *f = *state;
    term a = idle(f);
    struct process *process = fixture_find(f, a);

    fixture_mark(f);
    assert_int_equal(mailbox_set_timer(process, ATOM(infinity)), RECEIVE_TIMER_INFINITE);
    assert_int_equal(mailbox_set_timer(process, ATOM(ok)), RECEIVE_TIMER_BAD_VALUE);
    assert_int_equal(mailbox_set_timer(process, term_make_small(-1)), RECEIVE_TIMER_BAD_VALUE);
    assert_int_equal(mailbox_set_timer(process, term_make_small(0)), RECEIVE_TIMER_OVER);
    assert_int_equal(mailbox_set_timer(process, term_make_small(5)), RECEIVE_TIMER_ARMED);
    assert_int_equal(mailbox_set_timer(process, term_make_small(5)), RECEIVE_TIMER_ARMED);
    assert_int_equal(live(f, MEMORY_TIMER), 1);
    fixture_advance(f, 5);
    assert_int_equal(mailbox_set_timer(process, term_make_small(5)), RECEIVE_TIMER_OVER);
    mailbox_reset(process);
    assert_unchanged(f);
    assert_int_equal(mailbox_set_timer(process, term_make_small(5)), RECEIVE_TIMER_ARMED);
    signal_send_message(&f->node, NULL, a, ATOM(ok));
    assert_int_equal(fixture_receive(f, a), ATOM(ok));      /* a message stops it */
    assert_unchanged(f);
    assert_int_equal(mailbox_set_timer(process, term_make_small(5)), RECEIVE_TIMER_ARMED);
    *(int64_t *) f->node.platform_state += 5000000;         /* fired, and a message at once */
    (void) timer_run_due(&f->node, node_monotonic_time(&f->node));
    signal_send_message(&f->node, NULL, a, ATOM(ok));
    assert_int_equal(fixture_receive(f, a), ATOM(ok));
    assert_int_equal(mailbox_set_timer(process, term_make_small(5)), RECEIVE_TIMER_ARMED);
    fixture_end(f, a, ATOM(normal));
    assert_int_equal(live(f, MEMORY_TIMER), 0);
}

/* ---- mailboxes -------------------------------------------------------------------------------- */

static void send_number(struct node_fixture *f, term to, intptr_t number)
{
    term words[2] = { header_make(BOXED_TUPLE, 1), term_make_small(number) };

    assert_int_equal(signal_send_message(&f->node, NULL, to, term_make_boxed(words)), SEND_OK);
}

static intptr_t number_of(term message) { return term_small(element(message, 0)); }

static void selective_receive(void **state)
{
    struct node_fixture *f = *state;
    term a = idle(f);
    struct process *process = fixture_find(f, a);
    struct scheduler *s = &f->scheduler;
    intptr_t i;

    for (i = 0; i < 5; i++)
        send_number(f, a, i);
    for (i = 0; i < 5; i++) {
        assert_int_equal(number_of(mailbox_peek(s, process)), i);
        if (i == 3)
            break;
        mailbox_save_next(process);
    }
    mailbox_remove(s, process);
    assert_int_equal(process->message_count, 4);
    assert_int_equal(number_of(mailbox_peek(s, process)), 0);
    for (i = 0; i < 4; i++)
        mailbox_save_next(process);
    assert_int_equal(mailbox_peek(s, process), TERM_NONE);
    send_number(f, a, 9);
    assert_int_equal(number_of(mailbox_peek(s, process)), 9);
    mailbox_remove(s, process);
    assert_int_equal(number_of(fixture_receive(f, a)), 0);
    assert_int_equal(process->message_count, 3);
}

static void collection_while_a_message_is_looked_at(void **state)
{
    struct node_fixture *f = *state;
    term a = idle(f);
    struct process *process = fixture_find(f, a);
    struct scheduler *s = &f->scheduler;

    send_number(f, a, 7);
    s->process = process;
    s->x[0] = mailbox_peek(s, process);
    assert_int_equal(process_collect(s, process, 10, 1, true), HEAP_COLLECTED);
    assert_int_equal(number_of(s->x[0]), 7);
    mailbox_save_next(process);
    mailbox_restart(process);
    s->process = NULL;
    assert_int_equal(number_of(fixture_receive(f, a)), 7);
    assert_ptr_equal(heap_check(&process->heap, NULL, 0), NULL);
    assert_int_equal(live(f, MEMORY_MAILBOX), 0);
}

static void receive_markers(void **state)
{
    struct node_fixture *f = *state;
    term a = idle(f), marker, words[REFERENCE_WORDS], reference;
    struct process *process = fixture_find(f, a);
    struct scheduler *s = &f->scheduler;

    send_number(f, a, 1);
    fixture_run(f);
    fixture_mark(f);
    mailbox_marker_reserve(s, process, &marker);
    reference = reference_put(words, node_next_reference(&f->node));
    mailbox_marker_bind(process, marker, reference);
    send_number(f, a, 2);
    fixture_run(f);
    assert_int_equal(number_of(fixture_receive(f, a)), 1);     /* what the marker stood behind goes */
    mailbox_marker_use(process, reference);
    assert_int_equal(number_of(mailbox_peek(s, process)), 2);
    mailbox_remove(s, process);
    mailbox_marker_clear(process, reference);
    mailbox_marker_clear(process, reference);
    assert_int_equal(live(f, MEMORY_MAILBOX), 0);
    assert_null(process->rare);
}

static void messages_to_the_dead(void **state)
{
    struct node_fixture *f = *state;
    term a = idle(f);

    fixture_end(f, a, ATOM(normal));
    fixture_mark(f);
    send_number(f, a, 1);
    send_number(f, term_make_pid(123456), 1);
    assert_unchanged(f);
}

/* ---- information, suspension ---------------------------------------------------------------------- */

static void information_by_signal(void **state)
{
    struct node_fixture *f = *state;
    term asker = idle(f), a = idle(f), reply;
    unsigned i;

    fixture_mark(f);
    for (i = 0; i < 1000; i++) {
        struct signal *signal = signal_create(&f->node, SIGNAL_PROCESS_INFO, asker, ATOM(all));

        signal->id = i + 1;
        signal_push(&f->node, a, signal);
        fixture_run(f);
        reply = fixture_receive(f, asker);
        assert_true(term_reference_id(element(reply, 0)) == i + 1);
        assert_true(term_is_cons(element(reply, 1)));
        heap_deinit(&fixture_find(f, asker)->heap);
    }
    assert_int_equal(fixture_find(f, a)->heap.fragments == NULL, 1);
    fixture_end(f, a, ATOM(normal));
    signal_push(&f->node, a, signal_create(&f->node, SIGNAL_PROCESS_INFO, asker, ATOM(all)));
    fixture_run(f);
    assert_int_equal(element(fixture_receive(f, asker), 1), ATOM(undefined));
}

static void idle_process_is_small(void **state)
{
    struct node_fixture *f = *state;
    size_t before;

    (void) idle(f);
    before = f->memory.counts.live_bytes;
    (void) idle(f);
    assert_true(f->memory.counts.live_bytes - before <= 400);
}

/* ---- structures --------------------------------------------------------------------------------- */

static void trees(void **state)
{
    static struct tree_node nodes[512];
    struct tree_node *root = NULL;
    uint32_t random = 1, i, count = 0;
    bool in[512] = { false };

    (void) state;
    for (i = 0; i < 20000; i++) {
        uint32_t key = (random = random * 1664525 + 1013904223) >> 23, at;
        struct tree_node *next = tree_at_least(root, key);

        for (at = key; at < 512 && !in[at]; at++) {
        }
        assert_ptr_equal(next, at < 512 ? &nodes[at] : NULL);
        assert_ptr_equal(tree_find(root, key), in[key] ? &nodes[key] : NULL);
        if (in[key]) {
            assert_ptr_equal(tree_remove(&root, key), &nodes[key]);
            count--;
        } else {
            assert_null(tree_remove(&root, key));
            nodes[key].key = key;
            tree_put(&root, &nodes[key]);
            count++;
        }
        in[key] = !in[key];
    }
    for (i = 0; root != NULL; i++)
        tree_remove(&root, root->key);
    assert_int_equal(i, count);
}

static void dictionaries(void **state)
{
    struct node_fixture *f = *state;
    const struct compare_context *context = &f->node.compare;
    struct dictionary *d = NULL;
    intptr_t model[300];
    uint32_t random = 7, i;
    term old;

    fixture_mark(f);
    for (i = 0; i < AVM_COUNT_OF(model); i++)
        model[i] = -1;
    for (i = 0; i < 30000; i++) {
        uint32_t key = (random = random * 1664525 + 1013904223) >> 16;
        bool erases = key & 1 || i > 25000;
        term expected;

        key = (key >> 1) % AVM_COUNT_OF(model);
        expected = model[key] < 0 ? TERM_NONE : term_make_small(model[key]);
        assert_int_equal(dictionary_get(d, context, term_make_small(key)), expected);
        if (erases) {
            old = dictionary_erase(&d, context, term_make_small(key));
            model[key] = -1;
        } else {
            assert_int_equal(dictionary_put(&d, context, term_make_small(key), term_make_small(i), &old),
                DATA_OK);
            model[key] = i;
        }
        assert_int_equal(old, expected);
    }
    for (i = 0; i < AVM_COUNT_OF(model); i++)
        (void) dictionary_erase(&d, context, term_make_small(i));
    assert_null(d);
    assert_unchanged(f);
}

static void pids_do_not_repeat(void **state)
{
    struct node_fixture *f = *state;
    term last = TERM_NONE;
    unsigned i;

    for (i = 0; i < 1000; i++) {
        term pid = idle(f);

        assert_true(last == TERM_NONE || term_pid_data(pid) > term_pid_data(last));
        last = pid;
        fixture_end(f, pid, ATOM(normal));
        assert_null(fixture_find(f, pid));
    }
}

static void table_shrinks(void **state)
{
    struct node_fixture *f = *state;
    static term pids[3000];
    unsigned i;

    (void) idle(f);
    fixture_mark(f);
    for (i = 0; i < AVM_COUNT_OF(pids); i++)
        pids[i] = idle(f);
    for (i = 0; i < AVM_COUNT_OF(pids); i++)
        assert_non_null(fixture_find(f, pids[i]));
    for (i = 0; i < AVM_COUNT_OF(pids); i++)
        fixture_end(f, pids[i], ATOM(normal));
    assert_unchanged(f);
}

static void priorities(void **state)
{
    struct node_fixture *f = *state;
    struct run_queue *queue = f->node.run_queue;
    struct process *normal = fixture_find(f, fixture_spawn(f, NULL, NULL));
    struct process *low, *high;
    struct spawn_options options = with(f, false, false);
    unsigned i, lows = 0;

    options.priority = PRIORITY_LOW;
    low = fixture_find(f, fixture_spawn(f, NULL, &options));
    options.priority = PRIORITY_HIGH;
    high = fixture_find(f, fixture_spawn(f, NULL, &options));
    assert_ptr_equal(run_queue_pop(queue), high);
    for (i = 0; i < 80; i++) {
        struct process *process = run_queue_pop(queue);

        assert_true(process == low || process == normal);
        lows += process == low;
        run_queue_push(queue, process);
    }
    assert_int_equal(lows, 10);
    run_queue_push(queue, high);
}

/* ---- memory runs out ---------------------------------------------------------------------------- */

/* A bit of everything; whatever fails, the rest goes on. */
static void scenario(struct node_fixture *f)
{
    struct spawn_options options = with(f, true, true);
    term words[3] = { header_make(BOXED_TUPLE, 2), ATOM(tag), ATOM(ok) };
    term boxed = term_make_boxed(words), a, b, c, reference;
    struct process *process;
    struct heap env;

    options.monitor_alias = ATOM(reply_demonitor);
    options.monitor_tag = boxed;
    options.heap_limit.words = 100000;
    a = fixture_spawn(f, NULL, NULL);
    process = a != TERM_NONE ? fixture_find(f, a) : NULL;
    if (process == NULL)
        return;
    process->flags |= PROCESS_TRAP_EXIT;
    b = fixture_spawn(f, process, &options);
    c = fixture_spawn(f, NULL, NULL);
    heap_init_env(&env, &f->node.heaps, MEMORY_HEAP);
    if (c != TERM_NONE) {
        (void) link_make(&f->node, process, c);
        (void) monitor_make(&f->node, process, &env, c, TERM_NONE, ATOM(demonitor), boxed, &reference);
        (void) name_put(&f->node, ATOM(name), fixture_find(f, c));
        (void) timer_start(&f->node, NULL, &env, INT64_MAX, c, boxed, true, &reference);
        (void) signal_send_message(&f->node, process, c, boxed);
        (void) mailbox_set_timer(fixture_find(f, c), term_make_small(100));
    }
    (void) alias_make(&f->node, process, &env, 0, &reference);
    (void) monitor_make(&f->node, process, &env, TERM_NONE, ATOM(ok), TERM_NONE, TERM_NONE, &reference);
    (void) mailbox_marker_reserve(&f->scheduler, process, &reference);
    fixture_run(f);
    if (c != TERM_NONE && fixture_find(f, c) != NULL && fixture_find(f, a) != NULL) {
        (void) link_remove(&f->node, process, c);
        (void) link_make(&f->node, process, c);
        (void) signal_send_exit(&f->node, NULL, c, boxed);
    }
    if (b != TERM_NONE && fixture_find(f, b) != NULL)
        fixture_end(f, b, boxed);
    fixture_run(f);
    if (fixture_find(f, a) != NULL) {
        while (fixture_receive(f, a) != TERM_NONE) {
        }
        fixture_end(f, a, ATOM(normal));
    }
    if (c != TERM_NONE && fixture_find(f, c) != NULL)
        fixture_end(f, c, boxed);
    heap_deinit(&env);
}

/* exports are made once and stay; everything else is back. */
static void every_allocation_fails(void **state)
{
    struct node_fixture *f = *state;
    bool from_then_on;
    uint64_t n;

    scenario(f);
    fixture_mark(f);
    for (from_then_on = false;; from_then_on = true) {
        uint64_t count = UINT64_MAX;

        for (n = 1; n <= count; n++) {
            uint64_t start = f->memory.counts.allocations + f->memory.counts.failures;

            f->memory.fail_from = from_then_on;
            f->memory.fail_at = start + n;
            scenario(f);
            if (f->memory.counts.allocations + f->memory.counts.failures < start + n)
                count = 0;
            f->memory.fail_at = 0;
            fixture_run(f);
            assert_unchanged(f);
            assert_int_equal(process_table_count(f->node.processes), 0);
        }
        if (from_then_on)
            break;
    }
}

static void a_node_that_cannot_be_made(void **state)
{
    struct node_fixture f;
    uint64_t n;
    bool opened = false;

    (void) state;
    for (n = 1; !opened; n++) {
        memory_init(&f.memory, NULL, NULL, 0);
        f.memory.fail_at = n;
        opened = node_fixture_open(&f);
        if (opened)
            assert_int_equal(node_fixture_close(&f), 0);
        assert_int_equal(f.memory.counts.live_bytes, 0);
    }
    assert_true(n > 5);
}

static void a_node_is_closed_in_the_middle(void **state)
{
    struct node_fixture f;
    struct spawn_options options;
    term a;

    (void) state;
    memory_init(&f.memory, NULL, NULL, 0);
    assert_true(node_fixture_open(&f));
    options = with(&f, true, true);
    a = fixture_spawn(&f, NULL, NULL);
    (void) fixture_spawn(&f, fixture_find(&f, a), &options);
    start_timer(&f, a, 10, true);
    start_timer(&f, ATOM(name), 10, true);
    (void) mailbox_set_timer(fixture_find(&f, a), term_make_small(3));
    (void) name_put(&f.node, ATOM(name), fixture_find(&f, a));
    send_number(&f, a, 1);
    fixture_run(&f);
    send_number(&f, a, 2);
    *(int64_t *) f.node.platform_state += 5000000;
    (void) timer_run_due(&f.node, node_monotonic_time(&f.node));
    assert_int_equal(node_fixture_close(&f), 0);
}

#define NODE_TEST(name) cmocka_unit_test_setup_teardown(name, open_node, close_node)

int main(void)
{
    const struct CMUnitTest tests[] = {
        NODE_TEST(idle_survivor_of_links), NODE_TEST(idle_survivor_at_once),
        NODE_TEST(trapping_survivor_receives), NODE_TEST(watcher_receives), NODE_TEST(watcher_first),
        NODE_TEST(links_from_the_short_lived), NODE_TEST(many_links_are_found),
        NODE_TEST(unlink_while_the_exit_is_under_way), NODE_TEST(link_again_before_the_ack),
        NODE_TEST(links_stay_symmetric), NODE_TEST(link_to_the_dead), NODE_TEST(exit_signals),
        NODE_TEST(exits_take_down_what_is_linked), NODE_TEST(what_is_set_aside_is_a_root),
        NODE_TEST(large_reasons),
        NODE_TEST(down_with_a_tag), NODE_TEST(demonitor_while_down_is_under_way),
        NODE_TEST(demonitor_by_a_stranger), NODE_TEST(monitor_by_name), NODE_TEST(alias_of_a_reply),
        NODE_TEST(alias_ends_with_its_monitor), NODE_TEST(alias_until_it_is_taken_away),
        NODE_TEST(names), NODE_TEST(timers_fire_in_order),
        NODE_TEST(timers_hold_nothing_when_cancelled), NODE_TEST(timers_to_names),
        NODE_TEST(receive_timers), NODE_TEST(selective_receive),
        NODE_TEST(collection_while_a_message_is_looked_at), NODE_TEST(receive_markers),
        NODE_TEST(messages_to_the_dead), NODE_TEST(information_by_signal),
        NODE_TEST(idle_process_is_small), cmocka_unit_test(trees), NODE_TEST(dictionaries),
        NODE_TEST(pids_do_not_repeat), NODE_TEST(table_shrinks), NODE_TEST(priorities),
        NODE_TEST(every_allocation_fails), cmocka_unit_test(a_node_that_cannot_be_made),
        cmocka_unit_test(a_node_is_closed_in_the_middle),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
