/* prim_file_path.c - natives of the module prim_file on paths. A path is a binary of the system's bytes
** that ends with 0: internal_name2native makes it of what Erlang calls a file name. */
#include "base/utf8.h"
#include "bif/bif.h"
#include "bif/points.h"
#include "bif/prim_file.h"
#include "data/list.h"
#include "data/number.h"

#define PRIM_FILE_PATH_NATIVES(X)                                                                \
    X("internal_name2native", 1, prim_file_name_to_native, NATIVE_NO_ERROR_INFO)                 \
    X("internal_native2name", 1, prim_file_native_to_name, NATIVE_NO_ERROR_INFO)                 \
    X("is_translatable", 1, prim_file_is_translatable, NATIVE_NO_ERROR_INFO)                     \
    X("read_info_nif", 2, prim_file_read_info, FILE_NATIVE)                                      \
    X("set_permissions_nif", 2, prim_file_set_permissions, FILE_NATIVE)                          \
    X("set_owner_nif", 3, prim_file_set_owner, FILE_NATIVE)                                      \
    X("set_time_nif", 4, prim_file_set_time, FILE_NATIVE)                                        \
    X("read_link_nif", 1, prim_file_read_link, FILE_NATIVE)                                      \
    X("make_hard_link_nif", 2, prim_file_make_link, FILE_NATIVE)                                 \
    X("make_soft_link_nif", 2, prim_file_make_symlink, FILE_NATIVE)                              \
    X("rename_nif", 2, prim_file_rename, FILE_NATIVE)                                            \
    X("del_file_nif", 1, prim_file_remove, FILE_NATIVE)                                          \
    X("make_dir_nif", 1, prim_file_make_directory, FILE_NATIVE)                                  \
    X("del_dir_nif", 1, prim_file_remove_directory, FILE_NATIVE)                                 \
    X("list_dir_nif", 1, prim_file_list_directory, FILE_NATIVE)                                  \
    X("get_cwd_nif", 0, prim_file_get_directory, NATIVE_NO_ERROR_INFO)                           \
    X("set_cwd_nif", 1, prim_file_set_directory, NATIVE_NO_ERROR_INFO)                           \
    X("get_device_cwd_nif", 1, prim_file_get_device_directory, NATIVE_NO_ERROR_INFO)             \
    X("altname_nif", 1, prim_file_other_name, NATIVE_NO_ERROR_INFO)                              \
    X("read_file_nif", 1, prim_file_read_file, FILE_NATIVE)
NATIVE_TABLE(bif_prim_file_path, "prim_file", NULL, PRIM_FILE_PATH_NATIVES)

/* ---- names ------------------------------------------------------------------------------------ */

/* bytes with a 0 behind. */
static term make_path(struct scheduler *s, const uint8_t *bytes, size_t size)
{
    uint8_t *to;
    term path = bits_make_binary(native_heap(s), size + 1, &to);

    if (path == TERM_NONE)
        return raise_no_memory(s);
    if (size > 0)
        memcpy(to, bytes, size);
    to[size] = 0;
    return path;
}

static term path_of_binary(struct scheduler *s, term binary)
{
    enum data_status status;
    const uint8_t *bytes;
    uint8_t *scratch;
    size_t size;
    term path;

    if (!bits_get_bytes(s->node->memory, binary, &bytes, &size, &scratch, &status))
        return raise_status(s, status);
    path = size > 0 && memchr(bytes, 0, size) != NULL ? raise_badarg(s) : make_path(s, bytes, size);
    if (scratch != NULL)
        memory_free(s->node->memory, MEMORY_OTHER, scratch, size);
    return path;
}

/* A name is a binary, taken as it is, or a list of characters, taken as UTF-8. */
static term prim_file_name_to_native(struct scheduler *s, const term *a)
{
    struct byte_buffer text;
    term result;

    if (term_is_binary(a[0]))
        return path_of_binary(s, a[0]);
    byte_buffer_init(&text, s->node->memory, MEMORY_OTHER);
    if (!points_get(&text, a[0], 0))
        result = raise_badarg(s);
    else
        result = text.failed ? raise_no_memory(s) : make_path(s, text.bytes, text.size);
    native_charge(s, text.size / 16);
    byte_buffer_deinit(&text);
    return result;
}

/* A list of characters; {error, warning} when the bytes are no UTF-8. */
static term prim_file_native_to_name(struct scheduler *s, const term *a)
{
    enum data_status status;
    const uint8_t *bytes;
    uint8_t *scratch;
    size_t size;
    term result;

    if (!bits_get_bytes(s->node->memory, a[0], &bytes, &size, &scratch, &status))
        return raise_status(s, status);
    result = utf8_count(bytes, size) != SIZE_MAX
        ? list_from_utf8(native_heap(s), bytes, size, TERM_NIL)
        : native_tuple2(s, ATOM(error), ATOM(warning));
    if (scratch != NULL)
        memory_free(s->node->memory, MEMORY_OTHER, scratch, size);
    native_charge(s, size / 16);
    return native_result(s, result);
}

