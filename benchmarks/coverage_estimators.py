"""The estimators on sums by city and period, many outcomes at once, for balanced panels without covariates.

The simulation needs 2,000 panels × hundreds of calendars × six estimators; the package needs milliseconds for each.
These few lines give the same overall effect and the same influence by city for a batch of outcomes, and a test
compares them with the package's own calls. They are no part of it.

Every function takes dates (G,), hospitals by city (G,) and sums (G, T, R), and returns effects (R,) and influence
(G, R).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

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
    columns = [np.broadcast_to(np.eye(n_periods)[:, 1:], (len(dates), n_periods, n_periods - 1))]
    mass = [0.0] * (n_periods - 1)
    for date in np.unique(dates[np.isfinite(dates)]):
        mine = dates == date
        for t in range(n_periods):
            if t >= date or (leads and t != date - 1):
                cell = np.zeros((len(dates), n_periods, 1))
                cell[mine, t] = 1
                columns.append(cell)
                mass.append(float(hospitals[mine].sum()) if t >= date else 0.0)
    picked = np.array(mass)
    return Saturated(np.concatenate(columns, axis=2), picked / picked.sum(), hospitals)


def _regressed(dates: np.ndarray, hospitals: np.ndarray, sums: np.ndarray, leads: bool) -> Answer:
    """Overall effect of a saturated regression: Gram matrices by cohort, not by city."""
    model = saturated(dates, hospitals, sums.shape[1], leads)
    kinds, first, kind = np.unique(dates, return_index=True, return_inverse=True)
    size = np.bincount(kind, hospitals)
    columns = _within(model.columns[first])
    by_kind = np.stack([sums[kind == k].sum(0) for k in range(len(kinds))])
    gram = np.einsum("k,ktp,ktq->pq", size, columns, columns)
    right = np.einsum("ktp,ktr->pr", columns, by_kind)
    solved = np.linalg.solve(gram, np.column_stack([right, model.picked]))
    coefficients, direction = solved[:, :-1], solved[:, -1]
    pull, fitted = columns @ direction, columns @ coefficients
    left = _within(sums) - hospitals[:, None, None] * fitted[kind]
    return model.picked @ coefficients, np.einsum("gt,gtr->gr", pull[kind], left)


def sun_abraham(dates: np.ndarray, hospitals: np.ndarray, sums: np.ndarray) -> Answer:
    """Interaction-weighted event study against cities never treated."""
    return _regressed(dates, hospitals, sums, leads=True)


def extended_two_way(dates: np.ndarray, hospitals: np.ndarray, sums: np.ndarray) -> Answer:
    """One effect for each treated cohort and period."""
    return _regressed(dates, hospitals, sums, leads=False)


def _imputed(dates: np.ndarray, hospitals: np.ndarray, sums: np.ndarray, by_cell: bool) -> Answer:
    n, n_periods = hospitals.astype(float), sums.shape[1]
    treated = np.arange(n_periods) >= dates[:, None]
    clean = ~treated
    before = clean.sum(1)
    gram = np.diag(n @ clean) - np.einsum("g,gs,gt->st", n / before, clean, clean)
    level = (sums * clean[:, :, None]).sum(1) / before[:, None]
    right = (clean[:, :, None] * (sums - level[:, None])).sum(0)
    count = (n[:, None] * treated).sum()
    slope = -(n @ treated - (n * treated.sum(1) / before) @ clean) / count
    solved = np.zeros((n_periods, sums.shape[2] + 1))
    solved[1:] = np.linalg.solve(gram[1:, 1:], np.column_stack([right, slope])[1:])
    periods, pull = solved[:, :-1], solved[:, -1]
    left = sums - n[:, None, None] * periods
    left -= ((left * clean[:, :, None]).sum(1) / before[:, None])[:, None]
    effect = (left * treated[:, :, None]).sum((0, 1)) / count
    weights = np.where(clean, pull - (clean * pull).sum(1, keepdims=True) / before[:, None], 0.0)
    own = (left * treated[:, :, None]).sum(1)
    if by_cell:
        for date in np.unique(dates[np.isfinite(dates)]):
            mine = dates == date
            centre = left[mine][:, treated[mine][0]].sum((0, 1)) / n[mine].sum()
            own[mine] -= n[mine][:, None] * centre
    else:
        own -= (n * treated.sum(1))[:, None] * effect
    return effect, np.einsum("gt,gtr->gr", weights, left) + own / count


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
        mine, part = dates == date, np.zeros(sums.shape[2])
        for t in range(int(date), n_periods):
            change = sums[:, t] - sums[:, int(date) - 1]
            others = dates > t
            mean, base = change[mine].sum(0) / size, change[others].sum(0) / n[others].sum()
            part += mean - base
            influence[mine] += (change[mine] - n[mine, None] * mean) / total
            influence[others] -= (change[others] - n[others, None] * base) * size / n[others].sum() / total
        parts.append(part)
        effect += size * part / total
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
