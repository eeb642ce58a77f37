"""The expression language of forms: text to tree, the check against a schema, evaluation (SPEC.md section 9)."""
