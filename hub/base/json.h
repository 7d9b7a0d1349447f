/* JSON within the limits of protocol.md section 2, as a read-only tree in an arena; and a writer.
 * Parsed with jansson, which is spared plain texts, after a scan of depth and numbers; nothing
 * above this file sees jansson. */
#ifndef POSKO_BASE_JSON_H
#define POSKO_BASE_JSON_H

#include "base/mem.h"

enum node_type { NODE_OBJECT, NODE_ARRAY, NODE_TEXT, NODE_INT, NODE_BOOL };

struct node {
    enum node_type type;
    struct str key;           /* the name, for a member of an object */
    struct str text;          /* NODE_TEXT: UTF-8 */
    int64_t number;           /* NODE_INT */
    bool truth;               /* NODE_BOOL */
    const struct node *first; /* children of objects and arrays, in order */
    const struct node *next;
    size_t count;
};

/* Top level must be an object.  UTF-8, no duplicate names, no null, integers only within
 * +-(2^53-1) and not -0, depth <= 8, <= 64 members, <= 256 items, no lone surrogate, no NUL.
 * OK or ERR_BAD_JSON (fault says what and where).  Any thread.  O(len). */
MUST_CHECK enum err json_parse(struct arena *arena, struct str text, struct fault *fault,
                               const struct node **out);

/* The same without the limits on members, items and depth (own files, database rows): depth 32. */
MUST_CHECK enum err json_parse_trusted(struct arena *arena, struct str text, struct fault *fault,
                                       const struct node **out);

const struct node *node_get(const struct node *object, struct str key); /* NULL when absent */

/* Here, because nearly all names are literals: then their length is known when this is compiled. */
static inline struct str node_text(const struct node *object, const char *key)
{
    const struct node *n = node_get(object, str_of(key));
    return n != NULL && n->type == NODE_TEXT ? n->text : STR_NONE;
}

static inline int64_t node_int(const struct node *object, const char *key, int64_t otherwise)
{
    const struct node *n = node_get(object, str_of(key));
    return n != NULL && n->type == NODE_INT ? n->number : otherwise;
}

static inline bool node_bool(const struct node *object, const char *key, bool otherwise)
{
    const struct node *n = node_get(object, str_of(key));
    return n != NULL && n->type == NODE_BOOL ? n->truth : otherwise;
}

/* Writer: key NULL inside an array and at the top.  Output is valid UTF-8 JSON without blanks. */
struct json_writer {
    struct buf *to;
    bool comma;
};
void json_begin_object(struct json_writer *w, const char *key);
void json_begin_array(struct json_writer *w, const char *key);
void json_end_object(struct json_writer *w);
void json_end_array(struct json_writer *w);
void json_put_text(struct json_writer *w, const char *key, struct str value);
void json_put_int(struct json_writer *w, const char *key, int64_t value);
void json_put_bool(struct json_writer *w, const char *key, bool value);
void json_put_raw(struct json_writer *w, const char *key, struct str json); /* as it is */
void json_put_list(struct json_writer *w, const char *key, struct str_list texts);

#endif
