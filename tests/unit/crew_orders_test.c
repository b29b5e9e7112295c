/* Every order in which schedulers fall asleep, by the real api/run.c, proc/crew.c and proc/ready.c, while others
** give them work: no process stays in a queue, and no timer is due, while all sleep and nobody has been woken. Of a build with several schedulers.
** The platform's waiting and the locks' are the test's; time passes only where all wait for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/orders.h"

#include "proc/crew.h"

/* As base/lock.c does it, with every wait the search's. Who lets go need not stop before: whatever another does
** in between it could have done before. */
static void take(struct lock *lock);
#define lock_take(lock) take(lock)
#define lock_release(lock) ((void) ((lock)->taken = 0))

#include "sched/sched.h"

static unsigned looks_taken;            /* before a scheduler sleeps */
#define LOOKS looks_taken
#define reclaim_enter(reclaim) ((void) (reclaim))
#define reclaim_leave(reclaim) ((void) (reclaim))
#define sched_next_timer next_timer
static int64_t next_timer(struct node *node);

#include "api/run.c"
#include "proc/crew.c"
#include "proc/ready.c"

#define SCHEDULERS 2
#define PROCESSES 3
#define DUE 1000

/* What the threads 2 and 3 do, one letter after the other: see do_step. */
static const char *scripts[ORDERS_THREADS];
/* Which process is there from the start, in the first queue. */
static bool begins;
static bool makes_others;
/* What is to happen at all. */
static unsigned expected;

static struct world {
    struct avm_vm vm;
    struct crew_member members[SCHEDULERS + 1];
    struct vm_seat seats[SCHEDULERS + 1];
    struct run_queue queues[SCHEDULERS];
    struct process processes[PROCESSES];
    bool has_run[PROCESSES];
    unsigned happened;
    AVM_ATOMIC(int64_t) timer;
    int64_t waits_until;
    const struct lock *wanted[ORDERS_THREADS];
    bool woken, unparked[SCHEDULERS + 1];
} w;

/* ---- locks ------------------------------------------------------------------------------------------- */

_Thread_local struct thread_self thread_self;
static const char holders[ORDERS_THREADS];

static void become(unsigned thread)
{
    thread_self.memory = thread < SCHEDULERS ? &w.vm.memory : NULL;
    thread_self.slot = thread < SCHEDULERS ? thread + 1 : 0;
}

void lock_pause(unsigned *steps)
{
    *steps = 1;
    orders_pause();
}

void lock_pause_briefly(void)
{
}

static bool is_free(unsigned thread)
{
    return w.wanted[thread]->taken == 0;
}

static void take(struct lock *lock)
{
    w.wanted[orders_self()] = lock;
    orders_await(is_free);
    w.wanted[orders_self()] = NULL;
    lock->taken = 1;
}

void lock_wait(struct lock *lock)
{
    take(lock);
}

void lock_again_take(struct lock_again *lock)
{
    if (!lock_again_is_held(lock)) {
        lock_take(&lock->lock);
        lock->holder = &holders[orders_self()];
    }
    lock->depth++;
}

void lock_again_release(struct lock_again *lock)
{
    if (--lock->depth > 0)
        return;
    lock->holder = NULL;
    lock_release(&lock->lock);
}

bool lock_again_is_held(const struct lock_again *lock)
{
    return lock->holder == &holders[orders_self()];
}

/* ---- the platform --------------------------------------------------------------------------------------- */

static bool is_over(void)
{
    return w.happened == expected;
}

static bool may_leave_park(unsigned thread)
{
    return w.unparked[thread + 1] || is_over();
}

static bool may_leave_wait(unsigned thread)
{
    (void) thread;
    return w.woken || w.waits_until != INT64_MAX || is_over();
}

static avm_status park(void *state, unsigned number, int64_t until)
{
    (void) state;
    orders_complain(until != INT64_MAX, "who is parked waits for a timer");
    orders_await(may_leave_park);
    w.unparked[number] = false;
    return AVM_OK;
}

static void unpark(void *state, unsigned number)
{
    (void) state;
    orders_step();
    w.unparked[number] = true;
}

static avm_status wait(void *state, int64_t until, avm_poll_event *events, size_t capacity, size_t *count)
{
    (void) state;
    (void) events;
    (void) capacity;
    orders_complain(w.waits_until != 0, "two are in the platform's wait");
    w.waits_until = until;
    orders_await(may_leave_wait);
    w.waits_until = 0;
    w.woken = false;
    *count = 0;
    return AVM_OK;
}

static void wakeup(void *state)
{
    (void) state;
    orders_step();
    w.woken = true;
}

static const avm_platform platform = { .wait = wait, .wakeup = wakeup, .park = park, .unpark = unpark };

static int64_t next_timer(struct node *node)
{
    (void) node;
    return atomic_get(&w.timer);
}

/* ---- the threads ------------------------------------------------------------------------------------- */

static bool has_company(unsigned thread)
{
    (void) thread;
    return w.has_run[1] || w.has_run[2];
}

