"""The command: `dipeval run`, `check`, `explain`, `codebook`, `simulate`, `list`.

Everything heavy is imported inside a command, so that ``--help`` answers at once.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Evaluate hospital payment reforms: from raw files of several cities to published numbers.",
    epilog="Examples:  dipeval run synthetic  |  dipeval run swissdrg --data ~/kzp  |  dipeval check synthetic",
)

StudyName = Annotated[str, typer.Argument(help="Name of a file under analysis/studies, without .toml.")]
DataFolder = Annotated[
    Path | None,
    typer.Option("--data", help="Folder with raw files (or the environment variable DIPEVAL_DATA)."),
]


@app.command(epilog="Example:  dipeval run swissdrg --data ~/swiss")
def run(study: StudyName = "synthetic", data: DataFolder = None) -> None:
    """Run a study: clean, panel, design, estimates, figures, tables and the page."""
    from .pipeline.run import run_study

    done = run_study(study, data=data, say=_say)
    if not any(step.reasons for step in done):
        _say(f"{study}: nothing to do; inputs, study and code are those of the last run")
    _say(f"results: figures/{study}/index.html")


@app.command(epilog="Example:  dipeval check synthetic")
def check(study: StudyName = "synthetic", data: DataFolder = None) -> None:
    """Show the state of the data, the design and the ledger; nothing is estimated."""
    from .pipeline.checking import check_study

    typer.echo(check_study(study, data=data, say=_say))


@app.command(epilog="Example:  dipeval explain swissdrg --language zh")
def explain(
    study: StudyName = "synthetic",
    language: Annotated[str, typer.Option(help="en or zh")] = "en",
) -> None:
    """Print a study as the paragraph of a methods section."""
    from .pipeline.telling import explain_study

    typer.echo(explain_study(study, language))


@app.command(epilog="Example:  dipeval codebook > codebook.md")
def codebook() -> None:
    """Print every column, outcome, unit and cleaning rule as Markdown."""
    from .pipeline.telling import codebook_text

    typer.echo(codebook_text(), nl=False)


@app.command(epilog="Example:  dipeval simulate synthetic --seed 7")
def simulate(
    study: StudyName = "synthetic",
    seed: Annotated[
        int | None, typer.Option(help="Another seed; truth.json says which. The next run goes back to the study's own.")
    ] = None,
) -> None:
    """Invent the raw files of a study's synthetic cities, with known true effects."""
    from .pipeline.run import simulate_study_files

    for line in simulate_study_files(study, seed=seed, say=_say):
        _say(line)


@app.command("list", epilog="Example:  dipeval list estimators")
def list_(
    kind: Annotated[
        str, typer.Argument(help="studies, cities, sources, outcomes, estimators, inference or rules")
    ] = "",
) -> None:
    """List what the project knows."""
    from .pipeline.telling import listing

    typer.echo(listing(kind), nl=False)


def _say(line: str) -> None:
    typer.echo(line, err=True)


def main() -> None:
    """Run the command; a wrong input ends with one clear error and exit code 2."""
    from .errors import DipevalError

    try:
        app()
    except DipevalError as error:
        typer.echo(str(error), err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
