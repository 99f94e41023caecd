"""What was read: facts of the raw files, for the manifest and for `check`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..store.raw import RawTable


def inputs_of(
    raw: RawTable, warnings: tuple[str, ...], engine: str, flags: Mapping[str, int] | None = None
) -> dict[str, object]:
    """Facts of the raw files and warnings of the cleaning, for the manifest.

    Parameters
    ----------
    engine : str
        Name and version of the engine that read them.
    flags : mapping of str to int, optional
        The bit of each rule in the column ``flags`` of the clean discharges.
    """
    files = [{**asdict(file), "notes": list(file.notes)} for file in raw.files]
    told: dict[str, object] = {"files": files, "warnings": list(warnings), "engine": engine}
    return told if flags is None else {**told, "flags": dict(flags)}
