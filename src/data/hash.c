/* hash.c - hashes of terms: OTP's portable phash2 and phash, and the fast one of map keys.
**
** The portable ones walk the whole term with an explicit stack and fail without memory for it. The
** internal one must give the same value whenever it is asked, so it has a stack of fixed size and
** leaves out what lies deeper than that. */
#include "data/bits.h"
#include "data/compare.h"
#include "data/fun.h"
#include "data/identity.h"
#include "data/map.h"
#include "data/trie.h"

static size_t bits_offset(term t)
{
    return term_boxed_kind(t) == BOXED_HEAP_BITS ? 0 : term_boxed(t)[2];
}

static uint32_t low_half(uint64_t value)
{
    return (uint32_t) value;
}

static uint32_t high_half(uint64_t value)
{
    return (uint32_t) (value >> 32);
}

static uint64_t float_bits(term t)
{
    double value = term_float(t);
    uint64_t bits;

    memcpy(&bits, &value, sizeof bits);
    return value == 0.0 ? 0 : bits;             /* the negative zero equals the positive one */
}

/* Number parts of a pid, port or reference; high is 0 where there is none. */
static void identity_parts(term t, uint32_t *low, uint32_t *high)
{
    uint32_t words[REFERENCE_ID_PARTS];

    *high = 0;
    if (term_is_local_pid(t)) {
        *low = term_pid_number(t);
    } else if (term_is_local_port(t)) {
        *low = low_half(term_port_data(t));
        *high = high_half(term_port_data(t));
    } else if (term_is_local_reference(t)) {
        reference_id_split(term_reference_id(t), words);
        *low = words[0];
    } else {
        *low = term_external(t)->ids[0];
        *high = term_has_kind(t, BOXED_EXTERNAL_PORT) ? term_external(t)->ids[1] : 0;
    }
}

static bool is_byte(term t)
{
    return term_is_small(t) && term_small(t) >= 0 && term_small(t) <= 255;
}

/* Digits of a big integer in 32 bits, least significant first. */
static size_t big_digits(term t)
{
    size_t words = header_words(*term_boxed(t));

    return sizeof(term) == 8 ? 2 * words : words;
}

static uint32_t big_digit(term t, size_t index)
{
    const term *limbs = term_boxed(t) + 1;

    if (index >= big_digits(t))
        return 0;
    if (sizeof(term) == 4)
        return (uint32_t) limbs[index];
    return index % 2 == 0 ? low_half(limbs[index / 2]) : high_half(limbs[index / 2]);
}

/* ---- phash2: Bob Jenkins's mixing, each kind of term with its multiple of the golden ratio ---- */

#define GOLDEN UINT32_C(0x9e3779b9)

struct jenkins {
    uint32_t a, b, c;
};

static void jenkins_mix(struct jenkins *j)
{
    static const uint8_t shifts[3][3] = { { 13, 8, 13 }, { 12, 16, 5 }, { 3, 10, 15 } };
    uint32_t a = j->a, b = j->b, c = j->c;

    for (int i = 0; i < 3; i++) {
        a = (a - b - c) ^ c >> shifts[i][0];
        b = (b - c - a) ^ a << shifts[i][1];
        c = (c - a - b) ^ b >> shifts[i][2];
    }
    j->a = a;
    j->b = b;
    j->c = c;
}

static uint32_t mix2(uint32_t hash, uint32_t first, uint32_t second, uint32_t multiple)
{
    struct jenkins j = { GOLDEN * multiple + first, GOLDEN * multiple + second, hash };

    jenkins_mix(&j);
    return j.c;
}

static uint32_t mix1(uint32_t hash, uint32_t value, uint32_t multiple)
{
    return mix2(hash, value, 0, multiple);
}

static uint32_t phash2_small(uint32_t hash, intptr_t small)
{
    int64_t value = small;

    if (value >= -(INT64_C(1) << 27) && value < INT64_C(1) << 27) {
        if (value < 0)
            hash = mix1(hash, (uint32_t) -value, 1);
        return mix1(hash, (uint32_t) value, 1);
    }
    if (value < 0)
        return mix2(hash, low_half((uint64_t) -value), high_half((uint64_t) -value), 10);
    return mix2(hash, low_half((uint64_t) value), high_half((uint64_t) value), 11);
}

