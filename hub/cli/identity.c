#include "cli/identity.h"

#include "base/keyfile.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { JSON_BYTES_MAX = 4096, KEYS_MAX = 256 };

struct list {
    struct identity at[KEYS_MAX];
    size_t count;
};

struct str identity_folder(struct arena *arena)
{
    const char *config = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");
    if (config != NULL && config[0] == '/')
        return arena_printf(arena, "%s/posko", config);
    return arena_printf(arena, "%s/.config/posko", home == NULL ? "" : home);
}

/* kpu.sari.pem -> kpu.sari.json */
static struct str json_path(struct arena *arena, struct str pem)
{
    struct str stem = pem;
    if (pem.len > 4 && str_eq((struct str){pem.at + pem.len - 4, 4}, STR(".pem")))
        stem.len -= 4;
    return arena_printf(arena, STR_FMT ".json", STR_ARG(stem));
}

static bool read_json(struct arena *arena, struct str path, struct identity *out, struct fault *f)
{
    struct str text;
    const struct node *o = NULL;
    if (file_read(arena, path.at, JSON_BYTES_MAX, f, &text) != OK ||
        json_parse_trusted(arena, text, f, &o) != OK)
        return false;
    out->url = arena_dup(arena, node_text(o, "url"));
    out->aud = arena_dup(arena, node_text(o, "aud"));
    out->hub = arena_dup(arena, node_text(o, "hub"));
    out->iss = arena_dup(arena, node_text(o, "iss"));
    out->act = arena_dup(arena, node_text(o, "act"));
    out->kid = arena_dup(arena, node_text(o, "kid"));
    return true;
}

static int by_name(const void *a, const void *b)
{
    const struct identity *left = a;
    const struct identity *right = b;
    int order = str_compare(left->iss, right->iss);
    return order != 0 ? order : str_compare(left->act, right->act);
}

static void read_folder(struct arena *arena, struct str folder, struct list *out)
{
    struct fault fault;
    DIR *dir = opendir(folder.at);
    if (dir == NULL)
        return;
    for (struct dirent *e = readdir(dir); e != NULL && out->count < KEYS_MAX; e = readdir(dir)) {
        struct str name = str_of(e->d_name);
        if (name.len < 6 || !str_eq((struct str){name.at + name.len - 5, 5}, STR(".json")))
            continue;
        struct identity id = {.key = arena_printf(arena, STR_FMT "/" STR_FMT ".pem",
                                                  STR_ARG(folder), (int)name.len - 5, name.at)};
        struct str path = arena_printf(arena, STR_FMT "/%s", STR_ARG(folder), e->d_name);
        if (access(id.key.at, F_OK) == 0 && read_json(arena, path, &id, &fault))
            out->at[out->count++] = id;
    }
    closedir(dir);
    qsort(out->at, out->count, sizeof(out->at[0]), by_name);
}

static void put_names(const struct list *list, struct buf *why)
{
    for (size_t i = 0; i < list->count; i++)
        buf_printf(why, "\n  " STR_FMT "/" STR_FMT "  " STR_FMT, STR_ARG(list->at[i].iss),
                   STR_ARG(list->at[i].act), STR_ARG(list->at[i].url));
}

static bool from_folder(struct arena *arena, const struct args *args, struct identity *out,
                        struct buf *why)
{
    struct str folder = identity_folder(arena);
    struct str wanted = args_common(args, "as");
    struct str agency = STR_NONE;
    struct str member = STR_NONE;
    struct list *list = arena_alloc(arena, sizeof(*list));
    const char *as = getenv("POSKO_AS");
    if (wanted.at == NULL && as != NULL && as[0] != '\0')
        wanted = str_of(as);
    if (wanted.at != NULL && !args_member(wanted, &agency, &member)) {
        buf_printf(why, text_get(args->lang, TEXT_BAD_VALUE), "as", arena_dup(arena, wanted).at,
                   text_get(args->lang, TEXT_FORM_MEMBER));
        return false;
    }
    read_folder(arena, folder, list);
    if (list->count == 0) {
        buf_printf(why, text_get(args->lang, TEXT_NO_KEY), folder.at);
        return false;
    }
    if (wanted.at == NULL && list->count == 1) {
        *out = list->at[0];
        return true;
    }
    for (size_t i = 0; wanted.at != NULL && i < list->count; i++) {
        if (str_eq(list->at[i].iss, agency) && str_eq(list->at[i].act, member)) {
            *out = list->at[i];
            return true;
        }
    }
    if (wanted.at == NULL)
        buf_printf(why, "%s", text_get(args->lang, TEXT_WHICH_KEY));
    else
        buf_printf(why, text_get(args->lang, TEXT_NO_SUCH_KEY), arena_dup(arena, wanted).at,
                   folder.at);
    put_names(list, why);
    return false;
}

static bool from_file(struct arena *arena, const struct args *args, struct str path,
                      struct identity *out, struct buf *why)
{
    struct fault fault = {0};
    struct str json = json_path(arena, path);
    out->key = arena_dup(arena, path);
    if (access(json.at, F_OK) == 0 && !read_json(arena, json, out, &fault)) {
        buf_printf(why, text_get(args->lang, TEXT_BAD_FILE), json.at, fault.text);
        return false;
    }
    return true;
}

/* Options stand above the file; what is then still missing is said by name. */
static bool complete(struct arena *arena, const struct args *args, struct identity *id,
                     struct buf *why)
{
    struct {
        const char *name;
        struct str *value;
    } needs[] = {{"url", &id->url}, {"aud", &id->aud}, {"iss", &id->iss}, {"act", &id->act}};
    for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
        struct str given = args_common(args, needs[i].name);
        if (given.at != NULL)
            *needs[i].value = arena_dup(arena, given);
        if (needs[i].value->at != NULL)
            continue;
        buf_printf(why, text_get(args->lang, TEXT_KEY_LACKS), id->key.at, needs[i].name,
                   needs[i].name, json_path(arena, id->key).at);
        return false;
    }
    return true;
}

bool identity_choose(struct arena *arena, const struct args *args, struct identity *out,
                     struct buf *why)
{
    struct str path = args_common(args, "key");
    *out = (struct identity){0};
    bool found = path.at != NULL ? from_file(arena, args, path, out, why)
                                 : from_folder(arena, args, out, why);
    return found && complete(arena, args, out, why);
}

bool identity_write(struct arena *arena, struct str pem, const struct identity *id, struct buf *why)
{
    struct fault fault = {0};
    struct buf b;
    buf_init(&b);
    struct json_writer w = {&b, false};
    json_begin_object(&w, NULL);
    json_put_text(&w, "url", id->url);
    json_put_text(&w, "aud", id->aud);
    if (id->hub.at != NULL)
        json_put_text(&w, "hub", id->hub);
    json_put_text(&w, "iss", id->iss);
    json_put_text(&w, "act", id->act);
    json_put_text(&w, "kid", id->kid);
    json_end_object(&w);
    buf_put_char(&b, '\n');
    enum err e = file_write(json_path(arena, pem).at, buf_peek(&b), 0600, &fault);
    if (e != OK)
        buf_printf(why, "%s", fault.text);
    buf_deinit(&b);
    return e == OK;
}
