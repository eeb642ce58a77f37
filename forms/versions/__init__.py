"""How a form goes from one version to the next (SPEC.md section 12)."""
