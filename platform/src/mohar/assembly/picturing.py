"""Open the place where credentials are drawn, here or in another process."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from mohar.assembly.blueprint import Blueprint
from mohar.assembly.opening import telemetry_for_life
from mohar.assembly.plans import renderings_of
from mohar.assembly.resolve import Resolved
from mohar.config.load import Loaded
from mohar.domain.errors import ConfigError
from mohar.plugin import PreparingRenderer
from mohar.rendering.apart import Apart, Renderers
from mohar.rendering.drawing import Drawing

_CACHE_BYTES = 64_000_000


def open_drawing(loaded: Loaded, resolved: Resolved, *, is_apart: bool) -> Drawing:
    """Return what draws: apart where that is asked for, and the deployment does not forbid it."""
    section = loaded.deployment.drawing
    apart = None
    if is_apart and section.processes:
        opening = partial(renderers_of_folder, loaded.folder, loaded.files.digests())
        apart = Apart(opening, section.processes, deadline_seconds=section.deadline_seconds)
    renderings = renderings_of(loaded.deployment, resolved)
    return Drawing(renderings, resolved.formats, _CACHE_BYTES, apart)


def renderers_of_folder(folder: Path, digests: Mapping[str, bytes]) -> Renderers:
    """
    Return the renderers of a folder, ready to draw at once; `digests` are of what was read.

    Raises:
        ConfigError: the folder is not the one that the House was built from any more: a process
            that starts anew must not draw by other templates or with other words.
    """
    blueprint = Blueprint(folder, telemetry=telemetry_for_life())
    renderers = blueprint.renderers()
    read = blueprint.loaded.files.digests()
    if any(digests.get(name, digest) != digest for name, digest in read.items()):
        raise ConfigError("the deployment has changed since the start; start the house again")
    for each in renderers.values():
        if isinstance(each, PreparingRenderer):
            each.prepare()
    return renderers
