"""Tell holders what became of their credential, by SMS and by e-mail, in their own language."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mohar.domain.findings import Finding
from mohar.plugin import Channel, Commands, Files, Offer, Offers, hookimpl
from mohar_channel_notice import _ready
from mohar_channel_notice._channel import NoticeChannel
from mohar_channel_notice._check import Check
from mohar_channel_notice._settings import Settings


@hookimpl
def mohar_register_channels(offers: Offers[Channel]) -> None:
    """Offer `notice`."""
    offers.add(Offer("notice", "short texts for holders", Settings, NoticeChannel.open))


@hookimpl
def mohar_ready(deployment: Mapping[str, Any], files: Files) -> Sequence[Finding]:
    """Tell what is missing in the texts, and which are longer than is wanted."""
    return _ready.findings(deployment, files)


@hookimpl
def mohar_register_commands(commands: Commands, files_in: Callable[[Path], Files]) -> None:
    """Add `mohar channel-notice check`."""
    commands.add("check", Check(files_in))
