/* status.h - how a function on data ends. On anything but DATA_OK its results are untouched and
** nothing has changed. The caller turns it into an exception of Erlang. */
#ifndef AVM_DATA_STATUS_H
#define AVM_DATA_STATUS_H

enum data_status {
    DATA_OK,
    DATA_BAD_ARGUMENT,      /* badarg, or badarith from arithmetic */
    DATA_BAD_MAP,
    DATA_BAD_KEY,
    DATA_SYSTEM_LIMIT,
    DATA_NO_MEMORY
};

#endif
