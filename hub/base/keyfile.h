/* A private Ed25519 key in a file: PKCS#8 PEM (RFC 8410), mode 0600; `openssl pkey` reads it. */
#ifndef POSKO_BASE_KEYFILE_H
#define POSKO_BASE_KEYFILE_H

#include "base/crypt.h"

/* OK or ERR_SYSTEM with a text that names the file: missing, open to others (mode & 077), not PEM,
 * not Ed25519. */
MUST_CHECK enum err keyfile_read(const char *path, struct fault *fault, struct secret_key *out);
/* Makes it anew (O_EXCL) with mode 0600, synced to disk.  ERR_SYSTEM when it exists. */
MUST_CHECK enum err keyfile_write(const char *path, const struct secret_key *key,
                                  struct fault *fault);
/* The whole file, at most `max` bytes, into the arena. */
MUST_CHECK enum err file_read(struct arena *arena, const char *path, size_t max,
                              struct fault *fault, struct str *out);
/* Whole or not at all: temporary file beside it, fsync, rename, fsync of the folder. */
MUST_CHECK enum err file_write(const char *path, struct str bytes, unsigned mode,
                               struct fault *fault);

#endif
