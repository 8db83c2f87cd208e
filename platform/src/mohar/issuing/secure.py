"""Step 5: signatures. No transaction is open; a signer may be far away."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from mohar.domain.findings import Refusal
from mohar.issuing.draft import Draft, by_body
from mohar.issuing.plan import Workshop


def secure(workshop: Workshop, kind: str, drafts: Sequence[Draft]) -> None:
    """
    Sign every open body of these drafts.

    Raises:
        Unavailable: a key could not be reached; the reservations stay and the batch is retried.
    """
    for name, pairs in by_body(drafts).items():
        composed = [(body, body.credential) for _, body in pairs if body.credential is not None]
        answers = workshop.secure(kind, name, [credential for _, credential in composed])
        for (body, _), answer in zip(composed, answers, strict=True):
            if isinstance(answer, Refusal):
                body.add(answer.findings)
            else:
                bound = body.plan.schema.identifier(answer.document)
                body.secured = (
                    msgspec.structs.replace(answer, identifier=bound) if bound else answer
                )
