"""Group-time effects of a small panel, many comparisons at once.

The same effects and influence as `dipeval.estimate.group_time_fit`, hospital by hospital instead of from sums over
blocks: with a few thousand hospitals the time goes into calls, and a comparison by itself takes a hundred of them.
Sant'Anna & Zhao (2020), equation (3.1).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dipeval.estimate.group_time_cells import NO_COMPARISON, Cells
from dipeval.estimate.group_time_frames import frame_columns
from dipeval.estimate.group_time_panel import UnitPanel
from dipeval.estimate.propensity import COLLINEAR, is_dependent, logistic, odds_weights
from dipeval.estimate.propensity_many import Logits, fit_logits, row_norm
from dipeval.estimate.two_period_panel import ALL_TRIMMED, DEPENDENT

MOST_NUMBERS, NUMBERS_AT_ONCE = 2_000_000, 50_000
"""Influence of hospitals on cells that is kept; numbers that stay in the cache between two passes."""


@dataclass(frozen=True)
class StretchInfluence:
    """Influence on K cells of stretches of places whose hospitals share all their clusters.

    Attributes
    ----------
    first : numpy.ndarray, shape (S,), int
        First place of each.
    values : numpy.ndarray, shape (K, S)
    """

    first: np.ndarray
    values: np.ndarray

    def by(self, codes: np.ndarray, n_codes: int, averages: np.ndarray) -> np.ndarray:
        """Influence of clusters (N,) on averages (K, A) of the cells, shape (n_codes, A)."""
        total = np.zeros((n_codes, averages.shape[1]))
        np.add.at(total, codes[self.first], self.values.T @ averages)
        return total


@dataclass(frozen=True)
class Together:
    """M comparisons of N hospitals with J cells each.

    Attributes
    ----------
    x : numpy.ndarray, shape (M, q, N)
    treated, control : numpy.ndarray, shape (M, N)
        Weights of the treated and of the comparison hospitals, zero for others.
    change : numpy.ndarray, shape (M, J, N)
        Changes of the outcome; those of any cell where a comparison has fewer.
    """

    x: np.ndarray
    treated: np.ndarray
    control: np.ndarray
    change: np.ndarray


def is_small(panel: UnitPanel, cells: Cells) -> bool:
    """Whether hospitals × cells are few enough to be held."""
    return panel.n_units * len(cells.time) <= MOST_NUMBERS


def fit_together(
    panel: UnitPanel, cells: Cells, method: str, weights_of: str, notes: np.ndarray
) -> tuple[np.ndarray, StretchInfluence]:
    """Estimate every cell; parameters and cost as `dipeval.estimate.group_time_result.group_time_effects`.

    Returns
    -------
    att : numpy.ndarray, shape (K,)
        Zero for references; NaN where not identified, for the reason that is put into `notes`.
    influence : StretchInfluence
    """
    att = np.where(cells.is_reference, 0.0, np.nan)
    first = _stretches(panel)
    influence = np.zeros((len(att), len(first)))
    for at, some in _pieces(panel, cells, weights_of, notes):
        values, own, reasons = estimate_together(some, method, first)
        for row, reason in zip(at, reasons, strict=True):
            if reason:
                notes[row[row >= 0]] = reason
        good = (at >= 0) & np.array([not reason for reason in reasons])[:, None]
        att[at[good]] = values[good]
        influence[at[good]] = own[good]
    return att, StretchInfluence(first, influence)


def _stretches(panel: UnitPanel) -> np.ndarray:
    """First places of the stretches that share all clusters."""
    changes = np.zeros(panel.n_units, bool)
    changes[0] = True
    for codes in panel.sample.unit_clusters()[0].values():
        at = codes[panel.order]
        changes[1:] |= at[1:] != at[:-1]
    return np.flatnonzero(changes)


def _pieces(
    panel: UnitPanel, cells: Cells, weights_of: str, notes: np.ndarray
) -> Iterator[tuple[np.ndarray, Together]]:
    """Cells (M, J) of some comparisons, -1 for none, and their hospitals."""
    x_at, w_at = frame_columns(panel, cells, weights_of)
    keys = np.stack([x_at, w_at, cells.cohort, cells.cut])
    real = np.flatnonzero(~cells.is_reference)
    if not len(real):
        return
    distinct, place = np.unique(keys[:, real], axis=1, return_inverse=True)
    x_used, x_place = np.unique(distinct[0], return_inverse=True)
    w_used, w_place = np.unique(distinct[1], return_inverse=True)
    x, w = panel.regressors_at(x_used), np.stack([panel.weights(column) for column in w_used])
    position = np.arange(len(panel.cohorts) + 1)
    present = np.bincount(panel.position, minlength=len(position)) > 0
    control = (position >= distinct[3][:, None]) & (position != distinct[2][:, None]) & present
    at = _side_by_side(place.ravel(), len(distinct.T), real)
    for some in _groups((at >= 0).sum(1), panel.n_units, x.shape[1]):
        alone = some[~control[some].any(1)]
        notes[at[alone][at[alone] >= 0]] = NO_COMPARISON
        some = some[control[some].any(1)]
        if not len(some):
            continue
        mine = at[some][:, : (at[some] >= 0).sum(1).max()]
        weight = w[w_place[some]]
        yield (
            mine,
            Together(
                x[x_place[some]],
                weight * (panel.position == distinct[2][some][:, None]),
                weight * control[some][:, panel.position],
                panel.by_period[cells.time[mine]] - panel.by_period[cells.base[mine]],
            ),
        )


def _side_by_side(number: np.ndarray, count: int, members: np.ndarray) -> np.ndarray:
    """Members by number, (count, most of one number), -1 for none."""
    order = np.argsort(number, kind="stable")
    sizes = np.bincount(number, minlength=count)
    within = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    found = np.full((count, sizes.max()), -1)
    found[number[order], within] = members[order]
    return found


def _groups(sizes: np.ndarray, n_units: int, q: int) -> Iterator[np.ndarray]:
    """Comparisons with about as many cells, as many as the cache bears."""
    order = np.argsort(sizes, kind="stable")
    start = 0
    while start < len(order):
        widest = np.maximum(sizes[order[start:]], q) * n_units * np.arange(1, len(order) - start + 1)
        end = start + max(1, int(np.searchsorted(widest, NUMBERS_AT_ONCE, side="right")))
        yield order[start:end]
        start = end


def estimate_together(
    some: Together, method: str, first: np.ndarray
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Effects (M, J), influence of stretches of places (M, J, S), and why a comparison has none (M,)."""
    x, logits, reasons = some.x, None, [""] * len(some.x)
    if method != "outcome_regression":
        logits = fit_logits(x, (some.treated > 0).astype(float), some.treated + some.control)
        reasons = list(logits.reasons)
    gram, left = _regressed(some, method, reasons)
    share = some.treated / some.treated.sum(1, keepdims=True)
    index = None if logits is None else (logits.coefficients[:, None, :] @ x)[:, 0]
    kappa = np.zeros_like(share) if logits is None else _odds(some, index, reasons)
    treated_part, control_part = _sums(left, share), _sums(left, kappa)
    pull = share - kappa
    if method != "inverse_probability":
        carry = np.linalg.solve(gram, _sums(x, pull)[:, :, None])
        pull -= some.control * (carry.transpose(0, 2, 1) @ x)[:, 0]
    means = np.stack([treated_part, -control_part], axis=2) @ _by_stretch(np.stack([share, kappa], 1), first)
    if logits is not None:
        means += _of_propensity(some, logits, index, left, control_part, kappa, first)
    left *= pull[:, None, :]
    return treated_part - control_part, _by_stretch(left, first) - means, reasons


