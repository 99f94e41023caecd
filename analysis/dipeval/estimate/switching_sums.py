"""Sums over changes of treatment: numerators and denominators of all effects, by hospital.

With b the period before a change and l the periods since, a hospital that changes counts
``s [Y_{b+l} − Y_b − mean over the compared (Y_{b+l} − Y_b)]``, s being 1 where treatment starts and -1 where
it ends. Every effect is a sum of these over a sum of weights (or of doses of treatment), so its influence by
hospital is that hospital's part of both sums.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dipeval.estimate.sample import Sample
from dipeval.estimate.switching_paths import Change, Paths

SAMPLING, COHORT = "sampling", "cohort"
ERRORS = (SAMPLING, COHORT)


@dataclass(frozen=True)
class Tables:
    """Outcomes by hospital and period (M, T), NaN where not seen, with their weights and cases (0 there)."""

    outcome: np.ndarray
    weights: np.ndarray
    cases: np.ndarray


@dataclass
class Sums:
    """Of the changes of one sign, by hospital and step (M, L); a step is a period since or before the change.

    Attributes
    ----------
    effect : numpy.ndarray
        Weighted effects of those that change, less the residuals of the compared that carry them.
    centred : numpy.ndarray
        The same around the mean of each cohort instead of the mean effect.
    weight, dose, total_dose : numpy.ndarray
        Weight of those that change, times the change of their treatment, and times its sum since the change.
    cases : numpy.ndarray
    lost : numpy.ndarray, shape (L,), int
        Hospitals that changed and have nobody to compare with.
    """

    effect: np.ndarray
    centred: np.ndarray
    weight: np.ndarray
    dose: np.ndarray
    total_dose: np.ndarray
    cases: np.ndarray
    lost: np.ndarray


@dataclass(frozen=True)
class ChangeSums:
    """All of one change of M hospitals: sums over its steps (M,), of the effects alone."""

    change: Change
    effect: np.ndarray
    centred: np.ndarray
    dose: np.ndarray
    used: np.ndarray
    cases: np.ndarray
    lost: int


@dataclass(frozen=True)
class Switching:
    """Effects and placebos by sign, and effects by change."""

    effects: dict[int, Sums]
    placebos: dict[int, Sums]
    by_change: list[ChangeSums]


def tables_of(sample: Sample, outcome: np.ndarray) -> Tables:
    """Arrange a column (n,) by hospital and period; rows of cross-sections are averaged by weight. O(n)."""
    layout, n_periods = sample.layout, sample.design.n_periods
    shape = (layout.n_units, n_periods)
    weights = np.ones(sample.n_obs) if sample.weights is None else sample.weights
    cases = np.ones(sample.n_obs) if sample.cases is None else sample.cases
    at = layout.unit * n_periods + layout.time
    summed = [np.bincount(at, c, minlength=shape[0] * n_periods) for c in (weights * outcome, weights, cases)]
    known = summed[1] > 0
    mean = np.divide(summed[0], summed[1], out=np.full(len(known), np.nan), where=known)
    return Tables(mean.reshape(shape), summed[1].reshape(shape), summed[2].reshape(shape))


def switching_sums(
    tables: dict[int, Tables],
    paths: Paths,
    changes: Sequence[Change],
    *,
    n_effects: int,
    n_placebos: int,
    same_switchers: bool,
    errors: str,
    each: bool,
    codes: np.ndarray | None = None,
) -> Switching:
    """Sum all changes.

    Parameters
    ----------
    tables : dict of int to Tables
        Outcomes by the sign of the change: adjustment for covariates differs between them.
    paths : Paths
    changes : sequence of Change
    n_effects, n_placebos : int
        Periods since and before the change.
    same_switchers : bool
        Whether only hospitals with an effect in all of the `n_effects` periods count.
    errors : {"sampling", "cohort"}
        What `Sums.centred` is made around; with ``sampling`` it stays empty.
    each : bool
        Whether effects by change are kept.
    codes : numpy.ndarray, shape (M,), int, optional
        Clusters whose number the published variance counts; None: hospitals.

    Returns
    -------
    Switching
        Cost O(M L) a change, O(M L) memory.
    """
    n = len(paths.on)
    signs = sorted({change.sign for change in changes})
    effects = {sign: _empty(n, n_effects) for sign in signs}
    placebos = {sign: _empty(n, n_placebos) for sign in signs}
    by_change = []
    for change in changes:
        cell = _Cell(tables[change.sign], paths, change, n_effects, same_switchers, errors, codes)
        one = cell.add_effects(effects[change.sign])
        if each:
            by_change.append(one)
        cell.add_placebos(placebos[change.sign], n_placebos)
    return Switching(effects, placebos, by_change)


def _empty(n: int, steps: int) -> Sums:
    return Sums(*(np.zeros((n, steps)) for _ in range(6)), np.zeros(steps, np.int64))


class _Cell:
    """The hospitals of one change, k of them, and its steps inside the calendar."""

    def __init__(
        self,
        tables: Tables,
        paths: Paths,
        change: Change,
        n_effects: int,
        same_switchers: bool,
        errors: str,
        codes: np.ndarray | None,
    ):
        self.change, self.tables, self.errors = change, tables, errors
        self.base = change.period - 1
        known = np.isfinite(tables.outcome[:, self.base])
        self.at = np.flatnonzero((change.members | change.pool) & known)
        self.codes = None if codes is None else np.unique(codes[self.at], return_inverse=True)[1]
        self.is_member = change.members[self.at][:, None]
        steps = min(n_effects, paths.n_periods - change.period)
        self.periods = change.period + np.arange(steps)
        self.level = tables.outcome[self.at, self.base][:, None]
        self.weights = tables.weights[self.at][:, self.periods]
        self.cases = tables.cases[self.at][:, self.periods]
        self.change_of = tables.outcome[self.at][:, self.periods] - self.level
        seen = np.isfinite(self.change_of)
        until, own = change.until[self.at][:, None], change.members_until[self.at][:, None]
        self.compared = seen & ~self.is_member & (until > self.periods)
        self.changed = seen & self.is_member & (own > self.periods)
        has_other = self.compared.any(0)
        self.lost = (self.changed & ~has_other).sum(0)
        self.changed &= has_other
        if same_switchers:
            whole = self.changed.sum(1) == n_effects
            self.changed &= whole[:, None]
        base_dose = paths.dose(np.array([self.base]), self.at)
        self.dose = np.abs(paths.dose(self.periods, self.at) - base_dose)

    def add_effects(self, sums: Sums) -> ChangeSums:
        at, steps = self.at, slice(0, len(self.periods))
        weight = np.where(self.changed, self.weights, 0.0)
        effect, centred = self._parts(self.change_of, self.changed, self.compared, self.weights)
        cases = np.where(self.changed, self.cases, 0.0)
        sums.lost[steps] += self.lost
        sums.effect[at, steps] += effect
        sums.centred[at, steps] += centred
        sums.weight[at, steps] += weight
        sums.dose[at, steps] += weight * self.dose
        sums.total_dose[at, steps] += weight * np.cumsum(self.dose, 1)
        sums.cases[at, steps] += cases
        n = len(self.tables.outcome)
        columns = (effect, centred, weight * self.dose, self.changed, cases)
        return ChangeSums(
            self.change, *(_of_all(column.sum(1), at, n) for column in columns), int(self.lost.sum())
        )

    def add_placebos(self, sums: Sums, n_placebos: int) -> None:
        """Placebo l compares as effect l does, in the period that lies l periods before the base."""
        n = min(n_placebos, len(self.periods), self.base)
        if n <= 0:
            return
        at, steps = self.at, slice(0, n)
        before = self.base - 1 - np.arange(n)
        change = self.tables.outcome[self.at][:, before] - self.level
        usable = np.isfinite(change) & (self.change.since[at][:, None] <= before)
        compared = self.compared[:, steps] & usable
        changed = self.changed[:, steps] & usable
        has_other = compared.any(0)
        sums.lost[steps] += (changed & ~has_other).sum(0)
        changed &= has_other
        weight = np.where(changed, self.weights[:, steps], 0.0)
        effect, centred = self._parts(change, changed, compared, self.weights[:, steps])
        sums.effect[at, steps] += effect
        sums.centred[at, steps] += centred
        sums.weight[at, steps] += weight
        sums.dose[at, steps] += weight * self.dose[:, steps]
        sums.total_dose[at, steps] += weight * np.cumsum(self.dose, 1)[:, steps]
        sums.cases[at, steps] += np.where(changed, self.tables.cases[self.at][:, before], 0.0)

    def _parts(
        self, change: np.ndarray, changed: np.ndarray, compared: np.ndarray, weights: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Each hospital's part of the numerator (k, L), around the comparison and around its own cohort."""
        change = np.where(changed | compared, change, 0.0)
        mine, theirs = np.where(changed, weights, 0.0), np.where(compared, weights, 0.0)
        level = _mean(change, theirs)
        carried = mine.sum(0) / np.where(compared.any(0), theirs.sum(0), 1.0)
        effect = self.change.sign * (mine - theirs * carried) * (change - level)
        if self.errors == SAMPLING:
            return effect, np.zeros_like(effect)
        own, both = _mean(change, mine), _mean(change, mine + theirs)
        n_own, n_other, n_both = (self._number(m) for m in (changed, compared, changed | compared))
        of_mine = _deviation(change, own, n_own, both, n_both)
        of_theirs = _deviation(change, level, n_other, both, n_both)
        return effect, self.change.sign * (mine * of_mine - theirs * carried * of_theirs)

    def _number(self, members: np.ndarray) -> np.ndarray:
        """Hospitals, or their clusters, among members (k, L) by step (L,)."""
        if self.codes is None:
            return members.sum(0)
        return (sum_by(members.astype(float), self.codes, int(self.codes.max(initial=-1)) + 1) > 0).sum(0)