static term prim_file_is_translatable(struct scheduler *s, const term *a)
{
    enum data_status status;
    const uint8_t *bytes;
    uint8_t *scratch;
    size_t size;
    bool is_good;

    if (!bits_get_bytes(s->node->memory, a[0], &bytes, &size, &scratch, &status))
        return raise_status(s, status);
    is_good = utf8_count(bytes, size) != SIZE_MAX;
    if (scratch != NULL)
        memory_free(s->node->memory, MEMORY_OTHER, scratch, size);
    return native_boolean(is_good);
}

/* ---- paths ------------------------------------------------------------------------------------ */

bool file_path_get(struct scheduler *s, term t, struct file_path *path)
{
    enum data_status status;
    const uint8_t *bytes;
    size_t at;

    if (!bits_get_bytes(s->node->memory, t, &bytes, &path->size, &path->scratch, &status))
        return false;
    path->text = (const char *) bytes;
    for (at = path->size; at > 0 && bytes[at - 1] == 0; at--)
        ;
    if (at < path->size && memchr(bytes, 0, path->size) == bytes + at)
        return true;
    file_path_release(s, path);
    return false;
}

void file_path_release(struct scheduler *s, struct file_path *path)
{
    if (path->scratch != NULL)
        memory_free(s->node->memory, MEMORY_OTHER, path->scratch, path->size);
}

/* ok or an error: what an operation on one path, or on two, gives. */
#define ON_PATH(s, t, operation, ...)                                                            \
    struct file_path path;                                                                       \
    avm_file_error error = AVM_FILE_EINVAL;                                                      \
                                                                                                 \
    if (file_path_get(s, t, &path)) {                                                            \
        error = FILE_CALL(s, operation, path.text __VA_ARGS__);                                  \
        file_path_release(s, &path);                                                             \
    }

static avm_file_error on_two_paths(struct scheduler *s, const term *a,
    avm_file_error (*operation)(void *state, const char *first, const char *second))
{
    struct file_path first, second;
    avm_file_error error = AVM_FILE_EINVAL;

    if (!file_path_get(s, a[0], &first))
        return error;
    if (file_path_get(s, a[1], &second)) {
        error = operation(s->node->platform_state, first.text, second.text);
        file_path_release(s, &second);
    }
    file_path_release(s, &first);
    return error;
}

#define TWO_PATHS(s, a, operation)                                                               \
    (FILE_HAS((s)->node, operation)                                                              \
            ? on_two_paths(s, a, file_platform((s)->node)->operation)                            \
            : AVM_FILE_UNSUPPORTED)

static term prim_file_read_info(struct scheduler *s, const term *a)
{
    avm_file_info info;

    if (!term_is_small(a[1]))
        return raise_badarg(s);
    ON_PATH(s, a[0], get_path_info, , term_small(a[1]) != 0, &info)
    return error == AVM_FILE_OK ? file_info_record(s, &info) : file_error(s, error);
}

static term prim_file_set_permissions(struct scheduler *s, const term *a)
{
    uint64_t mode;

    if (!integer_get_uint64(a[1], &mode) || mode > UINT32_MAX)
        return raise_badarg(s);
    ON_PATH(s, a[0], set_permissions, , (uint32_t) mode)
    return file_result(s, error);
}

static term prim_file_set_owner(struct scheduler *s, const term *a)
{
    int64_t owner, group;

    if (!integer_get_int64(a[1], &owner) || !integer_get_int64(a[2], &group) || owner < INT32_MIN
        || owner > INT32_MAX || group < INT32_MIN || group > INT32_MAX)
        return raise_badarg(s);
    ON_PATH(s, a[0], set_owner, , (int32_t) owner, (int32_t) group)
    return file_result(s, error);
}

/* The last argument, when the file was made, is nothing that can be set. */
static term prim_file_set_time(struct scheduler *s, const term *a)
{
    int64_t times[3];
    size_t i;

    for (i = 0; i < 3; i++) {
        if (!integer_get_int64(a[1 + i], &times[i]))
            return raise_badarg(s);
    }
    ON_PATH(s, a[0], set_times, , times[0], times[1])
    return file_result(s, error);
}

static term prim_file_make_link(struct scheduler *s, const term *a)
{
    return file_result(s, TWO_PATHS(s, a, make_link));
}

