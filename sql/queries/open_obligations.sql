-- The obligations of the page of open_tickets.sql.
select inc, agency, what, about, since, due, next, step, sev from obligation
    where inc in (select id from ticket
        where state in ('open', 'resolved') and id > $1::uuid order by id limit $2::bigint)
    order by inc, agency, what, about
