"""Themes: the look that a municipality gives the field app, by its design tokens, checked (SPEC.md)."""
