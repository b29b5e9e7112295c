/* prim_file.c - natives of the module prim_file on open files.
**
** An open file is a resource. Always: every one that is open is in the node's list; it is closed once:
** by close_nif, when the process that opened it ends, or when its last reference is gone. */
#include "bif/prim_file.h"
#include "bif/bif.h"
#include "data/number.h"
#include "data/tuple.h"

#define PRIM_FILE_NATIVES(X)                                                                     \
    X("open_nif", 2, prim_file_open, FILE_NATIVE)                                                \
    X("file_desc_to_ref_nif", 1, prim_file_adopt, NATIVE_NO_ERROR_INFO)                          \
    X("close_nif", 1, prim_file_close, NATIVE_NO_ERROR_INFO)                                     \
    X("delayed_close_nif", 1, prim_file_close, NATIVE_NO_ERROR_INFO)                             \
    X("read_nif", 2, prim_file_read, FILE_NATIVE)                                                \
    X("pread_nif", 3, prim_file_pread, FILE_NATIVE)                                              \
    X("write_nif", 2, prim_file_write, FILE_NATIVE)                                              \
    X("pwrite_nif", 3, prim_file_pwrite, FILE_NATIVE)                                            \
    X("seek_nif", 3, prim_file_seek, NATIVE_NO_ERROR_INFO)                                       \
    X("sync_nif", 2, prim_file_sync, FILE_NATIVE)                                                \
    X("truncate_nif", 1, prim_file_truncate, FILE_NATIVE)                                        \
    X("allocate_nif", 3, prim_file_allocate, FILE_NATIVE)                                        \
    X("advise_nif", 4, prim_file_advise, FILE_NATIVE)                                            \
    X("read_handle_info_nif", 1, prim_file_handle_info, FILE_NATIVE)                             \
    X("get_handle_nif", 1, prim_file_get_handle, NATIVE_NO_ERROR_INFO)                           \
    X("ipread_s32bu_p32bu_nif", 3, prim_file_ipread, FILE_NATIVE)
NATIVE_TABLE(bif_prim_file, "prim_file", NULL, PRIM_FILE_NATIVES)

#define BYTES_PER_REDUCTION 1024
#define CALL_REDUCTIONS 20              /* what a question to the system counts as */
#define WRITES_AT_ONCE 64
#define FIRST_ROOM 16384

struct open_file {
    struct resource resource;           /* first: destroy and type see it */
    struct open_file *next, **link;     /* link NULL: closed */
    struct node *node;
    intptr_t handle;
    term owner;
};

static const char file_type;

const avm_files *file_platform(const struct node *node)
{
    const struct avm_platform *platform = node->platform;

    return offsetof(struct avm_platform, files) < platform->struct_size ? platform->files : NULL;
}

/* ---- results -------------------------------------------------------------------------------- */

static const char *error_text(avm_file_error error)
{
    static const char *const texts[] = { "ok", "enotsup", "unknown",
#define X(name, text) text,
        AVM_FILE_ERROR_MAP(X)
#undef X
    };

    return (unsigned) error < AVM_COUNT_OF(texts) ? texts[error] : "unknown";
}

term file_error(struct scheduler *s, avm_file_error error)
{
    const char *text = error_text(error);
    uint32_t index;

    if (atom_put(s->node->atoms, (const uint8_t *) text, strlen(text), &index) != ATOM_OK)
        return raise_no_memory(s);
    return native_result(s, native_tuple2(s, ATOM(error), term_make_atom(index)));
}

term file_result(struct scheduler *s, avm_file_error error)
{
    native_charge(s, CALL_REDUCTIONS);
    return error == AVM_FILE_OK ? ATOM(ok) : file_error(s, error);
}

term file_ok(struct scheduler *s, term value)
{
    return native_result(s, value != TERM_NONE ? native_tuple2(s, ATOM(ok), value) : TERM_NONE);
}

