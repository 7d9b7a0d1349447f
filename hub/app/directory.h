/* The directory folder of a genesis: JSON files of admin records' claims. */
#ifndef POSKO_APP_DIRECTORY_H
#define POSKO_APP_DIRECTORY_H

#include "base/keyfile.h"
#include "core/record.h"

struct invited { /* a member with "invite": true */
    struct str agency, member;
    unsigned roles;
    struct secret_text secret;
};
struct keyed { /* a source with "new_key": true: its key was made and written */
    struct str agency, source;
    struct public_key jwk;
};
struct directory {
    struct str host; /* the agency with "host": true, else the first */
    struct record *records;
    size_t record_count;
    struct invited *invited;
    size_t invited_count;
    struct keyed *keyed;
    size_t keyed_count;
};

/* paths: folders (their *.json in order of name) or files, separated by ':'.  A file holds one
 * object or an array of them: {"kind":"agency.put", ...claims}.  New keys go to data/keys/.
 * ERR_SYSTEM with a text that names file and object. */
MUST_CHECK enum err directory_read(struct arena *arena, const char *paths, const char *data,
                                   struct fault *fault, struct directory *out);
/* Where that source's key lies: data/keys/AGENCY.SOURCE.pem. */
struct str directory_key_path(struct arena *arena, const char *data, const struct keyed *k);

#endif
