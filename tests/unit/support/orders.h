/* orders.h - every order that a few threads can take through real code.
**
** A test includes this file, then the files of src that it is about, compiled so that each thread stops before
** each atomic access (AVM_ATOMIC_STEP) and another may go on. orders_explore runs the threads again and again
** from the start, each time by another list of choices: a search in depth. A state that was there before (the
** test's world, and what the threads have on their stacks) is not gone on from again, so what the code under
** test and the test share must all be in the world, and nothing on the threads' stacks may be a pointer to
** what is elsewhere and changes.
**
** Accesses are taken in one order that all threads see: what a processor may put off, or the compiler move,
** is not tried. The orders of exchanges are those of the machine. */
#ifndef AVM_TESTS_UNIT_SUPPORT_ORDERS_H
#define AVM_TESTS_UNIT_SUPPORT_ORDERS_H

#include <stdbool.h>
#include <stddef.h>

#define ORDERS_THREADS 4

struct orders {
    unsigned threads;
    void *world;                    /* what they share */
    size_t size;
    void (*prepare)(void);          /* the world as it is at the start; it is zero */
    void (*run)(unsigned thread);
    void (*become)(unsigned thread);    /* before a thread goes on; may be NULL */
    void (*check)(void);            /* when all have ended; may be NULL */
};

/* Before each access. */
void orders_step(void);
/* The thread has found nothing that lets it go on: it looks again when the world is another. */
void orders_pause(void);
/* The thread stops until that is so, of it. */
void orders_await(bool (*is_so)(unsigned thread));
/* The thread that runs. */
unsigned orders_self(void);
/* By a thread, prepare or check: no order may come to that. */
void orders_complain(bool is_wrong, const char *what);
/* Fails the test at the first complaint, or where threads wait and nobody is left who could end that. */
void orders_explore(const struct orders *orders);
/* Whether some order comes to a complaint: for what must be found. */
bool orders_fail(const struct orders *orders);

#ifndef AVM_ATOMIC_STEP
#define AVM_ATOMIC_STEP() orders_step()
#endif

#endif
