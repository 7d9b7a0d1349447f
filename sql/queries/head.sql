-- The head, as rows.c reads it.
select seq, at, rev, no, no_exercise, accept_clock from head
