"""Print a credential as PDF from an HTML template."""