static uint32_t phash2_big(uint32_t hash, term t)
{
    uint32_t multiple = term_boxed_kind(t) == BOXED_BIG_NEGATIVE ? 10 : 11;

    for (size_t i = 0; i < big_digits(t); i += 2)
        hash = mix2(hash, big_digit(t, i), big_digit(t, i + 1), multiple);
    return hash;
}

static uint32_t little_word(const uint8_t *base, size_t offset, size_t count)
{
    uint32_t word = 0;

    for (size_t i = 0; i < count; i++)
        word |= (uint32_t) bits_byte_at(base, offset + 8 * i) << (8 * i);
    return word;
}

/* Bits of the last, incomplete byte as a number. */
static uint32_t last_bits(const uint8_t *base, size_t offset, size_t count)
{
    uint32_t value = 0;

    for (size_t i = offset; i < offset + count; i++)
        value = value << 1 | (base[i / 8] >> (7 - i % 8) & 1u);
    return value;
}

/* ---- long bitstrings, a stretch at a time ---- */

#define STRETCH_BYTES 768               /* blocks of 12 */
#define STRETCH_COST 32

static void begin_bits(struct term_hash *p, term t, uint32_t start)
{
    p->base = term_bits_base(t);
    p->offset = bits_offset(t);
    p->bits = term_bit_size(t);
    p->left = sizeof(size_t) == 8 ? (size_t) (uint32_t) (p->bits / 8) : p->bits / 8;
    p->in_bits = true;
    p->mix[0] = p->mix[1] = GOLDEN;
    p->mix[2] = start;
}

/* The first byte of the last block's third word holds the size. */
static uint32_t phash2_last_block(struct term_hash *p, struct jenkins *j)
{
    const uint8_t *base = p->base;
    size_t offset = p->offset, left = p->left;

    j->a += little_word(base, offset, left < 4 ? left : 4);
    if (left > 4)
        j->b += little_word(base, offset + 32, left < 8 ? left - 4 : 4);
    if (left > 8)
        j->c += little_word(base, offset + 64, left - 8) << 8;
    j->c += (uint32_t) (p->bits / 8);
    jenkins_mix(j);
    if (p->bits % 8 == 0)
        return j->c;
    return mix2(j->c, (uint32_t) (p->bits % 8), last_bits(base, offset + 8 * left, p->bits % 8), 15);
}

static void phash2_bits_stretch(struct term_hash *p)
{
    struct jenkins j = { p->mix[0], p->mix[1], p->mix[2] };
    size_t stretch = STRETCH_BYTES;

    for (; p->left >= 12 && stretch > 0; p->left -= 12, p->offset += 96, stretch -= 12) {
        j.a += little_word(p->base, p->offset, 4);
        j.b += little_word(p->base, p->offset + 32, 4);
        j.c += little_word(p->base, p->offset + 64, 4);
        jenkins_mix(&j);
    }
    p->mix[0] = j.a;
    p->mix[1] = j.b;
    p->mix[2] = j.c;
    if (p->left >= 12)
        return;
    p->hash = phash2_last_block(p, &j);
    p->in_bits = false;
}

static void phash2_bitstring(struct term_hash *p, term t)
{
    if (term_bit_size(t) == 0)
        p->hash += GOLDEN * 13;
    else
        begin_bits(p, t, GOLDEN * 13 + p->hash);
}

/* What to do next, on the stack beside terms: words that are headers. */
#define DO_MAP_END header_make(BOXED_REFERENCE, 1)
#define DO_MAP_PAIR header_make(BOXED_REFERENCE, 2)
#define DO_MAP_NODE header_make(BOXED_REFERENCE, 6)

static void phash2_push(struct term_hash *p, term word)
{
    if (!word_stack_push(&p->stack, word))
        p->failed = true;
}

