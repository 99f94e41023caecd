"""Discharges of the base years → a catalogue of core and comprehensive types.

Sums are integers and leave the engine by type, year and level; means and weights are exact fractions of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

from ..errors import DataError, Problem
from .base_types import core_types, type_names, with_pools, with_type_number
from .catalogue import ALL_LEVELS, ALL_YEARS, REFERENCE_COLUMNS, TYPE_COLUMNS, Catalogue
from .exact import half_up
from .parameters import Grouping, Weighting
from .stays import FOR_GROUPING, hospital_levels, require
from .texts import read_texts, with_texts
from .weights import relative_weights, weighted_mean

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from ..store.contract import TableEngine


def base_years(year: int, weighting: Weighting) -> list[int]:
    """The years before `year` that its catalogue rests on, oldest first."""
    return list(range(year - len(weighting.year_weights), year))


def build_catalogue(
    engine: TableEngine,
    stays: ir.Table,
    grouping: Grouping,
    weighting: Weighting,
    year: int,
    classes: Mapping[str, str] | None = None,
) -> Catalogue:
    """Build the catalogue of `year` from the discharges of its base years.

    Parameters
    ----------
    stays : ibis table
        Clean discharges; other years are left aside.
    classes : mapping of str to str, optional
        Treatment class by the beginning of a procedure; by default the list of the package.

    Returns
    -------
    Catalogue
        Cost: passes over single columns for hospitals, texts and years; one that counts the combinations of
        diagnosis and procedures and one that sums by type, with another for the quantiles where costs are
        trimmed. Python sees types × years × levels.

    Raises
    ------
    DataError
        If a base year has no discharge, a column is missing, a hospital has no level, or the weights cannot
        be computed.
    """
    require(stays, FOR_GROUPING, "building a catalogue")
    years = base_years(year, weighting)
    dated = stays.mutate(year=stays.discharge_date.year().cast("int64"))
    base = engine.named(with_texts(dated.filter(dated.year.isin(years))))
    hospital_levels(engine, base)
    everything = engine.to_frame(_sums(base, ["year", "level"]), order_by=["year", "level"])
    absent = [y for y in years if y not in set(everything["year"])]
    if absent:
        what = f"no discharge in the base year {', '.join(map(str, absent))}"
        todo = "bring those years, or declare year_weights for the years there are"
        raise DataError("build catalogue", [Problem(f"catalogue of {year}", what, todo)])
    by_type = _type_sums(engine, base, grouping, weighting, years, classes)
    return _assembled(by_type, everything, years, grouping, weighting)


def _type_sums(
    engine: TableEngine,
    base: ir.Table,
    grouping: Grouping,
    weighting: Weighting,
    years: list[int],
    classes: Mapping[str, str] | None,
) -> pd.DataFrame:
    """Sums of costs by type, kind, year and level, of the cases whose texts lead to a type."""
    texts = with_pools(engine, read_texts(engine, base, grouping, classes), grouping)
    read = texts.of(base)
    known = engine.named(read.filter(read.reason.isnull()))
    core = core_types(engine, known, grouping, years)
    numbered = with_type_number(known, core)
    if weighting.trim_lower > 0 or weighting.trim_upper < 1:
        numbered = _trimmed(numbered, weighting)
    summed = engine.named(_sums(numbered, ["type_number", "year", "level"], squares=True))
    named = summed.join(type_names(core, texts), "type_number").drop("type_number")
    return engine.to_frame(named, order_by=["disease_type", "year", "level"])


def _sums(cases: ir.Table, keys: list[str], squares: bool = False) -> ir.Table:
    from ..schema.functions import int64_of_sum

    cost = cases.total_cost
    sums = {"n": cases.count(), "s": int64_of_sum(cost.sum())}
    if squares:
        wide = cost.cast("decimal(38, 0)")
        sums["q"] = (wide * wide).sum().cast("string")
    return cases.group_by(*keys).agg(**sums)


def _trimmed(cases: ir.Table, weighting: Weighting) -> ir.Table:
    """The cases between two exact quantiles within type and year, both ends included.

    Quantiles are those between order statistics (Hyndman and Fan 1996, type 7), rounded to 1e-3 of a minor
    unit, so that two engines that interpolate in another order leave out the same cases.
    """
    bounds = cases.group_by("type_number", "year").agg(
        lower=cases.total_cost.quantile(float(weighting.trim_lower)).round(3),
        upper=cases.total_cost.quantile(float(weighting.trim_upper)).round(3),
    )
    bounded = cases.join(bounds, ["type_number", "year"])
    return bounded.filter(bounded.total_cost.between(bounded.lower, bounded.upper))


def _assembled(
    frame: pd.DataFrame, everything: pd.DataFrame, years: list[int], grouping: Grouping, weighting: Weighting
) -> Catalogue:

    means = _means(frame, "disease_type", years, weighting)
    overall = _means(everything.assign(all="all"), "all", years, weighting).get("all", Fraction(0))
    weights = relative_weights(means, overall, weighting, "catalogue")
    spread = _spread(frame)
    types = spread.assign(
        cases_last_year=_last(frame, years[-1], spread.index),
        mean_cost=[half_up(means[key]) for key in spread.index],
        relative_weight=[weights[key] for key in spread.index],
    )
    types["kind"] = _kinds(frame, types, grouping)
    types = types.rename_axis("disease_type").reset_index()[list(TYPE_COLUMNS)].astype(TYPE_COLUMNS)
    return Catalogue(
        grouping.version,
        "built",
        weighting.scale,
        weighting.decimals,
        types,
        _references(frame, years[-1]),
        overall,
        _means(everything, "level", years, weighting),
    )


def _means(frame: pd.DataFrame, by: str, years: list[int], weighting: Weighting) -> dict[str, Fraction]:
    """Weighted mean cost of each group, in order of its name."""
    sums: dict[str, dict[int, tuple[int, int]]] = {}
    summed = frame.groupby([by, "year"], sort=True)[["s", "n"]].sum().reset_index()
    for name, year, s, n in zip(*(summed[c].tolist() for c in (by, "year", "s", "n")), strict=True):
        sums.setdefault(name, {})[year] = (s, n)
    return {name: weighted_mean(found, years, weighting.year_weights) for name, found in sums.items()}


def _spread(frame: pd.DataFrame) -> pd.DataFrame:
    """Cases, standard deviation and coefficient of variation of each type over all base years."""
    import numpy as np

    # Squares of costs exceed an int64, so they come as digits and are summed as Python's integers.
    whole = frame.assign(q=[int(q) for q in frame["q"]]).groupby("disease_type", sort=True)
    n, s, q = (whole[name].sum() for name in ("n", "s", "q"))
    squares = np.array(
        [float(n_ * q_ - s_**2) for n_, s_, q_ in zip(map(int, n), map(int, s), q, strict=True)]
    )
    deviation = np.sqrt(squares / (n * (n - 1)).where(n > 1))
    return n.to_frame("cases").assign(standard_deviation=deviation, cv=deviation * n / s.where(s > 0))


def _last(frame: pd.DataFrame, year: int, keys: pd.Index) -> pd.Series:
    last = frame[frame["year"] == year].groupby("disease_type")["n"].sum()
    return last.reindex(keys, fill_value=0)


def _kinds(frame: pd.DataFrame, types: pd.DataFrame, grouping: Grouping) -> pd.Series:
    """Core types that primary hospitals treat in the main, at even cost, are primary-level types."""
    kinds = frame.groupby("disease_type")["kind"].first().reindex(types.index)
    if grouping.primary_level_share is None or grouping.primary_level_cv is None:
        return kinds
    primary = frame[frame["level"] == "primary"].groupby("disease_type")["n"].sum()
    share = primary.reindex(types.index, fill_value=0) / types["cases"]
    enough = share >= float(grouping.primary_level_share)
    even = types["cv"].fillna(0.0) <= float(grouping.primary_level_cv)
    return kinds.mask((kinds == "core") & enough & even, "primary_level")


def _references(frame: pd.DataFrame, last: int) -> pd.DataFrame:
    """Sums and counts of costs by type: of each level in the last year, of all levels, of all base years."""
    import pandas as pd

    amounts = ["s", "n"]
    of_last = frame[frame["year"] == last]
    parts = [
        of_last,
        of_last.groupby("disease_type", as_index=False)[amounts].sum().assign(level=ALL_LEVELS),
        frame.groupby("disease_type", as_index=False)[amounts].sum().assign(level=ALL_YEARS),
    ]
    both = pd.concat([part[["disease_type", "level", *amounts]] for part in parts])
    renamed = both.rename(columns={"s": "sum", "n": "count"}).astype(REFERENCE_COLUMNS)
    return renamed.sort_values(["disease_type", "level"], ignore_index=True)
