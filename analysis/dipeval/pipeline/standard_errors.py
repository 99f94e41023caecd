"""Errors of standardised outcomes that hold the variance of the standard: a jackknife over cities."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from ..errors import DesignError
from ..panel.outcomes import outcome_values
from ..results import Estimate
from ..study.standardise import EXPECTED, EXPECTED_BROAD
from ..vocabulary import outcomes
from .designing import Designed
from .families import Estimated

COLUMNS = ("outcome", "estimator", "estimate", "clustered", "held", "remade", "cities")
KEY = ["city", "hospital", "period"]


def standard_errors(designed: Designed, found: Iterable[Estimated], without: pd.DataFrame) -> pd.DataFrame:
    """Jackknife errors of overall effects on outcomes that are made of expected values.

    Parameters
    ----------
    without : pandas.DataFrame
        From `panel.expected_without`.

    Returns
    -------
    pandas.DataFrame
        ``outcome``, ``estimator``, ``estimate``, ``clustered`` (the study's own error, first clustering), and
        the jackknife errors √((C − 1)/C Σ (θ₋c − θ̄)²) over C cities, with the means of types held
        (``held``) and made again without the city (``remade``; Efron and Tibshirani 1993, eq. 11.5). Missing where
        leaving a city out leaves nothing to estimate. Cost: 2 C estimates each.
    """
    rows, seen = [], set()
    for one in found:
        made, name = one.estimate, one.estimate.outcome
        entry = outcomes().get(name)
        key = (name, made.estimator)
        if entry is None or key in seen or not _expects(entry.numerator, entry.denominator):
            continue
        seen.add(key)
        overall = made.terms.loc[made.terms["kind"] == "overall", "term"]
        if len(overall):
            rows.append(_row(designed, made, str(overall.iloc[0]), without))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _expects(*words: str) -> bool:
    return bool({*EXPECTED, EXPECTED_BROAD} & set(words))


def _row(designed: Designed, made: Estimate, term: str, without: pd.DataFrame) -> dict[str, object]:
    frame, entry = designed.frame, outcomes()[made.outcome]
    cities = sorted(without["without"].unique())
    held, remade = [], []
    for city in cities:
        mine = without[without["without"] == city].drop(columns="without")
        columns = [name for name in mine.columns if name not in KEY]
        other = frame.drop(columns=columns).merge(mine, on=KEY, how="left", validate="one_to_one")
        out = (frame["city"] == city).to_numpy()
        held.append(_again(made, term, outcome_values(frame, entry)[0], out))
        remade.append(_again(made, term, outcome_values(other, entry)[0], out))
    tidy = made.tidy().set_index("term").loc[term]
    return {
        "outcome": made.outcome,
        "estimator": made.estimator,
        "estimate": float(tidy["estimate"]),
        "clustered": float(tidy["std_error"]),
        "held": _jackknife(held),
        "remade": _jackknife(remade),
        "cities": len(cities),
    }


def _again(made: Estimate, term: str, values: np.ndarray, out: np.ndarray) -> float:
    """The overall effect without some rows."""
    try:
        again = made.origin.again(made.origin.design, np.where(out, np.nan, values), only_overall=True)
    except DesignError:
        return np.nan
    return float(again.params.get(term, np.nan))


def _jackknife(found: list[float]) -> float:
    values = np.array(found, dtype=float)
    count = len(values)
    if count < 2 or np.isnan(values).any():
        return np.nan
    return float(np.sqrt((count - 1) / count * ((values - values.mean()) ** 2).sum()))
