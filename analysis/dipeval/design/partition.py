"""A design whose units are eligible for the reform or not: what triple differences compare."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dipeval.design.panel_design import PanelDesign
from dipeval.errors import DesignError, Problem


@dataclass(frozen=True)
class Partition:
    """A design and the side of each of its units.

    Attributes
    ----------
    design : PanelDesign
        The cohort of a unit says when the reform reaches its hospital or city, be the unit eligible or not.
    eligible : numpy.ndarray, shape (N,), bool
    within : str
        Clustering variable whose clusters hold units of both sides (the hospital, of groups of patients);
        empty where hospitals are on one side each.
    """

    design: PanelDesign
    eligible: np.ndarray
    within: str = ""

    def __post_init__(self) -> None:
        self.eligible.flags.writeable = False


def partition_of(design: PanelDesign, eligible: np.ndarray | pd.Series, within: str = "") -> Partition:
    """Give every unit of a design its side.

    Parameters
    ----------
    design : PanelDesign
    eligible : array, shape (design.n_rows_in,), bool
        By row of the frame that the design was built from.
    within : str
        A clustering variable of the design, or empty.

    Raises
    ------
    DesignError
        With all problems: a unit on both sides, a side that the reformed or the others lack, an unknown
        `within`.

    Notes
    -----
    O(n).
    """
    side = np.asarray(eligible, bool)
    if side.shape != (design.n_rows_in,):
        raise ValueError(f"the sides have shape {side.shape}, the panel {design.n_rows_in} rows")
    rows = side[design.rows]
    starts = design.layout.starts
    share = np.add.reduceat(rows, starts[:-1]) / design.layout.counts
    problems = _problems(design, share)
    if within and within not in design.unit_clusters:
        todo = f"name one of {', '.join(design.unit_clusters)}"
        problems.append(Problem("within", f"{within!r} is no clustering variable of the design", todo))
    if problems:
        raise DesignError("triple differences", problems)
    return Partition(design, share > 0.5, within)


def _problems(design: PanelDesign, share: np.ndarray) -> list[Problem]:
    problems = []
    mixed = np.flatnonzero((share > 0) & (share < 1))
    if len(mixed):
        evidence = tuple(str(design.units[k]) for k in mixed[:5])
        todo = "give each unit one side: rows of a hospital and a group of patients, not of a hospital"
        what = "changes between eligible and not"
        problems.append(Problem("partition", what, todo, evidence, len(mixed)))
    # The last cohort compares until its own reform, where nobody stays untreated.
    reformed = design.layout.last >= design.first_treated
    first = design.first_treated[reformed].min(initial=np.inf)
    for who, units in (("reformed", reformed), ("compared", design.first_treated > first)):
        for name, side in (("eligible", share >= 0.5), ("not eligible", share < 0.5)):
            if not (units & side).any():
                todo = "both sides are needed before and after, with and without the reform"
                problems.append(Problem("partition", f"holds no {who} unit that is {name}", todo))
    return problems
