"""What can stand side by side: every registered estimator, and what looks at the reformed hospitals alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dipeval.describe.event_study import ESTIMATORS as SHORT
from dipeval.describe.side_by_side.approach_words import ESTIMATOR_WORDS, OWN_WORDS, Facts
from dipeval.describe.side_by_side.one_series import one_series
from dipeval.design import PanelDesign
from dipeval.errors import DesignError, Problem, nearest
from dipeval.estimate import ESTIMATORS, estimate
from dipeval.estimate.own_past import own_past
from dipeval.estimate.sample import make_sample
from dipeval.estimate.threads import one_thread
from dipeval.results import Estimate

Words = tuple[str, str]
REPEATED = ("bacon",)
"""Estimators whose overall effect is another one's number; they stand in a table when they are named."""


@dataclass(frozen=True)
class Approach:
    """A way to an effect, and what is to be said of it.

    Attributes
    ----------
    name : str
    label : (str, str)
        English and Chinese.
    facts : Facts
        Estimand, comparison set, weights and what identifies it, in both languages.
    fit : callable
        From a design, an outcome (n_rows_in,) and its name to an estimate without inference.
    headline : str
        Term that is its effect; empty for that of kind ``overall``.
    at : int or None
        Event time that the headline is about; None for the mean over all treated periods.
    alone : bool
        Whether it looks at reformed hospitals alone.
    own_errors : bool
        Whether its errors come with it and are not by cluster.
    """

    name: str
    label: Words
    facts: Facts
    fit: Callable[[PanelDesign, np.ndarray, str], Estimate]
    headline: str = ""
    at: int | None = None
    alone: bool = False
    own_errors: bool = False

    @property
    def of_path(self) -> Words:
        """What its path by event time is called: what stands before a colon."""
        return self.label[0].partition(":")[0], self.label[1].partition("：")[0]


def approaches() -> Mapping[str, Approach]:
    """All approaches by name, in the order of the registry of estimators; a new one is an entry here or there."""
    found = [_of_estimator(name) for name in ESTIMATORS]
    found += [
        Approach("before_after", *OWN_WORDS["before_after"], _own(False), alone=True),
        Approach("own_trend_step", *OWN_WORDS["own_trend_step"], _own(True), "step", 0, alone=True),
        Approach("own_trend", *OWN_WORDS["own_trend"], _own(True), alone=True),
        Approach("series_step", *OWN_WORDS["series_step"], _series(False), "step", 0, True, True),
        Approach("series_mean", *OWN_WORDS["series_mean"], _series(False), alone=True, own_errors=True),
        Approach("controlled_step", *OWN_WORDS["controlled_step"], _series(True), "step", 0, own_errors=True),
        Approach("controlled_mean", *OWN_WORDS["controlled_mean"], _series(True), own_errors=True),
    ]
    return {approach.name: approach for approach in found}


def chosen_approaches(names: Sequence[str]) -> list[Approach]:
    """Approaches by name; all but `REPEATED` where none is named.

    Raises
    ------
    DesignError
        Names that are not known, all of them.
    """
    known = approaches()
    unknown = [name for name in names if name not in known]
    if unknown:
        problems = [Problem("estimators", f"'{name}' is unknown", nearest(name, known)) for name in unknown]
        raise DesignError("side by side", problems)
    return [known[name] for name in names] or [a for a in known.values() if a.name not in REPEATED]


def _of_estimator(name: str) -> Approach:
    spec = ESTIMATORS[name]

    def fit(design: PanelDesign, values: np.ndarray, outcome: str) -> Estimate:
        return estimate(design, values, estimator=name, outcome=outcome)

    told = (spec.estimand, spec.estimand)
    facts = ESTIMATOR_WORDS.get(name, Facts(told, ("", ""), ("", ""), ("", "")))
    return Approach(name, SHORT.get(name, (spec.label_en, spec.label_zh)), facts, fit)


def _series(controlled: bool) -> Callable[[PanelDesign, np.ndarray, str], Estimate]:
    def fit(design: PanelDesign, values: np.ndarray, outcome: str) -> Estimate:
        found = one_series(design, values, outcome, controlled=controlled)
        return replace(found, estimator="controlled_series" if controlled else "interrupted_series")

    return fit


def _own(trend: bool) -> Callable[[PanelDesign, np.ndarray, str], Estimate]:
    def fit(design: PanelDesign, values: np.ndarray, outcome: str) -> Estimate:
        with one_thread():
            found = own_past(make_sample(design, values, None, outcome, f"{outcome}/own_past"), trend=trend)
        return replace(found, estimator="own_trend" if trend else "before_after", outcome=outcome)

    return fit
