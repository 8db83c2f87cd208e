"""What tests of anything that keeps things need: a clock that stands, secrets, a short way in."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from mohar.domain.credential import Secured
from mohar.domain.lifecycle import CredentialState
from mohar.domain.record import content_digest
from mohar.domain.values import JsonObject
from mohar.plugin.tools import Secret
from mohar.store import Store, Vault, Work, schema
from mohar.store.database import open_engine, transaction
from mohar.store.rows import (
    HandleValue,
    IssuedCredential,
    NewChange,
    NewItem,
    NewSubmission,
    Reservation,
    ReservationRequest,
)


class StandingClock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Return the time it was set to."""
        return self.now

    def move(self, seconds: float) -> None:
        """Set the clock on."""
        self.now += timedelta(seconds=seconds)


def new_secret() -> Secret:
    """Return 32 random bytes as a secret."""
    return Secret(secrets.token_bytes(32), "test")


def new_vault() -> Vault:
    """Return a vault with secrets of its own."""
    return Vault(new_secret(), new_secret())


def make_schema(url: str) -> None:
    """Make the schema, and nothing that depends on a secret."""
    engine = open_engine(url)
    with transaction(engine, writes=True) as connection:
        schema.upgrade(connection)
    engine.dispose()


class RolledBack(Exception):
    """The end of a transaction that is taken back on purpose."""


def roll_back(store: Store, do: Callable[[Work], object]) -> None:
    """Do something in a transaction, and take it back."""
    with suppress(RolledBack), store.begin() as work:
        do(work)
        raise RolledBack


class Desk:
    """
    The steps of issuing, cut short to what the store sees of them.

    A content's `number` is its natural key, `group` (or else the number) its group, and `name`
    goes into its one body.
    """

    def __init__(self, store: Store, clock: StandingClock) -> None:
        self.store = store
        self.clock = clock
        self._submissions = 0

    def receive(self, *contents: JsonObject, kind: str = "badge") -> list[str]:
        """Keep one submission and return the ids of its items."""
        self._submissions += 1
        submission_id = f"s{self._submissions}"
        with self.store.begin() as work:
            work.intake.add(
                NewSubmission(
                    submission_id=submission_id,
                    kind=kind,
                    actor_id="a1",
                    source="api",
                    received_at=self.clock(),
                ),
                [NewItem(position=n, content=content) for n, content in enumerate(contents)],
            )
        return [f"{submission_id}-{position}" for position in range(len(contents))]

    def request(self, content: JsonObject, intake_id: str, **more: Any) -> ReservationRequest:
        """Return the request of an item for its number; `more` replaces its fields."""
        values: dict[str, Any] = {
            "kind": "badge",
            "key": str(content["number"]),
            "group": str(content.get("group", content["number"])),
            "digest": content_digest(content),
            "intake_id": intake_id,
            "digits": 11,
            "list_purpose": "revocation",
        }
        return ReservationRequest(**{**values, **more})

    def reserve(self, *requests: ReservationRequest) -> Sequence[Reservation]:
        """Reserve in a transaction of its own."""
        with self.store.begin() as work:
            return work.credentials.reserve(requests)

    def signed(
        self, reservation: Reservation, content: JsonObject, handles: tuple[HandleValue, ...] = ()
    ) -> IssuedCredential:
        """Return a reserved content as if it had been signed."""
        return IssuedCredential(
            credential_id=reservation.credential_id,
            revision=reservation.revision,
            issued_at=self.clock(),
            config_digest="c0",
            digest=content_digest(content),
            record=content,
            handles=handles,
            bodies=(self._body(reservation, content),),
        )

    def issue(self, content: JsonObject, *handles: HandleValue) -> Reservation:
        """Take one record the whole way."""
        [intake_id] = self.receive(content)
        [reservation] = self.reserve(self.request(content, intake_id))
        with self.store.begin() as work:
            work.credentials.commit([self.signed(reservation, content, handles)])
        return reservation

    def change(self, credential_id: str, after: CredentialState, **more: Any) -> None:
        """Change the state of one credential."""
        with self.store.begin() as work:
            work.lifecycle.lock([credential_id])
            before = work.credentials.find([credential_id])[credential_id].state
            made = {"cause": "test", "actor_id": "tester", **more}
            work.lifecycle.change(
                [
                    NewChange(
                        credential_id=credential_id,
                        at=self.clock(),
                        before=before,
                        after=after,
                        **made,
                    )
                ]
            )

    def _body(self, reservation: Reservation, content: JsonObject) -> Secured:
        document = {"name": content.get("name", "")}
        return Secured(
            kind="badge",
            body="main",
            credential_id=reservation.credential_id,
            revision=reservation.revision,
            schema="badge-1",
            format="plain",
            media_type="application/vc+json; charset=utf-8",
            key_id="k1",
            algorithm="EdDSA",
            created=self.clock(),
            document=document,
            content=msgspec.json.encode(document),
        )
