"""The two markers of pluggy under the platform's own name."""

from typing import Final

import pluggy

PROJECT: Final = "mohar"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
