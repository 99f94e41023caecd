"""From changes to terms, with and without covariates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dipeval.estimate.sample import Sample
from dipeval.estimate.switching_covariates import fit_slopes, less_covariates, unchanged
from dipeval.estimate.switching_paths import Change, Paths
from dipeval.estimate.switching_sums import COHORT, Switching, Tables, switching_sums, tables_of
from dipeval.estimate.switching_terms import AGGREGATES, Term, cohorts, directions, event_times, overall


@dataclass(frozen=True)
class Plan:
    """What is estimated: options of `dipeval.estimate.switching.switching`, changes, event times shown."""

    sample: Sample
    paths: Paths
    changes: list[Change]
    method: str
    n_effects: int
    same_switchers: bool
    normalized: bool
    errors: str
    aggregate: tuple[str, ...]
    shown: np.ndarray

    @property
    def signs(self) -> list[int]:
        """Signs of the changes."""
        return sorted({change.sign for change in self.changes})

    def sums(self, tables: Mapping[int, Tables], codes: np.ndarray | None = None) -> Switching:
        """Sums over all changes, from tables by sign; `codes` are the clusters that the errors count."""
        lead = -self.sample.design.anticipation - 1
        placebos = lead - int(self.shown.min(initial=lead)) if "event_time" in self.aggregate else 0
        return switching_sums(
            tables,
            self.paths,
            self.changes,
            n_effects=self.n_effects,
            n_placebos=placebos,
            same_switchers=self.same_switchers,
            errors=self.errors,
            each="cohort" in self.aggregate,
            codes=codes,
        )

    def terms(self, found: Switching) -> list[Term]:
        """The terms asked for."""
        design = self.sample.design
        made = {
            "overall": lambda: [overall(found)],
            "direction": lambda: directions(found),
            "event_time": lambda: event_times(
                found, self.shown.tolist(), design.anticipation, normalized=self.normalized
            ),
            "cohort": lambda: cohorts(found, lambda t: design.cohort_label(t + design.anticipation)),
        }
        return [term for word in AGGREGATES if word in self.aggregate for term in made[word]()]


def estimated(plan: Plan) -> tuple[dict[str, list[Term]], np.ndarray]:
    """Terms by clustering, and what slopes of covariates add to the influence of hospitals on them (M, K).

    Cost O(M L) a change, times one and the covariates; with errors around cohorts, times the clusterings too.
    """
    sample, paths = plan.sample, plan.paths
    codes = sample.unit_clusters()[0]
    tables = tables_of(sample, sample.outcome)
    covariates = [tables_of(sample, x).outcome for x in sample.columns]
    adjusted, influence = dict.fromkeys(plan.signs, tables), {}
    for sign in plan.signs if covariates else ():
        slopes, influence[sign] = fit_slopes(tables, covariates, unchanged(paths, sign, plan.method))
        adjusted[sign] = less_covariates(tables, covariates, slopes)
    if plan.errors == COHORT:
        terms = {name: plan.terms(plan.sums(adjusted, code)) for name, code in codes.items()}
    else:
        terms = dict.fromkeys(codes, plan.terms(plan.sums(adjusted)))
    added = np.zeros((len(paths.on), len(next(iter(terms.values())))))
    for sign, psi in influence.items():
        for k, x in enumerate(covariates):
            added -= np.outer(psi[:, k], _values(plan, tables, sign, x))
    return terms, added


def _values(plan: Plan, tables: Tables, sign: int, covariate: np.ndarray) -> np.ndarray:
    """The terms (K,) of a covariate where changes have one sign, 0 where they have the other."""
    none = np.where(np.isfinite(tables.outcome), 0.0, np.nan)
    columns = dict.fromkeys(plan.signs, Tables(none, tables.weights, tables.cases))
    columns[sign] = Tables(none + covariate, tables.weights, tables.cases)
    return np.array([term.value for term in plan.terms(plan.sums(columns))])
