"""From the outbox to observers, each isolated; events become facts that hold nobody's data."""

from mohar.announcing.facts import fact_of
from mohar.announcing.observers import HookObserver, Observer, SinkObserver
from mohar.announcing.policy import RelayPolicy, next_try
from mohar.announcing.relay import Relay

__all__ = [
    "HookObserver",
    "Observer",
    "Relay",
    "RelayPolicy",
    "SinkObserver",
    "fact_of",
    "next_try",
]
