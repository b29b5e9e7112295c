/* port.h - ports: what an Erlang program sees of something outside, and the drivers that play it.
**
** A port is a process without code (proc/node.h, struct port_hooks), in a table of its own: links,
** monitors, names and exit signals are those of processes. Its owner is process.parent.
**
** A driver's functions are called by one thread at a time, the one that has claimed the port or runs its
** slice; each may call what stands under "for drivers". A port that a driver ends, or that fails for want
** of memory, stays whole until the function has returned.
**
** What a program asks of a port is done at once when the port waits (port_claim), else it goes as a
** signal and is answered {Ref, Result}, which erlang.erl waits for. */
#ifndef AVM_PORT_PORT_H
#define AVM_PORT_PORT_H

#include "data/status.h"
#include "port/settings.h"
#include "proc/relations.h"
#include "proc/spawn.h"

struct port;

enum port_driver_flags { PORT_DRIVER_SOFT_BUSY = 1 };   /* port_command with force is possible */

struct port_driver {
    unsigned flags;
    /* user is what the registry has for it. TERM_NONE: started, port->state is set; else the atom that
    ** open_port/2 fails with, and nothing is left. */
    term (*start)(struct port *port, const struct port_settings *settings, void *user);
    void (*stop)(struct port *port);        /* once, the last call */
    /* Each of the rest may be NULL: what a program asks for is badarg then. */
    void (*output)(struct port *port, const uint8_t *data, size_t size);
    /* On heap; TERM_NONE: badarg. */
    term (*control)(struct port *port, struct heap *heap, uint32_t operation, const uint8_t *data,
        size_t size);
    term (*call)(struct port *port, struct heap *heap, uint32_t operation, term argument);
    void (*message)(struct port *port, term message);
    void (*ready)(struct port *port, int handle, unsigned mode);
    void (*timeout)(struct port *port);
    void (*down)(struct port *port, uint64_t monitor, term pid, term reason);
    /* The port was closed: false while output is still to be written; asked again after each ready. */
    bool (*flush)(struct port *port);
    size_t (*queue_size)(const struct port *port);
};

struct port_watch {
    struct tree_node node;              /* of the room, by handle */
    struct port_watch *next;            /* of the port */
    struct port *port;
    unsigned mode;                      /* what is waited for */
    unsigned ready;                     /* what came, not yet told */
};

struct port {
    struct process process;             /* first */
    struct port *next, **link;          /* of the room */
    const struct port_driver *driver;
    void *state;                        /* the driver's */
    char *name;                         /* name_size bytes with a 0 */
    size_t name_size;
    struct port_watch *watches;
    uint64_t input, output;             /* bytes to and from Erlang */
    int64_t os_pid;                     /* -1: none */
    struct heap data_terms;             /* port_set_data/2 */
    term data;                          /* TERM_NONE: none */
    unsigned flags;                     /* enum port_flags */
    bool busy;
    bool started, stopped;
    bool says_closed;                   /* {Port, closed} at the end */
    bool is_queued;                     /* it ends, and waits in the run queue */
};

/* What a node has besides the table; api fills in the two functions. */
struct port_room {
    struct port *ports;                 /* all, those that end too */
    struct tree_node *watches;          /* by handle */
    /* Waits for mode at handle, once each; 0: not any more. */
    bool (*watch)(struct node *node, int handle, unsigned mode);
    /* The host's driver of that name; NULL: there is none. */
    const struct port_driver *(*find_driver)(struct node *node, const char *name, size_t size,
        void **user);
};

static inline struct node *port_node(const struct port *port) { return process_node(&port->process); }
static inline term port_term(const struct port *port) { return port->process.pid; }

/* False without memory. */
bool port_room_create(struct node *node);
/* Stops all drivers; the ports are freed by node_deinit. Between the two: */
void port_room_stop(struct node *node);
void port_room_destroy(struct node *node);

/* ---- what natives do: the process of s is running ---- */

/* A port owned by and linked to it; TERM_NONE: *error is the atom to fail with. */
term port_open(struct scheduler *s, const struct port_settings *settings, term *error);
/* A live port by port or name; NULL: none. */
struct port *port_find(struct node *node, term port);
/* Takes a port that waits, and has done what came before: false, it cannot be taken now. Whoever took
** it gives it back. */
bool port_claim(struct scheduler *s, struct port *port);
void port_release(struct scheduler *s, struct port *port);

/* Operations, with the arguments of erts_internal's functions of that name after the port. */
enum port_operation { PORT_COMMAND, PORT_CONTROL, PORT_CALL, PORT_CLOSE, PORT_CONNECT, PORT_INFO };
/* Does it now (the port is claimed): the result or an atom of failure on heap; TERM_NONE without memory. */
term port_perform(struct port *port, struct heap *heap, enum port_operation operation,
    const term *arguments);
/* Does it, now or later: a result, or the reference of the answer; TERM_NONE after raising. */
term port_ask(struct scheduler *s, struct port *port, enum port_operation operation,
    const term *arguments);
/* A claimed port that is busy: the process of s sleeps until it is not, and the native shall yield then.
** False without memory. */
bool port_suspend_caller(struct scheduler *s, struct port *port);
/* Item of port_info/2, {Item, Value} or [] for a name that is not there; TERM_NONE without memory,
** ATOM(badarg): no such item. */
term port_info_make(struct port *port, struct heap *heap, term item);
term port_info_all(struct port *port, struct heap *heap);

/* port_hooks.send */
term port_send(struct scheduler *s, struct process *port, term message, bool nosuspend);

/* ---- what came: of a claimed port, or in its slice ---- */

void port_take_message(struct port *port, term from, term message);

/* ---- for drivers ---- */

/* {Port, {data, Data}} to the owner, as the open options say. */
void port_send_data(struct port *port, const uint8_t *data, size_t size);
/* The same of two parts, one after the other. */
void port_send_parts(struct port *port, const uint8_t *first, size_t first_size,
    const uint8_t *data, size_t size);
/* The same with head as a list of bytes before data; data NULL: the list alone. */
void port_send_headed(struct port *port, const uint8_t *head, size_t head_size, const uint8_t *data,
    size_t size);
/* {Port, {data, {eol | noeol, Data}}} */
void port_send_line(struct port *port, term end, const uint8_t *data, size_t size);
void port_send_atom(struct port *port, term to, term atom);     /* {Port, Atom} */
void port_send_status(struct port *port, int status);           /* {Port, {exit_status, Status}} */
/* Ends the port once the driver's function has returned. */
void port_exit(struct port *port, term reason);
void port_set_busy(struct port *port, bool busy);
/* Mode (AVM_POLL_READ, AVM_POLL_WRITE) holds until it is changed. False without memory, or the handle is
** another port's. */
bool port_select(struct port *port, int handle, unsigned mode);
/* Milliseconds; negative: none. False without memory. */
bool port_set_timer(struct port *port, int64_t milliseconds);

/* ---- what the platform says ---- */

bool port_handle_ready(struct node *node, int handle, unsigned mode);   /* false: no port's */
/* Whether any handle is waited for. */
bool port_is_watching(const struct node *node);
/* The modes that are waited for at handle. */
unsigned port_watched_mode(const struct node *node, int handle);
void port_run_ready(struct port *port);
/* Forgets all of its handles. */
void port_unwatch_all(struct port *port);

/* The driver of programs and of handles that the host has open already. */
extern const struct port_driver port_program_driver;
extern const struct port_driver port_ram_file_driver;   /* "ram_file_drv" */

#endif
