"""A JSON Schema of `deployment.yaml`, for editors that complete and check while one types."""

from __future__ import annotations

from typing import Any

import msgspec

from mohar.config.deployment import Deployment


def deployment_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of `deployment.yaml`."""
    schema = msgspec.json.schema(Deployment)
    # Exactly one of the two: msgspec's types cannot say so.
    schema["$defs"]["SecretReference"]["oneOf"] = [{"required": ["env"]}, {"required": ["file"]}]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "deployment.yaml",
        **schema,
    }
