/* compare.c - the total order of terms and equality, by one walk over two terms at a time.
**
** The walk holds two arrays of terms and how many are left of them; what remains after going into an
** element is a frame on an explicit stack. Equality runs the same walk but may stop at any
** difference, so that sizes decide first. Tries of equal keys have one shape (map.c), so equality
** compares them node by node; their order needs the smallest key that differs and is a frame of
** its own.
**
** Nothing here fails. When memory for the stack runs out, whatever lies deeper than the frames there
** is room for is ordered by address: equal only when it is the same word. */
#include "data/compare.h"

#include "data/bits.h"
#include "data/fun.h"
#include "data/identity.h"
#include "data/map.h"
#include "data/number.h"

/* How the elements of an array are compared. NODES: children of trie nodes, keys exactly and values
** as ==. */
enum mode { MODE_LOOSE, MODE_EXACT, MODE_NODES };
#define FRAME_TRIES 3u                  /* low bits of a frame's top word, where a mode stands else */

struct pairs {
    const term *a, *b;
    size_t count;
    enum mode mode;
};

struct walk {
    const struct compare_context *context;
    bool equality;
    struct pairs now;
    term question_a, question_b;        /* a pair that lies in no term; read before the next one */
    struct word_stack stack;
};

static int order_of(uintptr_t a, uintptr_t b)
{
    return (a > b) - (a < b);
}

/* ---- the order of types -------------------------------------------------------------- */

enum rank {
    RANK_NUMBER, RANK_ATOM, RANK_REFERENCE, RANK_FUN, RANK_PORT, RANK_PID, RANK_TUPLE, RANK_RECORD,
    RANK_MAP, RANK_NIL, RANK_LIST, RANK_BITS
};

static enum rank rank_of_immediate(term t)
{
    if (term_is_small(t))
        return RANK_NUMBER;
    if (term_is_local_pid(t))
        return RANK_PID;
    if (term_is_local_port(t))
        return RANK_PORT;
    return t == TERM_NIL ? RANK_NIL : RANK_ATOM;
}

static enum rank rank_of(term t)
{
    static const uint8_t ranks[16] = {
        [BOXED_RECORD] = RANK_RECORD, [BOXED_TUPLE] = RANK_TUPLE,
        [BOXED_BIG_POSITIVE] = RANK_NUMBER, [BOXED_BIG_NEGATIVE] = RANK_NUMBER,
        [BOXED_FLOAT] = RANK_NUMBER, [BOXED_FUN] = RANK_FUN, [BOXED_EXPORT] = RANK_FUN,
        [BOXED_REFERENCE] = RANK_REFERENCE, [BOXED_HEAP_BITS] = RANK_BITS,
        [BOXED_SUB_BITS] = RANK_BITS, [BOXED_MATCH] = RANK_BITS, [BOXED_BIN_REF] = RANK_BITS,
        [BOXED_EXTERNAL_PID] = RANK_PID, [BOXED_EXTERNAL_PORT] = RANK_PORT,
        [BOXED_EXTERNAL_REFERENCE] = RANK_REFERENCE, [BOXED_MAP] = RANK_MAP
    };

    if (term_is_immediate(t))
        return rank_of_immediate(t);
    return term_is_cons(t) ? RANK_LIST : (enum rank) ranks[term_boxed_kind(t)];
}

/* ---- types without elements ----------------------------------------------------------- */

static int compare_atoms(const struct walk *w, term a, term b)
{
    if (w->equality)
        return a != b;
    return atom_compare(w->context->atoms, term_atom_index(a), term_atom_index(b));
}

static int compare_numbers(const struct walk *w, term a, term b, bool exact)
{
    if (term_is_small(a) && term_is_small(b))
        return term_small(a) < term_small(b) ? -1 : term_small(a) > term_small(b);
    if (w->equality && exact && (term_is_float(a) != term_is_float(b)))
        return 1;
    return exact ? number_compare_exact(a, b) : number_compare(a, b);
}

