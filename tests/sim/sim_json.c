/* Stands in for base/json's parser: the same tree, quicker.  What the simulator reads was written
 * by base/json_write; what anybody may send is fuzzed, and read by the real one in all other
 * tests. */
#include "base/json.h"

#include <string.h>

struct parse {
    struct arena *arena;
    const char *at, *end;
};

static bool read_value(struct parse *p, struct node *to);

static bool skip(struct parse *p, char c)
{
    if (p->at == p->end || *p->at != c)
        return false;
    p->at++;
    return true;
}

static bool read_word(struct parse *p, struct str word)
{
    if ((size_t)(p->end - p->at) < word.len || memcmp(p->at, word.at, word.len) != 0)
        return false;
    p->at += word.len;
    return true;
}

/* Of what base/json_write escapes. */
static bool read_escaped(struct parse *p, char *to, size_t *len)
{
    static const char marks[] = "n\"\\";
    static const char means[] = "\n\"\\";
    if (p->at == p->end || *p->at == '\0')
        return false;
    const char *mark = strchr(marks, *p->at++);
    if (!mark)
        return false;
    to[(*len)++] = means[mark - marks];
    return true;
}

static bool read_text(struct parse *p, struct str *out)
{
    if (!skip(p, '"'))
        return false;
    const char *close = p->at;
    while (close < p->end && *close != '"')
        close += *close == '\\' ? 2 : 1;
    if (close >= p->end)
        return false;
    char *to = arena_alloc(p->arena, (size_t)(close - p->at) + 1);
    size_t len = 0;
    while (p->at < close) {
        char c = *p->at++;
        if (c != '\\')
            to[len++] = c;
        else if (!read_escaped(p, to, &len))
            return false;
    }
    p->at = close + 1;
    *out = (struct str){to, len};
    return true;
}

static bool read_number(struct parse *p, struct node *to)
{
    bool minus = skip(p, '-');
    const char *from = p->at;
    to->type = NODE_INT;
    while (p->at < p->end && *p->at >= '0' && *p->at <= '9')
        to->number = 10 * to->number + (*p->at++ - '0');
    if (minus)
        to->number = -to->number;
    return p->at > from && p->at - from < 17;
}

static bool read_children(struct parse *p, struct node *to, char close)
{
    const struct node **next = &to->first;
    if (skip(p, close))
        return true;
    do {
        struct node *child = ARENA_NEW(p->arena, struct node);
        if (to->type == NODE_OBJECT && (!read_text(p, &child->key) || !skip(p, ':')))
            return false;
        if (!read_value(p, child))
            return false;
        *next = child;
        next = &child->next;
        to->count++;
    } while (skip(p, ','));
    return skip(p, close);
}

static bool read_value(struct parse *p, struct node *to)
{
    if (p->at == p->end)
        return false;
    switch (*p->at) {
    case '{':
        to->type = NODE_OBJECT;
        p->at++;
        return read_children(p, to, '}');
    case '[':
        to->type = NODE_ARRAY;
        p->at++;
        return read_children(p, to, ']');
    case '"':
        to->type = NODE_TEXT;
        return read_text(p, &to->text);
    case 't':
    case 'f':
        to->type = NODE_BOOL;
        to->truth = *p->at == 't';
        return read_word(p, to->truth ? STR("true") : STR("false"));
    default:
        return read_number(p, to);
    }
}

enum err json_parse_trusted(struct arena *arena, struct str text, struct fault *fault,
                            const struct node **out)
{
    struct parse p = {arena, text.at, text.at + text.len};
    struct node *root = ARENA_NEW(arena, struct node);
    if (!read_value(&p, root) || p.at != p.end || root->type != NODE_OBJECT)
        return fault_set(fault, ERR_BAD_JSON, "", "not JSON");
    *out = root;
    return OK;
}

enum err json_parse(struct arena *arena, struct str text, struct fault *fault,
                    const struct node **out)
{
    return json_parse_trusted(arena, text, fault, out);
}
