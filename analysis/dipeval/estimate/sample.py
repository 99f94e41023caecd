"""The rows that one estimate stands on, and why the others are not among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dipeval.design import PanelDesign
from dipeval.errors import DesignError, Problem, nearest
from dipeval.ledger import Entry, Ledger
from dipeval.results import ClusterFacts


@dataclass(frozen=True)
class Sample:
    """Rows of a design with an outcome; all arrays (n,) stay sorted by unit and time.

    Attributes
    ----------
    design : PanelDesign
    rows : numpy.ndarray, shape (n,), int
        Positions in the design.
    unit, time, cohort, treated, event_time, weights, cases : numpy.ndarray, shape (n,)
        As in the design; `weights` and `cases` may be None.
    outcome : numpy.ndarray, shape (n,)
    covariates : numpy.ndarray, shape (n, p)
    covariate_names : tuple of str, length p
    part : str
        Names the estimate in the ledger.
    ledger : Ledger
    warnings : tuple of str
    """

    design: PanelDesign
    rows: np.ndarray
    unit: np.ndarray
    time: np.ndarray
    cohort: np.ndarray
    treated: np.ndarray
    event_time: np.ndarray
    weights: np.ndarray | None
    cases: np.ndarray | None
    outcome: np.ndarray
    covariates: np.ndarray
    covariate_names: tuple[str, ...]
    part: str
    ledger: Ledger
    warnings: tuple[str, ...]

    @property
    def n_obs(self) -> int:
        """Number of hospital-periods."""
        return len(self.rows)

    @property
    def n_hospitals(self) -> int:
        """Number of hospitals with a row; 0 where the design does not know hospitals."""
        if not (self.n_obs and self.design.has_units):
            return 0
        return int(1 + (np.diff(self.unit) != 0).sum())

    @property
    def outcome_mean(self) -> float:
        """Weighted mean of the outcome."""
        return float(np.average(self.outcome, weights=self.weights))

    def where(self, keep: np.ndarray) -> Sample:
        """The rows of a mask (n,), bool, without an entry in the ledger."""
        arrays = ("rows", "unit", "time", "cohort", "treated", "event_time", "outcome", "covariates")
        optional = [name for name in ("weights", "cases") if getattr(self, name) is not None]
        return replace(self, **{name: getattr(self, name)[keep] for name in (*arrays, *optional)})

    def drop(self, out: np.ndarray, rule: str, note: str) -> Sample:
        """Leave rows out and say so in the ledger; unchanged when the mask is empty."""
        if not out.any():
            return self
        kept = self.where(~out)
        known = self.design.has_units
        hospitals = (self.n_hospitals, kept.n_hospitals) if known else (None, None)
        counts = (self.n_obs, kept.n_obs, 0, *hospitals)
        return replace(kept, ledger=self.ledger.add(Entry("estimate", self.part, rule, *counts, note)))

    def warn(self, *warnings: str) -> Sample:
        """Add warnings that travel with the number."""
        return replace(self, warnings=(*self.warnings, *warnings))

    def clusters(self) -> tuple[dict[str, np.ndarray], dict[str, ClusterFacts]]:
        """Cluster codes (n,) numbered within the sample, and the facts about them."""
        codes, facts = {}, {}
        for name, whole in self.design.clusters.items():
            names = self.design.cluster_names[name]
            seen = np.zeros(len(names), bool)
            seen[whole[self.rows]] = True
            codes[name] = (np.cumsum(seen) - 1)[whole[self.rows]]
            facts[name] = _cluster_facts(self, codes[name], [names[k] for k in np.flatnonzero(seen)])
        return codes, facts


def _cluster_facts(sample: Sample, codes: np.ndarray, names: Sequence[str]) -> ClusterFacts:
    treated = np.zeros(len(names), bool)
    treated[codes[sample.treated]] = True
    earliest, latest = np.full(len(names), np.inf), np.full(len(names), -np.inf)
    np.minimum.at(earliest, codes, sample.cohort)
    np.maximum.at(latest, codes, sample.cohort)
    return ClusterFacts(tuple(names), treated, mixed=bool((earliest != latest).any()))


def make_sample(
    design: PanelDesign, values: np.ndarray, covariates: Sequence[str] | None, outcome: str, part: str
) -> Sample:
    """Select the rows with an outcome and covariates.

    Parameters
    ----------
    design : PanelDesign
    values : numpy.ndarray, shape (design.n_rows_in,)
        The outcome in the order of the frame that the design was built from; NaN where missing.
    covariates : sequence of str or None
        Names among the design's covariates; None for all of them.
    outcome, part : str
        For messages and for the ledger.

    Raises
    ------
    DesignError
        Unknown covariates, an outcome of another length, infinite or all missing.
    """
    names = tuple(design.covariates) if covariates is None else tuple(covariates)
    where, problems = f"outcome {outcome}", []
    for name in names:
        if name not in design.covariates:
            hint = nearest(name, design.covariates)
            problems.append(Problem(f"covariate {name}", "is not a covariate of the design", hint))
    if np.shape(values) != (design.n_rows_in,):
        evidence = (f"{np.shape(values)} against {design.n_rows_in} rows of the panel",)
        todo = "give the outcome in the order of the panel that the design was built from"
        problems.append(Problem(where, "has another length than the panel", todo, evidence))
    if problems:
        raise DesignError("estimate", problems)
    aligned = design.align(values)
    if np.isinf(aligned).any():
        n_infinite, todo = (
            int(np.isinf(aligned).sum()),
            "make it missing, for example before a logarithm of 0",
        )
        problems.append(Problem(where, "holds infinite values", todo, count=n_infinite))
    if not np.isfinite(aligned).any():
        problems.append(Problem(where, "has no value in any row of the design", "check the outcome's column"))
    if problems:
        raise DesignError("estimate", problems)
    return _select(design, aligned, {name: design.covariates[name] for name in names}, part)


def _select(
    design: PanelDesign, outcome: np.ndarray, covariates: Mapping[str, np.ndarray], part: str
) -> Sample:
    n = design.n_obs
    start = Entry("estimate", part, "design", n, n, 0, design.n_hospitals, design.n_hospitals)
    sample = Sample(
        design,
        np.arange(n),
        design.unit,
        design.time,
        design.cohort,
        design.treated,
        design.event_time,
        design.weights,
        design.n_cases,
        outcome,
        np.column_stack(list(covariates.values())) if covariates else np.empty((n, 0)),
        tuple(covariates),
        part,
        Ledger((start,)),
        design.warnings,
    )
    sample = sample.drop(np.isnan(outcome), "outcome_missing", "the outcome is missing")
    for j, name in enumerate(sample.covariate_names):
        missing = np.isnan(sample.covariates[:, j])
        sample = sample.drop(missing, "covariate_missing", f"covariate {name} is missing")
    if not sample.n_obs:
        todo = "check the covariates' columns"
        raise DesignError("estimate", [Problem(part, "no row has the outcome and all covariates", todo)])
    return sample


def drop_singletons(sample: Sample) -> Sample:
    """Leave out hospitals and periods with a single row, until none is left.

    Their own effect fits them perfectly, so they say nothing about a regression coefficient and only
    distort the count of rows and clusters (Correia 2015). The imputation estimator keeps them: one
    untreated row is enough to impute a hospital's treated rows.
    """
    alone = np.zeros(sample.n_obs, bool)
    n_left = sample.n_obs
    while True:
        keep = np.flatnonzero(~alone)
        by_unit = np.bincount(sample.unit[keep], minlength=sample.design.n_units)
        by_time = np.bincount(sample.time[keep], minlength=sample.design.n_periods)
        alone = alone | (by_unit[sample.unit] == 1) | (by_time[sample.time] == 1)
        if (left := int((~alone).sum())) == n_left:
            break
        n_left = left
    return sample.drop(alone, "singleton", "the only row of its hospital or period")