static int compare_bitstrings(const struct walk *w, term a, term b)
{
    size_t a_size = term_boxed_kind(a) == BOXED_HEAP_BITS ? term_boxed(a)[1]
                                                          : term_boxed(a)[3] - term_boxed(a)[2];
    size_t b_size = term_boxed_kind(b) == BOXED_HEAP_BITS ? term_boxed(b)[1]
                                                          : term_boxed(b)[3] - term_boxed(b)[2];
    size_t a_offset = term_boxed_kind(a) == BOXED_HEAP_BITS ? 0 : term_boxed(a)[2];
    size_t b_offset = term_boxed_kind(b) == BOXED_HEAP_BITS ? 0 : term_boxed(b)[2];
    int order;

    if (w->equality && a_size != b_size)
        return 1;
    order = bits_compare(term_bits_base(a), a_offset, term_bits_base(b), b_offset,
        a_size < b_size ? a_size : b_size);
    return order != 0 ? order : order_of(a_size, b_size);
}

/* A pid, port or reference as its parts, local ones with this node's name. */
static struct external_id identity_of(term t)
{
    struct external_id id;

    if (!term_is_immediate(t) && !term_is_local_reference(t))
        return *term_external(t);
    memset(&id, 0, sizeof id);
    id.node = ATOM(nonode_at_nohost);
    if (term_is_local_pid(t)) {
        id.count = 2;
        id.ids[0] = term_pid_number(t);
        id.ids[1] = term_pid_serial(t);
    } else if (term_is_local_port(t)) {
        id.count = 2;
        id.ids[0] = (uint32_t) term_port_data(t);
        id.ids[1] = (uint32_t) ((uint64_t) term_port_data(t) >> 32);
    } else {
        id.count = REFERENCE_ID_PARTS;
        reference_id_split(term_reference_id(t), id.ids);
    }
    return id;
}

static int compare_nodes(const struct walk *w, const struct external_id *a,
    const struct external_id *b)
{
    int order = a->node == b->node ? 0 : compare_atoms(w, a->node, b->node);

    return order != 0 ? order : order_of(a->creation, b->creation);
}

/* Most significant part first; missing parts are 0. */
static int compare_ids(const struct external_id *a, const struct external_id *b)
{
    for (uint32_t i = AVM_COUNT_OF(a->ids); i > 0; i--) {
        uint32_t left = i <= a->count ? a->ids[i - 1] : 0;
        uint32_t right = i <= b->count ? b->ids[i - 1] : 0;

        if (left != right)
            return order_of(left, right);
    }
    return 0;
}

/* Pids by number and then node, ports and references by node first. */
static int compare_identities(const struct walk *w, term a, term b, bool ids_first)
{
    struct external_id left = identity_of(a), right = identity_of(b);
    int order = ids_first ? compare_ids(&left, &right) : compare_nodes(w, &left, &right);

    if (order != 0)
        return order;
    return ids_first ? compare_nodes(w, &left, &right) : compare_ids(&left, &right);
}

static int compare_references(const struct walk *w, term a, term b)
{
    if (term_is_local_reference(a) && term_is_local_reference(b)) {
        uint64_t left = term_reference_id(a), right = term_reference_id(b);

        return (left > right) - (left < right);
    }
    return compare_identities(w, a, b, false);
}

static int compare_exports(const struct walk *w, term a, term b)
{
    const struct export_identity *left = term_export_identity(a);
    const struct export_identity *right = term_export_identity(b);
    int order;

    if (left == right)
        return 0;
    order = left->module == right->module ? 0 : compare_atoms(w, left->module, right->module);
    if (order == 0 && left->function != right->function)
        order = compare_atoms(w, left->function, right->function);
    return order != 0 ? order : order_of(left->arity, right->arity);
}

/* ---- types with elements: what is left to compare goes to w->now --------------------------- */

static void go_into(struct walk *w, const term *a, const term *b, size_t count, enum mode mode)
{
    w->now.a = a;
    w->now.b = b;
    w->now.count = count;
    w->now.mode = mode;
}

