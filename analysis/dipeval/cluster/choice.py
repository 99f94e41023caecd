"""How many clusters: silhouette, gap, elbow, BIC and Calinski–Harabasz side by side, and whether there are any."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.cluster.fit import METHODS, STARTS, gaussian_mixture, seed_of
from dipeval.cluster.gap import DRAWS, Gap, gap_statistic
from dipeval.cluster.order import canonical_order, one_thread, within_squares
from dipeval.cluster.partition import Partition, refuse_k
from dipeval.errors import DataError, Problem

REASONABLE = 0.5
"""Average silhouette up to which Kaufman and Rousseeuw (1990) see a weak structure."""


@dataclass(frozen=True)
class Choice:
    """What each number of clusters looks like.

    Attributes
    ----------
    partitions : tuple of Partition
        For k = 1 … m.
    silhouette, calinski_harabasz : ndarray, shape (m,)
        NaN for k = 1.
    within : ndarray, shape (m,)
        Squares within clusters.
    bic : ndarray, shape (m,)
        Of a Gaussian mixture with k components, the lower the better; NaN where it has fewer with rows.
    gap : Gap
    suggested : dict of str to int
        By criterion the number of clusters that it would take.
    """

    partitions: tuple[Partition, ...]
    silhouette: np.ndarray
    calinski_harabasz: np.ndarray
    within: np.ndarray
    bic: np.ndarray
    gap: Gap
    suggested: dict[str, int]

    @property
    def verdict(self) -> str:
        """``none``: the gap statistic prefers one cluster to any number; ``weak``: clusters of a mean silhouette up to
        one half; ``clear``: above."""
        if self.gap.taken == 1:
            return "none"
        return "weak" if self.silhouette[self.gap.taken - 1] <= REASONABLE else "clear"


def choose(
    points: np.ndarray,
    most: int,
    seed: int,
    method: str = "k_means",
    draws: int = DRAWS,
    starts: int = STARTS,
    covariance: str = "full",
) -> Choice:
    """Fit 1 … `most` clusters and measure each.

    Parameters
    ----------
    points : ndarray, shape (n, p)
    most : int
        At least 2, below n.
    seed : int
    method : str
        In `fit.METHODS`.
    draws : int
        Reference draws of the gap statistic, which holds K-means against K-means whatever the method.
    starts : int
    covariance : str
        Of the mixtures behind `bic`.

    Returns
    -------
    Choice

    Raises
    ------
    DataError
        If `most` cannot be, or the method is not known.

    Notes
    -----
    Cost: `most` × (1 + draws) fits, and O(n² p) for each silhouette.
    """
    if method not in METHODS:
        raise DataError(
            "choose", [Problem("method", f"'{method}' is not known", f"one of: {', '.join(METHODS)}")]
        )
    if most < 2:
        raise DataError("choose", [Problem("most", f"is {most}", "write 2 or more")])
    refuse_k(points, most, "choose")
    ks = range(1, most + 1)
    made = tuple(METHODS[method](points, k, seed_of(seed, k), starts) for k in ks)
    plain = (
        made if method == "k_means" else [METHODS["k_means"](points, k, seed_of(seed, k), starts) for k in ks]
    )
    within = np.array([_squares(points, p.labels) for p in made])
    widths = np.array([np.nan, *(silhouettes(points, p.labels).mean() for p in made[1:])])
    ratio = np.array([np.nan, *(_variance_ratio(within, k, len(points)) for k in ks if k > 1)])
    bic = np.array([_bic(points, k, seed, starts, covariance) for k in ks])
    logs = np.log([_squares(points, p.labels) for p in plain])
    gap = gap_statistic(points, logs, seed, draws)
    suggested = {
        "silhouette": int(np.nanargmax(widths)) + 1,
        "gap": gap.taken,
        "elbow": elbow(within),
        "bic": int(np.nanargmin(bic)) + 1,
        "calinski_harabasz": int(np.nanargmax(ratio)) + 1,
    }
    return Choice(made, widths, ratio, within, bic, gap, suggested)


def silhouettes(points: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """How much nearer each row is to its own cluster than to the next one, from −1 to 1; 0 in a cluster of one row.

    Notes
    -----
    Rousseeuw, Journal of Computational and Applied Mathematics 20 (1987). Cost O(n² p) time, in blocks.
    """
    from sklearn.metrics import silhouette_samples

    order = canonical_order(points)
    widths = np.empty(len(points))
    with one_thread():
        widths[order] = silhouette_samples(points[order], labels[order])
    return widths


def elbow(within: np.ndarray) -> int:
    """The k whose squares lie farthest below the line from k = 1 to the last: where the curve bends most.

    Notes
    -----
    The rule of Satopää and others, ICDCS Workshops (2011), without smoothing; both axes run from 0 to 1. It always names
    one, whether or not there are clusters.
    """
    across = np.linspace(0, 1, len(within))
    down = (within - within[-1]) / (within[0] - within[-1])
    return int(np.argmax(1 - across - down)) + 1


def _squares(points: np.ndarray, labels: np.ndarray) -> float:
    order = canonical_order(points)
    return within_squares(points[order], labels[order])


def _variance_ratio(within: np.ndarray, k: int, n: int) -> float:
    """Calinski and Harabasz, Communications in Statistics 3 (1974): between over within, each by its freedom."""
    return (within[0] - within[k - 1]) / (k - 1) / (within[k - 1] / (n - k))


def _bic(points: np.ndarray, k: int, seed: int, starts: int, covariance: str) -> float:
    try:
        return gaussian_mixture(points, k, seed_of(seed, k), min(starts, 5), covariance).bic
    except DataError:
        return float("nan")
