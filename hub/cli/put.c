#include "cli/admin.h"

#include "base/keyfile.h"
#include "ledger/codec.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_BYTES_MAX = 8 << 20, FILES_MAX = 256, OBJECTS_MAX = 65536 };

/* What refers to something comes after it. */
static const char *const order[] = {"agency.put", "category.put",  "place.put",
                                    "policy.put", "rule.put",      "member.put",
                                    "source.put", "device.invite", "device.revoke"};
enum { ORDER_COUNT = sizeof(order) / sizeof(order[0]) };

struct object {
    const struct node *node;
    const char *file;
    int rank;     /* in `order` */
    size_t place; /* as it was read: qsort is not stable */
};

struct put {
    struct session s;
    struct object *objects;
    size_t count;
    int64_t stored;
};

static int rank_of(struct str kind)
{
    for (int i = 0; i < ORDER_COUNT; i++) {
        if (str_eq(kind, str_of(order[i])))
            return i;
    }
    return -1;
}

static int by_rank(const void *a, const void *b)
{
    const struct object *left = a;
    const struct object *right = b;
    if (left->rank != right->rank)
        return left->rank < right->rank ? -1 : 1;
    return left->place < right->place ? -1 : left->place > right->place;
}

static enum exit_code add(struct put *p, const char *file, const struct node *o)
{
    struct cli *cli = p->s.cli;
    struct str kind = o->type == NODE_OBJECT ? node_text(o, "kind") : STR_NONE;
    int rank = rank_of(kind);
    if (rank < 0 || p->count == OBJECTS_MAX)
        return cli_fail(cli, EXIT_USAGE, "usage", TR(cli, NOT_ADMIN_KIND), file,
                        kind.at == NULL ? "" : arena_dup(&cli->arena, kind).at);
    if (p->objects == NULL)
        p->objects = mem_new(OBJECTS_MAX * sizeof(*p->objects));
    p->objects[p->count] = (struct object){o, file, rank, p->count};
    p->count++;
    return EXIT_DONE;
}

/* One object, or an array of them: wrapped, since our parser wants an object on top. */
static enum exit_code read_file(struct put *p, const char *path)
{
    struct cli *cli = p->s.cli;
    struct fault fault = {0};
    struct str text;
    const struct node *top = NULL;
    enum exit_code code = EXIT_DONE;
    if (file_read(&cli->arena, path, FILE_BYTES_MAX, &fault, &text) != OK)
        return cli_fail(cli, EXIT_USAGE, "usage", "%s", fault.text);
    struct str whole = arena_printf(&cli->arena, "{\"all\":" STR_FMT "}", STR_ARG(text));
    if (json_parse_trusted(&cli->arena, whole, &fault, &top) != OK || top->count != 1)
        return cli_fail(cli, EXIT_USAGE, "usage", TR(cli, BAD_FILE), path, fault.text);
    const struct node *all = top->first;
    if (all->type != NODE_ARRAY)
        return add(p, path, all);
    for (const struct node *o = all->first; o != NULL && code == EXIT_DONE; o = o->next)
        code = add(p, path, o);
    return code;
}

static bool is_json_name(struct str name)
{
    return name.len > 5 && name.at[0] != '.' &&
           str_eq((struct str){name.at + name.len - 5, 5}, STR(".json"));
}

static int by_text(const void *a, const void *b)
{
    const struct str *left = a;
    const struct str *right = b;
    return str_compare(*left, *right);
}

/* *.json in the order of their names; one that describes a key beside it is none of them. */
static enum exit_code read_folder(struct put *p, const char *folder)
{
    struct cli *cli = p->s.cli;
    struct str names[FILES_MAX + 1];
    size_t count = 0;
    enum exit_code code = EXIT_DONE;
    DIR *dir = opendir(folder);
    if (dir == NULL)
        return cli_fail(cli, EXIT_USAGE, "usage", TR(cli, BAD_FILE), folder, strerror(errno));
    for (struct dirent *e = readdir(dir); e != NULL && count <= FILES_MAX; e = readdir(dir)) {
        struct str name = str_of(e->d_name);
        if (!is_json_name(name))
            continue;
        struct str pem =
            arena_printf(&cli->arena, "%s/" STR_FMT ".pem", folder, (int)name.len - 5, name.at);
        if (access(pem.at, F_OK) != 0)
            names[count++] = arena_printf(&cli->arena, "%s/%s", folder, e->d_name);
    }
    closedir(dir);
    if (count > FILES_MAX)
        return cli_fail(cli, EXIT_USAGE, "usage", TR(cli, BAD_FILE), folder, "> 256 *.json");
    qsort(names, count, sizeof(names[0]), by_text);
    for (size_t i = 0; i < count && code == EXIT_DONE; i++)
        code = read_file(p, names[i].at);
    return code;
}

static struct str folder_of(struct arena *arena, const char *file)
{
    const char *slash = strrchr(file, '/');
    if (slash == NULL)
        return STR(".");
    return arena_dup(arena, (struct str){file, (size_t)(slash - file)});
}

/* A source that the hub does not know and that brings no key gets one, beside its file.  A key
 * that lies there already is of an earlier try, and is used. */
