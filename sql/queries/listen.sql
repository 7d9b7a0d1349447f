-- Other hubs' turns wake this one.
listen posko
