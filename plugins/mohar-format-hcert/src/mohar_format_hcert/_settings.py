"""What a deployment says about the health certificates it issues."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec

Wrapping: TypeAlias = Literal["eu-dcc", "ddcc"]


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    How the document is wrapped for signing. Every wrapping is read, whichever this is.

    `profile` is `eu-dcc` (a CWT with the document as hcert 1, which is what border apps read) or
    `ddcc` (the document alone, as WHO's data set is seen in the field). `issuer` is the ISO 3166-1
    alpha-2 code that the CWT names, the deployment's country unless given. `expires_days` is how
    long the CWT counts, at most as long as the certificate; without claims there is nothing to
    expire but what the document itself says. `certificate` is the file of the signer's X.509
    certificate, PEM or DER: it gives the key its name, and it must be the signer's.
    """

    profile: Wrapping = "eu-dcc"
    issuer: Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$")] | None = None
    expires_days: Annotated[int, msgspec.Meta(ge=1, le=3660)] = 365
    certificate: str | None = None
