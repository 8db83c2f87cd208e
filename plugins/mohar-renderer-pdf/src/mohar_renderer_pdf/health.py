"""Are there fonts to print with?"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from typing import Final

_PROGRAM: Final = "fc-match"
_WANTED: Final = "Noto Sans"
_SECONDS: Final = 5.0


def fonts(program: str = _PROGRAM) -> Mapping[str, str]:
    """
    Return whether the font that templates fall back to is installed.

    `ok`, or what is the matter; where fontconfig cannot be asked, that is said and not guessed.
    """
    found = shutil.which(program)
    if found is None:
        return {"fonts": "could not tell: fontconfig's fc-match is not installed"}
    try:
        answer = subprocess.run(  # noqa: S603 -- a fixed program with fixed arguments
            [found, "-f", "%{family}", _WANTED],
            capture_output=True,
            check=True,
            text=True,
            timeout=_SECONDS,
        )
    except (OSError, subprocess.SubprocessError):
        return {"fonts": "could not tell: fontconfig did not answer"}
    if _WANTED in answer.stdout.split(","):
        return {"fonts": "ok"}
    return {"fonts": f"{_WANTED} is not installed (Debian: fonts-noto-core)"}
