"""Stage: a study's ``[simulate]`` table → its cities with faults, the list of them, the clean truth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..simulate.faulty import faulty_study
from ..store.atomic import write_bytes

if TYPE_CHECKING:
    from .plan import Declared
    from .stages import Workspace


def run(workspace: Workspace, out: Path, declared: Declared, asked: str) -> None:
    """Write ``<city>/<file>`` and ``clean_truth/<city>.csv`` for each city, and ``faults.csv``."""
    for path, content in faulty_study(declared.study, declared.cities, declared.sources, asked):
        write_bytes(out / path, content)
