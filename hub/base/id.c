#include "base/id.h"

#include <assert.h>
#include <string.h>

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_hyphen_place(size_t i)
{
    return i == 8 || i == 13 || i == 18 || i == 23;
}

bool id_parse(struct str text, uint8_t out[static ID_BYTES])
{
    if (text.len != ID_CHARS)
        return false;
    uint8_t id[ID_BYTES] = {0};
    size_t nibble = 0;
    for (size_t i = 0; i < ID_CHARS; i++) {
        if (is_hyphen_place(i)) {
            if (text.at[i] != '-')
                return false;
            continue;
        }
        int value = hex_value(text.at[i]);
        if (value < 0)
            return false;
        id[nibble / 2] = (uint8_t)(id[nibble / 2] << 4 | value);
        nibble++;
    }
    int version = id[6] >> 4;
    if ((version != 7 && version != 4) || (id[8] & 0xC0) != 0x80)
        return false;
    memcpy(out, id, ID_BYTES);
    return true;
}

struct id_text id_text(const uint8_t id[static ID_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    struct id_text text = {{0}};
    char *to = text.at;
    for (size_t i = 0; i < ID_BYTES; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *to++ = '-';
        *to++ = digits[id[i] >> 4];
        *to++ = digits[id[i] & 0x0F];
    }
    return text;
}

void id_make(int64_t ms, const uint8_t rest[static 10], uint8_t out[static ID_BYTES])
{
    assert(ms >= 0);
    for (int i = 0; i < 6; i++)
        out[i] = (uint8_t)(ms >> (40 - 8 * i));
    /* 12 bits, then 62: the version's 4 bits and the variant's 2 lie before and between. */
    out[6] = (uint8_t)(0x70 | rest[0] >> 4);
    out[7] = (uint8_t)(rest[0] << 4 | rest[1] >> 4);
    out[8] = (uint8_t)(0x80 | (rest[1] & 0x0F) << 2 | rest[2] >> 6);
    for (int i = 9; i < ID_BYTES; i++)
        out[i] = (uint8_t)(rest[i - 7] << 2 | rest[i - 6] >> 6);
}

bool ticket_id_eq(struct ticket_id a, struct ticket_id b)
{
    return memcmp(a.at, b.at, ID_BYTES) == 0;
}

bool ticket_id_is_none(struct ticket_id a)
{
    static const struct ticket_id none;
    return ticket_id_eq(a, none);
}

bool record_id_eq(struct record_id a, struct record_id b)
{
    return memcmp(a.at, b.at, ID_BYTES) == 0;
}
