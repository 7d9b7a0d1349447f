/* The writer: what needs no jansson. */
#include "base/json.h"

#include <assert.h>
#include <string.h>

/* How many bytes at s are one valid character; 0: none. */
static size_t char_bytes(struct str s)
{
    for (size_t len = 1; len <= 4 && len <= s.len; len++)
        if (str_utf8((struct str){s.at, len}, NULL))
            return len;
    return 0;
}

static void put_escaped(struct buf *to, unsigned code)
{
    if (code == '\n')
        buf_put(to, STR("\\n"));
    else if (code == '"' || code == '\\')
        buf_printf(to, "\\%c", (char)code);
    else
        buf_printf(to, "\\u%04x", code);
}

static bool is_safe_ascii(char c)
{
    return (unsigned char)c >= 0x20 && (unsigned char)c < 0x7F && c != '"' && c != '\\';
}

/* Eight at a time: a high bit for each byte that is below 0x20, above 0x7E, '"' or '\\'. */
static bool are_eight_safe(const char *at)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t word;
    memcpy(&word, at, sizeof word);
    uint64_t quote = word ^ (ones * '"');
    uint64_t slash = word ^ (ones * '\\');
    uint64_t unsafe = word | (word + ones) | (word - ones * 0x20) | (quote - ones) | (slash - ones);
    return (unsafe & (ones << 7)) == 0;
}

static size_t safe_bytes(struct str s)
{
    size_t len = 0;
    while (len + 8 <= s.len && are_eight_safe(s.at + len))
        len += 8;
    while (len < s.len && is_safe_ascii(s.at[len]))
        len++;
    return len;
}

/* Controls, C1 ones too, are escaped (a terminal may obey them); what is not UTF-8 is replaced. */
static void put_special(struct buf *to, struct str s)
{
    while (s.len > 0) {
        size_t len = safe_bytes(s);
        buf_put(to, (struct str){s.at, len});
        s = (struct str){s.at + len, s.len - len};
        if (s.len == 0)
            break;
        unsigned char c = (unsigned char)s.at[0];
        len = char_bytes(s);
        if (len == 0)
            buf_put(to, STR("\xEF\xBF\xBD"));
        else if (len == 1)
            put_escaped(to, c);
        else if (c == 0xC2 && (unsigned char)s.at[1] < 0xA0)
            put_escaped(to, (unsigned char)s.at[1]);
        else
            buf_put(to, (struct str){s.at, len});
        len = len == 0 ? 1 : len;
        s = (struct str){s.at + len, s.len - len};
    }
}

static void put_quoted(struct buf *to, struct str s)
{
    if (s.len > 0 && safe_bytes(s) == s.len) {
        char *room = buf_room(to, s.len + 2);
        room[0] = '"';
        memcpy(room + 1, s.at, s.len);
        room[s.len + 1] = '"';
        to->len += s.len + 2;
        return;
    }
    buf_put_char(to, '"');
    put_special(to, s);
    buf_put_char(to, '"');
}

/* Mostly ours; but `posko` writes claims again, whose names `x-...` are anybody's. */
static void put_key(struct json_writer *w, const char *key)
{
    if (w->comma)
        buf_put_char(w->to, ',');
    w->comma = true;
    if (key == NULL)
        return;
    put_quoted(w->to, str_of(key));
    buf_put_char(w->to, ':');
}

static void put_begin(struct json_writer *w, const char *key, char c)
{
    put_key(w, key);
    buf_put_char(w->to, c);
    w->comma = false;
}

static void put_end(struct json_writer *w, char c)
{
    buf_put_char(w->to, c);
    w->comma = true;
}

void json_begin_object(struct json_writer *w, const char *key)
{
    put_begin(w, key, '{');
}

void json_begin_array(struct json_writer *w, const char *key)
{
    put_begin(w, key, '[');
}

void json_end_object(struct json_writer *w)
{
    put_end(w, '}');
}

void json_end_array(struct json_writer *w)
{
    put_end(w, ']');
}

void json_put_text(struct json_writer *w, const char *key, struct str value)
{
    put_key(w, key);
    put_quoted(w->to, value);
}

void json_put_int(struct json_writer *w, const char *key, int64_t value)
{
    char digits[24];
    size_t at = sizeof(digits);
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do
        digits[--at] = (char)('0' + rest % 10);
    while ((rest /= 10) != 0);
    if (value < 0)
        digits[--at] = '-';
    put_key(w, key);
    buf_put(w->to, (struct str){digits + at, sizeof(digits) - at});
}

void json_put_bool(struct json_writer *w, const char *key, bool value)
{
    put_key(w, key);
    buf_put(w->to, value ? STR("true") : STR("false"));
}

void json_put_raw(struct json_writer *w, const char *key, struct str json)
{
    assert(json.len > 0);
    put_key(w, key);
    buf_put(w->to, json);
}

void json_put_list(struct json_writer *w, const char *key, struct str_list texts)
{
    json_begin_array(w, key);
    for (size_t i = 0; i < texts.count; i++)
        json_put_text(w, NULL, texts.at[i]);
    json_end_array(w);
}
