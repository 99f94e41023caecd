"""Clean discharges of any size → cells, in one grouping of integers a city.

Every case gets one number that holds its hospital, period, covariates and weight; cases are grouped
by it. Sums are of integers, so cells depend neither on threads nor on the order of rows, and Python
sees cells only.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..errors import DataError, Problem, nearest
from ..schema.periods import first_day, label_of, last_day, months_between
from ..vocabulary import outcomes as known_outcomes
from ..vocabulary import patient_covariates
from .case_cells import CaseCells
from .case_decoding import PLACE, assembled, decoded
from .case_numbers import KEY, Plan, numbered_cases, sums_of
from .case_words import (
    DEATHS,
    CaseOutcome,
    case_outcome,
    closed_levels,
    needed_column,
    open_word,
    why_not_of_cases,
)
from .episodes import AS_BILLED, LINKED, SUM, linked_stays

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from ..store.contract import TableEngine

MOST_KEYS = 2**62
MOST_WEIGHTS = 10_000
PART_CELLS = 5_000_000
"""More cells are not grouped at once: cases are numbered once, then grouped by some hospitals at a time."""


def case_cells(
    engine: TableEngine,
    discharges: Mapping[str, ir.Table | Path],
    *,
    outcomes: Sequence[str],
    covariates: Sequence[str] = (),
    frequency: str,
    start: str,
    end: str,
    weights: str = "",
    age_limits: Sequence[int] = (),
    stays: str = AS_BILLED,
    linked_days: str = SUM,
) -> CaseCells:
    """Put the clean discharges of cities together into cells.

    Parameters
    ----------
    discharges : mapping of str to ibis table or Path
        Clean discharges by city name, or the Parquet file that holds them.
    outcomes : sequence of str
        Outcomes of the vocabulary that are means over cases.
    covariates : sequence of str
        Of `vocabulary.patient_covariates`: age_group, sex, insurance_type, comorbidity, surgery, …
    frequency : {"month", "quarter", "year"}
    start, end : str
        First and last period, inclusive.
    weights : str, optional
        A column with the weight of each case. Cases of one cell have one weight, so it should take
        few values (sampling weights by stratum), at most `MOST_WEIGHTS`.
    age_limits : sequence of int, optional
        First age of each group but the lowest.
    stays, linked_days : str
        As in `build.hospital_panel`.

    Returns
    -------
    CaseCells
        `periods` has ``city``, ``hospital``, ``unit`` (city/hospital), ``period`` and ``cases``, and
        `outcomes` the names of the vocabulary, amounts in major units.

    Raises
    ------
    DataError
        With all problems: outcomes that are no means over cases, covariates that are not known,
        columns that a city lacks, no case in the window, too many combinations.

    Notes
    -----
    Cost: one pass for the levels of open covariates, one grouping into C cells a city; Python holds
    O(C) numbers.
    """
    _check_words(outcomes, covariates, age_limits)
    tables = _tables(engine, discharges, start, end, stays, linked_days)
    asked = tuple(case_outcome(name) for name in outcomes)
    _check_columns(tables, asked, covariates, weights)
    levels = {n: closed_levels(n, age_limits) or _open_levels(engine, tables, n) for n in covariates}
    plan = Plan(
        asked,
        tuple(covariates),
        levels,
        _period_labels(start, end, frequency),
        frequency,
        tuple(age_limits),
        weights,
        _weight_values(engine, tables, weights),
    )
    parts: list[dict[str, np.ndarray]] = []
    units: list[tuple[str, str]] = []
    for city, table in tables.items():
        hospitals, found = _city(engine, table, city, plan)
        for part in found:
            part[PLACE] += len(units) * len(plan.periods)
            parts.append(part)
        units += [(city, hospital) for hospital in hospitals]
    if not parts:
        problem = Problem("cases", f"none is discharged between {start} and {end}", "mend the window")
        raise DataError("make cells", [problem])
    return assembled(parts, units, plan)


def _check_words(outcomes: Sequence[str], covariates: Sequence[str], age_limits: Sequence[int]) -> None:
    problems = [
        Problem(f"outcome {name}", why_not_of_cases(name), nearest(name, _means()))
        for name in outcomes
        if why_not_of_cases(name)
    ]
    problems += [
        Problem(f"covariate {name}", "is not known", nearest(name, patient_covariates()))
        for name in covariates
        if name not in patient_covariates()
    ]
    problems += [
        Problem(f"covariate {name}", "is named twice", "name it once")
        for name in dict.fromkeys(n for n in covariates if list(covariates).count(n) > 1)
    ]
    limits = list(age_limits)
    if limits != sorted(set(limits)) or any(limit <= 0 for limit in limits):
        problems.append(
            Problem("age_limits", f"{limits} are not in order", "write for example [18, 45, 60, 75]")
        )
    if not outcomes:
        problems.append(Problem("outcomes", "are none", "name at least one"))
    if problems:
        raise DataError("make cells", problems)


def _means() -> list[str]:
    return [name for name in known_outcomes() if not why_not_of_cases(name)]


def _tables(
    engine: TableEngine,
    discharges: Mapping[str, ir.Table | Path],
    start: str,
    end: str,
    stays: str,
    linked_days: str,
) -> dict[str, ir.Table]:
    """The cases of each city inside the window, in the order of the cities' names."""
    tables = {}
    for name in sorted(discharges):
        given = discharges[name]
        bills = engine.scan_parquet(given) if isinstance(given, Path) else given
        table = linked_stays(bills, linked_days) if stays == LINKED else bills
        tables[name] = table.filter(table.discharge_date.between(first_day(start), last_day(end)))
    return tables