static void phash2_push_reversed(struct term_hash *p, const term *terms, size_t count)
{
    while (count > 0)
        phash2_push(p, terms[--count]);
}

#define LIST_STRETCH 64                 /* elements, or four of them that are bytes */

/* Four bytes of a string at a time; the rest of the list is pushed. */
static void phash2_list(struct term_hash *p, term list)
{
    uint32_t chunk = 0;
    unsigned count = 0, stretch = LIST_STRETCH;

    for (; term_is_cons(list) && is_byte(term_head(list)); list = term_tail(list)) {
        if (count == 0 && stretch-- == 0) {
            phash2_push(p, list);
            return;
        }
        chunk = chunk << 8 | (uint32_t) term_small(term_head(list));
        if (++count == 4) {
            p->hash = mix1(p->hash, chunk, 4);
            chunk = count = 0;
        }
    }
    if (count > 0)
        p->hash = mix1(p->hash, chunk, 4);
    if (term_is_cons(list)) {
        phash2_push(p, term_tail(list));
        list = term_head(list);
    }
    phash2_push(p, list);
}

static void phash2_push_pair(struct term_hash *p, term key, term value)
{
    phash2_push(p, DO_MAP_PAIR);
    phash2_push(p, value);
    phash2_push(p, key);
}

/* A node of a large map: the order of the pairs does not matter. */
static void phash2_node(struct term_hash *p, term node)
{
    const term *boxed = term_boxed(node), *child = boxed + trie_fixed_words(boxed);

    for (size_t left = trie_child_count(boxed); left > 0 && !p->failed; left--, child++) {
        if (term_is_cons(*child)) {
            phash2_push_pair(p, term_head(*child), term_tail(*child));
        } else {
            phash2_push(p, *child);
            phash2_push(p, DO_MAP_NODE);
        }
    }
}

static void phash2_map(struct term_hash *p, term map)
{
    struct map_iterator iterator;
    term key, value;

    p->hash = mix1(p->hash, (uint32_t) term_map_size(map), 16);
    if (term_map_size(map) == 0)
        return;
    phash2_push(p, (term) p->pairs);
    phash2_push(p, (term) p->hash);
    phash2_push(p, DO_MAP_END);
    p->hash = 0;
    p->pairs = 0;
    if (!term_is_flat_map(map)) {
        phash2_node(p, map);
        return;
    }
    map_iterator_init(&iterator, map);
    while (!p->failed && map_iterator_next(&iterator, &key, &value))
        phash2_push_pair(p, key, value);
}

static void phash2_fun(struct term_hash *p, term t)
{
    const struct atom_table *atoms = p->context->atoms;

    if (term_is_export_fun(t)) {
        const struct export_identity *export = term_export_identity(t);

        p->hash = mix2(p->hash, export->arity,
            atom_hash_text(atoms, term_atom_index(export->module)), 1);
        p->hash = mix1(p->hash, atom_hash_text(atoms, term_atom_index(export->function)), 14);
    } else {
        const struct fun_identity *fun = term_fun_identity(t);

        p->hash = mix2(p->hash, (uint32_t) term_fun_free_count(t),
            atom_hash_text(atoms, term_atom_index(fun->module)), 1);
        p->hash = mix2(p->hash, fun->index, fun->uniq, 1);
        phash2_push_reversed(p, term_fun_free(t), term_fun_free_count(t));
    }
}

static void phash2_atom(struct term_hash *p, term t)
{
    uint32_t text = atom_hash_text(p->context->atoms, term_atom_index(t));

    p->hash = p->hash == 0 ? text : mix1(p->hash, text, 3);
}

static void phash2_identity(struct term_hash *p, term t)
{
    uint32_t low, high;

    identity_parts(t, &low, &high);
    if (term_is_pid(t))
        p->hash = mix1(p->hash, low, 5);
    else if (term_is_port(t))
        p->hash = mix2(p->hash, low, high, 6);
    else
        p->hash = mix1(p->hash, low, 7);
}

