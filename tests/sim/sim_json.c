/* Stands in for base/json's parser: the same tree, quicker, of one copy of the text.  What the
 * simulator reads was written by base/json_write; what anybody may send is fuzzed, and read by the
 * real one in all other tests.  The document of a row is read once for all hubs. */
#include "sim.h"

#include "base/json.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

struct parse {
    struct arena *arena;
    char *at, *end; /* WORD quotes follow: who looks for one finds it */
    struct node *spare;
    size_t spare_count;
};
enum { WORD = 16, SPARE_NODES = 16 };

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

static bool take_char(struct parse *p, char c)
{
    if (*p->at != c)
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

/* The next quote or backslash. */
#ifdef __SSE2__
static char *find_mark(char *at)
{
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i slash = _mm_set1_epi8('\\');
    for (;; at += WORD) {
        __m128i word = _mm_loadu_si128((const __m128i *)(const void *)at);
        __m128i same = _mm_or_si128(_mm_cmpeq_epi8(word, quote), _mm_cmpeq_epi8(word, slash));
        int found = _mm_movemask_epi8(same);
        if (found)
            return at + __builtin_ctz((unsigned)found);
    }
}
#else
static char *find_mark(char *at)
{
    while (*at != '"' && *at != '\\')
        at++;
    return at;
}
#endif

/* Of what base/json_write escapes. */
static bool read_escaped(char mark, char *to)
{
    *to = mark == 'n' ? '\n' : mark;
    return mark == 'n' || mark == '"' || mark == '\\';
}

/* In place: an escape is longer than what it means. */
static bool read_text(struct parse *p, struct str *out)
{
    char *from = p->at + 1;
    if (*p->at != '"' || p->at >= p->end)
        return false;
    char *mark = find_mark(from);
    char *to = mark;
    while (*mark == '\\') {
        if (mark + 1 >= p->end || !read_escaped(mark[1], to++))
            return false;
        char *rest = mark + 2;
        mark = find_mark(rest);
        memmove(to, rest, (size_t)(mark - rest));
        to += mark - rest;
    }
    *out = (struct str){from, (size_t)(to - from)};
    p->at = mark + 1;
    return mark < p->end;
}

static bool read_number(struct parse *p, struct node *to)
{
    bool minus = take_char(p, '-');
    const char *from = p->at;
    to->type = NODE_INT;
    while (*p->at >= '0' && *p->at <= '9')
        to->number = 10 * to->number + (*p->at++ - '0');
    if (minus)
        to->number = -to->number;
    return p->at > from && p->at - from < 17;
}

static bool read_children(struct parse *p, struct node *to, char close)
{
    const struct node **next = &to->first;
    if (take_char(p, close))
        return true;
    do {
        struct node *child = new_node(p);
        if (to->type == NODE_OBJECT && (!read_text(p, &child->key) || !take_char(p, ':')))
            return false;
        if (!read_value(p, child))
            return false;
        *next = child;
        next = &child->next;
        to->count++;
    } while (take_char(p, ','));
    return take_char(p, close);
}

static bool read_value(struct parse *p, struct node *to)
{
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

static const struct node *read_whole(struct arena *arena, struct str text)
{
    char *copy = arena_alloc(arena, text.len + WORD);
    if (text.len > 0)
        memcpy(copy, text.at, text.len);
    memset(copy + text.len, '"', WORD);
    struct parse p = {.arena = arena, .at = copy, .end = copy + text.len};
    struct node *root = new_node(&p);
    bool ok = read_value(&p, root) && p.at == p.end && root->type == NODE_OBJECT;
    return ok ? root : NULL;
}

/* ---- documents of rows, by where they lie: there they stay, unchanged, as long as the world ----
 */

struct shared {
    struct str text;
    struct arena *arena;
    const struct node *root; /* NULL: nobody has read it yet */
};

/* The functions of base/json take no context, so this stands outside of a world. */
static struct shared *table;
static size_t table_size, table_count;

/* Its place, or the free one for it. */
static struct shared *place_of(const char *at)
{
    size_t i = ((uintptr_t)at >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 20;
    while (table[i % table_size].text.at && table[i % table_size].text.at != at)
        i++;
    return &table[i % table_size];
}

static void widen(void)
{
    struct shared *old = table;
    size_t count = table_size;
    table_size = count ? 2 * count : 1024;
    table = mem_new(table_size * sizeof(*table));
    for (size_t i = 0; i < count; i++)
        if (old[i].text.at)
            *place_of(old[i].text.at) = old[i];
    mem_free(old);
}

void sim_json_share(struct arena *arena, struct str text)
{
    if (2 * table_count >= table_size)
        widen();
    table_count++;
    *place_of(text.at) = (struct shared){.text = text, .arena = arena};
}

void sim_json_forget(void)
{
    mem_free(table);
    table = NULL;
    table_size = table_count = 0;
}

static const struct node *read_shared(struct str text)
{
    struct shared *s = table_size > 0 ? place_of(text.at) : NULL;
    if (!s || !s->text.at || s->text.len != text.len)
        return NULL;
    if (!s->root)
        s->root = read_whole(s->arena, text);
    return s->root;
}

enum err json_parse_trusted(struct arena *arena, struct str text, struct fault *fault,
                            const struct node **out)
{
    const struct node *root = read_shared(text);
    if (!root)
        root = read_whole(arena, text);
    if (!root)
        return fault_set(fault, ERR_BAD_JSON, "", "not JSON");
    *out = root;
    return OK;
}

enum err json_parse(struct arena *arena, struct str text, struct fault *fault,
                    const struct node **out)
{
    return json_parse_trusted(arena, text, fault, out);
}