def _check_columns(
    tables: Mapping[str, ir.Table], asked: Sequence[CaseOutcome], covariates: Sequence[str], weights: str
) -> None:
    needed = [outcome.column for outcome in asked] + [needed_column(name) for name in covariates]
    problems = []
    for city, table in tables.items():
        have = set(table.columns) | ({DEATHS} if "disposition" in table.columns else set())
        for name in dict.fromkeys([*needed, *([weights] if weights else [])]):
            if name not in have:
                problems.append(Problem(f"city {city}", f"has no column '{name}'", nearest(name, have)))
    if problems:
        raise DataError("make cells", problems)


def _open_levels(engine: TableEngine, tables: Mapping[str, ir.Table], name: str) -> tuple[str, ...]:
    """All words of a covariate in any city, in order."""
    found: set[str] = set()
    for table in tables.values():
        words = engine.to_frame(table.select(word=open_word(table, name)).distinct())["word"]
        found |= set(words.dropna())
    return tuple(sorted(found))


def _weight_values(engine: TableEngine, tables: Mapping[str, ir.Table], weights: str) -> np.ndarray:
    """All weights in order."""
    if not weights:
        return np.empty(0)
    found = [
        engine.to_frame(t.select(weight=t[weights].cast("float64")).distinct().limit(MOST_WEIGHTS + 1))
        for t in tables.values()
    ]
    values = np.unique(pd.concat(found)["weight"].to_numpy(float, na_value=np.nan))
    problems = []
    if len(values) > MOST_WEIGHTS:
        what = f"takes more than {MOST_WEIGHTS} values, so that cells would be cases"
        problems.append(Problem(f"column {weights}", what, "round the weights, or estimate without them"))
    if not (np.isfinite(values) & (values > 0)).all():
        what, todo = "has weights that are missing, infinite, zero or below", "leave these cases out"
        problems.append(Problem(f"column {weights}", what, todo))
    if problems:
        raise DataError("make cells", problems)
    return values


def _period_labels(start: str, end: str, frequency: str) -> tuple[str, ...]:
    months = months_between(f"{first_day(start):%Y-%m}", f"{last_day(end):%Y-%m}")
    return tuple(dict.fromkeys(label_of(first_day(month), frequency) for month in months))


def _city(
    engine: TableEngine, table: ir.Table, city: str, plan: Plan
) -> tuple[list[str], Iterator[dict[str, np.ndarray]]]:
    """The hospitals of one city, and its cells, some hospitals at a time."""
    counted = engine.to_frame(table.group_by("hospital").agg(cases=table.count()), ("hospital",))
    hospitals, cases = list(counted["hospital"]), counted["cases"].to_numpy(np.int64)
    if not hospitals:
        return [], iter(())
    sizes = plan.radices(len(hospitals))
    if prod(sizes.values()) > MOST_KEYS:
        told = tuple(f"{name}: {size}" for name, size in sizes.items())
        what, todo = "has more combinations of levels than can be numbered", "take coarser covariates"
        raise DataError("make cells", [Problem(f"city {city}", what, todo, told, len(told))])
    numbered = numbered_cases(engine, table, hospitals, plan)
    grouped = _grouped(engine, numbered, cases, sizes, plan)
    return hospitals, (decoded(counts, sizes, plan) for counts in grouped)


def _grouped(
    engine: TableEngine, numbered: ir.Table, cases: np.ndarray, sizes: Mapping[str, int], plan: Plan
) -> Iterator[pd.DataFrame]:
    """Sums by key in the order of the keys, at once, or by groups of hospitals where cells may be many.

    Parameters
    ----------
    cases : numpy.ndarray, shape (hospitals,), int
    """
    bounds = [0, len(cases)]
    if min(int(cases.sum()), prod(sizes.values())) > PART_CELLS:
        part = np.cumsum(cases) // PART_CELLS
        bounds = [0, *(np.flatnonzero(np.diff(part)) + 1).tolist(), len(cases)]
        numbered = engine.stage(numbered)
    stride = prod(sizes.values()) // len(cases)
    for first, last in itertools.pairwise(bounds):
        mine = numbered
        if len(bounds) > 2:
            mine = numbered.filter((numbered[KEY] >= first * stride) & (numbered[KEY] < last * stride))
        yield engine.to_frame(mine.group_by(KEY).agg(cases=mine.count(), **sums_of(mine, plan)), (KEY,))
