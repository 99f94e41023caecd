"""The engine that a stage works with: the run's, with its intermediate tables below the stage's folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..store.contract import TableEngine
from ..store.engines import open_engine

if TYPE_CHECKING:
    from .stages import Workspace


def stage_engine(workspace: Workspace, out: Path) -> TableEngine:
    """The engine for one stage, to be used in a ``with`` block.

    Parameters
    ----------
    out : pathlib.Path
        The stage's folder.
    """
    project = workspace.project
    # A session of Spark is kept for all stages, so what it spills cannot lie in the folder of one.
    return open_engine(project.engine, out / ".spill", project.data_clean / ".staging" / "spark")


def told_of(engine: TableEngine) -> str:
    """Name and version, for the facts of a run."""
    return f"{engine.name} {engine.version}"
