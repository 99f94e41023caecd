"""The synthetic controls that a study asks for, with who stands behind each unit and period."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from dipeval.describe.given import Given
from dipeval.describe.over_time.series import attributes
from dipeval.design import PanelDesign
from dipeval.errors import DesignError, Problem
from dipeval.estimate import estimate
from dipeval.estimate.sample import make_sample
from dipeval.estimate.synthetic.estimators import block_of
from dipeval.estimate.synthetic.gaps import Gap, Ranked, gap_of, placebo_gaps, ranked
from dipeval.estimate.synthetic.predictors import predictor_means
from dipeval.estimate.synthetic.series import HOSPITAL, Series, series_of
from dipeval.estimate.synthetic.weighing import PREDICTORS, weighing
from dipeval.estimate.threads import one_thread
from dipeval.infer.conformal import counterfactual_band
from dipeval.panel.outcomes import outcome_values
from dipeval.study.descriptions import DescriptionChoice
from dipeval.vocabulary import Outcome

MOST_DONORS = 200
"""With more of them the prediction intervals take minutes."""
USED = 1e-6
"""A smaller weight is rounding."""


@dataclass(frozen=True)
class Fitted:
    """One cohort and its donors.

    Attributes
    ----------
    date : str
        First period from the reform on.
    periods : tuple of str, length T
    own : Gap
    placebos : list of Gap
        One a donor; empty where several units are treated.
    rank : Ranked or None
    treated, donors : tuple of str
        Names of units.
    counts, shares : numpy.ndarray, shape (N0 + 1, T)
        Cases behind each donor and, last, the treated; the largest hospital's share of them.
    donor_mean : numpy.ndarray, shape (T,)
    predictors : tuple of str
        Covariates that are predictors, after the outcome; empty where weights use none.
    predictor_means : numpy.ndarray, shape (p + 1, N0 + 1)
        Of the outcome and these, over the periods before: donors and, last, the treated.
    band : numpy.ndarray, shape (2, T), or None
        Prediction intervals of the synthetic control's path, NaN before the reform.
    """

    date: str
    periods: tuple[str, ...]
    own: Gap
    placebos: list[Gap]
    rank: Ranked | None
    treated: tuple[str, ...]
    donors: tuple[str, ...]
    counts: np.ndarray
    shares: np.ndarray
    donor_mean: np.ndarray
    predictors: tuple[str, ...]
    predictor_means: np.ndarray
    band: np.ndarray | None = None

    @property
    def used(self) -> np.ndarray:
        """Donors with a weight (N0,), bool."""
        return np.abs(self.own.weights.donors) > USED

    def behind_synthetic(self) -> tuple[np.ndarray, np.ndarray]:
        """Cases of the donors in use (T,), and the largest share of a hospital by weight."""
        weights = np.abs(self.own.weights.donors[self.used])
        part = weights[:, None] / weights.sum() * self.shares[:-1][self.used]
        return self.counts[:-1][self.used].sum(0), part.max(0)


def fitted_cohorts(given: Given, choice: DescriptionChoice, outcome: Outcome) -> list[Fitted]:
    """Fit each cohort against the units that stay untreated.

    Raises
    ------
    DesignError
        No donors, too few periods before a reform, weights that do not meet the conditions of optimality.
    """
    units = str(choice.options["units"])
    design = _with_units(given, units)
    part = f"{choice.name}/{outcome.name}"
    values = outcome_values(given.panel, outcome)[0]
    projected = str(choice.options["method"]) != PREDICTORS
    with one_thread():
        series = series_of(make_sample(design, values, None, outcome.name, part), units, projected=projected)
        counts, shares = _behind(series)
        cohorts = np.unique(series.cohort[~series.donors])
        found = [_cohort(series, cohort, choice, counts, shares) for cohort in cohorts]
    if len(found) > 1 or len(found[0].donors) > MOST_DONORS or not _has_band(choice):
        return found
    return [replace(found[0], band=_band(design, values, choice))]


def _has_band(choice: DescriptionChoice) -> bool:
    return (choice.options["estimator"], choice.options["method"]) == ("synthetic_control", "path")


def _band(design: PanelDesign, values: np.ndarray, choice: DescriptionChoice) -> np.ndarray | None:
    """Prediction intervals by period (2, T): how well the weights met the periods before says how sure they are.

    None where so few periods before leave them without an end.
    """
    words = {"units": str(choice.options["units"]), "solver": str(choice.options["solver"])}
    whole = estimate(design, values, estimator="synthetic_control", aggregate=("overall",), **words)
    found = counterfactual_band(whole, level=float(choice.options["level"]))
    ends = found[["low", "high"]].to_numpy(float).T
    return ends if np.isfinite(ends).any() else None


def _with_units(given: Given, units: str) -> PanelDesign:
    """The design with the units as clusters, where the panel has them and the study does not cluster by them."""
    design = given.designed
    if units == HOSPITAL or units in design.unit_clusters or units not in attributes(given.panel):
        return design
    codes, names = pd.factorize(given.panel[units].astype("str"), sort=True)
    by_hospital = np.empty(design.n_units, np.int64)
    by_hospital[design.unit] = codes[design.rows]
    clusters = {**design.unit_clusters, units: by_hospital}
    named = {**design.cluster_names, units: tuple(str(name) for name in names)}
    return replace(design, unit_clusters=clusters, cluster_names=named)


def _cohort(
    series: Series, cohort: float, choice: DescriptionChoice, counts: np.ndarray, shares: np.ndarray
) -> Fitted:
    block, which = block_of(series, cohort)
    weigh = weighing(*(str(choice.options[key]) for key in ("estimator", "solver", "method", "importance")))
    n_donors, design = len(block.donors), series.sample.design
    own = gap_of(block, weigh)
    alone = len(block.treated) == 1 and n_donors > 1
    placebos = placebo_gaps(block, weigh) if alone else []
    label = design.cohort_label(cohort)
    doubtful = [g for g in (own, *placebos) if not g.weights.are_optimal]
    if doubtful:
        what = f"{len(doubtful)} set(s) of weights do not meet the conditions of optimality"
        todo = "scale the outcome, or look for constant or infinite series"
        raise DesignError(series.sample.part, [Problem(f"cohort {label}", what, todo)])
    mine = which[n_donors:]
    total = counts[mine].sum(0)
    largest = (counts[mine] * shares[mine]).max(0) / np.maximum(total, 1.0)
    return Fitted(
        label,
        tuple(design.period_labels[int(t)] for t in series.periods),
        own,
        placebos,
        ranked(own, placebos) if placebos else None,
        tuple(series.names[k] for k in mine),
        tuple(series.names[k] for k in which[:n_donors]),
        np.vstack([counts[which[:n_donors]], total]),
        np.vstack([shares[which[:n_donors]], largest]),
        block.donors.mean(0),
        () if series.covariates is None else series.sample.covariate_names,
        predictor_means(block, slice(0, block.n_before)),
    )


def _behind(series: Series) -> tuple[np.ndarray, np.ndarray]:
    """Cases of every unit and period (U, P), and the largest hospital's share."""
    shape = series.outcome.shape
    group = np.arange(series.outcome.size).reshape(shape)
    facts = series.facts(group, series.outcome.size)
    return facts["count"].reshape(shape).astype(float), facts["largest_share"].reshape(shape)
