/* pack/pack.h - .avm packs: sections with names, each a module or a file.
**
**   header   "#!/usr/bin/env AtomVM\n" 0 0
**   section  size flags reserved   name 0 (padding)   data (padding)      all of it: size bytes
**   ...
**   end      0 0 0 "end" 0
**
** Integers are 32-bit big-endian, everything begins at a multiple of 4. The format has neither an
** index nor a checksum: pack_open checks every size and builds the index, after which nothing here
** can fail. A pack borrows its bytes until pack_close. */
#ifndef AVM_PACK_PACK_H
#define AVM_PACK_PACK_H

#include "base/cursor.h"
#include "base/vector.h"

enum pack_flag { PACK_START = 1, PACK_BEAM = 2, PACK_FILE = 4 };

struct pack_section {
    const char *name;       /* terminated */
    size_t name_size;       /* without its NUL */
    uint32_t flags;
    const uint8_t *data;    /* PACK_FILE: the bytes of the file; else the section's, padding too */
    size_t size;
    size_t offset;          /* of the section in the pack */
};

struct pack {
    struct memory *memory;
    struct pack_section *sections;
    size_t count;
    uint32_t *slots;        /* hash index: section number + 1, 0 when free */
    size_t slot_count;      /* a power of two, or 0 */
    size_t size;            /* of the pack, up to and with its end section */
};

struct pack_error {
    const char *why;        /* a constant text */
    size_t offset;          /* where in the bytes */
};

/* Whether the bytes begin with the header of a pack. */
bool pack_is_pack(const void *bytes, size_t size);

/* Fails with *pack untouched and *error filled in. Bytes past the end section are left out. */
bool pack_open(struct pack *pack, struct memory *memory, const void *bytes, size_t size,
    struct pack_error *error);
void pack_close(struct pack *pack);

/* The first section of that name, or NULL. *borrows* until pack_close. */
const struct pack_section *pack_find(const struct pack *pack, const char *name, size_t name_size);
/* The module's section: MODULE.beam. */
const struct pack_section *pack_find_module(const struct pack *pack, const char *module,
    size_t module_size);
/* The first section with PACK_START, or NULL. */
const struct pack_section *pack_find_start(const struct pack *pack);

/* Writing: header, sections, end. A failure of the buffer shows in buffer->failed; a section that
** would pass 2^32 bytes sets it too. pack_write_section writes data as it is; pack_write_file puts
** the length in front, as PACK_FILE wants. */
void pack_write_header(struct byte_buffer *buffer);
void pack_write_section(struct byte_buffer *buffer, const char *name, size_t name_size,
    uint32_t flags, const void *data, size_t size);
void pack_write_file(struct byte_buffer *buffer, const char *name, size_t name_size,
    const void *data, size_t size);
void pack_write_end(struct byte_buffer *buffer);

#endif
