"""The forms room: form documents, answers and their paths, merge policies and validation (SPEC.md)."""
