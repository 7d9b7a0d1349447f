/* After the commit: who hears what (domain.md 5, "tell").  One blob for all who may read it. */
#ifndef POSKO_APP_TELL_H
#define POSKO_APP_TELL_H

#include "app/hub.h"

void tell_news(void *app, const struct news *news); /* turn_ops.tell */
void tell_marks(struct hub *hub, unsigned slice);   /* to the sessions of one slice */
void tell_loaded(struct hub *hub);

/* One message, when this reader may see it; also for replay. */
struct ledger_place {
    struct ticket_id ticket;
    struct str admins;
};
bool tell_may_read(const struct reader *who, const struct ledger_place *place,
                   const struct ticket *ticket);

#endif
