/* What a tree says: its members by name. */
#include "base/json.h"

const struct node *node_get(const struct node *object, struct str key)
{
    if (object == NULL || object->type != NODE_OBJECT)
        return NULL;
    for (const struct node *n = object->first; n != NULL; n = n->next)
        if (str_eq(n->key, key))
            return n;
    return NULL;
}

struct str node_text(const struct node *object, const char *key)
{
    const struct node *n = node_get(object, str_of(key));
    return n != NULL && n->type == NODE_TEXT ? n->text : STR_NONE;
}

int64_t node_int(const struct node *object, const char *key, int64_t otherwise)
{
    const struct node *n = node_get(object, str_of(key));
    return n != NULL && n->type == NODE_INT ? n->number : otherwise;
}

bool node_bool(const struct node *object, const char *key, bool otherwise)
{
    const struct node *n = node_get(object, str_of(key));
    return n != NULL && n->type == NODE_BOOL ? n->truth : otherwise;
}
