/* encoder.h - the walk that writes a term, inside the room: an etf_encoding without its leading version and
** its compression. */
#ifndef AVM_ETF_ENCODER_H
#define AVM_ETF_ENCODER_H

#include "etf/etf.h"

void encoder_begin(struct etf_encoding *e, term t);
/* Takes one of *budget for each term. True when done or failed (status). */
bool encoder_run(struct etf_encoding *e, size_t *budget);
/* Whether it is done or not. */
void encoder_end(struct etf_encoding *e);
void encoder_store_u32(uint8_t *bytes, size_t value);

#endif
