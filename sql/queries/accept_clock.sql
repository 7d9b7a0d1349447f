-- poskod --accept-clock: the hubs see it in the head.
update head set accept_clock = accept_clock + 1
