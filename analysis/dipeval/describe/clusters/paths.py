"""Outcomes of hospitals or cities period by period: gaps filled by a declared rule, seasons and noise taken out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from dipeval.design.calendar import period_code, period_label
from dipeval.errors import DataError, Problem
from dipeval.panel.outcomes import outcome_values
from dipeval.vocabulary import Outcome
from dipeval.vocabulary import outcomes as known_outcomes

STAGE = "trajectories"
HOSPITAL, CITY = "hospital", "city"
UNITS = {HOSPITAL: ("city", "hospital"), CITY: ("city",)}
DROP, INTERPOLATE = "drop", "interpolate"
PER_YEAR = {"month": 12, "quarter": 4, "year": 1}


@dataclass(frozen=True)
class Paths:
    """One outcome of each unit over the same periods.

    Attributes
    ----------
    outcome : Outcome
    values : pandas.DataFrame, shape (units, periods)
        Indexed by unit (``city``, or ``city`` and ``hospital``), sorted; NaN in gaps. Columns are period labels.
    """

    outcome: Outcome
    values: pd.DataFrame


def paths_of(panel: pd.DataFrame, name: str, unit: str) -> Paths:
    """An outcome of each hospital or city in each period from the first to the last of the panel.

    Parameters
    ----------
    panel : pandas.DataFrame
    name : str
        In `vocabulary.outcomes`.
    unit : {"hospital", "city"}
        A city's outcome is that of the sums of its hospitals, not a mean over hospitals.

    Returns
    -------
    Paths
        Cost O(rows).
    """
    outcome, keys = known_outcomes()[name], list(UNITS[unit])
    known = panel[np.isfinite(outcome_values(panel, outcome)[0])]
    by = [*keys, "period"]
    words = known[by].astype("str")
    numbers = list(known.select_dtypes("number").columns)
    sums = known[numbers].groupby([words[key] for key in by], sort=True).sum(min_count=1)
    values = pd.Series(outcome_values(sums.reset_index(), outcome)[0], index=sums.index).unstack("period")
    every = panel[keys].astype("str").drop_duplicates().sort_values(keys)
    index = pd.MultiIndex.from_frame(every) if len(keys) > 1 else pd.Index(every[keys[0]], name=keys[0])
    return Paths(outcome, values.reindex(index=index, columns=calendar_of(panel)).astype("float64"))


def calendar_of(panel: pd.DataFrame) -> list[str]:
    """Every period from the first to the last row of a panel."""
    seen = sorted(set(panel["period"].astype("str")), key=period_code)
    frequency = "quarter" if "Q" in seen[0] else "month" if "-" in seen[0] else "year"
    return [period_label(code, frequency) for code in range(period_code(seen[0]), period_code(seen[-1]) + 1)]


def completed(paths: Sequence[Paths], missing: str) -> tuple[list[Paths], int, int]:
    """Paths without gaps, of the units that have all outcomes.

    Parameters
    ----------
    paths : sequence of Paths
        Of the same units and periods.
    missing : {"", "drop", "interpolate"}
        ``drop``: units with a gap are left out. ``interpolate``: a gap is the straight line between the periods around
        it; units that lack the first or the last period are left out.

    Returns
    -------
    paths : list of Paths
    left_out, filled : int
        Units that were left out, unit-periods that were filled.

    Raises
    ------
    DataError
        Gaps without a rule, or fewer than three units left.
    """
    lacking = {p.outcome.name: p.values.isna() for p in paths}
    if not missing:
        problems = [
            Problem(
                f"outcomes: {name}",
                f"is missing in {int(gaps.to_numpy().sum())} periods of {int(gaps.any(axis=1).sum())} units",
                'write missing = "drop" or "interpolate"',
                (),
                int(gaps.to_numpy().sum()),
            )
            for name, gaps in lacking.items()
            if gaps.to_numpy().any()
        ]
        if problems:
            raise DataError(STAGE, problems)
    ends = missing == INTERPOLATE
    out = np.logical_or.reduce(
        [(g.iloc[:, [0, -1]] if ends else g).any(axis=1).to_numpy() for g in lacking.values()]
    )
    if (~out).sum() < 3:
        what = f"{int((~out).sum())} of {len(out)} units have every period that is asked for"
        todo = 'write missing = "interpolate", or a shorter span (formed)'
        raise DataError(STAGE, [Problem("missing", what, todo)])
    kept = [replace(p, values=p.values[~out]) for p in paths]
    filled = sum(int(p.values.isna().to_numpy().sum()) for p in kept)
    return [replace(p, values=_on_lines(p.values)) for p in kept], int(out.sum()), filled


def _on_lines(values: pd.DataFrame) -> pd.DataFrame:
    place = np.arange(values.shape[1])
    rows = [np.interp(place, place[~np.isnan(row)], row[~np.isnan(row)]) for row in values.to_numpy()]
    return pd.DataFrame(np.array(rows), index=values.index, columns=values.columns)


def adjusted(paths: Paths, method: str, frequency: str) -> Paths:
    """Take the season of each unit out of its path.

    Parameters
    ----------
    method : {"none", "stl", "dummies"}
        As `describe.over_time.seasonal` has them.

    Raises
    ------
    DataError
        Years have no seasons; too few periods for any.
    """
    from dipeval.describe.over_time.seasonal import dummy_season, stl_season

    if method == "none":
        return paths
    length = PER_YEAR[frequency]
    if length == 1:
        todo = 'write seasonal = "none", or take months or quarters'
        raise DataError(STAGE, [Problem("seasonal", "years have no seasons", todo)])
    first = period_code(paths.values.columns[0]) % length
    rows = paths.values.to_numpy()
    try:
        seasons = [stl_season(r, length) if method == "stl" else dummy_season(r, first, length) for r in rows]
    except ValueError as error:
        raise DataError(
            STAGE, [Problem("seasonal", str(error), "widen the span, or leave seasons in")]
        ) from None
    return replace(paths, values=paths.values - np.array(seasons))


def smoothed(paths: Paths, window: int) -> Paths:
    """Centred moving mean over `window` periods (odd); at the ends over those that there are. Cost O(units × periods).

    Raises
    ------
    DataError
        If the window is even, or longer than the path.
    """
    periods = paths.values.shape[1]
    if window % 2 == 0 or window > periods:
        what = f"is {window}; paths have {periods} periods"
        raise DataError(STAGE, [Problem("smooth", what, "write an odd number of periods, 1 for none")])
    if window == 1:
        return paths
    half = window // 2
    sums = np.cumsum(np.column_stack([np.zeros(len(paths.values)), paths.values.to_numpy()]), axis=1)
    low = np.maximum(np.arange(periods) - half, 0)
    high = np.minimum(np.arange(periods) + half + 1, periods)
    means = (sums[:, high] - sums[:, low]) / (high - low)
    return replace(paths, values=pd.DataFrame(means, index=paths.values.index, columns=paths.values.columns))
