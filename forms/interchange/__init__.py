"""Parts that import and export share: our own columns, and the report of what became of every row."""
