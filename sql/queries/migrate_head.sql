-- Turns of running hubs wait.  The whole table at once: a hub that waits for the row would be in the
-- way of a file that alters the table, and that file in the hub's.
lock table head in access exclusive mode
