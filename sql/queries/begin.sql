-- A turn: each statement sees what was committed before it, so all after lock_head see the truth.
begin isolation level read committed
