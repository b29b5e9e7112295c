/* port.h - ports whose other side the host plays: drivers written in C.
**
** A program opens one by open_port({spawn_driver, "name and more"}, Options), or {spawn, ...}; it is a
** term of its own (#Port<0.5>) that is sent to, linked, monitored, registered and closed as in OTP, and is
** linked to the process that opened it, its owner. The driver sees plain functions:
**
**     static void shout(avm_port *port, void *state, const void *data, size_t size)
**     {
**         avm_port_output(port, data, size);          the owner gets {Port, {data, Data}}
**     }
**     static const avm_driver echo = { .name = "echo", .output = shout };
**     ...
**     avm_register_driver(vm, &echo, NULL);
**
** The functions of a driver are called by the thread that runs the VM, one at a time for one VM. They get
** what start left in *state. The functions here that take an avm_port are called from within them, and
** from nowhere else; a host that learns of something elsewhere sends the port a message (avm_send, any
** thread), or wakes it by a handle that it waits for. */
#ifndef ATOMVM_PORT_H
#define ATOMVM_PORT_H

#include "atomvm/native.h"
#include "atomvm/platform.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct avm_port avm_port;

enum { AVM_DRIVER_SOFT_BUSY = 1 };      /* port_command/3 with force goes to a busy port, too */

typedef struct avm_driver {
    const char *name;                   /* the first word of what is opened */

    /* open_port/2. command is all of its text. Leaves in *state what the others get; NULL: there is
    ** nothing to start, state is the user of avm_register_driver. AVM_OK, or open_port/2 fails:
    ** AVM_BAD_ARGUMENT badarg, AVM_NOT_FOUND enoent, AVM_NO_MEMORY enomem, AVM_BUSY eagain, others eio. */
    avm_status (*start)(avm_port *port, const char *command, void *user, void **state);
    /* The last call, for each port that was started; the process that owned it may have gone. In
    ** avm_destroy, too. NULL: nothing is to be freed. */
    void (*stop)(avm_port *port, void *state);

    /* Each of these may be NULL: what it stands for is badarg to the program, or does not happen.
    **
    ** Port ! {Owner, {command, Data}} and port_command/2,3: the bytes of Data, during the call. */
    void (*output)(avm_port *port, void *state, const void *data, size_t size);
    /* port_control/3: a binary or a list of bytes in env. avm_raise_badarg(env), or 0: badarg. */
    avm_term (*control)(avm_port *port, void *state, avm_env *env, unsigned operation,
        const void *data, size_t size);
    /* erlang:port_call/3: any term for any term, both in env. 0: badarg. */
    avm_term (*call)(avm_port *port, void *state, avm_env *env, unsigned operation, avm_term argument);
    /* Port ! Message for any message that is none of OTP's. NULL: its owner gets the exit signal badsig. */
    void (*message)(avm_port *port, void *state, avm_env *env, avm_term message);
    /* A handle that avm_port_select waits for is ready: AVM_POLL_READ, AVM_POLL_WRITE. */
    void (*ready)(avm_port *port, void *state, int handle, unsigned mode);
    /* The time of avm_port_set_timer is over. */
    void (*timeout)(avm_port *port, void *state);
    /* A process that avm_port_monitor watches has ended; reason is in env. */
    void (*down)(avm_port *port, void *state, avm_env *env, const avm_monitor *monitor, avm_pid pid,
        avm_term reason);
    /* The port was closed, and nobody sees it any more: false while something is still to be written. It is
    ** asked again after each ready. Not of a port that was killed. */
    bool (*flush)(avm_port *port, void *state);
    unsigned flags;                     /* AVM_DRIVER_..., or 0 */
} avm_driver;

/* Makes a driver known to the VM. It is borrowed until avm_destroy. user: handed to start.
**   AVM_BAD_ARGUMENT  no name, or one that is registered already
**   AVM_NO_MEMORY */
AVM_API avm_status avm_register_driver(avm_vm *vm, const avm_driver *driver, void *user);

AVM_API avm_vm *avm_port_vm(avm_port *port);
/* The port itself, in any env of this VM. */
AVM_API avm_term avm_port_term(avm_port *port);
/* As a receiver of avm_send: its message function gets what is sent. Good after the port has gone. */
AVM_API avm_pid avm_port_address(avm_port *port);
AVM_API avm_pid avm_port_owner(avm_port *port);

/* Sends {Port, {data, Data}} to the owner: a binary when it was opened with binary, else a list. Like all
** that is sent here it is dropped once the port ends; without memory the port ends with enomem. */
AVM_API void avm_port_output(avm_port *port, const void *data, size_t size);
/* Sends a message of any form; env is the host's, and empty afterwards. */
AVM_API avm_status avm_port_send(avm_port *port, avm_pid to, avm_env *env, avm_term message);

/* Waits for the handle of the platform: mode AVM_POLL_READ, AVM_POLL_WRITE, both, or 0 to wait no more,
** which must be said before it is closed. It holds until it is changed. Without memory, or when another
** port has it: false. */
AVM_API bool avm_port_select(avm_port *port, int handle, unsigned mode);
/* timeout is called once after so many milliseconds; negative: not any more. False without memory. */
AVM_API bool avm_port_set_timer(avm_port *port, int64_t milliseconds);
/* Processes that send it commands sleep while it is busy, or are told false and nosuspend. */
AVM_API void avm_port_set_busy(avm_port *port, bool busy);
/* Ends the port: links and monitors are told reason, an atom by its text; "normal" and the end of what it
** reads are the same. stop follows, not before the driver's function has returned. */
AVM_API void avm_port_exit(avm_port *port, const char *reason);

/* down is called once for it; *monitor tells which. AVM_NOT_FOUND: there is no such process. */
AVM_API avm_status avm_port_monitor(avm_port *port, avm_pid pid, avm_monitor *monitor);
/* False: down was called, or there was none. */
AVM_API bool avm_port_demonitor(avm_port *port, const avm_monitor *monitor);

#ifdef __cplusplus
}
#endif
#endif
