"""Degrees of freedom of joint tests with few clusters, under independent errors of equal variance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dipeval.infer.leverage import turned_directions
from dipeval.results.cluster_moments import ClusterMoments


def approximate_hotelling(moments: ClusterMoments, terms: Sequence[int], power: float) -> float:
    """η such that ``(η - q + 1) / (η q) · b' V⁻¹ b`` is compared with F(q, η - q + 1).

    Pustejovsky & Tipton (2018), equations 13 and 14: V is taken for a Wishart matrix with η degrees of freedom,
    whose elements have in sum the variance of those of V.

    Parameters
    ----------
    moments : ClusterMoments
    terms : sequence of int
        q columns of `ClusterMoments.picked`.
    power : float
        Of ``I - H_gg`` in the residuals: 0.5 for CR2, 1 for CR3.

    Returns
    -------
    float
        With one term, the Satterthwaite degrees of freedom. NaN where V is singular in expectation.
        O(G² q² p).
    """
    found, q = turned_directions(moments, power), len(terms)
    turned, pulls = found.turned[:, :, list(terms)], found.pulls[:, :, list(terms)]
    taken = np.einsum("pr,hrt->hpt", found.inverse, pulls)
    gamma = -np.einsum("gps,hpt->stgh", pulls, taken)
    within = np.arange(len(turned))
    gamma[:, :, within, within] += np.einsum("gps,gpt->stg", turned, turned)
    expected = np.einsum("stgg->st", gamma)
    values, vectors = np.linalg.eigh((expected + expected.T) / 2)
    if values[0] <= 1e-10 * max(values[-1], np.finfo(float).tiny):
        return np.nan
    root = (vectors / np.sqrt(values)) @ vectors.T
    gamma = np.einsum("as,stgh,tb->abgh", root, gamma, root)
    own = np.einsum("ssgh->sgh", gamma)
    variance = np.einsum("sgh,tgh->", own, own) + np.einsum("stgh,tsgh->", gamma, gamma)
    return float(q * (q + 1) / variance)
