/* Records and tickets as one line each, for people and for scripts. */
#ifndef POSKO_CLI_LINE_H
#define POSKO_CLI_LINE_H

#include "cli/session.h"

/* "14:30:05 WITA  #1235 v kpu/sari  tiket 42  Laporan kritis ..."; desk: to name the ticket. */
void line_record(struct buf *to, const struct cli *cli, const struct desk *desk,
                 const struct posko_event *e);
/* "   42  terbuka  kritis  physical.crowd  "title"  kpu > polres diterima, ..." and what is due. */
void line_ticket(struct buf *to, const struct cli *cli, const struct node *ticket);
/* {"op":"record","seq","at","verdict","claims":{...},"ticket":{...},"jws"} */
void line_record_json(struct buf *to, const struct posko_event *e);
/* The message as it came, on one line. */
void line_message_json(struct buf *to, const struct posko_event *e);
/* "42", "L3", or the first 13 characters of an id that is not on the desk. */
void line_ticket_name(struct buf *to, const struct desk *desk, struct str id);

#endif