def sum_by(values: np.ndarray, code: np.ndarray, n: int) -> np.ndarray:
    """Sums of rows (M, K) by group (n, K), in a fixed order."""
    found = np.zeros((n, values.shape[1]))
    if len(values):
        order = np.argsort(code, kind="stable")
        starts = np.flatnonzero(np.diff(code[order], prepend=-1))
        found[code[order[starts]]] = np.add.reduceat(values[order], starts)
    return found


def _mean(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted means by step (L,), 0 where nobody weighs."""
    total = weights.sum(0)
    return (values * weights).sum(0) / np.where(total > 0, total, 1.0)


def _deviation(
    values: np.ndarray, own: np.ndarray, n_own: np.ndarray, both: np.ndarray, n_both: np.ndarray
) -> np.ndarray:
    """Deviations as in the published variance: from the cohort's mean, times √(n/(n−1)) of n clusters.

    One that stands alone is measured from the mean of both sides (2024, web appendix).
    """
    alone = n_own == 1
    n = np.where(alone, n_both, n_own)
    factor = np.sqrt(n / np.where(n > 1, n - 1, 1.0))
    return factor * (values - np.where(alone, both, own))


def _of_all(values: np.ndarray, at: np.ndarray, n: int) -> np.ndarray:
    found = np.zeros(n)
    found[at] = values
    return found
