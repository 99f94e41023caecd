"""Two treatments compared on several outcomes: unadjusted, matched, weighted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from dipeval.describe.regressions.model_cells import ModelCells
from dipeval.describe.two_groups.balance import Balance, balance, effective_sizes
from dipeval.describe.two_groups.effects import Effect
from dipeval.describe.two_groups.matching import matched_effect, matching_weights, nearest
from dipeval.describe.two_groups.propensity import (
    PropensityScore,
    TreatmentCells,
    propensity_score,
    treatment_cells,
    trimmed,
)
from dipeval.describe.two_groups.weighting import CRUDE, weighted_effect, weights_of
from dipeval.errors import DataError, Problem

MATCHING = "matching"
METHODS = (MATCHING, "overlap", "ate", "att")


@dataclass(frozen=True)
class Plan:
    """What a study declares.

    Attributes
    ----------
    methods : tuple of str
        Of `METHODS`; the first is drawn where there is room for one.
    matching : {"att", "ate"}
        Whom matches are sought for.
    caliper : float
        In standard deviations of the logit of the score.
    trim : float
        Scores below it, or above 1 less it, are left out; 0 for none.
    errors : {"robust", "hospital"}
        Of weighted effects; matched cases are taken as independent.
    level : float
    """

    methods: tuple[str, ...]
    matching: str
    caliper: float
    trim: float
    errors: str
    level: float


@dataclass(frozen=True)
class TreatmentComparison:
    """Cells, scores and effects.

    Attributes
    ----------
    plan : Plan
    whole, compared : TreatmentCells
        All cases, and those left by trimming.
    first, score : PropensityScore
        Of all cases, and of those compared.
    """

    plan: Plan
    whole: TreatmentCells
    compared: TreatmentCells
    first: PropensityScore
    score: PropensityScore

    @cached_property
    def weights(self) -> dict[str, np.ndarray]:
        """Weight of a case of each cell that is compared, by method."""
        made = {}
        for method in self.plan.methods:
            if method == MATCHING:
                matches = nearest(self.compared, self.score, self.plan.caliper)
                made[method] = matching_weights(matches, self.compared, self.plan.matching)
            else:
                made[method] = weights_of(self.compared, self.score, method).weight
        return made

    @cached_property
    def balances(self) -> dict[str, list[Balance]]:
        """Balance of all cases as they are (``crude``), and of those compared by method."""
        ones = np.ones(len(self.whole.treated))
        made = {CRUDE: balance(self.whole, self.first, ones)}
        return made | {m: balance(self.compared, self.score, w) for m, w in self.weights.items()}

    def sizes(self, method: str) -> tuple[float, float]:
        """Cases that weigh as much, control and treated."""
        return effective_sizes(self.compared, self.weights[method])

    def effect(self, method: str, outcome: str) -> Effect:
        """The effect on an outcome by one method; ``crude`` is of all cases. Without errors where all have one value."""
        made = self._effect(method, outcome)
        if self.whole.cells.outcomes[outcome].is_constant:
            return replace(made, variance=np.nan, log_variance=np.nan)
        return made

    def _effect(self, method: str, outcome: str) -> Effect:
        plan = self.plan
        if method == CRUDE:
            return weighted_effect(self.whole, self.first, CRUDE, outcome, plan.errors)
        if method == MATCHING:
            return matched_effect(self.compared, self.score, plan.matching, outcome, plan.caliper)
        return weighted_effect(self.compared, self.score, method, outcome, plan.errors)


def treatment_comparison(cells: ModelCells, treatment: str, plan: Plan) -> TreatmentComparison:
    """Fit the score, trim, and fit it again on what is left (Crump et al. 2009).

    Parameters
    ----------
    cells : ModelCells
        By treatment and covariates.
    treatment : str
        The covariate whose second level is treated.
    plan : Plan

    Raises
    ------
    DataError
        As `propensity.propensity_score`; or trimming leaves nothing of a group.
    """
    whole = treatment_cells(cells, treatment)
    first = propensity_score(whole)
    if not plan.trim:
        return TreatmentComparison(plan, whole, whole, first, first)
    left = trimmed(whole, first, plan.trim)
    if not (left.size(True) and left.size(False)):
        what = f"between {plan.trim:g} and {1 - plan.trim:g} are not found in both groups"
        raise DataError("compare treatments", [Problem("scores", what, "trim less, or choose other groups")])
    covariates = _varying(left)
    return TreatmentComparison(plan, whole, covariates, first, propensity_score(covariates))


def _varying(given: TreatmentCells) -> TreatmentCells:
    """Without covariates of which one value is left."""
    cells = given.cells
    names: Sequence[str] = list(cells.levels)
    stays = [j for j in range(len(names)) if len(np.unique(cells.codes[:, j])) > 1]
    levels = {names[j]: cells.levels[names[j]] for j in stays}
    plain = ModelCells(
        levels, cells.codes[:, stays], cells.hospital, cells.n_hospitals, cells.cases, cells.outcomes
    )
    return TreatmentCells(plain, given.treated)
