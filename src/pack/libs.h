/* pack/libs.h - the pack of libs/, compiled and embedded by the build.
**
** Never changes and needs no release. The size is 0 in a build without libs/. */
#ifndef AVM_PACK_LIBS_H
#define AVM_PACK_LIBS_H

#include <stddef.h>

extern const unsigned char pack_libs[];
extern const size_t pack_libs_size;

#endif
