"""Discharges of the base years → a catalogue of core and comprehensive types.

A combination of a four-character diagnosis and a set of procedures with enough cases a year is a core type;
the others are pooled by category (or chapter) and treatment class. Sums are integers and leave the engine
by type, year and level; means and weights are exact fractions of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

from ..errors import DataError, Problem
from .catalogue import ALL_LEVELS, ALL_YEARS, REFERENCE_COLUMNS, TYPE_COLUMNS, Catalogue
from .combinations import RAW, Combinations, combinations, with_texts
from .exact import half_up
from .keys import CLASSES
from .parameters import Grouping, Weighting
from .stays import FOR_GROUPING, hospital_levels, require
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
        Cost: one pass over the stays that sums by distinct texts, year and level, and a second one where
        costs are trimmed. Python sees types × years × levels.

    Raises
    ------
    DataError
        If a base year has no discharge, a column is missing, a hospital has no level, or the weights cannot
        be computed.
    """
    require(stays, FOR_GROUPING, "building a catalogue")
    years = base_years(year, weighting)
    dated = stays.mutate(year=stays.discharge_date.year().cast("int64"))
    base = with_texts(dated.filter(dated.year.isin(years)))
    hospital_levels(engine, base)
    sums = engine.stage(_sums(base, [*RAW, "year", "level"]))
    found = combinations(engine, sums, grouping, classes)
    typed = engine.stage(_typed(sums, found, grouping, years))
    trimmed = weighting.trim_lower > 0 or weighting.trim_upper < 1
    by_type = _trimmed_sums(base, typed, weighting) if trimmed else _resummed(sums.join(typed, RAW))
    order = ["disease_type", "year", "level"]
    frame = engine.to_frame(by_type, order_by=order)
    everything = engine.to_frame(_resummed(sums, ["year", "level"]), order_by=["year", "level"])
    absent = [y for y in years if y not in set(everything["year"])]
    if absent:
        what = f"no discharge in the base year {', '.join(map(str, absent))}"
        todo = "bring those years, or declare year_weights for the years there are"
        raise DataError("build catalogue", [Problem(f"catalogue of {year}", what, todo)])
    return _assembled(frame, everything, years, grouping, weighting)


def _sums(base: ir.Table, keys: list[str]) -> ir.Table:
    wide = base.total_cost.cast("decimal(38, 0)")
    return base.group_by(*keys).agg(n=base.count(), s=base.total_cost.sum(), q=(wide * wide).sum())


def _resummed(sums: ir.Table, keys: list[str] | None = None) -> ir.Table:
    from ..schema.functions import int64_of_sum

    wanted = keys or ["disease_type", "kind", "year", "level"]
    return sums.group_by(*wanted).agg(
        n=int64_of_sum(sums.n.sum()), s=int64_of_sum(sums.s.sum()), q=sums.q.sum().cast("string")
    )


def _typed(sums: ir.Table, found: Combinations, grouping: Grouping, years: list[int]) -> ir.Table:
    """Texts → type and kind, for combinations that lead to one."""
    import ibis

    known = found.table.filter(found.table.reason.isnull())
    counted = sums.join(known, RAW).group_by("diagnosis", "procedure_set")
    counts = counted.agg(cases=lambda t: t.n.sum(), last=lambda t: (t.year == years[-1]).ifelse(t.n, 0).sum())
    enough = (
        counts.last >= grouping.case_threshold
        if grouping.threshold_over == "last"
        else counts.cases >= grouping.case_threshold * len(years)
    )
    core = counts.filter(enough).select("diagnosis", "procedure_set", is_core=ibis.literal(True))
    joined = known.left_join(core, ["diagnosis", "procedure_set"])
    is_core = joined.is_core.fill_null(False)
    procedures = (joined.procedure_set == "").ifelse(CLASSES[0], joined.procedure_set)
    pool = joined.category if grouping.comprehensive_by == "category" else joined.chapter
    return joined.select(
        *RAW,
        disease_type=is_core.ifelse(joined.diagnosis + ":" + procedures, pool + "/" + joined.treatment_class),
        kind=is_core.ifelse("core", "comprehensive"),
    )


def _trimmed_sums(base: ir.Table, typed: ir.Table, weighting: Weighting) -> ir.Table:
    """Sums over the cases between two exact quantiles within type and year, both ends included.

    Quantiles are those between order statistics (Hyndman and Fan 1996, type 7), rounded to 1e-3 of a minor
    unit, so that two engines that interpolate in another order leave out the same cases.
    """
    cases = base.join(typed, RAW).select("disease_type", "kind", "year", "level", "total_cost")
    bounds = cases.group_by("disease_type", "year").agg(
        lower=cases.total_cost.quantile(float(weighting.trim_lower)).round(3),
        upper=cases.total_cost.quantile(float(weighting.trim_upper)).round(3),
    )
    bounded = cases.join(bounds, ["disease_type", "year"])
    kept = bounded.filter(bounded.total_cost.between(bounded.lower, bounded.upper))
    return _resummed(_sums(kept, ["disease_type", "kind", "year", "level"]))


def _assembled(
    frame: pd.DataFrame, everything: pd.DataFrame, years: list[int], grouping: Grouping, weighting: Weighting
) -> Catalogue:
    import pandas as pd

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
        pd.DataFrame(_references(frame, years[-1]), columns=list(REFERENCE_COLUMNS)).astype(
            REFERENCE_COLUMNS
        ),
        overall,
        _means(everything, "level", years, weighting),
    )


def _means(frame: pd.DataFrame, by: str, years: list[int], weighting: Weighting) -> dict[str, Fraction]:
    """Weighted mean cost of each group, in order of its name."""
    sums: dict[str, dict[int, tuple[int, int]]] = {}
    for row in frame.groupby([by, "year"], sort=True)[["s", "n"]].sum().itertuples():
        sums.setdefault(row.Index[0], {})[int(row.Index[1])] = (int(row.s), int(row.n))
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


def _references(frame: pd.DataFrame, last: int) -> list[tuple[str, str, int, int]]:
    """Sums and counts of costs by type: of each level in the last year, of all levels, of all base years."""
    of_last = frame[frame["year"] == last]
    parts = [
        of_last[["disease_type", "level", "s", "n"]],
        of_last.assign(level=ALL_LEVELS).groupby(["disease_type", "level"], as_index=False)[["s", "n"]].sum(),
        frame.assign(level=ALL_YEARS).groupby(["disease_type", "level"], as_index=False)[["s", "n"]].sum(),
    ]
    rows = [
        row for part in parts for row in part[["disease_type", "level", "s", "n"]].itertuples(index=False)
    ]
    return sorted((str(r[0]), str(r[1]), int(r[2]), int(r[3])) for r in rows)
