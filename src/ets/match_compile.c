/* match_compile.c - match specifications: life, clauses, what the compiler's files share.
** Always: what is emitted for an expression leaves one value; depth and stack are the most that any
** clause reaches. Nothing here recurses: what is nested waits in the compiler's work. */
#include "ets/match_internal.h"

#include "data/print.h"

#define ERROR_TEXT_MAX 99               /* characters of an error that OTP tells */

/* ---- emitting ------------------------------------------------------------------------------ */

bool match_fail(struct match_compiler *c, enum data_status status)
{
    if (c->status == DATA_OK)
        c->status = status;
    return false;
}

static bool is_inside(const void *items, const void *object, size_t size)
{
    return (uintptr_t) items >= (uintptr_t) object && (uintptr_t) items < (uintptr_t) object + size;
}

/* A vector of spec's, or of c's while there is one (else NULL): the block is its own. */
static bool is_allocated(const struct match_spec *spec, const struct match_compiler *c,
    const void *items)
{
    return items != NULL && !is_inside(items, spec, sizeof *spec)
        && (c == NULL || !is_inside(items, c, sizeof *c));
}

static bool grow(struct match_compiler *c, void **items, size_t *capacity, size_t size)
{
    struct memory *memory = c->spec->source.heaps->memory;
    void *larger;

    if (is_allocated(c->spec, c, *items))
        return vector_reserve(memory, MEMORY_ETS, items, capacity, *capacity, 1, size)
            || match_fail(c, DATA_NO_MEMORY);
    larger = memory_allocate(memory, MEMORY_ETS, 4 * *capacity * size);
    if (larger == NULL)
        return match_fail(c, DATA_NO_MEMORY);
    memcpy(larger, *items, *capacity * size);
    *items = larger;
    *capacity *= 4;
    return true;
}

bool match_reserve(struct match_compiler *c, void *items, size_t *capacity, size_t count, size_t size)
{
    return count < *capacity || grow(c, items, capacity, size);
}

static void free_items(const struct match_spec *spec, const struct match_compiler *c, void *items,
    size_t capacity, size_t size)
{
    if (is_allocated(spec, c, items))
        memory_free(spec->source.heaps->memory, MEMORY_ETS, items, capacity * size);
}

bool match_emit(struct match_compiler *c, uint32_t word)
{
    struct match_spec *spec = c->spec;

    if (spec->code_count == spec->code_capacity
        && (spec->code_count >= UINT32_MAX / 8
            || !grow(c, (void *) &spec->code, &spec->code_capacity, sizeof *spec->code)))
        return match_fail(c, DATA_NO_MEMORY);
    spec->code[spec->code_count++] = word;
    c->last_skip = SIZE_MAX;
    return true;
}

bool match_emit2(struct match_compiler *c, enum match_op op, size_t operand)
{
    return match_emit(c, op) && match_emit(c, (uint32_t) operand);
}

bool match_emit_constant(struct match_compiler *c, enum match_op op, term t)
{
    struct match_spec *spec = c->spec;

    if (!match_reserve(c, (void *) &spec->terms, &spec->term_capacity, spec->term_count, sizeof t))
        return false;
    spec->terms[spec->term_count++] = t;
    return match_emit2(c, op, spec->term_count - 1);
}

bool match_work(struct match_compiler *c, unsigned kind, term t, bool result)
{
    struct match_work *work;

    if (!match_reserve(c, (void *) &c->work, &c->work_capacity, c->work_count, sizeof *c->work))
        return false;
    work = &c->work[c->work_count++];
    work->t = t;
    work->index = work->jump = 0;
    work->kind = (uint8_t) kind;
    work->result = result;
    return true;
}

/* ---- errors ---------------------------------------------------------------------------------- */

/* text with its %T or %d put in. */
static void write_error(struct match_compiler *c, struct byte_buffer *out, const char *text, term t,
    uint32_t number)
{
    const char *at;

    for (at = text; *at != '\0'; at++) {
        if (at[0] == '%' && at[1] == 'T') {
            (void) term_print(out, c->spec->source.compare, t, ERROR_TEXT_MAX);
            at++;
        } else if (at[0] == '%' && at[1] == 'd') {
            byte_buffer_format(out, "%lu", (unsigned long) number);
            at++;
        } else {
            byte_buffer_u8(out, (uint8_t) *at);
        }
    }
}

