"""Outcome, treatment and covariates net of fixed effects, as sums of products by cluster.

Everything that Oster (2019) and Cinelli & Hazlett (2020) ask of a regression (coefficients with and without
covariates, R squared, partial R squared) is a function of one small matrix of products (Frisch & Waugh 1933;
Lovell 1963). Kept by cluster, it also gives errors that are robust to clusters: see
`dipeval.check.omitted.by_cluster`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

OUTCOME, TREATMENT = 0, 1
FIRST_COVARIATE = 2
LEAST_OUTCOME, LEAST_TREATMENT = 0.01, 0.001
"""Of the outcome and of the treatment: covariates that explain less, above chance, do not say what is strong."""
NO_VARIATION = 1e-10
"""A column that keeps less than this share of its sum of squares is explained by those before it."""


@dataclass(frozen=True)
class Partialled:
    """Sums of products of 2 + p columns without fixed effects, in G clusters of n rows.

    Attributes
    ----------
    covariates : tuple of str, length p
    by_cluster : numpy.ndarray, shape (G, 2 + p, 2 + p)
        Of outcome, treatment, covariates, in this order; weighted where the regression is.
    outcome_squares : numpy.ndarray, shape (G,)
        Squares of the outcome around its mean, before fixed effects were taken out.
    n_obs : int
        n.
    n_effects : int
        Parameters of the fixed effects, the constant among them.
    dropped : tuple of str
        Covariates that fixed effects and other covariates explain, and that are not among the p.
    """

    covariates: tuple[str, ...]
    by_cluster: np.ndarray
    outcome_squares: np.ndarray
    n_obs: int
    n_effects: int
    dropped: tuple[str, ...] = ()

    @cached_property
    def products(self) -> np.ndarray:
        """Sums over all clusters (2 + p, 2 + p)."""
        return self.by_cluster.sum(0)

    @cached_property
    def with_whole(self) -> np.ndarray:
        """`by_cluster` and, as a further diagonal entry, what fixed effects explain of the outcome (G, 3 + p,
        3 + p)."""
        wider = np.pad(self.by_cluster, ((0, 0), (0, 1), (0, 1)))
        wider[:, -1, -1] = self.outcome_squares - self.by_cluster[:, OUTCOME, OUTCOME]
        return wider

    @property
    def places(self) -> tuple[int, ...]:
        """Columns of the covariates."""
        return tuple(range(FIRST_COVARIATE, FIRST_COVARIATE + len(self.covariates)))

    def place(self, covariate: str) -> int:
        """Column of a covariate."""
        return FIRST_COVARIATE + self.covariates.index(covariate)

    @property
    def degrees(self) -> int:
        """Rows minus all parameters of the regression with the covariates."""
        return self.n_obs - self.n_effects - 1 - len(self.covariates)

    def given(self, covariates: Sequence[str]) -> Partialled:
        """The same net of some covariates as well, which then count as fixed effects.

        Cost O(G p³).
        """
        taken = [self.place(name) for name in covariates]
        kept = [k for k in range(len(self.products)) if k not in taken]
        map_ = np.eye(len(self.products))[kept]
        map_[:, taken] = -_slopes(self.products, kept, taken)
        return replace(
            self,
            covariates=tuple(name for name in self.covariates if name not in covariates),
            by_cluster=map_ @ self.by_cluster @ map_.T,
            n_effects=self.n_effects + len(taken),
        )


def net_of(products: np.ndarray, taken: Sequence[int], kept: Sequence[int]) -> np.ndarray:
    """Products of the kept columns net of the taken ones: the Schur complement, (k, k). O(p³)."""
    kept, taken = list(kept), list(taken)
    whole = products[np.ix_(kept, kept)]
    if not taken:
        return whole
    return whole - _slopes(products, kept, taken) @ products[np.ix_(taken, kept)]


def _slopes(products: np.ndarray, kept: Sequence[int], taken: Sequence[int]) -> np.ndarray:
    """Slopes of the kept columns on the taken ones, shape (k, t)."""
    inside = products[np.ix_(taken, taken)]
    scale = 1 / np.sqrt(np.diag(inside))
    scaled = inside * np.outer(scale, scale)
    return (np.linalg.solve(scaled, scale[:, None] * products[np.ix_(taken, kept)]) * scale[:, None]).T


def partial_r_squared(
    products: np.ndarray, first: int, second: int | Sequence[int], given: Sequence[int]
) -> float:
    """Share of what `given` leaves of the first column that the second, one or a group, explains."""
    group = [second] if isinstance(second, int) else list(second)
    left = net_of(products, given, [first])[0, 0]
    return float(1 - net_of(products, [*given, *group], [first])[0, 0] / left)


def above_chance(share: float, columns: int, degrees: int) -> float:
    """A partial R squared less what as many columns of noise would explain (Theil's adjustment)."""
    return 1 - (1 - share) * (degrees + columns) / degrees


def independent(products: np.ndarray, raw_squares: np.ndarray, places: Sequence[int]) -> list[int]:
    """Of some columns, in their order, those that fixed effects and the columns before do not explain."""
    kept: list[int] = []
    for k in places:
        if products[k, k] <= NO_VARIATION * raw_squares[k]:
            continue
        if net_of(products, kept, [k])[0, 0] > NO_VARIATION * products[k, k]:
            kept.append(k)
    return kept
