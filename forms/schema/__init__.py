"""A schema read: its questions as leaves, references between its parts, patterns, and the text itself."""
