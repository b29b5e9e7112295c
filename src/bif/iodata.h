/* iodata.h - natives that go through iodata from one end to the other, in slices. */
#ifndef AVM_BIF_IODATA_H
#define AVM_BIF_IODATA_H

#include "base/md5.h"
#include "bif/job.h"
#include "data/bits.h"

struct iodata_work;
/* Makes the native's result when all was fed; TERM_NONE after raising. */
typedef term iodata_finish(struct scheduler *s, struct iodata_work *work);

struct iodata_work {
    struct native_job job;
    struct bits_flow flow;
    bits_flow_fn *feed;             /* with the work; NULL: the iodata is only measured */
    iodata_finish *finish;          /* NULL: it becomes a bitstring once it is measured */
    term iodata;
    bool whole;
    size_t bytes_a_reduction;
    union {
        uint32_t sum;
        struct md5 md5;
        struct bits_builder builder;
    } to;
};

/* Whole: each binary must be of whole bytes. Feed, finish and to are set by the caller. */
void iodata_work_init(struct iodata_work *work, struct scheduler *s, term iodata, bool whole);
/* Ends the native, or goes on in its next slice. a: the arguments of the native. */
term iodata_work_run(struct scheduler *s, const term *a, struct iodata_work *work);
/* The binary or bitstring that iodata is. */
term iodata_flatten(struct scheduler *s, const term *a, term iodata, bool whole);
/* Bytes of a binary or iodata at once, where they are or on the native heap, good until the next collection.
** False: t is none, or memory ran out. */
bool iodata_get_bytes(struct scheduler *s, term t, const uint8_t **bytes, size_t *size);

#endif
