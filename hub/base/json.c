#include "base/json.h"

#include <string.h>

enum { DEPTH_TRUSTED_MAX = 32, DIGITS_MAX = 16 };
static const int64_t JSON_INT_MAX = (INT64_C(1) << 53) - 1;

struct limits {
    size_t depth, members, items;
};

/* Reads a copy of the text, in which escapes are resolved in place: the tree's texts lie there. */
struct reader {
    struct arena *arena;
    const struct limits *limits;
    struct fault *fault;
    char *start, *at, *end;
    size_t depth;
};

static enum err wrong(const struct reader *r, const char *what)
{
    return fault_set(r->fault, ERR_BAD_JSON, "", "%s at byte %zu", what,
                     (size_t)(r->at - r->start));
}

static void skip_blanks(struct reader *r)
{
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\n' || *r->at == '\r' || *r->at == '\t'))
        r->at++;
}

/* Takes `c`, when it comes next. */
static bool take(struct reader *r, char c)
{
    if (r->at == r->end || *r->at != c)
        return false;
    r->at++;
    return true;
}

/* ---- texts ---- */

/* Four hexadecimal digits at `at`; -1: they are not. */
static int32_t read_hex(const struct reader *r, const char *at)
{
    int32_t value = 0;
    if (r->end - at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        char c = at[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

/* The character behind \u, two of them where it takes a pair; -1: none that we read. */
static int32_t read_point(struct reader *r)
{
    int32_t point = read_hex(r, r->at);
    if (point <= 0)
        return -1; /* U+0000 too */
    r->at += 4;
    if (point < 0xD800 || point > 0xDFFF)
        return point;
    if (point > 0xDBFF || r->end - r->at < 6 || r->at[0] != '\\' || r->at[1] != 'u')
        return -1;
    int32_t low = read_hex(r, r->at + 2);
    if (low < 0xDC00 || low > 0xDFFF)
        return -1;
    r->at += 6;
    return 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
}

static char *put_point(char *to, uint32_t point)
{
    if (point < 0x80) {
        *to++ = (char)point;
    } else if (point < 0x800) {
        *to++ = (char)(0xC0 | point >> 6);
        *to++ = (char)(0x80 | (point & 63));
    } else if (point < 0x10000) {
        *to++ = (char)(0xE0 | point >> 12);
        *to++ = (char)(0x80 | (point >> 6 & 63));
        *to++ = (char)(0x80 | (point & 63));
    } else {
        *to++ = (char)(0xF0 | point >> 18);
        *to++ = (char)(0x80 | (point >> 12 & 63));
        *to++ = (char)(0x80 | (point >> 6 & 63));
        *to++ = (char)(0x80 | (point & 63));
    }
    return to;
}

/* Behind a backslash; NULL: no escape that we read.  What it stands for is never longer than it. */
static char *read_escape(struct reader *r, char *to)
{
    static const char names[] = "\"\\/bfnrt";
    static const char values[] = "\"\\/\b\f\n\r\t";
    if (r->at == r->end)
        return NULL;
    char c = *r->at++;
    if (c == 'u') {
        int32_t point = read_point(r);
        return point < 0 ? NULL : put_point(to, (uint32_t)point);
    }
    const char *found = c == '\0' ? NULL : strchr(names, c);
    if (found == NULL)
        return NULL;
    *to = values[found - names];
    return to + 1;
}

/* Behind the opening quote.  A NUL takes the closing one's place. */
static enum err read_text(struct reader *r, struct str *out)
{
    char *from = r->at;
    char *to = from;
    unsigned char high = 0;
    while (r->at < r->end && *r->at != '"') {
        unsigned char c = (unsigned char)*r->at++;
        high |= c;
        if (c < 0x20)
            return wrong(r, "a control character in a text");
        if (c != '\\') {
            *to++ = (char)c;
            continue;
        }
        to = read_escape(r, to);
        if (to == NULL)
            return wrong(r, "not an escape that is understood");
    }
    if (!take(r, '"'))
        return wrong(r, "a text without end");
    struct str text = {from, (size_t)(to - from)};
    if (high >= 0x80 && !str_utf8(text, NULL))
        return wrong(r, "not UTF-8");
    *to = '\0';
    *out = text;
    return OK;
}

/* ---- values ---- */

static enum err read_number(struct reader *r, struct node *to)
{
    const char *from = r->at;
    (void)take(r, '-');
    while (r->at < r->end && *r->at >= '0' && *r->at <= '9')
        r->at++;
    struct str number = {from, (size_t)(r->at - from)};
    to->type = NODE_INT;
    if (number.len <= DIGITS_MAX + 1 &&
        str_to_int(number, -JSON_INT_MAX, JSON_INT_MAX, &to->number))
        return OK;
    return wrong(r, "not an integer within +-(2^53-1)");
}

static enum err read_word(struct reader *r, struct node *to)
{
    struct str rest = {r->at, (size_t)(r->end - r->at)};
    to->type = NODE_BOOL;
    to->truth = str_starts(rest, STR("true"));
    if (!to->truth && !str_starts(rest, STR("false")))
        return str_starts(rest, STR("null")) ? wrong(r, "a null (leave the member out)")
                                             : wrong(r, "not JSON");
    r->at += to->truth ? 4 : 5;
    return OK;
}

static enum err read_value(struct reader *r, struct node *to);

static struct node *add_node(struct reader *r, struct node *parent, struct node **last)
{
    struct node *child = ARENA_NEW(r->arena, struct node);
    if (*last == NULL)
        parent->first = child;
    else
        (*last)->next = child;
    *last = child;
    parent->count++;
    return child;
}

static enum err read_name(struct reader *r, const struct node *object, struct str *out)
{
    skip_blanks(r);
    if (!take(r, '"'))
        return wrong(r, "no name");
    enum err e = read_text(r, out);
    if (e != OK)
        return e;
    if (node_get(object, *out) != NULL)
        return wrong(r, "a name stands twice in an object");
    skip_blanks(r);
    return take(r, ':') ? OK : wrong(r, "no colon");
}

static enum err read_object(struct reader *r, struct node *to)
{
    struct node *last = NULL;
    to->type = NODE_OBJECT;
    skip_blanks(r);
    if (take(r, '}'))
        return OK;
    do {
        struct str name;
        if (to->count == r->limits->members)
            return wrong(r, "too many members in an object");
        enum err e = read_name(r, to, &name);
        if (e != OK)
            return e;
        struct node *child = add_node(r, to, &last);
        child->key = name;
        e = read_value(r, child);
        if (e != OK)
            return e;
        skip_blanks(r);
    } while (take(r, ','));
    return take(r, '}') ? OK : wrong(r, "an object without end");
}

static enum err read_array(struct reader *r, struct node *to)
{
    struct node *last = NULL;
    to->type = NODE_ARRAY;
    skip_blanks(r);
    if (take(r, ']'))
        return OK;
    do {
        if (to->count == r->limits->items)
            return wrong(r, "too many items in an array");
        enum err e = read_value(r, add_node(r, to, &last));
        if (e != OK)
            return e;
        skip_blanks(r);
    } while (take(r, ','));
    return take(r, ']') ? OK : wrong(r, "an array without end");
}

static enum err read_value(struct reader *r, struct node *to)
{
    skip_blanks(r);
    if (r->at == r->end)
        return wrong(r, "the end, where a value is due");
    char c = *r->at;
    if (c == '"') {
        r->at++;
        to->type = NODE_TEXT;
        return read_text(r, &to->text);
    }
    if (c == '-' || (c >= '0' && c <= '9'))
        return read_number(r, to);
    if (c != '{' && c != '[')
        return read_word(r, to);
    if (r->depth == r->limits->depth)
        return wrong(r, "nested too deep");
    r->at++;
    r->depth++;
    enum err e = c == '{' ? read_object(r, to) : read_array(r, to);
    r->depth--;
    return e;
}

static enum err parse(struct arena *arena, struct str text, const struct limits *limits,
                      struct fault *fault, const struct node **out)
{
    char *copy = arena_alloc(arena, text.len + 1);
    if (text.len > 0)
        memcpy(copy, text.at, text.len);
    struct reader r = {.arena = arena,
                       .limits = limits,
                       .fault = fault,
                       .start = copy,
                       .at = copy,
                       .end = copy + text.len};
    skip_blanks(&r);
    if (r.at == r.end || *r.at != '{')
        return wrong(&r, "no object on top");
    struct node *root = ARENA_NEW(arena, struct node);
    enum err e = read_value(&r, root);
    if (e != OK)
        return e;
    skip_blanks(&r);
    if (r.at != r.end)
        return wrong(&r, "something behind the end");
    *out = root;
    return OK;
}

enum err json_parse(struct arena *arena, struct str text, struct fault *fault,
                    const struct node **out)
{
    static const struct limits limits = {POSKO_DEPTH_MAX, POSKO_MEMBERS_MAX, POSKO_ITEMS_MAX};
    return parse(arena, text, &limits, fault, out);
}

enum err json_parse_trusted(struct arena *arena, struct str text, struct fault *fault,
                            const struct node **out)
{
    static const struct limits limits = {DEPTH_TRUSTED_MAX, SIZE_MAX, SIZE_MAX};
    return parse(arena, text, &limits, fault, out);
}
