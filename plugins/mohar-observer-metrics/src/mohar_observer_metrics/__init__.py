"""Count what happens to credentials, as metrics that name nobody."""

from collections import Counter
from collections.abc import Sequence

from mohar.domain.events import Event
from mohar.plugin import Tools, hookimpl


@hookimpl
def mohar_on_events(events: Sequence[Event], tools: Tools) -> None:
    """
    Add each batch to `mohar.events`, by kind and by type of event.

    A batch that comes twice is counted twice: these are for watching a house, not for statistics.
    """
    for (kind, event), number in Counter((each.kind, each.type) for each in events).items():
        tools.telemetry.count("mohar.events", number, kind=kind, event=event)
