/* After the commit: who hears what.  One blob for all who may read it. */
#ifndef POSKO_APP_TELL_H
#define POSKO_APP_TELL_H

#include "app/hub.h"

void tell_news(void *app, const struct news *news);                       /* turn_ops.tell */
void tell_recall(void *app, const struct ledger_row *rows, size_t count); /* turn_ops.recall */
void tell_marks(struct hub *hub, unsigned slice); /* to the sessions of one slice */
void tell_loaded(struct hub *hub);

#endif
