-- Ledger rows after $1 up to $2, at most $3, of ticket $4; compared as pairs, so that only the
-- index on (ticket, seq) fits.
select seq, at, typ, kind, iss, act, kid, jti, ticket, admins, sha256, leaf, jws from ledger
    where ticket = $4::uuid and (ticket, seq) > ($4::uuid, $1::bigint)
        and (ticket, seq) <= ($4::uuid, $2::bigint)
    order by ticket, seq limit $3::bigint
