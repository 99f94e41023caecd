"""Numbers of hospitals by cluster, and what stands behind them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dipeval.cluster.profile import numbers_apart
from dipeval.describe.cases.grid import Held, Word
from dipeval.describe.cases.quantiles import QUARTILES
from dipeval.describe.clusters.hospital_points import HOSPITAL, HospitalNumbers
from dipeval.describe.clusters.profile_exhibits import Line
from dipeval.describe.contributors import contributors


def held_of_hospitals(panel: pd.DataFrame, cluster: pd.Series) -> list[Held]:
    """Discharges behind each cluster and the largest hospital's share, at the end of all; clusters sorted."""
    keys = pd.MultiIndex.from_frame(panel[HOSPITAL].astype("str"))
    label = pd.Series(cluster.reindex(keys).to_numpy(dtype="object"), index=panel.index)
    each = contributors(panel, [label])
    whole = contributors(panel, [label.where(label.isna(), "all")])
    made = [each.loc[word] for word in sorted(each.index)] + [whole.loc["all"]]
    return [Held(float(row["count"]), float(row["largest_share"])) for row in made]


def hospital_line(
    name: str,
    column: pd.Series,
    numbers: HospitalNumbers,
    labels: np.ndarray,
    behind: Sequence[Held],
    formed: bool,
) -> Line:
    """A line of the profile: mean, spread and quartiles of each cluster and of all, and how far clusters lie apart."""
    value = column.to_numpy("float64")
    groups = [value[labels == c] for c in range(labels.max() + 1)] + [value]
    known = [np.sort(g[~np.isnan(g)]) for g in groups]
    return Line(
        Word(name, *numbers.labels[name]),
        np.array([g.mean() if g.size else np.nan for g in known]),
        np.array([g.std(ddof=1) if g.size > 1 else np.nan for g in known]),
        behind,
        numbers_apart(value, labels),
        numbers.units[name],
        formed,
        np.array([np.quantile(g, QUARTILES) if g.size else np.full(3, np.nan) for g in known]),
    )
