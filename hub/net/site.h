/* The page's files: read once from the folder that the build made, then const.  A path that is no
 * file's is a screen of the page, which index.html draws.  Any thread after opening. */
#ifndef POSKO_NET_SITE_H
#define POSKO_NET_SITE_H

#include "base/mem.h"

enum { SITE_FILES_MAX = 512, SITE_BYTES_MAX = 32 << 20 };

struct site_file {
    struct str path; /* "/assets/index-3f2a.js" */
    const char *type;
    struct str body;
    struct str zipped; /* the same by gzip, made by the build; empty: none */
    bool forever;      /* its name changes with its content: cached for ever */
};

struct site;
/* Reads all files of `folder`.  ERR_SYSTEM with a text that names what could not be read: there
 * must be an index.html. */
MUST_CHECK enum err site_open(const char *folder, struct fault *fault, struct site **out);
void site_close(struct site *site); /* NULL allowed */

/* What a GET of `path` shows: a file, or for a path without a dot in its last part index.html.
 * NULL: neither. */
const struct site_file *site_find(const struct site *site, struct str path);

/* The header lines of an answer with the file, for the page as opened at `host` (an authority that
 * the hub answers to): what it may load, whom it may ask, how long it is kept. */
void site_headers(struct buf *to, const struct site_file *file, struct str host);

#endif
