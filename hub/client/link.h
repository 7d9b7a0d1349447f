/* One WebSocket to the hub at a time, and plain GETs beside it.  The only file of this folder that
 * sees libwebsockets; it decides nothing. */
#ifndef POSKO_CLIENT_LINK_H
#define POSKO_CLIENT_LINK_H

#include "base/mem.h"
#include "client/url.h"

struct link;

/* What happens on the socket; arg is the client. */
struct link_events {
    void (*message)(void *arg, struct str text); /* whole, at most POSKO_HUB_BYTES_MAX */
    /* code: the close code, 0 when there was none; why: a text for people */
    void (*lost)(void *arg, int code, struct str why);
    void *arg;
};

/* address: dialled instead of the url's host; NULL: that.  The caller's, as long as the link lives.
 * ca_file NULL: the system's authorities.  NULL when libwebsockets cannot start. */
struct link *link_new(const struct url *url, const char *address, const char *ca_file,
                      struct link_events events);
void link_free(struct link *l);

void link_open(struct link *l);  /* then messages (the hub speaks first), or `lost` */
void link_close(struct link *l); /* at once; no event follows */
void link_send(struct link *l, struct str text);
size_t link_waiting(const struct link *l); /* messages not yet handed to the kernel */
/* Serves the socket once; returns at the latest at `until` (link_now_ms). */
void link_wait(struct link *l, int64_t until);
int64_t link_now_ms(void); /* only forward */

/* Blocks until the answer is whole or `until`.  token empty: none.  Status 0: no answer, `why` says
 * so.  The body is appended to `body`, at most 1 MiB. */
int link_get(struct link *l, const char *path, struct str token, int64_t until, struct buf *body,
             char *why, size_t why_size);

#endif
