"""Commands on one city: for whoever hands over files, and whoever receives them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .options import DataFolder, EngineName, KeyFile, say

CityName = Annotated[str, typer.Argument(help="Name of the city: a-z, 0-9 and _, a letter first.")]
FILES = "The files that were handed over; they may lie anywhere."
SOURCE = "A known format to take; or a new name, under which a format is drafted from the nearest one."
ENCODING = "utf-8, gb18030, utf-16 or latin-1: only where the bytes leave it in doubt."
HEADER = "Row of the header, from 1: only where no known format shows it."


def new_city(
    name: CityName,
    files: Annotated[list[Path], typer.Argument(help=FILES)],
    source: Annotated[str, typer.Option(help=SOURCE)] = "",
    encoding: Annotated[str, typer.Option(help=ENCODING)] = "",
    header_row: Annotated[int, typer.Option(help=HEADER)] = 0,
    copy: Annotated[bool, typer.Option("--copy", help="Copy the files below data_raw/.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Write over a draft of this name.")] = False,
) -> None:
    """Draft the TOML of a city from its files, for a person to confirm."""
    from ..pipeline import new_city as drafting

    told = drafting.new_city(
        name, files, source=source, encoding=encoding, header_row=header_row, copy=copy, force=force
    )
    typer.echo(told)


def check_city(
    name: Annotated[str, typer.Argument(help="Name of a file under analysis/cities, without .toml.")],
    study: Annotated[str, typer.Option(help="Take the window and population of this study.")] = "",
    language: Annotated[str, typer.Option(help="en or zh")] = "en",
    data: DataFolder = None,
    key_file: KeyFile = None,
    engine: EngineName = "",
) -> None:
    """Clean one city and show what came out: rows by rule, missing cells, coverage, alarms, drift."""
    from ..pipeline import city_plan

    told, page = city_plan.check_city(
        name, study=study, language=language, data=data, say=say, key_file=key_file, engine=engine
    )
    typer.echo(told)
    say(f"page: {page}{'#zh' if language == 'zh' else ''}")
