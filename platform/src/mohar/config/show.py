"""The resolved view of a deployment: defaults filled in, secrets only as references."""

from __future__ import annotations

from typing import Any

import msgspec

from mohar.config.deployment import Deployment
from mohar.config.emit import to_yaml
from mohar.config.load import Loaded
from mohar.config.masking import masked
from mohar.plugin.tools import SecretReference


def show(loaded: Loaded) -> str:
    """Return the deployment as YAML, with every default written out and no secret in it."""
    return to_yaml(resolved_view(loaded.deployment))


def resolved_view(deployment: Deployment) -> dict[str, Any]:
    """Return the deployment as plain values, with passwords in addresses masked."""
    return {name: _plain(getattr(deployment, name)) for name in deployment.__struct_fields__}


def _plain(value: Any) -> Any:
    if isinstance(value, SecretReference):
        return {"env": value.env} if value.env else {"file": value.file}
    if isinstance(value, msgspec.Struct):
        # A name comes first, as people write it, even where the Struct inherits other fields.
        names = sorted(value.__struct_fields__, key=lambda name: name != "name")
        return {name: _plain(getattr(value, name)) for name in names}
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return masked(value) if isinstance(value, str) else value
