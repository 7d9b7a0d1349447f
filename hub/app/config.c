#include "app/config.h"

#include <ini.h>

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum key_type { KEY_TEXT, KEY_UINT };

struct key {
    const char *name;
    enum key_type type;
    size_t offset;
    const char *otherwise; /* the default; NULL: none */
    int64_t min, max;
    const char *help;
};

#define TEXT(field, name, otherwise, help)                                    \
    {                                                                         \
        name, KEY_TEXT, offsetof(struct config, field), otherwise, 0, 0, help \
    }
#define UINT(field, otherwise, min, max, help)                                      \
    {                                                                               \
#field, KEY_UINT, offsetof(struct config, field), otherwise, min, max, help \
    }

static const struct key KEYS[] = {
    TEXT(listen, "listen", "localhost:8080",
         "addresses to listen on, separated by blanks: HOST:PORT, [V6]:PORT or unix:/PATH"),
    TEXT(metrics_listen, "metrics_listen", NULL, "loopback address of /metrics; none: not served"),
    TEXT(hosts_text, "hosts", NULL,
         "names (HOST or HOST:PORT) it answers to, for log-in and Origin; besides those of listen "
         "and url"),
    TEXT(url, "url", NULL, "address that people open, for enrolment links; from listen when unset"),
    TEXT(aud, "aud", "posko.bitung/ledger", "the ledger's name, signed into every record"),
    TEXT(database, "database", NULL, "PostgreSQL connection string (libpq); several hosts allowed"),
    TEXT(hub_key, "hub_key", NULL,
         "the ledger's key (PKCS#8 PEM, mode 0600), the same file for all its hubs; keep it in the "
         "backup"),
    TEXT(data, "data", "/var/lib/posko", "folder for demo.json and keys made at genesis"),
    TEXT(
        genesis, "genesis", NULL,
        "folders or files of the first directory, separated by ':'; used once, on an empty ledger"),
    TEXT(web, "web", NULL, "folder of the built page (web/dist); none: the hub serves no page"),
    TEXT(tls_cert, "tls_cert", NULL, "certificate chain (PEM); read again on SIGHUP"),
    TEXT(tls_key, "tls_key", NULL, "its key (PEM)"),
    TEXT(trusted_text, "trusted_proxies", NULL,
         "addresses or networks whose PROXY protocol v2 header is believed; `unix` for a socket"),
    UINT(rate_key, "100", 1, 1000000,
         "records per second that one key may post, five times as many at once; a session may send "
         "twice as many messages"),
    UINT(rate_address, "20", 1, 1000000,
         "connections per second that one address may open, ten times as many at once"),
    UINT(open_address, "200", 1, 1000000, "connections that one address may hold open"),
    UINT(threads, "2", 1, 64, "threads that check signatures; one for each core"),
    UINT(recent_rows, "1024", 1, 8192,
         "last ledger rows kept in memory (about 1 KiB each, and the tickets they are of): who "
         "comes back gets them without the database"),
    TEXT(log_level, "log_level", "info", "error, warn, info or debug"),
};
enum { KEY_COUNT = sizeof(KEYS) / sizeof(KEYS[0]) };

/* ---- setting one key ---- */

static const struct key *find_key(const char *name)
{
    for (size_t i = 0; i < KEY_COUNT; i++)
        if (strcmp(KEYS[i].name, name) == 0)
            return &KEYS[i];
    return NULL;
}

static bool set_key(struct config *c, const struct key *key, const char *value)
{
    char *at = (char *)c + key->offset;
    if (key->type == KEY_TEXT) {
        const char *copy = *value ? arena_dup(&c->arena, str_of(value)).at : NULL;
        memcpy(at, &copy, sizeof(copy));
        return true;
    }
    int64_t number = 0;
    if (!str_to_int(str_of(value), key->min, key->max, &number))
        return false;
    memcpy(at, &number, sizeof(number));
    return true;
}

static const char *nearest(const char *name)
{
    const struct key *best = &KEYS[0];
    for (size_t i = 1; i < KEY_COUNT; i++)
        if (str_distance(str_of(name), str_of(KEYS[i].name)) <
            str_distance(str_of(name), str_of(best->name)))
            best = &KEYS[i];
    return best->name;
}

/* ---- the file ---- */

