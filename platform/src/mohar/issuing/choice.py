"""Which bodies a caller means by the formats that are named."""

from __future__ import annotations

from collections.abc import Sequence

from mohar.domain.errors import InvalidInput
from mohar.issuing.plan import KindPlan


def listed(text: str) -> tuple[str, ...]:
    """Return the names of a list with commas, as in `domestic,hcert`."""
    return tuple(part for each in text.split(",") if (part := each.strip()))


def chosen(kind: KindPlan, names: Sequence[str]) -> tuple[str, ...] | None:
    """
    Return the names of the bodies meant, in the kind's own order; None, for all, where none is named.

    A name is a body's own, or that of a format, which means all bodies in it.

    Raises:
        InvalidInput: a name is neither.
    """
    if not names:
        return None
    bodies = [plan.name for plan in kind.bodies]
    formats = sorted({plan.format for plan in kind.bodies})
    unknown = [at for at, name in enumerate(names, 1) if name not in {*bodies, *formats}]
    if unknown:
        # What was sent may be anything, somebody's name as well, so it is told by its place.
        raise InvalidInput(
            f"no body or format of {kind.name} is named at place {', '.join(map(str, unknown))}: "
            f"its bodies are {', '.join(bodies)}, their formats {', '.join(formats)}"
        )
    return tuple(plan.name for plan in kind.bodies if {plan.name, plan.format} & set(names))