static void phash2_immediate(struct term_hash *p, term t)
{
    if (term_is_atom(t))
        phash2_atom(p, t);
    else if (term_is_small(t))
        p->hash = phash2_small(p->hash, term_small(t));
    else if (t == TERM_NIL)
        p->hash = p->hash == 0 ? UINT32_C(3468870702) : mix1(p->hash, 2, 2);
    else
        phash2_identity(p, t);
}

static void phash2_boxed(struct term_hash *p, term t)
{
    uint64_t bits;
    size_t words = header_words(*term_boxed(t));

    switch (term_boxed_kind(t)) {
    case BOXED_TUPLE:
    case BOXED_RECORD:
        p->hash = mix1(p->hash, (uint32_t) words, 9);
        phash2_push_reversed(p, term_boxed(t) + 1, words);
        break;
    case BOXED_BIG_POSITIVE:
    case BOXED_BIG_NEGATIVE:
        p->hash = phash2_big(p->hash, t);
        break;
    case BOXED_FLOAT:
        bits = float_bits(t);
        p->hash = mix2(p->hash, high_half(bits), low_half(bits), 12);
        break;
    case BOXED_FUN:
    case BOXED_EXPORT:
        phash2_fun(p, t);
        break;
    case BOXED_HEAP_BITS:
    case BOXED_SUB_BITS:
        phash2_bitstring(p, t);
        break;
    case BOXED_MAP:
        phash2_map(p, t);
        break;
    case BOXED_REFERENCE:
    case BOXED_EXTERNAL_PID:
    case BOXED_EXTERNAL_PORT:
    case BOXED_EXTERNAL_REFERENCE:
        phash2_identity(p, t);
        break;
    default:
        break;
    }
}

static void phash2_word(struct term_hash *p, term word)
{
    if (word == DO_MAP_END) {
        uint32_t before = (uint32_t) word_stack_pop(&p->stack);

        p->hash = mix1(before, p->pairs, 19);
        p->pairs = (uint32_t) word_stack_pop(&p->stack);
    } else if (word == DO_MAP_PAIR) {
        p->pairs ^= p->hash;
        p->hash = 0;
    } else if (word == DO_MAP_NODE) {
        phash2_node(p, word_stack_pop(&p->stack));
    } else if (term_is_immediate(word)) {
        phash2_immediate(p, word);
    } else if (term_is_cons(word)) {
        phash2_list(p, word);
    } else {
        phash2_boxed(p, word);
    }
}

/* ---- phash: sums of products with primes -------------------------------------------------- */

static const uint32_t primes[] = { 0, 268440163, 268439161, 268435459, 268436141, 268438633,
    268437017, 268438039, 268437511, 268439627, 268440479, 268440577, 268440581, 268440593,
    268440611 };

#define DO_LIST_END header_make(BOXED_REFERENCE, 3)
#define DO_TAIL header_make(BOXED_REFERENCE, 4)
#define DO_TUPLE_END header_make(BOXED_REFERENCE, 5)

static uint32_t add_bytes(uint32_t hash, uint32_t value, uint32_t prime)
{
    for (int i = 0; i < 4; i++)
        hash = hash * prime + (value >> (8 * i) & 0xff);
    return hash;
}

static uint32_t phash_small(uint32_t hash, intptr_t small)
{
    int64_t value = small;
    uint64_t magnitude = value < 0 ? (uint64_t) -value : (uint64_t) value;

    hash = add_bytes(hash, low_half(magnitude), primes[2]);
    if (high_half(magnitude) != 0)
        hash = add_bytes(hash, high_half(magnitude), primes[2]);
    return hash * (value < 0 ? primes[4] : primes[3]);
}

static uint32_t phash_big(uint32_t hash, term t)
{
    size_t count = big_digits(t);

    if (sizeof(term) == 8 && big_digit(t, count - 1) == 0)
        count--;
    for (size_t i = 0; i < count; i++)
        hash = add_bytes(hash, big_digit(t, i), primes[2]);
    return hash * (term_boxed_kind(t) == BOXED_BIG_NEGATIVE ? primes[4] : primes[3]);
}

