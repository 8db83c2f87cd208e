"""What a deployment folder says, with its plugins loaded: all that is needed to build from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from mohar.assembly.opening import silent_telemetry, tools_of
from mohar.assembly.own_keys import published_keys
from mohar.assembly.plugins import Plugins
from mohar.assembly.ports import Late, LateExpiring
from mohar.assembly.resolve import BodyName, Resolved, Resolver
from mohar.config.load import read_deployment
from mohar.config.mistakes import Mistakes
from mohar.domain.clock import Clock, utc_now
from mohar.domain.keys import PublicKey
from mohar.plugin import Renderer, Signer, Telemetry, Tools


class Blueprint:
    """
    One deployment folder, read; nothing it uses is opened before `resolve`.

    Raises:
        ConfigError: there is no such folder, or `deployment.yaml` has not its shape.
    """

    def __init__(
        self,
        folder: Path,
        *,
        clock: Clock = utc_now,
        telemetry: Telemetry | None = None,
        built_in: Mapping[str, object] | None = None,
    ) -> None:
        self.loaded, self._mistakes = read_deployment(folder)
        self.clock = clock
        self.telemetry = telemetry or silent_telemetry()
        self.late = Late()
        self.plugins = Plugins(self.loaded.deployment.plugins, built_in, telemetry=self.telemetry)
        self.tools: Tools = tools_of(self.loaded, self.telemetry, clock, self.late)

    def resolve(self, *, with_keys: bool = True, with_parts: bool = True) -> Resolved:
        """
        Open what the deployment uses.

        Without keys no signer and no channel is opened, without parts neither source, renderer,
        sink nor channel: a process that only signs, or only reads, needs no more.

        Raises:
            ConfigError: every mistake of the deployment, each with its place.
        """
        return self._resolver().resolve(with_keys=with_keys, with_parts=with_parts)

    def signers(self) -> Mapping[str, Signer]:
        """
        Open the signers alone, by their names.

        Raises:
            ConfigError: every mistake found so far; a key that is missing is one.
        """
        return self._resolver().signers()

    def renderers(self) -> Mapping[BodyName, Renderer]:
        """
        Open the renderers alone, by kind and name.

        Raises:
            ConfigError: every mistake found so far.
        """
        return self._resolver().renderers()

    def public_keys(self) -> Sequence[PublicKey]:
        """
        Open the signers alone, and return every key that they publish.

        Raises:
            ConfigError: every mistake found so far; a key that is missing is one.
        """
        return published_keys(self.signers().values())

    def _resolver(self) -> Resolver:
        mistakes = Mistakes()
        mistakes.add(*self._mistakes)
        names = list(self.loaded.deployment.plugins)
        for broken in self.plugins.broken:
            place = ("plugins", names.index(broken.plugin))
            mistakes.add(self.loaded.mistake(place, broken.message, broken.hint))
        return Resolver(
            self.loaded,
            self.plugins,
            self.tools,
            mistakes,
            partial(LateExpiring, self.late),
        )
