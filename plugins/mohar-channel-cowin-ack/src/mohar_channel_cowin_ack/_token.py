"""The token that Co-WIN's guest login gives: kept for some minutes, renewed when it is refused."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Lock
from typing import Final

import msgspec

from mohar.domain.clock import Clock
from mohar.domain.errors import Unavailable
from mohar.plugin import HttpClient, Secret

_OK: Final = 200
_MOST_OF_A_TOKEN: Final = 8_192


class LoginFailed(Unavailable):
    """The login gave no token; the calls that need one are made later."""

    code = "login-failed"

    def __init__(self, detail: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(f"the login of the call-back gave no token: {detail}")
        self.detail = detail
        self.retry_after_seconds = retry_after_seconds


class Login:
    """Gives the value of the `Authorization` header. Safe to use from several threads."""

    def __init__(
        self,
        *,
        url: str,
        user: Secret,
        token_seconds: float,
        deadline_seconds: float,
        http: HttpClient,
        clock: Clock,
    ) -> None:
        self._url = url
        self._user = user
        self._lasts = timedelta(seconds=token_seconds)
        self._deadline_seconds = deadline_seconds
        self._http = http
        self._clock = clock
        self._lock = Lock()
        self._token = ""
        self._until: datetime | None = None

    def token(self, *, not_this: str = "") -> str:
        """
        Return the token, a new one where it is too old or is the one that was refused.

        Raises:
            LoginFailed: there is none at the moment.
            Unavailable: the login did not answer.
        """
        with self._lock:
            is_good = self._until is not None and self._clock() < self._until
            if not is_good or self._token == not_this:
                self._until = None
                self._token = self._fetched()
                self._until = self._clock() + self._lasts
            return self._token

    def _fetched(self) -> str:
        """The whole body of the answer is the header's value."""
        answer = self._http.request(
            "POST",
            self._url,
            body=msgspec.json.encode({"user_name": self._user.reveal().decode()}),
            headers={"content-type": "application/json"},
            deadline_seconds=self._deadline_seconds,
            max_bytes=_MOST_OF_A_TOKEN,
        )
        if answer.status != _OK:
            raise LoginFailed(f"login http {answer.status}", answer.retry_after_seconds)
        token = answer.body.decode("latin-1").strip()
        if not token or not (token.isascii() and token.isprintable()):
            raise LoginFailed("login without token")
        return token