static void phash_bits_stretch(struct term_hash *p)
{
    size_t stretch = STRETCH_BYTES;
    uint32_t hash = p->hash;

    for (; p->left > 0 && stretch > 0; p->left--, p->offset += 8, stretch--)
        hash = hash * primes[1] + bits_byte_at(p->base, p->offset);
    p->hash = hash;
    if (p->left > 0)
        return;
    if (p->bits % 8 != 0)
        hash = (hash * primes[1] + last_bits(p->base, p->offset, p->bits % 8)) * primes[12]
            + (uint32_t) (p->bits % 8);
    p->hash = hash * primes[4] + (uint32_t) (p->bits / 8);
    p->in_bits = false;
}

static uint32_t phash_identity(uint32_t hash, term t)
{
    uint32_t low, high;

    identity_parts(t, &low, &high);
    if (term_is_pid(t))
        return add_bytes(hash, low, primes[5]) * primes[6];
    if (high != 0)
        hash = add_bytes(hash, high, primes[11]);
    return add_bytes(hash, low, primes[9]) * primes[10];
}

static void phash_fun(struct term_hash *p, term t)
{
    const struct atom_table *atoms = p->context->atoms;

    if (term_is_export_fun(t)) {
        const struct export_identity *export = term_export_identity(t);

        p->hash = p->hash * primes[11] + export->arity;
        p->hash = p->hash * primes[1] + atom_hash_text(atoms, term_atom_index(export->module));
        p->hash = p->hash * primes[1] + atom_hash_text(atoms, term_atom_index(export->function));
    } else {
        const struct fun_identity *fun = term_fun_identity(t);

        p->hash = p->hash * primes[10] + (uint32_t) term_fun_free_count(t);
        p->hash = p->hash * primes[1] + atom_hash_text(atoms, term_atom_index(fun->module));
        p->hash = p->hash * primes[2] + fun->index;
        p->hash = p->hash * primes[2] + fun->uniq;
        phash2_push_reversed(p, term_fun_free(t), term_fun_free_count(t));
    }
}

/* Bytes at the front of a list, then its first other element, then the tail. */
static void phash_list(struct term_hash *p, term list)
{
    unsigned stretch = 4 * LIST_STRETCH;

    for (; term_is_cons(list) && is_byte(term_head(list)); list = term_tail(list)) {
        if (stretch-- == 0) {
            phash2_push(p, list);
            return;
        }
        p->hash = p->hash * primes[2] + (uint32_t) term_small(term_head(list));
    }
    if (term_is_cons(list)) {
        phash2_push(p, term_tail(list));
        phash2_push(p, DO_TAIL);
        phash2_push(p, term_head(list));
    } else {
        phash2_push(p, DO_LIST_END);
        phash2_push(p, list);
    }
}

static void phash_boxed(struct term_hash *p, term t)
{
    size_t words = header_words(*term_boxed(t));
    uint32_t inner;

    switch (term_boxed_kind(t)) {
    case BOXED_TUPLE:
    case BOXED_RECORD:
        phash2_push(p, (term) words);
        phash2_push(p, DO_TUPLE_END);
        phash2_push_reversed(p, term_boxed(t) + 1, words);
        break;
    case BOXED_BIG_POSITIVE:
    case BOXED_BIG_NEGATIVE:
        p->hash = phash_big(p->hash, t);
        break;
    case BOXED_FLOAT:
        p->hash = p->hash * primes[6] + (low_half(float_bits(t)) ^ high_half(float_bits(t)));
        break;
    case BOXED_FUN:
    case BOXED_EXPORT:
        phash_fun(p, t);
        break;
    case BOXED_HEAP_BITS:
    case BOXED_SUB_BITS:
        begin_bits(p, t, 0);
        break;
    case BOXED_MAP:
        if (!term_hash_phash2(p->context, t, &inner))
            p->failed = true;
        p->hash = p->hash * primes[13] + primes[14] + inner;
        break;
    default:
        p->hash = phash_identity(p->hash, t);
        break;
    }
}

