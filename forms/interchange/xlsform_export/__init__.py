"""XLSForms made of forms."""
