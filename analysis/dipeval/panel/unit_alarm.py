"""An alarm for money whose unit changes between two periods without a declaration."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..errors import Problem
from ..vocabulary import columns

JUMP = 10.0
FEWEST = 5


def unit_problems(frame: pd.DataFrame, city: str) -> list[Problem]:
    """Find columns of money that jump from one period to the next in most hospitals at once.

    Costs of a single hospital may multiply; those of the median hospital do not change tenfold from
    one period to the next. Where they do, the unit has changed (yuan, ten thousand yuan; francs,
    thousands of francs), and no rescaling is guessed.

    Parameters
    ----------
    frame : pandas.DataFrame
        With ``hospital``, ``period`` and columns of money; hospitals are linked over periods.
    city : str
        For messages.

    Returns
    -------
    list of Problem
        One a column and change-over whose median ratio over hospitals, of which at least `FEWEST`
        report in both periods, lies beyond `JUMP` or below its inverse.
    """
    periods = sorted(frame["period"].unique())
    problems = []
    for name in (n for n in frame.columns if n in columns() and columns()[n].kind == "money"):
        wide = frame.pivot(index="hospital", columns="period", values=name)
        wide = wide.astype("float64").where(lambda v: v > 0)
        for before, after in zip(periods, periods[1:], strict=False):
            ratio = (wide[after] / wide[before]).dropna()
            median = float(np.median(ratio)) if len(ratio) >= FEWEST else 1.0
            if not 1 / JUMP < median < JUMP:
                what = f"the median hospital's {name} in {after} is {median:,.4g} times that in {before}"
                todo = f"look at the unit; declare it under columns.{name}.eras of the source"
                problems.append(Problem(f"{city}, column {name}", what, todo, (), len(ratio)))
    return problems