static term type_atom(avm_file_type type)
{
    switch (type) {
    case AVM_FILE_IS_DEVICE: return ATOM(device);
    case AVM_FILE_IS_DIRECTORY: return ATOM(directory);
    case AVM_FILE_IS_REGULAR: return ATOM(regular);
    case AVM_FILE_IS_LINK: return ATOM(symlink);
    case AVM_FILE_IS_OTHER:
    default: return ATOM(other);
    }
}

static term access_atom(unsigned access)
{
    switch (access & (AVM_FILE_READ | AVM_FILE_WRITE)) {
    case 0: return ATOM(none);
    case AVM_FILE_READ: return ATOM(read);
    case AVM_FILE_WRITE: return ATOM(write);
    default: return ATOM(read_write);
    }
}

/* Times before 1902 are that year's beginning, and an inode has 32 bits: as OTP has them. */
term file_info_record(struct scheduler *s, const avm_file_info *info)
{
    const int64_t earliest = INT64_C(-2145916800);
    const int64_t numbers[] = {
        info->accessed > earliest ? info->accessed : earliest,
        info->modified > earliest ? info->modified : earliest,
        info->changed > earliest ? info->changed : earliest,
        info->mode, info->links, info->major_device, info->minor_device, (uint32_t) info->inode,
        info->owner, info->group
    };
    term record[4 + AVM_COUNT_OF(numbers)];
    size_t i;

    record[0] = ATOM(file_info);
    record[1] = integer_make_uint64(native_heap(s), info->size);
    record[2] = type_atom(info->type);
    record[3] = access_atom(info->access);
    for (i = 0; i < AVM_COUNT_OF(numbers); i++)
        record[4 + i] = integer_make_int64(native_heap(s), numbers[i]);
    for (i = 0; i < AVM_COUNT_OF(record); i++) {
        if (record[i] == TERM_NONE)
            return raise_no_memory(s);
    }
    return native_result(s, tuple_make(native_heap(s), record, AVM_COUNT_OF(record)));
}

/* ---- opening and closing ---------------------------------------------------------------------- */

static avm_file_error close_file(struct open_file *file)
{
    struct node *node = file->node;

    *file->link = file->next;
    if (file->next != NULL)
        file->next->link = file->link;
    file->link = NULL;
    return FILE_HAS(node, close) ? file_platform(node)->close(node->platform_state, file->handle)
                                 : AVM_FILE_OK;
}

static void destroy_file(struct resource *resource)
{
    struct open_file *file = (struct open_file *) (void *) resource;

    node_hold(file->node);
    if (file->link != NULL)
        (void) close_file(file);
    node_let_go(file->node);
    memory_free(file->node->memory, MEMORY_RESOURCE, file, sizeof *file);
}

bool file_end_process(struct node *node, struct process *process, term reason)
{
    struct open_file *file, *next;

    (void) reason;
    if ((process->flags & PROCESS_OWNS_FILES) == 0)
        return true;
    node_hold(node);
    for (file = node->files; file != NULL; file = next) {
        next = file->next;
        if (file->owner == process->pid)
            (void) close_file(file);
    }
    node_let_go(node);
    return true;
}

/* Makes room for what is to be opened, not open yet; NULL without memory. */
static struct open_file *create_file(struct scheduler *s)
{
    struct open_file *file = memory_allocate_zeroed(s->node->memory, MEMORY_RESOURCE, sizeof *file);

    if (file == NULL)
        return NULL;
    file->resource.references = 1;
    file->resource.destroy = destroy_file;
    file->resource.type = &file_type;
    file->node = s->node;
    file->owner = s->process->pid;
    return file;
}

/* {ok, Reference} when the platform has opened file->handle; takes file. */
static term opened(struct scheduler *s, struct open_file *file, avm_file_error error)
{
    struct node *node = s->node;
    term result;

    if (error == AVM_FILE_OK) {
        file->next = node->files;
        file->link = &node->files;
        if (file->next != NULL)
            file->next->link = &file->next;
        node->files = file;
        s->process->flags |= PROCESS_OWNS_FILES;
        result = file_ok(s,
            heap_make_resource(native_heap(s), &file->resource, node_next_reference(node)));
    } else {
        result = file_error(s, error);
    }
    resource_release(&file->resource);
    native_charge(s, CALL_REDUCTIONS);
    return result;
}

