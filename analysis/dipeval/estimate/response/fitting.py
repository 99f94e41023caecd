"""From the sums of an outcome to a fitted family on the rows of a design."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from dipeval.design import PanelDesign
from dipeval.errors import DesignError, Problem
from dipeval.estimate.response.families import Family
from dipeval.estimate.response.outcome_sums import OutcomeSums
from dipeval.estimate.response.separation import without_separated
from dipeval.estimate.response.two_way import ResponseFit, fit_two_way
from dipeval.estimate.sample import Sample, make_sample


@dataclass(frozen=True)
class Fitted:
    """A fit and the n rows that it stands on.

    Attributes
    ----------
    sample : Sample
    fit : ResponseFit
    weights : numpy.ndarray, shape (n,)
    """

    sample: Sample
    fit: ResponseFit
    weights: np.ndarray

    @property
    def treated(self) -> np.ndarray:
        """Whether each row is treated (n,)."""
        return self.sample.treated

    @property
    def coefficient(self) -> float:
        """Of treatment; NaN where it is not determined."""
        return float(self.fit.coefficients[0])

    def weights_of_treated(self) -> np.ndarray:
        """Weights of the treated rows (n,), of sum one."""
        found = np.where(self.treated, self.weights, 0.0)
        return found / found.sum() if found.any() else found

    def on_design(self, by_row: np.ndarray) -> np.ndarray:
        """Values of the sample's rows on all rows of the design, zero elsewhere."""
        whole = np.zeros(self.sample.design.n_obs)
        whole[self.sample.rows] = by_row
        return whole


def check_sums(sums: OutcomeSums, needs_whole: bool) -> None:
    """Refuse outcomes that no model of amounts or counts can have.

    Raises
    ------
    DesignError
        Values below zero, none above zero, fractions in a count.
    """
    where, problems = f"outcome {sums.name}", []
    if sums.negative:
        todo = "correct these amounts, or leave them out by a cleaning rule"
        problems.append(Problem(where, "lies below zero", todo, count=sums.negative))
    if not sums.positive.sum() > 0:
        problems.append(Problem(where, "is above zero in no case", "take another outcome or other cases"))
    if needs_whole and sums.value is None:
        what = "is no whole number, which a negative binomial model needs"
        problems.append(Problem(where, what, "leave negative_binomial out of the models"))
    if problems:
        raise DesignError("estimate", problems)


def weighted_sample(
    design: PanelDesign, means: np.ndarray, weights: np.ndarray, cases: np.ndarray, outcome: str, part: str
) -> Sample:
    """Rows of a design with the mean of an outcome, weighted by the cases behind it.

    Parameters
    ----------
    means, weights, cases : numpy.ndarray, shape (design.n_rows_in,)
        In the order of the frame; rows of weight zero are left out.
    """
    placed, known = design.align(weights), design.align(cases)
    weighted = replace(design, weights=np.where(placed > 0, placed, 1.0), n_cases=known)
    return make_sample(weighted, np.where(weights > 0, means, np.nan), (), outcome, part)


def fit_family(sample: Sample, family: Family) -> Fitted:
    """Leave separated rows out, then fit.

    Raises
    ------
    DesignError
        No row is left.
    """
    sample = without_separated(sample, family, sample.design.treated)
    if not sample.n_obs:
        what = f"no hospital-period is left for {family.name}: all outcomes of each hospital or period agree"
        raise DesignError("estimate", [Problem(sample.part, what, "take another model or other cases")])
    weights = np.asarray(sample.weights)
    columns = sample.treated.astype(float)[:, None]
    return Fitted(sample, fit_two_way(sample, family, sample.outcome, weights, columns), weights)