static enum exit_code make_key(struct put *p, const struct object *o, struct public_key *jwk)
{
    struct cli *cli = p->s.cli;
    struct fault fault = {0};
    struct secret_key key;
    struct buf why;
    struct str agency = arena_dup(&cli->arena, node_text(o->node, "agency"));
    struct str source = arena_dup(&cli->arena, node_text(o->node, "source"));
    if (!str_is_id(agency) || !str_is_id(source))
        return cli_fail(cli, EXIT_USAGE, "bad_claim", TR(cli, BAD_CLAIM), "source", o->file);
    struct str pem =
        arena_printf(&cli->arena, STR_FMT "/" STR_FMT "." STR_FMT ".pem",
                     STR_ARG(folder_of(&cli->arena, o->file)), STR_ARG(agency), STR_ARG(source));
    enum err e = OK;
    if (access(pem.at, F_OK) == 0) {
        e = keyfile_read(pem.at, &fault, &key);
    } else {
        key = crypt_key_new();
        e = keyfile_write(pem.at, &key, &fault);
    }
    if (e != OK)
        return cli_fail(cli, EXIT_USAGE, "system", "%s", fault.text);
    *jwk = crypt_public(&key);
    struct kid kid = crypt_thumbprint(jwk);
    struct identity id = p->s.id;
    id.iss = agency;
    id.act = source;
    id.kid = arena_dup(&cli->arena, kid_str(&kid));
    buf_init(&why);
    enum exit_code code = EXIT_DONE;
    if (!identity_write(&cli->arena, pem, &id, &why))
        code = cli_fail(cli, EXIT_USAGE, "system", STR_FMT, STR_ARG(buf_peek(&why)));
    else
        cli_remark(cli, TR(cli, NEW_SOURCE_KEY), agency.at, source.at, pem.at);
    buf_deinit(&why);
    return code;
}

static bool needs_key(const struct put *p, const struct object *o)
{
    char name[DESK_NAME_BYTES];
    struct buf b;
    if (strcmp(order[o->rank], "source.put") != 0 || node_get(o->node, STR("jwk")) != NULL)
        return false;
    buf_init(&b);
    buf_printf(&b, STR_FMT "/" STR_FMT, STR_ARG(node_text(o->node, "agency")),
               STR_ARG(node_text(o->node, "source")));
    bool known = str_to_c(buf_peek(&b), name, sizeof(name)) &&
                 desk_find(&p->s.desk, DESK_SOURCE, str_of(name)) != NULL;
    buf_deinit(&b);
    return !known;
}

static void say_stored(struct put *p, const struct object *o)
{
    struct cli *cli = p->s.cli;
    static const char *const names[] = {"agency", "cat",    "place",  "policy", "rule",
                                        "member", "source", "member", "kid"};
    if (cli->json) {
        session_say_stored(&p->s, order[o->rank], NULL);
        return;
    }
    struct buf b;
    buf_init(&b);
    buf_printf(&b, TR(cli, STORED), (long long)p->s.posted_seq);
    buf_printf(&b, "  %s ", order[o->rank]);
    cli_put_clean(&b, node_text(o->node, names[o->rank]));
    cli_line(buf_peek(&b));
    buf_deinit(&b);
}

static enum exit_code put_one(struct put *p, const struct object *o)
{
    struct public_key jwk;
    bool has_key = needs_key(p, o);
    struct buf b;
    enum exit_code code = has_key ? make_key(p, o, &jwk) : EXIT_DONE;
    if (code != EXIT_DONE)
        return code;
    buf_init(&b);
    struct json_writer w = {&b, false};
    json_begin_object(&w, NULL);
    for (const struct node *n = o->node->first; n != NULL; n = n->next) {
        char name[64];
        if (str_eq(n->key, STR("kind")) || str_eq(n->key, STR("invite")) ||
            str_eq(n->key, STR("new_key")))
            continue; /* the last two are for genesis and for us, no claims */
        if (str_to_c(n->key, name, sizeof(name)))
            cli_put_node(&w, name, n);
    }
    if (has_key)
        codec_put_jwk(&w, "jwk", &jwk);
    json_end_object(&w);
    p->s.until = cli_wall_ms() + args_span(args_common(&p->s.cli->args, "timeout"), 20000);
    code = session_post(&p->s, order[o->rank], buf_peek(&b));
    buf_deinit(&b);
    if (code != EXIT_DONE) {
        cli_remark(p->s.cli, "  %s", o->file);
        return code;
    }
    p->stored++;
    say_stored(p, o);
    if (strcmp(order[o->rank], "member.put") == 0 && node_bool(o->node, "invite", false))
        code = admin_invite(&p->s, node_text(o->node, "agency"), node_text(o->node, "member"),
                            INVITE_MS);
    return code;
}

enum exit_code put_run(struct cli *cli)
{
    struct put p = {0};
    struct stat st;
    const char *path = arena_dup(&cli->arena, args_get(&cli->args, "path")).at;
    enum exit_code code = session_open(&p.s, cli);
    if (code != EXIT_DONE)
        goto done;
    p.s.keep = true;
    bool is_folder = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
    code = is_folder ? read_folder(&p, path) : read_file(&p, path);
    if (code == EXIT_DONE && p.count == 0)
        code = cli_fail(cli, EXIT_USAGE, "usage", TR(cli, NOTHING_TO_PUT), path);
    if (code == EXIT_DONE)
        code = session_present(&p.s); /* which sources are known */
    if (code == EXIT_DONE)
        qsort(p.objects, p.count, sizeof(p.objects[0]), by_rank);
    for (size_t i = 0; code == EXIT_DONE && i < p.count; i++)
        code = put_one(&p, &p.objects[i]);
    if (p.stored > 0)
        cli_remark(cli, TR(cli, PUT_DONE), (long long)p.stored);
done:
    mem_free(p.objects);
    session_close(&p.s);
    return code;
}
