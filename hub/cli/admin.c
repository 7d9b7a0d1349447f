#include "cli/admin.h"

#include "cli/invitation.h"

enum { KID_START_CHARS_MIN = 8 };

static void say_link(struct session *s, struct str agency, struct str member, struct str link,
                     int64_t until)
{
    struct buf b;
    buf_init(&b);
    if (s->cli->json) {
        struct json_writer w = {&b, false};
        json_begin_object(&w, NULL);
        json_put_text(&w, "op", STR("invited"));
        json_put_text(&w, "agency", agency);
        json_put_text(&w, "member", member);
        json_put_text(&w, "link", link);
        json_put_int(&w, "until", until);
        json_put_int(&w, "seq", s->posted_seq);
        json_end_object(&w);
    } else
        buf_printf(&b, STR_FMT "/" STR_FMT "  " STR_FMT, STR_ARG(agency), STR_ARG(member),
                   STR_ARG(link));
    cli_line(buf_peek(&b));
    buf_deinit(&b);
}

/* The secret is made here and shown once; the ledger holds only its hash. */
enum exit_code admin_invite(struct session *s, struct str agency, struct str member, int64_t for_ms)
{
    struct arena *arena = &s->cli->arena;
    struct secret_text secret = crypt_secret_new();
    struct hash hash = crypt_sha256(str_of(secret.at));
    int64_t until = cli_wall_ms() + for_ms;
    struct str hex = crypt_hex(arena, (struct str){(const char *)hash.at, sizeof(hash.at)});
    struct buf b;
    buf_init(&b);
    struct json_writer w = {&b, false};
    json_begin_object(&w, NULL);
    json_put_text(&w, "agency", agency);
    json_put_text(&w, "member", member);
    json_put_text(&w, "hash", hex);
    json_put_int(&w, "until", until);
    json_end_object(&w);
    enum exit_code code = session_post(s, "device.invite", buf_peek(&b));
    buf_deinit(&b);
    if (code == EXIT_DONE)
        say_link(s, agency, member, invitation_link(arena, s->id.url, &secret, s->id.hub), until);
    return code;
}

enum exit_code invite_run(struct cli *cli)
{
    struct session s;
    struct str agency;
    struct str member;
    int64_t for_ms = args_span(args_get(&cli->args, "for"), INVITE_MS);
    if (!args_member(args_get(&cli->args, "member"), &agency, &member))
        return EXIT_USAGE; /* the parser has seen to it */
    enum exit_code code = session_open(&s, cli);
    if (code == EXIT_DONE)
        code = admin_invite(&s, agency, member, for_ms);
    session_close(&s);
    return code;
}

/* The active keys of AGENCY/MEMBER: how many, the last one's kid, and their list. */
static size_t keys_of(struct session *s, struct str agency, struct str member, struct str *kid,
                      struct buf *list)
{
    struct arena *arena = &s->cli->arena;
    size_t count = 0;
    for (size_t i = 0; i < s->desk.count; i++) {
        struct fault fault;
        const struct node *o = NULL;
        const struct desk_item *item = &s->desk.at[i];
        if (item->kind != DESK_DEVICE ||
            json_parse_trusted(arena, str_of(item->json), &fault, &o) != OK)
            continue;
        if (node_int(o, "until", 0) != 0 || !str_eq(node_text(o, "agency"), agency) ||
            !str_eq(node_text(o, "member"), member))
            continue;
        *kid = str_of(item->name);
        buf_printf(list, "\n  %s  %s #%lld", item->name, TR(s->cli, SINCE),
                   (long long)node_int(o, "from", 0));
        count++;
    }
    return count;
}

static enum exit_code find_key(struct session *s, struct str named, struct str *kid)
{
    struct cli *cli = s->cli;
    struct str agency;
    struct str member;
    struct kid whole;
    size_t count = 0;
    struct buf list;
    if (kid_parse(named, &whole)) {
        *kid = named;
        return EXIT_DONE;
    }
    enum exit_code code = session_present(s);
    if (code != EXIT_DONE)
        return code;
    buf_init(&list);
    if (args_member(named, &agency, &member)) {
        count = keys_of(s, agency, member, kid, &list);
    } else if (named.len >= KID_START_CHARS_MIN) {
        const struct desk_item *item = desk_starting(&s->desk, DESK_DEVICE, named, &count);
        *kid = item == NULL ? STR_NONE : str_of(item->name);
    }
    const char *name = arena_dup(&cli->arena, named).at;
    if (count == 0)
        code = cli_fail(cli, EXIT_REFUSED, "not_found", TR(cli, NO_DEVICE), name);
    else if (count > 1) {
        buf_put_char(&list, '\0');
        struct str text = arena_printf(&cli->arena, TR(cli, MANY_DEVICES), name);
        code = cli_fail(cli, EXIT_USAGE, "usage", "%s%s", text.at, list.at);
    }
    buf_deinit(&list);
    return code;
}

enum exit_code revoke_run(struct cli *cli)
{
    struct session s;
    struct str kid = STR_NONE;
    struct str reason = args_get(&cli->args, "reason");
    enum exit_code code = session_open(&s, cli);
    if (code == EXIT_DONE)
        code = find_key(&s, args_get(&cli->args, "device"), &kid);
    if (code == EXIT_DONE) {
        struct str claims =
            arena_printf(&cli->arena, "{\"kid\":\"" STR_FMT "\",\"reason\":\"" STR_FMT "\"}",
                         STR_ARG(kid), STR_ARG(reason.at == NULL ? STR("lost") : reason));
        code = session_post(&s, "device.revoke", claims);
    }
    if (code == EXIT_DONE)
        session_say_stored(&s, "device.revoke", NULL);
    session_close(&s);
    return code;
}
