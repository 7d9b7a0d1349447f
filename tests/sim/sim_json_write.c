/* Stands in for base/json_write: the same text by one reservation and one copy a member.  Names are
 * ours here and need no escape; of texts, what the simulator never writes is not written. */
#include "base/json.h"

#include <assert.h>
#include <string.h>

enum { LINE = 16, HALF = LINE / 2, NAME_CHARS_MAX = 32 };

/* A comma and the name; then there is room for `more`. */
static char *begin(struct json_writer *w, const char *key, size_t more)
{
    struct buf *to = w->to;
    size_t room = NAME_CHARS_MAX + more + 4;
    char *at = to->size - to->len < room ? buf_room(to, room) : to->at + to->len;
    if (w->comma)
        *at++ = ',';
    w->comma = true;
    if (key == NULL)
        return at;
    *at++ = '"';
    const char *name = key;
    while (*key != '\0')
        *at++ = *key++;
    assert(key - name <= NAME_CHARS_MAX); /* they are literals: one that is longer never gets far */
    *at++ = '"';
    *at++ = ':';
    return at;
}

static void end(struct json_writer *w, const char *at)
{
    w->to->len = (size_t)(at - w->to->at);
}

static void put_mark(struct json_writer *w, const char *key, char mark, bool comma)
{
    char *at = begin(w, key, 1);
    *at++ = mark;
    end(w, at);
    w->comma = comma;
}

void json_begin_object(struct json_writer *w, const char *key)
{
    put_mark(w, key, '{', false);
}

void json_begin_array(struct json_writer *w, const char *key)
{
    put_mark(w, key, '[', false);
}

void json_end_object(struct json_writer *w)
{
    w->comma = false;
    put_mark(w, NULL, '}', true);
}

void json_end_array(struct json_writer *w)
{
    w->comma = false;
    put_mark(w, NULL, ']', true);
}

/* ---- texts ---- */

typedef int8_t line __attribute__((vector_size(LINE)));

/* Not all zero when one is below 0x20, above 0x7E, '"' or '\\'. */
static line marks_of(const char *at)
{
    line l;
    memcpy(&l, at, sizeof(l));
    return (l < ' ') | (l == 0x7F) | (l == '"') | (l == '\\');
}

static line copy_line(char *to, const char *from)
{
    memcpy(to, from, LINE);
    return marks_of(from);
}

static bool is_plain_char(char c)
{
    return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
}

static bool is_none(line found)
{
    uint64_t words[2];
    memcpy(words, &found, sizeof(words));
    return (words[0] | words[1]) == 0;
}

/* Of HALF to LINE bytes. */
static line copy_halves(char *to, struct str s)
{
    char both[LINE];
    memcpy(both, s.at, HALF);
    memcpy(both + HALF, s.at + s.len - HALF, HALF);
    memcpy(to, both, HALF);
    memcpy(to + s.len - HALF, both + HALF, HALF);
    return marks_of(both);
}

/* False: something in it must be escaped, then `to` holds nothing of use. */
static bool copy_plain(char *to, struct str s)
{
    if (s.len < HALF) {
        bool plain = true;
        for (size_t i = 0; i < s.len; i++) {
            to[i] = s.at[i];
            plain = plain && is_plain_char(s.at[i]);
        }
        return plain;
    }
    if (s.len < LINE)
        return is_none(copy_halves(to, s));
    line found = copy_line(to + s.len - LINE, s.at + s.len - LINE);
    for (size_t i = 0; i + LINE <= s.len; i += LINE)
        found |= copy_line(to + i, s.at + i);
    return is_none(found);
}

static char *put_char(char *at, char c)
{
    assert(is_plain_char(c) || c == '"' || c == '\\' || c == '\n');
    if (!is_plain_char(c))
        *at++ = '\\';
    *at++ = c;
    if (c == '\n')
        at[-1] = 'n';
    return at;
}

void json_put_text(struct json_writer *w, const char *key, struct str value)
{
    char *at = begin(w, key, 2 * value.len + 2);
    *at++ = '"';
    if (copy_plain(at, value))
        at += value.len;
    else
        for (size_t i = 0; i < value.len; i++)
            at = put_char(at, value.at[i]);
    *at++ = '"';
    end(w, at);
}

void json_put_int(struct json_writer *w, const char *key, int64_t value)
{
    char digits[24];
    size_t first = sizeof(digits);
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do
        digits[--first] = (char)('0' + rest % 10);
    while ((rest /= 10) != 0);
    if (value < 0)
        digits[--first] = '-';
    char *at = begin(w, key, sizeof(digits));
    memcpy(at, digits + first, sizeof(digits) - first);
    end(w, at + sizeof(digits) - first);
}

void json_put_raw(struct json_writer *w, const char *key, struct str json)
{
    char *at = begin(w, key, json.len);
    assert(json.len > 0);
    memcpy(at, json.at, json.len);
    end(w, at + json.len);
}

void json_put_bool(struct json_writer *w, const char *key, bool value)
{
    json_put_raw(w, key, value ? STR("true") : STR("false"));
}

void json_put_list(struct json_writer *w, const char *key, struct str_list texts)
{
    json_begin_array(w, key);
    for (size_t i = 0; i < texts.count; i++)
        json_put_text(w, NULL, texts.at[i]);
    json_end_array(w);
}
