/* atomvm_code_path.c - the folders that modules are found in, as libs/atomvm_code.erl asks for them and
** sets them. */
#include "bif/bif.h"
#include "bif/points.h"
#include "bif/prim_file.h"
#include "data/list.h"

#define ATOMVM_CODE_PATH_NATIVES(X)                                                              \
    X("code_path", 0, code_path_get, 0)                                                          \
    X("set_code_path", 1, code_path_set, 0)
NATIVE_TABLE(bif_atomvm_code_path, "atomvm", NULL, ATOMVM_CODE_PATH_NATIVES)

struct folders {
    struct heap *heap;
    term list;                  /* the last one first; TERM_NONE without memory */
};

static void add_folder(void *to, const char *folder)
{
    struct folders *folders = to;
    const uint8_t *text = (const uint8_t *) folder;
    term name = list_from_utf8(folders->heap, text, strlen(folder), TERM_NIL);

    if (name == TERM_NONE)
        name = list_from_bytes(folders->heap, text, strlen(folder), TERM_NIL);
    if (folders->list != TERM_NONE && name != TERM_NONE)
        folders->list = list_make_cell(folders->heap, name, folders->list);
    else
        folders->list = TERM_NONE;
}

/* atomvm:code_path() -> [string()]: the host's folders. */
static term code_path_get(struct scheduler *s, const term *a)
{
    struct folders folders = { native_heap(s), TERM_NIL };

    (void) a;
    if (s->node->list_folders != NULL)
        s->node->list_folders(s->node->list_folders_user, add_folder, &folders);
    if (folders.list == TERM_NONE)
        return raise_no_memory(s);
    return native_result(s, list_reverse_onto(native_heap(s), folders.list, TERM_NIL));
}

static void put_path(struct node *node, char *folders, size_t size)
{
    if (node->code_path != NULL)
        memory_free(node->memory, MEMORY_OTHER, node->code_path, node->code_path_size);
    node->code_path = folders;
    node->code_path_size = size;
}

/* atomvm:set_code_path([string()]) -> ok: modules are looked for there from now on, before the host is
** asked. On a platform without files nothing is. */
static term code_path_set(struct scheduler *s, const term *a)
{
    struct byte_buffer text;
    char *folders = NULL;
    term list;

    if (file_platform(s->node) == NULL)
        return ATOM(ok);
    byte_buffer_init(&text, s->node->memory, MEMORY_OTHER);
    for (list = a[0]; term_is_cons(list); list = term_tail(list)) {
        if (!points_get(&text, term_head(list), 0)) {
            byte_buffer_deinit(&text);
            return raise_badarg(s);
        }
        byte_buffer_u8(&text, 0);
    }
    if (!text.failed && text.size > 0)
        folders = memory_allocate(s->node->memory, MEMORY_OTHER, text.size);
    if (folders != NULL) {
        memcpy(folders, text.bytes, text.size);
        put_path(s->node, folders, text.size);
    } else if (!text.failed && text.size == 0) {
        put_path(s->node, NULL, 0);
    }
    byte_buffer_deinit(&text);
    return folders != NULL || text.size == 0 ? ATOM(ok) : raise_no_memory(s);
}
