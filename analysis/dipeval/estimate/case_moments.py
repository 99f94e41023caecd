"""A case-level regression summed by cluster, for inference with few clusters.

Cases of a cluster enter by the sums of their cells, so CR2, the jackknife and the wild cluster bootstrap of
millions of cases cost what they cost for as many columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dipeval.errors import DesignError, Problem
from dipeval.estimate.case_blocks import Block, compressed
from dipeval.estimate.case_errors import is_nested
from dipeval.estimate.case_fit import CellFit, without_eliminated
from dipeval.estimate.case_tables import Runs, cross_tables, equal_runs, spread
from dipeval.estimate.moments import MOST_NUMBERS
from dipeval.results.cluster_moments import ClusterMoments


@dataclass(frozen=True)
class CaseMoments:
    """Makes the moments of a fitted model by any of its clusterings when they are asked for.

    Attributes
    ----------
    fit : CellFit
    effects : tuple of Block
        All absorbed effects, hospitals first.
    weight : numpy.ndarray, shape (C,)
    clusters : mapping of str to Block
    column : numpy.ndarray, shape (terms,), int
        Regressor behind each term, -1 for a reference.
    """

    fit: CellFit
    effects: tuple[Block, ...]
    weight: np.ndarray
    clusters: Mapping[str, Block]
    column: np.ndarray

    def __call__(self, name: str) -> ClusterMoments:
        """The model summed by one clustering variable, the finest effect inside the clusters taken out.

        Raises
        ------
        DesignError
            Clusters and columns are too many to keep a Gram matrix of each.
        """
        cluster = self.clusters[name]
        taken, columns = self._columns(cluster)
        width = sum(block.n_levels for block in columns)
        if cluster.n_levels * width**2 > MOST_NUMBERS:
            what = f"{cluster.n_levels} clusters with {width} regressors are too many for this method"
            todo = "with so many clusters or effects use small_sample CR1"
            raise DesignError("infer", [Problem("clusters", what, todo)])
        gram = np.zeros((cluster.n_levels, width, width))
        score = np.zeros((cluster.n_levels, width))
        runs = equal_runs([cluster, taken, *columns], len(self.weight))
        weight, scores = runs.sums(self.weight), runs.sums(self.weight * self.fit.residuals)
        place = cluster.codes[runs.starts]
        order = np.argsort(place, kind="stable")
        sizes = np.bincount(place, minlength=cluster.n_levels)
        for g, mine in enumerate(np.split(order, np.cumsum(sizes)[:-1])):
            own = compressed("", taken.codes[runs.starts[mine]])
            short = [block.at(runs.starts[mine]) for block in columns]
            tables = cross_tables(own, short, weight[mine], Runs.of_one(len(mine)))
            gram[g] = without_eliminated(tables)
            score[g] = np.concatenate([block.sums(scores[mine]) for block in short])
        solved = self.fit.solutions
        return ClusterMoments(
            gram, score, np.concatenate([solved[block.name] for block in columns]), self._picked(width)
        )

    def _columns(self, cluster: Block) -> tuple[Block, list[Block]]:
        """The effect to take out, and the blocks that stay; effects that it contains go with it."""
        nested = [block for block in self.effects if is_nested(block, cluster)]
        taken = max(nested, key=lambda block: block.n_levels)
        kept = [block for block in self.effects if block is not taken and not is_nested(taken, block)]
        regressors = self.fit.rest[len(self.effects) - 1 :]
        return taken, [*kept, *(spread(block, self.fit.runs) for block in regressors)]

    def _picked(self, width: int) -> np.ndarray:
        n_regressors = len(self.fit.coefficients)
        shown = np.flatnonzero(self.column >= 0)
        picked = np.zeros((width, len(self.column)))
        picked[width - n_regressors + self.column[shown], shown] = 1
        return picked