static void phash_word(struct term_hash *p, term word)
{
    if (word == DO_TUPLE_END) {
        p->hash = p->hash * primes[9] + (uint32_t) word_stack_pop(&p->stack);
    } else if (word == DO_LIST_END) {
        p->hash *= primes[8];
    } else if (word == DO_TAIL) {
        word = word_stack_pop(&p->stack);
        if (!term_is_cons(word))
            phash2_push(p, DO_LIST_END);
        phash2_push(p, word);
    } else if (term_is_atom(word)) {
        p->hash = p->hash * primes[1] + atom_hash_text(p->context->atoms, term_atom_index(word));
    } else if (term_is_small(word)) {
        p->hash = phash_small(p->hash, term_small(word));
    } else if (word == TERM_NIL) {
        p->hash = p->hash * primes[3] + 1;
    } else if (term_is_cons(word)) {
        phash_list(p, word);
    } else if (term_is_immediate(word)) {
        p->hash = phash_identity(p->hash, word);
    } else {
        phash_boxed(p, word);
    }
}

/* ---- both, in slices -------------------------------------------------------------------------- */

void term_hash_init(struct term_hash *p, const struct compare_context *context, term t, bool is_old)
{
    p->context = context;
    p->hash = 0;
    p->pairs = 0;
    p->failed = p->in_bits = false;
    p->is_old = is_old;
    word_stack_init(&p->stack, context->memory);
    phash2_push(p, t);
}

void term_hash_deinit(struct term_hash *p)
{
    word_stack_deinit(&p->stack);
}

static void old_step(struct term_hash *p)
{
    if (p->in_bits)
        phash_bits_stretch(p);
    else
        phash_word(p, word_stack_pop(&p->stack));
}

/* Terms that cost as much. */
static size_t cost_of_step(const struct term_hash *p, size_t most)
{
    term next = p->in_bits ? TERM_NIL : (term) p->stack.items[p->stack.count - 1];
    bool is_stretch = p->in_bits || (term_is_cons(next) && is_byte(term_head(next)));

    return !is_stretch ? 1 : most < STRETCH_COST ? most : STRETCH_COST;
}

bool term_hash_run(struct term_hash *p, size_t *budget)
{
    while (!p->failed && (p->in_bits || p->stack.count > 0)) {
        if (*budget == 0)
            return false;
        *budget -= cost_of_step(p, *budget);
        if (p->is_old)
            old_step(p);
        else if (p->in_bits)
            phash2_bits_stretch(p);
        else
            phash2_word(p, word_stack_pop(&p->stack));
    }
    return true;
}

static bool hash_whole(const struct compare_context *context, term t, bool is_old, uint32_t *hash)
{
    struct term_hash p;
    size_t budget = SIZE_MAX;

    term_hash_init(&p, context, t, is_old);
    (void) term_hash_run(&p, &budget);
    term_hash_deinit(&p);
    *hash = p.hash;
    return !p.failed;
}

bool term_hash_phash2(const struct compare_context *context, term t, uint32_t *hash)
{
    return hash_whole(context, t, false, hash);
}

bool term_hash_phash(const struct compare_context *context, term t, uint32_t *hash)
{
    return hash_whole(context, t, true, hash);
}

/* ---- the hash of map keys --------------------------------------------------------------------- */

#define INTERNAL_DEPTH 24

static uint64_t stir(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * UINT64_C(0x9fb21c651e98df25);
    return hash ^ hash >> 32;
}

static uint32_t settle(uint64_t hash)
{
    hash = (hash ^ hash >> 29) * UINT64_C(0xd6e8feb86659fd93);
    return (uint32_t) (hash >> 32);
}

