#include "app/directory.h"

#include "base/json.h"
#include "ledger/codec.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DIRECTORY_FILE_MAX = 4 << 20, DIRECTORY_RECORDS_MAX = 65536 };

struct loading {
    struct arena *arena;
    const char *data;
    const char *file;
    size_t number; /* of the object in its file, from 1 */
    struct fault *fault;
    struct directory *out;
    size_t record_room, invited_room, keyed_room;
};

struct str directory_key_path(struct arena *arena, const char *data, const struct keyed *k)
{
    return arena_printf(arena, "%s/keys/" STR_FMT "." STR_FMT ".pem", data, STR_ARG(k->agency),
                        STR_ARG(k->source));
}

/* The list with room for one more. */
static void *with_room(struct loading *l, void *list, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return list;
    *room = *room ? 2 * *room : 64;
    void *more = arena_alloc(l->arena, *room * size);
    if (count)
        memcpy(more, list, count * size);
    return more;
}

/* ---- one object ---- */

/* The source's key; one that an interrupted genesis made is used again. */
static enum err make_key(struct loading *l, struct record *r)
{
    struct keyed k = {.agency = r->agency, .source = r->source};
    struct str folder = arena_printf(l->arena, "%s/keys", l->data);
    if (mkdir(folder.at, 0700) != 0 && errno != EEXIST)
        return fault_set(l->fault, ERR_SYSTEM, "data", "%s: %s", folder.at, strerror(errno));
    struct str path = directory_key_path(l->arena, l->data, &k);
    struct secret_key key;
    enum err e = OK;
    if (access(path.at, F_OK) == 0) {
        e = keyfile_read(path.at, l->fault, &key);
    } else {
        key = crypt_key_new();
        e = keyfile_write(path.at, &key, l->fault);
    }
    if (e != OK)
        return e;
    k.jwk = crypt_public(&key);
    r->jwk = k.jwk;
    r->has |= CLAIM_BIT(JWK);
    struct directory *d = l->out;
    d->keyed = with_room(l, d->keyed, d->keyed_count, &l->keyed_room, sizeof(k));
    d->keyed[d->keyed_count++] = k;
    return OK;
}

static void invite(struct loading *l, const struct record *r)
{
    struct directory *d = l->out;
    d->invited =
        with_room(l, d->invited, d->invited_count, &l->invited_room, sizeof(struct invited));
    d->invited[d->invited_count++] =
        (struct invited){.agency = r->agency, .member = r->member, .roles = r->roles};
}

static bool is_ours(struct str name)
{
    return str_eq(name, STR("kind")) || str_eq(name, STR("invite")) ||
           str_eq(name, STR("new_key")) || str_eq(name, STR("host"));
}

static enum err name_object(struct loading *l)
{
    struct fault f = *l->fault;
    return fault_set(l->fault, ERR_SYSTEM, f.field, "%s, object %zu, `%s`: %s", l->file, l->number,
                     f.field, f.text);
}

static enum err read_object(struct loading *l, const struct node *object, struct record *r)
{
    int kind = words_find(&WORDS_KIND, node_text(object, "kind"));
    if (kind < 0 || kind_typ((enum kind)kind) != TYP_ADMIN)
        return fault_set(l->fault, ERR_BAD_CLAIM, "kind", "must be an admin kind, as `agency.put`");
    *r = (struct record){.kind = (enum kind)kind, .active = true, .count = 1};
    for (const struct node *n = object->first; n; n = n->next) {
        if (is_ours(n->key))
            continue;
        enum err e = codec_set(l->arena, r, n->key, n, l->fault);
        if (e != OK)
            return e;
    }
    bool makes_key = r->kind == KIND_SOURCE_PUT && node_bool(object, "new_key", false);
    for (int c = 0; c < CLAIMS; c++) {
        bool common = CLAIMS_OF_ALL >> c & 1;
        bool missing = codec_must(r->kind, (enum claim)c) && !(r->has >> c & 1);
        if (missing && !common && !(makes_key && c == CLAIM_JWK)) {
            struct str name = codec_claim_name((enum claim)c);
            return fault_set(l->fault, ERR_BAD_CLAIM, name.at, "is missing");
        }
    }
    if (r->kind == KIND_AGENCY_PUT && (!l->out->host.len || node_bool(object, "host", false)))
        l->out->host = r->agency;
    if (r->kind == KIND_MEMBER_PUT && node_bool(object, "invite", false))
        invite(l, r);
    return makes_key ? make_key(l, r) : OK;
}

