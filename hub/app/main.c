/* poskod: arguments, signals, start, drain, stop. */
#include "app/genesis.h"
#include "app/service.h"
#include "base/keyfile.h"
#include "store/migrate.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_CONFIG "/etc/posko/posko.conf"
enum { LISTEN_FD_FIRST = 3, LISTEN_FDS_MAX = 16 };

enum action { ACTION_SERVE, ACTION_CHECK, ACTION_ADMIN_LINK, ACTION_ACCEPT_CLOCK };

struct daemon {
    struct config config;
    struct log log;
    struct metrics *metrics;
    struct hub hub;
    enum action action;
    const char *admin;
    bool key_is_new, started;
    int inherited[LISTEN_FDS_MAX];
};

static const struct option OPTIONS[] = {{"config", required_argument, NULL, 'c'},
                                        {"check-config", no_argument, NULL, 'C'},
                                        {"admin-link", optional_argument, NULL, 'a'},
                                        {"accept-clock", no_argument, NULL, 'k'},
                                        {"help", no_argument, NULL, 'h'},
                                        {"man", no_argument, NULL, 'm'},
                                        {"version", no_argument, NULL, 'V'},
                                        {NULL, 0, NULL, 0}};

static void usage(bool scdoc)
{
    struct buf keys;
    buf_init(&keys);
    config_help(&keys, scdoc);
    if (!scdoc)
        (void)printf(
            "poskod - the hub\n\n"
            "  poskod [--config FILE]           run (default " DEFAULT_CONFIG ", if there)\n"
            "  poskod --check-config            read the configuration, show it, and end\n"
            "  poskod --admin-link[=MEMBER]     print a new enrolment link for an admin of the "
            "host\n"
            "  poskod --accept-clock            believe the database's clock after a jump\n"
            "  poskod --help | --version\n\n"
            "Keys of the file, and the environment over it:\n");
    (void)printf(STR_FMT, STR_ARG(buf_peek(&keys)));
    buf_deinit(&keys);
}

static int fail(const struct fault *fault)
{
    (void)fprintf(stderr, "poskod: %s\n", fault->text);
    return 1;
}

/* ---- the hub's key ---- */

static enum err read_hub_key(struct daemon *d, struct fault *fault)
{
    struct hub_identity *id = &d->hub.identity;
    struct secret_key key;
    enum err e = OK;
    if (access(d->config.hub_key, F_OK) == 0) {
        e = keyfile_read(d->config.hub_key, fault, &key);
    } else {
        key = crypt_key_new(); /* kept only if the ledger is empty */
        d->key_is_new = true;
    }
    if (e != OK)
        return e;
    jws_signer_init(&id->signer, &key);
    id->jwk = crypt_public(&key);
    id->kid = crypt_thumbprint(&id->jwk);
    id->aud = str_of(d->config.aud);
    return OK;
}

static void give_up(struct daemon *d, const struct fault *fault)
{
    fail(fault);
    hub_stop(&d->hub, 1);
}

static void serve(struct daemon *d)
{
    struct fault fault = {0};
    if (service_listen(&d->hub, &fault) != OK) {
        give_up(d, &fault);
        return;
    }
    log_info(&d->log, "hub.ready", F_TEXT("listen", d->config.listen), F_TEXT("url", d->config.url),
             F_INT("head", turn_told(d->hub.turn)));
}

static void genesis_done(struct hub *hub, enum err end, const struct fault *fault)
{
    struct daemon *d = hub->owner;
    if (end != OK)
        give_up(d, fault);
    else if (d->action == ACTION_ADMIN_LINK)
        hub_stop(hub, 0);
    else
        serve(d);
}

/* The ledger is read: is this its key?  An empty one gets its genesis. */
static void first_loaded(struct daemon *d)
{
    struct hub *hub = &d->hub;
    struct fault fault = {0};
    const struct device *device = state_device(turn_state(hub->turn), &hub->identity.kid);
    bool empty = state_count(turn_state(hub->turn), ENTRY_AGENCY) == 0;
    bool right = device && !device->member && !device->source && device->until == 0;
    if (empty && d->action == ACTION_ADMIN_LINK)
        fault_set(&fault, ERR_SYSTEM, "", "the ledger is empty: start poskod once first");
    else if (empty && d->key_is_new)
        (void)!keyfile_write(d->config.hub_key, &hub->identity.signer.key, &fault);
    else if (!empty && d->key_is_new)
        fault_set(&fault, ERR_SYSTEM, "hub_key",
                  "%s is missing, and the ledger has a key: bring the file back from the backup",
                  d->config.hub_key);
    else if (!empty && !right)
        fault_set(&fault, ERR_SYSTEM, "hub_key", "%s is not the key of this ledger",
                  d->config.hub_key);
    if (fault.code != OK)
        give_up(d, &fault);
    else if (empty)
        genesis_begin(hub, genesis_done);
    else if (d->action == ACTION_ADMIN_LINK)
        genesis_admin_link(hub, d->admin, genesis_done);
    else
        serve(d);
}

