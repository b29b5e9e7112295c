/* pack.c - opens packs and answers by name.
**
** Owns the list of sections and the hash index over their names, both made by pack_open in one
** pass each. Always: every section lies within the bytes, its name is terminated, and slot_count
** is at least twice count. */
#include "pack/pack.h"

#define PACK_HEADER_SIZE 24
#define SECTION_HEAD_SIZE 12
#define SECTION_MIN_SIZE 16     /* head, and a name of at most three characters */

static const char pack_header[PACK_HEADER_SIZE + 1] = "#!/usr/bin/env AtomVM\n\0\0";

static size_t pad4(size_t size)
{
    return (size + 3) & ~(size_t) 3;
}

bool pack_is_pack(const void *bytes, size_t size)
{
    return size >= PACK_HEADER_SIZE && memcmp(bytes, pack_header, PACK_HEADER_SIZE) == 0;
}

/* ---- Reading ------------------------------------------------------------------------------- */

/* Takes the name and what follows it out of the rest of a section. */
static const char *read_section_body(struct cursor *body, struct pack_section *section)
{
    const uint8_t *name = body->at;
    const uint8_t *name_end = memchr(name, 0, cursor_left(body));
    struct cursor data;

    if (name_end == NULL)
        return "a section whose name does not end";
    section->name = (const char *) name;
    section->name_size = (size_t) (name_end - name);
    if (section->name_size == 0)
        return "a section without a name";
    cursor_skip(body, pad4(section->name_size + 1));
    data = *body;
    if (section->flags & PACK_FILE && !(section->flags & PACK_BEAM))
        data = cursor_sub(body, cursor_u32(body));
    if (body->failed)
        return "a file that is longer than its section";
    section->data = data.at;
    section->size = cursor_left(&data);
    return NULL;
}

/* Reads one section. *is_end is set at the end section, which is none. */
static const char *read_section(struct cursor *cursor, struct pack_section *section, bool *is_end)
{
    struct cursor head = *cursor;
    struct cursor body;
    size_t size = cursor_u32(&head);

    section->flags = cursor_u32(&head);
    cursor_skip(&head, 4);
    *is_end = size == 0;
    if (head.failed)
        return "truncated: no end section";
    if (*is_end) {
        cursor_skip(cursor, cursor_left(cursor) < SECTION_MIN_SIZE ? cursor_left(cursor)
                                                                   : SECTION_MIN_SIZE);
        return NULL;
    }
    if (size < SECTION_MIN_SIZE || size % 4 != 0)
        return "a section of an impossible size";
    if (section->flags == 0)
        return "a section without flags";
    section->offset = cursor_offset(cursor);
    body = cursor_sub(cursor, size);
    if (body.failed)
        return "a section that ends beyond the file";
    cursor_skip(&body, SECTION_HEAD_SIZE);
    return read_section_body(&body, section);
}

/* Appends the sections to pack->sections, whose capacity is *capacity. */
static bool read_sections(struct pack *pack, size_t *capacity, struct cursor *cursor,
    struct pack_error *error)
{
    for (;;) {
        struct pack_section section;
        void *items = pack->sections;
        bool is_end;

        error->offset = cursor_offset(cursor);
        error->why = read_section(cursor, &section, &is_end);
        if (error->why != NULL)
            return false;
        if (is_end)
            return true;
        if (!vector_reserve(pack->memory, MEMORY_CODE, &items, capacity, pack->count, 1,
                sizeof section)) {
            error->why = "out of memory";
            return false;
        }
        pack->sections = items;
        pack->sections[pack->count++] = section;
    }
}

static size_t hash_name(const char *name, size_t size)
{
    uint32_t hash = 2166136261u;    /* FNV-1a */

    for (; size > 0; size--)
        hash = (hash ^ (uint8_t) *name++) * 16777619u;
    return hash;
}

/* The slot that holds the name, or the free one where it would go. */
static uint32_t *find_slot(const struct pack *pack, const char *name, size_t name_size)
{
    size_t at = hash_name(name, name_size);

    for (;; at++) {
        uint32_t *slot = &pack->slots[at & (pack->slot_count - 1)];
        const struct pack_section *section;

        if (*slot == 0)
            return slot;
        section = &pack->sections[*slot - 1];
        if (section->name_size == name_size && memcmp(section->name, name, name_size) == 0)
            return slot;
    }
}

static bool build_index(struct pack *pack)
{
    size_t slot_count = 4;
    size_t at;

    while (slot_count < pack->count * 2)
        slot_count *= 2;
    pack->slots = memory_allocate_zeroed(pack->memory, MEMORY_CODE,
        slot_count * sizeof *pack->slots);
    if (pack->slots == NULL)
        return false;
    pack->slot_count = slot_count;
    for (at = 0; at < pack->count; at++) {
        uint32_t *slot = find_slot(pack, pack->sections[at].name, pack->sections[at].name_size);

        if (*slot == 0)
            *slot = (uint32_t) at + 1;
    }
    return true;
}

