/* decoder.h - a decoding that can stop after any term and go on later; inside the room. */
#ifndef AVM_ETF_DECODER_H
#define AVM_ETF_DECODER_H

#include "base/cursor.h"
#include "etf/etf.h"

/* Slots still to be filled, stride words apart; stride 0: all pairs of a map are there. They lie
** in an array whose first word is the address of the slot that the map goes to. */
struct decode_frame {
    term *next;
    size_t remaining;
    size_t stride;
};

/* Always: needed is the number of terms still to be read, over all open frames. */
struct decoder {
    const struct etf_context *context;
    struct heap *heap;
    struct cursor in;
    unsigned flags;
    size_t needed;
    struct decode_frame *frames;
    size_t count, capacity;
    enum etf_status status;
    term root;
    term *slot;                 /* to be filled next; NULL: done, or failed */
};

/* The decoder stays where it is; context and heap stay valid. The bytes begin with a term's tag. */
void decoder_init(struct decoder *d, const struct etf_context *context, struct cursor in,
    unsigned flags, struct heap *heap);
/* Reads about budget terms, or 64 bytes for one. True when done or failed (status). */
bool decoder_run(struct decoder *d, size_t budget);
void decoder_deinit(struct decoder *d);

#endif
