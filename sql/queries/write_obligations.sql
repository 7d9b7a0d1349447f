-- What is owed from now on, or otherwise than it was.
insert into obligation (inc, agency, what, about, since, due, next, step, sev)
    select unnest($1::uuid[]), unnest($2::text[]), unnest($3::text[]), unnest($4::text[]),
        unnest($5::bigint[]), unnest($6::bigint[]), unnest($7::bigint[]), unnest($8::bigint[]),
        unnest($9::text[])
    on conflict (inc, agency, what, about) do update set since = excluded.since,
        due = excluded.due, next = excluded.next, step = excluded.step, sev = excluded.sev
