/* without_files.c - what the rest asks of files where there are none: whatever platform the host gives, Erlang
** programs see no files, and the natives of prim_file are not there. */
#include "bif/prim_file.h"

const avm_files *file_platform(const struct node *node)
{
    (void) node;
    return NULL;
}

bool file_end_process(struct node *node, struct process *process, term reason)
{
    (void) node;
    (void) process;
    (void) reason;
    return true;
}
