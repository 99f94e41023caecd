"""Linear, logit and gamma-log regressions from the sums of cells: the estimates of the same regression on rows.

Rows of one pattern share their columns, so score and information are functions of the number of
cases, the sum of their outcomes and the sum of their squares (McCullagh & Nelder 1989, ch. 2 and 8).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dipeval.describe.regressions.model_cells import Summed

MOST_STEPS = 60
SMALL_STEP = 1e-9
LARGE = 15.0
"""A linear predictor beyond this, or no convergence, raises the question whether the estimate exists."""
Parts = Callable[[Summed, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Family:
    """A kind of regression; functions take the sums of patterns and the linear predictor, both (patterns,).

    Attributes
    ----------
    name : str
    start : callable
        The linear predictor at the mean of all cases.
    mean : callable
        Mean at a linear predictor.
    gain : callable
        Log quasi-likelihood, up to a constant: concave in the parameters.
    score, information : callable
        Its first derivative and minus its second one by the linear predictor (observed information).
    squares : callable
        Sum over cases of the squared score.
    """

    name: str
    start: Callable[[float], float]
    mean: Callable[[np.ndarray], np.ndarray]
    gain: Parts
    score: Parts
    information: Parts
    squares: Parts


def _residual_squares(s: Summed, mean: np.ndarray) -> np.ndarray:
    return s.squares - 2 * mean * s.total + s.known * mean**2


def _logistic(eta: np.ndarray) -> np.ndarray:
    from scipy.special import expit

    return expit(eta)


LINEAR = Family(
    "linear",
    lambda mean: mean,
    lambda eta: eta,
    lambda s, eta: eta * s.total - s.known * eta**2 / 2,
    lambda s, eta: s.total - s.known * eta,
    lambda s, eta: s.known.astype(np.float64),
    _residual_squares,
)
LOGIT = Family(
    "logit",
    lambda mean: float(np.log(mean / (1 - mean))),
    _logistic,
    lambda s, eta: s.total * eta - s.known * np.logaddexp(0, eta),
    lambda s, eta: s.total - s.known * _logistic(eta),
    lambda s, eta: s.known * _logistic(eta) * _logistic(-eta),
    lambda s, eta: _residual_squares(s, _logistic(eta)),
)
GAMMA_LOG = Family(
    "gamma",
    lambda mean: float(np.log(mean)),
    np.exp,
    lambda s, eta: -s.total * np.exp(-eta) - s.known * eta,
    lambda s, eta: s.total * np.exp(-eta) - s.known,
    lambda s, eta: s.total * np.exp(-eta),
    lambda s, eta: s.squares * np.exp(-2 * eta) - 2 * s.total * np.exp(-eta) + s.known,
)


@dataclass(frozen=True)
class CellFit:
    """A fitted regression.

    Attributes
    ----------
    family : Family
    matrix : numpy.ndarray, shape (patterns, K)
    sums : Summed
        By pattern.
    params : numpy.ndarray, shape (K,)
    bread : numpy.ndarray, shape (K, K)
        Inverse of the observed information.
    converged : bool
    """

    family: Family
    matrix: np.ndarray
    sums: Summed
    params: np.ndarray
    bread: np.ndarray
    converged: bool

    @property
    def eta(self) -> np.ndarray:
        """Linear predictor by pattern, (patterns,)."""
        return self.matrix @ self.params

    @property
    def n(self) -> int:
        """Cases with a value."""
        return int(self.sums.known.sum())

    @property
    def is_doubtful(self) -> bool:
        """Whether the estimate may not exist: no convergence, or fitted values at the border."""
        used = self.sums.known > 0
        at_border = self.family is not LINEAR and np.ptp(self.eta[used]) > 2 * LARGE
        return not self.converged or bool(at_border)


def fit_cells(matrix: np.ndarray, sums: Summed, family: Family) -> CellFit:
    """Fit by Newton's method with halved steps; the quasi-likelihoods are concave, so there is one maximum.

    Parameters
    ----------
    matrix : numpy.ndarray, shape (patterns, K)
        Independent columns, the intercept first.
    sums : Summed
        By pattern.
    family : Family

    Returns
    -------
    CellFit
        `converged` is False where no maximum was reached. Cost O(steps × patterns × K²).
    """
    params = np.zeros(matrix.shape[1])
    params[0] = family.start(float(sums.total.sum() / sums.known.sum()))
    converged = False
    with np.errstate(over="ignore", invalid="ignore"):  # On the way to a maximum that is not there.
        for _ in range(MOST_STEPS):
            eta = matrix @ params
            score = matrix.T @ family.score(sums, eta)
            step = _solved(_information(matrix, sums, family, eta), score)
            if step is None:
                break
            params, moved = _moved(matrix, sums, family, params, step)
            if moved < SMALL_STEP:
                converged = True
                break
        bread = _solved(_information(matrix, sums, family, matrix @ params), np.eye(len(params)))
    unknown = np.full((len(params), len(params)), np.nan)
    known = converged and bread is not None
    return CellFit(family, matrix, sums, params, bread if known else unknown, known)


def _information(matrix: np.ndarray, sums: Summed, family: Family, eta: np.ndarray) -> np.ndarray:
    return (matrix * family.information(sums, eta)[:, None]).T @ matrix


def _solved(information: np.ndarray, right: np.ndarray) -> np.ndarray | None:
    try:
        found = np.linalg.solve(information, right)
    except np.linalg.LinAlgError:
        return None
    return found if np.isfinite(found).all() else None


def _moved(
    matrix: np.ndarray, sums: Summed, family: Family, params: np.ndarray, step: np.ndarray
) -> tuple[np.ndarray, float]:
    """The parameters after the longest step that does not lose, and how far the linear predictor moved."""
    far = float(np.abs(matrix @ step).max())
    if far < 1e-4:  # Newton converges quadratically here, and gains are below what rounding shows.
        return params + step, far
    before = family.gain(sums, matrix @ params).sum()
    part = 1.0
    for _ in range(30):
        gained = family.gain(sums, matrix @ (params + part * step)).sum()
        if gained >= before:
            break
        part /= 2
    return params + part * step, part * far


def robust_meat(fit: CellFit) -> np.ndarray:
    """Σ over cases of the outer product of scores, (K, K) (Huber 1967; White 1980); cost O(patterns × K²)."""
    return (fit.matrix * fit.family.squares(fit.sums, fit.eta)[:, None]).T @ fit.matrix


def scores_by_hospital(
    fit: CellFit, cells: Summed, pattern: np.ndarray, hospital: np.ndarray, n_hospitals: int
) -> np.ndarray:
    """Scores summed by hospital, (hospitals, K) (Liang & Zeger 1986).

    Parameters
    ----------
    cells : Summed
        By cell.
    pattern, hospital : numpy.ndarray, shape (cells,), int
        Where each cell lies.
    """
    from scipy import sparse

    scores = fit.family.score(cells, fit.eta[pattern])
    shape = (n_hospitals, len(fit.matrix))
    return sparse.coo_matrix((scores, (hospital, pattern)), shape=shape).tocsr() @ fit.matrix
