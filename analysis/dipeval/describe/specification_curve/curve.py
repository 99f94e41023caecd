"""Every specification estimated: its effect and error, or why there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from dipeval.describe.side_by_side.approaches import Approach, approaches
from dipeval.describe.side_by_side.comparing import LOG_UNIT, in_words
from dipeval.describe.side_by_side.variant import DesignVariant, variant_design, variant_rows
from dipeval.describe.specification_curve.choices import MOST, Choices, Specification, specifications
from dipeval.design import PanelDesign
from dipeval.errors import DesignError, Problem
from dipeval.estimate import ESTIMATORS, estimate
from dipeval.infer.cluster import cluster_inference
from dipeval.panel.outcomes import outcome_values
from dipeval.results import Estimate
from dipeval.vocabulary import Outcome, outcomes

BASE = DesignVariant("study")
HUNDRED = 100.0
NO_OVERALL = "the estimator gives no overall effect"


@dataclass(frozen=True)
class Specified:
    """One specification, estimated.

    Attributes
    ----------
    specification : Specification
    rows : pandas.DataFrame or None
        Its hospital-periods; None where it has no design.
    values : numpy.ndarray or None
        The outcome by row of `rows`; NaN where it is missing or trimmed.
    estimate : Estimate or None
        With clustered errors (CR1).
    effect, std_error, low, high, p_value : float
        On the scale of the curve; NaN where undefined.
    factor : float
        What the estimate is multiplied with for that scale.
    reason : str
        Why there is no effect or no error.
    """

    specification: Specification
    rows: pd.DataFrame | None = None
    values: np.ndarray | None = None
    estimate: Estimate | None = None
    effect: float = np.nan
    std_error: float = np.nan
    low: float = np.nan
    high: float = np.nan
    p_value: float = np.nan
    factor: float = 1.0
    reason: str = ""

    @property
    def approach(self) -> Approach:
        """How it is estimated."""
        return approaches()[str(self.specification.value("estimator"))]

    @property
    def place(self) -> int:
        """Row of the effect in the estimate's terms."""
        return headline_of(self.estimate, self.approach)


@dataclass(frozen=True)
class SpecificationCurve:
    """All specifications of a set of choices.

    Attributes
    ----------
    choices : Choices
    base : DesignVariant
    every : tuple of Specified
        In the order of their numbers.
    unit : str
        Of effects: that of the outcomes, or ``per cent`` where they have several.
    level : float
    """

    choices: Choices
    base: DesignVariant
    every: tuple[Specified, ...]
    unit: str
    level: float

    @property
    def estimated(self) -> tuple[Specified, ...]:
        """Those with an effect and an error."""
        return tuple(s for s in self.every if np.isfinite(s.effect) and np.isfinite(s.std_error))

    def frame(self) -> pd.DataFrame:
        """One row a specification: its options, effect, error, interval, p-value and reason."""
        rows = []
        for s in self.every:
            keys = {name: option.key for name, option in s.specification.chosen.items()}
            numbers = {"effect": s.effect, "std_error": s.std_error, "conf_low": s.low, "conf_high": s.high}
            rows.append(
                {
                    "number": s.specification.number,
                    **keys,
                    **numbers,
                    "p_value": s.p_value,
                    "reason": s.reason,
                }
            )
        return pd.DataFrame(rows)


def specification_curve(
    panel: pd.DataFrame,
    choices: Choices,
    *,
    listed: Sequence[Mapping[str, str]] = (),
    base: DesignVariant = BASE,
    level: float = 0.95,
    most: int = MOST,
) -> SpecificationCurve:
    """Estimate one effect under every combination of declared choices.

    Parameters
    ----------
    panel : pandas.DataFrame
        As `dipeval.describe.side_by_side.compare` takes it, with the controls among its columns.
    choices : Choices
    listed : sequence of mapping of str to str
        Only these, as `specifications` takes them.
    base : DesignVariant
        What is no choice: event window and the column that cities are named by.
    level : float
        Of the intervals, and of what counts as significant: p < 1 - level.
    most : int
        More specifications are refused.

    Returns
    -------
    SpecificationCurve
        Errors are clustered (CR1) by the specification's own choice. Where outcomes have one unit, effects are in it;
        else in per cent: 100 b for logs, 100 b over the outcome's mean for levels.

    Raises
    ------
    DesignError
        Choices that name unknown outcomes, estimators, columns, cities or periods outside the panel; too many; none
        that can be estimated.

    Notes
    -----
    One estimate a specification. Simonsohn, Simmons and Nelson (2020), *Nature Human Behaviour* 4, step 2.
    """
    asked = specifications(choices, listed, most=most)
    _check_against(panel, asked, base)
    units = {outcomes()[name].unit for name in choices.outcomes}
    unit = units.pop() if len(units) == 1 else "per cent"
    every = tuple(_specified(panel, s, base, level, unit == "per cent") for s in asked)
    if not any(np.isfinite(s.effect) for s in every):
        reasons = tuple(sorted({s.reason for s in every})[:5])
        problem = Problem("specifications", "none can be estimated", "see the reasons", reasons, len(every))
        raise DesignError("specification curve", [problem])
    return SpecificationCurve(choices, base, every, unit, level)


