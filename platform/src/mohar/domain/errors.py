"""What can go wrong, named for what the caller can do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mohar.domain.findings import Finding


class MoharError(Exception):
    """
    Anything this platform raises on purpose.

    A message says what, where and what now, and never holds a personal value.
    """

    code: ClassVar[str] = "error"


class Refused(MoharError):
    """The request is understood and will not be done; asking again will not help."""

    code = "refused"


class Unavailable(MoharError):
    """Something we depend on did not answer; the same request may work later."""

    code = "unavailable"


class NotReached(Unavailable):
    """Something we depend on could not be reached, so it was asked nothing; it may be later."""

    code = "not-reached"


class Paused(Unavailable):
    """An operator paused what would do this; nothing was done, and it may be asked for later."""

    code = "paused"


class TooManyWaiting(Unavailable):
    """So much waits that nothing more is taken in now; nothing was kept, and it may be sent again."""

    code = "too-many-waiting"

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(
            "too many records wait to be issued, so nothing of this request was kept; "
            f"send it again in {retry_after_seconds} seconds"
        )
        self.retry_after_seconds = retry_after_seconds


class TooOften(Refused):
    """This was done too often in a short time; nothing was done now, and later it may be again."""

    code = "too-often"

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(
            f"this was asked for too often; try again in {retry_after_seconds} seconds"
        )
        self.retry_after_seconds = retry_after_seconds


class Failed(Unavailable):
    """Something broke that should not have; the same request may work once it is mended."""

    code = "failed"


class ConfigError(Refused):
    """The deployment folder holds mistakes; every one of them is in the message."""

    code = "config-invalid"


class InvalidInput(Refused):
    """What was sent does not have the shape it must have; all findings are told together."""

    code = "invalid-input"

    def __init__(self, message: str, findings: Sequence[Finding] = ()) -> None:
        super().__init__(message)
        self.findings = tuple(findings)


class LimitReached(InvalidInput):
    """The credential, or a field of it, was corrected as often as the policy allows."""

    code = "correction-limit"


class Conflict(Refused):
    """The request contradicts what is already there; the findings tell where, if it can be told."""

    code = "conflict"

    def __init__(self, message: str, findings: Sequence[Finding] = ()) -> None:
        super().__init__(message)
        self.findings = tuple(findings)


class NotFound(Refused):
    """There is no such thing, or it is not yours: both look the same from outside."""

    code = "not-found"


class Unreadable(Refused):
    """These bytes are not something we can read at all."""

    code = "unreadable"


class Unsupported(Refused):
    """These bytes are a credential of a sort this deployment does not know."""

    code = "unsupported"


class NotAuthenticated(Refused):
    """Nobody we know is asking."""

    code = "not-authenticated"


class NotPermitted(Refused):
    """The asker is known and may not do this."""

    code = "not-permitted"


class KeyUnavailable(Unavailable):
    """The signing key could not be reached, so nothing was signed."""

    code = "key-unavailable"

    def __init__(self, key_id: str, why: str) -> None:
        super().__init__(f"key {key_id} cannot sign now: {why}")
        self.key_id = key_id


class SecretMissing(ConfigError):
    """A secret that the deployment refers to is not there."""

    code = "secret-missing"