static void on_loaded(struct hub *hub)
{
    struct daemon *d = hub->owner;
    if (d->started)
        return;
    d->started = true;
    first_loaded(d);
}

/* ---- signals ---- */

static void on_term(void *arg)
{
    struct daemon *d = arg;
    service_drain(&d->hub);
}

static void on_hup(void *arg)
{
    struct daemon *d = arg;
    struct fault fault = {0};
    if (!d->config.tls_cert || !d->hub.net)
        return;
    if (net_reload_tls(d->hub.net, &fault) == OK)
        log_info(&d->log, "tls.reloaded", F_TEXT("cert", d->config.tls_cert));
    else
        log_error(&d->log, "tls.not_reloaded", F_TEXT("text", fault.text));
}

/* ---- start ---- */

/* systemd's protocol: LISTEN_FDS sockets from descriptor 3 on, for this process. */
static void inherit(struct daemon *d)
{
    const char *pid = getenv("LISTEN_PID");
    const char *fds = getenv("LISTEN_FDS");
    int64_t count = 0;
    int64_t whose = 0;
    if (!pid || !fds || !str_to_int(str_of(pid), 1, INT32_MAX, &whose) || whose != getpid() ||
        !str_to_int(str_of(fds), 1, LISTEN_FDS_MAX, &count))
        return;
    for (int64_t i = 0; i < count; i++)
        d->inherited[i] = LISTEN_FD_FIRST + (int)i;
    d->hub.inherited = d->inherited;
    d->hub.inherited_count = (size_t)count;
}

static int run(struct daemon *d)
{
    struct fault fault = {0};
    if (mkdir(d->config.data, 0755) != 0 && errno != EEXIST) {
        fault_set(&fault, ERR_SYSTEM, "data", "%s: %s", d->config.data, strerror(errno));
        return fail(&fault);
    }
    if (read_hub_key(d, &fault) != OK || migrate(d->config.database, &d->log, &fault) != OK)
        return fail(&fault);
    d->metrics = metrics_new();
    d->log.lost = metrics_counter(d->metrics, "posko_log_lost_total",
                                  "log lines that could not be written", "");
    d->hub.on_loaded = on_loaded;
    d->hub.owner = d;
    inherit(d);
    struct loop *loop = loop_new();
    loop_on_signal(loop, SIGTERM, on_term, d);
    loop_on_signal(loop, SIGINT, on_term, d);
    loop_on_signal(loop, SIGHUP, on_hup, d);
    service_open(&d->hub, loop, &d->log, d->metrics, &d->config);
    loop_run(loop);
    service_close(&d->hub);
    loop_free(loop);
    metrics_free(d->metrics);
    log_info(&d->log, "hub.stopped", F_INT("code", d->hub.exit_code));
    return d->hub.exit_code;
}

static int act(struct daemon *d, const char *path)
{
    struct fault fault = {0};
    if (!path && access(DEFAULT_CONFIG, R_OK) == 0)
        path = DEFAULT_CONFIG;
    if (crypt_start() != OK) {
        fault_set(&fault, ERR_SYSTEM, "",
                  "libsodium is not sound; install the distribution's updates");
        return fail(&fault);
    }
    if (config_read(&d->config, path, &fault) != OK)
        return fail(&fault);
    d->log =
        (struct log){.fd = STDERR_FILENO, .level = (enum log_level)config_log_level(&d->config)};
    if (d->action == ACTION_CHECK) {
        struct buf out;
        buf_init(&out);
        config_show(&d->config, &out);
        (void)printf(STR_FMT, STR_ARG(buf_peek(&out)));
        buf_deinit(&out);
        return 0;
    }
    if (d->action == ACTION_ACCEPT_CLOCK)
        return migrate_accept_clock(d->config.database, &fault) == OK ? 0 : fail(&fault);
    return run(d);
}

int main(int argc, char **argv)
{
    struct daemon *d = mem_new(sizeof(*d));
    const char *path = NULL;
    int option = 0;
    (void)signal(SIGPIPE, SIG_IGN);
    while ((option = getopt_long(argc, argv, "c:hV", OPTIONS, NULL)) != -1) {
        switch (option) {
        case 'c':
            path = optarg;
            break;
        case 'C':
            d->action = ACTION_CHECK;
            break;
        case 'a':
            d->action = ACTION_ADMIN_LINK;
            d->admin = optarg;
            break;
        case 'k':
            d->action = ACTION_ACCEPT_CLOCK;
            break;
        case 'h':
        case 'm':
            usage(option == 'm');
            return 0;
        case 'V':
            (void)printf("poskod " POSKO_VERSION "\n");
            return 0;
        default:
            return 2;
        }
    }
    int code = optind < argc ? 2 : act(d, path);
    if (optind < argc)
        (void)fprintf(stderr, "poskod: `%s` is not understood; see poskod --help\n", argv[optind]);
    config_deinit(&d->config);
    mem_free(d);
    return code;
}
