"""The benchmarks by name: what each measures, beside what, and over how many records."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from mohar.testing.benches import documents, durable, envelopes, hostile, intake, printing, reading
from mohar.testing.benches.arena import Ground
from mohar.testing.benches.measure import Plan, Round, Scene

_BARE: Final = "the bare signature"
_STRAIGHT: Final = "PyLD and cryptography"
_ED25519: Final = Ground(format="ld", algorithm="EdDSA")
_RSA: Final = Ground(format="ld", algorithm="PS256")
_P256: Final = Ground(
    format="ld", algorithm="EdDSA", suite="ecdsa-rdfc-2019", suite_algorithm="ES256"
)
_PRINTED: Final = Ground(
    format="ld",
    algorithm="EdDSA",
    drawn_by="pdf",
    beside="pdf-compiled",
    plugin="renderer-pdf-compiled",
)
_HC1: Final = Ground(format="hcert", algorithm="ES256")


def _here(ground: Ground, reference: str, way: Callable[[Scene], Round]) -> Plan:
    """Over documents in memory, in this process."""
    return Plan(ground=ground, reference=reference, round=way, records=1000)


def _printed(way: Callable[[Scene], Round]) -> Plan:
    """Over people not seen before, in this process."""
    return Plan(ground=_PRINTED, reference="the page laid out anew", round=way, records=200)


def _kept(ground: Ground) -> Plan:
    """Over records on PostgreSQL, issued by two workers."""
    return Plan(
        ground=ground,
        reference="the straight pipeline",
        round=durable.issuing,
        records=10_000,
        on_postgres=True,
        limit=durable.LIMIT,
    )


def _received(way: Callable[[Scene], Round], records: int) -> Plan:
    """Over records that come by HTTP and are kept on PostgreSQL."""
    return Plan(
        ground=_ED25519,
        reference="one transaction per record",
        round=way,
        records=records,
        on_postgres=True,
    )


BENCHMARKS: Final[Mapping[str, Plan]] = MappingProxyType(
    {
        "canonicalise": _here(_RSA, "PyLD with its contexts kept", documents.canonicalising),
        "sign.ld.ed25519": _here(_ED25519, _BARE, documents.signing),
        "sign.ld.rsa2048": _here(_RSA, _BARE, documents.signing),
        "sign.ld.p256": _here(_P256, _BARE, documents.signing),
        "verify.ld.ed25519": _here(_ED25519, _STRAIGHT, documents.verifying),
        "verify.ld.rsa2048": _here(_RSA, _STRAIGHT, documents.verifying),
        "hc1.encode": _here(_HC1, _BARE, envelopes.encoding),
        "hc1.verify": _here(_HC1, "the bare verification", envelopes.opening),
        "hostile.1mb": _here(_ED25519, "an honest credential", hostile.withstanding),
        "sign.processes2": Plan(
            ground=_ED25519,
            reference="the same with one process",
            round=documents.sharing,
            records=5000,
            processes=2,
        ),
        "issue.durable.ed25519": _kept(_ED25519),
        "issue.durable.rsa2048": _kept(_RSA),
        "intake.single": _received(intake.single, 2000),
        "intake.batch100": _received(intake.batch100, 10_000),
        "intake.sustained": Plan(
            ground=_ED25519,
            reference="the rate they come at",
            round=intake.sustaining,
            records=42_000,
            on_postgres=True,
            rate=intake.RATE,
            most_rounds=1,
        ),
        "http.json": Plan(
            ground=_ED25519,
            reference="what it is to reach",
            round=reading.reading,
            records=15_000,
            on_postgres=True,
        ),
        "render.pdf": _printed(printing.drawing),
        "render.pdf.qr": _printed(printing.drawing_codes),
        "render.http": Plan(
            ground=_PRINTED,
            reference="what it is to reach",
            round=printing.over_http,
            records=4_000,
            on_postgres=True,
        ),
    }
)