struct reading_file {
    struct config *config;
    struct fault *fault;
    const char *path;
    FILE *file;
    int line;
    bool failed;
};

static char *next_line(char *into, int size, void *stream)
{
    struct reading_file *r = stream;
    if (!fgets(into, size, r->file))
        return NULL;
    r->line++;
    if (!r->failed && !strchr(into, '\n') && !feof(r->file)) {
        r->failed = true;
        fault_set(r->fault, ERR_SYSTEM, "",
                  "%s:%d: the line is over %d characters; give it as POSKO_... in the environment",
                  r->path, r->line, size - 2);
    }
    return into;
}

static int on_pair(void *user, const char *section, const char *name, const char *value)
{
    struct reading_file *r = user;
    const struct key *key = find_key(name);
    if (r->failed)
        return 0;
    r->failed = true;
    if (*section)
        fault_set(r->fault, ERR_SYSTEM, name, "%s:%d: posko.conf has no [sections]", r->path,
                  r->line);
    else if (!key)
        fault_set(r->fault, ERR_SYSTEM, name, "%s:%d: unknown key `%s`; did you mean `%s`?",
                  r->path, r->line, name, nearest(name));
    else if (!set_key(r->config, key, value))
        fault_set(r->fault, ERR_SYSTEM, name,
                  "%s:%d: `%s` must be a whole number from %lld to %lld", r->path, r->line, name,
                  (long long)key->min, (long long)key->max);
    else
        r->failed = false;
    return r->failed ? 0 : 1;
}

static enum err read_file(struct config *c, const char *path, struct fault *fault)
{
    struct reading_file r = {c, fault, path, fopen(path, "re"), 0, false};
    if (!r.file)
        return fault_set(fault, ERR_SYSTEM, "", "%s: %s", path, strerror(errno));
    int line = ini_parse_stream(next_line, &r, on_pair, &r);
    (void)fclose(r.file);
    if (r.failed)
        return ERR_SYSTEM;
    if (line != 0)
        return fault_set(fault, ERR_SYSTEM, "", "%s:%d: not of the form `key = value`", path, line);
    return OK;
}

/* ---- the environment ---- */

static void environment_name(const struct key *key, char *out, size_t size)
{
    size_t at = (size_t)snprintf(out, size, "POSKO_");
    for (const char *k = key->name; *k && at + 1 < size; k++)
        out[at++] = (char)toupper((unsigned char)*k);
    out[at] = 0;
}

static enum err read_environment(struct config *c, struct fault *fault)
{
    char name[64];
    for (size_t i = 0; i < KEY_COUNT; i++) {
        environment_name(&KEYS[i], name, sizeof(name));
        const char *value = getenv(name);
        if (value && !set_key(c, &KEYS[i], value))
            return fault_set(fault, ERR_SYSTEM, KEYS[i].name,
                             "%s must be a whole number from %lld to %lld", name,
                             (long long)KEYS[i].min, (long long)KEYS[i].max);
    }
    return OK;
}

/* ---- what follows from the texts ---- */

static size_t split(struct config *c, const char *text, const char ***out)
{
    size_t count = 0;
    *out = ARENA_ARRAY(&c->arena, const char *, text ? strlen(text) + 4 : 4);
    struct str rest = str_of(text);
    while (rest.len) {
        struct str word;
        if (!str_cut(rest, ' ', &word, &rest))
            rest = STR_NONE;
        if (word.len)
            (*out)[count++] = arena_dup(&c->arena, word).at;
    }
    return count;
}

static void add_host(struct config *c, struct str host)
{
    char *lower = arena_alloc(&c->arena, host.len + 1);
    for (size_t i = 0; i < host.len; i++)
        lower[i] = (char)tolower((unsigned char)host.at[i]);
    for (size_t i = 0; i < c->host_count; i++)
        if (strcmp(c->hosts[i], lower) == 0)
            return;
    c->hosts[c->host_count++] = lower;
}

static struct str authority(const char *url)
{
    struct str text = str_of(url);
    struct str head;
    struct str tail;
    const char *scheme = strstr(url, "://");
    if (scheme)
        text = str_of(scheme + 3);
    (void)str_cut(text, '/', &head, &tail);
    return head;
}

