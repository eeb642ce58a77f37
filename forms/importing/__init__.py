"""Forms that were made elsewhere, read into form documents, with a report of what became of every line (SPEC.md)."""
