"""Words that several commands take, and how a command reports its progress."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

StudyName = Annotated[str, typer.Argument(help="Name of a file under analysis/studies, without .toml.")]
DataFolder = Annotated[
    Path | None,
    typer.Option("--data", help="Folder with raw files (or the environment variable DIPEVAL_DATA)."),
]
KeyFile = Annotated[
    Path | None,
    typer.Option(
        help="File with the key for numbers of records and persons (or DIPEVAL_KEY_FILE, DIPEVAL_KEY)."
    ),
]
EngineName = Annotated[
    str,
    typer.Option(
        help="duckdb (in this process), spark:local, spark://HOST:PORT or sc://HOST:PORT (or DIPEVAL_ENGINE)."
    ),
]


def say(line: str) -> None:
    """Tell progress beside the result: on standard error."""
    typer.echo(line, err=True)
