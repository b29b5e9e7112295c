/* Every order that the threads of a short script can take through the real inbox.c (support/orders.h). No signal
** is lost or handled twice, those of one sender stay in order, no process sleeps with something in its inbox,
** and none is queued or run twice at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/orders.h"

#undef AVM_SMP
#define AVM_SMP 1
#include "proc/inbox.c"

#define SIGNALS_MAX 4

struct script {
    unsigned senders, signals;      /* each sends as many */
    unsigned schedulers;
    bool ends;                      /* the process ends at the first signal that it handles */
};

static const struct script *script;
static struct world {
    struct process process;
    struct signal signals[2 * SIGNALS_MAX];
    unsigned queued, running, senders_done;
    bool has_ended;
    unsigned next_of[2];            /* the number of the sender's signal that must be seen next */
    unsigned seen;
} w;

static struct heap_shared several = { .is_shared = true };

/* ---- the threads ---------------------------------------------------------------------------- */

/* The signal is handled, or answered for the dead. */
static void see(struct signal *signal)
{
    unsigned sender = (unsigned) signal->from;

    orders_complain(signal->id != w.next_of[sender], "signals of one sender changed their order");
    w.next_of[sender]++;
    w.seen++;
}

static void enqueue(void)
{
    orders_complain(w.queued != 0 || w.running != 0, "queued while it is queued or runs");
    w.queued++;
}

static void send_all(unsigned sender)
{
    for (unsigned i = 0; i < script->signals; i++) {
        struct signal *signal = &w.signals[sender * SIGNALS_MAX + i];

        signal->from = sender;
        signal->id = i;
        switch (inbox_push(&w.process, signal)) {
        case INBOX_REFUSED: see(signal); break;
        case INBOX_WOKEN: enqueue(); break;
        case INBOX_PUSHED: break;
        }
    }
}

static bool handle_all(void)
{
    struct signal *signal = inbox_take(&w.process), *next;
    bool any = signal != NULL;

    for (; signal != NULL; signal = next) {
        next = signal->next;
        see(signal);
    }
    return any;
}

static void end_process(void)
{
    do {
        (void) handle_all();
    } while (!inbox_close(&w.process));
    w.has_ended = true;
    w.running--;
}

static void run_slice(void)
{
    bool any;

    w.queued--;
    w.running++;
    orders_complain(w.running != 1, "runs twice at once");
    atomic_put(&w.process.state, PROCESS_STATE_RUNNING);
    any = handle_all();
    if (any && script->ends) {
        end_process();
        return;
    }
    w.running--;
    if (!inbox_rest(&w.process))
        enqueue();
}

static bool all_sent(void)
{
    return w.senders_done == script->senders;
}

/* A scheduler without work goes on when something is queued, or when nothing will be any more. */
static bool has_work(unsigned thread)
{
    (void) thread;
    return w.queued != 0 || (all_sent() && w.running == 0);
}

static void schedule(void)
{
    while (!all_sent() || w.queued != 0 || w.running != 0) {
        if (w.queued != 0)
            run_slice();
        else
            orders_await(has_work);
    }
}

static void run_thread(unsigned number)
{
    if (number < script->senders) {
        send_all(number);
        w.senders_done++;
    } else {
        schedule();
    }
}

/* ---- the search ------------------------------------------------------------------------------ */

static void prepare(void)
{
    w.process.heap.shared = &several;
    w.process.inbox = INBOX_WAITS;
}

static void check_end(void)
{
    unsigned sent = script->senders * script->signals;

    orders_complain(w.seen != sent, "a signal was lost, or its process was never woken");
    if (!w.has_ended) {
        orders_complain(!inbox_is_mark(w.process.inbox), "it sleeps with a signal in its inbox");
        orders_complain(w.process.inbox != INBOX_WAITS, "it is in no queue and does not wait");
    }
}

static void explore(const struct script *given)
{
    const struct orders orders = { given->senders + given->schedulers, &w, sizeof w, prepare, run_thread, NULL,
        check_end };

    script = given;
    orders_explore(&orders);
}

static void one_sender_wakes_a_process(void **state)
{
    static const struct script given = { 1, 2, 1, false };

    (void) state;
    explore(&given);
}

static void two_senders_wake_it_once(void **state)
{
    static const struct script given = { 2, 2, 1, false };

    (void) state;
    explore(&given);
}

static void two_schedulers_run_it_one_at_a_time(void **state)
{
    static const struct script given = { 2, 2, 2, false };

    (void) state;
    explore(&given);
}

static void the_end_answers_every_signal(void **state)
{
    static const struct script given = { 1, 3, 1, true };

    (void) state;
    explore(&given);
}

static void the_end_answers_two_senders(void **state)
{
    static const struct script given = { 2, 2, 2, true };

    (void) state;
    explore(&given);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_sender_wakes_a_process),
        cmocka_unit_test(two_senders_wake_it_once),
        cmocka_unit_test(two_schedulers_run_it_one_at_a_time),
        cmocka_unit_test(the_end_answers_every_signal),
        cmocka_unit_test(the_end_answers_two_senders),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
