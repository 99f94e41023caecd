"""Errors of a regression on cells that are those of the regression on its cases.

The coefficients and the cluster errors need the sums of a cell; errors by row need the squares within
it too: ``Σ_i e_i² = Σ_i (y_i − ȳ_c)² + n_c (ȳ_c − ŷ_c)²``. Without them errors by row would be those of
a regression on means, far too small.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from dipeval.estimate.case_blocks import Block
from dipeval.estimate.case_fit import CellFit, effects_rank
from dipeval.estimate.case_tables import Runs, cross_tables, pair_sums, side_sums
from dipeval.results import RowErrors


def cluster_influence(
    fit: CellFit, weight: np.ndarray, clusters: Mapping[str, Block]
) -> dict[str, np.ndarray]:
    """Influence summed by cluster, shape (G, K) each: ``Σ_{i∈g} bread · x̃_i w_i e_i``.

    Parameters
    ----------
    fit : CellFit
    weight : numpy.ndarray, shape (C,)
    clusters : mapping of str to Block
        The cluster of each cell.

    Notes
    -----
    O(C B + G R K) a clustering variable; an effect nested in the clusters meets weighted residuals
    that sum to zero and drops out.
    """
    score = weight * fit.residuals
    totals = fit.runs.sums(score)
    found = {}
    for name, cluster in clusters.items():
        if fit.runs.hold(cluster):
            alone = Runs.of_one(len(totals))
            summed = side_sums(cluster.at(fit.runs.starts), fit.rest, totals, alone)
        else:
            summed = side_sums(cluster, fit.rest, score, fit.runs)
        summed = summed @ fit.rest_projection
        if not is_nested(fit.eliminated, cluster):
            summed = summed + pair_sums(cluster, fit.eliminated, score) @ fit.eliminated_projection
        found[name] = summed @ fit.bread
    return found


def row_errors(
    fit: CellFit, n: np.ndarray, case_weight: np.ndarray | None, within: np.ndarray
) -> tuple[RowErrors, float]:
    """What errors by case need, and the (weighted) residual sum of squares of the cases.

    Parameters
    ----------
    fit : CellFit
    n : numpy.ndarray, shape (C,)
        Cases.
    case_weight : numpy.ndarray, shape (C,), or None
        Weight of each case of the cell.
    within : numpy.ndarray, shape (C,)
        Sum of squares of the outcome about the cell's mean.

    Notes
    -----
    O(C B²) for B blocks: x̃ is a sum over the cell's columns, so ``Σ e² x̃ x̃'`` follows from sums of e² by
    pairs of codes.
    """
    squares = fit.residuals**2
    squares *= n
    squares += within
    if case_weight is None:
        total, meat = squares.sum(), squares
    else:
        total, meat = case_weight @ squares, case_weight**2 * squares
    tables = cross_tables(fit.eliminated, fit.rest, meat, fit.runs)
    own, rest = fit.eliminated_projection, fit.rest_projection
    mixed = own.T @ (tables.side @ rest)
    middle = rest.T @ tables.square @ rest + mixed + mixed.T + own.T @ (tables.own[:, None] * own)
    hetero = fit.bread @ middle @ fit.bread
    parameters = fit.rank + fit.effects_rank
    return RowErrors(fit.bread * total, (hetero + hetero.T) / 2, int(n.sum()), parameters), float(total)


def cluster_parameters(fit: CellFit, effects: tuple[Block, ...], weight: np.ndarray, cluster: Block) -> int:
    """K of the small-sample rule: regressors and effects, those nested in the clusters counted once.

    The rule that fixest calls ``nonnested``, with redundant levels counted exactly.
    """
    nested = [block for block in effects if is_nested(block, cluster)]
    saved = effects_rank(nested, weight) - 1 if nested else 0
    return fit.rank + fit.effects_rank - saved


def is_nested(effect: Block, cluster: Block) -> bool:
    """Whether each level of an effect lies within one cluster."""
    first = np.zeros(effect.n_levels, cluster.codes.dtype)
    first[effect.codes] = cluster.codes
    return bool((first[effect.codes] == cluster.codes).all())
