"""`compare`: one panel, several designs, several estimators, and why some do not apply."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from dipeval.describe.side_by_side.approaches import Approach, chosen_approaches
from dipeval.describe.side_by_side.one_series import at_level
from dipeval.describe.side_by_side.variant import DesignVariant, variant_design, variant_rows
from dipeval.design import PanelDesign
from dipeval.errors import DesignError, Problem, nearest
from dipeval.infer import INFERENCES, infer
from dipeval.panel.outcomes import outcome_values
from dipeval.results import Estimate
from dipeval.study.inference import InferenceChoice
from dipeval.vocabulary import Outcome
from dipeval.vocabulary import outcomes as known_outcomes

LOG_UNIT = "log points"
CLUSTERED = InferenceChoice("cluster", {"small_sample": "CR1"}, 0.95)
NO_OVERALL = "gives a path by event time and no overall effect"
PATH = ("event_time", "lead")


@dataclass(frozen=True)
class Entry:
    """One outcome by one approach in one design.

    Attributes
    ----------
    outcome : Outcome
    variant : DesignVariant
    approach : Approach
    estimate : Estimate or None
        With inference where the method applies; None where the approach does not.
    reason : str
        Why there is no effect, or no error.
    n_treated, n_compared : int
        Hospitals of the design that are reformed within its periods, and the others; 0 where there is no design.
    base : float
        Mean of the outcome in untreated periods of reformed hospitals.
    truth : float
        The true effect, where it is known, over the same treated hospital-periods; else NaN.
    truth_path : mapping of int to float
        By event time.
    """

    outcome: Outcome
    variant: DesignVariant
    approach: Approach
    estimate: Estimate | None
    reason: str = ""
    n_treated: int = 0
    n_compared: int = 0
    base: float = np.nan
    truth: float = np.nan
    truth_path: Mapping[int, float] = field(default_factory=dict)

    @property
    def term(self) -> int | None:
        """Row of the effect in the estimate's terms; None where there is none."""
        if self.estimate is None:
            return None
        terms = self.estimate.terms
        named = (
            terms["term"] == self.approach.headline if self.approach.headline else terms["kind"] == "overall"
        )
        found = np.flatnonzero(named)
        return int(found[0]) if len(found) else None

    @property
    def effect(self) -> tuple[float, float, float]:
        """The effect and the ends of its interval; NaN where there is none."""
        k = self.term
        if k is None:
            return (np.nan,) * 3
        value = float(self.estimate.params.iloc[k])
        if self.estimate.inference is None:
            return value, np.nan, np.nan
        ends = self.estimate.conf_int().iloc[k]
        return value, float(ends["lower"]), float(ends["upper"])

    def per_cent(self, value: float) -> float:
        """An effect in per cent of what was: ``100 (exp b - 1)`` for logs, ``100 b / base`` for levels."""
        if self.outcome.unit == LOG_UNIT:
            return 100 * float(np.expm1(value))
        return 100 * value / self.base if self.base > 0 else np.nan


@dataclass(frozen=True)
class SideBySide:
    """Designs and estimators of one panel.

    Attributes
    ----------
    entries : tuple of Entry
        By outcome, design and approach, in the order in which they were asked for.
    """

    entries: tuple[Entry, ...]

    def frame(self) -> pd.DataFrame:
        """One row an entry: effect, interval, p-value, per cent, truth, and what is to be known about it."""
        return pd.DataFrame([_row(entry) for entry in self.entries])


def compare(
    panel: pd.DataFrame,
    designs: Sequence[DesignVariant],
    estimators: Sequence[str] = (),
    *,
    outcomes: Sequence[str],
    inference: InferenceChoice = CLUSTERED,
    truth: Mapping[str, pd.DataFrame] | None = None,
) -> SideBySide:
    """Estimate one reform by all designs and estimators that apply.

    Parameters
    ----------
    panel : pandas.DataFrame
        Hospital-periods with ``city``, ``hospital``, ``period``, ``cohort`` (first treated period, or ``never``), the
        columns that the outcomes are made of and those that the designs name; ``discharges`` are the cases behind a
        row.
    designs : sequence of DesignVariant
        Windows, comparisons, clusters, weights, hospitals left out.
    estimators : sequence of str
        Names in `dipeval.estimate.ESTIMATORS`, or ``before_after``, ``own_trend``, ``own_trend_step``, ``series_step``,
        ``series_mean``, ``controlled_step``, ``controlled_mean``; none: all.
    outcomes : sequence of str
        Names in the vocabulary of outcomes.
    inference : InferenceChoice
        How uncertainty is stated; errors are by the first clustering variable of each design.
    truth : mapping of str to pandas.DataFrame, optional
        ``event_time`` and ``true_effect`` by outcome, for invented data. The truth of a design is its mean over the
        treated hospital-periods (by their weights) at their event times.

    Returns
    -------
    SideBySide
        An approach that does not apply stays, with its reason.

    Raises
    ------
    DesignError
        What no design can mend: unknown outcomes, estimators, columns, cities, periods outside the panel.

    Notes
    -----
    Cost: one estimate an outcome, design and approach.
    """
    problems = _word_problems(designs, outcomes)
    if problems:
        raise DesignError("side by side", problems)
    made: list[Entry] = []
    for name in outcomes:
        outcome = known_outcomes()[name]
        for variant in designs:
            if not variant.outcomes or name in variant.outcomes:
                asked = chosen_approaches(variant.estimators or estimators)
                path = (truth or {}).get(name)
                made += _of_design(panel, variant, outcome, asked, inference, path)
    return SideBySide(tuple(made))


