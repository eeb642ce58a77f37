"""The verbs of a journal and of keys in SQL that every database of SQL reads; what differs is in its `Words`."""
