#include "base/json.h"

#include <jansson.h>

#include <assert.h>
#include <string.h>

enum {
    DEPTH_TRUSTED_MAX = 32,
    PLAIN_BYTES_MIN = 6,
    PLAIN_MARK = 0x7F,
    PLAIN_FIRST = '#', /* from here to '[' there is neither a quote nor a backslash */
    PLAIN_TEXTS_MAX = '[' - PLAIN_FIRST + 1
};
static_assert(PLAIN_BYTES_MIN >= 2, "a mark and its character fit where a text stood: shorten()");
static const int64_t JSON_INT_MAX = (INT64_C(1) << 53) - 1;

struct limits {
    size_t depth, members, items;
};

/* ---- reading ---- */
static enum err fault_json(struct fault *fault, const char *what, size_t at)
{
    return fault_set(fault, ERR_BAD_JSON, "", "%s at byte %zu", what, at);
}

/* The number at i: what the grammar allows beyond our integers is refused before jansson sees it.
 */
static const char *scan_number(struct str text, size_t *i)
{
    size_t from = *i;
    while (*i < text.len && strchr("+-.0123456789eE", text.at[*i]) != NULL && text.at[*i] != '\0')
        (*i)++;
    struct str number = {text.at + from, *i - from};
    int64_t value;
    if (str_to_int(number, -JSON_INT_MAX, JSON_INT_MAX, &value))
        return NULL;
    return "not an integer within +-(2^53-1)";
}

/* Behind the closing quote of the text that opens at i. */
static size_t scan_text(struct str text, size_t i)
{
    for (i++; i < text.len && text.at[i] != '"'; i++)
        if (text.at[i] == '\\')
            i++;
    return i + 1;
}

/* Depth and numbers: what jansson would read but the protocol does not allow.  It would also lose
 * a NUL behind a number. */
static enum err scan(struct str text, size_t depth_max, struct fault *fault)
{
    size_t depth = 0;
    const char *nul = text.len > 0 ? memchr(text.at, '\0', text.len) : NULL;
    if (nul != NULL)
        return fault_json(fault, "a NUL character", (size_t)(nul - text.at));
    for (size_t i = 0; i < text.len;) {
        char c = text.at[i];
        if (c == '"') {
            i = scan_text(text, i);
            continue;
        }
        if (c == '-' || (c >= '0' && c <= '9')) {
            size_t from = i;
            const char *wrong = scan_number(text, &i);
            if (wrong != NULL)
                return fault_json(fault, wrong, from);
            continue;
        }
        if ((c == '{' || c == '[') && ++depth > depth_max)
            return fault_json(fault, "nested too deep", i);
        if ((c == '}' || c == ']') && depth > 0)
            depth--;
        i++;
    }
    return OK;
}

/* ---- plain texts go round jansson ---- */

/* A text of plain ASCII is the same in JSON as in memory, and jansson takes it byte by byte, some
 * 100 instructions each: it is given a mark and a character instead, and the tree gets the text.
 * Most of a frame is one JWS; a row is a third texts. */
struct plain {
    struct str at[PLAIN_TEXTS_MAX];
    size_t count;
};

static bool is_plain(struct str s)
{
    unsigned wrong = 0;
    for (size_t i = 0; i < s.len; i++)
        wrong |=
            (unsigned char)s.at[i] < ' ' || (unsigned char)s.at[i] >= PLAIN_MARK || s.at[i] == '\\';
    return s.len >= PLAIN_BYTES_MIN && !wrong;
}

/* Names must stay: jansson looks for those that stand twice. */
static bool is_name(struct str rest)
{
    size_t i = 0;
    while (i < rest.len && (rest.at[i] == ' ' || (rest.at[i] >= '\t' && rest.at[i] <= '\r')))
        i++; /* more than JSON's blanks: jansson sees whatever stands there */
    return i < rest.len && rest.at[i] == ':';
}

/* What jansson reads instead of `text`, which is well scanned. */
static struct str shorten(struct arena *arena, struct str text, struct plain *plain)
{
    plain->count = 0;
    if (text.len < PLAIN_BYTES_MIN || memchr(text.at, PLAIN_MARK, text.len) != NULL ||
        (memchr(text.at, '\\', text.len) != NULL &&
         memmem(text.at, text.len, "\\u", 2) != NULL)) /* it could say the mark */
        return text;
    char *out = arena_alloc(arena, text.len);
    size_t len = 0;
    size_t from = 0;
    const char *quote;
    for (size_t i = 0; (quote = memchr(text.at + i, '"', text.len - i)) != NULL;) {
        size_t begin = (size_t)(quote - text.at);
        i = scan_text(text, begin);
        if (i > text.len)
            break; /* it never ends: jansson's to say */
        struct str inside = {text.at + begin + 1, i - begin - 2};
        if (plain->count == PLAIN_TEXTS_MAX || !is_plain(inside) ||
            is_name((struct str){text.at + i, text.len - i}))
            continue;
        memcpy(out + len, text.at + from, begin + 1 - from);
        len += begin + 1 - from;
        out[len++] = PLAIN_MARK;
        out[len++] = (char)(PLAIN_FIRST + plain->count);
        plain->at[plain->count++] = inside;
        from = i - 1; /* its closing quote */
    }
    memcpy(out + len, text.at + from, text.len - from);
    return (struct str){out, len + text.len - from};
}

