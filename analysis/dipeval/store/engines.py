"""Which engine a run uses: embedded by default, Spark where the user's data live on a cluster."""

from __future__ import annotations

import os
import re
from pathlib import Path

from ..errors import Problem, StudyError, nearest
from .contract import TableEngine
from .engine import Engine

ENGINE_VARIABLE = "DIPEVAL_ENGINE"
EMBEDDED, SPARK_HERE = "duckdb", "spark:local"
PLACE = r"[A-Za-z0-9._-]+:\d{1,5}"
SPARK_THERE = re.compile(rf"spark://{PLACE}(,{PLACE})*|sc://{PLACE}(/.*)?")
WORDS = (EMBEDDED, SPARK_HERE, "spark://HOST:PORT", "sc://HOST:PORT")


def engine_name(asked: str | None = None) -> str:
    """The engine that a run uses.

    Parameters
    ----------
    asked : str, optional
        From the command line; goes before the environment variable ``DIPEVAL_ENGINE``.

    Raises
    ------
    StudyError
        When there is no such engine.
    """
    name = asked or os.environ.get(ENGINE_VARIABLE) or EMBEDDED
    if name in (EMBEDDED, SPARK_HERE) or SPARK_THERE.fullmatch(name):
        return name
    where = "--engine" if asked else ENGINE_VARIABLE
    todo = f"write one of {', '.join(WORDS)}; {nearest(name, WORDS)}"
    raise StudyError("open engine", [Problem(where, f"there is no engine '{name}'", todo)])


def open_engine(
    name: str = EMBEDDED, temp_directory: Path | None = None, session_directory: Path | None = None
) -> TableEngine:
    """An engine by its name, to be used in a ``with`` block.

    Parameters
    ----------
    name : str
        From `engine_name`.
    temp_directory : pathlib.Path, optional
        For intermediate tables; emptied of the engine's files when the block ends.
    session_directory : pathlib.Path, optional
        For what a Spark session on this machine spills; must stay as long as the process.
    """
    if name == EMBEDDED:
        return Engine(temp_directory=temp_directory)
    from .spark import SparkEngine

    return SparkEngine(name, temp_directory, session_directory)