static unsigned modes_of(term list)
{
    unsigned modes = 0;

    for (; term_is_cons(list); list = term_tail(list)) {
        term mode = term_head(list);

        modes |= mode == ATOM(read)    ? AVM_FILE_READ
            : mode == ATOM(write)      ? AVM_FILE_WRITE
            : mode == ATOM(append)     ? AVM_FILE_APPEND
            : mode == ATOM(exclusive)  ? AVM_FILE_EXCLUSIVE
            : mode == ATOM(sync)       ? AVM_FILE_SYNC
            : mode == ATOM(directory)  ? AVM_FILE_DIRECTORY
                                       : 0;
    }
    if ((modes & (AVM_FILE_APPEND | AVM_FILE_EXCLUSIVE)) != 0)
        modes |= AVM_FILE_WRITE;
    return (modes & (AVM_FILE_READ | AVM_FILE_WRITE)) != 0 ? modes : modes | AVM_FILE_READ;
}

/* The path is what internal_name2native made. */
static term prim_file_open(struct scheduler *s, const term *a)
{
    struct file_path path;
    struct open_file *file;
    term result;

    if (!term_is_list(a[1]))
        return raise_badarg(s);
    if (!file_path_get(s, a[0], &path))
        return file_error(s, AVM_FILE_EINVAL);
    file = create_file(s);
    result = file == NULL ? raise_no_memory(s)
        : opened(s, file, FILE_CALL(s, open, path.text, modes_of(a[1]), &file->handle));
    file_path_release(s, &path);
    return result;
}

static term prim_file_adopt(struct scheduler *s, const term *a)
{
    struct open_file *file;
    int64_t number;

    if (!integer_get_int64(a[0], &number) || number < INT_MIN || number > INT_MAX)
        return raise_badarg(s);
    file = create_file(s);
    if (file == NULL)
        return raise_no_memory(s);
    return opened(s, file, FILE_CALL(s, adopt, (int) number, &file->handle));
}

/* ---- a file that is open ------------------------------------------------------------------------ */

/* The open file of t; NULL with *result set: badarg was raised, or the term says that it is closed. */
static struct open_file *file_of(struct scheduler *s, term t, term *result)
{
    struct open_file *file;

    if (!term_is_resource(t) || term_resource(t)->type != &file_type) {
        *result = raise_badarg(s);
        return NULL;
    }
    file = (struct open_file *) (void *) term_resource(t);
    if (file->link == NULL) {
        *result = file_error(s, AVM_FILE_EINVAL);
        return NULL;
    }
    return file;
}

static term prim_file_close(struct scheduler *s, const term *a)
{
    term result;
    struct open_file *file = file_of(s, a[0], &result);

    return file != NULL ? file_result(s, close_file(file)) : result;
}

/* Numbers that are 0 or more: false with *result set. */
static bool get_sizes(struct scheduler *s, const term *a, size_t count, uint64_t *sizes, term *result)
{
    size_t i;

    for (i = 0; i < count; i++) {
        if (!term_is_number(a[i])) {
            *result = raise_badarg(s);
            return false;
        }
    }
    for (i = 0; i < count; i++) {
        int64_t size;

        if (!integer_get_int64(a[i], &size) || size < 0) {
            *result = file_error(s, AVM_FILE_EINVAL);
            return false;
        }
        sizes[i] = (uint64_t) size;
    }
    return true;
}

/* ---- reading -------------------------------------------------------------------------------------- */

/* The first count bytes of read as a binary; takes read. */
static term make_read(struct scheduler *s, struct offheap_binary *read, size_t count)
{
    struct offheap_binary *fitted = read;
    term result;

    if (count < read->capacity && count > HEAP_BITS_MAX_BYTES)
        fitted = offheap_binary_resize(read, count);
    if (fitted == NULL)
        fitted = read;
    atomic_put(&fitted->used_bits, fitted->capacity * 8);
    result = bits_make_shared(native_heap(s), fitted, 0, count);
    offheap_binary_release(fitted);
    native_charge(s, CALL_REDUCTIONS + count / BYTES_PER_REDUCTION);
    return result;
}

