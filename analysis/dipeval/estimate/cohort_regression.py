"""Least squares with regressors that all cohorts share and regressors of one cohort each.

``y = R θ + Σ_g O_g δ_g + x β + hospital effects``: R (period effects, event times) and the own columns O_g
(cells of cohort g) are combinations of the basis of `CohortPanel`, x are dense columns with one slope. Own
columns of different cohorts never meet in a row, so each δ_g is eliminated by itself and a system of the size
of (θ, β) remains: a saturated model with hundreds of cells costs C small inversions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dipeval.estimate.cohort_panel import CohortPanel
from dipeval.estimate.cohort_sums import Columns, RegressionSums, regression_sums
from dipeval.estimate.least_squares import ABSORBED, NULL_SHARE, NULL_VALUE
from dipeval.estimate.unit_sums import subtract_scaled


@dataclass(frozen=True)
class OwnPart:
    """The own columns of one cohort, eliminated: r columns, c common ones.

    Attributes
    ----------
    columns : numpy.ndarray, shape (TQ, r)
    inverse : numpy.ndarray, shape (r, r)
        Generalised inverse of their Gram matrix.
    null : numpy.ndarray, shape (r, …)
        Directions of δ that the cohort's own data do not see.
    cross : numpy.ndarray, shape (r, c)
        Cross products with the common columns.
    solution : numpy.ndarray, shape (r,)
    """

    columns: np.ndarray
    inverse: np.ndarray
    null: np.ndarray
    cross: np.ndarray
    solution: np.ndarray


@dataclass(frozen=True)
class CohortFit:
    """A fitted regression; c counts the columns of R and the p dense ones.

    Attributes
    ----------
    panel : CohortPanel
    shared : numpy.ndarray, shape (C, TQ, c - p)
        R by cohort.
    own : tuple of OwnPart, length C
    inverse : numpy.ndarray, shape (c, c)
        Generalised inverse of the common columns' Gram matrix without the own columns.
    null : numpy.ndarray, shape (c, …)
    solution : numpy.ndarray, shape (c,)
        θ and β.
    rank : int
        Columns that the data distinguish, beside hospital effects.
    dense : numpy.ndarray, shape (n, p)
        Dense columns without hospital means.
    residuals : numpy.ndarray, shape (n,)
    """

    panel: CohortPanel
    shared: np.ndarray
    own: tuple[OwnPart, ...]
    inverse: np.ndarray
    null: np.ndarray
    solution: np.ndarray
    rank: int
    dense: np.ndarray
    residuals: np.ndarray

    @property
    def n_parameters(self) -> int:
        """K of the small-sample rule: hospital effects are nested in clusters and count as one constant.

        Each part of the panel that no hospital links has a constant of its own.
        """
        return self.rank + (self.panel.n_components if self.panel.absorbs else 0)

    def value(self, own: Sequence[np.ndarray], common: np.ndarray) -> np.ndarray:
        """Combinations ``Σ a_g' δ_g + a' θ`` for a_g (r_g, A) and a (c, A); shape (A,)."""
        total = self.solution @ common
        for part, weights in self._with_columns(own):
            total = total + part.solution @ weights
        return total

    def _with_columns(self, own: Sequence[np.ndarray]) -> Iterator[tuple[OwnPart, np.ndarray]]:
        """Own columns and what belongs to them, of the cohorts that have any."""
        return ((part, mine) for part, mine in zip(self.own, own, strict=True) if len(mine))

    def determined(self, own: Sequence[np.ndarray], common: np.ndarray) -> np.ndarray:
        """Whether every least-squares solution agrees on each combination, shape (A,), bool.

        A combination is determined when no direction that leaves all fitted values alone moves it
        (Searle 1971, section 5.4).
        """
        moved = common.T @ self.null
        size = (common**2).sum(0)
        blind = np.zeros(len(size))
        for part, weights in self._with_columns(own):
            blind += ((weights.T @ part.null) ** 2).sum(1)
            moved = moved - weights.T @ (part.inverse @ (part.cross @ self.null))
            size = size + (weights**2).sum(0)
        return blind + (moved**2).sum(1) <= NULL_SHARE**2 * np.maximum(size, np.finfo(float).tiny)

    def determined_in(self, cohort: int, weights: np.ndarray) -> np.ndarray:
        """`determined` for combinations (r_g, A) of the own columns of one cohort alone, shape (A,), bool."""
        part = self.own[cohort]
        blind = ((weights.T @ part.null) ** 2).sum(1)
        moved = weights.T @ (part.inverse @ (part.cross @ self.null))
        size = np.maximum((weights**2).sum(0), np.finfo(float).tiny)
        return blind + (moved**2).sum(1) <= NULL_SHARE**2 * size

    def multipliers(
        self, own: Sequence[np.ndarray], common: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Solve the normal equations for combinations.

        Parameters
        ----------
        own : sequence of numpy.ndarray, shape (r_g, A)
        common : numpy.ndarray, shape (c, A)

        Returns
        -------
        basis : numpy.ndarray, shape (C, TQ, A)
            Multiplier of each basis column's score: the influence of a row is
            ``w e (basis column' multiplier)``.
        dense : numpy.ndarray, shape (p, A)
            The same for dense columns.
        variance : numpy.ndarray, shape (A,)
            Variance of each combination under errors of variance one.
        """
        right = common.astype(float)
        for part, weights in self._with_columns(own):
            right = right - part.cross.T @ (part.inverse @ weights)
        shared = self.inverse @ right
        variance = (common * shared).sum(0)
        n_shared = self.shared.shape[2]
        basis = np.stack([columns.times(shared[:n_shared]) for columns in _columns_of(self.shared)])
        for g, (part, weights) in enumerate(zip(self.own, own, strict=True)):
            if not len(weights):
                continue
            mine = part.inverse @ (weights - part.cross @ shared)
            basis[g] += Columns(part.columns).times(mine)
            variance = variance + (weights * mine).sum(0)
        return basis, shared[n_shared:], variance

    def influence(
        self,
        basis: np.ndarray,
        dense: np.ndarray,
        clusters: Mapping[str, np.ndarray],
        sizes: Mapping[str, int],
    ) -> dict[str, np.ndarray]:
        """Influence of combinations summed by cluster.

        Hospitals are nested in clusters and their weighted residuals sum to zero, so basis columns need not
        be centred.

        Parameters
        ----------
        basis, dense : numpy.ndarray
            From `multipliers`.
        clusters : mapping of str to numpy.ndarray, shape (n,) or (m,), int
            Codes by row or by hospital.
        sizes : mapping of str to int

        Returns
        -------
        dict of str to numpy.ndarray, shape (G, A)

        Notes
        -----
        O(n Q + G T Q A).
        """
        panel, score = self.panel, self.panel.weigh(self.residuals)
        found = {}
        for name, codes in clusters.items():
            by_unit = codes if len(codes) == panel.layout.n_units else codes[panel.starts]
            summed = _scores(panel, score, by_unit, sizes[name], basis)
            sums = panel.sums_by(by_unit, sizes[name])
            for column, multiplier in zip(self.dense.T, dense, strict=True):
                summed += np.outer(sums.of_products(score, column), multiplier)
            found[name] = summed
        return found