/* Keeps pairs for later; false without memory. */
static bool push_pairs(struct walk *w, const struct pairs *pairs)
{
    struct word_stack *s = &w->stack;

    if (pairs->count == 0)
        return true;
    if (s->capacity - s->count < 3 && !word_stack_grow(s, 3))
        return false;
    s->items[s->count++] = (uintptr_t) pairs->a;
    s->items[s->count++] = (uintptr_t) pairs->b;
    s->items[s->count++] = (uintptr_t) pairs->count << 2 | (uintptr_t) pairs->mode;
    return true;
}

static int compare_funs(struct walk *w, term a, term b, enum mode mode)
{
    const struct fun_identity *left, *right;
    int order;

    if (term_is_export_fun(a) || term_is_export_fun(b)) {
        if (term_is_export_fun(a) && term_is_export_fun(b))
            return compare_exports(w, a, b);
        return term_is_export_fun(a) ? 1 : -1;
    }
    left = term_fun_identity(a);
    right = term_fun_identity(b);
    if (left != right) {
        order = left->module == right->module ? 0 : compare_atoms(w, left->module, right->module);
        if (order == 0)
            order = order_of(left->index, right->index);
        if (order == 0)
            order = order_of(left->uniq, right->uniq);
        if (order != 0)
            return order;
    }
    order = order_of(term_fun_free_count(a), term_fun_free_count(b));
    if (order == 0)
        go_into(w, term_fun_free(a), term_fun_free(b), term_fun_free_count(a), mode);
    return order;
}

static int compare_flat_maps(struct walk *w, term a, term b, enum mode mode)
{
    const term *left = term_boxed(a), *right = term_boxed(b);
    size_t size = header_words(left[0]) - 1;
    struct pairs values = { left + 2, right + 2, size, mode };

    if (left[1] == right[1]) {
        w->now = values;
        return 0;
    }
    if (!push_pairs(w, &values))
        return order_of(a, b);
    go_into(w, term_boxed(left[1]) + 1, term_boxed(right[1]) + 1, size, MODE_EXACT);
    return 0;
}

/* ---- the order of tries --------------------------------------------------------------------- */

enum tries_phase { TRIES_ONLY_IN_A, TRIES_ONLY_IN_B, TRIES_LAST, TRIES_VALUES, TRIES_VALUE_KEYS };

/* Two tries of one size: the smaller is the one that has the smallest key that is in one only; with
** the same keys the values of the smallest key that has different ones decide. */
struct tries {
    struct map_iterator iterator;
    term a, b;
    term least_a, least_b;              /* smallest key found so far, TERM_NONE at first */
    term key;                           /* the key in question */
    int result, candidate;
    enum tries_phase phase;
    enum mode mode;
    bool asked;                         /* an answer to the last question is expected */
};

#define TRIES_WORDS ((sizeof(struct tries) + sizeof(term) - 1) / sizeof(term))

static bool push_tries(struct walk *w, const struct tries *t)
{
    struct word_stack *s = &w->stack;

    if (s->capacity - s->count < TRIES_WORDS + 1 && !word_stack_grow(s, TRIES_WORDS + 1))
        return false;
    memcpy(s->items + s->count, t, sizeof *t);
    s->count += TRIES_WORDS;
    s->items[s->count++] = FRAME_TRIES;
    return true;
}

static void tries_ask(struct walk *w, struct tries *t, term a, term b, enum mode mode)
{
    t->asked = true;
    w->question_a = a;
    w->question_b = b;
    go_into(w, &w->question_a, &w->question_b, 1, mode);
}

/* Looks for the smallest key that other lacks; true when a question was asked. */
static bool tries_search(struct walk *w, struct tries *t, term other, term *least, int answer)
{
    term value;

    if (t->asked && answer < 0)
        *least = t->key;
    t->asked = false;
    while (map_iterator_next(&t->iterator, &t->key, &value)) {
        if (map_get(w->context, other, t->key) != TERM_NONE)
            continue;
        if (*least != TERM_NONE) {
            tries_ask(w, t, t->key, *least, MODE_EXACT);
            return true;
        }
        *least = t->key;
    }
    return false;
}

