"""Text, picture or PDF → what was signed → numbered steps → Verdict."""

from mohar.verifying.credential import KnownType
from mohar.verifying.decode import Decoded, Decoder, SignedText
from mohar.verifying.limits import Limits
from mohar.verifying.presentation import Asked
from mohar.verifying.report import exit_code, verdict_json
from mohar.verifying.snapshot import Snapshot
from mohar.verifying.status import FirstToTell, StatusAnswer, StatusTeller
from mohar.verifying.verify import Presented, Verifier

__all__ = [
    "Asked",
    "Decoded",
    "Decoder",
    "FirstToTell",
    "KnownType",
    "Limits",
    "Presented",
    "SignedText",
    "Snapshot",
    "StatusAnswer",
    "StatusTeller",
    "Verifier",
    "exit_code",
    "verdict_json",
]
