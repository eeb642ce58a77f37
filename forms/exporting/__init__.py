"""Forms written for others to use, with a report of what their format cannot say (SPEC.md of this room)."""
