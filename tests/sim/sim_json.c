/* Stands in for base/json's parser: the same tree, quicker, of one copy of the text.  What the
 * simulator reads was written by base/json_write; what anybody may send is fuzzed, and read by the
 * real one in all other tests. */
#include "base/json.h"

#include <string.h>

struct parse {
    struct arena *arena;
    char *at, *end; /* WORD bytes of nothing follow */
    struct node *spare;
    size_t spare_count;
};
enum { WORD = sizeof(uint64_t), SPARE_NODES = 16 };

static bool read_value(struct parse *p, struct node *to);

static struct node *new_node(struct parse *p)
{
    if (p->spare_count == 0) {
        p->spare = ARENA_ARRAY(p->arena, struct node, SPARE_NODES);
        p->spare_count = SPARE_NODES;
    }
    p->spare_count--;
    return p->spare++;
}

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

/* A high bit in each byte that is `c`, exact up to the lowest. */
static uint64_t bytes_that_are(uint64_t word, char c)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t zero = word ^ (ones * (unsigned char)c);
    return (zero - ones) & ~zero & (ones << 7);
}

/* The next quote or backslash, or the end. */
static char *find_mark(const struct parse *p)
{
    for (char *at = p->at; at < p->end; at += WORD) {
        uint64_t word;
        memcpy(&word, at, WORD);
        uint64_t found = bytes_that_are(word, '"') | bytes_that_are(word, '\\');
        if (found)
            return at + __builtin_ctzll(found) / 8;
    }
    return p->end;
}

/* Of what base/json_write escapes. */
static bool read_escaped(struct parse *p, char *to)
{
    static const char marks[] = "n\"\\";
    static const char means[] = "\n\"\\";
    if (p->at >= p->end || *p->at == '\0')
        return false;
    const char *mark = strchr(marks, *p->at++);
    if (!mark)
        return false;
    *to = means[mark - marks];
    return true;
}

/* In place: an escape is longer than what it means. */
static bool read_text(struct parse *p, struct str *out)
{
    if (!skip(p, '"'))
        return false;
    char *from = p->at;
    char *to = p->at;
    for (;;) {
        char *mark = find_mark(p);
        if (mark >= p->end)
            return false;
        if (to != p->at)
            memmove(to, p->at, (size_t)(mark - p->at));
        to += mark - p->at;
        p->at = mark + 1;
        if (*mark == '"')
            break;
        if (!read_escaped(p, to++))
            return false;
    }
    *out = (struct str){from, (size_t)(to - from)};
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
        struct node *child = new_node(p);
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
    char *copy = arena_alloc(arena, text.len + WORD);
    if (text.len > 0)
        memcpy(copy, text.at, text.len);
    struct parse p = {.arena = arena, .at = copy, .end = copy + text.len};
    struct node *root = new_node(&p);
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