def overall_only(approach: Approach) -> Callable[[PanelDesign, np.ndarray, str], Estimate]:
    """The approach without the terms beside its effect, where it can leave them out."""
    spec = ESTIMATORS.get(approach.name)
    if spec is None or "aggregate" not in spec.options:
        return approach.fit

    def fit(design: PanelDesign, values: np.ndarray, outcome: str) -> Estimate:
        return estimate(design, values, estimator=approach.name, outcome=outcome, aggregate=("overall",))

    return fit


def headline_of(found: Estimate, approach: Approach) -> int:
    """Row of the effect in the terms.

    Raises
    ------
    DesignError
        The approach has no overall effect.
    """
    terms = found.terms
    named = terms["term"] == approach.headline if approach.headline else terms["kind"] == "overall"
    places = np.flatnonzero(named)
    if not len(places):
        raise DesignError("estimate", [Problem(approach.name, NO_OVERALL, "choose another estimator")])
    return int(places[0])


def _check_against(panel: pd.DataFrame, asked: Sequence[Specification], base: DesignVariant) -> None:
    """What no specification can mend: unknown columns and cities, windows outside the panel, each said once."""
    problems: dict[str, Problem] = {}
    for variant in {s.variant(base).reads: s.variant(base) for s in asked}.values():
        try:
            variant_rows(panel, replace(variant, name="of the curve"))
        except DesignError as error:
            problems |= {f"{p.where} {p.what}": p for p in error.problems}
    if "discharges" not in panel.columns and any(s.value("least_cases") for s in asked):
        todo = "leave the choice out, or add the column"
        problems["least_cases"] = Problem("least_cases", "needs the column 'discharges'", todo)
    if problems:
        raise DesignError("specification curve", list(problems.values()))


def _specified(
    panel: pd.DataFrame, specification: Specification, base: DesignVariant, level: float, relative: bool
) -> Specified:
    outcome = outcomes()[str(specification.value("outcome"))]
    variant = specification.variant(base)
    rows = variant_rows(panel, variant)
    if specification.value("least_cases"):
        rows = rows[rows["discharges"] >= specification.value("least_cases")].reset_index(drop=True)
    values = trimmed(outcome_values(rows, outcome)[0], float(specification.value("trim")))
    approach = approaches()[str(specification.value("estimator"))]
    try:
        found = overall_only(approach)(variant_design(rows, variant), values, outcome.name)
        k = headline_of(found, approach)
        found = cluster_inference(found, cluster=variant.clusters[0], level=level)
    except DesignError as error:
        return Specified(specification, reason=in_words(error))
    factor = _factor(outcome, found) if relative else 1.0
    numbers = [found.inference.std_error[k], found.inference.conf_low[k], found.inference.conf_high[k]]
    return Specified(
        specification,
        rows,
        values,
        found,
        factor * float(found.params.iloc[k]),
        *(factor * float(x) for x in numbers),
        p_value=float(found.inference.p_value[k]),
        factor=factor,
        reason="" if np.isfinite(numbers[0]) else str(found.tidy()["note"].iloc[k]),
    )


def trimmed(values: np.ndarray, share: float) -> np.ndarray:
    """Values (n,) with those below the `share` and above the ``1 - share`` quantile missing.

    Quantiles are of all hospital-periods of the specification, reformed or not, so they do not depend on who was
    reformed when.
    """
    known = values[np.isfinite(values)]
    if share == 0 or not len(known):
        return values
    low, high = np.quantile(known, [share, 1 - share])
    return np.where((values < low) | (values > high), np.nan, values)


def _factor(outcome: Outcome, found: Estimate) -> float:
    """From the unit of an outcome to per cent."""
    if outcome.unit == LOG_UNIT:
        return HUNDRED
    return HUNDRED / found.outcome_mean if found.outcome_mean > 0 else np.nan
