#include "net/site.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SITE_DEPTH_MAX = 8, PATH_BYTES_MAX = 4096 };

struct site {
    struct arena arena;
    struct site_file files[SITE_FILES_MAX];
    size_t count, bytes;
};

/* ---- reading ---- */

static bool ends_with(struct str path, const char *ending)
{
    size_t len = strlen(ending);
    return path.len > len && memcmp(path.at + path.len - len, ending, len) == 0;
}

static const char *type_of(struct str path)
{
    static const struct {
        const char *ending, *type;
    } types[] = {
        {".html", "text/html; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".woff2", "font/woff2"},
        {".json", "application/json"},
        {".webmanifest", "application/manifest+json"},
    };
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (ends_with(path, types[i].ending))
            return types[i].type;
    return "application/octet-stream";
}

static enum err unreadable(struct fault *fault, const char *path, const char *why)
{
    return fault_set(fault, ERR_SYSTEM, "web", "the page cannot be served: %s: %s", path, why);
}

static enum err read_body(struct site *site, int fd, size_t size, struct str *out)
{
    char *at = arena_alloc(&site->arena, size + 1);
    size_t got = 0;
    while (got < size) {
        ssize_t n = read(fd, at + got, size - got);
        if (n <= 0)
            return ERR_SYSTEM;
        got += (size_t)n;
    }
    *out = (struct str){at, size};
    return OK;
}

/* name: below the folder, "/assets/index-3f2a.js". */
static enum err read_file(struct site *site, const char *path, const char *name, int fd,
                          const struct stat *about, struct fault *fault)
{
    size_t size = (size_t)about->st_size;
    if (site->count == SITE_FILES_MAX || size > SITE_BYTES_MAX - site->bytes)
        return unreadable(fault, path, "the folder holds more than a page does");
    struct site_file *file = &site->files[site->count];
    if (read_body(site, fd, size, &file->body) != OK)
        return unreadable(fault, path, errno ? strerror(errno) : "it became shorter");
    file->path = arena_dup(&site->arena, str_of(name));
    file->type = type_of(file->path);
    file->forever = str_starts(file->path, STR("/assets/"));
    site->bytes += size;
    site->count++;
    return OK;
}

/* `at` is the folder's path with what lies below it from `root` on. */
static enum err read_folder(struct site *site, char *at, size_t root, int depth,
                            struct fault *fault);

static enum err read_entry(struct site *site, char *at, size_t root, int depth, struct fault *fault)
{
    struct stat about;
    enum err e = OK;
    int fd = open(at, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &about) != 0)
        e = unreadable(fault, at, strerror(errno));
    else if (S_ISDIR(about.st_mode))
        e = read_folder(site, at, root, depth + 1, fault);
    else if (S_ISREG(about.st_mode))
        e = read_file(site, at, at + root, fd, &about, fault);
    if (fd >= 0)
        (void)close(fd);
    return e;
}

static enum err read_folder(struct site *site, char *at, size_t root, int depth,
                            struct fault *fault)
{
    size_t len = strlen(at);
    enum err e = OK;
    DIR *folder = depth < SITE_DEPTH_MAX ? opendir(at) : NULL;
    if (!folder)
        return unreadable(fault, at, depth < SITE_DEPTH_MAX ? strerror(errno) : "too deep");
    errno = 0;
    for (struct dirent *one = NULL; e == OK && (one = readdir(folder)) != NULL;) {
        if (one->d_name[0] == '.')
            continue;
        int n = snprintf(at + len, PATH_BYTES_MAX - len, "/%s", one->d_name);
        if (n < 0 || (size_t)n >= PATH_BYTES_MAX - len)
            e = unreadable(fault, at, "the name is too long");
        else
            e = read_entry(site, at, root, depth, fault);
        at[len] = 0;
    }
    (void)closedir(folder);
    return e;
}

static struct site_file *find_exact(const struct site *site, struct str path)
{
    for (size_t i = 0; i < site->count; i++)
        if (str_eq(site->files[i].path, path))
            return (struct site_file *)&site->files[i];
    return NULL;
}

/* "x.js.gz" is no file of its own: it is another form of "x.js". */
static void join_zipped(struct site *site)
{
    size_t kept = 0;
    for (size_t i = 0; i < site->count; i++) {
        struct site_file *file = &site->files[i];
        if (!ends_with(file->path, ".gz"))
            continue;
        struct site_file *whole = find_exact(site, (struct str){file->path.at, file->path.len - 3});
        if (whole)
            whole->zipped = file->body;
    }
    for (size_t i = 0; i < site->count; i++)
        if (!ends_with(site->files[i].path, ".gz"))
            site->files[kept++] = site->files[i];
    site->count = kept;
}

enum err site_open(const char *folder, struct fault *fault, struct site **out)
{
    char at[PATH_BYTES_MAX];
    struct site *site = mem_new(sizeof(*site));
    arena_init(&site->arena);
    int n = snprintf(at, sizeof(at), "%s", folder);
    enum err e = OK;
    if (n <= 0 || (size_t)n >= sizeof(at))
        e = unreadable(fault, folder, "the name is too long");
    else
        e = read_folder(site, at, (size_t)n, 0, fault);
    if (e != OK)
        goto done;
    join_zipped(site);
    if (!find_exact(site, STR("/index.html"))) {
        e = unreadable(fault, folder, "it has no index.html; build the page with `make web`");
        goto done;
    }
    *out = site;
    site = NULL; /* now the caller's */
done:
    site_close(site);
    return e;
}

void site_close(struct site *site)
{
    if (!site)
        return;
    arena_deinit(&site->arena);
    mem_free(site);
}

/* ---- answering ---- */

const struct site_file *site_find(const struct site *site, struct str path)
{
    const struct site_file *file = find_exact(site, path);
    struct str rest = path;
    struct str head;
    if (file)
        return file;
    while (str_cut(rest, '/', &head, &rest))
        ;
    /* `head` is the last part. */
    if (head.len && memchr(head.at, '.', head.len))
        return NULL;
    return find_exact(site, STR("/index.html"));
}

void site_headers(struct buf *to, const struct site_file *file, struct str host)
{
    buf_printf(to,
               "Cache-Control: %s\r\n"
               "Vary: Accept-Encoding\r\n"
               "X-Content-Type-Options: nosniff\r\n"
               "Referrer-Policy: no-referrer\r\n"
               "Cross-Origin-Opener-Policy: same-origin\r\n"
               "Permissions-Policy: camera=(), microphone=(), geolocation=()\r\n"
               "Content-Security-Policy: default-src 'self'; "
               "connect-src 'self' ws://" STR_FMT " wss://" STR_FMT "; object-src 'none'; "
               "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
               "require-trusted-types-for 'script'; trusted-types hub-sw\r\n",
               file->forever ? "public, max-age=31536000, immutable" : "no-cache", STR_ARG(host),
               STR_ARG(host));
}