/* The answer is a value's order, or that of its key against the smallest so far. True: a question
** was asked. */
static bool tries_values(struct walk *w, struct tries *t, int answer)
{
    term value;

    if (t->phase == TRIES_VALUE_KEYS) {
        if (answer < 0) {
            t->least_a = t->key;
            t->result = t->candidate;
        }
        t->phase = TRIES_VALUES;
    } else if (t->asked && answer != 0) {
        if (t->least_a != TERM_NONE) {
            t->candidate = answer;
            t->phase = TRIES_VALUE_KEYS;
            tries_ask(w, t, t->key, t->least_a, MODE_EXACT);
            return true;
        }
        t->least_a = t->key;
        t->result = answer;
    }
    t->asked = false;
    if (!map_iterator_next(&t->iterator, &t->key, &value))
        return false;
    tries_ask(w, t, value, map_get(w->context, t->b, t->key), t->mode);
    return true;
}

/* One step with the answer to the last question; false when t->result is the order. */
static bool tries_step(struct walk *w, struct tries *t, int answer)
{
    if (t->phase == TRIES_ONLY_IN_A) {
        if (tries_search(w, t, t->b, &t->least_a, answer))
            return true;
        t->phase = t->least_a == TERM_NONE ? TRIES_VALUES : TRIES_ONLY_IN_B;
        map_iterator_init(&t->iterator, t->phase == TRIES_VALUES ? t->a : t->b);
    }
    if (t->phase == TRIES_ONLY_IN_B) {
        if (tries_search(w, t, t->a, &t->least_b, answer))
            return true;
        t->phase = TRIES_LAST;
        tries_ask(w, t, t->least_a, t->least_b, MODE_EXACT);
        return true;
    }
    if (t->phase == TRIES_LAST) {
        t->result = answer;
        return false;
    }
    return tries_values(w, t, answer);
}

/* Goes on with the two tries until a question is asked (its frame is on the stack then) or the order
** is known. */
static int run_tries(struct walk *w, struct tries *t, int answer)
{
    if (!tries_step(w, t, answer)) {
        w->now.count = 0;
        return t->result;
    }
    if (push_tries(w, t))
        return 0;
    w->now.count = 0;
    return order_of(t->a, t->b);
}

static int compare_trie_order(struct walk *w, term a, term b, enum mode mode)
{
    struct tries t;

    memset(&t, 0, sizeof t);
    map_iterator_init(&t.iterator, a);
    t.a = a;
    t.b = b;
    t.mode = mode;
    return run_tries(w, &t, 0);
}

/* Nodes of two tries, for equality: one shape means the same bitmap, size and children. */
static int compare_trie_nodes(struct walk *w, term a, term b, enum mode mode)
{
    const term *left = term_boxed(a), *right = term_boxed(b);
    size_t fixed = (term_small(left[1]) & MAP_ROOT) != 0 ? 3 : 2;

    if (left[0] != right[0] || left[1] != right[1] || (fixed == 3 && left[2] != right[2]))
        return 1;
    go_into(w, left + fixed, right + fixed, header_words(left[0]) + 1 - fixed,
        mode == MODE_EXACT ? MODE_EXACT : MODE_NODES);
    return 0;
}

static int compare_maps(struct walk *w, term a, term b, enum mode mode)
{
    bool a_flat = term_is_flat_map(a), b_flat = term_is_flat_map(b);

    if (!a_flat && !b_flat && w->equality)
        return compare_trie_nodes(w, a, b, mode);
    if (term_map_size(a) != term_map_size(b))
        return order_of(term_map_size(a), term_map_size(b));
    if (a_flat && b_flat)
        return compare_flat_maps(w, a, b, mode);
    return compare_trie_order(w, a, b, mode);
}

/* ---- the walk ------------------------------------------------------------------------------------ */

/* A leaf of two tries: the key exactly, the value later. */
static int compare_leaves(struct walk *w, const term *a, const term *b)
{
    struct pairs values = { a + 1, b + 1, 1, MODE_LOOSE };

    if (!push_pairs(w, &values))
        return order_of((uintptr_t) a, (uintptr_t) b);
    go_into(w, a, b, 1, MODE_EXACT);
    return 0;
}

