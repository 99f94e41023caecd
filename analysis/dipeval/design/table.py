"""The columns of a design before it is judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from dipeval.design.layout import Layout
from dipeval.ledger import Ledger

PANEL, CROSS_SECTIONS = "panel", "cross_sections"
SAMPLINGS = (PANEL, CROSS_SECTIONS)


@dataclass(frozen=True)
class Table:
    """Columns as arrays, sorted by unit and time; the meaning of each is in `PanelDesign`.

    `cohort`, `ended` and `clusters` hold one value a unit (N,); `weights`, `covariates` and `n_cases` one a row
    (n,). `order` is the row of the frame behind each row, None where they are the same; `ended` is None
    where treatment lasts.
    """

    layout: Layout
    cohort: np.ndarray
    clusters: Mapping[str, np.ndarray]
    weights: np.ndarray | None
    covariates: Mapping[str, np.ndarray]
    n_cases: np.ndarray | None
    units: pd.Index
    period_labels: tuple[str, ...]
    cluster_names: Mapping[str, tuple[str, ...]]
    order: np.ndarray | None
    n_rows_in: int
    ledger: Ledger
    sampling: str
    has_units: bool
    held: tuple[pd.Series, ...]
    ended: np.ndarray | None = None

    @property
    def level(self) -> np.ndarray:
        """Codes (N,) of whose level is compared over time: the hospital or, without hospitals, the cohort."""
        return np.arange(self.n_units) if self.has_units else np.unique(self.cohort, return_inverse=True)[1]

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return self.layout.n_rows

    @property
    def n_units(self) -> int:
        """Number of hospitals; without hospitals every row is a unit of its own."""
        return self.layout.n_units

    @property
    def n_hospitals(self) -> int | None:
        """Number of hospitals for the ledger; None where they are not known."""
        return self.n_units if self.has_units else None

    @property
    def n_periods(self) -> int:
        """Number of periods of the calendar."""
        return len(self.period_labels)

    def with_units(self, keep: np.ndarray) -> Table:
        """Keep the units of a mask (N,) and number clusters anew."""
        rows = self.layout.spread(keep)
        clusters = {k: renumber(v[keep], self.cluster_names[k]) for k, v in self.clusters.items()}
        return replace(
            self,
            layout=self.layout.with_units(keep),
            cohort=self.cohort[keep],
            clusters={name: codes for name, (codes, _) in clusters.items()},
            cluster_names={name: names for name, (_, names) in clusters.items()},
            weights=None if self.weights is None else self.weights[rows],
            n_cases=None if self.n_cases is None else self.n_cases[rows],
            covariates={name: values[rows] for name, values in self.covariates.items()},
            units=self.units[keep],
            order=np.flatnonzero(rows) if self.order is None else self.order[rows],
            ended=None if self.ended is None else self.ended[keep],
        )

    def with_rows(self, keep: np.ndarray) -> Table:
        """Keep the rows of a mask (n,), and the units that have one left."""
        layout, left = self.layout.with_rows(keep)
        of_units = self.with_units(left)
        inside = keep[self.layout.spread(left)]
        return replace(
            of_units,
            layout=layout,
            weights=None if of_units.weights is None else of_units.weights[inside],
            n_cases=None if of_units.n_cases is None else of_units.n_cases[inside],
            covariates={name: values[inside] for name, values in of_units.covariates.items()},
            order=np.flatnonzero(keep) if self.order is None else self.order[keep],
        )


def renumber(codes: np.ndarray, names: tuple[str, ...]) -> tuple[np.ndarray, tuple[str, ...]]:
    """Codes 0 … K-1 of the names that still occur, in the order of the names."""
    seen = np.zeros(len(names), bool)
    seen[codes] = True
    if seen.all():
        return codes, names
    return (np.cumsum(seen) - 1)[codes], tuple(name for name, keep in zip(names, seen, strict=True) if keep)
