"""Which locker asked for what, so that it can be told of changes; sealed, and for some time."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

from mohar.plugin import Expiring
from mohar_channel_digilocker._reading import Asked
from mohar_channel_digilocker._settings import Document

_ACCOUNT: Final = re.compile(r"[A-Za-z0-9-]{1,64}")


class Remembering:
    """
    Keeps the last account that pulled a document, and the last of a group; the door writes.

    An account is known for `lifetime` since it last asked. Nothing is kept where that is nothing.
    """

    def __init__(self, shared: Expiring, lifetime: timedelta) -> None:
        self._shared = shared
        self._lifetime = lifetime

    def pulled(self, document: Document, number: str, asked: Asked) -> None:
        """Keep the account of a request that was answered with a document. Raises Unavailable."""
        account = asked.detail("DigiLockerId")
        if not self._lifetime or not _ACCOUNT.fullmatch(account):
            return
        self._shared.put(_of_document(document.type, number), account.encode(), self._lifetime)
        group = next((c.element for c in document.match if c.to == "group"), "")
        if group:
            key = _of_group(document.kind, asked.detail(group))
            self._shared.put(key, account.encode(), self._lifetime)

    def pushed(self, doc_type: str, number: str, account: str, lifetime: timedelta) -> None:
        """Keep the account that was told of a document. Raises Unavailable."""
        self._shared.put(_of_document(doc_type, number), account.encode(), lifetime)

    def holder_of(self, doc_type: str, number: str) -> str:
        """Return the account that has a document, or nothing. Raises Unavailable."""
        return (self._shared.get(_of_document(doc_type, number)) or b"").decode()

    def holder_in(self, kind: str, group: str) -> str:
        """Return the account that asked for another document of a group. Raises Unavailable."""
        return (self._shared.get(_of_group(kind, group)) or b"").decode()


def _of_document(doc_type: str, number: str) -> str:
    return f"document {doc_type} {number}"


def _of_group(kind: str, group: str) -> str:
    return f"group {kind} {group}"
