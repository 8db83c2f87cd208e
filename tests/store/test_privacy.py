"""Marked values are issued; nothing that lies in the database may show them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from mohar.store import Store
from mohar.store.rows import HandleValue, NewItem, NewSubmission
from mohar.store.tables import handle, metadata
from mohar.testing.stores import Desk

NAME, MOBILE, KEY = "Zyxwvut Marked", "9182736450", "MARKED-KEY-0001"
CONTENT = {"number": KEY, "group": "MARKED-GROUP", "name": NAME, "mobile": MOBILE}
SECRETS = [NAME, MOBILE, KEY, "MARKED-GROUP", "MARKED-REPEAT", "Marked"]


def _everything(store: Store) -> str:
    with store.read() as work:
        connection = work.intake._unit.connection
        rows: list[Any] = [
            tuple(row)
            for table in metadata.tables.values()
            for row in connection.execute(sa.select(table))
        ]
    return " ".join(
        value.decode("latin-1") if isinstance(value, bytes) else str(value)
        for row in rows
        for value in row
    )


@pytest.fixture
def marked_store(desk: Desk) -> Store:
    with desk.store.begin() as work:
        work.intake.add(
            NewSubmission(
                submission_id="r1",
                kind="badge",
                actor_id="a1",
                source="api",
                idempotency_key="MARKED-REPEAT",
                received_at=desk.clock(),
            ),
            [NewItem(position=0, content=CONTENT)],
        )
    desk.issue(CONTENT, HandleValue(name="mobile", value=MOBILE))
    [item] = desk.receive({**CONTENT, "number": "MARKED-KEY-0002"})
    desk.reserve(desk.request({**CONTENT, "number": "MARKED-KEY-0002"}, item))
    return desk.store


class TestAtRest:
    def test_no_table_holds_a_value_that_can_be_read(self, marked_store: Store):
        dump = _everything(marked_store)

        assert [secret for secret in SECRETS if secret in dump] == []
        assert "••••••6450" in dump

    def test_no_file_of_the_database_holds_a_value_that_can_be_read(
        self, marked_store: Store, tmp_path: Path
    ):
        marked_store.dispose()
        written = b"".join(path.read_bytes() for path in tmp_path.glob("mohar.sqlite*"))

        assert [secret for secret in SECRETS if secret.encode() in written] == []

    def test_a_mobile_number_is_there_only_as_hash_mask_and_ciphertext(self, marked_store: Store):
        with marked_store.read() as work:
            row = work.intake._unit.connection.execute(sa.select(handle)).one()

        assert row.masked == "••••••6450"
        assert len(row.value_hash) == 32
        assert len(row.contact) == 1 + 4 + 12 + len(MOBILE) + 16
        assert row.pepper_version == 1

    def test_what_rooms_get_does_not_print(self, marked_store: Store):
        with marked_store.begin() as work:
            items = work.intake.claim(10, 30, "w1")
            stored = work.credentials.by_key("badge", KEY)
            bodies = work.credentials.bodies([stored[0].credential_id])

        printed = repr((items, stored, bodies.values()))
        assert [secret for secret in SECRETS if secret in printed] == []

    def test_a_failing_statement_does_not_repeat_what_it_was_given(self, marked_store: Store):
        row = dict.fromkeys(["credential_id", "name", "masked"], MOBILE)
        hashes = {"value_hash": b"h", "contact": b"c", "pepper_version": None}
        with pytest.raises(sa.exc.DBAPIError) as caught, marked_store.begin() as work:
            work.intake._unit.connection.execute(sa.insert(handle), [row | hashes])

        statement = str(caught.value).split("[SQL:", 1)[1]
        assert MOBILE not in statement
