/* prim_file.h - what the natives of prim_file share: the platform's files, and how their errors are
** said. */
#ifndef AVM_BIF_PRIM_FILE_H
#define AVM_BIF_PRIM_FILE_H

#include "atomvm/platform.h"
#include "proc/dirty.h"
#include "proc/native_call.h"

/* The flags of natives that wait for the system. */
#define FILE_NATIVE (NATIVE_NO_ERROR_INFO | NATIVE_DIRTY_IO)

/* The files of the node's platform: NULL, it has none. */
const avm_files *file_platform(const struct node *node);

/* platform's operation with the arguments behind the state; AVM_FILE_UNSUPPORTED without it. Others use the
** VM meanwhile, in a native that is marked NATIVE_DIRTY_IO. */
#define FILE_CALL(s, operation, ...)                                                             \
    (FILE_HAS((s)->node, operation)                                                              \
            ? (dirty_step_out(s),                                                                \
                  file_back(s, file_platform((s)->node)->operation((s)->node->platform_state,    \
                                   __VA_ARGS__)))                                                \
            : AVM_FILE_UNSUPPORTED)
static inline avm_file_error file_back(struct scheduler *s, avm_file_error error)
{
    dirty_step_in(s);
    return error;
}
#define FILE_HAS(node, operation)                                                                \
    (file_platform(node) != NULL                                                                 \
        && offsetof(avm_files, operation) < file_platform(node)->struct_size                     \
        && file_platform(node)->operation != NULL)

/* The text of a path that internal_name2native made; it ends with 0. False: it is none (no text, or a
** 0 inside); true: to be released. */
struct file_path {
    const char *text;
    uint8_t *scratch;
    size_t size;
};
bool file_path_get(struct scheduler *s, term t, struct file_path *path);
void file_path_release(struct scheduler *s, struct file_path *path);

/* {error, Name}; ok. */
term file_error(struct scheduler *s, avm_file_error error);
term file_result(struct scheduler *s, avm_file_error error);
/* {ok, value}; value TERM_NONE: system_limit. */
term file_ok(struct scheduler *s, term value);
/* The record file_info, times in seconds. */
term file_info_record(struct scheduler *s, const avm_file_info *info);
/* {ok, Binary} of what is left of a file that the platform has opened: size bytes, or as many as come
** when that is 0. */
term file_read_rest(struct scheduler *s, intptr_t file, uint64_t size);

/* Closes what the process has opened. */
bool file_end_process(struct node *node, struct process *process, term reason);

#endif