static struct offheap_binary *make_room(struct scheduler *s, uint64_t size)
{
    return size <= SIZE_MAX / 8 ? offheap_binary_create(s->node->memory, (size_t) size) : NULL;
}

#define FROM_WHERE_IT_STANDS UINT64_MAX

/* {ok, Binary}, eof or an error. */
static term read_bytes(struct scheduler *s, struct open_file *file, uint64_t offset, uint64_t size)
{
    struct offheap_binary *room = make_room(s, size);
    avm_file_error error;
    size_t count = 0;

    if (room == NULL)
        return file_error(s, AVM_FILE_ENOMEM);
    error = offset == FROM_WHERE_IT_STANDS
        ? FILE_CALL(s, read, file->handle, room->data, (size_t) size, &count)
        : FILE_CALL(s, read_at, file->handle, offset, room->data, (size_t) size, &count);
    if (error == AVM_FILE_OK && count > 0)
        return file_ok(s, make_read(s, room, count));
    offheap_binary_release(room);
    return error == AVM_FILE_OK ? ATOM(eof) : file_error(s, error);
}

static term prim_file_read(struct scheduler *s, const term *a)
{
    term result;
    struct open_file *file = file_of(s, a[0], &result);
    uint64_t size;

    if (file == NULL || !get_sizes(s, a + 1, 1, &size, &result))
        return result;
    return read_bytes(s, file, FROM_WHERE_IT_STANDS, size);
}

static term prim_file_pread(struct scheduler *s, const term *a)
{
    term result;
    struct open_file *file = file_of(s, a[0], &result);
    uint64_t sizes[2];                  /* offset, size */

    if (file == NULL || !get_sizes(s, a + 1, 2, sizes, &result))
        return result;
    return read_bytes(s, file, sizes[0], sizes[1]);
}

/* Reads size and place of a block, both of 32 bits, then the block: {ok, {Size, Place, Bytes | eof}}. */
static term prim_file_ipread(struct scheduler *s, const term *a)
{
    term result, block, numbers[2];
    struct open_file *file = file_of(s, a[0], &result);
    uint64_t most[2];
    uint8_t head[8];
    size_t count = 0, i;
    uint32_t said[2] = { 0, 0 };
    avm_file_error error;

    if (file == NULL || !get_sizes(s, a + 1, 2, most, &result))
        return result;
    if (most[1] >= UINT32_C(1) << 31)
        return file_error(s, AVM_FILE_EINVAL);
    error = FILE_CALL(s, read_at, file->handle, most[0], head, sizeof head, &count);
    if (error != AVM_FILE_OK)
        return file_error(s, error);
    for (i = 0; i < sizeof head; i++)
        said[i / 4] = said[i / 4] << 8 | head[i];
    if (count < sizeof head || said[0] > most[1])
        return ATOM(eof);
    block = read_bytes(s, file, said[1], said[0]);
    if (block == TERM_NONE)
        return TERM_NONE;
    if (term_is_tuple(block)) {
        if (term_tuple_element(block, 0) == ATOM(error))
            return block;
        block = term_tuple_element(block, 1);
    }
    numbers[0] = integer_make_uint64(native_heap(s), said[0]);
    numbers[1] = integer_make_uint64(native_heap(s), said[1]);
    if (numbers[0] == TERM_NONE || numbers[1] == TERM_NONE)
        return raise_no_memory(s);
    return file_ok(s, native_tuple3(s, numbers[0], numbers[1], block));
}

/* Room for more, twice as much; NULL, with the old one freed, without memory. */
static struct offheap_binary *grow(struct offheap_binary *room)
{
    struct offheap_binary *grown = room->capacity <= SIZE_MAX / 16
        ? offheap_binary_resize(room, room->capacity * 2) : NULL;