/* {error, Text} at the end of the list; TERM_NONE without memory. */
static bool add_error(struct match_errors *errors, const uint8_t *text, size_t size)
{
    term *words = heap_allocate(errors->heap, 5 + 2 * size), *cell;
    term string = TERM_NIL;

    if (words == NULL)
        return false;
    for (cell = words + 5; size > 0; cell += 2) {
        cell[0] = term_make_small(text[--size]);
        cell[1] = string;
        string = term_make_cons(cell);
    }
    words[2] = header_make(BOXED_TUPLE, 2);
    words[3] = ATOM(error);
    words[4] = string;
    words[0] = term_make_boxed(words + 2);
    words[1] = TERM_NIL;
    if (errors->last != NULL)
        errors->last[1] = term_make_cons(words);
    else
        errors->list = term_make_cons(words);
    errors->last = words;
    return true;
}

bool match_error(struct match_compiler *c, const char *text, term t, uint32_t number)
{
    struct byte_buffer out;
    bool done;

    c->wrong = true;
    if (c->errors == NULL)
        return match_fail(c, DATA_BAD_ARGUMENT);
    byte_buffer_init(&out, c->spec->source.heaps->memory, MEMORY_ETS);
    write_error(c, &out, text, t, number);
    done = !out.failed
        && add_error(c->errors, out.bytes, out.size > ERROR_TEXT_MAX ? ERROR_TEXT_MAX : out.size);
    byte_buffer_deinit(&out);
    return done || match_fail(c, DATA_NO_MEMORY);
}

/* ---- clauses ------------------------------------------------------------------------------------ */

static bool guards(struct match_compiler *c, term list)
{
    if (!term_is_list(list))
        return match_error(c, "Match expression is not a list.", TERM_NONE, 0);
    for (; term_is_cons(list); list = term_tail(list)) {
        if (!match_expression(c, term_head(list), false) || !match_emit(c, MATCH_GUARD))
            return false;
        c->value_count--;
    }
    return list == TERM_NIL || match_error(c, "Match expression is not a proper list.", TERM_NONE, 0);
}

/* '$_' alone is given as it is. */
static bool body(struct match_compiler *c, term list)
{
    if (!term_is_cons(list)) {
        (void) match_error(c, "Body clause does not return anything.", TERM_NONE, 0);
        return match_fail(c, DATA_BAD_ARGUMENT);
    }
    for (; term_is_cons(list); list = term_tail(list)) {
        bool is_last = term_tail(list) == TERM_NIL;

        if (!match_expression(c, term_head(list), is_last && term_head(list) != ATOM(dollar_object))
            || !match_emit(c, is_last ? MATCH_RETURN : MATCH_DROP))
            return false;
        c->value_count--;
    }
    return list == TERM_NIL || match_error(c, "Match expression is not a proper list.", TERM_NONE, 0);
}

static bool clause(struct match_compiler *c, term t)
{
    struct match_spec *spec = c->spec;
    const term *parts = term_tuple_elements(t);

    if (!match_reserve(c, (void *) &spec->clauses, &spec->clause_capacity, spec->clause_count,
            sizeof *spec->clauses))
        return false;
    spec->clauses[spec->clause_count].start = (uint32_t) spec->code_count;
    spec->clauses[spec->clause_count++].head = parts[0];
    c->number_count = c->depth = c->value_count = c->work_count = 0;
    c->last_skip = SIZE_MAX;
    return match_pattern(c, parts[0]) && match_emit(c, MATCH_MATCHED) && guards(c, parts[1])
        && match_emit(c, MATCH_BODY) && body(c, parts[2])
        && (!c->wrong || match_fail(c, DATA_BAD_ARGUMENT));
}

/* Whether list is one of clauses. */
static bool check_shape(struct match_compiler *c, term list)
{
    term at = list;

    while (term_is_cons(at))
        at = term_tail(at);
    if (at != TERM_NIL || (list == TERM_NIL && c->errors != NULL)) {
        (void) match_error(c, term_is_cons(list) ? "Match programs are not in a proper list."
                                                 : "Match programs are not in a list.", TERM_NONE, 0);
        return match_fail(c, DATA_BAD_ARGUMENT);
    }
    for (at = list; term_is_cons(at); at = term_tail(at)) {
        if (!term_is_tuple(term_head(at)) || term_tuple_arity(term_head(at)) != 3) {
            (void) match_error(c, "Match program part is not a tuple of arity 3.", TERM_NONE, 0);
            return match_fail(c, DATA_BAD_ARGUMENT);
        }
    }
    return true;
}

