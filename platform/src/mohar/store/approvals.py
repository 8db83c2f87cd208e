"""Who has looked at a plan of corrections and wants it done: kept, so that another may do it."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa

from mohar.store.rows import Approval
from mohar.store.tables import approval
from mohar.store.unit import Section, named


class Approvals(Section):
    """Approvals, by the digest of what was approved."""

    def mark(self, text: str) -> str:
        """Return a keyed hash, in hex, that confirms no guess of what the text says."""
        return self._unit.vault.keyed_hash("approval", text).hex()

    def add(self, new: Approval) -> bool:
        """Keep an approval; return False, and change nothing, where the plan was approved before."""
        sealed = self._unit.seal_json("intake", marks_place(new.digest), sorted(new.marks))
        row = {**msgspec.structs.asdict(new), "marks": sealed}
        return bool(self._unit.insert_new(approval, [row], approval.c.digest))

    def find(self, digest: str) -> Approval | None:
        """Return the approval of a plan, or None."""
        query = sa.select(approval).where(approval.c.digest == digest)
        row = self._unit.connection.execute(query).one_or_none()
        if row is None:
            return None
        opened = self._unit.safe.open(marks_place(digest), row.marks)
        marks = msgspec.json.decode(opened, type=frozenset[str])
        return Approval(**{**named(row), "marks": marks})


def marks_place(digest: str) -> str:
    """Return where the marks of an approval are sealed for."""
    return f"approval.marks/{digest}"
