/* What the hub told is so now: tickets, devices, sources, by their names.  Grows with the hub's
 * open tickets. */
#ifndef POSKO_CLI_DESK_H
#define POSKO_CLI_DESK_H

#include "base/json.h"

enum desk_kind { DESK_TICKET, DESK_DEVICE, DESK_SOURCE };
enum { DESK_NAME_BYTES = 160 };

struct desk_item {
    enum desk_kind kind;
    char name[DESK_NAME_BYTES]; /* ticket id, kid, "agency/source" */
    int64_t seq;
    int64_t no; /* of a ticket */
    bool exercise;
    char *json; /* the object, NUL-terminated */
};

struct desk {
    struct desk_item *at; /* sorted by kind and name */
    size_t count, size;
};

void desk_init(struct desk *d);
void desk_deinit(struct desk *d);
void desk_clear(struct desk *d);

/* From a `state` message, or a live `record` (its ticket). */
void desk_learn(struct desk *d, const struct node *message, int64_t seq);
void desk_forget(struct desk *d, struct str ticket);

const struct desk_item *desk_find(const struct desk *d, enum desk_kind kind, struct str name);
/* Items of the kind whose name starts so: the first, and how many. */
const struct desk_item *desk_starting(const struct desk *d, enum desk_kind kind, struct str head,
                                      size_t *count);
const struct desk_item *desk_numbered(const struct desk *d, int64_t no, bool exercise);

/* How a person names a ticket: 42, L42 (exercise), its id, or the first 8 characters or more. */
enum name_form { NAME_BAD, NAME_NUMBER, NAME_ID, NAME_START };
enum name_form desk_name_form(struct str name, int64_t *no, bool *exercise);

#endif
