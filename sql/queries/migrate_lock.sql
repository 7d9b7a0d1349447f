-- One migration at a time ("posko" as a number).
select pg_advisory_xact_lock(482872451951)
