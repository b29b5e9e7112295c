/* points.c - see points.h. */
#include "bif/points.h"
#include "base/utf8.h"

static bool append_point(struct byte_buffer *out, term point, uint32_t refused)
{
    uint8_t bytes[4];

    if (!term_is_small(point) || term_small(point) <= 0 || term_small(point) > 0x10ffff
        || !utf8_is_valid_point((uint32_t) term_small(point))
        || (uint32_t) term_small(point) == refused)
        return false;
    byte_buffer_append(out, bytes, utf8_encode((uint32_t) term_small(point), bytes));
    return true;
}

bool points_get(struct byte_buffer *out, term list, uint32_t refused)
{
    struct word_stack rests;
    bool is_good = true;

    word_stack_init(&rests, out->memory);
    for (;;) {
        if (term_is_cons(list)) {
            term head = term_head(list);

            list = term_tail(list);
            if (term_is_cons(head)) {
                out->failed |= list != TERM_NIL && !word_stack_push(&rests, list);
                list = head;
            } else if (head != TERM_NIL) {
                is_good = append_point(out, head, refused);
            }
        } else {
            is_good = list == TERM_NIL;
            if (rests.count == 0)
                break;
            list = word_stack_pop(&rests);
        }
        if (!is_good || out->failed)
            break;
    }
    word_stack_deinit(&rests);
    return is_good;
}
