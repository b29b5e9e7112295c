/* asn1rt_nif.c - natives of the module asn1rt_nif: BER (X.690) from and to tags with values.
**
** {Tag, Value}: the tag's class stands above its number, in bits 16 and 17; the value is a binary, or the
** list of what a constructed one holds. Always: what is still to be closed lies on a stack of its own, at
** most DEPTH_MAX deep, never on that of C; both ways end their slice when it is used up. */
#include "bif/bif.h"
#include "bif/iodata.h"
#include "bif/job.h"
#include "base/vector.h"
#include "data/bits.h"
#include "data/list.h"
#include "data/number.h"

#define ASN1_NATIVES(X)                                                                          \
    X("decode_ber_tlv_raw", 1, asn1_decode, NATIVE_NO_ERROR_INFO)                                \
    X("encode_ber_tlv", 1, asn1_encode, NATIVE_NO_ERROR_INFO)
NATIVE_TABLE(bif_asn1rt_nif, "asn1rt_nif", NULL, ASN1_NATIVES)

#define DEPTH_MAX 10000
#define BYTES_A_REDUCTION 64
#define COST_OF_VALUE 64        /* of one, beside its bytes */
#define FORM_CONSTRUCTED 0x20
#define LENGTH_INDEFINITE 0x80
#define TAG_MORE 0x1f           /* the number follows, in bytes of seven bits */
#define CLASS_SHIFT 10          /* from the first byte's place to that in a tag */

/* ---- decoding ---------------------------------------------------------------------------------- */

enum outcome { BER_OK, BER_TAG, BER_LENGTH, BER_VALUE, BER_DEPTH, BER_NO_MEMORY };

/* A constructed value that is open. */
struct frame {
    term tag, items;
    term *end;                  /* the tail of the last cell of items */
    size_t limit;               /* where it ends, or what its parts may not pass */
    bool is_indefinite;
};

struct decoder {
    struct native_job job;      /* first */
    struct scheduler *s;        /* of this slice */
    struct memory *memory;
    const uint8_t *bytes;
    size_t size, at;
    struct frame *frames;
    size_t depth, capacity;
    term value;                 /* the last one that was complete */
    size_t cost;                /* of this slice */
};

static size_t limit_of(const struct decoder *d)
{
    return d->depth > 0 ? d->frames[d->depth - 1].limit : d->size;
}

static enum outcome read_tag(struct decoder *d, size_t limit, term *tag, bool *is_constructed)
{
    uint32_t number, class_bits = (uint32_t) (d->bytes[d->at] & 0xc0) << CLASS_SHIFT;

    *is_constructed = (d->bytes[d->at] & FORM_CONSTRUCTED) != 0;
    number = d->bytes[d->at] & TAG_MORE;
    if (number == TAG_MORE) {
        if (limit - d->at < 3)
            return BER_VALUE;
        number = 0;
        d->at++;
        if (d->bytes[d->at] >= 0x80)
            number = (uint32_t) (d->bytes[d->at++] & 0x7f) << 7;
        if (d->bytes[d->at] >= 0x80)
            return BER_TAG;
        number |= d->bytes[d->at];
    }
    d->at++;
    *tag = term_make_small((intptr_t) (class_bits | number));
    return d->at < limit ? BER_OK : BER_TAG;
}

/* Leaves d->at at the last byte of the length. */
static enum outcome read_length(struct decoder *d, size_t limit, size_t *length)
{
    size_t count = d->bytes[d->at] & 0x7f;

    if (d->bytes[d->at] < 0x80) {
        *length = d->bytes[d->at];
    } else {
        if (count > limit - (d->at + 1))
            return BER_LENGTH;
        for (*length = 0; count > 0; count--) {
            d->at++;
            if (*length >= (size_t) 1 << 24)
                return BER_LENGTH;
            *length = *length << 8 | d->bytes[d->at];
        }
    }
    return *length > limit - (d->at + 1) ? BER_VALUE : BER_OK;
}

static enum outcome open_frame(struct decoder *d, term tag, size_t limit, bool is_indefinite)
{
    struct frame *frame;

    if (d->depth == DEPTH_MAX)
        return BER_DEPTH;
    if (!vector_reserve(d->s->node->memory, MEMORY_OTHER, (void **) &d->frames, &d->capacity, d->depth,
            1, sizeof *d->frames))
        return BER_NO_MEMORY;
    frame = &d->frames[d->depth++];
    frame->tag = tag;
    frame->items = TERM_NIL;
    frame->end = NULL;
    frame->limit = limit;
    frame->is_indefinite = is_indefinite;
    d->value = TERM_NONE;
    return BER_OK;
}

