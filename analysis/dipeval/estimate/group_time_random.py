"""Group-time averages where the timing of the reform is as good as random.

Roth & Sant'Anna (2023), *Journal of Political Economy Microeconomics* 1(4): an average of effects is
θ₀ − β X, with θ₀ the difference of outcome levels and X the same difference before the reform. Parallel
trends take β = 1; random timing allows every β, and β = Cov(θ₀, X) / Var(X) has the smallest variance.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dipeval.errors import Problem
from dipeval.estimate.group_time_averages import is_defined
from dipeval.estimate.group_time_cells import Cells
from dipeval.estimate.group_time_result import GroupTime
from dipeval.estimate.option_words import refuse
from dipeval.estimate.sample import Sample


@dataclass(frozen=True)
class RandomTiming:
    """Group-time effects of a complete panel without covariates and weights, to be averaged efficiently.

    Attributes
    ----------
    effects : GroupTime
        Under parallel trends; which effects are identified is the same.
    """

    effects: GroupTime

    @property
    def sample(self) -> Sample:
        """The rows behind the effects."""
        return self.effects.sample

    @property
    def cohorts(self) -> np.ndarray:
        """Time codes of the treated cohorts (C,)."""
        return self.effects.cohorts

    @property
    def periods(self) -> np.ndarray:
        """Time codes of the columns (T,)."""
        return self.effects.periods

    @property
    def cells(self) -> Cells:
        """The comparisons."""
        return self.effects.cells

    @property
    def att(self) -> np.ndarray:
        """Effects under parallel trends (K,); NaN where not identified."""
        return self.effects.att

    @property
    def notes(self) -> tuple[str, ...]:
        """Why a cell is not identified."""
        return self.effects.notes

    @property
    def shares(self) -> np.ndarray:
        """Share of each cohort (C,), which counts as given."""
        return self.effects.shares

    @cached_property
    def _size(self) -> np.ndarray:
        """Hospitals of each cohort (C + 1,)."""
        return np.bincount(self.effects.panel.position, minlength=len(self.cohorts) + 1)

    @cached_property
    def _moments(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean (C + 1, T) and covariance (C + 1, T, T) of the outcomes by cohort."""
        n_periods = len(self.periods)
        mean = np.zeros((len(self._size), n_periods))
        spread = np.zeros((len(self._size), n_periods, n_periods))
        for c in np.flatnonzero(self._size):
            outcomes = self._outcomes(c)
            mean[c] = outcomes.mean(0)
            left = outcomes - mean[c]
            spread[c] = left.T @ left / (len(left) - 1)
        return mean, spread

    def _outcomes(self, cohort: int) -> np.ndarray:
        places = np.flatnonzero(self.effects.panel.position == cohort)
        return self.effects.panel.outcome(places, np.arange(len(self.periods)))

    def _levels(self, weights: np.ndarray, column: np.ndarray) -> np.ndarray:
        """Averages (K, A) of differences in one period of each cell, as weights of means (A, C + 1, T)."""
        cells, size = self.cells, self._size
        made = np.zeros((weights.shape[1], len(size), len(self.periods)))
        for k in np.flatnonzero((weights != 0).any(1) & ~cells.is_reference):
            others = (np.arange(len(size)) >= cells.cut[k]) & (np.arange(len(size)) != cells.cohort[k])
            if not size[others].any():
                continue
            made[:, cells.cohort[k], column[k]] += weights[k]
            made[:, others, column[k]] -= np.outer(weights[k], size[others] / size[others].sum())
        return made

    def _adjusted(self, weights: np.ndarray) -> np.ndarray:
        """Weights of the means (A, C + 1, T) in θ₀ − β X."""
        late, early = self._levels(weights, self.cells.time), self._levels(weights, self.cells.base)
        held = self._size > 0
        spread = self._moments[1][held] / self._size[held, None, None]
        of_early = np.einsum("act,ctu->acu", early[:, held], spread)
        variance = (of_early * early[:, held]).sum((1, 2))
        covariance = (of_early * late[:, held]).sum((1, 2))
        beta = np.divide(covariance, variance, out=np.zeros_like(variance), where=variance > 0)
        return late - beta[:, None, None] * early

    def values_on(self, weights: np.ndarray) -> np.ndarray:
        """Averages (A,) with weights (K, A) of the cells; NaN without a cell."""
        values = np.einsum("act,ct->a", self._adjusted(weights), self._moments[0])
        return np.where(is_defined(self.att, weights), values, np.nan)

    def influence_on(self, weights: np.ndarray, slopes: np.ndarray) -> dict[str, np.ndarray]:
        """Influence (G, A), whose cross-product by hospital is Neyman's variance; `slopes` do not enter."""
        codes, facts = self.sample.unit_clusters()
        panel, adjusted = self.effects.panel, self._adjusted(weights)
        found = {name: np.zeros((fact.n, weights.shape[1])) for name, fact in facts.items()}
        for c in np.flatnonzero(self._size):
            n = self._size[c]
            left = self._outcomes(c) - self._moments[0][c]
            influence = left @ adjusted[:, c].T / np.sqrt(n * (n - 1.0))
            hospitals = panel.order[panel.position == c]
            for name, total in found.items():
                code = codes[name][hospitals]
                for a in range(weights.shape[1]):
                    total[:, a] += np.bincount(code, influence[:, a], len(total))
        return found


def check_random_timing(sample: Sample, gaps: str) -> None:
    """What random timing asks for, before anything is estimated.

    Raises
    ------
    DesignError
        Covariates, weights or cross-sections are asked for.
    """
    where, problems = "option timing", []
    if sample.covariate_names:
        todo = "write covariates = []: outcomes before the reform adjust for all that is fixed"
        problems.append(Problem(where, "'random' takes no covariates", todo))
    if sample.weights is not None:
        problems.append(Problem(where, "'random' takes no weights", "build the design without weights"))
    if sample.design.sampling != "panel" or gaps == "cross_sections":
        todo = "leave out gaps = cross_sections, or write timing = parallel_trends"
        problems.append(Problem(where, "'random' needs hospitals that are followed", todo))
    refuse(problems)


def random_timing(effects: object) -> RandomTiming:
    """Effects of a complete panel as under random timing.

    Raises
    ------
    DesignError
        Hospitals lack periods, or a cohort is a single hospital.
    """
    if not isinstance(effects, GroupTime):
        todo = "write gaps = leave_out"
        refuse([Problem("option timing", "'random' needs hospitals that are there in every period", todo)])
    size = np.bincount(effects.panel.position, minlength=len(effects.cohorts) + 1)
    labels = [*(effects.sample.design.cohort_label(c) for c in effects.cohorts), "never"]
    alone = [label for label, n in zip(labels, size, strict=True) if n == 1]
    if alone:
        todo = "leave it out, or write timing = parallel_trends"
        what = "'random' needs two hospitals in each cohort"
        refuse([Problem("option timing", what, todo, tuple(alone[:5]), len(alone))])
    return RandomTiming(effects)
