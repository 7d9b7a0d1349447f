-- The lock of the turn; the columns of head.sql.
select seq, at, rev, no, no_exercise, accept_clock from head for update
