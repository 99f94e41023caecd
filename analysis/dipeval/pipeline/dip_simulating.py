"""Stage: the invented city that is paid by points → its raw file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..simulate.points_city import points_city
from ..store.atomic import write_bytes
from ..store.frames import csv_bytes

if TYPE_CHECKING:
    from .stages import Workspace


def run(workspace: Workspace, out: Path, path: str, seed: int) -> None:
    """Write the clearing export of the city, 86,000 cases of four years."""
    write_bytes(out / path, csv_bytes(points_city(seed)))
