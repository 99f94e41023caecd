"""Estimates on different hospitals of one design as one: their influence side by side, and combinations of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from dipeval.errors import DesignError, Problem
from dipeval.results import ClusterFacts, Estimate

OVERALL = "overall"
Difference = tuple[str, str, str]
"""Name, minuend, subtrahend."""


def joined_overall(
    parts: Mapping[str, Estimate], differences: Sequence[Difference], estimands: Mapping[str, str]
) -> Estimate:
    """Put the overall effects of several estimates, and differences between them, into one.

    Parameters
    ----------
    parts : mapping of str to Estimate
        By name of the term. Samples may differ; a cluster that one of them lacks has no influence on it.
    differences : sequence of (str, str, str)
    estimands : mapping of str to str
        Of all terms, in words.

    Returns
    -------
    Estimate
        Differences have the joint covariance of both sides by construction: hospitals that serve in both are not
        counted as independent. Their small-sample factor is the larger of both. Cost O(G K).

    Raises
    ------
    DesignError
        An estimator without an overall effect.
    """
    at = {name: _place(one) for name, one in parts.items()}
    first = next(iter(parts.values()))
    clusters = {name: _clusters([one.clusters[name] for one in parts.values()]) for name in first.clusters}
    influence, factors = {}, {}
    for name, facts in clusters.items():
        columns = {key: _spread(one, name, at[key], facts) for key, one in parts.items()}
        factor = {key: float(one.cr1_factor[name][at[key]]) for key, one in parts.items()}
        for new, plus, minus in differences:
            columns[new], factor[new] = columns[plus] - columns[minus], max(factor[plus], factor[minus])
        influence[name] = np.column_stack(list(columns.values()))
        factors[name] = np.array(list(factor.values()))
    params = {key: float(one.params.iloc[at[key]]) for key, one in parts.items()}
    floors = {key: float(one.error_floor[at[key]]) for key, one in parts.items()}
    rows = {key: one.terms.iloc[at[key]].to_dict() for key, one in parts.items()}
    for new, plus, minus in differences:
        params[new], floors[new] = params[plus] - params[minus], floors[plus] + floors[minus]
        rows[new] = _least(rows[plus], rows[minus])
    terms = pd.DataFrame(list(rows.values())).assign(term=list(rows), estimand=[estimands[k] for k in rows])
    largest = max(parts.values(), key=lambda one: one.n_obs)
    return replace(
        largest,
        terms=terms,
        params=pd.Series(list(params.values()), index=pd.Index(terms["term"].array), name="estimate"),
        influence=influence,
        clusters=clusters,
        n_parameters={name: max(one.n_parameters[name] for one in parts.values()) for name in clusters},
        cr1_factor=factors,
        error_floor=np.array(list(floors.values())),
        warnings=tuple(dict.fromkeys(text for one in parts.values() for text in one.warnings)),
        row_errors=None,
        inference=None,
        moments=None,
        by_period=None,
        origin=None,
    )


def _place(one: Estimate) -> int:
    found = np.flatnonzero(one.terms["kind"] == OVERALL)
    if not len(found):
        todo = "name one with an overall effect, like imputation, twfe or two_by_two"
        raise DesignError("spillover", [Problem(one.estimator, "gives no overall effect", todo)])
    return int(found[0])


def _clusters(every: Sequence[ClusterFacts]) -> ClusterFacts:
    """All clusters of several samples, sorted; treated where they are in one."""
    treated: dict[str, bool] = {}
    for facts in every:
        for name, on in zip(facts.names, facts.treated, strict=True):
            treated[name] = treated.get(name, False) or bool(on)
    names = tuple(sorted(treated))
    mixed = any(facts.mixed for facts in every)
    return ClusterFacts(names, np.array([treated[name] for name in names]), mixed)


def _spread(one: Estimate, cluster: str, at: int, facts: ClusterFacts) -> np.ndarray:
    """Influence of one term on the clusters of all samples (G,)."""
    place = {name: k for k, name in enumerate(facts.names)}
    made = np.zeros(facts.n)
    made[[place[name] for name in one.clusters[cluster].names]] = one.influence[cluster][:, at]
    return made


def _least(left: Mapping[str, object], right: Mapping[str, object]) -> dict[str, object]:
    """Who stands behind a difference: the side with fewer cases."""
    return dict(min((left, right), key=lambda row: float(str(row["count"]))))