static struct str lengthen(const struct plain *plain, struct str text)
{
    if (plain->count == 0 || text.len != 2 || text.at[0] != PLAIN_MARK)
        return text;
    return plain->at[text.at[1] - PLAIN_FIRST];
}

/* ---- the tree ---- */

struct reading {
    struct arena *arena;
    const struct limits *limits;
    struct fault *fault;
    struct plain plain;
};

static enum err convert(struct reading *r, json_t *from, struct node *to);

static struct node *node_add(struct arena *arena, struct node *parent, struct node **last)
{
    struct node *child = ARENA_NEW(arena, struct node);
    if (*last == NULL)
        parent->first = child;
    else
        (*last)->next = child;
    *last = child;
    parent->count++;
    return child;
}

static enum err convert_object(struct reading *r, json_t *from, struct node *to)
{
    to->type = NODE_OBJECT;
    if (json_object_size(from) > r->limits->members)
        return fault_set(r->fault, ERR_BAD_JSON, "", "an object has more than %zu members",
                         r->limits->members);
    struct node *last = NULL;
    const char *key;
    json_t *value;
    json_object_foreach(from, key, value)
    {
        struct node *child = node_add(r->arena, to, &last);
        child->key = arena_dup(r->arena, str_of(key));
        enum err e = convert(r, value, child);
        if (e != OK)
            return e;
    }
    return OK;
}

static enum err convert_array(struct reading *r, json_t *from, struct node *to)
{
    to->type = NODE_ARRAY;
    if (json_array_size(from) > r->limits->items)
        return fault_set(r->fault, ERR_BAD_JSON, "", "an array has more than %zu items",
                         r->limits->items);
    struct node *last = NULL;
    size_t i;
    json_t *value;
    json_array_foreach(from, i, value)
    {
        enum err e = convert(r, value, node_add(r->arena, to, &last));
        if (e != OK)
            return e;
    }
    return OK;
}

static enum err convert(struct reading *r, json_t *from, struct node *to)
{
    struct str text;
    switch (json_typeof(from)) {
    case JSON_OBJECT:
        return convert_object(r, from, to);
    case JSON_ARRAY:
        return convert_array(r, from, to);
    case JSON_STRING:
        to->type = NODE_TEXT;
        text = (struct str){json_string_value(from), json_string_length(from)};
        to->text = arena_dup(r->arena, lengthen(&r->plain, text));
        return OK;
    case JSON_INTEGER:
        to->type = NODE_INT;
        to->number = json_integer_value(from);
        return OK;
    case JSON_TRUE:
    case JSON_FALSE:
        to->type = NODE_BOOL;
        to->truth = json_is_true(from);
        return OK;
    case JSON_REAL:
        return fault_set(r->fault, ERR_BAD_JSON, "", "a number is not an integer");
    case JSON_NULL:
        return fault_set(r->fault, ERR_BAD_JSON, "", "null stands nowhere; leave the member out");
    }
    return fault_set(r->fault, ERR_BAD_JSON, "", NULL);
}

/* jansson's own text quotes the input, which may be anything. */
static enum err fault_jansson(struct fault *fault, const json_error_t *error)
{
    size_t at = error->position < 0 ? 0 : (size_t)error->position;
    enum json_error_code code = json_error_code(error);
    if (code == json_error_duplicate_key)
        return fault_json(fault, "a name stands twice in an object", at);
    if (code == json_error_invalid_utf8)
        return fault_json(fault, "not UTF-8", at);
    if (code == json_error_null_character || code == json_error_null_byte_in_key)
        return fault_json(fault, "a NUL character", at);
    return fault_json(fault, "not JSON", at);
}

static json_t *load(struct str text, json_error_t *error)
{
    return json_loadb(text.at == NULL ? "" : text.at, text.len, JSON_REJECT_DUPLICATES, error);
}

static enum err parse(struct arena *arena, struct str text, const struct limits *limits,
                      struct fault *fault, const struct node **out)
{
    struct reading r = {.arena = arena, .limits = limits, .fault = fault};
    enum err e = scan(text, limits->depth, fault);
    if (e != OK)
        return e;
    json_error_t error;
    json_t *root = load(shorten(arena, text, &r.plain), &error);
    if (root == NULL && r.plain.count > 0) { /* what is wrong, and where, is asked of the text */
        r.plain.count = 0;
        root = load(text, &error);
    }
    if (root == NULL)
        return fault_jansson(fault, &error);
    struct node *node = ARENA_NEW(arena, struct node);
    e = json_is_object(root) ? convert(&r, root, node)
                             : fault_set(fault, ERR_BAD_JSON, "", "the top must be an object");
    json_decref(root);
    if (e == OK)
        *out = node;
    return e;
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
