#include "base/str.h"

#include <string.h>

int str_compare(struct str a, struct str b)
{
    size_t least = a.len < b.len ? a.len : b.len;
    int order = least == 0 ? 0 : memcmp(a.at, b.at, least);
    if (order != 0)
        return order;
    return a.len < b.len ? -1 : a.len > b.len;
}

bool str_starts(struct str s, struct str head)
{
    return s.len >= head.len && str_eq((struct str){s.at, head.len}, head);
}

size_t str_distance(struct str a, struct str b)
{
    enum { WORD_MAX = 64 };
    size_t row[WORD_MAX];
    if (a.len >= WORD_MAX || b.len >= WORD_MAX)
        return WORD_MAX;
    for (size_t j = 0; j <= b.len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t change = corner + (a.at[i - 1] != b.at[j - 1]);
            corner = row[j];
            size_t best = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;
            row[j] = change < best ? change : best;
        }
    }
    return row[b.len];
}

bool str_cut(struct str s, char mark, struct str *head, struct str *tail)
{
    const char *at = s.len == 0 ? NULL : memchr(s.at, mark, s.len);
    if (at == NULL) {
        *head = s;
        *tail = STR_NONE;
        return false;
    }
    size_t len = (size_t)(at - s.at);
    *head = (struct str){s.at, len};
    *tail = (struct str){at + 1, s.len - len - 1};
    return true;
}

bool str_to_int(struct str s, int64_t min, int64_t max, int64_t *out)
{
    bool minus = s.len > 0 && s.at[0] == '-';
    size_t i = minus;
    bool zero = s.len == i + 1 && s.at[i] == '0';
    if (i == s.len || (s.at[i] == '0' && (!zero || minus)))
        return false;
    int64_t value = 0;
    for (; i < s.len; i++) {
        if (s.at[i] < '0' || s.at[i] > '9')
            return false;
        int digit = s.at[i] - '0';
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, minus ? -digit : digit, &value))
            return false;
    }
    if (value < min || value > max)
        return false;
    *out = value;
    return true;
}

bool str_to_c(struct str s, char *out, size_t size)
{
    if (s.len >= size)
        return false;
    if (s.len > 0)
        memcpy(out, s.at, s.len);
    out[s.len] = '\0';
    return true;
}

static bool is_id_char(char c, bool first)
{
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
        return true;
    return !first && (c == '.' || c == '_' || c == ':' || c == '-');
}

bool str_is_id(struct str s)
{
    if (s.len < 1 || s.len > POSKO_ID_CHARS_MAX)
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (!is_id_char(s.at[i], i == 0))
            return false;
    return true;
}

/* Reads one code point at *i; false where RFC 3629 allows none. */
static bool utf8_next(struct str s, size_t *i, uint32_t *point)
{
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    uint8_t lead = (uint8_t)s.at[*i];
    size_t more = lead < 0x80 ? 0 : lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
    if ((lead >= 0x80 && lead < 0xC2) || lead > 0xF4 || s.len - *i <= more)
        return false;
    uint32_t value = more == 0 ? lead : lead & (0x3Fu >> more);
    for (size_t k = 1; k <= more; k++) {
        uint8_t c = (uint8_t)s.at[*i + k];
        if ((c & 0xC0) != 0x80)
            return false;
        value = value << 6 | (c & 0x3Fu);
    }
    if (value < least[more] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
        return false;
    *i += more + 1;
    *point = value;
    return true;
}

bool str_utf8(struct str s, size_t *chars)
{
    size_t count = 0;
    uint32_t point;
    for (size_t i = 0; i < s.len; count++)
        if (!utf8_next(s, &i, &point))
            return false;
    if (chars != NULL)
        *chars = count;
    return true;
}

bool str_is_plain_text(struct str s, bool line_feed)
{
    uint32_t c;
    for (size_t i = 0; i < s.len;) {
        if (!utf8_next(s, &i, &c))
            return false;
        bool control = c < 0x20 || (c >= 0x7F && c <= 0x9F);
        bool turns = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
        if ((control && !(c == '\n' && line_feed)) || turns)
            return false;
    }
    return true;
}
