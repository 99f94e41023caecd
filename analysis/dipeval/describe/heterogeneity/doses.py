"""How strong the reform is in each hospital."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dipeval.describe.given import Given
from dipeval.describe.heterogeneity.before_reform import STAGE, last_before
from dipeval.describe.heterogeneity.grouping import UNIT, quantity
from dipeval.errors import DataError, Problem, nearest
from dipeval.vocabulary import outcomes

BEFORE, ADOPTION = "before", "adoption"


@dataclass(frozen=True)
class Doses:
    """One number a hospital.

    Attributes
    ----------
    values : numpy.ndarray, shape (N,)
        In the order of the design's hospitals; NaN where not known.
    title : (str, str)
    unit : str
        As in the vocabulary; empty where it has none.
    notes : tuple of (str, str)
        When it was measured, and what follows from that.
    """

    values: np.ndarray
    title: tuple[str, str]
    unit: str
    notes: tuple[tuple[str, str], ...]


def declared_doses(given: Given, by_city: Mapping[str, float], title: tuple[str, str], unit: str) -> Doses:
    """Doses that the study declares by city, for all hospitals of a city alike.

    Raises
    ------
    DataError
        Cities that the panel lacks, treated cities without a dose.
    """
    design, panel = given.designed, given.panel
    city = panel.groupby(UNIT)["city"].first().reindex(design.units).astype("str")
    known = sorted(set(city))
    problems = [
        Problem(f"by_city.{name}", "is no city of the panel", nearest(name, known))
        for name in by_city
        if name not in known
    ]
    ever = design.layout.last >= design.first_treated
    lacking = sorted(set(city[ever]) - set(by_city))
    if lacking:
        what = "treated cities have no dose"
        problems.append(Problem("by_city", what, "give each a number", tuple(lacking[:5]), len(lacking)))
    if problems:
        raise DataError(STAGE, problems)
    values = city.map(dict(by_city)).to_numpy(dtype="float64")
    note = (
        "The dose is declared by city: hospitals of a city have one dose.",
        "强度按城市给定：同一城市的医院强度相同。",
    )
    return Doses(values, title, unit, (note,))


def doses_of(given: Given, name: str, measured: Sequence[str]) -> Doses:
    """Measure the dose of each hospital.

    Parameters
    ----------
    given : Given
        With a design.
    name : str
        An outcome of the vocabulary, of the sums over the periods, or a column of numbers, its mean a period.
    measured : sequence of str
        ``["before"]`` (all periods before the first reform), ``["adoption"]`` (a hospital's first treated period), or
        first and last period, which may lie after the reform: the dose is then what the hospital took of it.

    Raises
    ------
    DataError
        An unknown column, a column of words, a span without rows.
    """
    design, panel = given.designed, given.panel
    if name not in outcomes() and name not in panel.columns:
        what = "is neither a column of the panel nor an outcome"
        raise DataError(
            STAGE, [Problem(f"dose: {name}", what, nearest(name, [*outcomes(), *map(str, panel.columns)]))]
        )
    if name not in outcomes() and not pd.api.types.is_numeric_dtype(panel[name]):
        raise DataError(STAGE, [Problem(f"dose: {name}", "holds words", "name a column of numbers")])
    rows, note = _rows(given, tuple(measured))
    values, title = quantity(rows, name)
    unit = outcomes()[name].unit if name in outcomes() else ""
    values = values.reindex(design.units).to_numpy(dtype="float64")
    return Doses(values, title, unit, (note,))


def _rows(given: Given, measured: tuple[str, ...]) -> tuple[pd.DataFrame, tuple[str, str]]:
    """The rows of the dose, and when they are."""
    design, panel = given.designed, given.panel
    periods = panel["period"].astype("str")
    if measured == (BEFORE,):
        last = last_before(design)
        said = (
            f"The dose was measured up to {last}, before the first reform.",
            f"强度在首次改革之前（截至{last}）测量。",
        )
        return panel[periods <= last], said
    if measured == (ADOPTION,):
        mine = np.zeros(len(panel), bool)
        mine[design.rows[design.event_time == 0]] = True
        said = (
            "The dose was measured in each hospital's first treated period: where hospitals choose it, it may answer the "
            "reform.",
            "强度在各医院首个改革期测量；若由医院自行选择，则可能是对改革的反应。",
        )
        return panel[mine], said
    if len(measured) != 2 or measured[0] > measured[1] or not periods.between(*measured).any():
        todo = f'write ["{BEFORE}"], ["{ADOPTION}"], or first and last period, like ["2019-01", "2019-12"]'
        raise DataError(STAGE, [Problem("measured", f"{list(measured)} is no span with rows", todo)])
    said = (
        f"The dose was measured from {measured[0]} to {measured[1]}.",
        f"强度在{measured[0]}至{measured[1]}测量。",
    )
    if measured[1] > last_before(design):
        said = (
            f"{said[0]} Part of that lies after a reform: where hospitals choose the dose, it may answer the reform.",
            f"{said[1]}其中部分时期在改革之后；若由医院自行选择，则可能是对改革的反应。",
        )
    return panel[periods.between(*measured)], said
