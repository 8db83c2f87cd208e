"""All that is kept of one person: what there is of it, and its removal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa

from mohar.store import hashes
from mohar.store.deliveries import Deliveries
from mohar.store.request_rows import KeptRequest
from mohar.store.request_tables import request
from mohar.store.requests import Requests
from mohar.store.rows import StoredCredential
from mohar.store.tables import body, credential, handle, intake
from mohar.store.unit import Section

_ENDED: Final = ("done", "declined", "withdrawn")


class Persons(Section):
    """What is kept of the credentials of one group, and beside them."""

    def requests(self, credential_ids: Sequence[str]) -> Sequence[KeptRequest]:
        """Return the requests about these credentials, the oldest first."""
        about = sa.or_(
            request.c.credential_id.in_(credential_ids), request.c.other_id.in_(credential_ids)
        )
        query = sa.select(request.c.tracking).where(about).order_by(request.c.opened_at)
        trackings = self._unit.connection.execute(query).scalars().all()
        found = [Requests(self._unit).find(each) for each in trackings]
        return [each for each in found if each is not None]

    def waits(self, credential_ids: Sequence[str]) -> bool:
        """Say whether a request or a message of theirs has no answer yet."""
        is_open = any(each.state not in _ENDED for each in self.requests(credential_ids))
        query = (
            sa.select(sa.literal(1))
            .join(credential, credential.c.intake_id == intake.c.intake_id)
            .where(credential.c.credential_id.in_(credential_ids), intake.c.state == "waiting")
            .limit(1)
        )
        return is_open or self._unit.connection.execute(query).first() is not None

    def erase(self, credentials: Sequence[StoredCredential]) -> None:
        """
        Remove every personal value of these credentials, and of what led to them or was told.

        Their numbers, states and hashes stay: what was printed still verifies as what it is, and no
        record becomes a credential twice.
        """
        numbers = [each.credential_id for each in credentials]
        self._empty_bodies(numbers)
        self._run(sa.delete(handle).where(handle.c.credential_id.in_(numbers)))
        of_them = sa.select(credential.c.intake_id).where(credential.c.credential_id.in_(numbers))
        self._run(
            sa.update(intake)
            .where(intake.c.intake_id.in_(of_them))
            .values(content=b"", correction=None)
        )
        theirs = credential.c.credential_id.in_(numbers)
        self._run(sa.update(credential).where(theirs).values(record=None))
        trackings = [each.tracking for each in self.requests(numbers)]
        Requests(self._unit).forget_all(trackings)
        Deliveries(self._unit).remove_of_credentials(numbers)

    def _empty_bodies(self, numbers: Sequence[str]) -> None:
        """A body is emptied and not removed: the audit log knows it by its digest."""
        query = sa.select(body.c.credential_id, body.c.name)
        rows = self._unit.select_in(query, body.c.credential_id, numbers)
        emptied = [
            {
                "credential_id": row.credential_id,
                "name": row.name,
                "content": self._unit.safe.seal(
                    "body", hashes.body_place(row.credential_id, row.name), b""
                ),
            }
            for row in rows
        ]
        self._unit.update(body, emptied, by=["credential_id", "name"])

    def _run(self, statement: sa.Executable) -> None:
        self._unit.connection.execute(statement)
