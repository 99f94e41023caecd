"""Clusters before anything is estimated: how many carry the answer, and which methods can say something.

Leverage and partial leverage: MacKinnon, Nielsen & Webb (2023), *Journal of Econometrics* 232(2), section 3.
Effective number of clusters: Carter, Schnepel & Steigerwald (2017), *Review of Economics and Statistics*
99(4), for errors that are independent with equal variance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dipeval.design import PanelDesign
from dipeval.errors import DesignError
from dipeval.estimate import estimate
from dipeval.infer.calendars import count_calendars

EXACT_LEVEL = 0.05


@dataclass(frozen=True)
class ClusterDiagnostics:
    """The clusters of a design as two-way fixed effects see them.

    Attributes
    ----------
    cluster : str
    frame : pandas.DataFrame
        One row a cluster: ``name``, ``treated``, ``hospitals``, ``rows``, ``leverage`` (its share of the
        fitted parameters) and ``partial_leverage`` (its share in the treatment coefficient); NaN where that
        is not identified.
    effective : float
        Effective number of clusters for the treatment coefficient.
    calendars : int
        Ways to deal the adoption dates among the clusters; 0 where clusters hold several dates, or leave.
    leaves : bool
        Whether hospitals leave the reform.
    """

    cluster: str
    frame: pd.DataFrame
    effective: float
    calendars: int
    leaves: bool = False

    @property
    def n(self) -> int:
        """Number of clusters."""
        return len(self.frame)

    @property
    def n_treated(self) -> int:
        """Number of clusters with a treated hospital-period."""
        return int(self.frame["treated"].sum())

    def sentences(self) -> list[str]:
        """What a reader should know before choosing how to state uncertainty."""
        said = [f"{self.n} clusters by {self.cluster}, {self.n_treated} treated"]
        if np.isfinite(self.effective):
            most = self.frame.loc[self.frame["partial_leverage"].idxmax()]
            said[0] += (
                f"; in two-way fixed effects they weigh like {self.effective:.1f} equal ones, and "
                f"{most['name']} carries {most['partial_leverage']:.0%} of the treatment coefficient"
            )
        if not self.calendars:
            why = (
                "hospitals leave the reform"
                if self.leaves
                else "hospitals of one cluster have several adoption dates"
            )
            said.append(f"{why}: calendars cannot be dealt anew")
        elif self.n == 2 and self.n_treated == 1:
            said.append(
                "one treated and one comparison cluster: the variance between clusters is not identified"
            )
        else:
            least = 1 / self.calendars
            power = "so it cannot reject at 5 %" if least > EXACT_LEVEL else "so it can reject at 5 %"
            said.append(
                f"randomisation over the reform calendar: {self.calendars:,} calendars, smallest p-value "
                f"{least:.2g}, {power}"
            )
        if self.n_treated == 1 and self.n > 2:
            said.append(
                "a single treated cluster: clustered errors and the wild cluster bootstrap are not valid "
                "here (MacKinnon & Webb 2018)"
            )
        return said


def cluster_diagnostics(design: PanelDesign, cluster: str) -> ClusterDiagnostics:
    """Look at the clusters of a design.

    Parameters
    ----------
    design : PanelDesign
    cluster : str
        A clustering variable of the design.

    Returns
    -------
    ClusterDiagnostics

    Notes
    -----
    One regression without an outcome, and O(G p²) for p period effects.
    """
    codes, names = design.unit_clusters[cluster], design.cluster_names[cluster]
    treated = np.zeros(len(names), bool)
    treated[codes[design.layout.last >= design.first_treated]] = True
    frame = pd.DataFrame(
        {
            "name": names,
            "treated": treated,
            "hospitals": np.bincount(codes, minlength=len(names)),
            "rows": np.bincount(codes, design.layout.counts, minlength=len(names)).astype(int),
        }
    )
    leverage, partial = _leverage(design, cluster)
    frame["leverage"] = frame["name"].map(leverage)
    frame["partial_leverage"] = frame["name"].map(partial)
    shares = frame["partial_leverage"].fillna(0).to_numpy()
    effective = 1 / (shares**2).sum() if shares.any() else np.nan
    calendars, leaves = _calendars(design, codes, len(names)), design.unit_ended is not None
    return ClusterDiagnostics(cluster, frame, float(effective), calendars, leaves)


def _leverage(design: PanelDesign, cluster: str) -> tuple[dict[str, float], dict[str, float]]:
    """Leverage and partial leverage by name; empty where the treatment is not identified."""
    try:
        fitted = estimate(design, np.zeros(design.n_rows_in), estimator="twfe", covariates=[])
    except DesignError:
        return {}, {}
    if not np.isfinite(fitted.params.iloc[0]):
        return {}, {}
    moments, names = fitted.moments(cluster), fitted.clusters[cluster].names
    whole = np.einsum("gij,ji->g", moments.gram, moments.inverse)
    direction = moments.directions[:, 0]
    part = np.einsum("i,gij,j->g", direction, moments.gram, direction)
    return (
        dict(zip(names, whole / whole.sum(), strict=True)),
        dict(zip(names, part / part.sum(), strict=True)),
    )


def _calendars(design: PanelDesign, codes: np.ndarray, n_clusters: int) -> int:
    dates = np.full(n_clusters, np.nan)
    dates[codes] = design.unit_cohort
    if (design.unit_cohort != dates[codes]).any() or design.unit_ended is not None:
        return 0
    return count_calendars(dates, np.zeros(n_clusters))
