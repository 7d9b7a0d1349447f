-- Gives the lock back, or ends a transaction that failed.
rollback
