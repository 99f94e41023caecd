"""Families of hypotheses: many outcomes or subgroups that are judged together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dipeval.errors import DesignError, Problem
from dipeval.infer.adjusted_p import holm, sharpened_q
from dipeval.infer.multiplier import multiplier_draws
from dipeval.infer.stepdown import romano_wolf
from dipeval.results import Estimate, NullDraws

COLUMNS = (
    "outcome",
    "estimator",
    "term",
    "estimate",
    "p_value",
    "romano_wolf",
    "holm",
    "q_value",
    "rule",
    "note",
)
APART = "no Romano-Wolf p-value: {}"
NO_DRAWS = "the method of some estimate keeps no draws"
NOT_JOINT = "the draws of the estimates are not the same (method, clusters or seed differ)"
NO_SEED = "multiplier draws need a seed"
MIXED = "the estimates have errors by different clusters or methods"


def adjust(
    estimates: Sequence[Estimate],
    kinds: Sequence[str] = ("overall",),
    *,
    seed: int | None = None,
    n_draws: int = 9999,
) -> pd.DataFrame:
    """Adjust the p-values of a family: every term of the asked kinds of every estimate.

    Parameters
    ----------
    estimates : sequence of Estimate
        Inferred: outcomes, or subgroups, by one estimator or several.
    kinds : sequence of str
        Kinds of terms, as `Estimate.terms` has them.
    seed, n_draws : int
        Of multiplier draws, which serve where the method is ``cluster``: one weight a city for all estimates.
        Methods that draw bring their own.

    Returns
    -------
    pandas.DataFrame
        One row a hypothesis, `COLUMNS`: p-value by the estimate's own method; Romano & Wolf's stepdown from
        draws with the same weights (or the same calendars) in every estimate; Holm; sharpened q-values. NaN
        where a term has no p-value, or no joint draws exist; the note says why. Romano & Wolf's is never
        below the p-value. O(D M) with M hypotheses, beside multiplier draws O(D G M).

    Raises
    ------
    DesignError
        No hypothesis, or an estimate without inference.
    """
    bare = [e.outcome for e in estimates if e.inference is None]
    if bare:
        todo = "call infer on each estimate first"
        raise DesignError("families", [Problem("estimates", "some have no p-values", todo, tuple(bare[:5]))])
    at = [np.flatnonzero(e.terms["kind"].isin(kinds) & ~e.terms["is_reference"]) for e in estimates]
    if not sum(map(len, at)):
        what = f"no estimate has a term of kind {' or '.join(kinds)}"
        raise DesignError("families", [Problem("family", what, "name kinds that the estimator has")])
    frame = pd.concat([_rows(e, k) for e, k in zip(estimates, at, strict=True)], ignore_index=True)
    p_value = frame["p_value"].to_numpy()
    frame["holm"], frame["q_value"] = holm(p_value), sharpened_q(p_value)
    found = joint_draws(estimates, at, seed=seed, n_draws=n_draws)
    if isinstance(found, str):
        frame["romano_wolf"], frame["rule"] = np.nan, APART.format(found)
        return frame[list(COLUMNS)]
    observed = np.where(np.isnan(p_value), np.nan, found.observed)
    frame["romano_wolf"] = np.fmax(romano_wolf(observed, found.drawn, exact=found.exact), p_value)
    frame["rule"] = found.same
    return frame[list(COLUMNS)]


def _rows(estimate: Estimate, at: np.ndarray) -> pd.DataFrame:
    tidy = estimate.tidy().iloc[at]
    return tidy[["outcome", "estimator", "term", "estimate", "p_value", "note"]]


def joint_draws(
    estimates: Sequence[Estimate], at: Sequence[np.ndarray], *, seed: int | None = None, n_draws: int = 9999
) -> NullDraws | str:
    """Statistics of all hypotheses in the same draws, or why there are none.

    Parameters
    ----------
    estimates : sequence of Estimate
        Inferred.
    at : sequence of numpy.ndarray, int
        Places of the terms of each estimate.
    seed, n_draws
        As in `adjust`.

    Returns
    -------
    NullDraws or str
        M hypotheses in the order of the estimates; `NullDraws.same` is the rule in words.
    """
    inferences = [e.inference for e in estimates]
    if len({(i.method, i.cluster) for i in inferences}) > 1:
        return MIXED
    if inferences[0].method == "cluster":
        return NO_SEED if seed is None else _multiplied(estimates, at, seed, n_draws)
    kept = [i.null_draws for i in inferences]
    if any(draws is None for draws in kept):
        return NO_DRAWS
    if len({(draws.same, len(draws.drawn)) for draws in kept}) > 1:
        return NOT_JOINT
    observed = np.concatenate([draws.observed[k] for draws, k in zip(kept, at, strict=True)])
    drawn = np.hstack([draws.drawn[:, k] for draws, k in zip(kept, at, strict=True)])
    return NullDraws(observed, drawn, kept[0].exact, f"the draws of {inferences[0].label}")


def _multiplied(
    estimates: Sequence[Estimate], at: Sequence[np.ndarray], seed: int, n_draws: int
) -> NullDraws:
    """Multiplier draws of influence by cluster, where a cluster has one weight in all estimates."""
    cluster = estimates[0].inference.cluster
    names = sorted({name for e in estimates for name in e.clusters[cluster].names})
    place = {name: g for g, name in enumerate(names)}
    influence = np.zeros((len(names), sum(map(len, at))))
    first = 0
    for e, k in zip(estimates, at, strict=True):
        rows = [place[name] for name in e.clusters[cluster].names]
        influence[rows, first : first + len(k)] = e.influence[cluster][:, k]
        first += len(k)
    missing = np.isnan(influence).any(0)
    influence[:, missing] = 0
    error = np.sqrt((influence**2).sum(0))
    params = np.concatenate([e.params.to_numpy()[k] for e, k in zip(estimates, at, strict=True)])
    with np.errstate(divide="ignore", invalid="ignore"):
        observed = np.where(missing, np.nan, np.abs(params) / error)
        drawn = np.abs(multiplier_draws(influence, n_draws, seed)) / error
    rule = f"{n_draws} multiplier draws by {cluster} ({len(names)} clusters), seed {seed}"
    return NullDraws(observed, drawn, False, rule)