static enum outcome make_value(struct decoder *d, term tag, term value)
{
    d->value = value != TERM_NONE ? native_tuple2(d->s, tag, value) : TERM_NONE;
    return d->value != TERM_NONE ? BER_OK : BER_NO_MEMORY;
}

static enum outcome read_definite(struct decoder *d, term tag, size_t limit, bool is_constructed)
{
    size_t length;
    enum outcome outcome = read_length(d, limit, &length);
    const uint8_t *start;

    if (outcome != BER_OK)
        return outcome;
    d->at++;
    if (is_constructed)
        return open_frame(d, tag, d->at + length, false);
    start = d->bytes + d->at;
    d->at += length;
    d->cost += length;
    return make_value(d, tag, bits_make_copy(native_heap(d->s), start, length));
}

/* One primitive value (d->value is it), or the head of a constructed one. */
static enum outcome read_element(struct decoder *d)
{
    size_t limit = limit_of(d);
    bool is_constructed;
    enum outcome outcome;
    term tag;

    if (d->at > limit || limit - d->at < 2)
        return BER_VALUE;
    outcome = read_tag(d, limit, &tag, &is_constructed);
    if (outcome != BER_OK)
        return outcome;
    if (d->bytes[d->at] != LENGTH_INDEFINITE)
        return read_definite(d, tag, limit, is_constructed);
    d->at++;
    if (limit - d->at < 2 || !is_constructed)
        return BER_LENGTH;
    return open_frame(d, tag, limit, true);
}

/* Whether the innermost open value is at its end. */
static enum outcome is_at_end(struct decoder *d, bool *is)
{
    struct frame *frame = &d->frames[d->depth - 1];

    *is = d->at >= frame->limit;
    if (!frame->is_indefinite)
        return BER_OK;
    if (d->at > frame->limit || frame->limit - d->at < 2)
        return BER_LENGTH;
    *is = d->bytes[d->at] == 0 && d->bytes[d->at + 1] == 0;
    if (*is)
        d->at += 2;
    return BER_OK;
}

static enum outcome append_value(struct decoder *d, struct frame *frame)
{
    term cell = native_cons(d->s, d->value, TERM_NIL);

    if (cell == TERM_NONE)
        return BER_NO_MEMORY;
    if (frame->end == NULL)
        frame->items = cell;
    else
        *frame->end = cell;
    frame->end = &term_cons_cell(cell)[1];
    return BER_OK;
}

/* Puts the value that is complete where it belongs, and closes what is complete with it. */
static enum outcome close_frames(struct decoder *d)
{
    while (d->depth > 0) {
        struct frame *frame = &d->frames[d->depth - 1];
        enum outcome outcome = d->value != TERM_NONE ? append_value(d, frame) : BER_OK;
        bool is_end = false;

        d->value = TERM_NONE;
        if (outcome == BER_OK)
            outcome = is_at_end(d, &is_end);
        if (outcome != BER_OK || !is_end)
            return outcome;
        d->depth--;
        d->cost += COST_OF_VALUE;
        outcome = make_value(d, frame->tag, frame->items);
        if (outcome != BER_OK)
            return outcome;
    }
    return BER_OK;
}

/* Until the slice is used up. *is_done: the outermost value is complete, or there is none. */
static enum outcome decode(struct decoder *d, bool *is_done)
{
    size_t budget = native_job_budget(d->s, BYTES_A_REDUCTION);
    enum outcome outcome;

    d->cost = 0;
    do {
        d->cost += COST_OF_VALUE;
        outcome = read_element(d);
        if (outcome == BER_OK)
            outcome = close_frames(d);
        *is_done = outcome != BER_OK || d->depth == 0;
    } while (!*is_done && d->cost < budget);
    native_charge(d->s, 1 + d->cost / BYTES_A_REDUCTION);
    return outcome;
}

static term error_of(struct scheduler *s, enum outcome outcome, size_t at)
{
    term why, where = native_integer(s, (int64_t) at);

    if (outcome == BER_NO_MEMORY)
        return raise_no_memory(s);
    why = outcome == BER_TAG      ? ATOM(invalid_tag)
        : outcome == BER_LENGTH   ? ATOM(invalid_length)
        : outcome == BER_VALUE    ? ATOM(invalid_value)
                                  : ATOM(unknown);
    why = where != TERM_NONE ? native_tuple2(s, why, where) : TERM_NONE;
    return native_result(s, why != TERM_NONE ? native_tuple2(s, ATOM(error), why) : TERM_NONE);
}

