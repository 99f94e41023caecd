"""Windows of time that are left out: named by a study, or known (``windows.toml`` beside this module)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import pandas as pd

from dipeval.check.finding import Words
from dipeval.errors import DataError, Problem, nearest
from dipeval.schema.periods import first_day, last_day


@dataclass(frozen=True)
class Window:
    """A span of time in which rows are left out.

    Attributes
    ----------
    name : str
    label : (str, str)
    start, end : str
        First and last period; finer or coarser than those of the panel.
    cities : tuple of str
        Only there; empty: everywhere.
    source : (str, str)
        Where the dates were read.
    of_cities : bool
        Whether it must name the cities that it holds for.
    """

    name: str
    label: Words
    start: str
    end: str
    cities: tuple[str, ...] = ()
    source: Words = ("", "")
    of_cities: bool = False

    def covers(self, rows: pd.DataFrame) -> np.ndarray:
        """Rows (n,), bool, that have a day inside, in its cities."""
        begin, end = first_day(self.start), last_day(self.end)
        inside = {p: first_day(p) <= end and last_day(p) >= begin for p in rows["period"].unique()}
        found = rows["period"].map(inside).to_numpy(bool)
        return found & rows["city"].isin(self.cities).to_numpy() if self.cities else found


@cache
def known_windows() -> Mapping[str, Window]:
    """Windows that the package knows, by name."""
    text = files(__package__).joinpath("windows.toml").read_text(encoding="utf-8")
    return {
        name: Window(
            name,
            (told["label_en"], told["label_zh"]),
            told["start"],
            told["end"],
            (),
            (
                f"{told['source_en']}; {told['convention_en']}",
                f"{told['source_zh']}；{told['convention_zh']}",
            ),
            bool(told.get("of_cities", False)),
        )
        for name, told in tomllib.loads(text).items()
    }


def chosen_windows(
    told: Mapping[str, Mapping[str, object]], rows: pd.DataFrame, labels: Mapping[str, Words]
) -> list[Window]:
    """The windows that a study names; without any, the known ones that reach into its panel.

    Parameters
    ----------
    told : mapping
        By name: ``start``, ``end``, ``cities``, ``label_en``, ``label_zh``, ``source``; a window that the package knows
        may leave out what it knows.
    rows : pandas.DataFrame
        With ``city`` and ``period``.
    labels : mapping of str to (str, str)
        Of cities.

    Raises
    ------
    DataError
        Windows without dates or source, that end before they start, that name no city of the panel, or that cover no
        row; all of them. Without windows: none of the known ones reaches into the panel.
    """
    known = known_windows()
    if not told:
        every = [window for window in known.values() if not window.of_cities and window.covers(rows).any()]
        if every:
            return every
        what = f"the panel ({rows['period'].min()} to {rows['period'].max()}) lies outside all known windows"
        raise DataError("check", [Problem("windows", what, "name one: [checks.<name>.windows.<window>]")])
    problems: list[Problem] = []
    made = [_window(name, words, known.get(name), problems) for name, words in told.items()]
    cities = sorted(rows["city"].unique())
    for window in made if not problems else []:
        problems += _problems(window, rows, cities, labels)
    if problems:
        raise DataError("check", problems)
    return made


def _window(name: str, told: Mapping[str, object], base: Window | None, problems: list[Problem]) -> Window:
    said = {key: value for key, value in told.items() if value not in (None, "", ())}
    for key in ("start", "end", "source"):
        if key not in said and base is None:
            todo = "write it, or name a known window: " + ", ".join(known_windows())
            problems.append(Problem(f"windows.{name}.{key}", "is missing", todo))
    own = base or Window(name, ("", ""), "", "")
    english = str(said.get("label_en", own.label[0] or name))
    label = english, str(said.get("label_zh", own.label[1] or english))
    dates = str(said.get("start", own.start)), str(said.get("end", own.end))
    source = (str(said["source"]),) * 2 if "source" in said else own.source
    return Window(name, label, *dates, tuple(said.get("cities", ())), source, own.of_cities)


def _problems(
    window: Window, rows: pd.DataFrame, cities: Sequence[str], labels: Mapping[str, Words]
) -> list[Problem]:
    where = f"windows.{window.name}"
    found = [
        Problem(f"{where}.cities", f"'{name}' is no city of the panel", nearest(name, cities))
        for name in window.cities
        if name not in cities
    ]
    if window.of_cities and not window.cities:
        found.append(Problem(f"{where}.cities", "is missing", "name the cities that the window holds for"))
    if last_day(window.end) < first_day(window.start):
        found.append(Problem(f"{where}.end", f"{window.end} lies before {window.start}", "mend the dates"))
    elif not found and not window.covers(rows).any():
        span = f"{rows['period'].min()} to {rows['period'].max()}"
        what = f"{window.start} to {window.end} covers no row of the panel ({span})"
        found.append(Problem(where, what, "mend the dates, or leave the window out"))
    return found
