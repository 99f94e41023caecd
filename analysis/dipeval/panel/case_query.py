"""Clean discharges of any size → cells, in one grouping of integers a city.

Every case gets one number that holds its hospital, period, covariates and weight; cases are grouped
by it. Sums are of integers, so cells depend neither on threads nor on the order of rows, and Python
sees cells only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..errors import DataError, Problem, nearest
from ..schema.periods import first_day, label_of, last_day, months_between
from ..vocabulary import outcomes as known_outcomes
from ..vocabulary import patient_covariates
from .case_cells import CaseCells, CellOutcome
from .case_words import (
    DEATHS,
    CaseOutcome,
    case_integer,
    case_outcome,
    closed_code,
    closed_levels,
    needed_column,
    open_word,
    square_sum,
    why_not_of_cases,
)
from .episodes import AS_BILLED, LINKED, SUM, linked_stays

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from ..store.contract import TableEngine

KEY = "cell"
HOSPITAL, PERIOD, WEIGHT = "hospital", "period", "weight"
MOST_KEYS = 2**62
MOST_WEIGHTS = 10_000
UNIT = "unit"
_PER_YEAR = {"month": 12, "quarter": 4, "year": 1}


@dataclass(frozen=True)
class _Plan:
    """What is asked, and the levels behind the codes; the radix of each code is one more, for missing."""

    outcomes: tuple[CaseOutcome, ...]
    covariates: tuple[str, ...]
    levels: Mapping[str, tuple[str, ...]]
    periods: tuple[str, ...]
    frequency: str
    age_limits: tuple[int, ...]
    weights: str
    weight_values: np.ndarray

    def radices(self, hospitals: int) -> dict[str, int]:
        """Sizes of the parts of a key, the first being the slowest."""
        sizes = {HOSPITAL: hospitals, PERIOD: len(self.periods)}
        sizes |= {name: len(self.levels[name]) + 1 for name in self.covariates}
        return sizes | ({WEIGHT: len(self.weight_values)} if self.weights else {})


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
    plan = _Plan(
        asked,
        tuple(covariates),
        levels,
        _period_labels(start, end, frequency),
        frequency,
        tuple(age_limits),
        weights,
        _weight_values(engine, tables, weights),
    )
    parts = [_city(engine, table, name, plan) for name, table in tables.items()]
    made = _joined(plan, [part for part in parts if part is not None])
    if made is None:
        problem = Problem("cases", f"none is discharged between {start} and {end}", "mend the window")
        raise DataError("make cells", [problem])
    return made


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


def _city(engine: TableEngine, table: ir.Table, city: str, plan: _Plan) -> CaseCells | None:
    """The cells of one city; None where it has no case."""
    hospitals = sorted(engine.to_frame(table.select("hospital").distinct())["hospital"])
    if not hospitals:
        return None
    sizes = plan.radices(len(hospitals))
    if prod(sizes.values()) > MOST_KEYS:
        told = tuple(f"{name}: {size}" for name, size in sizes.items())
        what, todo = "has more combinations of levels than can be numbered", "take coarser covariates"
        raise DataError("make cells", [Problem(f"city {city}", what, todo, told, len(told))])
    coded = _coded(engine, table, hospitals, plan)
    key = coded[HOSPITAL]
    for name, size in list(sizes.items())[1:]:
        key = key * size + coded[name]
    numbered = coded.mutate(**{KEY: key})
    counts = engine.to_frame(numbered.group_by(KEY).agg(cases=numbered.count(), **_sums(numbered, plan)))
    counts = counts.sort_values(KEY, kind="stable", ignore_index=True)
    return _decoded(counts, city, hospitals, sizes, plan)


def _coded(engine: TableEngine, table: ir.Table, hospitals: list[str], plan: _Plan) -> ir.Table:
    """The codes and the integers of each case, and nothing else."""
    made: dict[str, ir.Value] = {f"y{k}": case_integer(table, o) for k, o in enumerate(plan.outcomes)}
    made[PERIOD] = _period_number(table.discharge_date, plan.frequency) - _first_number(plan)
    joins = {HOSPITAL: (table.hospital, hospitals)}
    for name in plan.covariates:
        missing = len(plan.levels[name])
        if closed_levels(name, plan.age_limits):
            made[name] = closed_code(table, name, plan.age_limits).cast("int64").fill_null(missing)
        else:
            joins[name] = (open_word(table, name), list(plan.levels[name]))
    if plan.weights:
        joins[WEIGHT] = (table[plan.weights].cast("float64"), list(plan.weight_values))
    made |= {f"word_{name}": word for name, (word, _) in joins.items()}
    coded = table.select(**made)
    for name, (_, words) in joins.items():
        listed = pd.DataFrame({f"of_{name}": words, name: np.arange(len(words))})
        if name not in (HOSPITAL, WEIGHT):
            listed = listed.astype({f"of_{name}": "str"})
        small = engine.small_table(listed)
        joined = coded.left_join(small, coded[f"word_{name}"] == small[f"of_{name}"])
        filled = joined[name].cast("int64").fill_null(len(words))
        coded = joined.mutate(**{name: filled}).drop(f"word_{name}", f"of_{name}")
    return coded


def _period_number(day: ir.DateValue, frequency: str) -> ir.IntegerValue:
    year = day.year().cast("int64")
    if frequency == "year":
        return year
    part = day.month() if frequency == "month" else day.quarter()
    return year * _PER_YEAR[frequency] + part.cast("int64") - 1


def _first_number(plan: _Plan) -> int:
    day = first_day(plan.periods[0])
    within = {"month": day.month - 1, "quarter": (day.month - 1) // 3, "year": 0}[plan.frequency]
    return day.year * _PER_YEAR[plan.frequency] + within


def _sums(coded: ir.Table, plan: _Plan) -> dict[str, ir.Value]:
    from ..schema.functions import int64_of_sum

    made: dict[str, ir.Value] = {}
    for k in range(len(plan.outcomes)):
        value = coded[f"y{k}"]
        made |= {f"n{k}": value.count(), f"s{k}": int64_of_sum(value.sum()), f"q{k}": square_sum(value)}
    return made


def _decoded(
    counts: pd.DataFrame, city: str, hospitals: list[str], sizes: Mapping[str, int], plan: _Plan
) -> CaseCells:
    """Cells of one city from keys and sums, in the order of the keys."""
    rest = counts[KEY].to_numpy(np.int64)
    codes: dict[str, np.ndarray] = {}
    for name, size in reversed(list(sizes.items())):
        rest, part = np.divmod(rest, size)
        codes[name] = part.astype(np.min_scalar_type(-size))
    place = codes[HOSPITAL].astype(np.int64) * sizes[PERIOD] + codes[PERIOD]
    first = np.r_[True, place[1:] != place[:-1]]
    row = np.cumsum(first) - 1
    n = counts["cases"].to_numpy(np.int64)
    names = np.array(hospitals, object)[place[first] // sizes[PERIOD]]
    periods = pd.DataFrame({"city": city, HOSPITAL: names, UNIT: [f"{city}/{h}" for h in names]})
    periods[PERIOD] = np.array(plan.periods, object)[place[first] % sizes[PERIOD]]
    periods["cases"] = np.add.reduceat(n, np.flatnonzero(first))
    for name in plan.covariates:
        missing = codes[name] == len(plan.levels[name])
        codes[name] = np.where(missing, codes[name].dtype.type(-1), codes[name])
    weights = plan.weight_values[codes[WEIGHT]] if plan.weights else None
    found = {outcome.name: _outcome(counts, k, outcome) for k, outcome in enumerate(plan.outcomes)}
    kept = {name: codes[name] for name in plan.covariates}
    return CaseCells(periods, row.astype(np.int32), n, kept, plan.levels, found, {}, weights)


def _outcome(counts: pd.DataFrame, k: int, outcome: CaseOutcome) -> CellOutcome:
    n = counts[f"n{k}"].to_numpy(np.int64)
    total, squares = (counts[f"{c}{k}"].to_numpy(float, na_value=np.nan) for c in "sq")
    mean = np.divide(total, n, out=np.full(len(n), np.nan), where=n > 0)
    within = np.where(n > 1, np.maximum(squares - mean * total, 0), 0)
    return CellOutcome(n, mean * outcome.scale + outcome.shift, within * outcome.scale**2)


def _joined(plan: _Plan, parts: Sequence[CaseCells]) -> CaseCells | None:
    """The cells of all cities, one after the other."""
    if not parts:
        return None
    starts = np.cumsum([0, *(len(part.periods) for part in parts)])
    outcomes = {}
    for name in parts[0].outcomes:
        found = [part.outcomes[name] for part in parts]
        outcomes[name] = CellOutcome(
            *(np.concatenate([getattr(o, a) for o in found]) for a in ("n", "mean", "within"))
        )
    return CaseCells(
        pd.concat([part.periods for part in parts], ignore_index=True),
        np.concatenate([part.row + start for part, start in zip(parts, starts, strict=False)]),
        np.concatenate([part.n for part in parts]),
        {name: np.concatenate([part.codes[name] for part in parts]) for name in plan.covariates},
        plan.levels,
        outcomes,
        {},
        np.concatenate([part.weights for part in parts]) if plan.weights else None,
    )
