/* posko.conf and POSKO_* over it: one table is parser, --help and posko.conf(5).  Const after
 * start. */
#ifndef POSKO_APP_CONFIG_H
#define POSKO_APP_CONFIG_H

#include "base/log.h"
#include "base/mem.h"

struct config {
    struct arena arena;
    const char *database, *data, *hub_key, *genesis, *aud, *url, *listen, *metrics_listen,
        *hosts_text, *web, *tls_cert, *tls_key, *trusted_text, *log_level;
    int64_t rate_key, rate_address, open_address, threads, recent_rows;
    /* from the texts above */
    const char **listens, **hosts, **trusted;
    size_t listen_count, host_count, trusted_count;
};

/* Defaults, then the file (NULL or missing default file: none), then the environment.
 * ERR_SYSTEM with a text that names file, line and key, and suggests a near key. */
MUST_CHECK enum err config_read(struct config *c, const char *path, struct fault *fault);
void config_deinit(struct config *c);
/* Is `host` (an authority, HOST or HOST:PORT) a name of this hub's? */
bool config_answers_to(const struct config *c, struct str host);
int config_log_level(const struct config *c); /* an enum log_level; -1: no such name */

/* The keys with their help: for --help ("text") or posko.conf(5) in scdoc ("scdoc"). */
void config_help(struct buf *to, bool scdoc);
/* What holds, as a file that config_read reads. */
void config_show(const struct config *c, struct buf *to);

#endif
