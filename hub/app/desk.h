/* The hub's front desk: sessions come and go, and each message finds who answers it. */
#ifndef POSKO_APP_DESK_H
#define POSKO_APP_DESK_H

#include "app/peer.h"

/* net_ops */
void desk_opened(void *app, struct session_id id, const struct address *address, void **user);
void desk_message(void *app, struct session_id id, void *user, struct str text);
void desk_drained(void *app, struct session_id id, void *user);
void desk_closed(void *app, struct session_id id, void *user);

/* All that wait for the truth; the hub is settled. */
void desk_pump(struct hub *hub);

#endif
