/* orders.c - see orders.h. Each step that another thread could have taken as well is a level: what it took to come
** there is kept, so that the next choice is made from there. */
#define _GNU_SOURCE 1               /* the names of registers */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/orders.h"

#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#define STACK_BYTES (64 * 1024)
#define STEPS_MAX 4000
#define FRAME_BYTES 128             /* below the frame that a thread stops in */

struct thread {
    ucontext_t context;
    char *stack;
    char *top;                      /* what lies above is in use */
    bool is_done;
    bool (*awaits)(unsigned thread);           /* NULL: it does not */
    void *seen;                     /* the world that it looks for a change of; of no use unless pauses */
    bool pauses;
};

static struct machine {
    const struct orders *orders;
    ucontext_t home;
    struct thread threads[ORDERS_THREADS];
    unsigned current;
    struct level {
        unsigned ready[ORDERS_THREADS], count, choice;
        char *saved;                /* where count > 1 */
        size_t size, capacity;
    } levels[STEPS_MAX];
    size_t depth;
    const char *wrong;
    uint64_t *states;               /* a set, by hash; 0: free */
    size_t state_count, state_capacity;
    size_t runs;
} m;

/* ---- the threads ---------------------------------------------------------------------------- */

static void go_home(void)
{
    struct thread *thread = &m.threads[m.current];

    thread->top = (char *) __builtin_frame_address(0) - FRAME_BYTES;
    memset(&thread->context.uc_mcontext, 0, sizeof thread->context.uc_mcontext);
    swapcontext(&thread->context, &m.home);
}

void orders_step(void)
{
    go_home();
}

void orders_pause(void)
{
    struct thread *thread = &m.threads[m.current];

    memcpy(thread->seen, m.orders->world, m.orders->size);
    thread->pauses = true;
    go_home();
    thread->pauses = false;
}

void orders_await(bool (*is_so)(unsigned thread))
{
    struct thread *thread = &m.threads[m.current];

    thread->awaits = is_so;
    go_home();
    thread->awaits = NULL;
}

unsigned orders_self(void)
{
    return m.current;
}

void orders_complain(bool is_wrong, const char *what)
{
    if (is_wrong && m.wrong == NULL)
        m.wrong = what;
}

static void run_thread(void)
{
    struct thread *thread = &m.threads[m.current];

    m.orders->run(m.current);
    thread->is_done = true;
    go_home();
}

static void prepare_thread(struct thread *thread)
{
    memset(&thread->context, 0, sizeof thread->context);
    memset(thread->stack, 0, STACK_BYTES);
    getcontext(&thread->context);
    thread->context.uc_stack.ss_sp = thread->stack;
    thread->context.uc_stack.ss_size = STACK_BYTES;
    thread->context.uc_link = &m.home;
    makecontext(&thread->context, run_thread, 0);
    thread->top = thread->stack + STACK_BYTES - FRAME_BYTES;
    thread->is_done = thread->pauses = false;
    thread->awaits = NULL;
}

static bool is_ready(unsigned number)
{
    const struct thread *thread = &m.threads[number];

    if (thread->is_done || (thread->awaits != NULL && !thread->awaits(number)))
        return false;
    return !thread->pauses || memcmp(thread->seen, m.orders->world, m.orders->size) != 0;
}

/* ---- states --------------------------------------------------------------------------------- */

/* What a thread will do follows from the world, its registers and its stack: two states that have them in common
** are one. Where they differ by what nobody looks at again, only time is lost. */

/* Stacks are read as they are, red zones too. */
__attribute__((no_sanitize_address)) static uint64_t mix(uint64_t hash, const void *from, size_t size)
{
    const unsigned char *at = from;
    uint64_t word;

    for (; size >= sizeof word; size -= sizeof word, at += sizeof word) {
        __builtin_memcpy(&word, at, sizeof word);
        hash = (hash ^ word) * UINT64_C(0x9fb21c651e98df25);
        hash ^= hash >> 29;
    }
    for (; size > 0; size--, at++)
        hash = (hash ^ *at) * UINT64_C(0x100000001b3);
    return hash ^ hash >> 31;
}

