"""Turns records into credentials that anyone can verify."""
