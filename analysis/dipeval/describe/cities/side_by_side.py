"""Indicators by city and span, with intervals, as one exhibit; and the cells that stand behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from dipeval.describe.cities.cells import ALL_LABELS, cells_of
from dipeval.describe.cities.clustered_ratio import FEWEST, clustered_ratios
from dipeval.describe.cities.indicator import Indicator
from dipeval.describe.cities.intervals import interval
from dipeval.describe.cities.placement import ALL, Placement, placed
from dipeval.describe.cities.spans import Spans
from dipeval.describe.cities.stratified_ratio import stratified_ratios
from dipeval.results.exhibit import Exhibit, bilingual

NAME = "cities"
FEW = "few_hospitals"
EDGE = "none_or_all"
NOTES = (
    (
        "Value: sum over the hospitals of a city divided by sum, so large hospitals count for what they are.",
        "数值为城市内各医院合计之比，大医院按其规模计入。",
    ),
    (
        f"Interval: 95 %, hospitals as clusters (CR2, degrees of freedom by Bell and McCaffrey), made on the "
        f"logarithm of an amount and the logit of a share; not defined with fewer than {FEWEST} hospitals. It says "
        "how much a city's figure would differ with other hospitals of the same kind.",
        f"区间：95%，以医院为聚类（CR2，Bell–McCaffrey 自由度），金额取对数、比例取 logit 后计算；医院少于 {FEWEST} "
        "家时无定义。它表示若为同类的另一组医院，该市数值会有多大差异。",
    ),
)


def side_by_side(
    frame: pd.DataFrame,
    place: pd.Series,
    indicators: Sequence[Indicator],
    spans: Spans,
    labels: Mapping[str, tuple[str, str]],
    *,
    kinds: pd.Series | None = None,
    level: float = 0.95,
    least: int = 10,
    currency: str = "",
    synthetic: bool = False,
) -> tuple[Exhibit, Exhibit]:
    """Compare places by indicators.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (n, …)
        Panel rows with ``city``, ``hospital``, ``period`` and ``discharges``.
    place : pandas.Series, shape (n,)
        The city (or other unit) of each row; rows without one are left out.
    indicators : sequence of Indicator
        On the same rows.
    spans : Spans
        Of the periods of `frame`.
    labels : mapping of str to (str, str)
        English and Chinese label of each place, in the order of the page.
    kinds : pandas.Series, shape (n,), optional
        Kind of each row's hospital (level, type), the same in all its rows: errors are those within kinds.
    level : float
        Of the intervals.
    least : int
        A share of cases is shown by year at the finest where more than a tenth of its quarters would stand on
        fewer cases: pictures full of gaps tell nothing.

    Returns
    -------
    shown : Exhibit
        Kind ``cities``: one row an indicator, place and span with ``value``, ``std_error``, ``df``, ``conf_low``,
        ``conf_high``, ``n_hospitals`` and ``interval`` (why there is none). The place ``all`` is all together.
    behind : Exhibit
        Kind ``cells``, not to be shown: the cases that shares of cases give away, for the gate.

    Raises
    ------
    ValueError
        If the lengths differ.

    Notes
    -----
    Cost O(indicators × spans' levels × n log n).
    """
    if len(place) != len(frame) or any(len(i.numerator) != len(frame) for i in indicators):
        raise ValueError(f"{len(frame)} rows, {len(place)} places, indicators of other lengths")
    inside = place.notna().to_numpy()
    rows = frame[inside].reset_index(drop=True)
    kept = [_only(one, inside) for one in indicators]
    where = pd.Series(place.to_numpy()[inside], dtype="object").astype("str")
    hospital = pd.factorize(rows["city"].astype("str") + "/" + rows["hospital"].astype("str"), sort=True)[0]
    placement = placed(where, rows["period"].astype("str"), hospital, spans.of_period)
    words = {ALL: ALL_LABELS, **labels}
    discharges = rows["discharges"].to_numpy(dtype="float64", na_value=0.0)
    coarse = _coarse(placement, spans)
    placements = [coarse if too_fine(one, placement, spans, least) else placement for one in kept]
    cells = cells_of(discharges, list(zip(kept, placements, strict=True)), spans, words)
    of_rows = None if kinds is None else pd.factorize(kinds.astype("str")[inside], sort=True)[0]
    parts = [_rows(one, at, level, of_rows) for one, at in zip(kept, placements, strict=True)]
    table = pd.concat([part.join(of) for part, of in zip(parts, cells.of_rows, strict=True)])
    table = _ordered(table[table["value"].notna()], kept, spans, words)
    exhibit = bilingual(
        name=NAME,
        kind="cities",
        titles=("Cities side by side", "城市比较"),
        frame=table,
        notes=NOTES,
        synthetic=synthetic,
        options={"currency": currency, "level": level},
        sums=cells.sums,
        derived=cells.derived,
    )
    return exhibit, replace(cells.behind, synthetic=synthetic)


def _coarse(placement: Placement, spans: Spans) -> Placement:
    """The placement without quarters, where there are years."""
    levels = {span.name: span.level for span in spans.spans}
    if "year" not in levels.values():
        return placement
    return placement.only(np.array([levels[name] != "step" for name in placement.spans]))


def too_fine(one: Indicator, placement: Placement, spans: Spans, least: int) -> bool:
    """Whether a share of cases would stand on too few of them in more than a tenth of the quarters."""
    if not one.of_cases:
        return False
    steps = {span.name for span in spans.steps}
    of = np.array([name in steps for name in placement.spans])
    sides = (one.numerator, one.denominator - one.numerator)
    counts = [placement.by_group(placement.by_hospital(np.nan_to_num(side)))[of] for side in sides]
    return bool(np.mean([(n > 0) & (n < least) for n in counts], axis=1).max() > 0.1)


def _only(one: Indicator, inside: np.ndarray) -> Indicator:
    parts = {name: getattr(one, name)[inside] for name in ("numerator", "denominator", "cases")}
    return replace(one, **parts)


def _rows(one: Indicator, placement: Placement, level: float, kinds: np.ndarray | None) -> pd.DataFrame:
    """One indicator in every place and span."""
    above, below = (placement.by_hospital(np.nan_to_num(v)) for v in (one.numerator, one.denominator))
    many = len(placement.places)
    if kinds is None:
        found = clustered_ratios(above, below, placement.group, many)
    else:
        found = stratified_ratios(above, below, placement.group, placement.of_pair(kinds), many)
    value, error = found.value, found.std_error
    low, high = interval(value, error, found.df, one.scale, level)
    if one.logarithm:
        error = error / value
        value, low, high = np.log(value), np.log(low), np.log(high)
    why = np.where(found.hospitals < FEWEST, FEW, np.where(np.isnan(low), EDGE, ""))
    return pd.DataFrame(
        {
            "indicator": one.name,
            "series_en": one.label_en,
            "series_zh": one.label_zh,
            "unit": one.unit,
            "place": placement.places,
            "span": placement.spans,
            "value": value,
            "std_error": error,
            "df": found.df,
            "conf_low": low,
            "conf_high": high,
            "interval": why,
            "n_hospitals": found.hospitals.astype("float64"),
        }
    )


def _ordered(
    table: pd.DataFrame, kept: Sequence[Indicator], spans: Spans, words: Mapping[str, tuple[str, str]]
) -> pd.DataFrame:
    """Rows in the order of indicators, spans and places as they were given, with labels of the places."""
    ranks = [
        {one.name: i for i, one in enumerate(kept)},
        {span.name: i for i, span in enumerate(spans.spans)},
        {name: i for i, name in enumerate(words)},
    ]
    keys = [table[c].map(rank) for c, rank in zip(("indicator", "span", "place"), ranks, strict=True)]
    table = table.iloc[np.lexsort([key.to_numpy() for key in keys[::-1]])].reset_index(drop=True)
    period = table["span"].map({span.name: span.label_en for span in spans.spans})
    en, zh = (table["place"].map({name: both[i] for name, both in words.items()}) for i in (0, 1))
    return table.assign(period=period, label_en=en, label_zh=zh)
