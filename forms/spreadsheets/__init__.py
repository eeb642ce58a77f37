"""Tables that people keep in files: workbooks, old workbooks and text, each read within limits (SPEC.md section 11)."""
