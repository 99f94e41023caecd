"""The rows that one estimate stands on, and why the others are not among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from dipeval.design import PanelDesign
from dipeval.design.layout import Layout
from dipeval.design.table import renumber
from dipeval.errors import DesignError, Problem, nearest
from dipeval.ledger import Entry, Ledger
from dipeval.results import ClusterFacts


@dataclass(frozen=True)
class Sample:
    """n rows of a design, sorted by unit and time, of m hospitals.

    Attributes
    ----------
    design : PanelDesign
    layout : Layout
        Where the rows of each of the m hospitals lie, and in which periods.
    outcome : numpy.ndarray, shape (n,)
    covariate_names : tuple of str, length p
    part : str
        Names the estimate in the ledger.
    ledger : Ledger
    warnings : tuple of str
    chosen : numpy.ndarray, shape (n,), int, or None
        Positions in the design; None for all rows.
    units : numpy.ndarray, shape (m,), int, or None
        Codes of the hospitals in the design; None for all.

    Notes
    -----
    `unit`, `time`, `cohort`, `treated`, `event_time`, `weights`, `cases` and `covariates` are facts by row
    as in the design, made when they are first used; `unit_cohort` and `first_treated` are by hospital.
    """

    design: PanelDesign
    layout: Layout
    outcome: np.ndarray
    covariate_names: tuple[str, ...]
    part: str
    ledger: Ledger
    warnings: tuple[str, ...]
    chosen: np.ndarray | None = None
    units: np.ndarray | None = None

    @cached_property
    def rows(self) -> np.ndarray:
        """Positions in the design (n,)."""
        return np.arange(self.design.n_obs) if self.chosen is None else self.chosen

    @cached_property
    def unit(self) -> np.ndarray:
        """Hospital codes of the design, by row (n,)."""
        return self.design.unit if self.units is None else self.layout.spread(self.units)

    @cached_property
    def time(self) -> np.ndarray:
        """Period codes of the design, by row (n,)."""
        return self.layout.time

    @cached_property
    def unit_cohort(self) -> np.ndarray:
        """First treated period by hospital (m,), float; inf for never."""
        return self._of_units(self.design.unit_cohort)

    @cached_property
    def first_treated(self) -> np.ndarray:
        """First period that counts as treated by hospital (m,), float; inf for never."""
        return self._of_units(self.design.first_treated)

    @cached_property
    def cohort(self) -> np.ndarray:
        """First treated period by row (n,), float; inf for never."""
        return self._of_rows(self.design.cohort)

    @cached_property
    def treated(self) -> np.ndarray:
        """Whether each row is treated (n,), bool."""
        return self._of_rows(self.design.treated)

    @cached_property
    def event_time(self) -> np.ndarray:
        """Periods since the reform by row (n,), float; NaN for never treated."""
        return self._of_rows(self.design.event_time)

    @cached_property
    def weights(self) -> np.ndarray | None:
        """Weights by row (n,), or None."""
        return None if self.design.weights is None else self._of_rows(self.design.weights)

    @cached_property
    def cases(self) -> np.ndarray | None:
        """Cases behind each row (n,), or None."""
        return None if self.design.n_cases is None else self._of_rows(self.design.n_cases)

    @cached_property
    def columns(self) -> tuple[np.ndarray, ...]:
        """The p covariates, each (n,); not copied where the sample is the whole design."""
        return tuple(self._of_rows(self.design.covariates[name]) for name in self.covariate_names)

    @cached_property
    def covariates(self) -> np.ndarray:
        """The covariates side by side (n, p), each column contiguous."""
        return np.stack(self.columns).T if self.columns else np.empty((self.n_obs, 0))

    @property
    def n_obs(self) -> int:
        """Number of hospital-periods."""
        return self.layout.n_rows

    @property
    def n_hospitals(self) -> int:
        """Number of hospitals with a row; 0 where the design does not know hospitals."""
        return self.layout.n_units if self.design.has_units else 0

    @property
    def outcome_mean(self) -> float:
        """Weighted mean of the outcome."""
        return float(np.average(self.outcome, weights=self.weights))

    def where(self, keep: np.ndarray) -> Sample:
        """The rows of a mask (n,), bool, without an entry in the ledger."""
        layout, left = self.layout.with_rows(keep)
        units = np.flatnonzero(left) if self.units is None else self.units[left]
        chosen = np.flatnonzero(keep) if self.chosen is None else self.chosen[keep]
        return replace(self, layout=layout, outcome=self.outcome[keep], chosen=chosen, units=units)

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
        """Cluster codes by row (n,) numbered within the sample, and the facts about them."""
        codes, facts = self.unit_clusters()
        return {name: self.layout.spread(code) for name, code in codes.items()}, facts

    def unit_clusters(self) -> tuple[dict[str, np.ndarray], dict[str, ClusterFacts]]:
        """Cluster codes by hospital (m,) numbered within the sample, and the facts about them."""
        return self._clusters

    @cached_property
    def _clusters(self) -> tuple[dict[str, np.ndarray], dict[str, ClusterFacts]]:
        codes, facts = {}, {}
        for name, whole in self.design.unit_clusters.items():
            mine = self._of_units(whole)
            codes[name], names = renumber(mine, self.design.cluster_names[name])
            facts[name] = self._cluster_facts(codes[name], names)
        return codes, facts

    def _cluster_facts(self, codes: np.ndarray, names: tuple[str, ...]) -> ClusterFacts:
        treated = np.zeros(len(names), bool)
        treated[codes[self.layout.last >= self.first_treated]] = True
        earliest, latest = np.full(len(names), np.inf), np.full(len(names), -np.inf)
        np.minimum.at(earliest, codes, self.unit_cohort)
        np.maximum.at(latest, codes, self.unit_cohort)
        return ClusterFacts(names, treated, mixed=bool((earliest != latest).any()))

    def _of_units(self, values: np.ndarray) -> np.ndarray:
        return values if self.units is None else values[self.units]

    def _of_rows(self, values: np.ndarray) -> np.ndarray:
        return values if self.chosen is None else values[self.chosen]


def make_sample(
    design: PanelDesign,
    values: np.ndarray,
    covariates: Sequence[str] | None,
    outcome: str,
    part: str,
    *,
    knows_leaving: bool = False,
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
    knows_leaving : bool
        Whether the estimator takes hospitals whose treatment ends.

    Raises
    ------
    DesignError
        Hospitals leave the reform and the estimator does not know of it, unknown covariates, an outcome of another length, infinite or all missing.
    """
    if not knows_leaving:
        refuse_leaving(design, "design")
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
    if not has_only_numbers(aligned) and np.isinf(aligned).any():
        n_infinite, todo = (
            int(np.isinf(aligned).sum()),
            "make it missing, for example before a logarithm of 0",
        )
        problems.append(Problem(where, "holds infinite values", todo, count=n_infinite))
    if not has_only_numbers(aligned) and not np.isfinite(aligned).any():
        problems.append(Problem(where, "has no value in any row of the design", "check the outcome's column"))
    if problems:
        raise DesignError("estimate", problems)
    return _select(design, aligned, names, part)


