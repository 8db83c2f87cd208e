"""Secrets by reference: a deployment names where they are kept and never holds them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from mohar.config.words import quoted
from mohar.domain.errors import SecretMissing
from mohar.plugin.tools import Secret, SecretReference


class SecretStore:
    """
    Reads secrets when they are asked for, and keeps none.

    A `file` is relative to the deployment's folder unless it begins with a slash, as in
    `/run/secrets/pepper`. Without `environment` the process's own is read.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        self._folder = folder
        self._environment = environment

    def __repr__(self) -> str:
        return f"SecretStore({str(self._folder)!r})"

    def get(self, reference: SecretReference) -> Secret:
        """
        Return the secret without the one line feed that editors put at its end.

        Raises:
            SecretMissing: it is not there or is empty; the message names the reference only.
        """
        value = self._from_file(reference) if reference.file else self._from_environment(reference)
        for ending in (b"\r\n", b"\n"):
            if value.endswith(ending):
                value = value.removesuffix(ending)
                break
        if not value:
            raise SecretMissing(f"the secret {reference} is empty; put a value there")
        return Secret(value, str(reference))

    def _from_environment(self, reference: SecretReference) -> bytes:
        environment = os.environ if self._environment is None else self._environment
        value = environment.get(reference.env) if reference.env else None
        if value is None:
            raise SecretMissing(
                f"the secret {reference} is missing: set the environment variable "
                f"{quoted(reference.env or '')} for this process"
            )
        return os.fsencode(value)

    def _from_file(self, reference: SecretReference) -> bytes:
        assert reference.file is not None
        try:
            return (self._folder / reference.file).read_bytes()
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or "this is no path"
            raise SecretMissing(
                f"the secret {reference} is missing: {why}; "
                f"make this file readable, relative to the folder of deployment.yaml"
            ) from error
