#include "base/keyfile.h"

#include <sodium.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* RFC 8410: version 0, id-Ed25519, an octet string that holds an octet string of 32 bytes. */
enum { DER_HEAD_BYTES = 16, DER_BYTES = DER_HEAD_BYTES + SEED_BYTES, PEM_BYTES_MAX = 1024 };
static const uint8_t der_head[DER_HEAD_BYTES] = {0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
                                                 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20};
static const char pem_begin[] = "-----BEGIN PRIVATE KEY-----";
static const char pem_end[] = "-----END PRIVATE KEY-----";

static enum err fault_file(struct fault *fault, const char *path, const char *what)
{
    return fault_set(fault, ERR_SYSTEM, "", "%s: %s", path, what);
}

static enum err fault_errno(struct fault *fault, const char *path, const char *verb)
{
    return fault_set(fault, ERR_SYSTEM, "", "%s: cannot %s: %s", path, verb, strerror(errno));
}

static enum err read_all(int fd, const char *path, char *to, size_t max, struct fault *fault,
                         size_t *len)
{
    size_t have = 0;
    for (;;) {
        /* One byte more than allowed tells a file that is too long. */
        ssize_t got = read(fd, to + have, max + 1 - have);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fault_errno(fault, path, "read");
        if (got == 0)
            break;
        have += (size_t)got;
        if (have > max)
            return fault_set(fault, ERR_SYSTEM, "", "%s: longer than %zu bytes", path, max);
    }
    *len = have;
    return OK;
}

static enum err write_all(int fd, const char *path, struct str bytes, struct fault *fault)
{
    for (size_t i = 0; i < bytes.len;) {
        ssize_t put = write(fd, bytes.at + i, bytes.len - i);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return fault_errno(fault, path, "write");
        i += (size_t)put;
    }
    return fsync(fd) == 0 ? OK : fault_errno(fault, path, "sync");
}

/* A new name is durable only when its folder is. */
static enum err sync_folder(const char *path, struct fault *fault)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash == NULL   ? strdup(".")
                   : slash == path ? strdup("/")
                                   : strndup(path, (size_t)(slash - path));
    if (folder == NULL)
        abort();
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum err e = fd >= 0 && fsync(fd) == 0 ? OK : fault_errno(fault, folder, "sync");
    if (fd >= 0)
        (void)close(fd);
    free(folder);
    return e;
}

enum err file_read(struct arena *arena, const char *path, size_t max, struct fault *fault,
                   struct str *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fault_errno(fault, path, "open");
    struct stat st;
    size_t size = max;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (size_t)st.st_size < max)
        size = (size_t)st.st_size;
    char *at = arena_alloc(arena, size + 1);
    size_t len = 0;
    enum err e = read_all(fd, path, at, size, fault, &len);
    (void)close(fd);
    if (e == OK)
        *out = (struct str){at, len};
    return e;
}

enum err file_write(const char *path, struct str bytes, unsigned mode, struct fault *fault)
{
    char temp[4096];
    int len = snprintf(temp, sizeof temp, "%s.XXXXXX", path);
    if (len < 0 || (size_t)len >= sizeof temp)
        return fault_file(fault, path, "the path is too long");
    int fd = mkostemp(temp, O_CLOEXEC);
    if (fd < 0)
        return fault_errno(fault, temp, "make");
    enum err e = fchmod(fd, mode) == 0 ? OK : fault_errno(fault, temp, "set the mode of");
    if (e == OK)
        e = write_all(fd, temp, bytes, fault);
    (void)close(fd);
    if (e == OK && rename(temp, path) != 0)
        e = fault_errno(fault, path, "replace");
    if (e != OK) {
        (void)unlink(temp);
        return e;
    }
    return sync_folder(path, fault);
}

static struct str trim(struct str s)
{
    while (s.len > 0 && strchr(" \t\r\n", s.at[s.len - 1]) != NULL)
        s.len--;
    while (s.len > 0 && strchr(" \t\r\n", s.at[0]) != NULL) {
        s.at++;
        s.len--;
    }
    return s;
}

static bool pem_parse(struct str pem, uint8_t seed[static SEED_BYTES])
{
    pem = trim(pem);
    struct str begin = STR(pem_begin), end = STR(pem_end);
    if (pem.len < begin.len + end.len || !str_starts(pem, begin) ||
        !str_eq((struct str){pem.at + pem.len - end.len, end.len}, end))
        return false;
    struct str body = {pem.at + begin.len, pem.len - begin.len - end.len};
    uint8_t der[DER_BYTES];
    size_t len = 0;
    int wrong = sodium_base642bin(der, sizeof der, body.at, body.len, "\r\n", &len, NULL,
                                  sodium_base64_VARIANT_ORIGINAL);
    bool good = wrong == 0 && len == DER_BYTES && memcmp(der, der_head, DER_HEAD_BYTES) == 0;
    if (good)
        memcpy(seed, der + DER_HEAD_BYTES, SEED_BYTES);
    sodium_memzero(der, sizeof der);
    return good;
}

enum err keyfile_read(const char *path, struct fault *fault, struct secret_key *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fault_errno(fault, path, "open");
    struct stat st;
    char pem[PEM_BYTES_MAX + 1];
    size_t len = 0;
    enum err e = OK;
    if (fstat(fd, &st) != 0)
        e = fault_errno(fault, path, "look at");
    else if (!S_ISREG(st.st_mode))
        e = fault_file(fault, path, "not a file");
    else if ((st.st_mode & 077) != 0)
        e = fault_file(fault, path, "others may read this key; chmod 600");
    else
        e = read_all(fd, path, pem, PEM_BYTES_MAX, fault, &len);
    (void)close(fd);
    uint8_t seed[SEED_BYTES];
    if (e == OK && !pem_parse((struct str){pem, len}, seed))
        e = fault_file(fault, path, "not a private Ed25519 key in PKCS#8 PEM");
    if (e == OK)
        *out = crypt_key_from_seed(seed);
    sodium_memzero(pem, sizeof pem);
    sodium_memzero(seed, sizeof seed);
    return e;
}

enum err keyfile_write(const char *path, const struct secret_key *key, struct fault *fault)
{
    uint8_t der[DER_BYTES];
    memcpy(der, der_head, DER_HEAD_BYTES);
    memcpy(der + DER_HEAD_BYTES, key->at, SEED_BYTES);
    char body[DER_BYTES / 3 * 4 + 1];
    sodium_bin2base64(body, sizeof body, der, sizeof der, sodium_base64_VARIANT_ORIGINAL);
    char pem[sizeof pem_begin + sizeof body + sizeof pem_end + 3];
    int len = snprintf(pem, sizeof pem, "%s\n%s\n%s\n", pem_begin, body, pem_end);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    enum err e = OK;
    if (fd < 0)
        e = fault_errno(fault, path, "make");
    else
        e = write_all(fd, path, (struct str){pem, (size_t)len}, fault);
    if (fd >= 0)
        (void)close(fd);
    sodium_memzero(der, sizeof der);
    sodium_memzero(body, sizeof body);
    sodium_memzero(pem, sizeof pem);
    return e == OK ? sync_folder(path, fault) : e;
}
