"""The estimators on sums by city and period, many outcomes at once, for balanced panels without covariates.

Planning and the simulation of inference need thousands of panels × hundreds of calendars × six estimators; a call of
`estimate` needs milliseconds for each. These few lines give the same overall effect and the same influence by city for
a batch of outcomes, and a test compares them with the calls themselves.

Every function takes dates (G,), hospitals by city (G,) and sums (G, T, R), and returns effects (R,) and influence
(G, R). Hospitals may be any positive weight of a city, of which the sums are then weighted sums.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from dipeval.results.cluster_moments import ClusterMoments

Answer = tuple[np.ndarray, np.ndarray]


def _within(values: np.ndarray) -> np.ndarray:
    """Without the mean over periods (axis 1)."""
    return values - values.mean(1, keepdims=True)


def twfe(dates: np.ndarray, hospitals: np.ndarray, sums: np.ndarray) -> Answer:
    """Static two-way fixed effects."""
    n = hospitals.astype(float)
    treated = _within((np.arange(sums.shape[1]) >= dates[:, None]).astype(float))
    treated -= n @ treated / n.sum()
    size = n @ (treated**2).sum(1)
    pull = treated / size
    centred = _within(sums)
    effect = np.einsum("gt,gtr->r", pull, centred)
    fitted = (centred.sum(0) / n.sum())[None] + treated[:, :, None] * effect
    return effect, np.einsum("gt,gtr->gr", pull, centred - n[:, None, None] * fitted)


@dataclass(frozen=True)
class Saturated:
    """A regression on period effects and cohort × period cells; columns by city (G, T, p).

    `picked` (p,) is the combination behind the overall effect: cells from the reform on, by hospitals.
    """

    columns: np.ndarray
    picked: np.ndarray
    hospitals: np.ndarray

    @property
    def n_cells(self) -> int:
        """Columns beside period effects."""
        return self.columns.shape[2] - self.columns.shape[1] + 1

    def solve(self, sums: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Gram matrices (G, p, p), coefficients (p, R) and scores (G, p, R)."""
        centred = _within(self.columns)
        gram = np.einsum("g,gtp,gtq->gpq", self.hospitals.astype(float), centred, centred)
        right = np.einsum("gtp,gtr->gpr", centred, sums)
        coefficients = np.linalg.solve(gram.sum(0), right.sum(0))
        return gram, coefficients, right - gram @ coefficients

    def moments(self, sums: np.ndarray) -> ClusterMoments:
        """As the package keeps them, for the first outcome."""
        gram, coefficients, score = self.solve(sums[:, :, :1])
        return ClusterMoments(gram, score[:, :, 0], coefficients[:, 0], self.picked[:, None])


def saturated(dates: np.ndarray, hospitals: np.ndarray, n_periods: int, leads: bool) -> Saturated:
    """Cells from the reform on (extended two-way), with `leads` all but the last before it (Sun–Abraham)."""
    kinds, kind = np.unique(dates, return_inverse=True)
    columns, owner = _columns(tuple(kinds.tolist()), n_periods, leads)
    return Saturated(columns[kind], _shares(owner, np.bincount(kind, hospitals)), hospitals)


@cache
def _columns(kinds: tuple[float, ...], n_periods: int, leads: bool) -> tuple[np.ndarray, np.ndarray]:
    """Columns (C, T, p) by date of reform, and the date (p,) of cells from the reform on, -1 for others."""
    columns = [np.broadcast_to(np.eye(n_periods)[:, 1:], (len(kinds), n_periods, n_periods - 1))]
    owner = [-1] * (n_periods - 1)
    for k, date in enumerate(kinds):
        for t in range(n_periods if np.isfinite(date) else 0):
            if t >= date or (leads and t != date - 1):
                cell = np.zeros((len(kinds), n_periods, 1))
                cell[k, t] = 1
                columns.append(cell)
                owner.append(k if t >= date else -1)
    return np.concatenate(columns, axis=2), np.array(owner)


def _shares(owner: np.ndarray, size: np.ndarray) -> np.ndarray:
    mass = np.where(owner >= 0, size[owner], 0.0)
    return mass / mass.sum()


@cache
def _by_kind(kinds: tuple[float, ...], n_periods: int, leads: bool) -> tuple[np.ndarray, np.ndarray]:
    """Centred columns (C, T, p) and their Gram matrices (C, p, p)."""
    columns = _within(_columns(kinds, n_periods, leads)[0])
    return columns, np.einsum("ktp,ktq->kpq", columns, columns)


