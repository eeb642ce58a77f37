"""The picture of a record: all that is shown of it, worked out from its opened entries (SPEC.md). Pure."""
