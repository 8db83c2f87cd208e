"""A plugin made up on the spot: a module, and the metadata by which it counts as installed."""

from __future__ import annotations

from pathlib import Path


def throwaway_plugin(folder: Path, name: str, code: str, *, distribution: str | None = None) -> str:
    """
    Write a plugin into a folder and return the name of its module.

    It is installed for every process that has the folder on its path, enabled where a deployment
    names it, and gone with the folder.
    """
    distribution = distribution or f"mohar-{name}"
    module = "throwaway_" + "".join(letter if letter.isalnum() else "_" for letter in distribution)
    about = folder / f"{distribution.replace('-', '_')}-1.0.dist-info"
    about.mkdir(parents=True)
    (folder / f"{module}.py").write_text(code, encoding="utf-8")
    (about / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\nSummary: Made for a test.\n",
        encoding="utf-8",
    )
    (about / "entry_points.txt").write_text(
        f"[mohar.plugins]\n{name} = {module}\n", encoding="utf-8"
    )
    return module