/* What swapcontext must keep: the rest is what calls leave behind. */
static uint64_t mix_registers(uint64_t hash, const ucontext_t *context)
{
#if defined(__x86_64__) && defined(REG_RIP)
    static const int kept[] = { REG_RBX, REG_RBP, REG_R12, REG_R13, REG_R14, REG_R15, REG_RSP, REG_RIP };

    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        hash = mix(hash, &context->uc_mcontext.gregs[kept[i]], sizeof(greg_t));
    return hash;
#else
    return mix(hash, &context->uc_mcontext, sizeof context->uc_mcontext);
#endif
}

static size_t stack_used(const struct thread *thread)
{
    return (size_t) (thread->stack + STACK_BYTES - thread->top);
}

static uint64_t hash_state(void)
{
    uint64_t hash = mix(UINT64_C(0xcbf29ce484222325), m.orders->world, m.orders->size);

    for (unsigned i = 0; i < m.orders->threads; i++) {
        const struct thread *thread = &m.threads[i];

        hash = mix(hash, &thread->is_done, sizeof thread->is_done);
        hash = mix(hash, &thread->awaits, sizeof thread->awaits);
        hash = mix(hash, &thread->pauses, sizeof thread->pauses);
        if (thread->pauses)
            hash = mix(hash, thread->seen, m.orders->size);
        if (thread->is_done)
            continue;
        hash = mix_registers(hash, &thread->context);
        hash = mix(hash, thread->top, stack_used(thread));
    }
    return hash | 1;
}

static bool put_state(uint64_t *states, size_t capacity, uint64_t hash)
{
    size_t at = (size_t) (hash >> 17) & (capacity - 1);

    while (states[at] != 0 && states[at] != hash)
        at = (at + 1) & (capacity - 1);
    if (states[at] == hash)
        return false;
    states[at] = hash;
    return true;
}

static void grow_states(void)
{
    size_t capacity = m.state_capacity == 0 ? 4096 : 2 * m.state_capacity;
    uint64_t *states = calloc(capacity, sizeof *states);

    assert_non_null(states);
    for (size_t i = 0; i < m.state_capacity; i++)
        if (m.states[i] != 0)
            (void) put_state(states, capacity, m.states[i]);
    free(m.states);
    m.states = states;
    m.state_capacity = capacity;
}

/* False: it was there before. */
static bool note_state(void)
{
    if (2 * m.state_count >= m.state_capacity)
        grow_states();
    if (!put_state(m.states, m.state_capacity, hash_state()))
        return false;
    m.state_count++;
    return true;
}

/* ---- the search ------------------------------------------------------------------------------ */

static bool all_done(void)
{
    for (unsigned i = 0; i < m.orders->threads; i++)
        if (!m.threads[i].is_done)
            return false;
    return true;
}

static void go_on(unsigned thread)
{
    m.current = thread;
    if (m.orders->become != NULL)
        m.orders->become(thread);
    swapcontext(&m.home, &m.threads[thread].context);
}

static void start(void)
{
    memset(m.orders->world, 0, m.orders->size);
    m.orders->prepare();
    for (unsigned i = 0; i < m.orders->threads; i++)
        prepare_thread(&m.threads[i]);
}

/* Stacks are taken as they are, red zones too. */
__attribute__((no_sanitize_address)) static char *copy(char *to, const char *from, size_t size)
{
    char *end = to + size;
    uint64_t word;

    for (; size >= sizeof word; size -= sizeof word, to += sizeof word, from += sizeof word) {
        __builtin_memcpy(&word, from, sizeof word);
        __builtin_memcpy(to, &word, sizeof word);
    }
    while (to < end)
        *to++ = *from++;
    return end;
}

