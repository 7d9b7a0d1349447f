/* The first records: the hub's key, then the directory folder that it is given, signed with that
 * key, in one turn; never again, except an invitation for an admin of the host. */
#ifndef POSKO_APP_GENESIS_H
#define POSKO_APP_GENESIS_H

#include "app/hub.h"

/* Reads config->genesis and submits all of it.  done(hub, OK) when it is durable and demo.json is
 * written and the links are printed; otherwise the fault says which file and object. */
typedef void genesis_fn(struct hub *hub, enum err end, const struct fault *fault);
void genesis_begin(struct hub *hub, genesis_fn *done);

/* A new invitation for an admin of the host (member: which one; NULL: the first); prints its link.
 */
void genesis_admin_link(struct hub *hub, const char *member, genesis_fn *done);

#endif
