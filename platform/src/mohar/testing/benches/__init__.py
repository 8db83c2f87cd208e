"""Benchmarks: each measured beside a reference, and held to a committed ratio."""
