/* Every order that the threads of a short script can take through the real inbox.c: before each atomic
** access a thread stops, and another may go on. No signal is lost or handled twice, those of one sender
** stay in order, no process sleeps with something in its inbox, and none is queued or run twice at once.
**
** The script is run again and again from its start, each time by the next list of choices: a search in
** depth over all of them. Accesses are taken in one order that all threads see, which is what the
** exchanges of inbox.c promise for those that decide. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

static void take_step(void);
#undef AVM_SMP
#define AVM_SMP 1
#define AVM_ATOMIC_STEP() take_step()
#include "proc/inbox.c"

#define THREADS_MAX 4
#define STACK_BYTES (64 * 1024)
#define STEPS_MAX 200
#define SIGNALS_MAX 4

struct script {
    unsigned senders, signals;      /* each sends as many */
    unsigned schedulers;
    bool ends;                      /* the process ends at the first signal that it handles */
};

static struct machine {
    const struct script *script;
    ucontext_t home, threads[THREADS_MAX];
    char *stacks[THREADS_MAX];
    bool is_done[THREADS_MAX], waits[THREADS_MAX];
    unsigned count, current;
    /* the search */
    unsigned char choices[STEPS_MAX], widths[STEPS_MAX];
    size_t depth, steps;
    /* the world */
    struct process process;
    struct signal signals[2 * SIGNALS_MAX];
    unsigned queued, running;
    bool has_ended;
    unsigned next_of[2];            /* the number of the sender's signal that must be seen next */
    unsigned seen;
    const char *wrong;
} m;

static struct heap_shared several = { .is_shared = true };

static void complain(bool is_wrong, const char *what)
{
    if (is_wrong && m.wrong == NULL)
        m.wrong = what;
}

static void take_step(void)
{
    swapcontext(&m.threads[m.current], &m.home);
}

/* ---- the threads ---------------------------------------------------------------------------- */

/* The signal is handled, or answered for the dead. */
static void see(struct signal *signal)
{
    unsigned sender = (unsigned) signal->from;

    complain(signal->id != m.next_of[sender], "signals of one sender changed their order");
    m.next_of[sender]++;
    m.seen++;
}

static void enqueue(void)
{
    complain(m.queued != 0 || m.running != 0, "queued while it is queued or runs");
    m.queued++;
}

static void send_all(unsigned sender)
{
    for (unsigned i = 0; i < m.script->signals; i++) {
        struct signal *signal = &m.signals[sender * SIGNALS_MAX + i];

        signal->from = sender;
        signal->id = i;
        switch (inbox_push(&m.process, signal)) {
        case INBOX_REFUSED: see(signal); break;
        case INBOX_WOKEN: enqueue(); break;
        case INBOX_PUSHED: break;
        }
    }
}

static bool handle_all(void)
{
    struct signal *signal = inbox_take(&m.process), *next;
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
    } while (!inbox_close(&m.process));
    m.has_ended = true;
    m.running--;
}

static void run_slice(void)
{
    bool any;

    m.queued--;
    m.running++;
    complain(m.running != 1, "runs twice at once");
    atomic_put(&m.process.state, PROCESS_STATE_RUNNING);
    any = handle_all();
    if (any && m.script->ends) {
        end_process();
        return;
    }
    m.running--;
    if (!inbox_rest(&m.process))
        enqueue();
}

static bool all_sent(void)
{
    for (unsigned i = 0; i < m.script->senders; i++)
        if (!m.is_done[i])
            return false;
    return true;
}

/* A scheduler stops here while it has nothing to do. */
static void schedule(unsigned number)
{
    while (!all_sent() || m.queued != 0 || m.running != 0) {
        if (m.queued != 0) {
            run_slice();
        } else {
            m.waits[number] = true;
            take_step();
            m.waits[number] = false;
        }
    }
}

static void run_thread(void)
{
    unsigned number = m.current;

    if (number < m.script->senders)
        send_all(number);
    else
        schedule(number);
    m.is_done[number] = true;
    swapcontext(&m.threads[number], &m.home);
}

/* ---- the search ------------------------------------------------------------------------------ */