/* The first process makes the two others ready, or the host does; it runs on until one of them has run. */
static void run_process(struct process *process)
{
    size_t number = (size_t) (process - w.processes);
    struct node *node = &w.vm.node;

    orders_complain(w.has_run[number], "run twice");
    w.has_run[number] = true;
    if (number == 0) {
        ready_begin_keeping(node);
        if (makes_others) {
            ready_push(node, &w.processes[1]);
            ready_push(node, &w.processes[2]);
        }
        orders_await(has_company);
        ready_end_keeping(node);
    }
    w.happened++;
}

static void look_at_timer(void)
{
    if (atomic_peek(&w.timer) != INT64_MAX && atomic_swap(&w.timer, INT64_MAX) != INT64_MAX)
        w.happened++;
}

/* As avm_run does it. */
static void schedule(void)
{
    struct process *process;

    vm_enter(&w.vm);
    while (!is_over()) {
        vm_leave(&w.vm);
        do {
            look_at_timer();
            process = ready_pop(&w.vm.node);
            if (process != NULL)
                run_process(process);
        } while (process != NULL);
        vm_enter(&w.vm);
        if (!is_over())
            (void) wait_beside_others(&w.vm, INT64_MAX, NULL, NULL);
    }
    vm_leave(&w.vm);
}

/* A call of the host that makes a process ready. */
static void push_from_outside(unsigned number)
{
    vm_enter(&w.vm);
    ready_push(&w.vm.node, &w.processes[number]);
    vm_leave(&w.vm);
}

static void set_timer(void)
{
    atomic_put(&w.timer, (int64_t) DUE);
    crew_tell_timer(&w.vm.node, DUE);
}

static void do_step(char step)
{
    switch (step) {
    case 't': set_timer(); break;
    case 'p': unpark(NULL, 1); break;       /* that something else has left behind */
    case 'q': unpark(NULL, 2); break;
    case 'w': wakeup(NULL); break;
    default: push_from_outside((unsigned) (step - '0')); break;
    }
}

static void run(unsigned thread)
{
    if (thread < SCHEDULERS) {
        schedule();
        return;
    }
    for (const char *step = scripts[thread]; *step != '\0'; step++)
        do_step(*step);
}

/* ---- the search ----------------------------------------------------------------------------------------- */

static void prepare(void)
{
    struct node *node = &w.vm.node;

    node->memory = &w.vm.memory;
    node->heaps.is_shared = true;
    node->platform = &platform;
    node->run_queue = w.queues;
    node->queue_count = SCHEDULERS;
    node->crew.count = node->crew.slots = SCHEDULERS;
    node->crew.members = w.members;
    node->crew.poll_until = INT64_MIN;
    w.members[0].is_visitor = true;
    w.vm.seats = w.seats;
    w.timer = INT64_MAX;
    for (unsigned i = 0; i < SCHEDULERS; i++)
        run_queue_init(&w.queues[i]);
    for (unsigned i = 0; i < PROCESSES; i++)
        w.processes[i].priority = PRIORITY_NORMAL;
    if (begins)
        run_queue_push(&w.queues[0], &w.processes[0]);
}

static void check(void)
{
    orders_complain(!is_over(), "something was lost");
    orders_complain(w.vm.node.crew.asleep != 0, "who is awake is said to sleep");
    orders_complain(w.vm.node.crew.poller != 0, "somebody waits who is not there");
}

/* third and fourth: what two threads of the host do; NULL: there is none. */
static void explore(bool first_begins, unsigned events, const char *third, const char *fourth)
{
    const struct orders orders = { SCHEDULERS + (third != NULL) + (fourth != NULL), &w, sizeof w, prepare, run,
        become, check };

    begins = first_begins;
    expected = events;
    scripts[2] = third;
    scripts[3] = fourth;
    orders_explore(&orders);
}

static void a_call_of_the_host_wakes_one(void **state)
{
    (void) state;
    explore(false, 1, "1", NULL);
    explore(false, 2, "12", NULL);
}

static void calls_of_two_threads(void **state)
{
    (void) state;
    explore(false, 2, "1", "2");
}

static void who_runs_on_is_helped(void **state)
{
    (void) state;
    makes_others = true;
    explore(true, 3, NULL, NULL);
    explore(false, 3, "0", NULL);
    looks_taken = 1;
    explore(true, 3, NULL, NULL);
    looks_taken = 0;
    makes_others = false;
    explore(false, 2, "0", "1");
    explore(true, 2, "1", NULL);
}

static void a_timer_is_seen(void **state)
{
    (void) state;
    explore(false, 1, "t", NULL);
    explore(false, 2, "t1", NULL);
    explore(false, 2, "1t", NULL);
}

static void the_poller_changes(void **state)
{
    (void) state;
    explore(false, 1, "1", "pqw");
    explore(false, 1, "t", "wp");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_of_the_host_wakes_one),
        cmocka_unit_test(calls_of_two_threads),
        cmocka_unit_test(who_runs_on_is_helped),
        cmocka_unit_test(a_timer_is_seen),
        cmocka_unit_test(the_poller_changes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
