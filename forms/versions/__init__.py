"""Versions of a form: how one follows another (SPEC.md section 12)."""
