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