static uint64_t stir_bitstring(uint64_t hash, term t)
{
    const uint8_t *base = term_bits_base(t);
    size_t offset = bits_offset(t), bits = term_bit_size(t), bytes = bits / 8;
    uint64_t word;

    hash = stir(hash, bits);
    if (offset % 8 == 0) {
        const uint8_t *at = base + offset / 8;

        for (; bytes >= 8; bytes -= 8, at += 8, offset += 64) {
            word = 0;
            for (unsigned i = 0; i < 8; i++)
                word |= (uint64_t) at[i] << (8 * i);
            hash = stir(hash, word);
        }
    }
    for (; bytes >= 8; bytes -= 8, offset += 64) {
        word = (uint64_t) little_word(base, offset + 32, 4) << 32 | little_word(base, offset, 4);
        hash = stir(hash, word);
    }
    word = 0;
    for (size_t i = 0; i < bytes; i++, offset += 8)
        word = word << 8 | bits_byte_at(base, offset);
    word = word << 8 | last_bits(base, offset, bits % 8);
    return stir(hash, word);
}

static uint64_t stir_raw(uint64_t hash, const term *words, size_t count)
{
    while (count > 0)
        hash = stir(hash, words[--count]);
    return hash;
}

static uint64_t stir_external(uint64_t hash, term t)
{
    const struct external_id *id = term_external(t);

    hash = stir(hash, id->node);
    for (uint32_t i = 0; i < id->count && i < AVM_COUNT_OF(id->ids); i++)
        hash = stir(hash, id->ids[i]);
    return hash;
}

struct range {
    const term *at;
    size_t count;
};

/* Stirs a boxed term's own words in; its elements come in *inside. */
static uint64_t stir_boxed(uint64_t hash, term t, struct range *inside)
{
    const term *boxed = term_boxed(t);
    enum boxed_kind kind = header_kind(boxed[0]);
    size_t words = header_words(boxed[0]);

    if (term_is_bitstring(t))
        return stir_bitstring(hash, t);
    if (kind == BOXED_REFERENCE)                /* an alias equals the plain reference */
        return stir(hash, term_reference_id(t));
    hash = stir(hash, boxed[0]);
    switch (kind) {
    case BOXED_BIG_POSITIVE:
    case BOXED_BIG_NEGATIVE:
        return stir_raw(hash, boxed + 1, words);
    case BOXED_FLOAT:
        return stir(hash, float_bits(t));
    case BOXED_FUN:
        hash = stir(hash, term_fun_identity(t)->module);
        hash = stir(hash, (uint64_t) term_fun_identity(t)->uniq << 32 | term_fun_identity(t)->index);
        inside->at = boxed + 2;
        inside->count = words - 1;
        return hash;
    case BOXED_EXPORT:
        hash = stir(hash, term_export_identity(t)->module);
        hash = stir(hash, term_export_identity(t)->function);
        return stir(hash, term_export_identity(t)->arity);
    case BOXED_EXTERNAL_PID:
    case BOXED_EXTERNAL_PORT:
    case BOXED_EXTERNAL_REFERENCE:
        return stir_external(hash, t);
    case BOXED_MATCH:                           /* hostile code has them as keys, and goes on matching */
    case BOXED_BIN_REF:
        return hash;
    default:
        inside->at = boxed + 1;
        inside->count = words;
        return hash;
    }
}

static uint64_t stir_all(uint64_t hash, term t)
{
    struct range stack[INTERNAL_DEPTH], now = { &t, 1 };
    unsigned depth = 0;

    for (;;) {
        struct range inside = { NULL, 0 };
        term word;

        if (now.count == 0) {
            if (depth == 0)
                return hash;
            now = stack[--depth];
            continue;
        }
        word = *now.at++;
        now.count--;
        if (term_is_cons(word)) {
            hash = stir(hash, 3);
            inside.at = term_cons_cell(word);
            inside.count = 2;
        } else if (term_is_boxed(word)) {
            hash = stir_boxed(hash, word, &inside);
        } else {
            hash = stir(hash, word);
        }
        if (inside.count == 0 || (now.count > 0 && depth == INTERNAL_DEPTH))
            continue;
        if (now.count > 0)
            stack[depth++] = now;
        now = inside;
    }
}

uint32_t term_hash_internal(const struct compare_context *context, term t)
{
    (void) context;
    if (term_is_immediate(t))
        return settle(stir(UINT64_C(0x51ed2701), t));
    return settle(stir_all(UINT64_C(0x51ed2701), t));
}
