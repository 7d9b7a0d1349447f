/* One connection of a command: who speaks, what is so now, and answers waited for with a limit. */
#ifndef POSKO_CLI_SESSION_H
#define POSKO_CLI_SESSION_H

#include "cli/cli.h"
#include "cli/desk.h"
#include "cli/identity.h"

#include <posko/client.h>

struct session {
    struct cli *cli;
    struct identity id;
    struct posko_client *client;
    struct desk desk;
    int64_t until; /* cli_wall_ms */
    bool welcomed, live, answered, history_over, history_more;
    bool keep; /* also after "not now": repeat until the time is over */
    char lost[320];
    int64_t ref; /* the post or history that is waited for */
    bool refused;
    struct posko_fault fault;
    char posted_id[40];
    int64_t posted_seq, posted_at, hello_at, welcome_at;
    int64_t hello_heard;  /* cli_wall_ms when it came */
    posko_event_fn *also; /* sees every event after the session did */
    void *also_arg;
};

/* Chooses the key and makes the client; nothing is connected yet.  EXIT_DONE, or it has said why
 * not.  Always followed by session_close. */
enum exit_code session_open(struct session *s, struct cli *cli);
void session_close(struct session *s);

/* Runs until *done, at most until s->until.  EXIT_DONE, or it has said why not. */
enum exit_code session_wait(struct session *s, const bool *done);
/* Logged in. */
enum exit_code session_login(struct session *s);
/* The present state is on the desk. */
enum exit_code session_present(struct session *s);
/* Tickets named by number or by their start become ids in cli->args, and where they are exercises
 * the record will say so. */
enum exit_code session_tickets(struct session *s);

/* Signs and posts, and waits for the answer: posted_*; or it has said why not. */
enum exit_code session_post(struct session *s, const char *kind, struct str claims);
/* Says that the record is stored; item: its ticket, NULL when not known. */
void session_say_stored(struct session *s, const char *kind, const struct desk_item *ticket);

/* Reports a refusal; returns what it means for the exit code. */
enum exit_code session_refused(struct session *s, const struct posko_fault *fault);

struct str session_str(struct posko_text t);

#endif