def refuse_leaving(design: PanelDesign, where: str) -> None:
    """Stop an analysis for which treatment lasts, where hospitals leave the reform inside the calendar.

    Raises
    ------
    DesignError
        There is one.
    """
    if design.unit_ended is None:
        return
    left = np.flatnonzero(design.first_left <= design.layout.last)
    evidence = tuple(str(name) for name in design.units[left[:5]])
    what = "hospitals leave the reform, and this analysis takes treatment to last"
    todo = (
        'say after_leaving = "drop" to leave out the periods after leaving, or take the estimator switching, '
        "which knows of them"
    )
    raise DesignError("estimate", [Problem(where, what, todo, evidence, len(left))])


def has_only_numbers(values: np.ndarray) -> bool:
    """Whether a column holds neither missing nor infinite values; the sum of others is finite."""
    with np.errstate(all="ignore"):
        return bool(np.isfinite(values.sum())) and len(values) > 0


def _select(design: PanelDesign, outcome: np.ndarray, names: tuple[str, ...], part: str) -> Sample:
    n = design.n_obs
    start = Entry("estimate", part, "design", n, n, 0, design.n_hospitals, design.n_hospitals)
    sample = Sample(design, design.layout, outcome, names, part, Ledger((start,)), design.warnings)
    if not has_only_numbers(outcome):
        sample = sample.drop(np.isnan(outcome), "outcome_missing", "the outcome is missing")
    for j, name in enumerate(names):
        if not has_only_numbers(sample.columns[j]):
            missing = np.isnan(sample.columns[j])
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
    layout = sample.layout
    if not ((layout.counts == 1).any() or (_rows_by_period(layout) == 1).any()):
        return sample
    alone = np.zeros(sample.n_obs, bool)
    n_left = sample.n_obs
    while True:
        keep = np.flatnonzero(~alone)
        by_unit = np.bincount(layout.unit[keep], minlength=layout.n_units)
        by_time = np.bincount(layout.time[keep], minlength=sample.design.n_periods)
        alone = alone | (by_unit[layout.unit] == 1) | (by_time[layout.time] == 1)
        if (left := int((~alone).sum())) == n_left:
            break
        n_left = left
    return sample.drop(alone, "singleton", "the only row of its hospital or period")


def _rows_by_period(layout: Layout) -> np.ndarray:
    if layout.shared is None:
        return np.bincount(layout.time)
    return np.full(len(layout.shared), layout.n_units)