/* Compares two different words of one rank as far as they have no elements; the elements that are
** still to compare are in w->now (its count was 0). */
static int compare_same(struct walk *w, term a, term b, enum rank rank, enum mode mode)
{
    int order;

    switch (rank) {
    case RANK_NUMBER:
        return compare_numbers(w, a, b, mode == MODE_EXACT);
    case RANK_ATOM:
        return compare_atoms(w, a, b);
    case RANK_REFERENCE:
        return compare_references(w, a, b);
    case RANK_FUN:
        return compare_funs(w, a, b, mode);
    case RANK_PORT:
    case RANK_PID:
        if (term_is_immediate(a) && term_is_immediate(b))
            return order_of(a, b);
        return compare_identities(w, a, b, rank == RANK_PID);
    case RANK_TUPLE:
    case RANK_RECORD:
        order = order_of(header_words(*term_boxed(a)), header_words(*term_boxed(b)));
        if (order == 0)
            go_into(w, term_boxed(a) + 1, term_boxed(b) + 1, header_words(*term_boxed(a)), mode);
        return order;
    case RANK_MAP:
        return compare_maps(w, a, b, mode);
    case RANK_LIST:
        go_into(w, term_cons_cell(a), term_cons_cell(b), 2, mode);
        return 0;
    case RANK_BITS:
        return compare_bitstrings(w, a, b);
    default:
        return 0;
    }
}

static bool has_elements(enum rank rank)
{
    return rank == RANK_FUN || (rank >= RANK_TUPLE && rank <= RANK_MAP) || rank == RANK_LIST;
}

/* Two different words: their order as far as it is decided; elements go to w->now, and what was left
** there to the stack. */
static int compare_pair(struct walk *w, term a, term b)
{
    enum mode mode = w->now.mode;
    enum rank rank = rank_of(a);

    if (mode != MODE_NODES) {
        if (rank != rank_of(b))
            return order_of(rank, rank_of(b));
        if (!has_elements(rank))
            return compare_same(w, a, b, rank, mode);
    }
    if (!push_pairs(w, &w->now))
        return order_of(a, b);
    w->now.count = 0;
    if (mode != MODE_NODES)
        return compare_same(w, a, b, rank, mode);
    if (term_is_cons(a) && term_is_cons(b))
        return compare_leaves(w, term_cons_cell(a), term_cons_cell(b));
    return term_is_boxed(a) && term_is_boxed(b) ? compare_trie_nodes(w, a, b, mode) : 1;
}

/* Takes what is left from the stack: pairs, or the frame of two tries, which gets answer. False when
** nothing is left and answer is the result. */
static bool resume(struct walk *w, int *answer)
{
    struct word_stack *s = &w->stack;

    while (s->count > 0) {
        uintptr_t top = word_stack_pop(s);

        if ((top & 3) == FRAME_TRIES) {
            struct tries t;

            s->count -= TRIES_WORDS;
            memcpy(&t, s->items + s->count, sizeof t);
            *answer = run_tries(w, &t, *answer);
            if (w->now.count > 0)
                return true;
            continue;
        }
        s->count -= 2;
        if (*answer != 0)
            continue;
        w->now.a = (const term *) s->items[s->count];
        w->now.b = (const term *) s->items[s->count + 1];
        w->now.count = (size_t) (top >> 2);
        w->now.mode = (enum mode) (top & 3);
        return true;
    }
    return false;
}

static int compare_run(struct walk *w)
{
    int order = 0;

    for (;;) {
        while (w->now.count > 0 && order == 0) {
            term a = *w->now.a++, b = *w->now.b++;

            w->now.count--;
            if (a != b)
                order = compare_pair(w, a, b);
        }
        if (order != 0 && w->equality)
            return order;
        w->now.count = 0;
        if (!resume(w, &order))
            return order;
    }
}