/* What a run works with. */
static bool make_room(struct match_spec *spec)
{
    struct memory *memory = spec->source.heaps->memory;

    spec->work = spec->work_count <= MATCH_INLINE_WORK ? spec->inline_work
        : memory_allocate(memory, MEMORY_ETS, spec->work_count * sizeof *spec->work);
    spec->path = spec->path_count <= MATCH_INLINE_PATH ? spec->inline_path
        : memory_allocate(memory, MEMORY_ETS, spec->path_count * sizeof *spec->path);
    return spec->work != NULL && spec->path != NULL;
}

static void free_room(struct match_spec *spec)
{
    free_items(spec, NULL, spec->work, spec->work_count, sizeof *spec->work);
    free_items(spec, NULL, spec->path, spec->path_count, sizeof *spec->path);
}

static void compile_all(struct match_compiler *c, term list)
{
    struct match_spec *spec = c->spec;

    if (!check_shape(c, list))
        return;
    for (; c->status == DATA_OK && term_is_cons(list); list = term_tail(list))
        (void) clause(c, term_head(list));
    free_items(spec, c, c->numbers, c->number_capacity, sizeof *c->numbers);
    free_items(spec, c, c->values, c->value_capacity, sizeof *c->values);
    free_items(spec, c, c->work, c->work_capacity, sizeof *c->work);
    spec->path_count = spec->depth + 1;
    spec->work_count = spec->variables + spec->path_count + spec->stack + 1;
    if (c->status == DATA_OK && !make_room(spec))
        c->status = DATA_NO_MEMORY;
}

#define USE_INLINE(owner, items, capacity, inline_items)          \
    ((owner)->items = (owner)->inline_items, (owner)->capacity = AVM_COUNT_OF((owner)->inline_items))

static void init_spec(struct match_spec *spec, const struct match_source *source)
{
    memset(spec, 0, offsetof(struct match_spec, inline_code));
    USE_INLINE(spec, code, code_capacity, inline_code);
    USE_INLINE(spec, terms, term_capacity, inline_terms);
    USE_INLINE(spec, natives, native_capacity, inline_natives);
    USE_INLINE(spec, clauses, clause_capacity, inline_clauses);
    spec->source = *source;
    heap_init_env(&spec->constants, source->heaps, MEMORY_ETS);
}

static void init_compiler(struct match_compiler *c, struct match_spec *spec, struct match_errors *errors)
{
    memset(c, 0, offsetof(struct match_compiler, inline_numbers));
    USE_INLINE(c, numbers, number_capacity, inline_numbers);
    USE_INLINE(c, values, value_capacity, inline_values);
    USE_INLINE(c, work, work_capacity, inline_work);
    c->spec = spec;
    c->errors = errors;
}

enum data_status match_compile(const struct match_source *source, term list, bool keep,
    struct match_spec **result, struct match_errors *errors)
{
    struct match_spec *spec = memory_allocate(source->heaps->memory, MEMORY_ETS, sizeof *spec);
    struct match_compiler c;

    if (spec == NULL)
        return DATA_NO_MEMORY;
    init_spec(spec, source);
    init_compiler(&c, spec, errors);
    if (keep)
        list = heap_copy_with_literals(&spec->constants, list);
    if (list == TERM_NONE)
        c.status = DATA_NO_MEMORY;
    else
        compile_all(&c, list);
    if (c.status != DATA_OK)
        match_destroy(spec);
    else
        *result = spec;
    return c.status;
}

void match_destroy(struct match_spec *spec)
{
    free_items(spec, NULL, spec->code, spec->code_capacity, sizeof *spec->code);
    free_items(spec, NULL, spec->terms, spec->term_capacity, sizeof *spec->terms);
    free_items(spec, NULL, spec->natives, spec->native_capacity, sizeof *spec->natives);
    free_items(spec, NULL, spec->clauses, spec->clause_capacity, sizeof *spec->clauses);
    free_room(spec);
    heap_deinit(&spec->constants);
    memory_free(spec->source.heaps->memory, MEMORY_ETS, spec, sizeof *spec);
}

#if AVM_SMP
struct match_spec *match_borrow(const struct match_spec *spec)
{
    struct memory *memory = spec->source.heaps->memory;
    struct match_spec *borrowed = memory_allocate(memory, MEMORY_ETS, sizeof *borrowed);

    if (borrowed == NULL)
        return NULL;
    memcpy(borrowed, spec, offsetof(struct match_spec, inline_code));
    if (make_room(borrowed))
        return borrowed;
    match_return(borrowed);
    return NULL;
}

void match_return(struct match_spec *borrowed)
{
    free_room(borrowed);
    memory_free(borrowed->source.heaps->memory, MEMORY_ETS, borrowed, sizeof *borrowed);
}
#endif

size_t match_clause_count(const struct match_spec *spec)
{
    return spec->clause_count;
}
