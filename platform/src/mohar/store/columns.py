"""What all tables share: how moments and JSON are kept, and how constraints are named."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import sqlalchemy as sa


class UtcTime(sa.TypeDecorator[datetime]):
    """An aware moment, kept in UTC whatever the database thinks of time zones."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Return the moment in UTC. Raises ValueError for one without a time zone."""
        del dialect
        if value is not None and value.tzinfo is None:
            raise ValueError("a time without a zone is kept nowhere: make it aware")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Return the moment as aware and in UTC."""
        del dialect
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class JsonText(sa.TypeDecorator[Any]):
    """A value of one type as JSON text. For what is not personal: everything else is sealed."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, shape: Any) -> None:
        super().__init__()
        self.shape = shape

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str | None:
        """Return the value as JSON."""
        del dialect
        return None if value is None else msgspec.json.encode(value).decode()

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> Any:
        """Return the JSON as a value of its type."""
        del dialect
        return None if value is None else msgspec.json.decode(value, type=self.shape)


metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

# SQLite counts up by itself only in a column that is exactly INTEGER PRIMARY KEY.
COUNTING = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
