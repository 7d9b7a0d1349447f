/* The whole hub put together: opened, served, drained, closed. */
#ifndef POSKO_APP_SERVICE_H
#define POSKO_APP_SERVICE_H

#include "app/hub.h"

/* Opens store and memory; needs a running database and schema, and the caller's `identity`,
 * `on_loaded` and `inherited` filled in.  Answers by on_loaded, also after every doubt. */
void service_open(struct hub *hub, struct loop *loop, const struct log *log,
                  struct metrics *metrics, const struct config *config);
/* Opens the sockets, once. */
MUST_CHECK enum err service_listen(struct hub *hub, struct fault *fault);
/* Drains: no new posts, the line to its end, `bye draining`, then the loop stops. */
void service_drain(struct hub *hub);
void service_close(struct hub *hub);

#endif
