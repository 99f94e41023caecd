"""One composition under one design: every route to the effect on its parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dipeval.design import PanelDesign
from dipeval.errors import DipevalError
from dipeval.estimate.composition.amounts import REST, Composition
from dipeval.estimate.composition.effects import (
    Observed,
    counterfactual_of_log_ratios,
    counterfactual_of_shares,
    effects_on,
    level_effects,
    log_ratio_effects,
    observed,
    share_effects,
)
from dipeval.estimate.composition.fractional import fractional_effects
from dipeval.estimate.composition.joint import Joint
from dipeval.estimate.composition.log_ratios import Balances, among, basis_of, pivot_balances
from dipeval.estimate.composition.zeros import FRACTION, LEAVE_OUT, REPLACE, ZeroRule, zero_counts

NONE = "none"
LEAST = 5e-5
"""A smaller share of the total that is not itemised is rounding."""
OTHER_FRACTIONS = (FRACTION, FRACTION / 2, 1.0)
"""Of the smallest positive share, beside the declared one."""


@dataclass(frozen=True)
class Routes:
    """How the composition is estimated.

    Attributes
    ----------
    estimator : str
    options : mapping
    zeros : ZeroRule
    balances : Balances
        Empty: pivot balances.
    fractional : {"hospital", "cohort", "none"}
        Whose effects fractional multinomial logit has.
    """

    estimator: str
    options: Mapping[str, object]
    zeros: ZeroRule
    balances: Balances
    fractional: str


@dataclass(frozen=True)
class ByRule:
    """Effects on centred log-ratios by one rule for zeros; None where it leaves too little, with the reason."""

    rule: ZeroRule
    effects: Joint | None
    why_not: str = ""


@dataclass(frozen=True)
class CompositionEffects:
    """All effects on a composition of D parts.

    Attributes
    ----------
    found : Composition
    seen : Observed
    shares, levels, log_ratios : Joint
        Effects on shares, on amounts per case (their sum last), on centred log-ratios.
    balances : Joint
        Effects on isometric log-ratios, D − 1 of them.
    sides : Balances
        What each balance holds against what.
    fractional : Joint or None
        By fractional multinomial logit.
    fractional_of : str
        Whose effects it has.
    why_not : str
        Why it is not there.
    zeros : numpy.ndarray, shape (D,)
        Rows in which each part is zero.
    anticipation : int
        Of the design: periods before the reform that are no leads.
    left_out : Joint or None
        Effect on the share of the total that the parts leave out, where they leave out some.
    by_rule : tuple of ByRule
        Effects on log-ratios by each rule for zeros, the declared one first; alone where nothing is zero.
    """

    found: Composition
    seen: Observed
    shares: Joint
    levels: Joint
    log_ratios: Joint
    balances: Joint
    sides: Balances
    fractional: Joint | None
    fractional_of: str
    why_not: str
    zeros: np.ndarray
    anticipation: int
    left_out: Joint | None
    by_rule: tuple[ByRule, ...]

    @property
    def counterfactuals(self) -> dict[str, Joint]:
        """The composition without the reform by each route: ``shares``, ``log_ratios``, ``fractional``."""
        made = {
            "shares": counterfactual_of_shares(self.shares, self.seen.after),
            "log_ratios": counterfactual_of_log_ratios(self.log_ratios, self.seen.after),
        }
        if self.fractional is not None:
            made["fractional"] = counterfactual_of_shares(self.fractional, self.seen.after)
        return made


def composition_effects(
    design: PanelDesign, found: Composition, cases: np.ndarray, routes: Routes, minor_per_unit: int = 100
) -> CompositionEffects:
    """Estimate a composition by shares, levels, log-ratios and fractional multinomial logit.

    Parameters
    ----------
    design : PanelDesign
    found : Composition
    cases : numpy.ndarray, shape (n,)
        Discharges of the rows.
    routes : Routes
    minor_per_unit : int

    Raises
    ------
    DipevalError
        As the estimator does; of the fractional logit and of other rules for zeros it is kept as a sentence.

    Notes
    -----
    Three estimates a part, three more a part for other rules where there are zeros, and one Newton fit.
    """
    inside = np.zeros(design.n_rows_in, bool)
    inside[design.rows] = True
    found = found.only(inside)
    how = (routes.estimator, routes.options)
    shares = share_effects(design, found, *how)
    levels = level_effects(design, found, cases, *how, minor_per_unit)
    log_ratios = log_ratio_effects(design, found, routes.zeros, *how)
    sides = among(routes.balances, found.parts) or pivot_balances(found.parts)
    balances = log_ratios.mapped(basis_of(sides, found.parts), tuple(sides))
    fractional, why_not = None, ""
    if routes.fractional != NONE:
        try:
            fractional = fractional_effects(design, found, effects=routes.fractional)
        except DipevalError as error:
            why_not = "; ".join(problem.what for problem in error.problems)
    zeros = zero_counts(found.shares)
    first = ByRule(routes.zeros, log_ratios)
    others = _other_rules(routes.zeros) if zeros.any() else []
    by_rule = (first, *(_by_rule(design, found, rule, *how) for rule in others))
    seen = observed(design, found)
    left_out = None
    if found.not_itemised > LEAST and REST not in found.parts:
        left_out = effects_on(design, found.left_out[:, None], (REST,), REST, *how)
    return CompositionEffects(
        found=found,
        seen=seen,
        shares=shares,
        levels=levels,
        log_ratios=log_ratios,
        balances=balances,
        sides=sides,
        fractional=fractional,
        fractional_of=routes.fractional,
        why_not=why_not,
        zeros=zeros,
        anticipation=design.anticipation,
        left_out=left_out,
        by_rule=by_rule,
    )


def _other_rules(declared: ZeroRule) -> Sequence[ZeroRule]:
    """Every other rule that a reader may think of."""
    rules = [*(ZeroRule(REPLACE, fraction) for fraction in OTHER_FRACTIONS), ZeroRule(LEAVE_OUT)]
    if declared.rule == LEAVE_OUT:
        return rules[:-1]
    return [rule for rule in rules if rule != declared]


def _by_rule(
    design: PanelDesign, found: Composition, rule: ZeroRule, estimator: str, options: Mapping[str, object]
) -> ByRule:
    try:
        return ByRule(rule, log_ratio_effects(design, found, rule, estimator, options))
    except DipevalError as error:
        return ByRule(rule, None, "; ".join(problem.what for problem in error.problems))
