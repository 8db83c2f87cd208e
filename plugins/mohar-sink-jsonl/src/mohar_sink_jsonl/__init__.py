"""Append facts, one JSON object a line, to a file."""
