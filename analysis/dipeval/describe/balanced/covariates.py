"""What hospitals were before the reform, as columns of numbers: outcomes of a span, and levels of attributes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dipeval.describe.cases.grid import Word
from dipeval.describe.clusters.formed_periods import formed_rows, periods_after_reform
from dipeval.describe.clusters.hospital_points import HOSPITAL, hospital_numbers
from dipeval.describe.labels import Labels, label_of, order_of
from dipeval.errors import DataError, Problem, nearest
from dipeval.panel.outcomes import ONE, outcome_values
from dipeval.vocabulary import columns
from dipeval.vocabulary import outcomes as known_outcomes

if TYPE_CHECKING:
    from dipeval.describe.given import Given
    from dipeval.study.descriptions import DescriptionChoice

ADDED_UP = ("ratio", "log_ratio", "mean_log")
STAGE = "describe"
MEASURED = "measured"


@dataclass(frozen=True)
class CovariateTable:
    """Covariates by hospital.

    Attributes
    ----------
    frame : pandas.DataFrame, shape (N, q)
        Indexed by ``city/hospital``, as the design names hospitals.
    words : mapping of str to Word
        By column.
    sections : mapping of str to (str, str)
        The attribute of a level; empty for an outcome.
    first, last : str
        Periods of the span.
    """

    frame: pd.DataFrame
    words: Mapping[str, Word]
    sections: Mapping[str, tuple[str, str]]
    first: str
    last: str


def covariate_table(given: Given, choice: DescriptionChoice) -> CovariateTable:
    """Measure covariates on the declared periods, by default all before the first reform.

    Parameters
    ----------
    given : Given
        With a design.
    choice : DescriptionChoice
        Its options ``covariates`` and ``measured``.

    Raises
    ------
    DataError
        Unknown covariates, a span that is none, or one that holds periods at or after a reform: what the reform
        moved is no covariate.
    """
    names = list(choice.options["covariates"])
    _refuse_unknown(given.panel, names)
    rows = _measured(given, choice)
    # outcomes per period have no sum over periods: their mean
    sums = [n for n in names if n in known_outcomes() and _adds_up(n)]
    made = hospital_numbers(rows, sums, ()).values
    made.index = [f"{city}/{hospital}" for city, hospital in made.index]
    parts: dict[str, pd.Series] = {}
    words: dict[str, Word] = {}
    sections: dict[str, tuple[str, str]] = {}
    for name in names:
        if name in known_outcomes():
            parts[name] = made[name] if name in sums else _mean(rows, name).reindex(made.index)
            words[name] = Word(name, *_label(name))
            sections[name] = ("", "")
            continue
        for level, column in _levels(rows, name, given.labels).items():
            key = f"{name}={level}"
            parts[key], sections[key] = column.reindex(made.index), _label(name)
            words[key] = Word(key, *label_of(level, given.labels))
    periods = rows["period"].astype("str")
    return CovariateTable(pd.DataFrame(parts), words, sections, str(periods.min()), str(periods.max()))


def _refuse_unknown(panel: pd.DataFrame, names: Sequence[str]) -> None:
    attributes = [str(c) for c in panel.columns if c in columns() and columns()[c].role == "attribute"]
    known = [*known_outcomes(), *attributes]
    problems = [
        Problem(f"covariates: {name}", "is no outcome and no attribute of hospitals", nearest(name, known))
        for name in names
        if name not in known
    ]
    problems += [
        Problem(f"covariates: {name}", "is named twice", "name it once")
        for name in sorted({n for n in names if names.count(n) > 1})
    ]
    if problems:
        raise DataError(STAGE, problems)


def _measured(given: Given, choice: DescriptionChoice) -> pd.DataFrame:
    """Rows of the span; periods at or after a reform are refused, since its effect would be taken for a cause."""
    anticipation = given.designed.anticipation
    if choice.options[MEASURED]:
        rows = formed_rows(given.panel, choice, MEASURED)
        late = periods_after_reform(given.panel, rows, anticipation)
        if late:
            what = "holds periods at or after a reform: what the reform moved is no covariate"
            todo = "end it before the first reform (less anticipation)"
            raise DataError(STAGE, [Problem(MEASURED, what, todo, late[:5], len(late))])
        return rows
    late = periods_after_reform(given.panel, given.panel, anticipation)
    rows = given.panel[~given.panel["period"].astype("str").isin(late)]
    if not len(rows):
        what = "no period lies before the first reform"
        raise DataError(STAGE, [Problem(MEASURED, what, "begin the study earlier")])
    return rows.reset_index(drop=True)


def _adds_up(name: str) -> bool:
    outcome = known_outcomes()[name]
    return outcome.kind in ADDED_UP and outcome.denominator != ONE


def _mean(rows: pd.DataFrame, name: str) -> pd.Series:
    """Mean over the periods in which a hospital has the outcome."""
    values = pd.Series(outcome_values(rows, known_outcomes()[name])[0])
    return values.groupby(_units(rows), sort=True).mean()


def _units(rows: pd.DataFrame) -> pd.Series:
    city, hospital = (rows[name].astype("str").reset_index(drop=True) for name in HOSPITAL)
    return city + "/" + hospital


def _levels(rows: pd.DataFrame, name: str, labels: Labels) -> dict[str, pd.Series]:
    """1 for hospitals of a level in their first period, else 0; the commonest level is what others are held to."""
    ordered = rows.assign(unit=_units(rows).to_numpy()).sort_values("period", kind="stable")
    first = ordered.groupby("unit", sort=True)[name].first()
    declared = {word: ("", "") for word in columns()[name].values or ()}
    found = order_of(first, declared or labels)
    size = {level: int((first == level).sum()) for level in found}
    base = max(found, key=lambda level: size[level], default="")
    # a hospital without the attribute lacks the covariate
    return {
        level: (first == level).astype("float64").where(first.notna(), np.nan)
        for level in found
        if level != base
    }


def _label(name: str) -> tuple[str, str]:
    known = known_outcomes().get(name) or columns()[name]
    return known.label_en, known.label_zh
