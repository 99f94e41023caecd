"""How far each concurrent policy is in force in each city and period: dummies, or shares affected."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dipeval.schema.periods import first_day, last_day, months_between
from dipeval.study.policies import Policy

DUMMY, SHARE = MEASURES = ("dummy", "share")


def policy_exposure(
    policies: Sequence[Policy], cities: Sequence[str], periods: Sequence[str], measure: str = DUMMY
) -> pd.DataFrame:
    """One row a city and period, one column a policy.

    Parameters
    ----------
    policies : sequence of Policy
    cities : sequence of str
    periods : sequence of str
        Labels of months, quarters or years; policies may be dated in finer or coarser periods.
    measure : {"dummy", "share"}
        1 from the period on in which the policy starts (as a reform that starts within a year makes it treated) to
        that in which it ends; or the part of the period's months in force, times the share affected.

    Returns
    -------
    pandas.DataFrame, shape (cities × periods, 2 + policies)
        ``city``, ``period`` and each policy by its name, float; policies in the order of their first rows.

    Raises
    ------
    ValueError
        An unknown measure.
    """
    if measure not in MEASURES:
        raise ValueError(f"unknown measure {measure!r}")
    index = pd.MultiIndex.from_product([list(cities), list(periods)], names=["city", "period"])
    frame = index.to_frame(index=False)
    months = {period: _months(period) for period in periods}
    for name in dict.fromkeys(policy.name for policy in policies):
        frame[name] = 0.0
        for row in (policy for policy in policies if policy.name == name):
            part = np.array([_part_in_force(row, months[period]) for period in frame["period"]])
            value = np.where(part > 0, 1.0, 0.0) if measure == DUMMY else part * row.share
            frame[name] += np.where(frame["city"] == row.city, value, 0.0)
        if measure == DUMMY:
            frame[name] = frame[name].clip(upper=1.0)
    return frame


def exposure_of_rows(
    policies: Sequence[Policy], frame: pd.DataFrame, measure: str = DUMMY
) -> dict[str, np.ndarray]:
    """Exposure of each row of a panel with ``city`` and ``period``, by policy, (n,) float."""
    known = policy_exposure(
        policies, sorted(frame["city"].unique()), sorted(frame["period"].unique()), measure
    )
    rows = frame[["city", "period"]].merge(known, on=["city", "period"], how="left", validate="many_to_one")
    return {name: rows[name].to_numpy(float) for name in known.columns if name not in ("city", "period")}


def _months(period: str) -> list[str]:
    return months_between(f"{first_day(period):%Y-%m}", f"{last_day(period):%Y-%m}")


def _part_in_force(policy: Policy, months: Sequence[str]) -> float:
    """The part of some months in which a policy is in force."""
    begin = f"{first_day(policy.start):%Y-%m}"
    end = f"{last_day(policy.end):%Y-%m}" if policy.end else "9999-12"
    return float(np.mean([begin <= month <= end for month in months]))
