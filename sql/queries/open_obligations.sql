-- The obligations of the page of open_tickets.sql: from its first ticket to its last.  In between
-- there may be none of others, since what is closed or merged owes nothing.
select inc, agency, what, about, since, due, next, step, sev from obligation
    where inc > $1::uuid and inc <= (
        select id from (
            select id from ticket where state in ('open', 'resolved') and id > $1::uuid
                order by id limit $2::bigint) as page
            order by id desc limit 1)
    order by inc, agency, what, about
