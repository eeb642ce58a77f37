"""The sync room: clock, entry, admission, merge, chain and exchange, as pure functions (SPEC.md)."""
