"""Drafts made of XLSForms."""
