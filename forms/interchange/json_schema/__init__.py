"""Drafts made of JSON Schemas."""
