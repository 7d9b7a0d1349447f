/* Where a hub is: ws://HOST[:PORT][/PATH], wss, http or https.  Pure. */
#ifndef POSKO_CLIENT_URL_H
#define POSKO_CLIENT_URL_H

#include "base/str.h"

enum { URL_HOST_BYTES = 256, URL_PATH_BYTES = 256 };

struct url {
    bool tls;
    int port;
    char host[URL_HOST_BYTES];           /* lower case; an IPv6 address without brackets */
    char authority[URL_HOST_BYTES + 10]; /* as in the Host header: no default port */
    char path[URL_PATH_BYTES];           /* of the socket: "/ws" when none is given */
};

/* False when it is none of these, has a user name, or is too long. */
MUST_CHECK bool url_parse(struct str text, struct url *out);

bool url_is_loopback(const struct url *url);

#endif
