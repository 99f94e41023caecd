"""The declared test of each variable, from the sums of a table."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from dipeval.describe.case_groups import CaseGroups
from dipeval.describe.case_variable import CATEGORICAL, OF_RANKS, CaseVariable
from dipeval.describe.comparison import NO_CASES, Comparison, not_made
from dipeval.describe.count_comparisons import (
    chi_square,
    cochran_armitage,
    fisher_exact,
    linear_by_linear,
)
from dipeval.describe.group_moments import GroupMoments
from dipeval.describe.mean_comparisons import anova, linear_trend, student, welch
from dipeval.describe.moments import standardised_difference, standardised_difference_of_shares
from dipeval.describe.rank_comparisons import RankSums, kruskal_wallis, mann_whitney

OF_MEANS = {"t": student, "welch": welch, "anova": anova, "trend": linear_trend}


def compare(
    groups: CaseGroups,
    moments: GroupMoments,
    ranks: Mapping[str, RankSums],
    variable: CaseVariable,
    stratum: str,
) -> Comparison:
    """Make the declared test of one variable in one stratum.

    Parameters
    ----------
    ranks : mapping of str to RankSums
        By stratum, where the test is of ranks.
    """
    if len(groups.groups) < 2:
        reason = "there is one group, and nothing to compare it with", "仅有一组，无法比较"
        return not_made(variable.test, reason)
    keys = [(stratum, group) for group in groups.groups]
    if variable.test in OF_RANKS:
        made = mann_whitney if variable.test == "mann_whitney" else kruskal_wallis
        return made(ranks[stratum])
    if variable.kind != CATEGORICAL:
        return OF_MEANS[variable.test]([moments.sums[variable.name, key] for key in keys])
    table = np.array([moments.counts[variable.name, key].counts for key in keys]).reshape(len(keys), -1)
    if table.size == 0:
        return not_made(variable.test, NO_CASES)
    if variable.test == "fisher":
        return fisher_exact(table)
    if variable.test == "trend":
        return _trend(table)
    return chi_square(table, yates=variable.test == "chi_square_yates")


def difference(groups: CaseGroups, moments: GroupMoments, variable: CaseVariable, stratum: str) -> float:
    """Largest standardised difference between two groups that have cases, weighted where weights are given.

    NaN with fewer than two such groups, or where a group has no deviation.
    """
    keys = [
        (stratum, group) for group in groups.groups if moments.held[variable.name, "", (stratum, group)].count
    ]
    if len(keys) < 2:
        return float("nan")
    if variable.kind != CATEGORICAL:
        sums = [moments.sums[variable.name, key] for key in keys]
        return standardised_difference(np.array([s.mean for s in sums]), np.array([s.sd for s in sums]))
    weights = np.array([moments.counts[variable.name, key].weights for key in keys], dtype="float64")
    whole = weights.sum(axis=1, keepdims=True)
    return standardised_difference_of_shares(weights / np.where(whole > 0, whole, np.nan))


def _trend(table: np.ndarray) -> Comparison:
    """Of a share over groups, or of ordered categories where there are more than two."""
    used = table[:, table.sum(axis=0) > 0]
    if used.shape[1] > 2:
        return linear_by_linear(table)
    cases = [int(n) for n in table.sum(axis=1)]
    return cochran_armitage([int(n) for n in used[:, -1]], cases)
