"""Commands on studies, and on the words that the project knows."""

from __future__ import annotations

from typing import Annotated

import typer

from .options import DataFolder, EngineName, KeyFile, StudyName, say

SEED = "Another seed; truth.json says which. The next run goes back to the study's own."

FAULTS = (
    "Put faults into the files, each row listed in faults.csv, the clean truth beside: 'all', or names with "
    "rates such as 'reversal_full=0.01,stay_zero' (dipeval list faults). They stand in data_raw/STUDY_faulty."
)


def run(
    study: StudyName = "synthetic",
    data: DataFolder = None,
    key_file: KeyFile = None,
    engine: EngineName = "",
) -> None:
    """Run a study: clean, panel, design, estimates, figures, tables and the page."""
    from ..pipeline.run import run_study

    done = run_study(study, data=data, say=say, key_file=key_file, engine=engine)
    if not any(step.reasons for step in done):
        say(f"{study}: nothing to do; inputs, study and code are those of the last run")
    say(f"results: figures/{study}/index.html")


def check_study(
    study: StudyName = "synthetic",
    data: DataFolder = None,
    key_file: KeyFile = None,
    engine: EngineName = "",
) -> None:
    """Show the state of the data, the design and the ledger; nothing is estimated."""
    from ..pipeline import checking

    typer.echo(checking.check_study(study, data=data, say=say, key_file=key_file, engine=engine))


def plan(
    study: StudyName = "synthetic",
    language: Annotated[str, typer.Option(help="en or zh")] = "en",
    data: DataFolder = None,
    key_file: KeyFile = None,
    engine: EngineName = "",
) -> None:
    """Say what a planned evaluation can show: detectable effects and power, from the data before the reform."""
    from ..pipeline import planning

    told, folder = planning.plan_study(
        study, language=language, data=data, say=say, key_file=key_file, engine=engine
    )
    typer.echo(told)
    say(f"figures and tables: {folder}/")


def compare(
    study: StudyName = "synthetic",
    period: Annotated[str, typer.Option(help="all, a year or a quarter, like 2019 or 2019Q3.")] = "",
    indicator: Annotated[
        list[str] | None, typer.Option(help="Name of an indicator; may be repeated.")
    ] = None,
    language: Annotated[str, typer.Option(help="en or zh")] = "en",
    data: DataFolder = None,
    key_file: KeyFile = None,
    engine: EngineName = "",
) -> None:
    """Put cities side by side: indicators with intervals and rank spans, and a page to choose from."""
    import shutil

    from ..pipeline import comparison_told

    told, page = comparison_told.compare_study(
        study,
        period=period,
        indicators=tuple(indicator or ()),
        language=language,
        width=shutil.get_terminal_size((120, 40)).columns,
        data=data,
        say=say,
        key_file=key_file,
        engine=engine,
    )
    typer.echo(told)
    say(f"page: {page}{'#lang=zh' if language == 'zh' else ''}")


def explain(
    study: StudyName = "synthetic",
    language: Annotated[str, typer.Option(help="en or zh")] = "en",
) -> None:
    """Print a study as the paragraph of a methods section."""
    from ..pipeline.telling import explain_study

    typer.echo(explain_study(study, language))


def codebook() -> None:
    """Print every column, outcome, unit and cleaning rule as Markdown."""
    from ..pipeline.telling import codebook_text

    typer.echo(codebook_text(), nl=False)


def simulate(
    study: StudyName = "synthetic",
    seed: Annotated[int | None, typer.Option(help=SEED)] = None,
    faults: Annotated[str, typer.Option(help=FAULTS)] = "",
) -> None:
    """Invent the raw files of a study's synthetic cities, with known true effects."""
    from ..pipeline.run import simulate_study_files

    for line in simulate_study_files(study, seed=seed, faults=faults, say=say):
        say(line)


def list_names(
    kind: Annotated[
        str,
        typer.Argument(
            help="studies, cities, sources, portraits, outcomes, estimators, inference, descriptions, effects, checks, rules or faults"
        ),
    ] = "",
) -> None:
    """List what the project knows."""
    from ..pipeline.telling import listing

    typer.echo(listing(kind), nl=False)