static term prim_file_make_symlink(struct scheduler *s, const term *a)
{
    return file_result(s, TWO_PATHS(s, a, make_symlink));
}

static term prim_file_rename(struct scheduler *s, const term *a)
{
    return file_result(s, TWO_PATHS(s, a, rename));
}

static term prim_file_remove(struct scheduler *s, const term *a)
{
    ON_PATH(s, a[0], remove)
    return file_result(s, error);
}

static term prim_file_make_directory(struct scheduler *s, const term *a)
{
    ON_PATH(s, a[0], make_directory)
    return file_result(s, error);
}

static term prim_file_remove_directory(struct scheduler *s, const term *a)
{
    ON_PATH(s, a[0], remove_directory)
    return file_result(s, error);
}

static term prim_file_set_directory(struct scheduler *s, const term *a)
{
    ON_PATH(s, a[0], set_directory)
    return file_result(s, error);
}

/* ---- texts that the system gives -------------------------------------------------------------- */

/* Asks for a text, with more room until it fits: of the link path, or (NULL) the directory. */
static avm_file_error ask(struct scheduler *s, const char *path, struct byte_buffer *text)
{
    size_t room = 256, count = 0;

    for (;;) {
        uint8_t *to = byte_buffer_extend(text, room);
        avm_file_error error;

        if (to == NULL)
            return AVM_FILE_ENOMEM;
        error = path != NULL ? FILE_CALL(s, read_link, path, (char *) to, room, &count)
                             : FILE_CALL(s, get_directory, (char *) to, room, &count);
        text->size = 0;
        if (error != AVM_FILE_OK)
            return error;
        if (count < room) {
            text->size = count;
            return AVM_FILE_OK;
        }
        room *= 2;
    }
}

static term ask_text(struct scheduler *s, const char *path)
{
    struct byte_buffer text;
    avm_file_error error;
    term result;

    byte_buffer_init(&text, s->node->memory, MEMORY_OTHER);
    error = ask(s, path, &text);
    result = error == AVM_FILE_OK
        ? file_ok(s, bits_make_copy(native_heap(s), text.bytes, text.size)) : file_error(s, error);
    byte_buffer_deinit(&text);
    return result;
}

static term prim_file_read_link(struct scheduler *s, const term *a)
{
    struct file_path path;
    term result;

    if (!file_path_get(s, a[0], &path))
        return file_error(s, AVM_FILE_EINVAL);
    result = ask_text(s, path.text);
    file_path_release(s, &path);
    return result;
}

static term prim_file_get_directory(struct scheduler *s, const term *a)
{
    (void) a;
    return ask_text(s, NULL);
}

/* Systems with a directory for each device, or with two names for a file, are none of ours. */
static term prim_file_get_device_directory(struct scheduler *s, const term *a)
{
    return term_is_small(a[0]) ? file_error(s, AVM_FILE_UNSUPPORTED) : raise_badarg(s);
}

static term prim_file_other_name(struct scheduler *s, const term *a)
{
    (void) a;
    return file_error(s, AVM_FILE_UNSUPPORTED);
}

/* The names behind each other in list; TERM_NONE without memory. */
static term collect_names(struct scheduler *s, void *names, avm_file_error *error)
{
    term list = TERM_NIL;
    const char *name = NULL;

    for (;;) {
        term binary;

        *error = FILE_CALL(s, next_name, names, &name);
        if (*error != AVM_FILE_OK || name == NULL)
            return list;
        binary = bits_make_copy(native_heap(s), name, strlen(name));
        list = binary != TERM_NONE ? list_make_cell(native_heap(s), binary, list) : TERM_NONE;
        if (list == TERM_NONE)
            return TERM_NONE;
        native_charge(s, 1);
    }
}

static term prim_file_list_directory(struct scheduler *s, const term *a)
{
    void *names = NULL;
    term list;
    ON_PATH(s, a[0], open_names, , &names)

    if (error != AVM_FILE_OK)
        return file_error(s, error);
    list = collect_names(s, names, &error);
    file_platform(s->node)->close_names(s->node->platform_state, names);
    return error == AVM_FILE_OK ? file_ok(s, list) : file_error(s, error);
}

/* ---- a whole file ------------------------------------------------------------------------------ */

static term prim_file_read_file(struct scheduler *s, const term *a)
{
    avm_file_info info;
    intptr_t file;
    term result;
    ON_PATH(s, a[0], open, , AVM_FILE_READ, &file)

    if (error != AVM_FILE_OK)
        return file_error(s, error);
    if (FILE_CALL(s, get_info, file, &info) != AVM_FILE_OK)
        info.size = 0;
    result = file_read_rest(s, file, info.size);
    (void) FILE_CALL(s, close, file);
    return result;
}
