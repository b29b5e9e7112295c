/* utf8.h - UTF-8 by the letter of RFC 3629: no surrogates, no overlong forms, at most U+10FFFF. */
#ifndef AVM_BASE_UTF8_H
#define AVM_BASE_UTF8_H

#include "base/compiler.h"

/* Bytes used by the code point at bytes (1..4), stored in *point; 0 when the bytes are not valid;
** -1 when they are a valid beginning that ends too soon. size > 0. */
int utf8_decode(const uint8_t *bytes, size_t size, uint32_t *point);
/* Writes point (a valid one) to bytes, which has room for 4; returns how many it took. */
unsigned utf8_encode(uint32_t point, uint8_t *bytes);
unsigned utf8_size(uint32_t point);
bool utf8_is_valid_point(uint32_t point);
/* Number of code points in size bytes, or SIZE_MAX when they are not valid UTF-8. */
size_t utf8_count(const uint8_t *bytes, size_t size);

#endif
