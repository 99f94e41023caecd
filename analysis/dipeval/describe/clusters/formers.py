"""How each kind of clustering of hospitals is formed, for those who use the clusters and not the exhibits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from dipeval.describe.clusters.fitting import Fitted
    from dipeval.study.descriptions import DescriptionChoice


def _by_numbers(panel: pd.DataFrame, choice: DescriptionChoice) -> tuple[pd.Series, Fitted]:
    from dipeval.describe.clusters.hospital_fit import form_hospitals

    formed = form_hospitals(panel, choice)
    return formed.cluster, formed.found


def _by_paths(panel: pd.DataFrame, choice: DescriptionChoice) -> tuple[pd.Series, Fitted]:
    from dipeval.describe.clusters.trajectories import form_trajectories

    formed = form_trajectories(panel, choice)
    return formed.cluster, formed.found


FORMERS: Mapping[str, Callable[[pd.DataFrame, DescriptionChoice], tuple[pd.Series, Fitted]]] = {
    "hospital_clusters": _by_numbers,
    "trajectory_clusters": _by_paths,
}
"""By kind: from a panel and what a study says to the cluster of each hospital (1 … k by ``city`` and ``hospital``) and the
choice of k behind it."""
