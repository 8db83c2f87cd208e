"""What `/openapi.json` says of bodies and answers, where the handlers' signatures cannot say it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import (
    OpenAPIMediaType,
    OpenAPIResponse,
    Operation,
    Reference,
    RequestBody,
    Schema,
)
from litestar.openapi.spec.enums import OpenAPIType

from mohar.web.problems import MEDIA_TYPE, TITLES, Problem

OBJECT = Schema(type=OpenAPIType.OBJECT)
BYTES = Schema(type=OpenAPIType.STRING, content_media_type="application/octet-stream")
TEXT = Schema(type=OpenAPIType.STRING)
_UNKNOWN_CALLER = 401
_TOO_MANY = 429
_PROBLEM = Reference(ref="#/components/schemas/Problem")


def objects(**members: Schema) -> Schema:
    """Return the schema of an object that has these members at least."""
    return Schema(type=OpenAPIType.OBJECT, required=list(members), properties={**members})


def answers(
    good: Mapping[int, tuple[Any, str]], *problems: int, media_type: str = "application/json"
) -> dict[int, ResponseSpec]:
    """Return the answers of an operation: by status what it holds and means, and its problems."""
    documented = {
        status: ResponseSpec(
            model, generate_examples=False, description=description, media_type=media_type
        )
        for status, (model, description) in good.items()
    }
    if _UNKNOWN_CALLER in problems:
        # Whoever is known has a quota.
        problems = tuple(sorted({*problems, _TOO_MANY}))
    return documented | {
        status: ResponseSpec(
            Problem, generate_examples=False, description=TITLES[status], media_type=MEDIA_TYPE
        )
        for status in problems
    }


def taking(
    content: Mapping[str, Schema], description: str, *, problem_or: str = ""
) -> type[Operation]:
    """
    Return the operation class of a handler that reads its body by itself.

    `problem_or` is a status whose answer is either what is documented for it or a problem.
    """

    @dataclass
    class Taking(Operation):
        def __post_init__(self) -> None:
            self.request_body = RequestBody(
                content=_by_media_type(content), description=description, required=True
            )
            either = (self.responses or {}).get(problem_or)
            if isinstance(either, OpenAPIResponse) and either.content is not None:
                either.content[MEDIA_TYPE] = OpenAPIMediaType(schema=_PROBLEM)

    return Taking


def giving(content: Mapping[str, Schema], description: str) -> type[Operation]:
    """Return the operation class of a handler whose success has one of several forms."""

    @dataclass
    class Giving(Operation):
        def __post_init__(self) -> None:
            success = OpenAPIResponse(content=_by_media_type(content), description=description)
            self.responses = {**(self.responses or {}), "200": success}

    return Giving


def _by_media_type(content: Mapping[str, Schema]) -> dict[str, OpenAPIMediaType]:
    return {media_type: OpenAPIMediaType(schema=schema) for media_type, schema in content.items()}
