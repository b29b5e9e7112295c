/* os.h - the environment of a VM, for who starts programs. */
#ifndef AVM_BIF_OS_H
#define AVM_BIF_OS_H

#include "base/vector.h"
#include "proc/node.h"

/* Appends "NAME=value" and a 0 for each variable whose name is_left_out does not want; gives how many.
** Without memory out->failed is set. */
size_t os_list_environment(struct node *node, struct byte_buffer *out,
    bool (*is_left_out)(void *user, const char *name, size_t size), void *user);

#endif
