/* timer_test.c - timers of several schedulers: what is set on one is cancelled, read and fired on another,
** in order. The threads are played by one. With AVM_SMP off there is nothing of it. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "proc/ready.h"
#include "proc/timer.h"
#include "support/node_fixture.h"

#if AVM_SMP
#define SCHEDULERS 3

static void be(struct node_fixture *f, unsigned slot)
{
    thread_self = (struct thread_self) { &f->memory, slot };
}

static int open_node(void **state)
{
    static struct node_fixture f;
    struct node_limits limits = { .schedulers = SCHEDULERS };

    memory_init(&f.memory, NULL, NULL, 0);
    assert_true(node_fixture_open_limited(&f, &limits));
    assert_true(memory_share(&f.memory, SCHEDULERS, true));
    assert_true(reclaim_share(&f.node.reclaim, SCHEDULERS));
    assert_true(crew_share(&f.node, SCHEDULERS, SCHEDULERS));
    assert_true(heap_share(&f.node.heaps, SCHEDULERS));
    for (unsigned slot = SCHEDULERS; slot > 0; slot--) {
        be(&f, slot);
        reclaim_enter(&f.node.reclaim);
    }
    *state = &f;
    return 0;
}

static int close_node(void **state)
{
    struct node_fixture *f = *state;

    for (unsigned slot = SCHEDULERS; slot > 0; slot--) {
        be(f, slot);
        reclaim_leave(&f->node.reclaim);
    }
    thread_self = (struct thread_self) { NULL, 0 };
    heap_unshare(&f->node.heaps);
    crew_unshare(&f->node);
    reclaim_unshare(&f->node.reclaim);
    memory_unshare(&f->memory);
    return node_fixture_close(f) == 0 ? 0 : -1;
}

static term idle(struct node_fixture *f)
{
    term pid;

    be(f, 1);
    pid = fixture_spawn(f, NULL, NULL);
    fixture_run(f);
    return pid;
}

/* By setter, on the scheduler slot; the message is number. */
static uint64_t set(struct node_fixture *f, unsigned slot, term setter, int64_t deadline, term to,
    intptr_t number)
{
    struct heap env;
    term reference;
    uint64_t id;

    be(f, slot);
    heap_init_env(&env, &f->node.heaps, MEMORY_HEAP);
    assert_int_equal(timer_start(&f->node, fixture_find(f, setter), &env, deadline, to,
                         term_make_small(number), false, &reference), DATA_OK);
    id = term_reference_id(reference);
    heap_deinit(&env);
    return id;
}

static int64_t in(struct node_fixture *f, int64_t milliseconds)
{
    return node_monotonic_time(&f->node) + milliseconds * 1000000;
}

static size_t live(struct node_fixture *f, enum memory_kind kind)
{
    struct memory_counts counts;

    memory_get_counts(&f->memory, &counts);
    return counts.objects_by[kind];
}

/* Time passes, and the scheduler slot looks at it. */
static void advance(struct node_fixture *f, unsigned slot, int64_t milliseconds)
{
    be(f, slot);
    *(int64_t *) f->node.platform_state += milliseconds * 1000000;
    (void) timer_run_due(&f->node, node_monotonic_time(&f->node));
    be(f, 1);
    for (struct process *process; (process = ready_pop(&f->node)) != NULL;) {
        run_queue_push(f->node.run_queue, process);
        fixture_run(f);
    }
}

static void cancelled_and_read_elsewhere(void **state)
{
    struct node_fixture *f = *state;
    term a = idle(f);

    for (unsigned i = 0; i < 1000; i++) {
        uint64_t id = set(f, 1 + i % 3, a, in(f, 50 + i % 7), a, 0);

        be(f, 1 + i / 3 % 3);
        assert_int_equal(timer_read(&f->node, id), 50 + i % 7);
        assert_int_equal(timer_read(&f->node, id + 1), -1);
        be(f, 1 + i / 9 % 3);
        assert_int_equal(timer_cancel(&f->node, id), 50 + i % 7);
        assert_int_equal(timer_cancel(&f->node, id), -1);
        assert_int_equal(timer_read(&f->node, id), -1);
    }
    assert_int_equal(live(f, MEMORY_TIMER), 0);
    assert_int_equal(live(f, MEMORY_MAILBOX), 0);
}

/* Each scheduler in turn sets one for the same moment; whoever looks gets all of them, as they were set. */
static void in_the_order_of_setting(void **state)
{
    struct node_fixture *f = *state;
    term a = idle(f), b = idle(f);
    int64_t due = in(f, 10);

    for (unsigned i = 0; i < 5; i++)
        (void) set(f, 2, b, due, b, 0);             /* another's numbers are ahead */
    for (unsigned i = 0; i < 60; i++)
        (void) set(f, 1 + i * 7 / 4 % 3, a, due, a, (intptr_t) i);
    advance(f, 3, 9);
    assert_int_equal(fixture_receive(f, a), TERM_NONE);
    advance(f, 3, 1);
    for (unsigned i = 0; i < 60; i++)
        assert_int_equal(fixture_receive(f, a), term_make_small((intptr_t) i));
    assert_int_equal(fixture_receive(f, a), TERM_NONE);
    assert_int_equal(live(f, MEMORY_TIMER), 0);
}