def _scores(
    panel: CohortPanel, score: np.ndarray, cluster: np.ndarray, n_clusters: int, basis: np.ndarray
) -> np.ndarray:
    """Sums of score × basis × multipliers by cluster; `cluster` by hospital (m,)."""
    cohort, member, of_pairs = panel.pairs(cluster, n_clusters)
    sums = panel.basis_by(of_pairs, score)
    found = np.zeros((n_clusters, basis.shape[2]))
    for g in range(len(panel.cohorts)):
        mine = cohort == g
        found[member[mine]] += sums[mine] @ basis[g]
    return found


def cohort_regression(
    panel: CohortPanel,
    outcome: np.ndarray,
    shared: np.ndarray,
    own: Sequence[np.ndarray],
    dense: Sequence[np.ndarray] | np.ndarray,
) -> CohortFit:
    """Fit the regression.

    Parameters
    ----------
    panel : CohortPanel
    outcome : numpy.ndarray, shape (n,)
    shared : numpy.ndarray, shape (C, TQ, k)
        Columns common to all cohorts, in the basis.
    own : sequence of numpy.ndarray, shape (TQ, r_g)
        Columns of each cohort, in the basis.
    dense : sequence of p numpy.ndarray, shape (n,), or numpy.ndarray, shape (n, p)

    Returns
    -------
    CohortFit

    Notes
    -----
    O(n p² + C (TQ)³) and the sums of `CohortPanel`.
    """
    return solve_cohorts(regression_sums(panel, outcome, dense), shared, own)


def solve_cohorts(sums: RegressionSums, shared: np.ndarray, own: Sequence[np.ndarray]) -> CohortFit:
    """`cohort_regression` of rows that are summed already: other regressors in the basis need no other sums."""
    panel = sums.panel
    common = _columns_of(shared)
    whole, moments, variation = _common_system(sums, common)
    parts = []
    for g, mine in enumerate(map(Columns, own)):
        if not mine.values.shape[1]:
            nothing = np.zeros((0, len(whole)))
            parts.append(OwnPart(mine.values, nothing[:, :0], nothing[:, :0], nothing, nothing[0:0, 0]))
            continue
        projected = mine.of_rows(sums.gram[g])
        cross = np.hstack([common[g].of_columns(projected), mine.of_rows(sums.beside[g])])
        inverse, null = _inverse(mine.of_columns(projected), mine.squares(sums.raw[g]))
        solution = inverse @ mine.of_rows(sums.target[g])
        whole -= _explained(common[g], mine, cross, inverse)
        moments -= cross.T @ solution
        parts.append(OwnPart(mine.values, inverse, null, cross, solution))
    inverse, null = _inverse((whole + whole.T) / 2, variation)
    solution = inverse @ moments
    solved = tuple(_with_solution(part, solution) for part in parts)
    rank = len(whole) - null.shape[1] + sum(len(p.inverse) - p.null.shape[1] for p in solved)
    n_shared = shared.shape[2]
    coefficients = np.stack(
        [common[g].times(solution[:n_shared]) + part.columns @ part.solution for g, part in enumerate(solved)]
    )
    residuals = panel.take_out(sums.outcome, coefficients)
    for column, slope in zip(sums.dense, solution[n_shared:], strict=True):
        subtract_scaled(residuals, column, slope)
    return CohortFit(panel, shared, solved, inverse, null, solution, rank, sums.dense.T, residuals)


