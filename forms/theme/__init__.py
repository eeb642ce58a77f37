"""How a municipality lets the field app look: its design tokens, checked (SPEC.md)."""
