"""Signed credentials become pictures: which renderer, in which language, drawn once."""
