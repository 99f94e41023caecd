"""Which group each hospital of a design belongs to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.design import PanelDesign


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
