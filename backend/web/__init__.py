"""The server's face: routes, refusals, headers, metrics. It decides nothing."""
