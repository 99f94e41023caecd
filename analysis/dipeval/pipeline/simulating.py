"""Stage: a study's ``[simulate]`` table → the raw files of its invented cities, and their truth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..simulate import simulate_study
from ..store.atomic import write_bytes

if TYPE_CHECKING:
    from .plan import Declared
    from .stages import Workspace

OF_THE_STUDY = ("truth.json", "faults.csv")


def run(workspace: Workspace, out: Path, declared: Declared) -> None:
    """Write ``<city>/<file>`` for each city, and ``<study>/truth.json`` and ``faults.csv``."""
    study = declared.study
    for path, content in simulate_study(study, declared.cities, declared.sources):
        place = f"{study.name}/{path}" if path in OF_THE_STUDY else path
        write_bytes(out / place, content)