    if (grown == NULL)
        offheap_binary_release(room);
    return grown;
}

term file_read_rest(struct scheduler *s, intptr_t file, uint64_t size)
{
    struct offheap_binary *room = make_room(s, size != 0 ? size : FIRST_ROOM);
    size_t count = 0, got;

    while (room != NULL) {
        size_t wanted = room->capacity - count;
        avm_file_error error = FILE_CALL(s, read, file, room->data + count, wanted, &got);

        if (error != AVM_FILE_OK) {
            offheap_binary_release(room);
            return file_error(s, error);
        }
        count += got;
        if (got < wanted || count == size)
            return file_ok(s, make_read(s, room, count));
        room = grow(room);
    }
    return file_error(s, AVM_FILE_ENOMEM);
}

/* ---- writing ------------------------------------------------------------------------------------- */

/* Writes one binary; *offset moves, unless it says FROM_WHERE_IT_STANDS. */
static avm_file_error write_binary(struct scheduler *s, struct open_file *file, term binary,
    uint64_t *offset)
{
    enum data_status status;
    const uint8_t *bytes;
    uint8_t *scratch;
    size_t size;
    avm_file_error error;

    if (!bits_get_bytes(s->node->memory, binary, &bytes, &size, &scratch, &status))
        return status == DATA_NO_MEMORY ? AVM_FILE_ENOMEM : AVM_FILE_EINVAL;
    if (*offset == FROM_WHERE_IT_STANDS) {
        error = FILE_CALL(s, write, file->handle, bytes, size);
    } else {
        error = FILE_CALL(s, write_at, file->handle, *offset, bytes, size);
        *offset += size;
    }
    if (scratch != NULL)
        memory_free(s->node->memory, MEMORY_OTHER, scratch, size);
    native_charge(s, CALL_REDUCTIONS + size / BYTES_PER_REDUCTION);
    return error;
}

static bool are_binaries(term list)
{
    unsigned left;

    for (left = WRITES_AT_ONCE; left > 0 && term_is_cons(list); left--) {
        if (!term_is_binary(term_head(list)))
            return false;
        list = term_tail(list);
    }
    return term_is_list(list);
}

/* Writes the first binaries of *list, which moves on. */
static avm_file_error write_list(struct scheduler *s, struct open_file *file, term *list,
    uint64_t *offset)
{
    avm_file_error error = AVM_FILE_OK;
    unsigned left;

    for (left = WRITES_AT_ONCE; left > 0 && term_is_cons(*list) && error == AVM_FILE_OK; left--) {
        error = write_binary(s, file, term_head(*list), offset);
        *list = term_tail(*list);
        if (native_budget_spent(s))
            break;
    }
    return error;
}

/* ok, {continue, Rest} or an error. */
static term prim_file_write(struct scheduler *s, const term *a)
{
    term result, list = a[1];
    struct open_file *file = file_of(s, a[0], &result);
    uint64_t offset = FROM_WHERE_IT_STANDS;
    avm_file_error error;

    if (file == NULL)
        return result;
    if (!are_binaries(list))
        return raise_badarg(s);
    error = write_list(s, file, &list, &offset);
    if (error != AVM_FILE_OK || list == TERM_NIL)
        return file_result(s, error);
    return native_result(s, native_tuple2(s, ATOM(continue), list));
}

/* ok, {continue, BytesWritten, Rest} or an error. */
static term prim_file_pwrite(struct scheduler *s, const term *a)
{
    term result, list = a[2], written;
    struct open_file *file = file_of(s, a[0], &result);
    uint64_t start, offset;
    avm_file_error error;

    if (file == NULL)
        return result;
    if (!are_binaries(list))
        return raise_badarg(s);
    if (!get_sizes(s, a + 1, 1, &start, &result))
        return result;
    offset = start;
    error = write_list(s, file, &list, &offset);
    if (error != AVM_FILE_OK || list == TERM_NIL)
        return file_result(s, error);
    written = integer_make_uint64(native_heap(s), offset - start);
    return native_result(s,
        written != TERM_NONE ? native_tuple3(s, ATOM(continue), written, list) : TERM_NONE);
}

