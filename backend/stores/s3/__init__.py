"""Attachments in a bucket of S3."""
