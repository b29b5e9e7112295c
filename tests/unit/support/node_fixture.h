/* node_fixture.h - a node without an engine: processes whose code does nothing but wait. Time stands
** still until a test moves it. */
#ifndef TEST_NODE_FIXTURE_H
#define TEST_NODE_FIXTURE_H

#include "proc/native_call.h"
#include "proc/spawn.h"

struct node_fixture {
    struct memory memory;
    struct node node;
    struct scheduler scheduler;
    struct memory_counts before;
};

/* False without memory, with nothing left. */
bool node_fixture_open(struct node_fixture *f);
bool node_fixture_open_limited(struct node_fixture *f, const struct node_limits *limits);
/* Gives the bytes that were left: 0. */
size_t node_fixture_close(struct node_fixture *f);

/* Spawns a process by parent (NULL: the host); TERM_NONE when it failed. */
term fixture_spawn(struct node_fixture *f, struct process *parent, const struct spawn_options *options);
struct process *fixture_find(struct node_fixture *f, term pid);
/* Runs all that is ready: signals are handled, processes that must end do, others go to wait. */
void fixture_run(struct node_fixture *f);
/* Ends a process with reason as its own code would, and runs. */
void fixture_end(struct node_fixture *f, term pid, term reason);
void fixture_advance(struct node_fixture *f, int64_t milliseconds);

/* The first message of a process, received and gone; TERM_NONE: none. */
term fixture_receive(struct node_fixture *f, term pid);

/* Remembers the counts; then says which kind differs from them (NULL: none). */
void fixture_mark(struct node_fixture *f);
const char *fixture_difference(const struct node_fixture *f, bool with_heaps);

#endif