static void release_decoder(struct native_job *job)
{
    struct decoder *d = (struct decoder *) (void *) job;

    memory_free(d->memory, MEMORY_OTHER, d->frames, d->capacity * sizeof *d->frames);
}

static term decoded(struct scheduler *s, const struct decoder *d, enum outcome outcome)
{
    term rest;

    if (outcome != BER_OK)
        return error_of(s, outcome, d->at);
    rest = bits_make_copy(native_heap(s), d->bytes + d->at, d->size - d->at);
    return native_result(s, rest != TERM_NONE ? native_tuple2(s, d->value, rest) : TERM_NONE);
}

static term run_decoder(struct scheduler *s, const term *a, struct decoder *d);

static term go_on_decoding(struct scheduler *s, const term *a)
{
    return run_decoder(s, a, (struct decoder *) (void *) native_job_of(s, a));
}

static term run_decoder(struct scheduler *s, const term *a, struct decoder *d)
{
    enum outcome outcome;
    bool is_done;

    d->s = s;
    outcome = decode(d, &is_done);
    if (is_done) {
        term result = decoded(s, d, outcome);

        native_job_end(&d->job);
        return result;
    }
    if (d->job.size == 0) {
        d = (struct decoder *) (void *) native_job_keep(s, &d->job, sizeof *d);
        if (d == NULL)
            return TERM_NONE;
    }
    return native_job_yield(s, go_on_decoding, a, &d->job);
}

/* {{Tag, Value}, Rest} or {error, {Why, Where}} */
static term asn1_decode(struct scheduler *s, const term *a)
{
    struct decoder d = { .memory = s->node->memory, .value = TERM_NONE };

    if (!iodata_get_bytes(s, a[0], &d.bytes, &d.size))
        return raise_badarg(s);
    native_job_init(&d.job, release_decoder);
    return run_decoder(s, a, &d);
}

/* ---- encoding: from the last byte to the first, so that every length is known when it is written -------- */

struct encoder {
    struct native_job job;      /* first */
    struct memory *memory;
    uint8_t *bytes;             /* the last used of them are written */
    size_t capacity, used;
    struct word_stack work;     /* values still to be written, the next on top; or tag, used, CLOSE */
    size_t cost;                /* of this slice */
};

#define CLOSE TERM_NONE         /* the value with this tag began when so many bytes were written */

/* Room for size bytes before those that are written; NULL without memory. */
static uint8_t *extend(struct encoder *e, size_t size)
{
    if (size > e->capacity - e->used) {
        size_t capacity = e->capacity * 2 > e->used + size ? e->capacity * 2 : e->used + size;
        uint8_t *bytes = memory_allocate(e->memory, MEMORY_OTHER, capacity);

        if (bytes == NULL)
            return NULL;
        if (e->used > 0)
            memcpy(bytes + capacity - e->used, e->bytes + e->capacity - e->used, e->used);
        memory_free(e->memory, MEMORY_OTHER, e->bytes, e->capacity);
        e->bytes = bytes;
        e->capacity = capacity;
    }
    e->used += size;
    return e->bytes + e->capacity - e->used;
}

static bool put_byte(struct encoder *e, unsigned byte)
{
    uint8_t *at = extend(e, 1);

    if (at != NULL)
        *at = (uint8_t) byte;
    return at != NULL;
}

static bool put_length(struct encoder *e, size_t length)
{
    unsigned count = 0;

    if (length < 0x80)
        return put_byte(e, (unsigned) length);
    for (; length > 0; length >>= 8, count++)
        if (!put_byte(e, length & 0xff))
            return false;
    return put_byte(e, 0x80 | count);
}

/* BER_VALUE: tag is none. */
static enum outcome put_tag(struct encoder *e, term tag, unsigned form)
{
    uint64_t wide;
    unsigned number, head;
    bool done;

    if (!integer_get_uint64(tag, &wide) || wide > UINT32_MAX)
        return BER_VALUE;
    number = wide & 0xffff;
    head = form | (unsigned) ((wide & 0x30000) >> CLASS_SHIFT);
    if (number < TAG_MORE)
        return put_byte(e, head | number) ? BER_OK : BER_NO_MEMORY;
    done = put_byte(e, number & 0x7f);
    for (number >>= 7; number > 0 && done; number >>= 7)
        done = put_byte(e, 0x80 | (number & 0x7f));
    return done && put_byte(e, head | TAG_MORE) ? BER_OK : BER_NO_MEMORY;
}

