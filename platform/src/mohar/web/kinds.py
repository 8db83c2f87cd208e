"""What this deployment issues. Nothing about anybody."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath, QueryParameter

from mohar.config.deployment import Kind
from mohar.domain.errors import NotFound
from mohar.rendering.drawing import Option
from mohar.web.answers import json_answer
from mohar.web.auth import house_of
from mohar.web.described import OBJECT, answers, giving


class BodyDescription(msgspec.Struct, frozen=True, kw_only=True):
    """One signed document of a kind; `schema` is where its JSON Schema is."""

    name: str
    profile: str
    required: bool
    schema: str


class KindDescription(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of credential: its natural key, its bodies, and the forms it can be had in."""

    kind: str
    title: str
    natural_key: tuple[str, ...]
    bodies: tuple[BodyDescription, ...]
    representations: tuple[Option, ...]


@get(
    "/v1/kinds",
    sync_to_thread=False,
    summary="What this deployment issues",
    tags=["records"],
    responses=answers({200: (list[KindDescription], "Every kind.")}),
)
def list_kinds(request: Request[Any, Any, Any]) -> Response[bytes]:
    """List the kinds with their bodies, natural key and representations."""
    house = house_of(request)
    return json_answer(
        [
            _described(kind, house.drawing.options(kind.name))
            for kind in house.deployment.credentials
        ]
    )


@get(
    "/v1/kinds/{kind:str}/schema",
    sync_to_thread=False,
    summary="The JSON Schema of a kind",
    tags=["records"],
    operation_class=giving(
        {"application/json": OBJECT, "application/schema+json": OBJECT},
        "The JSON Schema (2020-12) of each body by its name, or of the body named.",
    ),
    responses=answers({}, 400, 404),
)
def kind_schema(
    request: Request[Any, Any, Any],
    kind: FromPath[str],
    named: Annotated[
        str | None, QueryParameter(name="body", description="One body, by name.")
    ] = None,
) -> Response[bytes]:
    """Return the JSON Schema of the signed document of each body, or of the one named."""
    schemas = house_of(request).json_schemas(kind)
    if named is None:
        return json_answer(schemas)
    if named not in schemas:
        raise NotFound("this kind has no such body; see /v1/kinds")
    return json_answer(schemas[named], media_type="application/schema+json")


def _described(kind: Kind, options: Any) -> KindDescription:
    return KindDescription(
        kind=kind.name,
        title=kind.title,
        natural_key=tuple(kind.key),
        bodies=tuple(
            BodyDescription(
                name=body.name,
                profile=body.profile,
                required=body.required,
                schema=f"/v1/kinds/{kind.name}/schema?body={body.name}",
            )
            for body in kind.bodies
        ),
        representations=tuple(options),
    )
