-- The obligations of the tickets of changed_tickets.sql.
with recursive asked(id, merges) as (
    select unnest($2::uuid[]), 0
    union
    select t."into", a.merges + 1
        from asked a join ticket t on t.id = a.id where t."into" is not null and a.merges < 256
)
select inc, agency, what, about, since, due, next, step, sev from obligation
    where inc in (select id from ticket where rev > $1::bigint union select id from asked)
    order by inc, agency, what, about
