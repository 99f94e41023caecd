"""Two-way fixed effects under many reform calendars at once, from sums by cluster and period.

Rows enter a regression on periods, treatment and covariates through three sums over each cluster, hospital
effects taken out: the Gram matrix of its period indicators, their products with the covariates, and those with
the outcome. A calendar says only which period columns make up the treatment (Frisch & Waugh 1933), so each
further calendar costs O(G T²), however many rows there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from dipeval.design import PanelDesign
from dipeval.estimate.cohort_panel import CohortPanel, arrange
from dipeval.estimate.least_squares import ABSORBED
from dipeval.estimate.sample import drop_singletons, make_sample
from dipeval.estimate.threads import one_thread
from dipeval.results.cluster_moments import generalised_inverse

AT_ONCE = 4_000_000
"""Numbers of draws × clusters × periods held at one time."""


@dataclass(frozen=True)
class CitySums:
    """A panel with p covariates and R outcomes summed over G clusters, hospital effects taken out.

    Attributes
    ----------
    gram : numpy.ndarray, shape (G, T + p, T + p)
        Of period indicators and covariates.
    right : numpy.ndarray, shape (G, T + p, R)
        Their products with the outcomes.
    n_periods : int
        T.
    """

    gram: np.ndarray
    right: np.ndarray
    n_periods: int

    def effects(self, treated: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The treatment's coefficient and its influence by cluster.

        Parameters
        ----------
        treated : numpy.ndarray, shape (D, G, T), bool
            Treated clusters and periods of D calendars.

        Returns
        -------
        effects : numpy.ndarray, shape (D, R)
            NaN where the calendar does not identify it.
        influence : numpy.ndarray, shape (D, G, R)
        """
        whole = self.gram.sum(0)
        inverse = np.zeros_like(whole)
        # hospital effects make the first period the one that others are measured from
        inverse[1:, 1:] = generalised_inverse(whole[1:, 1:])
        common = inverse @ self.right.sum(0)
        step = max(1, AT_ONCE // (len(self.gram) * whole.shape[0]))
        parts = [self._some(treated[k : k + step], inverse, common) for k in range(0, len(treated), step)]
        effects, influence = zip(*parts, strict=True)
        return np.concatenate(effects), np.concatenate(influence)

    def _some(
        self, treated: np.ndarray, inverse: np.ndarray, common: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        shown = treated.astype(float)
        # (D, G, T + p): products of the treatment with periods and covariates, by cluster
        beside = np.einsum("dgt,gts->dgs", shown, self.gram[:, : self.n_periods], optimize=True)
        crossed = beside.sum(1)
        along = crossed @ inverse
        raw = np.einsum("dgt,dgt->d", shown, beside[:, :, : self.n_periods])
        size = raw - np.einsum("ds,ds->d", crossed, along)
        size = np.where(size > ABSORBED * raw, size, np.nan)
        own = np.einsum("dgt,gtr->dgr", shown, self.right[:, : self.n_periods], optimize=True)
        effects = (own.sum(1) - along @ self.right.sum(0)) / size[:, None]
        others = common - np.einsum("ds,dr->dsr", along, effects)
        left = self.right - np.einsum("dgs,dr->dgsr", beside, effects)
        left = left - np.einsum("gqs,dsr->dgqr", self.gram, others, optimize=True)
        score = np.einsum("dgt,dgtr->dgr", shown, left[:, :, : self.n_periods])
        score -= np.einsum("ds,dgsr->dgr", along, left)
        return effects, score / size[:, None, None]


def redated_twfe(
    design: PanelDesign,
    outcomes: Sequence[np.ndarray],
    calendars: np.ndarray,
    cluster: str,
    covariates: Sequence[str] | None,
) -> tuple[np.ndarray, np.ndarray]:
    """Two-way fixed effects of several outcomes under other reform calendars.

    Parameters
    ----------
    design : PanelDesign
    outcomes : sequence of R numpy.ndarray, shape (design.n_rows_in,)
        Missing in the same rows.
    calendars : numpy.ndarray, shape (D, G), float
        First treated period of each cluster of the design; inf for never.
    cluster : str
    covariates : sequence of str or None

    Returns
    -------
    effects : numpy.ndarray, shape (D, R)
        As `dipeval.estimate.twfe.twfe` would find them.
    influence : numpy.ndarray, shape (D, G, R)

    Notes
    -----
    O(n p²), and O(N T²) where hospitals differ in their periods or weights, for the sums; then O(D G T²).
    """
    with one_thread():
        samples = [drop_singletons(make_sample(design, y, covariates, "y", "")) for y in outcomes]
        panel = arrange(samples[0])
        codes = samples[0].unit_clusters()[0][cluster]
        sums = _sums(panel, codes, [s.outcome for s in samples], samples[0].columns)
        units = slice(None) if samples[0].units is None else samples[0].units
        kept = np.unique(design.unit_clusters[cluster][units])
        starts = calendars[:, kept] - design.anticipation
        return sums.effects(np.arange(panel.n_periods) >= starts[:, :, None])


def _sums(
    panel: CohortPanel, codes: np.ndarray, outcomes: Sequence[np.ndarray], columns: Sequence[np.ndarray]
) -> CitySums:
    """Sums by cluster: each is taken for a cohort of its own."""
    n_clusters, n_periods = int(codes.max()) + 1, panel.n_periods
    by_city = replace(panel, cohorts=np.arange(n_clusters, dtype=float), unit_cohort=codes)
    centred = [by_city.centre(column) for column in columns]
    values = [by_city.centre(outcome) for outcome in outcomes]
    size = n_periods + len(columns)
    gram, right = np.zeros((n_clusters, size, size)), np.empty((n_clusters, size, len(values)))
    gram[:, :n_periods, :n_periods] = by_city.raw_gram() - by_city.unit_gram()
    sums = by_city.cohort_sums
    for j, column in enumerate(centred):
        gram[:, :n_periods, n_periods + j] = by_city.basis_sums(column)
        gram[:, n_periods + j, :n_periods] = gram[:, :n_periods, n_periods + j]
        weighted = by_city.weigh(column)
        for k, other in enumerate(centred[: j + 1]):
            products = sums.of_products(weighted, other)
            gram[:, n_periods + j, n_periods + k] = gram[:, n_periods + k, n_periods + j] = products
        for r, value in enumerate(values):
            right[:, n_periods + j, r] = sums.of_products(weighted, value)
    for r, value in enumerate(values):
        right[:, :n_periods, r] = by_city.basis_sums(value)
    return CitySums(gram, right, n_periods)
