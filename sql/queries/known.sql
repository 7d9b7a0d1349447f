-- Which of these jtis are in the ledger.  A repeated string has a known jti: this finds it too,
-- before an event of the hub that has the same.
select distinct on (jti) jti, sha256, seq, at from ledger
    where jti = any($1::uuid[]) order by jti, typ = 'event'
