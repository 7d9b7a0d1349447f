-- What is owed on tickets $1 is exactly this from now on.  What is the same is not written again:
-- most obligations outlive most records of their ticket.
with new as materialized (
    select * from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::bigint[],
        $7::bigint[], $8::bigint[], $9::bigint[], $10::text[])
        as n(inc, agency, what, about, since, due, next, step, sev)
), gone as (
    delete from obligation where inc = any($1::uuid[])
        and (inc, agency, what, about) not in (select inc, agency, what, about from new)
)
insert into obligation as o (inc, agency, what, about, since, due, next, step, sev)
    select * from new n where not exists (
        select from obligation s
            where (s.inc, s.agency, s.what, s.about) = (n.inc, n.agency, n.what, n.about)
                and (s.since, s.due, s.next, s.step, s.sev)
                    = (n.since, n.due, n.next, n.step, n.sev))
    on conflict (inc, agency, what, about) do update set since = excluded.since,
        due = excluded.due, next = excluded.next, step = excluded.step, sev = excluded.sev
