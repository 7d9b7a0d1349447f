#include "store/conninfo.h"

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

enum { HOST_TIMEOUT_MS = 5000 };

static const struct {
    const char *key, *value;
} defaults[] = {
    {"connect_timeout", "5"},     {"tcp_user_timeout", "5000"}, {"keepalives_idle", "5"},
    {"keepalives_interval", "2"}, {"keepalives_count", "3"},
};

static void add(struct conninfo *info, size_t *count, const char *key, const char *value)
{
    for (size_t i = 0; i < *count; i++) {
        if (strcmp(info->keys[i], key) == 0)
            return; /* the operator has said it */
    }
    assert(*count < CONNINFO_KEYS_MAX - 1);
    info->keys[*count] = key;
    info->values[*count] = value;
    ++*count;
}

enum err conninfo_parse(const char *text, const char *name, struct fault *fault,
                        struct conninfo *out)
{
    char *why = NULL;
    struct conninfo info = {.parsed = PQconninfoParse(text, &why)};
    if (info.parsed == NULL) {
        enum err e = fault_set(fault, ERR_SYSTEM, "database", "not a connection string: %s",
                               why != NULL ? why : "out of memory");
        PQfreemem(why);
        return e;
    }
    size_t count = 0;
    int64_t hosts = 1;
    for (const PQconninfoOption *o = info.parsed; o->keyword != NULL; o++) {
        if (o->val == NULL)
            continue;
        add(&info, &count, o->keyword, o->val);
        if (strcmp(o->keyword, "host") == 0 || strcmp(o->keyword, "hostaddr") == 0) {
            int64_t named = 1;
            for (const char *c = strchr(o->val, ','); c != NULL; c = strchr(c + 1, ','))
                named++;
            hosts = named > hosts ? named : hosts;
        }
    }
    for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
        add(&info, &count, defaults[i].key, defaults[i].value);
    add(&info, &count, "application_name", name);
    if (hosts > 1)
        add(&info, &count, "target_session_attrs", "read-write");
    /* Not the operator's to choose: rows are UTF-8. */
    info.keys[count] = "client_encoding";
    info.values[count] = "UTF8";
    info.timeout_ms = hosts * HOST_TIMEOUT_MS;
    *out = info;
    return OK;
}

void conninfo_deinit(struct conninfo *info)
{
    PQconninfoFree(info->parsed);
    *info = (struct conninfo){0};
}
