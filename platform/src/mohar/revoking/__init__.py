"""Credentials are revoked, suspended and restored, and their status is published."""