def _explained(common: Columns, mine: Columns, cross: np.ndarray, inverse: np.ndarray) -> np.ndarray:
    """What own columns explain of the common ones, ``cross' inverse cross``, (c, c).

    A common column that is one of the own is explained whole, so that only the others are multiplied.
    """
    if common.at is None or mine.at is None:
        return cross.T @ inverse @ cross
    place = np.full(len(mine.values), -1)
    place[mine.at] = np.arange(len(mine.at))
    number = np.r_[place[common.at], np.full(cross.shape[1] - len(common.at), -1)]
    inside, rest = np.flatnonzero(number >= 0), np.flatnonzero(number < 0)
    found = np.empty((len(number),) * 2)
    found[inside] = cross[number[inside]]
    found[:, inside] = found[inside].T
    left = cross[:, rest]
    found[np.ix_(rest, rest)] = left.T @ inverse @ left
    return found


def _columns_of(shared: np.ndarray) -> list[Columns]:
    """Common columns by cohort, looked at once where they are one and the same array."""
    if not shared.strides[0]:
        return [Columns(shared[0])] * len(shared)
    return [Columns(values) for values in shared]


def _common_system(
    sums: RegressionSums, common: Sequence[Columns]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gram matrix (c, c), moments (c,) and variation before effects (c,) of the common columns."""
    n_shared = common[0].values.shape[1]
    whole = np.zeros((n_shared + len(sums.dense),) * 2)
    moments, variation = np.r_[np.zeros(n_shared), sums.moments], np.r_[np.zeros(n_shared), sums.variation]
    by_cohort = (sums.gram, sums.beside, sums.target, sums.raw)
    if all(columns is common[0] for columns in common):
        common, by_cohort = common[:1], tuple(part.sum(0, keepdims=True) for part in by_cohort)
    for columns, gram, beside, target, raw in zip(common, *by_cohort, strict=True):
        whole[:n_shared, :n_shared] += columns.of_columns(columns.of_rows(gram))
        whole[:n_shared, n_shared:] += columns.of_rows(beside)
        moments[:n_shared] += columns.of_rows(target)
        variation[:n_shared] += columns.squares(raw)
    whole[n_shared:, :n_shared] = whole[:n_shared, n_shared:].T
    whole[n_shared:, n_shared:] = sums.products
    return whole, moments, variation


def _with_solution(part: OwnPart, common: np.ndarray) -> OwnPart:
    if not len(part.solution):
        return part
    solution = part.solution - part.inverse @ (part.cross @ common)
    return OwnPart(part.columns, part.inverse, part.null, part.cross, solution)


def _inverse(gram: np.ndarray, variation: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Generalised inverse (k, k) of a Gram matrix and an orthonormal basis of what it does not see."""
    size = len(gram)
    diagonal = np.diag(gram)
    alive = diagonal > ABSORBED * np.maximum(variation, np.finfo(float).tiny)
    dead = np.eye(size)[:, ~alive]
    if not alive.any():
        return np.zeros_like(gram), dead
    scale = 1 / np.sqrt(diagonal[alive])
    scaled = gram[np.ix_(alive, alive)] * np.outer(scale, scale)
    plain = _plain_inverse(scaled)
    if plain is not None:
        inverse = np.zeros_like(gram)
        inverse[np.ix_(alive, alive)] = plain * np.outer(scale, scale)
        return inverse, dead
    values, vectors = np.linalg.eigh((scaled + scaled.T) / 2)
    small = values < NULL_VALUE * values[-1]
    kept = vectors[:, ~small]
    solved = (kept / values[~small]) @ kept.T if small.any() else _symmetric_inverse(scaled)
    inverse = np.zeros_like(gram)
    inverse[np.ix_(alive, alive)] = solved * np.outer(scale, scale)
    blind = np.zeros((size, int(small.sum())))
    blind[alive] = np.linalg.qr(scale[:, None] * vectors[:, small])[0]
    return inverse, np.hstack([dead, blind])


def _plain_inverse(matrix: np.ndarray) -> np.ndarray | None:
    """Inverse of a symmetric matrix whose smallest eigenvalue is plainly not null; None where it may be.

    The spectral condition number is at most the product of the row-sum norms of a matrix and its inverse.
    """
    try:
        inverse = _symmetric_inverse(matrix)
    except np.linalg.LinAlgError:
        return None
    condition = np.abs(matrix).sum(1).max() * np.abs(inverse).sum(1).max()
    return inverse if condition < 1 / NULL_VALUE else None


def _symmetric_inverse(matrix: np.ndarray) -> np.ndarray:
    inverse = np.linalg.inv(matrix)
    return (inverse + inverse.T) / 2