/* Gives back what vector_reserve took beyond the count, so that the size follows from it. */
static bool trim_sections(struct pack *pack, size_t capacity)
{
    size_t size = pack->count * sizeof *pack->sections;
    void *trimmed = memory_resize(pack->memory, MEMORY_CODE, pack->sections,
        capacity * sizeof *pack->sections, size);

    if (trimmed == NULL && size != 0)
        return false;
    pack->sections = trimmed;
    return true;
}

bool pack_open(struct pack *pack, struct memory *memory, const void *bytes, size_t size,
    struct pack_error *error)
{
    struct cursor cursor = cursor_make(bytes, size);
    struct pack opened = { memory, NULL, 0, NULL, 0, 0 };
    size_t capacity = 0;

    error->offset = 0;
    error->why = "not a pack (no AtomVM header at its start)";
    if (!pack_is_pack(bytes, size))
        return false;
    cursor_skip(&cursor, PACK_HEADER_SIZE);
    if (!read_sections(&opened, &capacity, &cursor, error)) {
        memory_free(memory, MEMORY_CODE, opened.sections, capacity * sizeof *opened.sections);
        return false;
    }
    if (capacity != 0 && !trim_sections(&opened, capacity)) {
        memory_free(memory, MEMORY_CODE, opened.sections, capacity * sizeof *opened.sections);
        error->why = "out of memory";
        return false;
    }
    opened.size = cursor_offset(&cursor);
    if (!build_index(&opened)) {
        pack_close(&opened);
        error->why = "out of memory";
        return false;
    }
    error->why = NULL;
    *pack = opened;
    return true;
}

void pack_close(struct pack *pack)
{
    memory_free(pack->memory, MEMORY_CODE, pack->sections, pack->count * sizeof *pack->sections);
    memory_free(pack->memory, MEMORY_CODE, pack->slots, pack->slot_count * sizeof *pack->slots);
    pack->sections = NULL;
    pack->slots = NULL;
    pack->count = 0;
    pack->slot_count = 0;
}

const struct pack_section *pack_find(const struct pack *pack, const char *name, size_t name_size)
{
    uint32_t slot;

    if (pack->slot_count == 0)
        return NULL;
    slot = *find_slot(pack, name, name_size);
    return slot == 0 ? NULL : &pack->sections[slot - 1];
}

const struct pack_section *pack_find_module(const struct pack *pack, const char *module,
    size_t module_size)
{
    char name[255 * 4 + sizeof ".beam"];    /* an atom has at most 255 characters */

    if (module_size > sizeof name - sizeof ".beam")
        return NULL;
    memcpy(name, module, module_size);
    memcpy(name + module_size, ".beam", sizeof ".beam");
    return pack_find(pack, name, module_size + sizeof ".beam" - 1);
}

const struct pack_section *pack_find_start(const struct pack *pack)
{
    size_t at;

    for (at = 0; at < pack->count; at++)
        if (pack->sections[at].flags & PACK_START)
            return &pack->sections[at];
    return NULL;
}

/* ---- Writing ------------------------------------------------------------------------------- */

static void write_u32(struct byte_buffer *buffer, size_t value)
{
    uint8_t bytes[4];

    bytes[0] = (uint8_t) (value >> 24);
    bytes[1] = (uint8_t) (value >> 16);
    bytes[2] = (uint8_t) (value >> 8);
    bytes[3] = (uint8_t) value;
    byte_buffer_append(buffer, bytes, sizeof bytes);
}

static void write_padding(struct byte_buffer *buffer, size_t size)
{
    byte_buffer_append(buffer, "\0\0\0", pad4(size) - size);
}

/* Head and name of a section whose data will take data_size bytes before padding. */
static void write_section_head(struct byte_buffer *buffer, const char *name, size_t name_size,
    uint32_t flags, size_t data_size)
{
    size_t size = SECTION_HEAD_SIZE + pad4(name_size + 1);

    if (data_size > UINT32_MAX - 3 - size) {
        buffer->failed = true;
        return;
    }
    write_u32(buffer, size + pad4(data_size));
    write_u32(buffer, flags);
    write_u32(buffer, 0);
    byte_buffer_append(buffer, name, name_size);
    byte_buffer_u8(buffer, 0);
    write_padding(buffer, name_size + 1);
}

void pack_write_header(struct byte_buffer *buffer)
{
    byte_buffer_append(buffer, pack_header, PACK_HEADER_SIZE);
}

void pack_write_section(struct byte_buffer *buffer, const char *name, size_t name_size,
    uint32_t flags, const void *data, size_t size)
{
    write_section_head(buffer, name, name_size, flags, size);
    byte_buffer_append(buffer, data, size);
    write_padding(buffer, size);
}

void pack_write_file(struct byte_buffer *buffer, const char *name, size_t name_size,
    const void *data, size_t size)
{
    if (size > UINT32_MAX - 4) {
        buffer->failed = true;
        return;
    }
    write_section_head(buffer, name, name_size, PACK_FILE, size + 4);
    write_u32(buffer, size);
    byte_buffer_append(buffer, data, size);
    write_padding(buffer, size);
}

void pack_write_end(struct byte_buffer *buffer)
{
    byte_buffer_append(buffer, "\0\0\0\0\0\0\0\0\0\0\0\0end", 16);
}