static enum err add_object(struct loading *l, const struct node *object)
{
    struct directory *d = l->out;
    l->number++;
    d->records = with_room(l, d->records, d->record_count, &l->record_room, sizeof(struct record));
    if (d->record_count == DIRECTORY_RECORDS_MAX)
        return fault_set(l->fault, ERR_SYSTEM, "", "%s: too many objects", l->file);
    if (object->type != NODE_OBJECT)
        fault_set(l->fault, ERR_BAD_JSON, "", "is not an object");
    else if (read_object(l, object, &d->records[d->record_count]) == OK) {
        d->record_count++;
        return OK;
    }
    return name_object(l);
}

/* ---- files and folders ---- */

static enum err read_file(struct loading *l, const char *path)
{
    struct str text;
    const struct node *root = NULL;
    l->file = path;
    l->number = 0;
    enum err e = file_read(l->arena, path, DIRECTORY_FILE_MAX, l->fault, &text);
    if (e != OK)
        return e;
    /* json_parse wants an object at the top: a list is read as the one member of one. */
    struct str wrapped = arena_printf(l->arena, "{\"all\":" STR_FMT "}", STR_ARG(text));
    struct fault fault;
    if (json_parse_trusted(l->arena, wrapped, &fault, &root) != OK)
        return fault_set(l->fault, ERR_SYSTEM, "", "%s: %s", path, fault.text);
    const struct node *all = root->first;
    if (root->count != 1)
        return fault_set(l->fault, ERR_SYSTEM, "", "%s: not one JSON value", path);
    if (all->type != NODE_ARRAY)
        return add_object(l, all);
    for (const struct node *n = all->first; n && e == OK; n = n->next)
        e = add_object(l, n);
    return e;
}

static int is_json(const struct dirent *d)
{
    size_t len = strlen(d->d_name);
    return len > 5 && strcmp(d->d_name + len - 5, ".json") == 0;
}

static enum err read_folder(struct loading *l, const char *path)
{
    struct dirent **names = NULL;
    int count = scandir(path, &names, is_json, alphasort);
    if (count < 0)
        return fault_set(l->fault, ERR_SYSTEM, "genesis", "%s: %s", path, strerror(errno));
    enum err e = OK;
    for (int i = 0; i < count; i++) {
        if (e == OK)
            e = read_file(l, arena_printf(l->arena, "%s/%s", path, names[i]->d_name).at);
        free(names[i]);
    }
    free(names);
    return e;
}

enum err directory_read(struct arena *arena, const char *paths, const char *data,
                        struct fault *fault, struct directory *out)
{
    *out = (struct directory){0};
    struct loading l = {.arena = arena, .data = data, .fault = fault, .out = out};
    struct str rest = str_of(paths);
    enum err e = OK;
    while (rest.len && e == OK) {
        struct str one;
        struct stat st;
        if (!str_cut(rest, ':', &one, &rest))
            rest = STR_NONE;
        const char *path = arena_dup(arena, one).at;
        if (stat(path, &st) != 0)
            return fault_set(fault, ERR_SYSTEM, "genesis", "%s: %s", path, strerror(errno));
        e = S_ISDIR(st.st_mode) ? read_folder(&l, path) : read_file(&l, path);
    }
    if (e == OK && !out->host.len)
        return fault_set(fault, ERR_SYSTEM, "genesis", "%s: no agency.put in it", paths);
    return e;
}
