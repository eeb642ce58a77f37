"""Named lists of a municipality: reading them, their versions, and what keeps one from being published."""
