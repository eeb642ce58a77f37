"""The pages of a municipality's staff: one file a page, one frame around them all (docs/architecture.md)."""
