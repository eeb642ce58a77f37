"""Fictional families, for the demonstration."""