def _regressed(dates: np.ndarray, hospitals: np.ndarray, sums: np.ndarray, leads: bool) -> Answer:
    """Overall effect of a saturated regression: Gram matrices by date, not by city."""
    kinds, kind = np.unique(dates, return_inverse=True)
    words = tuple(kinds.tolist()), sums.shape[1], leads
    columns, grams = _by_kind(*words)
    size = np.bincount(kind, hospitals)
    picked = _shares(_columns(*words)[1], size)
    centred = _within(sums)
    by_kind = np.zeros((len(kinds), *sums.shape[1:]))
    np.add.at(by_kind, kind, centred)
    gram = np.tensordot(size, grams, axes=1)
    right = np.tensordot(columns, by_kind, axes=((0, 1), (0, 1)))
    solved = np.linalg.solve(gram, np.column_stack([right, picked]))
    coefficients, direction = solved[:, :-1], solved[:, -1]
    pull, fitted = columns @ direction, columns @ coefficients
    left = centred - hospitals[:, None, None] * fitted[kind]
    return picked @ coefficients, np.einsum("gt,gtr->gr", pull[kind], left)


def sun_abraham(dates: np.ndarray, hospitals: np.ndarray, sums: np.ndarray) -> Answer:
    """Interaction-weighted event study against cities never treated."""
    return _regressed(dates, hospitals, sums, leads=True)


def extended_two_way(dates: np.ndarray, hospitals: np.ndarray, sums: np.ndarray) -> Answer:
    """One effect for each treated cohort and period."""
    return _regressed(dates, hospitals, sums, leads=False)


def _imputed(dates: np.ndarray, hospitals: np.ndarray, sums: np.ndarray, by_cell: bool) -> Answer:
    n, n_periods = hospitals.astype(float), sums.shape[1]
    treated = (np.arange(n_periods) >= dates[:, None]).astype(float)
    clean = 1.0 - treated
    before = clean.sum(1)
    gram = np.diag(n @ clean) - (clean * (n / before)[:, None]).T @ clean
    level = _along(clean, sums) / before[:, None]
    right = (clean[:, :, None] * sums).sum(0) - clean.T @ level
    count = n @ treated.sum(1)
    slope = -(n @ treated - (n * treated.sum(1) / before) @ clean) / count
    solved = np.zeros((n_periods, sums.shape[2] + 1))
    solved[1:] = np.linalg.solve(gram[1:, 1:], np.column_stack([right, slope])[1:])
    periods, pull = solved[:, :-1], solved[:, -1]
    left = sums - n[:, None, None] * periods
    left -= (level - n[:, None] * (clean @ periods) / before[:, None])[:, None]
    own = _along(treated, left)
    effect = own.sum(0) / count
    weights = clean * (pull - (clean @ pull / before)[:, None])
    if by_cell:
        for date in np.unique(dates[np.isfinite(dates)]):
            mine = dates == date
            own[mine] -= n[mine][:, None] * (own[mine].sum(0) / n[mine].sum())
    else:
        own -= (n * treated.sum(1))[:, None] * effect
    return effect, _along(weights, left) + own / count


def _along(weights: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Sums over periods (G, R) of values (G, T, R) with weights (G, T)."""
    return (weights[:, None, :] @ values)[:, 0]


def imputation(dates: np.ndarray, hospitals: np.ndarray, sums: np.ndarray) -> Answer:
    """Borusyak, Jaravel & Spiess."""
    return _imputed(dates, hospitals, sums, by_cell=True)


def two_stage(dates: np.ndarray, hospitals: np.ndarray, sums: np.ndarray) -> Answer:
    """Gardner."""
    return _imputed(dates, hospitals, sums, by_cell=False)


def group_time(dates: np.ndarray, hospitals: np.ndarray, sums: np.ndarray) -> Answer:
    """Callaway & Sant'Anna without covariates, against cities not yet treated; the simple average."""
    n, n_periods = hospitals.astype(float), sums.shape[1]
    cohorts = np.unique(dates[np.isfinite(dates)])
    sizes = np.array([n[dates == date].sum() for date in cohorts])
    total = sizes @ (n_periods - cohorts)
    effect, influence = np.zeros(sums.shape[2]), np.zeros((len(n), sums.shape[2]))
    parts = []
    for date, size in zip(cohorts, sizes, strict=True):
        mine, first = dates == date, int(date)
        change = sums[:, first:] - sums[:, first - 1 : first]
        others = (dates[:, None] > np.arange(first, n_periods)).astype(float)
        mean = change[mine].sum(0) / size
        compared = n @ others
        base = np.einsum("gt,gtr->tr", others, change) / compared[:, None]
        influence[mine] += (change[mine] - n[mine, None, None] * mean).sum(1) / total
        left = change - n[:, None, None] * base
        influence -= np.einsum("gt,gtr->gr", others * (size / compared / total), left)
        parts.append((mean - base).sum(0))
        effect += size * parts[-1] / total
    everyone = n.sum()
    for date, size, part in zip(cohorts, sizes, parts, strict=True):
        slope = (part - (n_periods - date) * effect) * everyone / total
        share = (n * (dates == date)) / everyone - n / everyone * size / everyone
        influence += share[:, None] * slope
    return effect, influence


ESTIMATORS: dict[str, Callable[[np.ndarray, np.ndarray, np.ndarray], Answer]] = {
    "twfe": twfe,
    "sun_abraham": sun_abraham,
    "extended_two_way": extended_two_way,
    "imputation": imputation,
    "two_stage": two_stage,
    "group_time": group_time,
}
