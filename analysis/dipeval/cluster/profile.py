"""How far clusters are apart in a variable: effect sizes and tests."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Apart:
    """How clusters differ in one variable.

    Attributes
    ----------
    effect : float
        Of numbers: η², the part of the variance that lies between clusters; of words: Cramér's V.
    statistic, p_value : float
        Of numbers: Kruskal–Wallis; of words: Pearson's chi-square. Of variables that formed the clusters they prove
        nothing: clustering makes them differ, also where there are no clusters.
    """

    effect: float
    statistic: float
    p_value: float


def numbers_apart(values: np.ndarray, labels: np.ndarray) -> Apart:
    """η² and the test of Kruskal and Wallis (JASA 47, 1952), with the correction for ties.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Rows with NaN are left out.
    labels : ndarray of int, shape (n,)

    Returns
    -------
    Apart
        NaN where fewer than two clusters have a value, or all are equal.
    """
    from scipy.stats import kruskal

    there = ~np.isnan(values)
    value, label = values[there], labels[there]
    groups = [np.sort(value[label == c]) for c in np.unique(label)]
    if len(groups) < 2 or value.min() == value.max():
        return Apart(float("nan"), float("nan"), float("nan"))
    middle = np.concatenate(groups).mean()
    between = sum(g.size * (g.mean() - middle) ** 2 for g in groups)
    total = sum(((g - middle) ** 2).sum() for g in groups)
    test = kruskal(*groups)
    return Apart(float(between / total), float(test.statistic), float(test.pvalue))


def words_apart(counts: np.ndarray) -> Apart:
    """Cramér's V and Pearson's chi-square of a table of counts, clusters by levels.

    Parameters
    ----------
    counts : ndarray of int, shape (k, levels)

    Returns
    -------
    Apart
        NaN where fewer than two clusters or levels have cases.
    """
    from scipy.stats import chi2

    table = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0].astype(np.float64)
    if min(table.shape) < 2:
        return Apart(float("nan"), float("nan"), float("nan"))
    n = table.sum()
    even = np.outer(table.sum(axis=1), table.sum(axis=0)) / n
    statistic = float(((table - even) ** 2 / even).sum())
    freedom = (table.shape[0] - 1) * (table.shape[1] - 1)
    strength = float(np.sqrt(statistic / (n * (min(table.shape) - 1))))
    return Apart(strength, statistic, float(chi2.sf(statistic, freedom)))


def centres_in_spreads(values: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Mean of each cluster less the mean of all, over the standard deviation of all.

    Parameters
    ----------
    values : ndarray, shape (n, p)
        No NaN.
    labels : ndarray of int, shape (n,)

    Returns
    -------
    ndarray, shape (k, p)
        NaN in a column that is constant.
    """
    ordered = np.sort(values, axis=0)
    spread, middle = ordered.std(axis=0), ordered.mean(axis=0)
    means = np.array([np.sort(values[labels == c], axis=0).mean(axis=0) for c in range(labels.max() + 1)])
    return (means - middle) / np.where(spread > 0, spread, np.nan)
