"""Seventh floor: the command.

Everything heavy is imported inside a command, so that ``--help`` answers at once.
"""

from __future__ import annotations

import sys

import typer

from . import cities, payment, studies
from .groups import StudyByDefault

CHECK_CITY = "Examples:  dipeval check city demo --language zh  |  dipeval check city demo --study paper"
app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Evaluate hospital payment reforms: from raw files of several cities to published numbers.",
    epilog="Examples:  dipeval run synthetic  |  dipeval run swissdrg --data DIR  |  dipeval check synthetic",
)
check = typer.Typer(
    cls=StudyByDefault,
    rich_markup_mode=None,
    help="Show the state of data before anything is estimated: of a study, or of one city.",
    epilog="Examples:  dipeval check synthetic  |  dipeval check city synthetic_anlan",
)
app.command(epilog="Example:  dipeval run swissdrg --data ~/swiss")(studies.run)
app.add_typer(check, name="check")
check.command("study", epilog="Example:  dipeval check synthetic")(studies.check_study)
check.command("city", epilog=CHECK_CITY)(cities.check_city)
new = typer.Typer(
    rich_markup_mode=None,
    help="Draft a declaration from files, for a person to confirm.",
    epilog="Examples:  dipeval new city demo handed_over/*.csv",
)
app.add_typer(new, name="new")
new.command(
    "city",
    epilog="Examples:  dipeval new city demo a.csv b.xlsx  |  dipeval new city demo a.csv --source demo_list",
)(cities.new_city)
dip = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Compute how DIP pays in one city and year: catalogue, grouping, settlement.",
    epilog="Examples:  dipeval dip settle synthetic_points  |  dipeval dip group synthetic_points --language zh",
)
app.add_typer(dip, name="dip")
dip.command(epilog="Example:  dipeval dip catalogue synthetic_points --language zh")(payment.catalogue)
dip.command(epilog="Example:  dipeval dip group synthetic_points --year 2022")(payment.group)
dip.command(epilog="Example:  dipeval dip settle synthetic_points")(payment.settle)
dip.command("whatif", epilog="Example:  dipeval dip whatif synthetic_points --with synthetic_points_levels")(
    payment.what_if
)
app.command(epilog="Examples:  dipeval plan synthetic  |  dipeval plan synthetic --language zh")(studies.plan)
app.command(
    epilog="Examples:  dipeval compare synthetic  |  dipeval compare swissdrg --period 2019 --language zh"
)(studies.compare)
app.command(epilog="Example:  dipeval explain swissdrg --language zh")(studies.explain)
app.command(epilog="Example:  dipeval codebook > codebook.md")(studies.codebook)
app.command(
    epilog="Examples:  dipeval simulate synthetic --seed 7  |  dipeval simulate synthetic --faults all"
)(studies.simulate)
app.command("list", epilog="Example:  dipeval list estimators")(studies.list_names)


def main() -> None:
    """Run the command; a wrong input ends with one clear error and exit code 2."""
    from ..errors import DipevalError

    try:
        app()
    except DipevalError as error:
        typer.echo(str(error), err=True)
        sys.exit(2)
