"""How many cases stand behind a number, and how much of them one hospital holds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd


def contributors(frame: pd.DataFrame, by: Sequence[pd.Series]) -> pd.DataFrame:
    """Count the discharges behind each group and the largest hospital's share of them.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (n, …)
        Panel rows with ``city``, ``hospital`` and ``discharges``.
    by : sequence of pandas.Series, each of shape (n,)
        Labels of the groups; rows with a missing label belong to none.

    Returns
    -------
    pandas.DataFrame
        Indexed by the groups, columns ``count`` (float64) and ``largest_share`` (float64, NaN where
        the count is 0). Cost O(n).
    """
    keys = [key.to_numpy() for key in by]
    names = [f"key{i}" for i in range(len(keys))]
    cases = frame[["city", "hospital"]].assign(**dict(zip(names, keys, strict=True)))
    cases["discharges"] = frame["discharges"].to_numpy(dtype="float64", na_value=0.0)
    cases = cases.dropna(subset=names)
    per_hospital = cases.groupby([*names, "city", "hospital"], sort=True)["discharges"].sum()
    groups = per_hospital.groupby(level=names)
    total, largest = groups.sum(), groups.max()
    share = (largest / total.where(total > 0)).astype("float64")
    found = pd.DataFrame({"count": total.astype("float64"), "largest_share": share})
    if len(names) == 1:
        found.index = pd.Index([key[0] if isinstance(key, tuple) else key for key in found.index])
    return found


def behind(found: pd.DataFrame, key: object) -> dict[str, float]:
    """The count and the share of one group of `contributors`; 0 and NaN where it has no rows."""
    if key not in found.index:
        return {"count": 0.0, "largest_share": np.nan}
    row = found.loc[key]
    return {"count": float(row["count"]), "largest_share": float(row["largest_share"])}
