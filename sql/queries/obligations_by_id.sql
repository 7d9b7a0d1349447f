-- What is owed on the tickets of tickets_by_id.sql.
with recursive asked(id) as (
    select unnest($1::uuid[])
    union
    select t."into" from asked a join ticket t on t.id = a.id where t."into" is not null
)
select inc, agency, what, about, since, due, next, step, sev from obligation
    where inc in (select id from asked limit 64 + cardinality($1))
    order by inc, agency, what, about
