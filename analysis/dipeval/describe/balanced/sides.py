"""Who stands behind numbers about treated hospitals and others."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dipeval.describe.cases.grid import Held
from dipeval.describe.contributors import contributors
from dipeval.design import PanelDesign


def held_by(panel: pd.DataFrame, design: PanelDesign, groups: np.ndarray) -> dict[str, Held]:
    """Cases of the hospitals of each group and the largest hospital's share of them.

    Parameters
    ----------
    panel : pandas.DataFrame
        With ``unit``, ``city``, ``hospital`` and ``discharges``.
    design : PanelDesign
    groups : numpy.ndarray of str, shape (N,)
        By hospital of the design; empty for none.
    """
    group = pd.Series(groups, index=design.unit_names, dtype="object")
    label = panel["unit"].astype("str").map(group[group != ""])
    found = contributors(panel, [label])
    return {
        str(name): Held(float(row["count"]), float(row["largest_share"])) for name, row in found.iterrows()
    }


def least(held: list[Held]) -> Held:
    """A number about several groups: the smallest decides, and the largest share."""
    shares = [one.largest_share for one in held if not np.isnan(one.largest_share)]
    return Held(min((one.count for one in held), default=0.0), max(shares, default=float("nan")))
