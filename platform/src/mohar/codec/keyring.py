"""The keys of one signer, the first and those that took over from it: one file, one truth."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec

from mohar.codec.keymaking import KeyDescription, Moment, yaml_lines
from mohar.domain.keys import PublicKey


class LaterKey(KeyDescription, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    A key that takes over at `signs_from`, and is published before.

    `file` is its PEM, in the folder of the first key's. `public_key` is always told here, so that
    the PEM may be destroyed when the key has ended.
    """

    file: str
    signs_from: Moment
    public_key: str

    @property
    def begins(self) -> datetime:
        """Return when it is this key's turn."""
        return self.signs_from


class KeyRing(KeyDescription, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    What stands beside the PEM of a signer's first key: that key, and all `later` ones in order.

    A key never leaves the ring, since somebody holds a credential that it signed.
    """

    later: tuple[LaterKey, ...] = ()

    @property
    def keys(self) -> tuple[KeyDescription, ...]:
        """Return all keys, the first one first."""
        return (self, *self.later)

    def named(self, key_id: str) -> KeyDescription | None:
        """Return the key of that id, or None."""
        return next((each for each in self.keys if each.key_id == key_id), None)

    def signing(self, moment: datetime) -> KeyDescription:
        """
        Return the key that signs at a moment: the newest whose turn has come, if it still may.

        Where none may sign, it is the newest whose turn has come; `why_not` tells the reason.
        """
        begun = [each for each in self.keys if each.begins is None or each.begins <= moment]
        fit = [each for each in begun if each.why_not(moment) is None]
        return (fit or begun or [self])[-1]

    def followed_by(self, key: LaterKey, overlap: timedelta) -> KeyRing:
        """Return the ring with one key more; when that has signed for `overlap`, the others end."""
        end = key.signs_from + overlap
        ended = self._changed(lambda each: {"valid_until": _earlier(each.valid_until, end)})
        return msgspec.structs.replace(ended, later=(*ended.later, key))

    def revoked(self, key_id: str, since: datetime | None) -> KeyRing:
        """
        Return the ring with one key that signs no more.

        It is believed for what says it was signed before `since`, and without that for nothing at
        all; what was said of a key before is never softened.
        """

        def change(each: KeyDescription) -> dict[str, Any]:
            if each.key_id != key_id or each.status == "compromised":
                return {}
            if since is None:
                return {"status": "compromised"}
            return {"compromised_since": _earlier(each.compromised_since, since)}

        return self._changed(change)

    def described(self, key: PublicKey) -> PublicKey:
        """
        Return a public key as the ring describes it.

        One that another takes over from is retired: what it signed counts, dated or not.
        """
        one = self.named(key.key_id) or self
        told = one.describe(key)
        hands_over = one is not self.keys[-1] and one.valid_until is not None
        if hands_over and one.status == "active" and one.compromised_since is None:
            return msgspec.structs.replace(told, status="retired")
        return told

    def as_yaml(self) -> str:
        """Return the ring as YAML: the first key as one alone is described, then the later ones."""
        lines = yaml_lines(msgspec.structs.replace(self, later=()))
        if self.later:
            lines.append("later:")
        for each in self.later:
            first, *more = yaml_lines(each)
            lines += [f"- {first}", *(f"  {line}" for line in more)]
        return "\n".join(lines) + "\n"

    def _changed(self, change: Callable[[KeyDescription], dict[str, Any]]) -> KeyRing:
        later = tuple(msgspec.structs.replace(each, **change(each)) for each in self.later)
        return msgspec.structs.replace(self, **change(self), later=later)


def _earlier(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else min(one, other)
