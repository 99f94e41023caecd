"""What the residuals of a series say of its model: do they go together over time, is its form right?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

NAMES = {
    "durbin_watson": ("Durbin–Watson", "Durbin–Watson 检验"),
    "breusch_godfrey": ("Breusch–Godfrey, order {order}", "Breusch–Godfrey 检验（{order}阶）"),
    "ljung_box": ("Ljung–Box, {order} lags", "Ljung–Box 检验（滞后{order}期）"),
    "cumby_huizinga": ("Cumby–Huizinga, lag {order}", "Cumby–Huizinga 检验（滞后{order}期）"),
    "breusch_pagan": ("Breusch–Pagan (studentised)", "Breusch–Pagan 检验（学生化）"),
    "reset": ("RESET", "RESET 检验"),
}


@dataclass(frozen=True)
class SeriesTest:
    """A test of the residuals.

    Attributes
    ----------
    name : str
        Key of `NAMES`.
    order : int
        Lags, or 0.
    statistic, p_value : float
    null : str
        What is tested.
    """

    name: str
    order: int
    statistic: float
    p_value: float
    null: str


def autocorrelations(residuals: np.ndarray, lags: int) -> np.ndarray:
    """Autocorrelations at lags 0 … `lags` (lags + 1,), with the variance of the whole series."""
    centred = residuals - residuals.mean()
    n = len(centred)
    return np.array([centred[k:] @ centred[: n - k] for k in range(lags + 1)]) / (centred @ centred)


def durbin_watson(x: np.ndarray, residuals: np.ndarray) -> SeriesTest:
    """Durbin & Watson (1950) with its exact p-value against positive autocorrelation.

    The distribution is that of a ratio of quadratic forms in normals, by the integral of Imhof (1961). O(n³).
    """
    changes = np.diff(residuals)
    statistic = float(changes @ changes / (residuals @ residuals))
    n, k = x.shape
    second = np.diff(np.eye(n), axis=0)
    basis = np.linalg.qr(x, mode="complete")[0][:, k:]
    roots = np.linalg.eigvalsh(basis.T @ (second.T @ second) @ basis)
    return SeriesTest("durbin_watson", 0, statistic, _below_zero(roots - statistic), "no autocorrelation")


def _below_zero(weights: np.ndarray) -> float:
    """Probability that a weighted sum of independent squared normals is below zero (Imhof 1961)."""
    from scipy.integrate import quad

    def value(u: float) -> float:
        angle = 0.5 * np.arctan(weights * u).sum()
        return float(np.sin(angle) / (u * np.exp(0.25 * np.log1p((weights * u) ** 2).sum())))

    scale = 1 / np.abs(weights).max()
    area = quad(lambda u: value(u * scale) * scale, 0, np.inf, limit=500, epsabs=1e-10, epsrel=1e-10)[0]
    return float(min(max(0.5 - area / np.pi, 0.0), 1.0))


def breusch_godfrey(x: np.ndarray, residuals: np.ndarray, order: int) -> SeriesTest:
    """Breusch (1978), Godfrey (1978): n R² of residuals on regressors and lagged residuals, chi-squared."""
    lagged = np.column_stack([np.r_[np.zeros(k), residuals[:-k]] for k in range(1, order + 1)])
    statistic = len(residuals) * _share_explained(np.column_stack([x, lagged]), residuals)
    return _chi_squared("breusch_godfrey", order, statistic, order, "no autocorrelation up to this order")


def ljung_box(residuals: np.ndarray, lags: int) -> SeriesTest:
    """Ljung & Box (1978), chi-squared with as many degrees of freedom as lags."""
    n, rho = len(residuals), autocorrelations(residuals, lags)[1:]
    statistic = n * (n + 2) * float((rho**2 / (n - np.arange(1, lags + 1))).sum())
    return _chi_squared("ljung_box", lags, statistic, lags, "no autocorrelation up to this lag")


def cumby_huizinga(x: np.ndarray, residuals: np.ndarray, lag: int) -> SeriesTest:
    """Cumby & Huizinga (1992) at one lag: valid where errors are heteroskedastic and earlier lags go together.

    The autocorrelation at `lag`, with the error of least squares in it and robust to heteroskedasticity and to
    autocorrelation below the lag.
    """
    n = len(residuals)
    product = np.r_[np.zeros(lag), residuals[lag:] * residuals[:-lag]]
    variance = residuals @ residuals / n
    rho = product.sum() / n / variance
    bread = np.linalg.inv(x.T @ x / n)
    slope = -(
        np.r_[
            np.zeros((lag, x.shape[1])), x[lag:] * residuals[:-lag, None] + x[:-lag] * residuals[lag:, None]
        ].mean(0)
    )
    score = product - rho * residuals**2 + (x * residuals[:, None]) @ bread @ slope
    total = score @ score / n
    for k in range(1, lag):
        total += 2 * (1 - k / lag) * float(score[k:] @ score[:-k]) / n
    statistic = n * rho**2 * variance**2 / total
    return _chi_squared("cumby_huizinga", lag, float(statistic), 1, "no autocorrelation at this lag")


def breusch_pagan(x: np.ndarray, residuals: np.ndarray) -> SeriesTest:
    """Breusch & Pagan (1979) studentised (Koenker 1981): n R² of squared residuals on the regressors."""
    squares = residuals**2
    degrees = np.linalg.matrix_rank(x) - 1
    statistic = len(residuals) * _share_explained(x, squares - squares.mean())
    return _chi_squared("breusch_pagan", 0, statistic, int(degrees), "equal variance")


def reset(x: np.ndarray, y: np.ndarray) -> SeriesTest:
    """Ramsey (1969): squares and cubes of the fitted values beside the regressors, F."""
    from scipy.stats import f

    fitted = x @ np.linalg.lstsq(x, y, rcond=None)[0]
    scaled = (fitted - fitted.mean()) / fitted.std()
    wide = np.column_stack([x, scaled**2, scaled**3])
    before = y - fitted
    after = y - wide @ np.linalg.lstsq(wide, y, rcond=None)[0]
    left = len(y) - wide.shape[1]
    statistic = float((before @ before - after @ after) / 2 / (after @ after / left))
    return SeriesTest("reset", 0, statistic, float(f.sf(statistic, 2, left)), "the form of the model")


def _share_explained(x: np.ndarray, y: np.ndarray) -> float:
    left = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    return 1 - float(left @ left / (y @ y))


def _chi_squared(name: str, order: int, statistic: float, degrees: int, null: str) -> SeriesTest:
    from scipy.stats import chi2

    return SeriesTest(name, order, float(statistic), float(chi2.sf(statistic, degrees)), null)
