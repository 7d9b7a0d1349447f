#include "app/answer.h"

void answer_refuse(struct hub *hub, struct session_id from, struct str id,
                   const struct fault *fault)
{
    ++*hub->refused[fault->code];
    struct buf out;
    buf_init(&out);
    struct json_writer w = {.to = &out};
    json_begin_object(&w, NULL);
    if (id.len)
        json_put_text(&w, "id", id);
    else
        json_put_raw(&w, "id", STR("null"));
    json_put_text(&w, "code", str_of(err_wire(fault->code)));
    json_put_text(&w, "text", str_of(fault->text));
    if (fault->field[0])
        json_put_text(&w, "field", str_of(fault->field));
    if (fault->retry_ms)
        json_put_int(&w, "retry_ms", fault->retry_ms);
    json_end_object(&w);
    net_http_reply(hub->net, from, err_status(fault->code), "application/json", buf_peek(&out));
    buf_deinit(&out);
}
