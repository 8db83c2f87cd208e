"""The states in the life of a credential."""

from __future__ import annotations

from typing import Literal

CredentialState = Literal["reserved", "current", "superseded", "revoked", "suspended", "refused"]