def _word_problems(designs: Sequence[DesignVariant], names: Sequence[str]) -> list[Problem]:
    known = known_outcomes()
    named = [("outcomes", name) for name in names]
    named += [(f"design {v.name}: outcomes", name) for v in designs for name in v.outcomes]
    found = [
        Problem(where, f"'{n}' is no outcome", nearest(n, known)) for where, n in named if n not in known
    ]
    twice = sorted({v.name for v in designs if sum(v.name == w.name for w in designs) > 1})
    found += [Problem(f"design {name}", "is named twice", "give each a name of its own") for name in twice]
    if not designs or not names:
        found.append(Problem("designs, outcomes", "are empty", "name at least one of each"))
    return found


def _of_design(
    panel: pd.DataFrame,
    variant: DesignVariant,
    outcome: Outcome,
    asked: Sequence[Approach],
    inference: InferenceChoice,
    path: pd.DataFrame | None,
) -> list[Entry]:
    rows = variant_rows(panel, variant)
    try:
        design = variant_design(rows, variant)
    except DesignError as error:
        return [Entry(outcome, variant, approach, None, in_words(error)) for approach in asked]
    values, _ = outcome_values(rows, outcome)
    facts = _facts(design, values)
    known = _truth(design, values, path)
    return [_entry(design, values, outcome, variant, a, inference, facts, known) for a in asked]


def _facts(design: PanelDesign, values: np.ndarray) -> tuple[int, int, float]:
    """Hospitals reformed within the periods, the others, and the mean before of the former."""
    reformed = design.layout.last >= design.first_treated
    outcome = design.align(values)
    before = design.layout.spread(reformed) & ~design.treated & np.isfinite(outcome)
    weights = None if design.weights is None else design.weights[before]
    base = float(np.average(outcome[before], weights=weights)) if before.any() else np.nan
    return int(reformed.sum()), int((~reformed).sum()), base


def _truth(
    design: PanelDesign, values: np.ndarray, path: pd.DataFrame | None
) -> tuple[float, dict[int, float]]:
    """The mean true effect over the treated hospital-periods, and its path."""
    if path is None:
        return np.nan, {}
    by_time = {int(e): float(t) for e, t in zip(path["event_time"], path["true_effect"], strict=True)}
    treated = design.treated & np.isfinite(design.align(values))
    times = design.event_time[treated]
    effects = np.array([by_time.get(int(e), 0.0 if e < 0 else np.nan) for e in times])
    weights = None if design.weights is None else design.weights[treated]
    return (float(np.average(effects, weights=weights)) if len(effects) else np.nan), by_time


def _entry(
    design: PanelDesign,
    values: np.ndarray,
    outcome: Outcome,
    variant: DesignVariant,
    approach: Approach,
    inference: InferenceChoice,
    facts: tuple[int, int, float],
    known: tuple[float, dict[int, float]],
) -> Entry:
    mean, path = known
    truth = mean if approach.at is None else path.get(approach.at, np.nan)
    try:
        fitted = approach.fit(design, values, outcome.name)
    except DesignError as error:
        return Entry(outcome, variant, approach, None, in_words(error), *facts, truth, path)
    found, reason = _inferred(fitted, variant, inference)
    entry = Entry(outcome, variant, approach, found, reason, *facts, truth, path)
    if entry.term is None:
        return Entry(outcome, variant, approach, found, NO_OVERALL, *facts, np.nan, path)
    note = str(found.tidy()["note"].iloc[entry.term]) if found.inference else ""
    if not reason and note:
        return Entry(outcome, variant, approach, found, note, *facts, truth, path)
    return entry


def _inferred(fitted: Estimate, variant: DesignVariant, inference: InferenceChoice) -> tuple[Estimate, str]:
    """The estimate with errors by the study's method, or without, and why."""
    if fitted.inference is not None:  # a series has errors of its own
        return at_level(fitted, inference.level), ""
    chosen = inference.of(fitted.estimator)
    options = {**chosen.options, "level": chosen.level}
    if "cluster" in INFERENCES[chosen.method].options:
        options["cluster"] = variant.clusters[0]
    try:
        return infer(fitted, chosen.method, **options), ""
    except DesignError as error:
        return fitted, f"no error: {in_words(error)}"


def in_words(error: DesignError) -> str:
    """What keeps an approach from applying, in one line."""
    told = []
    for p in error.problems:
        named = "" if p.what.startswith(p.where.split()[-1]) else f"{p.where} "
        told.append(f"{named}{p.what}" + (f" ({', '.join(p.evidence)})" if p.evidence else ""))
    return "; ".join(dict.fromkeys(told))


def _row(entry: Entry) -> dict[str, object]:
    value, low, high = entry.effect
    inferred = entry.estimate is not None and entry.estimate.inference is not None and entry.term is not None
    facts = entry.approach.facts
    return {
        "outcome": entry.outcome.name,
        "unit": entry.outcome.unit,
        "design": entry.variant.name,
        "estimator": entry.approach.name,
        "effect": value,
        "conf_low": low,
        "conf_high": high,
        "p_value": float(entry.estimate.pvalues.iloc[entry.term]) if inferred else np.nan,
        "per_cent": entry.per_cent(value),
        "truth": entry.truth,
        "n_treated": entry.n_treated,
        "n_compared": entry.n_compared,
        "inference": entry.estimate.inference.label if inferred else "",
        "estimand": facts.estimand[0],
        "compared_with": facts.comparison[0],
        "weights": facts.weights[0],
        "identified_if": facts.identified[0],
        "reason": entry.reason,
    }
