/* A member or a source with its open sessions: access is asked once for all of them. */
#ifndef POSKO_APP_PRINCIPAL_H
#define POSKO_APP_PRINCIPAL_H

#include "app/peer.h"

/* The session logged in with this device: it joins its principal; of five of one key the oldest
 * is closed. */
void principal_join(struct peer *p, const struct device *device);
void principal_leave(struct peer *p); /* the last one takes the principal with it */
struct principal *principal_find(struct hub *hub, struct str agency, struct str who); /* or NULL */
/* Memory was read again, or keys changed: what principals point at; who may no longer be here is
 * told `bye revoked`. */
void principals_rebind(struct hub *hub);

#endif
