"""Commands on payment: what DIP pays in one city and year, step by step."""

from __future__ import annotations

from typing import Annotated

import typer

from .options import DataFolder, KeyFile, say

CityName = Annotated[str, typer.Argument(help="Name of a file under analysis/cities, without .toml.")]
Year = Annotated[int | None, typer.Option(help="Year; by default the last of the payment file.")]
Parameters = Annotated[
    str, typer.Option(help="Payment file under analysis/dip; by default that of the city's name.")
]
Language = Annotated[str, typer.Option(help="en or zh")]


def catalogue(
    city: CityName,
    year: Year = None,
    parameters: Parameters = "",
    language: Language = "en",
    data: DataFolder = None,
    key_file: KeyFile = None,
) -> None:
    """Build the catalogue of disease types from the years before, or load the published one."""
    _step("catalogue", city, year, parameters, language, data, key_file)


def group(
    city: CityName,
    year: Year = None,
    parameters: Parameters = "",
    language: Language = "en",
    data: DataFolder = None,
    key_file: KeyFile = None,
) -> None:
    """Group and score the cases of the year; show the grouping rate and why cases have no type."""
    _step("group", city, year, parameters, language, data, key_file)


def settle(
    city: CityName,
    year: Year = None,
    parameters: Parameters = "",
    language: Language = "en",
    data: DataFolder = None,
    key_file: KeyFile = None,
) -> None:
    """Settle the year: budget, point values, prepayment, monthly payment, annual clearing, rates."""
    _step("settle", city, year, parameters, language, data, key_file)


def _step(step: str, city: str, year: int | None, parameters: str, language: str, data, key_file) -> None:
    from ..pipeline import dip_plan

    told, folder = dip_plan.dip_city(
        step,
        city,
        year=year,
        parameters=parameters,
        language=language,
        data=data,
        say=say,
        key_file=key_file,
    )
    typer.echo(told, nl=False)
    say(f"tables: {folder}/")
