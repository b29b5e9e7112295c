/* Every order that readers and writers can take through the real lock_shared.c: never a writer beside anybody,
** readers beside each other, and nobody waits for ever. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "support/orders.h"

static unsigned remembered;
#define WRITES_REMEMBERED remembered
#undef AVM_SMP
#define AVM_SMP 1
#include "base/lock_shared.c"

#define THREADS_MAX 3

/* What a thread does: R and W, of the first lock; r and w, of the second. */
static const char *turns[THREADS_MAX];

static struct world {
    struct lock_shared locks[2];
    struct lock_seat seats[THREADS_MAX];
    unsigned readers[2], writers[2];
} w;
static bool met;                        /* two have read at once, in some order */

/* All waiting goes through here; how long it has taken is no matter. */
void lock_pause(unsigned *steps)
{
    *steps = 1;
    orders_pause();
}

static void read_one(unsigned at, unsigned thread)
{
    lock_shared_read(&w.locks[at], w.seats, thread);
    orders_complain(w.writers[at] != 0, "a reader beside a writer");
    orders_complain(w.locks[at].is_alone, "a reader that is alone");
    met |= w.readers[at]++ != 0;
    orders_step();
    w.readers[at]--;
    lock_shared_read_end(w.seats, thread);
}

static void write_one(unsigned at, unsigned thread)
{
    lock_shared_write(&w.locks[at], w.seats, THREADS_MAX, thread);
    orders_complain(w.writers[at] != 0, "two writers at once");
    orders_complain(w.readers[at] != 0, "a writer beside a reader");
    orders_complain(!w.locks[at].is_alone, "a writer that is not alone");
    w.writers[at]++;
    orders_step();
    w.writers[at]--;
    lock_shared_write_end(&w.locks[at]);
}

static void run(unsigned thread)
{
    for (const char *turn = turns[thread]; *turn != '\0'; turn++) {
        unsigned at = *turn == 'r' || *turn == 'w';

        if (*turn == 'R' || *turn == 'r')
            read_one(at, thread);
        else
            write_one(at, thread);
    }
}

static void prepare(void)
{
}

static void check(void)
{
    for (unsigned at = 0; at < 2; at++)
        orders_complain(w.locks[at].is_alone || w.locks[at].writing != 0, "a lock that nobody gave back");
    for (unsigned i = 0; i < THREADS_MAX; i++)
        orders_complain(w.seats[i].reading != NULL, "a seat that nobody left");
}

static void explore(const char *first, const char *second, const char *third)
{
    const struct orders orders = { THREADS_MAX, &w, sizeof w, prepare, run, NULL, check };

    turns[0] = first;
    turns[1] = second;
    turns[2] = third;
    for (remembered = 1; remembered <= 2; remembered++) {
        met = false;
        orders_explore(&orders);
        if (strchr(first, 'R') != NULL && strchr(second, 'R') != NULL)
            assert_true(met);
    }
}

static void two_readers_and_a_writer(void **state)
{
    (void) state;
    explore("R", "R", "W");
    explore("RR", "R", "WW");
}

static void two_writers_and_a_reader(void **state)
{
    (void) state;
    explore("W", "W", "R");
    explore("WW", "W", "RR");
}

static void who_writes_reads_too(void **state)
{
    (void) state;
    explore("RW", "W", "R");
}

static void two_locks_and_one_seat(void **state)
{
    (void) state;
    explore("Rr", "w", "W");
    explore("Rw", "rW", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_readers_and_a_writer),
        cmocka_unit_test(two_writers_and_a_reader),
        cmocka_unit_test(who_writes_reads_too),
        cmocka_unit_test(two_locks_and_one_seat),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
