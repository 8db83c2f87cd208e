"""A holder or partner asks; we check, and hand over."""