/* ---- the rest --------------------------------------------------------------------------------------- */

static term prim_file_seek(struct scheduler *s, const term *a)
{
    term result;
    struct open_file *file = file_of(s, a[0], &result);
    avm_file_place from = a[1] == ATOM(bof) ? AVM_FILE_FROM_START
        : a[1] == ATOM(cur)                 ? AVM_FILE_FROM_HERE
                                            : AVM_FILE_FROM_END;
    avm_file_error error;
    uint64_t position = 0;
    int64_t offset;

    if (file == NULL)
        return result;
    if (!integer_get_int64(a[2], &offset)
        || (a[1] != ATOM(bof) && a[1] != ATOM(cur) && a[1] != ATOM(eof)))
        return raise_badarg(s);
    error = FILE_CALL(s, seek, file->handle, from, offset, &position);
    native_charge(s, CALL_REDUCTIONS);
    return error != AVM_FILE_OK ? file_error(s, error)
                                : file_ok(s, integer_make_uint64(native_heap(s), position));
}

static term prim_file_sync(struct scheduler *s, const term *a)
{
    term result;
    struct open_file *file = file_of(s, a[0], &result);

    if (file == NULL)
        return result;
    return term_is_small(a[1])
        ? file_result(s, FILE_CALL(s, sync, file->handle, term_small(a[1]) != 0)) : raise_badarg(s);
}

static term prim_file_truncate(struct scheduler *s, const term *a)
{
    term result;
    struct open_file *file = file_of(s, a[0], &result);

    return file != NULL ? file_result(s, FILE_CALL(s, truncate, file->handle)) : result;
}

static term prim_file_allocate(struct scheduler *s, const term *a)
{
    term result;
    struct open_file *file = file_of(s, a[0], &result);
    uint64_t range[2];

    if (file == NULL || !get_sizes(s, a + 1, 2, range, &result))
        return result;
    return file_result(s, FILE_CALL(s, allocate, file->handle, range[0], range[1]));
}

static bool get_advice(term t, avm_file_advice *advice)
{
    const term names[] = { ATOM(normal), ATOM(random), ATOM(sequential), ATOM(will_need),
        ATOM(dont_need), ATOM(no_reuse) };
    size_t i;

    for (i = 0; i < AVM_COUNT_OF(names); i++) {
        if (names[i] == t) {
            *advice = (avm_file_advice) i;
            return true;
        }
    }
    return false;
}

static term prim_file_advise(struct scheduler *s, const term *a)
{
    term result;
    struct open_file *file = file_of(s, a[0], &result);
    avm_file_advice advice;
    uint64_t range[2];

    if (file == NULL || !get_sizes(s, a + 1, 2, range, &result))
        return result;
    if (!get_advice(a[3], &advice))
        return file_error(s, AVM_FILE_EINVAL);
    return file_result(s, FILE_CALL(s, advise, file->handle, range[0], range[1], advice));
}

static term prim_file_handle_info(struct scheduler *s, const term *a)
{
    term result;
    struct open_file *file = file_of(s, a[0], &result);
    avm_file_error error;
    avm_file_info info;

    if (file == NULL)
        return result;
    error = FILE_CALL(s, get_info, file->handle, &info);
    native_charge(s, CALL_REDUCTIONS);
    return error == AVM_FILE_OK ? file_info_record(s, &info) : file_error(s, error);
}

/* The number that the host knows the file by, as bytes. */
static term prim_file_get_handle(struct scheduler *s, const term *a)
{
    term result;
    struct open_file *file = file_of(s, a[0], &result);
    avm_file_error error;
    int number = -1;

    if (file == NULL)
        return result;
    error = FILE_CALL(s, get_number, file->handle, &number);
    return error == AVM_FILE_OK
        ? native_result(s, bits_make_copy(native_heap(s), &number, sizeof number))
        : file_error(s, error);
}
