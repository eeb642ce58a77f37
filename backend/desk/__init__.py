"""Commands of staff from the command line: a local socket to the running server, and what answers on it."""
