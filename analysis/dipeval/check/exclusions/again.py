"""The main effect estimated again without rows, or on a design with another window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from dipeval.check.alternatives.forest import main_effect
from dipeval.check.exclusions.change import change_between, power_without_error
from dipeval.check.exclusions.line import Line
from dipeval.check.finding import Alternative, Words
from dipeval.check.subject import Subject
from dipeval.design.calendar import period_code
from dipeval.errors import DesignError
from dipeval.infer import infer
from dipeval.results import Estimate
from dipeval.study import NEVER

MANY = 50
"""With more clusters than these the study's own errors are right enough."""


def event_times(rows: pd.DataFrame) -> np.ndarray:
    """Periods since the reform by row (n,), float; NaN where a hospital is never reformed."""
    code = {label: float(period_code(label)) for label in {*rows["period"], *rows["cohort"]} - {NEVER}}
    start = rows["cohort"].map(lambda label: code.get(label, np.nan)).to_numpy(float)
    return rows["period"].map(code).to_numpy(float) - start


def without(subject: Subject, label: Words, dropped: np.ndarray) -> Line:
    """Without some rows (n_rows_in,), bool, on the study's own design."""
    used = int((dropped & np.isfinite(subject.values)).sum())
    return again(subject, label, used, lambda: subject.fit(dropped))


def redesigned(
    subject: Subject, label: Words, rows: pd.DataFrame, dropped: np.ndarray, **changes: object
) -> Line:
    """Without some rows and on another design of the others; `rows` is all of them, maybe with other cohorts."""
    used = int((dropped & np.isfinite(subject.values)).sum())
    return again(subject, label, used, lambda: subject.refit(rows[~dropped], **changes))


def jackknifed(
    subject: Subject, label: Words, rows: pd.DataFrame, dropped: np.ndarray, **changes: object
) -> Line:
    """As `redesigned`; where errors are clustered and clusters few, by the jackknife (CR3), which does not reject too often.

    Cost: one more estimate a cluster.
    """
    used = int((dropped & np.isfinite(subject.values)).sum())
    return again(subject, label, used, lambda: _strict(subject, subject.refit(rows[~dropped], **changes)))


def _strict(subject: Subject, fitted: Estimate) -> Estimate:
    known = fitted.inference
    if known is None or known.method != "cluster" or known.small_sample == "CR3" or known.n_clusters > MANY:
        return fitted
    found = infer(fitted, "cluster", cluster=known.cluster, small_sample="CR3", level=subject.level)
    overall = (fitted.terms["kind"] == "overall").to_numpy()
    return found if overall.any() and np.isfinite(found.std_errors.to_numpy()[overall]).all() else fitted


def again(subject: Subject, label: Words, left_out: int, fit: Callable[[], Estimate]) -> Line:
    """An effect estimated otherwise, with its change from the main one; what cannot be estimated stays, with its reason."""
    try:
        fitted = fit()
        effect = subject.effect(fitted, label)
    except DesignError as error:
        why = "; ".join(problem.what for problem in error.problems)
        return Line(Alternative(label, reason=(why, why)), None, left_out)
    if not np.isfinite(effect.value):
        return Line(effect, None, left_out)
    change = change_between(subject.main, fitted, cluster_of(subject), subject.level)
    if np.isfinite(change.value) and not np.isfinite(change.std_error):
        degrees = float(np.nan_to_num(subject.main.inference.df, nan=np.inf))
        half = (effect.high - effect.low) / 2
        power = power_without_error(main_effect(subject).value, half, degrees, subject.level)
        change = replace(change, power=power)
    return Line(effect, change, left_out)


def cluster_of(subject: Subject) -> str:
    """What changes are clustered by: what the study's errors are, else its first clustering."""
    named = str(subject.main.inference.cluster) if subject.main.inference is not None else ""
    return named if named in subject.main.influence else next(iter(subject.design.unit_clusters))
