-- Which of these jtis are in the ledger.  A repeated string has a known jti: this finds it too.
select jti, sha256, seq, at from ledger where jti = any($1::uuid[])