static enum outcome put_primitive(struct encoder *e, term tag, term value)
{
    struct bits_view view;
    uint8_t *at;

    if (!term_is_binary(value) || !bits_get_view(value, &view))
        return BER_VALUE;
    e->cost += view.size / 8;
    if (view.size > 0) {
        at = extend(e, view.size / 8);
        if (at == NULL)
            return BER_NO_MEMORY;
        bits_copy(at, 0, view.base, view.offset, view.size);
    }
    return put_length(e, view.size / 8) ? put_tag(e, tag, 0) : BER_NO_MEMORY;
}

static enum outcome put_constructed(struct encoder *e, term tag, term list)
{
    if (!word_stack_push2(&e->work, tag, e->used) || !word_stack_push(&e->work, CLOSE))
        return BER_NO_MEMORY;
    for (; term_is_cons(list); list = term_tail(list), e->cost++)
        if (!word_stack_push(&e->work, term_head(list)))
            return BER_NO_MEMORY;
    return list == TERM_NIL ? BER_OK : BER_VALUE;
}

static enum outcome put_value(struct encoder *e, term t)
{
    const term *pair;

    if (!term_is_tuple(t) || term_tuple_arity(t) < 2)
        return BER_VALUE;
    pair = term_tuple_elements(t);
    return term_is_cons(pair[1]) || pair[1] == TERM_NIL ? put_constructed(e, pair[0], pair[1])
                                                        : put_primitive(e, pair[0], pair[1]);
}

/* Until budget is used up, or no work is left. */
static enum outcome encode(struct encoder *e, size_t budget)
{
    enum outcome outcome = BER_OK;

    for (e->cost = 0; outcome == BER_OK && e->work.count > 0 && e->cost < budget;
         e->cost += COST_OF_VALUE) {
        term t = word_stack_pop(&e->work);

        if (t == CLOSE) {
            size_t begun = word_stack_pop(&e->work);

            outcome = put_length(e, e->used - begun)
                ? put_tag(e, word_stack_pop(&e->work), FORM_CONSTRUCTED)
                : BER_NO_MEMORY;
        } else {
            outcome = put_value(e, t);
        }
    }
    return outcome;
}

static void release_encoder(struct native_job *job)
{
    struct encoder *e = (struct encoder *) (void *) job;

    word_stack_deinit(&e->work);
    memory_free(e->memory, MEMORY_OTHER, e->bytes, e->capacity);
}

static term encoded(struct scheduler *s, const struct encoder *e, enum outcome outcome)
{
    if (outcome == BER_VALUE)
        return native_result(s, native_tuple2(s, ATOM(error), term_make_small(-1)));
    return native_result(s, outcome == BER_OK
        ? bits_make_copy(native_heap(s), e->bytes + e->capacity - e->used, e->used)
        : TERM_NONE);
}

static term run_encoder(struct scheduler *s, const term *a, struct encoder *e);

static term go_on_encoding(struct scheduler *s, const term *a)
{
    return run_encoder(s, a, (struct encoder *) (void *) native_job_of(s, a));
}

static term run_encoder(struct scheduler *s, const term *a, struct encoder *e)
{
    enum outcome outcome = encode(e, native_job_budget(s, BYTES_A_REDUCTION));
    struct encoder *kept = e;

    native_charge(s, 1 + e->cost / BYTES_A_REDUCTION);
    if (outcome != BER_OK || e->work.count == 0) {
        term result = encoded(s, e, outcome);

        native_job_end(&e->job);
        return result;
    }
    if (kept->job.size == 0) {
        kept = (struct encoder *) (void *) native_job_keep(s, &e->job, sizeof *e);
        if (kept == NULL)
            return TERM_NONE;
        word_stack_moved(&kept->work, &e->work);
    }
    return native_job_yield(s, go_on_encoding, a, &kept->job);
}

/* A binary or {error, -1}. */
static term asn1_encode(struct scheduler *s, const term *a)
{
    struct encoder e = { .memory = s->node->memory };

    native_job_init(&e.job, release_encoder);
    word_stack_init(&e.work, s->node->memory);
    if (!word_stack_push(&e.work, a[0])) {
        release_encoder(&e.job);
        return raise_no_memory(s);
    }
    return run_encoder(s, a, &e);
}
