"""What can be asked for by its number."""

from __future__ import annotations


def can_be_an_id(text: str) -> bool:
    """Say no to what no id holds and a database may choke on: PostgreSQL takes no zero byte."""
    return text.isascii() and text.isalnum()
