"""What uncertainty was attached to an estimate, and by which rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class ClusterFacts:
    """The clusters of one clustering variable within an estimation sample of G clusters.

    Attributes
    ----------
    names : tuple of str, length G
    treated : numpy.ndarray, shape (G,), bool
        Whether the cluster holds a treated hospital-period.
    mixed : bool
        Whether some cluster holds hospitals of several cohorts, so that the reform was not assigned
        at this level.
    warnings : tuple of str
        What the estimator knows about errors at this level.
    """

    names: tuple[str, ...]
    treated: np.ndarray
    mixed: bool = False
    warnings: tuple[str, ...] = ()

    @property
    def n(self) -> int:
        """Number of clusters."""
        return len(self.names)

    @property
    def n_treated(self) -> int:
        """Number of clusters with a treated hospital-period."""
        return int(self.treated.sum())


@dataclass(frozen=True)
class RowErrors:
    """What errors by row need of a regression of N rows with K terms, before any small-sample factor.

    Rows number millions, so their influence is kept as its sum of squares.

    Attributes
    ----------
    iid : numpy.ndarray, shape (K, K)
        Inverse Gram matrix of the regressors times the (weighted) residual sum of squares.
    hetero : numpy.ndarray, shape (K, K)
        Sum over rows of influence times influence: HC0 (White 1980).
    n_obs : int
        N.
    n_parameters : int
        Regressors and all effects.
    """

    iid: np.ndarray
    hetero: np.ndarray
    n_obs: int
    n_parameters: int

    @property
    def df(self) -> int:
        """Degrees of freedom, N minus the parameters; 0 where there are none."""
        return max(self.n_obs - self.n_parameters, 0)


@dataclass(frozen=True)
class NullDraws:
    """Sizes of the statistics of K terms in the sample and in D draws under the null of no effect.

    Attributes
    ----------
    observed : numpy.ndarray, shape (K,)
        Absolute t, or absolute estimate; NaN where a term has none.
    drawn : numpy.ndarray, shape (D, K)
        NaN where a draw gives none: it counts as larger than any.
    exact : bool
        Whether the sample itself is one of the draws.
    same : str
        Draws of two estimates are joint, row by row, where these words agree: method, clusters, seed.
    """

    observed: np.ndarray
    drawn: np.ndarray
    exact: bool
    same: str


def on_one_scale(observed: np.ndarray, drawn: np.ndarray, exact: bool, same: str) -> NullDraws:
    """Draws of statistics in units of their outcomes, divided by their own spread: `NullDraws` of K terms."""
    with np.errstate(invalid="ignore", divide="ignore"):
        scale = np.sqrt(np.nansum(drawn**2, axis=0) / np.isfinite(drawn).sum(0))
        return NullDraws(observed / scale, drawn / scale, exact, same)


@dataclass(frozen=True)
class Inference:
    """Standard errors, p-values and intervals of K terms, and the method that made them.

    Attributes
    ----------
    method : str
        Name in the registry of `dipeval.infer`.
    rule : str
        The rule in words, with its small-sample factor and distribution.
    label : str
        The rule in a few characters, for a table: ``CR1 by city, t(11)``.
    cluster, small_sample : str
    df : float
        Degrees of freedom; inf for the normal distribution, NaN where there is none.
    level : float
        Level of the intervals.
    cov : numpy.ndarray, shape (K, K)
        NaN in the rows of terms without an error.
    std_error, p_value, conf_low, conf_high : numpy.ndarray, shape (K,)
        NaN where undefined, never 0.
    notes : tuple of str, length K
        Why an error is undefined; empty otherwise.
    n_clusters, n_treated_clusters : int
    band : str
        ``pointwise`` or ``simultaneous``.
    symmetric : bool
        Whether intervals are the estimate ± a quantile times the error, so that other levels follow.
    seed, draws : int or None
        Of methods that draw.
    df_by_term : numpy.ndarray, shape (K,), or None
        Where each term has degrees of freedom of its own; `df` is then the number of clusters minus one.
    null_draws : NullDraws or None
        Of methods that draw; not written to files.
    options : mapping of str to object, or None
        What was asked of the method, where a joint test of several terms must ask the same.
    """

    method: str
    rule: str
    label: str
    cluster: str
    small_sample: str
    df: float
    level: float
    cov: np.ndarray
    std_error: np.ndarray
    p_value: np.ndarray
    conf_low: np.ndarray
    conf_high: np.ndarray
    notes: tuple[str, ...]
    n_clusters: int
    n_treated_clusters: int
    band: str = "pointwise"
    symmetric: bool = True
    seed: int | None = None
    draws: int | None = None
    df_by_term: np.ndarray | None = None
    null_draws: NullDraws | None = field(default=None, repr=False, compare=False)
    options: Mapping[str, object] | None = None

    @property
    def degrees(self) -> float | np.ndarray:
        """Degrees of freedom of the terms: one for all, or (K,)."""
        return self.df if self.df_by_term is None else self.df_by_term
