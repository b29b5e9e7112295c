/* log.h - what the machine itself reports: log events sent to the system logger, in the form that OTP's
** emulator sends them: {log, Level, Format, Arguments, Metadata}. Without memory, or a logger, nothing
** is said. */
#ifndef AVM_PROC_LOG_H
#define AVM_PROC_LOG_H

#include "proc/node.h"
#include "proc/scheduler.h"

/* Sends an event about process; arguments: a list on any heap (copied). level: atom. */
void log_event(struct node *node, struct process *process, term level, const char *format,
    term arguments);
/* A process ended by an error that nothing caught: "Error in process ~p with exit value:~n~p~n". */
void log_process_error(struct node *node, struct process *process, term reason);
/* The heap of process would take words words, more than its max_heap_size. */
void log_heap_limit(struct scheduler *s, struct process *process, size_t words);

#endif
