/* port_settings.h - what open_port/2 is asked for, from terms. */
#ifndef AVM_BIF_PORT_SETTINGS_H
#define AVM_BIF_PORT_SETTINGS_H

#include "data/status.h"
#include "port/settings.h"
#include "proc/scheduler.h"

/* The texts are the caller's to free, also when it fails: DATA_BAD_ARGUMENT, DATA_NO_MEMORY. */
enum data_status port_settings_parse(struct node *node, term name, term options,
    struct port_settings *settings);

#endif
