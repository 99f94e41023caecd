"""`compare`: the cities of a study side by side, in the terminal and as a page."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from ..errors import Problem, StudyError, nearest
from ..report.compare import compare_table
from ..report.compare.words import heading
from ..store.frames import read_csv, read_json
from ..store.project import open_project
from .compared_page import PAGE, TABLE
from .comparing_cities import FACTS
from .plan import Declared, declare
from .run import Say, quiet, run_study

WHERE = "analysis/studies/{name}.toml"


def compare_study(
    name: str,
    *,
    period: str = "",
    indicators: tuple[str, ...] = (),
    language: str = "en",
    width: int = 120,
    data: Path | None = None,
    root: Path | None = None,
    say: Say = quiet,
    key_file: Path | None = None,
    engine: str = "",
) -> tuple[str, str]:
    """Run what a comparison needs, as far as it has not run, and tell one period of it.

    Parameters
    ----------
    period : str
        ``all`` for the whole window, a year or a quarter, as the page has them; empty: the whole window.
    indicators : tuple of str
        Names; none: all.
    language : {"en", "zh"}
    width : int
        Columns of the terminal.

    Returns
    -------
    (str, str)
        The table, and the page's path below the project.

    Raises
    ------
    StudyError
        When the study has one city and names nothing else to compare, or has no such period or indicator.
    DipevalError
        As `run_study`.
    """
    project = open_project(root, data)
    declared = declare(project, name)
    where = WHERE.format(name=name)
    if not declared.study.is_compared:
        what = "has one city, and does not say what else to compare"
        todo = 'add a table [compare] with by = "canton", "municipality", "ownership" or another column of hospitals'
        raise StudyError("compare", [Problem(where, what, todo)])
    run_study(name, data=data, root=root, say=say, key_file=key_file, engine=engine)
    why = read_json(project.data_clean / name / "compare" / FACTS).get("why")
    if why:
        raise StudyError("compare", [Problem(where, "cannot be compared", reason) for reason in why])
    frame = read_csv(project.root / "figures" / name / TABLE)
    problems = [
        Problem(
            f"option {option}", f"there is no '{asked}' in {name}", nearest(asked, list(dict.fromkeys(known)))
        )
        for option, asked, known in [
            *([("--period", period, frame["span"].astype("str"))] if period else []),
            *(("--indicator", one, frame["indicator"]) for one in indicators),
        ]
        if asked not in set(known)
    ]
    if problems:
        raise StudyError("compare", problems)
    chosen = frame[frame["span"].astype("str") == (period or "all")]
    chosen = chosen[chosen["indicator"].isin(indicators)] if indicators else chosen
    return compare_table(
        chosen, _title(declared, chosen, language), language, width
    ), f"figures/{name}/{PAGE}"


def _title(declared: Declared, frame: pd.DataFrame, language: str) -> str:
    study = declared.study
    words = (
        heading(study.compare.by)[language == "zh"],
        study.title_zh if language == "zh" else study.title_en,
    )
    synthetic = {"en": " (synthetic data)", "zh": "（合成数据）"}[language] if study.synthetic else ""
    return f"{words[1]}{synthetic}: {words[0]}, {frame['span_label'].iloc[0]}"
