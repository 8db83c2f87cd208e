"""The record behind a credential, opened only when somebody's scope is limited by it."""

from __future__ import annotations

from collections.abc import Callable

from mohar.domain.values import JsonObject
from mohar.store import Store
from mohar.store.store import Work


def record_in(work: Work, credential_id: str) -> Callable[[], JsonObject | None]:
    """Return what opens the record of a credential; None where it is no longer kept."""

    def opened() -> JsonObject | None:
        found = work.credentials.record_of([credential_id]).get(credential_id)
        return found.content if found else None

    return opened


def record_of(store: Store, credential_id: str) -> Callable[[], JsonObject | None]:
    """Return what opens the record of a credential in a transaction of its own."""

    def opened() -> JsonObject | None:
        with store.read() as work:
            return record_in(work, credential_id)()

    return opened
