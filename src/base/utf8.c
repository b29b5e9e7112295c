/* utf8.c - owns the one decoder and encoder of UTF-8. */
#include "base/utf8.h"

bool utf8_is_valid_point(uint32_t point)
{
    return point < 0xd800 || (point > 0xdfff && point <= 0x10ffff);
}

static bool is_valid_second(uint8_t first, uint8_t second)
{
    switch (first) {
    case 0xe0:
        return second >= 0xa0 && second <= 0xbf;
    case 0xed:
        return second >= 0x80 && second <= 0x9f;
    case 0xf0:
        return second >= 0x90 && second <= 0xbf;
    case 0xf4:
        return second >= 0x80 && second <= 0x8f;
    default:
        return (second & 0xc0) == 0x80;
    }
}

int utf8_decode(const uint8_t *bytes, size_t size, uint32_t *point)
{
    uint8_t first = bytes[0];
    unsigned length, i;
    uint32_t value;

    if (first < 0x80) {
        *point = first;
        return 1;
    }
    if (first < 0xc2 || first > 0xf4)
        return 0;
    length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    value = first & (0xffu >> (length + 1));
    for (i = 1; i < length; i++) {
        if (i >= size)
            return -1;
        if (i == 1 ? !is_valid_second(first, bytes[1]) : (bytes[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (bytes[i] & 0x3f);
    }
    *point = value;
    return (int) length;
}

unsigned utf8_size(uint32_t point)
{
    return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
}

unsigned utf8_encode(uint32_t point, uint8_t *bytes)
{
    unsigned length = utf8_size(point);
    unsigned i;

    if (length == 1) {
        bytes[0] = (uint8_t) point;
        return 1;
    }
    for (i = length - 1; i > 0; i--) {
        bytes[i] = (uint8_t) (0x80 | (point & 0x3f));
        point >>= 6;
    }
    bytes[0] = (uint8_t) ((0xf00u >> length) | point);
    return length;
}

size_t utf8_count(const uint8_t *bytes, size_t size)
{
    size_t count = 0;

    while (size > 0) {
        uint32_t point;
        int used = utf8_decode(bytes, size, &point);

        if (used <= 0)
            return SIZE_MAX;
        bytes += used;
        size -= (size_t) used;
        count++;
    }
    return count;
}
