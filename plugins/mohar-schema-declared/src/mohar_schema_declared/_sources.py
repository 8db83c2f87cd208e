"""Which paths a value is made from, converters included."""

from __future__ import annotations

from mohar_schema_declared._converters import AgeAt, AtLeast, Course, Join, Lookup
from mohar_schema_declared._typefile import Value


def paths_of(source: Value) -> list[str]:
    """Return every path that one source of a value reads."""
    paths = [source.from_]
    for step in source.with_:
        if isinstance(step, Lookup):
            paths.append(step.at)
        elif isinstance(step, Course):
            paths += [step.at, step.number, step.of, step.reason]
        elif isinstance(step, AgeAt):
            paths.append(step.date)
        elif isinstance(step, AtLeast):
            paths.append(step.path)
        elif isinstance(step, Join):
            paths += [piece.from_ for piece in step.after]
    return [path for path in paths if path]