def _by_stretch(values: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Sums over stretches (M, k, S) of (M, k, N)."""
    return np.add.reduceat(values, first, axis=2)


def _sums(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted sums (M, k) of (M, k, N)."""
    return (values @ weights[:, :, None])[:, :, 0]


def _regressed(some: Together, method: str, reasons: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Gram matrices of the comparison hospitals (M, q, q), and changes less their outcome regression (M, J, N)."""
    if method == "inverse_probability":
        return np.empty(0), some.change
    weighted = some.x * some.control[:, None, :]
    gram = weighted @ some.x.transpose(0, 2, 1)
    for m in _perhaps_dependent(gram):
        if reasons[m] or is_dependent(gram[m]):
            reasons[m] = reasons[m] or DEPENDENT
            gram[m] = np.eye(gram.shape[1])
    beta = np.linalg.solve(gram, weighted @ some.change.transpose(0, 2, 1))
    left = beta.transpose(0, 2, 1) @ some.x
    return gram, np.subtract(some.change, left, out=left)


def _perhaps_dependent(gram: np.ndarray) -> np.ndarray:
    """Matrices (M, q, q) that may be those of collinear regressors; of others it is certain that they are not."""
    size = np.sqrt(np.einsum("mii->mi", gram))
    if not (size > 0).all():
        return np.arange(len(gram))
    try:
        inverse = np.linalg.inv(gram / (size[:, :, None] * size[:, None, :]))
    except np.linalg.LinAlgError:
        return np.arange(len(gram))
    # the smallest eigenvalue is at least one over this norm
    return np.flatnonzero(~(row_norm(inverse) * COLLINEAR < 0.5))


def _odds(some: Together, index: np.ndarray, reasons: list[str]) -> np.ndarray:
    """Weights times odds of the comparison hospitals (M, N), of sum one."""
    kappa = odds_weights(index, some.control)
    total = kappa.sum(1)
    for m in np.flatnonzero(~(total > 0)):
        reasons[m] = reasons[m] or ALL_TRIMMED
    kappa /= np.where(total > 0, total, 1.0)[:, None]
    return kappa


def _of_propensity(
    some: Together,
    logits: Logits,
    index: np.ndarray,
    left: np.ndarray,
    control_part: np.ndarray,
    kappa: np.ndarray,
    first: np.ndarray,
) -> np.ndarray:
    """What the error of the propensity carries into each effect, by stretch (M, J, S)."""
    fitted = np.array([not reason for reason in logits.reasons])[:, None, None]
    hessian = np.where(fitted, logits.hessian, np.eye(logits.hessian.shape[1]))
    weighted = some.x * kappa[:, None, :]
    tilt = weighted @ left.transpose(0, 2, 1) - weighted.sum(2)[:, :, None] * control_part[:, None, :]
    score = (some.treated > 0) - logistic(index)
    score *= some.treated + some.control
    np.multiply(some.x, score[:, None, :], out=weighted)
    return np.linalg.solve(hessian, tilt).transpose(0, 2, 1) @ _by_stretch(weighted, first)
