-- Ledger rows after $1 up to $2, at most $3.
select seq, at, typ, kind, iss, act, kid, jti, ticket, admins, sha256, leaf, jws
    from ledger where seq > $1::bigint and seq <= $2::bigint order by seq limit $3::bigint
