-- The whole ledger, $2 rows after $1: for an export and for verify.
select seq, at, typ, kind, iss, act, kid, jti, ticket, admins, sha256, leaf, jws, rev
    from ledger where seq > $1::bigint order by seq limit $2::bigint
