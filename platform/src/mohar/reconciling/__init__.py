"""A new record, or a file of them, contradicts what was issued: find it, and have it corrected."""
