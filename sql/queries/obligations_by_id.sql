-- What is owed on tickets $1.
select inc, agency, what, about, since, due, next, step, sev from obligation
    where inc = any($1::uuid[]) order by inc, agency, what, about
