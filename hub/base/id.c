#include "base/id.h"

#include <assert.h>
#include <string.h>

/* One more than the value of a hexadecimal digit in lower case; 0 for all else. */
static const uint8_t digits[256] = {
    ['0'] = 1, ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9, ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
};

static bool is_behind_hyphen(size_t byte)
{
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

bool id_parse(struct str text, uint8_t out[static ID_BYTES])
{
    if (text.len != ID_CHARS)
        return false;
    uint8_t id[ID_BYTES];
    const unsigned char *at = (const unsigned char *)text.at;
    for (size_t i = 0; i < ID_BYTES; i++, at += 2) {
        if (is_behind_hyphen(i) && *at++ != '-')
            return false;
        unsigned high = digits[at[0]];
        unsigned low = digits[at[1]];
        if (high == 0 || low == 0)
            return false;
        id[i] = (uint8_t)((high - 1) << 4 | (low - 1));
    }
    int version = id[6] >> 4;
    if ((version != 7 && version != 4) || (id[8] & 0xC0) != 0x80)
        return false;
    memcpy(out, id, ID_BYTES);
    return true;
}

struct id_text id_text(const uint8_t id[static ID_BYTES])
{
    static const char letters[] = "0123456789abcdef";
    struct id_text text = {{0}};
    char *to = text.at;
    for (size_t i = 0; i < ID_BYTES; i++) {
        if (is_behind_hyphen(i))
            *to++ = '-';
        *to++ = letters[id[i] >> 4];
        *to++ = letters[id[i] & 0x0F];
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
