"""Rows that a log or logit model fits perfectly by an infinite effect: left out and counted.

Where all outcomes of a hospital or a period are zero its effect runs to minus infinity; the same may happen
through a combination of effects and treatment. Such rows say nothing about the other coefficients (Correia,
Guimarães & Zylkin 2019, proposition 2), and dropping them leaves the estimate of those unchanged.
"""

from __future__ import annotations

import numpy as np

from dipeval.estimate.projector import fit_projector
from dipeval.estimate.response.families import Family
from dipeval.estimate.sample import Sample, drop_singletons

HEAVY = 1e6
ROUNDING = 1e-5
MOST_ROUNDS = 500
NOTE = (
    "the model fits it perfectly by an infinite effect: all of its hospital, period or treatment are {edge:g}"
)


def without_separated(sample: Sample, family: Family, treated: np.ndarray) -> Sample:
    """Leave out separated rows and rows that are then alone, until none is left.

    Parameters
    ----------
    sample : Sample
        Its outcome is the mean of the cases of each row.
    family : Family
    treated : numpy.ndarray, shape (design.n_obs,)
        Column beside the effects, by row of the design.

    Notes
    -----
    One pass for hospitals and periods; then the iterated rectifier of Correia, Guimarães & Zylkin (2019,
    section 3.3), a weighted two-way solve each round, where zeros are left.
    """
    while True:
        before = sample.n_obs
        sample = without_whole_levels(sample, family)
        if sample.n_obs and sample.n_obs == before:
            for edge in (family.low, family.high):
                if np.isfinite(edge):
                    found = _by_combination(sample, treated[sample.rows].astype(float), edge)
                    sample = sample.drop(found, "separated", NOTE.format(edge=edge))
        if sample.n_obs == before or not sample.n_obs:
            return sample


def without_whole_levels(sample: Sample, family: Family, hospitals: bool = True) -> Sample:
    """Leave out hospitals and periods whose outcomes all lie at an edge, and rows that are then alone.

    Until none is left; `hospitals` says whether these have effects of their own. O(n) a round.
    """
    while True:
        before = sample.n_obs
        sample = drop_singletons(sample) if hospitals else sample
        for edge in (family.low, family.high):
            if np.isfinite(edge) and (sample.outcome == edge).any():
                sample = sample.drop(
                    _whole_levels(sample, edge, hospitals), "separated", NOTE.format(edge=edge)
                )
        if sample.n_obs == before or not sample.n_obs:
            return sample


def _whole_levels(sample: Sample, edge: float, hospitals: bool) -> np.ndarray:
    """Rows of hospitals, if they have effects, and of periods whose outcomes all lie at the edge."""
    inner = sample.outcome != edge
    out = np.bincount(sample.time, inner, minlength=sample.design.n_periods)[sample.time] == 0
    if hospitals:
        out |= np.bincount(sample.unit, inner, minlength=sample.design.n_units)[sample.unit] == 0
    return out


def _by_combination(sample: Sample, treated: np.ndarray, edge: float) -> np.ndarray:
    """Rows at the edge for which some combination of columns is positive there and zero elsewhere."""
    at_edge = sample.outcome == edge
    if not at_edge.any():
        return at_edge
    weight = np.where(at_edge, 1.0, HEAVY)
    design = sample.design
    projector = fit_projector(sample.unit, sample.time, weight, design.n_units, design.n_periods)
    left = projector.residuals(treated)
    size = weight @ left**2
    wanted = at_edge.astype(float)
    for _ in range(MOST_ROUNDS):
        rest = projector.residuals(wanted)
        if size > ROUNDING:
            rest = rest - left * ((weight * left) @ rest / size)
        fitted = np.where(np.abs(wanted - rest) < ROUNDING, 0.0, wanted - rest)
        if np.abs(rest).max() < ROUNDING:
            return at_edge & (fitted > 0)
        wanted = np.where(at_edge, np.maximum(fitted, 0.0), 0.0)
        if not wanted.any():
            break
    return np.zeros(len(at_edge), bool)