static size_t state_size(void)
{
    size_t size = m.orders->size;

    for (unsigned i = 0; i < m.orders->threads; i++)
        size += sizeof m.threads[i] + stack_used(&m.threads[i]) + m.orders->size;
    return size;
}

static void save(struct level *level)
{
    char *to;

    level->size = state_size();
    if (level->size > level->capacity) {
        free(level->saved);
        level->capacity = 2 * level->size;
        assert_non_null(level->saved = malloc(level->capacity));
    }
    to = copy(level->saved, m.orders->world, m.orders->size);
    for (unsigned i = 0; i < m.orders->threads; i++) {
        const struct thread *thread = &m.threads[i];

        to = copy(to, (const char *) thread, sizeof *thread);
        if (thread->pauses)
            to = copy(to, thread->seen, m.orders->size);
        to = copy(to, thread->top, stack_used(thread));
    }
}

static void restore(const struct level *level)
{
    const char *from = level->saved + m.orders->size;

    copy(m.orders->world, level->saved, m.orders->size);
    for (unsigned i = 0; i < m.orders->threads; i++) {
        struct thread *thread = &m.threads[i];

        copy((char *) thread, from, sizeof *thread);
        from += sizeof *thread;
        if (thread->pauses) {
            copy(thread->seen, from, m.orders->size);
            from += m.orders->size;
        }
        copy(thread->top, from, stack_used(thread));
        from += stack_used(thread);
    }
}

/* The next step from a state that was not there before; false: there is none to take. */
static bool go_deeper(void)
{
    struct level *level = &m.levels[m.depth];

    if (m.wrong != NULL || m.depth == STEPS_MAX) {
        orders_complain(true, "it goes on without end");
        return false;
    }
    level->count = level->choice = 0;
    for (unsigned i = 0; i < m.orders->threads; i++)
        if (is_ready(i))
            level->ready[level->count++] = i;
    if (level->count == 0) {
        orders_complain(!all_done(), "threads wait for ever");
        if (m.wrong == NULL && m.orders->check != NULL)
            m.orders->check();
        return false;
    }
    if (!note_state())
        return false;
    if (level->count > 1)
        save(level);
    m.depth++;
    go_on(level->ready[0]);
    return true;
}

/* The next choice of the deepest level that has one; false: there is none. */
static bool go_back(void)
{
    struct level *level;

    while (m.depth > 0 && m.levels[m.depth - 1].choice + 1 == m.levels[m.depth - 1].count)
        m.depth--;
    if (m.depth == 0)
        return false;
    level = &m.levels[m.depth - 1];
    restore(level);
    go_on(level->ready[++level->choice]);
    return true;
}

static void search(const struct orders *orders)
{
    m.orders = orders;
    m.depth = m.runs = m.state_count = 0;
    m.wrong = NULL;
    for (unsigned i = 0; i < orders->threads; i++) {
        assert_non_null(m.threads[i].stack = malloc(STACK_BYTES));
        assert_non_null(m.threads[i].seen = malloc(orders->size));
    }
    start();
    do {
        while (go_deeper()) {
        }
        m.runs++;
    } while (m.wrong == NULL && go_back());
    for (size_t i = 0; i < STEPS_MAX; i++) {
        free(m.levels[i].saved);
        m.levels[i].saved = NULL;
        m.levels[i].capacity = 0;
    }
    for (unsigned i = 0; i < orders->threads; i++) {
        free(m.threads[i].stack);
        free(m.threads[i].seen);
    }
    free(m.states);
    m.states = NULL;
    m.state_capacity = 0;
}

void orders_explore(const struct orders *orders)
{
    search(orders);
    if (m.wrong != NULL)
        fail_msg("after %zu runs: %s", m.runs, m.wrong);
    print_message("%zu states, %zu runs\n", m.state_count, m.runs);
}

bool orders_fail(const struct orders *orders)
{
    search(orders);
    if (m.wrong != NULL)
        print_message("found after %zu runs: %s\n", m.runs, m.wrong);
    return m.wrong != NULL;
}
