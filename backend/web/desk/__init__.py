"""The desk: pages for a municipality's staff."""
