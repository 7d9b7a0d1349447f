-- The obligations of the tickets of changed_tickets.sql.
with recursive asked(id) as (
    select unnest($2::uuid[])
    union
    select t."into" from asked a join ticket t on t.id = a.id where t."into" is not null
)
select inc, agency, what, about, since, due, next, step, sev from obligation
    where inc in (select id from ticket where rev > $1::bigint
        union (select id from asked limit 257 * cardinality($2)))
    order by inc, agency, what, about