static void the_first_of_all_is_next(void **state)
{
    struct node_fixture *f = *state;
    term a = idle(f);
    uint64_t first;

    assert_true(timer_is_none_due(&f->node));
    assert_true(timer_next_due(&f->node) == INT64_MAX);
    (void) set(f, 2, a, in(f, 30), a, 30);
    first = set(f, 3, a, in(f, 10), a, 10);
    (void) set(f, 1, a, in(f, 20), a, 20);
    assert_false(timer_is_none_due(&f->node));
    assert_true(timer_next_due(&f->node) == in(f, 10));
    be(f, 1);
    assert_int_equal(timer_cancel(&f->node, first), 10);
    advance(f, 2, 10);                              /* it is seen to be no more */
    assert_true(timer_next_due(&f->node) == in(f, 10));
    advance(f, 2, 25);
    assert_int_equal(fixture_receive(f, a), term_make_small(20));
    assert_int_equal(fixture_receive(f, a), term_make_small(30));
    assert_true(timer_is_none_due(&f->node));
}

static void a_process_ends_that_all_aim_at(void **state)
{
    struct node_fixture *f = *state;
    term a = idle(f), b = idle(f);

    for (unsigned i = 0; i < 300; i++)
        (void) set(f, 1 + i * 5 / 3 % 3, b, in(f, 1 + i), i % 10 == 0 ? b : a, 0);
    be(f, 2);
    assert_int_equal(mailbox_set_timer(fixture_find(f, a), term_make_small(5)), RECEIVE_TIMER_ARMED);
    assert_int_equal(live(f, MEMORY_TIMER), 301);
    be(f, 1);
    fixture_end(f, a, ATOM(normal));
    assert_int_equal(live(f, MEMORY_TIMER), 30);
    advance(f, 1, 500);
    assert_int_equal(live(f, MEMORY_TIMER), 0);
}

static void receive_timers_go_along(void **state)
{
    struct node_fixture *f = *state;
    term a = idle(f);
    struct process *process = fixture_find(f, a);

    for (unsigned i = 0; i < 30; i++) {
        be(f, 1 + i % 3);
        assert_int_equal(mailbox_set_timer(process, term_make_small(5)), RECEIVE_TIMER_ARMED);
        if (i % 2 == 0)
            advance(f, 1 + i / 2 % 3, 5);
        be(f, 1 + i / 4 % 3);
        assert_int_equal(mailbox_set_timer(process, term_make_small(5)),
            i % 2 == 0 ? RECEIVE_TIMER_OVER : RECEIVE_TIMER_ARMED);
        mailbox_reset(process);
        assert_int_equal(live(f, MEMORY_TIMER), 0);
    }
}

/* Fires, and is not wanted any more while its signal is under way. */
static void fired_and_cancelled(void **state)
{
    struct node_fixture *f = *state;
    term a = idle(f);
    struct process *process = fixture_find(f, a);

    be(f, 2);
    assert_int_equal(mailbox_set_timer(process, term_make_small(5)), RECEIVE_TIMER_ARMED);
    be(f, 3);
    *(int64_t *) f->node.platform_state += 5000000;
    (void) timer_run_due(&f->node, node_monotonic_time(&f->node));
    be(f, 1);
    mailbox_reset(process);
    assert_int_equal(mailbox_set_timer(process, term_make_small(7)), RECEIVE_TIMER_ARMED);
    assert_int_equal(live(f, MEMORY_TIMER), 2);
    advance(f, 1, 0);
    assert_int_equal(live(f, MEMORY_TIMER), 1);
    assert_int_equal(mailbox_set_timer(process, term_make_small(5)), RECEIVE_TIMER_ARMED);
    fixture_end(f, a, ATOM(normal));
    assert_int_equal(live(f, MEMORY_TIMER), 0);
}

#define NODE_TEST(name) cmocka_unit_test_setup_teardown(name, open_node, close_node)

int main(void)
{
    const struct CMUnitTest tests[] = {
        NODE_TEST(cancelled_and_read_elsewhere), NODE_TEST(in_the_order_of_setting),
        NODE_TEST(the_first_of_all_is_next), NODE_TEST(a_process_ends_that_all_aim_at),
        NODE_TEST(receive_timers_go_along), NODE_TEST(fired_and_cancelled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
#else
int main(void) { return 0; }
#endif