static void prepare_thread(unsigned i)
{
    getcontext(&m.threads[i]);
    m.threads[i].uc_stack.ss_sp = m.stacks[i];
    m.threads[i].uc_stack.ss_size = STACK_BYTES;
    m.threads[i].uc_link = &m.home;
    makecontext(&m.threads[i], run_thread, 0);
}

static void prepare(const struct script *script)
{
    m.script = script;
    m.count = script->senders + script->schedulers;
    memset(m.is_done, 0, sizeof m.is_done);
    memset(m.waits, 0, sizeof m.waits);
    memset(&m.process, 0, sizeof m.process);
    m.process.heap.shared = &several;
    memset(m.signals, 0, sizeof m.signals);
    m.process.inbox = INBOX_WAITS;
    m.queued = m.running = m.seen = 0;
    m.next_of[0] = m.next_of[1] = 0;
    m.has_ended = false;
    m.steps = 0;
    for (unsigned i = 0; i < m.count; i++)
        prepare_thread(i);
}

/* The threads that may take the next step: a scheduler without work may when something is queued, or when
** nothing will be any more. */
static unsigned list_ready(unsigned *ready)
{
    bool has_work = m.queued != 0 || (all_sent() && m.running == 0);
    unsigned count = 0;

    for (unsigned i = 0; i < m.count; i++)
        if (!m.is_done[i] && (!m.waits[i] || has_work))
            ready[count++] = i;
    return count;
}

static void check_end(void)
{
    unsigned sent = m.script->senders * m.script->signals;

    complain(m.seen != sent, "a signal was lost, or its process was never woken");
    if (!m.has_ended) {
        complain(!inbox_is_mark(m.process.inbox), "it sleeps with a signal in its inbox");
        complain(m.process.inbox != INBOX_WAITS, "it is in no queue and does not wait");
    }
}

/* One run by the choices, which are noted as far as they were not given. */
static void run_once(const struct script *script)
{
    unsigned ready[THREADS_MAX], count;

    prepare(script);
    while ((count = list_ready(ready)) != 0 && m.wrong == NULL && m.steps < STEPS_MAX) {
        if (m.steps == m.depth)
            m.choices[m.depth++] = 0;
        m.widths[m.steps] = (unsigned char) count;
        m.current = ready[m.choices[m.steps++]];
        swapcontext(&m.home, &m.threads[m.current]);
    }
    complain(m.steps == STEPS_MAX, "it goes on without end");
    check_end();
}

/* The next list of choices; false: there is none. */
static bool go_back(void)
{
    while (m.depth > 0 && m.choices[m.depth - 1] + 1 == m.widths[m.depth - 1])
        m.depth--;
    if (m.depth == 0)
        return false;
    m.choices[m.depth - 1]++;
    return true;
}

static void explore(const struct script *script)
{
    size_t runs = 0;

    m.depth = 0;
    m.wrong = NULL;
    for (unsigned i = 0; i < THREADS_MAX; i++)
        assert_non_null(m.stacks[i] = malloc(STACK_BYTES));
    do {
        run_once(script);
        runs++;
    } while (m.wrong == NULL && go_back());
    for (unsigned i = 0; i < THREADS_MAX; i++)
        free(m.stacks[i]);
    if (m.wrong != NULL)
        fail_msg("after %zu orders: %s", runs, m.wrong);
    print_message("%zu orders\n", runs);
}

static void one_sender_wakes_a_process(void **state)
{
    static const struct script script = { 1, 2, 1, false };

    (void) state;
    explore(&script);
}

static void two_senders_wake_it_once(void **state)
{
    static const struct script script = { 2, 1, 1, false };

    (void) state;
    explore(&script);
}

static void two_schedulers_run_it_one_at_a_time(void **state)
{
    static const struct script script = { 1, 1, 2, false };

    (void) state;
    explore(&script);
}

static void the_end_answers_every_signal(void **state)
{
    static const struct script script = { 1, 3, 1, true };

    (void) state;
    explore(&script);
}

static void the_end_answers_two_senders(void **state)
{
    static const struct script script = { 2, 1, 1, true };

    (void) state;
    explore(&script);
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
