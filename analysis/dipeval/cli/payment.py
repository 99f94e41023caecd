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


def what_if(
    city: CityName,
    other: Annotated[str, typer.Option("--with", help="The other payment file under analysis/dip.")],
    year: Year = None,
    parameters: Parameters = "",
    floor: Annotated[
        float, typer.Option(help="Stress test: share of the point value it must not fall below.")
    ] = 0.95,
    volume: Annotated[float, typer.Option(help="Expected growth of cases, as a share.")] = 0.0,
    volume_spread: Annotated[float, typer.Option(help="Its standard deviation, common to all.")] = 0.03,
    case_mix_spread: Annotated[float, typer.Option(help="Of each hospital's score per case.")] = 0.02,
    coding: Annotated[float, typer.Option(help="Rise of scores by coding alone, as a share.")] = 0.0,
    seed: Annotated[int, typer.Option(help="Seed of the stress test.")] = 1,
    language: Language = "en",
    data: DataFolder = None,
    key_file: KeyFile = None,
) -> None:
    """Settle the same cases under another payment file, budgets held; and stress the pool."""
    from ..dip.stress import Shocks
    from ..pipeline import dip_plan

    shocks = Shocks(
        volume_mean=volume, volume_common=volume_spread, case_mix_own=case_mix_spread, coding_mean=coding
    )
    told, folder = dip_plan.dip_what_if(
        city,
        other,
        year=year,
        parameters=parameters,
        stress=(shocks, floor, seed),
        language=language,
        data=data,
        say=say,
        key_file=key_file,
    )
    typer.echo(told, nl=False)
    say(f"tables: {folder}/")


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
