-- All obligations in the order of their key, $5 after ($1, $2, $3, $4).
select inc, agency, what, about, since, due, next, step, sev
    from obligation where (inc, agency, what, about) > ($1::uuid, $2::text, $3::text, $4::text)
    order by inc, agency, what, about limit $5::bigint
