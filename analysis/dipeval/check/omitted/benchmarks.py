"""Confounders as strong as covariates that are known: what each would do to the effect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dipeval.check.finding import Words
from dipeval.check.omitted.confounding import Strength, strength_of
from dipeval.check.omitted.controls import Control
from dipeval.check.omitted.partialled import (
    LEAST_OUTCOME,
    LEAST_TREATMENT,
    OUTCOME,
    TREATMENT,
    Partialled,
    above_chance,
    partial_r_squared,
)
from dipeval.check.omitted.regression import Regression
from dipeval.describe.event_study import lowered
from dipeval.errors import DataError, Problem, nearest

TOGETHER = " + "
ALL: Words = ("all covariates together", "全部协变量合计")


@dataclass(frozen=True)
class Benchmark:
    """One covariate or several, and how much they explain.

    Attributes
    ----------
    key : str
        As the study file has it.
    label : (str, str)
    outcome, treatment : float
        Partial R squared with the outcome, given treatment and the other covariates; with the treatment, given the other
        covariates.
    telling : bool
        Whether they explain enough of both, above chance, to say what is strong.
    """

    key: str
    label: Words
    outcome: float
    treatment: float
    telling: bool


@dataclass(frozen=True)
class Confounder:
    """Some multiple as strong as a benchmark.

    Attributes
    ----------
    benchmark : Benchmark
    times : float
    strength : Strength
        NaN where no confounder can be so strong.
    value, error : float
        The effect that it leaves, and its error by cluster.
    """

    benchmark: Benchmark
    times: float
    strength: Strength
    value: float
    error: float

    @property
    def label(self) -> Words:
        """Like ``2 × Mean age``."""
        return f"{self.times:g} × {self.benchmark.label[0]}", f"{self.times:g} × {self.benchmark.label[1]}"

    @property
    def described(self) -> Words:
        """Like ``2 times as strong as mean age``."""
        english, chinese = self.benchmark.label
        if self.times == 1:
            return f"as strong as {lowered(english)}", f"与{chinese}同等强度"
        return f"{self.times:g} times as strong as {lowered(english)}", f"强度为{chinese}{self.times:g}倍"


def benchmarks_of(regression: Regression, names: Sequence[str]) -> tuple[Benchmark, ...]:
    """How much covariates explain.

    Parameters
    ----------
    regression : Regression
    names : sequence of str
        Covariates, or several joined by ``" + "``; empty: each by itself.

    Raises
    ------
    DataError
        Names that are none of the regression's covariates.
    """
    known = {control.name: control for control in regression.controls}
    asked = [tuple(part.strip() for part in name.split("+")) for name in names]
    if not asked:
        asked = [(name,) for name in known]
    problems = [
        Problem("benchmarks", f"'{part}' is none of the covariates", nearest(part, known))
        for group in asked
        for part in group
        if part not in known
    ]
    if problems:
        raise DataError("check", problems)
    return tuple(_benchmark(regression.partialled, [known[part] for part in group], known) for group in asked)


def _benchmark(partialled: Partialled, group: Sequence[Control], known: Mapping[str, Control]) -> Benchmark:
    places = [partialled.place(column) for control in group for column in control.columns]
    rest = [k for k in partialled.places if k not in places]
    together = len(group) > 1 and len(group) == len(known)
    label = ALL if together else tuple(TOGETHER.join(one.label[k] for one in group) for k in (0, 1))
    outcome = partial_r_squared(partialled.products, OUTCOME, places, [TREATMENT, *rest])
    treatment = partial_r_squared(partialled.products, TREATMENT, places, rest)
    key = TOGETHER.join(one.name for one in group)
    return Benchmark(
        key,
        (label[0], label[1]),
        outcome,
        treatment,
        says_enough(partialled, outcome, treatment, len(places)),
    )


def says_enough(partialled: Partialled, outcome: float, treatment: float, columns: int) -> bool:
    """Whether covariates explain 1 % of the outcome and 0.1 % of the treatment above what noise would."""
    degrees = partialled.degrees
    return (
        above_chance(outcome, columns, degrees) >= LEAST_OUTCOME
        and above_chance(treatment, columns, degrees) >= LEAST_TREATMENT
    )


def confounder_of(regression: Regression, benchmark: Benchmark, times: float) -> Confounder:
    """What a confounder does that is `times` as strong as a benchmark, the bias taken to weaken the effect."""
    strength = strength_of(benchmark.outcome, benchmark.treatment, times)
    if not np.isfinite(strength.treatment):
        return Confounder(benchmark, times, strength, np.nan, np.nan)
    moves = np.sqrt(strength.outcome * strength.treatment / (1 - strength.treatment))
    return Confounder(benchmark, times, strength, *regression.bound.adjusted(float(moves)))
