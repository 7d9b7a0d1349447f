/* What somebody else's program looks like: the public header and libposko.a, nothing else of ours.
 * usage: libposko URL KEY AUD HUB AGENCY MEMBER CLAIMS   posts CLAIMS as an incident.report, waits
 * until its own record comes back, and prints the verdict. */
#include <posko/client.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void on_event(void *arg, struct posko_client *c, const struct posko_event *e)
{
    int64_t *seq = arg;
    if (e->type == POSKO_EVENT_POSTED)
        *seq = e->seq;
    if (e->type == POSKO_EVENT_RECORD && e->seq == *seq) {
        printf("%lld %s\n", (long long)e->seq, posko_verdict_name(e->verdict));
        posko_client_stop(c);
    }
}

int main(int argc, char **argv)
{
    struct posko_fault fault;
    int64_t seq = 0;
    if (argc != 8)
        return 2;
    struct posko_client_config config = {.url = argv[1],
                                         .key_file = argv[2],
                                         .aud = argv[3],
                                         .hub = argv[4],
                                         .iss = argv[5],
                                         .act = argv[6],
                                         .event = on_event,
                                         .arg = &seq};
    struct posko_client *c = posko_client_new(&config, &fault);
    if (c == NULL) {
        fprintf(stderr, "%s\n", fault.text);
        return 1;
    }
    struct posko_text claims = {argv[7], strlen(argv[7])};
    char *jws = posko_client_sign(c, "incident.report", claims, NULL, &fault);
    if (jws == NULL) {
        fprintf(stderr, "%s %s\n", fault.field, fault.text);
        posko_client_free(c);
        return 1;
    }
    posko_client_follow(c, -1);
    posko_client_post(c, (struct posko_text){jws, strlen(jws)}, POSKO_KEEP_ALWAYS);
    free(jws);
    enum posko_run run = posko_client_run(c, 10000);
    posko_client_free(c);
    return run == POSKO_RUN_STOPPED ? 0 : 1;
}
