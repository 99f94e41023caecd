"""Which group each hospital of a design belongs to."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from dipeval.design import PanelDesign

HOSPITALS = "each hospital"
"""Clustering variable that `by_hospital` adds."""


@dataclass(frozen=True)
class Groups:
    """Disjoint groups of the N hospitals of a design.

    Attributes
    ----------
    names : tuple of str, length K
        In the order in which they are shown; the first that has an effect is what others are compared with.
    code : numpy.ndarray, shape (N,), int
        Group of each hospital of the design, -1 for none.
    """

    names: tuple[str, ...]
    code: np.ndarray

    def rows(self, design: PanelDesign) -> np.ndarray:
        """Group of each row of the design (n,)."""
        return design.layout.spread(self.code)

    def cities(self, design: PanelDesign, cluster: str) -> tuple[list[int], list[int]]:
        """Clusters with treated and with never or later treated hospitals, by group."""
        treated = design.layout.last >= design.first_treated
        code = design.unit_clusters[cluster]
        counted = [
            [len(np.unique(code[(self.code == k) & side])) for k in range(len(self.names))]
            for side in (treated, ~treated)
        ]
        return counted[0], counted[1]

    def treated(self, design: PanelDesign) -> Groups:
        """The groups that hold a hospital treated in the window."""
        ever = design.layout.last >= design.first_treated
        kept = [k for k in range(len(self.names)) if (ever & (self.code == k)).any()]
        place = np.full(len(self.names) + 1, -1)
        place[kept] = np.arange(len(kept))
        return Groups(tuple(self.names[k] for k in kept), place[self.code])


def by_hospital(design: PanelDesign) -> PanelDesign:
    """The design with each hospital a cluster of its own beside its other clusters, called `HOSPITALS`."""
    codes = {**design.unit_clusters, HOSPITALS: np.arange(design.n_units)}
    names = {**design.cluster_names, HOSPITALS: design.unit_names}
    return replace(design, unit_clusters=codes, cluster_names=names)