static void derive(struct config *c)
{
    const char **named = NULL;
    size_t named_count = split(c, c->hosts_text, &named);
    c->listen_count = split(c, c->listen, &c->listens);
    c->trusted_count = split(c, c->trusted_text, &c->trusted);
    if (!c->url && c->listen_count)
        c->url =
            arena_printf(&c->arena, "%s://%s", c->tls_cert ? "https" : "http", c->listens[0]).at;
    c->hosts = ARENA_ARRAY(&c->arena, const char *, named_count + 4 * c->listen_count + 1);
    c->host_count = 0;
    if (c->url)
        add_host(c, authority(c->url));
    for (size_t i = 0; i < named_count; i++)
        add_host(c, str_of(named[i]));
    for (size_t i = 0; i < c->listen_count; i++) {
        const char *port = strrchr(c->listens[i], ':');
        if (!port || strncmp(c->listens[i], "unix:", 5) == 0)
            continue;
        add_host(c, str_of(c->listens[i]));
        add_host(c, arena_printf(&c->arena, "localhost%s", port));
        add_host(c, arena_printf(&c->arena, "127.0.0.1%s", port));
    }
}

bool config_answers_to(const struct config *c, struct str host)
{
    for (size_t i = 0; i < c->host_count; i++)
        if (strlen(c->hosts[i]) == host.len && strncasecmp(c->hosts[i], host.at, host.len) == 0)
            return true;
    return false;
}

int config_log_level(const struct config *c)
{
    static const char *const NAMES[] = {"error", "warn", "info", "debug"};
    for (int i = 0; i < 4; i++)
        if (c->log_level && strcmp(NAMES[i], c->log_level) == 0)
            return i;
    return -1;
}

static enum err check(const struct config *c, struct fault *fault)
{
    if (!c->database)
        return fault_set(fault, ERR_SYSTEM, "database", "`database` is not set");
    if (!c->hub_key)
        return fault_set(fault, ERR_SYSTEM, "hub_key", "`hub_key` is not set");
    if (!c->listen_count)
        return fault_set(fault, ERR_SYSTEM, "listen", "`listen` is empty");
    if (config_log_level(c) < 0)
        return fault_set(fault, ERR_SYSTEM, "log_level",
                         "`log_level` is `%s`; it must be error, warn, info or debug",
                         c->log_level ? c->log_level : "");
    if (!c->tls_cert != !c->tls_key)
        return fault_set(fault, ERR_SYSTEM, "tls_key", "`tls_cert` and `tls_key` go together");
    return OK;
}

enum err config_read(struct config *c, const char *path, struct fault *fault)
{
    *c = (struct config){0};
    arena_init(&c->arena);
    enum err e = OK;
    for (size_t i = 0; i < KEY_COUNT; i++)
        if (KEYS[i].otherwise)
            (void)set_key(c, &KEYS[i], KEYS[i].otherwise);
    if (path)
        e = read_file(c, path, fault);
    if (e == OK)
        e = read_environment(c, fault);
    if (e != OK)
        return e;
    derive(c);
    return check(c, fault);
}

void config_deinit(struct config *c)
{
    arena_deinit(&c->arena);
}

/* ---- showing ---- */

void config_help(struct buf *to, bool scdoc)
{
    char name[64];
    for (size_t i = 0; i < KEY_COUNT; i++) {
        const struct key *k = &KEYS[i];
        environment_name(k, name, sizeof(name));
        const char *otherwise = k->otherwise ? k->otherwise : "none";
        if (scdoc)
            buf_printf(to, "*%s*\n\t%s. Default: %s. Environment: _%s_.\n\n", k->name, k->help,
                       otherwise, name);
        else
            buf_printf(to, "  %-16s %s\n  %-16s (default %s; %s)\n", k->name, k->help, "",
                       otherwise, name);
    }
}

void config_show(const struct config *c, struct buf *to)
{
    for (size_t i = 0; i < KEY_COUNT; i++) {
        const char *at = (const char *)c + KEYS[i].offset;
        const char *text = NULL;
        int64_t number = 0;
        if (KEYS[i].type == KEY_UINT) {
            memcpy(&number, at, sizeof(number));
            buf_printf(to, "%s = %lld\n", KEYS[i].name, (long long)number);
            continue;
        }
        memcpy(&text, at, sizeof(text));
        if (text)
            buf_printf(to, "%s = %s\n", KEYS[i].name, text);
    }
}