static int compare(const struct compare_context *context, term a, term b, enum mode mode,
    bool equality)
{
    struct walk w;
    int order;

    w.context = context;
    w.equality = equality;
    word_stack_init(&w.stack, context->memory);
    go_into(&w, &a, &b, 1, mode);
    order = compare_run(&w);
    word_stack_deinit(&w.stack);
    return order;
}

/* The order as far as the first words that differ decide it, which needs no stack: keys, variables
** and strings mostly end here. False: it takes the walk. Loosely and exactly it is the same. */
static bool order_at_once(const struct compare_context *context, term a, term b, int *order)
{
    bool is_last = true;                /* nothing behind a and b is left to compare */

    while (a != b) {
        const term *left, *right;
        size_t i, words;

        if (term_is_small(a) && term_is_small(b)) {
            *order = term_small(a) < term_small(b) ? -1 : 1;
            return true;
        }
        if (term_is_cons(a) && term_is_cons(b)) {
            left = term_cons_cell(a), right = term_cons_cell(b);
            i = left[0] == right[0], words = 1;
        } else if (term_is_tuple(a) && term_is_tuple(b) && *term_boxed(a) == *term_boxed(b)) {
            left = term_boxed(a), right = term_boxed(b);
            words = header_words(*left);
            if (words == 0)
                break;
            for (i = 1; i < words && left[i] == right[i];)
                i++;
        } else if (term_is_atom(a) && term_is_atom(b)) {
            *order = atom_compare(context->atoms, term_atom_index(a), term_atom_index(b));
            return true;
        } else {
            *order = order_of(rank_of(a), rank_of(b));
            return *order != 0;
        }
        is_last = is_last && i == words;
        a = left[i], b = right[i];
    }
    *order = 0;
    return is_last;
}

int term_compare(const struct compare_context *context, term a, term b)
{
    int order;

    return order_at_once(context, a, b, &order) ? order : compare(context, a, b, MODE_LOOSE, false);
}

int term_compare_exact(const struct compare_context *context, term a, term b)
{
    int order;

    return order_at_once(context, a, b, &order) ? order : compare(context, a, b, MODE_EXACT, false);
}

/* The same for equality alone: whether both are equal word by word, or what differs is an immediate. */
static bool equal_at_once(term a, term b, bool *equal)
{
    const term *left = term_boxed(a), *right = term_boxed(b);
    size_t words = header_words(*left);
    bool same = true;

    for (size_t i = 1; i <= words; i++) {
        if (left[i] == right[i])
            continue;
        if (term_is_immediate(left[i]) || term_is_immediate(right[i])) {
            *equal = false;
            return true;
        }
        same = false;
    }
    *equal = same;
    return same;
}

bool term_equal(const struct compare_context *context, term a, term b)
{
    if (a == b)
        return true;
    if (term_is_immediate(a) && term_is_immediate(b))
        return false;
    return compare(context, a, b, MODE_LOOSE, true) == 0;
}

/* Two boxed terms that cannot be equal: one look, no walk. Equal terms of every kind have the same
** header, but for bitstrings in their two forms and references that are aliases. */
static bool differ_at_once(term a, term b)
{
    if (term_is_bitstring(a))
        return !term_is_bitstring(b) || term_bit_size(a) != term_bit_size(b);
    if (term_is_local_reference(a))
        return !term_is_local_reference(b);
    return *term_boxed(a) != *term_boxed(b);
}

bool term_equal_exact_slow(const struct compare_context *context, term a, term b)
{
    bool equal;

    if (term_is_boxed(a)) {
        if (differ_at_once(a, b))
            return false;
        if (term_is_tuple(a) && equal_at_once(a, b, &equal))
            return equal;
        if (term_is_float(a))
            return term_float(a) == term_float(b);
        if (term_has_kind(a, BOXED_HEAP_BITS) && term_has_kind(b, BOXED_HEAP_BITS))
            return memcmp(term_boxed(a) + 2, term_boxed(b) + 2, (term_bit_size(a) + 7) / 8) == 0;
    }
    return compare(context, a, b, MODE_EXACT, true) == 0;
}
