"""The estimate: point estimates, cluster-summed influence and, once inferred, their uncertainty."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from dipeval.ledger import Ledger
from dipeval.results.cluster_moments import ClusterMoments
from dipeval.results.inference import ClusterFacts, Inference, RowErrors
from dipeval.results.origin import Origin
from dipeval.results.period_sums import PeriodSums
from dipeval.results.student import critical_value
from dipeval.results.tidy import glance, summary, tidy
from dipeval.results.to_json import estimate_to_json
from dipeval.results.unit_fits import UnitFits

TERM_COLUMNS = (
    "term",
    "kind",
    "estimand",
    "city",
    "cohort",
    "event_time",
    "is_reference",
    "note",
    "n_obs",
    "n_hospitals",
    "n_treated",
    "count",
    "largest_share",
)
KINDS = (
    "overall",
    "event_time",
    "lead",
    "cohort",
    "period",
    "cell",
    "comparison",
    "covariate",
    "group",
    "contrast",
    "dose",
)


@dataclass(frozen=True)
class Estimate:
    """Result of one estimator on one outcome; K is the number of terms.

    Attributes
    ----------
    estimator, study, outcome : str
    estimand : str
        What is estimated, in words.
    terms : pandas.DataFrame
        One row a term, columns `TERM_COLUMNS`. `kind` is one of `KINDS`. `n_obs`, `n_hospitals`,
        `n_treated` count hospital-periods, hospitals and ever-treated hospitals behind the term;
        `count` and `largest_share` the cases (hospital-periods where no cases are known) and the
        largest hospital's share of them.
    params : pandas.Series
        Point estimates by term; 0 for a reference, NaN where not identified.
    influence : mapping of str to numpy.ndarray, shape (G, K)
        By clustering variable: influence summed by cluster; the CR0 covariance is its cross-product.
        NaN in the columns of terms without an error.
    clusters : mapping of str to ClusterFacts
        What is known about the G clusters, in the order of the rows of `influence`.
    n_obs, n_hospitals : int
        Hospital-periods and hospitals of the estimation sample.
    n_parameters : mapping of str to int
        K of the small-sample rule by clustering variable, counting effects that are not nested in
        the clusters; 0 where the rule has no K.
    cr1_factor : mapping of str to numpy.ndarray, shape (K,)
        ``(N-1)/(N-K)`` by clustering variable and term; 1 where the rule has no K.
    cr0_distribution : str
        ``t`` or ``normal``: what an unadjusted statistic is compared with.
    error_floor : numpy.ndarray, shape (K,)
        A standard error below it is rounding, not information.
    outcome_mean : float
        Weighted mean of the outcome over the estimation sample.
    observations : str
        What `n_obs` counts: hospital-periods, or cases.
    row_errors : RowErrors or None
        For regressions that can state errors by row.
    inference : Inference or None
    warnings : tuple of str
    ledger : Ledger
        Rows lost between the design and this estimate.
    moments : callable or None
        From a clustering variable to the regression summed by cluster, computed when it is asked for; None
        where the estimator is no single regression, and in an estimate read from a file.
    by_period : callable or None
        From a clustering variable to the regression summed by cluster and period; where `moments` is.
    origin : Origin or None
        Design and outcome; None in an estimate read from a file.
    unit_fits : UnitFits or None
        Where treated units are compared with weighted others: what can be asked of the fit again.
    """

    estimator: str
    study: str
    outcome: str
    estimand: str
    terms: pd.DataFrame
    params: pd.Series
    influence: Mapping[str, np.ndarray]
    clusters: Mapping[str, ClusterFacts]
    n_obs: int
    n_hospitals: int
    n_parameters: Mapping[str, int]
    cr1_factor: Mapping[str, np.ndarray]
    cr0_distribution: str
    error_floor: np.ndarray
    outcome_mean: float
    observations: str = "hospital-periods"
    row_errors: RowErrors | None = None
    inference: Inference | None = None
    warnings: tuple[str, ...] = ()
    ledger: Ledger = field(default_factory=Ledger)
    moments: Callable[[str], ClusterMoments] | None = field(default=None, repr=False, compare=False)
    by_period: Callable[[str], PeriodSums] | None = field(default=None, repr=False, compare=False)
    origin: Origin | None = field(default=None, repr=False, compare=False)
    unit_fits: UnitFits | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        missing = [c for c in TERM_COLUMNS if c not in self.terms.columns]
        if missing:
            raise ValueError(f"the terms of an estimate lack the columns {missing}")
        n_terms = len(self.terms)
        index = self.params.index
        if not index.equals(pd.Index(self.terms["term"].array)) or index.has_duplicates:
            raise ValueError("params and terms must name the same terms, each once")
        for name, influence in self.influence.items():
            if influence.shape != (self.clusters[name].n, n_terms):
                raise ValueError(f"influence by {name} has shape {influence.shape}")
            influence.flags.writeable = False

    def with_inference(self, inference: Inference, *warnings: str) -> Estimate:
        """Return a copy that carries an inference and further warnings; the old ones stay."""
        return replace(self, inference=inference, warnings=tuple(dict.fromkeys((*self.warnings, *warnings))))

    @property
    def cov(self) -> pd.DataFrame:
        """Covariance of the terms (K, K) by the method of the inference."""
        index = self.params.index
        return pd.DataFrame(self._inferred().cov.copy(), index=index, columns=index)

    @property
    def std_errors(self) -> pd.Series:
        """Standard errors (K,); NaN where undefined, never 0."""
        return self._series(self._inferred().std_error, "std_error")

    @property
    def tstats(self) -> pd.Series:
        """Estimates over their standard errors (K,)."""
        return (self.params / self.std_errors).rename("tstat")

    @property
    def pvalues(self) -> pd.Series:
        """Two-sided p-values (K,) by the method of the inference."""
        return self._series(self._inferred().p_value, "pvalue")

    def conf_int(self, level: float | None = None) -> pd.DataFrame:
        """Confidence intervals, columns ``lower`` and ``upper``.

        Parameters
        ----------
        level : float, optional
            Default: the level of the inference.

        Raises
        ------
        ValueError
            No inference yet, or its intervals exist only at the level that was asked for.
        """
        inference = self._inferred()
        low, high = inference.conf_low, inference.conf_high
        if level is not None and level != inference.level:
            if not inference.symmetric:
                raise ValueError(f"intervals by {inference.label} exist only at level {inference.level}")
            reach = critical_value(level, inference.degrees) * inference.std_error
            low, high = self.params.to_numpy() - reach, self.params.to_numpy() + reach
        return pd.DataFrame({"lower": low, "upper": high}, index=self.params.index)

    def tidy(self) -> pd.DataFrame:
        """One row a term with the published columns of `dipeval.results.tidy.TIDY_COLUMNS`."""
        return tidy(self)

    def glance(self) -> pd.DataFrame:
        """One row about the whole estimate."""
        return glance(self)

    def summary(self) -> str:
        """The estimate as text for a terminal."""
        return summary(self)

    def to_json(self) -> str:
        """The estimate as JSON text that `dipeval.results.from_json.estimate_from_json` reads back."""
        return estimate_to_json(self)

    def _inferred(self) -> Inference:
        if self.inference is None:
            raise ValueError("this estimate has no standard errors yet: call dipeval.infer.infer first")
        return self.inference

    def _series(self, values: np.ndarray, name: str) -> pd.Series:
        return pd.Series(values.copy(), index=self.params.index, name=name)
