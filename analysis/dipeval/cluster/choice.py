"""How many clusters: silhouette, gap, elbow, BIC, Calinski–Harabasz and stability side by side, and whether there are
any."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.cluster.fit import STARTS, gaussian_mixture, seed_of
from dipeval.cluster.gap import DRAWS, Gap, gap_statistic
from dipeval.cluster.methods import parted, refuse_space
from dipeval.cluster.order import canonical_order, one_thread, within_squares
from dipeval.cluster.partition import Partition, refuse_k
from dipeval.cluster.space import GOWER, PLAIN, Space, distances_of, squares_within
from dipeval.cluster.stability import stability
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
        Of a Gaussian mixture with k components, the lower the better; NaN where it has fewer with rows, and where there
        are words.
    firmness : ndarray, shape (m,)
        Mean adjusted Rand index with the clusters of bootstrap draws; NaN for k = 1, and without draws.
    gap : Gap
    suggested : dict of str to int
        By criterion the number of clusters that it would take.
    """

    partitions: tuple[Partition, ...]
    silhouette: np.ndarray
    calinski_harabasz: np.ndarray
    within: np.ndarray
    bic: np.ndarray
    firmness: np.ndarray
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
    space: Space = PLAIN,
    resamples: int = 0,
) -> Choice:
    """Fit 1 … `most` clusters and measure each.

    Parameters
    ----------
    points : ndarray, shape (n, p)
    most : int
        At least 2, below n.
    seed : int
    method : str
        In `methods.METHODS`.
    draws : int
        Reference draws of the gap statistic, which holds K-means against K-means whatever the method, and by Gower's
        distance K-medoids against K-medoids.
    starts : int
    covariance : str
        Of the mixtures behind `bic`.
    space : Space
    resamples : int
        Bootstrap draws behind `firmness`.

    Returns
    -------
    Choice

    Raises
    ------
    DataError
        If `most` cannot be, or the method is not known.

    Notes
    -----
    Cost: `most` × (1 + draws + resamples) fits, and O(n² p) for each silhouette.
    """
    refuse_space(method, space)
    if most < 2:
        raise DataError("choose", [Problem("most", f"is {most}", "write 2 or more")])
    refuse_k(points, most, "choose")
    ks = range(1, most + 1)
    made = tuple(parted(method, points, k, seed_of(seed, k), starts, space) for k in ks)
    alone = "k_medoids" if space.metric == GOWER else "k_means"
    plain = (
        made if method == alone else [parted(alone, points, k, seed_of(seed, k), starts, space) for k in ks]
    )
    measure = _Measure(points, space)
    within = np.array([measure.squares(p.labels) for p in made])
    widths = np.array([np.nan, *(silhouettes(points, p.labels, space).mean() for p in made[1:])])
    ratio = np.array([np.nan, *(_variance_ratio(within, k, len(points)) for k in ks if k > 1)])
    bic = np.array([_bic(points, k, seed, starts, covariance, space) for k in ks])
    firm = np.array([np.nan, *(_firmness(points, p, seed, resamples, space) for p in made[1:])])
    gap = gap_statistic(points, np.log([measure.squares(p.labels) for p in plain]), seed, draws, space=space)
    suggested = {"gap": gap.taken, "elbow": elbow(within)}
    for name, values, best in (
        ("silhouette", widths, np.nanargmax),
        ("calinski_harabasz", ratio, np.nanargmax),
        ("bic", bic, np.nanargmin),
        ("stability", firm, _last_highest),
    ):
        if not np.isnan(values).all():
            suggested[name] = int(best(values)) + 1
    return Choice(made, widths, ratio, within, bic, firm, gap, suggested)


def _last_highest(values: np.ndarray) -> int:
    """Where the highest is; of several the last: fewer clusters are easily as stable as those that they hold."""
    return int(np.flatnonzero(values >= np.nanmax(values) - 1e-12)[-1])


def _firmness(points: np.ndarray, made: Partition, seed: int, draws: int, space: Space) -> float:
    return stability(points, made, seed, draws, space=space).adjusted_rand if draws else float("nan")


def silhouettes(points: np.ndarray, labels: np.ndarray, space: Space = PLAIN) -> np.ndarray:
    """How much nearer each row is to its own cluster than to the next one, from −1 to 1; 0 in a cluster of one row.

    Notes
    -----
    Rousseeuw, Journal of Computational and Applied Mathematics 20 (1987). Cost O(n² p) time, in blocks.
    """
    from sklearn.metrics import silhouette_samples

    order = canonical_order(points)
    widths = np.empty(len(points))
    with one_thread():
        if space.metric == GOWER:
            apart = distances_of(points[order], space)
            widths[order] = silhouette_samples(apart, labels[order], metric="precomputed")
        else:
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


class _Measure:
    """Squares within clusters of the same points, all pairs by Gower's distance measured once."""

    def __init__(self, points: np.ndarray, space: Space) -> None:
        self.order, self.space = canonical_order(points), space
        self.rows = points[self.order]
        self.apart = distances_of(self.rows, space) if space.metric == GOWER else None

    def squares(self, labels: np.ndarray) -> float:
        if self.apart is None:
            return within_squares(self.rows, labels[self.order])
        return squares_within(self.apart, labels[self.order], self.space)


def _variance_ratio(within: np.ndarray, k: int, n: int) -> float:
    """Calinski and Harabasz, Communications in Statistics 3 (1974): between over within, each by its freedom."""
    return (within[0] - within[k - 1]) / (k - 1) / (within[k - 1] / (n - k))


def _bic(points: np.ndarray, k: int, seed: int, starts: int, covariance: str, space: Space) -> float:
    if space.metric == GOWER:
        return float("nan")
    try:
        return gaussian_mixture(points, k, seed_of(seed, k), min(starts, 5), covariance).bic
    except DataError:
        return float("nan")
