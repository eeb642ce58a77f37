"""The privacy lint: what a form may not ask, found before it is published (SPEC.md of this room)."""
